//! What an event names of the ledger, and which of it whoever called chose: that gives way where the ledger does not have it.

use super::{Mapping, whole};
use crate::{
    expression::{Expression, Wrong},
    route::{Route, RouteTo},
};
use mulu_client::import::draft::{Claims, Draft, Reference};
use mulu_proofs::ids::{DepartmentId, EntryId, GrantId, SystemId, Version};
use serde_json::Value;

impl Mapping {
    /// What the event is on: as the route says, for no header of a caller moves what the configuration ties; else as the fields do. Where a
    /// caller named that, what it is on if the ledger does not have it: as if the caller had named nothing.
    pub(super) fn references_of(
        &self,
        value: &Value,
        route: Option<&Route>,
        consumer: Option<DepartmentId>,
    ) -> Result<Vec<Reference>, Wrong> {
        let is_claim = |field: &Option<Expression>, id: u32| {
            field.as_ref().is_some_and(|field| field.is_claim(&id, |scalar| scalar.whole()))
        };
        let is_consumer_claimed = consumer.is_some_and(|id| is_claim(&self.fields.consumer, id.get()));
        match route.and_then(|route| route.to) {
            Some(RouteTo::Grant(grant, version)) => return Ok(vec![Reference::Grant(grant, version)]),
            Some(RouteTo::Entry(entry, version, own)) => {
                let named = own.or(consumer).map(|consumer| Reference::Entry(entry, version, consumer));
                let reporter = (named.is_none() || own.is_none() && is_consumer_claimed).then_some(Reference::Reporter);
                return Ok(named.into_iter().chain(reporter).collect());
            }
            None => {}
        }
        let fields = &self.fields;
        let grant =
            (whole(&fields.grant, value)?.map(GrantId::new), whole(&fields.grant_version, value)?.map(Version::new));
        let entry =
            (whole(&fields.entry, value)?.map(EntryId::new), whole(&fields.entry_version, value)?.map(Version::new));
        if self.strict.is_some() {
            let contradiction = |why: &str| Wrong { reason: "contradiction", detail: why.to_owned() };
            Reference::named(grant, entry, consumer).map_err(contradiction)?;
        }
        let first = Version::new(1);
        let versions = |field: &Option<Expression>, version: Option<Version>| {
            let claimed = version.filter(|version| is_claim(field, version.get().into()) && *version != first);
            [Some(version.unwrap_or(first)), claimed.map(|_| first)].into_iter().flatten()
        };
        let mut references = Vec::new();
        if let Some(id) = grant.0 {
            references.extend(versions(&fields.grant_version, grant.1).map(|version| Reference::Grant(id, version)));
            if !is_claim(&fields.grant, id.get()) {
                return Ok(references);
            }
        }
        // Where nobody is known to have used the entry, the platform reports it for itself, and the ledger finds no grant.
        if let (Some(id), Some(consumer)) = (entry.0, consumer) {
            let versions = versions(&fields.entry_version, entry.1);
            references.extend(versions.map(|version| Reference::Entry(id, version, consumer)));
            if !is_claim(&fields.entry, id.get()) && !is_consumer_claimed {
                return Ok(references);
            }
        }
        references.push(Reference::Reporter);
        Ok(references)
    }

    /// What a caller named beside the reference. A route's words are the configuration's.
    pub(super) fn claims(&self, draft: &Draft, route: Option<&Route>) -> Claims {
        let fields = &self.fields;
        let of = |field: &Option<Expression>, id: Option<u32>| {
            field.as_ref().zip(id).is_some_and(|(field, id)| field.is_claim(&id, |scalar| scalar.whole()))
        };
        let unless = |own: fn(&Route) -> bool| !route.is_some_and(own);
        let is_items = |field: &Expression| field.is_claim(&draft.items, |scalar| scalar.items());
        let claimed = [
            (Claims::CONSUMER, of(&fields.consumer, draft.consumer.map(DepartmentId::get))),
            (Claims::ITEMS, unless(|route| route.items.is_some()) && fields.items.as_ref().is_some_and(is_items)),
            (
                Claims::AUTHORISING_SYSTEM,
                unless(|route| route.authorising_system.is_some())
                    && of(&fields.authorising_system, draft.authorising_system.map(SystemId::get)),
            ),
            (
                Claims::USING_SYSTEM,
                unless(|route| route.using_system.is_some())
                    && of(&fields.using_system, draft.using_system.map(SystemId::get)),
            ),
            (
                Claims::PURPOSE,
                unless(|route| route.purpose.is_some())
                    && of(&fields.purpose, draft.purpose.map(|purpose| purpose.get().into())),
            ),
        ];
        let mut claims = Claims::default();
        claimed.into_iter().filter(|(_, is)| *is).for_each(|(claim, _)| claims.add(claim));
        claims
    }
}
