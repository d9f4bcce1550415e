//! From a dataset of a portal, in CKAN's form, to an entry: the rules of `docs/import.md`, then what the dataset's extras say.

use crate::{error::Rejection, extras, values};
use mulu_client::import::ckan::{self, Mapped, Publication};
use serde_json::Value;

/// What was read of a dataset: the entry that it became, or what it is called and why it became none.
pub type Read = Result<Mapped, (String, Rejection)>;

/// Maps a dataset; `publication` answers who publishes for an organization.
///
/// # Errors
/// [`Rejection`] with a reason of `docs/import.md`.
pub fn map(dataset: &Value, publication: impl Fn(&str) -> Option<Publication>) -> Result<Mapped, Rejection> {
    let mapped = ckan::map_dataset(dataset, publication);
    let mut mapped = mapped.map_err(|rejected| Rejection::new(rejected.code(), rejected.to_string()))?;
    let pairs: Vec<(&str, &str)> = pairs(&dataset["extras"]).collect();
    extras::apply(&mut mapped.content, pairs.iter().copied())?;
    // What an extra says is not filled any more.
    let says = |name: &str| pairs.iter().any(|(said, _)| *said == name);
    let adjusted = &mut mapped.adjusted;
    adjusted.cycle_unknown &= !says("frequency");
    adjusted.date_unknown &= mapped.content.published_on == 0;
    adjusted.format_unknown &= !says("format_name");
    adjusted.title_from_name &= !says("mulu_name");
    adjusted.summary_from_title &= !says("mulu_summary");
    adjusted.summary_shortened &= !says("mulu_summary");
    adjusted.html_removed &= !says("mulu_summary");
    if says("mulu_keywords") {
        adjusted.tags_dropped = 0;
    }
    if says("mulu_items") {
        adjusted.resources_dropped = 0;
    }
    adjusted.opening_restricted &= !says("open_type");
    Ok(mapped)
}

/// Whether a dataset brings its own resource code.
pub fn names_code(dataset: &Value) -> bool {
    pairs(&dataset["extras"]).any(|(name, value)| name == "identifier" && values::is_resource_code(value.trim()))
}

/// The pairs of a package's `extras`: a list of keys and values, as the Action API has it, or an object, as some dumps do.
fn pairs(extras: &Value) -> Box<dyn Iterator<Item = (&str, &str)> + '_> {
    match extras {
        Value::Array(rows) => {
            Box::new(rows.iter().filter_map(|row| Some((row["key"].as_str()?, row["value"].as_str()?))))
        }
        Value::Object(fields) => {
            Box::new(fields.iter().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?))))
        }
        _ => Box::new(std::iter::empty()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::sample::anybody;
    use mulu_proofs::catalog::UpdateCycle;
    use serde_json::json;

    #[test]
    fn extras_win_over_what_the_mapping_filled() {
        let of = |extras: Value| {
            let dataset = json!({ "name": "x", "title": "T", "organization": "O", "extras": extras });
            map(&dataset, anybody).unwrap()
        };
        let listed = of(json!([{ "key": "frequency", "value": "daily" }, { "key": "odd", "value": 3 }, null]));
        let as_object = of(json!({ "frequency": "daily" }));
        assert_eq!(listed.content.update_cycle, UpdateCycle::Daily);
        assert_eq!(listed.content, as_object.content);
        assert!(!listed.adjusted.cycle_unknown && of(Value::Null).adjusted.cycle_unknown);
    }

    #[test]
    fn a_dataset_that_does_not_map_has_the_reason_of_the_dumps() {
        assert_eq!(map(&json!({ "title": "T" }), anybody).unwrap_err().reason, "no_organization");
        assert_eq!(map(&json!([]), anybody).unwrap_err().reason, "not_json");
        let odd = json!({ "title": "T", "organization": "O", "extras": [{ "key": "share_type", "value": "?" }] });
        assert_eq!(map(&odd, anybody).unwrap_err().reason, "bad_element");
    }
}
