//! What events refer to, asked of the chain before anything is sealed: a batch that names something unknown is refused as a whole.

use super::draft::{Draft, Reference};
use crate::{
    connection::Connection,
    error::ClientError,
    terms::{EntryFacts, KnownTerms, LastIds},
};
use codec::Decode;
use mulu_primitives::batch::{DecodeError, UnknownTerms, decode_accepted};
use mulu_proofs::{
    access::PublicLeaf,
    departments::{DepartmentInfo, SystemInfo},
    ids::{DepartmentId, EntryId, Version},
    records::RecordKind,
    sharing::PurposeRegistered,
};
use mulu_rpc_api::{
    catalog::{CatalogClient, EntryRef, VersionState},
    records::{RecordsClient, RecordsOf},
    sharing::SharingClient,
};
use std::collections::BTreeSet;

/// Terms that grow with what events name. What the chain does not have is asked for again when it is named again.
#[derive(Clone, Debug, Default)]
pub struct TermsLearner {
    terms: KnownTerms,
}

impl TermsLearner {
    /// What is known so far.
    pub const fn terms(&self) -> &KnownTerms {
        &self.terms
    }

    /// Asks for everything that drafts name and that is not known yet.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn learn_drafts<'a>(
        &mut self,
        connection: &Connection,
        drafts: impl Iterator<Item = &'a Draft>,
    ) -> Result<(), ClientError> {
        let (mut references, mut ids) = (BTreeSet::new(), LastIds::default());
        for draft in drafts {
            references.extend(draft.references());
            ids = ids.max(draft.ids());
        }
        self.learn_all(connection, references, ids).await
    }

    /// Asks for references and ids that are not known yet.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn learn_all(
        &mut self,
        connection: &Connection,
        references: impl IntoIterator<Item = Reference>,
        ids: LastIds,
    ) -> Result<(), ClientError> {
        for reference in references {
            self.learn(connection, reference).await?;
        }
        if !self.terms.has_ids(ids) {
            self.terms.set_last_ids(last_ids(connection).await?);
        }
        Ok(())
    }

    /// Asks for one reference; whether the chain has that.
    ///
    /// # Errors
    /// [`ClientError`] if the node does not answer.
    pub async fn learn(&mut self, connection: &Connection, reference: Reference) -> Result<bool, ClientError> {
        match reference {
            Reference::Grant(grant, version) => {
                if self.terms.grant_terms(grant, version).is_none()
                    && let Some(found) = connection.grant(grant).await?
                {
                    for version in found.versions {
                        self.learn_entry(connection, version.terms.entry, version.terms.entry_version).await?;
                        self.terms.add_grant(version.terms);
                    }
                }
                Ok(self.terms.grant_terms(grant, version).is_some())
            }
            Reference::Entry(entry, version, _) => self.learn_entry(connection, entry, version).await,
            Reference::Reporter => Ok(true),
        }
    }

    /// The public leaves of a body that this vault sealed, with what they need learned from the chain.
    ///
    /// # Errors
    /// [`ClientError::NotFound`] if the chain has no more what they name, or the body does not read; [`ClientError`] if the node does not
    /// answer.
    pub async fn read_body(&mut self, connection: &Connection, body: &[u8]) -> Result<Vec<PublicLeaf>, ClientError> {
        loop {
            let unknown = match decode_accepted(body, &self.terms) {
                Ok(leaves) => return Ok(leaves),
                Err(DecodeError::Unknown(unknown)) => unknown,
                Err(error) => return Err(ClientError::NotFound { what: format!("a batch that reads: {error}") }),
            };
            // Each round learns one thing more, or is the last.
            let reference = match unknown {
                UnknownTerms::Grant { grant, version } => Reference::Grant(grant, version),
                UnknownTerms::Entry { entry, version } => Reference::Entry(entry, version, DepartmentId::new(0)),
            };
            if !self.learn(connection, reference).await? {
                return Err(ClientError::NotFound { what: unknown.to_string() });
            }
        }
    }

    async fn learn_entry(
        &mut self,
        connection: &Connection,
        entry: EntryId,
        version: Version,
    ) -> Result<bool, ClientError> {
        if self.terms.entry_facts(entry, version).is_none()
            && let Some(found) = connection.content(EntryRef::Id(entry), Some(version)).await?
            && matches!(found.version.state, VersionState::Published | VersionState::Superseded)
        {
            let items = (0..found.content.items.len()).fold(0, |mask, place| mask | 1_u64 << place);
            self.terms.add_entry(entry, version, EntryFacts { provider: found.content.provider, items });
        }
        Ok(self.terms.entry_facts(entry, version).is_some())
    }
}

/// The last ids that the chain gave: those of the newest records of registration.
async fn last_ids(connection: &Connection) -> Result<LastIds, ClientError> {
    Ok(LastIds {
        department: newest(connection, RecordKind::DepartmentRegistered, |body: DepartmentInfo| body.id).await?,
        system: newest(connection, RecordKind::SystemRegistered, |body: SystemInfo| body.id).await?,
        purpose: newest(connection, RecordKind::PurposeRegistered, |body: PurposeRegistered| body.id).await?,
    })
}

async fn newest<B: Decode, I: Default>(
    connection: &Connection,
    kind: RecordKind,
    id: impl FnOnce(B) -> I,
) -> Result<I, ClientError> {
    let page = connection.records(RecordsOf::Kind(kind), None, Some(1)).await?;
    let Some(record) = page.rows.first() else { return Ok(I::default()) };
    let body = B::decode(&mut &record.body.0[..]);
    body.map(id).map_err(|_| ClientError::FalseAnswer { why: format!("record {} does not read", record.number) })
}
