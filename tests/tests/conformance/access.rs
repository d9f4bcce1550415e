//! Records on streams whose key is stolen, on days that differ, and of decision points.

use super::sample::{World, account, content};
use mulu_proofs::{
    access::{
        DayDiffers, DecisionCount, DecisionsClosed, DecisionsCounted, DecisionsOpened, DifferencesNamed,
        EventsRepudiated, Ids, KeyCompromised, RepudiationDecided, SideTotal, StreamReopened,
    },
    calendar::Day,
    departments::Role,
    ids::{EventNumber, Moment, StreamId, SystemId},
    records::RecordKind,
    text::Text,
};

fn text<const N: u32>(text: &str) -> Text<N> {
    Text::new(text).unwrap()
}

/// What happens to streams beside batches.
pub fn records(world: &mut World) {
    stolen_key(world);
    reconciliation(world);
    decisions(world);
}

fn stolen_key(world: &mut World) {
    let (stream, platform, key) = (StreamId::new(1), SystemId::new(1), account(content::PLATFORM));
    let head = world.signed_as(content::HEAD, Role::Head, 2);
    let compromised = KeyCompromised {
        platform,
        key,
        from: Moment::new(1_785_000_000_000),
        to: Moment::new(1_785_000_600_000),
        statement: text("密钥文件外泄"),
        halted: vec![stream].try_into().unwrap(),
        signed_as: head,
    };
    let compromise = world.record(RecordKind::KeyCompromised, 2, Some(content::HEAD), &compromised);
    let repudiated = EventsRepudiated {
        compromise,
        stream,
        first: EventNumber::new(12),
        last: EventNumber::new(14),
        statement: text("非本平台报告"),
        key,
        signed_as: head,
    };
    let repudiation = world.record(RecordKind::EventsRepudiated, 2, Some(content::HEAD), &repudiated);
    let signed_as = world.signed_as(content::SUPERVISOR, Role::Supervisor, 1);
    let decided = RepudiationDecided { repudiation, upheld: true, finding: text("属实"), signed_as };
    world.record(RecordKind::RepudiationDecided, 1, Some(content::SUPERVISOR), &decided);
    let signed_as = world.signed_as(content::PLATFORM, Role::Platform, 2);
    let (next, previous) = (EventNumber::new(16), [7; 32]);
    let reopened = StreamReopened { stream, platform, key, next, previous, signed_as };
    world.record(RecordKind::StreamReopened, 2, Some(content::PLATFORM), &reopened);
}

fn reconciliation(world: &mut World) {
    let (grant, day) = (content::GRANT, Day::new(20_660).unwrap());
    let differs = DayDiffers {
        grant,
        day,
        provider: Some(SideTotal { events: 3, calls: 4 }),
        consumer: Some(SideTotal { events: 2, calls: 2 }),
        allowed: Some(4),
        ids_difference: Ids::of(1_002),
    };
    world.record(RecordKind::DayDiffers, 0, None, &differs);
    let signed_as = world.signed_as(content::PLATFORM, Role::Platform, 2);
    let named = DifferencesNamed {
        grant,
        day,
        provider_only: vec![1_002].try_into().unwrap(),
        consumer_only: Vec::new().try_into().unwrap(),
        signed_as,
    };
    world.record(RecordKind::DifferencesNamed, 2, Some(content::PLATFORM), &named);
}

fn decisions(world: &mut World) {
    let (system, key) = (SystemId::new(1), account(content::PLATFORM));
    let by = Some(content::PLATFORM);
    let signed_as = world.signed_as(content::PLATFORM, Role::Platform, 2);
    world.record(RecordKind::DecisionsOpened, 2, by, &DecisionsOpened { system, key, signed_as });
    let day = Day::new(20_660).unwrap();
    let counts = vec![DecisionCount { grant: content::GRANT, allowed: 4, denied: 1 }].try_into().unwrap();
    world.record(RecordKind::DecisionsCounted, 2, by, &DecisionsCounted { system, day, counts, signed_as });
    world.record(RecordKind::DecisionsClosed, 2, by, &DecisionsClosed { system, key, signed_as });
}
