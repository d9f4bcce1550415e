//! A question, checked and put into the engine's terms.
//!
//! | where a word stands | worth |
//! | --- | --- |
//! | name | 8 |
//! | keyword, code | 4 |
//! | item | 2 |
//! | summary, meaning, responsibility | 1 |
//!
//! An entry has every word of the text; its rank is the sum of what they are worth where they stand, each in its best place. The words
//! one behind the other in the name add 16, a name that is the text itself 32. So a rank follows from the entry and the question alone:
//! not from the other entries, as the engine's own ranks do, which would differ between two nodes and after a rebuild.

use crate::{
    engine::Fields,
    error::SearchError,
    facets::{FACETS, Facet, mask},
    words::{self, Word},
};
use mulu_proofs::hash::blake2_256;
use mulu_rpc_api::search::{SearchQuery, TEXT_CHARS_MAX, VALUES_MAX, WORDS_MAX};
use std::{collections::BTreeSet, ops::Bound};
use tantivy::{
    Term,
    query::{BooleanQuery, ConstScoreQuery, Occur, PhraseQuery, Query, RangeQuery, TermQuery},
    schema::{Field, IndexRecordOption},
};

/// Worth of the words one behind the other in the name.
const IN_ONE_PIECE: f32 = 16.0;
/// Worth of a name that is the text.
const EXACT: f32 = 32.0;

/// A checked question.
#[derive(Clone, Debug)]
pub struct Question {
    words: Vec<Word>,
    folded: String,
    code_prefix: Option<String>,
    /// Masks of the facets.
    pub wanted: [u8; FACETS],
    /// Departments; empty for all.
    pub providers: Vec<u32>,
    /// What its cursors begin with.
    pub fingerprint: [u8; 4],
}

impl Question {
    /// Checks a question.
    ///
    /// # Errors
    /// [`SearchError::OverBound`], [`SearchError::NoWord`].
    pub fn of(query: &SearchQuery) -> Result<Self, SearchError> {
        let within = |what, asked, bound| match asked {
            asked if asked > bound => Err(SearchError::OverBound { what, asked, bound }),
            _ => Ok(()),
        };
        let SearchQuery { text, code_prefix, providers, classes, sharing, opening, methods, cycles, freshness, states } =
            query;
        let text = text.as_deref();
        within("characters of the text", text.map_or(0, |text| text.chars().count()), TEXT_CHARS_MAX)?;
        let numbers = [providers.len(), classes.len(), sharing.len(), opening.len(), methods.len()];
        let numbers = numbers.into_iter().chain([cycles.len(), freshness.len(), states.len()]);
        within("values of a facet", numbers.max().unwrap_or(0), VALUES_MAX)?;
        let words = text.map_or_else(Vec::new, words::cut);
        if text.is_some() && words.is_empty() {
            return Err(SearchError::NoWord);
        }
        let different: BTreeSet<&str> = words.iter().map(|word| &word.text[..]).collect();
        within("words of the text", different.len(), WORDS_MAX)?;

        let mut wanted = [0; FACETS];
        wanted[Facet::Class as usize] = mask(classes);
        wanted[Facet::Sharing as usize] = mask(sharing);
        wanted[Facet::Opening as usize] = mask(opening);
        wanted[Facet::Method as usize] = mask(methods);
        wanted[Facet::Cycle as usize] = mask(cycles);
        wanted[Facet::Freshness as usize] = mask(freshness);
        wanted[Facet::State as usize] = mask(states);
        let [first, second, third, fourth, ..] = blake2_256(format!("{query:?}").as_bytes());
        Ok(Self {
            folded: text.map_or_else(String::new, words::folded),
            words,
            code_prefix: code_prefix.as_ref().map(ToString::to_string).filter(|prefix| !prefix.is_empty()),
            wanted,
            providers: providers.iter().map(|provider| provider.get()).collect(),
            fingerprint: [first, second, third, fourth],
        })
    }

    /// Whether entries are ranked.
    pub const fn has_text(&self) -> bool {
        !self.words.is_empty()
    }

    /// What the engine is asked; none where every entry is asked for, facets aside.
    pub fn engine_query(&self, fields: &Fields) -> Option<Box<dyn Query>> {
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        let mut seen = BTreeSet::new();
        for word in self.words.iter().filter(|word| seen.insert(&word.text)) {
            clauses.push((Occur::Must, Box::new(anywhere(fields, &word.text))));
        }
        if let Some(in_one_piece) = self.in_one_piece(fields) {
            clauses.push((Occur::Should, worth(in_one_piece, IN_ONE_PIECE)));
        }
        if self.has_text() {
            clauses.push((Occur::Should, worth(Box::new(term(fields.exact, &self.folded)), EXACT)));
        }
        if let Some(prefix) = &self.code_prefix {
            clauses.push((Occur::Must, worth(Box::new(begins_with(fields.code, prefix)), 0.0)));
        }
        match clauses.is_empty() {
            true => None,
            false => Some(Box::new(BooleanQuery::new(clauses))),
        }
    }

    /// The words one behind the other in the name; none for a single word, which always is.
    fn in_one_piece(&self, fields: &Fields) -> Option<Box<dyn Query>> {
        let terms = self.words.iter().map(|word| (word.place, Term::from_field_text(fields.name, &word.text)));
        (self.words.len() > 1).then(|| Box::new(PhraseQuery::new_with_offset(terms.collect())) as Box<dyn Query>)
    }
}

fn worth(query: Box<dyn Query>, score: f32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, score))
}

fn term(field: Field, text: &str) -> TermQuery {
    TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic)
}

/// A word in any place. A document has it in one place only, so that the sum is the worth of that.
fn anywhere(fields: &Fields, word: &str) -> BooleanQuery {
    let places = [(fields.name, 8.0), (fields.close, 4.0), (fields.items, 2.0), (fields.about, 1.0)];
    let clauses = places.map(|(field, score)| (Occur::Should, worth(Box::new(term(field, word)), score)));
    BooleanQuery::new(clauses.into())
}

fn begins_with(field: Field, prefix: &str) -> RangeQuery {
    let end = format!("{prefix}{}", char::MAX);
    let bound = |text: &str| Term::from_field_text(field, text);
    RangeQuery::new(Bound::Included(bound(prefix)), Bound::Included(bound(&end)))
}
