//! What the record log does: number, hash, hand out, commit in the header.

use crate::{
    pallet::{BLOCK_RECORDS_MAX, BlockLeaves, Config, History, LastNumber, Pallet, ValidatorsDigest},
    types::index_key,
};
use codec::Encode;
use frame_support::traits::Get;
use mulu_pallet_support::{Clock, Records};
use mulu_proofs::{
    hash::{Suite, TreeKind, blake2_256},
    header::{
        HISTORY_ENGINE_ID, History as HistoryItem, NextValidators, RECORDS_ENGINE_ID, RecordLog, VALIDATORS_ENGINE_ID,
        history_leaf,
    },
    ids::{DepartmentId, Digest32, Height, RecordNumber},
    records::{RECORD_BODY_BYTES_MAX, Record, RecordKind, SUBJECTS_MAX, Subject, leaf_of},
    tree,
};
use sp_core::crypto::AccountId32;
use sp_runtime::DigestItem;

impl<T: Config> Records for Pallet<T> {
    fn append(
        kind: RecordKind,
        department: DepartmentId,
        signer: Option<&AccountId32>,
        subjects: &[Subject],
        body: &impl Encode,
    ) -> RecordNumber {
        let number = RecordNumber::new(LastNumber::<T>::get()).next();
        let record = Record {
            suite: Suite::default(),
            version: Record::VERSION,
            number,
            kind,
            moment: T::Clock::now(),
            department,
            signer: signer.map(|account| *account.as_ref()),
            extrinsic: signer.and_then(|_| Self::extrinsic_hash()),
            subjects: subjects.to_vec(),
            body: body.encode(),
        };
        // Bounded by the types of calls and bodies; a record over them would be unreadable for ever.
        assert!(record.subjects.len() <= SUBJECTS_MAX && record.body.len() <= RECORD_BODY_BYTES_MAX);
        let bytes = record.encode();
        LastNumber::<T>::put(number.get());
        BlockLeaves::<T>::append(leaf_of(&bytes));
        sp_io::offchain_index::set(&index_key(number.get()), &bytes);
        number
    }
}

impl<T: Config> Pallet<T> {
    /// blake2-256 of the extrinsic under execution, as its sender submitted it.
    fn extrinsic_hash() -> Option<Digest32> {
        let index = frame_system::Pallet::<T>::extrinsic_index()?;
        Some(blake2_256(&frame_system::Pallet::<T>::extrinsic_data(index)))
    }

    /// Appends the parent's header to the history tree.
    pub(crate) fn extend_history(height: u32) {
        let Some(parent) = height.checked_sub(1) else { return };
        let parent_hash = frame_system::Pallet::<T>::parent_hash();
        let hash = Digest32::try_from(parent_hash.as_ref()).expect("block hashes have 32 bytes");
        History::<T>::mutate(|peaks| peaks.push(TreeKind::History, history_leaf(Height::new(parent), &hash)));
    }

    /// Writes this block's digest items and forgets its leaves.
    pub(crate) fn deposit_digests() {
        let leaves = BlockLeaves::<T>::take();
        let count = u32::try_from(leaves.len()).expect("a block's weight bounds its records");
        assert!(count <= BLOCK_RECORDS_MAX, "a block's weight bounds its records");
        let log = RecordLog {
            suite: Suite::default(),
            first: LastNumber::<T>::get() + 1 - u64::from(count),
            count,
            root: tree::root(TreeKind::Records, &leaves),
        };
        let history = HistoryItem { suite: Suite::default(), root: History::<T>::get().root(TreeKind::History) };
        Self::deposit(RECORDS_ENGINE_ID, log.encode());
        Self::deposit(HISTORY_ENGINE_ID, history.encode());
        let digest = T::NextValidators::get();
        if ValidatorsDigest::<T>::get() != digest {
            ValidatorsDigest::<T>::put(digest);
            // Block 1 repeats what the genesis header says: genesis state is built before its header exists.
            Self::deposit(VALIDATORS_ENGINE_ID, NextValidators { suite: Suite::default(), digest }.encode());
        }
    }

    fn deposit(engine: [u8; 4], data: Vec<u8>) {
        frame_system::Pallet::<T>::deposit_log(DigestItem::Consensus(engine, data));
    }
}
