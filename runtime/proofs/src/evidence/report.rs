//! What a verification says: each link of the chain with what was checked and on what it is anchored, or the link that fails.

use crate::{
    access::{PublicLeaf, SealedField, Series},
    departments::{AccountKey, Role},
    grants::GrantTerms,
    ids::{
        DepartmentId, Digest32, EntryId, EventNumber, Height, Moment, PublicKey, RecordNumber, RequestId, SeriesNumber,
        StreamId, SystemId, Version,
    },
    records::RecordKind,
};
use serde::Serialize;

macro_rules! links {
    ($($(#[$doc:meta])* $link:ident = $name:literal,)*) => {
        /// The links of the chain, in the order in which they are checked. Names are stable.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Link {
            $($(#[$doc])* $link,)*
        }

        impl Link {
            /// Every link, in order.
            pub const ALL: &[Self] = &[$(Self::$link,)*];

            /// The stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$link => $name,)* }
            }
        }
    };
}

links! {
    /// The file's form: magic, version, suite, bounds, one canonical encoding.
    Container = "container",
    /// The genesis file is consistent and the package is of its chain.
    Genesis = "genesis",
    /// Each change of the validator set is announced by a header of the set before.
    ValidatorSet = "validator_set",
    /// More than two thirds signed the header.
    Certificate = "certificate",
    /// The reader's checkpoint is a header of this package.
    Checkpoint = "checkpoint",
    /// A header lies in the history of the tip.
    History = "history",
    /// A record lies in its header's record log, with its number.
    Record = "record",
    /// The platform signed the batch header, for this chain.
    Batch = "batch",
    /// The stream that the batch continues, and who opened it, or reopened it under another key.
    Stream = "stream",
    /// The event's public leaf lies in the signed batch.
    PublicLeaf = "public_leaf",
    /// The event's number in its series, and its findings.
    Series = "series",
    /// The event's sealed leaf lies in the signed batch, and revealed fields open it.
    SealedLeaf = "sealed_leaf",
    /// What was said of the platforms' keys since: that they were compromised, that events are not the department's own.
    Signer = "signer",
    /// The events of a list: each run lies whole in its signed batch, and their numbers follow each other.
    List = "list",
    /// Where a list begins and ends: nothing of the series lies between it and its heights.
    Bounds = "bounds",
    /// The grant that the event was reported under.
    Grant = "grant",
    /// The request behind the grant.
    Request = "request",
    /// Consent of the consumer's officer.
    Endorsement = "endorsement",
    /// Each approval that the policy demands.
    Approval = "approval",
    /// Agreement of the provider's officer.
    Agreement = "agreement",
    /// Nobody signed two steps.
    Separation = "separation",
    /// The catalog version: submitted, endorsed, reviewed, published.
    Catalog = "catalog",
    /// The roles of the signers at the time.
    Roles = "roles",
    /// Records that only give names to ids.
    Names = "names",
    /// Nothing is in the package that no link uses.
    Unreferenced = "unreferenced",
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The link that fails, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{link}: {reason}")]
pub struct Failure {
    /// The first link that fails.
    pub link: Link,
    /// Why.
    pub reason: String,
}

impl Link {
    /// A failure of this link.
    pub(super) fn failed(self, reason: impl Into<String>) -> Failure {
        Failure { link: self, reason: reason.into() }
    }

    /// Fails unless `holds`.
    pub(super) fn require(self, holds: bool, reason: impl Into<String>) -> Result<(), Failure> {
        if holds { Ok(()) } else { Err(self.failed(reason)) }
    }
}

/// One link that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The link.
    pub link: Link,
    /// What was checked.
    pub checked: String,
    /// What it rests on.
    pub anchored_on: String,
}

/// A header that the reader trusts from a source of their own (SPEC §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct Checkpoint {
    /// Height of the header.
    pub height: Height,
    /// Its hash.
    #[serde(with = "hex::serde")]
    pub hash: Digest32,
}

/// The outcome of a verification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Chain id of the genesis file.
    pub chain_id: String,
    /// Genesis hash of the genesis file: compare it with the one from a source you trust.
    #[serde(with = "hex::serde")]
    pub genesis: Digest32,
    /// Links that hold, in order.
    pub steps: Vec<Step>,
    /// The first link that does not.
    pub failure: Option<Failure>,
    /// What is proven; only if every link holds.
    pub facts: Option<Facts>,
}

impl Report {
    /// Whether every link holds.
    pub const fn is_verified(&self) -> bool {
        self.failure.is_none() && self.facts.is_some()
    }

    /// The event, if one is proven.
    pub const fn event(&self) -> Option<&EventFacts> {
        match &self.facts {
            Some(Facts::Event(event)) => Some(event),
            _ => None,
        }
    }

    /// The filing, if one is proven.
    pub const fn filing(&self) -> Option<&FilingFacts> {
        match &self.facts {
            Some(Facts::Filing(filing)) => Some(filing),
            _ => None,
        }
    }

    /// The list, if one is proven to be complete.
    pub const fn list(&self) -> Option<&ListFacts> {
        match &self.facts {
            Some(Facts::List(list)) => Some(list),
            _ => None,
        }
    }
}

/// What a verified package proves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "claim", rename_all = "snake_case")]
pub enum Facts {
    /// That an event was *reported*, by whom, under what. Never that it happened.
    Event(Box<EventFacts>),
    /// That an entry was filed: registered in the catalog at a time.
    Filing(Box<FilingFacts>),
    /// That events are all that was *reported* in a series between two heights.
    List(Box<ListFacts>),
}

/// All that was reported in a series between two heights. Not all that happened: what nobody reported is on no list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListFacts {
    /// The tip that everything is proven against.
    pub tip: Checkpoint,
    /// The series.
    pub series: Series,
    /// The list holds what was recorded above this height,
    pub above: Height,
    /// and up to this one.
    pub until: Height,
    /// Block time of the first event's record; none without events.
    pub first_recorded_at: Option<Moment>,
    /// Block time of the last event's record; none without events.
    pub last_recorded_at: Option<Moment>,
    /// Number of the series' first event behind `above`.
    pub first: SeriesNumber,
    /// What the events add up to.
    pub totals: ListTotals,
    /// Who reported them, ascending by stream and key.
    pub reporters: Vec<Reporter>,
    /// What the package shows of the reporters' keys, and of the events since.
    pub signer: SignerStatus,
    /// The events, in the order of their numbers in the series, which follow each other.
    pub events: Vec<ListedEvent>,
    /// Every signature of a person or key that the package shows, by record.
    pub signatures: Vec<SignatureFact>,
    /// Names of departments that the package shows.
    pub departments: Vec<(DepartmentId, String)>,
    /// Names of systems that the package shows.
    pub systems: Vec<(SystemId, String)>,
}

/// What the events of a list add up to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ListTotals {
    /// Events.
    pub events: u64,
    /// Calls that they stand for.
    pub calls: u64,
    /// Rows answered.
    pub rows: u64,
    /// Bytes answered.
    pub bytes: u64,
    /// Events with the outcome denied.
    pub denied: u64,
    /// Events with findings.
    pub with_findings: u64,
    /// Events of which a repudiation is shown that waits for the authority, or was upheld.
    pub repudiated: u64,
}

/// One event of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListedEvent {
    /// Number in the series.
    pub number: SeriesNumber,
    /// Stream.
    pub stream: StreamId,
    /// Number in the stream.
    pub event: EventNumber,
    /// Record of its batch.
    pub record: RecordNumber,
    /// Names of its findings.
    pub findings: Vec<&'static str>,
    /// Records of the repudiations of it that are shown, whatever was decided.
    pub repudiations: Vec<RecordNumber>,
    /// The public leaf.
    pub leaf: PublicLeaf,
}

/// A filed entry: registered in the catalog, with who signed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FilingFacts {
    /// The tip that everything is proven against.
    pub tip: Checkpoint,
    /// Entry.
    pub entry: EntryId,
    /// Version.
    pub version: Version,
    /// Resource code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Provider department.
    pub provider: DepartmentId,
    /// The authority that reviewed and published it.
    pub authority: DepartmentId,
    /// Digest of the content that everybody signed.
    #[serde(with = "hex::serde")]
    pub digest: Digest32,
    /// Names of the items, in their order.
    pub items: Vec<String>,
    /// Record of the publication.
    pub record: RecordNumber,
    /// Height of the block that holds it.
    pub height: Height,
    /// Time of that block: the entry was registered no later.
    pub filed_at: Moment,
    /// Every signature of a person that the package shows, by record.
    pub signatures: Vec<SignatureFact>,
    /// Names of departments that the package shows.
    pub departments: Vec<(DepartmentId, String)>,
}

/// A reported event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventFacts {
    /// The tip that everything is proven against.
    pub tip: Checkpoint,
    /// Who reported it.
    pub reporter: Reporter,
    /// What the package shows of the reporter's key: its status then and now.
    pub signer: SignerStatus,
    /// Number of the event in the stream.
    pub event: EventNumber,
    /// Record of its batch.
    pub record: RecordNumber,
    /// Height of the block that holds the record.
    pub height: Height,
    /// Time of that block.
    pub recorded_at: Moment,
    /// Series.
    pub series: Series,
    /// Number of the event in its series.
    pub series_number: SeriesNumber,
    /// Names of its findings.
    pub findings: Vec<&'static str>,
    /// The public leaf.
    pub leaf: PublicLeaf,
    /// Revealed fields of the sealed leaf.
    pub revealed: Vec<RevealedFact>,
    /// The grant, if the event was reported under one.
    pub grant: Option<GrantTerms>,
    /// The request behind it.
    pub request: Option<RequestId>,
    /// The catalog entry, if the event names one.
    pub entry: Option<EntryFact>,
    /// Every signature of a person that the package shows, by record.
    pub signatures: Vec<SignatureFact>,
    /// Names of departments that the package shows.
    pub departments: Vec<(DepartmentId, String)>,
    /// Names of systems that the package shows.
    pub systems: Vec<(SystemId, String)>,
}

/// The platform that reported the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Reporter {
    /// Platform.
    pub platform: SystemId,
    /// Its department.
    pub department: DepartmentId,
    /// Stream.
    pub stream: StreamId,
    /// Key that signed the batch.
    #[serde(with = "hex::serde")]
    pub key: PublicKey,
}

/// What a package shows of the keys that signed its events' batches. That nothing is shown proves nothing: it may have been left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SignerStatus {
    /// Reports that the key was compromised, by record.
    pub compromised: Vec<CompromiseFact>,
    /// Repudiations of the event, or of some events of a list, by record.
    pub repudiated: Vec<RepudiationFact>,
}

/// A report that the key was compromised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompromiseFact {
    /// Its record.
    pub record: RecordNumber,
    /// Block time of the report.
    pub reported_at: Moment,
    /// The key.
    #[serde(with = "hex::serde")]
    pub key: PublicKey,
    /// First moment at which others may have signed with the key.
    pub from: Moment,
    /// First moment after.
    pub to: Moment,
    /// Whether the event's batch, or one of a list's batches under this key, was accepted at such a moment.
    pub covers_batch: bool,
    /// What was known of it.
    pub statement: String,
}

/// The department says that events, the one of the package or some of a list among them, are not its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepudiationFact {
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// The key under which they were reported.
    #[serde(with = "hex::serde")]
    pub key: PublicKey,
    /// Their stream.
    pub stream: StreamId,
    /// The first of them.
    pub first: EventNumber,
    /// The last of them.
    pub last: EventNumber,
    /// Why.
    pub statement: String,
    /// What the authority found, if it has decided.
    pub decided: Option<RepudiationFinding>,
}

/// What an authority found of a repudiation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RepudiationFinding {
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// Whether the repudiation stands.
    pub upheld: bool,
    /// What was found.
    pub finding: String,
}

/// One revealed field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RevealedFact {
    /// Which.
    pub field: SealedField,
    /// Its value, as text where it is UTF-8, else in hexadecimal; none if the event has none.
    pub value: Option<String>,
}

/// The catalog entry that the event names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EntryFact {
    /// Entry.
    pub entry: EntryId,
    /// Version.
    pub version: Version,
    /// Resource code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Names of the items that the event names.
    pub items: Vec<String>,
}

/// One person's signature on one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SignatureFact {
    /// The act.
    pub act: RecordKind,
    /// Its record.
    pub record: RecordNumber,
    /// Block time.
    pub moment: Moment,
    /// Who signed.
    pub account: AccountKey,
    /// In which role.
    pub role: Role,
    /// Of which department.
    pub department: DepartmentId,
    /// Record with the second signature under the role, where it needed one.
    pub confirmed: Option<RecordNumber>,
    /// For whom it was signed, if by an acting person.
    pub principal: Option<AccountKey>,
}
