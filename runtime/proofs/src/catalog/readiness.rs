//! The six conditions under which an entry's data is ready to be used by others (§5.4.1).

use super::{EntryContent, SharingClass};

/// Which of the six conditions of §5.4.1 are met; the rest is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Readiness {
    /// 明确数据所有者: an office answers for the data.
    pub owner: bool,
    /// 发布数据标准: the data follows a named standard.
    pub standard: bool,
    /// 认证数据源: the authority certified the system that the data comes from.
    pub certified_source: bool,
    /// 明确数据共享属性: it is said whether, and on which terms, the data is shared.
    pub sharing_attribute: bool,
    /// 数据质量评估: the quality was evaluated.
    pub quality_evaluation: bool,
    /// 元数据注册: every item has its technical name and its meaning.
    pub metadata_registration: bool,
}

/// Which conditions `content` meets; whether its source is certified is known to the ledger's state alone.
pub fn readiness(content: &EntryContent, source_certified: bool) -> Readiness {
    let EntryContent { responsibility, sharing, .. } = content;
    Readiness {
        owner: !responsibility.owner.is_empty(),
        standard: !responsibility.standard.is_empty(),
        certified_source: source_certified && !responsibility.source.is_empty(),
        sharing_attribute: sharing.class == SharingClass::Unconditional || !sharing.condition.is_empty(),
        quality_evaluation: content.quality.is_some(),
        metadata_registration: content.items.iter().all(|item| !item.code.is_empty() && !item.meaning.is_empty()),
    }
}

impl Readiness {
    /// Each condition by its name, in the order of the white paper, and whether it is met.
    pub const fn conditions(self) -> [(&'static str, bool); 6] {
        [
            ("owner", self.owner),
            ("standard", self.standard),
            ("certified source", self.certified_source),
            ("sharing attribute", self.sharing_attribute),
            ("quality evaluation", self.quality_evaluation),
            ("metadata registration", self.metadata_registration),
        ]
    }

    /// Whether nothing is missing.
    pub fn is_complete(self) -> bool {
        self.conditions().iter().all(|(_, met)| *met)
    }
}
