//! Packages of forgers: parts exchanged, left out, taken from elsewhere.

mod sample;

use codec::Encode;
use mulu_proofs::{
    access::{SealedField, StreamOpened},
    catalog::List,
    certificate::ValidatorSet,
    departments::{AccountKey, AuthorityNamed, DepartmentInfo, Level, Role, RoleConfirmed, RoleGiven, RoleScope},
    evidence::{Package, SetChange, package::PACKAGE_BYTES_MAX, report::Link, verify},
    extrinsic::{Implicit, SignedExtrinsic},
    genesis::GenesisFile,
    hash::blake2_256,
    header::HeaderView,
    ids::{DepartmentId, EntryId, RecordNumber, RequestId},
    records::{Record, RecordKind},
    sharing::{RequestAct, request_digest},
};
use sample::{World, account, certify, content, header, set_of, unsigned_form};

fn link(package: &Package, genesis: &GenesisFile) -> Link {
    verify(&package.to_bytes(), genesis, None).failure.expect("refused").link
}

type Case = (&'static str, fn(&mut Package), Link);

/// Changes the honest package of event 1 and nothing else.
fn refuse(cases: &[Case]) {
    let world = content::world();
    let honest = content::package(&world, 1);
    for (name, change, expected) in cases {
        let mut package = honest.clone();
        change(&mut package);
        let failure = verify(&package.to_bytes(), &world.genesis, None).failure.expect(name);
        assert_eq!(failure.link, *expected, "{name}: {failure}");
    }
}

#[test]
fn every_field_of_the_chain_part() {
    refuse(&[
        ("magic", |p| p.magic[0] ^= 1, Link::Container),
        ("version", |p| p.version = 2, Link::Container),
        ("chain id", |p| p.chain_id.push(b'x'), Link::Genesis),
        ("long chain id", |p| p.chain_id = vec![b'x'; 65], Link::Container),
        ("set change's header", |p| p.sets[0].header[40] ^= 1, Link::Certificate),
        (
            "set change's height",
            |p| p.sets[0].certificate.height = p.sets[0].certificate.height.next(),
            Link::Certificate,
        ),
        ("set change's round", |p| p.sets[0].certificate.round = 1, Link::Certificate),
        ("set change's hash", |p| p.sets[0].certificate.header_hash = [1; 32], Link::Certificate),
        ("set change's signature", |p| p.sets[0].certificate.signatures[0].signature[0] ^= 1, Link::Certificate),
        ("set change's signer", |p| p.sets[0].certificate.signatures[0].validator[0] ^= 1, Link::Certificate),
        ("set", |p| p.sets[0].set = set_of(&[1, 2, 3, 6]), Link::ValidatorSet),
        ("no header of a set change", |p| p.sets[0].header.clear(), Link::ValidatorSet),
        ("a set change twice", |p| p.sets.push(p.sets[0].clone()), Link::ValidatorSet),
        ("set change left out", |p| p.sets.clear(), Link::Certificate),
        ("tip", |p| p.tip.header[40] ^= 1, Link::Certificate),
        ("tip's height", |p| p.tip.certificate.height = p.tip.certificate.height.next(), Link::Certificate),
        ("tip's round", |p| p.tip.certificate.round = 1, Link::Certificate),
        ("tip's signature", |p| p.tip.certificate.signatures[0].signature[0] ^= 1, Link::Certificate),
        ("header", |p| p.headers[0].header[40] ^= 1, Link::History),
        ("header's place", |p| p.headers[0].path.as_mut().expect("a path").index += 1, Link::History),
        ("header's count", |p| p.headers[0].path.as_mut().expect("a path").count += 1, Link::History),
        ("header's sibling", |p| p.headers[0].path.as_mut().expect("a path").siblings[0][0] ^= 1, Link::History),
        ("header without path", |p| p.headers[0].path = None, Link::History),
        ("headers exchanged", |p| p.headers.swap(0, 1), Link::History),
        ("header twice", |p| p.headers.insert(0, p.headers[0].clone()), Link::History),
        ("a header of no record", |p| p.headers.push(p.headers[0].clone()), Link::History),
    ]);
}

#[test]
fn every_field_of_the_record_and_event_parts() {
    refuse(&[
        ("record's header", |p| p.records[0].header = 1, Link::Record),
        ("record's header of none", |p| p.records[0].header = 99, Link::Container),
        ("record's place", |p| p.records[0].path.index += 1, Link::Record),
        ("record's count", |p| p.records[0].path.count += 1, Link::Record),
        ("record's sibling", |p| p.records[0].path.siblings[0][0] ^= 1, Link::Record),
        ("record", |p| *p.records[0].record.last_mut().expect("long") ^= 1, Link::Record),
        ("records exchanged", |p| p.records.swap(0, 1), Link::Record),
        ("record twice", |p| p.records.push(p.records.last().expect("some").clone()), Link::Record),
        ("act of another record", |p| p.acts[0].record -= 1, Link::Roles),
        ("act of no record", |p| p.acts.last_mut().expect("some").record = 999, Link::Container),
        ("act twice", |p| p.acts.insert(0, p.acts[0].clone()), Link::Container),
        (
            "act of the batch",
            |p| {
                let mut act = p.acts[0].clone();
                act.record = p.event().expect("about an event").batch;
                p.acts.push(act);
            },
            Link::Unreferenced,
        ),
        ("batch", |p| p.event_mut().expect("about an event").batch -= 1, Link::Batch),
        ("leaf", |p| p.event_mut().expect("about an event").leaf[40] ^= 1, Link::PublicLeaf),
        ("leaf not canonical", |p| p.event_mut().expect("about an event").leaf[127] = 1, Link::PublicLeaf),
        ("leaf's place", |p| p.event_mut().expect("about an event").path.index = 0, Link::PublicLeaf),
        ("leaf's count", |p| p.event_mut().expect("about an event").path.count = 6, Link::PublicLeaf),
        ("leaf's sibling", |p| p.event_mut().expect("about an event").path.siblings[0][0] ^= 1, Link::PublicLeaf),
    ]);
}

#[test]
fn every_field_of_the_sealed_part() {
    const SEALED: Link = Link::SealedLeaf;
    refuse(&[
        (
            "commitment",
            |p| p.event_mut().expect("about an event").sealed.as_mut().expect("shown").commitments[2][0] ^= 1,
            SEALED,
        ),
        ("place", |p| p.event_mut().expect("about an event").sealed.as_mut().expect("shown").path.index = 0, SEALED),
        ("count", |p| p.event_mut().expect("about an event").sealed.as_mut().expect("shown").path.count = 4, SEALED),
        (
            "sibling",
            |p| p.event_mut().expect("about an event").sealed.as_mut().expect("shown").path.siblings[0][0] ^= 1,
            SEALED,
        ),
        (
            "field",
            |p| {
                p.event_mut().expect("about an event").sealed.as_mut().expect("shown").revealed[0].field =
                    SealedField::Operator
            },
            SEALED,
        ),
        (
            "salt",
            |p| p.event_mut().expect("about an event").sealed.as_mut().expect("shown").revealed[0].salt[0] ^= 1,
            SEALED,
        ),
        (
            "value",
            |p| {
                p.event_mut().expect("about an event").sealed.as_mut().expect("shown").revealed[0].value =
                    Some(b"user-2".to_vec())
            },
            SEALED,
        ),
        (
            "no value",
            |p| p.event_mut().expect("about an event").sealed.as_mut().expect("shown").revealed[0].value = None,
            SEALED,
        ),
        (
            "long value",
            |p| {
                p.event_mut().expect("about an event").sealed.as_mut().expect("shown").revealed[0].value =
                    Some(vec![0; 513])
            },
            Link::Container,
        ),
        (
            "fields out of order",
            |p| p.event_mut().expect("about an event").sealed.as_mut().expect("shown").revealed.swap(0, 1),
            Link::Container,
        ),
    ]);
}

#[test]
fn a_sealed_leaf_of_another_event_does_not_fit() {
    let world = content::world();
    let mut package = content::package(&world, 1);
    package.event_mut().expect("about an event").sealed =
        content::package(&world, 0).event_mut().expect("about an event").sealed.take();
    assert_eq!(link(&package, &world.genesis), Link::SealedLeaf);
    // Even at the right place: the preimage holds the public leaf's hash.
    let mut shifted = world.clone();
    shifted.events.swap(0, 2);
    let (first, third) = (shifted.events[0].1.clone(), shifted.events[2].1.clone());
    (shifted.events[0].1, shifted.events[2].1) = (third, first);
    package.event_mut().expect("about an event").sealed =
        content::package(&shifted, 0).event_mut().expect("about an event").sealed.take();
    package.event_mut().expect("about an event").leaf = world.events[0].0.bytes();
    package.event_mut().expect("about an event").path =
        content::package(&world, 0).event_mut().expect("about an event").path.clone();
    assert_eq!(link(&package, &world.genesis), Link::SealedLeaf);
}

#[test]
fn another_chain() {
    let world = content::world();
    let package = content::package(&world, 1);
    let mut renamed = world.genesis.clone();
    renamed.chain_id = "mulu-other".into();
    assert_eq!(link(&package, &renamed), Link::Genesis);
    // The same name and validators, another genesis.
    let mut other = world.genesis.clone();
    other.header[40] ^= 1;
    assert_eq!(link(&package, &other), Link::Certificate);
    // The same name, other validators.
    let mut taken = world.genesis.clone();
    taken.validators = set_of(&[51, 52, 53, 54]);
    assert_eq!(link(&package, &taken), Link::Genesis);
    let foreign = World::empty("mulu-sample");
    assert_eq!(foreign.genesis, world.genesis);
}

#[test]
fn a_genesis_file_that_is_not_consistent() {
    let world = content::world();
    let package = content::package(&world, 1);
    let changes: [fn(&mut GenesisFile); 5] = [
        |g| g.chain_id = String::new(),
        |g| g.header.clear(),
        |g| g.header = header([1; 32], 0, &[]),
        |g| g.header = header([0; 32], 5, &[]),
        |g| g.validators = unsorted_set(),
    ];
    for change in changes {
        let mut genesis = world.genesis.clone();
        change(&mut genesis);
        assert_eq!(link(&package, &genesis), Link::Genesis);
    }
}

/// A set out of order, as a careless reader would take it from a file.
fn unsorted_set() -> ValidatorSet {
    use codec::Decode;
    let mut validators = set_of(&[1, 2, 3, 4]).validators().to_vec();
    validators.reverse();
    ValidatorSet::decode(&mut &validators.encode()[..]).expect("decodes; whether it is canonical is checked later")
}

#[test]
fn the_certificate_of_another_height() {
    let world = content::world();
    let mut package = content::package(&world, 1);
    package.tip.certificate = package.sets[0].certificate.clone();
    assert_eq!(link(&package, &world.genesis), Link::Certificate);
    let tip = HeaderView::read(&package.tip.header).expect("a header");
    (package.tip.certificate.height, package.tip.certificate.header_hash) = (tip.height, tip.hash);
    assert_eq!(link(&package, &world.genesis), Link::Certificate);
}

#[test]
fn duplicate_signers_and_one_signature_less_than_the_quorum() {
    let world = content::world();
    let honest = content::package(&world, 1);
    let mut fewer = honest.clone();
    fewer.tip.certificate.signatures.pop();
    assert!(verify(&fewer.to_bytes(), &world.genesis, None).is_verified(), "three of four are enough");
    fewer.tip.certificate.signatures.pop();
    assert_eq!(link(&fewer, &world.genesis), Link::Certificate);
    let twice = fewer.tip.certificate.signatures[0];
    fewer.tip.certificate.signatures.insert(0, twice);
    assert_eq!(link(&fewer, &world.genesis), Link::Certificate);
    let mut unsorted = honest;
    unsorted.tip.certificate.signatures.swap(0, 1);
    assert_eq!(link(&unsorted, &world.genesis), Link::Certificate);
}

#[test]
fn a_validator_set_of_the_forgers_own() {
    let world = content::world();
    let mut package = content::package(&world, 1);
    let mine = set_of(&[61, 62, 63, 64]);
    let mut forged = world.clone();
    forged.blocks[4].next = Some(vec![61, 62, 63, 64]);
    let bytes = forged.headers()[4].clone();
    package.sets = vec![SetChange {
        certificate: certify(&world.genesis, 4, &bytes, &[61, 62, 63, 64]),
        header: bytes,
        set: mine,
    }];
    let height = HeaderView::read(&package.tip.header).expect("a header").height.get();
    package.tip.certificate = certify(&world.genesis, height, &package.tip.header, &[61, 62, 63, 64]);
    assert_eq!(link(&package, &world.genesis), Link::Certificate);
    // The tip alone, by the former set that no longer signs: three of its four keys stay, one does not.
    let mut former = content::package(&world, 1);
    former.tip.certificate = certify(&world.genesis, height, &former.tip.header, &[1, 2, 4]);
    assert_eq!(link(&former, &world.genesis), Link::Certificate);
}

#[test]
fn an_approval_dropped_foreign_or_added() {
    let world = content::world();
    let mut numbers = world.needed(content::wanted(1));
    let dropped = content::approval_of(&world, content::APPROVERS[0]);
    numbers.remove(&dropped);
    assert_eq!(link(&world.package(1, &numbers, &[]), &world.genesis), Link::Approval);

    // Another request's approval by the third approver, on the same ledger.
    let mut other = content::world();
    let digest = request_digest(RequestId::new(2), &content::terms());
    let signed_as = other.signed_as(content::APPROVERS[1], Role::Approver, 2);
    let act = RequestAct { request: RequestId::new(2), digest, stage: Some(0), signed_as };
    let foreign = other.record(RecordKind::RequestApproved, 2, Some(content::APPROVERS[1]), &act);
    other.next_block();
    let mut numbers = other.needed(content::wanted(1));
    assert!(numbers.contains(&foreign), "shown beside the right ones");
    assert_eq!(link(&other.package(1, &numbers, &[]), &other.genesis), Link::Unreferenced);
    numbers.remove(&dropped);
    assert_eq!(link(&other.package(1, &numbers, &[]), &other.genesis), Link::Approval);
}

#[test]
fn one_person_never_counts_twice() {
    for second in [content::APPROVERS[0], content::APPROVERS[1]] {
        let mut world = content::world();
        let number = content::approval_of(&world, content::APPROVERS[2]);
        let signed_as = world.signed_as(second, Role::Approver, 2);
        world.edit(number, |act: &mut RequestAct| act.signed_as = signed_as);
        world.sign_again(number, second);
        let report = verify(&content::package(&world, 1).to_bytes(), &world.genesis, None);
        let expected = (second == content::APPROVERS[0]).then_some(Link::Separation);
        assert_eq!(report.failure.map(|failure| failure.link), expected);
    }
}

#[test]
fn a_person_outside_the_policy_cannot_stand_in() {
    let mut world = content::world();
    let number = content::approval_of(&world, content::APPROVERS[2]);
    let head = world.signed_as(content::HEAD, Role::Head, 2);
    world.edit(number, |act: &mut RequestAct| act.signed_as = head);
    world.sign_again(number, content::HEAD);
    assert_eq!(link(&content::package(&world, 1), &world.genesis), Link::Approval);
}

#[test]
fn who_gives_a_role_cannot_confirm_it() {
    let mut world = content::world();
    let number = world.nth(RecordKind::RoleConfirmed, 0);
    let given = *world.all(RecordKind::RoleGiven).last().expect("given");
    world.sign_again(given, content::HEAD);
    assert_eq!(world.get(number).signer, world.get(given).signer);
    assert_eq!(link(&content::package(&world, 1), &world.genesis), Link::Roles);
}

#[test]
fn who_holds_a_role_cannot_confirm_it() {
    let mut world = content::world();
    let number = world.nth(RecordKind::RoleConfirmed, 0);
    // The officer is a head too, by genesis, and confirms the role of an officer that somebody else gave them.
    let head = role_of(&world, content::HEAD, Role::Head, 2);
    let opened = world.signed_as(content::HEAD, Role::Head, 2);
    world.edit(head, |given: &mut RoleGiven| given.account = account(content::OFFICER));
    world.edit(number, |confirmed: &mut RoleConfirmed| confirmed.signed_as = opened);
    world.sign_again(number, content::OFFICER);
    let endorsed = world.nth(RecordKind::EntryEndorsed, 0);
    world.sign_again(endorsed, content::OFFICER);
    let failure = verify(&content::package(&world, 1).to_bytes(), &world.genesis, None).failure.expect("refused");
    assert_eq!(failure.link, Link::Roles);
    assert!(failure.reason.starts_with("the holder of the role"), "{failure}");
}

/// The genesis role of a key.
fn role_of(world: &World, seed: u8, role: Role, department: u32) -> RecordNumber {
    world.signed_as(seed, role, department).given
}

#[test]
fn a_role_covers_what_it_was_used_for() {
    let entries = |entry| RoleScope::Entries(List::try_from(vec![EntryId::new(entry)]).expect("short"));
    let departments = |id| RoleScope::Departments(List::try_from(vec![DepartmentId::new(id)]).expect("short"));
    let cases = [
        (content::HEAD, Role::Head, 2, entries(1), false),
        (content::REVIEWER, Role::Reviewer, 1, departments(2), true),
        (content::REVIEWER, Role::Reviewer, 1, departments(3), false),
        (content::APPLICANT, Role::Applicant, 3, entries(1), true),
        (content::APPLICANT, Role::Applicant, 3, entries(2), false),
        (content::CONSUMER_OFFICER, Role::Officer, 3, departments(2), true),
        (content::CONSUMER_OFFICER, Role::Officer, 3, departments(3), false),
        (content::APPROVERS[0], Role::Approver, 2, departments(3), true),
        (content::APPROVERS[0], Role::Approver, 2, departments(2), false),
        (content::CATALOGUER, Role::Cataloguer, 2, entries(1), false),
        (content::PLATFORM, Role::Platform, 2, departments(3), false),
    ];
    for (seed, role, department, scope, holds) in cases {
        let mut world = content::world();
        let number = role_of(&world, seed, role, department);
        world.edit(number, |given: &mut RoleGiven| given.scope = scope.clone());
        let report = verify(&content::package(&world, 1).to_bytes(), &world.genesis, None);
        let expected = (!holds).then_some(Link::Roles);
        assert_eq!(report.failure.map(|failure| failure.link), expected, "{role:?} for {scope:?}");
    }
}

#[test]
fn an_acting_persons_signature_says_for_whom() {
    let mut world = content::world();
    let principal = Some(AccountKey(account(content::ADMIN)));
    let number = role_of(&world, content::PLATFORM, Role::Platform, 2);
    world.edit(number, |given: &mut RoleGiven| given.principal = principal);
    assert_eq!(link(&content::package(&world, 1), &world.genesis), Link::Roles);
    let opened = world.nth(RecordKind::StreamOpened, 0);
    world.edit(opened, |body: &mut StreamOpened| body.signed_as.principal = principal);
    let report = verify(&content::package(&world, 1).to_bytes(), &world.genesis, None);
    let facts = report.event().expect("holds");
    let signature = facts.signatures.iter().find(|signature| signature.record == opened).expect("shown");
    assert_eq!(signature.principal, principal);
}

#[test]
fn an_authority_named_by_governance_reviews_from_then_on() {
    let named = |department| AuthorityNamed {
        department: DepartmentId::new(department),
        level: Level::Province,
        region: 330_000,
        before: None,
    };
    // The supervisor's role is needed by no act of this event: its record becomes the one that names the authority.
    let spare = |world: &World| role_of(world, content::SUPERVISOR, Role::Supervisor, 1);
    let wants = |record: &Record| content::wanted(1)(record) || record.kind == RecordKind::AuthorityNamed;
    for (department, expected) in [(1, None), (3, Some(Link::Roles))] {
        let mut world = content::world();
        let number = world.nth(RecordKind::DepartmentRegistered, 0);
        world.edit(number, |info: &mut DepartmentInfo| info.is_authority = false);
        let number = spare(&world);
        let record = world.get_mut(number);
        (record.kind, record.body) = (RecordKind::AuthorityNamed, named(department).encode());
        // The vote that decided is the cause; the record itself bears no signature.
        record.extrinsic = Some([7; 32]);
        let package = world.package(1, &world.needed(wants), &[]);
        let failure = verify(&package.to_bytes(), &world.genesis, None).failure;
        assert_eq!(failure.map(|failure| failure.link), expected);
    }
    let mut world = content::world();
    let number = world.nth(RecordKind::DepartmentRegistered, 0);
    world.edit(number, |info: &mut DepartmentInfo| info.is_authority = false);
    world.record(RecordKind::AuthorityNamed, 0, None, &named(1));
    world.next_block();
    let package = world.package(1, &world.needed(wants), &[]);
    assert_eq!(link(&package, &world.genesis), Link::Roles, "named after the review");
}

#[test]
fn every_field_of_what_an_approver_signed() {
    let honest = content::world();
    let number = content::approval_of(&honest, content::APPROVERS[0]);
    let (bytes, implicit) = honest.acts[&number].clone();
    let signed = SignedExtrinsic::read(&bytes).expect("well formed");
    let form = |signer, signature, extra: &[u8], call: &[u8]| unsigned_form(signer, signature, extra, call);
    let mut turned = signed.signature;
    turned[3] ^= 1;
    let wrapped = [&[9, 0][..], signed.call].concat();
    let longer = [signed.call, &[0]].concat();
    let cases: Vec<(&str, Vec<u8>, Implicit)> = vec![
        ("signer", form(account(content::HEAD), signed.signature, signed.extra, signed.call), implicit),
        ("signature", form(signed.signer, turned, signed.extra, signed.call), implicit),
        ("nonce", form(signed.signer, signed.signature, &[0, 8], signed.call), implicit),
        ("era", form(signed.signer, signed.signature, &[5, 0, 4], signed.call), implicit),
        ("call inside another", form(signed.signer, signed.signature, signed.extra, &wrapped), implicit),
        ("longer call", form(signed.signer, signed.signature, signed.extra, &longer), implicit),
        ("bytes behind it", [bytes.clone(), vec![0]].concat(), implicit),
        ("nothing", Vec::new(), implicit),
        ("spec version", bytes.clone(), Implicit { spec_version: 2, ..implicit }),
        ("no spec version", bytes.clone(), Implicit { spec_version: 0, ..implicit }),
        ("transaction version", bytes.clone(), Implicit { transaction_version: 2, ..implicit }),
        ("genesis", bytes.clone(), Implicit { genesis: [1; 32], ..implicit }),
        ("mortality", bytes.clone(), Implicit { mortality: [1; 32], ..implicit }),
    ];
    for (name, bytes, implicit) in cases {
        let mut world = honest.clone();
        world.get_mut(number).extrinsic = Some(blake2_256(&bytes));
        world.acts.insert(number, (bytes, implicit));
        assert_eq!(link(&content::package(&world, 1), &world.genesis), Link::Approval, "{name}");
    }
}

#[test]
fn records_that_no_link_uses_are_refused() {
    let world = content::world();
    let mut numbers = world.needed(content::wanted(1));
    let unused = world.needed(|record| record.signer.is_none());
    numbers.extend(unused);
    assert_eq!(link(&world.package(1, &numbers, &[]), &world.genesis), Link::Unreferenced);
}

#[test]
fn an_unsigned_record_after_block_1_is_not_genesis() {
    let mut world = content::world();
    let given = *world.all(RecordKind::RoleGiven).last().expect("given");
    let record = world.get_mut(given);
    (record.signer, record.extrinsic, record.department) = (None, None, DepartmentId::new(0));
    world.acts.remove(&given);
    assert_eq!(link(&content::package(&world, 1), &world.genesis), Link::Roles);
}

#[test]
fn counts_beyond_the_bounds_are_refused_before_anything_is_allocated() {
    let world = content::world();
    let bytes = content::package(&world, 1).to_bytes();
    let counted = 8 + 1 + 1 + 1 + world.genesis.chain_id.len();
    let mut huge = bytes[..counted].to_vec();
    codec::Compact(u32::MAX).encode_to(&mut huge);
    let failure = verify(&huge, &world.genesis, None).failure.expect("refused");
    assert_eq!(failure.reason, "set changes: 4294967295 is over the bound of 1024");
    let failure = verify(&vec![0; PACKAGE_BYTES_MAX + 1], &world.genesis, None).failure.expect("refused");
    assert_eq!(failure.link, Link::Container);
    // The same number in a longer form: another encoding of the same package.
    let mut longer = bytes[..10].to_vec();
    longer.extend_from_slice(&[(world.genesis.chain_id.len() as u8) << 2 | 1, 0]);
    longer.extend_from_slice(&bytes[11..]);
    assert_eq!(verify(&longer, &world.genesis, None).failure.expect("refused").link, Link::Container);
}
