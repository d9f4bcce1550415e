//! What a platform sees of a mounted resource, reported where it is not on record yet.

use crate::error::{CatalogError, Rejection};
use mulu_client::{ClientError, calls::Call, connection::Connection, keys::Key, submit::Submitter};
use mulu_proofs::{catalog::Method, ids::Digest32};
use mulu_rpc_api::{
    catalog::EntryRef,
    mounts::{EntryMounts, Mount, MountsClient},
};

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reported {
    /// What is seen is on record.
    OnRecord {
        /// Whether that is a mismatch.
        is_mismatch: bool,
    },
    /// A mismatch is on record now.
    Mismatch,
    /// The end of a mismatch is.
    Resolved,
    /// The entry has no mount of this method.
    NotMounted,
    /// The ledger refuses the report.
    Rejected(Rejection),
}

/// Reports the fingerprint that a platform sees, if that is news.
///
/// # Errors
/// [`CatalogError`] if the node does not answer.
pub async fn report(
    connection: &Connection,
    submitter: &Submitter<'_>,
    platform: &Key,
    entry: EntryRef,
    method: Method,
    seen: &Digest32,
) -> Result<Reported, CatalogError> {
    let found = connection.entry_mounts(entry).await.map_err(ClientError::from)?;
    let Some((entry, judged)) = found.map(|found| (found.entry, judge(&found, method, seen))) else {
        return Ok(Reported::NotMounted);
    };
    if !matches!(judged, Reported::Mismatch | Reported::Resolved) {
        return Ok(judged);
    }
    match submitter.submit(platform, Call::report_fingerprint(entry, method, seen)).await {
        Ok(_) => Ok(judged),
        // Another platform of the same mount was faster.
        Err(ClientError::CallFailed { name, .. }) if name == "NothingToReport" => {
            Ok(Reported::OnRecord { is_mismatch: judged == Reported::Mismatch })
        }
        Err(ClientError::CallFailed { pallet, name, docs, .. }) => {
            Ok(Reported::Rejected(Rejection::new("refused_by_chain", format!("{pallet}.{name}: {docs}"))))
        }
        Err(error) => Err(error.repeatable().into()),
    }
}

/// What a report would say.
fn judge(found: &EntryMounts, method: Method, seen: &Digest32) -> Reported {
    let Some(Mount { fingerprint, mismatch, .. }) = found.mounts.iter().find(|mount| mount.method == method) else {
        return Reported::NotMounted;
    };
    let is_mismatch = fingerprint.0 != *seen;
    match mismatch {
        Some(last) if last.0 == *seen => Reported::OnRecord { is_mismatch: true },
        None if !is_mismatch => Reported::OnRecord { is_mismatch: false },
        _ if is_mismatch => Reported::Mismatch,
        _ => Reported::Resolved,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{PROVIDER, text};
    use mulu_proofs::ids::{EntryId, Moment, RecordNumber, Version};
    use mulu_rpc_api::Hex32;

    fn mounted(mismatch: Option<Digest32>) -> EntryMounts {
        let mount = Mount {
            method: Method::File,
            address: "orgs".into(),
            fingerprint: Hex32([1; 32]),
            platforms: Vec::new(),
            version: Version::new(1),
            record: RecordNumber::new(1),
            since: Moment::new(0),
            mismatch: mismatch.map(Hex32),
        };
        EntryMounts { entry: EntryId::new(1), code: text("306001/1"), provider: PROVIDER, mounts: vec![mount] }
    }

    #[test]
    fn only_news_is_reported() {
        let judged = |mismatch: Option<u8>, seen: u8| {
            judge(&mounted(mismatch.map(|byte| [byte; 32])), Method::File, &[seen; 32])
        };
        assert_eq!(judged(None, 1), Reported::OnRecord { is_mismatch: false });
        assert_eq!(judged(None, 2), Reported::Mismatch);
        assert_eq!(judged(Some(2), 2), Reported::OnRecord { is_mismatch: true });
        assert_eq!(judged(Some(2), 3), Reported::Mismatch);
        assert_eq!(judged(Some(2), 1), Reported::Resolved);
        assert_eq!(judge(&mounted(None), Method::DatabaseTable, &[1; 32]), Reported::NotMounted);
    }
}
