//! The closed lists of the catalog guide in the words of others: its numbers and letters, Chinese, English, and what DCAT-AP calls them.
//!
//! Each list is written once and read both ways. Case, blanks, `-` and `_` do not matter.

use mulu_proofs::{
    catalog::{
        DataGrade, DataKind, DataType, FormatClass, MatterKind, Method, Methods, ResourceClass, SharingClass,
        UpdateCycle,
    },
    text::Text,
};

/// A value with its names.
#[derive(Debug)]
pub struct Word<T> {
    /// The value.
    pub value: T,
    /// Number or letter of the guide; empty where it gives none.
    pub code: &'static str,
    /// English, as in our own JSON.
    pub english: &'static str,
    /// Chinese.
    pub chinese: &'static str,
    /// What else it is called.
    pub also: &'static [&'static str],
}

const fn word<T: Copy>(
    value: T,
    code: &'static str,
    english: &'static str,
    chinese: &'static str,
    also: &'static [&'static str],
) -> Word<T> {
    Word { value, code, english, chinese, also }
}

/// Sharing and opening classes (art. 14).
pub static SHARING: [Word<SharingClass>; 3] = [
    word(SharingClass::Unconditional, "1", "unconditional", "无条件共享", &["无条件", "无条件开放"]),
    word(SharingClass::Conditional, "2", "conditional", "有条件共享", &["有条件", "有条件开放"]),
    word(SharingClass::NotShared, "3", "not_shared", "不予共享", &["不予", "不予开放", "不开放", "notopen"]),
];

/// Classes by attribute: the first digit of a resource code.
pub static ATTRIBUTES: [Word<ResourceClass>; 3] = [
    word(ResourceClass::Base, "1", "base", "基础", &["基础类"]),
    word(ResourceClass::Theme, "2", "theme", "主题", &["主题类"]),
    word(ResourceClass::Department, "3", "department", "部门", &["部门类"]),
];

/// Kinds of data (§5.2).
pub static DATA_KINDS: [Word<DataKind>; 6] = [
    word(DataKind::Metadata, "", "metadata", "元数据", &[]),
    word(DataKind::Reference, "", "reference", "基础数据", &["参考数据"]),
    word(DataKind::Object, "", "object", "对象数据", &[]),
    word(DataKind::Transaction, "", "transaction", "事务数据", &["业务数据"]),
    word(DataKind::Report, "", "report", "报告数据", &["报表数据"]),
    word(DataKind::Other, "", "other", "其他", &["其它"]),
];

/// Grades of data.
pub static GRADES: [Word<DataGrade>; 3] = [
    word(DataGrade::General, "", "general", "一般", &["一般数据"]),
    word(DataGrade::Important, "", "important", "重要", &["重要数据"]),
    word(DataGrade::Core, "", "core", "核心", &["核心数据"]),
];

/// Classes of formats.
pub static FORMATS: [Word<FormatClass>; 7] = [
    word(FormatClass::ElectronicFile, "1", "electronic_file", "电子文件", &["文件"]),
    word(FormatClass::Spreadsheet, "2", "spreadsheet", "电子表格", &["表格"]),
    word(FormatClass::Database, "3", "database", "数据库", &["库表"]),
    word(FormatClass::Image, "4", "image", "图形图像", &["图像"]),
    word(FormatClass::StreamingMedia, "5", "streaming_media", "流媒体", &[]),
    word(FormatClass::SelfDescribing, "6", "self_describing", "自描述格式", &["自描述"]),
    word(FormatClass::ServiceInterface, "7", "service_interface", "服务接口", &["接口"]),
];

/// Types of items.
pub static DATA_TYPES: [Word<DataType>; 11] = [
    word(DataType::Character, "C", "character", "字符型", &["字符", "string", "varchar"]),
    word(DataType::Numeric, "N", "numeric", "数值型", &["数值", "decimal", "number"]),
    word(DataType::Currency, "Y", "currency", "货币型", &["货币"]),
    word(DataType::Date, "D", "date", "日期型", &["日期"]),
    word(DataType::DateTime, "T", "date_time", "日期时间型", &["日期时间", "timestamp"]),
    word(DataType::Logical, "L", "logical", "逻辑型", &["逻辑", "boolean"]),
    word(DataType::Memo, "M", "memo", "备注型", &["备注"]),
    word(DataType::General, "G", "general", "通用型", &["通用"]),
    word(DataType::Double, "B", "double", "双精度型", &["双精度"]),
    word(DataType::Integer, "I", "integer", "整型", &["整数型"]),
    word(DataType::Float, "F", "float", "浮点型", &["浮点"]),
];

/// Ways to share (§4.2.3).
pub static METHODS: [Word<Method>; 5] = [
    word(Method::DatabaseTable, "", "database_table", "库表", &["数据库", "库表交换"]),
    word(Method::File, "", "file", "文件", &["文件下载", "批量交换", "文件交换"]),
    word(Method::ServiceInterface, "", "service_interface", "服务接口", &["接口", "服务", "api"]),
    word(Method::LogSynchronisation, "", "log_synchronisation", "日志同步", &[]),
    word(Method::MessageQueue, "", "message_queue", "消息队列", &["消息"]),
];

/// Kinds of business matters (§5.3.1).
pub static MATTERS: [Word<MatterKind>; 10] = [
    word(MatterKind::Licence, "", "licence", "行政许可", &[]),
    word(MatterKind::Penalty, "", "penalty", "行政处罚", &[]),
    word(MatterKind::Coercion, "", "coercion", "行政强制", &[]),
    word(MatterKind::Levy, "", "levy", "行政征收", &[]),
    word(MatterKind::Payment, "", "payment", "行政给付", &[]),
    word(MatterKind::Inspection, "", "inspection", "行政检查", &[]),
    word(MatterKind::Confirmation, "", "confirmation", "行政确认", &[]),
    word(MatterKind::Reward, "", "reward", "行政奖励", &[]),
    word(MatterKind::Ruling, "", "ruling", "行政裁决", &[]),
    word(MatterKind::Other, "", "other", "其他", &["其它"]),
];

/// Update cycles of a length; whatever is not in it is another one, in words. The names of the EU's frequency vocabulary and of ISO 8601 are
/// read too, and the first of them is written in DCAT-AP.
pub static CYCLES: [(&str, &str, &str, &[&str]); 7] = [
    ("1", "real_time", "实时", &["UPDATE_CONT", "CONT", "realtime", "continuous"]),
    ("2", "daily", "每日", &["DAILY", "R/P1D", "每天"]),
    ("3", "weekly", "每周", &["WEEKLY", "R/P1W", "R/P7D"]),
    ("", "every_ten_days", "每旬", &["MONTHLY_3", "R/P10D"]),
    ("4", "monthly", "每月", &["MONTHLY", "R/P1M"]),
    ("5", "quarterly", "每季度", &["QUARTERLY", "R/P3M", "每季"]),
    ("6", "yearly", "每年", &["ANNUAL", "R/P1Y", "annually"]),
];

const CYCLE_VALUES: [UpdateCycle; 7] = [
    UpdateCycle::RealTime,
    UpdateCycle::Daily,
    UpdateCycle::Weekly,
    UpdateCycle::EveryTenDays,
    UpdateCycle::Monthly,
    UpdateCycle::Quarterly,
    UpdateCycle::Yearly,
];

/// What a text means in a list; none if it is not in it.
pub fn read<T: Copy>(list: &[Word<T>], text: &str) -> Option<T> {
    let wanted = folded(text);
    let is_meant = |word: &&Word<T>| {
        [word.code, word.english, word.chinese]
            .iter()
            .chain(word.also)
            .any(|name| !name.is_empty() && folded(name) == wanted)
    };
    list.iter().find(is_meant).map(|word| word.value)
}

/// The word for a value.
pub fn word_of<T: Copy + PartialEq>(list: &'static [Word<T>], value: T) -> &'static Word<T> {
    list.iter().find(|word| word.value == value).expect("each list has every value of its type; a test compares them")
}

/// Every word of a list, for whoever has to choose one.
pub fn choices<T>(list: &[Word<T>]) -> String {
    list.iter().map(|word| format!("{} {}", word.chinese, word.english)).collect::<Vec<_>>().join(", ")
}

/// An update cycle. What is in no list is kept in its own words, shortened to the bound.
pub fn cycle(text: &str) -> UpdateCycle {
    // A vocabulary's address: its last part is the word.
    let last = if text.contains("://") { text.rsplit(['/', '#']).next().unwrap_or(text) } else { text };
    let wanted = folded(last);
    let place = CYCLES.iter().position(|(code, english, chinese, also)| {
        [code, english, chinese].into_iter().chain(*also).any(|name| !name.is_empty() && folded(name) == wanted)
    });
    place.map_or_else(
        || UpdateCycle::Other(mulu_client::import::ckan::shortened(last.trim()).0),
        |place| CYCLE_VALUES[place].clone(),
    )
}

/// The names of an update cycle: English, Chinese, and its word in the EU's frequency vocabulary. None of one in words.
pub fn cycle_names(cycle: &UpdateCycle) -> Option<(&'static str, &'static str, &'static str)> {
    let place = CYCLE_VALUES.iter().position(|value| value == cycle)?;
    let (_, english, chinese, also) = CYCLES[place];
    Some((english, chinese, also[0]))
}

/// The text of an update cycle, in English where it has a name.
pub fn cycle_text(cycle: &UpdateCycle) -> String {
    match cycle {
        UpdateCycle::Other(text) => text.to_string(),
        cycle => cycle_names(cycle).map_or_else(String::new, |(english, ..)| english.to_owned()),
    }
}

/// A set of sharing methods: words between commas, semicolons or `、`.
///
/// # Errors
/// The word that is no method.
pub fn methods(text: &str) -> Result<Methods, String> {
    let words = text.split([',', ';', '、', '，', '；', '|']).map(str::trim).filter(|word| !word.is_empty());
    let read = words.map(|word| read(&METHODS, word).ok_or_else(|| word.to_owned()));
    Ok(Methods::of(&read.collect::<Result<Vec<_>, _>>()?))
}

/// The words of a set of methods, in English.
pub fn methods_text(methods: Methods) -> String {
    let named = METHODS.iter().filter(|word| methods.contains(word.value));
    named.map(|word| word.english).collect::<Vec<_>>().join(",")
}

/// Yes or no.
pub fn is_yes(text: &str) -> Option<bool> {
    match folded(text).as_str() {
        "1" | "是" | "yes" | "true" | "有" => Some(true),
        "0" | "否" | "no" | "false" | "无" => Some(false),
        _ => None,
    }
}

/// A text of a bound.
///
/// # Errors
/// What is wrong, with both lengths.
pub fn text<const N: u32>(text: &str) -> Result<Text<N>, String> {
    Text::new(text.trim()).map_err(|error| error.to_string())
}

/// Whether a text is a resource code: class, item and sub-item in six digits, detail, `/`, serial of letters and digits.
pub fn is_resource_code(code: &str) -> bool {
    let Some((front, serial)) = code.split_once('/') else { return false };
    front.len() >= 6
        && front.bytes().all(|byte| byte.is_ascii_digit())
        && front.starts_with(['1', '2', '3'])
        && !serial.is_empty()
        && serial.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && code.len() <= 64
}

fn folded(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, ' ' | '-' | '_' | '\u{3000}')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use serde::Serialize;

    /// Every name of every word leads back to its value, and the English one is that of our own JSON.
    fn check<T: Copy + PartialEq + std::fmt::Debug + Serialize>(list: &'static [Word<T>]) {
        for word in list {
            for name in [word.code, word.english, word.chinese].iter().chain(word.also).filter(|name| !name.is_empty())
            {
                assert_eq!(read(list, name), Some(word.value), "{name}");
            }
            assert_eq!(serde_json::to_value(word.value).unwrap(), word.english);
            assert_eq!(word_of(list, word.value).english, word.english);
        }
        assert_eq!(read(list, "xyz"), None);
        assert_eq!(read(list, ""), None);
    }

    #[test]
    fn every_word_of_every_list_is_read_and_written() {
        check(&SHARING);
        check(&ATTRIBUTES);
        check(&DATA_KINDS);
        check(&GRADES);
        check(&FORMATS);
        check(&DATA_TYPES);
        check(&METHODS);
        check(&MATTERS);
        assert_eq!(read(&DATA_TYPES, " Date-Time "), Some(DataType::DateTime));
    }

    #[test]
    fn cycles_are_read_in_five_vocabularies_and_kept_in_words_otherwise() {
        for text in [
            "4",
            "monthly",
            "每月",
            "MONTHLY",
            "R/P1M",
            "http://publications.europa.eu/resource/authority/frequency/MONTHLY",
        ] {
            assert_eq!(cycle(text), UpdateCycle::Monthly, "{text}");
        }
        assert_eq!(cycle("every_ten_days"), UpdateCycle::EveryTenDays);
        assert_eq!(cycle("every leap year"), UpdateCycle::Other(Text::new("every leap year").unwrap()));
        for value in &CYCLE_VALUES {
            assert_eq!(cycle(&cycle_text(value)), *value);
            let (_, chinese, european) = cycle_names(value).unwrap();
            assert_eq!((cycle(chinese), cycle(european)), (value.clone(), value.clone()));
        }
    }

    #[test]
    fn methods_are_a_list_of_words() {
        let both = Methods::of(&[Method::DatabaseTable, Method::ServiceInterface]);
        assert_eq!(methods("库表、服务接口"), Ok(both));
        assert_eq!(methods(&methods_text(both)), Ok(both));
        assert_eq!(methods("库表,邮件"), Err("邮件".to_owned()));
        assert_eq!(methods(""), Ok(Methods::default()));
    }

    #[test]
    fn a_resource_code_has_its_form() {
        for code in ["306001/1001", "39900012/a9"] {
            assert!(is_resource_code(code), "{code}");
        }
        for code in [
            "",
            "306001",
            "30600/1",
            "406001/1",
            "306001/",
            "306001/1-2",
            "doi:10.1/x",
            &format!("306001/{}", "1".repeat(60)),
        ] {
            assert!(!is_resource_code(code), "{code}");
        }
    }

    #[test]
    fn yes_and_no_in_both_languages() {
        assert_eq!(["是", "YES", "1", "true"].map(is_yes), [Some(true); 4]);
        assert_eq!(["否", "no", "0", "False"].map(is_yes), [Some(false); 4]);
        assert_eq!(is_yes("vielleicht"), None);
    }
}
