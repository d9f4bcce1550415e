//! `mulu entry search`: words and facets over the whole catalog.

use crate::{
    paging::more_to_come,
    session::Session,
    table::{fields_in, table_in},
    words::{self, name_of},
};
use anyhow::Context;
use clap::Args;
use mulu_client::ClientError;
use mulu_proofs::{
    catalog::{Method, ResourceClass, ResourceCode, SharingClass},
    ids::DepartmentId,
};
use mulu_rpc_api::{
    Cursor,
    catalog::CatalogClient,
    search::{Count, Cycle, EntryState, FacetCounts, Freshness, Hit, SearchAnswer, SearchQuery},
};
use mulu_verifier::words::Speech;
use serde::Serialize;

/// What is searched for. Of the values of one option, one must hold; of different options, all.
#[derive(Clone, Debug, Args)]
pub struct Search {
    /// Words that must all stand in the entry; facets alone without one
    #[arg(value_name = "WORDS")]
    text: Vec<String>,
    /// Id of the provider department
    #[arg(long, value_parser = words::id::<DepartmentId>, value_name = "ID")]
    provider: Vec<DepartmentId>,
    /// base, theme or department
    #[arg(long, value_parser = words::word::<ResourceClass>)]
    class: Vec<ResourceClass>,
    /// unconditional, conditional or not-shared
    #[arg(long, value_parser = words::word::<SharingClass>)]
    sharing: Vec<SharingClass>,
    /// unconditional, conditional or not-shared
    #[arg(long, value_parser = words::word::<SharingClass>)]
    opening: Vec<SharingClass>,
    /// database-table, file, service-interface, log-synchronisation or message-queue
    #[arg(long, value_parser = words::word::<Method>)]
    method: Vec<Method>,
    /// Update cycle: real-time, daily, weekly, every-ten-days, monthly, quarterly, yearly or other
    #[arg(long, value_parser = words::word::<Cycle>)]
    cycle: Vec<Cycle>,
    /// fresh, overdue or uncounted
    #[arg(long, value_parser = words::word::<Freshness>)]
    freshness: Vec<Freshness>,
    /// published, suspended, withdrawn, under-way or returned
    #[arg(long, value_parser = words::word::<EntryState>)]
    state: Vec<EntryState>,
    /// How the code begins
    #[arg(long, value_parser = |code: &str| ResourceCode::new(code))]
    code_prefix: Option<ResourceCode>,
    /// Rows of a page, at most 100
    #[arg(long, value_name = "ROWS")]
    limit: Option<u32>,
    /// Where an earlier page ended
    #[arg(long, value_name = "CURSOR")]
    cursor: Option<String>,
}

impl Search {
    /// Runs the command.
    pub async fn run(self, session: &Session) -> anyhow::Result<()> {
        let cursor = self.cursor.as_deref().map(|cursor| hex::decode(cursor).map(Cursor)).transpose();
        let cursor = cursor.context("--cursor takes what an earlier page said under \"next\"")?;
        let is_first = cursor.is_none();
        let query = SearchQuery {
            text: (!self.text.is_empty()).then(|| self.text.join(" ")),
            code_prefix: self.code_prefix,
            providers: self.provider,
            classes: self.class,
            sharing: self.sharing,
            opening: self.opening,
            methods: self.method,
            cycles: self.cycle,
            freshness: self.freshness,
            states: self.state,
        };
        let answer = session.connection.search(query, cursor, self.limit).await.map_err(ClientError::from)?;
        let speech = session.output.speech;
        session.output.print(&answer, |answer| text(answer, is_first, speech))?;
        match &answer.next {
            Some(next) if !session.output.is_json() => {
                more_to_come(speech, None, next);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn text(answer: &SearchAnswer, is_first: bool, speech: Speech) -> String {
    let rows: Vec<Vec<String>> = answer.rows.iter().map(|hit| row(hit, speech)).collect();
    let header = ["id", "code", "name", "provider", "version", "state", "sharing", "freshness"];
    let mut text = table_in(speech, &header, &rows);
    text.push('\n');
    let complete_to = speech.tell("block {}", &[&answer.complete_to]);
    let mut pairs = vec![("found", answer.total.to_string()), ("complete to", complete_to)];
    // The same on every page.
    if is_first {
        pairs.extend(counts(&answer.counts, speech));
    }
    text.push_str(&fields_in(speech, &pairs));
    text
}

fn row(hit: &Hit, speech: Speech) -> Vec<String> {
    let said = |word: String| speech.say(&word);
    vec![
        hit.id.to_string(),
        hit.code.to_string(),
        hit.name.clone(),
        hit.provider.to_string(),
        hit.version.to_string(),
        speech.joined(hit.states.iter().map(|state| said(name_of(state)))),
        said(name_of(&hit.sharing)),
        said(name_of(&hit.freshness)),
    ]
}

fn counts(counts: &FacetCounts, speech: Speech) -> Vec<(&'static str, String)> {
    let mut providers = told(&counts.providers, speech);
    if counts.other_providers > 0 {
        providers.push(format!("{} {}", speech.say("other departments"), counts.other_providers));
    }
    vec![
        ("provider", speech.joined(providers)),
        ("class", speech.joined(told(&counts.classes, speech))),
        ("sharing", speech.joined(told(&counts.sharing, speech))),
        ("opening", speech.joined(told(&counts.opening, speech))),
        ("method", speech.joined(told(&counts.methods, speech))),
        ("update cycle", speech.joined(told(&counts.cycles, speech))),
        ("freshness", speech.joined(told(&counts.freshness, speech))),
        ("state", speech.joined(told(&counts.states, speech))),
    ]
}

/// Each value with its count.
fn told<T: Serialize>(counts: &[Count<T>], speech: Speech) -> Vec<String> {
    counts.iter().map(|Count { value, count }| format!("{} ({count})", speech.say(&name_of(value)))).collect()
}
