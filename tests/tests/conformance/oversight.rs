//! Counts, and a record of every step of a dispute.

use super::{
    Frozen,
    sample::{World, content},
};
use codec::Encode;
use mulu_proofs::{
    audit::{AuditQuery, QueriesRecorded, QueryAbout, QueryKind, QueryScope, query_digest},
    departments::{Role, SignedAs},
    ids::{DeadlineId, DepartmentId, DisputeId, Moment, QueryNumber, RecordNumber, StreamId},
    oversight::{
        CountKind, DisputeAnswered, DisputeAppealed, DisputeDecided, DisputeEscalated, DisputeFinal, DisputeOpened,
        DisputeSettled, DisputeWithdrawn, GovernmentDecided, Matter, SettlementProposed, StepText, settlement_digest,
    },
    papers::Papers,
    records::RecordKind,
    text::Text,
};

const DISPUTE: DisputeId = DisputeId::new(3);
const CLAIMANT: DepartmentId = DepartmentId::new(2);
const AUTHORITY: DepartmentId = DepartmentId::new(1);
const KINDS: [QueryKind; 11] = [
    QueryKind::Catalog,
    QueryKind::Sharing,
    QueryKind::Access,
    QueryKind::Records,
    QueryKind::Evidence,
    QueryKind::Figures,
    QueryKind::Departments,
    QueryKind::Deadlines,
    QueryKind::Oversight,
    QueryKind::Governance,
    QueryKind::Chain,
];

pub fn add(frozen: &mut Frozen) {
    frozen.section("oversight");
    for kind in CountKind::ALL {
        frozen.add(format!("count {kind:?}"), kind.encode());
    }
    frozen.add("matter", matter().encode());
    frozen.add("digest of a settlement", settlement_digest(DISPUTE, CLAIMANT, &said()));
    frozen.add("digest of a query", query_digest("sharing_grant", "[1]"));
    for kind in KINDS {
        frozen.add(format!("query kind {kind:?}"), kind.encode());
    }
    let about = [
        QueryAbout::Everything,
        QueryAbout::Department(CLAIMANT),
        QueryAbout::Entry(content::ENTRY),
        QueryAbout::Request(content::REQUEST),
        QueryAbout::Grant(content::GRANT),
        QueryAbout::Stream(StreamId::new(4)),
        QueryAbout::Dispute(DISPUTE),
        QueryAbout::Pseudonym,
    ];
    for about in about {
        frozen.add(format!("query about {about:?}"), about.encode());
    }
}

/// A report of what an auditor asked a node.
pub fn queries(world: &mut World) {
    let signed_as = SignedAs {
        role: Role::Operator,
        department: CLAIMANT,
        given: RecordNumber::new(9),
        confirmed: None,
        expires: Moment::new(1_900_000_000_000),
        principal: None,
    };
    let scope = QueryScope { kind: QueryKind::Sharing, about: QueryAbout::Grant(content::GRANT) };
    let (moment, digest) = (Moment::new(1_785_000_000_000), query_digest("sharing_grant", "[1]"));
    let queries = vec![AuditQuery { account: [7; 32], scope, moment, digest }].try_into().unwrap();
    let recorded = QueriesRecorded { first: QueryNumber::new(1), queries, signed_as };
    world.record(RecordKind::QueriesRecorded, 2, Some(content::ADMIN), &recorded);
}

fn matter() -> Matter {
    Matter { entry: content::ENTRY, request: Some(content::REQUEST), grant: Some(content::GRANT) }
}

fn said() -> StepText {
    Text::new("按原范围继续提供").unwrap()
}

/// Records of a dispute that goes to the government, and of its other ends.
pub fn disputes(world: &mut World) {
    let signed_as = world.signed_as(content::OFFICER, Role::Officer, 2);
    let (dispute, clock, papers, officer) = (DISPUTE, DeadlineId::new(9), Some(Papers([7; 32])), content::OFFICER);
    let favour = Some(CLAIMANT);
    let (matter, against, claim) = (matter(), DepartmentId::new(3), said());
    let opened = DisputeOpened { dispute, matter, against, claim, papers, clock, signed_as };
    world.record(RecordKind::DisputeOpened, 2, Some(officer), &opened);
    let answered = DisputeAnswered { dispute, answer: said(), papers, signed_as };
    world.record(RecordKind::DisputeAnswered, 2, Some(officer), &answered);
    let proposed = SettlementProposed { dispute, terms: said(), signed_as };
    world.record(RecordKind::SettlementProposed, 2, Some(officer), &proposed);
    let settled = DisputeSettled { dispute, digest: settlement_digest(dispute, CLAIMANT, &said()), signed_as };
    world.record(RecordKind::DisputeSettled, 2, Some(officer), &settled);
    let escalated = DisputeEscalated { dispute, reason: said(), authority: AUTHORITY, clock: Some(clock), signed_as };
    world.record(RecordKind::DisputeEscalated, 2, Some(officer), &escalated);
    let appealed = DisputeAppealed { dispute, reason: said(), signed_as };
    world.record(RecordKind::DisputeAppealed, 2, Some(officer), &appealed);
    let withdrawn = DisputeWithdrawn { dispute, reason: said(), signed_as };
    world.record(RecordKind::DisputeWithdrawn, 2, Some(officer), &withdrawn);
    world.record(RecordKind::DisputeFinal, 0, None, &DisputeFinal { dispute, favour });

    let (signed_as, supervisor) = (world.signed_as(content::SUPERVISOR, Role::Supervisor, 1), content::SUPERVISOR);
    let decided = DisputeDecided { dispute, favour, decision: said(), papers, clock, signed_as };
    world.record(RecordKind::DisputeDecided, 1, Some(supervisor), &decided);
    let document = Text::new("政办函〔2026〕7号").unwrap();
    let decided = GovernmentDecided { dispute, favour, decision: said(), document, papers, signed_as };
    world.record(RecordKind::GovernmentDecided, 1, Some(supervisor), &decided);
}
