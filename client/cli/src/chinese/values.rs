//! The Chinese of values of closed lists in what people sign, field by field: one word means another thing in another field.

use mulu_verifier::{ROLES, words::Phrase};

/// Classes of sharing.
const SHARING: &[Phrase] =
    &[("unconditional", "无条件共享"), ("conditional", "有条件共享"), ("not_shared", "不予共享")];

/// Fields, also as `within.field` where the field means another thing within that one, and their values.
const FIELDS: &[(&str, &[Phrase])] = &[
    ("level", &[("national", "国家级"), ("province", "省级"), ("city", "市级"), ("county", "县级")]),
    ("status", &[("active", "现行"), ("suspended", "暂停"), ("retired", "撤销")]),
    ("role", ROLES),
    (
        "kind",
        &[
            // Of a system.
            ("business", "业务系统"),
            ("platform", "平台"),
            ("source", "数据源"),
            // Of a record on the use of data.
            ("scenario", "使用场景"),
            ("process", "使用过程"),
            ("outcome", "应用成效"),
            ("storage", "存储情况"),
            ("destruction", "销毁情况"),
            // Of a deadline.
            ("request_reply_unconditional", "无条件共享申请的答复"),
            ("request_reply_conditional", "有条件共享申请的答复"),
            ("provisioning", "提供数据"),
            ("catalog_review", "目录审核"),
            ("catalog_update", "目录更新"),
            ("catalog_update_review", "目录更新审核"),
            ("correction_reply", "校核答复"),
            ("rectification", "整改"),
            ("role_confirmation", "角色确认"),
            ("dispute_negotiation", "争议协商答复"),
            ("dispute_decision", "争议协调处理"),
            ("dispute_appeal", "报请政府决定"),
        ],
    ),
    ("attribute", &[("base", "基础信息"), ("theme", "主题信息"), ("department", "部门信息")]),
    (
        "data_kind",
        &[
            ("metadata", "元数据"),
            ("reference", "参考数据"),
            ("object", "对象数据"),
            ("transaction", "业务数据"),
            ("report", "报告数据"),
            ("other", "其他"),
        ],
    ),
    ("grade", &[("general", "一般数据"), ("important", "重要数据"), ("core", "核心数据")]),
    ("classification.secrecy", &[("none", "不涉密"), ("work_secret", "工作秘密"), ("state_secret", "国家秘密")]),
    (
        "format.class",
        &[
            ("electronic_file", "电子文件"),
            ("spreadsheet", "电子表格"),
            ("database", "数据库"),
            ("image", "图形图像"),
            ("streaming_media", "流媒体"),
            ("self_describing", "自描述格式"),
            ("service_interface", "服务接口"),
        ],
    ),
    (
        "data_type",
        &[
            ("character", "字符型"),
            ("numeric", "数值型"),
            ("currency", "货币型"),
            ("date", "日期型"),
            ("date_time", "日期时间型"),
            ("logical", "逻辑型"),
            ("memo", "备注型"),
            ("general", "通用型"),
            ("double", "双精度型"),
            ("integer", "整型"),
            ("float", "浮点型"),
        ],
    ),
    ("sharing", SHARING),
    ("sharing.class", SHARING),
    ("opening.class", &[("unconditional", "无条件开放"), ("conditional", "有条件开放"), ("not_shared", "不予开放")]),
    (
        "update_cycle",
        &[
            ("real_time", "实时"),
            ("daily", "每日"),
            ("weekly", "每周"),
            ("every_ten_days", "每旬"),
            ("monthly", "每月"),
            ("quarterly", "每季度"),
            ("yearly", "每年"),
        ],
    ),
    (
        "matter_kind",
        &[
            ("licence", "行政许可"),
            ("penalty", "行政处罚"),
            ("coercion", "行政强制"),
            ("levy", "行政征收"),
            ("payment", "行政给付"),
            ("inspection", "行政检查"),
            ("confirmation", "行政确认"),
            ("reward", "行政奖励"),
            ("ruling", "行政裁决"),
            ("other", "其他"),
        ],
    ),
    (
        "method",
        &[
            ("database_table", "库表"),
            ("file", "文件"),
            ("service_interface", "服务接口"),
            ("log_synchronisation", "日志同步"),
            ("message_queue", "消息队列"),
        ],
    ),
    ("threshold", &[("all", "全部"), ("any", "任一"), ("majority", "过半数")]),
    ("cause", &[("merged", "合并"), ("split", "拆分"), ("retired", "停用"), ("other", "其他")]),
    ("action", &[("cancel_upgrade", "取消升级")]),
];

/// The Chinese of a value of a field, `within` another one; none of what is no value of a closed list, as free text.
pub fn chinese_of(within: &str, field: &str, value: &str) -> Option<&'static str> {
    let qualified = format!("{within}.{field}");
    let known = |name: &str| FIELDS.iter().find(|(field, _)| *field == name).map(|(_, values)| *values);
    let values = known(&qualified).or_else(|| known(field))?;
    values.iter().find(|(word, _)| *word == value).map(|(_, chinese)| *chinese)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::{
        calendar::DeadlineKind,
        catalog::{
            DataGrade, DataKind, DataType, FormatClass, MatterKind, Method, ResourceClass, Secrecy, SharingClass,
            UpdateCycle,
        },
        departments::{DepartmentStatus, Level, Role, SystemKind},
        elements::WithdrawalCause,
        grants::UseKind,
        sharing::Threshold,
    };
    use serde::de::DeserializeOwned;

    /// The words of a closed list, as its reader names them when it refuses one.
    fn words<T: DeserializeOwned>() -> Vec<String> {
        let refused = serde_json::from_str::<T>("\"?\"").err().unwrap().to_string();
        let words: Vec<String> = refused.split('`').skip(3).step_by(2).map(str::to_owned).collect();
        assert!(words.len() > 2, "{refused}");
        words
    }

    #[test]
    fn every_word_of_every_closed_list_has_its_chinese() {
        let without = |words: Vec<String>, others: &[&str]| -> Vec<String> {
            words.into_iter().filter(|word| !others.contains(&word.as_str())).collect()
        };
        let kinds = [words::<SystemKind>(), words::<UseKind>(), words::<DeadlineKind>()].concat();
        let lists = [
            ("", "level", words::<Level>()),
            ("", "status", words::<DepartmentStatus>()),
            ("", "role", words::<Role>()),
            ("", "kind", kinds),
            ("classification", "attribute", words::<ResourceClass>()),
            ("classification", "data_kind", words::<DataKind>()),
            ("classification", "grade", words::<DataGrade>()),
            ("classification", "secrecy", words::<Secrecy>()),
            ("format", "class", words::<FormatClass>()),
            ("", "data_type", words::<DataType>()),
            ("", "sharing", words::<SharingClass>()),
            ("sharing", "class", words::<SharingClass>()),
            ("opening", "class", words::<SharingClass>()),
            // These have a value of their own.
            ("", "update_cycle", without(words::<UpdateCycle>(), &["other"])),
            ("", "threshold", without(words::<Threshold>(), &["count", "fraction"])),
            ("responsibility", "matter_kind", words::<MatterKind>()),
            ("", "method", words::<Method>()),
            ("", "cause", words::<WithdrawalCause>()),
        ];
        let mut told = 1;
        for (within, field, words) in &lists {
            for word in words {
                let chinese = chinese_of(within, field, word);
                assert!(chinese.is_some(), "say {word} of {within}.{field} in client/cli/src/chinese/values.rs");
            }
            told += words.len();
        }
        let all: usize = FIELDS.iter().map(|(_, values)| values.len()).sum();
        assert_eq!(told, all, "a word stands here that no list has");
    }

    #[test]
    fn free_text_is_no_value_of_a_list() {
        for (within, field, text) in [
            ("request", "scope", "everything"),
            ("responsibility", "matter", "other"),
            ("opening", "condition", "conditional"),
            ("assessments", "secrecy", "none"),
            ("update_cycle", "other", "daily"),
            ("", "reason", "retired"),
            ("", "level", "municipality"),
        ] {
            assert_eq!(chinese_of(within, field, text), None, "{within}.{field}");
        }
    }
}
