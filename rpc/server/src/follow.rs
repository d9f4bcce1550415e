//! `records_subscribe`: records from a number on, then those of every block, each read from the store by its number.
//!
//! ```text
//! next ── look: at most 64 records up to the head ──> reader ──> next …  head reached: `through`, wait for a block
//!                                                     │ takes nothing for 10 s: `lagged`, the last word
//! ```
//!
//! What was not told yet is a number, never a queue: a slow reader costs one look at most, and the announcements of blocks that it missed
//! are not missed by the store.

use crate::{
    chain::send,
    context::Context,
    failure::Failure,
    limits::{NEWS_MAX, READER_WAIT},
    page::Gathered,
    records::{list_of, newest, show},
    visibility::{Viewer, Visitor},
};
use jsonrpsee::{PendingSubscriptionSink, SubscriptionSink};
use mulu_index::{RecordList, RecordRow};
use mulu_proofs::ids::{Height, RecordNumber};
use mulu_rpc_api::records::{KINDS_MAX, Record, RecordFilter, RecordNews};
use std::sync::Arc;
use tokio::{sync::broadcast::error::RecvError, time::timeout};

/// Rows of the index that one scan reads.
const CHUNK: usize = 128;

/// What one look at the store found.
struct Look {
    records: Vec<Record>,
    /// First number that was not looked at.
    next: RecordNumber,
    /// Height of the head that was looked up to, if nothing is left before it.
    reached: Option<Height>,
}

/// Why a reader hears no more.
enum Stop {
    /// It is gone, or this node is.
    Gone,
    /// It is too slow, or the node too busy: it is told where to go on.
    Lagged,
}

/// Tells records from `from` on, for as long as the client listens.
pub async fn records(
    context: Arc<Context>,
    visitor: Visitor,
    pending: PendingSubscriptionSink,
    from: Option<RecordNumber>,
    filter: RecordFilter,
) {
    if filter.kinds.len() > KINDS_MAX {
        let (asked, bound) = (filter.kinds.len(), KINDS_MAX);
        return pending.reject(Failure::OverBound { what: "kinds", asked, bound }).await;
    }
    // Before the head is read, so that no block is missed between.
    let mut committed = context.parts.committed.subscribe();
    let newest = newest(&context.head());
    let next = from.unwrap_or(RecordNumber::new(newest + 1)).max(RecordNumber::new(1));
    let Ok(sink) = pending.accept().await else { return };
    let mut reader = Reader { context, visitor, sink, filter: Arc::new(filter), next };
    loop {
        match reader.catch_up().await {
            Ok(()) => {}
            Err(Stop::Gone) => return,
            Err(Stop::Lagged) => return reader.say_lagged().await,
        }
        tokio::select! {
            () = reader.sink.closed() => return,
            // Lagging is no loss: what was missed is read from the store.
            news = committed.recv() => if matches!(news, Err(RecvError::Closed)) { return },
        }
    }
}

/// A client and how far it was told.
struct Reader {
    context: Arc<Context>,
    /// Who listens; asked anew before every look, since roles end.
    visitor: Visitor,
    sink: SubscriptionSink,
    filter: Arc<RecordFilter>,
    next: RecordNumber,
}

impl Reader {
    /// Tells everything up to the head.
    async fn catch_up(&mut self) -> Result<(), Stop> {
        loop {
            let (filter, next) = (Arc::clone(&self.filter), self.next);
            let sight = self.visitor.sight(&self.context).await.map_err(|()| Stop::Lagged)?.ok_or(Stop::Gone)?;
            let look =
                self.context.run(move |context| look(context, &Viewer::new(context, &sight), &filter, next)).await;
            let Look { records, next, reached } = look.map_err(|_| Stop::Lagged)?;
            for record in records {
                let behind = record.number.next();
                self.tell(&RecordNews::Record(record)).await?;
                self.next = behind;
            }
            self.next = next;
            if let Some(height) = reached {
                return self.tell(&RecordNews::Through { next, height }).await;
            }
        }
    }

    async fn tell(&self, news: &RecordNews) -> Result<(), Stop> {
        match timeout(READER_WAIT, send(&self.sink, news)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(())) => Err(Stop::Gone),
            Err(_) => Err(Stop::Lagged),
        }
    }

    /// Waits, with this one message in hand, until the reader reads again or is gone.
    async fn say_lagged(self) {
        let last = RecordNews::Lagged { next: self.next };
        // An error says that the client is gone; there is nobody to tell.
        let _ = send(&self.sink, &last).await;
    }
}

/// Records from `next` on that are asked for.
fn look(context: &Context, viewer: &Viewer<'_>, filter: &RecordFilter, next: RecordNumber) -> Result<Look, Failure> {
    let head = context.head();
    let (newest, height) = (newest(&head), Height::new(head.number));
    let mut look = Look { records: Vec::new(), next, reached: None };
    let mut gathered = Gathered::new(NEWS_MAX);
    let ended = match list_of(filter.of) {
        None => by_number(viewer, filter, newest, &mut look.next, &mut gathered)?,
        Some(list) => by_list(viewer, (filter, &list), newest, &mut look.next, &mut gathered)?,
    };
    if !ended {
        look.next = look.next.max(RecordNumber::new(newest + 1));
        look.reached = Some(height);
    }
    look.records = gathered.rows;
    Ok(look)
}

/// Whether the look ended before the newest record.
fn by_number(
    viewer: &Viewer<'_>,
    filter: &RecordFilter,
    newest: u64,
    next: &mut RecordNumber,
    gathered: &mut Gathered<Record>,
) -> Result<bool, Failure> {
    let mut looked = 0;
    while next.get() <= newest {
        if gathered.end(looked).is_some() {
            return Ok(true);
        }
        add(viewer, filter, *next, gathered)?;
        (*next, looked) = (next.next(), looked + 1);
    }
    Ok(false)
}

/// The same along a list of the index.
fn by_list(
    viewer: &Viewer<'_>,
    (filter, list): (&RecordFilter, &RecordList),
    newest: u64,
    next: &mut RecordNumber,
    gathered: &mut Gathered<Record>,
) -> Result<bool, Failure> {
    let mut looked = 0;
    loop {
        let rows = viewer.context().parts.store.index_scan(&list.prefix(), Some(&list.key(*next)), CHUNK, false)?;
        for row in &rows {
            let number = RecordRow::read(row)?.number;
            if number.get() > newest {
                return Ok(false);
            }
            if gathered.end(looked).is_some() {
                return Ok(true);
            }
            add(viewer, filter, number, gathered)?;
            (*next, looked) = (number.next(), looked + 1);
        }
        if rows.len() < CHUNK {
            return Ok(false);
        }
    }
}

fn add(
    viewer: &Viewer<'_>,
    filter: &RecordFilter,
    number: RecordNumber,
    gathered: &mut Gathered<Record>,
) -> Result<(), Failure> {
    let found = viewer.context().indexed(number)?;
    let record = &found.record;
    let is_wanted = (filter.kinds.is_empty() || filter.kinds.contains(&record.kind))
        && filter.department.is_none_or(|department| department == record.department);
    if is_wanted && viewer.sees_record(&found)? { gathered.push(show(&found)?) } else { Ok(()) }
}
