//! A package for people, before anybody has checked it.

use crate::{
    VerifierError,
    render::{field, line, utc},
};
use mulu_proofs::{access::PublicLeaf, evidence::Package, header::HeaderView, records::Record};

/// What a package says. Nothing of it is checked beyond its form: that is [`crate::verify`]'s part.
///
/// # Errors
/// [`VerifierError::Package`] if the bytes are no package.
pub fn show(bytes: &[u8]) -> Result<String, VerifierError> {
    let package = Package::from_bytes(bytes).map_err(VerifierError::Package)?;
    let mut out = String::new();
    line(&mut out, "Evidence package, not verified:");
    field(&mut out, "chain", &String::from_utf8_lossy(&package.chain_id));
    field(&mut out, "bytes", &bytes.len().to_string());
    field(&mut out, "tip", &height(&package.tip.header));
    field(&mut out, "signed by", &format!("{} validators", package.tip.certificate.signatures.len()));
    field(&mut out, "sets", &format!("{} changes of the validator set", package.sets.len()));
    event(&mut out, &package);
    line(&mut out, "");
    line(&mut out, "Records:");
    for (place, proven) in package.records.iter().enumerate() {
        let header = package.headers.get(proven.header as usize).map_or_else(|| "?".into(), |h| height(&h.header));
        let act = package.acts.iter().any(|act| act.record as usize == place);
        let text = match Record::read(&proven.record) {
            Ok(record) => format!(
                "{} {:?}, department {}, block {header}, {}{}",
                record.number,
                record.kind,
                record.department,
                utc(record.moment),
                if act { ", with the signed call" } else { "" }
            ),
            Err(_) => "a record that does not read".to_owned(),
        };
        line(&mut out, &format!("  {text}"));
    }
    Ok(out)
}

fn event(out: &mut String, package: &Package) {
    let event = &package.event;
    match PublicLeaf::read(&event.leaf) {
        Some(leaf) => {
            field(
                out,
                "event",
                &format!("place {} of {} in its batch, {}", event.path.index, event.path.count, utc(leaf.time)),
            );
            field(out, "under", &format!("{:?}", leaf.key));
        }
        None => field(out, "event", "a leaf that does not read"),
    }
    let revealed: Vec<String> = event
        .sealed
        .iter()
        .flat_map(|sealed| &sealed.revealed)
        .map(|revealed| format!("{:?}", revealed.field))
        .collect();
    field(out, "revealed", &if revealed.is_empty() { "nothing".into() } else { revealed.join(", ") });
}

fn height(header: &[u8]) -> String {
    HeaderView::read(header).map_or_else(|_| "?".into(), |header| header.height.to_string())
}
