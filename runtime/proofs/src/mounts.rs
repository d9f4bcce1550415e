//! Mounts: where the resources of published entries really are (挂载, SPEC §2, white paper §4.2.1).

use crate::{
    catalog::{List, Method},
    departments::SignedAs,
    ids::{Digest32, EntryId, SystemId, Version},
    text::Text,
};

/// Most platforms that serve one mount.
pub const MOUNT_PLATFORMS_MAX: u32 = 8;
/// Longest address of a mount, in bytes of UTF-8.
pub const MOUNT_ADDRESS_BYTES_MAX: u32 = 128;
/// Longest reason for an end of a mount, in bytes of UTF-8.
pub const MOUNT_REASON_BYTES_MAX: u32 = 256;

ledger_types! {
    /// A real resource that a published entry is tied to.
    pub struct Mount {
        /// How it is shared; an entry has one mount a method.
        pub method: Method,
        /// An opaque handle that the platforms understand: never a credential, never more than they need. It stays for ever.
        pub address: Text<MOUNT_ADDRESS_BYTES_MAX>,
        /// Digest of the resource's schema, as the bridge computes it.
        #[serde(with = "hex::serde")]
        pub fingerprint: Digest32,
        /// The platforms that serve it and report what they see, ascending.
        #[serde(deserialize_with = "crate::list::read")]
        pub platforms: List<SystemId, MOUNT_PLATFORMS_MAX>,
    }

    /// Body of [`crate::records::RecordKind::EntryMounted`].
    pub struct EntryMounted {
        /// Entry.
        pub entry: EntryId,
        /// The resource.
        pub mount: Mount,
        /// The version that was published at that time.
        pub version: Version,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::EntryUnmounted`].
    pub struct EntryUnmounted {
        /// Entry.
        pub entry: EntryId,
        /// Method of the mount.
        pub method: Method,
        /// Why.
        pub reason: Text<MOUNT_REASON_BYTES_MAX>,
        /// In which role.
        pub signed_as: SignedAs,
    }

    /// Body of [`crate::records::RecordKind::CatalogMismatch`] and [`crate::records::RecordKind::MismatchResolved`].
    #[derive(Copy)]
    pub struct FingerprintReported {
        /// Entry.
        pub entry: EntryId,
        /// Method of the mount.
        pub method: Method,
        /// What the bridge saw.
        #[serde(with = "hex::serde")]
        pub seen: Digest32,
        /// What the mount says.
        #[serde(with = "hex::serde")]
        pub mounted: Digest32,
        /// The platform, one of those that the mount names.
        pub platform: SystemId,
        /// In which role.
        pub signed_as: SignedAs,
    }
}

/// Words behind which a value would be a secret.
const SECRETS: [&str; 14] = [
    "password",
    "passwd",
    "pwd",
    "token",
    "secret",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "密码",
    "口令",
    "密钥",
];

/// Whether an address looks as if it held a credential.
///
/// A net for slips, no proof: it knows `user:secret@host`, a value behind a word for a secret, authorisation headers and private keys.
pub fn holds_credential(address: &str) -> bool {
    let lower = address.to_lowercase();
    // What stands before the host, behind the scheme if there is one.
    let authority = lower.split_once("://").map_or(&*lower, |(_, rest)| rest);
    let login = authority.split_once('@').is_some_and(|(before, _)| before.contains(':'));
    let named =
        SECRETS.iter().any(|word| lower.match_indices(word).any(|(place, _)| is_given(&lower[place + word.len()..])));
    login || named || ["bearer ", "basic ", "private key"].iter().any(|word| lower.contains(word))
}

/// Whether a value stands behind a word: `=` or a colon, and something after it.
fn is_given(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['"', '\'', ' ']);
    rest.strip_prefix(['=', ':', '：']).is_some_and(|value| !value.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_credential_is_seen() {
        for address in [
            "jdbc:dm://reader:pa55@10.0.0.7:5236/pop",
            "reader:pa55@pop",
            "ftp://a:b@files",
            "pop?token=abc",
            "pop;PassWord = abc",
            "pop;pwd:abc",
            "api_key='abc'",
            "{\"secret\": \"abc\"}",
            "库表pop 密码：abc",
            "Authorization: Bearer abc",
            "basic YTpi",
            "-----BEGIN PRIVATE KEY-----",
        ] {
            assert!(holds_credential(address), "{address}");
        }
    }

    #[test]
    fn a_handle_is_no_credential() {
        for address in [
            "pop-registry-v3",
            "dm://pop/public.person",
            "https://gw.example.gov.cn:8443/api/pop/v1",
            "topic@pop",
            "mq:pop.person",
            "token-service-table",
            "库表 person",
            "password_resets",
            "secret=",
        ] {
            assert!(!holds_credential(address), "{address}");
        }
    }
}
