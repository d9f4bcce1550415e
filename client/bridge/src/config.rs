//! `bridge.toml`: what ties one platform to the chain.
