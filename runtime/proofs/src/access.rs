//! Access events: public and sealed leaves, batch headers, and what a batch's record says (SPEC §5, DESIGN §3a).
//!
//! ```text
//! public leaf (128 bytes, fixed)   ──┐ one tree a batch ── public root ──┐
//! sealed leaf (six commitments)    ──┘ one tree a batch ── sealed root ──┴─ batch header ── platform's signature
//! ```
//!
//! The sealed leaf's preimage holds the public leaf's hash, so that the two trees cannot be shifted against each other.

use crate::{
    catalog::{List, Method},
    departments::SignedAs,
    hash::{self, DigestKind, Suite, TreeKind},
    ids::{
        DepartmentId, Digest32, EntryId, EventNumber, GrantId, Moment, PublicKey, PurposeId, SeriesNumber, StreamId,
        SystemId, Version,
    },
    text::words,
};
use codec::{Decode, Encode};

/// Most events of a batch.
pub const EVENTS_MAX: u32 = 1_000;
/// Version of the public and sealed leaf forms.
pub const LEAF_VERSION: u8 = 1;
/// Version of the body's columnar layout.
pub const CODEC_VERSION: u8 = 1;
/// Bytes of a public leaf.
pub const PUBLIC_LEAF_BYTES: usize = 128;
/// Longest value of a sealed field, in bytes.
pub const SEALED_VALUE_BYTES_MAX: usize = 512;

ledger_types! {
    /// Who reports an event.
    #[derive(Copy, PartialOrd, Ord, Hash, Default)]
    pub enum Side {
        /// The provider's platform: the side whose figures count against a quota.
        #[default]
        #[codec(index = 0)]
        Provider,
        /// The consumer's platform.
        #[codec(index = 1)]
        Consumer,
        /// A data manager (§5.6.2) that serves the provider's data.
        #[codec(index = 2)]
        DataManager,
    }

    /// How a call ended.
    #[derive(Copy, PartialOrd, Ord, Hash, Default)]
    pub enum Outcome {
        /// Answered.
        #[default]
        #[codec(index = 0)]
        Ok,
        /// Failed.
        #[codec(index = 1)]
        Error,
        /// Refused.
        #[codec(index = 2)]
        Denied,
    }

    /// Under what an event happened: the key of its run in the body and of its series.
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub enum RunKey {
        /// Under a version of a grant.
        #[codec(index = 0)]
        Grant(GrantId, Version),
        /// Where no grant applies: entry version and consumer.
        #[codec(index = 1)]
        Entry(EntryId, Version, DepartmentId),
        /// Where even that is missing: the reporting platform.
        #[codec(index = 2)]
        Reporter(SystemId),
    }

    /// A gap-free series of events (SPEC §5).
    #[derive(Copy, PartialOrd, Ord, Hash)]
    pub enum Series {
        /// Everything reported under a grant, whatever its version.
        #[codec(index = 0)]
        Grant(GrantId),
        /// Entry and consumer without a grant.
        #[codec(index = 1)]
        Entry(EntryId, DepartmentId),
        /// A platform's events that name neither.
        #[codec(index = 2)]
        Reporter(SystemId),
    }

    /// Header of a batch, signed by the platform's key: one event can be shown without the others.
    #[derive(Copy)]
    pub struct BatchHeader {
        /// Suite.
        pub suite: Suite,
        /// Genesis hash of the chain that it is meant for.
        #[serde(with = "hex::serde")]
        pub genesis: Digest32,
        /// Version of the body's layout: [`CODEC_VERSION`].
        pub codec_version: u8,
        /// Version of the leaves: [`LEAF_VERSION`].
        pub leaf_version: u8,
        /// Stream.
        pub stream: StreamId,
        /// Number of the first event in the stream.
        pub first: EventNumber,
        /// Number of events, 1 to [`EVENTS_MAX`].
        pub count: u32,
        /// [`BatchHeader::digest`] of the batch before; zeros for a stream's first.
        #[serde(with = "hex::serde")]
        pub previous: Digest32,
        /// Smallest time of the batch.
        pub time_base: Moment,
        /// Root over the public leaves.
        #[serde(with = "hex::serde")]
        pub public_root: Digest32,
        /// Root over the sealed leaves.
        #[serde(with = "hex::serde")]
        pub sealed_root: Digest32,
        /// Length of the body, in bytes.
        pub body_bytes: u32,
        /// Digest of the body.
        #[serde(with = "hex::serde")]
        pub body_digest: Digest32,
    }

    /// Body of [`crate::records::RecordKind::StreamOpened`].
    pub struct StreamOpened {
        /// Stream.
        pub stream: StreamId,
        /// Reporting platform.
        pub platform: SystemId,
        /// Key that signs the stream's batches.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// In which role it was opened.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::StreamClosed`].
    pub struct StreamClosed {
        /// Stream.
        pub stream: StreamId,
        /// Its last event.
        pub last: EventNumber,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// The events of one run within a batch and the numbers that they got in their series.
    #[derive(Copy)]
    pub struct RunNumbers {
        /// Series.
        pub series: Series,
        /// Number of the run's first event in the series; the others follow in the batch's order.
        pub first: SeriesNumber,
        /// Number of events.
        pub count: u32,
    }

    /// Findings of one event, where it has any.
    #[derive(Copy)]
    pub struct EventFindings {
        /// Place in the batch, from 0.
        pub place: u32,
        /// Set of findings.
        pub findings: Findings,
    }

    /// Body of [`crate::records::RecordKind::BatchAccepted`].
    pub struct BatchRecord {
        /// Reporting platform of the stream.
        pub platform: SystemId,
        /// Key of the stream, which signed the header.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// The signed header.
        pub header: BatchHeader,
        /// The platform's signature over [`BatchHeader::signing_bytes`].
        #[serde(with = "hex::serde")]
        pub signature: [u8; 64],
        /// Latest time of the batch.
        pub time_last: Moment,
        /// Series numbers, run by run in the batch's order.
        pub runs: List<RunNumbers, EVENTS_MAX>,
        /// Findings, ascending by place; events that are not named have none.
        pub findings: List<EventFindings, EVENTS_MAX>,
    }

    /// A set of findings (SPEC §5). Bits are never reused.
    #[derive(Copy, Default, PartialOrd, Ord)]
    #[serde(transparent)]
    pub struct Findings(pub u16);
}

impl Findings {
    /// No grant applies.
    pub const NO_GRANT: Self = Self(1 << 0);
    /// Before the grant's period or its provisioning.
    pub const NOT_YET_ACTIVE: Self = Self(1 << 1);
    /// After the grant's period or end.
    pub const ENDED: Self = Self(1 << 2);
    /// While the grant was suspended.
    pub const SUSPENDED: Self = Self(1 << 3);
    /// An item that was not granted.
    pub const ITEM_NOT_GRANTED: Self = Self(1 << 4);
    /// Over the quota of calls or rows of its day.
    pub const OVER_QUOTA: Self = Self(1 << 5);
    /// Another method than granted.
    pub const WRONG_METHOD: Self = Self(1 << 6);
    /// A purpose that was not granted.
    pub const WRONG_PURPOSE: Self = Self(1 << 7);
    /// A using system that was not granted.
    pub const WRONG_SYSTEM: Self = Self(1 << 8);
    /// Another consumer than the grant's.
    pub const WRONG_CONSUMER: Self = Self(1 << 9);
    /// Reported by a platform that the grant does not name.
    pub const WRONG_PLATFORM: Self = Self(1 << 10);
    /// A series without a grant, reported by a platform that no mount names for the entry.
    pub const REPORTER_NOT_NAMED: Self = Self(1 << 11);
    /// Later than the governed lateness.
    pub const LATE: Self = Self(1 << 12);

    /// Name of each bit, lowest first.
    pub const NAMES: [&str; 13] = [
        "no_grant",
        "not_yet_active",
        "ended",
        "suspended",
        "item_not_granted",
        "over_quota",
        "wrong_method",
        "wrong_purpose",
        "wrong_system",
        "wrong_consumer",
        "wrong_platform",
        "reporter_not_named",
        "late",
    ];

    /// The set with `other`'s findings added.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Names of the findings, lowest bit first.
    pub fn names(self) -> Vec<&'static str> {
        Self::NAMES.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1).map(|(_, name)| *name).collect()
    }
}

impl std::fmt::Display for Series {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Grant(grant) => write!(f, "grant {grant}"),
            Self::Entry(entry, consumer) => write!(f, "entry {entry} and department {consumer}, without a grant"),
            Self::Reporter(platform) => write!(f, "platform {platform}, without an entry"),
        }
    }
}

impl RunKey {
    /// The series that the run's events are numbered in.
    pub const fn series(self) -> Series {
        match self {
            Self::Grant(grant, _) => Series::Grant(grant),
            Self::Entry(entry, _, consumer) => Series::Entry(entry, consumer),
            Self::Reporter(reporter) => Series::Reporter(reporter),
        }
    }
}

/// One event's public part: everything that names no person. All of it is on the chain.
///
/// Absent fields are zero and their flag bit is off (see [`PublicLeaf::bytes`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct PublicLeaf {
    /// Grant and entry, or what there is.
    pub key: RunKey,
    /// Entry and its version; none in a reporter run.
    pub entry: Option<(EntryId, Version)>,
    /// Provider department; none in a reporter run.
    pub provider: Option<DepartmentId>,
    /// Consumer department; none in a reporter run.
    pub consumer: Option<DepartmentId>,
    /// Items, as a mask over the entry version's positions.
    pub items: u64,
    /// Authorising system.
    pub authorising_system: Option<SystemId>,
    /// Using business system.
    pub using_system: Option<SystemId>,
    /// Purpose.
    pub purpose: Option<PurposeId>,
    /// Method.
    pub method: Method,
    /// Side that reports.
    pub side: Side,
    /// When.
    pub time: Moment,
    /// How long, in milliseconds.
    pub duration_ms: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Calls that the event stands for.
    pub calls: u32,
    /// Rows answered.
    pub rows: u32,
    /// Bytes answered.
    pub bytes: u64,
    /// First 8 bytes of the keyed hash of the request id.
    pub call_id: u64,
    /// Keyed pseudonym of the user within department and epoch, if the department gives one.
    pub pseudonym: Option<u64>,
}

impl PublicLeaf {
    /// The fixed form: 128 bytes, little-endian, zero behind the last field.
    ///
    /// ```text
    /// 0 suite · 1 leaf version · 2 flags (1 grant, 2 entry, 4 authorising system, 8 using system, 16 purpose, 32 pseudonym)
    /// 3 outcome · 4 method · 5 side · 6 grant version (2) · 8 grant (4) · 12 entry (4) · 16 entry version (2) · 18 purpose (2)
    /// 20 provider (4) · 24 consumer (4) · 28 authorising system (4) · 32 using system (4) · 36 reporter (4) · 40 items (8)
    /// 48 time (8) · 56 duration (4) · 60 calls (4) · 64 rows (4) · 68 zero (4) · 72 bytes (8) · 80 call id (8) · 88 pseudonym (8)
    /// 96 to 127 zero
    /// ```
    pub fn bytes(&self) -> [u8; PUBLIC_LEAF_BYTES] {
        let mut out = [0; PUBLIC_LEAF_BYTES];
        let mut put = |at: usize, bytes: &[u8]| out[at..at + bytes.len()].copy_from_slice(bytes);
        let (grant, reporter) = match self.key {
            RunKey::Grant(grant, version) => (Some((grant, version)), None),
            RunKey::Entry(..) => (None, None),
            RunKey::Reporter(reporter) => (None, Some(reporter)),
        };
        let flags = u8::from(grant.is_some())
            | u8::from(self.entry.is_some()) << 1
            | u8::from(self.authorising_system.is_some()) << 2
            | u8::from(self.using_system.is_some()) << 3
            | u8::from(self.purpose.is_some()) << 4
            | u8::from(self.pseudonym.is_some()) << 5;
        put(0, &[Suite::default().code(), LEAF_VERSION, flags]);
        put(3, &[self.outcome as u8, self.method as u8, self.side as u8]);
        let (grant, grant_version) = grant.unwrap_or_default();
        put(6, &grant_version.get().to_le_bytes());
        put(8, &grant.get().to_le_bytes());
        let (entry, entry_version) = self.entry.unwrap_or_default();
        put(12, &entry.get().to_le_bytes());
        put(16, &entry_version.get().to_le_bytes());
        put(18, &self.purpose.unwrap_or_default().get().to_le_bytes());
        put(20, &self.provider.unwrap_or_default().get().to_le_bytes());
        put(24, &self.consumer.unwrap_or_default().get().to_le_bytes());
        put(28, &self.authorising_system.unwrap_or_default().get().to_le_bytes());
        put(32, &self.using_system.unwrap_or_default().get().to_le_bytes());
        put(36, &reporter.unwrap_or_default().get().to_le_bytes());
        put(40, &self.items.to_le_bytes());
        put(48, &self.time.get().to_le_bytes());
        put(56, &self.duration_ms.to_le_bytes());
        put(60, &self.calls.to_le_bytes());
        put(64, &self.rows.to_le_bytes());
        put(72, &self.bytes.to_le_bytes());
        put(80, &self.call_id.to_le_bytes());
        put(88, &self.pseudonym.unwrap_or_default().to_le_bytes());
        out
    }

    /// Reads the fixed form back; `None` unless it is exactly what [`PublicLeaf::bytes`] writes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; PUBLIC_LEAF_BYTES] = bytes.try_into().ok()?;
        let u16_at = |at: usize| u16::from_le_bytes([bytes[at], bytes[at + 1]]);
        let u32_at = |at: usize| u32::decode(&mut &bytes[at..at + 4]).unwrap_or_default();
        let u64_at = |at: usize| u64::decode(&mut &bytes[at..at + 8]).unwrap_or_default();
        let flag = |bit: u8| bytes[2] >> bit & 1 == 1;
        let entry = flag(1).then(|| (EntryId::new(u32_at(12)), Version::new(u16_at(16))));
        let department = |at| entry.map(|_| DepartmentId::new(u32_at(at)));
        let key = match entry {
            _ if flag(0) => RunKey::Grant(GrantId::new(u32_at(8)), Version::new(u16_at(6))),
            Some((entry, version)) => RunKey::Entry(entry, version, DepartmentId::new(u32_at(24))),
            None => RunKey::Reporter(SystemId::new(u32_at(36))),
        };
        let leaf = Self {
            key,
            entry,
            provider: department(20),
            consumer: department(24),
            items: u64_at(40),
            authorising_system: flag(2).then(|| SystemId::new(u32_at(28))),
            using_system: flag(3).then(|| SystemId::new(u32_at(32))),
            purpose: flag(4).then(|| PurposeId::new(u16_at(18))),
            method: Method::decode(&mut &bytes[4..5]).ok()?,
            side: Side::decode(&mut &bytes[5..6]).ok()?,
            time: Moment::new(u64_at(48)),
            duration_ms: u32_at(56),
            outcome: Outcome::decode(&mut &bytes[3..4]).ok()?,
            calls: u32_at(60),
            rows: u32_at(64),
            bytes: u64_at(72),
            call_id: u64_at(80),
            pseudonym: flag(5).then(|| u64_at(88)),
        };
        (leaf.bytes() == *bytes).then_some(leaf)
    }

    /// Leaf hash in the batch's public tree.
    pub fn leaf(&self) -> Digest32 {
        hash::leaf(TreeKind::PublicEvents, &self.bytes())
    }
}

/// The six fields that name or lead to a person. They stay in the department's vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SealedField {
    /// Authorising operator.
    #[codec(index = 0)]
    Operator,
    /// Using user.
    #[codec(index = 1)]
    User,
    /// Data subject.
    #[codec(index = 2)]
    DataSubject,
    /// Request digest.
    #[codec(index = 3)]
    RequestDigest,
    /// Result digest.
    #[codec(index = 4)]
    ResultDigest,
    /// Network address.
    #[codec(index = 5)]
    NetworkAddress,
}

impl std::fmt::Display for SealedField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&words(self))
    }
}

impl SealedField {
    /// All six, in the order of the leaf.
    pub const ALL: [Self; 6] =
        [Self::Operator, Self::User, Self::DataSubject, Self::RequestDigest, Self::ResultDigest, Self::NetworkAddress];

    /// This field's salt, from the event's secret.
    pub fn salt(self, secret: &Digest32) -> Digest32 {
        hash::secret_digest(DigestKind::SealedSalt, secret, &[self as u8])
    }

    /// Commitment to a value (none: the field is absent, which looks the same from outside).
    pub fn commitment(self, salt: &Digest32, value: Option<&[u8]>) -> Digest32 {
        let bytes = (self as u8, salt, value).encode();
        hash::digest(DigestKind::SealedField, &bytes)
    }
}

/// One event's sealed part: secret and values. Erasing it leaves the leaf hash, and every other proof, intact.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Sealed {
    /// Fresh random secret of this event.
    pub secret: Digest32,
    /// Values in the order of [`SealedField::ALL`], each at most [`SEALED_VALUE_BYTES_MAX`].
    pub values: [Option<Vec<u8>>; 6],
}

impl Sealed {
    /// The six commitments.
    pub fn commitments(&self) -> [Digest32; 6] {
        SealedField::ALL
            .map(|field| field.commitment(&field.salt(&self.secret), self.values[field as usize].as_deref()))
    }

    /// Leaf hash in the batch's sealed tree.
    pub fn leaf(&self, public_leaf: &Digest32) -> Digest32 {
        sealed_leaf(public_leaf, &self.commitments())
    }
}

/// Leaf hash of a sealed leaf: suite, leaf version, public leaf's hash, six commitments.
pub fn sealed_leaf(public_leaf: &Digest32, commitments: &[Digest32; 6]) -> Digest32 {
    hash::leaf(TreeKind::SealedEvents, &(Suite::default(), LEAF_VERSION, public_leaf, commitments).encode())
}

impl BatchHeader {
    /// What the platform signs: tag, chain domain, header.
    pub fn signing_bytes(&self, domain: &Digest32) -> Vec<u8> {
        let mut bytes = b"mulu v1 batch".to_vec();
        bytes.extend_from_slice(domain);
        self.encode_to(&mut bytes);
        bytes
    }

    /// Digest that the stream's next header names.
    pub fn digest(&self) -> Digest32 {
        hash::digest(DigestKind::BatchHeader, &self.encode())
    }
}

/// Digest of a batch's body.
pub fn body_digest(body: &[u8]) -> Digest32 {
    hash::digest(DigestKind::BatchBody, body)
}
