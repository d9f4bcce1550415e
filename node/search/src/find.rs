//! Answers: one walk over what matches the text, for the best rows and for the counts.

use crate::{
    engine::{self, Fields, column},
    error::SearchError,
    facets::{Bits, Facet, Tally},
    question::Question,
};
use mulu_proofs::{
    calendar::Day,
    catalog::{Methods, SharingClass},
    ids::{DepartmentId, EntryId, Height, Moment},
};
use mulu_rpc_api::{
    Cursor,
    search::{
        Count, EntryState, FacetCounts, HITS_DEFAULT, HITS_MAX, Hit, PROVIDERS_COUNTED_MAX, SearchAnswer, SearchQuery,
    },
};
use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    sync::Arc,
    time::{Duration, Instant},
};
use tantivy::{
    DocAddress, DocId, Searcher, SegmentReader, TERMINATED,
    columnar::ColumnValues,
    query::{EnableScoring, Weight},
};

/// How long a search may take.
pub const TIME_MAX: Duration = Duration::from_secs(2);
/// Entries between two looks at the clock.
const ENTRIES_A_LOOK: u32 = 4_096;
/// First byte of a cursor: no list of the index has it.
const CURSOR_TAG: u8 = 0xfe;

/// When the question is asked, by the chain's own clock and calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Time of the head's block.
    pub moment: Moment,
    /// Its day.
    pub today: Day,
}

/// What of the catalog the asker may know. What lies outside is not found, not counted, and leaves no trace in what is.
#[derive(Clone, Copy)]
pub enum Extent<'a> {
    /// Everything.
    Everything,
    /// What is or was published; what is under way of those entries alone that the function says.
    Published(&'a dyn Fn(EntryId, DepartmentId) -> bool),
    /// What is in force and open to the public without conditions.
    Open,
}

impl Extent<'_> {
    /// What the asker may know of an entry; none if nothing.
    fn of(self, bits: Bits, entry: u32, provider: u32) -> Option<Bits> {
        const DRAFTS: [EntryState; 2] = [EntryState::UnderWay, EntryState::Returned];
        match self {
            Self::Everything => Some(bits),
            Self::Published(drafts) if drafts(EntryId::new(entry), DepartmentId::new(provider)) => Some(bits),
            Self::Published(_) => {
                let standing = [EntryState::Published, EntryState::Suspended, EntryState::Withdrawn];
                bits.has(Facet::State, &standing).then(|| bits.without(Facet::State, &DRAFTS))
            }
            Self::Open => {
                let is_open = bits.has(Facet::State, &[EntryState::Published])
                    && bits.has(Facet::Opening, &[SharingClass::Unconditional]);
                is_open.then(|| bits.without(Facet::State, &DRAFTS))
            }
        }
    }
}

/// What is searched.
#[derive(Clone)]
pub struct Ready {
    /// A commit of the index.
    pub searcher: Searcher,
    /// Its fields.
    pub fields: Fields,
    /// The height that it is complete to.
    pub complete_to: Height,
    /// How long a search may take.
    pub time_max: Duration,
}

/// Rank of an entry: score, then id. The higher comes first.
type Rank = (u32, u32);

/// A row before it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rank: Rank,
    address: DocAddress,
}

/// Columns of a segment.
struct Columns {
    entry: Arc<dyn ColumnValues<u64>>,
    provider: Arc<dyn ColumnValues<u64>>,
    facets: Arc<dyn ColumnValues<u64>>,
    published_on: Arc<dyn ColumnValues<u64>>,
}

impl Columns {
    fn of(segment: &SegmentReader) -> Result<Self, SearchError> {
        let column = |name| segment.fast_fields().column_first_or_default::<u64>(name);
        Ok(Self {
            entry: column(column::ENTRY)?,
            provider: column(column::PROVIDER)?,
            facets: column(column::FACETS)?,
            published_on: column(column::PUBLISHED_ON)?,
        })
    }
}

/// One walk over all segments.
struct Walk<'a> {
    extent: Extent<'a>,
    tally: Tally,
    best: BinaryHeap<Reverse<Candidate>>,
    rows_max: usize,
    after: Option<Rank>,
    /// Entries behind the cursor.
    behind: usize,
    looked: u32,
    started: Instant,
    time_max: Duration,
}

impl Walk<'_> {
    /// Walks through what `weight` matches in a segment; through everything without one.
    fn segment(
        &mut self,
        (ordinal, segment): (u32, &SegmentReader),
        columns: &Columns,
        (weight, has_text): (Option<&dyn Weight>, bool),
    ) -> Result<(), SearchError> {
        self.tally.reserve(u32::try_from(columns.provider.max_value()).unwrap_or(0));
        let alive = segment.alive_bitset();
        let look = |walk: &mut Self, document: DocId, score: u32| {
            if alive.is_none_or(|alive| alive.is_alive(document)) {
                walk.entry(columns, DocAddress::new(ordinal, document), score);
            }
            walk.look_at_the_clock()
        };
        let Some(weight) = weight else {
            return (0..segment.max_doc()).try_for_each(|document| look(self, document, 0));
        };
        let mut scorer = weight.scorer(segment, 1.0)?;
        let mut document = scorer.doc();
        while document != TERMINATED {
            // A sum of small whole numbers: exact.
            let score = if has_text { scorer.score() as u32 } else { 0 };
            look(self, document, score)?;
            document = scorer.advance();
        }
        Ok(())
    }

    fn entry(&mut self, columns: &Columns, address: DocAddress, score: u32) {
        let number = |column: &Arc<dyn ColumnValues<u64>>| column.get_val(address.doc_id);
        // Ids and days are written from 32 bits.
        let small = |column| u32::try_from(number(column)).unwrap_or(u32::MAX);
        let (entry, provider) = (small(&columns.entry), small(&columns.provider));
        let Some(bits) = self.extent.of(Bits::unpacked(number(&columns.facets)), entry, provider) else { return };
        if !self.tally.add(bits, small(&columns.published_on), provider) {
            return;
        }
        let rank = (score, entry);
        if self.after.is_some_and(|after| rank >= after) {
            return;
        }
        self.behind += 1;
        if self.best.len() < self.rows_max || self.best.peek().is_some_and(|Reverse(last)| rank > last.rank) {
            self.best.push(Reverse(Candidate { rank, address }));
            if self.best.len() > self.rows_max {
                self.best.pop();
            }
        }
    }

    fn look_at_the_clock(&mut self) -> Result<(), SearchError> {
        self.looked += 1;
        match self.looked % ENTRIES_A_LOOK == 1 && self.started.elapsed() >= self.time_max {
            true => Err(SearchError::TooLong { limit: self.time_max }),
            false => Ok(()),
        }
    }
}

/// Number of rows of a page.
fn rows_of(limit: Option<u32>) -> Result<usize, SearchError> {
    match limit.unwrap_or(HITS_DEFAULT) {
        0 => Err(SearchError::NoRows),
        rows if rows > HITS_MAX => {
            Err(SearchError::OverBound { what: "rows", asked: rows as usize, bound: HITS_MAX as usize })
        }
        rows => Ok(rows as usize),
    }
}

fn cursor_of(question: &Question, (score, entry): Rank) -> Cursor {
    Cursor([&[CURSOR_TAG], &question.fingerprint[..], &score.to_be_bytes(), &entry.to_be_bytes()].concat())
}

fn rank_of(question: &Question, cursor: &Cursor) -> Result<Rank, SearchError> {
    let read = || {
        let rest = cursor.0.strip_prefix(&[CURSOR_TAG])?.strip_prefix(&question.fingerprint)?;
        let (score, entry) = rest.split_first_chunk::<4>()?;
        Some((u32::from_be_bytes(*score), u32::from_be_bytes(entry.try_into().ok()?)))
    };
    read().ok_or(SearchError::Cursor)
}

/// Answers a question.
pub fn find(
    ready: &Ready,
    query: &SearchQuery,
    cursor: Option<&Cursor>,
    limit: Option<u32>,
    now: Now,
    extent: Extent<'_>,
) -> Result<SearchAnswer, SearchError> {
    let rows_max = rows_of(limit)?;
    let question = Question::of(query)?;
    let after = cursor.map(|cursor| rank_of(&question, cursor)).transpose()?;
    let Ready { searcher, fields, complete_to, time_max } = ready;
    let scoring = EnableScoring::enabled_from_searcher(searcher);
    let weight = question.engine_query(fields).map(|query| query.weight(scoring)).transpose()?;

    let columns = searcher.segment_readers().iter().map(Columns::of).collect::<Result<Vec<_>, _>>()?;
    let mut walk = Walk {
        extent,
        tally: Tally::new(question.wanted, question.providers.clone(), now.today),
        best: BinaryHeap::with_capacity(rows_max + 1),
        rows_max,
        after,
        behind: 0,
        looked: 0,
        started: Instant::now(),
        time_max: *time_max,
    };
    for ((ordinal, segment), columns) in (0..).zip(searcher.segment_readers()).zip(&columns) {
        walk.segment((ordinal, segment), columns, (weight.as_deref(), question.has_text()))?;
    }

    let Walk { tally, best, behind, .. } = walk;
    let best = best.into_sorted_vec();
    let next = best.last().filter(|_| behind > best.len()).map(|Reverse(last)| cursor_of(&question, last.rank));
    let rows = best.into_iter().map(|Reverse(candidate)| hit(ready, &columns, candidate, now.today, extent));
    Ok(SearchAnswer {
        rows: rows.collect::<Result<_, _>>()?,
        total: tally.total(),
        counts: counts(&tally),
        next,
        complete_to: *complete_to,
        moment: now.moment,
        today: now.today,
    })
}

fn hit(
    ready: &Ready,
    columns: &[Columns],
    candidate: Candidate,
    today: Day,
    extent: Extent<'_>,
) -> Result<Hit, SearchError> {
    const DAMAGED: SearchError = SearchError::Damaged { what: "a column of the search index" };
    let Candidate { rank: (score, entry), address } = candidate;
    let columns = columns.get(address.segment_ord as usize).ok_or(DAMAGED)?;
    let small = |column: &Arc<dyn ColumnValues<u64>>| u32::try_from(column.get_val(address.doc_id)).ok();
    let provider = small(&columns.provider).ok_or(DAMAGED)?;
    let bits = Bits::unpacked(columns.facets.get_val(address.doc_id));
    let bits = extent.of(bits, entry, provider).ok_or(DAMAGED)?;
    let published_on = small(&columns.published_on).and_then(Day::new).ok_or(DAMAGED)?;
    let shown = engine::shown(&ready.searcher, &ready.fields, address)?;
    Ok(Hit {
        id: EntryId::new(entry),
        code: shown.code,
        name: shown.name,
        provider: DepartmentId::new(provider),
        version: shown.version,
        states: bits.values(Facet::State),
        class: one(bits.values(Facet::Class)).ok_or(DAMAGED)?,
        sharing: one(bits.values(Facet::Sharing)).ok_or(DAMAGED)?,
        opening: one(bits.values(Facet::Opening)).ok_or(DAMAGED)?,
        methods: Methods::of(&bits.values(Facet::Method)),
        cycle: one(bits.values(Facet::Cycle)).ok_or(DAMAGED)?,
        published_on,
        freshness: bits.freshness(published_on, today),
        score,
    })
}

fn one<T>(values: Vec<T>) -> Option<T> {
    values.into_iter().next()
}

fn counts(tally: &Tally) -> FacetCounts {
    let mut providers = tally.providers();
    let others = providers.split_off(providers.len().min(PROVIDERS_COUNTED_MAX));
    let named = providers.into_iter().map(|Count { value, count }| Count { value: DepartmentId::new(value), count });
    FacetCounts {
        providers: named.collect(),
        other_providers: others.iter().map(|other| other.count).sum(),
        classes: tally.counts(Facet::Class),
        sharing: tally.counts(Facet::Sharing),
        opening: tally.counts(Facet::Opening),
        methods: tally.counts(Facet::Method),
        cycles: tally.counts(Facet::Cycle),
        freshness: tally.counts(Facet::Freshness),
        states: tally.counts(Facet::State),
    }
}
