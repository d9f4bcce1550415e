//! `Idempotency-Key`: what a caller asks for twice is made once, and answered twice.
//!
//! Kept in memory for a day. After a restart the same question makes another draft; nothing happens on the ledger twice by that, since an
//! act happens when it is signed and submitted, and a signed act is the same however often it is submitted.

use super::refusal::Refusal;
use axum::{body::Bytes, http::StatusCode};
use mulu_proofs::{hash::blake2_256, ids::Digest32};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Most answers that are kept.
const ANSWERS_MAX: usize = 1_000;
/// How long an answer is kept.
const KEPT: Duration = Duration::from_secs(24 * 60 * 60);
/// Longest key, in bytes.
const KEY_BYTES_MAX: usize = 128;

/// Caller, path and key.
pub type Name = (String, String, String);

/// Answers by caller, path and key.
#[derive(Clone, Default)]
pub struct Once(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    answers: BTreeMap<Name, Answer>,
    /// Oldest first.
    order: VecDeque<(Instant, Name)>,
}

struct Answer {
    /// Of the body that was asked with.
    digest: Digest32,
    /// None while it is being made.
    body: Option<Bytes>,
}

/// What becomes of a question.
pub enum Begun {
    /// It was asked before, and this is the answer.
    Repeated(Bytes),
    /// It is asked for the first time.
    First(Ticket),
}

/// The place of an answer that is being made; without one the question can be asked again.
pub struct Ticket {
    once: Once,
    name: Name,
    is_answered: bool,
}

/// A key as it is kept.
///
/// # Errors
/// [`Refusal`] if it is none.
pub fn key(text: &str) -> Result<String, Refusal> {
    let is_key = (1..=KEY_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_key {
        return Ok(text.to_owned());
    }
    Err(Refusal::value(format!("Idempotency-Key has 1 to {KEY_BYTES_MAX} characters of ASCII without blanks")))
}

impl Once {
    /// Looks whether a question was asked before, and takes a place for its answer if not.
    ///
    /// # Errors
    /// [`Refusal`] if another question was asked with the key, or this one is being answered.
    pub fn begin(&self, name: Name, body: &[u8]) -> Result<Begun, Refusal> {
        let digest = blake2_256(body);
        let mut kept = self.kept();
        kept.forget(Instant::now());
        match kept.answers.get(&name) {
            Some(answer) if answer.digest != digest => {
                let message = "something else was asked with this Idempotency-Key; take another key";
                return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "key_reused", message));
            }
            Some(Answer { body: Some(body), .. }) => return Ok(Begun::Repeated(body.clone())),
            Some(_) => {
                let message = "the same question is being answered; ask again in a moment";
                return Err(Refusal::new(StatusCode::CONFLICT, "under_way", message));
            }
            None => {}
        }
        kept.answers.insert(name.clone(), Answer { digest, body: None });
        kept.order.push_back((Instant::now(), name.clone()));
        Ok(Begun::First(Ticket { once: self.clone(), name, is_answered: false }))
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Forgets what is too old, and the oldest where there is no room for another one.
    fn forget(&mut self, now: Instant) {
        while let Some((since, name)) = self.order.front() {
            if self.order.len() < ANSWERS_MAX && now.duration_since(*since) < KEPT {
                return;
            }
            self.answers.remove(name);
            self.order.pop_front();
        }
    }
}

impl Ticket {
    /// The answer that every repetition gets.
    pub fn answered(mut self, body: Bytes) {
        if let Some(answer) = self.once.kept().answers.get_mut(&self.name) {
            answer.body = Some(body);
        }
        self.is_answered = true;
    }
}

impl Drop for Ticket {
    /// A question that was refused, or whose asker went away, may be asked again.
    fn drop(&mut self) {
        if !self.is_answered {
            let mut kept = self.once.kept();
            kept.answers.remove(&self.name);
            kept.order.retain(|(_, name)| *name != self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn name(caller: &str, key: &str) -> Name {
        (caller.into(), "/api/v1/share-requests".into(), key.into())
    }

    fn first(once: &Once, key: &str, body: &[u8]) -> Ticket {
        match once.begin(name("a", key), body).unwrap() {
            Begun::First(ticket) => ticket,
            Begun::Repeated(_) => panic!("it was never asked"),
        }
    }

    #[test]
    fn a_repeated_question_has_the_same_answer_and_another_callers_its_own() {
        let once = Once::default();
        first(&once, "k", b"x").answered(Bytes::from_static(b"answer"));
        let again = once.begin(name("a", "k"), b"x").unwrap();
        assert!(matches!(again, Begun::Repeated(body) if body == "answer"));
        assert!(matches!(once.begin(name("b", "k"), b"x"), Ok(Begun::First(_))));
    }

    #[test]
    fn another_question_with_the_key_is_refused_and_one_under_way_waits() {
        let once = Once::default();
        let ticket = first(&once, "k", b"x");
        assert_eq!(once.begin(name("a", "k"), b"x").err().unwrap().word(), "under_way");
        assert_eq!(once.begin(name("a", "k"), b"y").err().unwrap().word(), "key_reused");
        drop(ticket);
        first(&once, "k", b"y");
    }

    #[test]
    fn old_answers_go_and_so_does_the_oldest_when_there_are_too_many() {
        let once = Once::default();
        for number in 0..ANSWERS_MAX + 5 {
            first(&once, &number.to_string(), b"x").answered(Bytes::new());
        }
        assert_eq!(once.kept().answers.len(), ANSWERS_MAX);
        assert_eq!(once.kept().order.len(), ANSWERS_MAX);
        assert!(matches!(once.begin(name("a", "0"), b"x"), Ok(Begun::First(_))));
        let later = Instant::now() + KEPT;
        once.kept().forget(later);
        assert!(once.kept().answers.is_empty() && once.kept().order.is_empty());
    }

    #[test]
    fn a_key_is_short_and_printable() {
        assert!(key("8f14e45f-ceea-467f").is_ok());
        for wrong in ["", "a b", "ü", &"x".repeat(129)] {
            assert!(key(wrong).is_err(), "{wrong}");
        }
    }
}
