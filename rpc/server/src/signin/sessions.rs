//! Sessions: which token stands for which account. In memory alone, and by digest: not even this table holds a token.

use super::{Ended, Refused};
use mulu_proofs::{
    hash::blake2_256,
    ids::{Digest32, PublicKey},
};
use mulu_rpc_api::signin::Token;
use rand::{RngCore, rngs::OsRng};
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// Most sessions at once.
const SESSIONS_MAX: usize = 8_192;
/// Most sessions of an account; with one more the oldest ends.
const SESSIONS_OF_ACCOUNT_MAX: usize = 16;
/// Most sessions of which it is remembered why they ended.
const PAST_MAX: usize = 8_192;

/// Digest of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SessionId(Digest32);

impl SessionId {
    /// Of a token's characters, in whatever case.
    pub fn of(token: &str) -> Self {
        Self(blake2_256(token.to_ascii_lowercase().as_bytes()))
    }
}

/// Who has a token, and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// The account that signed.
    pub account: PublicKey,
    /// When the token runs out.
    pub until: Instant,
}

/// A session that ended before its time.
#[derive(Clone, Copy, Debug)]
struct Past {
    why: Ended,
    /// When it would have run out: from then on that is reason enough.
    until: Instant,
}

/// Those that work, and why others do not.
#[derive(Debug, Default)]
struct Table {
    open: BTreeMap<SessionId, Open>,
    past: BTreeMap<SessionId, Past>,
}

/// The sessions of this process.
#[derive(Debug)]
pub struct Sessions {
    table: Mutex<Table>,
    /// Changes whenever a session ends before its time.
    ended: watch::Sender<()>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { table: Mutex::default(), ended: watch::channel(()).0 }
    }
}

impl Sessions {
    /// A fresh token for the account.
    pub fn begin(&self, account: PublicKey, life: Duration, now: Instant) -> Result<Token, Refused> {
        let mut bytes = [0; 32];
        OsRng.fill_bytes(&mut bytes);
        let token = Token(hex::encode(bytes));
        let mut table = self.lock();
        table.open.retain(|_, session| session.until > now);
        let of_account = table.open.iter().filter(|(_, session)| session.account == account);
        if of_account.clone().count() >= SESSIONS_OF_ACCOUNT_MAX
            && let Some((oldest, _)) = of_account.min_by_key(|(_, session)| session.until)
        {
            let oldest = *oldest;
            table.end(oldest, Ended::Displaced, now);
            self.ended.send_replace(());
        }
        if table.open.len() >= SESSIONS_MAX {
            return Err(Refused::Busy);
        }
        table.open.insert(SessionId::of(&token.0), Open { account, until: now + life });
        Ok(token)
    }

    /// The session of a token, unless it has ended.
    pub fn find(&self, id: SessionId, now: Instant) -> Option<Open> {
        self.lock().open.get(&id).copied().filter(|session| session.until > now)
    }

    /// Sessions that have not ended.
    pub fn count(&self, now: Instant) -> usize {
        self.lock().open.values().filter(|session| session.until > now).count()
    }

    /// Why a token works no more that stands for no session.
    pub fn why(&self, id: SessionId, now: Instant) -> Ended {
        let past = self.lock().past.get(&id).copied();
        past.filter(|past| past.until > now).map_or(Ended::RanOut, |past| past.why)
    }

    /// Ends a session. Whether there was one.
    pub fn end(&self, id: SessionId, why: Ended, now: Instant) -> bool {
        let was_there = self.lock().end(id, why, now);
        if was_there {
            self.ended.send_replace(());
        }
        was_there
    }

    /// Changes whenever a session ends before its time.
    pub fn ends(&self) -> watch::Receiver<()> {
        self.ended.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn end(&mut self, id: SessionId, why: Ended, now: Instant) -> bool {
        let Some(Open { until, .. }) = self.open.remove(&id) else { return false };
        if self.past.len() >= PAST_MAX {
            self.past.retain(|_, past| past.until > now);
        }
        // Where too many are remembered, this one is told what is true of each: that it works no more.
        if self.past.len() < PAST_MAX {
            self.past.insert(id, Past { why, until });
        }
        true
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use crate::caller::NoView;

    const LIFE: Duration = Duration::from_secs(900);

    #[test]
    fn a_token_stands_for_its_account_until_it_runs_out_or_is_ended() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let token = sessions.begin([1; 32], LIFE, now).unwrap();
        assert!(Token::is_formed(&token.0));
        let id = SessionId::of(&token.0);
        assert_eq!(SessionId::of(&token.0.to_ascii_uppercase()), id);
        assert_eq!(sessions.find(id, now).unwrap().account, [1; 32]);
        assert_eq!(sessions.find(id, now + LIFE), None);
        assert_eq!(sessions.find(SessionId::of("00"), now), None);
        let mut ends = sessions.ends();
        assert!(sessions.end(id, Ended::SignedOut, now) && ends.has_changed().unwrap());
        assert!(!sessions.end(id, Ended::RanOut, now));
        assert_eq!(sessions.find(id, now), None);
        ends.mark_unchanged();
    }

    #[test]
    fn why_a_token_ended_is_kept_as_long_as_it_would_have_worked() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let id = SessionId::of(&sessions.begin([1; 32], LIFE, now).unwrap().0);
        assert!(sessions.end(id, Ended::Account(NoView::Replaced), now));
        assert_eq!(sessions.why(id, now), Ended::Account(NoView::Replaced));
        assert!(!sessions.end(id, Ended::SignedOut, now), "what has ended ends no second time");
        assert_eq!(sessions.why(id, now), Ended::Account(NoView::Replaced));
        assert_eq!(sessions.why(id, now + LIFE), Ended::RanOut);
        assert_eq!(sessions.why(SessionId::of("00"), now), Ended::RanOut);
    }

    #[test]
    fn reasons_that_are_remembered_are_bounded() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let numbered = |number: usize| {
            let mut account = [0; 32];
            account[..8].copy_from_slice(&number.to_le_bytes());
            (SessionId(account), Open { account, until: now + LIFE })
        };
        for number in 0..=PAST_MAX {
            let (id, open) = numbered(number);
            sessions.lock().open.insert(id, open);
            assert!(sessions.end(id, Ended::SignedOut, now));
        }
        assert_eq!(sessions.lock().past.len(), PAST_MAX);
        assert_eq!(sessions.why(numbered(PAST_MAX).0, now), Ended::RanOut);
        let (id, open) = numbered(PAST_MAX + 1);
        sessions.lock().open.insert(id, Open { until: now + 2 * LIFE, ..open });
        assert!(sessions.end(id, Ended::SignedOut, now + LIFE));
        assert_eq!(sessions.why(id, now + LIFE), Ended::SignedOut, "those that would have run out make room");
    }

    #[test]
    fn the_table_holds_no_token() {
        let sessions = Sessions::default();
        let token = sessions.begin([1; 32], LIFE, Instant::now()).unwrap();
        assert!(!format!("{sessions:?}").contains(&token.0[..16]));
    }

    #[test]
    fn an_accounts_oldest_session_ends_when_it_has_too_many() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let begin = |second| sessions.begin([1; 32], LIFE, now + Duration::from_secs(second)).unwrap();
        let tokens: Vec<_> = (0..=SESSIONS_OF_ACCOUNT_MAX as u64).map(begin).collect();
        let open = |token: &Token| sessions.find(SessionId::of(&token.0), now).is_some();
        assert!(!open(&tokens[0]) && tokens[1..].iter().all(open));
        assert_eq!(sessions.why(SessionId::of(&tokens[0].0), now), Ended::Displaced);
    }

    #[test]
    fn sessions_are_bounded_and_those_that_ran_out_make_room() {
        let (sessions, now) = (Sessions::default(), Instant::now());
        let account = |number: usize| {
            let mut account = [0; 32];
            account[..8].copy_from_slice(&number.to_le_bytes());
            account
        };
        {
            // Filled by hand: every begin looks through all of them.
            let mut table = sessions.lock();
            for number in 0..SESSIONS_MAX {
                table.open.insert(SessionId(account(number)), Open { account: account(number), until: now + LIFE });
            }
        }
        assert!(matches!(sessions.begin([9; 32], LIFE, now), Err(Refused::Busy)));
        assert!(sessions.begin([9; 32], LIFE, now + LIFE).is_ok());
    }
}
