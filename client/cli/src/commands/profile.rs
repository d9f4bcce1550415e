//! `mulu profile`.

use crate::{
    arguments::Global,
    output::Output,
    settings::{Setting, Settings, Source},
    table::{fields_in, table_in},
    words,
};
use clap::{Args, Subcommand};
use mulu_client::{
    keystore::KeyName,
    profiles::{Profile as Kept, Profiles},
};
use mulu_proofs::ids::Digest32;
use mulu_rpc_api::Hex32;
use mulu_verifier::words::{Language, Speech};
use serde::Serialize;
use std::path::Path;

/// Profiles.
#[derive(Debug, Subcommand)]
pub enum Profile {
    /// Add a profile of what --url, --key, --lang and --genesis say; the first one is used from then on
    Add(Add),
    /// All profiles
    List,
    /// Work with a profile from now on
    Use {
        /// Its name
        name: String,
    },
    /// What counts now, and who says so: an option, the environment, the profile, or nobody
    Show,
    /// Remove a profile; its key stays
    Remove {
        /// Its name
        name: String,
    },
}

/// What is added.
#[derive(Debug, Args)]
pub struct Add {
    /// Its name: letters, digits, - and _
    name: KeyName,
    /// Genesis hash of the chain: nodes and files of another one are refused
    #[arg(long, value_parser = words::bytes32, value_name = "HASH")]
    genesis: Option<Digest32>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    in_use: bool,
    #[serde(flatten)]
    profile: Kept,
}

impl Profile {
    /// Runs the command.
    pub fn run(self, global: &Global) -> anyhow::Result<()> {
        let (output, path) = (Output::of(global), global.config()?);
        let mut profiles = Profiles::read(&path)?;
        match self {
            Self::Add(add) => {
                profiles.add(&add.name, add.kept(global)?)?;
                profiles.write(&path)?;
            }
            Self::Use { name } => {
                profiles.set_in_use(&name)?;
                profiles.write(&path)?;
            }
            Self::Remove { name } => {
                profiles.remove(&name)?;
                profiles.write(&path)?;
            }
            Self::Show => {
                let settings = Settings::of_run(&global.options, false)?;
                return output.print(&settings, |settings| text(settings, &path, output.speech));
            }
            Self::List => {}
        }
        let in_use = profiles.in_use.clone();
        let row = |(name, profile): (String, Kept)| Row { in_use: in_use.as_ref() == Some(&name), name, profile };
        let rows: Vec<Row> = profiles.profiles.into_iter().map(row).collect();
        output.print(&rows, |rows| listed(rows, output.speech))
    }
}

impl Add {
    /// What was typed, and nothing of the environment or of another profile.
    fn kept(&self, global: &Global) -> anyhow::Result<Kept> {
        let options = &global.options;
        // A file is found from everywhere.
        let key = options.key.as_ref().map(|key| match key.parse::<KeyName>() {
            Ok(_) => Ok(key.clone()),
            Err(_) => std::path::absolute(key).map(|path| path.display().to_string()),
        });
        let language = options.lang.map(|language| if language == Language::Chinese { "zh" } else { "en" }.to_owned());
        Ok(Kept { url: options.url.clone(), key: key.transpose()?, language, genesis: self.genesis.map(Hex32) })
    }
}

fn listed(rows: &[Row], speech: Speech) -> String {
    let cells = |row: &Row| {
        let mark = if row.in_use { "*" } else { "" };
        let of = |text: &Option<String>| text.clone().unwrap_or_default();
        let genesis = row.profile.genesis.map_or_else(String::new, |genesis| genesis.to_string());
        let profile = &row.profile;
        vec![mark.to_owned(), row.name.clone(), of(&profile.url), of(&profile.key), of(&profile.language), genesis]
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    table_in(speech, &["in use", "name", "node", "key", "language", "genesis"], &rows)
}

fn text(settings: &Settings, path: &Path, speech: Speech) -> String {
    let of = |text: &str, from: &Source| {
        let from = match from {
            Source::Option => speech.say("an option"),
            Source::Environment(name) => (*name).to_owned(),
            Source::Profile(name) => speech.tell("profile {}", &[name]),
            Source::Default => speech.say("nobody: it is usual"),
        };
        speech.tell("{} (by {})", &[&text, &from])
    };
    let told = |setting: &Option<Setting<String>>| {
        setting.as_ref().map_or_else(|| speech.say("none"), |setting| of(&setting.value, &setting.from))
    };
    let profile = settings.profile.as_ref().map_or_else(
        || speech.say("none"),
        |profile| match profile.from {
            Source::Default => speech.tell("{} (in use)", &[&profile.value]),
            _ => of(&profile.value, &profile.from),
        },
    );
    let genesis = settings.genesis.as_ref();
    fields_in(
        speech,
        &[
            ("profiles", path.display().to_string()),
            ("profile", profile),
            ("node", of(&settings.url.value, &settings.url.from)),
            ("key", told(&settings.key)),
            ("language", of(settings.language.value, &settings.language.from)),
            ("genesis", genesis.map_or_else(|| speech.say("any"), |hash| of(&hash.value.to_string(), &hash.from))),
        ],
    )
}
