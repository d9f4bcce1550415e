//! What auditors asked a node, as that node tells it.

use crate::{
    pallet::{Config, Error, Event, Pallet, QueryCursors},
    types::QueryCursor,
};
use frame_support::{dispatch::DispatchResult, ensure};
use mulu_pallet_support::{People, Records};
use mulu_proofs::{
    audit::{AUDITORS_MAX, AuditQuery, QUERIES_MAX, QueriesRecorded},
    catalog::List,
    departments::{About, Role},
    ids::{PublicKey, QueryNumber},
    records::{RecordKind, Subject},
};
use sp_core::crypto::AccountId32;
use std::collections::BTreeSet;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_record_queries(
        who: &AccountId32,
        first: QueryNumber,
        queries: List<AuditQuery, QUERIES_MAX>,
    ) -> DispatchResult {
        let department = T::People::department_of(who).ok_or(Error::<T>::NotPermitted)?;
        let signed_as = T::People::signed_as(who, department, Role::Operator, &About::NOTHING)?;
        let key: PublicKey = *who.as_ref();
        let before = QueryCursors::<T>::get(key).unwrap_or_default();
        ensure!(first == before.last.next(), Error::<T>::QueriesNotNext);
        let last = queries.last().ok_or(Error::<T>::QueriesMissing)?;
        let moments = std::iter::once(before.moment).chain(queries.iter().map(|query| query.moment));
        ensure!(moments.is_sorted_by(|one, next| one < next), Error::<T>::QueriesOutOfOrder);
        let auditors: BTreeSet<PublicKey> = queries.iter().map(|query| query.account).collect();
        ensure!(auditors.len() <= AUDITORS_MAX, Error::<T>::TooManyAuditors);
        let are_known = auditors.iter().all(|auditor| T::People::belonged_to(&AccountId32::new(*auditor)).is_some());
        ensure!(are_known, Error::<T>::UnknownAuditor);

        let count = u32::try_from(queries.len()).expect("at most QUERIES_MAX");
        let number = QueryNumber::new(before.last.get().saturating_add(count.into()));
        QueryCursors::<T>::insert(key, QueryCursor { last: number, moment: last.moment });
        let mut subjects = vec![Subject::Account(key)];
        subjects.extend(auditors.iter().filter(|auditor| **auditor != key).copied().map(Subject::Account));
        let body = QueriesRecorded { first, queries, signed_as };
        T::Records::append(RecordKind::QueriesRecorded, department, Some(who), &subjects, &body);
        Self::deposit_event(Event::QueriesRecorded { signer: who.clone(), first, count });
        Ok(())
    }
}
