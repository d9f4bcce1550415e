//! As much of JSON-LD as catalogs are written in: keys are expanded by the document's own context and the usual prefixes, values are read
//! in their compact and expanded forms, and nodes of a graph are found by their id.

use crate::error::CatalogError;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Deepest nesting of a document.
const DEPTH_MAX: usize = 64;
/// Prefixes that a document may use without saying what they stand for, as one whose context is elsewhere does.
const PREFIXES: [(&str, &str); 14] = [
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
    ("skos", "http://www.w3.org/2004/02/skos/core#"),
    ("schema", "http://schema.org/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("rdfs", "http://www.w3.org/2000/01/rdf-schema#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("adms", "http://www.w3.org/ns/adms#"),
    ("org", "http://www.w3.org/ns/org#"),
    ("mulu", crate::extras::NAMESPACE),
];
/// Names without a prefix, as documents with the context of DCAT-AP or of Project Open Data use them.
const NAMES: [(&str, &str); 26] = [
    ("Catalog", "dcat:Catalog"),
    ("Dataset", "dcat:Dataset"),
    ("Distribution", "dcat:Distribution"),
    ("dataset", "dcat:dataset"),
    ("distribution", "dcat:distribution"),
    ("title", "dct:title"),
    ("description", "dct:description"),
    ("identifier", "dct:identifier"),
    ("issued", "dct:issued"),
    ("modified", "dct:modified"),
    ("publisher", "dct:publisher"),
    ("license", "dct:license"),
    ("rights", "dct:rights"),
    ("relation", "dct:relation"),
    ("accessRights", "dct:accessRights"),
    ("accrualPeriodicity", "dct:accrualPeriodicity"),
    ("format", "dct:format"),
    ("keyword", "dcat:keyword"),
    ("theme", "dcat:theme"),
    ("mediaType", "dcat:mediaType"),
    ("accessURL", "dcat:accessURL"),
    ("downloadURL", "dcat:downloadURL"),
    ("accessService", "dcat:accessService"),
    ("version", "dcat:version"),
    ("name", "foaf:name"),
    ("prefLabel", "skos:prefLabel"),
];

/// A document, its keys expanded.
#[derive(Debug)]
pub struct Document {
    /// Its nodes that stand by themselves, in their order.
    roots: Vec<Map<String, Value>>,
    /// The fullest node of each id.
    by_id: BTreeMap<String, Map<String, Value>>,
}

/// A node of a document.
#[derive(Clone, Copy, Debug)]
pub struct Node<'d> {
    document: &'d Document,
    fields: &'d Map<String, Value>,
}

/// What names stand for.
#[derive(Default)]
struct Context {
    terms: BTreeMap<String, String>,
    vocabulary: Option<String>,
}

impl Document {
    /// Reads a document: one object, a list of them, or an object with a `@graph`.
    ///
    /// # Errors
    /// [`CatalogError::Form`] if it is no JSON, or nested too deeply.
    pub fn read(bytes: &[u8]) -> Result<Self, CatalogError> {
        let wrong = |why: String| CatalogError::form("the catalog", why);
        let value: Value = serde_json::from_slice(bytes).map_err(|error| wrong(format!("it is no JSON: {error}")))?;
        let mut context = Context::default();
        if let Some(said) = value.get("@context") {
            context.learn(said, 0);
        }
        let objects = match value {
            Value::Array(objects) => objects,
            object @ Value::Object(_) => vec![object],
            _ => return Err(wrong("it is neither an object nor a list of objects".into())),
        };
        let mut roots = Vec::new();
        for object in objects {
            let Value::Object(mut fields) = context.expanded(object, 0).map_err(wrong)? else { continue };
            match fields.remove("@graph") {
                Some(Value::Array(nodes)) => roots.extend(nodes.into_iter().filter_map(into_fields)),
                Some(node) => roots.extend(into_fields(node)),
                None => {}
            }
            if fields.keys().any(|key| !key.starts_with('@') || key == "@type") {
                roots.push(fields);
            }
        }
        let mut by_id = BTreeMap::new();
        roots.iter().for_each(|root| index(&mut by_id, root));
        Ok(Self { roots, by_id })
    }

    /// Every node of a type, wherever it stands, each once; of those with an id the one that says most.
    pub fn of_type<'d>(&'d self, iri: &str) -> Vec<Node<'d>> {
        let mut found = Vec::new();
        for root in &self.roots {
            self.collect(root, iri, &mut found);
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|node: &Node<'_>| node.id().is_none_or(|id| seen.insert(id.to_owned())));
        found
    }

    fn collect<'d>(&'d self, fields: &'d Map<String, Value>, iri: &str, found: &mut Vec<Node<'d>>) {
        let node = self.node(fields);
        if node.is_a(iri) {
            found.push(node);
        }
        for value in fields.values() {
            for inner in each(value).filter_map(Value::as_object) {
                self.collect(inner, iri, found);
            }
        }
    }

    fn node<'d>(&'d self, fields: &'d Map<String, Value>) -> Node<'d> {
        let full = fields.get("@id").and_then(Value::as_str).and_then(|id| self.by_id.get(id)).unwrap_or(fields);
        Node { document: self, fields: full }
    }
}

impl<'d> Node<'d> {
    /// Its id.
    pub fn id(&self) -> Option<&'d str> {
        self.fields.get("@id")?.as_str()
    }

    /// Whether it is of a type.
    pub fn is_a(&self, iri: &str) -> bool {
        let iri = full(iri);
        self.fields.get("@type").into_iter().flat_map(each).any(|of| of.as_str() == Some(&iri))
    }

    /// Every value of a property.
    pub fn values(&self, property: &str) -> impl Iterator<Item = &'d Value> + use<'d> {
        self.fields.get(&full(property)).into_iter().flat_map(each)
    }

    /// The text of a property in the language that is read here: Chinese, else none, else English, else the first.
    pub fn text(&self, property: &str) -> Option<String> {
        let texts: Vec<(String, String)> = self.values(property).flat_map(texts).collect();
        let of = |wanted: fn(&str) -> bool| texts.iter().find(|(language, _)| wanted(language));
        let chosen = of(|language| language.starts_with("zh"))
            .or_else(|| of(str::is_empty))
            .or_else(|| of(|language| language.starts_with("en")));
        chosen.or(texts.first()).map(|(_, text)| text.clone())
    }

    /// Every text of a property, in one language each.
    pub fn texts(&self, property: &str) -> Vec<String> {
        let texts: Vec<(String, String)> = self.values(property).flat_map(texts).collect();
        let spoken =
            ["zh", "", "en"].into_iter().find(|wanted| texts.iter().any(|(language, _)| speaks(language, wanted)));
        let Some(spoken) = spoken else { return texts.into_iter().map(|(_, text)| text).collect() };
        texts.into_iter().filter(|(language, _)| speaks(language, spoken)).map(|(_, text)| text).collect()
    }

    /// The nodes of a property.
    pub fn nodes(&self, property: &str) -> Vec<Node<'d>> {
        let document = self.document;
        self.values(property).filter_map(Value::as_object).map(|fields| document.node(fields)).collect()
    }

    /// What a property points to or says: the label of a node, else its id, else the text.
    pub fn label(&self, property: &str) -> Option<String> {
        for node in self.nodes(property) {
            let labelled = ["skos:prefLabel", "rdfs:label", "foaf:name", "dct:title", "schema:name", "vcard:fn"]
                .iter()
                .find_map(|label| node.text(label));
            if let Some(label) = labelled.or_else(|| node.id().map(str::to_owned)) {
                return Some(label);
            }
        }
        self.text(property)
    }

    /// The ids that a property points to, and texts that stand in their place.
    pub fn ids(&self, property: &str) -> Vec<String> {
        let id = |value: &'d Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Object(fields) => Some(fields.get("@id").or(fields.get("@value"))?.as_str()?.to_owned()),
            _ => None,
        };
        self.values(property).filter_map(id).collect()
    }

    /// Properties below a namespace, with their texts.
    pub fn below(&self, namespace: &str) -> Vec<(&'d str, String)> {
        let named = self.fields.keys().filter_map(|key| Some((key.strip_prefix(namespace)?, key)));
        named.filter_map(|(name, key)| Some((name, self.text(key)?))).collect()
    }
}

fn speaks(language: &str, wanted: &str) -> bool {
    if wanted.is_empty() { language.is_empty() } else { language.starts_with(wanted) }
}

fn each(value: &Value) -> impl Iterator<Item = &Value> {
    match value {
        Value::Array(values) => values.iter(),
        one => std::slice::from_ref(one).iter(),
    }
}

/// The texts of a value, with their languages.
fn texts(value: &Value) -> Vec<(String, String)> {
    match value {
        Value::String(text) => vec![(String::new(), text.clone())],
        Value::Number(number) => vec![(String::new(), number.to_string())],
        Value::Bool(bool) => vec![(String::new(), bool.to_string())],
        Value::Object(fields) if fields.contains_key("@value") => {
            let language = fields.get("@language").and_then(Value::as_str).unwrap_or("").to_lowercase();
            texts(&fields["@value"]).into_iter().map(|(_, text)| (language.clone(), text)).collect()
        }
        // A map from languages to texts.
        Value::Object(fields) if !fields.is_empty() && fields.keys().all(|key| is_language(key)) => {
            let of = |(language, value): (&String, &Value)| {
                each(value)
                    .filter_map(|text| Some((language.to_lowercase(), text.as_str()?.to_owned())))
                    .collect::<Vec<_>>()
            };
            fields.iter().flat_map(of).collect()
        }
        _ => Vec::new(),
    }
}

fn is_language(key: &str) -> bool {
    let mut parts = key.split('-');
    parts.next().is_some_and(|first| (2..=3).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic()))
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Indexes nodes by their ids; a mere reference never hides what the node says elsewhere.
fn index(by_id: &mut BTreeMap<String, Map<String, Value>>, fields: &Map<String, Value>) {
    if let Some(Value::String(id)) = fields.get("@id")
        && by_id.get(id).is_none_or(|known| known.len() < fields.len())
    {
        by_id.insert(id.clone(), fields.clone());
    }
    for value in fields.values() {
        each(value).filter_map(Value::as_object).for_each(|inner| index(by_id, inner));
    }
}

fn into_fields(value: Value) -> Option<Map<String, Value>> {
    if let Value::Object(fields) = value { Some(fields) } else { None }
}

/// A name with one of the usual prefixes, in full.
pub fn full(name: &str) -> String {
    let Some((prefix, local)) = name.split_once(':').filter(|(_, local)| !local.starts_with("//")) else {
        return name.to_owned();
    };
    let known = PREFIXES.iter().find(|(known, _)| *known == prefix);
    known.map_or_else(|| name.to_owned(), |(_, namespace)| format!("{namespace}{local}"))
}

impl Context {
    fn learn(&mut self, said: &Value, depth: usize) {
        match said {
            // A context that stands elsewhere is never fetched: the usual names hold.
            Value::Array(parts) if depth < 2 => parts.iter().for_each(|part| self.learn(part, depth + 1)),
            Value::Object(fields) => {
                for (term, meaning) in fields {
                    let iri = meaning.as_str().or_else(|| meaning.get("@id").and_then(Value::as_str));
                    match (term.as_str(), iri) {
                        ("@vocab", Some(iri)) => self.vocabulary = Some(iri.to_owned()),
                        (term, Some(iri)) if !term.starts_with('@') => {
                            self.terms.insert(term.to_owned(), iri.to_owned());
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    fn expand(&self, name: &str) -> String {
        self.expand_at(name, 0)
    }

    /// A term may stand for one with a prefix, which stands for an address: never a longer way.
    fn expand_at(&self, name: &str, depth: usize) -> String {
        if name.starts_with('@') || depth > 4 {
            return name.to_owned();
        }
        if let Some(meaning) = self.terms.get(name).filter(|meaning| *meaning != name) {
            return self.expand_at(meaning, depth + 1);
        }
        if let Some((prefix, local)) = name.split_once(':') {
            return match self.terms.get(prefix) {
                Some(namespace) if !local.starts_with("//") => {
                    format!("{}{local}", self.expand_at(namespace, depth + 1))
                }
                _ => full(name),
            };
        }
        if let Some(vocabulary) = &self.vocabulary {
            return format!("{}{name}", full(vocabulary));
        }
        let usual = NAMES.iter().find(|(usual, _)| *usual == name);
        usual.map_or_else(|| name.to_owned(), |(_, meaning)| full(meaning))
    }

    fn expanded(&self, value: Value, depth: usize) -> Result<Value, String> {
        if depth > DEPTH_MAX {
            return Err(format!("it is nested more than {DEPTH_MAX} deep"));
        }
        Ok(match value {
            Value::Array(values) => {
                Value::Array(values.into_iter().map(|value| self.expanded(value, depth + 1)).collect::<Result<_, _>>()?)
            }
            Value::Object(fields) => {
                let mut expanded = Map::new();
                for (key, value) in fields {
                    match self.expand(&key).as_str() {
                        "@context" => {}
                        "@type" => {
                            let types = each(&value).filter_map(Value::as_str).map(|of| Value::String(self.expand(of)));
                            expanded.insert("@type".into(), Value::Array(types.collect()));
                        }
                        "@id" => {
                            let id = value.as_str().map(|id| self.expand_id(id));
                            expanded.insert("@id".into(), id.map_or(Value::Null, Value::String));
                        }
                        "@list" | "@set" => return self.expanded(value, depth + 1),
                        key => {
                            expanded.insert(key.to_owned(), self.expanded(value, depth + 1)?);
                        }
                    }
                }
                Value::Object(expanded)
            }
            other => other,
        })
    }

    /// An id is an address, or short for one; a bare name stays what it is.
    fn expand_id(&self, id: &str) -> String {
        match id.split_once(':') {
            Some((prefix, local)) if !local.starts_with("//") && self.terms.contains_key(prefix) => self.expand(id),
            Some((prefix, local)) if !local.starts_with("//") && PREFIXES.iter().any(|(known, _)| *known == prefix) => {
                full(id)
            }
            _ => id.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use serde_json::json;

    fn document(value: &Value) -> Document {
        Document::read(value.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn compact_expanded_aliased_and_bare_keys_are_the_same() {
        let forms = [
            json!({ "@type": "dcat:Dataset", "dct:title": "T" }),
            json!({ "@context": { "d": "http://www.w3.org/ns/dcat#", "t": "http://purl.org/dc/terms/" }, "@type": "d:Dataset", "t:title": "T" }),
            json!([{ "@type": ["http://www.w3.org/ns/dcat#Dataset"], "http://purl.org/dc/terms/title": [{ "@value": "T" }] }]),
            json!({ "@context": ["https://example.org/dcat.jsonld", { "kind": "@type" }], "kind": "Dataset", "title": "T" }),
            json!({ "@context": { "Dataset": "dcat:Dataset", "label": { "@id": "dct:title", "@container": "@language" } },
                    "@graph": [{ "@type": "Dataset", "label": { "fr": "F", "zh-CN": "T" } }] }),
            json!({ "@context": { "@vocab": "http://purl.org/dc/terms/" }, "@type": "dcat:Dataset", "title": { "@list": ["T"] } }),
        ];
        for form in forms {
            let document = document(&form);
            let found = document.of_type("dcat:Dataset");
            assert_eq!(found.len(), 1, "{form}");
            assert_eq!(found[0].text("dct:title").as_deref(), Some("T"), "{form}");
        }
    }

    #[test]
    fn nodes_are_found_by_their_ids_and_counted_once() {
        let graph = document(&json!({ "@graph": [
            { "@id": "urn:c", "@type": "dcat:Catalog", "dcat:dataset": [{ "@id": "urn:d" }] },
            { "@id": "urn:d", "@type": "dcat:Dataset", "dct:publisher": { "@id": "urn:p" } },
            { "@id": "urn:p", "@type": "foaf:Agent", "foaf:name": { "@value": "Parks", "@language": "en" } },
        ]}));
        let datasets = graph.of_type("dcat:Dataset");
        assert_eq!(datasets.len(), 1);
        assert_eq!(datasets[0].label("dct:publisher").as_deref(), Some("Parks"));
        assert_eq!(graph.of_type("dcat:Catalog")[0].nodes("dcat:dataset")[0].id(), Some("urn:d"));
        assert!(graph.of_type("dcat:Catalog")[0].nodes("dcat:dataset")[0].is_a("dcat:Dataset"));
    }

    #[test]
    fn texts_are_read_in_one_language() {
        let node = document(&json!({ "@type": "dcat:Dataset", "dcat:keyword": [
            { "@value": "tree", "@language": "en" }, { "@value": "树", "@language": "zh" }, { "@value": "木", "@language": "zh-Hant" }
        ], "dct:title": [{ "@value": "Bäume", "@language": "de" }, "Trees"] }));
        let node = node.of_type("dcat:Dataset")[0];
        assert_eq!(node.texts("dcat:keyword"), ["树", "木"]);
        assert_eq!(node.text("dct:title").as_deref(), Some("Trees"));
    }

    #[test]
    fn what_is_no_catalog_is_told() {
        assert!(Document::read(b"<rdf/>").unwrap_err().to_string().contains("no JSON"));
        assert!(Document::read(b"7").unwrap_err().to_string().contains("neither"));
        let mut deep = json!({});
        for _ in 0..70 {
            deep = json!({ "dcat:dataset": deep });
        }
        assert!(Document::read(deep.to_string().as_bytes()).unwrap_err().to_string().contains("nested"));
    }
}
