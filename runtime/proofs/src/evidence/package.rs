//! The evidence package: one canonical binary file for one claim, an event or the filing of an entry (SPEC §7).
//!
//! SCALE, in the order of the fields below. Whoever writes one sorts as each list says; the reader refuses everything else:
//! a file over its bound, a count over its bound (before anything is allocated for it), an unknown suite, bytes behind the
//! end, and whatever does not encode to the same bytes again.

use crate::{
    access::{PUBLIC_LEAF_BYTES, SEALED_VALUE_BYTES_MAX, SealedField, Series},
    certificate::{Certificate, VALIDATORS_MAX, ValidatorSet},
    extrinsic::{EXTRINSIC_BYTES_MAX, Implicit},
    genesis::CHAIN_ID_BYTES_MAX,
    hash::Suite,
    header::HEADER_BYTES_MAX,
    ids::{Digest32, EntryId, Height, Version},
    records::RECORD_BODY_BYTES_MAX,
    state::{NODE_BYTES_MAX, NODES_MAX},
    tree::{PATH_LEN_MAX, Path, Range},
};
use codec::{Compact, Decode, Encode, Input};

/// First bytes of every package.
pub const MAGIC: [u8; 8] = *b"MULUEVID";
/// Version of the form below.
pub const VERSION: u8 = 1;
/// Largest package, in bytes.
pub const PACKAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most changes of the validator set between genesis and tip.
pub const SETS_MAX: usize = 1024;
/// Most headers.
pub const HEADERS_MAX: usize = 1024;
/// Most records.
pub const RECORDS_MAX: usize = 1024;
/// Most events of a list. A package has no room for many more: each takes 128 bytes.
pub const LIST_EVENTS_MAX: usize = 32_768;
/// Most bytes of one record: its body and what stands before it.
pub const RECORD_BYTES_MAX: usize = RECORD_BODY_BYTES_MAX + 4096;

/// An evidence package.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct Package {
    /// [`MAGIC`].
    pub magic: [u8; 8],
    /// [`VERSION`].
    pub version: u8,
    /// Suite of every hash and signature in the package.
    pub suite: Suite,
    /// Chain id, at most [`CHAIN_ID_BYTES_MAX`] bytes.
    pub chain_id: Vec<u8>,
    /// Every change of the validator set between genesis and tip, ascending by height.
    pub sets: Vec<SetChange>,
    /// The header that everything else is proven against.
    pub tip: FinalHeader,
    /// Headers whose records are shown, strictly ascending by height.
    pub headers: Vec<ProvenHeader>,
    /// Records, strictly ascending by number.
    pub records: Vec<ProvenRecord>,
    /// Signed extrinsics behind the records, strictly ascending by record: one for every record that an extrinsic caused, batches excepted.
    pub acts: Vec<SignedAct>,
    /// What is proven.
    pub claim: Claim,
}

/// What a package proves. Codes are never reused.
// A package has one claim: a box would save nothing.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Claim {
    /// An event was reported.
    #[codec(index = 0)]
    Event(EventProof),
    /// An entry was filed: the filing certificate (数据备案证明, §6.4 of the white paper).
    #[codec(index = 1)]
    Filing(FilingProof),
    /// These are all events of a series that were reported between two heights (SPEC §5).
    #[codec(index = 2)]
    List(ListProof),
}

/// Every event of a series that was recorded above one height and up to another.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ListProof {
    /// The series.
    pub series: Series,
    /// Events recorded at this height or below are before the list.
    pub above: Height,
    /// Events recorded above this height are behind the list.
    pub until: Height,
    /// Their runs, ascending by their numbers in the series.
    pub runs: Vec<RunProof>,
    /// Place in [`Package::records`] of the batch with the event before the list; none where the list begins with the first of all.
    pub before: Option<u32>,
    /// What shows that nothing of the list is missing at its end.
    pub after: Upper,
}

/// Events that stand next to each other in a batch: one run of its record, whole.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RunProof {
    /// Place of the batch's record in [`Package::records`].
    pub batch: u32,
    /// Public leaves ([`crate::access::PublicLeaf::bytes`]).
    pub leaves: Vec<[u8; PUBLIC_LEAF_BYTES]>,
    /// Their range in the batch's public tree.
    pub range: Range,
}

/// What comes after a list.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Upper {
    /// Place in [`Package::records`] of the batch with the next event of the series.
    #[codec(index = 0)]
    Batch(u32),
    /// Nodes of a proof against the tip's state root ([`crate::state`]): that the list's last event is the last of all.
    #[codec(index = 1)]
    State(Vec<Vec<u8>>),
}

/// A published version of an entry. Everything about it stands in its records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FilingProof {
    /// The entry.
    pub entry: EntryId,
    /// Its version.
    pub version: Version,
}

/// A change of the validator set: a header that names the next set, final under the set before.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SetChange {
    /// SCALE bytes of the header.
    pub header: Vec<u8>,
    /// Its certificate, by the set before.
    pub certificate: Certificate,
    /// The set that signs from the next height on.
    pub set: ValidatorSet,
}

/// A header with the certificate that makes it final.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct FinalHeader {
    /// SCALE bytes of the header.
    pub header: Vec<u8>,
    /// Its certificate.
    pub certificate: Certificate,
}

/// A header with its path to the tip's history root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProvenHeader {
    /// SCALE bytes of the header.
    pub header: Vec<u8>,
    /// Path of its history leaf; none if and only if it is the tip itself.
    pub path: Option<Path>,
}

/// A record with its path to its header's record root.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProvenRecord {
    /// Place of the header in [`Package::headers`].
    pub header: u32,
    /// Path of the record's leaf.
    pub path: Path,
    /// SCALE bytes of the record.
    pub record: Vec<u8>,
}

/// The extrinsic of a record, as its signer signed it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedAct {
    /// Place of the record in [`Package::records`].
    pub record: u32,
    /// The whole extrinsic, length prefix included.
    pub extrinsic: Vec<u8>,
    /// What the signer signed beside it.
    pub implicit: Implicit,
}

/// One event with its paths into its batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct EventProof {
    /// Place of the batch's record in [`Package::records`].
    pub batch: u32,
    /// Public leaf ([`crate::access::PublicLeaf::bytes`]).
    pub leaf: [u8; PUBLIC_LEAF_BYTES],
    /// Its path in the batch's public tree.
    pub path: Path,
    /// The sealed leaf, if its holder shows it.
    pub sealed: Option<SealedProof>,
}

/// A sealed leaf, with the fields that its holder chose to reveal.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SealedProof {
    /// The six commitments, in the order of [`SealedField::ALL`].
    pub commitments: [Digest32; 6],
    /// Path of the sealed leaf in the batch's sealed tree.
    pub path: Path,
    /// Revealed fields, strictly ascending.
    pub revealed: Vec<Revealed>,
}

/// One revealed field.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Revealed {
    /// Which.
    pub field: SealedField,
    /// Its salt.
    pub salt: Digest32,
    /// Its value; none if the event has none.
    pub value: Option<Vec<u8>>,
}

/// Why a file is no evidence package.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackageError {
    /// Over [`PACKAGE_BYTES_MAX`].
    #[error("the file has {bytes} bytes, a package has at most {PACKAGE_BYTES_MAX}")]
    TooLarge {
        /// Size of the file.
        bytes: usize,
    },
    /// It does not begin with [`MAGIC`].
    #[error("the file does not begin with MULUEVID: it is no evidence package")]
    Magic,
    /// Another version.
    #[error("the package has version {version}, this program reads version {VERSION}")]
    Version {
        /// Version of the package.
        version: u8,
    },
    /// Cut, or with a value that its field cannot hold.
    #[error("{part} does not decode")]
    Decode {
        /// The part at which reading stopped.
        part: &'static str,
    },
    /// A count or length over its bound.
    #[error("{part}: {count} is over the bound of {count_max}")]
    Bound {
        /// The part.
        part: &'static str,
        /// What it has.
        count: usize,
        /// What it may have.
        count_max: usize,
    },
    /// Out of order, or something twice.
    #[error("{part} are not in strictly ascending order")]
    Order {
        /// The list.
        part: &'static str,
    },
    /// A place that no list has.
    #[error("{part} names place {place}, which is not there")]
    Place {
        /// Who names it.
        part: &'static str,
        /// The place.
        place: u32,
    },
    /// Bytes behind the package, or another encoding of the same values.
    #[error("the file is not the one canonical encoding of its content")]
    NotCanonical,
}

impl Package {
    /// The event, if the package is about one.
    pub const fn event(&self) -> Option<&EventProof> {
        match &self.claim {
            Claim::Event(event) => Some(event),
            Claim::Filing(_) | Claim::List(_) => None,
        }
    }

    /// The event, to be changed, if the package is about one.
    pub const fn event_mut(&mut self) -> Option<&mut EventProof> {
        match &mut self.claim {
            Claim::Event(event) => Some(event),
            Claim::Filing(_) | Claim::List(_) => None,
        }
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.encode()
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`PackageError`], the first rule of the form that it breaks.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PackageError> {
        if bytes.len() > PACKAGE_BYTES_MAX {
            return Err(PackageError::TooLarge { bytes: bytes.len() });
        }
        if !bytes.starts_with(&MAGIC) {
            return Err(PackageError::Magic);
        }
        let mut input = &bytes[MAGIC.len()..];
        let version = part(&mut input, "version")?;
        if version != VERSION {
            return Err(PackageError::Version { version });
        }
        let package = Self {
            magic: MAGIC,
            version,
            suite: part(&mut input, "suite")?,
            chain_id: part(&mut input, "chain id")?,
            sets: list(&mut input, "set changes", SETS_MAX)?,
            tip: part(&mut input, "tip")?,
            headers: list(&mut input, "headers", HEADERS_MAX)?,
            records: list(&mut input, "records", RECORDS_MAX)?,
            acts: list(&mut input, "acts", RECORDS_MAX)?,
            claim: part(&mut input, "claim")?,
        };
        package.check_bounds()?;
        package.check_places()?;
        // The comparison catches what a careful reader misses: longer forms of the same number, for one.
        if input.is_empty() && package.encode() == bytes { Ok(package) } else { Err(PackageError::NotCanonical) }
    }

    fn check_bounds(&self) -> Result<(), PackageError> {
        bound("chain id", self.chain_id.len(), CHAIN_ID_BYTES_MAX)?;
        for change in &self.sets {
            bound("header of a set change", change.header.len(), HEADER_BYTES_MAX)?;
            bound("signatures of a set change", change.certificate.signatures.len(), VALIDATORS_MAX)?;
            bound("validators", change.set.validators().len(), VALIDATORS_MAX)?;
        }
        bound("tip", self.tip.header.len(), HEADER_BYTES_MAX)?;
        bound("signatures of the tip", self.tip.certificate.signatures.len(), VALIDATORS_MAX)?;
        for header in &self.headers {
            bound("header", header.header.len(), HEADER_BYTES_MAX)?;
            bound("path of a header", header.path.as_ref().map_or(0, |path| path.siblings.len()), PATH_LEN_MAX)?;
        }
        for record in &self.records {
            bound("path of a record", record.path.siblings.len(), PATH_LEN_MAX)?;
            bound("record", record.record.len(), RECORD_BYTES_MAX)?;
        }
        for act in &self.acts {
            bound("extrinsic", act.extrinsic.len(), EXTRINSIC_BYTES_MAX)?;
        }
        match &self.claim {
            Claim::Event(event) => check_event(event),
            Claim::Filing(_) => Ok(()),
            Claim::List(list) => check_list(list),
        }
    }

    fn check_places(&self) -> Result<(), PackageError> {
        let within = |part, place: u32, count: usize| {
            if (place as usize) < count { Ok(()) } else { Err(PackageError::Place { part, place }) }
        };
        for record in &self.records {
            within("a record", record.header, self.headers.len())?;
        }
        for act in &self.acts {
            within("an act", act.record, self.records.len())?;
        }
        if self.acts.windows(2).any(|pair| pair[0].record >= pair[1].record) {
            return Err(PackageError::Order { part: "acts" });
        }
        let of_record = |part, place| within(part, place, self.records.len());
        match &self.claim {
            Claim::Event(event) => of_record("the event", event.batch),
            Claim::Filing(_) => Ok(()),
            Claim::List(list) => {
                list.runs.iter().try_for_each(|run| of_record("a run of the list", run.batch))?;
                list.before.map_or(Ok(()), |place| of_record("what is before the list", place))?;
                match list.after {
                    Upper::Batch(place) => of_record("what is after the list", place),
                    Upper::State(_) => Ok(()),
                }
            }
        }
    }
}

fn check_event(event: &EventProof) -> Result<(), PackageError> {
    bound("path of the event", event.path.siblings.len(), PATH_LEN_MAX)?;
    if let Some(sealed) = &event.sealed {
        bound("path of the sealed leaf", sealed.path.siblings.len(), PATH_LEN_MAX)?;
        bound("revealed fields", sealed.revealed.len(), SealedField::ALL.len())?;
        for revealed in &sealed.revealed {
            bound("revealed value", revealed.value.as_ref().map_or(0, Vec::len), SEALED_VALUE_BYTES_MAX)?;
        }
        if sealed.revealed.windows(2).any(|pair| pair[0].field >= pair[1].field) {
            return Err(PackageError::Order { part: "revealed fields" });
        }
    }
    Ok(())
}

fn check_list(list: &ListProof) -> Result<(), PackageError> {
    let mut events = 0;
    bound("runs of the list", list.runs.len(), LIST_EVENTS_MAX)?;
    for run in &list.runs {
        bound("siblings of a run", run.range.siblings.len(), 2 * PATH_LEN_MAX)?;
        events += run.leaves.len();
        bound("events of the list", events, LIST_EVENTS_MAX)?;
    }
    if let Upper::State(nodes) = &list.after {
        bound("nodes of the state proof", nodes.len(), NODES_MAX)?;
        for node in nodes {
            bound("node of the state proof", node.len(), NODE_BYTES_MAX)?;
        }
    }
    Ok(())
}

fn part<T: Decode>(input: &mut impl Input, part: &'static str) -> Result<T, PackageError> {
    T::decode(input).map_err(|_| PackageError::Decode { part })
}

/// A list whose count is checked before anything is allocated for it; elements are read one by one.
fn list<T: Decode>(input: &mut impl Input, name: &'static str, count_max: usize) -> Result<Vec<T>, PackageError> {
    let count = part::<Compact<u32>>(input, name)?.0 as usize;
    bound(name, count, count_max)?;
    (0..count).map(|_| part(input, name)).collect()
}

fn bound(part: &'static str, count: usize, count_max: usize) -> Result<(), PackageError> {
    if count <= count_max { Ok(()) } else { Err(PackageError::Bound { part, count, count_max }) }
}
