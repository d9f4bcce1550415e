//! Who may call which method. One table, asked before every call; what rows an answer then has is decided by [`crate::visibility`].
//!
//! A method that does not stand here is the machine's own alone: nobody else is told that it exists. A test goes through `rpc_methods`.

use crate::{caller::Caller, visibility::has_everything};
use jsonrpsee::types::ErrorObjectOwned;
use mulu_proofs::departments::Role;
use mulu_rpc_api::codes;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{collections::BTreeMap, hash::Hasher};
use twox_hash::XxHash64;

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Everybody.
    Open,
    /// Everybody; what is not openly published is left out.
    OpenRows,
    /// Whoever is signed in: what a wallet needs, without anybody's rows.
    SignedIn,
    /// Whoever is signed in; rows that are not the caller's affair are left out.
    Rows,
    /// Who has everything on a node of the own department: blocks and state as they are.
    Raw,
    /// Programs on the node's machine.
    Machine,
}

/// The table, by class.
const TABLE: &[(Class, &[&str])] = &[
    (
        Class::Open,
        &[
            "rpc.discover",
            "rpc_methods",
            "signin_challenge",
            "signin_end",
            "signin_session",
            "signin_token",
            "system_chain",
            "system_chainType",
            "system_health",
            "system_localPeerId",
            "system_name",
            "system_properties",
            "system_version",
            // Whoever may not subscribe has nothing to unsubscribe from.
            "author_unwatchExtrinsic",
            "chain_unsubscribeAllHeads",
            "chain_unsubscribeFinalisedHeads",
            "chain_unsubscribeFinalizedHeads",
            "chain_unsubscribeNewHead",
            "chain_unsubscribeNewHeads",
            "chain_unsubscribeRuntimeVersion",
            "records_unsubscribe",
            "state_unsubscribeRuntimeVersion",
            "state_unsubscribeStorage",
            "unsubscribe_newHead",
        ],
    ),
    (Class::OpenRows, &["catalog_content", "catalog_entries", "catalog_entry", "catalog_search"]),
    (
        Class::SignedIn,
        &[
            "account_nextIndex",
            "author_submitAndWatchExtrinsic",
            "author_submitExtrinsic",
            "chain_getBlockHash",
            "chain_getFinalisedHead",
            "chain_getFinalizedHead",
            "chain_getHead",
            "chain_getHeader",
            "chain_getRuntimeVersion",
            "chain_subscribeAllHeads",
            "chain_subscribeFinalisedHeads",
            "chain_subscribeFinalizedHeads",
            "chain_subscribeNewHead",
            "chain_subscribeNewHeads",
            "chain_subscribeRuntimeVersion",
            "evidence_genesis",
            "evidence_validators",
            "node_info",
            "payment_queryFeeDetails",
            "payment_queryInfo",
            "state_getMetadata",
            "state_getRuntimeVersion",
            "state_subscribeRuntimeVersion",
            "subscribe_newHead",
            "system_accountNextIndex",
            "system_localListenAddresses",
            "system_nodeRoles",
            "system_syncState",
        ],
    ),
    (
        Class::Rows,
        &[
            "access_batch",
            "access_decisionPoints",
            "access_event",
            "access_history",
            "access_reconciliation",
            "access_repudiations",
            "access_stream",
            "access_streams",
            "calendar_add",
            "calendar_get",
            "calendar_parameters",
            "deadlines_get",
            "deadlines_list",
            "departments_account",
            "departments_budget",
            "departments_counters",
            "departments_get",
            "departments_hosted",
            "departments_list",
            "departments_observers",
            "departments_systems",
            "departments_validators",
            "elements_element",
            "elements_list",
            "elements_sources",
            "evidence_event",
            "evidence_filing",
            "evidence_list",
            "governance_plan",
            "governance_proposal",
            "governance_proposals",
            "mounts_entry",
            "mounts_list",
            "mounts_rate",
            "oversight_dispute",
            "oversight_disputes",
            "oversight_queries",
            "records_extrinsic",
            "records_get",
            "records_list",
            "records_proof",
            "records_subscribe",
            "sharing_consent",
            "sharing_grant",
            "sharing_grants",
            "sharing_policy",
            "sharing_purposes",
            "sharing_request",
            "sharing_requests",
            "stats_daily",
        ],
    ),
    (
        Class::Raw,
        &[
            "author_pendingExtrinsics",
            "chain_getBlock",
            // Those of the state that name only what a wallet needs are for whoever is signed in: see `wallet`.
            "state_call",
            "state_callAt",
            "state_getKeysPaged",
            "state_getKeysPagedAt",
            "state_getReadProof",
            "state_getStorage",
            "state_getStorageAt",
            "state_getStorageHash",
            "state_getStorageHashAt",
            "state_getStorageSize",
            "state_getStorageSizeAt",
            "state_queryStorage",
            "state_queryStorageAt",
            "state_subscribeStorage",
        ],
    ),
    (
        Class::Machine,
        &["decision_check", "decision_decide", "decision_point", "system_dryRun", "system_dryRunAt", "system_peers"],
    ),
];

/// What a wallet reads of the state: its own nonce, the time, the code's fingerprint. Events are not among it: they tell every act.
const WALLET_STORAGE: [(&str, &str); 7] = [
    ("System", "Account"),
    ("System", "BlockHash"),
    ("System", "Digest"),
    ("System", "LastRuntimeUpgrade"),
    ("System", "Number"),
    ("System", "ParentHash"),
    ("Timestamp", "Now"),
];
/// Keys that wallets read whole.
const WALLET_KEYS: [&[u8]; 2] = [b":code", b":heappages"];
/// What a wallet calls of the runtime: a method, or every one of an interface.
const WALLET_CALLS: [&str; 5] =
    ["Core_version", "Metadata_", "AccountNonceApi_", "TransactionPaymentApi_", "TaggedTransactionQueue_"];

/// The class of a method, whatever its parameters.
fn listed(method: &str) -> Class {
    let holds = |methods: &[&str]| methods.contains(&method);
    TABLE.iter().find(|(_, methods)| holds(methods)).map_or(Class::Machine, |(class, _)| *class)
}

/// The class of a call.
pub fn class_of(method: &str, parameters: Option<&str>) -> Class {
    match listed(method) {
        Class::Raw if is_wallets(method, parameters) => Class::SignedIn,
        class => class,
    }
}

/// Whether `rpc_methods` names a method to a caller.
pub fn is_shown(caller: &Caller, method: &str) -> bool {
    match (caller, listed(method)) {
        (Caller::Local, _) => true,
        (Caller::Anonymous, class) => matches!(class, Class::Open | Class::OpenRows),
        // Of what takes a node some calls are a wallet's.
        (Caller::Account(_), class) => class != Class::Machine,
    }
}

/// Whether a call of the state names nothing but what a wallet needs. What does not read does not.
fn is_wallets(method: &str, parameters: Option<&str>) -> bool {
    let of_one = |name: &str, is_wallets: fn(&str) -> bool| {
        first_of::<String>(parameters, name).is_some_and(|one| is_wallets(&one))
    };
    match method.strip_suffix("At").unwrap_or(method) {
        "state_call" => of_one("method", is_wallets_call),
        "state_getStorage" | "state_getStorageHash" | "state_getStorageSize" => of_one("key", is_wallets_key),
        "state_queryStorage" | "state_subscribeStorage" => first_of::<Vec<String>>(parameters, "keys")
            .is_some_and(|keys| !keys.is_empty() && keys.iter().all(|key| is_wallets_key(key))),
        _ => false,
    }
}

/// The first of parameters that are given by their place, or the one of that name where they are given by theirs. Of a name that stands twice the
/// last counts here; the method itself refuses it.
fn first_of<T: for<'de> Deserialize<'de>>(parameters: Option<&str>, name: &str) -> Option<T> {
    let text = parameters?;
    let first = match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(by_place) => *by_place.first()?,
        Err(_) => *serde_json::from_str::<BTreeMap<String, &RawValue>>(text).ok()?.get(name)?,
    };
    serde_json::from_str(first.get()).ok()
}

fn is_wallets_call(method: &str) -> bool {
    WALLET_CALLS.iter().any(|known| match known.ends_with('_') {
        true => method.starts_with(known),
        false => method == *known,
    })
}

fn is_wallets_key(key: &str) -> bool {
    let Ok(key) = hex::decode(key.strip_prefix("0x").unwrap_or(key)) else { return false };
    let begins = |(pallet, item): &(&str, &str)| {
        let prefix = [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat();
        key.starts_with(&prefix)
    };
    WALLET_KEYS.contains(&&key[..]) || WALLET_STORAGE.iter().any(begins)
}

/// The hash under which Substrate keeps the names of pallets and storage items.
fn twox_128(name: &[u8]) -> [u8; 16] {
    let half = |seed| {
        let mut hasher = XxHash64::with_seed(seed);
        hasher.write(name);
        u128::from(hasher.finish())
    };
    (half(0) | half(1) << 64).to_le_bytes()
}

/// Whether a caller may make a call.
///
/// # Errors
/// What the caller is told: which sign-in it takes.
pub fn check(caller: &Caller, method: &str, parameters: Option<&str>) -> Result<Class, ErrorObjectOwned> {
    let class = class_of(method, parameters);
    let may = match caller {
        Caller::Local => true,
        Caller::Anonymous => matches!(class, Class::Open | Class::OpenRows),
        Caller::Account(view) => match class {
            Class::Open | Class::OpenRows | Class::SignedIn | Class::Rows => true,
            Class::Raw => has_everything(view),
            Class::Machine => false,
        },
    };
    if may { Ok(class) } else { Err(refusal(caller, class)) }
}

fn refusal(caller: &Caller, class: Class) -> ErrorObjectOwned {
    let (code, message) = match (class, caller) {
        (Class::Machine, _) => {
            // The words of Substrate's own nodes.
            (jsonrpsee::types::error::METHOD_NOT_FOUND_CODE, "RPC call is unsafe to be called externally")
        }
        (_, Caller::Anonymous) => (
            codes::NOT_PERMITTED,
            "sign in to call this: see signin_challenge, or `mulu sign-in`; 请先登录（mulu sign-in）",
        ),
        (_, Caller::Account(view)) if view.holds(Role::Auditor) => (
            codes::NOT_PERMITTED,
            "an auditor reads within the scope of the role, not blocks and state: ask catalog_, sharing_, access_, records_; \
             审计员只能在职责范围内查询，不能读取区块与状态",
        ),
        _ => (
            codes::NOT_PERMITTED,
            "blocks and state are for accounts of a department with a validator or an observer, or over loopback: \
             ask catalog_, sharing_, access_, records_; 区块与状态只对设有验证节点或观察节点的部门开放",
        ),
    };
    ErrorObjectOwned::owned(code, message, None::<()>)
}

/// Whether a call has to be told to the ledger before it is answered: an auditor asks about rows.
pub fn is_audited(caller: &Caller, class: Class) -> bool {
    matches!(class, Class::OpenRows | Class::Rows | Class::Raw)
        && caller.account().is_some_and(|view| view.holds(Role::Auditor))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn storage(pallet: &str, item: &str, rest: &str) -> String {
        format!("0x{}{}{rest}", hex::encode(twox_128(pallet.as_bytes())), hex::encode(twox_128(item.as_bytes())))
    }

    #[test]
    fn names_are_hashed_as_substrate_does() {
        let account = "26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9";
        assert_eq!(storage("System", "Account", ""), format!("0x{account}"));
    }

    #[test]
    fn every_method_stands_in_the_table_once() {
        let mut names: Vec<&str> = TABLE.iter().flat_map(|(_, methods)| methods.iter().copied()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_is_in_no_table_is_the_machines_own() {
        assert_eq!((class_of("made_up", None), is_shown(&Caller::Anonymous, "made_up")), (Class::Machine, false));
        let told = check(&Caller::Anonymous, "made_up", None).unwrap_err();
        assert_eq!((told.code(), told.message()), (-32601, "RPC call is unsafe to be called externally"));
        assert_eq!(check(&Caller::Local, "made_up", None), Ok(Class::Machine));
    }

    #[test]
    fn nobody_known_is_told_to_sign_in() {
        for method in ["chain_getBlock", "chain_getHeader", "sharing_requests", "records_get", "state_getMetadata"] {
            let told = check(&Caller::Anonymous, method, Some("[]")).unwrap_err();
            assert!(told.code() == codes::NOT_PERMITTED && told.message().contains("sign in"), "{method}");
        }
        assert_eq!(check(&Caller::Anonymous, "catalog_entries", None), Ok(Class::OpenRows));
    }

    #[test]
    fn a_wallet_reads_nonce_time_and_code_and_no_events() {
        let class = |method: &str, key: &str| class_of(method, Some(&format!("[\"{key}\",null]")));
        for key in [
            storage("System", "Account", "0011"),
            storage("System", "Number", ""),
            storage("Timestamp", "Now", ""),
            format!("0x{}", hex::encode(":code")),
            hex::encode(":code"),
        ] {
            assert_eq!(class("state_getStorage", &key), Class::SignedIn, "{key}");
            assert_eq!(class("state_getStorageSizeAt", &key), Class::SignedIn, "{key}");
            let by_name = format!("{{\"at\":null,\"key\":\"{key}\"}}");
            assert_eq!(class_of("state_getStorage", Some(&by_name)), Class::SignedIn, "{key}");
        }
        for key in [
            storage("System", "Events", ""),
            storage("Sharing", "Requests", ""),
            format!("0x{}", hex::encode(twox_128(b"System"))),
            format!("0x{}", hex::encode(":codes")),
            "0x".into(),
            String::new(),
            "0x1".into(),
        ] {
            assert_eq!(class("state_getStorage", &key), Class::Raw, "{key}");
        }
        assert_eq!(class("state_getReadProof", &storage("System", "Number", "")), Class::Raw);
        assert_eq!(class("state_getKeysPaged", &storage("System", "Account", "")), Class::Raw);
    }

    #[test]
    fn a_list_of_keys_is_a_wallets_if_every_one_is() {
        let (own, other) = (storage("System", "Number", ""), storage("System", "Events", ""));
        let class = |keys: &[&String]| {
            let keys = serde_json::to_string(keys).unwrap();
            class_of("state_subscribeStorage", Some(&format!("[{keys}]")))
        };
        assert_eq!(class(&[&own]), Class::SignedIn);
        assert_eq!([class(&[&own, &other]), class(&[])], [Class::Raw; 2]);
        let by_name = Some(r#"{"keys":["0x3a636f6465"]}"#);
        assert_eq!(class_of("state_subscribeStorage", by_name), Class::SignedIn);
        for strange in [None, Some(""), Some("{}"), Some("[]"), Some("[1]"), Some(r#"{"key":["0x3a636f6465"]}"#)] {
            assert_eq!(class_of("state_subscribeStorage", strange), Class::Raw, "{strange:?}");
        }
    }

    #[test]
    fn a_wallet_calls_what_signing_takes() {
        let class = |method: &str| class_of("state_call", Some(&format!("[\"{method}\",\"0x\"]")));
        for method in ["Core_version", "Metadata_metadata_at_version", "AccountNonceApi_account_nonce"] {
            assert_eq!(class(method), Class::SignedIn, "{method}");
        }
        let by_name = r#"{"arguments":"0x","method":"Core_version"}"#;
        assert_eq!(class_of("state_call", Some(by_name)), Class::SignedIn);
        let other = r#"{"method":"Core_execute_block","arguments":"0x"}"#;
        assert_eq!(class_of("state_call", Some(other)), Class::Raw);
        for method in ["Core_versions", "Core_execute_block", "BlockBuilder_apply_extrinsic", "Metadata", ""] {
            assert_eq!(class(method), Class::Raw, "{method}");
        }
    }
}
