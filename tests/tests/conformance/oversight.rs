//! Counts, and a record of every step of a dispute.

use super::{
    Frozen,
    sample::{World, content},
};
use codec::Encode;
use mulu_proofs::{
    departments::Role,
    ids::{DeadlineId, DepartmentId, DisputeId},
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

pub fn add(frozen: &mut Frozen) {
    frozen.section("oversight");
    for kind in CountKind::ALL {
        frozen.add(format!("count {kind:?}"), kind.encode());
    }
    frozen.add("matter", matter().encode());
    frozen.add("digest of a settlement", settlement_digest(DISPUTE, CLAIMANT, &said()));
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
