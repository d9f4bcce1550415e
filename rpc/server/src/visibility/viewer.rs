//! A caller's sight brought to the chain: whether a row is seen, and what has to be known of departments for that.

use super::{Seat, Sight, Stake, Stakes};
use crate::{
    admission::Origin,
    caller::Caller,
    context::{Context, Found},
    failure::Failure,
};
use jsonrpsee::{Extensions, core::RpcResult};
use mulu_index::keys;
use mulu_proofs::{
    access::Series,
    departments::SystemInfo,
    ids::{DepartmentId, DisputeId, EntryId, GrantId, PublicKey, RequestId, StreamId, SystemId},
    records::Subject,
};
use mulu_runtime::{Runtime, pallet_departments::Departments};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What was read of departments and never changes: where they are, and whose systems are. As many as the chain has.
#[derive(Debug, Default)]
pub struct Known {
    seats: Mutex<BTreeMap<DepartmentId, Seat>>,
    systems: Mutex<BTreeMap<SystemId, DepartmentId>>,
}

/// What is known under a key, or is read now and kept.
fn known<K: Ord + Copy, V: Copy>(
    known: &Mutex<BTreeMap<K, V>>,
    key: K,
    read: impl FnOnce() -> Result<Option<V>, Failure>,
) -> Result<Option<V>, Failure> {
    if let Some(value) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Some(*value));
    }
    let value = read()?;
    if let Some(value) = value {
        known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value);
    }
    Ok(value)
}

impl Context {
    /// Runs `work` as [`Context::run`] does, for whoever made the request of these extensions.
    pub async fn run_for<T: Send + 'static>(
        self: &Arc<Self>,
        extensions: &Extensions,
        work: impl FnOnce(&Self, &Viewer<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> RpcResult<T> {
        let sight = Sight::asking(extensions);
        self.run(move |context| work(context, &Viewer::new(context, &sight))).await
    }

    /// Level and region of a department. Not inside a query of the executor.
    pub fn seat_of(&self, department: DepartmentId) -> Result<Option<Seat>, Failure> {
        known(&self.known.seats, department, || {
            let read = || Departments::<Runtime>::get(department).map(|it| (it.info.level, it.info.region));
            Ok(self.parts.executor.query(&self.head(), read)?)
        })
    }

    /// The department of a system.
    pub fn department_of(&self, system: SystemId) -> Result<Option<DepartmentId>, Failure> {
        known(&self.known.systems, system, || {
            let Some(row) = self.parts.store.index_get(&keys::system(system))? else { return Ok(None) };
            let info: SystemInfo = self.indexed(keys::read_record(&row)?)?.body()?;
            Ok(Some(info.department))
        })
    }
}

/// Who listens to a subscription. What they may see is asked anew for every message, since roles end.
#[derive(Clone, Debug)]
pub struct Visitor(Option<Origin>);

impl Visitor {
    /// Whoever made the request of these extensions.
    pub fn of(extensions: &Extensions) -> Self {
        Self(extensions.get::<Origin>().cloned())
    }

    /// What they see now; none if they are signed in no more.
    ///
    /// # Errors
    /// If the node is too busy to find out.
    pub async fn sight(&self, context: &Arc<Context>) -> Result<Option<Sight>, ()> {
        let session = match &self.0 {
            Some(Origin::Local) => return Ok(Some(Sight::Everything)),
            Some(origin) => origin.session(),
            None => None,
        };
        let Some(session) = session else { return Ok(None) };
        let signed_in = context.signed_in(session).await.map_err(drop)?;
        Ok(signed_in.ok().map(|(view, _)| Sight::of(&Caller::Account(view))))
    }
}

/// What one caller sees of the chain. Lives for one call.
pub struct Viewer<'a> {
    context: &'a Context,
    sight: &'a Sight,
    stakes: Stakes<'a>,
}

impl<'a> Viewer<'a> {
    /// Of a caller with this sight.
    pub fn new(context: &'a Context, sight: &'a Sight) -> Self {
        Self { context, sight, stakes: Stakes::new(context) }
    }

    /// What is seen.
    pub const fn context(&self) -> &'a Context {
        self.context
    }

    /// Whether everything is seen.
    pub const fn sees_everything(&self) -> bool {
        self.sight.is_everything()
    }

    /// Whether nothing is seen but what is openly published.
    pub const fn sees_open_alone(&self) -> bool {
        matches!(self.sight, Sight::Openly)
    }

    /// Whether a row is seen; one that is not there is not. Nothing is read for who sees everything.
    fn sees(&self, stake: impl FnOnce() -> Result<Option<Stake>, Failure>) -> Result<bool, Failure> {
        if self.sight.is_everything() {
            return Ok(true);
        }
        stake()?.map_or(Ok(false), |stake| self.sight.sees(&stake, |department| self.context.seat_of(department)))
    }

    /// A request.
    pub fn sees_request(&self, id: RequestId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.request(id))
    }

    /// A grant.
    pub fn sees_grant(&self, id: GrantId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.grant(id))
    }

    /// An entry, in what was in force of it at least.
    pub fn sees_entry(&self, id: EntryId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.entry(id))
    }

    /// What is under way on an entry, and what was returned.
    pub fn sees_drafts(&self, id: EntryId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.drafts(id))
    }

    /// The same, where the provider is known.
    pub fn sees_drafts_of(&self, id: EntryId, provider: DepartmentId) -> Result<bool, Failure> {
        self.sees(|| Ok(Some(Stake::of([provider]).on(Some(id)))))
    }

    /// The standing consent for an entry.
    pub fn sees_consent(&self, id: EntryId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.consent(id, None))
    }

    /// A stream.
    pub fn sees_stream(&self, id: StreamId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.stream(id))
    }

    /// What is a system's own.
    pub fn sees_system(&self, id: SystemId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.system(id))
    }

    /// A dispute.
    pub fn sees_dispute(&self, id: DisputeId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.dispute(id))
    }

    /// Everything of a series of events.
    pub fn sees_series(&self, series: Series) -> Result<bool, Failure> {
        self.sees(|| self.stakes.series(series))
    }

    /// A clock on something.
    pub fn sees_clock(&self, subject: Subject, responsible: DepartmentId) -> Result<bool, Failure> {
        self.sees(|| self.stakes.clock(subject, responsible).map(Some))
    }

    /// What is a department's own: its people, its figures.
    pub fn sees_own_of(&self, department: DepartmentId) -> Result<bool, Failure> {
        self.sees(|| Ok(Some(Stake::of([department]))))
    }

    /// An account with its roles: the caller's own, and those of departments whose own affairs are seen.
    pub fn sees_account(&self, account: &PublicKey, department: DepartmentId) -> Result<bool, Failure> {
        if self.sight.is_of(account) { Ok(true) } else { self.sees_own_of(department) }
    }

    /// What is everybody's.
    pub fn sees_common(&self) -> Result<bool, Failure> {
        self.sees(|| Ok(Some(Stake::Common)))
    }

    /// A record.
    pub fn sees_record(&self, found: &Found) -> Result<bool, Failure> {
        self.sees(|| self.stakes.record(found).map(Some))
    }
}
