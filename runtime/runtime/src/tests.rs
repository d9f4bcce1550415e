//! What clients and evidence rely on: indices, extension order, versions, bounds.

#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::*;
use codec::Encode;
use frame_metadata::{RuntimeMetadata, v14::RuntimeMetadataV14};
use frame_support::{
    dispatch::DispatchClass,
    traits::{Contains, PalletInfoAccess, PalletInfoData, PalletsInfoAccess},
};
use frame_system::CheckWeight;
use mulu_primitives::{
    batch::BODY_BYTES_MAX,
    block::{BLOCK_BYTES_MAX, EXTRINSICS_MAX},
};
use mulu_proofs::{
    budget::{Budget, BudgetClass},
    evidence::{calls, package::RECORD_BYTES_MAX},
    text::Text,
};
use scale_info::TypeInfo;
use sp_core::storage::well_known_keys::CODE;
use sp_runtime::traits::{ExtrinsicMetadata, TransactionExtension};

#[test]
fn pallets_stand_under_their_frozen_indices() {
    let indices = [
        (System::index(), 0),
        (Timestamp::index(), 1),
        (Chain::index(), 2),
        (Departments::index(), usize::from(calls::DEPARTMENTS)),
        (Catalog::index(), usize::from(calls::CATALOG)),
        (Sharing::index(), usize::from(calls::SHARING)),
        (Access::index(), usize::from(calls::ACCESS)),
        (Records::index(), 14),
        (Calendar::index(), 15),
        (Governance::index(), usize::from(calls::GOVERNANCE)),
        (Grants::index(), usize::from(calls::GRANTS)),
        (Elements::index(), usize::from(calls::ELEMENTS)),
        (Mounts::index(), usize::from(calls::MOUNTS)),
    ];
    for (index, frozen) in indices {
        assert_eq!(index, frozen);
    }
}

#[test]
fn extrinsics_carry_what_all_clients_build() {
    assert_eq!(UncheckedExtrinsic::VERSIONS, [4, 5]);
    let names: Vec<_> = TxExtension::metadata().into_iter().map(|extension| extension.identifier).collect();
    let order = [
        "CheckNonZeroSender",
        "CheckSpecVersion",
        "CheckTxVersion",
        "CheckGenesis",
        "CheckMortality",
        "CheckNonce",
        "CheckWeight",
    ];
    assert_eq!(names, order);
    // The last one is ours: nothing of that shows in the bytes or the types that clients read.
    let last = TxExtension::metadata().pop().unwrap();
    assert_eq!(
        (last.ty.type_info(), last.implicit.type_info()),
        (CheckWeight::<Runtime>::type_info(), <()>::type_info())
    );
}

#[test]
fn hooks_of_every_pallet_run_and_records_come_last() {
    let names = |infos: Vec<PalletInfoData>| infos.into_iter().map(|info| info.name).collect::<Vec<_>>();
    let mut hooked = names(types::Hooked::infos());
    assert_eq!(hooked.last(), Some(&"Records"));
    let mut all = names(AllPalletsWithSystem::infos());
    hooked.sort();
    all.sort();
    assert_eq!(hooked, all);
}

#[test]
fn hooks_leave_a_block_its_room_for_acts() {
    let weights = <Runtime as frame_system::Config>::BlockWeights::get();
    let hooks = pallet_calendar::weights::DEADLINE.saturating_mul(256);
    let normal = weights.get(DispatchClass::Normal).max_total.unwrap();
    assert!(hooks.ref_time() < weights.max_block.saturating_sub(normal).ref_time(), "{hooks:?}");
}

#[test]
fn metadata_comes_in_the_versions_that_clients_read() {
    for version in [14, 15, 16] {
        let metadata = Runtime::metadata_at_version(version).unwrap();
        assert_eq!(&metadata[..5], [&b"meta"[..], &[version as u8]].concat());
    }
    assert!(Runtime::metadata_at_version(13).is_none());
}

#[test]
fn of_frames_own_calls_only_a_remark_is_open() {
    let remark = frame_system::Call::remark { remark: vec![] };
    assert!(CallFilter::contains(&remark.into()));
    for call in [
        frame_system::Call::set_code { code: vec![1] },
        frame_system::Call::set_code_without_checks { code: vec![1] },
        frame_system::Call::authorize_upgrade { code_hash: Default::default() },
        frame_system::Call::apply_authorized_upgrade { code: vec![1] },
        frame_system::Call::set_heap_pages { pages: 1 },
        frame_system::Call::kill_prefix { prefix: vec![], subkeys: 1 },
        frame_system::Call::remark_with_event { remark: vec![] },
    ] {
        assert!(!CallFilter::contains(&call.into()));
    }
}

#[test]
fn a_block_has_time_for_as_many_acts_as_it_may_hold() {
    let weights = <Runtime as frame_system::Config>::BlockWeights::get();
    let normal = weights.get(DispatchClass::Normal);
    let act = normal.base_extrinsic.saturating_add(pallet_departments::weights::ACT);
    let acts = normal.max_total.unwrap().ref_time() / act.ref_time();
    assert!(acts >= EXTRINSICS_MAX as u64, "{acts}");
    // More records than the log takes would be a panic; no act writes more than nine, as a key does that is replaced while each of its
    // four roles that take a second signature waits and is late, and the block itself fewer than a thousand.
    const { assert!(EXTRINSICS_MAX as u32 * 9 + 1_000 < pallet_records::BLOCK_RECORDS_MAX) };
    let length = <Runtime as frame_system::Config>::BlockLength::get();
    assert_eq!(*length.max.get(DispatchClass::Normal) as usize, BLOCK_BYTES_MAX);
}

#[test]
fn whatever_governance_sets_a_department_has_room_for_its_largest_act_and_never_for_a_whole_block() {
    // A batch carries its body beside less than a kilobyte, and an act what its record repeats.
    for class in [BudgetClass::Acts, BudgetClass::Batches] {
        let least = Budget::FLOOR.of(class).per_block.bytes as usize;
        assert!(least > RECORD_BYTES_MAX && least > BODY_BYTES_MAX as usize + 1_024, "{class}");
    }
    let most = Budget::PER_BLOCK_MAX;
    assert!((most.bytes as usize) < BLOCK_BYTES_MAX && (most.extrinsics as usize) < EXTRINSICS_MAX);
}

fn genesis(id: &str) -> RuntimeGenesisConfig {
    let id = Text::new(id).unwrap();
    RuntimeGenesisConfig { chain: chain::GenesisConfig { id, ..Default::default() }, ..Default::default() }
}

#[test]
fn genesis_has_a_code_that_says_the_spec_alone() {
    let storage = genesis_storage(&genesis("mulu-test")).unwrap();
    assert_eq!(storage.top[CODE], format!("native:mulu:{}", VERSION.spec_version).as_bytes());
    assert_eq!(storage.top[&chain::Id::<Runtime>::hashed_key().to_vec()], "mulu-test".encode());
}

#[test]
#[should_panic(expected = "printable ASCII")]
fn a_chain_id_that_a_genesis_file_could_not_hold_is_refused() {
    let _ = genesis_storage(&genesis("目录"));
}

#[test]
fn every_bound_of_a_pallet_stands_in_the_metadata() {
    let RuntimeMetadata::V14(RuntimeMetadataV14 { pallets, .. }) = Runtime::metadata().1 else {
        panic!("metadata of another version")
    };
    let bounds: &[(&str, &[(&str, u64)])] = &[
        ("Access", &[("MaxStreams", 16)]),
        ("Catalog", &[("VersionsMax", 10_000), ("LiveVersionsMax", 64), ("StatusChangesMax", 128), ("StopsMax", 72)]),
        ("Catalog", &[("ItemsMax", 64), ("KeywordsMax", 16), ("RelatedMax", 16)]),
        ("Sharing", &[("OpenRequestsMax", 4_096), ("SignaturesMax", 66), ("PurposesMax", 8), ("SystemsMax", 8)]),
        ("Sharing", &[("PlatformsMax", 8), ("StagesMax", 4), ("ApproversMax", 16), ("StageDepartmentsMax", 8)]),
        ("Sharing", &[("ConsentConsumersMax", 16), ("TermBytesMax", 256), ("MatterBytesMax", 128)]),
        ("Sharing", &[("PurposeCodeBytesMax", 32), ("PurposeNameBytesMax", 128), ("ReasonBytesMax", 512)]),
        ("Grants", &[("TransitionsMax", 64), ("StatementBytesMax", 512), ("OutcomeBytesMax", 256), ("BlockWork", 64)]),
        ("Oversight", &[("OpenMax", 16), ("StepBytesMax", 512), ("DocumentBytesMax", 128)]),
        ("Departments", &[("ObserversMax", 100), ("ValidatorsMax", 100), ("SuperiorsMax", 16), ("StatusesMax", 32)]),
        ("Departments", &[("ScopeMax", 16), ("NameBytesMax", 128), ("SystemCodeBytesMax", 64)]),
        ("Departments", &[("BasisBytesMax", 256), ("ReasonBytesMax", 256), ("AddressBytesMax", 64)]),
        ("Governance", &[("OpenMax", 8), ("VotingMax", 256), ("HeightProposalsMax", 8), ("BlockExpiredMax", 16)]),
        ("Governance", &[("VotingMsMax", 366 * 86_400_000), ("HeightsAheadMax", 10_000_000), ("TargetsMax", 8)]),
        ("Calendar", &[("YearsMax", 64), ("HolidaysMax", 128), ("MakeUpMax", 64), ("OffsetsMax", 16)]),
        ("Calendar", &[("SourceBytesMax", 128), ("WorkingDaysMax", 1_000), ("BlockWork", 256)]),
        ("Calendar", &[("FinishedKeptDaysMin", 1_096), ("FinishedKeptDaysMax", 3_660)]),
    ];
    for (name, constants) in bounds {
        let pallet = pallets.iter().find(|pallet| pallet.name == *name).unwrap();
        for (bound, value) in *constants {
            let constant = pallet.constants.iter().find(|constant| constant.name == *bound);
            let constant = constant.unwrap_or_else(|| panic!("{name} shows no {bound}"));
            assert_eq!(constant.value, value.to_le_bytes()[..constant.value.len()], "{name}.{bound}");
        }
    }
}
