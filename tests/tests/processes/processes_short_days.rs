//! What happens when nobody acts: on a chain whose days last a second, terms run out while the test watches, and `mulu` shows and counts it.

use super::{
    block_on, folder,
    mulu::{Mulu, unconditional},
    shared_turn,
};
use mulu_tests::{ledger::wait_for_all, network::Network};
use serde_json::{Value, json};
use std::path::Path;

#[test]
fn processes_terms_of_requests_and_grants_run_out_and_count_on_short_days() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (_network, mulu) = start_short_days(folder.path()).await;
        let year = mulu.year();
        reply_late(&mulu, year);
        misuse_is_not_mended(&mulu, year);
        service_ends(&mulu, year);
    });
}

#[test]
fn processes_a_dispute_goes_on_without_an_answer_and_is_final_without_an_appeal_on_short_days() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (_network, mulu) = start_short_days(folder.path()).await;
        let year = mulu.year();
        let claim = "dispute open entry:1 --claim 附加了目录外的条件";
        let ignored = mulu.act("d3-officer", claim, "dispute_opened")["dispute"].clone();
        decided_for_good(&mulu, &ignored.to_string(), year);
    });
}

/// A network whose days last a second, with the ground of requests.
async fn start_short_days(folder: &Path) -> (Network, Mulu) {
    let mut network = Network::create_with_days(folder, 4, 1, true).unwrap();
    network.start_all().unwrap();
    wait_for_all(&mut network).await.unwrap();
    let mulu = Mulu::at(&network, 1);
    mulu.ground(&unconditional(&mulu));
    (network, mulu)
}

/// The fact, and the record that counts it.
fn is_recorded_overdue(deadline: &Value) -> bool {
    deadline["is_overdue"] == true && deadline["record_lags"] == false
}

/// One working day for a reply to an unconditional request (art. 21).
fn reply_late(mulu: &Mulu, year: u64) {
    let request = mulu.request("补贴资格审核");
    let clock = mulu.rows(&format!("deadline list --about request:{request}"))[0].clone();
    let shown = mulu.wait(&format!("deadline show {}", clock["id"]), is_recorded_overdue);
    assert_eq!(shown["state"], "overdue");
    mulu.act("d2-officer", &format!("request agree {request}"), "request_agreed");
    let late = mulu.ask(&format!("deadline show {}", clock["id"]));
    assert_eq!((&late["state"], &late["is_overdue"]), (&json!("missed"), &json!(true)));
    assert_eq!(mulu.count(2, "late_reply", year), 1);
}

fn misuse_is_not_mended(mulu: &Mulu, year: u64) {
    mulu.act("d2-officer", "grant provision 1", "grant_provisioned");
    // What the authority stops, the provider does not lift.
    mulu.act("d1-supervisor", "grant suspend 1 --reason 用于商业分析", "grant_suspended");
    let refused = mulu.refused("d2-officer", "grant resume 1 --reason 已沟通");
    assert!(refused.contains("SuspendedByAuthority"), "{refused}");
    let order = "grant rectify 1 --working-days 1 --what 删除汇总结果";
    mulu.act("d1-supervisor", order, "rectification_ordered");
    mulu.wait("deadline list --about grant:1 --kind rectification", |page| is_recorded_overdue(&page["rows"][0]));
    mulu.act("d1-supervisor", "grant terminate 1 --reason 逾期未整改", "grant_terminated");
    let shown = mulu.ask("grant show 1");
    assert_eq!(shown["state"], "terminated");
    let last = shown["transitions"].as_array().unwrap().last().unwrap();
    assert_eq!(last["reason"], "逾期未整改");
    for kind in ["misuse_suspended", "late_rectification", "terminated_for_misuse"] {
        assert_eq!(mulu.count(3, kind, year), 1, "{kind}");
    }
}

/// The provider ends a service after consultation, filed with the authority (art. 27).
fn service_ends(mulu: &Mulu, year: u64) {
    let request = mulu.request("信用评价");
    mulu.act("d2-officer", &format!("request agree {request}"), "request_agreed");
    mulu.act("d2-officer", "grant provision 2", "grant_provisioned");
    let nothing = "0".repeat(64);
    let end = "grant end 2 --reason 系统下线 --consultation";
    let refused = mulu.refused("d2-officer", &format!("{end} {nothing}"));
    assert!(refused.contains("ConsultationMissing") && refused.contains("art. 27"), "{refused}");
    let papers = mulu.papers("征求意见函");
    let ended = mulu.act("d2-officer", &format!("{end} {papers}"), "service_ended");
    assert_eq!(mulu.ask("grant show 2")["state"], "ended_by_provider");
    let record = mulu.ask(&format!("record show {}", ended["record"]));
    assert!(record["subjects"].as_array().unwrap().contains(&json!({ "department": 1 })), "{record:#}");
    assert_eq!(mulu.count(2, "service_stopped", year), 1);
}

/// Ten working days without an answer open the way to the authority; ten without an appeal make its decision final (art. 28).
fn decided_for_good(mulu: &Mulu, id: &str, year: u64) {
    let show = format!("dispute show {id}");
    mulu.wait(&show, |shown| shown["is_overdue"] == true);
    mulu.act("d3-officer", &format!("dispute escalate {id} --reason 逾期未答复"), "dispute_escalated");
    mulu.act("d1-supervisor", &format!("dispute decide {id} --for 3 --decision 应予共享"), "dispute_decided");
    assert_eq!(mulu.ask(&show)["state"], "decided");
    let shown = mulu.wait(&show, |shown| shown["state"] == "final");
    assert_eq!(shown["favour"], 3);
    let refused = mulu.refused("d2-officer", &format!("dispute appeal {id} --reason 法律依据不足"));
    assert!(refused.contains("UnknownDispute"), "{refused}");
    mulu.wait(&show, |shown| {
        shown["steps"].as_array().is_some_and(|steps| steps.iter().any(|step| step["kind"] == "dispute_final"))
    });
    assert_eq!(mulu.rows("dispute list --ended").len(), 1);
    assert_eq!(mulu.count(2, "dispute_lost", year), 1);
}
