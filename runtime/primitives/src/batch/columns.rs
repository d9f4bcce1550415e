//! The columns behind the runs: each is written and read by the two functions that stand together.

use super::{
    DecodeError,
    bits::{Reader, Writer, gather, scatter, width},
    run::{self, Run, RunTerms},
};
use codec::Decode;
use mulu_proofs::{
    access::PublicLeaf,
    grants::GrantTerms,
    ids::{DepartmentId, Moment, PurposeId, SystemId},
};

/// Codes of methods, sides and outcomes lie below these.
const METHODS: u8 = 5;
const SIDES: u8 = 3;
const OUTCOMES: u64 = 3;
/// What calls and rows are where nothing is said.
const USUAL: u64 = 1;

/// Bits of an exception's set.
mod beyond {
    pub(super) const ITEMS: u8 = 1;
    pub(super) const AUTHORISING: u8 = 2;
    pub(super) const USING: u8 = 4;
    pub(super) const PURPOSE: u8 = 8;
    pub(super) const CONSUMER: u8 = 16;
    pub(super) const ALL: u8 = 31;
}

/// Writes every column, in order.
pub(super) fn write(writer: &mut Writer, runs: &[Run], leaves: &[PublicLeaf]) {
    write_relative(writer, runs, leaves);
    write_exceptions(writer, runs, leaves);
    write_full(writer, runs, leaves);
    write_times(writer, leaves);
    write_dictionary(writer, leaves, |leaf| leaf.method as u8);
    write_dictionary(writer, leaves, |leaf| leaf.side as u8);
    write_sparse(writer, leaves, 0, |leaf| leaf.outcome as u64);
    write_sparse(writer, leaves, USUAL, |leaf| leaf.calls.into());
    write_sparse(writer, leaves, USUAL, |leaf| leaf.rows.into());
    leaves.iter().for_each(|leaf| writer.number(leaf.duration_ms.into()));
    leaves.iter().for_each(|leaf| writer.number(leaf.bytes));
    leaves.iter().for_each(|leaf| writer.bits(leaf.pseudonym.is_some().into(), 1));
    writer.align();
    leaves.iter().filter_map(|leaf| leaf.pseudonym).for_each(|pseudonym| writer.raw(&pseudonym.to_le_bytes()));
    leaves.iter().for_each(|leaf| writer.raw(&leaf.call_id.to_le_bytes()));
}

/// Reads every column into leaves that have their runs' parts already.
pub(super) fn read(reader: &mut Reader<'_>, runs: &[Run], leaves: &mut [PublicLeaf]) -> Result<(), DecodeError> {
    read_relative(reader, runs, leaves)?;
    read_exceptions(reader, runs, leaves)?;
    read_full(reader, runs, leaves)?;
    read_times(reader, leaves)?;
    read_dictionary(reader, "the set of methods", METHODS, leaves, |leaf, code| leaf.method = of_code(code))?;
    read_dictionary(reader, "the set of sides", SIDES, leaves, |leaf, code| leaf.side = of_code(code))?;
    read_sparse(reader, "an outcome", OUTCOMES - 1, leaves, |leaf, code| leaf.outcome = of_code(code as u8))?;
    read_sparse(reader, "calls", u32::MAX.into(), leaves, |leaf, calls| leaf.calls = calls as u32)?;
    read_sparse(reader, "rows", u32::MAX.into(), leaves, |leaf, rows| leaf.rows = rows as u32)?;
    for leaf in leaves.iter_mut() {
        leaf.duration_ms = reader.id("a duration")?;
    }
    for leaf in leaves.iter_mut() {
        leaf.bytes = reader.number()?;
    }
    for leaf in leaves.iter_mut() {
        leaf.pseudonym = (reader.bits(1)? == 1).then_some(0);
    }
    reader.align()?;
    for pseudonym in leaves.iter_mut().filter_map(|leaf| leaf.pseudonym.as_mut()) {
        *pseudonym = u64::from_le_bytes(reader.raw()?);
    }
    for leaf in leaves.iter_mut() {
        leaf.call_id = u64::from_le_bytes(reader.raw()?);
    }
    Ok(())
}

/// The method, side or outcome of a code that was checked against its bound.
fn of_code<T: Decode>(code: u8) -> T {
    T::decode(&mut &[code][..]).expect("below the number of codes, which have no gaps; checked where it was read")
}

/// One event of a grant run, as places in what the grant contains; `None` where the grant does not contain it.
struct Relative {
    items: Option<u64>,
    authorising: Option<u64>,
    using: Option<u64>,
    purpose: Option<u64>,
}

impl Relative {
    fn of(leaf: &PublicLeaf, terms: &GrantTerms) -> Self {
        Self {
            items: (leaf.items & !terms.items == 0).then(|| gather(leaf.items, terms.items)),
            authorising: place_in(&terms.platforms, leaf.authorising_system),
            using: place_in(&terms.systems, leaf.using_system),
            purpose: place_in(&terms.purposes, leaf.purpose),
        }
    }

    /// Which fields stand in the exception column.
    fn beyond(&self, leaf: &PublicLeaf, terms: &GrantTerms) -> u8 {
        let fields = [
            (self.items.is_none(), beyond::ITEMS),
            (self.authorising.is_none(), beyond::AUTHORISING),
            (self.using.is_none(), beyond::USING),
            (self.purpose.is_none(), beyond::PURPOSE),
            (leaf.consumer != Some(terms.consumer), beyond::CONSUMER),
        ];
        fields.into_iter().filter(|(is_beyond, _)| *is_beyond).fold(0, |set, (_, bit)| set | bit)
    }
}

/// Place of `value` in `list` from 1; 0 for no value.
fn place_in<T: PartialEq>(list: &[T], value: Option<T>) -> Option<u64> {
    match value {
        None => Some(0),
        Some(value) => list.iter().position(|other| *other == value).map(|place| place as u64 + 1),
    }
}

/// The opposite of [`place_in`].
fn read_place<T: Copy>(reader: &mut Reader<'_>, list: &[T], what: &'static str) -> Result<Option<T>, DecodeError> {
    let max = list.len() as u64;
    let found = reader.bits(width(max))?;
    match found {
        0 => Ok(None),
        _ => list.get(found as usize - 1).copied().map(Some).ok_or(DecodeError::Range { what, found, min: 0, max }),
    }
}

fn write_relative(writer: &mut Writer, runs: &[Run], leaves: &[PublicLeaf]) {
    for (run, leaf) in run::each(runs, leaves) {
        let RunTerms::Grant(terms) = &run.terms else { continue };
        let relative = Relative::of(leaf, terms);
        writer.bits(relative.items.unwrap_or(0), terms.items.count_ones());
        writer.bits(relative.authorising.unwrap_or(0), width(terms.platforms.len() as u64));
        writer.bits(relative.using.unwrap_or(0), width(terms.systems.len() as u64));
        writer.bits(relative.purpose.unwrap_or(0), width(terms.purposes.len() as u64));
    }
    writer.align();
}

fn read_relative(reader: &mut Reader<'_>, runs: &[Run], leaves: &mut [PublicLeaf]) -> Result<(), DecodeError> {
    for (run, leaf) in run::each_mut(runs, leaves) {
        let RunTerms::Grant(terms) = &run.terms else { continue };
        leaf.items = scatter(reader.bits(terms.items.count_ones())?, terms.items);
        leaf.authorising_system = read_place(reader, &terms.platforms, "the place of an authorising system")?;
        leaf.using_system = read_place(reader, &terms.systems, "the place of a using system")?;
        leaf.purpose = read_place(reader, &terms.purposes, "the place of a purpose")?;
    }
    reader.align()
}

fn write_exceptions(writer: &mut Writer, runs: &[Run], leaves: &[PublicLeaf]) {
    let exceptions: Vec<(usize, u8, &PublicLeaf)> = run::each(runs, leaves)
        .enumerate()
        .filter_map(|(place, (run, leaf))| {
            let RunTerms::Grant(terms) = &run.terms else { return None };
            let set = Relative::of(leaf, terms).beyond(leaf, terms);
            (set != 0).then_some((place, set, leaf))
        })
        .collect();
    writer.number(exceptions.len() as u64);
    let mut next = 0;
    for (place, set, leaf) in exceptions {
        writer.number((place - next) as u64);
        next = place + 1;
        writer.byte(set);
        let fields = [
            (beyond::ITEMS, Some(leaf.items)),
            (beyond::AUTHORISING, leaf.authorising_system.map(|system| system.get().into())),
            (beyond::USING, leaf.using_system.map(|system| system.get().into())),
            (beyond::PURPOSE, leaf.purpose.map(|purpose| purpose.get().into())),
            (beyond::CONSUMER, leaf.consumer.map(|consumer| consumer.get().into())),
        ];
        // Of these only what is there can lie beyond a grant.
        for value in fields.into_iter().filter(|(bit, _)| set & bit != 0).filter_map(|(_, value)| value) {
            writer.number(value);
        }
    }
}

fn read_exceptions(reader: &mut Reader<'_>, runs: &[Run], leaves: &mut [PublicLeaf]) -> Result<(), DecodeError> {
    let under_grants: usize =
        runs.iter().filter(|run| matches!(run.terms, RunTerms::Grant(_))).map(|run| run.count).sum();
    let mut next = 0;
    // Grant runs come first, so that their events are the first ones.
    for _ in 0..reader.count("the number of exceptions", 0, under_grants)? {
        let leaf = &mut leaves[next_place(reader, &mut next, under_grants)?];
        let set = reader.byte()?;
        if set == 0 || set > beyond::ALL {
            let max = beyond::ALL.into();
            return Err(DecodeError::Range { what: "the set of an exception", found: set.into(), min: 1, max });
        }
        if set & beyond::ITEMS != 0 {
            leaf.items = reader.number()?;
        }
        if set & beyond::AUTHORISING != 0 {
            leaf.authorising_system = Some(SystemId::new(reader.id("an authorising system")?));
        }
        if set & beyond::USING != 0 {
            leaf.using_system = Some(SystemId::new(reader.id("a using system")?));
        }
        if set & beyond::PURPOSE != 0 {
            leaf.purpose = Some(PurposeId::new(reader.short_id("a purpose")?));
        }
        if set & beyond::CONSUMER != 0 {
            leaf.consumer = Some(DepartmentId::new(reader.id("a consumer")?));
        }
    }
    Ok(())
}

/// Reads a gap and returns the place behind it, below `count`.
fn next_place(reader: &mut Reader<'_>, next: &mut usize, count: usize) -> Result<usize, DecodeError> {
    // An exception too many for the events that are left leaves no gap that fits.
    let room = count.checked_sub(*next + 1).ok_or(DecodeError::Range {
        what: "the place of an exception",
        found: *next as u64,
        min: 0,
        max: count as u64 - 1,
    })?;
    let place = *next + reader.count("the gap before an exception", 0, room)?;
    *next = place + 1;
    Ok(place)
}

fn write_full(writer: &mut Writer, runs: &[Run], leaves: &[PublicLeaf]) {
    for (run, leaf) in run::each(runs, leaves) {
        match run.terms {
            RunTerms::Grant(_) => continue,
            RunTerms::Entry { .. } => writer.number(leaf.items),
            RunTerms::Reporter => {}
        }
        writer.number(leaf.authorising_system.map_or(0, |system| u64::from(system.get()) + 1));
        writer.number(leaf.using_system.map_or(0, |system| u64::from(system.get()) + 1));
        writer.number(leaf.purpose.map_or(0, |purpose| u64::from(purpose.get()) + 1));
    }
}

fn read_full(reader: &mut Reader<'_>, runs: &[Run], leaves: &mut [PublicLeaf]) -> Result<(), DecodeError> {
    let id =
        |reader: &mut Reader<'_>, what, id_max: u64| reader.within(what, 0, id_max + 1).map(|id| id.checked_sub(1));
    for (run, leaf) in run::each_mut(runs, leaves) {
        match run.terms {
            RunTerms::Grant(_) => continue,
            RunTerms::Entry { .. } => leaf.items = reader.number()?,
            RunTerms::Reporter => {}
        }
        let system = |reader: &mut Reader<'_>, what| {
            Ok::<_, DecodeError>(id(reader, what, u32::MAX.into())?.map(|id| SystemId::new(id as u32)))
        };
        leaf.authorising_system = system(reader, "an authorising system")?;
        leaf.using_system = system(reader, "a using system")?;
        leaf.purpose = id(reader, "a purpose", u16::MAX.into())?.map(|id| PurposeId::new(id as u16));
    }
    Ok(())
}

fn write_times(writer: &mut Writer, leaves: &[PublicLeaf]) {
    let times = || leaves.iter().map(|leaf| leaf.time.get());
    let base = times().min().unwrap_or(0);
    let bits = width(times().max().unwrap_or(0) - base);
    writer.number(base);
    writer.byte(bits as u8);
    times().for_each(|time| writer.bits(time - base, bits));
    writer.align();
}

fn read_times(reader: &mut Reader<'_>, leaves: &mut [PublicLeaf]) -> Result<(), DecodeError> {
    let base = reader.number()?;
    let bits = reader.byte()?;
    let range = |what, found, max| DecodeError::Range { what, found, min: 0, max };
    if u32::from(bits) > u64::BITS {
        return Err(range("the width of times", bits.into(), u64::BITS.into()));
    }
    for leaf in leaves {
        let offset = reader.bits(bits.into())?;
        let time = base.checked_add(offset).ok_or(range("the offset of a time", offset, u64::MAX - base))?;
        leaf.time = Moment::new(time);
    }
    reader.align()
}

fn write_dictionary(writer: &mut Writer, leaves: &[PublicLeaf], code: impl Fn(&PublicLeaf) -> u8) {
    let used = leaves.iter().fold(0u8, |set, leaf| set | 1 << code(leaf));
    let bits = width(u64::from(used.count_ones()).saturating_sub(1));
    writer.byte(used);
    for leaf in leaves {
        let below = (1 << code(leaf)) - 1;
        writer.bits((used & below).count_ones().into(), bits);
    }
    writer.align();
}

fn read_dictionary(
    reader: &mut Reader<'_>,
    what: &'static str,
    codes: u8,
    leaves: &mut [PublicLeaf],
    set: impl Fn(&mut PublicLeaf, u8),
) -> Result<(), DecodeError> {
    let used = reader.byte()?;
    let max = (1 << codes) - 1;
    if !(1..=max).contains(&used) {
        return Err(DecodeError::Range { what, found: used.into(), min: 1, max: max.into() });
    }
    let last = u64::from(used.count_ones()) - 1;
    for leaf in leaves {
        let found = reader.bits(width(last))?;
        let code = (0..codes).filter(|code| used >> code & 1 == 1).nth(found as usize);
        set(leaf, code.ok_or(DecodeError::Range { what: "a place in a set of codes", found, min: 0, max: last })?);
    }
    reader.align()
}

fn write_sparse(writer: &mut Writer, leaves: &[PublicLeaf], usual: u64, value: impl Fn(&PublicLeaf) -> u64) {
    writer.number(leaves.iter().filter(|leaf| value(leaf) != usual).count() as u64);
    let mut next = 0;
    for (place, leaf) in leaves.iter().enumerate().filter(|(_, leaf)| value(leaf) != usual) {
        writer.number((place - next) as u64);
        writer.number(value(leaf));
        next = place + 1;
    }
}

/// Only what is not usual is set; a usual value that stands here all the same does not encode back.
fn read_sparse(
    reader: &mut Reader<'_>,
    what: &'static str,
    max: u64,
    leaves: &mut [PublicLeaf],
    set: impl Fn(&mut PublicLeaf, u64),
) -> Result<(), DecodeError> {
    let mut next = 0;
    for _ in 0..reader.count("the number of exceptions", 0, leaves.len())? {
        let place = next_place(reader, &mut next, leaves.len())?;
        set(&mut leaves[place], reader.within(what, 0, max)?);
    }
    Ok(())
}
