//! What can be typed: one command per file of [`crate::commands`].

use crate::{
    chinese::TABLES,
    commands::{
        access, account, audit, bridge, calendar, catalog, completion, consent, deadline, decisions, department,
        dispute, element, entry, evidence, grant, key, man, mount, node, observer, papers, platform_key, policy,
        profile, proposal, purpose, record, repudiation, request, role, signin, source, stats, stream, system, tx,
        validator, vault, verify, vote,
    },
    words,
};
use clap::{Args, Parser, Subcommand};
use mulu_client::offline::Build;
use mulu_proofs::ids::{Digest32, PublicKey};
use mulu_rpc_api::signin::Token;
use mulu_verifier::words::{Language, Speech};
use std::path::PathBuf;

/// The ledger of data catalogs, share requests and access events of government departments.
#[derive(Debug, Parser)]
#[command(name = "mulu", version, max_term_width = 110)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub options: Options,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command, as they were typed; [`Global`] is what they mean.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Every command")]
pub struct Options {
    /// Node to talk to, ws://, wss://, http:// or https://; else MULU_URL, the profile's, or ws://127.0.0.1:9944
    #[arg(long, global = true, value_name = "URL", value_parser = words::url)]
    pub url: Option<String>,
    /// Key that signs: its name in the keystore, or a file; else MULU_KEY or the profile's
    #[arg(long, global = true, value_name = "KEY")]
    pub key: Option<String>,
    /// File with the passphrase of the key in its first line, for its owner alone; else MULU_PASSPHRASE_FILE, or it is asked for
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Token of `mulu sign-in`; else MULU_TOKEN, which other users of the machine do not see
    #[arg(long, global = true, value_name = "TOKEN")]
    pub token: Option<String>,
    /// Profile to work with; else MULU_PROFILE, or the one in use
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of what people read, zh or en; else MULU_LANG, the profile's, or the locale's
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<Language>,
}

/// What the options mean, with environment and profile ([`crate::settings`]).
#[derive(Clone, Debug)]
pub struct Global {
    /// Node to talk to.
    pub url: String,
    /// Key that signs: its name in the keystore, or a file.
    pub key: Option<String>,
    /// File with its passphrase.
    pub passphrase_file: Option<PathBuf>,
    /// Token to call with, in the place of the key.
    pub token: Option<Token>,
    /// Genesis hash of the chain that is meant, where the profile names it.
    pub genesis: Option<Digest32>,
    /// File with the profiles, where there may be one; the keystore is beside it.
    pub config: Option<PathBuf>,
    /// Whether JSON is printed.
    pub json: bool,
    /// Language of what people read.
    pub language: Language,
    /// Where an act goes that is not signed here.
    pub building: Option<Building>,
    /// What was typed.
    pub options: Options,
}

impl Global {
    /// The words of this run.
    pub const fn speech(&self) -> Speech {
        Speech::new(self.language, TABLES)
    }
}

/// An act is written into a file, for a signature elsewhere.
#[derive(Clone, Debug)]
pub struct Building {
    /// The file.
    pub file: PathBuf,
    /// Whose signature it takes; that of the key where nobody is named.
    pub signer: Option<PublicKey>,
    /// Nonce and period.
    pub build: Build,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Departments: list, show, register, revise, hosted, budget, counters; proposals to suspend, reinstate, retire, name authority
    #[command(subcommand)]
    Department(department::Department),
    /// Accounts of departments: register, show, replace
    #[command(subcommand)]
    Account(account::Account),
    /// Roles of accounts: give, confirm, revoke
    #[command(subcommand)]
    Role(role::Role),
    /// Proposals, on which departments decide together: make, withdraw, show, list
    #[command(subcommand)]
    Proposal(proposal::Proposal),
    /// Vote on a proposal; signed by the head of an active department, and final
    Vote(vote::Vote),
    /// Validators: list; proposals to add, remove, rotate a key
    #[command(subcommand)]
    Validator(validator::Validator),
    /// Full nodes without a vote: list; proposals to add, remove
    #[command(subcommand)]
    Observer(observer::Observer),
    /// The calendar: import, show, add, parameters
    #[command(subcommand)]
    Calendar(calendar::Calendar),
    /// Deadlines: list, show
    #[command(subcommand)]
    Deadline(deadline::Deadline),
    /// Business systems, platforms and sources: register, list
    #[command(subcommand)]
    System(system::System),
    /// Certified source systems: certify, withdraw, list
    #[command(subcommand)]
    Source(source::Source),
    /// Catalog entries: submit, endorse, return, review, publish, suspend, resume, withdraw, change, extension, show, search, list
    #[command(subcommand)]
    Entry(entry::Entry),
    /// Data elements: register, revise, source, show, list
    #[command(subcommand)]
    Element(element::Element),
    /// Where the resources of entries are: add, remove, report, show, list, rate
    #[command(subcommand)]
    Mount(mount::Mount),
    /// Whole catalogs: import
    #[command(subcommand)]
    Catalog(catalog::Catalog),
    /// Purpose codes: register, list
    #[command(subcommand)]
    Purpose(purpose::Purpose),
    /// Approval policies of entries: set, show
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Standing consents of a provider's officer: set, revoke, show
    #[command(subcommand)]
    Consent(consent::Consent),
    /// Share requests: submit, endorse, approve, agree, refuse, withdraw, supplement, resubmit, extension, show, list
    #[command(subcommand)]
    Request(request::Request),
    /// Grants: provision, suspend, resume, rectify, mended, not-mended, terminate, complete, end, dispose, countersign, use, differences, show, list
    #[command(subcommand)]
    Grant(grant::Grant),
    /// Disputes between departments: open, answer, settle, confirm, escalate, decide, appeal, government, withdraw, show, list
    #[command(subcommand)]
    Dispute(dispute::Dispute),
    /// Streams of access events: open, close, reopen, show, list
    #[command(subcommand)]
    Stream(stream::Stream),
    /// Access events: import, report, history, show
    #[command(subcommand)]
    Access(access::Access),
    /// What access events add up to, day by day
    Stats(stats::Stats),
    /// Reported events: repudiate
    #[command(subcommand)]
    Event(platform_key::Event),
    /// Repudiations of events: decide, list
    #[command(subcommand)]
    Repudiation(repudiation::Repudiation),
    /// What auditors asked: list
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Decision points of platforms: open, close, list
    #[command(subcommand)]
    Decisions(decisions::Decisions),
    /// The record log: show, list, extrinsic
    #[command(subcommand)]
    Record(record::Record),
    /// Evidence packages of events, filings and lists: export, filing, list, show
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// Check an evidence package offline
    Verify(verify::Verify),
    /// The node: info
    #[command(subcommand)]
    Node(node::Node),
    /// What --key may do, and until when
    Whoami,
    /// Sign in at a node on another machine with --key: a token, and the address with it for programs that know no sign-in
    SignIn(signin::SignIn),
    /// Who is signed in with --token or --key, until when, and what the node shows them
    Session,
    /// End the token of --token, and every connection with it
    SignOut,
    /// Keys: generate, import, export, list, show, encrypt, passphrase, remove; a platform's stolen key: compromised
    #[command(subcommand)]
    Key(key::Key),
    /// Acts that are signed on another machine: build, show, payload, sign, submit
    #[command(subcommand)]
    Tx(tx::Tx),
    /// Profiles, each a node, a key, a chain and a language: add, list, use, show, remove
    #[command(subcommand)]
    Profile(profile::Profile),
    /// Papers that stay off the chain: commit, check
    #[command(subcommand)]
    Papers(papers::Papers),
    /// The vault: check, backup, restore, rekey, erase, erasures, settings, epochs, retire-epochs, call-key
    #[command(subcommand)]
    Vault(vault::Vault),
    /// The bridge of a platform: run, check, status, quarantine
    #[command(subcommand)]
    Bridge(bridge::Bridge),
    /// Completion of command lines, for a shell
    Completion(completion::Completion),
    /// Manual pages of every command
    Man(man::Man),
}
