//! One post of events to the platform, and what its answer means.

use super::{
    event::CloudEvent,
    signature::{self, Signer},
    webhook::WebhookConfig,
};
use crate::{clock::now, secret};
use jiff::Timestamp;
use reqwest::{
    Certificate, Client, Response, StatusCode, Url,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER},
    redirect,
};
use std::{fs, time::Duration};

/// Bytes of an answer that are read, so that the line can be used again; what is in it says nothing.
const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// The longest pause that the other side can ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3_600);
/// How long a connection may take to be made.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Carries events to one address.
pub struct Courier {
    client: Client,
    url: Url,
    signer: Signer,
    is_batched: bool,
}

/// What the other side's answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It has the events.
    Taken,
    /// It is away, or busy: the same again later.
    Later {
        /// When, if it says so.
        after: Option<Duration>,
        /// What it said, without anything of the events.
        why: String,
    },
    /// It does not want these events.
    Refused {
        /// The status.
        status: u16,
    },
    /// It wants no events any more.
    Gone,
}

impl Courier {
    /// With the secrets of the configuration.
    ///
    /// # Errors
    /// What is wrong with the configuration.
    pub fn new(config: &WebhookConfig) -> Result<Self, String> {
        let url = address(&config.url, config.allow_plain)?;
        let secrets = [
            secret::read("secret", config.secret_file.as_ref(), config.secret_env.as_ref())?,
            secret::read("previous_secret", config.previous_secret_file.as_ref(), config.previous_secret_env.as_ref())?,
        ];
        let signer = Signer::new(secrets.into_iter().flatten().collect())?;
        let mut headers = HeaderMap::new();
        if let Some(token) = secret::read_text("token", config.token_file.as_ref(), config.token_env.as_ref())? {
            let value = HeaderValue::from_str(&format!("Bearer {}", token.as_str()));
            let mut value = value.map_err(|_| "token: a token has no control characters".to_owned())?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let mut builder = Client::builder()
            .user_agent(concat!("mulu-bridge/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(Duration::from_millis(config.timeout_ms));
        if is_loopback(&url) {
            builder = builder.no_proxy();
        }
        if let Some(path) = &config.ca_file {
            let failed = |why: String| format!("ca_file: {}: {why}", path.display());
            let pem = fs::read(path).map_err(|error| failed(error.to_string()))?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| failed(error.to_string()))?;
            builder = certificates.into_iter().fold(builder, reqwest::ClientBuilder::add_root_certificate);
        }
        let client = builder.build().map_err(|error| format!("no HTTP client can be made: {error}"))?;
        Ok(Self { client, url, signer, is_batched: config.batch_max > 1 })
    }

    /// Posts events: one as it is, or a batch, as the configuration says.
    pub async fn post(&self, events: &[CloudEvent]) -> Answer {
        let (kind, body) = match events {
            [event] if !self.is_batched => ("application/cloudevents+json", serde_json::to_vec(event)),
            _ => ("application/cloudevents-batch+json", serde_json::to_vec(events)),
        };
        let body = body.expect("events are texts, numbers and JSON");
        let signature = self.signer.sign(now().get() / 1_000, &body);
        let request =
            self.client.post(self.url.clone()).header(CONTENT_TYPE, kind).header(signature::HEADER, signature);
        match request.body(body).send().await {
            Ok(mut response) => {
                let answer = meaning(response.status(), response.headers());
                drain(&mut response).await;
                answer
            }
            Err(error) => Answer::Later { after: None, why: trouble(&error).into() },
        }
    }
}

/// The address, if events may be sent there.
///
/// # Errors
/// Why not.
pub fn address(text: &str, allow_plain: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("url: {error}"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("url: it holds a credential; name a token_file instead".into());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if allow_plain || is_loopback(&url) => Ok(url),
        "http" => {
            Err("url: events leave this machine over https alone, unless allow_plain = true says otherwise".into())
        }
        other => Err(format!("url: {other} is no way to post; use https")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn meaning(status: StatusCode, headers: &HeaderMap) -> Answer {
    match status.as_u16() {
        200..=299 => Answer::Taken,
        410 => Answer::Gone,
        408 | 425 | 429 | 500..=599 => {
            let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let after = after.and_then(|text| pause_of(text, Timestamp::now()));
            Answer::Later { after, why: format!("the other side answers {}", status.as_u16()) }
        }
        status => Answer::Refused { status },
    }
}

/// `Retry-After`, in seconds or as a date.
fn pause_of(text: &str, now: Timestamp) -> Option<Duration> {
    let pause = match text.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let until = jiff::fmt::rfc2822::parse(text.trim()).ok()?.timestamp();
            Duration::try_from(until.duration_since(now)).unwrap_or_default()
        }
    };
    Some(pause.min(RETRY_AFTER_MAX))
}

/// What went wrong, without the address and without anything of the events.
fn trouble(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "the other side does not answer in time"
    } else if error.is_connect() {
        "no connection to the other side"
    } else {
        "the connection to the other side broke"
    }
}

async fn drain(response: &mut Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > ANSWER_BYTES_MAX {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn events_leave_the_machine_over_https_alone() {
        for fine in ["https://platform.example/hook", "http://127.0.0.1:9000/", "http://[::1]/", "http://localhost/a"] {
            assert!(address(fine, false).is_ok(), "{fine}");
        }
        for plain in ["http://platform.example/", "http://10.0.0.7/", "http://127.0.0.1.example/"] {
            assert!(address(plain, false).unwrap_err().contains("allow_plain"), "{plain}");
            assert!(address(plain, true).is_ok(), "{plain}");
        }
        assert!(address("ftp://127.0.0.1/", true).unwrap_err().contains("ftp"));
        assert!(address("platform.example", true).is_err());
        let secret = address("https://user:pa55@platform.example/", true).unwrap_err();
        assert!(secret.contains("credential") && !secret.contains("pa55"));
    }

    #[test]
    fn an_answer_means_taken_later_never_or_not_this() {
        let means = |status: u16| meaning(StatusCode::from_u16(status).unwrap(), &HeaderMap::new());
        for status in [200, 202, 204, 299] {
            assert_eq!(means(status), Answer::Taken);
        }
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert!(matches!(means(status), Answer::Later { after: None, .. }), "{status}");
        }
        for status in [301, 302, 307, 400, 401, 403, 404, 413, 422] {
            assert_eq!(means(status), Answer::Refused { status });
        }
        assert_eq!(means(410), Answer::Gone);
    }

    #[test]
    fn a_pause_that_is_asked_for_is_kept_within_bounds() {
        let now: Timestamp = "1994-11-06T08:49:00Z".parse().unwrap();
        let seconds = |text| pause_of(text, now).map(|pause| pause.as_secs());
        assert_eq!(seconds("7"), Some(7));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:49:37 GMT"), Some(37));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT"), Some(0));
        assert_eq!(seconds("86400"), Some(3_600));
        assert_eq!(seconds("Sat, 06 Nov 2094 08:00:00 GMT"), Some(3_600));
        assert_eq!((seconds("soon"), seconds("-1")), (None, None));
    }
}
