//! An act that is signed on another machine, in words: everything that the bytes say, and what the digests in them stand for.

use crate::{
    chinese::{FIELDS, values},
    table::fields,
    words::{items, methods},
};
use mulu_client::{
    calls::Call,
    offline::{Act, Terms},
};
use mulu_proofs::{calendar::Day, catalog::Methods, ids::Moment, records::RecordKind};
use mulu_rpc_api::{Hex, Hex32};
use mulu_verifier::words::{Language, Speech, printable};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{fmt::Write, path::Path};

/// Fields that are moments, in milliseconds.
const MOMENTS: &[&str] = &["expires", "from", "until", "to"];
/// Fields that are days, counted from 1970-01-01.
const DAYS: &[&str] = &["published_on", "assessed_on", "evaluated_on"];

/// An act as JSON tells it.
#[derive(Serialize)]
pub struct Told {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    act: RecordKind,
    chain: String,
    genesis: Hex32,
    signer: Hex32,
    nonce: u32,
    from_block: Option<u32>,
    until_block: Option<u32>,
    spec_version: u32,
    transaction_version: u32,
    digest: Hex32,
    payload: Hex,
    is_signed: bool,
    arguments: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    terms: Option<Value>,
}

/// What a program reads of an act.
pub fn told(act: &Act, file: Option<&Path>) -> Told {
    let (unsigned, heights) = (act.unsigned(), act.heights());
    Told {
        file: file.map(|file| file.display().to_string()),
        act: unsigned.call.causes(),
        chain: act.chain().chain_id.clone(),
        genesis: Hex32(act.chain().genesis),
        signer: Hex32(*act.signer()),
        nonce: unsigned.nonce,
        from_block: heights.map(|(from, _)| from.get()),
        until_block: heights.map(|(_, until)| until.get()),
        spec_version: unsigned.implicit.spec_version,
        transaction_version: unsigned.implicit.transaction_version,
        digest: Hex32(act.digest()),
        payload: Hex(act.payload()),
        is_signed: act.is_signed(),
        arguments: arguments(&unsigned.call),
        terms: act.terms().and_then(|terms| serde_json::to_value(terms).ok()),
    }
}

/// What a person reads before signing.
pub fn text(act: &Act, file: Option<&Path>, speech: Speech) -> String {
    let unsigned = act.unsigned();
    let period = match act.heights() {
        Some((from, until)) => speech.tell("from block {} to block {}", &[&from, &until]),
        None => speech.say("for ever, until the signer's nonce is used"),
    };
    let chain = act.chain();
    let genesis = hex::encode(chain.genesis);
    let (spec, transactions) = (unsigned.implicit.spec_version, unsigned.implicit.transaction_version);
    let signature = if act.is_signed() { "holds" } else { "none yet" };
    let named = [
        ("file", file.map_or_else(String::new, |file| file.display().to_string())),
        ("act", speech.say(&unsigned.call.causes().to_string())),
        ("chain", speech.tell("{}, genesis hash {}", &[&chain.chain_id, &genesis])),
        ("signer", hex::encode(act.signer())),
        ("nonce", unsigned.nonce.to_string()),
        ("valid", period),
        ("program", speech.tell("version {}, transactions {}", &[&spec, &transactions])),
        ("digest of the act", hex::encode(act.digest())),
        ("signature", speech.say(signature)),
    ];
    let mut text = crate::table::fields_in(speech, &named);
    let mut part = |title: &str, rows: String| {
        let _ = write!(text, "\n{}\n{rows}", speech.say(title));
    };
    let arguments = unsigned.call.arguments().unwrap_or_default();
    part("what is signed:", rows(arguments.iter().map(|(name, value)| (*name, value)), speech));
    if let Some((title, terms)) = act.terms().and_then(|terms| Some((title(terms), shown(terms)?))) {
        part(title, rows(terms.iter().map(|(name, value)| (name.as_str(), value)), speech));
    }
    text
}

const fn title(terms: &Terms) -> &'static str {
    match terms {
        Terms::Entry { .. } => "what the digest stands for, the content of the entry:",
        Terms::Request { .. } => "what the digest stands for, the terms of the request:",
        Terms::Proposal { .. } => "what the digest stands for, the terms of the proposal:",
        Terms::Dispute { .. } => "what the digest stands for, the terms of the settlement:",
    }
}

fn shown(terms: &Terms) -> Option<Map<String, Value>> {
    let shown = match terms {
        Terms::Entry { content, .. } => serde_json::to_value(content),
        Terms::Request { terms, .. } => serde_json::to_value(terms),
        Terms::Proposal { terms, .. } => serde_json::to_value(terms),
        Terms::Dispute { by, terms, .. } => Ok(serde_json::json!({ "department": by, "terms": terms })),
    };
    match shown {
        Ok(Value::Object(fields)) => Some(fields),
        _ => None,
    }
}

fn arguments(call: &Call) -> Map<String, Value> {
    call.arguments().unwrap_or_default().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Names and values, one pair a line, none left out: names within names with a dot between.
fn rows<'a>(named: impl Iterator<Item = (&'a str, &'a Value)>, speech: Speech) -> String {
    // Only here: names of fields are common words, and what else is told has free text in it.
    let speech = Speech::new(speech.language(), FIELDS);
    let mut pairs = Vec::new();
    named.for_each(|(name, value)| walk(&mut vec![name], value, speech, &mut pairs));
    let pairs: Vec<(&str, String)> = pairs.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    fields(&pairs)
}

fn walk<'a>(path: &mut Vec<&'a str>, value: &'a Value, speech: Speech, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                path.push(name);
                walk(path, value, speech, pairs);
                path.pop();
            }
        }
        Value::Array(values) if values.iter().any(|value| value.is_object() || value.is_array()) => {
            let places: Vec<String> = (0..values.len()).map(|place| place.to_string()).collect();
            for (place, value) in places.iter().zip(values) {
                let mut within: Vec<&str> = path.clone();
                within.push(place);
                walk(&mut within, value, speech, pairs);
            }
        }
        _ => pairs.push((named(path, speech), plain(path, value, speech))),
    }
}

/// A name of JSON in the words of people.
fn named(path: &[&str], speech: Speech) -> String {
    let parts = path.iter().enumerate().map(|(place, part)| {
        // Some names mean another thing within one field than within another.
        let within = place.checked_sub(1).map(|outer| format!("{}.{part}", path[outer]));
        let said = within.map(|within| (speech.say(&within), within)).filter(|(said, within)| said != within);
        said.map_or_else(|| speech.say(&part.replace('_', " ")), |(said, _)| said)
    });
    parts.collect::<Vec<_>>().join(".")
}

/// A value as it is signed; words of closed lists in the words of `speech`, free texts never translated, and nothing left out.
fn plain(path: &[&str], value: &Value, speech: Speech) -> String {
    let name = path.last().copied().unwrap_or("");
    let empty = || speech.say("(none)");
    match value {
        Value::Null => empty(),
        Value::Bool(value) => speech.say(if *value { "true" } else { "false" }),
        Value::String(text) if text.is_empty() => empty(),
        Value::String(text) => in_words(path, text, speech).map_or_else(|| printable(text), str::to_owned),
        Value::Array(values) if values.is_empty() => empty(),
        Value::Array(values) => values.iter().map(|value| plain(&[], value, speech)).collect::<Vec<_>>().join(" "),
        Value::Object(_) => empty(),
        Value::Number(number) => match number.as_u64() {
            Some(moment) if MOMENTS.contains(&name) => Moment::new(moment).utc(),
            Some(day) if DAYS.contains(&name) => {
                let day = u32::try_from(day).ok().and_then(Day::new);
                day.map_or_else(|| number.to_string(), |day| day.to_string())
            }
            Some(mask) if name == "items" => items(mask),
            Some(mask) if name == "methods" => of_methods(mask, speech).unwrap_or_else(|| number.to_string()),
            _ => number.to_string(),
        },
    }
}

/// A word of a closed list in Chinese, where that is spoken.
fn in_words(path: &[&str], text: &str, speech: Speech) -> Option<&'static str> {
    let (name, before) = path.split_last()?;
    let within = before.last().copied().unwrap_or("");
    (speech.language() == Language::Chinese).then(|| values::chinese_of(within, name, text)).flatten()
}

/// Sharing methods in words, if every bit has one.
fn of_methods(mask: u64, speech: Speech) -> Option<String> {
    let named = methods(Methods(u8::try_from(mask).ok()?));
    (mask > 0 && named.len() == mask.count_ones() as usize).then(|| speech.list(named))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::chinese::TABLES;

    #[test]
    fn everything_is_told_and_free_text_stays_as_it_is_signed() {
        let value = serde_json::json!({
            "request": 7, "granted": true, "reason": "approved\u{1b}[2J", "items": 5, "expires": 1_797_609_600_000_u64,
            "published_on": 20_781, "condition": "", "parent": null, "systems": [], "purposes": [3, 4],
            "stages": [{"role": "approver"}], "sharing": {"methods": 6}, "consents": {"methods": 128},
            "opening": {"class": "not_shared", "condition": "conditional"}, "classification": {"secrecy": "none"},
            "update_cycle": "daily", "scope": "everything", "items_of": [{"data_type": "general", "sharing": "not_shared"}],
        });
        let told = |language| {
            let named = value.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value));
            rows(named, Speech::new(language, TABLES))
        };
        let english = told(Language::English);
        for (name, value) in [
            ("request", "7"),
            ("granted", "true"),
            ("reason", "approved\u{fffd}[2J"),
            ("items", "0,2"),
            ("expires", "2026-12-18T16:00:00Z"),
            ("published on", "2026-11-24"),
            ("condition", "(none)"),
            ("parent", "(none)"),
            ("systems", "(none)"),
            ("purposes", "3 4"),
            ("stages.0.role", "approver"),
            ("sharing.methods", "file, service_interface"),
            ("consents.methods", "128"),
            ("opening.class", "not_shared"),
        ] {
            let line = english.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
            assert_eq!(line[name.len()..].trim(), value, "{name}");
        }
        let chinese = told(Language::Chinese);
        for name in ["共享属性.共享方式", "开放属性.开放类型", "开放属性.开放条件", "分类分级.密级"]
        {
            assert!(chinese.contains(name), "{name}: {chinese}");
        }
        assert!(chinese.contains("文件、服务接口"), "{chinese}");
        let value_of = |name: &str| {
            let line = chinese.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line[name.len()..].trim().to_owned()
        };
        for (name, value) in [
            ("开放属性.开放类型", "不予开放"),
            ("开放属性.开放条件", "conditional"),
            ("分类分级.密级", "不涉密"),
            ("更新周期", "每日"),
            ("使用范围", "everything"),
            ("审批阶段.0.角色", "审批人"),
        ] {
            assert_eq!(value_of(name), value, "{name}: {chinese}");
        }
        assert!(chinese.contains("通用型") && chinese.contains("不予共享"), "{chinese}");
        assert!(chinese.contains("理由") && chinese.contains("approved\u{fffd}[2J"), "{chinese}");
    }
}
