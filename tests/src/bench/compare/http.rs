//! A connection that posts JSON over HTTP/1.1 and stays open: as little client as a benchmark can have.

use crate::error::{Error, expect};
use std::net::SocketAddr;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// Longest answer that is read, and longest line of its head.
const ANSWER_BYTES_MAX: usize = 256 << 20;
const LINE_BYTES_MAX: u64 = 8 << 10;

/// An open connection.
pub struct Http {
    address: SocketAddr,
    stream: BufReader<TcpStream>,
}

impl Http {
    /// Connects.
    ///
    /// # Errors
    /// [`Error`] if nothing listens there.
    pub async fn connect(address: SocketAddr) -> Result<Self, Error> {
        let stream = TcpStream::connect(address).await.map_err(|error| broken(address, &error))?;
        stream.set_nodelay(true).map_err(|error| broken(address, &error))?;
        Ok(Self { address, stream: BufReader::new(stream) })
    }

    /// Posts and returns the body of the answer, which must be 200.
    ///
    /// # Errors
    /// [`Error`] if the connection breaks, or the server refuses.
    pub async fn post(&mut self, path: &str, body: &str) -> Result<String, Error> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        let address = self.address;
        self.stream.write_all((head + body).as_bytes()).await.map_err(|error| broken(address, &error))?;
        let status = self.line().await?;
        let (mut length, mut chunked) = (None, false);
        loop {
            let line = self.line().await?.to_ascii_lowercase();
            match line.split_once(':') {
                None => break,
                Some(("content-length", value)) => length = value.trim().parse().ok(),
                Some(("transfer-encoding", value)) => chunked = value.trim() == "chunked",
                Some(_) => {}
            }
        }
        let answer = if chunked { self.chunks().await? } else { self.bytes(length.unwrap_or(0)).await? };
        let answer = String::from_utf8_lossy(&answer).into_owned();
        expect(status.split(' ').nth(1) == Some("200"), || format!("{address} answers {status}: {answer}"))?;
        Ok(answer)
    }

    async fn line(&mut self) -> Result<String, Error> {
        let mut line = String::new();
        let read = (&mut self.stream).take(LINE_BYTES_MAX).read_line(&mut line).await;
        let read = read.map_err(|error| broken(self.address, &error))?;
        expect(read > 0, || format!("{} closed the connection", self.address))?;
        Ok(line.trim_end().to_owned())
    }

    async fn bytes(&mut self, length: usize) -> Result<Vec<u8>, Error> {
        expect(length <= ANSWER_BYTES_MAX, || format!("{} answers with {length} bytes", self.address))?;
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await.map_err(|error| broken(self.address, &error))?;
        Ok(bytes)
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, Error> {
        let mut answer = Vec::new();
        loop {
            let line = self.line().await?;
            let length = usize::from_str_radix(&line, 16)
                .map_err(|_| Error::Unexpected(format!("{} sends a chunk without a length", self.address)))?;
            let length_max = ANSWER_BYTES_MAX - answer.len();
            expect(length <= length_max, || format!("{} answers without an end", self.address))?;
            answer.extend(self.bytes(length).await?);
            self.line_end().await?;
            if length == 0 {
                return Ok(answer);
            }
        }
    }

    async fn line_end(&mut self) -> Result<(), Error> {
        self.bytes(2).await.map(drop)
    }
}

fn broken(address: SocketAddr, error: &std::io::Error) -> Error {
    Error::Unexpected(format!("the connection to {address}: {error}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use tokio::net::TcpListener;

    /// Answers every request on one connection with the next of `answers`, and returns what it was sent.
    async fn serve(listener: TcpListener, answers: Vec<&'static str>) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut all = String::new();
        for answer in answers {
            let mut bytes = vec![0; 4_096];
            let read = stream.read(&mut bytes).await.unwrap();
            all.push_str(std::str::from_utf8(&bytes[..read]).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        all
    }

    #[tokio::test]
    async fn a_connection_is_used_again_and_both_forms_of_an_answer_are_read() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let served = tokio::spawn(serve(
            listener,
            vec![
                "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n",
                "HTTP/1.1 503 Unavailable\r\nContent-Length: 4\r\n\r\nbusy",
            ],
        ));
        let mut http = Http::connect(address).await.unwrap();
        assert_eq!(http.post("/a", "{}").await.unwrap(), "first");
        assert_eq!(http.post("/b", "{}").await.unwrap(), "second");
        assert!(http.post("/c", "{}").await.unwrap_err().to_string().contains("503"));
        let asked = served.await.unwrap();
        assert!(
            asked.starts_with("POST /a HTTP/1.1\r\n") && asked.contains("Content-Length: 2\r\n\r\n{}POST /b"),
            "{asked}"
        );
        assert!(http.post("/d", "{}").await.is_err(), "the other side is gone");
    }
}
