//! What the state knows of the things that a dispute can be about.

use crate::{Grants as Pallet, Runtime};
use mulu_pallet_support::{Grants, Known, Matters};
use mulu_proofs::ids::{DepartmentId, EntryId, GrantId, RequestId, Version};
use pallet_catalog::Entries;
use pallet_grants::LastGrant;
use pallet_sharing::{LastRequest, Requests};

/// Entries, requests and grants, read from the pallets that keep them.
pub struct StateMatters;

impl Matters for StateMatters {
    fn entry(entry: EntryId) -> Option<(DepartmentId, Version)> {
        let entry = Entries::<Runtime>::get(entry)?;
        entry.published.map(|version| (entry.provider, version))
    }

    fn request(request: RequestId) -> Known {
        match Requests::<Runtime>::get(request) {
            Some(open) => {
                let terms = open.terms;
                Known::Here { entry: terms.entry, provider: open.provider, consumer: terms.consumer }
            }
            None => ended_or_never(request.get(), LastRequest::<Runtime>::get().get()),
        }
    }

    fn grant(grant: GrantId) -> Known {
        match Pallet::terms(grant, Version::new(1)) {
            Some(terms) => Known::Here { entry: terms.entry, provider: terms.provider, consumer: terms.consumer },
            None => ended_or_never(grant.get(), LastGrant::<Runtime>::get().get()),
        }
    }
}

/// Numbers are given one by one from 1: what is not in the state any more was there if it is not above the last.
fn ended_or_never(number: u32, last: u32) -> Known {
    if (1..=last).contains(&number) { Known::Ended } else { Known::Never }
}
