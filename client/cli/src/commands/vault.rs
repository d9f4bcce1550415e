//! `mulu vault`.

use crate::{
    arguments::Global,
    commands::vault_erase::{Erase, erasures},
    output::Output,
    session::{Session, now},
    table::{fields_in, table_in},
    unlock::{Lock, Locked, NewLock},
    words,
};
use clap::{Args, Subcommand};
use mulu_client::vault::{CallKeyFile, Check, Epoch, Opened, Settings, Vault as File, day_of};
use mulu_proofs::ids::{GrantId, Moment};
use mulu_verifier::words::Speech;
use std::path::PathBuf;

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// The vault.
#[derive(Debug, Subcommand)]
pub enum Vault {
    /// Erase secrets and values of events, with a record of who and why; every proof of the rest still holds
    Erase(Erase),
    /// What was erased, when, by whom and why
    Erasures(Locked),
    /// Check that the vault is whole, and list what is older than the retention
    Check(Locked),
    /// Write a copy under the same lock, to be kept elsewhere
    Backup {
        /// File to write; it must not exist
        file: PathBuf,
        /// The vault
        #[command(flatten)]
        vault: Locked,
    },
    /// Make a vault of a backup that is checked whole
    Restore {
        /// The backup
        file: PathBuf,
        /// Vault to write; it must not exist
        #[arg(long)]
        to: PathBuf,
        /// What opens both
        #[command(flatten)]
        lock: Lock,
    },
    /// Lock the vault with another passphrase or a new key file
    Rekey {
        /// The vault
        #[command(flatten)]
        vault: Locked,
        /// Its new lock
        #[command(flatten)]
        new: NewLock,
    },
    /// Choose how long pseudonyms hold and how long openings are kept; print what is chosen
    Settings(Chosen),
    /// Epochs of pseudonyms
    Epochs(Locked),
    /// Destroy the keys of epochs that ended before a day: nobody can tell any more whom their pseudonyms stand for
    RetireEpochs {
        /// The vault
        #[command(flatten)]
        vault: Locked,
        /// The day, or a moment of it
        #[arg(long, value_parser = words::moment)]
        before: Moment,
    },
    /// Secrets by which both sides of a grant name calls alike: new, add, list
    #[command(subcommand)]
    CallKey(CallKey),
}

/// What is chosen.
#[derive(Debug, Args)]
pub struct Chosen {
    /// The vault
    #[command(flatten)]
    vault: Locked,
    /// Days for which a user keeps a pseudonym
    #[arg(long, value_name = "DAYS")]
    pseudonym_epoch_days: Option<u32>,
    /// Days for which openings and pseudonym keys are kept
    #[arg(long, value_name = "DAYS")]
    retention_days: Option<u32>,
}

/// Call keys.
#[derive(Debug, Subcommand)]
pub enum CallKey {
    /// Make the secret of a grant, and a file to hand to the other side
    New {
        /// Id of the grant
        #[arg(value_parser = words::id::<GrantId>)]
        grant: GrantId,
        /// File to write; it must not exist. Whoever reads it can try out request ids: hand it over sealed, then delete it
        #[arg(long)]
        out: PathBuf,
        /// The vault
        #[command(flatten)]
        vault: Locked,
    },
    /// Take the secret that the other side made
    Add {
        /// Its file
        file: PathBuf,
        /// The vault
        #[command(flatten)]
        vault: Locked,
    },
    /// Grants that have one, with fingerprints to compare with the other side's
    List(Locked),
}

impl Vault {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<()> {
        let output = Output::of(global);
        let speech = output.speech;
        match self {
            Self::Erase(erase) => erase.run(output),
            Self::Erasures(vault) => erasures(&vault.open()?, output),
            Self::Check(vault) => {
                let vault = vault.open()?;
                let check = vault.check(vault.settings()?.kept_from(now()))?;
                output.print(&check, |check| checked(check, speech))
            }
            Self::Backup { file, vault } => {
                vault.open()?.backup(&file)?;
                output.print(&serde_json::json!({ "file": file }), |_| {
                    fields_in(speech, &[("backup", file.display().to_string())])
                })
            }
            Self::Restore { file, to, lock } => {
                let counts = lock.open(|unlock| File::restore(&file, &to, unlock))?;
                output.print(&counts, |counts| {
                    fields_in(speech, &[("vault", to.display().to_string())]) + &counted(counts, speech)
                })
            }
            Self::Rekey { vault, new } => {
                vault.open()?.rekey(&new.unlock()?)?;
                output.print(&serde_json::json!({ "vault": vault.vault }), |_| {
                    fields_in(speech, &[("locked anew", vault.vault.display().to_string())])
                })
            }
            Self::Settings(chosen) => chosen.run(output),
            Self::Epochs(vault) => output.print(&vault.open()?.epochs()?, |epochs| epochs_told(epochs, speech)),
            Self::RetireEpochs { vault, before } => {
                let retired = vault.open()?.retire_epochs(day_of(before), now())?;
                output.print(&serde_json::json!({ "destroyed": retired }), |_| {
                    fields_in(speech, &[("keys destroyed", retired.to_string())])
                })
            }
            Self::CallKey(command) => command.run(global, output).await,
        }
    }
}

impl Chosen {
    fn run(self, output: Output) -> anyhow::Result<()> {
        let vault = self.vault.open()?;
        let before = vault.settings()?;
        let settings = Settings {
            pseudonym_epoch_days: self.pseudonym_epoch_days.unwrap_or(before.pseudonym_epoch_days),
            retention_days: self.retention_days.unwrap_or(before.retention_days),
        };
        if settings != before {
            vault.set(&settings)?;
        }
        output.print(&settings, |settings| {
            let days = |days: u32| output.speech.tell("{} days", &[&days]);
            let pairs = [
                ("pseudonym epoch", days(settings.pseudonym_epoch_days)),
                ("retention", days(settings.retention_days)),
            ];
            fields_in(output.speech, &pairs)
        })
    }
}

/// Opens the vault. A call key comes before the first event: where there is no vault yet, one is made for the chain of the node.
async fn open_or_make(vault: &Locked, global: &Global) -> anyhow::Result<File> {
    if vault.vault.exists() {
        return vault.open();
    }
    let session = Session::open(global).await?;
    vault.lock.open_or_make(&vault.vault, &session.chain().genesis)
}

impl CallKey {
    async fn run(self, global: &Global, output: Output) -> anyhow::Result<()> {
        let keys = match self {
            Self::New { grant, out, vault } => {
                vec![open_or_make(&vault, global).await?.new_call_key(grant, &out)?]
            }
            Self::Add { file, vault } => {
                let key = CallKeyFile::read(&file)?;
                vec![open_or_make(&vault, global).await?.add_call_key(&key)?]
            }
            Self::List(vault) => vault.open()?.call_keys(),
        };
        output.print(&keys, |keys| {
            let rows: Vec<_> = keys.iter().map(|key| vec![key.grant.to_string(), key.fingerprint.clone()]).collect();
            table_in(output.speech, &["grant", "key fingerprint"], &rows)
        })
    }
}

fn counted(counts: &Opened, speech: Speech) -> String {
    let pairs = [
        ("streams", counts.streams),
        ("batches", counts.batches),
        ("events", counts.events),
        ("openings", counts.openings),
        ("erased", counts.erased),
        ("not sealed yet", counts.waiting + counts.drafts),
        ("not confirmed yet", counts.unconfirmed),
        ("in the quarantine", counts.quarantined),
        ("imports", counts.imports),
        ("openings without a time", counts.undated),
    ];
    fields_in(speech, &pairs.map(|(name, count)| (name, count.to_string())))
}

fn checked(check: &Check, speech: Speech) -> String {
    let mut text = counted(&check.counts, speech);
    if !check.past_retention.is_empty() {
        text.push_str(&format!("\n{}\n", speech.say("openings older than the retention, to be erased:")));
        let rows = check
            .past_retention
            .iter()
            .map(|part| vec![part.stream.to_string(), part.first.to_string(), part.last.to_string()]);
        text.push_str(&table_in(speech, &["stream", "first", "last event"], &rows.collect::<Vec<_>>()));
    }
    text
}

fn epochs_told(epochs: &[Epoch], speech: Speech) -> String {
    let day = |day: u64| {
        let moment = Moment::new(day.saturating_mul(DAY_MS)).utc();
        moment.split('T').next().unwrap_or_default().to_owned()
    };
    let rows = epochs.iter().map(|epoch| {
        let key = speech.say(if epoch.is_retired { "destroyed" } else { "kept" });
        vec![epoch.department.to_string(), day(epoch.first_day), day(epoch.until_day), key]
    });
    table_in(speech, &["department", "from", "until", "pseudonym key"], &rows.collect::<Vec<_>>())
}
