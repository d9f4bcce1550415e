//! Methods and subscriptions, as the traits declare them.

use crate::{
    schema::{Place, Schemas, Typed, rewritten},
    source::{Sources, docs},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use syn::{
    FnArg, Ident, LitStr, Pat, ReturnType, Token, TraitItem, TraitItemFn, Type, bracketed,
    parse::{Parse, ParseStream},
    punctuated::Punctuated,
};

/// What begins the paragraph of a doc comment that says how much is answered at most.
const BOUND: &str = "Bound: ";
/// The bound of every page.
pub const PAGE_BOUND: &str =
    "500 rows (50 unless `limit` says otherwise), 2 MiB, 2 seconds; `cut` says which, `next` goes on.";

pub struct Parameter {
    pub name: String,
    pub of: Typed,
    pub is_needed: bool,
}

pub struct Subscription {
    pub notification: String,
    pub unsubscribe: String,
}

pub struct Method {
    pub name: String,
    pub aliases: Vec<String>,
    /// What it does, without its bound.
    pub docs: String,
    pub bound: Option<String>,
    pub parameters: Vec<Parameter>,
    /// What it answers, or what a subscription says.
    pub answer: Typed,
    pub subscription: Option<Subscription>,
}

/// All of them, ascending by name.
pub fn read(sources: &Sources, schemas: &mut Schemas<'_>) -> Vec<Method> {
    let mut methods = Vec::new();
    for (path, module) in sources.of_api() {
        let place = Place { module: path.clone(), generics: BTreeMap::new() };
        for item in module.traits.iter().flat_map(|of| &of.items) {
            if let TraitItem::Fn(function) = item {
                methods.push(Method::read(function, schemas, &place));
            }
        }
    }
    methods.sort_by(|a, b| a.name.cmp(&b.name));
    methods
}

impl Method {
    fn read(function: &TraitItemFn, schemas: &mut Schemas<'_>, place: &Place) -> Self {
        let attribute = function.attrs.iter().find(|attr| {
            let path = attr.path();
            path.is_ident("method") || path.is_ident("subscription")
        });
        let name = &function.sig.ident;
        let attribute = attribute.unwrap_or_else(|| panic!("{name} is neither a method nor a subscription"));
        let words: Words = attribute.parse_args().unwrap_or_else(|error| panic!("{name}: {error}"));
        let answer = match &words.item {
            Some(item) => schemas.of(item, place),
            None => schemas.of(&answered(&function.sig.output), place),
        };
        let is_page = answer.name.starts_with("Page of ");
        let (text, bound) = match docs(&function.attrs).split_once(BOUND) {
            Some((text, bound)) => (text.trim().to_owned(), Some(bound.trim().to_owned())),
            None => (docs(&function.attrs), is_page.then(|| PAGE_BOUND.to_owned())),
        };
        let parameters = function.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some((typed, &typed.ty)),
            FnArg::Receiver(_) => None,
        });
        let parameters = parameters
            .map(|(typed, ty)| {
                let Pat::Ident(pattern) = &*typed.pat else { panic!("{name}: a parameter without a name") };
                let of = schemas.of(ty, place);
                let is_needed = !of.name.ends_with(" or null");
                Parameter { name: pattern.ident.to_string(), of, is_needed }
            })
            .collect();
        let subscription = words
            .notification
            .map(|notification| Subscription { notification, unsubscribe: words.unsubscribe.unwrap_or_default() });
        Self { name: words.name, aliases: words.aliases, docs: text, bound, parameters, answer, subscription }
    }

    /// The part of the name that its namespace is known by.
    pub fn namespace(&self) -> &str {
        self.name.split(['_', '.']).next().unwrap()
    }

    /// As OpenRPC has it.
    pub fn shown(&self, names: &BTreeMap<String, String>, example: Option<&Value>) -> Value {
        let (summary, rest) = match self.docs.split_once(". ") {
            Some((summary, rest)) => (format!("{summary}."), rest.to_owned()),
            None => (self.docs.clone(), String::new()),
        };
        let parameters: Vec<Value> = self
            .parameters
            .iter()
            .map(|parameter| {
                let schema = rewritten(parameter.of.schema.clone(), names);
                json!({"name": parameter.name, "required": parameter.is_needed, "schema": schema})
            })
            .collect();
        let answer = rewritten(self.answer.schema.clone(), names);
        let mut method = json!({
            "name": self.name,
            "summary": summary,
            "params": parameters,
            "paramStructure": "either",
            "result": {"name": self.answer.name, "schema": answer.clone()},
        });
        if !rest.is_empty() {
            method["description"] = Value::String(rest);
        }
        if !self.aliases.is_empty() {
            method["x-aliases"] = json!(self.aliases);
        }
        if let Some(bound) = &self.bound {
            method["x-bound"] = Value::String(bound.clone());
        }
        if let Some(Subscription { notification, unsubscribe }) = &self.subscription {
            method["result"] = json!({"name": "subscription id", "schema": {"type": "string"}});
            method["x-subscription"] =
                json!({"notification": notification, "unsubscribe": unsubscribe, "item": answer});
        }
        if let Some(example) = example {
            method["examples"] = json!([self.pairing(example)]);
        }
        method
    }

    fn pairing(&self, example: &Value) -> Value {
        let given = example["params"].as_array().cloned().unwrap_or_default();
        let parameters: Vec<Value> = self
            .parameters
            .iter()
            .zip(given)
            .map(|(parameter, value)| json!({"name": parameter.name, "value": value}))
            .collect();
        let mut pairing = json!({"name": self.name, "params": parameters});
        if let Some(result) = example.get("result") {
            pairing["result"] = json!({"name": self.answer.name, "value": result});
        }
        pairing
    }
}

/// `T` of `RpcResult<T>`.
fn answered(output: &ReturnType) -> Type {
    let ReturnType::Type(_, ty) = output else { panic!("a method that answers nothing") };
    let Type::Path(path) = &**ty else { panic!("a method that answers no result") };
    let last = path.path.segments.last().unwrap();
    match &last.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(ty)) => ty.clone(),
            _ => panic!("a result of nothing"),
        },
        _ => panic!("a result of nothing"),
    }
}

/// What stands in `#[method(…)]` or `#[subscription(…)]`.
#[derive(Default)]
struct Words {
    name: String,
    aliases: Vec<String>,
    notification: Option<String>,
    unsubscribe: Option<String>,
    item: Option<Type>,
}

impl Parse for Words {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut words = Self::default();
        while !input.is_empty() {
            let word: Ident = input.parse()?;
            if input.peek(Token![=]) {
                input.parse::<Token![=]>()?;
                words.value(&word.to_string(), input)?;
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(words)
    }
}

impl Words {
    fn value(&mut self, word: &str, input: ParseStream<'_>) -> syn::Result<()> {
        if input.peek(syn::token::Bracket) {
            let list;
            bracketed!(list in input);
            let list = Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?;
            if word == "aliases" {
                self.aliases = list.iter().map(LitStr::value).collect();
            }
            return Ok(());
        }
        if !input.peek(LitStr) {
            let ty: Type = input.parse()?;
            if word == "item" {
                self.item = Some(ty);
            }
            return Ok(());
        }
        let text = input.parse::<LitStr>()?.value();
        match word {
            "name" => self.name = text,
            "unsubscribe" => self.unsubscribe = Some(text),
            _ => {}
        }
        if input.peek(Token![=>]) {
            input.parse::<Token![=>]>()?;
            self.notification = Some(input.parse::<LitStr>()?.value());
        }
        Ok(())
    }
}
