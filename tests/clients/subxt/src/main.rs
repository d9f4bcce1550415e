//! The ledger through subxt, without generated code.

mod chain;
mod checks;
mod shapes;

use chain::{Api, Sent, account, ed25519, send, value};
use checks::{Checks, Failure, equal, holds};
use serde_json::{Value as Json, json};
use shapes::{
    Department, EntryEndorsed, EntrySubmitted, Nothing, ProposalMade, ProposalVoted, Submit, UnderWay, Version,
};
use std::{
    process::ExitCode,
    time::{SystemTime, UNIX_EPOCH},
};
use subxt::{
    config::SubstrateExtrinsicParamsBuilder as Params,
    dynamic::{self, Value},
    ext::scale_value::ValueDef,
    rpcs::{Error as RpcError, RpcClient, rpc_params},
    utils::AccountId32,
};
use subxt_signer::sr25519::Keypair;

#[tokio::main]
async fn main() -> ExitCode {
    let story: Json = serde_json::from_str(include_str!("../../story.json")).expect("the story is JSON");
    let mut checks = Checks::new(story.clone());
    if let Err(error) = run(&story, &mut checks).await {
        println!("FAIL subxt: {error}");
    }
    checks.end()
}

async fn run(story: &Json, checks: &mut Checks) -> Result<(), Failure> {
    let url = std::env::var("MULU_URL").unwrap_or_else(|_| "ws://127.0.0.1:9944".into());
    let rpc = RpcClient::from_insecure_url(url).await?;
    let api = Api::from_rpc_client(rpc.clone()).await?;
    let node = Node { story, rpc, api, cataloguer: account(story, "cataloguer")?, head: account(story, "head")? };
    checks.run("connect", node.connect()).await;
    checks.run("metadata", node.metadata()).await;
    checks.run("value", node.value()).await;
    checks.run("entries", node.entries()).await;
    checks.run("heads", node.heads()).await;
    let content = node.content().await?;
    let code = content["code"].as_str().unwrap_or_default().to_owned();
    checks.run("fee", node.fee(&content)).await;
    let Some(sent) = checks.run("inclusion", node.inclusion(&content)).await else { return Ok(()) };
    checks.run("finality", async { equal("final block", Some(&sent.block), sent.in_block.first()) }).await;
    let Some(entry) = checks.run("events", node.events(&sent, &code)).await else { return Ok(()) };
    checks.run("dispatch", node.dispatch(&content)).await;
    checks.run("approval", node.approval(entry)).await;
    checks.run("vote", node.vote()).await;
    checks.run("block", node.block(&sent, &code)).await;
    checks.run("history", node.history(&sent, &code, entry)).await;
    checks.run("stale", node.stale()).await;
    checks.run("signature", node.signature()).await;
    checks.run("role", node.role()).await;
    Ok(())
}

struct Node<'a> {
    story: &'a Json,
    rpc: RpcClient,
    api: Api,
    cataloguer: Keypair,
    head: Keypair,
}

impl Node<'_> {
    async fn connect(&self) -> Result<(), Failure> {
        let chain: String = self.rpc.request("system_chain", rpc_params![]).await?;
        equal("chain", chain.as_str(), self.text("/chain/name"))?;
        let now = self.api.at_current_block().await?;
        let version = dynamic::runtime_api_call::<_, Version>("Core", "version", ());
        equal("runtime", now.runtime_apis().call(version).await?.spec_name.as_str(), self.text("/chain/runtime"))
    }

    async fn metadata(&self) -> Result<(), Failure> {
        let now = self.api.at_current_block().await?;
        let metadata = now.metadata();
        let extensions = metadata.extrinsic().transaction_extensions_to_use_for_encoding();
        let names: Vec<_> = extensions.map(|extension| Json::from(extension.identifier())).collect();
        equal("extensions", &Json::from(names), &self.story["chain"]["extensions"])?;
        let submit = metadata.pallet_by_name("Catalog").and_then(|pallet| pallet.call_variant_by_name("submit"));
        holds("documentation of Catalog.submit", submit.is_some_and(|call| !call.docs.is_empty()))?;
        equal("Catalog.ItemsMax", now.constants().entry(dynamic::constant::<u32>("Catalog", "ItemsMax"))?, 64)
    }

    async fn value(&self) -> Result<(), Failure> {
        let now = self.api.at_current_block().await?;
        let departments = now.storage().entry(dynamic::storage::<(u32,), Department>("Departments", "Departments"))?;
        let id = u32::try_from(self.story["department"]["id"].as_u64().unwrap_or_default())?;
        let department = departments.fetch((id,)).await?.decode()?;
        equal("name", String::from_utf8(department.info.name)?.as_str(), self.text("/department/name"))?;
        // 2026-01-01T00:00:00Z.
        holds("a block time behind 2026", self.moment().await? > 1_767_225_600_000)?;
        holds("no such department", departments.try_fetch((999_999,)).await?.is_none())
    }

    async fn entries(&self) -> Result<(), Failure> {
        let now = self.api.at_current_block().await?;
        let departments = dynamic::storage::<(u32,), Department>("Departments", "Departments");
        let mut entries = now.storage().iter(departments, ()).await?;
        let mut ids = Vec::new();
        while let Some(entry) = entries.next().await {
            ids.push(entry?.key()?.decode()?.0);
        }
        ids.sort_unstable();
        let last =
            now.storage().fetch(dynamic::storage::<(), u32>("Departments", "LastDepartment"), ()).await?.decode()?;
        equal("ids of departments", ids, (1..=last).collect())?;
        let roles = dynamic::storage::<(AccountId32, Value), Value>("Departments", "Roles");
        let mut roles = now.storage().iter(roles, (self.cataloguer.public_key().to_account_id(),)).await?;
        holds("a role of the cataloguer", roles.next().await.transpose()?.is_some())
    }

    async fn heads(&self) -> Result<(), Failure> {
        let (mut best, mut last) = (self.api.stream_best_blocks().await?, self.api.stream_blocks().await?);
        // An idle chain makes a block every ten seconds.
        for blocks in [&mut best, &mut last] {
            let (first, second) = (blocks.next().await, blocks.next().await);
            let (Some(first), Some(second)) = (first.transpose()?, second.transpose()?) else {
                return Err("no more heads".into());
            };
            equal("height of the second", second.number(), first.number() + 1)?;
            equal("parent of the second", second.header().parent_hash, first.hash())?;
            equal("hash of the first", self.api.at_block(first.number()).await?.block_hash(), first.hash())?;
        }
        Ok(())
    }

    /// An entry of its own for every run.
    async fn content(&self) -> Result<Json, Failure> {
        let now = self.api.at_current_block().await?;
        let accounts = dynamic::storage::<(AccountId32,), u32>("Departments", "Accounts");
        let provider =
            now.storage().fetch(accounts, (self.cataloguer.public_key().to_account_id(),)).await?.decode()?;
        let moment = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let mut content = self.story["entry"].clone();
        content["code"] = format!("{}{moment}", self.text("/entry/code")).into();
        content["provider"] = provider.into();
        Ok(content)
    }

    async fn fee(&self, content: &Json) -> Result<(), Failure> {
        let now = self.api.at_current_block().await?;
        let submission = dynamic::transaction("Catalog", "submit", vec![value(content)?]);
        let signed = now.tx().create_signed(&submission, &self.cataloguer, Params::new().build()).await?;
        equal("fee", signed.partial_fee_estimate().await?, 0)
    }

    async fn inclusion(&self, content: &Json) -> Result<Sent, Failure> {
        let sent = self.send("Catalog", "submit", json!([content]), &self.cataloguer).await?;
        equal("blocks in which it was seen", sent.in_block.len(), 1)?;
        Ok(sent)
    }

    async fn events(&self, sent: &Sent, code: &str) -> Result<u32, Failure> {
        let event: EntrySubmitted = sent.only("Catalog", "EntrySubmitted")?;
        equal("code", String::from_utf8(event.code)?.as_str(), code)?;
        equal("name", String::from_utf8(event.name)?.as_str(), self.text("/entry/name"))?;
        equal("who", event.by, self.cataloguer.public_key().to_account_id())?;
        sent.only::<Nothing>("System", "ExtrinsicSuccess")?;
        Ok(event.entry)
    }

    async fn approval(&self, entry: u32) -> Result<(), Failure> {
        let now = self.api.at_current_block().await?;
        let under_way = dynamic::storage::<(u32,), UnderWay>("Catalog", "VersionUnderWay");
        let UnderWay { version, facts } = now.storage().fetch(under_way, (entry,)).await?.decode()?;
        let arguments = json!([entry, version, format!("0x{}", hex::encode(facts.digest))]);
        let endorsed = self.send("Catalog", "endorse", arguments.clone(), &self.head).await?;
        equal("digest", endorsed.only::<EntryEndorsed>("Catalog", "EntryEndorsed")?.digest, facts.digest)?;
        let reviewer = account(self.story, "reviewer")?;
        for (act, event) in [("review", "EntryReviewed"), ("publish", "EntryPublished")] {
            self.send("Catalog", act, arguments.clone(), &reviewer).await?.only::<Nothing>("Catalog", event)?;
        }
        Ok(())
    }

    async fn vote(&self) -> Result<(), Failure> {
        let proposer = account(self.story, "proposer")?;
        let tomorrow = self.moment().await? + 86_400_000;
        let proposal = json!([{ "CancelUpgrade": null }, tomorrow, null]);
        let made = self.send("Governance", "propose", proposal, &proposer).await?;
        let id = made.only::<ProposalMade>("Governance", "ProposalMade")?.made.proposal;
        // An own method of the node: what every voter signs.
        let told: Json = self.rpc.request("governance_proposal", rpc_params![id]).await?;
        let voter = ed25519(self.story, "voter")?;
        let digest = format!("0x{}", told["digest"].as_str().unwrap_or_default());
        let vote = value(&json!([id, digest, true]))?;
        let voted = send(&self.api, "Governance", "vote", list(vote), &voter).await?;
        equal(
            "approving departments",
            voted.only::<ProposalVoted>("Governance", "ProposalVoted")?.voted.tally.approving,
            1,
        )?;
        let withdrawn = self.send("Governance", "withdraw", json!([id]), &proposer).await?;
        withdrawn.only::<Nothing>("Governance", "ProposalWithdrawn").map(|_| ())
    }

    async fn block(&self, sent: &Sent, code: &str) -> Result<(), Failure> {
        let then = self.api.at_block(sent.block).await?;
        let extrinsics = then.extrinsics().fetch().await?;
        let found = extrinsics.iter().filter_map(Result::ok).find(|extrinsic| extrinsic.hash() == sent.hash);
        let found = found.ok_or("the block holds no extrinsic of that hash")?;
        equal("call", (found.pallet_name(), found.call_name()), ("Catalog", "submit"))?;
        let call: Submit = found.decode_call_data_fields_unchecked_as()?;
        equal("code in it", String::from_utf8(call.content.code)?.as_str(), code)?;
        let signer = self.cataloguer.public_key().0;
        holds("the signer in it", found.address_bytes().is_some_and(|address| address.ends_with(&signer)))
    }

    async fn history(&self, sent: &Sent, code: &str, entry: u32) -> Result<(), Failure> {
        let by_code = || dynamic::storage::<(Vec<u8>,), u32>("Catalog", "ByCode");
        let then = self.api.at_block(sent.block).await?;
        let before = self.api.at_block(then.block_number() - 1).await?;
        let key = || (code.as_bytes().to_vec(),);
        holds("no such code before the block", before.storage().try_fetch(by_code(), key()).await?.is_none())?;
        equal("in the block", then.storage().fetch(by_code(), key()).await?.decode()?, entry)
    }

    async fn dispatch(&self, content: &Json) -> Result<(), Failure> {
        let sent = self.send("Catalog", "submit", json!([content]), &self.cataloguer).await?;
        let error = sent.error.unwrap_or_default();
        let said = |path| error.contains(self.text(path));
        holds(
            &format!("an error of the story, not «{error}»"),
            said("/refused/dispatch/pallet") && said("/refused/dispatch/error"),
        )
    }

    async fn stale(&self) -> Result<(), Failure> {
        self.is_refused("stale", &self.harmless(&self.cataloguer, Some(0)).await?).await
    }

    async fn signature(&self) -> Result<(), Failure> {
        let mut extrinsic = self.harmless(&self.cataloguer, None).await?;
        // Behind the length: version, address of 33 bytes, kind of signature.
        let length = [1, 2, 4, 4][usize::from(extrinsic[0] & 3)];
        extrinsic[length + 1 + 33 + 1 + 8] ^= 1;
        self.is_refused("signature", &extrinsic).await
    }

    async fn role(&self) -> Result<(), Failure> {
        self.is_refused("role", &self.harmless(&account(self.story, "nobody")?, Some(0)).await?).await
    }

    /// A signed call that would change nothing.
    async fn harmless(&self, signer: &Keypair, nonce: Option<u64>) -> Result<Vec<u8>, Failure> {
        let now = self.api.at_current_block().await?;
        let call = dynamic::transaction("Governance", "withdraw", vec![Value::u128(999_999)]);
        let params = nonce.map_or_else(Params::new, |nonce| Params::new().nonce(nonce)).build();
        Ok(now.tx().create_signed(&call, signer, params).await?.into_encoded())
    }

    /// Fails unless the node refuses the extrinsic for that reason.
    async fn is_refused(&self, reason: &str, extrinsic: &[u8]) -> Result<(), Failure> {
        let parameters = rpc_params![format!("0x{}", hex::encode(extrinsic))];
        let answer = self.rpc.request::<String>("author_submitExtrinsic", parameters).await;
        let Err(RpcError::User(error)) = answer else {
            return Err(format!("expected an error of the node, found {answer:?}").into());
        };
        equal("code of the error", Some(error.code.into()), self.story["refused"]["submission"]["code"].as_i64())?;
        let data = error.data.map(|data| data.get().to_lowercase()).unwrap_or_default();
        equal("message of the error", error.message.as_str(), self.text("/refused/submission/message"))?;
        holds(&format!("a reason, not {data}"), data.contains(self.text(&format!("/refused/{reason}"))))
    }

    async fn send(&self, pallet: &str, call: &str, arguments: Json, signer: &Keypair) -> Result<Sent, Failure> {
        send(&self.api, pallet, call, list(value(&arguments)?), signer).await
    }

    async fn moment(&self) -> Result<u64, Failure> {
        let now = self.api.at_current_block().await?;
        Ok(now.storage().fetch(dynamic::storage::<(), u64>("Timestamp", "Now"), ()).await?.decode()?)
    }

    fn text(&self, path: &str) -> &str {
        self.story.pointer(path).and_then(Json::as_str).unwrap_or_default()
    }
}

/// Arguments of a call, one by one.
fn list(value: Value) -> Vec<Value> {
    match value.value {
        ValueDef::Composite(arguments) => arguments.into_values().collect(),
        _ => Vec::new(),
    }
}
