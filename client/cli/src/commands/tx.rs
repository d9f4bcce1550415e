//! `mulu tx`: an act is built where there is a node, read and signed where there is none, and submitted where there is one.

use crate::{
    act::{text, told},
    arguments::{Arguments, Building, Global},
    commands, help, keyring, mistyped,
    output::Output,
    session::Session,
    unlock::says_yes,
    words,
};
use anyhow::bail;
use clap::{Args, FromArgMatches, Subcommand};
use mulu_client::{
    checked,
    offline::{Act, Build},
};
use mulu_proofs::ids::{Digest32, PublicKey};
use serde::Serialize;
use std::{
    ffi::OsString,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Acts that are signed on another machine.
#[derive(Debug, Subcommand)]
pub enum Tx {
    /// Write what a command would sign into a file, and send nothing: mulu tx build --output FILE vote 7 --approve
    Build(Builder),
    /// What a file asks to be signed, in words; needs no node
    Show {
        /// The file
        file: PathBuf,
    },
    /// The bytes that are signed, for a key that is in another device; needs no node
    Payload {
        /// The file
        file: PathBuf,
    },
    /// Sign what a file holds, after it was shown; needs no node
    Sign(Sign),
    /// Send what was signed, and wait until it is in a final block
    Submit {
        /// The file
        file: PathBuf,
    },
}

/// What is built.
#[derive(Clone, Debug, Args)]
pub struct Builder {
    /// File to write; it must not exist
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
    /// Whose signature it takes, 64 hexadecimal digits; that of --key where nobody is named, whose passphrase is not needed
    #[arg(long, value_parser = words::account, value_name = "ACCOUNT")]
    signer: Option<PublicKey>,
    /// The signer's nonce; the next one where none is named. Acts that are built one after the other take one each
    #[arg(long)]
    nonce: Option<u32>,
    /// Valid until the nonce is used, and not for 4,096 blocks only: whoever has the signed file may submit it at any time
    #[arg(long)]
    for_ever: bool,
    /// The command with its own options
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// How it is signed.
#[derive(Clone, Debug, Args)]
pub struct Sign {
    /// The file
    file: PathBuf,
    /// Sign only if the digest of the act is this one, which `mulu tx show` prints; then nothing is asked
    #[arg(long, value_parser = words::bytes32, value_name = "DIGEST")]
    digest: Option<Digest32>,
    /// A signature that another device made over the payload, 128 hexadecimal digits
    #[arg(long, value_parser = signature, value_name = "HEX", conflicts_with = "digest")]
    signature: Option<[u8; 64]>,
    /// File to write the signed act into; the file itself where none is named
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Serialize)]
struct Payload {
    payload: String,
    signer: String,
}

impl Tx {
    /// Runs the command.
    pub async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let output = Output::of(global);
        match self {
            Self::Build(builder) => return builder.run(global).await,
            Self::Show { file } => show(&read(&file, global)?, &file, output)?,
            Self::Payload { file } => {
                let act = read(&file, global)?;
                let payload = Payload { payload: hex::encode(act.payload()), signer: hex::encode(act.signer()) };
                output.print(&payload, |payload| format!("{}\n", payload.payload))?;
            }
            Self::Sign(sign) => sign.run(global)?,
            Self::Submit { file } => {
                let act = read(&file, global)?;
                Session::open(global).await?.deliver(&act).await?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Builder {
    async fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        anyhow::ensure!(global.building.is_none(), "an act is built once");
        anyhow::ensure!(!self.output.exists(), "{} is there already", self.output.display());
        let words = [OsString::from("mulu")].into_iter().chain(self.command);
        let parsed = help::command(global.language).try_get_matches_from(words);
        let inner = match parsed.and_then(|matches| Arguments::from_arg_matches(&matches)) {
            Ok(inner) => inner,
            Err(error) => return Ok(mistyped::tell(&error, global.speech())),
        };
        let mut inner_global = global.overridden_by(inner.options)?;
        let build = Build { nonce: self.nonce, for_ever: self.for_ever };
        inner_global.building = Some(Building { file: self.output.clone(), signer: self.signer, build });
        let code = Box::pin(commands::run(inner.command, &inner_global)).await?;
        anyhow::ensure!(self.output.exists(), "the command signs nothing: there is no act to build");
        Ok(code)
    }
}

impl Sign {
    fn run(self, global: &Global) -> anyhow::Result<()> {
        let output = Output::of(global);
        let act = read(&self.file, global)?;
        let signed = match self.signature {
            Some(signature) => act.with_signature(signature)?,
            None => {
                match self.digest {
                    Some(digest) => checked::expect_digest(&act.digest(), Some(digest))?,
                    None => asked(&act, &self.file, output)?,
                }
                act.sign(&keyring::open(global, &keyring::path(global)?, true)?)?
            }
        };
        let file = match &self.output {
            Some(file) => signed.write(file).map(|()| file)?,
            None => signed.replace(&self.file).map(|()| &self.file)?,
        };
        show(&signed, file, output)
    }
}

/// An act of the chain that is meant.
fn read(file: &Path, global: &Global) -> anyhow::Result<Act> {
    let act = Act::read(file)?;
    global.expect_chain(&act.chain().genesis)?;
    Ok(act)
}

fn show(act: &Act, file: &Path, output: Output) -> anyhow::Result<()> {
    output.print(&told(act, Some(file)), |_| text(act, Some(file), output.speech))
}

/// Shows the very bytes that will be signed, and asks.
fn asked(act: &Act, file: &Path, output: Output) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() {
        bail!("nobody is there to read what is signed; say with --digest which act it is");
    }
    eprint!("{}", text(act, Some(file), output.speech));
    anyhow::ensure!(says_yes(&format!("\n{}", output.speech.say("sign this? Type yes: ")))?, "nothing was signed");
    Ok(())
}

fn signature(text: &str) -> Result<[u8; 64], String> {
    let mut bytes = [0; 64];
    let digits = text.strip_prefix("0x").unwrap_or(text);
    hex::decode_to_slice(digits, &mut bytes).map_err(|_| "128 hexadecimal digits are needed".to_owned())?;
    Ok(bytes)
}
