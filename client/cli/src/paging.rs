//! Lists in pages: one page, from a cursor on, or all of it.

use crate::{output::Output, table::table_in};
use anyhow::Context;
use clap::Args;
use jsonrpsee::core::client::Error as RpcError;
use mulu_client::ClientError;
use mulu_rpc_api::{ArchivedBatch, Cursor, Cut, Page};
use mulu_verifier::words::Speech;
use serde::Serialize;

/// Which part of a list.
#[derive(Clone, Debug, Args)]
pub struct Paging {
    /// Rows of a page, at most 500
    #[arg(long, value_name = "ROWS")]
    limit: Option<u32>,
    /// Where an earlier page ended
    #[arg(long, value_name = "CURSOR", conflicts_with = "all")]
    cursor: Option<String>,
    /// The whole list; with --json one row a line
    #[arg(long)]
    all: bool,
}

impl Paging {
    /// Asks for pages and prints them.
    pub async fn show<T: Serialize>(
        &self,
        output: Output,
        header: &[&str],
        ask: impl AsyncFn(Option<Cursor>, Option<u32>) -> Result<Page<T>, RpcError>,
        row: impl Fn(&T) -> Vec<String>,
    ) -> anyhow::Result<()> {
        let cursor = self.cursor.as_deref().map(|cursor| hex::decode(cursor).map(Cursor)).transpose();
        let mut cursor = cursor.context("--cursor takes what an earlier page said under \"next\"")?;
        let mut archived = Vec::new();
        loop {
            let page = ask(cursor, self.limit).await.map_err(ClientError::from)?;
            let (more, cut) = (page.next.clone(), page.cut);
            for ArchivedBatch { record, events, file, .. } in &page.archived {
                let told = "record {}: {} events are archived in {}; ask a node that keeps them, or its operator to bring them back";
                eprintln!("{}", output.speech.tell(told, &[record, events, file]));
            }
            if self.all && output.is_json() {
                page.rows.iter().try_for_each(|row| output.print(row, |_| String::new()))?;
                archived.extend(page.archived);
                if more.is_none() {
                    last_line(&archived).map_or(Ok(()), |line| output.print(&line, |_| String::new()))?;
                }
            } else {
                output.print(&page, |page| {
                    table_in(output.speech, header, &page.rows.iter().map(&row).collect::<Vec<_>>())
                })?;
            }
            match more {
                Some(next) if self.all => cursor = Some(next),
                Some(next) if !output.is_json() => {
                    more_to_come(output.speech, cut, &next);
                    return Ok(());
                }
                _ => return Ok(()),
            }
        }
    }
}

/// Says how the list goes on, and why the page ends early if it does; apart from the table, which stands above it on a terminal.
pub fn more_to_come(speech: Speech, cut: Option<Cut>, next: &Cursor) {
    eprintln!();
    if let Some(cut) = cut {
        eprintln!("{}", speech.say(why(cut)));
    }
    eprintln!("{}", speech.tell("more: --cursor {}", &[&hex::encode(&next.0)]));
}

/// Why a page has fewer rows than were asked for.
const fn why(cut: Cut) -> &'static str {
    match cut {
        Cut::Bytes => "the page ends early: a page has at most 2 MiB",
        Cut::Looked => {
            "the page ends early: few of the many rows that were looked through are of those that were asked for"
        }
        Cut::Time => "the page ends early: a page takes at most two seconds",
    }
}

/// The line behind the last row that says which batches are missing; none where the list is whole.
fn last_line(archived: &[ArchivedBatch]) -> Option<serde_json::Value> {
    (!archived.is_empty()).then(|| serde_json::json!({ "archived": archived }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chinese::TABLES;
    use mulu_proofs::ids::{Height, RecordNumber};
    use mulu_verifier::words::Language;

    #[test]
    fn why_a_page_was_cut_is_told_in_either_language() {
        for cut in [Cut::Bytes, Cut::Looked, Cut::Time] {
            assert!(why(cut).starts_with("the page ends early: "));
            let chinese = Speech::new(Language::Chinese, TABLES).say(why(cut));
            assert!(chinese.starts_with("本页提前结束："), "{chinese}");
        }
    }

    #[test]
    fn a_list_of_lines_ends_with_what_is_archived_and_is_whole_without_that_line() {
        let batch = |record| ArchivedBatch {
            record: RecordNumber::new(record),
            height: Height::new(7),
            events: 10,
            file: "0-99".to_owned(),
        };
        let line = last_line(&[batch(3), batch(2)]).map(|line| line.to_string());
        let expected = serde_json::json!({ "archived": [
            { "record": 3, "height": 7, "events": 10, "file": "0-99" },
            { "record": 2, "height": 7, "events": 10, "file": "0-99" },
        ] });
        assert_eq!(line, Some(expected.to_string()));
        assert_eq!(last_line(&[]), None);
    }
}
