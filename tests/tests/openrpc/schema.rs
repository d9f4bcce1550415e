//! JSON schemas of the types, as serde writes and reads them.
//!
//! What serde derives is read from the source. What is written by hand, or is of another crate, stands in two lists here; a type that is
//! in none of them fails the generation.

use crate::source::{Definition, ModulePath, Naming, Resolved, Sources, derives_serialize, docs, serde_words};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use syn::{Attribute, Expr, Fields, GenericArgument, Lit, PathArguments, Type};

/// A type in a module, with what the generic parameters around it stand for.
#[derive(Clone)]
pub struct Place {
    pub module: ModulePath,
    pub generics: BTreeMap<String, Typed>,
}

/// A schema, and the type as a reader would name it.
#[derive(Clone)]
pub struct Typed {
    pub schema: Value,
    pub name: String,
}

impl Typed {
    fn new(name: &str, schema: Value) -> Self {
        Self { schema, name: name.to_owned() }
    }
}

/// Schemas of everything that was asked for so far.
pub struct Schemas<'a> {
    sources: &'a Sources,
    /// By module, name and arguments.
    done: BTreeMap<Key, Value>,
    under_way: BTreeSet<Key>,
}

/// Module, name, arguments.
type Key = (ModulePath, String, Vec<String>);

const PREFIX: &str = "#/components/schemas/";

impl<'a> Schemas<'a> {
    pub fn new(sources: &'a Sources) -> Self {
        Self { sources, done: BTreeMap::new(), under_way: BTreeSet::new() }
    }

    /// The schema of a type that stands in a module.
    pub fn of(&mut self, ty: &Type, place: &Place) -> Typed {
        match ty {
            Type::Path(path) => {
                let segments: Vec<String> =
                    path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                let last = path.path.segments.last().unwrap();
                let arguments: Vec<&GenericArgument> = match &last.arguments {
                    PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
                    _ => Vec::new(),
                };
                self.of_path(&segments, &arguments, place)
            }
            Type::Array(array) => {
                let length = self.number(&array.len, place);
                let of = self.of(&array.elem, place);
                let schema = json!({"type": "array", "items": of.schema, "minItems": length, "maxItems": length});
                Typed { schema, name: format!("{} × {length}", of.name) }
            }
            Type::Tuple(tuple) => {
                let of: Vec<Typed> = tuple.elems.iter().map(|ty| self.of(ty, place)).collect();
                tuple_of(&of)
            }
            _ => panic!("{}: a type that no schema is written for", place.module.join("::")),
        }
    }

    fn of_path(&mut self, segments: &[String], arguments: &[&GenericArgument], place: &Place) -> Typed {
        let name = segments.last().unwrap().as_str();
        let types: Vec<&Type> = arguments
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect();
        if let Some(typed) = place.generics.get(name) {
            return typed.clone();
        }
        if let Some(typed) = primitive(name) {
            return typed;
        }
        match (name, &types[..]) {
            ("Option", [of]) => {
                let of = self.of(of, place);
                Typed { schema: nullable(of.schema), name: format!("{} or null", of.name) }
            }
            ("Box", [of]) => self.of(of, place),
            ("Vec", [of]) => {
                let of = self.of(of, place);
                Typed { schema: json!({"type": "array", "items": of.schema}), name: format!("list of {}", of.name) }
            }
            ("List", _) => {
                let of = self.of(types[0], place);
                let bound = self.bound(arguments[1], place);
                let schema = json!({"type": "array", "items": of.schema, "maxItems": bound});
                Typed { schema, name: format!("list of {}", of.name) }
            }
            ("Text", _) => text_of(self.bound(arguments[0], place)),
            ("ListOrValue", [of]) => {
                let of = self.of(of, place);
                let schema = json!({"anyOf": [of.schema.clone(), {"type": "array", "items": of.schema}]});
                Typed { schema, name: format!("{}, or list of them", of.name) }
            }
            ("StorageChangeSet", _) => {
                let key_and_value = json!({"type": "array", "prefixItems": [bytes0x(), nullable(bytes0x())], "minItems": 2, "maxItems": 2});
                let schema = json!({"type": "object", "properties": {"block": hash0x(), "changes": {"type": "array", "items": key_and_value}}, "required": ["block", "changes"]});
                Typed::new("change set", schema)
            }
            _ => match self.sources.resolve(&place.module, segments) {
                Resolved::Foreign(name) => foreign(&name),
                Resolved::Ours(module, name) => self.of_ours(module, name, &types, place),
            },
        }
    }

    fn of_ours(&mut self, module: ModulePath, name: String, arguments: &[&Type], place: &Place) -> Typed {
        if let Definition::Alias(alias) = self.sources.definition(&module, &name) {
            let place = Place { module, generics: BTreeMap::new() };
            return self.of(&alias.ty, &place);
        }
        let arguments: Vec<Typed> = arguments.iter().map(|ty| self.of(ty, place)).collect();
        let names: Vec<String> = arguments.iter().map(|argument| argument.name.clone()).collect();
        let shown = match &names[..] {
            [] => name.clone(),
            names => format!("{name} of {}", names.join(", ")),
        };
        let key = (module, name, names);
        let reference = json!({"$ref": format!("{PREFIX}{}", provisional(&key))});
        if !self.done.contains_key(&key) && self.under_way.insert(key.clone()) {
            let schema = self.defined(&key, arguments);
            self.under_way.remove(&key);
            self.done.insert(key, schema);
        }
        Typed { schema: reference, name: shown }
    }

    fn defined(&mut self, (module, name, _): &Key, arguments: Vec<Typed>) -> Value {
        let sources = self.sources;
        let place = |generics: &syn::Generics| {
            let names = generics.type_params().map(|parameter| parameter.ident.to_string());
            Place { module: module.clone(), generics: names.zip(arguments).collect() }
        };
        match sources.definition(module, name) {
            Definition::Struct(item, naming) => {
                let derived = *naming == Naming::ByMacro || derives_serialize(&item.attrs);
                let schema = match by_hand(name) {
                    Some(schema) if !derived => schema,
                    _ if !derived => panic!("{}::{name} is written by hand: add its schema", module.join("::")),
                    _ => self.fields(&item.fields, &item.attrs, *naming, &place(&item.generics)),
                };
                described(schema, &item.attrs)
            }
            Definition::Enum(item, naming) => {
                let derived = *naming == Naming::ByMacro || derives_serialize(&item.attrs);
                let schema = match by_hand(name) {
                    Some(schema) if !derived => schema,
                    _ => self.variants(item, *naming, &place(&item.generics)),
                };
                described(schema, &item.attrs)
            }
            Definition::Alias(_) | Definition::Const(_) => unreachable!("aliases are followed, constants are no types"),
        }
    }

    fn fields(&mut self, fields: &Fields, attrs: &[Attribute], naming: Naming, place: &Place) -> Value {
        let words = serde_words(attrs);
        match fields {
            Fields::Named(named) => {
                let (mut properties, mut required) = (Map::new(), Vec::new());
                for field in &named.named {
                    let own = serde_words(&field.attrs);
                    let name = field.ident.as_ref().unwrap().to_string();
                    let name = own.get("rename").cloned().unwrap_or_else(|| renamed(&name, &words, naming));
                    if own.contains_key("flatten") {
                        let of = self.of(&field.ty, place);
                        self.inline(&of.schema, &mut properties, &mut required);
                        continue;
                    }
                    let of = self.field(&field.ty, &own, place);
                    let may_miss = own.contains_key("default") || words.contains_key("default") || is_option(&field.ty);
                    if !may_miss {
                        required.push(Value::String(name.clone()));
                    }
                    properties.insert(name, described(of.schema, &field.attrs));
                }
                let mut schema = json!({"type": "object", "properties": properties, "required": required});
                if words.contains_key("deny_unknown_fields") {
                    schema["additionalProperties"] = Value::Bool(false);
                }
                schema
            }
            Fields::Unnamed(unnamed) => {
                let of: Vec<Typed> = unnamed
                    .unnamed
                    .iter()
                    .map(|field| self.field(&field.ty, &serde_words(&field.attrs), place))
                    .collect();
                if let [one] = &of[..] { one.schema.clone() } else { tuple_of(&of).schema }
            }
            Fields::Unit => json!({"type": "null"}),
        }
    }

    /// A field's schema; its attributes may say that it is written in another way.
    fn field(&mut self, ty: &Type, words: &BTreeMap<String, String>, place: &Place) -> Typed {
        match words.get("with").map(|with| with.rsplit("::").next().unwrap()) {
            None => self.of(ty, place),
            Some("serde") => Typed::new("hexadecimal", plain_digits(self.array_length(ty, place))),
            Some("optional_digest") => Typed::new("32 bytes or null", nullable(plain_digits(Some(32)))),
            Some("short_id") => Typed::new("8 bytes", plain_digits(Some(8))),
            Some("optional") => Typed::new("8 bytes or null", nullable(plain_digits(Some(8)))),
            Some(other) => panic!("{}: nothing is known of serde's form {other}", place.module.join("::")),
        }
    }

    /// Puts the properties of an object among those of the one that it is flattened into.
    fn inline(&self, reference: &Value, properties: &mut Map<String, Value>, required: &mut Vec<Value>) {
        let schema = self.referenced(reference);
        let of = schema["properties"].as_object().unwrap_or_else(|| panic!("{reference} is flattened and no object"));
        properties.extend(of.clone());
        required.extend(schema["required"].as_array().cloned().unwrap_or_default());
    }

    fn referenced(&self, reference: &Value) -> &Value {
        let name = reference["$ref"].as_str().and_then(|path| path.strip_prefix(PREFIX)).unwrap();
        self.done.iter().find(|(key, _)| provisional(key) == name).map(|(_, schema)| schema).unwrap()
    }

    fn variants(&mut self, item: &syn::ItemEnum, naming: Naming, place: &Place) -> Value {
        let words = serde_words(&item.attrs);
        let mut of = Vec::new();
        for variant in &item.variants {
            let own = serde_words(&variant.attrs);
            let name = variant.ident.to_string();
            let name = own.get("rename").cloned().unwrap_or_else(|| renamed(&name, &words, naming));
            let schema = match (&variant.fields, words.contains_key("untagged")) {
                (Fields::Unit, _) => json!({"const": name}),
                (fields, true) => self.fields(fields, &[], Naming::AsIs, place),
                (fields, false) => {
                    let inner = self.fields(fields, &[], Naming::AsIs, place);
                    let mut properties = Map::new();
                    properties.insert(name.clone(), inner);
                    json!({"type": "object", "properties": properties, "required": [name], "additionalProperties": false})
                }
            };
            of.push(described(schema, &variant.attrs));
        }
        assert!(!words.contains_key("tag"), "{}: no schema is written for tagged enums", item.ident);
        json!({"oneOf": of})
    }

    /// A constant argument: a number, or the name of one.
    fn bound(&self, argument: &GenericArgument, place: &Place) -> u64 {
        match argument {
            GenericArgument::Const(expression) => self.number(expression, place),
            GenericArgument::Type(Type::Path(path)) => {
                let segments: Vec<String> =
                    path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                self.constant(&segments, place)
            }
            _ => panic!("{}: a bound that is neither a number nor a constant", place.module.join("::")),
        }
    }

    fn number(&self, expression: &Expr, place: &Place) -> u64 {
        match expression {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Int(number) => number.base10_parse().unwrap(),
                _ => panic!("{}: a bound that is no number", place.module.join("::")),
            },
            Expr::Path(path) => {
                let segments: Vec<String> =
                    path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                self.constant(&segments, place)
            }
            Expr::Cast(cast) => self.number(&cast.expr, place),
            Expr::Paren(inner) => self.number(&inner.expr, place),
            Expr::Binary(binary) => {
                let (left, right) = (self.number(&binary.left, place), self.number(&binary.right, place));
                match binary.op {
                    syn::BinOp::Add(_) => left + right,
                    syn::BinOp::Sub(_) => left - right,
                    syn::BinOp::Mul(_) => left * right,
                    _ => panic!("{}: a constant of another operation", place.module.join("::")),
                }
            }
            _ => panic!("{}: a constant that is no number", place.module.join("::")),
        }
    }

    fn constant(&self, segments: &[String], place: &Place) -> u64 {
        match self.sources.resolve(&place.module, segments) {
            Resolved::Ours(module, name) => match self.sources.definition(&module, &name) {
                Definition::Const(item) => {
                    let place = Place { module, generics: BTreeMap::new() };
                    self.number(&item.expr, &place)
                }
                _ => panic!("{name} is no constant"),
            },
            Resolved::Foreign(name) => panic!("{}: the constant {name} is not found", place.module.join("::")),
        }
    }

    /// Length of an array of bytes; none of a vector.
    fn array_length(&self, ty: &Type, place: &Place) -> Option<u64> {
        match ty {
            Type::Array(array) => Some(self.number(&array.len, place)),
            Type::Path(path) => {
                let segments: Vec<String> =
                    path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
                match self.sources.resolve(&place.module, &segments) {
                    Resolved::Ours(module, name) => match self.sources.definition(&module, &name) {
                        Definition::Alias(alias) => {
                            self.array_length(&alias.ty, &Place { module: module.clone(), generics: BTreeMap::new() })
                        }
                        _ => panic!("{name} in hexadecimal is neither an array nor a vector"),
                    },
                    Resolved::Foreign(_) => None,
                }
            }
            _ => None,
        }
    }

    /// Every schema under its final name: the type's own, with that of its module before it where two have the same. The second map
    /// leads from the names in use until now to the final ones.
    pub fn named(self) -> (BTreeMap<String, Value>, BTreeMap<String, String>) {
        let plain = |(_, name, arguments): &Key| match &arguments[..] {
            [] => name.clone(),
            arguments => format!("{name}Of{}", arguments.iter().map(|argument| camel(argument)).collect::<String>()),
        };
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for key in self.done.keys() {
            *count.entry(plain(key)).or_default() += 1;
        }
        let finally = |key: &Key| match count[&plain(key)] {
            1 => plain(key),
            _ => format!("{}{}", camel(key.0.last().unwrap()), plain(key)),
        };
        let names: BTreeMap<String, String> = self.done.keys().map(|key| (provisional(key), finally(key))).collect();
        let schemas = self.done.iter().map(|(key, schema)| (finally(key), rewritten(schema.clone(), &names))).collect();
        (schemas, names)
    }
}

/// The same value with references under their final names.
pub fn rewritten(value: Value, names: &BTreeMap<String, String>) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| {
                    let name = value.as_str().and_then(|path| path.strip_prefix(PREFIX)).and_then(|old| names.get(old));
                    match name {
                        Some(name) if key == "$ref" => (key, Value::String(format!("{PREFIX}{name}"))),
                        _ => (key, rewritten(value, names)),
                    }
                })
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.into_iter().map(|value| rewritten(value, names)).collect()),
        other => other,
    }
}

fn provisional((module, name, arguments): &Key) -> String {
    format!("{}::{name}<{}>", module.join("::"), arguments.join(","))
}

/// `list of record` as `ListOfRecord`.
fn camel(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option"))
}

/// As serde renames: variants and fields by the item's rule, fields under the macro's rule too, which leaves them as they are.
fn renamed(name: &str, words: &BTreeMap<String, String>, naming: Naming) -> String {
    let rule =
        words.get("rename_all").map_or(if naming == Naming::ByMacro { "snake_case" } else { "" }, String::as_str);
    match rule {
        "snake_case" => snake(name),
        "camelCase" if name.contains('_') => {
            let camel = camel(name);
            camel[..1].to_ascii_lowercase() + &camel[1..]
        }
        "camelCase" => name[..1].to_ascii_lowercase() + &name[1..],
        "lowercase" => name.to_ascii_lowercase(),
        "" => name.to_owned(),
        other => panic!("nothing is known of serde's rule {other}"),
    }
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn described(mut schema: Value, attrs: &[Attribute]) -> Value {
    let text = docs(attrs);
    if !text.is_empty() {
        schema["description"] = Value::String(text);
    }
    schema
}

fn nullable(schema: Value) -> Value {
    json!({"anyOf": [schema, {"type": "null"}]})
}

fn tuple_of(of: &[Typed]) -> Typed {
    let schemas: Vec<&Value> = of.iter().map(|typed| &typed.schema).collect();
    let names: Vec<&str> = of.iter().map(|typed| typed.name.as_str()).collect();
    let schema = json!({"type": "array", "prefixItems": schemas, "minItems": of.len(), "maxItems": of.len()});
    Typed { schema, name: format!("[{}]", names.join(", ")) }
}

fn primitive(name: &str) -> Option<Typed> {
    let whole = |most: u64| json!({"type": "integer", "minimum": 0, "maximum": most});
    let schema = match name {
        "bool" => return Some(Typed::new("boolean", json!({"type": "boolean"}))),
        "String" | "str" => return Some(Typed::new("string", json!({"type": "string"}))),
        "u8" => whole(u8::MAX.into()),
        "u16" => whole(u16::MAX.into()),
        "u32" => whole(u32::MAX.into()),
        "u64" | "usize" => whole(u64::MAX),
        "i8" | "i16" | "i32" | "i64" => json!({"type": "integer"}),
        _ => return None,
    };
    Some(Typed::new("number", schema))
}

fn text_of(bytes_max: u64) -> Typed {
    // A character is at least one byte.
    let description = format!("At most {bytes_max} bytes of UTF-8.");
    Typed::new("string", json!({"type": "string", "maxLength": bytes_max, "description": description}))
}

/// Hexadecimal of so many bytes, or of any number.
fn plain_digits(bytes: Option<u64>) -> Value {
    match bytes {
        Some(bytes) => json!({"type": "string", "pattern": format!("^[0-9a-fA-F]{{{}}}$", 2 * bytes)}),
        None => json!({"type": "string", "pattern": "^([0-9a-fA-F]{2})*$"}),
    }
}

/// The same; `0x` before it is taken.
fn digits(bytes: Option<u64>) -> Value {
    match bytes {
        Some(bytes) => json!({"type": "string", "pattern": format!("^(0x)?[0-9a-fA-F]{{{}}}$", 2 * bytes)}),
        None => json!({"type": "string", "pattern": "^(0x)?([0-9a-fA-F]{2})*$"}),
    }
}

fn bytes0x() -> Value {
    json!({"type": "string", "pattern": "^0x([0-9a-fA-F]{2})*$"})
}

fn hash0x() -> Value {
    json!({"type": "string", "pattern": "^0x[0-9a-fA-F]{64}$"})
}

/// Types of ours whose JSON is written by hand.
fn by_hand(name: &str) -> Option<Value> {
    Some(match name {
        "Hex" => digits(None),
        "Hex32" => digits(Some(32)),
        "Cursor" => json!({"type": "string", "pattern": "^([0-9a-f]{2}){0,80}$"}),
        "CreditCode" => json!({"type": "string", "pattern": "^[0-9A-HJ-NPQRTUWXY]{18}$"}),
        "Day" => json!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
        "FindingName" => json!({"enum": mulu_proofs::access::Findings::NAMES}),
        _ => return None,
    })
}

/// Types of other crates, by their names.
fn foreign(name: &str) -> Typed {
    let header = || {
        json!({
            "type": "object",
            "properties": {
                "parentHash": hash0x(),
                "number": {"type": "string", "pattern": "^0x[0-9a-f]+$"},
                "stateRoot": hash0x(),
                "extrinsicsRoot": hash0x(),
                "digest": {"type": "object", "properties": {"logs": {"type": "array", "items": bytes0x()}}, "required": ["logs"]},
            },
            "required": ["parentHash", "number", "stateRoot", "extrinsicsRoot", "digest"],
        })
    };
    match name {
        "H256" => Typed::new("hash", hash0x()),
        "Bytes" | "StorageKey" | "StorageData" => Typed::new("bytes", bytes0x()),
        "NumberOrHex" => Typed::new(
            "number, or hexadecimal",
            json!({"anyOf": [{"type": "integer", "minimum": 0}, {"type": "string"}]}),
        ),
        "Header" => Typed::new("header", header()),
        "RuntimeVersion" => Typed::new(
            "runtime version",
            json!({"type": "object", "required": ["specName", "specVersion", "transactionVersion"]}),
        ),
        "Justifications" => Typed::new("justifications", json!({"type": "array"})),
        "Value" | "JsonValue" | "JsonRawValue" | "RawValue" => Typed::new("any", json!({})),
        other => panic!("nothing is known of {other}: it is of another crate, or its `use` is not found"),
    }
}
