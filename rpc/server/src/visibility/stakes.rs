//! What rows are about, told from their records. What was looked up is kept for the call, since neighbours are about the same.

use super::Stake;
use crate::{
    access::opening,
    context::{Context, Found},
    failure::Failure,
};
use mulu_index::{RecordList, RecordRow};
use mulu_proofs::{
    access::{RepudiationDecided, Series},
    catalog::EntrySubmitted,
    ids::{DepartmentId, DisputeId, EntryId, GrantId, RecordNumber, RequestId, StreamId, SystemId, Version},
    records::{Record, RecordKind, Subject},
    sharing::{Policy, RequestAgreed, RequestCreated, RequestResubmitted, StandingConsentSet},
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

/// Most records of a dispute that say whose it is; it has a dozen.
const DISPUTE_ACTS_MAX: usize = 64;

/// Reads what rows are about.
pub struct Stakes<'a> {
    context: &'a Context,
    requests: RefCell<BTreeMap<RequestId, Option<Stake>>>,
    grants: RefCell<BTreeMap<GrantId, Option<Granted>>>,
    disputes: RefCell<BTreeMap<DisputeId, Option<Stake>>>,
    entries: RefCell<BTreeMap<EntryId, Option<Entry>>>,
}

/// Whose a grant is, and whose all that flows under it.
#[derive(Clone, Debug)]
struct Granted {
    grant: Stake,
    flow: Stake,
}

/// What decides who sees an entry.
#[derive(Clone, Debug)]
struct Entry {
    provider: DepartmentId,
    /// Versions that are or were in force.
    published: BTreeSet<Version>,
}

/// By which rule a record of a kind is somebody's affair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// It is everybody's.
    Common,
    /// Of those whom it names and of who acted.
    Named,
    /// As the entry: everybody's once a version was in force.
    Entry,
    /// As the version of the entry.
    Version,
    /// Of the provider and of those whom a standing consent is for.
    Consent,
    /// As the request.
    Request,
    /// As the grant.
    Grant,
    /// As request and grant.
    Agreement,
    /// As what the clock is about.
    Clock,
    /// As the dispute.
    Dispute,
    /// As the repudiation that it decides on.
    Repudiation,
}

/// The rule of each kind. A new kind is nobody's until it stands here: it does not compile.
const fn rule(kind: RecordKind) -> Rule {
    use RecordKind as Kind;
    match kind {
        Kind::DepartmentRegistered
        | Kind::DepartmentRevised
        | Kind::DepartmentStatusSet
        | Kind::DepartmentAdmitted
        | Kind::AuthorityNamed
        | Kind::SystemRegistered
        | Kind::ValidatorRegistered
        | Kind::ValidatorRemoved
        | Kind::ValidatorKeyRotated
        | Kind::ObserverRegistered
        | Kind::ObserverRemoved
        | Kind::BudgetSet
        | Kind::PurposeRegistered
        | Kind::CalendarSet
        | Kind::ParametersSet
        | Kind::ProposalMade
        | Kind::ProposalVoted
        | Kind::ProposalWithdrawn
        | Kind::ProposalEnacted
        | Kind::ProposalClosed
        | Kind::ElementRegistered
        | Kind::ElementRevised
        | Kind::SourceNamed
        | Kind::SourceCertified
        | Kind::CertificationWithdrawn
        | Kind::DecisionsOpened
        | Kind::DecisionsClosed => Rule::Common,
        Kind::AccountRegistered
        | Kind::RoleGiven
        | Kind::RoleConfirmed
        | Kind::RoleRevoked
        | Kind::KeyRotated
        | Kind::KeyReportedLost
        | Kind::KeyReplaced
        | Kind::KeyReportWithdrawn
        | Kind::EntryReturned
        | Kind::ChangeOccurred
        | Kind::UpdateExtensionAsked
        | Kind::UpdateExtensionDecided
        | Kind::StreamOpened
        | Kind::BatchAccepted
        | Kind::StreamClosed
        | Kind::StreamReopened
        | Kind::KeyCompromised
        | Kind::EventsRepudiated
        | Kind::DecisionsCounted
        | Kind::QueriesRecorded => Rule::Named,
        Kind::EntryPublished
        | Kind::EntrySuspended
        | Kind::EntryResumed
        | Kind::EntryWithdrawn
        | Kind::PolicySet
        | Kind::EntryMounted
        | Kind::EntryUnmounted
        | Kind::CatalogMismatch
        | Kind::MismatchResolved => Rule::Entry,
        Kind::EntrySubmitted | Kind::EntryEndorsed | Kind::EntryReviewed => Rule::Version,
        Kind::StandingConsentSet | Kind::StandingConsentRevoked => Rule::Consent,
        Kind::RequestCreated
        | Kind::RequestEndorsed
        | Kind::RequestApproved
        | Kind::RequestRefused
        | Kind::RequestWithdrawn
        | Kind::RequestSupplementAsked
        | Kind::RequestResubmitted
        | Kind::RequestExtensionAsked
        | Kind::RequestExtensionDecided => Rule::Request,
        Kind::RequestAgreed => Rule::Agreement,
        Kind::GrantProvisioned
        | Kind::GrantSuspended
        | Kind::GrantResumed
        | Kind::RectificationOrdered
        | Kind::RectificationReported
        | Kind::RectificationRejected
        | Kind::GrantTerminated
        | Kind::GrantCompleted
        | Kind::ServiceEnded
        | Kind::DisposalRecorded
        | Kind::DisposalCountersigned
        | Kind::UseRecorded
        | Kind::HolderNotified
        | Kind::DayDiffers
        | Kind::DifferencesNamed => Rule::Grant,
        Kind::DeadlineStarted
        | Kind::DeadlinePaused
        | Kind::DeadlineResumed
        | Kind::DeadlineExtended
        | Kind::DeadlineStopped
        | Kind::DeadlineOverdue
        | Kind::DeadlineRecomputed => Rule::Clock,
        Kind::DisputeOpened
        | Kind::DisputeAnswered
        | Kind::SettlementProposed
        | Kind::DisputeSettled
        | Kind::DisputeEscalated
        | Kind::DisputeDecided
        | Kind::DisputeAppealed
        | Kind::GovernmentDecided
        | Kind::DisputeWithdrawn
        | Kind::DisputeFinal => Rule::Dispute,
        Kind::RepudiationDecided => Rule::Repudiation,
    }
}

/// Those whom a record names, and who acted.
fn named(record: &Record) -> Vec<DepartmentId> {
    let of_subject = |subject: &Subject| match subject {
        Subject::Department(id) => Some(*id),
        _ => None,
    };
    record.subjects.iter().filter_map(of_subject).chain([record.department]).collect()
}

/// The entry that a record names first, with the version.
fn entry_of(record: &Record) -> Option<(EntryId, Version)> {
    record.subjects.iter().find_map(|subject| match subject {
        Subject::Entry(id, version) => Some((*id, *version)),
        _ => None,
    })
}

/// Departments of a policy's stages: they sign, so they read.
fn approvers(policy: &Policy) -> impl Iterator<Item = DepartmentId> + '_ {
    policy.stages.iter().flat_map(|stage| stage.departments.iter().copied())
}

/// Looks a stake up once.
fn kept<K: Ord + Copy, V: Clone>(
    kept: &RefCell<BTreeMap<K, V>>,
    key: K,
    read: impl FnOnce() -> Result<V, Failure>,
) -> Result<V, Failure> {
    if let Some(known) = kept.borrow().get(&key) {
        return Ok(known.clone());
    }
    let value = read()?;
    kept.borrow_mut().insert(key, value.clone());
    Ok(value)
}

impl<'a> Stakes<'a> {
    /// Nothing looked up yet.
    pub fn new(context: &'a Context) -> Self {
        Self {
            context,
            requests: RefCell::default(),
            grants: RefCell::default(),
            disputes: RefCell::default(),
            entries: RefCell::default(),
        }
    }

    /// Of a request: both parties, and those of whom its policy asks signatures; none if there is no such request.
    pub fn request(&self, id: RequestId) -> Result<Option<Stake>, Failure> {
        kept(&self.requests, id, || {
            let mut stake: Option<Stake> = None;
            for act in self.context.acts(RecordList::Request(id))? {
                match act.kind {
                    RecordKind::RequestCreated => {
                        let RequestCreated { terms, provider, policy, .. } =
                            self.context.indexed(act.number)?.body()?;
                        let parties = [provider, terms.consumer].into_iter().chain(approvers(&policy));
                        stake = Some(Stake::of(parties).on(Some(terms.entry)));
                    }
                    RecordKind::RequestResubmitted => {
                        let RequestResubmitted { policy, .. } = self.context.indexed(act.number)?.body()?;
                        stake = stake.map(|stake| stake.and(approvers(&policy)));
                    }
                    _ => {}
                }
            }
            Ok(stake)
        })
    }

    /// Of a grant: both parties, and those whose platforms serve it; none if there is no such grant.
    pub fn grant(&self, id: GrantId) -> Result<Option<Stake>, Failure> {
        Ok(self.granted(id)?.map(|granted| granted.grant))
    }

    /// Of all that flows under a grant: both parties.
    pub fn flow(&self, id: GrantId) -> Result<Option<Stake>, Failure> {
        Ok(self.granted(id)?.map(|granted| granted.flow))
    }

    fn granted(&self, id: GrantId) -> Result<Option<Granted>, Failure> {
        kept(&self.grants, id, || {
            let mut granted: Option<Granted> = None;
            for act in self.context.acts(RecordList::Grant(id))? {
                if act.kind != RecordKind::RequestAgreed {
                    continue;
                }
                let RequestAgreed { grant: terms, .. } = self.context.indexed(act.number)?.body()?;
                let flow = Stake::of([terms.provider, terms.consumer]).on(Some(terms.entry));
                let mut serving = Vec::new();
                for platform in &terms.platforms {
                    serving.extend(self.context.department_of(*platform)?);
                }
                let before = granted.map(|granted| granted.grant);
                granted = Some(Granted { grant: flow.clone().and(serving).or(before), flow });
            }
            Ok(granted)
        })
    }

    fn entry_facts(&self, id: EntryId) -> Result<Option<Entry>, Failure> {
        kept(&self.entries, id, || {
            let mut entry: Option<Entry> = None;
            for act in self.context.acts(RecordList::Entry(id))? {
                match (act.kind, act.version, &mut entry) {
                    (RecordKind::EntrySubmitted, _, None) => {
                        let EntrySubmitted { content, .. } = self.context.indexed(act.number)?.body()?;
                        entry = Some(Entry { provider: content.provider, published: BTreeSet::new() });
                    }
                    (RecordKind::EntryPublished, Some(version), Some(entry)) => {
                        entry.published.insert(version);
                    }
                    _ => {}
                }
            }
            Ok(entry)
        })
    }

    /// Of what is under way on an entry: the provider's affair; none if there is no such entry.
    pub fn drafts(&self, id: EntryId) -> Result<Option<Stake>, Failure> {
        Ok(self.entry_facts(id)?.map(|entry| Stake::of([entry.provider]).on(Some(id))))
    }

    /// Of an entry: everybody's once a version was in force; none if there is no such entry.
    pub fn entry(&self, id: EntryId) -> Result<Option<Stake>, Failure> {
        match self.entry_facts(id)? {
            Some(entry) if !entry.published.is_empty() => Ok(Some(Stake::Common)),
            _ => self.drafts(id),
        }
    }

    fn version(&self, id: EntryId, version: Version) -> Result<Option<Stake>, Failure> {
        match self.entry_facts(id)? {
            Some(entry) if entry.published.contains(&version) => Ok(Some(Stake::Common)),
            _ => self.drafts(id),
        }
    }

    /// Of the standing consent that was last given for an entry, up to a record: the provider's and of those whom it is for.
    pub fn consent(&self, id: EntryId, until: Option<RecordNumber>) -> Result<Option<Stake>, Failure> {
        let Some(stake) = self.drafts(id)? else { return Ok(None) };
        let acts = self.context.acts(RecordList::Entry(id))?;
        let is_given = |act: &&RecordRow| {
            act.kind == RecordKind::StandingConsentSet && until.is_none_or(|until| act.number <= until)
        };
        let Some(given) = acts.iter().rev().find(is_given) else { return Ok(Some(stake)) };
        let StandingConsentSet { consent, .. } = self.context.indexed(given.number)?.body()?;
        Ok(Some(if consent.consumers.is_empty() { Stake::Common } else { stake.and(consent.consumers) }))
    }

    /// Of a stream: its platform's; none if there is no such stream.
    pub fn stream(&self, id: StreamId) -> Result<Option<Stake>, Failure> {
        Ok(opening(self.context, id)?.map(|opened| Stake::of([opened.record.department])))
    }

    /// Of a platform or another system: its department's; none if there is no such system.
    pub fn system(&self, id: SystemId) -> Result<Option<Stake>, Failure> {
        Ok(self.context.department_of(id)?.map(|department| Stake::of([department])))
    }

    /// Of a dispute: the parties' and the authorities' that have to do with it; none if there is no such dispute.
    pub fn dispute(&self, id: DisputeId) -> Result<Option<Stake>, Failure> {
        kept(&self.disputes, id, || {
            let mut stake: Option<Stake> = None;
            let acts = self.context.acts(RecordList::Subject(Subject::Dispute(id)))?;
            // Those of its clocks name who has to act, which is one of them.
            for act in acts.iter().filter(|act| rule(act.kind) == Rule::Dispute).take(DISPUTE_ACTS_MAX) {
                let record = self.context.indexed(act.number)?.record;
                let about = entry_of(&record).map(|(entry, _)| entry);
                stake = Some(Stake::of(named(&record)).on(about).or(stake));
            }
            Ok(stake)
        })
    }

    /// Of a series of events; none if nobody could have reported one.
    pub fn series(&self, series: Series) -> Result<Option<Stake>, Failure> {
        match series {
            Series::Grant(grant) => self.flow(grant),
            Series::Entry(entry, consumer) => Ok(self.drafts(entry)?.map(|stake| stake.and([consumer]))),
            Series::Reporter(platform) => self.system(platform),
        }
    }

    /// Of a clock on `subject`: as what it is about, and whose who has to act.
    pub fn clock(&self, subject: Subject, responsible: DepartmentId) -> Result<Stake, Failure> {
        let about = match subject {
            Subject::Request(id) => self.request(id)?,
            Subject::Grant(id, _) => self.grant(id)?,
            Subject::Entry(id, _) => self.drafts(id)?,
            Subject::Dispute(id) => self.dispute(id)?,
            Subject::Stream(id) => self.stream(id)?,
            Subject::System(id) => self.system(id)?,
            Subject::Department(id) => Some(Stake::of([id])),
            Subject::Account(_) | Subject::Deadline(_) | Subject::Proposal(_) | Subject::Element(_) => None,
        };
        Ok(Stake::of([responsible]).or(about))
    }

    /// Of a record.
    pub fn record(&self, found: &Found) -> Result<Stake, Failure> {
        let record = &found.record;
        let entry = entry_of(record);
        let own = || Stake::of(named(record)).on(entry.map(|(entry, _)| entry));
        let subject = |of: fn(&Subject) -> bool| record.subjects.iter().copied().find(of);
        let about = match rule(record.kind) {
            Rule::Common => return Ok(Stake::Common),
            Rule::Named => None,
            Rule::Entry => entry.map(|(entry, _)| self.entry(entry)).transpose()?.flatten(),
            Rule::Version => entry.map(|(entry, version)| self.version(entry, version)).transpose()?.flatten(),
            Rule::Consent => entry.map(|(entry, _)| self.consent(entry, Some(record.number))).transpose()?.flatten(),
            Rule::Request => self.of_request(record)?,
            Rule::Grant => self.of_grant(record)?,
            Rule::Agreement => match (self.of_request(record)?, self.of_grant(record)?) {
                (Some(request), grant) => Some(request.or(grant)),
                (None, grant) => grant,
            },
            Rule::Clock => match subject(|subject| !matches!(subject, Subject::Deadline(_))) {
                Some(subject) => Some(self.clock(subject, record.department)?),
                None => None,
            },
            Rule::Dispute => match subject(|subject| matches!(subject, Subject::Dispute(_))) {
                Some(Subject::Dispute(id)) => self.dispute(id)?,
                _ => None,
            },
            Rule::Repudiation => {
                let RepudiationDecided { repudiation, .. } = found.body()?;
                self.context.record(repudiation)?.map(|found| Stake::of(named(&found.record)))
            }
        };
        Ok(own().or(about))
    }

    fn of_request(&self, record: &Record) -> Result<Option<Stake>, Failure> {
        for subject in &record.subjects {
            if let Subject::Request(id) = subject {
                return self.request(*id);
            }
        }
        Ok(None)
    }

    fn of_grant(&self, record: &Record) -> Result<Option<Stake>, Failure> {
        for subject in &record.subjects {
            if let Subject::Grant(id, _) = subject {
                return self.grant(*id);
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_business_between_departments_are_never_everybodys() {
        for kind in RecordKind::ALL {
            let is_common = rule(*kind) == Rule::Common;
            let pallet = kind.code() >> 8;
            let is_business = matches!(pallet, 0x02 | 0x03 | 0x07 | 0x0a) && *kind != RecordKind::PurposeRegistered;
            assert!(!(is_common && is_business), "{kind}");
        }
    }
}
