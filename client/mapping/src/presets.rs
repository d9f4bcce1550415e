//! Mappings of common senders, each a TOML file that can be read as an example.

use toml::Table;

/// Names and files.
const PRESETS: &[(&str, &str)] = &[
    ("nginx", include_str!("../presets/nginx.toml")),
    ("combined", include_str!("../presets/combined.toml")),
    ("kong", include_str!("../presets/kong.toml")),
    ("apisix", include_str!("../presets/apisix.toml")),
    ("envoy", include_str!("../presets/envoy.toml")),
    ("otel", include_str!("../presets/otel.toml")),
    ("xroad", include_str!("../presets/xroad.toml")),
    ("cloudevents", include_str!("../presets/cloudevents.toml")),
    ("event", include_str!("../presets/event.toml")),
];

/// Names of the presets.
pub fn names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, _)| *name)
}

/// The text of a preset, to be read or to begin with.
pub fn text(name: &str) -> Option<&'static str> {
    PRESETS.iter().find(|(other, _)| *other == name).map(|(_, text)| *text)
}

/// The table of a preset.
pub(crate) fn table(name: &str) -> Result<Table, String> {
    let unknown = || format!("there is no preset of this name; there are {}", names().collect::<Vec<_>>().join(", "));
    text(name).ok_or_else(unknown)?.parse().map_err(|_| format!("the preset {name} is no TOML"))
}

/// A preset with what another table says over it: key by key, and within `sealed` key by key too.
pub(crate) fn extended(mut preset: Table, own: &Table) -> Table {
    for (key, value) in own.iter().filter(|(key, _)| *key != "extends") {
        match (preset.get_mut(key), value) {
            (Some(toml::Value::Table(below)), toml::Value::Table(own)) if key == "sealed" => below.extend(own.clone()),
            _ => {
                preset.insert(key.clone(), value.clone());
            }
        }
    }
    preset
}
