//! `POST /share-requests/{id}/acts`: the other steps of a request, each signed over the digest of its terms.

use super::{Asker, Facade, Question, Sent, reads::id, refusal::Refusal};
use crate::http::form::Named;
use axum::{extract::State, http::HeaderMap, response::Response};
use mulu_client::{calls::Call, checked, offline::Build};
use mulu_proofs::{
    ids::{Digest32, RequestId},
    sharing::RequestTerms,
    text::Text,
};
use mulu_rpc_api::Hex32;
use serde::Deserialize;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// The step.
    act: Step,
    /// Who signs.
    signer: Hex32,
    /// Why; of a refusal alone.
    reason: Option<Text<512>>,
    /// What is missing; of the question for it alone.
    missing: Option<Text<512>>,
    /// The new terms; of a resubmission alone.
    terms: Option<Box<RequestTerms>>,
    /// The signer's nonce; the next one where none is named.
    nonce: Option<u32>,
    /// Whether the act may be submitted at any time, and not within 4,096 blocks only.
    #[serde(default)]
    for_ever: bool,
}

/// A step of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    /// The consumer's officer consents.
    Endorse,
    /// An approver of the current stage approves.
    Approve,
    /// The provider's officer agrees: the grant begins.
    Agree,
    /// The provider's officer refuses (art. 21).
    Refuse,
    /// The consumer withdraws.
    Withdraw,
    /// The provider's officer asks for everything that is missing, once.
    AskSupplement,
    /// The consumer's applicant puts other terms in the place of those before.
    Resubmit,
}

/// `POST /api/v1/share-requests/{id}/acts`.
pub async fn create(
    State(facade): State<Facade>,
    Named(request): Named,
    asker: Asker,
    headers: HeaderMap,
    Sent(body): Sent,
) -> Result<Response, Refusal> {
    let request: RequestId = id("a request", &request)?;
    let question = Question::new(asker, &headers, body)?;
    let drafted = async {
        let asked: Asked = question.read()?;
        asked.check()?;
        // What is signed is recomputed from the terms that the node shows; the act's file has both.
        let found = checked::request(&facade.connection, request).await?;
        let call = asked.call(request, &found.digest.0)?;
        facade.build(call, asked.signer, Build { nonce: asked.nonce, for_ever: asked.for_ever }).await
    };
    facade.once(&question, drafted).await
}

impl Asked {
    /// Whether the step has what belongs to it, and nothing else.
    fn check(&self) -> Result<(), Refusal> {
        for (name, is_there, step) in [
            ("reason", self.reason.is_some(), Step::Refuse),
            ("missing", self.missing.is_some(), Step::AskSupplement),
            ("terms", self.terms.is_some(), Step::Resubmit),
        ] {
            if is_there != (self.act == step) {
                let what = if is_there { "belongs to another act" } else { "is not there" };
                return Err(Refusal::value(format!("{name} {what}")));
            }
        }
        Ok(())
    }

    fn call(&self, request: RequestId, digest: &Digest32) -> Result<Call, Refusal> {
        self.check()?;
        Ok(match (self.act, &self.reason, &self.missing, &self.terms) {
            (_, Some(reason), ..) => Call::refuse_request(request, digest, reason),
            (_, _, Some(missing), _) => Call::ask_supplement(request, digest, missing),
            (_, _, _, Some(terms)) => Call::resubmit_request(request, digest, terms),
            (Step::Approve, ..) => Call::approve_request(request, digest),
            (Step::Agree, ..) => Call::agree_request(request, digest),
            (Step::Withdraw, ..) => Call::withdraw_request(request, digest),
            _ => Call::endorse_request(request, digest),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use mulu_proofs::records::RecordKind;
    use serde_json::{Value, json};

    fn asked(step: &Value) -> Result<Asked, serde_json::Error> {
        let mut asked = json!({ "signer": "07".repeat(32) });
        asked.as_object_mut().unwrap().extend(step.as_object().unwrap().clone());
        serde_json::from_value(asked)
    }

    #[test]
    fn every_step_causes_its_record() {
        for (step, kind) in [
            (json!({"act": "endorse"}), RecordKind::RequestEndorsed),
            (json!({"act": "approve", "nonce": 7}), RecordKind::RequestApproved),
            (json!({"act": "agree", "for_ever": true}), RecordKind::RequestAgreed),
            (json!({"act": "refuse", "reason": "art. 21"}), RecordKind::RequestRefused),
            (json!({"act": "withdraw"}), RecordKind::RequestWithdrawn),
            (json!({"act": "ask_supplement", "missing": "basis"}), RecordKind::RequestSupplementAsked),
        ] {
            let call = asked(&step).unwrap().call(RequestId::new(3), &[1; 32]).unwrap();
            assert_eq!(call.causes(), kind, "{step}");
        }
    }

    #[test]
    fn a_step_has_what_belongs_to_it_and_nothing_else() {
        let call = |step: Value| asked(&step).unwrap().call(RequestId::new(3), &[1; 32]);
        for step in [
            json!({"act": "refuse"}),
            json!({"act": "resubmit"}),
            json!({"act": "ask_supplement", "reason": "x"}),
            json!({"act": "endorse", "reason": "x"}),
        ] {
            assert_eq!(call(step.clone()).unwrap_err().word(), "value", "{step}");
        }
        for step in [
            json!({"act": "publish"}),
            json!({"act": "endorse", "nonse": 7}),
            json!({"act": "refuse", "reason": "x".repeat(513)}),
        ] {
            assert!(asked(&step).is_err(), "{step}");
        }
    }
}
