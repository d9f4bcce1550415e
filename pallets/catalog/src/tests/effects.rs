//! The table of effects on grants, cell by cell, through the calls; and how changes of several versions add up.

use super::*;
use mulu_pallet_support::{Clock as _, LiveUse};
use mulu_proofs::{
    catalog::{
        ChangeKind, DataType, Effect, EntryStatus, FormatClass, GrantEffect, ItemsEffect, Method, Methods, Restriction,
        Stop, UpdateCycle,
    },
    ids::Moment,
    papers::Papers,
};

const REASON: &str = "系统下线";
const CONSULTED: Papers = Papers([9; 32]);
/// What the grant uses: the first two of the three items, by service interface.
const USED: u64 = 0b011;

fn interface() -> Methods {
    Methods::of(&[Method::ServiceInterface])
}

/// A published entry with a live grant on its version 1; files are offered too, and nobody uses them.
fn in_use() {
    published();
    Live::set(vec![(ENTRY, LiveUse { version: V1, items: USED, methods: interface() })]);
    Days::set(1);
}

/// The content of version 1 after a change of a kind; none for changes of the entry as a whole.
fn changed(kind: ChangeKind) -> Option<EntryContent> {
    use SharingClass::{Conditional, NotShared, Unconditional};
    let mut content = content();
    match kind {
        ChangeKind::RevisedSame => content.name = text("新名称"),
        ChangeKind::ItemAdded => content.items.try_push(item("email", NotShared)).expect("room"),
        ChangeKind::ItemLaxer => {
            (content.sharing.class, content.sharing.condition) = (Unconditional, text(""));
            content.items[0].sharing = Unconditional;
            // What the entry's condition was for the other.
            content.items[1].condition = text("补贴审核");
        }
        ChangeKind::ItemStricter => content.items[1] = item("name", NotShared),
        ChangeKind::ItemRemoved => drop(content.items.remove(0)),
        ChangeKind::MethodRemoved => content.sharing.methods = Methods::of(&[Method::File]),
        ChangeKind::ItemChanged => content.items[0].meaning = text("统一社会信用代码"),
        ChangeKind::ItemWorse => content.items[0].data_type = DataType::Numeric,
        ChangeKind::ServiceChanged => content.format.name = text("KingbaseES"),
        ChangeKind::ServiceWorse => content.update_cycle = UpdateCycle::Yearly,
        ChangeKind::Suspended | ChangeKind::Resumed | ChangeKind::Withdrawn => return None,
    }
    debug_assert!(content.items.iter().all(|item| item.sharing >= Conditional || kind == ChangeKind::ItemLaxer));
    Some(content)
}

/// Takes a version from submission to publication; the first error ends it.
fn try_publish(version: Version, content: EntryContent) -> DispatchResult {
    let digest = content.digest();
    submit(CATALOGUER, content)?;
    Catalog::endorse(signed(HEAD), ENTRY, version, digest)?;
    Catalog::review(signed(REVIEWER), ENTRY, version, digest)?;
    Catalog::publish(signed(REVIEWER), ENTRY, version, digest)
}

/// Changes the entry in use, with or without what art. 27 may ask for.
fn change(kind: ChangeKind, reason: Option<&str>, consultation: Option<Papers>) -> DispatchResult {
    let why = text(reason.unwrap_or(""));
    match (kind, changed(kind)) {
        (_, Some(mut content)) => {
            let restriction = |consultation| Restriction { reason: text(reason.unwrap_or("")), consultation };
            content.restriction = consultation.map(restriction);
            try_publish(V2, content)
        }
        (ChangeKind::Suspended, _) => Catalog::suspend(signed(HEAD), ENTRY, why),
        (ChangeKind::Resumed, _) => Catalog::resume(signed(HEAD), ENTRY, why),
        _ => Catalog::withdraw(signed(HEAD), ENTRY, why, consultation),
    }
}

/// The entry in use, as it is before a change of a kind.
fn before(kind: ChangeKind) {
    in_use();
    if kind == ChangeKind::Resumed {
        assert_ok!(Catalog::suspend(signed(HEAD), ENTRY, text(REASON)));
        Told::set(Vec::new());
        Days::set(2);
    }
}

/// Makes the change with everything that may be asked for.
fn after(kind: ChangeKind) -> Moment {
    before(kind);
    let moment = TestClock::now();
    assert_ok!(change(kind, Some(REASON), Some(CONSULTED)));
    moment
}

/// What became of the items of the grant, as events at and behind `moment` are judged.
fn items_seen(moment: Moment) -> ItemsEffect {
    let stops: Vec<Stop> = Catalog::stops(ENTRY, V1).into_iter().filter(|stop| stop.at <= moment).collect();
    match Catalog::status_at(ENTRY, moment) {
        EntryStatus::Withdrawn => ItemsEffect::Stop,
        EntryStatus::Suspended => ItemsEffect::StandStill,
        EntryStatus::Published if stops.iter().any(|stop| stop.methods == interface()) => ItemsEffect::StopByMethod,
        EntryStatus::Published if stops.iter().any(|stop| stop.items & USED != 0) => ItemsEffect::ChangedStop,
        EntryStatus::Published => ItemsEffect::GoOn,
    }
}

/// What became of the grant between the moment before and the change.
fn grant_seen(moment: Moment) -> GrantEffect {
    let earlier = Catalog::status_at(ENTRY, Moment::new(moment.get() - 1));
    match (earlier, Catalog::status_at(ENTRY, moment)) {
        (_, EntryStatus::Withdrawn) => GrantEffect::Ends,
        (EntryStatus::Published, EntryStatus::Suspended) => GrantEffect::Pauses,
        (EntryStatus::Suspended, EntryStatus::Published) => GrantEffect::Continues,
        _ => GrantEffect::Stays,
    }
}

/// One test a cell of the table.
macro_rules! rows {
    ($($row:ident $kind:ident,)*) => {
        $(mod $row {
            use super::*;

            const KIND: ChangeKind = ChangeKind::$kind;
            const EFFECT: Effect = KIND.effect();

            #[test]
            fn items_of_the_grant() {
                run(|| {
                    let moment = after(KIND);
                    assert_eq!(items_seen(moment), EFFECT.items);
                    let day_before = Moment::new(moment.get() - 86_400_000);
                    let before = if KIND == ChangeKind::Resumed { ItemsEffect::StandStill } else { ItemsEffect::GoOn };
                    assert_eq!(items_seen(day_before), before, "what was done before is judged as it was");
                });
            }

            #[test]
            fn state_of_the_grant() {
                run(|| {
                    let moment = after(KIND);
                    assert_eq!(grant_seen(moment), EFFECT.grant);
                });
            }

            #[test]
            fn the_holder_is_told() {
                run(|| {
                    after(KIND);
                    let record = Recorded::get().pop().expect("the act's record is the last").number;
                    let told: Vec<_> = Told::get().into_iter().map(|(entry, version, change)| {
                        (entry, version, change.kind, change.record)
                    }).collect();
                    let expected = (ENTRY, V1, KIND, record);
                    assert_eq!(told, if EFFECT.told { vec![expected] } else { vec![] });
                });
            }

            #[test]
            fn a_reason_is_demanded() {
                run(|| {
                    before(KIND);
                    if EFFECT.reason {
                        assert_noop!(change(KIND, None, Some(CONSULTED)), Error::<Test>::WithoutReason);
                    } else {
                        assert_ok!(change(KIND, None, None));
                    }
                });
            }

            #[test]
            fn consultation_is_demanded() {
                run(|| {
                    before(KIND);
                    let without = change(KIND, Some(REASON), None);
                    if EFFECT.consultation {
                        assert_eq!(without, Err(Error::<Test>::ConsultationMissing.into()));
                    } else {
                        assert_ok!(without);
                    }
                });
            }
        })*

        #[test]
        fn every_kind_of_change_has_its_row() {
            assert_eq!(ChangeKind::ALL, [$(ChangeKind::$kind),*]);
        }
    };
}

rows! {
    revised_same RevisedSame,
    item_added ItemAdded,
    item_laxer ItemLaxer,
    item_stricter ItemStricter,
    item_removed ItemRemoved,
    method_removed MethodRemoved,
    item_changed ItemChanged,
    item_worse ItemWorse,
    service_changed ServiceChanged,
    service_worse ServiceWorse,
    suspended Suspended,
    resumed Resumed,
    withdrawn Withdrawn,
}

#[test]
fn the_documented_table_is_the_code() {
    let document = include_str!("../../../../docs/catalog.md");
    for kind in ChangeKind::ALL {
        let Effect { items, grant, told, reason, consultation } = kind.effect();
        let name = match kind {
            ChangeKind::RevisedSame => "revised, same items and methods",
            ChangeKind::ItemAdded => "item added",
            ChangeKind::ItemLaxer => "item shared more freely",
            ChangeKind::ItemStricter => "item shared less freely",
            ChangeKind::ItemRemoved => "item removed",
            ChangeKind::MethodRemoved => "method removed",
            ChangeKind::ItemChanged => "item described otherwise, or on other terms",
            ChangeKind::ItemWorse => "item of another type, or shorter",
            ChangeKind::ServiceChanged => "format, cycle or threshold changed",
            ChangeKind::ServiceWorse => "service made worse",
            ChangeKind::Suspended => "entry suspended",
            ChangeKind::Resumed => "entry resumed",
            ChangeKind::Withdrawn => "entry withdrawn",
        };
        let items = match items {
            ItemsEffect::GoOn => "go on",
            ItemsEffect::ChangedStop => "the item stops, the others go on",
            ItemsEffect::StopByMethod => "stop in grants by that method",
            ItemsEffect::StandStill => "stand still",
            ItemsEffect::Stop => "stop",
        };
        let grant = match grant {
            GrantEffect::Stays => "stays",
            GrantEffect::Pauses => "pauses",
            GrantEffect::Continues => "continues",
            GrantEffect::Ends => "ends",
        };
        let mark = |yes| if yes { "yes" } else { "no" };
        let row =
            format!("| {name} | {items} | {grant} | {} | {} | {} |", mark(told), mark(reason), mark(consultation));
        assert!(document.contains(&row), "docs/catalog.md lacks the row {row}");
    }
}

#[test]
fn what_no_live_grant_uses_may_go_without_consultation() {
    run(|| {
        in_use();
        let mut less = content();
        less.items.remove(2);
        less.sharing.methods = interface();
        publish_next(V2, less);
        let stop = Stop { at: TestClock::now(), items: 0b100, methods: Methods::of(&[Method::File]) };
        assert_eq!(Catalog::stops(ENTRY, V1), [stop], "it stops all the same, and holders are told");
        let kinds: Vec<_> = Told::get().into_iter().map(|(.., change)| (change.kind, change.items)).collect();
        assert_eq!(kinds, [(ChangeKind::ItemRemoved, 0b100), (ChangeKind::MethodRemoved, 0)]);
    });
}

fn told_kinds() -> Vec<(ChangeKind, u64)> {
    Told::get().into_iter().map(|(.., change)| (change.kind, change.items)).collect()
}

#[test]
fn every_change_of_a_service_is_told_and_what_makes_it_worse_has_its_reason() {
    use ChangeKind::{ItemChanged, ItemWorse, ServiceChanged, ServiceWorse};
    type Change = fn(&mut EntryContent);
    let changes: [(Change, (ChangeKind, u64)); 11] = [
        (|content| content.items[0].length = 17, (ItemWorse, 0b1)),
        (|content| content.items[0].length = 36, (ItemChanged, 0b1)),
        (|content| content.items[0].name = text("代码"), (ItemChanged, 0b1)),
        (|content| content.items[0].value_domain = text("18位"), (ItemChanged, 0b1)),
        (|content| content.items[0].condition = text("仅限民政"), (ItemChanged, 0b1)),
        (|content| content.sharing.condition = text("仅限统计"), (ItemChanged, 0b11)),
        (|content| content.flow_threshold = 1, (ServiceWorse, 0)),
        (|content| content.update_cycle = UpdateCycle::RealTime, (ServiceChanged, 0)),
        (|content| content.update_cycle = UpdateCycle::Other(text("不定期")), (ServiceWorse, 0)),
        (|content| content.format.class = FormatClass::Image, (ServiceWorse, 0)),
        (|content| content.format.name = text("dbf"), (ServiceChanged, 0)),
    ];
    for (change, expected) in changes {
        run(|| {
            in_use();
            let mut later = content();
            change(&mut later);
            if expected.0.effect().consultation {
                assert_noop!(submit(CATALOGUER, later.clone()), Error::<Test>::ConsultationMissing);
                later.restriction = Some(Restriction { reason: text(REASON), consultation: CONSULTED });
            }
            publish_next(V2, later);
            assert_eq!(told_kinds(), [expected]);
            assert_eq!(Catalog::stops(ENTRY, V1), [], "nothing stops");
        });
    }
}

#[test]
fn what_gets_worse_is_consulted_on_where_a_live_grant_uses_it() {
    run(|| {
        in_use();
        let mut later = content();
        later.items[2].data_type = DataType::Numeric;
        publish_next(V2, later);
        assert_eq!(told_kinds(), [(ChangeKind::ItemWorse, 0b100)], "nobody uses the third");
    });
    run(|| {
        published();
        publish_next(V2, EntryContent { update_cycle: UpdateCycle::Yearly, ..content() });
        assert_eq!(Told::get(), [], "there is no grant");
    });
}

#[test]
fn a_change_is_told_once_and_compared_with_what_is_in_force() {
    run(|| {
        in_use();
        let slower = EntryContent {
            update_cycle: UpdateCycle::Yearly,
            restriction: Some(Restriction { reason: text(REASON), consultation: CONSULTED }),
            ..content()
        };
        publish_next(V2, slower.clone());
        publish_next(Version::new(3), EntryContent { name: text("新名称"), restriction: None, ..slower.clone() });
        assert_eq!(told_kinds(), [(ChangeKind::ServiceWorse, 0)], "version 3 changes nothing more");
        let faster = EntryContent { update_cycle: UpdateCycle::Monthly, restriction: None, ..slower };
        publish_next(Version::new(4), faster);
        assert_eq!(told_kinds()[1..], [(ChangeKind::ServiceChanged, 0)], "slower than version 1, but not than now");
    });
}

#[test]
fn a_grant_that_begins_after_the_submission_counts_at_publication() {
    run(|| {
        published();
        let mut less = content();
        less.items.remove(0);
        let digest = less.digest();
        assert_ok!(submit(CATALOGUER, less));
        assert_ok!(Catalog::endorse(signed(HEAD), ENTRY, V2, digest));
        assert_ok!(Catalog::review(signed(REVIEWER), ENTRY, V2, digest));
        Live::set(vec![(ENTRY, LiveUse { version: V1, items: USED, methods: interface() })]);
        let publish = Catalog::publish(signed(REVIEWER), ENTRY, V2, digest);
        assert_noop!(publish, Error::<Test>::ConsultationMissing);
        assert_ok!(Catalog::return_version(signed(REVIEWER), ENTRY, V2, text("未征求意见")));
    });
}

#[test]
fn what_stopped_stays_stopped_and_is_told_once() {
    run(|| {
        in_use();
        let mut less = content();
        less.items.remove(0);
        less.restriction = Some(Restriction { reason: text(REASON), consultation: CONSULTED });
        publish_next(V2, less.clone());
        Days::set(2);
        // Version 3 removes nothing that version 2 had, and version 4 offers again what version 2 took away.
        publish_next(Version::new(3), EntryContent { name: text("新名称"), restriction: None, ..less });
        Days::set(3);
        publish_next(Version::new(4), content());
        let stops = Catalog::stops(ENTRY, V1);
        assert_eq!(stops.iter().map(|stop| stop.items).collect::<Vec<_>>(), [0b001]);
        assert_eq!(Told::get().len(), 1);
        assert_eq!(Catalog::stops(ENTRY, V2), [], "no grant was on it");
    });
}

#[test]
fn items_of_versions_that_nobody_s_grant_is_on_are_forgotten() {
    run(|| {
        in_use();
        publish_next(V2, content());
        publish_next(Version::new(3), content());
        let kept = || {
            let mut versions: Vec<u16> = crate::Compared::<Test>::iter_key_prefix(ENTRY).map(Version::get).collect();
            versions.sort_unstable();
            versions
        };
        assert_eq!(kept(), [1, 3]);
        Live::set(Vec::new());
        publish_next(Version::new(4), content());
        assert_eq!(kept(), [4]);
        assert_eq!(Catalog::facts(ENTRY, V1).map(|facts| facts.digest), Some(digest()), "facts stay for late events");
    });
}

#[test]
fn versions_with_live_grants_are_bounded() {
    run(|| {
        published();
        let live = |version| (ENTRY, LiveUse { version: Version::new(version), items: 1, methods: interface() });
        Live::set((1..=u16::try_from(crate::LIVE_VERSIONS_MAX).unwrap() + 1).map(live).collect());
        assert_noop!(submit(CATALOGUER, content()), Error::<Test>::TooManyLiveVersions);
        Live::set(Vec::new());
    });
}

/// One datum, one source (art. 19).
mod elements {
    use super::*;
    use mulu_proofs::ids::ElementId;

    fn of_element(element: u32, source: Option<u32>) -> EntryContent {
        let mut content = content();
        content.items[1].element = Some(ElementId::new(element));
        content.items[1].source = source.map(EntryId::new);
        content
    }

    #[test]
    fn an_item_of_another_department_s_element_cites_the_source_entry() {
        run(|| {
            assert_noop!(submit(CATALOGUER, of_element(2, None)), NOT_THE_SOURCE);
            assert_noop!(submit(CATALOGUER, of_element(2, Some(8))), NOT_THE_SOURCE);
            assert_noop!(submit(CATALOGUER, of_element(9, None)), NOT_THE_SOURCE);
            assert_ok!(submit(CATALOGUER, of_element(2, Some(7))));
            let own = EntryContent { provider: POLICE, code: text("301001/1"), ..of_element(2, None) };
            assert_ok!(submit(POLICE_CATALOGUER, own));
        });
    }

    #[test]
    fn the_published_version_carries_its_elements() {
        run(|| {
            let content = of_element(1, None);
            assert_ok!(try_publish(V1, content));
            assert!(Catalog::carries(ENTRY, ElementId::new(1)) && !Catalog::carries(ENTRY, ElementId::new(2)));
            publish_next(V2, super::content());
            assert!(!Catalog::carries(ENTRY, ElementId::new(1)));
        });
    }
}
