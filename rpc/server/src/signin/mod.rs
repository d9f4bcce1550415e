//! `signin_`: a challenge, the account's signature of it, a token. What the account may do is looked up in every block, never kept here.

mod challenges;
mod sessions;

pub use challenges::Challenges;
pub use sessions::{Open, SessionId, Sessions};

use crate::{
    admission::Origin,
    caller::{AccountView, Caller, NoView},
    context::Context,
    failure::Failure,
    system,
};
use jsonrpsee::{
    Extensions,
    core::{RpcResult, async_trait},
    types::ErrorObjectOwned,
};
use mulu_proofs::{
    departments::AccountKey,
    ids::{Moment, PublicKey},
};
use mulu_rpc_api::{
    Hex, codes,
    signin::{Challenge, Offer, Session, SignInServer, SignedIn},
};
use sp_core::{Pair, ed25519, sr25519};
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// How long a token works where the configuration says nothing else.
pub const TOKEN_LIFE: Duration = Duration::from_secs(15 * 60);

/// The namespace.
pub struct SignIn(pub Arc<Context>);

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Of another node, another chain, before a restart, or changed.
    #[error(
        "this node did not make the challenge, or made it before its last start; ask for one with signin_challenge and sign it unchanged"
    )]
    Foreign,
    /// Too late.
    #[error("the challenge has run out; ask for another, and check this machine's clock")]
    Expired,
    /// A second time.
    #[error("the challenge was used already; ask for another")]
    Used,
    /// The signature is of no form.
    #[error("a signature has 64 bytes, or 65 with its kind in front")]
    SignatureForm,
    /// Not the account's.
    #[error("the signature is not the account's, or not of this challenge with <Bytes> and </Bytes> around it")]
    Signature,
    /// A scheme that counts on development chains only.
    #[error("sr25519 signs on development chains only; use the account's ed25519 key")]
    Scheme,
    /// The account may not.
    #[error("{0}")]
    Account(NoView),
    /// Too many at once.
    #[error("too many are signed in; try again later")]
    Busy,
}

impl From<Refused> for ErrorObjectOwned {
    fn from(refused: Refused) -> Self {
        let code = if refused == Refused::Busy { codes::BUSY } else { codes::SIGN_IN };
        Self::owned(code, refused.to_string(), None::<()>)
    }
}

#[async_trait]
impl SignInServer for SignIn {
    async fn sign_in_challenge(&self, extensions: &Extensions) -> RpcResult<Offer> {
        let challenge = self.0.challenges.make(now());
        let is_needed = !matches!(Origin::of(extensions), Some(Origin::Local));
        Ok(Offer { text: challenge.text(), challenge, is_needed })
    }

    async fn sign_in(
        &self,
        extensions: &Extensions,
        account: String,
        signature: Hex,
        challenge: Challenge,
    ) -> RpcResult<Session> {
        let account = system::account_key(&account)?;
        self.0.challenges.check(&challenge, now())?;
        let is_development = self.0.parts.info.chain_type == "Development";
        check_signature(&account, &signature.0, &challenge.signed_bytes(), is_development)?;
        let view = self.0.view(account).await?.map_err(Refused::Account)?;
        let life = Origin::of(extensions).map_or(TOKEN_LIFE, |origin| origin.token_life());
        let (moment, instant) = (now(), Instant::now());
        self.0.challenges.use_up(&challenge, moment)?;
        let token = self.0.sessions.begin(account, life, instant)?;
        Ok(Session { token, signed_in: signed_in(&view, moment, life) })
    }

    async fn sign_in_session(&self, extensions: &Extensions) -> RpcResult<Option<SignedIn>> {
        let (Caller::Account(view), Some(id)) = (Caller::of(extensions), session(extensions)) else { return Ok(None) };
        let instant = Instant::now();
        let open = self.0.sessions.find(id, instant);
        Ok(open.map(|open| signed_in(&view, now(), open.until.saturating_duration_since(instant))))
    }

    async fn sign_out(&self, extensions: &Extensions) -> RpcResult<bool> {
        let now = Instant::now();
        Ok(session(extensions).is_some_and(|id| self.0.sessions.end(id, Ended::SignedOut, now)))
    }
}

fn session(extensions: &Extensions) -> Option<SessionId> {
    Origin::of(extensions)?.session()
}

fn signed_in(view: &AccountView, now: Moment, left: Duration) -> SignedIn {
    let mut roles: Vec<_> = view.roles.iter().map(|held| held.role).collect();
    roles.sort_unstable();
    roles.dedup();
    let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    SignedIn {
        account: AccountKey(view.account),
        department: view.department.id,
        roles,
        expires: Moment::new(now.get().saturating_add(left)),
    }
}

/// The node's own clock: sign-in is between a person and one node, and no part of the ledger.
fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Checks a signature as wallets give it: 64 bytes, or one more in front that names its scheme, ed25519 or sr25519.
fn check_signature(account: &PublicKey, signature: &[u8], message: &[u8], is_development: bool) -> Result<(), Refused> {
    let ed25519 = |bytes: &[u8; 64]| {
        let (signature, key) = (ed25519::Signature::from_raw(*bytes), ed25519::Public::from_raw(*account));
        ed25519::Pair::verify(&signature, message, &key)
    };
    let sr25519 = |bytes: &[u8; 64]| {
        let (signature, key) = (sr25519::Signature::from_raw(*bytes), sr25519::Public::from_raw(*account));
        sr25519::Pair::verify(&signature, message, &key)
    };
    let (scheme, bytes) = match signature.len() {
        64 => (None, signature),
        65 => (Some(signature[0]), &signature[1..]),
        _ => return Err(Refused::SignatureForm),
    };
    let bytes: &[u8; 64] = bytes.try_into().map_err(|_| Refused::SignatureForm)?;
    let holds = match scheme {
        Some(0) => ed25519(bytes),
        Some(1) if !is_development => return Err(Refused::Scheme),
        Some(1) => sr25519(bytes),
        Some(_) => return Err(Refused::SignatureForm),
        None => ed25519(bytes) || is_development && sr25519(bytes),
    };
    if holds { Ok(()) } else { Err(Refused::Signature) }
}

impl Context {
    /// What the head's state says of an account; read once a block.
    pub async fn view(self: &Arc<Self>, account: PublicKey) -> RpcResult<Result<Arc<AccountView>, NoView>> {
        let (_, head) = self.parts.store.head();
        if let Some(view) = self.views.known(&head, &account) {
            return Ok(view);
        }
        self.run(move |context| {
            let (_, head) = context.parts.store.head();
            let view = AccountView::read(context, &account)?.map(Arc::new);
            context.views.keep(head, account, view.clone());
            Ok::<_, Failure>(view)
        })
        .await
    }

    /// Who has the token of `id`; why nobody has, otherwise. What was found to have ended is ended for good.
    pub async fn signed_in(self: &Arc<Self>, id: SessionId) -> RpcResult<Result<(Arc<AccountView>, Open), Ended>> {
        let now = Instant::now();
        let Some(open) = self.sessions.find(id, now) else { return Ok(Err(self.sessions.why(id, now))) };
        Ok(match self.view(open.account).await? {
            Ok(view) => Ok((view, open)),
            Err(why) => {
                let why = Ended::Account(why);
                self.sessions.end(id, why, now);
                Err(why)
            }
        })
    }
}

/// Why a token works no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// Its time is over, or it never was one of this process.
    #[error(
        "the token has run out, or the node has started again since, or it never was one of its tokens; sign in again"
    )]
    RanOut,
    /// Whoever had it ended it.
    #[error("the token has ended: it was signed out; sign in again")]
    SignedOut,
    /// Its account signed in again and again.
    #[error("the token has ended: the account signed in more often than it may at once; sign in again")]
    Displaced,
    /// The account may be signed in no more.
    #[error("the token has ended: {0}")]
    Account(NoView),
}

impl From<Ended> for ErrorObjectOwned {
    fn from(ended: Ended) -> Self {
        Self::owned(codes::SIGNED_OUT, ended.to_string(), None::<()>)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn both_forms_of_a_signature_are_taken_and_sr25519_on_development_chains_alone() {
        let message = b"<Bytes>anything</Bytes>";
        let (ed, sr) = (ed25519::Pair::from_seed(&[1; 32]), sr25519::Pair::from_seed(&[1; 32]));
        let of_ed = ed.sign(message).0.to_vec();
        let of_sr = sr.sign(message).0.to_vec();
        let kind = |kind: u8, signature: &[u8]| [&[kind], signature].concat();
        let check = |account: [u8; 32], signature: &[u8], dev| check_signature(&account, signature, message, dev);
        for dev in [false, true] {
            assert_eq!(check(ed.public().0, &of_ed, dev), Ok(()));
            assert_eq!(check(ed.public().0, &kind(0, &of_ed), dev), Ok(()));
            assert_eq!(check([7; 32], &of_ed, dev), Err(Refused::Signature));
            assert_eq!(check(ed.public().0, &kind(2, &of_ed), dev), Err(Refused::SignatureForm));
            assert_eq!(check(ed.public().0, &of_ed[..63], dev), Err(Refused::SignatureForm));
            assert_eq!(check(ed.public().0, &[], dev), Err(Refused::SignatureForm));
        }
        assert_eq!(check(sr.public().0, &of_sr, true), Ok(()));
        assert_eq!(check(sr.public().0, &kind(1, &of_sr), true), Ok(()));
        assert_eq!(check(sr.public().0, &kind(1, &of_sr), false), Err(Refused::Scheme));
        assert_eq!(check(sr.public().0, &of_sr, false), Err(Refused::Signature));
        assert_eq!(check(sr.public().0, &kind(0, &of_sr), true), Err(Refused::Signature));
    }

    #[test]
    fn codes_are_those_of_the_table() {
        for (refused, code) in [
            (Refused::Foreign, codes::SIGN_IN),
            (Refused::Account(NoView::NoRole), codes::SIGN_IN),
            (Refused::Busy, codes::BUSY),
        ] {
            assert_eq!(ErrorObjectOwned::from(refused).code(), code);
        }
        let ended = ErrorObjectOwned::from(Ended::Account(NoView::Replaced));
        assert_eq!(ended.code(), codes::SIGNED_OUT);
        assert!(ended.message().contains("another key has taken"));
    }
}
