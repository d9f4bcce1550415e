//! Nodes: those that vote in consensus, and those that only follow.

use super::NAME_BYTES_MAX;
use crate::{
    certificate::Validator,
    ids::{DepartmentId, PublicKey},
    text::Text,
};

/// Longest network address of a node, in bytes: `[IPv6]:port`.
pub const ADDRESS_BYTES_MAX: u32 = 64;

ledger_types! {
    /// How a node is reached, and the key that it proves itself with.
    pub struct NodeInfo {
        /// ed25519 key of the node towards its peers.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// Where it listens for consensus, `ip:port`.
        pub consensus_address: Text<ADDRESS_BYTES_MAX>,
        /// Where it listens for extrinsics, `ip:port`.
        pub extrinsics_address: Text<ADDRESS_BYTES_MAX>,
    }

    /// A validator: body of [`crate::records::RecordKind::ValidatorRegistered`].
    pub struct ValidatorRegistered {
        /// The department that runs it.
        pub department: DepartmentId,
        /// Consensus key.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
        /// Its node; only genesis may leave it out, for chains whose peers are configured by hand.
        #[serde(default)]
        pub node: Option<NodeInfo>,
    }

    /// Body of [`crate::records::RecordKind::ValidatorRemoved`].
    #[derive(Copy)]
    pub struct ValidatorRemoved {
        /// The department that ran it.
        pub department: DepartmentId,
        /// Its consensus key.
        #[serde(with = "hex::serde")]
        pub key: PublicKey,
    }

    /// Body of [`crate::records::RecordKind::ValidatorKeyRotated`].
    #[derive(Copy)]
    pub struct ValidatorKeyRotated {
        /// The department that runs it.
        pub department: DepartmentId,
        /// Consensus key until now.
        #[serde(with = "hex::serde")]
        pub old: PublicKey,
        /// Consensus key from now on.
        #[serde(with = "hex::serde")]
        pub new: PublicKey,
    }

    /// A node without a vote: body of [`crate::records::RecordKind::ObserverRegistered`] and [`crate::records::RecordKind::ObserverRemoved`].
    pub struct Observer {
        /// The department that runs it.
        pub department: DepartmentId,
        /// What it is for.
        pub name: Text<NAME_BYTES_MAX>,
        /// The node.
        pub node: NodeInfo,
    }
}

impl ValidatorRegistered {
    /// The validator as a member of the set.
    pub const fn validator(&self) -> Validator {
        Validator { key: self.key, department: self.department }
    }
}

impl NodeInfo {
    /// Whether both addresses are socket addresses in their one canonical form, with a host and a port that can be dialled.
    pub fn is_reachable(&self) -> bool {
        [&self.consensus_address, &self.extrinsics_address].into_iter().all(|address| {
            address.as_str().parse::<std::net::SocketAddr>().is_ok_and(|parsed| {
                parsed.port() > 0 && !parsed.ip().is_unspecified() && parsed.to_string() == address.as_str()
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_reachable_at_an_address_in_its_shortest_form() {
        let node = |address| NodeInfo {
            key: [1; 32],
            consensus_address: Text::new(address).expect("short"),
            extrinsics_address: Text::new("[2001:db8::1]:7000").expect("short"),
        };
        assert!(node("10.0.0.1:26656").is_reachable() && node("[::1]:1").is_reachable());
        for address in ["", "10.0.0.1", "example.cn:1", "10.0.0.1:0", "[::]:1", "[0:0::1]:1", " 10.0.0.1:1"] {
            assert!(!node(address).is_reachable(), "{address}");
        }
    }
}
