//! Datasets of a DCAT-AP catalog, in the form of a portal's dataset, so that one set of rules maps both.

use super::json_ld::{Document, Node};
use crate::{
    dataset::{self, Read},
    error::CatalogError,
    extras, values,
};
use mulu_client::import::ckan::{Publication, known_format};
use serde_json::{Map, Value, json};

/// Maps every dataset of a document; what does not map is told by its name.
///
/// # Errors
/// [`CatalogError::Form`] if the document is no JSON-LD, or there is no dataset in it.
pub fn read(bytes: &[u8], publication: impl Fn(&str) -> Option<Publication>) -> Result<Vec<Read>, CatalogError> {
    let document = Document::read(bytes)?;
    let datasets = document.of_type("dcat:Dataset");
    if datasets.is_empty() {
        let why = "there is no dcat:Dataset in it; other forms than JSON-LD are not read, and contexts are not fetched";
        return Err(CatalogError::form("the catalog", why));
    }
    let catalog = document.of_type("dcat:Catalog").into_iter().next();
    let read = datasets.into_iter().map(|node| {
        let name = name_of(&node);
        dataset::map(&of_node(&node, &name, catalog.as_ref()), &publication).map_err(|rejection| (name, rejection))
    });
    Ok(read.collect())
}

/// What the dataset is called for ever: its id, else its identifier, else its title.
fn name_of(node: &Node<'_>) -> String {
    let id = node.id().filter(|id| !id.starts_with("_:")).map(str::to_owned);
    id.or_else(|| node.text("dct:identifier")).or_else(|| node.text("dct:title")).unwrap_or_default()
}

fn of_node(node: &Node<'_>, name: &str, catalog: Option<&Node<'_>>) -> Value {
    let distributions = node.nodes("dcat:distribution");
    let license = std::iter::once(node).chain(&distributions).find_map(|node| node.label("dct:license"));
    json!({
        "name": name,
        "title": node.text("dct:title"),
        "notes": node.text("dct:description"),
        "organization": organization(node).or_else(|| organization(catalog?)),
        "tags": node.texts("dcat:keyword"),
        "category": node.label("dcat:theme").map(|theme| vec![theme]),
        "license": license.or_else(|| node.label("dct:rights")),
        // The publication date is element 12; when the data were changed last stands in for it.
        "created": node.text("dct:issued").or_else(|| node.text("dct:modified")),
        "resources": distributions.iter().map(resource).collect::<Vec<_>>(),
        "extras": extras_of(node),
    })
}

/// The publisher by everything that it is called: whoever maps departments names one of these.
fn organization(node: &Node<'_>) -> Option<Value> {
    let publisher = node.nodes("dct:publisher").into_iter().next();
    let Some(publisher) = publisher else { return node.text("dct:publisher").map(Value::String) };
    let name = ["foaf:name", "skos:prefLabel", "vcard:fn", "schema:name", "rdfs:label"]
        .iter()
        .find_map(|property| publisher.text(property));
    let named = json!({ "title": name, "name": publisher.text("dct:identifier"), "id": publisher.id() });
    let is_named = named.as_object().is_some_and(|fields| fields.values().any(|value| !value.is_null()));
    is_named.then_some(named)
}

fn resource(distribution: &Node<'_>) -> Value {
    let is_service = distribution.values("dcat:accessService").next().is_some();
    let said = ["dct:format", "dcat:mediaType"].iter().filter_map(|property| distribution.label(property));
    let format = said.filter_map(|label| format_of(&label)).next();
    json!({
        "name": distribution.text("dct:title"),
        "description": distribution.text("dct:description"),
        "format": if is_service { Some("API".to_owned()) } else { format },
    })
}

/// A format of the table, of the EU's file types, or of a media type.
fn format_of(label: &str) -> Option<String> {
    let last = label.rsplit(['/', '#', ':']).next().unwrap_or(label).trim();
    let by_type = match label.rsplit("media-types/").next().unwrap_or(label).split(';').next().unwrap_or("").trim() {
        "text/csv" => Some("CSV"),
        "application/json" => Some("JSON"),
        "application/geo+json" | "application/vnd.geo+json" => Some("GEOJSON"),
        "application/xml" | "text/xml" => Some("XML"),
        "application/pdf" => Some("PDF"),
        "text/html" => Some("HTML"),
        "text/plain" => Some("TXT"),
        "application/zip" => Some("ZIP"),
        "application/vnd.ms-excel" | "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" => {
            Some("XLSX")
        }
        "application/vnd.google-earth.kml+xml" => Some("KML"),
        "image/jpeg" => Some("JPEG"),
        "image/png" => Some("PNG"),
        "image/tiff" => Some("TIFF"),
        "application/rss+xml" => Some("RSS"),
        _ => None,
    };
    let by_name = || known_format(last).map(|_| last.to_owned());
    by_type.map(str::to_owned).or_else(by_name)
}

fn extras_of(node: &Node<'_>) -> Value {
    let mut pairs = Map::new();
    let mut say = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            pairs.insert(name.to_owned(), Value::String(value));
        }
    };
    let code = node.texts("dct:identifier").into_iter().find(|identifier| values::is_resource_code(identifier));
    say("identifier", code);
    say("frequency", node.label("dct:accrualPeriodicity"));
    // To the public, to some, to nobody.
    let rights =
        node.label("dct:accessRights").map(|rights| rights.rsplit(['/', '#']).next().unwrap_or("").to_uppercase());
    match rights.as_deref() {
        Some("PUBLIC") => say("open_type", Some("unconditional".into())),
        Some("RESTRICTED" | "RESTRICTED PUBLIC") => {
            let condition = node.label("dct:rights").or_else(|| node.label("dct:license"));
            say("open_type", Some(if condition.is_some() { "conditional" } else { "not_shared" }.into()));
            say("open_condition", condition);
        }
        Some("NON_PUBLIC" | "NON-PUBLIC" | "CONFIDENTIAL" | "SENSITIVE") => say("open_type", Some("not_shared".into())),
        _ => {}
    }
    for (name, value) in node.below(extras::NAMESPACE) {
        say(name, Some(value));
    }
    Value::Object(pairs)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sample::anybody;
    use mulu_client::import::ckan::Mapped;
    use mulu_proofs::catalog::{FormatClass, Method, Methods, SharingClass, UpdateCycle};

    fn one(value: &Value) -> Mapped {
        let mut read = read(value.to_string().as_bytes(), anybody).unwrap();
        assert_eq!(read.len(), 1);
        read.remove(0).unwrap()
    }

    #[test]
    fn a_dataset_of_dcat_ap_becomes_an_entry() {
        let mapped = one(&json!({
            "@context": { "dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "foaf": "http://xmlns.com/foaf/0.1/" },
            "@id": "https://data.example/set/trees", "@type": "dcat:Dataset",
            "dct:title": { "@value": "Trees", "@language": "en" }, "dct:description": "All trees.",
            "dct:publisher": { "@type": "foaf:Agent", "foaf:name": "Parks Office" },
            "dcat:keyword": ["trees", "parks"], "dct:issued": { "@value": "2024-01-02", "@type": "xsd:date" },
            "dct:accrualPeriodicity": { "@id": "http://publications.europa.eu/resource/authority/frequency/MONTHLY" },
            "dct:accessRights": { "@id": "http://publications.europa.eu/resource/authority/access-right/RESTRICTED" },
            "dct:license": { "@id": "http://creativecommons.org/licenses/by/4.0/" },
            "dcat:distribution": [
                { "@type": "dcat:Distribution", "dct:title": "CSV", "dcat:mediaType": { "@id": "http://www.iana.org/assignments/media-types/text/csv" } },
                { "@type": "dcat:Distribution", "dct:title": "Service", "dcat:accessService": { "@type": "dcat:DataService" } },
            ],
        }));
        let content = &mapped.content;
        assert_eq!((content.name.as_str(), content.summary.as_str()), ("Trees", "All trees."));
        assert_eq!(mapped.organization, "Parks Office");
        assert_eq!(content.update_cycle, UpdateCycle::Monthly);
        assert_eq!((content.format.class, content.format.name.as_str()), (FormatClass::Spreadsheet, "csv"));
        assert_eq!(content.sharing.methods, Methods::of(&[Method::File, Method::ServiceInterface]));
        assert_eq!(content.opening.class, SharingClass::Conditional);
        assert_eq!(content.opening.condition.as_str(), "http://creativecommons.org/licenses/by/4.0/");
        assert_eq!((content.items.len(), content.published_on), (2, 19_724));
        assert_eq!(mapped.adjusted.filled(), Vec::<&str>::new());
    }

    #[test]
    fn project_open_data_is_read_too() {
        let mapped = one(&json!({
            "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld", "@type": "dcat:Catalog",
            "dataset": [{
                "@type": "dcat:Dataset", "title": "Stops", "description": "d", "keyword": ["bus"], "modified": "2024-05-06",
                "publisher": { "@type": "org:Organization", "name": "Transit" }, "identifier": "stops-1", "accessLevel": "public",
                "accrualPeriodicity": "R/P1D", "distribution": [{ "@type": "dcat:Distribution", "mediaType": "application/json", "downloadURL": "https://x" }],
            }],
        }));
        assert_eq!((mapped.name.as_str(), mapped.organization.as_str()), ("stops-1", "Transit"));
        assert_eq!(mapped.content.format.name.as_str(), "json");
        assert_eq!(mapped.content.update_cycle, UpdateCycle::Daily);
    }

    #[test]
    fn a_publisher_of_the_catalog_stands_in_and_what_does_not_map_is_told() {
        let document = json!({ "@graph": [
            { "@id": "urn:c", "@type": "dcat:Catalog", "dct:publisher": "City", "dcat:dataset": [{ "@id": "urn:a" }, { "@id": "urn:b" }] },
            { "@id": "urn:a", "@type": "dcat:Dataset", "dct:title": "A" },
            { "@id": "urn:b", "@type": "dcat:Dataset", "dct:title": "x".repeat(300) },
        ]});
        let read = read(document.to_string().as_bytes(), anybody).unwrap();
        assert_eq!(read[0].as_ref().unwrap().organization, "City");
        let (name, rejection) = read[1].as_ref().unwrap_err();
        assert_eq!((name.as_str(), rejection.reason), ("urn:b", "title_too_long"));
        let none = json!({ "@type": "dcat:Catalog" });
        assert!(super::read(none.to_string().as_bytes(), anybody).unwrap_err().to_string().contains("no dcat:Dataset"));
    }
}
