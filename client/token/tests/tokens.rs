//! Every rule of a token, and every error.

#![allow(clippy::unwrap_used, reason = "a test may")]

use codec::Encode;
use ed25519_dalek::{Signer, SigningKey};
use mulu_proofs::{
    catalog::Method,
    hash::blake2_256,
    ids::{DepartmentId, GrantId, Height, Moment, PurposeId, SystemId, Version},
    text::Text,
};
use mulu_token::{FORM, HEADER_BYTES_MAX, Keys, SKEW_MS_DEFAULT, Token, TokenError, Verifier};

const DOMAIN: [u8; 32] = [7; 32];
const NOW: u64 = 1_800_000_000_000;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn token(nonce: u8) -> Token {
    Token {
        nonce: [nonce; 16],
        audience: Text::new("gateway-1").unwrap(),
        grant: GrantId::new(3),
        version: Version::new(1),
        consumer: DepartmentId::new(4),
        items: 0b101,
        method: Method::ServiceInterface,
        purpose: Some(PurposeId::new(2)),
        using_system: Some(SystemId::new(9)),
        issued: Moment::new(NOW),
        expires: Moment::new(NOW + 5_000),
        height: Height::new(17),
    }
}

fn header(token: &Token) -> String {
    token.header(&key().sign(&token.signing_bytes(&DOMAIN)).to_bytes())
}

fn verifier() -> Verifier {
    Verifier::new(Keys { domain: DOMAIN, keys: vec![key().verifying_key().to_bytes()] }, "gateway-1", 3)
}

fn check(verifier: &mut Verifier, token: &Token, at: u64) -> Result<Token, TokenError> {
    verifier.check(&header(token), Moment::new(at))
}

#[test]
fn a_good_token_is_taken_once() {
    let mut verifier = verifier();
    assert_eq!(check(&mut verifier, &token(1), NOW + 10), Ok(token(1)));
    assert_eq!(check(&mut verifier, &token(1), NOW + 20), Err(TokenError::Used));
    assert_eq!(check(&mut verifier, &token(2), NOW + 20), Ok(token(2)));
    assert!(header(&token(1)).len() < HEADER_BYTES_MAX / 2);
}

#[test]
fn the_bytes_of_a_token_are_frozen() {
    let digest = blake2_256(&token(1).signing_bytes(&DOMAIN));
    assert_eq!(hex::encode(digest), "e2732e4c702fac51a03c7a6c4d0b8cd672636d7f379f4347bd4caca791001496");
    let expected = "AQEBAQEBAQEBAQEBAQEBAQEkZ2F0ZXdheS0xAwAAAAEABAAAAAUAAAAAAAAAAgECAAEJAAAAAFBcGKMBAACIY1wYowEAABEAAAAu\
                    zfNJ2VYDEl9qNZaRs0L7PA61PVWDi-7JUVICYSC4zPeCuLLJxNjZALnoh88oOqDD6nbBF64OImFS-g_KARsC";
    assert_eq!(header(&token(1)), expected);
}

#[test]
fn a_used_token_stays_used_for_as_long_as_it_could_be_taken() {
    let mut verifier = verifier();
    check(&mut verifier, &token(1), NOW).unwrap();
    let last = NOW + 5_000 + SKEW_MS_DEFAULT - 1;
    assert_eq!(check(&mut verifier, &token(1), last), Err(TokenError::Used));
    assert_eq!(check(&mut verifier, &token(1), last + 1), Err(TokenError::Expired));
}

#[test]
fn memory_is_bounded_and_freed_when_tokens_expire() {
    let mut verifier = verifier();
    for nonce in 1..=3 {
        check(&mut verifier, &token(nonce), NOW).unwrap();
    }
    assert_eq!(check(&mut verifier, &token(4), NOW), Err(TokenError::Full));
    let later = Token { issued: Moment::new(NOW + 60_000), expires: Moment::new(NOW + 65_000), ..token(4) };
    assert_eq!(check(&mut verifier, &later, NOW + 60_000), Ok(later));
}

#[test]
fn clocks_may_lie_apart_by_the_skew_and_no_further() {
    let early = NOW - SKEW_MS_DEFAULT;
    assert_eq!(check(&mut verifier(), &token(1), early), Ok(token(1)));
    assert_eq!(check(&mut verifier(), &token(1), early - 1), Err(TokenError::TooEarly));
    assert_eq!(check(&mut verifier().with_skew(0), &token(1), NOW + 5_000), Err(TokenError::Expired));
}

#[test]
fn another_gateway_key_or_chain_is_refused() {
    let other = Token { audience: Text::new("gateway-2").unwrap(), ..token(1) };
    assert_eq!(check(&mut verifier(), &other, NOW), Err(TokenError::Audience));
    let forged = token(1).header(&SigningKey::from_bytes(&[2; 32]).sign(&token(1).signing_bytes(&DOMAIN)).to_bytes());
    assert_eq!(verifier().check(&forged, Moment::new(NOW)), Err(TokenError::Signature));
    let elsewhere = token(1).header(&key().sign(&token(1).signing_bytes(&[8; 32])).to_bytes());
    assert_eq!(verifier().check(&elsewhere, Moment::new(NOW)), Err(TokenError::Signature));
}

#[test]
fn every_changed_byte_is_noticed_and_nothing_panics() {
    let good = header(&token(1));
    for place in 0..good.len() {
        for letter in ["A", "_", "x", "=", "+", " "] {
            let mut changed = good.clone();
            changed.replace_range(place..=place, letter);
            if changed != good {
                assert!(verifier().check(&changed, Moment::new(NOW)).is_err(), "{place} {letter}");
            }
        }
        assert!(verifier().check(&good[..place], Moment::new(NOW)).is_err());
    }
}

#[test]
fn what_is_no_token_is_malformed() {
    let long = "A".repeat(HEADER_BYTES_MAX + 1);
    let trailing = {
        let signature = key().sign(&token(1).signing_bytes(&DOMAIN)).to_bytes();
        let bytes = [&[FORM][..], &token(1).encode(), &[0], &signature].concat();
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes)
    };
    for bad in ["", "AAAA", "not base64!", &long, &trailing, &(header(&token(1)) + "=")] {
        assert_eq!(verifier().check(bad, Moment::new(NOW)), Err(TokenError::Malformed), "{bad}");
    }
}
