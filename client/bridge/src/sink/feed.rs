//! The records that a sink wants, as events, from a number on: across restarts of the node and broken lines, each once and in order.

use super::{
    Begin, Now,
    event::{CloudEvent, Ledger},
    pause,
    selection::Selection,
};
use crate::{error::BridgeError, stop::Backoff};
use mulu_client::{
    ClientError,
    connection::Connection,
    follow::{Follow, News},
};
use mulu_proofs::ids::{Height, RecordNumber};
use mulu_rpc_api::records::{RecordFilter, RecordsClient, RecordsOf};

/// Events from a number on. Take them with [`Feed::portion`].
pub struct Feed<'a> {
    connection: &'a Connection,
    selection: &'a Selection,
    ledger: &'a Ledger,
    next: RecordNumber,
    follow: Option<Follow<'a>>,
    pause: Backoff,
}

/// Events one behind the other, and where the next ones begin.
#[derive(Debug)]
pub struct Portion {
    /// The events; none if nothing that is wanted happened.
    pub events: Vec<CloudEvent>,
    /// First record behind them: everything before was told or is not wanted.
    pub next: RecordNumber,
    /// Up to which height everything was told, once the head was reached.
    pub height: Option<Height>,
}

impl<'a> Feed<'a> {
    /// Begins at a record.
    pub const fn new(
        connection: &'a Connection,
        selection: &'a Selection,
        ledger: &'a Ledger,
        next: RecordNumber,
    ) -> Self {
        Self { connection, selection, ledger, next, follow: None, pause: pause::node() }
    }

    /// At most `max` events, as soon as there is one, or a block without any: what is there already, and nothing is waited for that may come.
    ///
    /// `troubled` hears why the node cannot be asked; it is asked again.
    ///
    /// # Errors
    /// [`BridgeError::Config`] if the node's address is one at which nothing can be followed.
    pub async fn portion(&mut self, max: usize, mut troubled: impl FnMut(&str)) -> Result<Portion, BridgeError> {
        loop {
            let (events, ended) = self.gather(max).await;
            match ended {
                Ok(height) => {
                    self.pause.worked();
                    return Ok(Portion { events, next: self.next, height });
                }
                Err(ClientError::NeedsWebSocket) => {
                    let why = "records are followed over WebSocket; name the node with ws:// or wss://";
                    return Err(BridgeError::config("chain.url", why));
                }
                Err(error) => {
                    self.follow = None;
                    troubled(&error.to_string());
                    // What was heard before the line broke is told first.
                    if !events.is_empty() {
                        return Ok(Portion { events, next: self.next, height: None });
                    }
                    tokio::time::sleep(pause::spread(self.pause.pause())).await;
                }
            }
        }
    }

    /// Events until there are `max`, the head is reached, or the node fails.
    async fn gather(&mut self, max: usize) -> (Vec<CloudEvent>, Result<Option<Height>, ClientError>) {
        let mut events = Vec::new();
        let follow = match &mut self.follow {
            Some(follow) => follow,
            None => self.follow.insert(self.connection.follow(self.next, self.selection.filter())),
        };
        loop {
            let news = follow.news().await;
            self.next = follow.next_number();
            match news {
                Ok(News::Record(record)) if self.selection.wants(&record) => events.push(self.ledger.event(&record)),
                Ok(News::Record(_)) => {}
                Ok(News::Through(height)) => return (events, Ok(Some(height))),
                Err(error) => return (events, Err(error)),
            }
            if events.len() >= max {
                return (events, Ok(None));
            }
        }
    }
}

/// The number that the ledger's next record will have, whether or not the bridge's account sees those before it.
///
/// # Errors
/// [`ClientError`] if the node does not answer.
pub async fn end(connection: &Connection) -> Result<RecordNumber, ClientError> {
    let seen = first(connection, Begin::Now(Now::Now)).await?;
    // Behind the newest that the account sees there are at most others, which the node passes over and then says how far it came.
    let mut follow = connection.follow(seen, RecordFilter::default());
    while let News::Record(_) = follow.news().await? {}
    Ok(follow.next_number())
}

/// The first record that `begin` means now.
///
/// # Errors
/// [`ClientError`] if the node does not answer.
pub async fn first(connection: &Connection, begin: Begin) -> Result<RecordNumber, ClientError> {
    match begin {
        Begin::Record(number) => Ok(number.max(RecordNumber::new(1))),
        Begin::Now(_) => {
            let newest = connection.records(RecordsOf::All, None, Some(1)).await?;
            Ok(newest.rows.first().map_or(RecordNumber::new(1), |record| record.number.next()))
        }
    }
}
