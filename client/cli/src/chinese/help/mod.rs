//! The Chinese of the help pages, by the English of each text, cut by matter. A test of [`crate::help`] walks through every command and fails
//! for what is missing here, and for what no page says.

mod audits;
mod bridge;
mod catalog;
mod events;
mod general;
mod keys;
mod people;
mod sharing;
mod signin;

use mulu_verifier::words::Phrase;

/// All of them.
pub const TABLES: &[&[Phrase]] = &[
    general::TEXTS,
    people::TEXTS,
    catalog::TEXTS,
    sharing::TEXTS,
    events::TEXTS,
    audits::TEXTS,
    bridge::TEXTS,
    keys::TEXTS,
    signin::TEXTS,
];

/// The parser's own words, in the order in which they are replaced on a rendered page.
pub const FRAME: &[Phrase] = &[
    ("Usage: ", "用法："),
    ("\nCommands:\n", "\n命令：\n"),
    ("\nArguments:\n", "\n参数：\n"),
    ("\nOptions:\n", "\n选项：\n"),
    ("\nEvery command:\n", "\n所有命令通用：\n"),
    ("Possible values:", "可取的值："),
    ("[possible values: ", "[可取："),
    ("[default: ", "[默认："),
    ("[aliases: ", "[别名："),
    ("[alias: ", "[别名："),
    ("Print help (see more with '--help')", "显示帮助（--help 更详细）"),
    ("Print help (see a summary with '-h')", "显示帮助（-h 为摘要）"),
    ("Print this message or the help of the given subcommand(s)", "显示本页，或某个命令的帮助"),
    ("Print help for the subcommand(s)", "显示命令的帮助"),
    ("Print help", "显示帮助"),
    ("Print version", "显示版本"),
];
