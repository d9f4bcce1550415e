//! Which records evidence needs: those that a link of the verifier asks for, and no other.

use crate::{
    access::opening,
    batches::OpenBatch,
    context::{Context, Found},
    departments::registration,
    failure::Failure,
    turns::Turns,
};
use mulu_index::{RecordList, keys};
use mulu_proofs::{
    access::{BatchRecord, EventsRepudiated, KeyCompromised, PublicLeaf, RepudiationDecided, RunKey},
    catalog::EntryAct,
    departments::{AuthorityNamed, DepartmentInfo, Role},
    evidence::{calls::signed_as, package::RECORDS_MAX},
    grants::GrantTerms,
    ids::{DepartmentId, EntryId, EventNumber, GrantId, Height, PublicKey, RecordNumber, StreamId, SystemId, Version},
    records::{RecordKind, Subject},
    sharing::RequestAgreed,
};
use std::collections::{BTreeMap, BTreeSet};

/// The records, ascending by number; of what was said of the key since, what was said up to the tip, if one is asked for.
pub fn records(context: &Context, batch: &OpenBatch, place: u32, tip: Option<Height>) -> Result<Vec<Found>, Failure> {
    let leaf = batch.leaves.get(place as usize).ok_or(Failure::Damaged { what: "the body of a batch" })?;
    let mut needed = Needed { context, found: BTreeMap::new() };
    needed.add(batch.record)?;
    needed.add_stream(&batch.batch)?;
    let event = EventNumber::new(batch.batch.header.first.get() + u64::from(place));
    needed.add_signers(&[Reported::of(&batch.batch, event, event)], tip)?;
    let terms = match leaf.key {
        RunKey::Grant(grant, version) => Some(needed.add_grant(grant, version, batch.record)?),
        RunKey::Entry(..) | RunKey::Reporter(_) => None,
    };
    if let Some((entry, version)) = leaf.entry {
        needed.add_entry(entry, version)?;
    }
    needed.add_authorities()?;
    needed.add_names(batch, leaf, terms.as_ref())?;
    Ok(needed.found.into_values().collect())
}

/// The records behind the filing of a version, and which version that is: the one in force where none is named.
pub fn of_filing(
    context: &Context,
    entry: EntryId,
    version: Option<Version>,
) -> Result<(Version, Vec<Found>), Failure> {
    let acts = context.acts(RecordList::Entry(entry))?;
    let mut published = acts.iter().filter(|act| act.kind == RecordKind::EntryPublished);
    // A record names the superseded version as a subject too, after its own.
    let own = |number| -> Result<Version, Failure> { Ok(context.indexed(number)?.body::<EntryAct>()?.version) };
    let published = match version {
        None => published.next_back().map(|act| own(act.number)).transpose()?,
        Some(version) => published.any(|act| act.version == Some(version)).then_some(version),
    };
    let version =
        published.ok_or_else(|| Failure::NotFound { what: "a published version of this entry".to_owned() })?;
    let mut needed = Needed { context, found: BTreeMap::new() };
    needed.add_entry(entry, version)?;
    needed.add_authorities()?;
    let signers = needed.signers();
    needed.add_departments(signers)?;
    Ok((version, needed.found.into_values().collect()))
}

/// Events that a package is about: neighbours in a stream, under one key.
pub struct Reported {
    stream: StreamId,
    key: PublicKey,
    first: EventNumber,
    last: EventNumber,
}

impl Reported {
    /// The events from `first` to `last` of a batch.
    pub const fn of(batch: &BatchRecord, first: EventNumber, last: EventNumber) -> Self {
        Self { stream: batch.header.stream, key: batch.key, first, last }
    }

    fn is_named(&self, said: &EventsRepudiated) -> bool {
        let of_key = (self.stream, self.key) == (said.stream, said.key);
        of_key && self.first.max(said.first) <= self.last.min(said.last)
    }
}

/// The records behind a list: its batches, those beside it, who opened the streams of its own, and what was said of their keys and of the
/// events up to the tip.
pub fn of_list(
    context: &Context,
    batches: impl IntoIterator<Item = RecordNumber>,
    shown: &[&OpenBatch],
    reported: &[Reported],
    tip: Height,
) -> Result<Vec<Found>, Failure> {
    let mut needed = Needed { context, found: BTreeMap::new() };
    for batch in batches {
        needed.add(batch)?;
    }
    let mut streams = BTreeSet::new();
    for OpenBatch { batch, .. } in shown {
        if streams.insert((batch.header.stream, batch.key)) {
            needed.add_stream(batch)?;
        }
    }
    needed.add_signers(reported, Some(tip))?;
    needed.add_authorities()?;
    let mut departments = needed.signers();
    departments.extend(shown.iter().map(|batch| batch.reporter));
    needed.add_departments(departments)?;
    needed.add_systems(shown.iter().map(|batch| batch.batch.platform).collect())?;
    Ok(needed.found.into_values().collect())
}

struct Needed<'a> {
    context: &'a Context,
    found: BTreeMap<RecordNumber, Found>,
}

impl Needed<'_> {
    /// Adds a record with those that gave its signer the role, and theirs.
    fn add(&mut self, number: RecordNumber) -> Result<(), Failure> {
        let mut open = vec![number];
        while let Some(number) = open.pop() {
            if self.found.contains_key(&number) {
                continue;
            }
            if self.found.len() == RECORDS_MAX {
                let full = "it takes more records than a package holds; of a list, ask for fewer heights";
                return Err(Failure::evidence(full));
            }
            let found = self.context.record(number)?;
            let found = found.ok_or_else(|| Failure::evidence(format!("record {number} is not here")))?;
            if let Some(role) = signed_as(&found.record) {
                open.push(role.given);
                open.extend(role.confirmed);
            }
            self.found.insert(number, found);
        }
        Ok(())
    }

    /// The record that opened the batch's stream, or reopened it under the batch's key.
    fn add_stream(&mut self, batch: &BatchRecord) -> Result<(), Failure> {
        let stream = batch.header.stream;
        let turns = Turns::read(self.context)?;
        let reopened = turns.of(stream).iter().find(|turn| turn.key == Some(batch.key)).map(|turn| turn.record);
        let opened = match reopened {
            Some(record) => Some(record),
            None => opening(self.context, stream)?.map(|found| found.record.number),
        };
        self.add(opened.ok_or_else(|| Failure::evidence(format!("nothing says who opened stream {stream}")))?)
    }

    /// What was said since of the keys that signed these events, and of the events.
    fn add_signers(&mut self, reported: &[Reported], tip: Option<Height>) -> Result<(), Failure> {
        let keys: BTreeSet<PublicKey> = reported.iter().map(|events| events.key).collect();
        keys.into_iter().try_for_each(|key| self.add_signer(key, reported, tip))
    }

    fn add_signer(&mut self, key: PublicKey, reported: &[Reported], tip: Option<Height>) -> Result<(), Failure> {
        let mut repudiations = BTreeSet::new();
        for act in self.context.acts(RecordList::Subject(Subject::Account(key)))? {
            let found = self.context.indexed(act.number)?;
            if tip.is_some_and(|tip| found.height > tip) {
                break;
            }
            let concerns = match act.kind {
                RecordKind::KeyCompromised => found.body::<KeyCompromised>()?.key == key,
                RecordKind::EventsRepudiated => {
                    let said: EventsRepudiated = found.body()?;
                    said.key == key
                        && reported.iter().any(|events| events.is_named(&said))
                        && repudiations.insert(act.number)
                }
                RecordKind::RepudiationDecided => {
                    let decided: RepudiationDecided = found.body()?;
                    repudiations.contains(&decided.repudiation)
                }
                _ => false,
            };
            if concerns {
                self.add(act.number)?;
            }
        }
        Ok(())
    }

    /// The grant, its request from creation to agreement, and its course up to the batch.
    fn add_grant(&mut self, grant: GrantId, version: Version, batch: RecordNumber) -> Result<GrantTerms, Failure> {
        let mut agreed = None;
        for act in self.context.acts(RecordList::Grant(grant))? {
            let is_agreement = act.kind == RecordKind::RequestAgreed;
            if is_agreement && act.version == Some(version) {
                agreed = Some(act.number);
            }
            // What holders are told follows from acts on the entry, and nobody signs it.
            let is_signed = !act.kind.signers().is_empty();
            if !is_agreement && is_signed && act.number < batch {
                self.add(act.number)?;
            }
        }
        let missing = || Failure::evidence(format!("no record agrees to version {version} of grant {grant}"));
        let agreed: RequestAgreed = self.context.indexed(agreed.ok_or_else(missing)?)?.body()?;
        self.add_request(&agreed)?;
        if let Some(consent) = agreed.consent {
            self.add(consent)?;
        }
        Ok(agreed.grant)
    }

    /// What was asked for last, as the agreement names it, and who signed that.
    fn add_request(&mut self, agreed: &RequestAgreed) -> Result<(), Failure> {
        for act in self.context.acts(RecordList::Request(agreed.request))? {
            let signs = matches!(
                act.kind,
                RecordKind::RequestEndorsed | RecordKind::RequestApproved | RecordKind::RequestAgreed
            );
            if act.number == agreed.asked || signs && agreed.asked < act.number {
                self.add(act.number)?;
            }
        }
        Ok(())
    }

    /// Submission, endorsement, review and publication of a version.
    fn add_entry(&mut self, entry: EntryId, version: Version) -> Result<(), Failure> {
        for act in self.context.acts(RecordList::Entry(entry))? {
            let is_step = matches!(
                act.kind,
                RecordKind::EntrySubmitted
                    | RecordKind::EntryEndorsed
                    | RecordKind::EntryReviewed
                    | RecordKind::EntryPublished
            );
            if is_step && act.version == Some(version) {
                self.add(act.number)?;
            }
        }
        Ok(())
    }

    /// For a department that reviews or supervises and was not registered as an authority: the record that named it one.
    fn add_authorities(&mut self) -> Result<(), Failure> {
        let roles = self.found.values().filter_map(|found| signed_as(&found.record));
        let reviewers: BTreeSet<DepartmentId> = roles
            .filter(|role| matches!(role.role, Role::Reviewer | Role::Supervisor))
            .map(|role| role.department)
            .collect();
        let mut named_later = BTreeSet::new();
        for department in reviewers {
            let Some(found) = registration(self.context, department)? else { continue };
            if !found.body::<DepartmentInfo>()?.is_authority {
                named_later.insert(department);
            }
        }
        if named_later.is_empty() {
            return Ok(());
        }
        for act in self.context.acts(RecordList::Kind(RecordKind::AuthorityNamed))? {
            let named: AuthorityNamed = self.context.indexed(act.number)?.body()?;
            if named_later.remove(&named.department) {
                self.add(act.number)?;
            }
        }
        Ok(())
    }

    /// Departments in whose roles the records were signed.
    fn signers(&self) -> BTreeSet<DepartmentId> {
        self.found.values().filter_map(|found| signed_as(&found.record)).map(|role| role.department).collect()
    }

    /// Registrations of departments.
    fn add_departments(&mut self, departments: BTreeSet<DepartmentId>) -> Result<(), Failure> {
        for department in departments {
            if let Some(found) = registration(self.context, department)? {
                self.add(found.record.number)?;
            }
        }
        Ok(())
    }

    /// Registrations of the departments and systems that the event, its grant and its signers name.
    fn add_names(&mut self, batch: &OpenBatch, leaf: &PublicLeaf, terms: Option<&GrantTerms>) -> Result<(), Failure> {
        let mut departments = self.signers();
        departments.extend([leaf.provider, leaf.consumer, Some(batch.reporter)].into_iter().flatten());
        let mut systems: BTreeSet<SystemId> =
            [leaf.authorising_system, leaf.using_system].into_iter().flatten().collect();
        systems.insert(batch.batch.platform);
        if let Some(terms) = terms {
            departments.extend([terms.provider, terms.consumer]);
            systems.extend(terms.systems.iter().chain(terms.platforms.iter()));
        }
        self.add_departments(departments)?;
        self.add_systems(systems)
    }

    /// Registrations of systems.
    fn add_systems(&mut self, systems: BTreeSet<SystemId>) -> Result<(), Failure> {
        for system in systems {
            if let Some(row) = self.context.parts.store.index_get(&keys::system(system))? {
                self.add(keys::read_record(&row)?)?;
            }
        }
        Ok(())
    }
}
