//! Single values of records, and what they are read as.

use jiff::{Timestamp, civil::DateTime, tz::Offset};
use mulu_client::import::days_from_civil;
use mulu_proofs::{access::short_id, catalog::ITEMS_MAX};
use serde::{
    Deserialize,
    de::{IntoDeserializer, value::StrDeserializer},
};
use serde_json::{Number, Value};
use std::borrow::Cow;

const NANOS_PER_MS: u128 = 1_000_000;
/// Digits behind the point that are read; a nanosecond has no more.
const FRACTION_DIGITS: usize = 9;

/// A single value of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Text(Cow<'a, str>),
    Number(&'a Number),
    Bool(bool),
}

impl<'a> Scalar<'a> {
    /// A value, unless it is made of others.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(Cow::Borrowed(text))),
            Value::Number(number) => Some(Self::Number(number)),
            Value::Bool(it) => Some(Self::Bool(*it)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A text that stands in a mapping.
    pub(crate) fn text_of(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    /// As text; a number in its digits.
    pub(crate) fn into_text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
        }
    }

    /// A whole number that fits.
    pub(crate) fn whole<T: TryFrom<u64>>(&self) -> Option<T> {
        let number = match self {
            Self::Text(text) => digits(text)?,
            Self::Number(number) => number.as_u64().or_else(|| {
                // Writers of JSON that know no whole numbers: 200.0 is 200.
                let float = number.as_f64().filter(|it| it.fract() == 0.0 && (0.0..9e15).contains(it))?;
                Some(float as u64)
            })?,
            Self::Bool(_) => return None,
        };
        T::try_from(number).ok()
    }

    /// A value by its word in the ledger's JSON: `ok`, `service_interface`.
    pub(crate) fn word<'de, T: Deserialize<'de>>(&'de self) -> Option<T> {
        let Self::Text(text) = self else { return None };
        let word: StrDeserializer<'de, serde::de::value::Error> = (&**text).into_deserializer();
        T::deserialize(word).ok()
    }

    /// 16 hexadecimal digits as they are written.
    pub(crate) fn short_id(&self) -> Option<u64> {
        match self {
            Self::Text(text) => short_id::parse(text),
            _ => None,
        }
    }

    /// A mask of items: places with commas between them.
    pub(crate) fn items(&self) -> Option<u64> {
        items_of_text(&self.clone().into_text())
    }

    /// Milliseconds of a number of `unit` nanoseconds, with or without a point.
    pub(crate) fn milliseconds(&self, unit: u64) -> Option<u64> {
        let nanos = match self {
            Self::Number(number) => match number.as_u64() {
                Some(whole) => u128::from(whole) * u128::from(unit),
                None => decimal_nanos(&number.to_string(), unit).or_else(|| {
                    // 1.7e9 is a number of JSON too.
                    let float = number.as_f64().filter(|it| *it >= 0.0 && *it < 1e22)? * unit as f64;
                    Some(float.round() as u128)
                })?,
            },
            Self::Text(text) => decimal_nanos(text.trim(), unit)?,
            Self::Bool(_) => return None,
        };
        u64::try_from(nanos / NANOS_PER_MS).ok()
    }
}

/// A mask of items: a list of places, or places with commas between them.
pub(crate) fn items(value: &Value) -> Option<u64> {
    match value {
        Value::Array(places) => {
            places.iter().try_fold(0, |mask, place| Some(mask | bit(Scalar::of(place)?.whole::<u32>()?)?))
        }
        value => items_of_text(&Scalar::of(value)?.into_text()),
    }
}

/// `0,2`.
pub(crate) fn items_of_text(text: &str) -> Option<u64> {
    text.split(',').try_fold(0, |mask, place| Some(mask | bit(u32::try_from(digits(place.trim())?).ok()?)?))
}

fn bit(place: u32) -> Option<u64> {
    (place < ITEMS_MAX).then(|| 1 << place)
}

fn digits(text: &str) -> Option<u64> {
    let text = text.trim();
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

fn decimal_nanos(text: &str, unit: u64) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 30 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let cut = &fraction[..fraction.len().min(FRACTION_DIGITS)];
    let parts = if cut.is_empty() { 0 } else { u128::from(digits(cut)?) };
    let unit = u128::from(unit);
    let scale = 10_u128.pow(u32::try_from(cut.len()).ok()?);
    Some(u128::from(digits(whole).filter(|_| !whole.is_empty())?) * unit + parts * unit / scale)
}

/// How a moment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeForm {
    /// RFC 3339 if it is text, else milliseconds since 1970.
    Plain,
    /// `2026-08-01T12:30:00+08:00`.
    Rfc3339,
    /// Since 1970, in units of so many nanoseconds.
    Unix(u64),
    /// `01/Aug/2026:12:30:00 +0800`.
    CommonLog,
    /// `2026-08-01 12:30:00`, at so many seconds east of UTC.
    Local(i32),
}

impl TimeForm {
    /// Milliseconds since 1970.
    pub(crate) fn read(self, scalar: &Scalar<'_>) -> Option<u64> {
        match (self, scalar) {
            (Self::Plain, Scalar::Text(text)) if digits(text).is_none() => rfc3339(text),
            (Self::Plain, scalar) => scalar.milliseconds(1_000_000),
            (Self::Unix(unit), scalar) => scalar.milliseconds(unit),
            (Self::Rfc3339, Scalar::Text(text)) => rfc3339(text),
            (Self::CommonLog, Scalar::Text(text)) => common_log(text.trim_matches(['[', ']'])),
            (Self::Local(east), Scalar::Text(text)) => local(text, east),
            _ => None,
        }
    }

    /// Whether 0 stands for no time: where moments are counted.
    pub(crate) const fn counts(self) -> bool {
        matches!(self, Self::Plain | Self::Unix(_))
    }
}

fn rfc3339(text: &str) -> Option<u64> {
    u64::try_from(text.parse::<Timestamp>().ok()?.as_millisecond()).ok()
}

fn local(text: &str, east: i32) -> Option<u64> {
    // A moment that names its offset is no local one.
    if text.contains(['Z', 'z', '+', '[']) {
        return None;
    }
    let civil: DateTime = text.trim().replace('/', "-").parse().ok()?;
    let timestamp = Offset::from_seconds(east).ok()?.to_timestamp(civil).ok()?;
    u64::try_from(timestamp.as_millisecond()).ok()
}

/// `01/Aug/2026:12:30:00 +0800`.
fn common_log(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if text.len() != 26 || !text.is_ascii() || &text[20..21] != " " {
        return None;
    }
    let number = |from: usize, to: usize| digits(text.get(from..to)?).and_then(|it| i64::try_from(it).ok());
    let month = MONTHS.iter().position(|name| *name == &text[3..6])? as i64 + 1;
    let days = days_from_civil(number(7, 11)?, month, number(0, 2)?)?;
    let (hour, minute, second) = (number(12, 14)?, number(15, 17)?, number(18, 20)?);
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = number(22, 24)? * 3_600 + number(24, 26)? * 60;
    let offset = match &text[21..22] {
        "+" => offset,
        "-" => -offset,
        _ => return None,
    };
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    u64::try_from(seconds).ok().map(|seconds| seconds * 1_000)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::access::Outcome;
    use serde_json::json;

    fn whole(value: Value) -> Option<u32> {
        Scalar::of(&value).unwrap().whole()
    }

    #[test]
    fn whole_numbers_stand_as_numbers_or_digits_and_nothing_else_is_one() {
        assert_eq!(whole(json!(200)), Some(200));
        assert_eq!(whole(json!(200.0)), Some(200));
        assert_eq!(whole(json!(" 200 ")), Some(200));
        for wrong in [json!(-1), json!(2.5), json!(1e300), json!("+2"), json!("2x"), json!(""), json!(true)] {
            assert_eq!(whole(wrong.clone()), None, "{wrong}");
        }
        assert_eq!(whole(json!(4_294_967_296_u64)), None, "it does not fit");
    }

    #[test]
    fn durations_and_moments_are_counted_in_any_unit() {
        let ms = |value: Value, unit| Scalar::of(&value).unwrap().milliseconds(unit);
        assert_eq!(ms(json!("0.0034"), 1_000_000_000), Some(3));
        assert_eq!(ms(json!(0.25), 1_000_000_000), Some(250));
        assert_eq!(ms(json!("1785587405.123"), 1_000_000_000), Some(1_785_587_405_123));
        assert_eq!(ms(json!(1785587405.123), 1_000_000_000), Some(1_785_587_405_123));
        assert_eq!(ms(json!("1785587405123456789"), 1), Some(1_785_587_405_123));
        assert_eq!(ms(json!(1_999), 1_000), Some(1));
        assert_eq!(ms(json!(1e3), 1_000_000), Some(1_000));
        for wrong in [json!("-1"), json!(-1), json!("1.x"), json!(".5"), json!("0.1, 0.2"), json!(true), json!(1e300)] {
            assert_eq!(ms(wrong.clone(), 1_000_000_000), None, "{wrong}");
        }
    }

    #[test]
    fn moments_are_read_in_each_form() {
        let at = |form: TimeForm, value: Value| form.read(&Scalar::of(&value).unwrap());
        let moment = Some(1_785_587_405_000);
        assert_eq!(at(TimeForm::Plain, json!("2026-08-01T20:30:05+08:00")), moment);
        assert_eq!(at(TimeForm::Plain, json!(1_785_587_405_000_u64)), moment);
        assert_eq!(at(TimeForm::Plain, json!("1785587405000")), moment);
        assert_eq!(at(TimeForm::Rfc3339, json!("2026-08-01T12:30:05.000Z")), moment);
        assert_eq!(at(TimeForm::Rfc3339, json!(1_785_587_405_000_u64)), None);
        assert_eq!(at(TimeForm::Rfc3339, json!("2026-08-01T12:30:05")), None, "without an offset");
        assert_eq!(at(TimeForm::CommonLog, json!("01/Aug/2026:20:30:05 +0800")), moment);
        assert_eq!(at(TimeForm::CommonLog, json!("[01/Aug/2026:09:00:05 -0330]")), moment);
        assert_eq!(at(TimeForm::CommonLog, json!("31/Feb/2026:12:30:05 +0000")), None);
        assert_eq!(at(TimeForm::CommonLog, json!("01/Aug/2026:24:30:05 +0000")), None);
        assert_eq!(at(TimeForm::CommonLog, json!("01/八月/2026:12:30:05 +0000")), None);
        assert_eq!(at(TimeForm::Local(8 * 3_600), json!("2026-08-01 20:30:05")), moment);
        assert_eq!(at(TimeForm::Local(8 * 3_600), json!("2026/08/01T20:30:05.000")), moment);
        assert_eq!(at(TimeForm::Local(8 * 3_600), json!("2026-08-01T20:30:05Z")), None);
        assert_eq!(at(TimeForm::Plain, json!("1969-12-31T00:00:00Z")), None, "before 1970");
    }

    #[test]
    fn items_are_places_in_a_list_or_between_commas() {
        assert_eq!(items(&json!([0, 2, 63])), Some(1 << 63 | 5));
        assert_eq!(items(&json!("0, 2")), Some(5));
        assert_eq!(items(&json!(3)), Some(8));
        assert_eq!(items(&json!([])), Some(0));
        for wrong in [json!([64]), json!("64"), json!([[1]]), json!("a"), json!({"a": 1}), json!(null)] {
            assert_eq!(items(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn words_are_those_of_the_ledger() {
        assert_eq!(Scalar::text_of("denied").word::<Outcome>(), Some(Outcome::Denied));
        assert_eq!(Scalar::text_of("Denied").word::<Outcome>(), None);
        assert_eq!(Scalar::Bool(true).word::<Outcome>(), None);
    }

    #[test]
    fn a_text_is_a_number_in_its_digits_too() {
        assert_eq!(Scalar::of(&json!(12)).unwrap().into_text(), "12");
        assert_eq!(Scalar::of(&json!(true)).unwrap().into_text(), "true");
        assert_eq!(Scalar::of(&json!([])), None);
    }
}
