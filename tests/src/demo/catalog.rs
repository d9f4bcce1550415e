//! Second part: the catalog. Each entry is submitted by its provider's cataloguer, endorsed by the head, reviewed and published by the
//! authority; one is returned with a reason and comes again.

use super::{
    progress::Progress,
    scenario::{self, AUTHORITY, RETURNED_CODE, text},
};
use crate::{
    error::{Doing, Error, expect},
    ledger::{Act, Ledger, rows},
    people::People,
};
use indicatif::ProgressBar;
use mulu_client::calls::Call;
use mulu_proofs::{
    catalog::EntryContent,
    ids::{EntryId, Version},
};
use mulu_rpc_api::catalog::{CatalogClient, EntryFilter, EntryRef, VersionState};

/// An entry that is under way: what its next signer has to name.
struct UnderWay<'a> {
    id: EntryId,
    version: Version,
    content: &'a EntryContent,
}

/// Publishes the sample catalog and returns the number of entries that the ledger then shows as published.
pub async fn publish(ledger: &Ledger<'_>, people: &People, progress: &Progress) -> Result<usize, Error> {
    let catalog = scenario::catalog();
    // Submission, endorsement, review and publication of each, and three acts more for the one that is returned.
    let bar = progress.bar(catalog.len() * 4 + 3);
    let drafts: Vec<EntryContent> = catalog.iter().map(draft).collect();
    submit(ledger, people, &drafts, &bar).await?;
    endorse(ledger, people, &drafts, &bar).await?;
    send_back(ledger, people, &drafts, &bar).await?;
    let again: Vec<EntryContent> = catalog.iter().filter(|content| is_returned(content)).cloned().collect();
    submit(ledger, people, &again, &bar).await?;
    endorse(ledger, people, &again, &bar).await?;

    let mut acts = Vec::new();
    for UnderWay { id, version, content } in under_way(ledger, &catalog).await? {
        let digest = content.digest();
        for call in [Call::review_entry(id, version, &digest), Call::publish_entry(id, version, &digest)] {
            acts.push(Act { department: AUTHORITY, key: people.key(AUTHORITY, "reviewer"), call });
        }
    }
    ledger.acts(acts, || bar.inc(1)).await?;
    bar.finish_and_clear();
    count(ledger).await
}

fn is_returned(content: &EntryContent) -> bool {
    content.code.as_str() == RETURNED_CODE
}

/// What is submitted first: one entry without the words that the authority wants to read.
fn draft(content: &EntryContent) -> EntryContent {
    let mut draft = content.clone();
    if is_returned(content) {
        draft.summary = text("社会组织信息");
    }
    draft
}

async fn submit(
    ledger: &Ledger<'_>,
    people: &People,
    entries: &[EntryContent],
    bar: &ProgressBar,
) -> Result<(), Error> {
    let mut acts = Vec::new();
    for content in entries {
        let department = content.provider.get();
        let call = Call::submit_entry(content).map_err(|refused| Error::Unexpected(refused.to_string()))?;
        acts.push(Act { department, key: people.key(department, "cataloguer"), call });
    }
    ledger.acts(acts, || bar.inc(1)).await.map(drop)
}

async fn endorse(
    ledger: &Ledger<'_>,
    people: &People,
    entries: &[EntryContent],
    bar: &ProgressBar,
) -> Result<(), Error> {
    let mut acts = Vec::new();
    for UnderWay { id, version, content } in under_way(ledger, entries).await? {
        let department = content.provider.get();
        let call = Call::endorse_entry(id, version, &content.digest());
        acts.push(Act { department, key: people.key(department, "head"), call });
    }
    ledger.acts(acts, || bar.inc(1)).await.map(drop)
}

async fn send_back(
    ledger: &Ledger<'_>,
    people: &People,
    drafts: &[EntryContent],
    bar: &ProgressBar,
) -> Result<(), Error> {
    let returned: Vec<EntryContent> = drafts.iter().filter(|content| is_returned(content)).cloned().collect();
    let mut acts = Vec::new();
    for UnderWay { id, version, .. } in under_way(ledger, &returned).await? {
        let call = Call::return_entry(id, version, &text("摘要过于简略，请说明业务事项与用途"));
        acts.push(Act { department: AUTHORITY, key: people.key(AUTHORITY, "reviewer"), call });
    }
    ledger.acts(acts, || bar.inc(1)).await.map(drop)
}

/// Id and latest version of each entry, by its code.
async fn under_way<'a>(ledger: &Ledger<'_>, entries: &'a [EntryContent]) -> Result<Vec<UnderWay<'a>>, Error> {
    let mut found = Vec::with_capacity(entries.len());
    for content in entries {
        let connection = ledger.lines().of(content.provider.get());
        let entry = connection.entry(EntryRef::Code(content.code.clone())).await.doing("asking for an entry")?;
        let latest = entry.as_ref().and_then(|entry| Some((entry.id, entry.versions.last()?)));
        let (id, latest) =
            latest.ok_or_else(|| Error::Unexpected(format!("entry {} is not on the ledger", content.code)))?;
        expect(latest.digest.0 == content.digest(), || {
            format!("entry {} has another content on the ledger than was submitted", content.code)
        })?;
        found.push(UnderWay { id, version: latest.version, content });
    }
    Ok(found)
}

/// Number of published entries.
async fn count(ledger: &Ledger<'_>) -> Result<usize, Error> {
    let filter = EntryFilter { state: Some(VersionState::Published), ..EntryFilter::default() };
    let connection = ledger.lines().of(AUTHORITY);
    let entries =
        rows("listing the catalog", async |cursor| connection.entries(Some(filter.clone()), cursor, None).await);
    Ok(entries.await?.len())
}

/// The entry with a code, and its version in force.
pub async fn published(ledger: &Ledger<'_>, code: &str) -> Result<(EntryId, Version), Error> {
    let reference = EntryRef::Code(text(code));
    let entry = ledger.lines().of(AUTHORITY).entry(reference).await.doing(format!("asking for entry {code}"))?;
    let found = entry.and_then(|entry| Some((entry.id, entry.published?)));
    found.ok_or_else(|| Error::Unexpected(format!("entry {code} is not published")))
}
