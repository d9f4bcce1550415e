#![allow(clippy::unwrap_used, reason = "a test may")]

use super::*;
use crate::{
    sample::{ASSESSMENTS, PROVIDER, anybody, content},
    table::write::{Names, Tables, tables, template},
};

fn read_again(tables: &Tables) -> Vec<Entry> {
    csv(tables.entries.as_bytes(), tables.items.as_bytes(), anybody).unwrap()
}

/// The template with one cell of its example exchanged.
fn with(key: &str, cell: &str) -> Result<Mapped, Rejection> {
    let Tables { entries, items } = template(Names::English);
    let mut reader = ::csv::Reader::from_reader(entries.trim_start_matches('\u{feff}').as_bytes());
    let names = reader.headers().unwrap().clone();
    let record = reader.records().next().unwrap().unwrap();
    let place = names.iter().position(|name| name == key).unwrap();
    let changed: Vec<&str> = record.iter().enumerate().map(|(at, old)| if at == place { cell } else { old }).collect();
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    writer.write_record(&names).unwrap();
    writer.write_record(&changed).unwrap();
    let entries = writer.into_inner().unwrap();
    let items = if key == "code" { items.replace("306001/1001", cell) } else { items };
    let mut read = csv(&entries, items.as_bytes(), anybody).unwrap();
    read.remove(0).mapped
}

#[test]
fn the_template_is_an_entry_in_both_languages() {
    let read = |names| read_again(&template(names)).remove(0).mapped.unwrap();
    let (chinese, english) = (read(Names::Chinese), read(Names::English));
    assert_eq!(chinese.content, english.content);
    assert_eq!((chinese.organization.as_str(), chinese.content.provider), ("民政局", PROVIDER));
    assert_eq!((chinese.content.items.len(), chinese.content.assessments), (2, ASSESSMENTS));
    assert_eq!(chinese.adjusted.filled(), Vec::<&str>::new());
}

#[test]
fn entries_that_are_written_are_read_as_the_same() {
    let mut expected = content();
    // A table has no column for an evaluation of quality.
    expected.quality = None;
    for names in [Names::Chinese, Names::English] {
        let read = read_again(&tables([(&expected, "民政局")], names)).remove(0).mapped.unwrap();
        assert_eq!(read.content, expected);
    }
}

#[test]
fn json_says_the_same_with_items_below_their_entry() {
    let written = serde_json::json!([{
        "信息资源名称": "社会组织", "信息资源代码": "306001/1001", "信息资源提供方": "民政局", "信息资源摘要": "摘要",
        "信息资源格式分类": 3, "信息资源格式类型": "dm8", "共享类型": 1, "共享方式": ["库表", "文件"], "是否向社会开放": 1,
        "更新周期": "每日", "发布日期": "2026/8/1", "业务事项": "登记", "业务信息": "基本信息", "状态": 29,
        "信息项信息": [{ "信息项名称": "名称", "信息项代码": "NAME", "数据类型": "C", "长度": 200 }],
    }]);
    let read = json(written.to_string().as_bytes(), anybody).unwrap().remove(0).mapped.unwrap().content;
    assert_eq!(
        (read.sharing.methods, read.opening.class),
        (values::methods("文件,库表").unwrap(), SharingClass::Unconditional)
    );
    assert_eq!(Day::new(read.published_on).unwrap().to_string(), "2026-08-01");
    assert_eq!((read.items[0].length, read.items[0].sharing), (200, SharingClass::Unconditional));
}

#[test]
fn what_is_wrong_with_a_row_is_told_by_its_column() {
    let cases = [
        ("name", "", "element_missing", "信息资源名称"),
        ("code", "1001", "bad_code", "前段码"),
        ("name", &"长".repeat(100), "bad_element", "300 bytes"),
        ("share_type", "也许", "bad_element", "无条件共享"),
        ("share_method", "邮件", "bad_element", "共享方式"),
        ("open_type", "4", "bad_element", "是否向社会开放"),
        ("format_class", "纸", "bad_element", "电子表格"),
        ("issued", "2026-02-30", "bad_element", "发布日期"),
        ("issued", "soon", "bad_element", "发布日期"),
        ("sensitivity", "300", "bad_element", "敏感级别"),
        ("personal_data", "?", "bad_element", "含个人信息"),
        ("keywords", &["k"; 17].join(";"), "bad_element", "the bound is 16"),
        ("secrecy", "机密", "secret", "ledger"),
        ("state", "草稿", "not_submitted", "草稿"),
        ("state", "22", "not_submitted", "退回"),
        ("state", "取消发布", "ended", "已撤销"),
        ("state", "77", "bad_element", "状态"),
    ];
    for (key, cell, reason, part) in cases {
        let rejection = with(key, cell).unwrap_err();
        assert_eq!(rejection.reason, reason, "{key}");
        assert!(rejection.detail.contains(part), "{key}: {}", rejection.detail);
    }
    assert!(with("state", "待发布").is_ok());
}

#[test]
fn an_opening_is_yes_no_or_a_class() {
    let class = |cell: &str| with("open_type", cell).unwrap().content.opening.class;
    assert_eq!(["1", "是"].map(class), [SharingClass::Unconditional; 2]);
    assert_eq!(["0", "否", "不予开放"].map(class), [SharingClass::NotShared; 3]);
    assert_eq!(class("有条件开放"), SharingClass::Conditional);
}

#[test]
fn departments_items_and_codes_have_to_be_there() {
    let Tables { entries, items } = template(Names::Chinese);
    let reason =
        |read: Vec<Entry>| read.into_iter().map(|entry| entry.mapped.err().map(|e| e.reason)).collect::<Vec<_>>();
    let nobody = csv(entries.as_bytes(), items.as_bytes(), |_| None).unwrap();
    assert_eq!(reason(nobody), [Some("unknown_organization")]);
    let header = items.lines().next().unwrap();
    assert_eq!(reason(csv(entries.as_bytes(), header.as_bytes(), anybody).unwrap()), [Some("no_items")]);
    let twice = format!("{entries}{}", entries.lines().nth(1).unwrap());
    assert_eq!(reason(csv(twice.as_bytes(), items.as_bytes(), anybody).unwrap()), [None, Some("duplicate_code")]);
    let lost = items.replace("306001/1001", "306001/9");
    let error = csv(entries.as_bytes(), lost.as_bytes(), anybody).unwrap_err().to_string();
    assert!(error.contains("line 2") && error.contains("306001/9"), "{error}");
    let untyped = items.replace("字符型", "");
    assert_eq!(reason(csv(entries.as_bytes(), untyped.as_bytes(), anybody).unwrap()), [Some("element_missing")]);
}
