//! Bounded UTF-8 text, the only form in which words of people enter the ledger.

use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, Error, Input, MaxEncodedLen};
use scale_info::TypeInfo;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// UTF-8 text of at most `N` bytes; longer or malformed input does not decode.
///
/// Free text stays on the chain for ever and every validator's administrator can read it: keep it short, name no person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Default, Encode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Text<const N: u32>(BoundedVec<u8, ConstU32<N>>);

/// The text is longer than its bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text has {bytes} bytes, the bound is {bytes_max}")]
pub struct TextTooLong {
    /// Length of the refused text, in bytes.
    pub bytes: usize,
    /// The bound, in bytes.
    pub bytes_max: u32,
}

impl<const N: u32> Text<N> {
    /// Takes `text` if it fits.
    ///
    /// # Errors
    /// [`TextTooLong`] if it has more than `N` bytes.
    pub fn new(text: &str) -> Result<Self, TextTooLong> {
        BoundedVec::try_from(text.as_bytes().to_vec())
            .map(Self)
            .map_err(|bytes| TextTooLong { bytes: bytes.len(), bytes_max: N })
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("UTF-8; checked by every constructor")
    }

    /// Whether there is no text at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether somebody who reads it sees anything: what has to be said is not said with blanks.
    pub fn says_something(&self) -> bool {
        self.as_str().chars().any(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(c))
    }
}

/// Characters of no width that count as no white space.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

/// Words of a variant's name: `GrantProvisioned` is "grant provisioned".
pub(crate) fn words(variant: &impl std::fmt::Debug) -> String {
    let mut words = String::new();
    for c in format!("{variant:?}").chars() {
        if c.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(c.to_ascii_lowercase());
    }
    words
}

impl<const N: u32> Decode for Text<N> {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let bytes = BoundedVec::<u8, ConstU32<N>>::decode(input)?;
        match std::str::from_utf8(&bytes) {
            Ok(_) => Ok(Self(bytes)),
            Err(_) => Err(Error::from("text is not UTF-8")),
        }
    }
}

impl<const N: u32> std::fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

impl<const N: u32> std::fmt::Display for Text<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl<const N: u32> Serialize for Text<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de, const N: u32> Deserialize<'de> for Text<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_over_its_bound_is_refused_with_both_numbers() {
        assert_eq!(Text::<3>::new("abcd"), Err(TextTooLong { bytes: 4, bytes_max: 3 }));
        assert_eq!(Text::<3>::new("目").expect("three bytes").as_str(), "目");
    }

    #[test]
    fn blanks_say_nothing() {
        let says = |text| Text::<16>::new(text).expect("short").says_something();
        for blank in ["", " ", "\t\r\n", "\u{3000}\u{a0}", "\u{0}\u{7f}", "\u{200b}\u{feff}", "\u{202e} \u{2060}"] {
            assert!(!says(blank), "{blank:?}");
        }
        for text in [" a ", "目录", "\u{200b}7", "."] {
            assert!(says(text), "{text:?}");
        }
    }

    #[test]
    fn bytes_that_are_not_utf8_do_not_decode() {
        assert!(Text::<8>::decode(&mut &[4u8, 0xff][..]).is_err());
        assert!(Text::<1>::decode(&mut &[8u8, b'a', b'b'][..]).is_err());
    }
}
