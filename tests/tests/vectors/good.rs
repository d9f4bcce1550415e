//! Packages that hold: each shows something that a verifier may meet.

use super::{
    OK, Vector, lists,
    sample::{EPOCH, World, account, certify, content, header, key, named, unsigned_form},
};
use codec::Encode;
use mulu_proofs::{
    access::{BatchHeader, EventsRepudiated, KeyCompromised, RepudiationDecided, RunKey, SealedField, StreamReopened},
    calendar::Day,
    catalog::{EntryAct, EntryContent, EntrySubmitted, List, Methods},
    certificate::{Validator, ValidatorSet},
    departments::{AuthorityNamed, DepartmentInfo, Level, Role, RoleGiven, RoleScope},
    evidence::{Claim, FilingProof, Package, SetChange, calls::expected_call, report::Checkpoint},
    extrinsic::Implicit,
    grants::{
        DisposalCountersigned, DisposalRecorded, GrantAct, GrantCompleted, GrantTerms, RectificationOrdered,
        RectificationReported, ServiceEnded, UseKind, UseRecord, UseRecorded,
    },
    hash::{Suite, blake2_256},
    header::{HeaderView, NextValidators, VALIDATORS_ENGINE_ID},
    ids::{DepartmentId, EntryId, EventNumber, Height, Moment, PurposeId, RecordNumber, StreamId, SystemId, Version},
    papers::Papers,
    records::{Record, RecordKind},
    sharing::{
        Policy, RequestAct, RequestAgreed, RequestCreated, RequestResubmitted, RequestTerms, Stage, StandingConsent,
        StandingConsentSet, Threshold, request_digest,
    },
    text::Text,
};
use std::collections::BTreeSet;

const V2: Version = Version::new(2);
const PROVIDER: DepartmentId = DepartmentId::new(2);

/// A ledger and the records that a package of it shows.
pub(crate) struct Good {
    pub name: &'static str,
    pub world: World,
    pub place: usize,
    pub numbers: BTreeSet<RecordNumber>,
    pub revealed: Vec<SealedField>,
    /// The version whose filing is claimed, if it is no event.
    pub filing: Option<Version>,
}

impl Good {
    /// Everything that the event at `place` may rest on and of which the ledger has one.
    fn new(name: &'static str, world: World, place: usize) -> Self {
        Self::showing(name, world, place, content::wanted(place))
    }

    /// Of the ledger, what is wanted and the roles behind it.
    pub fn showing(name: &'static str, world: World, place: usize, wanted: impl Fn(&Record) -> bool) -> Self {
        let numbers = world.needed(wanted);
        let revealed = vec![SealedField::User, SealedField::NetworkAddress];
        Self { name, world, place, numbers, revealed, filing: None }
    }

    /// Like [`Good::new`], with `more` beside.
    pub fn shown(name: &'static str, world: World, place: usize, more: impl Fn(&Record) -> bool) -> Self {
        let wanted = content::wanted(place);
        Self::showing(name, world, place, |record| more(record) || wanted(record))
    }

    /// The filing of a version of the entry.
    fn filing(name: &'static str, world: World, version: Version) -> Self {
        let wanted = |record: &Record| content::wanted_for_filing(record) && is_of_version(record, version);
        Self { filing: Some(version), ..Self::showing(name, world, 0, wanted) }
    }

    pub fn package(&self) -> Package {
        self.package_of(&self.world)
    }

    /// The same package of a ledger that was changed since.
    pub fn package_of(&self, world: &World) -> Package {
        match self.filing {
            Some(version) => {
                let claim = Claim::Filing(FilingProof { entry: content::ENTRY, version });
                Package { claim, ..world.filing(&self.numbers) }
            }
            None => world.package(self.place, &self.numbers, &self.revealed),
        }
    }

    /// The same of an event without the registrations, which no link in front of `names` asks for.
    pub fn nameless(&self, world: &World) -> Package {
        if self.filing.is_some() {
            return self.package_of(world);
        }
        let named = |kind| matches!(kind, RecordKind::DepartmentRegistered | RecordKind::SystemRegistered);
        let numbers = self.numbers.iter().copied().filter(|number| !named(self.world.get(*number).kind)).collect();
        world.package(self.place, &numbers, &self.revealed)
    }
}

pub(crate) fn vectors() -> Vec<Vector> {
    let mut vectors: Vec<Vector> =
        ledgers().iter().map(|good| Vector::new(good.name, good.package().to_bytes(), OK)).collect();
    let world = content::world();
    let headers = world.headers();
    let event = content::package(&world, 1).to_bytes();
    vectors.push(Vector::new("event-checkpoint", event.clone(), OK).at(3, &headers[3]));
    vectors.push(Vector::new("event-checkpoint-tip", event, OK).at(8, &headers[8]));
    let mut unsealed = content::package(&world, 4);
    unsealed.event_mut().unwrap().sealed = None;
    vectors.push(Vector::new("event-unsealed", unsealed.to_bytes(), OK));
    let mut quorum = content::package(&world, 4);
    quorum.tip.certificate.signatures.pop();
    vectors.push(Vector::new("event-three-of-four", quorum.to_bytes(), OK));
    vectors.push(Vector::new("event-mortal", mortal().to_bytes(), OK));
    vectors.push(Vector::new("zip215", zip215(|_| {}).to_bytes(), OK));
    vectors.extend(lists::good());
    vectors
}

/// Ledgers whose packages hold.
pub(crate) fn ledgers() -> Vec<Good> {
    vec![
        Good::new("event", content::world(), 1),
        Good { revealed: SealedField::ALL.to_vec(), ..Good::new("event-revealed", content::world(), 0) },
        Good { revealed: Vec::new(), ..Good::new("event-entry", content::world(), 3) },
        Good::new("event-reporter", content::world(), 4),
        Good::new("event-stages", stages(), 0),
        standing("event-standing", standing_consent()),
        resubmitted(),
        superseded(),
        second_version(),
        course(),
        roles(),
        Good::new("event-sets", sets(), 2),
        tip(),
        compromised("event-compromised", |_, _| {}),
        Good::filing("filing", content::world(), content::V1),
        late_head("filing-late-head", publish_again_by_late_head),
    ]
}

pub(crate) fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

pub(crate) fn list<T: Clone, const N: u32>(items: &[T]) -> List<T, N> {
    List::try_from(items.to_vec()).ok().unwrap()
}

// From a request to a grant.

pub(crate) fn create(world: &mut World, terms: RequestTerms, policy: Policy) {
    let signed_as = world.signed_as(content::APPLICANT, Role::Applicant, 3);
    let created = RequestCreated { request: content::REQUEST, provider: PROVIDER, terms, policy, signed_as };
    world.record(RecordKind::RequestCreated, 3, Some(content::APPLICANT), &created);
}

pub(crate) fn act(
    world: &mut World,
    kind: RecordKind,
    (seed, role, department): (u8, Role, u32),
    terms: &RequestTerms,
) {
    let signed_as = world.signed_as(seed, role, department);
    let digest = request_digest(content::REQUEST, terms);
    let stage = (kind == RecordKind::RequestApproved).then_some(0);
    world.record(kind, department, Some(seed), &RequestAct { request: content::REQUEST, digest, stage, signed_as });
}

pub(crate) fn endorse(world: &mut World, terms: &RequestTerms) {
    act(world, RecordKind::RequestEndorsed, (content::CONSUMER_OFFICER, Role::Officer, 3), terms);
}

pub(crate) fn approve(world: &mut World, terms: &RequestTerms) {
    for seed in [content::APPROVERS[0], content::APPROVERS[2]] {
        act(world, RecordKind::RequestApproved, (seed, Role::Approver, 2), terms);
    }
}

pub(crate) fn agree(world: &mut World, consent: Option<RecordNumber>) {
    agree_to(world, &content::terms(), content::grant(), consent);
}

pub(crate) fn agree_to(world: &mut World, terms: &RequestTerms, grant: GrantTerms, consent: Option<RecordNumber>) {
    let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
    let digest = request_digest(content::REQUEST, terms);
    let agreed = RequestAgreed { request: content::REQUEST, asked: world.asked(), digest, signed_as, consent, grant };
    let signer = consent.is_none().then_some(content::OFFICER);
    world.record(RecordKind::RequestAgreed, 2, signer, &agreed);
}

/// All of one named approver, half of two, and whoever is head.
fn stages() -> World {
    let approvers = content::APPROVERS;
    let stage = |role, named: Vec<_>, threshold| Stage {
        departments: list(&[DepartmentId::new(1), PROVIDER]),
        role,
        approvers: list(&named),
        threshold,
    };
    let half = Threshold::Fraction { numerator: 1, denominator: 2 };
    let policy = Policy {
        stages: list(&[
            stage(Role::Approver, vec![named(approvers[0])], Threshold::All),
            stage(Role::Approver, vec![named(approvers[1]), named(approvers[2])], half),
            stage(Role::Head, Vec::new(), Threshold::Count(1)),
        ]),
    };
    content::world_with(move |world| {
        create(world, content::terms(), policy);
        endorse(world, &content::terms());
        for (stage, (seed, role)) in
            (0..).zip([(approvers[0], Role::Approver), (approvers[2], Role::Approver), (content::HEAD, Role::Head)])
        {
            let signed_as = world.signed_as(seed, role, 2);
            let digest = request_digest(content::REQUEST, &content::terms());
            let act = RequestAct { request: content::REQUEST, digest, stage: Some(stage), signed_as };
            world.record(RecordKind::RequestApproved, 2, Some(seed), &act);
        }
        agree(world, None);
    })
}

pub(crate) fn standing_consent() -> StandingConsent {
    StandingConsent {
        entry_version: content::V1,
        items: 0b011,
        methods: Methods::of(&[content::terms().method]),
        consumers: list(&[DepartmentId::new(3)]),
        purposes: list(&[PurposeId::new(1)]),
        calls_per_day: 1_000,
        rows_per_day: 10_000,
        days: 2,
        expires: Moment::new(EPOCH + 100_000),
    }
}

/// An agreement that a standing consent gave with the last approval.
pub(crate) fn standing(name: &'static str, consent: StandingConsent) -> Good {
    let world = content::world_with(|world| {
        let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
        let set = StandingConsentSet { entry: content::ENTRY, consent, signed_as };
        let number = world.record(RecordKind::StandingConsentSet, 2, Some(content::OFFICER), &set);
        create(world, content::terms(), content::policy());
        endorse(world, &content::terms());
        approve(world, &content::terms());
        agree(world, Some(number));
    });
    let wanted = content::wanted(0);
    Good::showing(name, world, 0, |record| wanted(record) || record.kind == RecordKind::StandingConsentSet)
}

/// Asked for, signed, changed, and signed anew.
fn resubmitted() -> Good {
    let at_first = RequestTerms { items: 0b111, ..content::terms() };
    let world = content::world_with(|world| {
        create(world, at_first.clone(), content::policy());
        endorse(world, &at_first);
        let signed_as = world.signed_as(content::APPLICANT, Role::Applicant, 3);
        let digest = request_digest(content::REQUEST, &at_first);
        let (request, terms, policy) = (content::REQUEST, content::terms(), content::policy());
        let changed = RequestResubmitted { request, digest, provider: PROVIDER, terms, policy, signed_as };
        world.record(RecordKind::RequestResubmitted, 3, Some(content::APPLICANT), &changed);
        endorse(world, &content::terms());
        approve(world, &content::terms());
        agree(world, None);
    });
    let from = world.nth(RecordKind::RequestResubmitted, 0);
    let wanted = content::wanted(0);
    let at_first = |kind| matches!(kind, RecordKind::RequestCreated | RecordKind::RequestEndorsed);
    Good::showing("event-resubmitted", world, 0, |record| match record.kind {
        RecordKind::RequestResubmitted => true,
        kind if at_first(kind) && record.number < from => false,
        _ => wanted(record),
    })
}

// The catalog.

fn second_content() -> EntryContent {
    EntryContent { summary: text("社会组织登记与年检"), ..content::entry() }
}

pub(crate) fn submit_again(world: &mut World, seed: u8) {
    let signed_as = world.signed_as(seed, Role::Cataloguer, 2);
    let submitted = EntrySubmitted { entry: content::ENTRY, version: V2, signed_as, content: second_content() };
    world.record(RecordKind::EntrySubmitted, 2, Some(seed), &submitted);
}

/// Endorses, reviews or publishes the second version.
pub(crate) fn act_again(world: &mut World, kind: RecordKind, (seed, role, department): (u8, Role, u32)) {
    let signed_as = world.signed_as(seed, role, department);
    let act = EntryAct { entry: content::ENTRY, version: V2, digest: second_content().digest(), signed_as };
    world.record(kind, department, Some(seed), &act);
}

pub(crate) fn review_and_publish_again(world: &mut World) {
    for kind in [RecordKind::EntryReviewed, RecordKind::EntryPublished] {
        act_again(world, kind, (content::REVIEWER, Role::Reviewer, 1));
    }
}

/// Publishes a second version of the entry.
fn publish_again(world: &mut World) {
    submit_again(world, content::CATALOGUER);
    act_again(world, RecordKind::EntryEndorsed, (content::HEAD, Role::Head, 2));
    review_and_publish_again(world);
}

/// The same, endorsed by a head whose role was given and confirmed after genesis.
fn publish_again_by_late_head(world: &mut World) {
    world.give(Some(content::ADMIN), content::OFFICER, Role::Head, 2);
    world.confirm((content::HEAD, Role::Head, 2), content::OFFICER, Role::Head, 2);
    submit_again(world, content::CATALOGUER);
    act_again(world, RecordKind::EntryEndorsed, (content::OFFICER, Role::Head, 2));
    review_and_publish_again(world);
}

/// The filing of a second version of the entry.
pub(crate) fn late_head(name: &'static str, steps: impl FnOnce(&mut World)) -> Good {
    Good::filing(name, content::world_with(steps), V2)
}

pub(crate) fn is_of_version(record: &Record, version: Version) -> bool {
    match record.kind {
        RecordKind::EntrySubmitted => record.body_as::<EntrySubmitted>().unwrap().version == version,
        RecordKind::EntryEndorsed | RecordKind::EntryReviewed | RecordKind::EntryPublished => {
            record.body_as::<EntryAct>().unwrap().version == version
        }
        _ => true,
    }
}

fn two_versions() -> World {
    content::world_with(|world| {
        create(world, content::terms(), content::policy());
        endorse(world, &content::terms());
        approve(world, &content::terms());
        agree(world, None);
        publish_again(world);
    })
}

/// An event under a grant on the first version, after the second was published.
fn superseded() -> Good {
    let wanted = content::wanted(0);
    Good::showing("event-superseded", two_versions(), 0, |record| wanted(record) && is_of_version(record, content::V1))
}

/// An event that names the second version, without a grant.
fn second_version() -> Good {
    let mut world = two_versions();
    let leaf = &mut world.events[3].0;
    (leaf.key, leaf.entry) = (RunKey::Entry(content::ENTRY, V2, DepartmentId::new(3)), Some((content::ENTRY, V2)));
    content::sign_batch_again(&mut world);
    let wanted = content::wanted(3);
    Good::showing("event-second-version", world, 3, |record| wanted(record) && is_of_version(record, V2))
}

// The grant's course, roles, keys.

/// Every act on a grant that there is.
fn course() -> Good {
    let mut world = content::world();
    let from = world.next_number;
    let (grant, papers, why) = (content::GRANT, Papers([5; 32]), text::<512>("依据"));
    let consumer = (content::CONSUMER_OFFICER, Role::Officer, 3);
    let provider = (content::OFFICER, Role::Officer, 2);
    let authority = (content::SUPERVISOR, Role::Supervisor, 1);
    let applicant = (content::APPLICANT, Role::Applicant, 3);
    let mut record = |kind, (seed, role, department): (u8, Role, u32), body: &dyn Fn(_) -> Vec<u8>| {
        let signed_as = world.signed_as(seed, role, department);
        world.record(kind, department, Some(seed), &Encoded(body(signed_as)));
    };
    let plain = |signed_as| GrantAct { grant, reason: why.clone(), signed_as }.encode();
    record(RecordKind::GrantSuspended, authority, &plain);
    record(RecordKind::GrantResumed, provider, &plain);
    record(RecordKind::RectificationOrdered, provider, &|signed_as| {
        RectificationOrdered { grant, working_days: 5, what: why.clone(), signed_as }.encode()
    });
    record(RecordKind::RectificationReported, consumer, &|signed_as| {
        RectificationReported { grant, statement: why.clone(), papers: Some(papers), signed_as }.encode()
    });
    record(RecordKind::RectificationRejected, authority, &plain);
    record(RecordKind::GrantTerminated, provider, &plain);
    record(RecordKind::GrantCompleted, consumer, &|signed_as| {
        GrantCompleted { grant, outcome: text("成效"), signed_as }.encode()
    });
    record(RecordKind::ServiceEnded, provider, &|signed_as| {
        let authority = DepartmentId::new(1);
        ServiceEnded { grant, reason: why.clone(), consultation: papers, authority, signed_as }.encode()
    });
    record(RecordKind::DisposalRecorded, consumer, &|signed_as| {
        DisposalRecorded { grant, how: why.clone(), papers: None, signed_as }.encode()
    });
    record(RecordKind::DisposalCountersigned, provider, &|signed_as| {
        DisposalCountersigned { grant, record: RecordNumber::new(1), signed_as }.encode()
    });
    record(RecordKind::UseRecorded, applicant, &|signed_as| {
        let used = UseRecord { kind: UseKind::Outcome, papers, on: Day::default() };
        UseRecorded { grant, used, signed_as }.encode()
    });
    world.next_block();
    let wanted = content::wanted(1);
    Good::showing("event-course", world, 1, |record| record.number.get() >= from || wanted(record))
}

/// A body that is encoded already.
struct Encoded(Vec<u8>);

impl Encode for Encoded {
    fn encode(&self) -> Vec<u8> {
        self.0.clone()
    }
}

/// Roles of narrow scope, an acting person, an authority that governance named.
fn roles() -> Good {
    let mut world = content::world();
    let role_of = |world: &World, seed, role, department| world.signed_as(seed, role, department).given;
    for (seed, role, department, scope) in [
        (content::APPLICANT, Role::Applicant, 3, RoleScope::Entries(list(&[EntryId::new(9), content::ENTRY]))),
        (content::APPROVERS[0], Role::Approver, 2, RoleScope::Departments(list(&[DepartmentId::new(3)]))),
        (content::REVIEWER, Role::Reviewer, 1, RoleScope::Departments(list(&[PROVIDER]))),
    ] {
        let number = role_of(&world, seed, role, department);
        world.edit(number, |given: &mut RoleGiven| given.scope = scope.clone());
    }
    let principal = Some(named(content::HEAD));
    let number = role_of(&world, content::PLATFORM, Role::Platform, 2);
    world.edit(number, |given: &mut RoleGiven| given.principal = principal);
    let number = world.nth(RecordKind::StreamOpened, 0);
    world.edit(number, |body: &mut mulu_proofs::access::StreamOpened| body.signed_as.principal = principal);
    let number = world.nth(RecordKind::DepartmentRegistered, 0);
    world.edit(number, |info: &mut DepartmentInfo| info.is_authority = false);
    // The supervisor's role is needed by no act of this event: its record becomes the one that names the authority.
    let number = role_of(&world, content::SUPERVISOR, Role::Supervisor, 1);
    let record = world.get_mut(number);
    let (department, level) = (DepartmentId::new(1), Level::Province);
    let body = AuthorityNamed { department, level, region: 330_000, before: None };
    (record.kind, record.body) = (RecordKind::AuthorityNamed, body.encode());
    record.extrinsic = Some([7; 32]);
    let wanted = content::wanted(1);
    Good::showing("event-roles", world, 1, |record| record.kind == RecordKind::AuthorityNamed || wanted(record))
}

/// A stream that was reopened under the batch's key; then that key was reported too, an event without an entry repudiated, and the
/// authority disagreed. `more` is done last.
pub(crate) fn compromised(name: &'static str, more: impl FnOnce(&mut World, RecordNumber)) -> Good {
    let mut world = content::world();
    let (platform, stream, key) = (SystemId::new(1), StreamId::new(1), account(content::PLATFORM));
    let opened = world.nth(RecordKind::StreamOpened, 0);
    let signed_as = world.signed_as(content::PLATFORM, Role::Platform, 2);
    let BatchHeader { first, previous, .. } = content::batch(&world).header;
    let reopened = StreamReopened { stream, platform, key, next: first, previous, signed_as };
    let record = world.get_mut(opened);
    (record.kind, record.body) = (RecordKind::StreamReopened, reopened.encode());
    world.sign_again(opened, content::PLATFORM);
    let head = world.signed_as(content::HEAD, Role::Head, 2);
    let reported = KeyCompromised {
        platform,
        key,
        from: Moment::new(EPOCH),
        to: Moment::new(EPOCH + 50_000),
        statement: text("密钥失窃"),
        halted: list(&[stream]),
        signed_as: head,
    };
    let compromise = world.record(RecordKind::KeyCompromised, 2, Some(content::HEAD), &reported);
    let (first, last) = (EventNumber::new(12), EventNumber::new(15));
    let statement = text("非本部门上报");
    let repudiated = EventsRepudiated { compromise, stream, first, last, statement, key, signed_as: head };
    let repudiation = world.record(RecordKind::EventsRepudiated, 2, Some(content::HEAD), &repudiated);
    decide(&mut world, repudiation, (content::SUPERVISOR, Role::Supervisor));
    more(&mut world, repudiation);
    world.next_block();
    let wanted = content::wanted(4);
    Good::showing(name, world, 4, |record| {
        matches!(
            record.kind,
            RecordKind::StreamReopened
                | RecordKind::KeyCompromised
                | RecordKind::EventsRepudiated
                | RecordKind::RepudiationDecided
        ) || wanted(record)
    })
}

/// Somebody of department 1 decides on a repudiation.
pub(crate) fn decide(world: &mut World, repudiation: RecordNumber, (seed, role): (u8, Role)) {
    let signed_as = world.signed_as(seed, role, 1);
    let decided = RepudiationDecided { repudiation, upheld: false, finding: text("证据不足"), signed_as };
    world.record(RecordKind::RepudiationDecided, 1, Some(seed), &decided);
}

// The chain.

/// Block 1 repeats genesis; the set grows to five and shrinks to one.
fn sets() -> World {
    let mut world = content::world();
    world.blocks[1].next = Some(vec![1, 2, 3, 4]);
    world.blocks[5].next = Some(vec![1, 2, 3, 5, 6]);
    world.blocks[6].next = Some(vec![6]);
    world
}

/// The batch's block is the tip.
fn tip() -> Good {
    let mut world = content::world();
    world.blocks.pop();
    Good::new("event-tip", world, 1)
}

/// The approval bears an era of 64 blocks.
fn mortal() -> Package {
    let mut world = content::world();
    let number = content::approval_of(&world, content::APPROVERS[0]);
    let implicit = Implicit { mortality: [6; 32], ..world.implicit() };
    let call = expected_call(world.get(number)).unwrap();
    let extra = [0x15, 0x00, 4];
    let payload = [&call[..], &extra, &implicit.encode()].concat();
    let signature = key(content::APPROVERS[0]).sign(&payload).to_bytes();
    let bytes = unsigned_form(account(content::APPROVERS[0]), signature, &extra, &call);
    world.get_mut(number).extrinsic = Some(blake2_256(&bytes));
    world.acts.insert(number, (bytes, implicit));
    content::package(&world, 1)
}

/// A package whose last set has three members of small order, two of them in encodings that are not canonical: by ZIP 215 the signature
/// (identity, 0) of each verifies. Nobody should have such a key; that every verifier judges alike matters all the same.
pub(crate) fn zip215(change: impl FnOnce(&mut [u8; 64])) -> Package {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut over_p = [0xff; 32];
    (over_p[0], over_p[31]) = (0xee, 0x7f);
    let mut negative_zero = identity;
    negative_zero[31] = 0x80;
    let weak = [identity, over_p, negative_zero];
    let world = content::world();
    let mut package = content::package(&world, 4);
    let validators = weak.iter().zip(1..).map(|(key, id)| Validator { key: *key, department: DepartmentId::new(id) });
    let set = ValidatorSet::new(validators.collect()).unwrap();
    let bytes = header([3; 32], 7, &[announces(&set)]);
    let certificate = certify(&world.genesis, 7, &bytes, &content::SECOND_SET);
    package.sets.push(SetChange { header: bytes, certificate, set });
    let mut signature = [0; 64];
    signature[0] = 1;
    change(&mut signature);
    let signatures = &mut package.tip.certificate.signatures;
    signatures.truncate(3);
    for (signed, validator) in signatures.iter_mut().zip(package.sets[1].set.validators()) {
        (signed.validator, signed.signature) = (validator.key, signature);
    }
    package
}

/// The digest item of a header that names the set after it.
pub(crate) fn announces(set: &ValidatorSet) -> ([u8; 4], Vec<u8>) {
    (VALIDATORS_ENGINE_ID, NextValidators { suite: Suite::default(), digest: set.digest() }.encode())
}

/// The checkpoint that the header of a package's tip is.
pub(crate) fn tip_of(package: &Package) -> Checkpoint {
    let tip = HeaderView::read(&package.tip.header).unwrap();
    Checkpoint { height: Height::new(tip.height.get()), hash: tip.hash }
}
