//! A service that takes no call without a token: the smallest gateway there is.
//!
//! ```text
//! cargo run -p mulu-token --example gateway -- GENESIS_FILE DECISION_KEY AUDIENCE 127.0.0.1:8080
//! ```
//!
//! It answers `200` and the grant to a call whose `Mulu-Token` is good, else `403` and why not.

use mulu_proofs::{genesis::GenesisFile, ids::Moment};
use mulu_token::{HEADER, Keys, Verifier};
use std::{
    env,
    error::Error,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Longest head of a request that is read, in bytes.
const HEAD_BYTES_MAX: u64 = 16 * 1024;
/// Tokens in use at once: 20,000 calls a second.
const CAPACITY: usize = 200_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [genesis, key, audience, listen] = arguments.as_slice() else {
        return Err("usage: gateway GENESIS_FILE DECISION_KEY AUDIENCE ADDRESS".into());
    };
    let genesis: GenesisFile = serde_json::from_str(&std::fs::read_to_string(genesis)?)?;
    let mut key_bytes = [0; 32];
    hex::decode_to_slice(key, &mut key_bytes)?;
    let mut verifier = Verifier::new(Keys { domain: genesis.domain(), keys: vec![key_bytes] }, audience, CAPACITY);
    for connection in TcpListener::bind(listen)?.incoming() {
        // One who breaks off disturbs nobody else.
        let _ = answer(&connection?, &mut verifier);
    }
    Ok(())
}

fn answer(connection: &TcpStream, verifier: &mut Verifier) -> Result<(), Box<dyn Error>> {
    connection.set_read_timeout(Some(Duration::from_secs(5)))?;
    let mut token = String::new();
    for line in BufReader::new(connection.take(HEAD_BYTES_MAX)).lines() {
        let line = line?;
        match line.split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case(HEADER) => token = value.trim().to_owned(),
            _ if line.is_empty() => break,
            _ => {}
        }
    }
    let now = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    let (status, body) = match verifier.check(&token, Moment::new(now)) {
        Ok(token) => ("200 OK", format!("grant {}, items {:#b}\n", token.grant, token.items)),
        Err(error) => ("403 Forbidden", format!("{error}\n")),
    };
    let mut out = connection;
    write!(out, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())?;
    Ok(())
}
