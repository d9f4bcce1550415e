//! States of entries on existing platforms, and the ledger's, both ways.
//!
//! A platform's people move an entry by its own buttons; on the ledger each step is an act that a person signs. So a state that comes in
//! decides what may be submitted and what is to be told; it signs nothing for anybody.

use mulu_proofs::catalog::EntryStatus;
use mulu_rpc_api::catalog::{Entry, VersionState};

/// How far an entry has come, in the words that platform and ledger share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Only its department sees it: nothing of it is on the ledger.
    Draft,
    /// Handed in; waits for the head.
    Submitted,
    /// Registered: the head has signed; waits for the authority.
    Registered,
    /// Reviewed; waits for publication.
    AwaitingPublication,
    /// Published and in force.
    Published,
    /// Sent back, with a reason.
    Returned,
    /// Published, and stands still.
    Suspended,
    /// Over.
    Withdrawn,
}

/// A standing with its names on platforms.
#[derive(Debug)]
pub struct StateRow {
    /// The standing.
    pub standing: Standing,
    /// What is written.
    pub chinese: &'static str,
    /// Number that is written, of the numbering that was seen in use; none where it has none.
    pub number: Option<u16>,
    /// Numbers that are read.
    pub numbers: &'static [u16],
    /// Other words that are read.
    pub also: &'static [&'static str],
}

/// The table, as in `docs/integration/catalog-tables.md`.
pub static STATES: [StateRow; 8] = [
    StateRow {
        standing: Standing::Draft,
        chinese: "草稿",
        number: Some(0),
        numbers: &[0],
        also: &["draft", "暂存", "未提交"],
    },
    StateRow {
        standing: Standing::Submitted,
        chinese: "待登记",
        number: Some(10),
        numbers: &[10],
        also: &["submitted", "待注册", "待注册审核", "待审核", "登记中"],
    },
    StateRow {
        standing: Standing::Registered,
        chinese: "已登记",
        number: Some(19),
        numbers: &[19],
        also: &["registered", "已注册", "登记"],
    },
    StateRow {
        standing: Standing::AwaitingPublication,
        chinese: "待发布",
        number: Some(20),
        numbers: &[20],
        also: &["awaiting_publication", "待发布审核", "发布中"],
    },
    StateRow {
        standing: Standing::Published,
        chinese: "已发布",
        number: Some(29),
        numbers: &[29],
        also: &["published", "发布"],
    },
    StateRow {
        standing: Standing::Returned,
        chinese: "退回",
        number: Some(1),
        // Sent back for revision; refused at registration; refused at publication.
        numbers: &[1, 2, 22],
        also: &["returned", "退回修改", "已退回", "驳回", "注册审核拒绝", "发布审核拒绝"],
    },
    StateRow {
        standing: Standing::Suspended,
        chinese: "暂停",
        number: None,
        numbers: &[],
        also: &["suspended", "已暂停", "暂停共享", "停用"],
    },
    StateRow {
        standing: Standing::Withdrawn,
        chinese: "已撤销",
        number: Some(23),
        numbers: &[23],
        also: &["withdrawn", "取消发布", "撤销", "注销", "下架", "已下架"],
    },
];

impl Standing {
    /// What a platform's word or number means; none if it is in no list.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase().replace([' ', '-'], "_");
        let number = text.parse::<u16>().ok();
        let is_meant = |row: &&StateRow| {
            row.chinese == text || row.also.contains(&text.as_str()) || number.is_some_and(|n| row.numbers.contains(&n))
        };
        STATES.iter().find(is_meant).map(|row| row.standing)
    }

    /// Its row in the table.
    pub fn row(self) -> &'static StateRow {
        STATES.iter().find(|row| row.standing == self).expect("the table has every standing; a test says so")
    }

    /// Where the latest version of an entry stands on the ledger.
    pub fn of(entry: &Entry) -> Self {
        match entry.standing.as_ref().map(|standing| standing.status) {
            Some(EntryStatus::Withdrawn) => return Self::Withdrawn,
            Some(EntryStatus::Suspended) => return Self::Suspended,
            Some(EntryStatus::Published) | None => {}
        }
        match entry.versions.last().map(|version| version.state) {
            None => Self::Draft,
            Some(VersionState::Submitted) => Self::Submitted,
            Some(VersionState::Endorsed) => Self::Registered,
            Some(VersionState::Reviewed) => Self::AwaitingPublication,
            Some(VersionState::Published | VersionState::Superseded) => Self::Published,
            Some(VersionState::Returned) => Self::Returned,
        }
    }

    /// What a row in this state asks of whoever brings a catalog to the ledger.
    pub const fn intent(self) -> Intent {
        match self {
            Self::Draft | Self::Returned => Intent::Nothing,
            Self::Submitted | Self::Registered | Self::AwaitingPublication | Self::Published => Intent::Submit,
            Self::Suspended | Self::Withdrawn => Intent::TellPeople,
        }
    }
}

/// What follows from a state that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    /// Not on the ledger yet: drafts stay off it.
    Nothing,
    /// The cataloguer submits its content, if the ledger has not got it.
    Submit,
    /// The head suspends or withdraws it on the ledger; a notice tells that it is due.
    TellPeople,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sample::entry;
    use std::collections::BTreeSet;

    const ALL: [Standing; 8] = [
        Standing::Draft,
        Standing::Submitted,
        Standing::Registered,
        Standing::AwaitingPublication,
        Standing::Published,
        Standing::Returned,
        Standing::Suspended,
        Standing::Withdrawn,
    ];

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for standing in ALL {
            let row = standing.row();
            assert_eq!(Standing::read(row.chinese), Some(standing));
            assert_eq!(row.number.and_then(|number| Standing::read(&number.to_string())), row.number.map(|_| standing));
            for word in row.also {
                assert_eq!(Standing::read(word), Some(standing), "{word}");
            }
        }
        assert_eq!(Standing::read("Awaiting publication"), Some(Standing::AwaitingPublication));
        assert_eq!([Standing::read("7"), Standing::read(""), Standing::read("完成")], [None; 3]);
    }

    #[test]
    fn no_word_or_number_means_two_things() {
        let mut words = BTreeSet::new();
        for row in &STATES {
            for word in std::iter::once(&row.chinese).chain(row.also) {
                assert!(words.insert((*word).to_owned()), "{word}");
            }
            for number in row.numbers {
                assert!(words.insert(number.to_string()), "{number}");
            }
        }
    }

    #[test]
    fn an_entry_stands_where_its_latest_version_does_unless_it_is_suspended_or_withdrawn() {
        use VersionState::{Endorsed, Published, Returned, Reviewed, Submitted, Superseded};
        let cases: [(&[VersionState], Option<EntryStatus>, Standing); 9] = [
            (&[], None, Standing::Draft),
            (&[Submitted], None, Standing::Submitted),
            (&[Returned, Endorsed], None, Standing::Registered),
            (&[Reviewed], None, Standing::AwaitingPublication),
            (&[Superseded, Published], Some(EntryStatus::Published), Standing::Published),
            (&[Returned], None, Standing::Returned),
            (&[Published, Submitted], Some(EntryStatus::Published), Standing::Submitted),
            (&[Published, Submitted], Some(EntryStatus::Suspended), Standing::Suspended),
            (&[Published], Some(EntryStatus::Withdrawn), Standing::Withdrawn),
        ];
        for (versions, status, expected) in cases {
            let versions: Vec<_> = versions.iter().map(|state| (*state, [0; 32])).collect();
            assert_eq!(Standing::of(&entry(&versions, status)), expected);
        }
    }

    #[test]
    fn drafts_stay_off_the_ledger_and_ends_are_for_people() {
        let intents: Vec<Intent> = ALL.into_iter().map(Standing::intent).collect();
        assert_eq!(intents[..2], [Intent::Nothing, Intent::Submit]);
        assert_eq!(intents[2..5], [Intent::Submit; 3]);
        assert_eq!(intents[5..], [Intent::Nothing, Intent::TellPeople, Intent::TellPeople]);
    }
}
