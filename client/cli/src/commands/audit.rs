//! `mulu audit`: what auditors asked.

use crate::{
    arguments::Global,
    paging::Paging,
    session::Session,
    words::{self, name_of},
};
use clap::Subcommand;
use jsonrpsee::{core::client::Error as RpcError, types::ErrorObjectOwned};
use mulu_proofs::{
    audit::{QueryAbout, QueryKind, QueryScope},
    departments::AccountKey,
    ids::{DepartmentId, Moment, PublicKey, QueryNumber, RecordNumber},
};
use mulu_rpc_api::{
    Cursor, Page, ROWS_DEFAULT, codes,
    oversight::{AuditorsQuery, OversightClient, QueryFilter, QueryReport},
};
use mulu_verifier::words::Speech;
use serde::Serialize;

/// What auditors asked.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// What auditors asked nodes, as the nodes told the ledger: what was told last comes first
    List {
        /// Questions of this auditor
        #[arg(long, value_parser = words::account, value_name = "KEY")]
        auditor: Option<PublicKey>,
        /// Questions that were told under this key of a node
        #[arg(long, value_parser = words::account, value_name = "KEY")]
        node: Option<PublicKey>,
        /// Which part of the list
        #[command(flatten)]
        paging: Paging,
    },
}

/// A question, and who told of it.
#[derive(Serialize)]
struct Told {
    node: AccountKey,
    department: DepartmentId,
    record: RecordNumber,
    recorded_at: Moment,
    #[serde(flatten)]
    query: AuditorsQuery,
}

/// Where a page begins: nodes give reports of many questions, and a page may end within one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Place {
    /// What the node said of the page of reports.
    reports: Option<Cursor>,
    /// The last question that was shown, by its report and its number in it.
    shown: Option<(RecordNumber, QueryNumber)>,
}

impl Audit {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let Self::List { auditor, node, paging } = self;
        let session = Session::open(global).await?;
        let filter = QueryFilter { auditor: auditor.map(AccountKey), node: node.map(AccountKey) };
        let ask = async |cursor, limit| told(&session, filter, cursor, limit).await;
        let header = ["question", "node", "auditor", "asked", "asked for", "about", "record"];
        let speech = session.output.speech;
        paging.show(session.output, &header, ask, |told| row(told, speech)).await
    }
}

/// A page of questions, the last one that was told first.
async fn told(
    session: &Session,
    filter: QueryFilter,
    cursor: Option<Cursor>,
    limit: Option<u32>,
) -> Result<Page<Told>, RpcError> {
    let place = cursor.map_or_else(|| Some(Place::default()), |cursor| Place::read(&cursor));
    let no_place =
        || ErrorObjectOwned::owned(codes::CURSOR, "the cursor is not of this list; begin without one", None::<()>);
    let place = place.ok_or_else(|| RpcError::Call(no_place()))?;
    let ask = async |limit| session.connection.queries(Some(filter), place.reports.clone(), limit).await;
    let page = ask(limit).await?;
    let rows_max = limit.unwrap_or(ROWS_DEFAULT) as usize;
    let (rows, whole) = questions(&page.rows, &place, rows_max);
    let Some(last) = rows.last().filter(|_| whole < page.rows.len()).map(|last| (last.record, last.query.number))
    else {
        // Of a page that was told since, nothing was shown yet; behind any row all is older.
        let shown = place.shown.filter(|_| rows.is_empty());
        let next = page.next.map(|reports| Place { reports: Some(reports), shown }.cursor());
        return Ok(Page { rows, next, complete_to: page.complete_to, cut: page.cut, archived: page.archived });
    };
    // The next page begins with the report that this one ends in: the node names the place behind the reports before it.
    let reports = match u32::try_from(whole) {
        Ok(whole) if whole > 0 => ask(Some(whole)).await?.next,
        _ => place.reports.clone(),
    };
    let next = Some(Place { reports, shown: Some(last) }.cursor());
    Ok(Page { rows, next, complete_to: page.complete_to, cut: None, archived: page.archived })
}

/// The questions behind `place`, at most `rows_max`, and how many reports they hold to their end.
fn questions(reports: &[QueryReport], place: &Place, rows_max: usize) -> (Vec<Told>, usize) {
    let (mut rows, mut whole) = (Vec::new(), 0);
    for report in reports {
        let is_left = |query: &&AuditorsQuery| match place.shown {
            Some((record, number)) => report.record < record || report.record == record && query.number < number,
            None => true,
        };
        // A node numbers questions in their order.
        for query in report.queries.iter().rev().filter(is_left) {
            if rows.len() == rows_max {
                return (rows, whole);
            }
            rows.push(Told {
                node: report.node,
                department: report.department,
                record: report.record,
                recorded_at: report.recorded_at,
                query: query.clone(),
            });
        }
        whole += 1;
    }
    (rows, whole)
}

impl Place {
    /// As a cursor: whether a question is named, its report and number if so, and what the node said.
    fn cursor(&self) -> Cursor {
        let shown = self.shown.map_or_else(Vec::new, |(record, number)| {
            [record.get().to_be_bytes(), number.get().to_be_bytes()].concat()
        });
        let reports = self.reports.as_ref().map_or(&[][..], |cursor| &cursor.0);
        Cursor([&[u8::from(self.shown.is_some())], &shown[..], reports].concat())
    }

    fn read(cursor: &Cursor) -> Option<Self> {
        let (is_named, rest) = cursor.0.split_first()?;
        let (shown, reports) = match is_named {
            0 => (None, rest),
            1 => {
                let (record, rest) = rest.split_first_chunk::<8>()?;
                let (number, rest) = rest.split_first_chunk::<8>()?;
                let number = QueryNumber::new(u64::from_be_bytes(*number));
                (Some((RecordNumber::new(u64::from_be_bytes(*record)), number)), rest)
            }
            _ => return None,
        };
        let reports = (!reports.is_empty()).then(|| Cursor(reports.to_vec()));
        Some(Self { reports, shown })
    }
}

fn row(told: &Told, speech: Speech) -> Vec<String> {
    let AuditorsQuery { number, auditor, scope, moment, .. } = &told.query;
    vec![
        number.to_string(),
        name_of(&told.node),
        name_of(auditor),
        moment.utc(),
        speech.say(what(scope.kind)),
        about(scope, speech),
        told.record.to_string(),
    ]
}

/// What kind of thing was asked for, in words.
const fn what(kind: QueryKind) -> &'static str {
    match kind {
        QueryKind::Catalog => "catalog entries",
        QueryKind::Sharing => "requests and grants",
        QueryKind::Access => "access events",
        QueryKind::Records => "records",
        QueryKind::Evidence => "evidence packages",
        QueryKind::Figures => "counts and sums",
        QueryKind::Departments => "departments and accounts",
        QueryKind::Deadlines => "deadlines",
        QueryKind::Oversight => "disputes and audits",
        QueryKind::Governance => "proposals",
        QueryKind::Chain => "blocks and state",
    }
}

fn about(scope: &QueryScope, speech: Speech) -> String {
    match scope.about {
        QueryAbout::Everything => speech.say("everything"),
        QueryAbout::Department(id) => speech.tell("department {}", &[&id]),
        QueryAbout::Entry(id) => speech.tell("entry {}", &[&id]),
        QueryAbout::Request(id) => speech.tell("request {}", &[&id]),
        QueryAbout::Grant(id) => speech.tell("grant {}", &[&id]),
        QueryAbout::Stream(id) => speech.tell("stream {}", &[&id]),
        QueryAbout::Dispute(id) => speech.tell("dispute {}", &[&id]),
        QueryAbout::Pseudonym => speech.say("a pseudonym"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    /// Reports of so many questions each, the newest first; a node's numbers go on from one to the next.
    fn reports(counts: &[u64]) -> Vec<QueryReport> {
        let mut next: u64 = counts.iter().sum();
        let mut report = |(place, count): (usize, &u64)| {
            next -= count;
            let queries: Vec<_> = (next + 1..=next + count)
                .map(|number| {
                    serde_json::json!({
                        "number": number, "auditor": "02".repeat(32), "moment": number, "digest": "03".repeat(32),
                        "scope": { "kind": "records", "about": "everything" },
                    })
                })
                .collect();
            let value = serde_json::json!({
                "record": 100 - place, "recorded_at": 0, "department": 2, "node": "01".repeat(32), "queries": queries,
            });
            serde_json::from_value(value).unwrap()
        };
        counts.iter().enumerate().map(&mut report).collect()
    }

    fn numbers(rows: &[Told]) -> Vec<u64> {
        rows.iter().map(|row| row.query.number.get()).collect()
    }

    #[test]
    fn the_newest_question_comes_first_and_rows_are_counted_not_reports() {
        let reports = reports(&[2, 3, 1]);
        let (rows, whole) = questions(&reports, &Place::default(), 50);
        assert_eq!((numbers(&rows), whole), (vec![6, 5, 4, 3, 2, 1], 3));
        let (rows, whole) = questions(&reports, &Place::default(), 4);
        assert_eq!((numbers(&rows), whole), (vec![6, 5, 4, 3], 1), "the page ends within the second report");
        let (rows, whole) = questions(&reports, &Place::default(), 5);
        assert_eq!((numbers(&rows).len(), whole), (5, 2), "and here behind it");
    }

    #[test]
    fn the_next_page_begins_where_the_one_before_ended_whatever_was_told_meanwhile() {
        let all = reports(&[2, 3, 1]);
        let (rows, _) = questions(&all, &Place::default(), 4);
        let last = rows.last().unwrap();
        let place = Place { reports: None, shown: Some((last.record, last.query.number)) };
        assert_eq!(numbers(&questions(&all, &place, 50).0), [2, 1]);
        // The node skips what was shown whole, or a report came in front.
        assert_eq!(numbers(&questions(&all[1..], &place, 50).0), [2, 1]);
        let mut newer = reports(&[1]);
        newer[0].record = RecordNumber::new(101);
        newer.extend(all);
        assert_eq!(numbers(&questions(&newer, &place, 50).0), [2, 1]);
    }

    #[test]
    fn a_place_is_read_from_its_cursor_and_what_is_none_is_not() {
        for reports in [None, Some(Cursor(vec![7, 8, 9]))] {
            for shown in [None, Some((RecordNumber::new(99), QueryNumber::new(4)))] {
                let place = Place { reports: reports.clone(), shown };
                assert_eq!(Place::read(&place.cursor()), Some(place));
            }
        }
        for wrong in [vec![], vec![2], vec![1], vec![1, 0, 0, 0, 0, 0, 0, 0, 1, 0]] {
            assert_eq!(Place::read(&Cursor(wrong.clone())), None, "{wrong:?}");
        }
    }
}
