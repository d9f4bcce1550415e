//! Bytes in the ledger's own methods: written as hexadecimal without `0x`, taken with and without.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

/// Bytes of any length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

/// A digest or key of 32 bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex32(pub [u8; 32]);

impl std::fmt::Display for Hex32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&text(&self.0))
    }
}

/// The digits at once: an evidence package has tens of thousands of bytes, and `hex::encode` pushes one letter after the other.
fn text(bytes: &[u8]) -> String {
    let mut digits = vec![b'0'; 2 * bytes.len()];
    hex::encode_to_slice(bytes, &mut digits).expect("two digits a byte");
    String::from_utf8(digits).expect("digits are ASCII")
}

fn digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    let text = Cow::<'de, str>::deserialize(deserializer)?;
    Ok(match text.strip_prefix("0x") {
        Some(rest) => Cow::Owned(rest.to_owned()),
        None => text,
    })
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = digits(deserializer)?;
        hex::decode(digits.as_bytes()).map(Self).map_err(de::Error::custom)
    }
}

impl Serialize for Hex32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&text(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = digits(deserializer)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(digits.as_bytes(), &mut bytes)
            .map_err(|_| de::Error::custom("32 bytes take 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;

    #[test]
    fn both_forms_are_taken_and_one_is_written() {
        let digits = "ab".repeat(32);
        for text in [format!("\"{digits}\""), format!("\"0x{digits}\"")] {
            let read: Hex32 = serde_json::from_str(&text).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), format!("\"{digits}\""));
        }
        let empty: Hex = serde_json::from_str("\"0x\"").unwrap();
        assert_eq!(empty, Hex(Vec::new()));
    }

    #[test]
    fn another_length_or_letter_is_refused() {
        assert!(serde_json::from_str::<Hex32>("\"abcd\"").is_err());
        assert!(serde_json::from_str::<Hex>("\"xy\"").is_err());
        assert!(serde_json::from_str::<Hex>("\"abc\"").is_err());
    }
}
