//! Call ids and pseudonyms in JSON: 16 hexadecimal digits, the first byte the lowest, as the leaf holds them and people see them.
//!
//! Programs that keep numbers as floats would lose digits above 2^53. A number is still read.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Eight bytes of a keyed hash.
#[derive(Clone, Copy)]
struct ShortId(u64);

impl Serialize for ShortId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0.to_le_bytes()))
    }
}

impl<'de> Deserialize<'de> for ShortId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl de::Visitor<'_> for Either {
            type Value = ShortId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("16 hexadecimal digits")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ShortId, E> {
                parse(text).map(ShortId).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<ShortId, E> {
                Ok(ShortId(number))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// Reads 16 hexadecimal digits.
pub fn parse(text: &str) -> Option<u64> {
    let mut bytes = [0; 8];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(u64::from_le_bytes(bytes))
}

/// The 16 hexadecimal digits.
pub fn text(id: u64) -> String {
    hex::encode(id.to_le_bytes())
}

/// Writes one.
///
/// # Errors
/// Those of the format.
pub fn serialize<S: Serializer>(id: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    ShortId(*id).serialize(serializer)
}

/// Reads one.
///
/// # Errors
/// If it is neither 16 hexadecimal digits nor a number.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    ShortId::deserialize(deserializer).map(|id| id.0)
}

/// One that may be missing.
pub mod optional {
    use super::{Deserialize, Deserializer, Serialize, Serializer, ShortId};

    /// Writes it, or null.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer>(id: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
        id.map(ShortId).serialize(serializer)
    }

    /// Reads it.
    ///
    /// # Errors
    /// If it is neither null, nor 16 hexadecimal digits, nor a number.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
        Ok(Option::<ShortId>::deserialize(deserializer)?.map(|id| id.0))
    }
}

/// A bounded list of them.
pub mod list {
    use super::{Deserializer, Serializer, ShortId};
    use crate::catalog::List;

    /// Writes it.
    ///
    /// # Errors
    /// Those of the format.
    pub fn serialize<S: Serializer, const N: u32>(ids: &List<u64, N>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(ids.iter().map(|id| ShortId(*id)))
    }

    /// Reads it.
    ///
    /// # Errors
    /// If it is over its bound, or one of them does not read.
    pub fn deserialize<'de, D: Deserializer<'de>, const N: u32>(deserializer: D) -> Result<List<u64, N>, D::Error> {
        let ids: List<ShortId, N> = crate::list::read(deserializer)?;
        let ids: Vec<u64> = ids.into_iter().map(|id| id.0).collect();
        Ok(List::try_from(ids).expect("as many as were read within the bound"))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::parse;
    use crate::catalog::List;

    #[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Held {
        #[serde(with = "super")]
        one: u64,
        #[serde(with = "super::optional")]
        other: Option<u64>,
        #[serde(with = "super::list")]
        more: List<u64, 2>,
    }

    #[test]
    fn an_id_above_2_to_the_53_keeps_its_digits() {
        let held = Held { one: u64::MAX - 1, other: None, more: vec![1, 1 << 63].try_into().unwrap() };
        let json = serde_json::to_string(&held).unwrap();
        assert_eq!(json, r#"{"one":"feffffffffffffff","other":null,"more":["0100000000000000","0000000000000080"]}"#);
        assert_eq!(serde_json::from_str::<Held>(&json).unwrap(), held);
        assert_eq!(parse("feffffffffffffff"), Some(u64::MAX - 1));
        assert_eq!(super::text(u64::MAX - 1), "feffffffffffffff");
    }

    #[test]
    fn numbers_are_read_and_other_texts_are_not() {
        let read = |one: &str| serde_json::from_str::<Held>(&format!(r#"{{"one":{one},"other":7,"more":[]}}"#));
        assert_eq!(read("258").unwrap().one, 258);
        assert_eq!(read("258").unwrap().other, Some(7));
        for wrong in ["\"258\"", "\"\"", "-1", "\"zzffffffffffffff\"", "null", "1.5"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("16 hexadecimal digits"), "{error}");
        }
    }
}
