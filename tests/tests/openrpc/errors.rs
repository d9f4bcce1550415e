//! The table of error codes in the docs of `codes.rs`, which has a row for each of its constants.

use crate::source::{Definition, Sources};
use serde_json::{Map, Value, json};

pub struct ErrorRow {
    /// One code, or several with commas between them.
    pub codes: String,
    pub meaning: String,
    pub way_out: String,
}

/// The rows, in order.
pub fn rows(sources: &Sources) -> Vec<ErrorRow> {
    let module = sources.module(&["mulu_rpc_api".to_owned(), "codes".to_owned()]);
    let table = module
        .docs
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| code") && !line.starts_with("| ---"));
    let rows: Vec<ErrorRow> = table
        .map(|line| {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let [codes, meaning, way_out] = cells[..] else { panic!("{line:?} has not three cells") };
            ErrorRow { codes: codes.into(), meaning: meaning.into(), way_out: way_out.into() }
        })
        .collect();
    for (name, definition) in &module.definitions {
        if let Definition::Const(item) = definition {
            let code = number(&item.expr);
            let has_row = rows.iter().any(|row| row.codes.split(", ").any(|one| one == code));
            assert!(has_row, "{name} ({code}) has no row in the table of codes.rs");
        }
    }
    rows
}

fn number(expression: &syn::Expr) -> String {
    match expression {
        syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Int(number), .. }) => number.base10_digits().to_owned(),
        syn::Expr::Unary(unary) => format!("-{}", number(&unary.expr)),
        _ => panic!("a code that is no number"),
    }
}

/// As OpenRPC has them, by `E` and the code.
pub fn shown(rows: &[ErrorRow]) -> Value {
    let mut errors = Map::new();
    for ErrorRow { codes, meaning, way_out } in rows {
        for code in codes.split(", ") {
            let number: i64 = code.parse().unwrap_or_else(|_| panic!("{code} is no code"));
            let name = format!("E{}", code.replace('-', "_"));
            errors.insert(name, json!({"code": number, "message": meaning, "data": way_out}));
        }
    }
    Value::Object(errors)
}
