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
        owner: responsibility.owner.says_something(),
        standard: responsibility.standard.says_something(),
        certified_source: source_certified && responsibility.source.says_something(),
        sharing_attribute: sharing.class == SharingClass::Unconditional || sharing.condition.says_something(),
        quality_evaluation: content.quality.is_some(),
        metadata_registration: content
            .items
            .iter()
            .all(|item| item.code.says_something() && item.meaning.says_something()),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::{catalog::Quality, text::Text};

    fn template() -> EntryContent {
        serde_json::from_str(include_str!("../../../../client/cli/templates/entry.json")).unwrap()
    }

    fn missing(content: &EntryContent, source_certified: bool) -> Vec<&'static str> {
        let conditions = readiness(content, source_certified).conditions();
        conditions.into_iter().filter(|(_, met)| !met).map(|(name, _)| name).collect()
    }

    #[test]
    fn each_condition_is_missing_on_its_own() {
        let quality = Some(Quality { digest: [1; 32], evaluated_on: 20_000 });
        let complete = EntryContent { quality, ..template() };
        assert!(readiness(&complete, true).is_complete());
        assert_eq!(missing(&complete, false), ["certified source"]);
        let without = |change: &dyn Fn(&mut EntryContent)| {
            let mut content = complete.clone();
            change(&mut content);
            missing(&content, true)
        };
        assert_eq!(without(&|content| content.responsibility.owner = Text::default()), ["owner"]);
        assert_eq!(without(&|content| content.responsibility.standard = Text::default()), ["standard"]);
        assert_eq!(without(&|content| content.responsibility.source = Text::default()), ["certified source"]);
        assert_eq!(without(&|content| content.sharing.condition = Text::default()), ["sharing attribute"]);
        assert_eq!(without(&|content| content.quality = None), ["quality evaluation"]);
        assert_eq!(without(&|content| content.items[0].meaning = Text::default()), ["metadata registration"]);
    }

    #[test]
    fn a_missing_digest_is_null_in_json_and_may_be_left_out() {
        let mut json = serde_json::to_value(template()).unwrap();
        let assessments = json["assessments"].as_object_mut().unwrap();
        assert!(assessments["personal_information"].is_string());
        assessments["personal_information"] = serde_json::Value::Null;
        let none: EntryContent = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(none.assessments.personal_information, None);
        json["assessments"].as_object_mut().unwrap().remove("personal_information");
        assert_eq!(serde_json::from_value::<EntryContent>(json.clone()).unwrap(), none);
        json["assessments"]["personal_information"] = "11".into();
        assert!(serde_json::from_value::<EntryContent>(json).is_err());
    }
}
