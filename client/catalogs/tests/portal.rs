//! A portal that is walked while it changes, is busy, refuses, or is something else; and one that shows entries.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod fake;

use fake::{Fake, package};
use mulu_catalogs::{
    CatalogError,
    ckan::{package::Showcase, portal::Portal, walk::Walk},
    dataset,
    published::{Provider, Published},
    web::Web,
};
use mulu_client::import::ckan::{Publication, map_dataset};
use mulu_proofs::{
    catalog::{Assessments, EntryContent, SharingClass},
    ids::{DepartmentId, EntryId, Version},
    text::Text,
};
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};

fn web(token: Option<&str>) -> Web {
    Web::new(token).unwrap().with_pauses(Duration::ZERO, Duration::from_millis(1))
}

fn portal(fake: &Fake) -> Portal {
    Portal::new(web(None), &fake.address).unwrap()
}

fn publication(_: &str) -> Option<Publication> {
    let assessments = Assessments { secrecy: [1; 32], personal_information: None, assessed_on: 20_000 };
    Some(Publication { department: DepartmentId::new(7), assessments })
}

async fn walked(walk: &mut Walk, portal: &Portal) -> Vec<String> {
    let mut names = Vec::new();
    while let Some(page) = walk.next_page(portal).await.unwrap() {
        names.extend(page.iter().map(|package| package["name"].as_str().unwrap().to_owned()));
    }
    names
}

/// So many packages, each modified a second after the one before.
fn packages(count: usize) -> Vec<Value> {
    let of = |n: usize| {
        package(
            &format!("id-{n:03}"),
            &format!("set-{n:03}"),
            &format!("2024-05-06T07:{:02}:{:02}.123456", n / 60, n % 60),
        )
    };
    // In no order, as a database has them.
    (0..count).rev().map(of).collect()
}

#[tokio::test]
async fn every_package_is_met_once_and_later_ones_from_the_place_on() {
    let fake = Fake::start(packages(25), 10, None).await;
    let portal = portal(&fake);
    let mut walk = Walk::from(None, 10);
    let expected: Vec<String> = (0..25).map(|n| format!("set-{n:03}")).collect();
    assert_eq!(walked(&mut walk, &portal).await, expected);
    let place = walk.place().unwrap().clone();
    assert_eq!(walked(&mut Walk::from(Some(place.clone()), 10), &portal).await, Vec::<String>::new());
    fake.edit(|packages| packages.push(package("id-100", "new", "2024-06-01T00:00:00.000001")));
    assert_eq!(walked(&mut Walk::from(Some(place.clone()), 10), &portal).await, ["new"]);
    // A portal whose search is a little behind shows a change late: the next round begins some moments earlier.
    let rewound = walked(&mut Walk::from(Some(place.rewound(2_000)), 10), &portal).await;
    assert_eq!(rewound, ["set-022", "set-023", "set-024", "new"]);
}

#[tokio::test]
async fn packages_that_are_touched_or_deleted_under_way_push_no_other_one_out() {
    let fake = Fake::start(packages(40), 7, None).await;
    let mut turn = 0;
    fake.after_each_search(move |packages| {
        turn += 1;
        if turn <= 5 {
            // One that was met and one that was not are touched, one that was met is deleted.
            for id in [format!("id-{:03}", turn - 1), format!("id-{:03}", 39 - turn)] {
                let touched = packages.iter_mut().find(|package| package["id"] == *id).unwrap();
                touched["metadata_modified"] = format!("2024-07-0{turn}T00:00:00.000000").into();
            }
            let gone = format!("id-{:03}", turn + 5);
            packages.iter_mut().find(|package| package["id"] == *gone).unwrap()["state"] = "deleted".into();
        }
    });
    let names = walked(&mut Walk::from(None, 7), &portal(&fake)).await;
    // What was deleted before it was met is not met; everything else is.
    let there: Vec<String> = fake.edit(|packages| {
        packages
            .iter()
            .filter(|package| package["state"] == "active")
            .map(|package| package["name"].as_str().unwrap().to_owned())
            .collect()
    });
    for name in there {
        assert!(names.contains(&name), "{name} was left out");
    }
    let touched_twice = names.iter().filter(|name| *name == "set-000").count();
    assert_eq!(touched_twice, 2, "what was touched after it was met is met again");
}

#[tokio::test]
async fn a_millisecond_with_more_packages_than_a_page_is_walked_through() {
    let mut all: Vec<Value> = (0..23)
        .map(|n| {
            package(&format!("id-{n:03}"), &format!("set-{n:03}"), &format!("2024-05-06T07:08:09.123{:03}", 999 - n))
        })
        .collect();
    all.push(package("a-late", "late", "2024-05-06T07:08:09.124000"));
    let fake = Fake::start(all, 5, None).await;
    let mut expected: Vec<String> = (0..23).map(|n| format!("set-{n:03}")).collect();
    expected.push("late".into());
    assert_eq!(walked(&mut Walk::from(None, 5), &portal(&fake)).await, expected);
}

#[tokio::test]
async fn a_busy_portal_is_asked_again_and_given_up_in_the_end() {
    let fake = Fake::start(packages(1), 10, None).await;
    let portal = portal(&fake);
    fake.be_busy(3);
    assert_eq!(portal.list().await.unwrap().len(), 1);
    assert_eq!(fake.asked().len(), 4);
    fake.be_busy(4);
    let error = portal.list().await.unwrap_err();
    assert!(matches!(error, CatalogError::Status { status: 503, .. }) && error.is_passing(), "{error}");
}

#[tokio::test]
async fn what_a_portal_refuses_is_told_without_what_it_repeats() {
    let fake = Fake::start(packages(1), 10, Some("right")).await;
    let with = |token| Portal::new(web(Some(token)), &fake.address).unwrap();
    let error = with("wrong").list().await.unwrap_err().to_string();
    assert_eq!(error, "127.0.0.1 refuses package_list: Authorization Error");
    let portal = with("right");
    assert!(portal.show("set-000").await.unwrap().is_some());
    assert!(portal.show("nothing").await.unwrap().is_none());
    let error = portal.create(&serde_json::json!({ "name": "Not A Name" })).await.unwrap_err().to_string();
    assert_eq!(error, "127.0.0.1 refuses package_create: Validation Error, in name");
    portal.delete("set-000").await.unwrap();
    assert!(portal.show("set-000").await.unwrap().is_none(), "what was deleted is gone");
}

#[tokio::test]
async fn what_is_no_portal_is_told() {
    let fake = Fake::start(Vec::new(), 10, None).await;
    let elsewhere = Portal::new(web(None), &format!("{}/elsewhere", fake.address)).unwrap();
    assert!(matches!(elsewhere.list().await, Err(CatalogError::Status { status: 404, .. })));
    let nobody = Portal::new(web(None), "http://127.0.0.1:1/").unwrap();
    assert!(matches!(nobody.list().await, Err(CatalogError::Unreachable { .. })));
}

fn published(open: SharingClass, version: u16) -> Published {
    let bare = serde_json::json!({ "name": "x", "title": "人口", "organization": "O" });
    let mut content: EntryContent = map_dataset(&bare, publication).unwrap().content;
    content.code = Text::new("399000/1").unwrap();
    content.opening.class = open;
    content.summary = Text::new(&format!("version {version}")).unwrap();
    let provider = Provider { id: DepartmentId::new(7), name: "公安局".into(), credit_code: String::new() };
    Published { id: EntryId::new(1), version: Version::new(version), digest: content.digest(), content, provider }
}

#[tokio::test]
async fn a_portal_shows_the_version_in_force_and_is_read_again_as_the_same_entry() {
    let fake = Fake::start(Vec::new(), 10, Some("t")).await;
    let portal = Portal::new(web(Some("t")), &fake.address).unwrap();
    let owners = BTreeMap::from([(DepartmentId::new(7), "police".to_owned())]);
    let mut showcase = Showcase::new(&portal, &owners);
    let entry = published(SharingClass::Unconditional, 1);
    showcase.show(&entry).await.unwrap();
    showcase.show(&entry).await.unwrap();
    // What people of the portal add in fields of their own stays.
    fake.edit(|packages| packages[0]["maintainer"] = "Data Desk".into());
    let newer = published(SharingClass::Unconditional, 2);
    showcase.show(&newer).await.unwrap();
    let shown = portal.show("mulu-399000-1").await.unwrap().unwrap();
    assert_eq!(
        (&shown["maintainer"], &shown["notes"], &shown["version"]),
        (&"Data Desk".into(), &"version 2".into(), &"2".into())
    );
    assert_eq!(dataset::map(&shown, publication).unwrap().content, newer.content);
    showcase.end("399000/1").await.unwrap();
    showcase.end("399000/1").await.unwrap();
    let mut foreign = newer.clone();
    foreign.provider.id = DepartmentId::new(8);
    showcase.show(&foreign).await.unwrap();
    let pushed = showcase.pushed();
    assert_eq!(
        (pushed.created, pushed.unchanged, pushed.changed, pushed.deleted, pushed.without_organization),
        (1, 1, 1, 1, 1)
    );
}

#[tokio::test]
async fn a_package_of_others_is_never_deleted() {
    let fake = Fake::start(vec![package("p", "mulu-399000-1", "2024-01-01T00:00:00.000000")], 10, None).await;
    let portal = portal(&fake);
    let owners = BTreeMap::new();
    let mut showcase = Showcase::new(&portal, &owners);
    showcase.end("399000/1").await.unwrap();
    assert_eq!(showcase.pushed().deleted, 0);
    assert!(portal.show("p").await.unwrap().is_some());
}
