//! What was typed and is no command, told in Chinese; the English is that of the parser.

use crate::{arguments::Options, help, output, settings::Settings};
use clap::{
    Error,
    error::{ContextKind, ContextValue, ErrorKind},
};
use mulu_verifier::words::{Language, Speech, printable};
use std::{error::Error as _, ffi::OsString, process::ExitCode};

/// What a program ends with that was called wrongly, as the parser's own way out does.
const MISTYPED: u8 = 2;

/// The language that is asked for on a command line that may not read: `--lang`, else `MULU_LANG`, the profile's, the locale's.
pub fn language(arguments: impl Iterator<Item = OsString>) -> Language {
    let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let named = |option: &str| {
        let behind = words.iter().skip_while(|word| *word != option).nth(1).cloned();
        behind.or_else(|| words.iter().find_map(|word| Some(word.strip_prefix(option)?.strip_prefix('=')?.to_owned())))
    };
    let lang = named("--lang").and_then(|named| named.parse().ok());
    let options = Options { lang, profile: named("--profile"), ..Options::default() };
    let settings = Settings::of_run(&options, true).ok();
    settings.and_then(|settings| settings.language.value.parse().ok()).unwrap_or_else(Language::of_environment)
}

/// Prints why the command line does not read, or the help that it asks for.
pub fn tell(error: &Error, speech: Speech) -> ExitCode {
    match said(error, speech) {
        Some(text) if error.use_stderr() && speech.language() == Language::Chinese => {
            eprint!("{text}");
            ExitCode::from(MISTYPED)
        }
        None if speech.language() == Language::Chinese && !error.use_stderr() => {
            let page = help::framed(&error.render().to_string(), speech.language());
            // A reader that closed the pipe has seen what it wanted.
            let _ = output::write(&page);
            ExitCode::SUCCESS
        }
        _ => error.exit(),
    }
}

/// The mistake, how the command is used, and the way out; none where the parser prints its help.
fn said(error: &Error, speech: Speech) -> Option<String> {
    let of = |kind| error.get(kind).map_or_else(String::new, ToString::to_string);
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::Strings(names)) => speech.joined(names),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let why = error.source().map(|cause| speech.say(&cause.to_string()));
    let mistake = match error.kind() {
        ErrorKind::MissingRequiredArgument => speech.tell("missing: {}", &[&argument]),
        ErrorKind::UnknownArgument => speech.tell("there is no argument {}", &[&argument]),
        ErrorKind::InvalidSubcommand => speech.tell("there is no command {}", &[&of(ContextKind::InvalidSubcommand)]),
        ErrorKind::ArgumentConflict => {
            speech.tell("{} and {} exclude each other", &[&argument, &of(ContextKind::PriorArg)])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = of(ContextKind::InvalidValue);
            match why {
                Some(why) => speech.tell("{} is no value of {}: {}", &[&value, &argument, &why]),
                None => speech.tell("{} is no value of {}", &[&value, &argument]),
            }
        }
        _ => return None,
    };
    let mut text = speech.tell("error: {}", &[&printable(&mistake)]) + "\n";
    // The usage is the commands' own words, in lines of its own.
    if let Some(usage) = error.get(ContextKind::Usage) {
        let usage = usage.to_string();
        text.push_str(&speech.tell("usage: {}", &[&usage.trim_start_matches("Usage:").trim()]));
        text.push('\n');
    }
    text.push_str(&speech.tell("hint: {}", &[&speech.say("--help has every option and its values")]));
    text.push('\n');
    Some(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::{arguments::Arguments, chinese::TABLES};
    use clap::Parser;

    fn mistyped(words: &[&str]) -> String {
        let error = Arguments::try_parse_from(["mulu"].iter().chain(words)).unwrap_err();
        said(&error, Speech::new(Language::Chinese, TABLES)).unwrap_or_default()
    }

    #[test]
    fn what_is_mistyped_is_told_in_chinese_with_the_usage() {
        let missing = mistyped(&["request", "extension", "decide", "7"]);
        assert!(
            missing.starts_with("错误：缺少参数：<--grant|--deny>\n用法：mulu request extension decide"),
            "{missing}"
        );
        let denied = mistyped(&["request", "extension", "decide", "7", "--deny"]);
        assert!(denied.starts_with("错误：缺少参数：--reason"), "{denied}");
        assert!(mistyped(&["request", "party"]).starts_with("错误：没有命令 party\n"));
        assert!(mistyped(&["whoami", "--party"]).starts_with("错误：没有参数 --party\n"));
        let both = mistyped(&["vote", "1", "--approve", "--reject"]);
        assert!(both.contains("不能同时使用"), "{both}");
        let value = mistyped(&["grant", "show", "x"]);
        assert!(value.starts_with("错误：x 不是 <GRANT> 的值：须为数字\n"), "{value}");
        assert!(value.ends_with("提示：--help 列有全部选项及其取值\n"), "{value}");
        assert_eq!(mistyped(&["--help"]), "", "the help is the parser's");
    }

    #[test]
    fn the_language_is_read_from_a_line_that_does_not_read() {
        let of = |words: &[&str]| language(words.iter().map(OsString::from));
        assert_eq!(of(&["mulu", "--party", "--lang", "zh"]), Language::Chinese);
        assert_eq!(of(&["mulu", "--lang=en", "party"]), Language::English);
    }
}
