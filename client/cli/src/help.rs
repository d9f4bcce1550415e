//! Help pages in Chinese: the parser's own, with every text of a command, argument or value in the words of a table.

use crate::{
    arguments::Arguments,
    chinese::help::{FRAME, TABLES},
};
use clap::{Arg, Command, CommandFactory, builder::StyledStr};
use mulu_verifier::words::{Language, Phrase};

/// The command with its help in a language.
pub fn command(language: Language) -> Command {
    match language {
        Language::English => Arguments::command(),
        Language::Chinese => translated(Arguments::command()),
    }
}

/// A rendered page with the parser's own words in a language.
pub fn framed(page: &str, language: Language) -> String {
    match language {
        Language::English => page.to_owned(),
        Language::Chinese => {
            FRAME.iter().fold(page.to_owned(), |page, (english, chinese)| page.replace(english, chinese))
        }
    }
}

fn translated(command: Command) -> Command {
    let (about, long) = (command.get_about().map(chinese), command.get_long_about().map(chinese));
    let command = command.mut_args(argument).mut_subcommands(translated);
    let command = about.into_iter().fold(command, Command::about);
    long.into_iter().fold(command, Command::long_about)
}

fn argument(argument: Arg) -> Arg {
    let (help, long) = (argument.get_help().map(chinese), argument.get_long_help().map(chinese));
    let argument = help.into_iter().fold(argument, Arg::help);
    long.into_iter().fold(argument, Arg::long_help)
}

fn chinese(text: &StyledStr) -> String {
    let text = text.to_string();
    found(&text).map_or(text.clone(), str::to_owned)
}

fn found(text: &str) -> Option<&'static str> {
    let phrases = || TABLES.iter().copied().flatten();
    phrases().find(|(english, _): &&Phrase| *english == text).map(|(_, chinese)| *chinese)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::collections::BTreeSet;

    /// Every text of a command and of those below it.
    fn texts(command: &Command, all: &mut BTreeSet<String>) {
        let mut add = |text: Option<&StyledStr>| all.extend(text.map(ToString::to_string));
        add(command.get_about());
        add(command.get_long_about());
        for argument in command.get_arguments() {
            add(argument.get_help());
            add(argument.get_long_help());
        }
        command.get_subcommands().for_each(|command| texts(command, all));
    }

    #[test]
    fn every_text_of_every_help_page_has_its_chinese() {
        let mut all = BTreeSet::new();
        texts(&Arguments::command(), &mut all);
        assert!(all.len() > 100, "{}", all.len());
        let missing: Vec<&String> = all.iter().filter(|text| found(text).is_none()).collect();
        assert!(missing.is_empty(), "say these in client/cli/src/chinese/help/: {missing:#?}");
    }

    #[test]
    fn no_text_stands_in_the_tables_twice_or_for_nothing() {
        let mut all = BTreeSet::new();
        texts(&Arguments::command(), &mut all);
        let mut seen = BTreeSet::new();
        for (english, chinese) in TABLES.iter().copied().flatten() {
            assert!(seen.insert(english), "{english:?} stands twice");
            assert!(all.contains(*english), "no page says {english:?}");
            assert!(!chinese.is_empty());
        }
    }

    #[test]
    fn a_page_is_chinese_from_top_to_bottom() {
        let error = command(Language::Chinese).try_get_matches_from(["mulu", "vote", "--help"]).unwrap_err();
        let page = framed(&error.render().to_string(), Language::Chinese);
        for word in ["用法：", "参数：", "选项：", "所有命令通用：", "显示帮助"] {
            assert!(page.contains(word), "{word} in {page}");
        }
        for word in ["Usage:", "Arguments:", "Options:", "Print help"] {
            assert!(!page.contains(word), "{word} in {page}");
        }
    }
}
