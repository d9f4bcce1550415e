//! `POST /signed`: what a person signed goes to the ledger. The signature is the authority; who brings it adds nothing.

use super::{Facade, Sent, found, refusal::Refusal};
use crate::http::form::Named;
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use mulu_client::{
    ClientError,
    offline::Act,
    submit::{Receipt, Submitter},
};
use mulu_proofs::{
    ids::{Height, RecordNumber},
    records::RecordKind,
};
use mulu_rpc_api::{
    Hex32,
    records::{CallError, RecordsClient},
};
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;

/// How long an act is waited for until it is in a block; then the caller asks for it.
const WAIT: Duration = Duration::from_secs(20);
/// The acts that go through here: steps of requests. Everything else is no business of this façade.
const ACTS: [RecordKind; 10] = [
    RecordKind::RequestCreated,
    RecordKind::RequestEndorsed,
    RecordKind::RequestApproved,
    RecordKind::RequestAgreed,
    RecordKind::RequestRefused,
    RecordKind::RequestWithdrawn,
    RecordKind::RequestSupplementAsked,
    RecordKind::RequestResubmitted,
    RecordKind::RequestExtensionAsked,
    RecordKind::RequestExtensionDecided,
];

/// What became of a signed act.
#[derive(Debug, PartialEq, Serialize)]
struct Outcome {
    /// Hash of the extrinsic, by which it can be asked for.
    extrinsic: Hex32,
    /// How far it is.
    state: Stage,
    /// Height of its block.
    height: Option<Height>,
    /// Records that it caused.
    records: Vec<RecordNumber>,
    /// The request that the records are about.
    request: Option<Value>,
    /// The grant that began by it.
    grant: Option<Value>,
    /// Why the ledger refused it.
    error: Option<CallError>,
}

/// How far an act is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// In no block yet.
    Waiting,
    /// In a final block, and done.
    Done,
    /// In a final block, and refused there: nothing but the nonce has changed.
    Refused,
}

/// `POST /api/v1/signed`.
pub async fn submit(State(facade): State<Facade>, Sent(body): Sent) -> Result<Response, Refusal> {
    let act = read(&body)?;
    if !ACTS.contains(&act.unsigned().call.causes()) {
        let message = "the act is no step of a share request; `mulu tx submit` submits every act";
        return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "act", message));
    }
    let submitter = Submitter::new(&facade.connection, &facade.chain.genesis).await?.with_timeout(WAIT);
    let signed = act.signed(&facade.chain.genesis, submitter.versions())?;
    let extrinsic = Hex32(signed.hash);
    match submitter.deliver(signed).await {
        Ok(receipt) => {
            let outcome = facade.done(receipt).await?;
            Ok((StatusCode::CREATED, Json(outcome)).into_response())
        }
        // It may be in a block any time now, and nobody here waits longer.
        Err(ClientError::NotIncluded { .. } | ClientError::UnderWay { .. }) => {
            Ok((StatusCode::ACCEPTED, Json(Outcome::waiting(extrinsic))).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /api/v1/signed/{extrinsic}`.
pub async fn follow(State(facade): State<Facade>, Named(extrinsic): Named) -> Result<Response, Refusal> {
    let hash: Hex32 = serde_json::from_value(Value::String(extrinsic))
        .map_err(|_| Refusal::value("an extrinsic is named by 64 hexadecimal digits"))?;
    let Some(inclusion) = facade.connection.extrinsic(hash).await.map_err(ClientError::from)? else {
        let message = "it is in no block yet, or was never submitted; submitting it again is harmless";
        return Err(Refusal::new(StatusCode::NOT_FOUND, "not_found", message));
    };
    let (height, records) = (inclusion.height, inclusion.records);
    if !inclusion.success {
        let refused =
            Outcome { state: Stage::Refused, height: Some(height), error: inclusion.error, ..Outcome::waiting(hash) };
        return Ok(found(refused));
    }
    Ok(found(facade.done(Receipt { extrinsic: hash, height, block_hash: inclusion.block_hash, records }).await?))
}

impl Facade {
    /// An act that is done, with the request that it is about.
    async fn done(&self, receipt: Receipt) -> Result<Outcome, Refusal> {
        let (mut request, mut grant) = (None, None);
        for number in &receipt.records {
            let Some(record) = self.connection.record(*number).await.map_err(ClientError::from)? else { continue };
            if ACTS.contains(&record.kind) {
                request = record.decoded.get("request").cloned().or(request);
            }
            if record.kind == RecordKind::RequestAgreed {
                grant = record.decoded.get("grant").and_then(|grant| grant.get("grant")).cloned();
            }
        }
        let Receipt { extrinsic, height, records, .. } = receipt;
        let waiting = Outcome::waiting(extrinsic);
        Ok(Outcome { state: Stage::Done, height: Some(height), records, request, grant, ..waiting })
    }
}

impl Outcome {
    fn waiting(extrinsic: Hex32) -> Self {
        let (height, records, request, grant, error) = (None, Vec::new(), None, None, None);
        Self { extrinsic, state: Stage::Waiting, height, records, request, grant, error }
    }
}

/// A signed act as its file has it, or `{"act": the file, "signature": "128 digits"}`.
fn read(body: &[u8]) -> Result<Act, Refusal> {
    let mut value: Value = serde_json::from_slice(body).map_err(|error| Refusal::form(&error))?;
    let Some(act) = value.get_mut("act").map(Value::take) else { return Ok(Act::parse(body)?) };
    let digits = value.get("signature").and_then(Value::as_str).unwrap_or_default();
    let mut signature = [0; 64];
    hex::decode_to_slice(digits.strip_prefix("0x").unwrap_or(digits), &mut signature)
        .map_err(|_| Refusal::value("signature has 128 hexadecimal digits"))?;
    Ok(Act::parse(act.to_string().as_bytes())?.with_signature(signature)?)
}
