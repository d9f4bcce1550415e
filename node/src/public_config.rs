//! The section `[rpc.public]` of `config.toml`: as it was typed, then as it is meant.

use mulu_rpc::Public;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, SocketAddr},
    ops::RangeInclusive,
    time::Duration,
};

const TOKEN_MINUTES_RANGE: RangeInclusive<u32> = 1..=720;
const CONNECTIONS_RANGE: RangeInclusive<u32> = 1..=16_384;
const CALLS_RANGE: RangeInclusive<u32> = 1..=100_000;
/// Most pages and proxies that are named.
const NAMED_MAX: usize = 64;

/// The section, as typed. What is not named is as [`Public::new`] has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublicSection {
    /// IP address and port, for whoever may reach them.
    pub listen: String,
    /// Web pages that may call, as `https://host` or `https://host:port`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cors: Vec<String>,
    /// Addresses of reverse proxies whose `X-Forwarded-For` counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trusted_proxies: Vec<String>,
    /// How long a token works.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_minutes: Option<u32>,
    /// Most connections at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections: Option<u32>,
    /// Most connections of one address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connections_per_address: Option<u32>,
    /// Calls a second of an address that has not signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_address: Option<u32>,
    /// Calls a second of an account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls_per_account: Option<u32>,
}

impl PublicSection {
    /// Checks every value and every relation between them.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn validate(self) -> Result<Public, String> {
        let listen: SocketAddr = self.listen.parse().map_err(|_| {
            format!("rpc.public.listen must be an IP address and a port like 10.1.2.3:9945, not {:?}", self.listen)
        })?;
        let usual = Public::new(listen);
        let tokens = number("token_minutes", self.token_minutes, TOKEN_MINUTES_RANGE)?;
        let connections = number("connections", self.connections, CONNECTIONS_RANGE)?.unwrap_or(usual.connections);
        let of_address = number("connections_per_address", self.connections_per_address, CONNECTIONS_RANGE)?;
        if of_address.is_some_and(|of_address| of_address > connections) {
            return Err(format!("rpc.public.connections_per_address is more than connections, which is {connections}"));
        }
        if self.cors.len().max(self.trusted_proxies.len()) > NAMED_MAX {
            return Err(format!("rpc.public names at most {NAMED_MAX} pages and {NAMED_MAX} proxies"));
        }
        Ok(Public {
            cors: self.cors.into_iter().map(page).collect::<Result<_, _>>()?,
            trusted_proxies: self.trusted_proxies.iter().map(|text| proxy(text)).collect::<Result<_, _>>()?,
            token_life: tokens.map_or(usual.token_life, |minutes| Duration::from_secs(u64::from(minutes) * 60)),
            connections,
            connections_of_address: of_address.unwrap_or(usual.connections_of_address.min(connections)),
            calls_of_address: number("calls_per_address", self.calls_per_address, CALLS_RANGE)?
                .unwrap_or(usual.calls_of_address),
            calls_of_account: number("calls_per_account", self.calls_per_account, CALLS_RANGE)?
                .unwrap_or(usual.calls_of_account),
            ..usual
        })
    }
}

fn number(field: &str, value: Option<u32>, range: RangeInclusive<u32>) -> Result<Option<u32>, String> {
    match value {
        Some(value) if !range.contains(&value) => {
            Err(format!("rpc.public.{field} is {value}; it must be from {} to {}", range.start(), range.end()))
        }
        value => Ok(value),
    }
}

/// An origin as browsers name it: scheme, host, and the port where it is not the usual one; lower case, no path.
fn page(origin: String) -> Result<String, String> {
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let is_plain = host.is_some_and(|host| {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase() && !b"/*?#@".contains(&byte))
    });
    if is_plain {
        Ok(origin)
    } else {
        Err(format!(
            "rpc.public.cors names pages like https://console.example.cn, in lower case and without a path, not {origin:?}"
        ))
    }
}

fn proxy(address: &str) -> Result<IpAddr, String> {
    let read: Result<IpAddr, _> = address.parse();
    read.map(|address| address.to_canonical())
        .map_err(|_| format!("rpc.public.trusted_proxies names IP addresses like 127.0.0.1, not {address:?}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    fn read(text: &str) -> Result<Public, String> {
        toml::from_str::<PublicSection>(text).map_err(|error| error.to_string())?.validate()
    }

    #[test]
    fn an_address_is_enough() {
        let public = read("listen = \"10.1.2.3:9945\"").unwrap();
        assert_eq!(public, Public::new("10.1.2.3:9945".parse().unwrap()));
        assert_eq!(public.token_life, Duration::from_secs(900));
    }

    #[test]
    fn everything_can_be_said() {
        let public = read(
            r#"
            listen = "[::]:9945"
            cors = ["https://console.example.cn", "http://10.0.0.1:8080"]
            trusted_proxies = ["127.0.0.1", "::ffff:10.0.0.2"]
            token_minutes = 60
            connections = 100
            connections_per_address = 5
            calls_per_address = 7
            calls_per_account = 70
            "#,
        )
        .unwrap();
        assert_eq!(public.cors.len(), 2);
        assert_eq!(public.trusted_proxies, ["127.0.0.1", "10.0.0.2"].map(|text| text.parse::<IpAddr>().unwrap()));
        assert_eq!(public.token_life, Duration::from_secs(3_600));
        assert_eq!((public.connections, public.connections_of_address), (100, 5));
        assert_eq!((public.calls_of_address, public.calls_of_account), (7, 70));
        assert_eq!(read("listen = \"[::]:9945\"\nconnections = 3").unwrap().connections_of_address, 3);
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_reason() {
        for (line, words) in [
            ("token_minutes = 0", "from 1 to 720"),
            ("token_minutes = 721", "token_minutes"),
            ("connections = 0", "rpc.public.connections"),
            ("connections = 4\nconnections_per_address = 5", "more than connections"),
            ("calls_per_address = 0", "calls_per_address"),
            ("cors = [\"*\"]", "https://console.example.cn"),
            ("cors = [\"https://Console.example.cn\"]", "lower case"),
            ("cors = [\"https://console.example.cn/\"]", "without a path"),
            ("cors = [\"https://\"]", "rpc.public.cors"),
            ("trusted_proxies = [\"proxy.example.cn\"]", "IP addresses"),
            ("typo = 1", "typo"),
        ] {
            let error = read(&format!("listen = \"10.1.2.3:9945\"\n{line}")).unwrap_err();
            assert!(error.contains(words), "{words:?} is not in {error:?}");
        }
        assert!(read("listen = \"localhost:9945\"").unwrap_err().contains("rpc.public.listen"));
    }
}
