//! Datasets of a CKAN or JKAN portal become catalog entries: a dump's, one JSON object a line, and the Action API's packages. The rules stand
//! in `docs/import.md`.

use super::days_from_civil;
use mulu_proofs::{
    catalog::{
        Assessments, Classification, DataGrade, DataKind, DataType, EntryContent, Format, FormatClass, ITEMS_MAX, Item,
        KEYWORDS_MAX, List, MatterKind, Method, Methods, Opening, ResourceClass, Responsibility, Secrecy, Sharing,
        SharingClass, UpdateCycle,
    },
    hash::{self, DigestKind},
    ids::{DepartmentId, Digest32},
    text::Text,
};
use serde_json::Value;

/// Longest line that is read, in bytes.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Why a line became no entry: the whole list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rejected {
    /// Longer than [`LINE_BYTES_MAX`].
    #[error("the line is longer than 1 MiB")]
    TooLong,
    /// Not a JSON object.
    #[error("the line is not a JSON object")]
    NotJson,
    /// Neither `title` nor `name`.
    #[error("the dataset has neither title nor name")]
    NoTitle,
    /// No `organization`.
    #[error("the dataset names no organization")]
    NoOrganization,
    /// The mapping knows no department for the organization.
    #[error("no department is mapped to the organization")]
    UnknownOrganization,
    /// The name is over the bound of an entry's name.
    #[error("the title is longer than 256 bytes")]
    TitleTooLong,
    /// Another line of the same file has the same `name`.
    #[error("another line has the same name")]
    DuplicateName,
}

impl Rejected {
    /// The reason's name in the closed list.
    pub const fn code(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NotJson => "not_json",
            Self::NoTitle => "no_title",
            Self::NoOrganization => "no_organization",
            Self::UnknownOrganization => "unknown_organization",
            Self::TitleTooLong => "title_too_long",
            Self::DuplicateName => "duplicate_name",
        }
    }
}

/// What was changed so that the dataset fits the catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Adjusted {
    /// HTML was taken out of the notes.
    pub html_removed: bool,
    /// The notes were shortened to the bound of a summary; the text ends with `…`.
    pub summary_shortened: bool,
    /// There were no notes: the title stands in.
    pub summary_from_title: bool,
    /// There was no title: the name stands in.
    pub title_from_name: bool,
    /// Tags over the bounds or not text, left out.
    pub tags_dropped: u32,
    /// Resources over the bound of items, left out.
    pub resources_dropped: u32,
    /// No resource has a known format: `unknown` stands in.
    pub format_unknown: bool,
    /// Neither created nor modified: day 0 stands in.
    pub date_unknown: bool,
    /// No resource says how often it is updated: `not stated` stands in.
    pub cycle_unknown: bool,
    /// It holds personal data: it is opened on the terms of its licence alone, or not at all where it has none.
    pub opening_restricted: bool,
}

impl Adjusted {
    /// Each rule with how often it was applied.
    pub const fn counts(&self) -> [(&'static str, u32); 10] {
        [
            ("html_removed", self.html_removed as u32),
            ("summary_shortened", self.summary_shortened as u32),
            ("summary_from_title", self.summary_from_title as u32),
            ("title_from_name", self.title_from_name as u32),
            ("tags_dropped", self.tags_dropped),
            ("resources_dropped", self.resources_dropped),
            ("format_unknown", self.format_unknown as u32),
            ("date_unknown", self.date_unknown as u32),
            ("cycle_unknown", self.cycle_unknown as u32),
            ("opening_restricted", self.opening_restricted as u32),
        ]
    }

    /// Elements of a catalog (art. 13) that the dataset lacks, by the rules that filled them.
    pub fn filled(&self) -> Vec<&'static str> {
        let rules = [
            ("title_from_name", self.title_from_name),
            ("summary_from_title", self.summary_from_title),
            ("format_unknown", self.format_unknown),
            ("cycle_unknown", self.cycle_unknown),
            ("date_unknown", self.date_unknown),
        ];
        rules.into_iter().filter(|(_, applied)| *applied).map(|(rule, _)| rule).collect()
    }
}

/// What a dataset does not say of its organization.
#[derive(Clone, Copy, Debug)]
pub struct Publication {
    /// The department that publishes for it.
    pub department: DepartmentId,
    /// That department's assessments of what the portal shows (art. 13).
    pub assessments: Assessments,
}

/// A dataset, mapped.
#[derive(Clone, Debug)]
pub struct Mapped {
    /// The portal's own name of the dataset, unique there.
    pub name: String,
    /// The organization that publishes it.
    pub organization: String,
    /// The entry.
    pub content: EntryContent,
    /// What was adjusted.
    pub adjusted: Adjusted,
}

/// Maps one line; `publication` answers who publishes for an organization.
///
/// # Errors
/// [`Rejected`], one of its closed list.
pub fn map(line: &str, publication: impl Fn(&str) -> Option<Publication>) -> Result<Mapped, Rejected> {
    if line.len() > LINE_BYTES_MAX {
        return Err(Rejected::TooLong);
    }
    let dataset: Value = serde_json::from_str(line).map_err(|_| Rejected::NotJson)?;
    map_dataset(&dataset, publication)
}

/// Maps one dataset, as a dump has it or as the Action API answers with it.
///
/// # Errors
/// [`Rejected`], one of its closed list.
pub fn map_dataset(dataset: &Value, publication: impl Fn(&str) -> Option<Publication>) -> Result<Mapped, Rejected> {
    if !dataset.is_object() {
        return Err(Rejected::NotJson);
    }
    let mut adjusted = Adjusted::default();
    let name = text_of(&dataset["name"]);
    let title = text_of(&dataset["title"]).or_else(|| {
        adjusted.title_from_name = true;
        name.clone()
    });
    let title = title.ok_or(Rejected::NoTitle)?;
    let name = name.unwrap_or_else(|| title.clone());
    let names = names_of(&dataset["organization"]);
    let shown = names.first().ok_or(Rejected::NoOrganization)?.clone();
    let known = names.into_iter().find_map(|name| publication(&name).map(|found| (name, found)));
    let (organization, Publication { department: provider, assessments }) =
        known.ok_or(Rejected::UnknownOrganization)?;
    let empty = Vec::new();
    let resources = dataset["resources"].as_array().unwrap_or(&empty);
    let (format, methods) = format_of(resources, &mut adjusted);
    let content = EntryContent {
        code: code_of(dataset, &name),
        name: Text::new(&title).map_err(|_| Rejected::TitleTooLong)?,
        provider,
        summary: summary_of(dataset, &title, &mut adjusted),
        keywords: keywords_of(dataset, &mut adjusted),
        related: List::default(),
        classification: Classification {
            attribute: ResourceClass::Department,
            // Portals do not say; what they publish is what their owners' business produces.
            data_kind: DataKind::Transaction,
            grade: DataGrade::General,
            sensitivity: 0,
            secrecy: Secrecy::None,
        },
        format,
        items: items_of(resources, &title, &mut adjusted),
        sharing: Sharing {
            class: SharingClass::Unconditional,
            condition: Text::default(),
            law: Text::default(),
            methods,
        },
        opening: opening_of(dataset, assessments.personal_information.is_some(), &mut adjusted),
        update_cycle: cycle_of(resources, &mut adjusted),
        published_on: date_of(dataset, &mut adjusted),
        flow_threshold: 0,
        responsibility: Responsibility {
            matter: shortened("open data publication").0,
            matter_kind: MatterKind::Other,
            information: shortened(&title).0,
            standard: Text::default(),
            source: shortened(text_of(&dataset["source"]).as_deref().unwrap_or("")).0,
            // An office, never the maintainer's name: that may be a person.
            owner: shortened(&shown).0,
            steward: shortened(&shown).0,
        },
        quality: None,
        holds_personal_data: assessments.personal_information.is_some(),
        assessments,
        restriction: None,
    };
    Ok(Mapped { name, organization, content, adjusted })
}

/// The text of a string or number, trimmed; `None` for null, empty and everything else.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// What something is called: a text, or of an object its `title`, `display_name`, `name` and `id`, the first for people.
fn names_of(value: &Value) -> Vec<String> {
    match value {
        Value::Object(named) => {
            ["title", "display_name", "name", "id"].iter().filter_map(|key| text_of(named.get(*key)?)).collect()
        }
        other => text_of(other).into_iter().collect(),
    }
}

/// As much of `text` as fits, at a character boundary, with `…` where something is missing; and whether it is.
pub fn shortened<const N: u32>(text: &str) -> (Text<N>, bool) {
    if let Ok(whole) = Text::new(text) {
        return (whole, false);
    }
    let mut end = (N as usize).saturating_sub('…'.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = format!("{}…", text[..end].trim_end());
    (Text::new(&cut).unwrap_or_default(), true)
}

/// `3`, item and sub-item from the first category's place in the table, serial from the portal's name: stable over imports.
fn code_of(dataset: &Value, name: &str) -> Text<64> {
    const CATEGORIES: [&str; 15] = [
        "Arts / Culture / History",
        "Basemaps",
        "Boundaries",
        "Budget / Finance",
        "Economy",
        "Education",
        "Elections / Politics",
        "Environment",
        "Food",
        "Health / Human Services",
        "Parks / Recreation",
        "Planning / Zoning",
        "Public Safety",
        "Real Estate / Land Records",
        "Transportation",
    ];
    let category = [&dataset["category"][0], &dataset["groups"][0]]
        .into_iter()
        .find_map(|first| names_of(first).into_iter().next());
    let place = match category.as_deref().unwrap_or("") {
        "Health and Human Services" => 10,
        "Economy / Business" => 5,
        other => CATEGORIES.iter().position(|c| *c == other).map_or(0, |place| place + 1),
    };
    let serial: Digest32 = hash::digest(DigestKind::Document, name.as_bytes());
    Text::new(&format!("399{place:03}/{}", hex::encode(&serial[..8]))).expect("23 characters")
}

fn summary_of(dataset: &Value, title: &str, adjusted: &mut Adjusted) -> Text<2048> {
    let notes = text_of(&dataset["notes"]).unwrap_or_default();
    let plain = without_html(&notes);
    adjusted.html_removed = notes.contains('<') && plain.len() < notes.len();
    adjusted.summary_from_title = plain.is_empty();
    let (summary, cut) = shortened(if plain.is_empty() { title } else { &plain });
    adjusted.summary_shortened = cut;
    summary
}

/// Tags out, entities decoded, white space folded. A `<` that opens no tag stays.
pub fn without_html(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let tag = &rest[start + 1..];
        let opens = tag.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match tag.find('>') {
            Some(end) if opens => {
                out.push(' ');
                rest = &tag[end + 1..];
            }
            _ => {
                out.push('<');
                rest = tag;
            }
        }
    }
    out.push_str(rest);
    let decoded = html_escape::decode_html_entities(&out);
    decoded.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn keywords_of(dataset: &Value, adjusted: &mut Adjusted) -> List<Text<64>, KEYWORDS_MAX> {
    let mut keywords = List::default();
    for tag in dataset["tags"].as_array().into_iter().flatten() {
        let kept = names_of(tag).first().and_then(|tag| Text::new(tag).ok());
        let dropped = kept.is_none_or(|tag| keywords.try_push(tag).is_err());
        adjusted.tags_dropped += u32::from(dropped);
    }
    keywords
}

/// One item per resource; a dataset without any has one item, itself.
fn items_of(resources: &[Value], title: &str, adjusted: &mut Adjusted) -> List<Item, ITEMS_MAX> {
    let item = |place: usize, name: &str, meaning: &str| Item {
        name: shortened(name).0,
        code: Text::new(&format!("R{place}")).expect("few characters"),
        element: None,
        source: None,
        data_type: DataType::General,
        length: 0,
        meaning: shortened(meaning).0,
        standard: Text::default(),
        value_domain: Text::default(),
        quality_rule: Text::default(),
        level: 0,
        sharing: SharingClass::Unconditional,
        condition: Text::default(),
        law: Text::default(),
    };
    let mut items = List::default();
    for (place, resource) in resources.iter().enumerate() {
        let name = text_of(&resource["name"]).unwrap_or_else(|| title.to_owned());
        let meaning = without_html(&text_of(&resource["description"]).unwrap_or_default());
        if items.try_push(item(place + 1, &name, &meaning)).is_err() {
            adjusted.resources_dropped += 1;
        }
    }
    if items.is_empty() {
        items.try_push(item(1, title, "")).expect("the list is empty");
    }
    items
}

/// Format of the first resource that has a known one; methods from all of them.
fn format_of(resources: &[Value], adjusted: &mut Adjusted) -> (Format, Methods) {
    let mut methods = Vec::new();
    let mut first = None;
    for resource in resources {
        let Some((class, name)) = text_of(&resource["format"]).and_then(|format| known_format(&format)) else {
            continue;
        };
        methods.push(if class == FormatClass::ServiceInterface { Method::ServiceInterface } else { Method::File });
        first.get_or_insert((class, name));
    }
    adjusted.format_unknown = first.is_none();
    let (class, name) = first.unwrap_or((FormatClass::SelfDescribing, "unknown"));
    if methods.is_empty() {
        methods.push(Method::File);
    }
    (Format { class, name: Text::new(name).expect("short") }, Methods::of(&methods))
}

/// The format table; spelling of the portal's people included.
pub fn known_format(format: &str) -> Option<(FormatClass, &'static str)> {
    use FormatClass::{ElectronicFile, Image, SelfDescribing, ServiceInterface, Spreadsheet};
    let first = format.split(',').next().unwrap_or("").trim().to_ascii_uppercase();
    Some(match first.as_str() {
        "CSV" => (Spreadsheet, "csv"),
        "XLSX" | "XSLX" | "XLS" => (Spreadsheet, "xlsx"),
        "API" | "GEOSERVICE" => (ServiceInterface, "rest"),
        "RSS" => (ServiceInterface, "rss"),
        "GTFS-RT" => (ServiceInterface, "gtfs-rt"),
        "HTML" => (ElectronicFile, "html"),
        "PDF" => (ElectronicFile, "pdf"),
        "TXT" => (ElectronicFile, "txt"),
        "XML" => (ElectronicFile, "xml"),
        "ZIP" => (ElectronicFile, "zip"),
        "JPEG" => (Image, "jpg"),
        "TIFF" | "TIF" => (Image, "tif"),
        "PNG" | "PNG 24" => (Image, "png"),
        "IMG" | "ECW" => (Image, "ecw"),
        "SHP" => (SelfDescribing, "shp"),
        "GEOJSON" => (SelfDescribing, "geojson"),
        "JSON" => (SelfDescribing, "json"),
        "GDB" => (SelfDescribing, "gdb"),
        "KML" => (SelfDescribing, "kml"),
        "LAS" => (SelfDescribing, "las"),
        "GTFS" => (SelfDescribing, "gtfs"),
        "GEOPARQUET" => (SelfDescribing, "geoparquet"),
        _ => return None,
    })
}

/// `Update Frequency: X` of the first resource that says it.
fn cycle_of(resources: &[Value], adjusted: &mut Adjusted) -> UpdateCycle {
    let said = resources.iter().find_map(|resource| {
        let description = resource["description"].as_str()?;
        Some(without_html(description.split_once("Update Frequency:")?.1.lines().next()?))
    });
    let said = said.unwrap_or_default().to_ascii_lowercase();
    adjusted.cycle_unknown = said.is_empty();
    match said.as_str() {
        "daily" => UpdateCycle::Daily,
        "weekly" => UpdateCycle::Weekly,
        "monthly" => UpdateCycle::Monthly,
        "quarterly" => UpdateCycle::Quarterly,
        "annually" | "yearly" => UpdateCycle::Yearly,
        "" => UpdateCycle::Other(Text::new("not stated").expect("short")),
        other => UpdateCycle::Other(shortened(other).0),
    }
}

/// The portal opens everything; personal data are opened under a condition alone (§4.3), and the licence is the only one that it states.
fn opening_of(dataset: &Value, is_personal: bool, adjusted: &mut Adjusted) -> Opening {
    let license = ["license", "license_title", "license_id"].into_iter().find_map(|key| text_of(&dataset[key]));
    adjusted.opening_restricted = is_personal;
    let class = match license {
        _ if !is_personal => SharingClass::Unconditional,
        Some(_) => SharingClass::Conditional,
        None => SharingClass::NotShared,
    };
    Opening { class, condition: shortened(license.as_deref().unwrap_or_default()).0 }
}

/// Day of `modified`, else of `created` or `metadata_created`. Never of `metadata_modified`: each touch of a dataset would be another version.
fn date_of(dataset: &Value, adjusted: &mut Adjusted) -> u32 {
    let day = ["modified", "created", "metadata_created"].into_iter().find_map(|key| {
        let value = &dataset[key];
        let text = value.as_str()?;
        let mut parts = text.get(..10)?.split('-').map(|part| part.parse::<i64>().ok());
        days_from_civil(parts.next()??, parts.next()??, parts.next()??)
    });
    adjusted.date_unknown = day.is_none();
    day.and_then(|day| u32::try_from(day).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anyone(_: &str) -> Option<Publication> {
        let assessments = Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 };
        Some(Publication { department: DepartmentId::new(7), assessments })
    }

    #[test]
    fn html_nulls_typos_and_long_texts_follow_the_rules() {
        let long = "目".repeat(1000);
        let line = serde_json::json!({
            "name": "x", "title": "T &amp; U", "organization": "O", "notes": format!("<p>a &lt; b</p>{long}"),
            "tags": ["ok", null, 3, "y".repeat(65)], "resources": [{"name": "r", "format": "XSLX"}], "modified": "R/P1D",
            "created": "2017-04-24T00:00:00"
        });
        let mapped = map(&line.to_string(), anyone).expect("maps");
        assert_eq!(mapped.content.format.name.as_str(), "xlsx");
        assert!(mapped.content.summary.as_str().starts_with("a < b 目"));
        assert!(mapped.content.summary.as_str().ends_with('…'));
        assert_eq!(mapped.content.keywords.len(), 2);
        assert_eq!(mapped.content.published_on, 17_280);
        let expected = Adjusted {
            html_removed: true,
            summary_shortened: true,
            tags_dropped: 2,
            cycle_unknown: true,
            ..Adjusted::default()
        };
        assert_eq!((mapped.adjusted, mapped.adjusted.filled()), (expected, vec!["cycle_unknown"]));
    }

    #[test]
    fn a_package_of_the_action_api_maps_as_a_line_of_a_dump() {
        let package = serde_json::json!({
            "id": "6a7f", "name": "trees", "title": "Trees", "notes": "All trees.", "license_id": "cc-by",
            "license_title": "CC-BY", "organization": { "id": "9b", "name": "parks", "title": "Parks Office" },
            "tags": [{ "name": "trees", "display_name": "Trees" }, { "name": "parks" }],
            "groups": [{ "name": "env", "display_name": "Environment", "title": "Environment" }],
            "metadata_created": "2024-01-02T03:04:05.123456", "metadata_modified": "2026-01-02T03:04:05.123456",
            "resources": [{ "name": "Trees", "format": "CSV", "description": "Update Frequency: Monthly" }],
        });
        let line = serde_json::json!({
            "name": "trees", "title": "Trees", "notes": "All trees.", "license": "CC-BY", "organization": "Parks Office",
            "tags": ["Trees", "parks"], "category": ["Environment"], "created": "2024-01-02",
            "resources": [{ "name": "Trees", "format": "CSV", "description": "Update Frequency: Monthly" }],
        });
        let by_slug = |name: &str| anyone(name).filter(|_| name == "parks");
        let of_package = map_dataset(&package, by_slug).expect("maps");
        let of_line = map_dataset(&line, anyone).expect("maps");
        assert_eq!(of_package.content, of_line.content);
        assert_eq!((of_package.organization.as_str(), of_line.organization.as_str()), ("parks", "Parks Office"));
    }

    #[test]
    fn personal_data_are_opened_on_the_terms_of_their_licence_or_not_at_all() {
        let assessed = |_: &str| {
            let personal_information = Some([2; 32]);
            let assessments = Assessments { secrecy: [1; 32], personal_information, assessed_on: 20_000 };
            Some(Publication { department: DepartmentId::new(7), assessments })
        };
        let opening = |license: &str| {
            let line = format!(r#"{{"name":"x","title":"T","organization":"O"{license}}}"#);
            let Mapped { content, adjusted, .. } = map(&line, assessed).expect("maps");
            assert!(content.holds_personal_data && adjusted.opening_restricted);
            (content.opening.class, content.opening.condition.to_string())
        };
        assert_eq!(opening(r#","license":"CC-BY 4.0""#), (SharingClass::Conditional, "CC-BY 4.0".to_owned()));
        assert_eq!(opening(""), (SharingClass::NotShared, String::new()));
    }

    #[test]
    fn every_reason_but_the_duplicate_is_produced_here() {
        let none = |_: &str| None;
        assert_eq!(map("{", anyone).err(), Some(Rejected::NotJson));
        assert_eq!(map("[]", anyone).err(), Some(Rejected::NotJson));
        assert_eq!(map(r#"{"title":null}"#, anyone).err(), Some(Rejected::NoTitle));
        assert_eq!(map(r#"{"title":"t"}"#, anyone).err(), Some(Rejected::NoOrganization));
        assert_eq!(map(r#"{"title":"t","organization":"o"}"#, none).err(), Some(Rejected::UnknownOrganization));
        let long = format!(r#"{{"title":"{}","organization":"o"}}"#, "t".repeat(257));
        assert_eq!(map(&long, anyone).err(), Some(Rejected::TitleTooLong));
        assert_eq!(map(&" ".repeat(LINE_BYTES_MAX + 1), anyone).err(), Some(Rejected::TooLong));
    }

    #[test]
    fn a_less_than_sign_in_plain_text_stays() {
        assert_eq!(without_html("1 < 2 <b>and</b> 3 > 2"), "1 < 2 and 3 > 2");
        assert_eq!(without_html("open <a href"), "open <a href");
    }
}
