//! What the fields of an event take.

use crate::scalar::{Scalar, TimeForm, items_of_text};
use mulu_proofs::{
    access::{Outcome, Side},
    catalog::Method,
};

/// What a field takes: constants are checked against it when a mapping is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Time(TimeForm),
    /// Number of units of so many nanoseconds.
    Duration(u64),
    /// Whole number up to `u16::MAX`.
    Small,
    /// Whole number up to `u32::MAX`.
    Whole,
    /// Whole number up to `u64::MAX`.
    Large,
    Items,
    Method,
    Side,
    Outcome,
    /// 16 hexadecimal digits.
    ShortId,
    /// 16 hexadecimal digits, or whether the vault makes one.
    Pseudonym,
    Text,
}

impl Kind {
    /// Number of milliseconds.
    pub(crate) const MILLISECONDS: Self = Self::Duration(1_000_000);

    /// Whether a text is one of these.
    pub(crate) fn takes(self, text: &str) -> bool {
        let scalar = Scalar::text_of(text);
        match self {
            Self::Time(form) => form.read(&scalar).is_some(),
            Self::Duration(unit) => scalar.milliseconds(unit).is_some(),
            Self::Small => scalar.whole::<u16>().is_some(),
            Self::Whole => scalar.whole::<u32>().is_some(),
            Self::Large => scalar.whole::<u64>().is_some(),
            Self::Items => items_of_text(text).is_some(),
            Self::Method => scalar.word::<Method>().is_some(),
            Self::Side => scalar.word::<Side>().is_some(),
            Self::Outcome => scalar.word::<Outcome>().is_some(),
            Self::ShortId => scalar.short_id().is_some(),
            Self::Pseudonym => matches!(text, "true" | "false") || scalar.short_id().is_some(),
            Self::Text => true,
        }
    }

    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Time(TimeForm::Plain) => "a moment: RFC 3339, from 1970 to 9998, or milliseconds since 1970",
            Self::Time(TimeForm::Rfc3339) => {
                "a moment of RFC 3339 with its offset, as 2026-08-01T12:30:00+08:00, from 1970 to 9998"
            }
            Self::Time(TimeForm::Unix(_)) => "a number since 1970",
            Self::Time(TimeForm::CommonLog) => "a moment of the common log format, as 01/Aug/2026:12:30:00 +0800",
            Self::Time(TimeForm::Local(_)) => "a local moment without an offset, as 2026-08-01 12:30:00",
            Self::Duration(_) => "a number that is not negative",
            Self::Small => "a whole number up to 65535",
            Self::Whole => "a whole number up to 4294967295",
            Self::Large => "a whole number",
            Self::Items => "places from 0 to 63, as a list or with commas between them",
            Self::Method => "one of database_table, file, service_interface, log_synchronisation, message_queue",
            Self::Side => "one of provider, consumer, data_manager",
            Self::Outcome => "one of ok, error, denied",
            Self::ShortId => "16 hexadecimal digits",
            Self::Pseudonym => "16 hexadecimal digits, or true for one of the vault's making",
            Self::Text => "text",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_its_own_and_refuses_another() {
        for (kind, taken, refused) in [
            (Kind::Time(TimeForm::Plain), "2026-08-01T12:30:00Z", "yesterday"),
            (Kind::Duration(1_000_000), "2.5", "-1"),
            (Kind::Small, "65535", "65536"),
            (Kind::Whole, "65536", "4294967296"),
            (Kind::Large, "4294967296", "many"),
            (Kind::Items, "0,63", "64"),
            (Kind::Method, "message_queue", "queue"),
            (Kind::Side, "data_manager", "manager"),
            (Kind::Outcome, "denied", "200"),
            (Kind::ShortId, "0100000000000000", "1"),
            (Kind::Pseudonym, "true", "yes"),
        ] {
            assert!(kind.takes(taken), "{kind:?} {taken}");
            assert!(!kind.takes(refused), "{kind:?} {refused}");
            assert!(!kind.words().is_empty());
        }
        assert!(Kind::Text.takes("anything"));
    }
}
