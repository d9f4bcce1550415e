//! Rows become entries.

use super::{
    columns::{ENTRIES, ITEMS},
    file::{self, Row},
};
use crate::{
    error::{CatalogError, Rejection},
    extras,
    states::{Intent, Standing},
    values::{self, Word},
};
use mulu_client::import::ckan::{Adjusted, Mapped, Publication};
use mulu_proofs::{
    calendar::Day,
    catalog::{
        Classification, DataGrade, DataKind, EntryContent, Format, Item, List, MatterKind, Opening, ResourceClass,
        Responsibility, Secrecy, Sharing, SharingClass,
    },
    ids::{ElementId, EntryId},
    text::Text,
};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// A row of the table of entries: the entry, or why it is none. `name` is its code.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Line.
    pub line: u64,
    /// Resource code, as it stands there.
    pub code: String,
    /// What it became.
    pub mapped: Result<Mapped, Rejection>,
}

/// Reads two CSV tables; items stand in the second.
///
/// # Errors
/// [`CatalogError`] if one of them is no such table; what is wrong with a row is told with it.
pub fn csv(
    entries: &[u8],
    items: &[u8],
    publication: impl Fn(&str) -> Option<Publication>,
) -> Result<Vec<Entry>, CatalogError> {
    let mut by_code: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in file::csv("the table of items", items, &ITEMS)? {
        by_code.entry(row.cell("code").to_owned()).or_default().push(row);
    }
    let rows = file::csv("the table of entries", entries, &ENTRIES)?;
    let known: BTreeSet<&str> = rows.iter().map(|row| row.cell("code")).collect();
    if let Some((code, items)) = by_code.iter().find(|(code, _)| !known.contains(code.as_str())) {
        let why = format!("line {} is of {code:?}, which the table of entries has not", items[0].line);
        return Err(CatalogError::form("the table of items", why));
    }
    let with_items = rows.into_iter().map(|row| {
        let items = by_code.get(row.cell("code")).cloned().unwrap_or_default();
        (row, items)
    });
    Ok(read(with_items.collect(), publication))
}

/// Reads a JSON table, each entry with its `items`.
///
/// # Errors
/// As [`csv`].
pub fn json(bytes: &[u8], publication: impl Fn(&str) -> Option<Publication>) -> Result<Vec<Entry>, CatalogError> {
    let mut with_items = Vec::new();
    for (row, values) in file::json("the catalog", bytes, &ENTRIES)? {
        let mut items = Vec::with_capacity(values.len());
        for value in values {
            let Value::Object(mut fields) = value else {
                return Err(CatalogError::form("the catalog", format!("an item of entry {} is no object", row.line)));
            };
            // Below its entry an item need not repeat the entry's code.
            fields.entry("code").or_insert_with(|| row.cell("code").into());
            items.push(file::object_row("the catalog", row.line, fields, &ITEMS)?);
        }
        with_items.push((row, items));
    }
    Ok(read(with_items, publication))
}

fn read(rows: Vec<(Row, Vec<Row>)>, publication: impl Fn(&str) -> Option<Publication>) -> Vec<Entry> {
    let mut codes = BTreeSet::new();
    let read = rows.into_iter().map(|(row, items)| {
        let code = row.cell("code").to_owned();
        let mapped = entry(&row, &items, &publication).and_then(|mapped| match codes.insert(code.clone()) {
            true => Ok(mapped),
            false => Err(Rejection::new("duplicate_code", "another row has the same code")),
        });
        Entry { line: row.line, code, mapped }
    });
    read.collect()
}

fn entry(row: &Row, items: &[Row], publication: &impl Fn(&str) -> Option<Publication>) -> Result<Mapped, Rejection> {
    check_state(row)?;
    if let Some(column) = row.missing() {
        return Err(Rejection::new("element_missing", format!("nothing stands under {column}")));
    }
    let secrecy = row.cell("secrecy");
    if !matches!(secrecy, "" | "非涉密" | "none" | "否" | "0" | "no" | "false") {
        // The Regulation leaves secrets to other rules: they never leave the department (art. 3).
        return Err(Rejection::new("secret", "what is marked as a secret is not for this ledger"));
    }
    let code = row.cell("code");
    if !values::is_resource_code(code) {
        let why = "the code is not of the form 前段码/顺序码: class 1 digit, item 2, sub-item 3, detail, /, serial";
        return Err(Rejection::new("bad_code", why));
    }
    let names = [row.cell("provider"), row.cell("provider_code")];
    let found = names.iter().filter(|name| !name.is_empty()).find_map(|name| Some((*name, publication(name)?)));
    let (organization, Publication { department, assessments }) =
        found.ok_or_else(|| Rejection::new("unknown_organization", "no department is mapped to the organization"))?;
    let class = choice(row, "share_type", &values::SHARING)?;
    if items.is_empty() {
        return Err(Rejection::new("no_items", "the entry has no items; they stand in the table of items"));
    }
    let items = items.iter().map(|item_row| item(item_row, class)).collect::<Result<Vec<_>, _>>()?;
    let personal = row.cell("personal_data");
    let holds_personal_data = match personal {
        "" => assessments.personal_information.is_some(),
        said => values::is_yes(said).ok_or_else(|| bad("personal_data", "it is neither 是 nor 否"))?,
    };
    let mut content = EntryContent {
        code: text(row, "code")?,
        name: text(row, "name")?,
        provider: department,
        summary: text(row, "summary")?,
        keywords: list(row, "keywords")?,
        related: list(row, "related")?,
        classification: Classification {
            attribute: ResourceClass::Department,
            data_kind: choice_or(row, "data_kind", &values::DATA_KINDS, DataKind::Transaction)?,
            grade: choice_or(row, "data_grade", &values::GRADES, DataGrade::General)?,
            sensitivity: number(row, "sensitivity")?,
            secrecy: Secrecy::None,
        },
        format: Format { class: choice(row, "format_class", &values::FORMATS)?, name: text(row, "format_name")? },
        items: many("items", items)?,
        sharing: Sharing {
            class,
            condition: text(row, "share_condition")?,
            law: text(row, "share_law")?,
            methods: values::methods(row.cell("share_method"))
                .map_err(|_| bad("share_method", "a word of it is no method"))?,
        },
        opening: Opening { class: opening(row)?, condition: text(row, "open_condition")? },
        update_cycle: values::cycle(row.cell("frequency")),
        published_on: day(row)?,
        flow_threshold: number(row, "flow_threshold")?,
        responsibility: Responsibility {
            matter: text(row, "matter")?,
            matter_kind: choice_or(row, "matter_kind", &values::MATTERS, MatterKind::Other)?,
            information: text(row, "information")?,
            standard: text(row, "standard")?,
            source: text(row, "source")?,
            owner: text(row, "owner")?,
            steward: text(row, "steward")?,
        },
        quality: None,
        holds_personal_data,
        assessments,
        restriction: None,
    };
    let code_text = content.code.clone();
    extras::set_code(&mut content, code_text);
    Ok(Mapped { name: code.to_owned(), organization: organization.to_owned(), content, adjusted: Adjusted::default() })
}

/// A row in a state whose entries are not submitted is passed over, and told.
fn check_state(row: &Row) -> Result<(), Rejection> {
    let said = row.cell("state");
    if said.is_empty() {
        return Ok(());
    }
    let standing = Standing::read(said)
        .ok_or_else(|| bad("state", "it is no state that is known (docs/integration/catalog-tables.md)"))?;
    let state = standing.row().chinese;
    match standing.intent() {
        Intent::Submit => Ok(()),
        Intent::Nothing => Err(Rejection::new(
            "not_submitted",
            format!("it is {state}: drafts and what was returned stay off the ledger"),
        )),
        Intent::TellPeople => {
            Err(Rejection::new("ended", format!("it is {state}: the head suspends or withdraws its entry")))
        }
    }
}

fn item(row: &Row, entry: SharingClass) -> Result<Item, Rejection> {
    if let Some(column) = row.missing() {
        return Err(Rejection::new("element_missing", format!("line {}: nothing stands under {column}", row.line)));
    }
    Ok(Item {
        name: text(row, "item_name")?,
        code: text(row, "item_code")?,
        element: number_or_none(row, "element")?.map(ElementId::new),
        source: number_or_none(row, "item_source")?.map(EntryId::new),
        data_type: choice(row, "data_type", &values::DATA_TYPES)?,
        length: number(row, "length")?,
        meaning: text(row, "meaning")?,
        standard: text(row, "item_standard")?,
        value_domain: text(row, "value_domain")?,
        quality_rule: text(row, "quality_rule")?,
        level: number(row, "level")?,
        sharing: choice_or(row, "share_type", &values::SHARING, entry)?,
        condition: text(row, "share_condition")?,
        law: text(row, "share_law")?,
    })
}

/// Yes, no, or one of the three classes.
fn opening(row: &Row) -> Result<SharingClass, Rejection> {
    let said = row.cell("open_type");
    let has_condition = !row.cell("open_condition").is_empty();
    match said {
        // The numbers of the column 是否向社会开放 are yes and no, not those of the classes.
        "1" | "是" | "yes" | "true" if has_condition => Ok(SharingClass::Conditional),
        "1" | "是" | "yes" | "true" => Ok(SharingClass::Unconditional),
        "0" | "否" | "no" | "false" => Ok(SharingClass::NotShared),
        said => values::read(&values::SHARING, said)
            .ok_or_else(|| bad("open_type", &format!("choose 是, 否 or one of {}", values::choices(&values::SHARING)))),
    }
}

fn day(row: &Row) -> Result<u32, Rejection> {
    // Spreadsheet programs like slashes, and leave zeros out.
    let said = row.cell("issued").replace(['/', '.'], "-");
    let mut parts = said.split('-').map(str::parse::<u16>);
    let day = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) => u8::try_from(month)
            .ok()
            .zip(u8::try_from(day).ok())
            .and_then(|(month, day)| Day::from_civil(year, month, day)),
        _ => None,
    };
    day.map(Day::get).ok_or_else(|| bad("issued", "it is no day as 2026-08-01"))
}

fn bad(key: &str, why: &str) -> Rejection {
    let column = ENTRIES.iter().chain(&ITEMS).find(|column| column.key == key);
    Rejection::new("bad_element", format!("{} {key}: {why}", column.map_or("", |column| column.chinese)))
}

fn text<const N: u32>(row: &Row, key: &str) -> Result<Text<N>, Rejection> {
    values::text(row.cell(key)).map_err(|why| bad(key, &why))
}

fn choice<T: Copy>(row: &Row, key: &str, list: &'static [Word<T>]) -> Result<T, Rejection> {
    values::read(list, row.cell(key)).ok_or_else(|| bad(key, &format!("choose one of {}", values::choices(list))))
}

fn choice_or<T: Copy>(row: &Row, key: &str, list: &'static [Word<T>], unsaid: T) -> Result<T, Rejection> {
    if row.cell(key).is_empty() { Ok(unsaid) } else { choice(row, key, list) }
}

fn number<T: std::str::FromStr + Default>(row: &Row, key: &str) -> Result<T, Rejection> {
    Ok(number_or_none(row, key)?.unwrap_or_default())
}

fn number_or_none<T: std::str::FromStr>(row: &Row, key: &str) -> Result<Option<T>, Rejection> {
    let said = row.cell(key);
    if said.is_empty() {
        Ok(None)
    } else {
        said.parse().map(Some).map_err(|_| bad(key, "it is no number of its range"))
    }
}

/// Texts between semicolons, or `、`.
fn list<const L: u32, const N: u32>(row: &Row, key: &str) -> Result<List<Text<L>, N>, Rejection> {
    let words = row.cell(key).split([';', '；', '、']).map(str::trim).filter(|word| !word.is_empty());
    let texts = words.map(|word| values::text(word).map_err(|why| bad(key, &why)));
    many(key, texts.collect::<Result<_, _>>()?)
}

fn many<T, const N: u32>(key: &str, values: Vec<T>) -> Result<List<T, N>, Rejection> {
    let count = values.len();
    List::try_from(values).map_err(|_| bad(key, &format!("there are {count}, the bound is {N}")))
}

#[cfg(test)]
mod tests;
