//! The ledger as the departments of a network use it: each signs with its own people's keys and talks to a node of its own.

use crate::{
    error::{Doing, Error, expect},
    network::Network,
};
use jsonrpsee::core::client::Error as RpcError;
use mulu_client::{
    calls::Call,
    connection::{ChainIdentity, Connection},
    keys::Key,
    submit::{Pending, Receipt, Submitter},
};
use mulu_proofs::ids::{Digest32, Height};
use mulu_rpc_api::{Cursor, Page, chain::ChainClient, node::NodeClient};
use sp_rpc::{list::ListOrValue, number::NumberOrHex};
use std::time::{Duration, Instant};

/// How long the nodes may lie apart.
const SETTLE_TIMEOUT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// A connection to every node.
#[derive(Debug)]
pub struct Lines {
    connections: Vec<Connection>,
    identity: ChainIdentity,
}

/// One act: who signs what.
#[derive(Debug)]
pub struct Act<'a> {
    /// The department whose node takes it.
    pub department: u32,
    /// Who signs.
    pub key: &'a Key,
    /// What.
    pub call: Call,
}

/// Signs and submits through a node of each department.
pub struct Ledger<'a> {
    lines: &'a Lines,
    submitters: Vec<Submitter<'a>>,
}

impl Lines {
    /// Connects to every node of the network.
    ///
    /// # Errors
    /// [`Error`] if one does not answer or keeps another chain.
    pub async fn open(network: &Network) -> Result<Self, Error> {
        let mut connections = Vec::new();
        let mut identity: Option<ChainIdentity> = None;
        for node in 1..=network.len() {
            let (connection, info) =
                Connection::open(&network.url(node)).await.doing(format!("connecting to node {node}"))?;
            let found = Connection::identity(&info);
            expect(identity.as_ref().is_none_or(|known| *known == found), || {
                format!("node {node} keeps another chain than node 1")
            })?;
            identity = Some(found);
            connections.push(connection);
        }
        let identity = identity.ok_or_else(|| Error::Unexpected("the network has no nodes".into()))?;
        Ok(Self { connections, identity })
    }

    /// The connection that a department uses.
    pub fn of(&self, department: u32) -> &Connection {
        &self.connections[self.place(department)]
    }

    /// Connections to all nodes, in their order.
    pub fn all(&self) -> &[Connection] {
        &self.connections
    }

    /// The chain.
    pub const fn identity(&self) -> &ChainIdentity {
        &self.identity
    }

    /// Place of that connection among all.
    pub fn place(&self, department: u32) -> usize {
        (department.max(1) as usize - 1) % self.connections.len()
    }

    /// Waits until every node has committed `height`.
    ///
    /// # Errors
    /// [`Error`] if one of them does not come that far in time.
    pub async fn settle(&self, height: Height) -> Result<(), Error> {
        for (place, connection) in self.connections.iter().enumerate() {
            let started = Instant::now();
            while head(connection).await? < height {
                expect(started.elapsed() < SETTLE_TIMEOUT, || {
                    format!("node {} has not reached height {height}", place + 1)
                })?;
                tokio::time::sleep(PAUSE).await;
            }
        }
        Ok(())
    }

    /// The state root of one height, which must be the same on all nodes.
    ///
    /// # Errors
    /// [`Error`] if two of them differ.
    pub async fn same_state(&self, height: Height) -> Result<Digest32, Error> {
        self.settle(height).await?;
        let mut roots = Vec::new();
        for connection in &self.connections {
            roots.push(state_root(connection, height).await?);
        }
        expect(roots.windows(2).all(|pair| pair[0] == pair[1]), || {
            format!("state roots differ at height {height}: {:?}", roots.iter().map(hex::encode).collect::<Vec<_>>())
        })?;
        roots.first().copied().ok_or_else(|| Error::Unexpected("the network has no nodes".into()))
    }
}

/// Every row of a list, page by page.
///
/// # Errors
/// [`Error`] if a page is not answered.
pub async fn rows<T>(
    doing: &str,
    mut ask: impl AsyncFnMut(Option<Cursor>) -> Result<Page<T>, RpcError>,
) -> Result<Vec<T>, Error> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    loop {
        let page = ask(cursor).await.doing(doing)?;
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(rows);
        }
    }
}

/// Waits until every node of the network answers. Dropping it leaves nothing behind.
///
/// # Errors
/// [`Error::Network`] if one ends or never answers.
pub async fn wait_for_all(network: &mut Network) -> Result<(), Error> {
    let started = Instant::now();
    for node in 1..=network.len() {
        while !network.answers(node, started)? {
            tokio::time::sleep(PAUSE).await;
        }
    }
    Ok(())
}

/// Height of a node's last block.
///
/// # Errors
/// [`Error`] if it does not answer.
pub async fn head(connection: &Connection) -> Result<Height, Error> {
    Ok(connection.info().await.doing("asking a node for its head")?.head.height)
}

/// State root of a height.
///
/// # Errors
/// [`Error`] if the node does not have it.
pub async fn state_root(connection: &Connection, height: Height) -> Result<Digest32, Error> {
    let number = ListOrValue::Value(NumberOrHex::Number(height.get().into()));
    let hash = connection.block_hash(Some(number)).await.doing("asking for a block's hash")?;
    let ListOrValue::Value(Some(hash)) = hash else {
        return Err(Error::Unexpected(format!("a node has no block of height {height}")));
    };
    let header = connection.header(Some(hash)).await.doing("asking for a header")?;
    let header = header.ok_or_else(|| Error::Unexpected(format!("a node has no header of height {height}")))?;
    Ok(header.state_root.0)
}

impl<'a> Ledger<'a> {
    /// Asks each node what has to be signed beside a call, once block 1 is there: it records genesis, and nobody has a role before.
    ///
    /// # Errors
    /// [`Error`] if one does not answer.
    pub async fn new(lines: &'a Lines) -> Result<Self, Error> {
        lines.settle(Height::new(1)).await?;
        let mut submitters = Vec::new();
        for connection in &lines.connections {
            let submitter = Submitter::new(connection, &lines.identity.genesis).await;
            submitters.push(submitter.doing("asking a node for its version")?);
        }
        Ok(Self { lines, submitters })
    }

    /// The connections.
    pub const fn lines(&self) -> &'a Lines {
        self.lines
    }

    /// The submitter that a department uses.
    pub fn submitter(&self, department: u32) -> &Submitter<'a> {
        &self.submitters[self.lines.place(department)]
    }

    /// Signs and sends all acts, in order, and waits until they are in final blocks on every node. `seen` is called for each that is.
    ///
    /// # Errors
    /// [`Error`] for the first act that is refused.
    pub async fn acts(&self, acts: Vec<Act<'_>>, mut seen: impl FnMut()) -> Result<Vec<Receipt>, Error> {
        let mut sent: Vec<(u32, Pending)> = Vec::with_capacity(acts.len());
        for (place, act) in acts.into_iter().enumerate() {
            let pending = self.submitter(act.department).send(act.key, act.call).await;
            sent.push((
                act.department,
                pending.doing(format!("sending act {} of department {}", place + 1, act.department))?,
            ));
        }
        let mut receipts = Vec::with_capacity(sent.len());
        for (place, (department, pending)) in sent.iter().enumerate() {
            let receipt = self.submitter(*department).wait(pending).await;
            receipts.push(receipt.doing(format!("act {} of department {department}", place + 1))?);
            seen();
        }
        if let Some(height) = receipts.iter().map(|receipt| receipt.height).max() {
            self.lines.settle(height).await?;
        }
        Ok(receipts)
    }

    /// One act, in a final block on every node.
    ///
    /// # Errors
    /// [`Error`] if it is refused.
    pub async fn act(&self, act: Act<'_>) -> Result<Receipt, Error> {
        let mut receipts = self.acts(vec![act], || ()).await?;
        Ok(receipts.pop().expect("one act gives one receipt"))
    }
}
