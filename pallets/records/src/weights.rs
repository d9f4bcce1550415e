//! The pallet has no calls: its cost is in the hooks and in whoever appends.
