//! The little of HTTP/1.1 that tests, demo and benchmark speak with a bridge on this machine: one request a connection, nothing chunked.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: String,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// `GET`, `POST`.
    pub method: &'a str,
    /// Path with its query.
    pub path: &'a str,
    /// Bearer token, if the caller has one.
    pub token: Option<&'a str>,
    /// Further header lines, without their ends.
    pub headers: &'a [&'a str],
    /// Body.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// A question.
    pub const fn get(path: &'a str) -> Self {
        Self { method: "GET", path, token: None, headers: &[], body: &[] }
    }

    /// Something to be taken.
    pub const fn post(path: &'a str, body: &'a [u8]) -> Self {
        Self { method: "POST", path, token: None, headers: &[], body }
    }

    /// The same by a caller that is known by a token.
    #[must_use]
    pub const fn by(self, token: &'a str) -> Self {
        Self { token: Some(token), ..self }
    }

    /// The same with header lines.
    #[must_use]
    pub const fn with(self, headers: &'a [&'a str]) -> Self {
        Self { headers, ..self }
    }

    /// Sends it, and leaves the answer to be read.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(&self, address: SocketAddr) -> io::Result<TcpStream> {
        let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n",
            self.method,
            self.path,
            self.body.len()
        );
        if let Some(token) = self.token {
            head.push_str(&format!("Authorization: Bearer {token}\r\n"));
        }
        for header in self.headers {
            head.push_str(&format!("{header}\r\n"));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(self.body)?;
        Ok(stream)
    }

    /// Sends it and reads the answer.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::InvalidData`] if the answer breaks off.
    pub fn send(&self, address: SocketAddr) -> io::Result<Answer> {
        let mut said = Vec::new();
        self.open(address)?.read_to_end(&mut said)?;
        answer(&said).ok_or_else(|| io::ErrorKind::InvalidData.into())
    }
}

/// Reads an answer, if all of it is there.
fn answer(said: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(said);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let is_whole = length.is_none_or(|length| body.len() >= length);
    is_whole.then(|| Answer { status, body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::{net::TcpListener, thread};

    #[test]
    fn an_answer_has_status_and_body_and_is_none_when_it_breaks_off() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        assert_eq!(answer(whole), Some(Answer { status: 200, body: "ok".into() }));
        assert_eq!(answer(&whole[..whole.len() - 1]), None);
        assert_eq!(answer(b"HTTP/1.1 503"), None);
        assert_eq!(answer(b"HTTP/1.1 503 Busy\r\n\r\n").map(|answer| answer.status), Some(503));
    }

    #[test]
    fn a_request_says_who_sends_how_much() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut said = [0; 1_024];
            let mut length = 0;
            while !said[..length].ends_with(b"body") {
                length += stream.read(&mut said[length..]).unwrap();
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
            String::from_utf8(said[..length].to_vec()).unwrap()
        });
        let request = Request::post("/ingest/x", b"body").by("secret").with(&["Content-Type: text/plain"]);
        assert_eq!(request.send(address).unwrap(), Answer { status: 200, body: String::new() });
        let said = server.join().unwrap();
        assert!(said.starts_with("POST /ingest/x HTTP/1.1\r\n"), "{said}");
        for line in ["Authorization: Bearer secret", "Content-Type: text/plain", "Content-Length: 4"] {
            assert!(said.contains(&format!("{line}\r\n")), "{said}");
        }
    }
}
