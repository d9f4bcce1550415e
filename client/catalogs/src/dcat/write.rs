//! Published entries as a DCAT-AP catalog in JSON-LD, its context inside. What DCAT-AP has no term for stands below our own namespace.

use crate::{extras, published::Published, values};
use mulu_proofs::{calendar::Day, catalog::SharingClass};
use serde_json::{Map, Value, json};

const FREQUENCIES: &str = "http://publications.europa.eu/resource/authority/frequency/";
const ACCESS_RIGHTS: &str = "http://publications.europa.eu/resource/authority/access-right/";

/// A catalog with these entries. `chain` is the chain's id; `pages` the address below which an entry has a page, if there is one.
pub fn catalog(chain: &str, title: &str, entries: &[Published], pages: Option<&str>) -> Value {
    json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
            "mulu": extras::NAMESPACE,
        },
        "@id": format!("urn:mulu:{chain}"),
        "@type": "dcat:Catalog",
        "dct:title": title,
        "dct:description": title,
        "dcat:dataset": entries.iter().map(|entry| dataset(chain, entry, pages)).collect::<Vec<_>>(),
    })
}

/// The dataset of an entry.
pub fn dataset(chain: &str, entry: &Published, pages: Option<&str>) -> Value {
    let content = &entry.content;
    let id = |code: &str| format!("urn:mulu:{chain}:{code}");
    let mut fields = Map::new();
    let mut say = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    say("@id", id(content.code.as_str()).into());
    say("@type", "dcat:Dataset".into());
    say("dct:identifier", content.code.as_str().into());
    say("dct:title", content.name.as_str().into());
    say("dct:description", content.summary.as_str().into());
    say("dcat:keyword", json!(content.keywords));
    say(
        "dct:publisher",
        json!({
            "@id": format!("urn:mulu:{chain}:department:{}", entry.provider.id),
            "@type": "foaf:Agent",
            "foaf:name": entry.provider.name,
            "dct:identifier": entry.provider.credit_code,
        }),
    );
    if let Some(day) = Day::new(content.published_on) {
        say("dct:issued", json!({ "@value": day.to_string(), "@type": "xsd:date" }));
    }
    if let Some((_, _, frequency)) = values::cycle_names(&content.update_cycle) {
        say("dct:accrualPeriodicity", json!({ "@id": format!("{FREQUENCIES}{frequency}") }));
    }
    let access = match content.opening.class {
        SharingClass::Unconditional => "PUBLIC",
        SharingClass::Conditional => "RESTRICTED",
        SharingClass::NotShared => "NON_PUBLIC",
    };
    say("dct:accessRights", json!({ "@id": format!("{ACCESS_RIGHTS}{access}") }));
    if !content.opening.condition.is_empty() {
        say("dct:rights", content.opening.condition.as_str().into());
    }
    if !content.related.is_empty() {
        let related: Vec<Value> = content.related.iter().map(|code| json!({ "@id": id(code.as_str()) })).collect();
        say("dct:relation", related.into());
    }
    say("dcat:version", entry.version.to_string().into());
    if let Some(pages) = pages {
        // A distribution has an address (mandatory in DCAT-AP): the page on which access is requested, never the resource itself.
        let page = format!("{}/{}", pages.trim_end_matches('/'), entry.id);
        say(
            "dcat:distribution",
            json!([{ "@type": "dcat:Distribution", "dct:title": content.name, "dcat:accessURL": { "@id": page } }]),
        );
    }
    for (name, value) in extras::of(content) {
        say(&format!("mulu:{name}"), value.into());
    }
    Value::Object(fields)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::{
        dcat,
        published::Provider,
        sample::{PROVIDER, anybody, content},
    };
    use mulu_proofs::{
        catalog::UpdateCycle,
        ids::{EntryId, Version},
    };

    fn published(content: mulu_proofs::catalog::EntryContent) -> Published {
        let provider = Provider { id: PROVIDER, name: "民政局".into(), credit_code: "11350000000000001A".into() };
        Published { id: EntryId::new(4), version: Version::new(2), digest: content.digest(), content, provider }
    }

    #[test]
    fn a_catalog_that_is_read_again_has_the_same_entries() {
        let mut other = content();
        other.code = crate::sample::text("106001/1");
        other.classification.attribute = mulu_proofs::catalog::ResourceClass::Base;
        other.update_cycle = UpdateCycle::Other(crate::sample::text("every leap year"));
        let entries = [published(content()), published(other)];
        for pages in [None, Some("https://mulu.example/entries/")] {
            let written = catalog("mulu-test", "共享目录", &entries, pages).to_string();
            let read: Vec<_> = dcat::read::read(written.as_bytes(), anybody).unwrap();
            let contents: Vec<_> = read.into_iter().map(|mapped| mapped.unwrap().content).collect();
            assert_eq!(contents, entries.clone().map(|entry| entry.content));
        }
    }

    #[test]
    fn terms_of_dcat_ap_say_what_they_can() {
        let written = dataset("mulu-test", &published(content()), Some("https://mulu.example/entries"));
        assert_eq!(written["dct:accessRights"]["@id"], format!("{ACCESS_RIGHTS}RESTRICTED"));
        assert_eq!(written["dct:accrualPeriodicity"]["@id"], format!("{FREQUENCIES}MONTHLY_3"));
        assert_eq!(written["dct:issued"]["@value"], "2025-01-12");
        assert_eq!(written["dct:relation"][0]["@id"], "urn:mulu:mulu-test:306001/1002");
        assert_eq!(written["dcat:distribution"][0]["dcat:accessURL"]["@id"], "https://mulu.example/entries/4");
        assert_eq!(written["dct:publisher"]["foaf:name"], "民政局");
    }
}
