//! What a page tells to type: the shell reads it, and `mulu` has the commands and options that are in it.

use super::{Snippet, snippets};
use mulu_tests::network::program;
use std::{collections::BTreeMap, process::Command};

/// Commands of `mulu` in a snippet, word by word: continued lines are one, what follows a pipe or a comment is none of it.
fn commands(text: &str) -> Vec<Vec<String>> {
    let lines = text.replace("\\\n", " ");
    let typed = lines.lines().map(|line| line.split(" #").next().unwrap_or(line));
    let parts = typed.flat_map(|line| line.split(['|', '(', ')', ';']).map(str::trim).collect::<Vec<_>>());
    let words = parts.map(|part| part.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    words.filter(|words| words.first().is_some_and(|word| word == "mulu")).map(|words| words[1..].to_vec()).collect()
}

/// Words of the command itself, without options and what they take.
fn named(words: &[String]) -> Vec<String> {
    let mut named = Vec::new();
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        match word.strip_prefix("--") {
            // `--key FILE mulu's command`: an option before the command takes the next word.
            Some(_) if named.is_empty() => {
                words.next();
            }
            Some(_) => break,
            None if word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-') => named.push(word.clone()),
            None => break,
        }
    }
    named
}

#[test]
fn the_shell_reads_every_snippet() {
    let snippets = snippets("sh");
    assert!(snippets.len() > 15, "only {} were found", snippets.len());
    for Snippet { at, text } in snippets.iter().filter(|snippet| !snippet.text.contains('…')) {
        let read = Command::new("bash").args(["-n", "-c", text]).output().unwrap();
        assert!(read.status.success(), "{at}: {}", String::from_utf8_lossy(&read.stderr));
    }
}

#[test]
fn mulu_has_every_command_and_option_of_a_page() {
    let snippets = snippets("sh");
    let mut known = BTreeMap::<Vec<String>, String>::new();
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for Snippet { at, text } in &snippets {
        for words in commands(text) {
            let mut name = named(&words);
            // What the last words of a command are given as stands there too, as the name of a file.
            let help = loop {
                let help = known.entry(name.clone()).or_insert_with(|| help(&name));
                if !help.is_empty() || name.is_empty() {
                    break help.clone();
                }
                name.pop();
            };
            seen += 1;
            let options = words.iter().filter(|word| word.starts_with("--"));
            let missing: Vec<_> =
                options.map(|word| word.split('=').next().unwrap()).filter(|word| !help.contains(*word)).collect();
            // A group that has no such command names those that it has.
            let is_group = help.contains("\nCommands:") && name.len() < named(&words).len();
            if name.is_empty() || is_group || !missing.is_empty() {
                wrong.push(format!("{at}: mulu {}: {missing:?}", words.join(" ")));
            }
        }
    }
    assert!(seen > 10, "only {seen} commands were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What `mulu … --help` says; nothing if there is no such command.
fn help(name: &[String]) -> String {
    let output = Command::new(program("mulu")).args(name).args(["--help", "--lang", "en"]).output().unwrap();
    if output.status.success() { String::from_utf8(output.stdout).unwrap() } else { String::new() }
}

#[test]
fn commands_are_found_in_what_is_typed() {
    let found = commands(
        "KEY=$(mulu key show ./k --json | jq -r .x)   # mulu nothing\nmulu --key admin role give \\\n  \"$KEY\"\n",
    );
    assert_eq!(found.len(), 2);
    assert_eq!(named(&found[0]), ["key", "show"]);
    assert_eq!(named(&found[1]), ["role", "give"]);
}
