//! Published entries as CKAN packages: what CKAN has a field for stands there, everything else in `extras`.

use super::portal::Portal;
use crate::{
    error::CatalogError,
    extras,
    published::{Entries, Published},
};
use mulu_proofs::{
    hash::{self, DigestKind},
    ids::DepartmentId,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Characters of a tag that CKAN takes.
const TAG_CHARS_MIN: usize = 2;
const TAG_CHARS_MAX: usize = 100;
/// Longest name of a package.
const NAME_CHARS_MAX: usize = 100;
/// Extra that says which content a package shows, so that an unchanged one is left alone.
const DIGEST: &str = "mulu_digest";

/// The package of an entry, below the portal's organization `owner`.
pub fn package(entry: &Published, owner: &str) -> Value {
    let content = &entry.content;
    let tags: Vec<Value> =
        content.keywords.iter().filter(|word| is_tag(word.as_str())).map(|word| json!({ "name": word })).collect();
    let mut pairs: Vec<Value> =
        extras::of(content).into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    pairs.push(json!({ "key": "publisher_name", "value": entry.provider.name }));
    pairs.push(json!({ "key": "publisher_identifier", "value": entry.provider.credit_code }));
    pairs.push(json!({ "key": DIGEST, "value": hex::encode(entry.digest) }));
    json!({
        "name": name(content.code.as_str()),
        "title": content.name,
        "notes": content.summary,
        "owner_org": owner,
        "version": entry.version.to_string(),
        "private": false,
        "state": "active",
        "tags": tags,
        "extras": pairs,
        "resources": content.items.iter().map(|item| json!({
            "name": item.name,
            "description": item.meaning,
            "format": content.format.name,
            "url": "",
        })).collect::<Vec<_>>(),
    })
}

/// A package's name, which CKAN allows small letters, digits, `-` and `_` in: a resource code has exactly one other character.
pub fn name(code: &str) -> String {
    // A capital letter gets a mark, so that two codes never get one name.
    let mut name = String::from("mulu-");
    for c in code.chars() {
        match c {
            '/' => name.push('-'),
            c if c.is_ascii_uppercase() => name.extend(['_', c.to_ascii_lowercase()]),
            c => name.push(c),
        }
    }
    if name.len() <= NAME_CHARS_MAX {
        return name;
    }
    let digest = hash::digest(DigestKind::Document, code.as_bytes());
    format!("mulu-{}", hex::encode(&digest[..16]))
}

fn is_tag(word: &str) -> bool {
    let count = word.chars().count();
    (TAG_CHARS_MIN..=TAG_CHARS_MAX).contains(&count)
        && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' '))
}

/// What became of entries at the portal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Pushed {
    /// Packages that are new there.
    pub created: u64,
    /// Packages that were changed.
    pub changed: u64,
    /// Packages that show the version in force already.
    pub unchanged: u64,
    /// Packages that were deleted, because their entry is not shown any more.
    pub deleted: u64,
    /// Entries of departments that have no organization there.
    pub without_organization: u64,
}

/// A portal that shows entries.
pub struct Showcase<'a> {
    portal: &'a Portal,
    /// The portal's organization of each department.
    owners: &'a BTreeMap<DepartmentId, String>,
    pushed: Pushed,
}

impl<'a> Showcase<'a> {
    /// Begins.
    pub fn new(portal: &'a Portal, owners: &'a BTreeMap<DepartmentId, String>) -> Self {
        Self { portal, owners, pushed: Pushed::default() }
    }

    /// Shows an entry: its package is made, changed, or found to show the same. What people of the portal added in other fields stays.
    ///
    /// # Errors
    /// [`CatalogError`] if the portal refuses or does not answer.
    pub async fn show(&mut self, entry: &Published) -> Result<(), CatalogError> {
        let Some(owner) = self.owners.get(&entry.provider.id) else {
            self.pushed.without_organization += 1;
            return Ok(());
        };
        let mut package = package(entry, owner);
        match self.portal.show(&name(entry.content.code.as_str())).await? {
            None => {
                self.portal.create(&package).await?;
                self.pushed.created += 1;
            }
            Some(there) if extra(&there, DIGEST) == Some(&hex::encode(entry.digest)) => self.pushed.unchanged += 1,
            Some(there) => {
                package["id"] = there["id"].clone();
                self.portal.patch(&package).await?;
                self.pushed.changed += 1;
            }
        }
        Ok(())
    }

    /// Takes the package of an entry that is not shown any more away, if it is ours.
    ///
    /// # Errors
    /// As [`Self::show`].
    pub async fn end(&mut self, code: &str) -> Result<(), CatalogError> {
        if let Some(there) = self.portal.show(&name(code)).await?
            && extra(&there, DIGEST).is_some()
            && let Some(id) = there["id"].as_str()
        {
            self.portal.delete(id).await?;
            self.pushed.deleted += 1;
        }
        Ok(())
    }

    /// Shows all of these entries, and ends what is not among them any more. It may be stopped and run again: what is there is left alone.
    ///
    /// # Errors
    /// As [`Self::show`], and whatever the node says.
    pub async fn show_all(mut self, mut entries: Entries<'_>) -> Result<Pushed, CatalogError> {
        while let Some(page) = entries.next_page().await? {
            for published in &page.published {
                self.show(published).await?;
            }
            for code in &page.ended {
                self.end(code.as_str()).await?;
            }
        }
        Ok(self.pushed)
    }

    /// What was done so far.
    pub const fn pushed(&self) -> Pushed {
        self.pushed
    }
}

fn extra<'v>(package: &'v Value, key: &str) -> Option<&'v str> {
    package["extras"].as_array()?.iter().find(|row| row["key"] == key)?["value"].as_str()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::{
        dataset,
        published::Provider,
        sample::{PROVIDER, anybody, content},
    };
    use mulu_proofs::ids::{EntryId, Version};

    fn published() -> Published {
        let content = content();
        let provider = Provider { id: PROVIDER, name: "民政局".into(), credit_code: "11350000000000001A".into() };
        Published { id: EntryId::new(4), version: Version::new(2), digest: content.digest(), content, provider }
    }

    #[test]
    fn a_package_that_is_read_again_is_the_same_entry() {
        let mut package = package(&published(), "minzheng");
        // The portal answers with the organization instead of its id.
        package["organization"] = json!({ "name": "minzheng", "title": "民政局" });
        let read = dataset::map(&package, anybody).unwrap();
        assert_eq!(read.content, content());
        assert_eq!(read.adjusted.filled(), Vec::<&str>::new());
    }

    #[test]
    fn what_ckan_has_a_field_for_stands_in_it() {
        let package = package(&published(), "minzheng");
        assert_eq!(package["name"], "mulu-306001-1001");
        assert_eq!(package["title"], "社会组织基本信息");
        assert_eq!(package["owner_org"], "minzheng");
        assert_eq!(package["version"], "2");
        assert_eq!(package["tags"], json!([{ "name": "民政" }]), "CKAN takes no comma and no single letter in a tag");
        assert_eq!(package["resources"][1]["name"], "统一社会信用代码");
        assert_eq!(extra(&package, "share_condition"), Some("only for registration, 仅用于登记"));
        assert_eq!(extra(&package, "publisher_identifier"), Some("11350000000000001A"));
        assert_eq!(extra(&package, DIGEST), Some(hex::encode(content().digest()).as_str()));
    }

    #[test]
    fn two_codes_never_get_one_name() {
        assert_eq!(name("306001/Ab1"), "mulu-306001-_ab1");
        assert_ne!(name("306001/AB"), name("306001/ab"));
        let long = name(&format!("306001/{}", "A".repeat(57)));
        assert!(long.len() <= NAME_CHARS_MAX && long != name(&format!("306001/{}", "B".repeat(57))));
    }
}
