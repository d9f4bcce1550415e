//! Words of texts: Chinese by the dictionary, everything else by its letters and digits.
//!
//! A text falls into units: each Chinese character, each run of other letters, each run of digits. A word is one unit or, in Chinese, as
//! many as the dictionary has under one head. An entry is found by *every* word that its text contains, wherever another word may begin
//! or end there, and by each character; a question is *cut*, so that it has each of its characters in one word. So whatever part of a
//! text is asked for finds the text, and what is a word in the question matches only where it is one in the dictionary.

use jieba_rs::Jieba;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization;

/// Longest word that is not Chinese, in characters; the rest of a longer one is left out, in texts as in questions.
const LETTERS_MAX: usize = 64;

static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// A word and the unit that it begins with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word {
    /// Place of its first unit in the text.
    pub place: usize,
    /// The word.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    Han,
    Letter,
    Digit,
    Other,
}

/// Every word of a text, by place.
pub fn every(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for run in runs(&plain(text)) {
        match run {
            Run::Unit(word) => words.push(word),
            Run::Han { place, text } => {
                words.extend(characters(place, &text));
                let found = DICTIONARY.cut_all(&text).into_iter().filter(|token| token.end - token.start > 1);
                words.extend(found.map(|token| Word { place: place + token.start, text: token.word.to_owned() }));
            }
        }
    }
    words.sort();
    words
}

/// The words that a question is cut into, by place.
pub fn cut(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for run in runs(&plain(text)) {
        match run {
            Run::Unit(word) => words.push(word),
            Run::Han { place, text } => {
                for token in DICTIONARY.cut(&text, false) {
                    // What the dictionary does not have is in no text as a word, only by its characters.
                    if DICTIONARY.has_word(token.word) {
                        words.push(Word { place: place + token.start, text: token.word.to_owned() });
                    } else {
                        words.extend(characters(place + token.start, token.word));
                    }
                }
            }
        }
    }
    words
}

/// The units of a text as one string: two names that a reader takes for the same have the same.
pub fn folded(text: &str) -> String {
    let mut folded = String::new();
    for run in runs(&plain(text)) {
        match run {
            Run::Han { text, .. } => folded.push_str(&text),
            Run::Unit(word) => {
                // So that letters and digits keep their ends.
                folded.push(' ');
                folded.push_str(&word.text);
            }
        }
    }
    folded
}

/// Full width and half width, upper case and lower case are the same.
fn plain(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

fn characters(place: usize, text: &str) -> impl Iterator<Item = Word> {
    text.chars().enumerate().map(move |(offset, char)| Word { place: place + offset, text: char.to_string() })
}

enum Run {
    /// Chinese characters.
    Han { place: usize, text: String },
    /// Letters or digits.
    Unit(Word),
}

/// Cuts a text where the class of its characters changes.
fn runs(text: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut place = 0;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let class = class_of(first);
        let end = rest.find(|char| class_of(char) != class).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(end);
        rest = behind;
        match class {
            Class::Other => {}
            Class::Han => {
                runs.push(Run::Han { place, text: run.to_owned() });
                place += run.chars().count();
            }
            Class::Letter | Class::Digit => {
                runs.push(Run::Unit(Word { place, text: run.chars().take(LETTERS_MAX).collect() }));
                place += 1;
            }
        }
    }
    runs
}

fn class_of(char: char) -> Class {
    match char {
        // Unified ideographs with their extensions and compatibility forms, and the zero that is written like one.
        '〇'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{323af}' => Class::Han,
        _ if char.is_alphabetic() => Class::Letter,
        _ if char.is_numeric() => Class::Digit,
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]
    use super::*;
    use proptest::prelude::*;

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(|word| &word.text[..]).collect()
    }

    #[test]
    fn a_text_has_every_word_of_the_dictionary_that_it_contains() {
        let words = every("不动产登记");
        for word in ["不动产", "动产", "登记", "不", "动", "产", "登", "记"] {
            assert!(texts(&words).contains(&word), "{word} in {words:?}");
        }
        assert!(!texts(&words).contains(&"产登"));
    }

    #[test]
    fn a_question_is_cut_into_words_with_each_character_once() {
        assert_eq!(texts(&cut("不动产登记")), ["不动产", "登记"]);
        let cut = cut("城市居民最低生活保障信息");
        assert_eq!(cut.iter().map(|word| &word.text[..]).collect::<String>(), "城市居民最低生活保障信息");
        assert!(cut.len() < 8, "{cut:?}");
    }

    #[test]
    fn width_and_case_do_not_matter_and_letters_part_from_digits() {
        assert_eq!(texts(&cut("ＧＢ 11643—1999 Sex")), ["gb", "11643", "1999", "sex"]);
        assert_eq!(cut("GB11643"), cut("gb-11643"));
        assert_eq!(folded("《不动产》登记（2024）"), folded("不动产登记2024"));
        assert_ne!(folded("ab c"), folded("a bc"));
    }

    #[test]
    fn what_is_no_writing_has_no_word() {
        for text in ["", "  ", "!?*()[]{}\"'\\", "\u{200b}\u{0}\u{feff}", "——。，"] {
            assert_eq!(cut(text), [], "{text:?}");
            assert_eq!(every(text), []);
        }
    }

    #[test]
    fn a_word_without_end_is_cut_off() {
        assert_eq!(cut(&"x".repeat(10_000))[0].text.len(), LETTERS_MAX);
    }

    /// The words of these lines are pinned with the dictionary: where this test fails after an update of jieba-rs, raise
    /// [`crate::stamp::FORMAT`], so that every node builds its index anew, and write the new words here.
    #[test]
    fn the_dictionary_is_the_pinned_one() {
        let lines = [
            ("统一社会信用代码", "统一 社会 信用 代码"),
            ("居民身份证号码", "居民身份证 号码"),
            ("企业法人营业执照", "企业法人 营业执照"),
            ("道路运输经营许可证", "道路 运输 经营 许可证"),
            ("城镇职工基本养老保险参保信息", "城镇职工 基本 养老保险 参保 信息"),
        ];
        let cut: Vec<(&str, String)> = lines.iter().map(|(text, _)| (*text, texts(&cut(text)).join(" "))).collect();
        assert_eq!(cut, lines.map(|(text, words)| (text, words.to_owned())));
    }

    proptest! {
        #[test]
        fn every_part_of_a_text_finds_it(
            text in "[不动产登记信息居民身份证号码企业法人营业执照社会统一信用代码中华人民共和国的了, a1B2鸠兹𠀀]{1,40}",
            from in 0usize..40,
            length in 1usize..20,
        ) {
            let part: String = text.chars().skip(from).take(length).collect();
            // A part may begin in the middle of a run of letters or digits; Chinese has no such limit.
            let begins_inside = |char: Option<char>| char.is_some_and(|char| char.is_ascii_alphanumeric());
            prop_assume!(!begins_inside(part.chars().next()) && !begins_inside(part.chars().last()));
            let every = every(&text);
            for word in cut(&part) {
                prop_assert!(every.iter().any(|there| there.text == word.text), "{} of {part} in {text}", word.text);
            }
        }

        #[test]
        fn no_text_ends_the_program(text in ".{0,200}") {
            let every = every(&text);
            prop_assert!(every.is_sorted());
            prop_assert!(cut(&text).iter().all(|word| every.iter().any(|there| there == word)));
        }
    }
}
