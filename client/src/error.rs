//! What can go wrong between a person's command and the ledger, and the way out of each.

mod hint;

use crate::{
    calls::{CredentialRefused, SecretRefused},
    offline::ActRefused,
};
use jsonrpsee::core::client::Error as RpcError;
use mulu_primitives::batch::EncodeError;
use mulu_proofs::{
    evidence::PackageError,
    ids::{Digest32, EventNumber, GrantId, Height, Moment, StreamId},
};
use std::{io, path::PathBuf};

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file is larger than any of its kind.
    #[error("{path} has more than {bytes_max} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound.
        bytes_max: usize,
    },
    /// A JSON file is not of the form that was asked for.
    #[error("{path} is not of the right form: {why}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and where.
        why: String,
    },
    /// A key, a passphrase or a call key in a file that can be read by others.
    #[error("the secret in {path} can be read by others (mode {mode:o})")]
    KeyOpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// A file holds no key.
    #[error("{path} holds no key")]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// A key is encrypted where nobody types a passphrase.
    #[error("the key {path} is encrypted, and is needed as it is")]
    KeyEncrypted {
        /// The file.
        path: PathBuf,
    },
    /// The passphrase of a key is another one, or its file was changed.
    #[error("the passphrase does not open the key {path}")]
    KeyPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// A key and a file have the same name.
    #[error("{name} is a file here and a key of the keystore, {named}")]
    KeyAmbiguous {
        /// What was typed.
        name: String,
        /// The key of that name.
        named: PathBuf,
    },
    /// No profile has that name.
    #[error("there is no profile {name}")]
    NoProfile {
        /// The name.
        name: String,
    },
    /// A profile has that name.
    #[error("there is a profile {name} already")]
    ProfileThere {
        /// The name.
        name: String,
    },
    /// A file with an act is not signed or submitted.
    #[error(transparent)]
    Act(#[from] ActRefused),
    /// Marked as a secret.
    #[error(transparent)]
    Secret(#[from] SecretRefused),
    /// An address with a credential.
    #[error(transparent)]
    Credential(#[from] CredentialRefused),

    /// No node answers.
    #[error("no node answers at {url}")]
    Unreachable {
        /// Its address.
        url: String,
        /// Why.
        #[source]
        source: Box<RpcError>,
    },
    /// The connection broke and did not come back.
    #[error("the connection to the node broke")]
    Lost(#[source] Box<RpcError>),
    /// The connection broke after an extrinsic was signed: nobody here knows whether it arrived.
    #[error("the connection to the node broke; extrinsic 0x{} may be on the ledger", hex::encode(hash))]
    UnderWay {
        /// The extrinsic.
        hash: Digest32,
        /// Why the connection broke.
        #[source]
        source: Box<RpcError>,
    },
    /// What the node tells by itself cannot be told over HTTP.
    #[error("records are followed over WebSocket, not over HTTP")]
    NeedsWebSocket,
    /// The node answered with an error.
    #[error("the node refused: {message}{}", data.as_ref().map_or_else(String::new, |data| format!(" ({data})")))]
    Answered {
        /// Its code, from the table of the RPC documentation.
        code: i32,
        /// Its message.
        message: String,
        /// More of it.
        data: Option<String>,
    },
    /// The node knows nothing under that name.
    #[error("there is no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// What the node says does not fit together: it is broken, or it lies.
    #[error("the node's answer does not hold: {why}")]
    FalseAnswer {
        /// What does not fit.
        why: String,
    },

    /// The chain is another one than is meant.
    #[error("the chain has the genesis hash {}, you expect {}", hex::encode(found), hex::encode(expected))]
    OtherChain {
        /// Genesis hash of the chain, or of the one that a file names.
        found: Digest32,
        /// What is expected.
        expected: Digest32,
    },

    /// What the node shows has another digest than the signer expects.
    #[error("the digest is {}, you expect {}", hex::encode(found), hex::encode(expected))]
    OtherDigest {
        /// Digest of what the node shows.
        found: Digest32,
        /// What the signer expects.
        expected: Digest32,
    },

    /// The call is in a block and failed there.
    #[error("the ledger refused: {pallet}.{name}: {docs}")]
    CallFailed {
        /// Pallet.
        pallet: String,
        /// Name of the error.
        name: String,
        /// What it means and the way out.
        docs: String,
        /// Height of the block.
        height: Height,
    },
    /// It is in no block, and the time is up.
    #[error("extrinsic 0x{} is in no block after {seconds} s", hex::encode(hash))]
    NotIncluded {
        /// The extrinsic.
        hash: Digest32,
        /// How long it was waited for.
        seconds: u64,
    },

    /// Another process has the vault open.
    #[error("the vault {path} is in use by another process")]
    VaultInUse {
        /// The vault.
        path: PathBuf,
    },
    /// The file is no vault of this form.
    #[error("{path} is no vault, or one of a newer form")]
    NoVault {
        /// The file.
        path: PathBuf,
    },
    /// The vault can be read by others.
    #[error("the vault {path} can be read by others (mode {mode:o})")]
    VaultOpenToOthers {
        /// The vault.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The vault belongs to another chain.
    #[error("the vault {path} belongs to the chain with genesis 0x{}", hex::encode(genesis))]
    VaultOfOtherChain {
        /// The vault.
        path: PathBuf,
        /// Genesis hash of its chain.
        genesis: Digest32,
    },
    /// The vault's database failed.
    #[error("the vault {path} failed")]
    Vault {
        /// The vault.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<redb::Error>,
    },
    /// The vault holds something that this program did not write.
    #[error("the vault {path} is damaged: {what}")]
    VaultDamaged {
        /// The vault.
        path: PathBuf,
        /// What does not read.
        what: &'static str,
    },
    /// What the vault holds does not fit together.
    #[error("the vault {path} is damaged at event {event} of stream {stream}: {what}")]
    VaultBroken {
        /// The vault.
        path: PathBuf,
        /// The stream.
        stream: StreamId,
        /// The event.
        event: EventNumber,
        /// What does not fit.
        what: &'static str,
    },
    /// The vault is locked with a passphrase, and none was given.
    #[error("the vault {path} is locked with a passphrase")]
    VaultNeedsPassphrase {
        /// The vault.
        path: PathBuf,
    },
    /// The passphrase is another one.
    #[error("the passphrase does not open the vault {path}")]
    VaultPassphraseWrong {
        /// The vault.
        path: PathBuf,
    },
    /// The vault is locked with a key file, and a passphrase was given.
    #[error("the vault {path} is locked with a key file, not with a passphrase")]
    VaultNeedsKeyFile {
        /// The vault.
        path: PathBuf,
    },
    /// The vault's key file is not there.
    #[error("the key file {key} of the vault {path} is missing")]
    VaultKeyFileMissing {
        /// The vault.
        path: PathBuf,
        /// Where it was looked for.
        key: PathBuf,
    },
    /// The key file is another one.
    #[error("the key file {key} does not open the vault {path}")]
    VaultKeyFileWrong {
        /// The vault.
        path: PathBuf,
        /// The key file.
        key: PathBuf,
    },
    /// A passphrase could be tried out.
    #[error("a passphrase has at least {characters_min} characters")]
    PassphraseTooShort {
        /// The bound.
        characters_min: usize,
    },
    /// An erasure without a name or a reason.
    #[error("an erasure needs who does it and why, at most {bytes_max} bytes each")]
    ErasureText {
        /// The bound.
        bytes_max: usize,
    },
    /// Keys of epochs that have not ended are not destroyed.
    #[error("{} has not come: it is {}, and the epoch that runs keeps its key", day.utc(), today.utc())]
    DayToCome {
        /// The day that was named.
        day: Moment,
        /// Today.
        today: Moment,
    },
    /// A number of days that no setting takes.
    #[error("{days} days; a setting takes 1 to {days_max}")]
    DaysOutOfBounds {
        /// The days.
        days: u32,
        /// The bound.
        days_max: u32,
    },
    /// A file holds no call key.
    #[error("{path} holds no call key")]
    NoCallKeyFile {
        /// The file.
        path: PathBuf,
    },
    /// The vault has another call key for the grant.
    #[error("the vault has a call key for grant {grant} already")]
    CallKeyThere {
        /// The grant.
        grant: GrantId,
    },
    /// The call key belongs to another chain.
    #[error("the call key belongs to the chain with genesis 0x{}", hex::encode(genesis))]
    CallKeyOfOtherChain {
        /// Genesis hash of its chain.
        genesis: Digest32,
    },
    /// Calls of a grant are to be compared, and the vault has no secret for it.
    #[error("stream {stream} is compared with the other side's, and the vault has no call key for grant {grant}")]
    NoCallKey {
        /// The stream.
        stream: StreamId,
        /// The grant.
        grant: GrantId,
    },
    /// The chain has events of a stream that the vault does not know.
    #[error("stream {stream} stands at event {chain} on the chain and at {vault} in this vault")]
    VaultBehind {
        /// The stream.
        stream: StreamId,
        /// Next event number on the chain.
        chain: EventNumber,
        /// Next event number in the vault.
        vault: EventNumber,
    },
    /// Chain and vault hold different batches under the same numbers.
    #[error("the batch before event {next} of stream {stream} is another one on the chain than in this vault")]
    VaultDiverged {
        /// The stream.
        stream: StreamId,
        /// The event.
        next: EventNumber,
    },
    /// The vault has no such event, or has not sealed it.
    #[error("the vault does not hold event {event} of stream {stream}")]
    NotInVault {
        /// The stream.
        stream: StreamId,
        /// The event.
        event: EventNumber,
    },
    /// The quarantine has no such row.
    #[error("the quarantine holds no row {number}")]
    NotHeld {
        /// Its number.
        number: u64,
    },
    /// Dropping without a reason.
    #[error("dropping from the quarantine needs a reason, at most {bytes_max} bytes")]
    DropText {
        /// The bound.
        bytes_max: usize,
    },
    /// The sealed leaf was erased.
    #[error("the sealed leaf of event {event} of stream {stream} was erased")]
    Erased {
        /// The stream.
        stream: StreamId,
        /// The event.
        event: EventNumber,
    },
    /// Other events wait to be sealed.
    #[error("{waiting} events of stream {stream} wait to be sealed; {more} more would be over one batch")]
    SpoolFull {
        /// The stream.
        stream: StreamId,
        /// How many wait.
        waiting: u64,
        /// How many were to come.
        more: usize,
    },
    /// The stream is closed, or this vault never began it.
    #[error("stream {stream} {why}")]
    StreamNotOurs {
        /// The stream.
        stream: StreamId,
        /// Why it takes nothing from this key.
        why: &'static str,
    },
    /// The stream's key was reported compromised.
    #[error("stream {stream} is halted: its key was reported compromised")]
    StreamHalted {
        /// The stream.
        stream: StreamId,
    },
    /// The stream takes batches from another key.
    #[error("stream {stream} takes batches from another key alone")]
    StreamOfOtherKey {
        /// The stream.
        stream: StreamId,
    },
    /// The file was begun under another mapping.
    #[error("the import of this file into stream {stream} was begun with another mapping")]
    OtherMapping {
        /// The stream.
        stream: StreamId,
    },
    /// A batch cannot be written in its columns.
    #[error("the batch cannot be encoded")]
    Encode(#[source] EncodeError),
    /// A batch would begin before the one before it.
    #[error("a batch would begin at {time}, before {floor}, where the batch before it began")]
    OutOfOrder {
        /// Smallest time of the batch.
        time: Moment,
        /// Smallest time of the batch before.
        floor: Moment,
    },

    /// More calls differ than can be named.
    #[error("{calls} calls of one side differ; at most 128 can be named")]
    TooManyDiffer {
        /// How many, of the side with more of them.
        calls: usize,
    },

    /// The bytes are no evidence package.
    #[error("the node's evidence package does not read")]
    Package(#[source] PackageError),
    /// The package does not verify.
    #[error("the evidence does not verify: link \"{link}\": {reason}")]
    Unverified {
        /// The link that does not hold.
        link: &'static str,
        /// Why.
        reason: String,
    },
}

impl ClientError {
    /// The same, for who has signed the extrinsic of that hash.
    pub(crate) fn under_way(self, hash: &Digest32) -> Self {
        match self {
            Self::Lost(source) => Self::UnderWay { hash: *hash, source },
            other => other,
        }
    }

    /// The same, for who finds out by themselves what arrived when they run again.
    pub fn repeatable(self) -> Self {
        match self {
            Self::UnderWay { source, .. } => Self::Lost(source),
            other => other,
        }
    }
}

impl From<RpcError> for ClientError {
    fn from(error: RpcError) -> Self {
        match error {
            RpcError::Call(answer) => Self::Answered {
                code: answer.code(),
                message: answer.message().to_owned(),
                data: answer
                    .data()
                    .map(|data| serde_json::from_str(data.get()).unwrap_or_else(|_| data.get().to_owned())),
            },
            RpcError::Custom(why) => Self::FalseAnswer { why },
            RpcError::ParseError(error) => Self::FalseAnswer { why: format!("it does not read: {error}") },
            other => Self::Lost(Box::new(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::submit::POOL_FULL;
    use jsonrpsee::types::ErrorObjectOwned;

    #[test]
    fn what_a_node_answers_is_told_with_its_way_out() {
        let answer = ErrorObjectOwned::owned(POOL_FULL, "the pool is full", Some("share of department 2"));
        let error = ClientError::from(RpcError::Call(answer));
        assert_eq!(error.to_string(), "the node refused: the pool is full (share of department 2)");
        assert_eq!(error.hint().as_deref(), Some("try again later"));
        let unknown = ErrorObjectOwned::owned(-32601, "Method not found", None::<()>);
        let hint = ClientError::from(RpcError::Call(unknown)).hint().unwrap();
        assert!(hint.contains("older than this program"), "{hint}");
    }

    #[test]
    fn an_extrinsic_on_a_lost_line_is_told_with_how_to_ask_for_it_unless_a_second_run_finds_out() {
        let lost = || ClientError::from(RpcError::RequestTimeout).under_way(&[0xab; 32]);
        assert!(lost().to_string().contains(&"ab".repeat(32)));
        let hint = lost().hint().unwrap();
        assert!(hint.contains(&format!("mulu record extrinsic {}", "ab".repeat(32))), "{hint}");
        assert!(lost().repeatable().hint().unwrap().contains("nothing is done twice"));
        let refused = ClientError::NotFound { what: "x".into() };
        assert!(matches!(refused.under_way(&[0; 32]).repeatable(), ClientError::NotFound { .. }));
    }

    #[test]
    fn an_answer_that_does_not_read_is_the_nodes_fault_and_a_lost_line_is_nobodys() {
        let unreadable = serde_json::from_str::<u32>("x").unwrap_err();
        assert!(matches!(ClientError::from(RpcError::ParseError(unreadable)), ClientError::FalseAnswer { .. }));
        assert!(matches!(ClientError::from(RpcError::RequestTimeout), ClientError::Lost(_)));
    }
}
