//! Runs: neighbouring events of one key, and what the key alone says of them.

use super::{
    DecodeError, Terms, UnknownTerms,
    bits::{Reader, Writer},
};
use mulu_proofs::{
    access::{Outcome, PublicLeaf, RunKey, Side},
    catalog::Method,
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, GrantId, Moment, SystemId, Version},
};
use std::sync::Arc;

/// The events of one key.
pub(super) struct Run {
    pub(super) key: RunKey,
    pub(super) count: usize,
    pub(super) terms: RunTerms,
}

/// What a run's key refers to.
pub(super) enum RunTerms {
    Grant(Arc<GrantTerms>),
    Entry { provider: DepartmentId },
    Reporter,
}

impl RunTerms {
    pub(super) fn resolve(key: RunKey, terms: &impl Terms) -> Result<Self, UnknownTerms> {
        match key {
            RunKey::Grant(grant, version) => {
                terms.grant(grant, version).map(Self::Grant).ok_or(UnknownTerms::Grant { grant, version })
            }
            RunKey::Entry(entry, version, _) => terms
                .provider(entry, version)
                .map(|provider| Self::Entry { provider })
                .ok_or(UnknownTerms::Entry { entry, version }),
            RunKey::Reporter(_) => Ok(Self::Reporter),
        }
    }
}

impl Run {
    /// A leaf of which only what the key says is filled in.
    pub(super) fn leaf(&self) -> PublicLeaf {
        let (entry, provider, consumer) = match (&self.terms, self.key) {
            (RunTerms::Grant(terms), _) => {
                (Some((terms.entry, terms.entry_version)), Some(terms.provider), Some(terms.consumer))
            }
            (RunTerms::Entry { provider }, RunKey::Entry(entry, version, consumer)) => {
                (Some((entry, version)), Some(*provider), Some(consumer))
            }
            _ => (None, None, None),
        };
        PublicLeaf {
            key: self.key,
            entry,
            provider,
            consumer,
            items: 0,
            authorising_system: None,
            using_system: None,
            purpose: None,
            method: Method::DatabaseTable,
            side: Side::Provider,
            time: Moment::new(0),
            duration_ms: 0,
            outcome: Outcome::Ok,
            calls: 1,
            rows: 1,
            bytes: 0,
            call_id: 0,
            pseudonym: None,
        }
    }

    /// Whether a leaf of this key can be written; else the rule that it breaks.
    pub(super) fn check(&self, leaf: &PublicLeaf) -> Result<(), &'static str> {
        let expected = self.leaf();
        if (leaf.entry, leaf.provider) != (expected.entry, expected.provider) {
            return Err("entry, version and provider follow from the run key");
        }
        match self.terms {
            RunTerms::Grant(_) if leaf.consumer.is_none() => Err("an event under a grant names its consumer"),
            RunTerms::Entry { .. } | RunTerms::Reporter if leaf.consumer != expected.consumer => {
                Err("the consumer follows from the run key")
            }
            RunTerms::Reporter if leaf.items != 0 => Err("items belong to an entry, and a reporter's event names none"),
            _ => Ok(()),
        }
    }
}

/// Each run with its part of `leaves`.
pub(super) fn each<'a>(runs: &'a [Run], leaves: &'a [PublicLeaf]) -> impl Iterator<Item = (&'a Run, &'a PublicLeaf)> {
    runs.iter().flat_map(|run| std::iter::repeat_n(run, run.count)).zip(leaves)
}

/// Each event with its run, to be filled in.
pub(super) fn each_mut<'a>(
    runs: &'a [Run],
    leaves: &'a mut [PublicLeaf],
) -> impl Iterator<Item = (&'a Run, &'a mut PublicLeaf)> {
    runs.iter().flat_map(|run| std::iter::repeat_n(run, run.count)).zip(leaves)
}

pub(super) fn write(writer: &mut Writer, runs: &[Run]) {
    for kind in 0..3 {
        writer.number(runs.iter().filter(|run| kind_of(run.key) == kind).count() as u64);
    }
    // Ascending within each kind, so that no step is negative.
    let (mut grant_before, mut entry_before, mut reporter_before) = (0, 0, 0);
    for run in runs {
        match run.key {
            RunKey::Grant(grant, version) => {
                writer.number((grant.get() - grant_before).into());
                writer.number(version.get().into());
                grant_before = grant.get();
            }
            RunKey::Entry(entry, version, consumer) => {
                writer.number((entry.get() - entry_before).into());
                writer.number(version.get().into());
                writer.number(consumer.get().into());
                entry_before = entry.get();
            }
            RunKey::Reporter(reporter) => {
                writer.number((reporter.get() - reporter_before).into());
                reporter_before = reporter.get();
            }
        }
    }
    for run in runs {
        writer.number(run.count as u64 - 1);
    }
}

pub(super) fn read(reader: &mut Reader<'_>, count: usize, terms: &impl Terms) -> Result<Vec<Run>, DecodeError> {
    let grants = reader.count("runs under grants", 0, count)?;
    let entries = reader.count("runs under entries", 0, count - grants)?;
    let reporters = reader.count("runs of reporters", 0, count - grants - entries)?;
    let mut keys = Vec::with_capacity(grants + entries + reporters);
    let mut before = 0;
    for _ in 0..grants {
        before = step(reader, before, "a grant")?;
        keys.push(RunKey::Grant(GrantId::new(before), Version::new(reader.short_id("a grant's version")?)));
    }
    before = 0;
    for _ in 0..entries {
        before = step(reader, before, "an entry")?;
        let version = Version::new(reader.short_id("an entry's version")?);
        let consumer = DepartmentId::new(reader.id("a consumer")?);
        keys.push(RunKey::Entry(EntryId::new(before), version, consumer));
    }
    before = 0;
    for _ in 0..reporters {
        before = step(reader, before, "a reporter")?;
        keys.push(RunKey::Reporter(SystemId::new(before)));
    }
    if let Some(place) = keys.windows(2).position(|pair| pair[0] >= pair[1]) {
        return Err(DecodeError::RunOrder { run: place + 1 });
    }
    let mut runs = Vec::with_capacity(keys.len());
    let mut found = 0;
    for key in keys {
        let events = reader.count("a run's length less one", 0, count - 1)? + 1;
        found += events;
        runs.push((key, events));
    }
    if found != count {
        return Err(DecodeError::RunSum { found, count });
    }
    runs.into_iter().map(|(key, count)| Ok(Run { key, count, terms: RunTerms::resolve(key, terms)? })).collect()
}

const fn kind_of(key: RunKey) -> u8 {
    match key {
        RunKey::Grant(..) => 0,
        RunKey::Entry(..) => 1,
        RunKey::Reporter(_) => 2,
    }
}

/// The id that lies a step behind the one before.
fn step(reader: &mut Reader<'_>, before: u32, what: &'static str) -> Result<u32, DecodeError> {
    let step = reader.id(what)?;
    let out = DecodeError::Range { what, found: u64::from(before) + u64::from(step), min: 0, max: u32::MAX.into() };
    before.checked_add(step).ok_or(out)
}
