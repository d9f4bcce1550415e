//! Datasets onto the ledger, one version for each change: what is there is looked up first, so that a second run changes nothing.
//!
//! ```text
//! mapped ── judged against the entry with its code ──┬─ not there, or there with other content ──> submitted by the cataloguer
//!                                                    ├─ the same ──> present
//!                                                    ├─ another version is under way ──> waits for people
//!                                                    └─ returned by people with this very content, or withdrawn ──> left alone
//! gone from the source ──> `report_change`, signed by the cataloguer: the provider's time for the update runs (art. 17)
//! ```
//!
//! Only the cataloguer's act is signed here. Endorsement, review, publication and withdrawal take people and their own keys.

use crate::error::{CatalogError, Rejection};
use mulu_client::{
    ClientError,
    calls::Call,
    connection::Connection,
    import::{catalog::Publishers, ckan::Mapped},
    submit::{Pending, Submitter},
};
use mulu_proofs::{
    catalog::{EntryStatus, ResourceCode},
    ids::Digest32,
    text::Text,
};
use mulu_rpc_api::{
    calendar::CalendarClient,
    catalog::{CatalogClient, Entry, EntryRef, VersionState},
};

/// Submissions under way at once.
const WINDOW: usize = 32;

/// What became of a dataset.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Landed {
    /// Submitted as the first version, or as the next one. In a dry run: it would be.
    Submitted {
        /// Whether the entry was there before.
        is_update: bool,
    },
    /// The ledger has exactly this.
    Present,
    /// Another version is under way, or the node takes nothing now: another time.
    Waits,
    /// People returned exactly this: it waits for a change over there.
    Returned,
    /// The entry was withdrawn, which is for ever.
    Withdrawn,
    /// It cannot land as it is.
    Rejected(Rejection),
}

/// What became of an entry whose dataset is gone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Removed {
    /// A notice says so on the ledger. In a dry run: it would.
    Told,
    /// There is nothing to tell: no entry, withdrawn, or returned before it was ever published.
    Gone,
    /// A change that the entry has not followed is on record already.
    ToldBefore,
    /// Its first version is under way: another time.
    Waits,
    /// The ledger refuses the notice.
    Rejected(Rejection),
}

/// What is to be done with a dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judgement {
    Submit { is_update: bool },
    Present,
    Waits,
    Returned,
    Withdrawn,
}

/// A way onto the ledger.
#[derive(Clone, Copy)]
pub struct Landing<'a> {
    connection: &'a Connection,
    submitter: &'a Submitter<'a>,
    publishers: &'a Publishers,
    is_dry: bool,
}

impl<'a> Landing<'a> {
    /// Signs with the keys of these publishers' cataloguers.
    pub const fn new(connection: &'a Connection, submitter: &'a Submitter<'a>, publishers: &'a Publishers) -> Self {
        Self { connection, submitter, publishers, is_dry: false }
    }

    /// The same, but nothing is signed: it says what would be done.
    #[must_use]
    pub const fn dry(self) -> Self {
        Self { is_dry: true, ..self }
    }

    /// Lands datasets, in their order, and says what became of each.
    ///
    /// # Errors
    /// [`CatalogError`] if the node does not answer. Whatever landed before that is found again.
    pub async fn land(&self, datasets: &[Mapped]) -> Result<Vec<Landed>, CatalogError> {
        let mut landed = Vec::with_capacity(datasets.len());
        for window in datasets.chunks(WINDOW) {
            let mut under_way = Vec::new();
            for mapped in window {
                let place = landed.len();
                let (outcome, pending) = self.begin(mapped).await?;
                landed.push(outcome);
                under_way.extend(pending.map(|pending| (place, pending)));
            }
            for (place, pending) in under_way {
                if let Err(error) = self.submitter.wait(&pending).await {
                    landed[place] = refused(error)?;
                }
            }
        }
        Ok(landed)
    }

    async fn begin(&self, mapped: &Mapped) -> Result<(Landed, Option<Pending>), CatalogError> {
        let entry = self.entry(&mapped.content.code).await?;
        let outcome = match judge(entry.as_ref(), &mapped.content.digest()) {
            Judgement::Submit { is_update } => Landed::Submitted { is_update },
            Judgement::Present => Landed::Present,
            Judgement::Waits => Landed::Waits,
            Judgement::Returned => Landed::Returned,
            Judgement::Withdrawn => Landed::Withdrawn,
        };
        let Some(publisher) = self.publishers.publisher(&mapped.organization) else {
            let detail = "no department is mapped to the organization";
            return Ok((Landed::Rejected(Rejection::new("unknown_organization", detail)), None));
        };
        if self.is_dry || !matches!(outcome, Landed::Submitted { .. }) {
            return Ok((outcome, None));
        }
        let call = Call::submit_entry(&mapped.content).map_err(ClientError::from)?;
        match self.submitter.send(&publisher.cataloguer, call).await {
            Ok(pending) => Ok((outcome, Some(pending))),
            Err(error) => Ok((refused(error)?, None)),
        }
    }

    /// Whether no version of the entry with a code is under way.
    ///
    /// # Errors
    /// [`CatalogError`] if the node does not answer.
    pub async fn is_free(&self, code: &ResourceCode) -> Result<bool, CatalogError> {
        let latest = self.entry(code).await?.and_then(|entry| entry.versions.last().map(|version| version.state));
        Ok(!latest.is_some_and(is_under_way))
    }

    /// Tells the ledger that the dataset of an entry is gone, where people have to do something about it.
    ///
    /// # Errors
    /// [`CatalogError`] if the node does not answer.
    pub async fn remove(&self, code: &ResourceCode, basis: &Text<256>) -> Result<Removed, CatalogError> {
        let entry = self.entry(code).await?;
        let judged = judge_removal(entry.as_ref());
        let (Removed::Told, Some(entry), false) = (&judged, entry, self.is_dry) else { return Ok(judged) };
        let Some(publisher) = self.publishers.publisher_for(entry.provider) else {
            let detail = format!("department {} has no cataloguer's key here", entry.provider);
            return Ok(Removed::Rejected(Rejection::new("unknown_organization", detail)));
        };
        let now = CalendarClient::parameters(self.connection).await.map_err(ClientError::from)?;
        let call = Call::report_change(entry.id, now.today, basis);
        Ok(match self.submitter.submit(&publisher.cataloguer, call).await {
            Ok(_) => Removed::Told,
            Err(error) => match refused(error)? {
                Landed::Waits => Removed::Waits,
                Landed::Rejected(rejection) => Removed::Rejected(rejection),
                _ => Removed::ToldBefore,
            },
        })
    }

    async fn entry(&self, code: &ResourceCode) -> Result<Option<Entry>, CatalogError> {
        Ok(self.connection.entry(EntryRef::Code(code.clone())).await.map_err(ClientError::from)?)
    }
}

/// What the ledger already has of a dataset decides.
fn judge(entry: Option<&Entry>, digest: &Digest32) -> Judgement {
    let Some(entry) = entry else { return Judgement::Submit { is_update: false } };
    if entry.standing.as_ref().is_some_and(|standing| standing.status == EntryStatus::Withdrawn) {
        return Judgement::Withdrawn;
    }
    let Some(latest) = entry.versions.last() else { return Judgement::Submit { is_update: false } };
    let is_same = latest.digest.0 == *digest;
    match latest.state {
        VersionState::Returned if is_same => Judgement::Returned,
        VersionState::Returned => {
            // What is in force again needs no further version.
            let in_force = entry.versions.iter().find(|version| version.state == VersionState::Published);
            match in_force.is_some_and(|version| version.digest.0 == *digest) {
                true => Judgement::Present,
                false => Judgement::Submit { is_update: true },
            }
        }
        _ if is_same => Judgement::Present,
        state if is_under_way(state) => Judgement::Waits,
        _ => Judgement::Submit { is_update: true },
    }
}

const fn is_under_way(state: VersionState) -> bool {
    matches!(state, VersionState::Submitted | VersionState::Endorsed | VersionState::Reviewed)
}

fn judge_removal(entry: Option<&Entry>) -> Removed {
    let Some(entry) = entry else { return Removed::Gone };
    match entry.standing.as_ref().map(|standing| standing.status) {
        Some(EntryStatus::Withdrawn) => Removed::Gone,
        Some(EntryStatus::Published | EntryStatus::Suspended) if entry.change.is_some() => Removed::ToldBefore,
        Some(EntryStatus::Published | EntryStatus::Suspended) => Removed::Told,
        None if entry.versions.last().is_none_or(|version| version.state == VersionState::Returned) => Removed::Gone,
        None => Removed::Waits,
    }
}

/// What a refusal means for a dataset; whatever else went wrong ends the run, and the next one finds what is there.
fn refused(error: ClientError) -> Result<Landed, CatalogError> {
    match error {
        ClientError::CallFailed { pallet, name, docs, .. } => Ok(match (pallet.as_str(), name.as_str()) {
            // Somebody was faster.
            ("Catalog", "UnderWayAlready") => Landed::Waits,
            ("Catalog", "ChangeOpen") => Landed::Present,
            _ => Landed::Rejected(Rejection::new("refused_by_chain", format!("{pallet}.{name}: {docs}"))),
        }),
        // A budget that is used up is whole again tomorrow.
        error @ (ClientError::Answered { .. } | ClientError::NotIncluded { .. }) => {
            tracing::warn!(error = %error, "a submission has to wait");
            Ok(Landed::Waits)
        }
        error => Err(error.repeatable().into()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sample::{PROVIDER, entry};
    use VersionState::{Endorsed, Published, Returned, Reviewed, Submitted, Superseded};
    use mulu_proofs::{
        calendar::{Day, Deadline as Terms, DeadlineKind},
        ids::{DeadlineId, Height, RecordNumber},
        records::Subject,
    };
    use mulu_rpc_api::{
        catalog::OpenChange,
        deadlines::{Deadline, DeadlineState},
    };

    const THIS: Digest32 = [1; 32];
    const OTHER: Digest32 = [2; 32];

    #[test]
    fn each_change_becomes_one_version_and_nothing_is_submitted_twice() {
        let judged = |versions: &[(VersionState, Digest32)], status| judge(Some(&entry(versions, status)), &THIS);
        let in_force = Some(EntryStatus::Published);
        assert_eq!(judge(None, &THIS), Judgement::Submit { is_update: false });
        assert_eq!(judged(&[(Submitted, THIS)], None), Judgement::Present);
        assert_eq!(judged(&[(Published, THIS)], in_force), Judgement::Present);
        assert_eq!(judged(&[(Published, OTHER)], in_force), Judgement::Submit { is_update: true });
        assert_eq!(judged(&[(Published, OTHER), (Reviewed, THIS)], in_force), Judgement::Present);
        for state in [Submitted, Endorsed, Reviewed] {
            assert_eq!(judged(&[(state, OTHER)], None), Judgement::Waits);
            assert_eq!(judged(&[(Published, THIS), (state, OTHER)], in_force), Judgement::Waits);
        }
        // What was in force before, and is wanted again, is another version.
        assert_eq!(judged(&[(Superseded, THIS), (Published, OTHER)], in_force), Judgement::Submit { is_update: true });
    }

    #[test]
    fn what_people_returned_or_withdrew_is_left_alone() {
        let judged = |versions: &[(VersionState, Digest32)], status| judge(Some(&entry(versions, status)), &THIS);
        let in_force = Some(EntryStatus::Published);
        assert_eq!(judged(&[(Returned, THIS)], None), Judgement::Returned);
        assert_eq!(judged(&[(Returned, OTHER)], None), Judgement::Submit { is_update: true });
        assert_eq!(judged(&[(Published, THIS), (Returned, OTHER)], in_force), Judgement::Present);
        assert_eq!(judged(&[(Published, OTHER), (Returned, OTHER)], in_force), Judgement::Submit { is_update: true });
        assert_eq!(judged(&[(Published, OTHER)], Some(EntryStatus::Withdrawn)), Judgement::Withdrawn);
        assert_eq!(judged(&[(Published, OTHER)], Some(EntryStatus::Suspended)), Judgement::Submit { is_update: true });
    }

    fn open_change() -> OpenChange {
        let (on, record) = (Day::new(20_000).unwrap(), RecordNumber::new(1));
        let terms = Terms {
            kind: DeadlineKind::CatalogUpdate,
            subject: Subject::Department(PROVIDER),
            responsible: PROVIDER,
            counted_from: on,
            working_days: 10,
            extended: 0,
            paused_days: 0,
            paused_since: None,
        };
        let deadline = Deadline {
            id: DeadlineId::new(1),
            terms,
            state: DeadlineState::Running,
            is_overdue: false,
            due: None,
            days_left: None,
            record_lags: false,
        };
        OpenChange { on, basis: String::new(), record, deadline, extension_asked: None }
    }

    #[test]
    fn a_removal_is_told_once_and_only_of_what_is_in_force() {
        assert_eq!(judge_removal(None), Removed::Gone);
        assert_eq!(judge_removal(Some(&entry(&[(Returned, THIS)], None))), Removed::Gone);
        assert_eq!(judge_removal(Some(&entry(&[(Endorsed, THIS)], None))), Removed::Waits);
        let withdrawn = entry(&[(Published, THIS)], Some(EntryStatus::Withdrawn));
        assert_eq!(judge_removal(Some(&withdrawn)), Removed::Gone);
        for status in [EntryStatus::Published, EntryStatus::Suspended] {
            let mut there = entry(&[(Published, THIS)], Some(status));
            assert_eq!(judge_removal(Some(&there)), Removed::Told);
            there.change = Some(open_change());
            assert_eq!(judge_removal(Some(&there)), Removed::ToldBefore);
        }
    }

    #[test]
    fn a_refusal_of_the_ledger_is_a_dataset_s_and_a_broken_line_is_the_run_s() {
        let failed = |pallet: &str, name: &str| ClientError::CallFailed {
            pallet: pallet.into(),
            name: name.into(),
            docs: "why".into(),
            height: Height::new(1),
        };
        assert_eq!(refused(failed("Catalog", "UnderWayAlready")).unwrap(), Landed::Waits);
        let other = refused(failed("Catalog", "CodeTaken")).unwrap();
        assert_eq!(other, Landed::Rejected(Rejection::new("refused_by_chain", "Catalog.CodeTaken: why")));
        let busy = ClientError::Answered { code: 1, message: "full".into(), data: None };
        assert_eq!(refused(busy).unwrap(), Landed::Waits);
        assert!(refused(ClientError::NeedsWebSocket).is_err());
    }
}
