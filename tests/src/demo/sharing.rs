//! Third part: a conditional request on its way to a grant. The consumer's officer consents, two of three approvers sign, the provider's
//! officer agrees and provisions.

use super::{
    catalog, departments,
    progress::Progress,
    scenario::{
        self, APPROVERS, CONSUMER, ENTRY_CODE, GATEWAY, PENSIONS, PLATFORM, PROVIDER, PURPOSES, SIGNING_APPROVERS,
    },
};
use crate::{
    error::{Doing, Error, expect},
    ledger::{Act, Ledger, rows},
    people::People,
};
use mulu_client::{calls::Call, keys::Key};
use mulu_proofs::{
    departments::AccountKey,
    grants::{GrantState, GrantTerms},
    ids::{Moment, RequestId},
    records::RecordKind,
};
use mulu_rpc_api::{
    node::NodeClient,
    sharing::{RequestState, SharingClient},
};

/// A grant that may be used.
#[derive(Debug)]
pub struct Granted {
    /// Its first version.
    pub terms: GrantTerms,
    /// From when on.
    pub provisioned: Moment,
    /// How many approvers signed.
    pub approvals: usize,
}

/// Takes the request from its policy to the provisioned grant.
pub async fn share(ledger: &Ledger<'_>, people: &People, progress: &Progress) -> Result<Granted, Error> {
    let bar = progress.bar(5 + SIGNING_APPROVERS.len());
    let step = async |department: u32, key: &Key, call: Call| {
        let receipt = ledger.act(Act { department, key, call }).await;
        bar.inc(1);
        receipt
    };
    let entry = catalog::published(ledger, ENTRY_CODE).await?;
    let named = APPROVERS.map(|who| AccountKey(people.key(PROVIDER, who).public()));
    step(PROVIDER, people.key(PROVIDER, "officer"), Call::set_policy(entry.0, &scenario::policy(named))).await?;

    let purpose = departments::purpose_id(ledger, PURPOSES[0].0).await?;
    let using = departments::system_id(ledger, &PENSIONS).await?;
    let gateway = departments::system_id(ledger, &GATEWAY).await?;
    let platform = departments::system_id(ledger, &PLATFORM).await?;
    let now = ledger.lines().of(CONSUMER).info().await.doing("asking for the time of the ledger")?.head_moment;
    let terms = scenario::terms(entry, purpose, using, [gateway, platform], now.unwrap_or_default());
    step(CONSUMER, people.key(CONSUMER, "applicant"), Call::submit_request(&terms)).await?;

    let id = newest_request(ledger).await?;
    let request = ledger.lines().of(CONSUMER).share_request(id).await.doing("reading the request")?;
    let request = request.ok_or_else(|| Error::Unexpected(format!("request {id} is not there")))?;
    expect(request.terms == terms, || format!("request {id} says something else than was asked for"))?;
    let digest = request.digest.0;
    step(CONSUMER, people.key(CONSUMER, "officer"), Call::endorse_request(id, &digest)).await?;
    for who in SIGNING_APPROVERS {
        step(PROVIDER, people.key(PROVIDER, who), Call::approve_request(id, &digest)).await?;
    }
    step(PROVIDER, people.key(PROVIDER, "officer"), Call::agree_request(id, &digest)).await?;

    let request = ledger.lines().of(PROVIDER).share_request(id).await.doing("reading the request")?;
    let request = request.ok_or_else(|| Error::Unexpected(format!("request {id} is gone")))?;
    expect(request.state == RequestState::Agreed, || format!("request {id} is {:?}", request.state))?;
    let approvals = request.signatures.iter().filter(|signed| signed.act == RecordKind::RequestApproved).count();
    let grant = request.grant.ok_or_else(|| Error::Unexpected(format!("request {id} made no grant")))?;
    step(PROVIDER, people.key(PROVIDER, "officer"), Call::provision_grant(grant)).await?;

    let grant = ledger.lines().of(CONSUMER).grant(grant).await.doing("reading the grant")?;
    let grant = grant.ok_or_else(|| Error::Unexpected("the grant is not there".into()))?;
    let provisioned = grant.transitions.iter().find(|change| change.state == GrantState::Provisioned);
    let provisioned = provisioned.ok_or_else(|| Error::Unexpected("the grant is not provisioned".into()))?.moment;
    let version = grant.versions.last().ok_or_else(|| Error::Unexpected("the grant has no version".into()))?;
    bar.finish_and_clear();
    Ok(Granted { terms: version.terms.clone(), provisioned, approvals })
}

/// The request that was made last.
pub async fn newest_request(ledger: &Ledger<'_>) -> Result<RequestId, Error> {
    let connection = ledger.lines().of(CONSUMER);
    let requests = rows("listing requests", async |cursor| connection.requests(None, cursor, None).await).await?;
    requests
        .first()
        .map(|request| request.id)
        .ok_or_else(|| Error::Unexpected("the request is not on the ledger".into()))
}
