//! The sources as modules: which types, aliases, constants and traits each defines, and where its other names come from.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use syn::{
    Attribute, Ident, Item, ItemConst, ItemEnum, ItemStruct, ItemTrait, ItemType, Lit, LitInt, Meta, Token, UseTree,
    parse::{Parse, ParseStream},
    parse_str,
    punctuated::Punctuated,
};

/// `["mulu_proofs", "access", "leaf"]`.
pub type ModulePath = Vec<String>;

/// The crates whose types stand in parameters and answers.
const CRATES: [(&str, &str); 2] = [("mulu_proofs", "runtime/proofs/src"), ("mulu_rpc_api", "rpc/api/src")];

/// What a module defines under a name.
pub enum Definition {
    Struct(ItemStruct, Naming),
    Enum(ItemEnum, Naming),
    Alias(ItemType),
    Const(ItemConst),
}

/// How names are written where the item does not say.
#[derive(Clone, Copy, PartialEq)]
pub enum Naming {
    /// As in the source.
    AsIs,
    /// In snake case, with serde's derives: the macros of `mulu_proofs` say so.
    ByMacro,
}

#[derive(Default)]
pub struct Module {
    pub docs: String,
    pub definitions: BTreeMap<String, Definition>,
    pub traits: Vec<ItemTrait>,
    /// Name here → path as written.
    uses: BTreeMap<String, Vec<String>>,
}

/// What a path leads to.
pub enum Resolved {
    /// A definition of ours.
    Ours(ModulePath, String),
    /// Something of another crate, by its last name.
    Foreign(String),
}

pub struct Sources(BTreeMap<ModulePath, Module>);

impl Sources {
    pub fn read(root: &Path) -> Self {
        let mut modules = BTreeMap::new();
        for (name, folder) in CRATES {
            let folder = root.join(folder);
            for file in files(&folder) {
                let mut path: ModulePath = vec![name.to_owned()];
                let relative = file.strip_prefix(&folder).unwrap().with_extension("");
                let parts = relative.iter().map(|part| part.to_string_lossy().into_owned());
                path.extend(parts.filter(|part| part != "lib" && part != "mod"));
                modules.insert(path, Module::read(&file));
            }
        }
        Self(modules)
    }

    pub fn module(&self, path: &[String]) -> &Module {
        self.0.get(path).unwrap_or_else(|| panic!("there is no module {}", path.join("::")))
    }

    pub fn definition(&self, path: &[String], name: &str) -> &Definition {
        self.module(path).definitions.get(name).unwrap_or_else(|| panic!("{} has no {name}", path.join("::")))
    }

    /// Modules of the RPC's crate, ascending by name.
    pub fn of_api(&self) -> impl Iterator<Item = (&ModulePath, &Module)> {
        self.0.iter().filter(|(path, _)| path[0] == "mulu_rpc_api")
    }

    /// Where the path `segments`, written in the module `from`, leads.
    pub fn resolve(&self, from: &[String], segments: &[String]) -> Resolved {
        let (first, rest) = segments.split_first().expect("a path has a name");
        let module = self.module(from);
        if rest.is_empty() && module.definitions.contains_key(first) {
            return Resolved::Ours(from.to_vec(), first.clone());
        }
        let absolute = match first.as_str() {
            "crate" => [&from[..1], rest].concat(),
            "self" => [from, rest].concat(),
            "super" => [&from[..from.len() - 1], rest].concat(),
            name if self.0.contains_key(&vec![name.to_owned()]) => segments.to_vec(),
            // A function may have the name of a module.
            _ if !rest.is_empty() && self.0.contains_key(&[from, &segments[..1]].concat()) => [from, segments].concat(),
            name => match module.uses.get(name) {
                Some(path) => return self.resolve_used(from, &[&path[..], rest].concat()),
                None => return Resolved::Foreign(segments.last().unwrap().clone()),
            },
        };
        self.absolute(&absolute)
    }

    /// The same for a path of a `use`, whose first name is a crate or a module below.
    fn resolve_used(&self, from: &[String], path: &[String]) -> Resolved {
        let is_ours = ["crate", "self", "super"].contains(&path[0].as_str())
            || self.0.contains_key(&path[..1])
            || self.0.contains_key(&[from, &path[..1]].concat());
        if is_ours { self.resolve(from, path) } else { Resolved::Foreign(path.last().unwrap().clone()) }
    }

    fn absolute(&self, path: &[String]) -> Resolved {
        let (name, module) = path.split_last().unwrap();
        self.resolve(module, std::slice::from_ref(name))
    }
}

impl Module {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut module = Self { docs: docs(&parsed.attrs), ..Self::default() };
        for item in parsed.items {
            module.add(item, Naming::AsIs);
        }
        module
    }

    fn add(&mut self, item: Item, naming: Naming) {
        match item {
            Item::Struct(item) => {
                self.definitions.insert(item.ident.to_string(), Definition::Struct(item, naming));
            }
            Item::Enum(item) => {
                self.definitions.insert(item.ident.to_string(), Definition::Enum(item, naming));
            }
            Item::Type(item) => {
                self.definitions.insert(item.ident.to_string(), Definition::Alias(item));
            }
            Item::Const(item) => {
                self.definitions.insert(item.ident.to_string(), Definition::Const(item));
            }
            Item::Trait(item) => self.traits.push(item),
            Item::Use(item) => add_uses(&item.tree, &mut Vec::new(), &mut self.uses),
            Item::Macro(item) if item.mac.path.is_ident("ledger_types") => {
                let items: syn::File = item.mac.parse_body().unwrap();
                items.items.into_iter().for_each(|item| self.add(item, Naming::ByMacro));
            }
            Item::Macro(item) if item.mac.path.is_ident("id") => {
                let Id(item) = item.mac.parse_body().unwrap();
                self.add(Item::Struct(item), Naming::ByMacro);
            }
            Item::Macro(item) if item.mac.path.is_ident("kinds") => {
                let Kinds(item) = item.mac.parse_body().unwrap();
                self.add(Item::Enum(item), Naming::ByMacro);
            }
            _ => {}
        }
    }
}

/// `/// docs` `Name(u32)`.
struct Id(ItemStruct);

impl Parse for Id {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let name: Ident = input.parse()?;
        let inner;
        syn::parenthesized!(inner in input);
        let inner: Ident = inner.parse()?;
        let item: ItemStruct = parse_str(&format!("pub struct {name}({inner});"))?;
        Ok(Self(ItemStruct { attrs, ..item }))
    }
}

/// `/// docs` `Name = 0x0101,` for each kind.
struct Kinds(ItemEnum);

impl Parse for Kinds {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut item: ItemEnum = parse_str("/** What happened. */ pub enum RecordKind {}")?;
        while !input.is_empty() {
            let attrs = input.call(Attribute::parse_outer)?;
            let name: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            input.parse::<LitInt>()?;
            input.parse::<Option<Token![,]>>()?;
            let variant: syn::Variant = parse_str(&name.to_string())?;
            item.variants.push(syn::Variant { attrs, ..variant });
        }
        Ok(Self(item))
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" {
            found.push(path);
        }
    }
    found
}

fn add_uses(tree: &UseTree, path: &mut Vec<String>, uses: &mut BTreeMap<String, Vec<String>>) {
    match tree {
        UseTree::Path(below) => {
            path.push(below.ident.to_string());
            add_uses(&below.tree, path, uses);
            path.pop();
        }
        UseTree::Name(name) if name.ident == "self" => {
            uses.insert(path.last().unwrap().clone(), path.clone());
        }
        UseTree::Name(name) => {
            let name = name.ident.to_string();
            uses.insert(name.clone(), [&path[..], &[name]].concat());
        }
        UseTree::Rename(rename) => {
            uses.insert(rename.rename.to_string(), [&path[..], &[rename.ident.to_string()]].concat());
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| add_uses(tree, path, uses)),
        UseTree::Glob(_) => {}
    }
}

/// The doc comment, its lines joined into paragraphs and links to other items turned into code.
pub fn docs(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter(|attr| attr.path().is_ident("doc")).filter_map(|attr| match &attr.meta {
        Meta::NameValue(pair) => match &pair.value {
            syn::Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let mut text = String::new();
    for line in lines {
        let line = line.trim();
        let is_break = line.is_empty() || line.starts_with('|') || line.starts_with("```");
        text.push_str(if text.is_empty() || text.ends_with('\n') {
            ""
        } else if is_break {
            "\n"
        } else {
            " "
        });
        text.push_str(line);
        if is_break {
            text.push('\n');
        }
    }
    plain(text.trim())
}

/// [`crate::ids::Height`] as `Height`.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("[`") {
        let Some((link, after)) = behind.split_once("`]") else { break };
        out.push_str(before);
        out.push_str(&format!("`{}`", link.rsplit("::").next().unwrap()));
        rest = after;
    }
    out + rest
}

/// What `#[serde(…)]` says: each word, with its value if it has one.
pub fn serde_words(attrs: &[Attribute]) -> BTreeMap<String, String> {
    let mut words = BTreeMap::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let metas = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap();
        for meta in metas {
            let name = meta.path().get_ident().unwrap().to_string();
            let value = match meta {
                Meta::NameValue(pair) => match pair.value {
                    syn::Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => text.value(),
                    _ => String::new(),
                },
                _ => String::new(),
            };
            words.insert(name, value);
        }
    }
    words
}

/// Whether the item derives serde's form.
pub fn derives_serialize(attrs: &[Attribute]) -> bool {
    attrs.iter().filter(|attr| attr.path().is_ident("derive")).any(|attr| {
        let paths = attr.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).unwrap();
        paths.iter().any(|path| path.segments.last().is_some_and(|last| last.ident == "Serialize"))
    })
}
