//! What the catalog tells other pallets, and what it asks them.

use frame_support::dispatch::DispatchResult;
use mulu_proofs::{
    catalog::{EntryChange, EntryStatus, Methods, SharingClass, Stop},
    ids::{DepartmentId, Digest32, ElementId, EntryId, Moment, Version},
};

/// What other pallets may know of a version of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    /// Provider department.
    pub provider: DepartmentId,
    /// Mask with one bit per item.
    pub items: u64,
    /// Mask of the items that may not be shared at all.
    pub items_not_shared: u64,
    /// Mask of the items that are shared under conditions.
    pub items_conditional: u64,
    /// Sharing class of the entry.
    pub sharing: SharingClass,
    /// Sharing methods.
    pub methods: Methods,
    /// Most calls a day that a request may ask for; 0 sets no bound.
    pub flow_threshold: u64,
    /// Digest of the content.
    pub digest: Digest32,
}

impl EntryFacts {
    /// The class of the strictest of some items: a request for them is judged by it.
    pub const fn strictest(&self, items: u64) -> SharingClass {
        if items & self.items_not_shared != 0 {
            SharingClass::NotShared
        } else if items & self.items_conditional != 0 {
            SharingClass::Conditional
        } else {
            // No item is laxer than its entry.
            self.sharing
        }
    }
}

/// Catalog entries.
pub trait Catalog {
    /// The version of an entry that is published now, also while the entry is suspended; none once it is withdrawn.
    fn published(entry: EntryId) -> Option<Version>;
    /// A version that is or was published.
    fn facts(entry: EntryId, version: Version) -> Option<EntryFacts>;
    /// How the status of an entry changed since it was published, ascending; it was published as [`EntryStatus::Published`].
    fn statuses(entry: EntryId) -> Vec<(Moment, EntryStatus)>;
    /// The status of an entry at a moment; of an entry that was published later, what it was published as.
    fn status_at(entry: EntryId, moment: Moment) -> EntryStatus {
        EntryStatus::at(&Self::statuses(entry), moment)
    }
    /// What stopped for grants on a version, ascending by moment. Complete for every version on which there are live grants.
    fn stops(entry: EntryId, version: Version) -> Vec<Stop>;
    /// Whether the version that is published now has an item of `element`.
    fn carries(entry: EntryId, element: ElementId) -> bool;
}

/// The register of data elements, as the catalog asks it.
pub trait Elements {
    /// Checks that `provider` may register an item of `element`, which cites `source` as the entry that it is taken from.
    ///
    /// # Errors
    /// If there is no such element, or if another department is its authoritative source and is not cited (art. 19).
    fn check(provider: DepartmentId, element: ElementId, source: Option<EntryId>) -> DispatchResult;
}

/// A version of an entry on which there are grants that have not ended, and what they use of it together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveUse {
    /// The version.
    pub version: Version,
    /// Items, as bits of that version.
    pub items: u64,
    /// Methods.
    pub methods: Methods,
}

/// Who holds grants on entries.
pub trait Holders {
    /// The versions of an entry on which there are live grants, ascending; one row a version.
    fn live_versions(entry: EntryId) -> Vec<LiveUse>;
    /// Tells the holders of live grants on that version whom the change touches, each by a record; a withdrawal ends their
    /// grants. Records may be written in later blocks. `by_provider` says whether it is the provider's own decision: what that takes from
    /// a grant is counted (art. 39 item 7).
    fn changed(entry: EntryId, version: Version, change: &EntryChange, by_provider: bool);
}

/// Requests that wait for a reply about an entry.
pub trait Replies {
    /// The authority has suspended an entry, or that has ended: while it holds it the provider cannot agree to anything, and the clocks of
    /// its replies (art. 21) stand still. They may follow in later blocks.
    fn held(entry: EntryId, is_held: bool);
}
