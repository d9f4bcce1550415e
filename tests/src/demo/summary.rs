//! What the demo ends with: a short table for people, or the same as one JSON object.

use serde::Serialize;
use std::path::PathBuf;

/// The result. Where to find things is null unless the network was kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Departments on the ledger.
    pub departments: usize,
    /// Published entries.
    pub entries: usize,
    /// Requests that were decided.
    pub requests: usize,
    /// Grants that may be used.
    pub grants: usize,
    /// Events on the ledger.
    pub events: usize,
    /// Height of the last block that was looked at.
    pub blocks: u32,
    /// Evidence packages that were verified.
    pub evidence_verified: usize,
    /// Forged ones that were refused.
    pub forged_refused: usize,
    /// How long it took.
    pub seconds: f64,
    /// RPC address of the first node.
    pub rpc: Option<String>,
    /// Genesis file, for the verifier.
    pub genesis_file: Option<PathBuf>,
    /// The evidence package.
    pub evidence_file: Option<PathBuf>,
    /// Command that ends the network.
    pub stop: Option<String>,
}

/// Words beside the numbers.
#[derive(Clone, Debug, Default)]
pub struct Details {
    /// Of the departments.
    pub departments: String,
    /// Of the entries.
    pub entries: String,
    /// Of the requests.
    pub requests: String,
    /// Of the grants.
    pub grants: String,
    /// Of the events.
    pub events: String,
    /// Of the blocks.
    pub blocks: String,
    /// Of the evidence.
    pub evidence: String,
    /// Of the forgeries.
    pub forgeries: String,
}

impl Summary {
    /// One line.
    ///
    /// # Panics
    /// Never: numbers and paths of ours are JSON.
    pub fn json(&self) -> String {
        serde_json::to_string(self).expect("numbers and text")
    }

    /// The table.
    pub fn table(&self, details: &Details) -> String {
        let rows = [
            ("departments", self.departments.to_string(), &details.departments),
            ("entries", self.entries.to_string(), &details.entries),
            ("requests", self.requests.to_string(), &details.requests),
            ("grants", self.grants.to_string(), &details.grants),
            ("events", self.events.to_string(), &details.events),
            ("blocks", self.blocks.to_string(), &details.blocks),
            ("evidence verified", self.evidence_verified.to_string(), &details.evidence),
            ("forged refused", self.forged_refused.to_string(), &details.forgeries),
            ("seconds", format!("{:.1}", self.seconds), &String::new()),
        ];
        let mut table = String::new();
        for (name, value, words) in rows {
            table.push_str(format!("  {name:<18} {value:>6}  {words}").trim_end());
            table.push('\n');
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        Summary {
            departments: 8,
            entries: 45,
            requests: 1,
            grants: 1,
            events: 1_235,
            blocks: 57,
            evidence_verified: 1,
            forged_refused: 14,
            seconds: 12.3,
            rpc: None,
            genesis_file: Some("net/genesis.json".into()),
            evidence_file: None,
            stop: None,
        }
    }

    #[test]
    fn the_json_is_one_line_with_every_name() {
        let json = summary().json();
        assert!(!json.contains('\n'));
        for name in [
            "departments",
            "entries",
            "requests",
            "grants",
            "events",
            "blocks",
            "evidence_verified",
            "forged_refused",
            "seconds",
            "rpc",
            "genesis_file",
            "evidence_file",
            "stop",
        ] {
            assert!(json.contains(&format!("\"{name}\":")), "{name}");
        }
    }

    #[test]
    fn the_table_is_aligned_and_has_no_trailing_blanks() {
        let table = summary().table(&Details { entries: "of 7 departments".into(), ..Details::default() });
        assert!(table.contains("  entries                45  of 7 departments\n"), "{table}");
        assert!(table.lines().all(|line| line == line.trim_end()));
    }
}
