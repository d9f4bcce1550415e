//! Words for people: English as it stands in the code, Chinese from tables beside it.
//!
//! A phrase is known by its English, with `{}` where a value stands. A text that somebody else has put together (a step, a reason, a hint)
//! is taken apart by the same phrases. What no table has stays English, so that a missing word never hides anything; a sentence that no
//! table has stays English as a whole.

use std::{fmt::Display, str::FromStr};

/// English with `{}` for its values, and Chinese with `{0}`, `{1}` for the same.
pub type Phrase = (&'static str, &'static str);

/// What people read. Programs read JSON, which has one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// 中文
    Chinese,
}

impl Language {
    /// The language of the environment.
    pub fn of_environment() -> Self {
        Self::of_locale(|name| std::env::var(name).ok())
    }

    /// The first of these that is set decides, as POSIX says.
    fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set).unwrap_or_default();
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Chinese } else { Self::English }
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "en" => Ok(Self::English),
            "zh" => Ok(Self::Chinese),
            _ => Err("zh or en"),
        }
    }
}

/// A language with the tables of its phrases.
#[derive(Clone, Copy, Debug)]
pub struct Speech {
    language: Language,
    tables: &'static [&'static [Phrase]],
}

impl Speech {
    /// Speaks `language`; phrases are looked up in `tables`, in this order.
    pub const fn new(language: Language, tables: &'static [&'static [Phrase]]) -> Self {
        Self { language, tables }
    }

    /// The language that is spoken.
    pub const fn language(self) -> Language {
        self.language
    }

    /// A phrase with its values.
    pub fn tell(self, phrase: &str, values: &[&dyn Display]) -> String {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        fill(self.chinese_of(phrase).unwrap_or(phrase), &values)
    }

    /// A word, or a text that was put together from a phrase.
    pub fn say(self, text: &str) -> String {
        match self.language {
            Language::English => text.to_owned(),
            Language::Chinese => self.translated(text).unwrap_or_else(|| text.to_owned()),
        }
    }

    /// Words one after the other.
    pub fn list<T: Display>(self, words: impl IntoIterator<Item = T>) -> String {
        self.joined(words.into_iter().map(|word| self.say(&word.to_string())))
    }

    /// Names and numbers one after the other: nobody translates those.
    pub fn joined<T: Display>(self, names: impl IntoIterator<Item = T>) -> String {
        let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
        names.join(if self.language == Language::Chinese { "、" } else { ", " })
    }

    fn phrases(self) -> impl Iterator<Item = &'static Phrase> {
        self.tables.iter().flat_map(|table| table.iter())
    }

    fn chinese_of(self, phrase: &str) -> Option<&'static str> {
        if self.language == Language::English {
            return None;
        }
        let found = |phrase: &str| self.phrases().find(|(english, _)| *english == phrase).map(|(_, chinese)| *chinese);
        // Names in JSON are the same words with underscores.
        found(phrase).or_else(|| phrase.contains('_').then(|| found(&phrase.replace('_', " "))).flatten())
    }

    fn translated(self, text: &str) -> Option<String> {
        if let Some(chinese) = self.chinese_of(text) {
            return Some(chinese.to_owned());
        }
        // Of the phrases that fit, the one with the most words of its own.
        let fitting = self.phrases().filter(|(english, _)| english.contains("{}"));
        let (_, chinese, values) = fitting
            .filter_map(|(english, chinese)| Some((english.len(), *chinese, self.values(english, text)?)))
            .max_by_key(|(length, ..)| *length)?;
        Some(fill(chinese, &values))
    }

    /// The values that make `text` out of `phrase`, in words; none if it is no such text.
    ///
    /// A sentence of somebody else is never taken for a phrase with values: a few of its words in Chinese would garble the rest.
    fn values(self, phrase: &str, text: &str) -> Option<Vec<String>> {
        // What begins with two words of the phrase is the phrase, whoever's words stand in it.
        let begins_with_words = phrase.split("{}").next().is_some_and(|begin| begin.trim().contains(' '));
        let said = taken_apart(phrase, text)?.into_iter().map(|value| match self.value(value) {
            Some(chinese) => Some(chinese),
            None if begins_with_words || !is_sentence(value) => Some(value.to_owned()),
            None => None,
        });
        said.collect()
    }

    /// A value of a phrase, if it is a phrase itself or a list of words.
    fn value(self, text: &str) -> Option<String> {
        self.translated(text).or_else(|| {
            let words: Option<Vec<&str>> = text.split(", ").map(|word| self.chinese_of(word)).collect();
            words.map(|words| words.join("、"))
        })
    }
}

/// Whether a text has the words of an English sentence, and is no name, number or place.
fn is_sentence(text: &str) -> bool {
    let is_word = |word: &&str| word.trim_end_matches([',', '.', ':', ';']).chars().all(|c| c.is_ascii_alphabetic());
    text.split_whitespace().filter(is_word).count() > 2
}

/// Puts values into a phrase: `{}` takes the next one, `{0}` the first.
fn fill(phrase: &str, values: &[String]) -> String {
    let mut out = String::new();
    let mut rest = phrase;
    let mut next = 0;
    while let Some((before, (place, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        out.push_str(before);
        let place = place.parse().unwrap_or(next);
        out.push_str(values.get(place).map_or("", String::as_str));
        (rest, next) = (after, next + 1);
    }
    out.push_str(rest);
    out
}

/// The values that make `text` out of `phrase`, if it is one.
fn taken_apart<'a>(phrase: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = phrase.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut values = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let end = if pieces.peek().is_none() {
            rest.ends_with(piece).then(|| rest.len() - piece.len())?
        } else {
            rest.find(piece)?
        };
        values.push(&rest[..end]);
        rest = &rest[end + piece.len()..];
    }
    rest.is_empty().then_some(values)
}

/// `text` with every character replaced that is not seen as itself: names on the ledger are anybody's words, and none may move a terminal's
/// cursor, break a line, or turn what stands beside it around.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns_or_breaks(c) { '\u{fffd}' } else { c }).collect()
}

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm (Unicode annex 9), and separators of lines and paragraphs.
const fn turns_or_breaks(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Columns that a text takes on a terminal: two for each Chinese character.
pub fn width(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// `text` with blanks behind it up to `columns`.
pub fn padded(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{:missing$}", "")
}

const fn is_wide(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}' | '\u{20000}'..='\u{3fffd}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Phrase] = &[
        ("officer", "负责人"),
        ("head", "部门负责人"),
        ("record {} is out of order", "记录{0}次序不对"),
        ("{} is out of order", "{0}次序不对"),
        ("the {} of department {}", "部门{1}的{0}"),
        ("{}: {}", "{0}：{1}"),
    ];

    const fn speech(language: Language) -> Speech {
        Speech::new(language, &[TABLE])
    }

    #[test]
    fn the_first_variable_that_is_set_decides_and_zh_is_chinese() {
        let language = |all: &str, messages: &str, lang: &str| {
            let values = [("LC_ALL", all), ("LC_MESSAGES", messages), ("LANG", lang)];
            Language::of_locale(|name| values.iter().find(|(other, _)| *other == name).map(|(_, v)| (*v).to_owned()))
        };
        for (all, messages, lang, expected) in [
            ("", "", "", Language::English),
            ("", "", "zh_CN.UTF-8", Language::Chinese),
            ("", "zh_TW", "en_US.UTF-8", Language::Chinese),
            ("C", "zh_CN", "zh_CN", Language::English),
            ("ZH_cn", "", "C", Language::Chinese),
            ("", "de_DE", "zh_CN", Language::English),
        ] {
            assert_eq!(language(all, messages, lang), expected, "{all:?} {messages:?} {lang:?}");
        }
        assert_eq!(("zh".parse(), "en".parse()), (Ok(Language::Chinese), Ok(Language::English)));
        assert!("de".parse::<Language>().is_err());
    }

    #[test]
    fn a_phrase_is_told_with_its_values() {
        let values: &[&dyn Display] = &[&"officer", &3];
        assert_eq!(speech(Language::English).tell("the {} of department {}", values), "the officer of department 3");
        assert_eq!(speech(Language::Chinese).tell("the {} of department {}", values), "部门3的officer");
        assert_eq!(speech(Language::Chinese).tell("unknown {}", &[&1]), "unknown 1");
    }

    #[test]
    fn a_text_is_taken_apart_by_the_phrase_that_fits_best() {
        let chinese = speech(Language::Chinese);
        for (text, expected) in [
            ("officer", "负责人"),
            ("record 7 is out of order", "记录7次序不对"),
            ("head is out of order", "部门负责人次序不对"),
            ("the officer of department 7", "部门7的负责人"),
            ("7: head", "7：部门负责人"),
            ("x: head, officer", "x：部门负责人、负责人"),
            ("x: head, nobody", "x：head, nobody"),
            ("it is late: the officer of the other side is away", "it is late: the officer of the other side is away"),
            ("no step of this entry is out of order", "no step of this entry is out of order"),
            ("the officer signed twice of department 7", "the officer signed twice of department 7"),
            ("nobody knows this", "nobody knows this"),
            ("record 7 is out of order!", "record 7 is out of order!"),
        ] {
            assert_eq!(chinese.say(text), expected);
            assert_eq!(speech(Language::English).say(text), text);
        }
        assert_eq!(chinese.list(["officer", "nobody"]), "负责人、nobody");
        assert_eq!(speech(Language::English).list(["officer", "nobody"]), "officer, nobody");
    }

    #[test]
    fn braces_of_a_value_stay_as_they_are() {
        assert_eq!(speech(Language::English).tell("{} and {}", &[&"{}", &"{1}"]), "{} and {1}");
    }

    #[test]
    fn chinese_takes_two_columns_and_control_characters_none() {
        assert_eq!(padded("部门", 6), "部门  ");
        assert_eq!(padded("department", 6), "department");
        assert_eq!(printable("name\u{1b}[2J\nsecond"), "name\u{fffd}[2J\u{fffd}second");
        assert_eq!(printable("a\u{202e}b\u{2066}c\u{2029}d\u{200f}"), "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}");
        assert_eq!(printable("户籍人口——（2026）"), "户籍人口——（2026）");
    }
}
