//! What the chain says of a configuration: the key's role, the streams, what the mappings name.

use super::{Report, Said, sample::Sampled};
use crate::{chain::Line, config::Config, spool::told};
use mulu_client::{
    ClientError,
    event::CallIds,
    import::{delivery::cursor_of, draft::Reference, learning::TermsLearner},
    vault::Vault,
};
use mulu_mapping::Mapping;
use mulu_proofs::{
    departments::Role,
    ids::{DepartmentId, EventNumber, GrantId, PublicKey, StreamId, SystemId, Version},
};
use mulu_rpc_api::{
    Hex32,
    access::{AccessClient, Stream},
    departments::DepartmentsClient,
    sharing::{InForce, SharingClient},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// Grants that are asked for one by one.
const GRANTS_MAX: usize = 1_000;

/// The chain and the key on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainSeen {
    /// Address of the node, without whatever may be a token.
    pub node: String,
    /// Chain id.
    pub chain_id: String,
    /// Genesis hash.
    pub genesis: Hex32,
    /// The key's account.
    pub account: Hex32,
    /// Its department.
    pub department: Option<DepartmentId>,
}

/// A stream on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StreamSeen {
    /// Platform that reports into it.
    pub platform: SystemId,
    /// The number that the next event gets.
    pub next: EventNumber,
    /// Whether its calls are compared with the other side's.
    pub reconciles: bool,
    /// `open`, `halted` or `closed`.
    pub state: &'static str,
}

/// What the bridge keeps itself.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a> {
    pub(super) call_ids: &'a CallIds,
    /// The vault, if it is there and no bridge uses it.
    pub(super) vault: Option<&'a Vault>,
    /// Whether there is none yet.
    pub(super) is_new: bool,
}

/// Asks the chain, if it can be reached.
pub(super) async fn check(
    config: &Config,
    mappings: &[(&str, Mapping)],
    kept: Kept<'_>,
    sampled: Option<&Sampled>,
    report: &mut Report,
) {
    let node = match config.chain.node() {
        Ok(node) => node,
        Err(error) => return report.mistake("chain.key", Said::new(Said::OF_ANOTHER, &[&told(&error)])),
    };
    let line = match node.connect().await {
        Ok(line) => line,
        Err(error) => {
            let what = "the node was not asked: {}; the bridge would take records and wait for it";
            return report.mistake("chain.url", Said::new(what, &[&told(&error)]));
        }
    };
    let foreign = kept.vault.filter(|vault| *vault.genesis() != line.chain.genesis);
    if let Some(vault) = foreign {
        let what = "the vault {} is of another chain; name the vault of this one, or a new file";
        report.mistake("chain.vault", Said::new(what, &[&vault.path().display()]));
    }
    let kept = Kept { vault: kept.vault.filter(|_| foreign.is_none()), ..kept };
    let asked = Asked { line: &line, key: node.key.public(), kept };
    report.chain = Some(ChainSeen {
        node: node.url_shown(),
        chain_id: line.chain.chain_id.clone(),
        genesis: Hex32(line.chain.genesis),
        account: Hex32(asked.key),
        department: None,
    });
    if let Err(error) = asked.all(config, mappings, sampled, report).await {
        report.mistake("chain.url", Said::new("the node answers no more: {}", &[&told(&error)]));
    }
}

struct Asked<'a> {
    line: &'a Line,
    key: PublicKey,
    kept: Kept<'a>,
}

impl Asked<'_> {
    async fn all(
        &self,
        config: &Config,
        mappings: &[(&str, Mapping)],
        sampled: Option<&Sampled>,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        self.account(report).await?;
        let mut learner = TermsLearner::default();
        for (name, mapping) in mappings {
            let Some(source) = config.source.get(*name) else { continue };
            let stream = self.stream(name, source.stream, report).await?;
            self.named(name, mapping, stream.as_ref(), &mut learner, report).await?;
        }
        self.forgotten(config, report).await?;
        if let Some(sampled) = sampled {
            self.sampled(sampled, &mut learner, report).await?;
        }
        Ok(())
    }

    /// The key must hold the role `platform`.
    async fn account(&self, report: &mut Report) -> Result<(), ClientError> {
        let Some(account) = self.line.connection.account(Hex32(self.key)).await? else {
            let what = "account {} is not registered; an admin of the platform's department does that";
            report.mistake("chain.key", Said::new(what, &[&hex::encode(self.key)]));
            return Ok(());
        };
        if let Some(chain) = &mut report.chain {
            chain.department = Some(account.department);
        }
        if let Some(new) = account.replaced_by {
            let what = "the key was replaced by {}; name that key";
            report.mistake("chain.key", Said::new(what, &[&hex::encode(new.0)]));
        }
        let mut platform = account.roles.iter().filter(|held| held.role == Role::Platform);
        if !platform.clone().any(|held| held.is_in_force) {
            let what = match platform.next() {
                None => "the key has not the role platform; `mulu role give` gives it",
                Some(_) => "the key's role platform is not in force; `mulu account show` says why",
            };
            report.mistake("chain.key", Said::new(what, &[]));
        }
        Ok(())
    }

    /// The stream must be open and the key's own.
    async fn stream(&self, name: &str, id: StreamId, report: &mut Report) -> Result<Option<Stream>, ClientError> {
        let at = format!("source.{name}.stream");
        let Some(stream) = self.line.connection.stream(id).await? else {
            let what = "the chain has no stream {}; `mulu stream open` opens one and says its number";
            report.mistake(&at, Said::new(what, &[&id]));
            return Ok(None);
        };
        let state = match (stream.is_open, stream.is_halted) {
            (true, _) => "open",
            (false, true) => "halted",
            (false, false) => "closed",
        };
        match state {
            "halted" => {
                let what = "stream {} is halted: its key was stolen or has no role any more; `mulu stream reopen {}` goes on under this key";
                report.mistake(&at, Said::new(what, &[&id, &id]));
            }
            "closed" => report.mistake(&at, Said::new("stream {} is closed; `mulu stream open` opens another", &[&id])),
            _ if stream.key.0 != self.key => {
                let what = "stream {} is another key's, {}; name that key, or `mulu stream reopen {}` with this one";
                report.mistake(&at, Said::new(what, &[&id, &hex::encode(stream.key.0), &id]));
            }
            _ => {}
        }
        self.agrees(&at, &stream, report)?;
        let seen = StreamSeen { platform: stream.platform, next: stream.next, reconciles: stream.reconciles, state };
        if let Some(source) = report.sources.iter_mut().find(|source| source.name == name) {
            source.on_chain = Some(seen);
        }
        Ok(Some(stream))
    }

    /// The vault must stand where the chain stands, or ahead of it with what it has sealed.
    fn agrees(&self, at: &str, stream: &Stream, report: &mut Report) -> Result<(), ClientError> {
        let id = stream.id;
        let agrees = match self.kept.vault {
            Some(vault) => vault.agrees(id, &cursor_of(stream)),
            None if self.kept.is_new && stream.next > EventNumber::new(1) => {
                Err(ClientError::VaultBehind { stream: id, chain: stream.next, vault: EventNumber::new(1) })
            }
            None => Ok(()),
        };
        match agrees {
            Ok(()) => {}
            Err(ClientError::VaultBehind { chain, vault, .. }) => {
                let what = "another vault is ahead in stream {}: the chain expects event {}, this vault would give {}. Bring the newest copy of the vault, or open another stream and `mulu bridge move --from {}` what waits";
                report.mistake(at, Said::new(what, &[&id, &chain, &vault, &id]));
            }
            Err(ClientError::VaultDiverged { .. }) => {
                let what = "the chain has other events in stream {} than this vault. Bring the newest copy of the vault, or open another stream and `mulu bridge move --from {}` what waits";
                report.mistake(at, Said::new(what, &[&id, &id]));
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Streams that no source has, of which something waits.
    async fn forgotten(&self, config: &Config, report: &mut Report) -> Result<(), ClientError> {
        let Some(vault) = self.kept.vault else { return Ok(()) };
        for id in vault.intakes()? {
            let events = vault.intake(id)?.drafts + vault.unconfirmed_events(id)?;
            if events == 0 || config.source.values().any(|source| source.stream == id) {
                continue;
            }
            let at = format!("stream/{id}");
            let what = "{} events wait for stream {}, which no source has: give it one, until nothing waits; if it is closed, `mulu bridge move --from {}` takes them to another";
            report.warn(&at, Said::new(what, &[&events, &id, &id]));
            if let Some(stream) = self.line.connection.stream(id).await? {
                self.agrees(&at, &stream, report)?;
            }
        }
        Ok(())
    }

    /// What a mapping names must be there.
    async fn named(
        &self,
        name: &str,
        mapping: &Mapping,
        stream: Option<&Stream>,
        learner: &mut TermsLearner,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        let at = format!("source.{name}.mapping");
        let mut grants = BTreeSet::new();
        for reference in mapping.references() {
            if !self.is_there(learner, reference).await? {
                report.mistake(&at, missing(reference));
            } else if let Reference::Grant(grant, version) = reference {
                grants.insert((grant, version));
            }
        }
        learner.learn_all(&self.line.connection, [], mapping.ids()).await?;
        if !learner.terms().has_ids(mapping.ids()) {
            let what = "a department, system or purpose that the mapping names is not on the ledger; its events would be quarantined";
            report.mistake(&at, Said::new(what, &[]));
        }
        for (grant, version) in grants.into_iter().take(GRANTS_MAX) {
            self.grant(&at, (grant, version), stream, learner, report).await?;
        }
        let is_named =
            mapping.describe().fields.iter().any(|(field, _)| matches!(field.as_str(), "request_id" | "call_id"));
        if stream.is_some_and(|stream| stream.reconciles) && !is_named {
            let what = "calls of the stream are compared with the other side's, and the mapping has no request_id: every event of a grant would be quarantined";
            report.mistake(&at, Said::new(what, &[]));
        }
        Ok(())
    }

    /// A grant should name the platform and be in force, and where calls are compared both sides need its call key.
    async fn grant(
        &self,
        at: &str,
        (grant, version): (GrantId, Version),
        stream: Option<&Stream>,
        learner: &TermsLearner,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        let terms = learner.terms().grant_terms(grant, version);
        if let (Some(stream), Some(terms)) = (stream, terms)
            && !terms.platforms.contains(&stream.platform)
        {
            let what =
                "grant {} does not name platform {}: its events get the finding wrong_platform and count nowhere";
            report.warn(at, Said::new(what, &[&grant, &stream.platform]));
        }
        if self.kept.vault.is_some()
            && stream.is_some_and(|stream| stream.reconciles)
            && !self.kept.call_ids.shares(grant)
        {
            let what = "the vault has no call key of grant {}: its events would be quarantined; `mulu vault call-key new {}` or `add` brings it";
            report.mistake(at, Said::new(what, &[&grant, &grant]));
        }
        let Some(found) = self.line.connection.grant(grant).await? else { return Ok(()) };
        if found.in_force != InForce::Active {
            let what = "grant {} is not in force now: its events get a finding; `mulu grant show {}` says why";
            report.warn(at, Said::new(what, &[&grant, &grant]));
        }
        if let Some(latest) =
            found.versions.last().map(|latest| latest.terms.version).filter(|latest| *latest > version)
        {
            let what = "grant {} has version {} by now, and the mapping says version {}";
            report.warn(at, Said::new(what, &[&grant, &latest, &version]));
        }
        Ok(())
    }

    /// What the first records of a sample name.
    async fn sampled(
        &self,
        sampled: &Sampled,
        learner: &mut TermsLearner,
        report: &mut Report,
    ) -> Result<(), ClientError> {
        // What a caller named has something in its place.
        let references: BTreeSet<(Reference, bool)> =
            sampled.drafts.iter().map(|draft| (draft.reference, !draft.instead.is_empty())).collect();
        for (reference, is_claimed) in references {
            if !self.is_there(learner, reference).await? {
                report.warn("sample", missing_in_sample(reference, is_claimed));
            }
        }
        Ok(())
    }

    async fn is_there(&self, learner: &mut TermsLearner, reference: Reference) -> Result<bool, ClientError> {
        learner.learn(&self.line.connection, reference).await
    }
}

fn missing(reference: Reference) -> Said {
    match reference {
        Reference::Grant(grant, version) => {
            Said::new("the mapping names grant {} version {}, which the chain does not have", &[&grant, &version])
        }
        Reference::Entry(entry, version, _) => {
            let what = "the mapping names entry {} version {}, which is not published";
            Said::new(what, &[&entry, &version])
        }
        // The platform itself is always there.
        Reference::Reporter => Said::new("", &[]),
    }
}

fn missing_in_sample(reference: Reference, is_claimed: bool) -> Said {
    match reference {
        Reference::Grant(grant, version) if is_claimed => {
            let what = "a record of the sample names grant {} version {}, which the chain does not have: it would be reported without that";
            Said::new(what, &[&grant, &version])
        }
        Reference::Entry(entry, version, _) if is_claimed => {
            let what = "a record of the sample names entry {} version {}, which is not published: it would be reported without that";
            Said::new(what, &[&entry, &version])
        }
        Reference::Grant(grant, version) => {
            let what = "a record of the sample names grant {} version {}, which the chain does not have: it would go into the quarantine";
            Said::new(what, &[&grant, &version])
        }
        Reference::Entry(entry, version, _) => {
            let what = "a record of the sample names entry {} version {}, which is not published: it would go into the quarantine";
            Said::new(what, &[&entry, &version])
        }
        // The platform itself is always there.
        Reference::Reporter => Said::new("", &[]),
    }
}
