//! The payload: access events as JSON rows, every field of SPEC §5 filled, the same from the same seed. Every system is given these rows.
//!
//! A row is made from its number alone, so that whoever reads the payload begins where they like and nobody keeps all of it.

use crate::bench::load::Mix;
use mulu_client::{
    event::{CallIds, Event, SealedValues},
    import::draft::{CallKnown, Claims, Draft, Reference},
    terms::KnownTerms,
};
use mulu_proofs::{
    access::{Outcome, SealedField, Side},
    catalog::Method,
    ids::{DepartmentId, EntryId, GrantId, Moment, PurposeId, SystemId, Version},
};
use serde::{Deserialize, Serialize};

/// Skew of the grants: how much more the first is used than those behind it.
const GRANT_SKEW: f64 = 0.99;
/// Skew of a consumer's users, and how many there are.
const USER_SKEW: f64 = 0.8;
const USERS: usize = 1_000;
/// Operators of a provider's system.
const OPERATORS: u64 = 200;
/// People whom the data is about.
const SUBJECTS: u64 = 10_000_000;
/// One row in so many names a purpose that its grant does not contain, and carries a finding.
const STRAY: u64 = 500;

/// A grant, as far as events under it need it.
#[derive(Clone, Debug)]
pub struct GrantFacts {
    /// Grant.
    pub grant: GrantId,
    /// Entry, in version 1.
    pub entry: EntryId,
    /// Provider.
    pub provider: DepartmentId,
    /// Consumer.
    pub consumer: DepartmentId,
    /// Items granted.
    pub items: u64,
    /// Method granted.
    pub method: Method,
    /// Purposes granted.
    pub purposes: Vec<PurposeId>,
    /// Using systems granted.
    pub systems: Vec<SystemId>,
    /// Platforms that may report.
    pub platforms: Vec<SystemId>,
}

/// Everything that rows are made from.
#[derive(Debug)]
pub struct Payload {
    seed: u64,
    grants: Vec<GrantFacts>,
    /// Cumulated weights of the grants, and of a consumer's users.
    grant_weights: Vec<f64>,
    user_weights: Vec<f64>,
    purposes: u64,
    begin: Moment,
    rows_per_ms: u64,
}

/// One row, read.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Row<'a> {
    /// Grant, in version 1.
    pub grant: GrantId,
    /// Entry, in version 1.
    pub entry: EntryId,
    items: Vec<u8>,
    provider: DepartmentId,
    consumer: DepartmentId,
    /// Authorising system and operator.
    authoriser: SystemId,
    operator: &'a str,
    /// Using system and user.
    system: SystemId,
    user: &'a str,
    /// Data subject, and network address.
    subject: &'a str,
    address: &'a str,
    method: Method,
    purpose: PurposeId,
    time: Moment,
    /// Duration, and how it ended.
    ms: u32,
    outcome: Outcome,
    calls: u32,
    rows: u32,
    bytes: u64,
    /// Digests of request and result.
    request: &'a str,
    result: &'a str,
    /// Id of the call, which names the row too.
    pub call: &'a str,
    side: Side,
    /// Pseudonym of the user.
    alias: &'a str,
}

/// A row as PostgreSQL stores it: its own types, digests as bytes.
#[derive(Debug)]
pub struct Columns {
    /// grant, entry, items, time, bytes.
    pub wide: [i64; 5],
    /// provider, consumer, authorising system, using system, purpose, duration, calls, rows.
    pub narrow: [i32; 8],
    /// method, outcome, side.
    pub codes: [i16; 3],
    /// operator, user, subject, address.
    pub texts: [String; 4],
    /// request digest, result digest, call id, pseudonym.
    pub digests: [Vec<u8>; 4],
}

fn cumulated(count: usize, skew: f64, rank: impl Fn(usize) -> usize) -> Vec<f64> {
    let mut sum = 0.0;
    let mut weights: Vec<f64> = (0..count)
        .map(|place| {
            sum += (rank(place) as f64 + 1.0).powf(-skew);
            sum
        })
        .collect();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

fn picked(weights: &[f64], mix: &mut Mix) -> usize {
    let at = mix.fraction();
    weights.partition_point(|weight| *weight < at).min(weights.len() - 1)
}

fn digits(mix: &mut Mix, words: usize) -> String {
    (0..words).map(|_| format!("{:016x}", mix.next())).collect()
}

impl Payload {
    /// Rows under `grants`, from `begin` on, so many each millisecond; purposes run from 1 to `purposes`.
    ///
    /// # Panics
    /// If there is no grant.
    pub fn new(seed: u64, grants: Vec<GrantFacts>, purposes: u64, begin: Moment, rows_per_ms: u64) -> Self {
        let count = grants.len();
        assert!(count > 0, "rows stand under grants");
        // Popular grants are spread over entries and ids: 7,919 is a prime that divides no usual number of them.
        let grant_weights = cumulated(count, GRANT_SKEW, |place| (place * 7_919 + 13) % count);
        let user_weights = cumulated(USERS, USER_SKEW, |place| place);
        Self { seed, grants, grant_weights, user_weights, purposes, begin, rows_per_ms }
    }

    /// The grants.
    pub fn grants(&self) -> &[GrantFacts] {
        &self.grants
    }

    fn mix(&self, number: u64) -> Mix {
        Mix::new(Mix::new(self.seed ^ number).next())
    }

    /// The grant of a row.
    pub fn grant_of(&self, number: u64) -> &GrantFacts {
        &self.grants[picked(&self.grant_weights, &mut self.mix(number))]
    }

    /// The call id of a row, by which it is known in every system.
    pub fn call_of(&self, number: u64) -> String {
        let mut mix = Mix::new(self.seed.rotate_left(17) ^ number);
        digits(&mut mix, 2)
    }

    /// So many rows from `first` on.
    pub fn rows(&self, first: u64, count: usize) -> Vec<String> {
        (first..).take(count).map(|number| self.row(number)).collect()
    }

    /// One row.
    ///
    /// # Panics
    /// Never: a row is JSON.
    pub fn row(&self, number: u64) -> String {
        let mut mix = self.mix(number);
        let grant = &self.grants[picked(&self.grant_weights, &mut mix)];
        let user = picked(&self.user_weights, &mut mix);
        let items =
            if mix.below(100) < 85 { grant.items & template(grant, mix.below(4)) } else { grant.items & mix.next() };
        let items = if items == 0 { grant.items } else { items };
        let (one_row, failed) = (mix.below(10) < 7, mix.below(100));
        let rows = if one_row { 1 } else { (1.0 / (mix.fraction() + 1e-4)) as u32 + 1 };
        let outcome = match failed {
            0 => Outcome::Denied,
            1 | 2 => Outcome::Error,
            _ => Outcome::Ok,
        };
        let rows = if outcome == Outcome::Ok { rows } else { 0 };
        let purpose = match mix.below(STRAY) {
            0 => PurposeId::new(1 + u16::try_from(mix.below(self.purposes)).expect("purposes are few")),
            other => grant.purposes[other as usize % grant.purposes.len()],
        };
        let side = [Side::Provider, Side::Consumer, Side::DataManager][mix.below(3) as usize];
        let authoriser = grant.platforms[mix.below(grant.platforms.len() as u64) as usize];
        let system = grant.systems[mix.below(grant.systems.len() as u64) as usize];
        let operator = format!("op-{:02}-{:04}", grant.provider.get(), mix.below(OPERATORS));
        let user_name = format!("u{:03}{:05}", grant.consumer.get(), user);
        let subject = mix.below(SUBJECTS);
        let subject = format!(
            "3301{:02}19{:02}{:02}{:02}{:04}",
            subject % 16,
            50 + subject % 50,
            1 + subject % 12,
            1 + subject % 28,
            subject / 1_000
        );
        let address = format!("10.{}.{}.{}", grant.consumer.get(), mix.below(16), mix.below(256));
        let (request, result) = (digits(&mut mix, 4), digits(&mut mix, 4));
        let alias = format!("{:016x}", Mix::new(u64::from(grant.consumer.get()) << 32 | user as u64).next());
        let call = self.call_of(number);
        // The sum of three is nearly normal, so that this is nearly log-normal: 20 ms as a rule, 400 at most.
        let duration = 20.0 * (2.0 * (mix.fraction() + mix.fraction() + mix.fraction()) - 3.0).exp();
        let row = Row {
            grant: grant.grant,
            entry: grant.entry,
            items: (0..64).filter(|place| items >> place & 1 == 1).collect(),
            provider: grant.provider,
            consumer: grant.consumer,
            authoriser,
            operator: &operator,
            system,
            user: &user_name,
            subject: &subject,
            address: &address,
            method: grant.method,
            purpose,
            time: Moment::new(self.begin.get() + number / self.rows_per_ms),
            ms: duration as u32 + 1,
            outcome,
            calls: if mix.below(100) < 95 { 1 } else { 2 + mix.below(18) as u32 },
            rows,
            bytes: u64::from(rows) * (180 + mix.below(720)) + 60 + mix.below(140),
            request: &request,
            result: &result,
            call: &call,
            side,
            alias: &alias,
        };
        serde_json::to_string(&row).expect("a row is JSON")
    }
}

/// One of the four sets of items that most calls under a grant ask for.
fn template(grant: &GrantFacts, place: u64) -> u64 {
    let mut mix = Mix::new(u64::from(grant.grant.get()) << 8 | place);
    mix.next() | mix.next()
}

impl<'a> Row<'a> {
    /// Reads a row.
    ///
    /// # Errors
    /// What is wrong with it, never a value of it.
    pub fn read(json: &'a str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| format!("a row does not read at column {}", error.column()))
    }

    /// The event of it, reported by `platform`.
    ///
    /// # Errors
    /// If the ledger does not have what it names.
    pub fn event(&self, platform: SystemId, call_ids: &CallIds, terms: &KnownTerms) -> Result<Event, String> {
        let bad = |what: &str| format!("{what} of a row does not read");
        let mut values = SealedValues::default();
        let digest = |text: &str| hex::decode(text).map_err(|_| bad("a digest"));
        let (request, result) = (digest(self.request)?, digest(self.result)?);
        let sealed: [(SealedField, &[u8]); 6] = [
            (SealedField::Operator, self.operator.as_bytes()),
            (SealedField::User, self.user.as_bytes()),
            (SealedField::DataSubject, self.subject.as_bytes()),
            (SealedField::RequestDigest, &request),
            (SealedField::ResultDigest, &result),
            (SealedField::NetworkAddress, self.address.as_bytes()),
        ];
        for (field, value) in sealed {
            values.set(field, value).map_err(|error| error.to_string())?;
        }
        let mut pseudonym = [0; 8];
        hex::decode_to_slice(self.alias, &mut pseudonym).map_err(|_| bad("the pseudonym"))?;
        let draft = Draft {
            reference: Reference::Grant(self.grant, Version::new(1)),
            instead: Vec::new(),
            claims: Claims::default(),
            consumer: Some(self.consumer),
            items: self.mask(),
            authorising_system: Some(self.authoriser),
            using_system: Some(self.system),
            purpose: Some(self.purpose),
            method: Some(self.method),
            side: self.side,
            time: self.time,
            duration_ms: self.ms,
            outcome: self.outcome,
            calls: self.calls,
            rows: self.rows,
            bytes: self.bytes,
            call_id: call_ids.of(Some(self.grant), self.call.as_bytes()),
            call_known: CallKnown::ByRequestId,
            pseudonym: Some(u64::from_le_bytes(pseudonym)),
            is_pseudonymous: false,
            values,
        };
        draft.into_event(platform, terms).map_err(|unknown| format!("a row names an {}", unknown.code()))
    }

    /// The columns of it.
    ///
    /// # Errors
    /// If a digest does not read, or a number does not fit.
    pub fn columns(&self) -> Result<Columns, String> {
        let digest = |text: &str| hex::decode(text).map_err(|_| "a digest of a row does not read".to_owned());
        let narrow = |value: u32| i32::try_from(value).map_err(|_| "a number of a row is too wide".to_owned());
        Ok(Columns {
            wide: [
                self.grant.get().into(),
                self.entry.get().into(),
                self.mask().cast_signed(),
                self.time.get().cast_signed(),
                self.bytes.cast_signed(),
            ],
            narrow: [
                narrow(self.provider.get())?,
                narrow(self.consumer.get())?,
                narrow(self.authoriser.get())?,
                narrow(self.system.get())?,
                self.purpose.get().into(),
                narrow(self.ms)?,
                narrow(self.calls)?,
                narrow(self.rows)?,
            ],
            codes: [self.method as i16, self.outcome as i16, self.side as i16],
            texts: [self.operator, self.user, self.subject, self.address].map(str::to_owned),
            digests: [digest(self.request)?, digest(self.result)?, digest(self.call)?, digest(self.alias)?],
        })
    }

    fn mask(&self) -> u64 {
        self.items.iter().fold(0, |mask, place| mask | 1_u64.checked_shl((*place).into()).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn payload() -> Payload {
        let grant = |number: u32| GrantFacts {
            grant: GrantId::new(number),
            entry: EntryId::new(1 + number % 200),
            provider: DepartmentId::new(1 + number % 12),
            consumer: DepartmentId::new(13 + number % 12),
            // As many as a grant of the ground has at most, each with two digits.
            items: 0xfffe_0000,
            method: Method::ServiceInterface,
            purposes: vec![PurposeId::new(3), PurposeId::new(7)],
            systems: vec![SystemId::new(30), SystemId::new(31)],
            platforms: (1..=4).map(SystemId::new).collect(),
        };
        Payload::new(7, (1..=20_000).map(grant).collect(), 40, Moment::new(1_790_000_000_000), 5)
    }

    #[test]
    fn a_row_is_made_from_its_number_alone_and_is_as_long_as_real_ones() {
        let payload = payload();
        let rows = payload.rows(100, 2_000);
        assert_eq!(rows[30], payload.row(130));
        assert_eq!(Row::read(&rows[30]).unwrap().call, payload.call_of(130));
        assert_eq!(Row::read(&rows[30]).unwrap().grant, payload.grant_of(130).grant);
        for row in &rows {
            assert!((330..=600).contains(&row.len()), "{} bytes: {row}", row.len());
        }
        let calls: BTreeSet<&str> = rows.iter().map(|row| Row::read(row).unwrap().call).collect();
        assert_eq!(calls.len(), rows.len());
    }

    #[test]
    fn grants_are_used_unevenly_and_every_row_has_columns() {
        let payload = payload();
        let mut counts = BTreeMap::new();
        for row in payload.rows(0, 20_000) {
            let row = Row::read(&row).unwrap();
            assert!(row.columns().unwrap().digests.iter().all(|digest| digest.len() >= 8));
            *counts.entry(row.grant).or_insert(0_u32) += 1;
        }
        let most = counts.values().max().unwrap();
        assert!((1_000..3_000).contains(most), "the first of 20,000 grants has about a tenth: {most}");
        assert!(counts.len() > 4_000, "{} grants were used", counts.len());
    }

    #[test]
    fn what_is_no_row_is_told_without_its_values() {
        let told = Row::read(r#"{"grant":"33010019900101"}"#).unwrap_err();
        assert!(!told.contains("33010019900101"), "{told}");
    }
}
