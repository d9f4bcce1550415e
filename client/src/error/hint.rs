//! The way out of each error.

use super::ClientError;
use crate::submit::POOL_FULL;
use mulu_rpc_api::codes;

impl ClientError {
    /// The way out for whoever has named a key already.
    pub fn hint_with_key(&self) -> Option<String> {
        let other = match self {
            Self::Answered { code: codes::NOT_PERMITTED, .. } => "ask with another key, whose role may ask this",
            Self::Answered { code: codes::SIGNED_OUT, .. } => "`mulu sign-in` gets another token",
            _ => return self.hint(),
        };
        Some(other.to_owned())
    }

    /// The way out, where there is one to name.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::KeyOpenToOthers { path, .. } | Self::VaultOpenToOthers { path, .. } => {
                format!("chmod 600 {}", path.display())
            }
            Self::NoKey { .. } => "`mulu key generate` writes a key file".into(),
            Self::KeyEncrypted { .. } => "`mulu key export NAME FILE --plain` writes a key as it is".into(),
            Self::KeyPassphrase { .. } => "try again; without the passphrase the key is lost, and `mulu account replace` names another".into(),
            Self::KeyAmbiguous { name, .. } => format!("write ./{name} for the file, or move it"),
            Self::NoProfile { .. } => "`mulu profile list` lists them, `mulu profile add` adds one".into(),
            Self::ProfileThere { .. } => "`mulu profile remove` it first, or take another name".into(),
            Self::OtherChain { .. } => "name a node of the other chain with --url, or another profile with --profile".into(),
            Self::Act(refused) => refused.hint().into(),
            Self::Secret(_) => "keep it off the ledger, and off every machine that is connected to it".into(),
            Self::Credential(_) => "name the resource by a handle that its platforms understand".into(),
            Self::Unreachable { .. } => {
                "start a node, or name another with --url or MULU_URL; `mulu-node --dev --tmp` is one for trying".into()
            }
            Self::TooManyDiffer { .. } => "find out first why so much differs: a platform that did not report, or call ids that are not shared".into(),
            Self::Lost(_) => "run the same command again: nothing is done twice".into(),
            Self::UnderWay { hash, .. } => format!(
                "when a node answers again, `mulu record extrinsic {}` tells whether it is; only if it is in no block, run the command again",
                hex::encode(hash)
            ),
            Self::Answered { code, .. } => return hint_for_code(*code).map(str::to_owned),
            Self::NeedsWebSocket => "name the node with ws:// or wss://".into(),
            Self::FalseAnswer { .. } => "ask another node with --url, and tell the operator of this one".into(),
            Self::OtherDigest { .. } => "read what it is now before you sign it".into(),
            Self::NotIncluded { hash, .. } => {
                format!("it may still come: ask with `mulu record extrinsic {}`", hex::encode(hash))
            }
            Self::VaultInUse { .. } => "wait for the other import or export to end".into(),
            Self::NoVault { .. } => "name the file that `mulu access import --vault` wrote".into(),
            Self::VaultOfOtherChain { .. } => "each chain has a vault of its own: name another file".into(),
            Self::VaultBehind { .. } | Self::VaultDiverged { .. } => {
                "another vault reported into this stream, or this one is an old copy: use the newest, or open a new stream".into()
            }
            Self::VaultBroken { .. } | Self::VaultDamaged { .. } => {
                "`mulu vault restore` makes a vault of the last backup; keep this file for whoever looks into it".into()
            }
            Self::VaultNeedsPassphrase { .. } => "give it with --vault-passphrase-file or MULU_VAULT_PASSPHRASE".into(),
            Self::VaultPassphraseWrong { .. } => "there is no other way in: find the passphrase that it was locked with".into(),
            Self::VaultNeedsKeyFile { .. } => {
                "leave the passphrase out; --vault-key-file names a key file that is not beside the vault".into()
            }
            Self::VaultKeyFileMissing { .. } | Self::VaultKeyFileWrong { .. } => {
                "bring back the key file that the vault was locked with, or name it with --vault-key-file".into()
            }
            Self::NoCallKeyFile { .. } => "`mulu vault call-key new` writes one, on either side of the grant".into(),
            Self::CallKeyThere { .. } => {
                "both sides must have the same: compare what `mulu vault call-key list` prints on each".into()
            }
            Self::CallKeyOfOtherChain { .. } => "name the vault of that chain".into(),
            Self::NoCallKey { grant, .. } => format!(
                "`mulu vault call-key new {grant}` makes one, `mulu vault call-key add FILE` takes the other side's; or report into a stream that is not compared"
            ),
            Self::NotInVault { .. } => "name the vault of the platform that reported the event".into(),
            Self::NotHeld { .. } => "`mulu bridge quarantine list` lists what it holds".into(),
            Self::Erased { .. } => "leave out --vault and --reveal: every other proof still holds".into(),
            Self::StreamNotOurs { .. } => "open a stream of your own with `mulu stream open`".into(),
            Self::DayToCome { .. } => "name today or an earlier day with --before; what is destroyed never comes back".into(),
            Self::StreamHalted { stream } => format!(
                "`mulu stream reopen {stream}` with another key of the platform; what waits in the vault is then signed with that key"
            ),
            Self::StreamOfOtherKey { stream } => format!(
                "name that key with --key; if it was replaced, `mulu stream reopen {stream}` with yours; or open a stream of your own with `mulu stream open`"
            ),
            Self::OtherMapping { .. } => "use the same mapping, or another stream".into(),
            Self::OutOfOrder { .. } => "report older events in a new stream".into(),
            Self::Unverified { .. } => "nothing was written; ask another node with --url".into(),
            _ => return None,
        })
    }
}

/// The table of the RPC documentation, in short.
const fn hint_for_code(code: i32) -> Option<&'static str> {
    Some(match code {
        codes::UNDECODABLE => "this program and the node are of different versions",
        POOL_FULL | codes::BUSY => "try again later",
        codes::SECRET => "keep it off the ledger",
        codes::CURSOR => "begin without --cursor, with the same filter",
        codes::INTERNAL => "tell the node's operator; its log has the cause",
        codes::NOT_PERMITTED => "name a key with --key to sign in, or another one whose role may ask this",
        codes::SIGNED_OUT => "`mulu sign-in` gets another token; with --key, commands sign in by themselves",
        codes::TOO_MANY_CALLS => "wait a second",
        -32601 => "the node may be older than this program: update it, or ask another with --url",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use jsonrpsee::{core::client::Error as RpcError, types::ErrorObjectOwned};

    #[test]
    fn nobody_is_told_to_name_a_key_who_did() {
        let answered = |code| ClientError::from(RpcError::Call(ErrorObjectOwned::owned(code, "refused", None::<()>)));
        for code in [codes::NOT_PERMITTED, codes::SIGNED_OUT] {
            assert!(answered(code).hint().unwrap().contains("--key"));
            assert!(!answered(code).hint_with_key().unwrap().contains("--key"));
        }
        assert_eq!(answered(codes::BUSY).hint_with_key(), answered(codes::BUSY).hint());
    }
}
