//! Credit codes, with their check character.

/// Unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters.
#[derive(
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    codec::Encode,
    codec::Decode,
    codec::DecodeWithMemTracking,
    codec::MaxEncodedLen,
    scale_info::TypeInfo,
)]
pub struct CreditCode([u8; 18]);

/// Why 18 characters are no credit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CreditCodeError {
    /// Not 18 characters.
    #[error("a credit code has 18 characters")]
    Length,
    /// A character outside the alphabet, or a letter in the region digits.
    #[error("character {place} is not allowed there (GB 32100: no I, O, S, V, Z; digits in places 3 to 8)")]
    Character {
        /// Place, from 1.
        place: usize,
    },
    /// The last character does not match.
    #[error("the check character should be {expected}")]
    Check {
        /// What it should be.
        expected: char,
    },
}

impl CreditCode {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [u32; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

    /// Reads and checks a code.
    ///
    /// # Errors
    /// [`CreditCodeError`], the first rule that it breaks.
    pub fn new(code: &str) -> Result<Self, CreditCodeError> {
        let bytes: [u8; 18] = code.as_bytes().try_into().map_err(|_| CreditCodeError::Length)?;
        Self::check(&bytes)?;
        Ok(Self(bytes))
    }

    /// The code with the right check character behind 17 given ones.
    ///
    /// # Errors
    /// [`CreditCodeError`] if the 17 characters break a rule.
    pub fn with_check_character(body: &str) -> Result<Self, CreditCodeError> {
        let body: [u8; 17] = body.as_bytes().try_into().map_err(|_| CreditCodeError::Length)?;
        let mut bytes = [0; 18];
        bytes[..17].copy_from_slice(&body);
        bytes[17] = Self::check_character(&bytes)?;
        Ok(Self(bytes))
    }

    /// Whether a decoded code keeps the rules.
    pub fn is_valid(&self) -> bool {
        Self::check(&self.0).is_ok()
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("")
    }

    fn check(bytes: &[u8; 18]) -> Result<(), CreditCodeError> {
        let expected = Self::check_character(bytes)?;
        if bytes[17] == expected { Ok(()) } else { Err(CreditCodeError::Check { expected: expected.into() }) }
    }

    fn check_character(bytes: &[u8; 18]) -> Result<u8, CreditCodeError> {
        let mut sum = 0;
        for (place, (byte, weight)) in bytes[..17].iter().zip(Self::WEIGHTS).enumerate() {
            let region_digit = (2..8).contains(&place);
            let value = Self::ALPHABET
                .iter()
                .position(|c| c == byte && (!region_digit || c.is_ascii_digit()))
                .ok_or(CreditCodeError::Character { place: place + 1 })?;
            sum += u32::try_from(value).expect("below 31") * weight;
        }
        Ok(Self::ALPHABET[((31 - sum % 31) % 31) as usize])
    }
}

impl std::fmt::Debug for CreditCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl serde::Serialize for CreditCode {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for CreditCode {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&code).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_character_is_that_of_gb_32100() {
        // The published example of the standard's annex: 91350100M000100Y43.
        assert!(CreditCode::new("91350100M000100Y43").is_ok());
        assert_eq!(CreditCode::new("91350100M000100Y44"), Err(CreditCodeError::Check { expected: '3' }));
        assert_eq!(CreditCode::new("9135010IM000100Y43"), Err(CreditCodeError::Character { place: 8 }));
        assert_eq!(CreditCode::new("91350100"), Err(CreditCodeError::Length));
    }
}
