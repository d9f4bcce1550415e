//! What can be typed: one command per file of [`crate::commands`].

use crate::{
    chinese::TABLES,
    commands::{
        access, account, calendar, catalog, consent, deadline, decisions, department, dispute, element, entry,
        evidence, grant, key, mount, node, observer, papers, platform_key, policy, proposal, purpose, record, request,
        role, source, stats, stream, system, validator, vault, verify, vote,
    },
};
use clap::{Args, Parser, Subcommand};
use mulu_verifier::words::{Language, Speech};
use std::path::PathBuf;

/// The ledger of data catalogs, share requests and access events of government departments.
#[derive(Debug, Parser)]
#[command(name = "mulu", version, max_term_width = 110)]
pub struct Arguments {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Every command")]
pub struct Global {
    /// Node to talk to: ws:// or http://
    #[arg(long, global = true, env = "MULU_URL", default_value = "ws://127.0.0.1:9944", value_name = "URL")]
    pub url: String,
    /// Key file that signs
    #[arg(long, global = true, env = "MULU_KEY", value_name = "FILE")]
    pub key: Option<PathBuf>,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of what people read, zh or en; the locale's where none is named
    #[arg(long, global = true, value_name = "LANG")]
    pub lang: Option<Language>,
}

impl Global {
    /// The words of this run.
    pub fn speech(&self) -> Speech {
        Speech::new(self.lang.unwrap_or_else(Language::of_environment), TABLES)
    }
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
    /// Repudiations of events: decide
    #[command(subcommand)]
    Repudiation(platform_key::Repudiation),
    /// Decision points of platforms: open, close, list
    #[command(subcommand)]
    Decisions(decisions::Decisions),
    /// The record log: show, list, extrinsic
    #[command(subcommand)]
    Record(record::Record),
    /// Evidence packages: export, show
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    /// Check an evidence package offline
    Verify(verify::Verify),
    /// The node: info
    #[command(subcommand)]
    Node(node::Node),
    /// What --key may do, and until when
    Whoami,
    /// Key files: generate, show; a stolen key: compromised
    #[command(subcommand)]
    Key(key::Key),
    /// Papers that stay off the chain: commit, check
    #[command(subcommand)]
    Papers(papers::Papers),
    /// The vault: check, backup, restore, rekey, erase, erasures, settings, epochs, retire-epochs, call-key
    #[command(subcommand)]
    Vault(vault::Vault),
}
