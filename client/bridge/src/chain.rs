//! The bridge's line to its node: made whenever the node can be reached, however long that takes.

use crate::{
    metrics::Metrics,
    spool::told,
    stop::{Backoff, Stop},
};
use mulu_client::{
    ClientError,
    connection::{ChainIdentity, Connection},
    keys::Key,
    signin::{Access, Credentials},
};
use mulu_proofs::ids::Digest32;
use std::{sync::Arc, time::Duration};

/// First and longest pause between two tries to reach the node.
const PAUSE_FIRST: Duration = Duration::from_secs(1);
const PAUSE_LONGEST: Duration = Duration::from_secs(30);
/// How long one question is tried on a broken line before whoever asked waits by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where the chain is, and as whom it is asked.
#[derive(Clone, Debug)]
pub struct Node {
    /// Address of the node.
    pub url: String,
    /// The platform's key.
    pub key: Key,
    /// Genesis hash of the only chain that is meant, if it is known.
    pub genesis: Option<Digest32>,
    /// Name of the only node that is signed in at, if it is known.
    pub node: Option<String>,
}

/// A line to the chain that is meant.
#[derive(Clone, Debug)]
pub struct Line {
    /// The connection.
    pub connection: Arc<Connection>,
    /// Which chain it is.
    pub chain: ChainIdentity,
}

impl Node {
    /// Connects once.
    ///
    /// # Errors
    /// [`ClientError`] if the node cannot be reached, refuses, or keeps another chain.
    pub async fn connect(&self) -> Result<Line, ClientError> {
        let (genesis, node) = (self.genesis, self.node.clone());
        let credentials = Credentials { genesis, node, ..Credentials::new(self.key.clone()) };
        let (connection, info) = Connection::open_as(&self.url, Access::Account(Box::new(credentials))).await?;
        let chain = Connection::identity(&info);
        if let Some(expected) = self.genesis.filter(|genesis| *genesis != chain.genesis) {
            return Err(ClientError::OtherChain { found: chain.genesis, expected });
        }
        Ok(Line { connection: Arc::new(connection.with_patience(PATIENCE)), chain })
    }

    /// Connects as soon as the node can be reached; none if the bridge stops before.
    pub async fn reach(&self, metrics: &Metrics, stop: &Stop) -> Option<Line> {
        let mut backoff = Backoff::new(PAUSE_FIRST, PAUSE_LONGEST);
        loop {
            let tried = tokio::select! {
                tried = self.connect() => tried,
                () = stop.requested() => return None,
            };
            match tried {
                Ok(line) => {
                    metrics.chain_reached(true);
                    metrics.trouble("chain", None);
                    return Some(line);
                }
                Err(error) => {
                    metrics.chain_reached(false);
                    let why = told(&error);
                    if metrics.trouble("chain", Some(&why)) {
                        tracing::warn!(
                            url = self.url_shown(),
                            why,
                            "the node cannot be reached; events wait in the spool"
                        );
                    }
                }
            }
            if stop.comes_within(backoff.pause()).await {
                return None;
            }
        }
    }

    /// The address without whatever follows its host or stands before it: those may be a token and a password.
    pub fn url_shown(&self) -> String {
        let (scheme, rest) = self.url.split_once("://").map_or(("", &*self.url), |(scheme, rest)| (scheme, rest));
        let authority = rest.find('/').map_or(rest, |end| &rest[..end]);
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
    }
}

/// Whether the vault is to blame: then nothing may be acknowledged any more.
pub(crate) const fn is_vaults_fault(error: &ClientError) -> bool {
    matches!(error, ClientError::Vault { .. } | ClientError::VaultDamaged { .. } | ClientError::VaultBroken { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(url: &str) -> Node {
        Node { url: url.into(), key: Key::development("platform"), genesis: None, node: None }
    }

    #[test]
    fn an_address_is_shown_without_what_may_be_a_token() {
        assert_eq!(node("wss://a.example:9944/token/abab").url_shown(), "wss://a.example:9944");
        assert_eq!(node("ws://127.0.0.1:9944").url_shown(), "ws://127.0.0.1:9944");
        assert_eq!(node("127.0.0.1/x").url_shown(), "127.0.0.1");
        assert_eq!(node("wss://somebody:p@ss@a.example:9944/t/abab").url_shown(), "wss://a.example:9944");
    }

    #[tokio::test]
    async fn a_node_that_is_not_there_is_waited_for_until_the_bridge_stops() {
        let (metrics, stop) = (Metrics::default(), Stop::new());
        let node = node("ws://127.0.0.1:1");
        let (reached, ()) = tokio::join!(node.reach(&metrics, &stop), async {
            while metrics.troubles().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            stop.request();
        });
        assert!(reached.is_none() && metrics.troubles()["chain"].contains("no node answers"));
        assert!(metrics.text().contains("mulu_bridge_chain_reached 0"));
    }
}
