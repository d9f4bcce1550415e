//! The public leaf of an event, and what it is keyed, numbered and reported by.

use super::{LEAF_VERSION, PUBLIC_LEAF_BYTES};
use crate::{
    catalog::Method,
    hash::{self, Suite, TreeKind},
    ids::{DepartmentId, Digest32, EntryId, GrantId, Moment, PurposeId, SystemId, Version},
};
use codec::Decode;

ledger_types! {
    /// Who reports an event.
    #[derive(Copy, PartialOrd, Ord, Hash, Default)]
    pub enum Side {
        /// The provider's platform.
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
    #[serde(with = "super::short_id")]
    pub call_id: u64,
    /// Keyed pseudonym of the user within department and epoch, if the department gives one.
    #[serde(with = "super::short_id::optional")]
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
