//! Many acts of many people: signed in order, sent on every connection at once, and counted when they are final on every node.

use crate::{
    bench::load::{nonce_reached, send_all},
    error::{Doing, Error, expect},
    ledger::{Act, Ledger},
};
use codec::Decode;
use mulu_client::{
    connection::Connection,
    extrinsic::{Signed, Unsigned},
    keys::Key,
};
use mulu_proofs::{ids::PublicKey, records::RecordKind};
use mulu_rpc_api::records::{RecordsClient, RecordsOf};
use std::{collections::BTreeMap, time::Instant};

/// Acts that are under way together: fewer than a signer's share of a pool.
const WAVE: usize = 4_000;
/// Rows of a page of records.
const PAGE: u32 = 500;

/// Sends acts, those of one signer in their order, and returns when every node has them. That they did what they say is seen from their
/// records ([`bodies`]).
///
/// # Errors
/// [`Error`] if one is refused or never becomes final.
pub async fn send(ledger: &Ledger<'_>, mut acts: Vec<Act<'_>>) -> Result<(), Error> {
    while !acts.is_empty() {
        let rest = acts.split_off(acts.len().min(WAVE));
        wave(ledger, std::mem::replace(&mut acts, rest)).await?;
    }
    Ok(())
}

async fn wave(ledger: &Ledger<'_>, acts: Vec<Act<'_>>) -> Result<(), Error> {
    let mut signers: BTreeMap<(u32, PublicKey), (&Key, Vec<Act<'_>>)> = BTreeMap::new();
    for act in acts {
        signers.entry((act.department, act.key.public())).or_insert_with(|| (act.key, Vec::new())).1.push(act);
    }
    let mut lists: BTreeMap<usize, Vec<Signed>> = BTreeMap::new();
    let mut nonces = Vec::new();
    for ((department, account), (key, acts)) in signers {
        let submitter = ledger.submitter(department);
        let mut nonce = submitter.next_nonce(&account).await.doing("asking for a nonce")?;
        let form = submitter.unsigned(acts[0].call.clone(), nonce).await.doing("preparing an act")?;
        let list = lists.entry(ledger.lines().place(department)).or_default();
        for act in acts {
            list.push(Unsigned { call: act.call, nonce, ..form.clone() }.sign(key));
            nonce += 1;
        }
        nonces.push((key, nonce));
    }
    let all = ledger.lines().all();
    let started = Instant::now();
    send_all(lists.iter().map(|(place, list)| (&all[*place], &list[..])).collect()).await?;
    for (key, nonce) in nonces {
        for connection in all {
            nonce_reached(connection, key, nonce, started).await?;
        }
    }
    Ok(())
}

/// Bodies of the newest `count` records of a kind, newest first.
///
/// # Errors
/// [`Error`] if there are fewer, or one does not read.
pub async fn bodies<B: Decode>(connection: &Connection, kind: RecordKind, count: usize) -> Result<Vec<B>, Error> {
    let (mut bodies, mut cursor) = (Vec::with_capacity(count), None);
    while bodies.len() < count {
        let page = connection.records(RecordsOf::Kind(kind), cursor, Some(PAGE)).await.doing("listing records")?;
        for record in page.rows.into_iter().take(count - bodies.len()) {
            let body = B::decode(&mut &record.body.0[..]);
            bodies.push(body.map_err(|_| Error::Unexpected(format!("record {} does not read", record.number)))?);
        }
        cursor = page.next;
        expect(cursor.is_some() || bodies.len() == count, || {
            format!("{} of {count} acts of the kind {kind:?} took effect", bodies.len())
        })?;
    }
    Ok(bodies)
}
