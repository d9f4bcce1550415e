//! Entries as tables, and the template that a department fills in.

use super::columns::{Column, ENTRIES, ITEMS};
use crate::values;
use mulu_proofs::{
    calendar::Day,
    catalog::{
        Assessments, Classification, DataGrade, DataKind, DataType, EntryContent, Format, FormatClass, Item, List,
        MatterKind, Method, Methods, Opening, ResourceClass, Responsibility, Secrecy, Sharing, SharingClass,
        UpdateCycle,
    },
    ids::DepartmentId,
    text::Text,
};

/// Names of the columns in the first line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// As the guide calls the elements.
    Chinese,
    /// As the keys of JSON.
    English,
}

/// A table of entries and a table of their items, in UTF-8 with the mark that spreadsheet programs look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    /// Entries.
    pub entries: String,
    /// Items.
    pub items: String,
}

/// Entries with the names of their providers.
pub fn tables<'c>(entries: impl IntoIterator<Item = (&'c EntryContent, &'c str)>, names: Names) -> Tables {
    let (mut entry_rows, mut item_rows) = (vec![header(&ENTRIES, names)], vec![header(&ITEMS, names)]);
    for (content, provider) in entries {
        entry_rows.push(row(&ENTRIES, |key| entry_cell(content, provider, key, names)));
        item_rows.extend(content.items.iter().map(|item| row(&ITEMS, |key| item_cell(content, item, key, names))));
    }
    Tables { entries: written(&entry_rows), items: written(&item_rows) }
}

/// The template: every column, and one example that a department replaces.
pub fn template(names: Names) -> Tables {
    tables([(&example(), "民政局")], names)
}

fn header(columns: &[Column], names: Names) -> Vec<String> {
    let name = |column: &Column| match names {
        Names::Chinese => column.chinese.to_owned(),
        Names::English => column.key.to_owned(),
    };
    columns.iter().map(name).collect()
}

fn row(columns: &[Column], cell: impl Fn(&str) -> String) -> Vec<String> {
    columns.iter().map(|column| cell(column.key)).collect()
}

fn word<T: Copy + PartialEq>(list: &'static [values::Word<T>], value: T, names: Names) -> String {
    let word = values::word_of(list, value);
    match names {
        Names::Chinese => word.chinese.to_owned(),
        Names::English => word.english.to_owned(),
    }
}

fn entry_cell(content: &EntryContent, provider: &str, key: &str, names: Names) -> String {
    let EntryContent { sharing, opening, classification, responsibility, .. } = content;
    let joined = |texts: Vec<&str>| texts.join(";");
    match key {
        "name" => content.name.to_string(),
        "code" => content.code.to_string(),
        "provider" => provider.to_owned(),
        "summary" => content.summary.to_string(),
        "keywords" => joined(content.keywords.iter().map(Text::as_str).collect()),
        "format_class" => word(&values::FORMATS, content.format.class, names),
        "format_name" => content.format.name.to_string(),
        "share_type" => word(&values::SHARING, sharing.class, names),
        "share_condition" => sharing.condition.to_string(),
        "share_law" => sharing.law.to_string(),
        "share_method" => {
            let named = values::METHODS.iter().filter(|method| sharing.methods.contains(method.value));
            joined(named.map(|method| if names == Names::Chinese { method.chinese } else { method.english }).collect())
        }
        "open_type" => word(&values::SHARING, opening.class, names),
        "open_condition" => opening.condition.to_string(),
        "frequency" => match (values::cycle_names(&content.update_cycle), names) {
            (Some((_, chinese, _)), Names::Chinese) => chinese.to_owned(),
            _ => values::cycle_text(&content.update_cycle),
        },
        "issued" => Day::new(content.published_on).map_or_else(String::new, |day| day.to_string()),
        "related" => joined(content.related.iter().map(Text::as_str).collect()),
        "data_kind" => word(&values::DATA_KINDS, classification.data_kind, names),
        "data_grade" => word(&values::GRADES, classification.grade, names),
        "sensitivity" => classification.sensitivity.to_string(),
        "personal_data" => yes_or_no(content.holds_personal_data, names),
        "flow_threshold" => content.flow_threshold.to_string(),
        "matter" => responsibility.matter.to_string(),
        "matter_kind" => word(&values::MATTERS, responsibility.matter_kind, names),
        "information" => responsibility.information.to_string(),
        "standard" => responsibility.standard.to_string(),
        "source" => responsibility.source.to_string(),
        "owner" => responsibility.owner.to_string(),
        "steward" => responsibility.steward.to_string(),
        "secrecy" => if names == Names::Chinese { "非涉密" } else { "none" }.to_owned(),
        _ => String::new(),
    }
}

fn item_cell(content: &EntryContent, item: &Item, key: &str, names: Names) -> String {
    match key {
        "code" => content.code.to_string(),
        "item_name" => item.name.to_string(),
        "item_code" => item.code.to_string(),
        "data_type" => word(&values::DATA_TYPES, item.data_type, names),
        "length" => item.length.to_string(),
        "meaning" => item.meaning.to_string(),
        "item_standard" => item.standard.to_string(),
        "value_domain" => item.value_domain.to_string(),
        "quality_rule" => item.quality_rule.to_string(),
        "level" => item.level.to_string(),
        "share_type" => word(&values::SHARING, item.sharing, names),
        "share_condition" => item.condition.to_string(),
        "share_law" => item.law.to_string(),
        "element" => item.element.map_or_else(String::new, |id| id.to_string()),
        "item_source" => item.source.map_or_else(String::new, |id| id.to_string()),
        _ => String::new(),
    }
}

fn yes_or_no(is: bool, names: Names) -> String {
    match (names, is) {
        (Names::Chinese, true) => "是",
        (Names::Chinese, false) => "否",
        (Names::English, true) => "yes",
        (Names::English, false) => "no",
    }
    .to_owned()
}

fn written(rows: &[Vec<String>]) -> String {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("every row has a cell for every column, and memory does not fail");
    }
    let bytes = writer.into_inner().expect("memory does not fail");
    format!("\u{feff}{}", String::from_utf8(bytes).expect("cells are texts"))
}

fn text<const N: u32>(words: &str) -> Text<N> {
    Text::new(words).expect("the example fits; a test reads it")
}

/// The example of the template.
fn example() -> EntryContent {
    let item = |name: &str, code: &str, data_type, length| Item {
        name: text(name),
        code: text(code),
        element: None,
        source: None,
        data_type,
        length,
        meaning: text(name),
        standard: text("GB/T 32617-2016"),
        value_domain: Text::default(),
        quality_rule: Text::default(),
        level: 1,
        sharing: SharingClass::Conditional,
        condition: Text::default(),
        law: Text::default(),
    };
    EntryContent {
        code: text("306001/1001"),
        name: text("社会组织基本信息"),
        provider: DepartmentId::new(1),
        summary: text("社会组织成立、变更、注销登记所产生的基本信息。"),
        keywords: List::truncate_from(vec![text("社会组织")]),
        related: List::default(),
        classification: Classification {
            attribute: ResourceClass::Department,
            data_kind: DataKind::Object,
            grade: DataGrade::General,
            sensitivity: 1,
            secrecy: Secrecy::None,
        },
        format: Format { class: FormatClass::Database, name: text("dm8") },
        items: List::truncate_from(vec![
            item("社会组织名称", "ORG_NAME", DataType::Character, 200),
            item("成立日期", "FOUNDED", DataType::Date, 0),
        ]),
        sharing: Sharing {
            class: SharingClass::Conditional,
            condition: text("仅用于核验社会组织身份"),
            law: Text::default(),
            methods: Methods::of(&[Method::DatabaseTable, Method::ServiceInterface]),
        },
        opening: Opening { class: SharingClass::NotShared, condition: Text::default() },
        update_cycle: UpdateCycle::Daily,
        published_on: 20_666,
        flow_threshold: 0,
        responsibility: Responsibility {
            matter: text("社会组织成立、变更、注销登记"),
            matter_kind: MatterKind::Licence,
            information: text("社会组织基本信息"),
            standard: text("GB/T 32617-2016"),
            source: Text::default(),
            owner: text("社会组织管理处"),
            steward: text("信息中心"),
        },
        quality: None,
        holds_personal_data: false,
        assessments: Assessments { secrecy: [0; 32], personal_information: None, assessed_on: 0 },
        restriction: None,
    }
}
