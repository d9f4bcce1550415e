//! The columns of both tables.

/// A column with its names.
#[derive(Debug, PartialEq, Eq)]
pub struct Column {
    /// English: the key in JSON, and a name in CSV.
    pub key: &'static str,
    /// Chinese, as the guide calls the element.
    pub chinese: &'static str,
    /// What else it is called.
    pub also: &'static [&'static str],
    /// Whether every row has to say something there.
    pub is_required: bool,
}

const fn required(key: &'static str, chinese: &'static str, also: &'static [&'static str]) -> Column {
    Column { key, chinese, also, is_required: true }
}

const fn optional(key: &'static str, chinese: &'static str, also: &'static [&'static str]) -> Column {
    Column { key, chinese, also, is_required: false }
}

/// Columns of the table of entries.
pub static ENTRIES: [Column; 31] = [
    required("name", "信息资源名称", &["目录名称", "数据目录名称", "资源名称"]),
    required("code", "信息资源代码", &["目录代码", "资源代码"]),
    required("provider", "信息资源提供方", &["提供单位", "提供方", "提供部门"]),
    optional("provider_code", "信息资源提供方代码", &["提供方代码", "统一社会信用代码"]),
    required("summary", "信息资源摘要", &["摘要", "目录摘要"]),
    optional("keywords", "关键字", &["关键词", "关键字说明"]),
    required("format_class", "信息资源格式分类", &["格式分类"]),
    required("format_name", "信息资源格式类型", &["信息资源格式", "数据格式", "格式"]),
    required("share_type", "共享类型", &["共享属性"]),
    optional("share_condition", "共享条件", &["使用条件", "不予共享理由"]),
    optional("share_law", "不予共享依据", &["共享依据"]),
    optional("share_method", "共享方式", &[]),
    required("open_type", "是否向社会开放", &["开放类型", "开放属性"]),
    optional("open_condition", "开放条件", &[]),
    required("frequency", "更新周期", &["数据更新频率", "更新频率"]),
    required("issued", "发布日期", &["信息资源发布日期"]),
    optional("related", "关联资源代码", &["关联目录代码"]),
    optional("data_kind", "数据类别", &["数据分类"]),
    optional("data_grade", "数据级别", &["数据分级"]),
    optional("sensitivity", "敏感级别", &[]),
    optional("personal_data", "含个人信息", &["是否含个人信息"]),
    optional("flow_threshold", "日访问流量阈值", &["流量阈值"]),
    required("matter", "业务事项", &["业务事项名称"]),
    optional("matter_kind", "事项类型", &["业务事项类型"]),
    required("information", "业务信息", &[]),
    optional("standard", "数据标准", &[]),
    optional("source", "数据来源系统", &["来源系统", "数据来源"]),
    optional("owner", "数据所有者", &["责任处室"]),
    optional("steward", "数据管理者", &["管理处室"]),
    optional("secrecy", "涉密标识", &["是否涉密"]),
    optional("state", "状态", &["目录状态", "资源状态"]),
];

/// Columns of the table of items.
pub static ITEMS: [Column; 15] = [
    required("code", "信息资源代码", &["目录代码", "资源代码"]),
    required("item_name", "信息项名称", &["数据项名称", "字段中文名"]),
    required("item_code", "信息项代码", &["字段名", "字段英文名", "数据项代码"]),
    required("data_type", "数据类型", &["字段类型"]),
    optional("length", "数据长度", &["长度"]),
    optional("meaning", "业务含义", &["含义", "注释", "描述"]),
    optional("item_standard", "遵循标准", &["标准"]),
    optional("value_domain", "值域", &["值域范围"]),
    optional("quality_rule", "质量规则", &[]),
    optional("level", "安全级别", &["安全等级"]),
    optional("share_type", "共享类型", &["共享属性"]),
    optional("share_condition", "共享条件", &["使用条件"]),
    optional("share_law", "不予共享依据", &[]),
    optional("element", "数据元编号", &["数据元"]),
    optional("item_source", "来源目录编号", &[]),
];

/// The place of a column by one of its names; `*` for a required one, and what a name says in brackets, do not matter.
pub fn place_of(columns: &[Column], name: &str) -> Option<usize> {
    let name = name.trim().trim_matches('*').trim();
    let name = name.split(['(', '（']).next().unwrap_or(name).trim();
    columns.iter().position(|column| {
        column.key.eq_ignore_ascii_case(name) || column.chinese == name || column.also.contains(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_leads_to_one_column() {
        for columns in [&ENTRIES[..], &ITEMS[..]] {
            let mut names = BTreeSet::new();
            for (place, column) in columns.iter().enumerate() {
                for name in [column.key, column.chinese].iter().chain(column.also) {
                    assert!(names.insert(*name), "{name}");
                    assert_eq!(place_of(columns, name), Some(place), "{name}");
                }
            }
        }
        assert_eq!(place_of(&ENTRIES, "*信息资源名称（必填）"), Some(0));
        assert_eq!(place_of(&ENTRIES, "NAME"), Some(0));
        assert_eq!(place_of(&ENTRIES, "名称"), None);
    }
}
