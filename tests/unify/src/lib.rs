//! Empty: see the manifest. `cargo test -p CRATE -p mulu-unify` reuses what `cargo test --workspace` built.
