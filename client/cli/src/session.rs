//! One command's dealings with a node: connect, sign, submit, and tell where the act stands.

use crate::{
    act::{text, told},
    arguments::{Building, Global},
    keyring,
    local::LocalTime,
    output::Output,
    role_needed::{Needed, RoleNeeded},
    table::fields_in,
    words,
};
use mulu_client::{
    ClientError,
    calls::Call,
    connection::{ChainIdentity, Connection, Greeting},
    keys::Key,
    keystore::KeyFile,
    offline::Act,
    signin::{Access, Credentials},
    submit::{Receipt, Submitter},
};
use mulu_proofs::{
    departments::Role,
    ids::{DepartmentId, Moment, PublicKey},
};
use mulu_rpc_api::{
    calendar::CalendarClient,
    codes,
    node::{NodeClient, NodeInfo},
    records::{Record, RecordsClient},
    signin::Token,
};
use mulu_verifier::words::{Speech, printable};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// Why an import is not built for another machine.
const MANY: &str = "an import is many acts; only single acts are signed elsewhere";
/// What a chain for trying says that it is.
const DEVELOPMENT: &str = "Development";

/// A connection and what a command was given.
pub struct Session {
    /// The node.
    pub connection: Connection,
    /// What it says of itself to whoever asks.
    pub greeting: Greeting,
    /// How to print.
    pub output: Output,
    global: Global,
    /// As whom it was connected.
    caller: Caller,
}

/// Who calls.
enum Caller {
    /// Whoever is on the node's machine.
    Anybody,
    /// Nobody whom the node knows, over its listener for others: it shows what is public.
    Nobody,
    /// The account of a token.
    Token,
    /// The account of this key, which was opened to sign in.
    Key(Box<Key>),
}

/// An act and the records that it caused.
#[derive(Serialize)]
struct Done<'a> {
    #[serde(flatten)]
    receipt: &'a Receipt,
    caused: &'a [Record],
}

impl Session {
    /// Connects to the node of `--url`.
    pub async fn open(global: &Global) -> anyhow::Result<Self> {
        let (connection, greeting, caller) = connect(global).await?;
        global.expect_chain(&greeting.chain.genesis)?;
        let output = Output::of(global);
        let connection = connection.on_break(move |patience| {
            let until = Moment::new(now_ms().saturating_add(u64::try_from(patience.as_millis()).unwrap_or(u64::MAX)));
            let phrase = "the connection to the node broke; trying again until {}";
            eprintln!("{}", output.speech.tell(phrase, &[&until.utc()]));
        });
        Ok(Self { connection, greeting, output, global: global.clone(), caller })
    }

    /// The key of `--key`, opened.
    pub fn key(&self) -> anyhow::Result<Key> {
        anyhow::ensure!(self.global.building.is_none(), MANY);
        if let Caller::Key(key) = &self.caller {
            return Ok(Key::clone(key));
        }
        // The keys of a chain for trying guard nothing.
        keyring::open(&self.global, &keyring::path(&self.global)?, self.greeting.chain_type != DEVELOPMENT)
    }

    /// Whose signature an act takes: whoever an act is built for, else the owner of the key of `--key`, which needs no passphrase.
    pub fn signer(&self) -> anyhow::Result<PublicKey> {
        match self.global.building.as_ref().and_then(|building| building.signer) {
            Some(signer) => Ok(signer),
            None => Ok(KeyFile::read(&keyring::path(&self.global)?)?.public()),
        }
    }

    /// The time of the chain's head.
    pub async fn chain_time(&self) -> anyhow::Result<Moment> {
        Ok(self.connection.parameters().await.map_err(ClientError::from)?.now)
    }

    /// Everything that the node says of itself; its refusal where it says that to those alone who have signed in.
    pub async fn info(&self) -> anyhow::Result<NodeInfo> {
        match &self.greeting.info {
            Some(info) => Ok(info.clone()),
            None => Ok(self.connection.info().await.map_err(ClientError::from)?),
        }
    }

    /// How the chain's people tell the time; JSON needs none of that, and whom the node does not know is told in UTC.
    pub async fn local(&self) -> anyhow::Result<LocalTime> {
        if self.output.is_json() || matches!(self.caller, Caller::Nobody) {
            return Ok(LocalTime::default());
        }
        Ok(LocalTime::of(self.connection.parameters().await.map_err(ClientError::from)?))
    }

    /// Whether the node does not know who asks, and shows what is public.
    pub const fn is_nobodys(&self) -> bool {
        matches!(self.caller, Caller::Nobody)
    }

    /// What is told where nothing was found: an account that signed in may not be shown everything.
    pub fn or_hidden(&self, told: &str) -> String {
        or_hidden(told, &self.caller)
    }

    /// Which chain the node keeps.
    pub fn chain(&self) -> ChainIdentity {
        self.greeting.chain.clone()
    }

    /// Signs many calls for this chain, which no act that is built for another machine does.
    pub async fn submitter(&self) -> anyhow::Result<Submitter<'_>> {
        anyhow::ensure!(self.global.building.is_none(), MANY);
        self.submitter_of_act().await
    }

    async fn submitter_of_act(&self) -> anyhow::Result<Submitter<'_>> {
        Ok(Submitter::new(&self.connection, &self.greeting.chain.genesis).await?)
    }

    /// Signs a call with `--key`, submits it, and prints its place in the ledger.
    pub async fn act(&self, call: Call) -> anyhow::Result<()> {
        let roles = call.causes().signers();
        self.act_as(call, roles, None).await
    }

    /// The same, where it is known whose people may sign: that is told if the key is none of theirs.
    pub async fn act_for(&self, call: Call, department: DepartmentId) -> anyhow::Result<()> {
        let roles = call.causes().signers();
        self.act_as(call, roles, Some(department)).await
    }

    /// The same, where only some of the roles will do.
    pub async fn act_as(&self, call: Call, roles: &[Role], department: Option<DepartmentId>) -> anyhow::Result<()> {
        if let Some(building) = &self.global.building {
            return self.build(call, building, roles, department).await;
        }
        let (key, act) = (self.key()?, call.causes());
        match self.submitter_of_act().await?.submit(&key, call).await {
            Ok(receipt) => self.tell(&receipt).await,
            Err(error) => Err(RoleNeeded::explain(error, act, roles, department, &self.connection).await),
        }
    }

    /// Submits an act that was signed elsewhere, and prints its place in the ledger.
    pub async fn deliver(&self, act: &Act) -> anyhow::Result<()> {
        let submitter = self.submitter_of_act().await?;
        let signed = act.signed(&self.greeting.chain.genesis, submitter.versions())?;
        let kind = act.unsigned().call.causes();
        match submitter.deliver(signed).await {
            Ok(receipt) => self.tell(&receipt).await,
            Err(error) => Err(RoleNeeded::explain(error, kind, kind.signers(), None, &self.connection).await),
        }
    }

    /// Writes an act into a file, for a signature elsewhere.
    async fn build(
        &self,
        call: Call,
        building: &Building,
        roles: &[Role],
        department: Option<DepartmentId>,
    ) -> anyhow::Result<()> {
        let submitter = self.submitter_of_act().await?;
        let (signer, place) = (self.signer()?, (&self.connection, &self.chain()));
        let needed = Needed { act: call.causes(), roles, department };
        let shows_all = matches!(self.caller, Caller::Anybody);
        if let Some(warning) = needed.missed_by(&signer, &self.connection, shows_all, self.output.speech).await {
            eprintln!("{}", printable(&warning));
        }
        let act = Act::build(place, &submitter, call, signer, building.build).await?;
        act.write(&building.file)?;
        let file = Some(building.file.as_path());
        self.output.print(&told(&act, file), |_| text(&act, file, self.output.speech))
    }

    async fn tell(&self, receipt: &Receipt) -> anyhow::Result<()> {
        let mut caused = Vec::with_capacity(receipt.records.len());
        for number in &receipt.records {
            caused.extend(self.connection.record(*number).await.map_err(ClientError::from)?);
        }
        let speech = self.output.speech;
        self.output.print(&Done { receipt, caused: &caused }, |done| {
            let mut text: String = done.caused.iter().map(|record| line_of(record, speech)).collect();
            text.push_str(&fields_in(
                speech,
                &[
                    ("block", format!("{} {}", receipt.height, receipt.block_hash)),
                    ("extrinsic", receipt.extrinsic.to_string()),
                ],
            ));
            text
        })
    }
}

/// Connects as whoever the token is for; without one as nobody, or with the key where the node asks who calls.
async fn connect(global: &Global) -> anyhow::Result<(Connection, Greeting, Caller)> {
    if let Some(token) = token(global) {
        match Connection::greet(&global.url, Access::Token(token.clone())).await {
            // The token has ended: the key signs in.
            Err(ClientError::Answered { code: codes::SIGNED_OUT, .. }) if global.key.is_some() => {}
            opened => return Ok(opened.map(|(connection, greeting)| (connection, greeting, Caller::Token))?),
        }
    }
    let (connection, greeting) = Connection::greet(&global.url, Access::Anonymous).await?;
    match (greeting.info.is_some(), global.key.is_some()) {
        (true, _) => Ok((connection, greeting, Caller::Anybody)),
        (false, false) => Ok((connection, greeting, Caller::Nobody)),
        (false, true) => {
            let key = keyring::open(global, &keyring::path(global)?, true)?;
            let credentials = Credentials { genesis: global.genesis, ..Credentials::new(key.clone()) };
            let access = Access::Account(Box::new(credentials));
            let (connection, greeting) = Connection::greet(&global.url, access).await?;
            Ok((connection, greeting, Caller::Key(Box::new(key))))
        }
    }
}

/// The token to call with. A key that was typed counts before a token that was not.
fn token(global: &Global) -> Option<&Token> {
    let is_key_meant = global.options.key.is_some() && global.options.token.is_none();
    global.token.as_ref().filter(|_| !is_key_meant)
}

fn or_hidden(told: &str, caller: &Caller) -> String {
    match caller {
        Caller::Anybody => told.to_owned(),
        Caller::Nobody | Caller::Token | Caller::Key(_) => format!("{told}, or this node does not show it"),
    }
}

/// A record in one line: what happened, and to what.
fn line_of(record: &Record, speech: Speech) -> String {
    let kind = speech.say(&record.kind.to_string());
    let mut parts = vec![speech.tell("record {}: {}", &[&record.number, &kind])];
    parts.extend(record.subjects.iter().map(|subject| speech.say(&words::subject(subject))));
    // What has no subject of its own still has an id, which later commands ask for.
    if let (true, Some(id)) = (record.subjects.is_empty(), record.decoded.get("id")) {
        parts.push(format!("id {id}"));
    }
    printable(&parts.join(", ")) + "\n"
}

/// The time of this machine's clock.
pub fn now() -> Moment {
    Moment::new(now_ms())
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::{arguments::Options, settings::Settings};
    use mulu_client::profiles::Profiles;
    use mulu_verifier::words::Language;

    #[test]
    fn a_typed_key_counts_before_the_token_of_the_environment_and_a_typed_token_before_the_key() {
        let of = |key: Option<&str>, typed: Option<&str>| {
            let options =
                Options { key: key.map(str::to_owned), token: typed.map(str::to_owned), ..Options::default() };
            let settings = Settings::resolve(&options, &Profiles::default(), |_| None).unwrap();
            let global = Global { token: Some(Token(typed.unwrap_or("left over").into())), ..settings.global(options) };
            token(&global).map(|token| token.0.clone())
        };
        assert_eq!(of(None, None).as_deref(), Some("left over"));
        assert_eq!(of(Some("head"), None), None);
        assert_eq!(of(Some("head"), Some("typed")).as_deref(), Some("typed"));
    }

    #[test]
    fn whoever_signed_in_is_told_that_it_may_not_be_shown() {
        let told = "there is no such department";
        assert_eq!(or_hidden(told, &Caller::Anybody), told);
        assert!(or_hidden(told, &Caller::Nobody).ends_with("does not show it"));
        let hidden = or_hidden(told, &Caller::Token);
        assert_eq!(hidden, "there is no such department, or this node does not show it");
        let chinese = Speech::new(Language::Chinese, crate::chinese::TABLES);
        assert_eq!(chinese.say(&hidden), "没有此部门，或本节点不向您展示");
        let account = or_hidden("account ab12 is not registered; an admin does that", &Caller::Token);
        assert_eq!(chinese.say(&account), "账户 ab12 未登记；由管理员登记，或本节点不向您展示");
        assert_eq!(chinese.say(&or_hidden("there is no request 7", &Caller::Token)), "没有申请7，或本节点不向您展示");
    }

    fn record(kind: &str, subjects: serde_json::Value, decoded: serde_json::Value) -> Record {
        let value = serde_json::json!({
            "number": 7, "height": 3, "place": 0, "kind": kind, "moment": 0, "department": 1, "signer": null,
            "extrinsic": null, "subjects": subjects, "body": "0x", "decoded": decoded,
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_record_is_told_in_one_line_without_a_comma_too_many() {
        let english = mulu_verifier::speech(Language::English);
        let nothing = record("purpose_registered", serde_json::json!([]), serde_json::json!({}));
        assert_eq!(line_of(&nothing, english), "record 7: purpose registered\n");
        let id = record("purpose_registered", serde_json::json!([]), serde_json::json!({"id": 3}));
        assert_eq!(line_of(&id, english), "record 7: purpose registered, id 3\n");
        let entry = record("entry_endorsed", serde_json::json!([{"entry": [4, 2]}]), serde_json::json!({"id": 3}));
        assert_eq!(line_of(&entry, english), "record 7: entry endorsed, entry 4 version 2\n");
        let chinese = Speech::new(Language::Chinese, crate::chinese::TABLES);
        assert_eq!(line_of(&entry, chinese), "记录7：目录签批, 目录条目4版本2\n");
    }
}
