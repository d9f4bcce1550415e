//! Every snippet of the pages that people copy from is run, as far as a page can be: configurations are read by the bridge itself, commands
//! by the shell and by `mulu`, nginx's by nginx, JSON by its reader, YAML by what its program knows. So no page shows what does not work any
//! more.
//!
//! How a snippet is marked: a `toml` block with `[chain]` is a whole file and read as it stands; any other is a part of one, and only what
//! another part of the page says is added: chain, listener, and stream, mapping and kind of a source that has none. A block in which `…`
//! stands for something left out is no whole thing, and only looked at where it is a configuration.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod replays;
mod senders;
mod shell;
mod yaml;

use mulu_bridge::config::Config;
use mulu_tests::bridge::write_secret;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use toml::{Table, Value};

/// A snippet and where it stands.
struct Snippet {
    at: String,
    text: String,
}

/// Pages on the bridge.
fn pages() -> Vec<PathBuf> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let integration = fs::read_dir(docs.join("integration")).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> = integration.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.extend(["bridge.md", "mapping.md", "bridge-events.md"].map(|name| docs.join(name)));
    pages.sort();
    pages
}

/// A page of `docs/integration`.
fn text_of(page: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../docs/integration/{page}.md"));
    fs::read_to_string(path).unwrap()
}

/// Snippets of a language, of all pages.
fn snippets(language: &str) -> Vec<Snippet> {
    pages()
        .iter()
        .flat_map(|page| snippets_of(&page.display().to_string(), &fs::read_to_string(page).unwrap(), language))
        .collect()
}

fn snippets_of(page: &str, text: &str, language: &str) -> Vec<Snippet> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(marked) = line.trim_start().strip_prefix("```") else { continue };
        let indent = line.len() - line.trim_start().len();
        let inner = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim_start() != "```");
        let inner: Vec<&str> = inner.map(|line| line.get(indent..).unwrap_or(line)).collect();
        if marked == language {
            found.push(Snippet { at: format!("{page}:{}", number + 1), text: inner.join("\n") + "\n" });
        }
    }
    found
}

/// Adds what a part of a configuration needs to be one.
fn whole(snippet: &str) -> Result<Table, toml::de::Error> {
    let mut table: Table = toml::from_str(snippet)?;
    if table.contains_key("chain") {
        return Ok(table);
    }
    let chain = "url = 'ws://127.0.0.1:9944'\nkey = 'platform.key'\nvault = 'bridge.vault'";
    table.insert("chain".into(), Value::Table(toml::from_str(chain)?));
    let named: Vec<String> = callers(&table)
        .iter()
        .filter_map(|caller| caller.get("sources")?.as_array())
        .flatten()
        .filter_map(|name| Some(name.as_str()?.to_owned()))
        .collect();
    let sources = table.entry("source").or_insert_with(|| Value::Table(Table::new())).as_table_mut().unwrap();
    for name in named {
        sources.entry(name).or_insert_with(|| Value::Table(Table::new()));
    }
    let mut is_posted = false;
    for (stream, (_, source)) in (101..).zip(sources.iter_mut()) {
        let source = source.as_table_mut().unwrap();
        source.entry("stream").or_insert(Value::Integer(stream));
        source.entry("mapping").or_insert(Value::String("nginx".into()));
        if !["tail", "ingest", "kafka", "postgres", "xroad", "lumberjack"].iter().any(|kind| source.contains_key(*kind))
        {
            source.insert("ingest".into(), Value::Table(Table::new()));
        }
        is_posted |= source.contains_key("ingest");
    }
    if is_posted {
        let listen = toml::from_str("listen = '127.0.0.1:9800'")?;
        table.entry("http").or_insert(Value::Table(listen));
    }
    Ok(table)
}

fn callers(table: &Table) -> Vec<&Table> {
    let callers = table.get("http").and_then(|http| http.get("caller")).and_then(Value::as_array);
    callers.into_iter().flatten().filter_map(Value::as_table).collect()
}

/// Writes the files that a configuration names, as far as a name says what is in them: certificates, keys, secrets.
fn write_files(of: &Value, folder: &Path, pair: &(String, String)) {
    match of {
        Value::String(name) if !name.contains('/') => {
            let content = match name.rsplit_once('.') {
                Some((_, "pem")) => &pair.0,
                Some((_, "key")) => &pair.1,
                Some((_, "password" | "secret" | "token")) => "a-secret-of-the-page-0123456789",
                _ => return,
            };
            write_secret(&folder.join(name), content).unwrap();
        }
        Value::Array(values) => values.iter().for_each(|value| write_files(value, folder, pair)),
        Value::Table(table) => table.values().for_each(|value| write_files(value, folder, pair)),
        _ => {}
    }
}

/// A certificate and its key.
fn pair() -> (String, String) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["localhost".into()]).unwrap().self_signed(&key).unwrap();
    (certificate.pem(), key.serialize_pem())
}

/// The same snippet with the settings that stand in its comments.
fn uncommented(snippet: &str) -> String {
    let is_setting = |line: &str| {
        line.strip_prefix("# ").and_then(|line| line.split_once(" = ")).is_some_and(|(key, _)| !key.contains(' '))
    };
    let lines = snippet.lines().map(|line| if is_setting(line) { &line[2..] } else { line });
    lines.map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn every_configuration_of_a_page_is_one() {
    let snippets = snippets("toml");
    assert!(snippets.len() > 20, "only {} were found", snippets.len());
    let folder = tempfile::tempdir().unwrap();
    let (pair, mut wrong) = (pair(), Vec::new());
    for Snippet { at, text } in &snippets {
        for text in [text.clone(), uncommented(text)] {
            let read = whole(&text).map_err(|error| error.to_string()).and_then(|table| {
                let text = toml::to_string(&table).unwrap();
                write_files(&Value::Table(table), folder.path(), &pair);
                Config::of_text(&text, folder.path()).map_err(|error| format!("{error}\n{text}"))
            });
            if let Err(error) = read {
                wrong.push(format!("{at}: {error}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_configuration_with_a_mistake_is_found() {
    let folder = tempfile::tempdir().unwrap();
    for text in ["[source.x]\nstreem = 1\n", "[sink.x]\nwebhook = {}\n", "[source.x.mapping]\nextends = 'nothing'\n"] {
        let text = toml::to_string(&whole(text).unwrap()).unwrap();
        assert!(Config::of_text(&text, folder.path()).is_err(), "{text}");
    }
}

#[test]
fn every_json_of_a_page_is_json() {
    let snippets = snippets("json");
    assert!(snippets.len() > 3, "only {} were found", snippets.len());
    for Snippet { at, text } in snippets.iter().filter(|snippet| !snippet.text.contains('…')) {
        let read: Result<Vec<serde_json::Value>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
        assert!(read.is_ok(), "{at}: {read:?}");
    }
}

#[test]
fn nginx_takes_every_configuration_of_nginx() {
    let program = ["/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx"].map(Path::new);
    let program = program.into_iter().find(|path| path.exists()).expect("nginx is missing; scripts/test installs it");
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().display();
    let snippets = snippets("nginx");
    assert!(!snippets.is_empty());
    for Snippet { at: place, text } in snippets {
        let text = text.replace("/var/log/nginx", &at.to_string());
        let temporary =
            ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|name| format!("{name}_temp_path {at}/{name};"));
        let config = format!(
            "pid {at}/pid;\nerror_log {at}/error.log;\nevents {{}}\nhttp {{\n{}\n{text}}}\n",
            temporary.join("\n")
        );
        let path = folder.path().join("nginx.conf");
        fs::write(&path, config).unwrap();
        let tested = Command::new(program).arg("-t").arg("-c").arg(&path).output().unwrap();
        assert!(tested.status.success(), "{place}: {}", String::from_utf8_lossy(&tested.stderr));
    }
}

#[test]
fn python_takes_every_function_of_a_page() {
    let snippets = snippets("python");
    assert!(!snippets.is_empty());
    for Snippet { at, text } in snippets {
        let read =
            Command::new("python3").args(["-c", "import ast, sys; ast.parse(sys.argv[1])", &text]).output().unwrap();
        assert!(read.status.success(), "{at}: {}", String::from_utf8_lossy(&read.stderr));
    }
}

#[test]
fn snippets_are_found_with_their_line_and_without_their_indent() {
    let page = "text\n\n   ```toml\n   a = 1\n     b\n   ```\n```sh\nx\n```\n";
    let found = snippets_of("p.md", page, "toml");
    assert_eq!((found[0].at.as_str(), found[0].text.as_str(), found.len()), ("p.md:3", "a = 1\n  b\n", 1));
    assert_eq!(snippets_of("p.md", page, "sh")[0].text, "x\n");
    assert_eq!(uncommented("# key = 1\n# a word = 2\nb = 3\n"), "key = 1\n# a word = 2\nb = 3\n");
}
