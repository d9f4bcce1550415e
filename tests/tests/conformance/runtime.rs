//! The runtime: indices of pallets and calls, signed extensions, and the genesis that a fixed specification gives.

use super::{Frozen, acts, sample};
use codec::{Decode, Encode};
use frame_metadata::{RuntimeMetadata, v14::RuntimeMetadataV14};
use mulu_chain_spec::{CalendarData, ChainSpec, ChainType, GenesisData};
use mulu_proofs::{
    departments::{
        AccountRegistered, CreditCode, DepartmentInfo, Level, Role, RoleGiven, SystemInfo, SystemKind,
        ValidatorRegistered,
    },
    evidence::calls::expected_call,
    ids::{DepartmentId, Moment, PurposeId, SystemId},
    sharing::PurposeRegistered,
    text::Text,
};
use mulu_runtime::{Runtime, RuntimeCall, VERSION};
use scale_info::TypeDef;

pub fn add(frozen: &mut Frozen) {
    metadata(frozen);
    calls_read_back();
    genesis(frozen);
}

fn metadata(frozen: &mut Frozen) {
    let RuntimeMetadata::V14(RuntimeMetadataV14 { pallets, types, extrinsic, .. }) = Runtime::metadata().1 else {
        panic!("metadata of another version")
    };
    frozen.section("pallets");
    for pallet in &pallets {
        frozen.add_text(&pallet.name, pallet.index.to_string());
    }
    frozen.section("calls of pallets");
    for pallet in &pallets {
        let Some(calls) = &pallet.calls else { continue };
        let TypeDef::Variant(calls) = &types.resolve(calls.ty.id).unwrap().type_def else {
            panic!("calls are an enum")
        };
        for call in &calls.variants {
            let argument = |field: &scale_info::Field<scale_info::form::PortableForm>| {
                let (name, kind) = (field.name.as_deref().unwrap_or("_"), field.type_name.as_deref().unwrap_or("_"));
                format!("{name}: {kind}")
            };
            let arguments: Vec<String> = call.fields.iter().map(argument).collect();
            let name = format!("{}.{}", pallet.name, call.name);
            frozen.add_text(name, format!("{} {} ({})", pallet.index, call.index, arguments.join(", ")));
        }
    }
    frozen.section("extrinsics");
    let extensions: Vec<_> = extrinsic.signed_extensions.iter().map(|extension| &extension.identifier[..]).collect();
    frozen.add_text("signed extensions", extensions.join(", "));
    frozen.add_text("version", extrinsic.version.to_string());
    frozen.add_text("spec", format!("{} {}", VERSION.spec_name, VERSION.spec_version));
    frozen.add_text("transaction version", VERSION.transaction_version.to_string());
}

/// The runtime reads the very bytes that the verifier expects a signer to have signed.
fn calls_read_back() {
    for (kind, record) in acts::each(&acts::world()) {
        let Some(call) = expected_call(record) else { continue };
        let read = RuntimeCall::decode(&mut &call[..]).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
        assert_eq!(read.encode(), call, "{kind:?}");
    }
}

fn genesis(frozen: &mut Frozen) {
    frozen.section("genesis");
    let spec = specification();
    let built = spec.build().unwrap();
    frozen.add("chain specification", spec.to_json());
    frozen.add("state root", built.header.state_root);
    frozen.add("header", built.header.encode());
    frozen.add("hash", built.file.hash());
    frozen.add("state", built.state.nodes_added.encode());
    assert_eq!(ChainSpec::from_json(&spec.to_json()).unwrap(), spec);
}

fn specification() -> ChainSpec {
    let text = |words: &str| Text::new(words).unwrap();
    let department = |id: u32| DepartmentInfo {
        id: DepartmentId::new(id),
        credit_code: CreditCode::with_check_character(&format!("11330100{id:09}")).unwrap(),
        name: Text::new(&format!("部门{id}")).unwrap(),
        level: Level::City,
        region: 330_100,
        parent: (id > 1).then_some(DepartmentId::new(1)),
        is_authority: id == 1,
        host: None,
        is_data_manager: false,
    };
    let account =
        |id: u8| AccountRegistered { account: sample::account(id + 40), department: DepartmentId::new(id.into()) };
    let role = |id: u8| {
        let role = if id == 1 { Role::Supervisor } else { Role::Admin };
        let expires = Moment::new(4_102_444_800_000);
        RoleGiven::in_genesis(sample::account(id + 40), DepartmentId::new(id.into()), role, expires)
    };
    let system = SystemInfo {
        id: SystemId::new(1),
        department: DepartmentId::new(2),
        kind: SystemKind::Platform,
        code: Text::new("gateway").unwrap(),
        name: text("网关"),
    };
    let purpose = PurposeRegistered {
        id: PurposeId::new(1),
        code: Text::new("ZW-01").unwrap(),
        name: Text::new("审核").unwrap(),
    };
    let validator =
        |id: u8| ValidatorRegistered { key: sample::account(id), department: DepartmentId::new(id.into()), node: None };
    ChainSpec {
        chain_id: "mulu-conformance".into(),
        chain_type: ChainType::Local,
        genesis: GenesisData {
            moment: Moment::new(1_790_000_000_000),
            departments: (1..=4).map(department).collect(),
            accounts: (1..=4).map(account).collect(),
            roles: (1..=4).map(role).collect(),
            systems: vec![system],
            purposes: vec![purpose],
            validators: (1..=4).map(validator).collect(),
            observers: Vec::new(),
            budget: Default::default(),
            calendar: CalendarData::of_state_council(),
        },
    }
}
