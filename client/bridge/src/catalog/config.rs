//! `[catalog.NAME]` and `[mount.NAME]`.

use crate::{error::BridgeError, secret};
use mulu_catalogs::{published::Shown, schema::fingerprint::Kind as SchemaKind, web::Web};
use mulu_proofs::{catalog::Method, ids::DepartmentId};
use mulu_rpc_api::catalog::EntryRef;
use serde::{Deserialize, Deserializer, de};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

/// The shortest pause between rounds: another system is no toy.
const EVERY_MIN: Duration = Duration::from_secs(10);
/// The longest.
const EVERY_MAX: Duration = Duration::from_secs(31 * 86_400);

/// A pause: a number and `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Every(Duration);

impl Every {
    /// So many minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self(Duration::from_secs(minutes * 60))
    }

    /// The pause.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl<'de> Deserialize<'de> for Every {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong =
            || de::Error::custom("a pause is a number with s, m, h or d behind it, from 10s to 31d, as \"10m\"");
        let seconds = match text.chars().last() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(wrong()),
        };
        let number: u64 = text[..text.len() - 1].trim().parse().map_err(|_| wrong())?;
        let pause = Duration::from_secs(number.checked_mul(seconds).ok_or_else(wrong)?);
        if (EVERY_MIN..=EVERY_MAX).contains(&pause) { Ok(Self(pause)) } else { Err(wrong()) }
    }
}

/// `[catalog.NAME]`: exactly one of these.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CatalogConfig {
    /// Follow a CKAN portal.
    pub ckan: Option<CkanConfig>,
    /// Follow a DCAT-AP catalog.
    pub dcat: Option<DcatConfig>,
    /// Follow tables of the 13 core elements.
    pub table: Option<TableConfig>,
    /// Show published entries at a CKAN portal.
    pub to_ckan: Option<ToCkanConfig>,
    /// Write published entries into a DCAT-AP file.
    pub to_dcat: Option<ToDcatConfig>,
}

/// The one kind that a catalog is of.
pub(super) enum Kind<'c> {
    Ckan(&'c CkanConfig),
    Dcat(&'c DcatConfig),
    Table(&'c TableConfig),
    ToCkan(&'c ToCkanConfig),
    ToDcat(&'c ToDcatConfig),
}

impl CatalogConfig {
    /// The one kind.
    ///
    /// # Errors
    /// [`BridgeError::Config`] if there is none, or more than one.
    pub(super) fn kind(&self, name: &str) -> Result<Kind<'_>, BridgeError> {
        let kinds = [
            self.ckan.as_ref().map(Kind::Ckan),
            self.dcat.as_ref().map(Kind::Dcat),
            self.table.as_ref().map(Kind::Table),
            self.to_ckan.as_ref().map(Kind::ToCkan),
            self.to_dcat.as_ref().map(Kind::ToDcat),
        ];
        let mut kinds = kinds.into_iter().flatten();
        match (kinds.next(), kinds.next()) {
            (Some(kind), None) => Ok(kind),
            _ => Err(BridgeError::config(
                format!("catalog.{name}"),
                "name exactly one of ckan, dcat, table, to_ckan, to_dcat",
            )),
        }
    }

    /// Checks what can be checked without asking anybody.
    ///
    /// # Errors
    /// [`BridgeError::Config`].
    pub fn check(&self, name: &str) -> Result<(), BridgeError> {
        if let Kind::Dcat(dcat) = self.kind(name)? {
            place(&format!("catalog.{name}.dcat"), dcat.url.as_deref(), dcat.file.as_deref())?;
        }
        Ok(())
    }
}

const fn ten_minutes() -> Every {
    Every::minutes(10)
}

const fn one_hour() -> Every {
    Every::minutes(60)
}

const fn one_day() -> Every {
    Every::minutes(24 * 60)
}

/// `ckan = { … }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CkanConfig {
    /// Address of the portal.
    pub url: String,
    /// Which department publishes for which organization, with its cataloguer's key (`docs/import.md`).
    pub publishers: PathBuf,
    /// Pause between rounds.
    #[serde(default = "ten_minutes")]
    pub every: Every,
    /// Pause between two comparisons of all names.
    #[serde(default = "one_day")]
    pub reconcile: Every,
    /// File with an API token.
    pub token_file: Option<PathBuf>,
    /// Variable with it.
    pub token_env: Option<String>,
}

/// `dcat = { … }`: one of `url` and `file`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DcatConfig {
    /// Address of the catalog.
    pub url: Option<String>,
    /// File with it.
    pub file: Option<PathBuf>,
    /// As of [`CkanConfig`].
    pub publishers: PathBuf,
    /// Pause between rounds.
    #[serde(default = "one_hour")]
    pub every: Every,
    /// File with a value of the `Authorization` header.
    pub token_file: Option<PathBuf>,
    /// Variable with it.
    pub token_env: Option<String>,
}

/// `table = { … }`: a JSON file, or two CSV files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableConfig {
    /// Entries: a file whose name ends in `.json`, or a CSV table.
    pub entries: PathBuf,
    /// Items, of a CSV table.
    pub items: Option<PathBuf>,
    /// As of [`CkanConfig`].
    pub publishers: PathBuf,
    /// Pause between rounds.
    #[serde(default = "ten_minutes")]
    pub every: Every,
}

/// `to_ckan = { … }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToCkanConfig {
    /// Address of the portal.
    pub url: String,
    /// File with an API token that may write.
    pub token_file: Option<PathBuf>,
    /// Variable with it.
    pub token_env: Option<String>,
    /// The portal's organization of each department, by the department's id.
    pub owners: BTreeMap<String, String>,
    /// The whole sharing catalog: for a portal that departments alone see. Else only what is open to the public without condition.
    #[serde(default)]
    pub to_departments: bool,
    /// Entries of this department alone.
    pub provider: Option<DepartmentId>,
    /// Pause between rounds.
    #[serde(default = "one_hour")]
    pub every: Every,
}

/// `to_dcat = { … }`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToDcatConfig {
    /// File that is replaced in each round.
    pub file: PathBuf,
    /// Title of the catalog.
    pub title: String,
    /// Address below which an entry has a page.
    pub pages: Option<String>,
    /// As of [`ToCkanConfig`].
    #[serde(default)]
    pub to_departments: bool,
    /// Entries of this department alone.
    pub provider: Option<DepartmentId>,
    /// Pause between rounds.
    #[serde(default = "one_hour")]
    pub every: Every,
}

impl ToCkanConfig {
    /// Which entries are shown.
    pub const fn shown(&self) -> Shown {
        Shown { provider: self.provider, to_departments: self.to_departments }
    }
}

impl ToDcatConfig {
    /// Which entries are shown.
    pub const fn shown(&self) -> Shown {
        Shown { provider: self.provider, to_departments: self.to_departments }
    }
}

/// `[mount.NAME]`: a mounted resource whose schema is watched.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MountConfig {
    /// The entry, by id or resource code.
    pub entry: EntryRef,
    /// Method of the mount.
    pub method: Method,
    /// What the schema is described by.
    pub kind: SchemaKind,
    /// File with the description, or the data file whose header it is.
    pub file: Option<PathBuf>,
    /// Address of it.
    pub url: Option<String>,
    /// Operation of an OpenAPI description, as `GET /persons/{id}`.
    pub operation: Option<String>,
    /// File with a value of the `Authorization` header.
    pub token_file: Option<PathBuf>,
    /// Variable with it.
    pub token_env: Option<String>,
    /// Pause between rounds.
    #[serde(default = "one_hour")]
    pub every: Every,
}

/// Where a document is.
pub(super) enum Place<'c> {
    Url(&'c str),
    File(&'c Path),
}

/// A file or an address, not both.
pub(super) fn place<'c>(at: &str, url: Option<&'c str>, file: Option<&'c Path>) -> Result<Place<'c>, BridgeError> {
    match (url, file) {
        (Some(url), None) => Ok(Place::Url(url)),
        (None, Some(file)) => Ok(Place::File(file)),
        _ => Err(BridgeError::config(at, "name either url or file")),
    }
}

/// A way to another system, with the token that the configuration names.
pub(super) fn web(at: &str, folder: &Path, file: Option<&Path>, variable: Option<&str>) -> Result<Web, BridgeError> {
    let file = file.map(|file| folder.join(file));
    let variable = variable.map(str::to_owned);
    let token = secret::read_text("token", file.as_ref(), variable.as_ref());
    let token = token.map_err(|why| BridgeError::config(at, why))?;
    Web::new(token.as_ref().map(|token| token.as_str())).map_err(|error| BridgeError::config(at, error.to_string()))
}
