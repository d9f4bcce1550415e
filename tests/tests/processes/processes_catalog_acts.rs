//! Every act on the catalog behind a publication, through `mulu`: elements and their sources, certified systems, mounts, reported changes,
//! suspension and withdrawal.

use super::{
    block_on, folder,
    mulu::{Mulu, unconditional},
    shared_turn, start,
};
use serde_json::{Value, json};

const SCHEMA: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const OTHER_SCHEMA: &str = "2222222222222222222222222222222222222222222222222222222222222222";

#[test]
fn processes_every_act_on_the_catalog_is_done_and_shown_by_mulu() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (network, ..) = start(folder.path()).await;
        let mulu = Mulu::at(&network, 1);
        elements(&mulu);
        let content = with_element(unconditional(&mulu));
        name_the_source(&mulu, &content);
        sources(&mulu);
        assert_eq!(mulu.publish(&content), 1);
        assert_eq!(mulu.ask("entry show 1")["readiness"]["certified_source"], true);
        file(&mulu);
        mounts(&mulu);
        changes(&mulu, &content);
        withdraw_the_certificate(&mulu);
        statuses(&mulu);
        withdraw(&mulu, &content);
    });
}

/// The first item is of data element 1.
fn with_element(mut content: Value) -> Value {
    content["items"][0]["element"] = json!(1);
    content
}

fn elements(mulu: &Mulu) {
    let standard = "--name 信用代码 --standard GB32100 --published 国家标准公告2015第29号";
    let registered =
        mulu.act("d1-supervisor", &format!("element register --code DE00011 {standard}"), "element_registered");
    assert_eq!(registered["element"], 1);
    let again = mulu.refused("d1-supervisor", &format!("element register --code DE00011 {standard}"));
    assert!(again.contains("CodeTaken"), "{again}");
    mulu.act("d1-supervisor", "element revise DE00011 --name 统一社会信用代码", "element_revised");
    let shown = mulu.ask("element show DE00011");
    assert_eq!((shown["name"].as_str(), shown["standard"].as_str()), (Some("统一社会信用代码"), Some("GB32100")));
    assert!(shown["revised"].is_u64() && shown["source"].is_null(), "{shown}");
}

fn name_the_source(mulu: &Mulu, content: &Value) {
    mulu.act("d1-supervisor", "element source 1 --department 3 --basis 数源认定书", "source_named");
    let entry = mulu.file(content);
    let refused = mulu.refused("d2-cataloguer", &format!("entry submit {entry}"));
    assert!(refused.contains("NotAuthoritativeSource") && refused.contains("art. 19"), "{refused}");
    let named = mulu.act("d1-supervisor", "element source 1 --department 2 --basis 数源调整", "source_named");
    assert_eq!(mulu.ask("element show 1")["named"], named["record"]);
    assert_eq!(mulu.rows("element list --source 2")[0]["code"], "DE00011");
    assert!(mulu.rows("element list --source 3").is_empty());
}

fn sources(mulu: &Mulu) {
    let system = "--department 2 --kind source --code 社会组织登记系统 --name 社会组织登记系统";
    mulu.act("d2-admin", &format!("system register {system}"), "system_registered");
    let certified = mulu.act("d1-reviewer", "source certify 1", "source_certified");
    let listed = mulu.rows("source list --department 2");
    assert_eq!((&listed[0]["id"], &listed[0]["certified"]), (&json!(1), &certified["record"]));
    let refused = mulu.refused("d2-admin", "source withdraw 1 --cause retired --reason 停用");
    assert!(refused.contains("supervisor"), "the way out names who may: {refused}");
}

fn withdraw_the_certificate(mulu: &Mulu) {
    mulu.act("d1-supervisor", "source withdraw 1 --cause merged --reason 并入法人库", "certification_withdrawn");
    assert!(mulu.rows("source list").is_empty());
    assert_eq!(mulu.ask("entry show 1")["readiness"]["certified_source"], false);
}

/// The certificate of the filing, which verifies without the node.
fn file(mulu: &Mulu) {
    let (certificate, genesis) = (mulu.path("filing.evidence"), mulu.path("genesis.json"));
    mulu.ask(&format!("evidence filing 1 --genesis {genesis} --output {certificate}"));
    assert_eq!(mulu.ask(&format!("verify {certificate} --genesis {genesis}"))["verified"], true);
}

fn mounts(mulu: &Mulu) {
    let system = "--department 2 --kind platform --code GATEWAY --name 共享网关";
    mulu.act("d2-admin", &format!("system register {system}"), "system_registered");
    let add = format!("mount add 1 --method service-interface --fingerprint {SCHEMA} --platform 2 --address");
    let refused = mulu.refused("d2-cataloguer", &format!("{add} mysql://root:hunter2@db"));
    assert!(refused.contains("password") && !refused.contains("hunter2"), "{refused}");
    let mounted = mulu.act("d2-cataloguer", &format!("{add} svc/social-organisations"), "entry_mounted");
    let shown = mulu.ask("mount show 1");
    assert_eq!(shown["mounts"][0]["address"], "svc/social-organisations");
    assert_eq!(shown["mounts"][0]["record"], mounted["record"]);
    assert_eq!(mulu.ask("mount rate 2"), json!({ "department": 2, "published": 1, "mounted": 1 }));
    assert!(mulu.rows("mount list --unmounted").is_empty());

    let report = |schema| format!("mount report 1 --method service-interface --fingerprint {schema}");
    let refused = mulu.refused("d2-platform", &report(SCHEMA));
    assert!(refused.contains("NothingToReport"), "{refused}");
    mulu.act("d2-platform", &report(OTHER_SCHEMA), "catalog_mismatch");
    assert_eq!(mulu.rows("mount list --mismatch")[0]["entry"], 1);
    assert_eq!(mulu.count(2, "catalog_mismatch", mulu.year()), 1);
    mulu.act("d2-platform", &report(SCHEMA), "mismatch_resolved");
    assert!(mulu.rows("mount list --mismatch").is_empty());

    mulu.act("d2-cataloguer", "mount remove 1 --method service-interface --reason 迁移", "entry_unmounted");
    assert_eq!(mulu.ask("mount rate 2")["mounted"], 0);
}

/// A change of law, more time for it, and the version that answers it.
fn changes(mulu: &Mulu, content: &Value) {
    let today = mulu.ask("department budget 2")["day"].as_str().unwrap().to_owned();
    let changed = format!("entry change 1 --basis 社会组织登记管理条例修订 --on {today}");
    mulu.act("d2-head", &changed, "change_occurred");
    let refused = mulu.refused("d1-reviewer", &changed);
    assert!(refused.contains("art. 17"), "{refused}");
    mulu.act("d2-head", "entry extension ask 1 --days 3 --reason 数据标准待定", "update_extension_asked");
    let change = mulu.ask("entry show 1")["change"].clone();
    assert_eq!((&change["on"], &change["extension_asked"]), (&json!(today), &json!(3)));
    mulu.act("d1-reviewer", "entry extension decide 1 --grant", "update_extension_decided");
    let change = mulu.ask("entry show 1")["change"].clone();
    assert_eq!((&change["deadline"]["extended"], &change["extension_asked"]), (&json!(3), &Value::Null));

    let mut revised = content.clone();
    revised["summary"] = json!("在本市登记的社会组织的法人登记信息，依修订后的条例");
    assert_eq!(mulu.publish(&revised), 1);
    let shown = mulu.ask("entry show 1");
    assert_eq!((&shown["published"], &shown["change"]), (&json!(2), &Value::Null));
    assert_eq!(shown["versions"][0]["state"], "superseded");
}

fn statuses(mulu: &Mulu) {
    mulu.act("d2-head", "entry suspend 1 --reason 系统割接", "entry_suspended");
    let standing = mulu.ask("entry show 307001/000001")["standing"].clone();
    assert_eq!((&standing["status"], &standing["reason"]), (&json!("suspended"), &json!("系统割接")));
    mulu.act("d2-head", "entry resume 1 --reason 割接完成", "entry_resumed");
    mulu.act("d1-reviewer", "entry suspend 1 --reason 质量核查", "entry_suspended");
    let refused = mulu.refused("d2-head", "entry resume 1 --reason 自查完成");
    assert!(refused.contains("SuspendedByAuthority"), "{refused}");
    mulu.act("d1-reviewer", "entry resume 1 --reason 核查通过", "entry_resumed");
    assert_eq!(mulu.ask("entry show 1")["standing"]["status"], "published");
}

fn withdraw(mulu: &Mulu, content: &Value) {
    let withdrawn = mulu.act("d2-head", "entry withdraw 1 --reason 职责划转", "entry_withdrawn");
    let standing = mulu.ask("entry show 1")["standing"].clone();
    assert_eq!((&standing["status"], &standing["record"]), (&json!("withdrawn"), &withdrawn["record"]));
    // Filed with the authority (art. 27).
    let record = mulu.ask(&format!("record show {}", withdrawn["record"]));
    let subjects = record["subjects"].as_array().unwrap();
    assert!(subjects.contains(&json!({ "department": 1 })), "{record:#}");
    let entry = mulu.file(content);
    let refused = mulu.refused("d2-cataloguer", &format!("entry submit {entry}"));
    assert!(refused.contains("EntryWithdrawn"), "{refused}");
    assert_eq!(mulu.rows("entry list --provider 2")[0]["status"], "withdrawn");
    assert_eq!(mulu.ask("mount rate 2")["published"], 0);
}
