//! How gateways ask: one path for each family, since a header that one of them sets the client of another may forge.
//!
//! | path | gateways | original method and path |
//! | --- | --- | --- |
//! | `/authorize` | nginx `auth_request` | `X-Original-Method`, `X-Original-URI` |
//! | `/forward` | Traefik ForwardAuth, APISIX forward-auth, Kong, Caddy | `X-Forwarded-Method`, `X-Forwarded-Uri` |
//! | `/envoy/…` | Envoy `ext_authz` over HTTP with `path_prefix: /envoy` | the question's own method and the path behind the prefix |

use crate::question::Reason;
use http::{HeaderMap, Method, Uri};

/// Path of nginx's questions.
pub const AUTHORIZE: &str = "/authorize";
/// Path of questions in `X-Forwarded-*`.
pub const FORWARD: &str = "/forward";
/// Prefix of Envoy's questions.
pub const ENVOY: &str = "/envoy";

/// The call that a gateway asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its HTTP method.
    pub verb: Method,
    /// Its path, with the query.
    pub target: String,
}

impl Call {
    /// Reads a gateway's question; none if its path is none of the three.
    ///
    /// # Errors
    /// [`Reason::Malformed`] if the headers of its dialect are not there, once each.
    pub fn read(verb: &Method, uri: &Uri, headers: &HeaderMap) -> Option<Result<Self, Reason>> {
        match uri.path() {
            AUTHORIZE => Some(Self::of_headers(headers, "x-original-method", "x-original-uri")),
            FORWARD => Some(Self::of_headers(headers, "x-forwarded-method", "x-forwarded-uri")),
            path => {
                let behind = path.strip_prefix(ENVOY).filter(|behind| behind.starts_with('/'))?;
                Some(Ok(Self { verb: verb.clone(), target: behind.to_owned() }))
            }
        }
    }

    fn of_headers(headers: &HeaderMap, verb: &str, target: &str) -> Result<Self, Reason> {
        let single = |name: &str| {
            let mut values = headers.get_all(name).iter();
            let value = values.next().filter(|_| values.next().is_none())?;
            std::str::from_utf8(value.as_bytes()).ok()
        };
        let read = || Some(Self { verb: single(verb)?.parse().ok()?, target: single(target)?.to_owned() });
        read().ok_or(Reason::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(verb: &str, uri: &str, list: &[(&'static str, &str)]) -> Option<Result<(String, String), Reason>> {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(*name, value.parse().unwrap());
        }
        let call = Call::read(&verb.parse().unwrap(), &uri.parse().unwrap(), &headers)?;
        Some(call.map(|call| (call.verb.to_string(), call.target)))
    }

    #[test]
    fn each_dialect_reads_its_own_headers_only() {
        let nginx = [("x-original-method", "GET"), ("x-original-uri", "/a?b=c")];
        let forwarded = [("x-forwarded-method", "POST"), ("x-forwarded-uri", "/d")];
        let both = [nginx, forwarded].concat();
        assert_eq!(read("GET", "/authorize", &both), Some(Ok(("GET".into(), "/a?b=c".into()))));
        assert_eq!(read("GET", "/forward", &both), Some(Ok(("POST".into(), "/d".into()))));
        assert_eq!(read("PUT", "/envoy/a/b?c=d", &both), Some(Ok(("PUT".into(), "/a/b".into()))));
        assert_eq!(read("GET", "/authorize", &forwarded), Some(Err(Reason::Malformed)));
        assert_eq!(read("GET", "/forward", &nginx), Some(Err(Reason::Malformed)));
    }

    #[test]
    fn a_header_that_is_there_twice_is_malformed() {
        let twice = [("x-original-method", "GET"), ("x-original-uri", "/a"), ("x-original-uri", "/b")];
        assert_eq!(read("GET", "/authorize", &twice), Some(Err(Reason::Malformed)));
        assert_eq!(read("GET", "/authorize", &[]), Some(Err(Reason::Malformed)));
        assert_eq!(read("GET", "/authorize", &[("x-original-method", "G T"), twice[1]]), Some(Err(Reason::Malformed)));
    }

    #[test]
    fn other_paths_are_no_questions() {
        for path in ["/", "/authorize/", "/envoy", "/envoyage", "/health"] {
            assert_eq!(read("GET", path, &[]), None, "{path}");
        }
    }
}
