//! The Action API of a CKAN portal.

use crate::{
    error::CatalogError,
    web::{Web, host},
};
use reqwest::{StatusCode, Url};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Most packages of one page: what CKAN gives at most.
pub const ROWS_MAX: usize = 1_000;
/// Most packages of a portal.
pub const PACKAGES_MAX: usize = 200_000;

/// A portal.
pub struct Portal {
    web: Web,
    base: Url,
}

/// A page of a search.
#[derive(Debug)]
pub struct Found {
    /// How many there are in all.
    pub count: usize,
    /// The packages of this page.
    pub packages: Vec<Value>,
}

impl Portal {
    /// The portal at an address, which its Action API is below (`…/api/3/action`).
    ///
    /// # Errors
    /// [`CatalogError::Address`] if that is none, or the token may not go there.
    pub fn new(web: Web, address: &str) -> Result<Self, CatalogError> {
        let mut base = web.address("the portal's address", address)?;
        base.set_query(None);
        base.set_fragment(None);
        let path = format!("{}/", base.path().trim_end_matches('/'));
        base.set_path(&path);
        Ok(Self { web, base })
    }

    /// Its host, for people and logs.
    pub fn host(&self) -> String {
        host(&self.base)
    }

    /// A page of the packages that were modified since a moment (UTC, milliseconds), the earliest first.
    ///
    /// # Errors
    /// [`CatalogError`] if the portal does not answer, or with something else.
    pub async fn search(&self, since: Option<&str>, start: usize, rows: usize) -> Result<Found, CatalogError> {
        let mut query = vec![
            ("q", "*:*".to_owned()),
            ("sort", "metadata_modified asc, id asc".to_owned()),
            ("rows", rows.min(ROWS_MAX).to_string()),
            ("start", start.to_string()),
        ];
        if let Some(since) = since {
            query.push(("fq", format!("metadata_modified:[{since} TO *]")));
        }
        let found = self.require("package_search", &query).await?;
        let count = found["count"].as_u64().and_then(|count| usize::try_from(count).ok());
        match (count, found) {
            (Some(count), Value::Object(mut found)) => match found.remove("results") {
                Some(Value::Array(packages)) => Ok(Found { count, packages }),
                _ => Err(self.odd("package_search", "there are no results in it")),
            },
            _ => Err(self.odd("package_search", "it says not how many there are")),
        }
    }

    /// A package by id or name; none if there is none for the reader, or it was deleted.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub async fn show(&self, id: &str) -> Result<Option<Value>, CatalogError> {
        let shown = self.act("package_show", &[("id", id.to_owned())], None).await?;
        Ok(shown.filter(|package| package["state"].as_str().is_none_or(|state| state == "active")))
    }

    /// The names of all packages.
    ///
    /// # Errors
    /// As [`Self::search`].
    pub async fn list(&self) -> Result<BTreeSet<String>, CatalogError> {
        let listed = self.require("package_list", &[]).await?;
        let rows = listed.as_array().ok_or_else(|| self.odd("package_list", "it is no list"))?;
        if rows.len() > PACKAGES_MAX {
            return Err(self.odd("package_list", &format!("more than {PACKAGES_MAX} packages")));
        }
        Ok(rows.iter().filter_map(|row| row.as_str().map(str::to_owned)).collect())
    }

    /// Makes a package.
    ///
    /// # Errors
    /// [`CatalogError::Refused`] with the fields that the portal names, and as [`Self::search`].
    pub async fn create(&self, package: &Value) -> Result<Value, CatalogError> {
        self.change("package_create", package).await
    }

    /// Changes what a package of the same `id` says in the fields that are given, and leaves the others.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn patch(&self, package: &Value) -> Result<Value, CatalogError> {
        self.change("package_patch", package).await
    }

    /// Deletes a package; people can restore it over there.
    ///
    /// # Errors
    /// As [`Self::create`].
    pub async fn delete(&self, id: &str) -> Result<(), CatalogError> {
        self.act("package_delete", &[], Some(&json!({ "id": id }))).await.map(|_| ())
    }

    async fn change(&self, action: &str, package: &Value) -> Result<Value, CatalogError> {
        let changed = self.act(action, &[], Some(package)).await?;
        changed.ok_or_else(|| self.refused(action, "Not Found Error"))
    }

    async fn require(&self, action: &str, query: &[(&str, String)]) -> Result<Value, CatalogError> {
        self.act(action, query, None).await?.ok_or_else(|| self.refused(action, "Not Found Error"))
    }

    /// Calls an action; none if it says that there is nothing of that id.
    async fn act(
        &self,
        action: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Option<Value>, CatalogError> {
        let mut url = self
            .base
            .join(&format!("api/3/action/{action}"))
            .map_err(|_| CatalogError::Address { what: "the portal's address", why: "nothing can stand below it" })?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let (status, bytes) = self.web.ask(&url, action, body).await?;
        let answer: Option<Value> = serde_json::from_slice(&bytes).ok();
        match answer {
            Some(Value::Object(mut answer)) if answer.get("success") == Some(&Value::Bool(true)) => {
                Ok(answer.remove("result"))
            }
            Some(answer) if answer["success"] == false => {
                let kind = answer["error"]["__type"].as_str().unwrap_or("an error without a type");
                if kind == "Not Found Error" {
                    return Ok(None);
                }
                Err(self.refused(action, &told(kind, &answer["error"])))
            }
            _ if status != StatusCode::OK => {
                Err(CatalogError::Status { host: self.host(), asked: action.to_owned(), status: status.as_u16() })
            }
            _ => {
                Err(self
                    .odd(action, "it is no answer of an Action API; the address is that of the portal, without /api"))
            }
        }
    }

    fn refused(&self, action: &str, kind: &str) -> CatalogError {
        CatalogError::Refused { host: self.host(), action: action.to_owned(), kind: kind.to_owned() }
    }

    fn odd(&self, action: &str, why: &str) -> CatalogError {
        CatalogError::form(format!("the answer of {} to {action}", self.host()), why)
    }
}

/// The kind of an error and the fields that it names; never what they say, which repeats the package.
fn told(kind: &str, error: &Value) -> String {
    let fields = error.as_object().into_iter().flatten().map(|(field, _)| field.as_str());
    let fields: Vec<&str> = fields.filter(|field| !matches!(*field, "__type" | "message")).collect();
    if fields.is_empty() { kind.to_owned() } else { format!("{kind}, in {}", fields.join(", ")) }
}
