//! Which of its keys a node votes with, and what it tells its operator when that changes.

use crate::error::NodeError;
use mulu_proofs::{certificate::ValidatorSet, ids::PublicKey};

/// What the configuration says about voting, with the public halves of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voter {
    /// Follows without a vote, whatever the chain says.
    pub observer: bool,
    /// Follows until its key gets a vote.
    pub candidate: bool,
    /// Key that signs blocks.
    pub validator: Option<PublicKey>,
    /// Key that takes its place.
    pub next: Option<PublicKey>,
}

/// A key of the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VotingKey {
    /// `keys.validator`.
    Validator,
    /// `keys.next_validator`.
    Next,
}

/// How a node stands to the validators of the next height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The key that consensus gets; none for an observer.
    pub key: Option<VotingKey>,
    /// Whether that key has a vote.
    pub has_vote: bool,
}

impl Voter {
    /// How the node stands to `validators` when it starts.
    ///
    /// # Errors
    /// [`NodeError::NotAValidator`]: configuration and chain contradict each other.
    pub fn at_start(&self, validators: &ValidatorSet) -> Result<Standing, NodeError> {
        let standing = self.now(validators);
        let in_set = [self.validator, self.next].into_iter().flatten().find(|key| validators.contains(key));
        match (self.validator, in_set) {
            (Some(key), None) if !self.observer && !self.candidate => Err(NodeError::NotAValidator { key }),
            _ => Ok(standing),
        }
    }

    /// How the node stands to `validators` while it runs: whom the chain takes the vote from follows on.
    pub fn now(&self, validators: &ValidatorSet) -> Standing {
        let has_vote = |key: Option<PublicKey>| !self.observer && key.is_some_and(|key| validators.contains(&key));
        match (has_vote(self.validator), has_vote(self.next)) {
            (true, _) => Standing { key: Some(VotingKey::Validator), has_vote: true },
            (false, true) => Standing { key: Some(VotingKey::Next), has_vote: true },
            (false, false) => {
                let key = self.validator.filter(|_| !self.observer).map(|_| VotingKey::Validator);
                Standing { key, has_vote: false }
            }
        }
    }

    /// Says in the log what a change means and how to go on.
    pub fn tell(&self, before: Standing, now: Standing) {
        let key = |key: Option<PublicKey>| key.map(|key| format!("0x{}", hex::encode(key))).unwrap_or_default();
        match (before.has_vote, now.has_vote, now.key) {
            (_, true, Some(VotingKey::Next)) if before.key != now.key => tracing::warn!(
                key = key(self.next),
                "keys.next_validator votes now: make it keys.validator in config.toml, and keep the old key until the node was \
                 started anew"
            ),
            (false, true, _) => {
                tracing::info!(key = key(self.validator), "this node's validator key votes from the next height on")
            }
            (true, false, _) => tracing::warn!(
                key = key(self.validator),
                "governance took the vote of this node's validator key: the node follows without a vote, for a minute with the peers \
                 that it has. If the key was replaced, put the new one into keys.validator and start the node again; if the node shall \
                 go on as an observer, have it registered and say observer = true; else stop it"
            ),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mulu_proofs::{certificate::Validator, ids::DepartmentId};

    const VALIDATOR: PublicKey = [1; 32];
    const NEXT: PublicKey = [2; 32];
    const VOTER: Voter = Voter { observer: false, candidate: false, validator: Some(VALIDATOR), next: None };

    fn set(keys: &[PublicKey]) -> ValidatorSet {
        let validator = |(place, key): (usize, &PublicKey)| Validator {
            key: *key,
            department: DepartmentId::new(u32::try_from(place).unwrap() + 1),
        };
        ValidatorSet::new(keys.iter().enumerate().map(validator).collect()).unwrap()
    }

    #[test]
    fn a_key_in_the_set_votes_and_one_that_is_not_says_why_it_cannot() {
        let votes = Standing { key: Some(VotingKey::Validator), has_vote: true };
        assert_eq!(VOTER.at_start(&set(&[VALIDATOR, [9; 32]])).unwrap(), votes);
        let error = VOTER.at_start(&set(&[[9; 32]])).unwrap_err();
        assert!(matches!(error, NodeError::NotAValidator { key: VALIDATOR }));
        for words in ["candidate = true", "keys.validator", "observer = true"] {
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn a_candidate_follows_until_its_key_is_in_the_set() {
        let candidate = Voter { candidate: true, ..VOTER };
        let waits = candidate.at_start(&set(&[[9; 32]])).unwrap();
        assert_eq!(waits, Standing { key: Some(VotingKey::Validator), has_vote: false });
        assert!(candidate.now(&set(&[VALIDATOR])).has_vote);
    }

    #[test]
    fn an_observer_follows_without_a_vote_whatever_keys_it_has() {
        let observer = Voter { observer: true, ..VOTER };
        let follows = Standing { key: None, has_vote: false };
        assert_eq!(observer.at_start(&set(&[[9; 32]])).unwrap(), follows);
        assert_eq!(observer.at_start(&set(&[VALIDATOR])).unwrap(), follows);
        assert_eq!(observer.now(&set(&[VALIDATOR])), follows);
        assert_eq!(Voter { validator: None, ..observer }.at_start(&set(&[VALIDATOR])).unwrap(), follows);
    }

    #[test]
    fn the_next_key_votes_from_the_rotation_on_and_not_before() {
        let voter = Voter { next: Some(NEXT), ..VOTER };
        assert_eq!(voter.at_start(&set(&[VALIDATOR])).unwrap().key, Some(VotingKey::Validator));
        let rotated = Standing { key: Some(VotingKey::Next), has_vote: true };
        assert_eq!(voter.now(&set(&[NEXT])), rotated);
        assert_eq!(voter.at_start(&set(&[NEXT])).unwrap(), rotated);
        // While both are in the set, the old one is in force.
        assert_eq!(voter.now(&set(&[VALIDATOR, NEXT])).key, Some(VotingKey::Validator));
    }

    #[test]
    fn whom_the_chain_takes_the_vote_from_follows_on() {
        assert_eq!(VOTER.now(&set(&[[9; 32]])), Standing { key: Some(VotingKey::Validator), has_vote: false });
    }
}
