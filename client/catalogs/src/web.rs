//! Other systems over HTTP: bounded answers, time limits, a polite rate, and a token that goes to its own host alone.

use crate::error::CatalogError;
use reqwest::{
    Client, Method, Response, StatusCode, Url,
    header::{AUTHORIZATION, HeaderValue, RETRY_AFTER},
    redirect::Policy,
};
use serde_json::Value;
use std::time::Duration;
use tokio::{sync::Mutex, time::Instant};

/// Longest answer: a page of 1,000 packages.
pub const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one answer may take: a portal's search index is slow at times.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(120);
/// Pause between two questions, so that harvesting is never the load that a portal has to bear.
const PAUSE: Duration = Duration::from_millis(200);
/// How often a question is asked in all, if the other side says that it is busy or cannot be reached.
const TRIES: u32 = 4;
/// First pause before the next try; it doubles.
const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// The longest that another side may ask to wait; who wants more gets the next round.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
const REDIRECTS_MAX: usize = 3;

/// A way to other systems.
pub struct Web {
    client: Client,
    token: Option<HeaderValue>,
    pause: Duration,
    retry_pause: Duration,
    /// When the next question may go out.
    next: Mutex<Instant>,
}

impl Web {
    /// With a token for the `Authorization` header, as it stands there.
    ///
    /// # Errors
    /// [`CatalogError::Address`] if the token is no header's value.
    pub fn new(token: Option<&str>) -> Result<Self, CatalogError> {
        let token = token.map(header).transpose()?;
        let client = Client::builder()
            .user_agent(concat!("mulu/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(ANSWER_TIMEOUT)
            .redirect(if token.is_some() { Policy::none() } else { Policy::limited(REDIRECTS_MAX) })
            .build()
            .map_err(|source| CatalogError::Unreachable { host: "the network".into(), source })?;
        Ok(Self { client, token, pause: PAUSE, retry_pause: RETRY_PAUSE, next: Mutex::new(Instant::now()) })
    }

    /// The same with other pauses between two questions and before another try.
    #[must_use]
    pub fn with_pauses(self, pause: Duration, retry_pause: Duration) -> Self {
        Self { pause, retry_pause, ..self }
    }

    /// Reads an address, which must be one that a token may go to if there is one.
    ///
    /// # Errors
    /// [`CatalogError::Address`] if it is no HTTP address, holds a password, or the token would go over the network in the clear.
    pub fn address(&self, what: &'static str, address: &str) -> Result<Url, CatalogError> {
        let wrong = |why| CatalogError::Address { what, why };
        let url = Url::parse(address).map_err(|_| wrong("it is no address"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("it holds a name or password; use a token file"));
        }
        let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.token.is_none() || is_local => Ok(url),
            "http" => Err(wrong("the token would go over the network in the clear; use https")),
            _ => Err(wrong("it is neither http nor https")),
        }
    }

    /// Asks. The answer's status, and its body of at most [`ANSWER_BYTES_MAX`].
    ///
    /// # Errors
    /// [`CatalogError`] if nobody answers, the other side stays busy, or the answer is too long.
    pub async fn ask(
        &self,
        url: &Url,
        asked: &str,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Vec<u8>), CatalogError> {
        let mut pause = self.retry_pause;
        let mut tries = 0;
        loop {
            self.take_turn().await;
            tries += 1;
            let answer = self.send(url, body).await;
            let is_last = tries == TRIES;
            match answer {
                Ok(response) if is_busy(response.status()) && !is_last => {
                    let wanted = retry_after(&response).unwrap_or(pause);
                    tokio::time::sleep(wanted.min(RETRY_AFTER_MAX)).await;
                }
                Ok(response) if is_busy(response.status()) => {
                    let (host, status) = (host(url), response.status().as_u16());
                    return Err(CatalogError::Status { host, asked: asked.to_owned(), status });
                }
                Ok(response) => return Ok((response.status(), bounded(response, url).await?)),
                // What changes something over there is not sent twice unless it never arrived.
                Err(source) if is_last || (body.is_some() && !source.is_connect()) => {
                    return Err(CatalogError::Unreachable { host: host(url), source: source.without_url() });
                }
                Err(_) => tokio::time::sleep(pause).await,
            }
            pause *= 2;
        }
    }

    /// Fetches a document.
    ///
    /// # Errors
    /// As [`Self::ask`], and [`CatalogError::Status`] of any answer but 200.
    pub async fn get(&self, url: &Url) -> Result<Vec<u8>, CatalogError> {
        let (status, bytes) = self.ask(url, "GET", None).await?;
        if status != StatusCode::OK {
            return Err(CatalogError::Status { host: host(url), asked: "GET".into(), status: status.as_u16() });
        }
        Ok(bytes)
    }

    async fn send(&self, url: &Url, body: Option<&Value>) -> Result<Response, reqwest::Error> {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let mut request = self.client.request(method, url.clone());
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        request.send().await
    }

    async fn take_turn(&self) {
        let mut next = self.next.lock().await;
        tokio::time::sleep_until(*next).await;
        *next = Instant::now() + self.pause;
    }
}

/// A token as a header, which nothing prints.
fn header(token: &str) -> Result<HeaderValue, CatalogError> {
    let mut value = HeaderValue::from_str(token.trim())
        .map_err(|_| CatalogError::Address { what: "the token", why: "it has characters that no header takes" })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The host of an address, for people and logs: its path and query may say more than they should read.
pub fn host(url: &Url) -> String {
    url.host_str().unwrap_or("the host").to_owned()
}

fn is_busy(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

async fn bounded(mut response: Response, url: &Url) -> Result<Vec<u8>, CatalogError> {
    let too_large =
        || CatalogError::TooLarge { what: format!("the answer of {}", host(url)), bytes_max: ANSWER_BYTES_MAX };
    if response.content_length().is_some_and(|length| length > ANSWER_BYTES_MAX as u64) {
        return Err(too_large());
    }
    let broken = |source: reqwest::Error| CatalogError::Unreachable { host: host(url), source: source.without_url() };
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if bytes.len() + chunk.len() > ANSWER_BYTES_MAX {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;

    #[test]
    fn a_token_goes_over_https_or_to_this_machine() {
        let with_token = Web::new(Some("abc")).unwrap();
        let without = Web::new(None).unwrap();
        let why = |web: &Web, address: &str| match web.address("the portal", address) {
            Ok(_) => "",
            Err(CatalogError::Address { why, .. }) => why,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(why(&with_token, "https://data.example/"), "");
        assert_eq!(why(&with_token, "http://127.0.0.1:5000/"), "");
        assert!(why(&with_token, "http://data.example/").contains("in the clear"));
        assert_eq!(why(&without, "http://data.example/"), "");
        assert!(why(&without, "https://me:secret@data.example/").contains("password"));
        assert!(why(&without, "file:///etc/passwd").contains("neither"));
        assert!(why(&without, "data").contains("no address"));
        assert!(matches!(Web::new(Some("a\nb")), Err(CatalogError::Address { what: "the token", .. })));
    }
}
