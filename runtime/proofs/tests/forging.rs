//! Forged field by field: whatever needs no key is recomputed, and the right link is named.
//!
//! Each case is tried twice. With every validator in the plot (certificates are signed anew) the inner link must refuse it, because
//! a person's or a platform's signature cannot be forged; without them the certificate must. A case without a link of its own is
//! one that only the validators vouch for.

mod sample;

use mulu_proofs::{
    access::{BatchRecord, Findings, Outcome, PublicLeaf, RunKey, Series, Side, StreamOpened},
    catalog::{EntryAct, EntrySubmitted, Method, SharingClass, UpdateCycle},
    departments::{AccountKey, DepartmentInfo, Role, RoleConfirmed, RoleGiven, RoleScope, SignedAs, SystemInfo},
    evidence::{report::Link, verify},
    grants::GrantAct,
    ids::{
        DepartmentId, EntryId, EventNumber, GrantId, Moment, PurposeId, RecordNumber, RequestId, SeriesNumber,
        SystemId, Version,
    },
    records::{Record, RecordKind, Subject},
    sharing::{RequestAct, RequestAgreed, RequestCreated, Threshold},
    text::Text,
};
use sample::{World, content, keep_signatures};

type Case = (&'static str, fn(&mut World), Option<Link>);

/// Tries each case on the event at place 1: the one with a finding.
fn refuse(cases: &[Case]) {
    let honest_world = content::world();
    let numbers = honest_world.needed(content::wanted(1));
    let revealed = [mulu_proofs::access::SealedField::User];
    let honest = honest_world.package(1, &numbers, &revealed);
    for (name, forge, link) in cases {
        let mut world = honest_world.clone();
        forge(&mut world);
        // A forger shows what the honest holder shows, whatever is in it now.
        let mut shown = numbers.clone();
        shown.extend(world.blocks.iter().flat_map(|block| &block.records).map(|r| r.number).filter(|n| n.get() > 900));
        let mut forged = world.package(1, &shown, &revealed);
        let found = verify(&forged.to_bytes(), &world.genesis, None).failure;
        let named = found.as_ref().map(|failure| failure.link);
        assert_eq!(named, *link, "{name}, validators in the plot: {found:?}");
        assert_ne!(forged, honest, "{name} changes nothing");
        keep_signatures(&mut forged, &honest);
        let found = verify(&forged.to_bytes(), &world.genesis, None).failure.expect("refused");
        let expected = if forged.tip == honest.tip { link.expect("a link") } else { Link::Certificate };
        assert_eq!(found.link, expected, "{name}, validators honest: {found}");
    }
}

fn text<const N: u32>() -> Text<N> {
    Text::new("forged").expect("short")
}

fn record(world: &mut World, change: impl FnOnce(&mut Record)) {
    let number = content::approval_of(world, content::APPROVERS[0]);
    change(world.get_mut(number));
}

fn after_the_roles(world: &mut World) {
    let approved = content::approval_of(world, content::APPROVERS[0]);
    let records = world.blocks.iter_mut().flat_map(|block| &mut block.records);
    records.filter(|record| record.number >= approved).for_each(|record| record.moment = sample::EXPIRES);
}

#[test]
fn every_field_of_a_record() {
    refuse(&[
        ("version", |w| record(w, |r| r.version = 2), Some(Link::Record)),
        ("number", |w| record(w, |r| r.number = RecordNumber::new(901)), Some(Link::Record)),
        ("kind", |w| record(w, |r| r.kind = RecordKind::RequestEndorsed), Some(Link::Endorsement)),
        ("kind of another body", |w| record(w, |r| r.kind = RecordKind::RequestAgreed), Some(Link::Grant)),
        ("moment", |w| record(w, |r| r.moment = Moment::new(1)), Some(Link::Record)),
        ("later moment", |w| record(w, |r| r.moment = Moment::new(r.moment.get() + 1)), Some(Link::Record)),
        ("moments after the role", after_the_roles, Some(Link::Roles)),
        ("department", |w| record(w, |r| r.department = DepartmentId::new(3)), Some(Link::Roles)),
        ("signer", |w| record(w, |r| r.signer = Some(sample::account(content::APPROVERS[1]))), Some(Link::Approval)),
        ("no signer", |w| record(w, |r| r.signer = None), Some(Link::Approval)),
        ("extrinsic", |w| record(w, |r| r.extrinsic = Some([1; 32])), Some(Link::Approval)),
        ("no extrinsic", |w| record(w, |r| r.extrinsic = None), Some(Link::Approval)),
        ("subjects", |w| record(w, |r| r.subjects = vec![Subject::Request(RequestId::new(9))]), None),
        ("body", |w| record(w, |r| r.body.push(0)), Some(Link::Approval)),
    ]);
}

fn batch(world: &mut World, change: impl FnOnce(&mut BatchRecord)) {
    let number = world.nth(RecordKind::BatchAccepted, 0);
    world.edit(number, change);
}

#[test]
fn every_field_of_a_batch() {
    const BATCH: Option<Link> = Some(Link::Batch);
    refuse(&[
        ("genesis", |w| batch(w, |b| b.header.genesis = [1; 32]), BATCH),
        ("codec version", |w| batch(w, |b| b.header.codec_version = 2), BATCH),
        ("leaf version", |w| batch(w, |b| b.header.leaf_version = 2), BATCH),
        ("stream", |w| batch(w, |b| b.header.stream = b.header.stream.next()), BATCH),
        ("first", |w| batch(w, |b| b.header.first = EventNumber::new(1)), BATCH),
        ("count", |w| batch(w, |b| b.header.count = 6), BATCH),
        ("no events", |w| batch(w, |b| b.header.count = 0), BATCH),
        ("previous", |w| batch(w, |b| b.header.previous = [1; 32]), BATCH),
        ("time base", |w| batch(w, |b| b.header.time_base = Moment::new(1)), BATCH),
        ("public root", |w| batch(w, |b| b.header.public_root = [1; 32]), BATCH),
        ("sealed root", |w| batch(w, |b| b.header.sealed_root = [1; 32]), BATCH),
        ("body bytes", |w| batch(w, |b| b.header.body_bytes += 1), BATCH),
        ("body digest", |w| batch(w, |b| b.header.body_digest = [1; 32]), BATCH),
        ("signature", |w| batch(w, |b| b.signature[0] ^= 1), BATCH),
        ("key", |w| batch(w, |b| b.key = sample::account(content::HEAD)), BATCH),
        ("platform", |w| batch(w, |b| b.platform = SystemId::new(2)), Some(Link::Stream)),
        ("last time", |w| batch(w, |b| b.time_last = b.header.time_base), Some(Link::PublicLeaf)),
        ("run's series", |w| batch(w, |b| b.runs[0].series = Series::Grant(GrantId::new(2))), Some(Link::Series)),
        ("run's first", |w| batch(w, |b| b.runs[0].first = SeriesNumber::new(40)), None),
        ("run's count", |w| batch(w, |b| b.runs[0].count = 4), Some(Link::Series)),
        ("another run's count", |w| batch(w, |b| (b.runs[0].count, b.runs[1].count) = (1, 3)), Some(Link::Series)),
        ("finding's place", |w| batch(w, |b| b.findings[0].place = 0), Some(Link::Grant)),
        ("finding's place after another", |w| batch(w, |b| b.findings[0].place = 3), Some(Link::Series)),
        ("findings", |w| batch(w, |b| b.findings[0].findings = Findings::LATE), Some(Link::Grant)),
        ("empty findings", |w| batch(w, |b| b.findings[0].findings = Findings::default()), Some(Link::Series)),
    ]);
}

fn leaf(world: &mut World, change: impl FnOnce(&mut PublicLeaf)) {
    change(&mut world.events[1].0);
    content::forge_batch(world);
}

#[test]
fn every_field_of_a_leaf_breaks_the_platforms_signature() {
    const BATCH: Option<Link> = Some(Link::Batch);
    refuse(&[
        ("grant", |w| leaf(w, |l| l.key = RunKey::Grant(GrantId::new(2), Version::new(1))), BATCH),
        ("grant version", |w| leaf(w, |l| l.key = RunKey::Grant(GrantId::new(1), Version::new(2))), BATCH),
        ("entry", |w| leaf(w, |l| l.entry = Some((EntryId::new(2), Version::new(1)))), BATCH),
        ("provider", |w| leaf(w, |l| l.provider = Some(DepartmentId::new(1))), BATCH),
        ("consumer", |w| leaf(w, |l| l.consumer = Some(DepartmentId::new(1))), BATCH),
        ("items", |w| leaf(w, |l| l.items = 1), BATCH),
        ("authorising system", |w| leaf(w, |l| l.authorising_system = None), BATCH),
        ("using system", |w| leaf(w, |l| l.using_system = None), BATCH),
        ("purpose", |w| leaf(w, |l| l.purpose = None), BATCH),
        ("method", |w| leaf(w, |l| l.method = Method::File), BATCH),
        ("side", |w| leaf(w, |l| l.side = Side::Consumer), BATCH),
        ("time", |w| leaf(w, |l| l.time = Moment::new(l.time.get() + 1)), BATCH),
        ("duration", |w| leaf(w, |l| l.duration_ms = 0), BATCH),
        ("outcome", |w| leaf(w, |l| l.outcome = Outcome::Denied), BATCH),
        ("calls", |w| leaf(w, |l| l.calls = 2), BATCH),
        ("rows", |w| leaf(w, |l| l.rows = 0), BATCH),
        ("bytes", |w| leaf(w, |l| l.bytes = 0), BATCH),
        ("call id", |w| leaf(w, |l| l.call_id = 0), BATCH),
        ("pseudonym", |w| leaf(w, |l| l.pseudonym = None), BATCH),
    ]);
}

fn lie(world: &mut World, change: impl FnOnce(&mut PublicLeaf)) {
    change(&mut world.events[1].0);
    content::sign_batch_again(world);
}

#[test]
fn a_platform_that_lies_is_held_against_the_grant() {
    const GRANT: Option<Link> = Some(Link::Grant);
    refuse(&[
        ("grant", |w| lie(w, |l| l.key = RunKey::Grant(GrantId::new(2), Version::new(1))), Some(Link::Series)),
        ("grant version", |w| lie(w, |l| l.key = RunKey::Grant(GrantId::new(1), Version::new(2))), GRANT),
        ("entry", |w| lie(w, |l| l.entry = Some((EntryId::new(2), Version::new(1)))), GRANT),
        ("entry version", |w| lie(w, |l| l.entry = Some((EntryId::new(1), Version::new(2)))), GRANT),
        ("provider", |w| lie(w, |l| l.provider = Some(DepartmentId::new(1))), GRANT),
        ("consumer", |w| lie(w, |l| l.consumer = Some(DepartmentId::new(1))), GRANT),
        ("method", |w| lie(w, |l| l.method = Method::File), GRANT),
        ("purpose", |w| lie(w, |l| l.purpose = Some(PurposeId::new(2))), GRANT),
        ("using system", |w| lie(w, |l| l.using_system = Some(SystemId::new(1))), GRANT),
        ("reporter", |w| lie(w, |l| l.key = RunKey::Reporter(SystemId::new(1))), Some(Link::PublicLeaf)),
    ]);
}

fn opened(world: &mut World, change: impl FnOnce(&mut StreamOpened)) {
    let number = world.nth(RecordKind::StreamOpened, 0);
    world.edit(number, change);
}

#[test]
fn every_field_of_a_streams_opening() {
    const STREAM: Option<Link> = Some(Link::Stream);
    refuse(&[
        ("stream", |w| opened(w, |b| b.stream = b.stream.next()), STREAM),
        ("platform", |w| opened(w, |b| b.platform = SystemId::new(2)), STREAM),
        ("reconciles", |w| opened(w, |b| b.reconciles = true), STREAM),
        ("key", |w| opened(w, |b| b.key = [1; 32]), STREAM),
        ("role", |w| opened(w, |b| b.signed_as.role = Role::Admin), STREAM),
        ("department", |w| opened(w, |b| b.signed_as.department = DepartmentId::new(3)), STREAM),
        ("given", |w| opened(w, |b| b.signed_as.given = RecordNumber::new(1)), Some(Link::Roles)),
        ("given later", |w| opened(w, |b| b.signed_as.given = RecordNumber::new(999)), Some(Link::Roles)),
        ("confirmed", |w| opened(w, |b| b.signed_as.confirmed = Some(RecordNumber::new(1))), Some(Link::Roles)),
        ("expires", |w| opened(w, |b| b.signed_as.expires = Moment::new(u64::MAX)), Some(Link::Roles)),
        ("principal", |w| opened(w, |b| b.signed_as.principal = Some(AccountKey([1; 32]))), Some(Link::Roles)),
    ]);
}

fn created(world: &mut World, change: impl FnOnce(&mut RequestCreated)) {
    let number = world.nth(RecordKind::RequestCreated, 0);
    world.edit(number, change);
}

/// Changes the terms, the call that asked for them, and the grant alike.
fn asked(world: &mut World, change: impl FnOnce(&mut RequestCreated)) {
    created(world, change);
    let number = world.nth(RecordKind::RequestCreated, 0);
    world.forge_call(number);
}

#[test]
fn every_field_of_a_request() {
    const REQUEST: Option<Link> = Some(Link::Request);
    refuse(&[
        ("request", |w| created(w, |b| b.request = RequestId::new(2)), REQUEST),
        ("provider", |w| created(w, |b| b.provider = DepartmentId::new(1)), REQUEST),
        ("entry", |w| created(w, |b| b.terms.entry = EntryId::new(2)), REQUEST),
        ("entry version", |w| created(w, |b| b.terms.entry_version = Version::new(2)), REQUEST),
        ("items", |w| created(w, |b| b.terms.items = 7), REQUEST),
        ("consumer", |w| created(w, |b| b.terms.consumer = DepartmentId::new(1)), REQUEST),
        ("basis", |w| created(w, |b| b.terms.basis = text()), REQUEST),
        ("scenario", |w| created(w, |b| b.terms.scenario = text()), REQUEST),
        ("scope", |w| created(w, |b| b.terms.scope = text()), REQUEST),
        ("method", |w| created(w, |b| b.terms.method = Method::File), REQUEST),
        ("from", |w| created(w, |b| b.terms.from = Moment::new(0)), REQUEST),
        ("until", |w| created(w, |b| b.terms.until = Moment::new(u64::MAX)), REQUEST),
        ("purposes", |w| created(w, |b| b.terms.purposes[0] = PurposeId::new(2)), REQUEST),
        ("matter", |w| created(w, |b| b.terms.matter = text()), REQUEST),
        ("systems", |w| created(w, |b| b.terms.systems[0] = SystemId::new(9)), REQUEST),
        ("platforms", |w| created(w, |b| b.terms.platforms[0] = SystemId::new(9)), REQUEST),
        ("calls a day", |w| created(w, |b| b.terms.calls_per_day = 9), REQUEST),
        ("rows a day", |w| created(w, |b| b.terms.rows_per_day = 9), REQUEST),
        ("terms and call", |w| asked(w, |b| b.terms.basis = text()), REQUEST),
        ("role", |w| created(w, |b| b.signed_as.role = Role::Officer), REQUEST),
        ("given", |w| created(w, |b| b.signed_as.given = RecordNumber::new(1)), Some(Link::Roles)),
        ("fewer approvals", |w| created(w, |b| b.policy.stages[0].threshold = Threshold::Any), Some(Link::Approval)),
        ("more approvals", |w| created(w, |b| b.policy.stages[0].threshold = Threshold::All), Some(Link::Approval)),
        (
            "impossible stage",
            |w| created(w, |b| b.policy.stages[0].threshold = Threshold::Count(0)),
            Some(Link::Approval),
        ),
        ("approver", |w| created(w, |b| b.policy.stages[0].approvers[0] = AccountKey([1; 32])), Some(Link::Approval)),
        ("stage's role", |w| created(w, |b| b.policy.stages[0].role = Role::Head), Some(Link::Approval)),
        (
            "stage's department",
            |w| created(w, |b| b.policy.stages[0].departments[0] = DepartmentId::new(3)),
            Some(Link::Approval),
        ),
        ("no policy", |w| created(w, |b| b.policy.stages.clear()), Some(Link::Approval)),
    ]);
}

fn act(world: &mut World, kind: RecordKind, change: impl FnOnce(&mut RequestAct)) {
    let number = world.nth(kind, 0);
    world.edit(number, change);
}

fn act_and_call(world: &mut World, kind: RecordKind, change: impl FnOnce(&mut RequestAct)) {
    act(world, kind, change);
    let number = world.nth(kind, 0);
    world.forge_call(number);
}

#[test]
fn every_field_of_consent_and_approval() {
    use RecordKind::{RequestApproved, RequestEndorsed};
    const CONSENT: Option<Link> = Some(Link::Endorsement);
    const APPROVAL: Option<Link> = Some(Link::Approval);
    refuse(&[
        ("consent to another request", |w| act(w, RequestEndorsed, |b| b.request = RequestId::new(2)), CONSENT),
        ("consent to another digest", |w| act(w, RequestEndorsed, |b| b.digest = [1; 32]), CONSENT),
        ("and its call", |w| act_and_call(w, RequestEndorsed, |b| b.digest = [1; 32]), CONSENT),
        ("consent at a stage", |w| act(w, RequestEndorsed, |b| b.stage = Some(0)), CONSENT),
        ("consent as somebody else", |w| act(w, RequestEndorsed, |b| b.signed_as.role = Role::Head), CONSENT),
        (
            "consent's role",
            |w| act(w, RequestEndorsed, |b| b.signed_as.given = RecordNumber::new(7)),
            Some(Link::Roles),
        ),
        ("approval of another request", |w| act(w, RequestApproved, |b| b.request = RequestId::new(2)), APPROVAL),
        ("approval of another digest", |w| act(w, RequestApproved, |b| b.digest = [1; 32]), APPROVAL),
        ("and its call", |w| act_and_call(w, RequestApproved, |b| b.digest = [1; 32]), APPROVAL),
        ("approval of another stage", |w| act(w, RequestApproved, |b| b.stage = Some(1)), APPROVAL),
        ("approval of no stage", |w| act(w, RequestApproved, |b| b.stage = None), APPROVAL),
        (
            "approval for others",
            |w| act(w, RequestApproved, |b| b.signed_as.department = DepartmentId::new(3)),
            APPROVAL,
        ),
        (
            "approver's term",
            |w| act(w, RequestApproved, |b| b.signed_as.expires = Moment::new(u64::MAX)),
            Some(Link::Roles),
        ),
    ]);
}

fn agreed(world: &mut World, change: impl FnOnce(&mut RequestAgreed)) {
    let number = world.nth(RecordKind::RequestAgreed, 0);
    world.edit(number, change);
}

#[test]
fn every_field_of_the_agreement_and_the_grant() {
    const AGREEMENT: Option<Link> = Some(Link::Agreement);
    const GRANT: Option<Link> = Some(Link::Grant);
    const REQUEST: Option<Link> = Some(Link::Request);
    refuse(&[
        ("request", |w| agreed(w, |b| b.request = RequestId::new(2)), AGREEMENT),
        ("digest", |w| agreed(w, |b| b.digest = [1; 32]), AGREEMENT),
        ("role", |w| agreed(w, |b| b.signed_as.role = Role::Head), AGREEMENT),
        ("second signature", |w| agreed(w, |b| b.signed_as.confirmed = None), Some(Link::Roles)),
        ("grant", |w| agreed(w, |b| b.grant.grant = GrantId::new(2)), GRANT),
        ("grant version", |w| agreed(w, |b| b.grant.version = Version::new(2)), GRANT),
        ("grant's request", |w| agreed(w, |b| b.grant.request = RequestId::new(2)), REQUEST),
        ("provider", |w| agreed(w, |b| b.grant.provider = DepartmentId::new(1)), GRANT),
        ("consumer", |w| agreed(w, |b| b.grant.consumer = DepartmentId::new(1)), GRANT),
        ("entry", |w| agreed(w, |b| b.grant.entry = EntryId::new(2)), GRANT),
        ("entry version", |w| agreed(w, |b| b.grant.entry_version = Version::new(2)), GRANT),
        ("items", |w| agreed(w, |b| b.grant.items = 7), REQUEST),
        ("method", |w| agreed(w, |b| b.grant.method = Method::File), GRANT),
        ("from", |w| agreed(w, |b| b.grant.from = Moment::new(0)), REQUEST),
        ("until", |w| agreed(w, |b| b.grant.until = Moment::new(u64::MAX)), REQUEST),
        ("purposes", |w| agreed(w, |b| b.grant.purposes.clear()), GRANT),
        ("systems", |w| agreed(w, |b| b.grant.systems.clear()), GRANT),
        ("platforms", |w| agreed(w, |b| b.grant.platforms.clear()), GRANT),
        ("calls a day", |w| agreed(w, |b| b.grant.calls_per_day = 9), REQUEST),
        ("rows a day", |w| agreed(w, |b| b.grant.rows_per_day = 9), REQUEST),
        (
            "provisioned",
            |w| {
                let n = w.nth(RecordKind::GrantProvisioned, 0);
                w.edit(n, |b: &mut GrantAct| b.grant = GrantId::new(2));
            },
            Some(Link::Unreferenced),
        ),
        (
            "provisioned by",
            |w| {
                let n = w.nth(RecordKind::GrantProvisioned, 0);
                w.edit(n, |b: &mut GrantAct| b.signed_as.role = Role::Supervisor);
            },
            GRANT,
        ),
    ]);
}

fn submitted(world: &mut World, change: impl FnOnce(&mut EntrySubmitted)) {
    let number = world.nth(RecordKind::EntrySubmitted, 0);
    world.edit(number, change);
    // The forger rewrites the submission's call too: what stays is the submitter's signature, and what the others signed.
    world.forge_call(number);
}

#[test]
fn every_field_of_the_catalog_entry() {
    const CATALOG: Option<Link> = Some(Link::Catalog);
    refuse(&[
        ("entry", |w| submitted(w, |b| b.entry = EntryId::new(2)), CATALOG),
        ("version", |w| submitted(w, |b| b.version = Version::new(2)), CATALOG),
        ("code", |w| submitted(w, |b| b.content.code = text()), CATALOG),
        ("name", |w| submitted(w, |b| b.content.name = text()), CATALOG),
        ("provider", |w| submitted(w, |b| b.content.provider = DepartmentId::new(1)), CATALOG),
        ("summary", |w| submitted(w, |b| b.content.summary = text()), CATALOG),
        ("keywords", |w| submitted(w, |b| b.content.keywords.clear()), CATALOG),
        ("related", |w| submitted(w, |b| b.content.related.try_push(text()).expect("room")), CATALOG),
        ("classification", |w| submitted(w, |b| b.content.classification.sensitivity = 0), CATALOG),
        ("format", |w| submitted(w, |b| b.content.format.name = text()), CATALOG),
        ("items", |w| submitted(w, |b| b.content.items.clear()), CATALOG),
        ("item's class", |w| submitted(w, |b| b.content.items[0].sharing = SharingClass::Unconditional), CATALOG),
        ("sharing", |w| submitted(w, |b| b.content.sharing.class = SharingClass::Unconditional), CATALOG),
        ("opening", |w| submitted(w, |b| b.content.opening.class = SharingClass::Unconditional), CATALOG),
        ("update cycle", |w| submitted(w, |b| b.content.update_cycle = UpdateCycle::Yearly), CATALOG),
        ("published on", |w| submitted(w, |b| b.content.published_on = 0), CATALOG),
        ("responsibility", |w| submitted(w, |b| b.content.responsibility.steward = text()), CATALOG),
        ("assessments", |w| submitted(w, |b| b.content.assessments.secrecy = [0; 32]), CATALOG),
        ("submitter's role", |w| submitted(w, |b| b.signed_as.role = Role::Head), CATALOG),
    ]);
}

fn entry_act(world: &mut World, kind: RecordKind, change: impl FnOnce(&mut EntryAct)) {
    let number = world.nth(kind, 0);
    world.edit(number, change);
}

#[test]
fn every_field_of_the_catalog_acts() {
    use RecordKind::{EntryEndorsed, EntryPublished, EntryReviewed};
    const CATALOG: Option<Link> = Some(Link::Catalog);
    refuse(&[
        ("endorsed entry", |w| entry_act(w, EntryEndorsed, |b| b.entry = EntryId::new(2)), CATALOG),
        ("endorsed version", |w| entry_act(w, EntryEndorsed, |b| b.version = Version::new(2)), CATALOG),
        ("endorsed digest", |w| entry_act(w, EntryEndorsed, |b| b.digest = [1; 32]), CATALOG),
        ("endorsed as", |w| entry_act(w, EntryEndorsed, |b| b.signed_as.role = Role::Reviewer), CATALOG),
        ("reviewed digest", |w| entry_act(w, EntryReviewed, |b| b.digest = [1; 32]), CATALOG),
        ("reviewed as", |w| entry_act(w, EntryReviewed, |b| b.signed_as.role = Role::Head), CATALOG),
        (
            "reviewer's role",
            |w| entry_act(w, EntryReviewed, |b| b.signed_as.given = RecordNumber::new(6)),
            Some(Link::Roles),
        ),
        ("published digest", |w| entry_act(w, EntryPublished, |b| b.digest = [1; 32]), CATALOG),
        (
            "published by others",
            |w| entry_act(w, EntryPublished, |b| b.signed_as.department = DepartmentId::new(2)),
            CATALOG,
        ),
    ]);
}

/// The role of the provider's officer, the only one that was given after genesis.
fn given(world: &mut World, change: impl FnOnce(&mut RoleGiven)) {
    let number = *world.all(RecordKind::RoleGiven).last().expect("given");
    world.edit(number, change);
}

fn confirmed(world: &mut World, change: impl FnOnce(&mut RoleConfirmed)) {
    let number = world.nth(RecordKind::RoleConfirmed, 0);
    world.edit(number, change);
}

fn confirmer(world: &mut World, change: impl FnOnce(&mut SignedAs)) {
    confirmed(world, |body| change(&mut body.signed_as));
}

#[test]
fn every_field_of_a_role_and_of_the_names() {
    const ROLES: Option<Link> = Some(Link::Roles);
    refuse(&[
        ("account", |w| given(w, |b| b.account = [1; 32]), ROLES),
        ("department", |w| given(w, |b| b.department = DepartmentId::new(3)), ROLES),
        ("role", |w| given(w, |b| b.role = Role::Head), ROLES),
        ("expires", |w| given(w, |b| b.expires = Moment::new(u64::MAX)), ROLES),
        ("principal", |w| given(w, |b| b.principal = Some(AccountKey([1; 32]))), ROLES),
        ("pending", |w| given(w, |b| b.pending = false), ROLES),
        ("scope", |w| given(w, |b| b.scope = RoleScope::Entries(Default::default())), ROLES),
        ("basis", |w| given(w, |b| b.basis = Text::new("任命文件").expect("short")), ROLES),
        ("confirmed account", |w| confirmed(w, |b| b.account = [1; 32]), ROLES),
        ("confirmed department", |w| confirmed(w, |b| b.department = DepartmentId::new(3)), ROLES),
        ("confirmed role", |w| confirmed(w, |b| b.role = Role::Head), ROLES),
        ("confirmed record", |w| confirmed(w, |b| b.given = RecordNumber::new(6)), ROLES),
        ("confirmer's role", |w| confirmer(w, |s| s.role = Role::Officer), ROLES),
        ("confirmer's department", |w| confirmer(w, |s| s.department = DepartmentId::new(3)), ROLES),
        ("confirmer's record", |w| confirmer(w, |s| s.given = RecordNumber::new(6)), ROLES),
        (
            "department's id",
            |w| {
                let n = w.nth(RecordKind::DepartmentRegistered, 1);
                w.edit(n, |b: &mut DepartmentInfo| b.id = DepartmentId::new(9));
            },
            Some(Link::Unreferenced),
        ),
        (
            "department's name",
            |w| {
                let n = w.nth(RecordKind::DepartmentRegistered, 1);
                w.edit(n, |b: &mut DepartmentInfo| b.name = text());
            },
            None,
        ),
        (
            "authority",
            |w| {
                let n = w.nth(RecordKind::DepartmentRegistered, 0);
                w.edit(n, |b: &mut DepartmentInfo| b.is_authority = false);
            },
            ROLES,
        ),
        (
            "system's id",
            |w| {
                let n = w.nth(RecordKind::SystemRegistered, 0);
                w.edit(n, |b: &mut SystemInfo| b.id = SystemId::new(9));
            },
            Some(Link::Unreferenced),
        ),
    ]);
}
