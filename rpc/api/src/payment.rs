//! `payment_`: what an extrinsic costs, in the form that clients ask for. Nothing does.

use jsonrpsee::{core::RpcResult, proc_macros::rpc};
use serde::{Deserialize, Serialize};
use sp_core::{Bytes, H256};

/// Time and size of proof that a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weight {
    /// Picoseconds on the reference machine.
    pub ref_time: u64,
    /// Bytes.
    pub proof_size: u64,
}

/// Answer of `payment_queryInfo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DispatchInfo {
    /// What it may take.
    pub weight: Weight,
    /// `normal`, `operational` or `mandatory`.
    pub class: String,
    /// The fee in decimal digits: always `"0"`.
    pub partial_fee: String,
}

/// Fee of an inclusion, in decimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InclusionFee {
    /// What every extrinsic would cost.
    pub base_fee: String,
    /// What its length would cost.
    pub len_fee: String,
    /// What its weight would cost.
    pub adjusted_weight_fee: String,
}

/// Answer of `payment_queryFeeDetails`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FeeDetails {
    /// Always none: no extrinsic has a fee.
    pub inclusion_fee: Option<InclusionFee>,
}

/// What an extrinsic costs.
#[rpc(client, server)]
pub trait Payment {
    /// Weight, class and fee of an extrinsic.
    #[method(name = "payment_queryInfo")]
    async fn query_info(&self, extrinsic: Bytes, at: Option<H256>) -> RpcResult<DispatchInfo>;

    /// Parts of the fee of an extrinsic.
    #[method(name = "payment_queryFeeDetails")]
    async fn query_fee_details(&self, extrinsic: Bytes, at: Option<H256>) -> RpcResult<FeeDetails>;
}
