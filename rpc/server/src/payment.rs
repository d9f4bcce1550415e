//! `payment_`: asked of the runtime, which knows no fee.

use crate::{context::Context, failure::Failure};
use codec::{Decode, Encode};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_rpc_api::payment::{DispatchInfo, FeeDetails, PaymentServer, Weight};
use sp_core::{Bytes, H256};
use std::sync::Arc;

/// The namespace.
pub struct Payment(pub Arc<Context>);

/// SCALE of what `TransactionPaymentApi_query_info` answers: weight, class, fee.
type QueryInfo = (sp_runtime::Weight, u8, u128);

/// Names of the classes, by code.
const CLASSES: [&str; 3] = ["normal", "operational", "mandatory"];

#[async_trait]
impl PaymentServer for Payment {
    async fn query_info(&self, extrinsic: Bytes, at: Option<H256>) -> RpcResult<DispatchInfo> {
        let answer = self.0.call_runtime("TransactionPaymentApi_query_info".into(), arguments(extrinsic), at).await?;
        let (weight, class, fee) = QueryInfo::decode(&mut &answer[..]).map_err(|_| DAMAGED)?;
        let class = CLASSES.get(usize::from(class)).ok_or(DAMAGED)?;
        Ok(DispatchInfo {
            weight: Weight { ref_time: weight.ref_time(), proof_size: weight.proof_size() },
            class: (*class).into(),
            partial_fee: fee.to_string(),
        })
    }

    async fn query_fee_details(&self, extrinsic: Bytes, at: Option<H256>) -> RpcResult<FeeDetails> {
        let method = "TransactionPaymentApi_query_fee_details".into();
        self.0.call_runtime(method, arguments(extrinsic), at).await?;
        Ok(FeeDetails { inclusion_fee: None })
    }
}

/// What the runtime answers is its own encoding.
const DAMAGED: Failure = Failure::Damaged { what: "the runtime's answer" };

/// The extrinsic and its length, as the runtime takes them.
fn arguments(extrinsic: Bytes) -> Vec<u8> {
    let length = u32::try_from(extrinsic.0.len()).expect("a request has at most REQUEST_BYTES_MAX");
    [extrinsic.0, length.encode()].concat()
}
