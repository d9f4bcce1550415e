//! Papers that stay with the departments: the ledger keeps a commitment to them.

use crate::{
    hash::{self, DigestKind},
    ids::Digest32,
};

ledger_types! {
    /// Commitment to papers that are attached to an act. Whoever is shown the papers and their salt can check them; nobody else
    /// can guess what they say.
    #[derive(Copy)]
    #[serde(transparent)]
    pub struct Papers(#[serde(with = "hex::serde")] pub Digest32);
}

impl Papers {
    /// Commits to the bytes of the papers under a salt that is kept with them.
    pub fn commit(salt: &Digest32, bytes: &[u8]) -> Self {
        Self(hash::secret_digest(DigestKind::Document, salt, bytes))
    }

    /// Whether it commits to anything; zeros stand for nothing.
    pub fn is_given(&self) -> bool {
        self.0 != [0; 32]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_paper_under_two_salts_is_two_commitments() {
        let papers = Papers::commit(&[1; 32], b"papers");
        assert_eq!(papers, Papers::commit(&[1; 32], b"papers"));
        assert_ne!(papers, Papers::commit(&[2; 32], b"papers"));
        assert_ne!(papers, Papers::commit(&[1; 32], b"other papers"));
        assert!(papers.is_given() && !Papers([0; 32]).is_given());
    }
}
