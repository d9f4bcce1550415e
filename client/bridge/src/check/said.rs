//! Sentences with their values apart, so that they can be said in another language.

use serde::{Serialize, Serializer};
use std::fmt;

/// A sentence: `{}` for each value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In English.
    pub phrase: &'static str,
    /// The values in their order.
    pub values: Vec<String>,
}

impl Said {
    /// The phrase of a text that another part wrote.
    pub const OF_ANOTHER: &str = "{}";

    /// A sentence with values.
    pub fn new(phrase: &'static str, values: &[&dyn fmt::Display]) -> Self {
        Self { phrase, values: values.iter().map(ToString::to_string).collect() }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut values = self.values.iter();
        for (place, part) in self.phrase.split("{}").enumerate() {
            if place > 0 {
                f.write_str(values.next().map_or("", String::as_str))?;
            }
            f.write_str(part)?;
        }
        Ok(())
    }
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_their_places() {
        let said = Said::new("stream {} of {} is open", &[&7, &"platform"]);
        assert_eq!(said.to_string(), "stream 7 of platform is open");
        assert_eq!(Said::new("nothing", &[]).to_string(), "nothing");
    }
}
