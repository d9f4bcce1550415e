//! Every act on requests, grants and disputes, through `mulu`, with papers that stay at home.

use super::{
    block_on, folder,
    mulu::{Mulu, acts_of},
    shared_turn, start,
};
use serde_json::{Value, json};
use std::fs;

#[test]
fn processes_every_act_on_requests_and_grants_is_done_and_shown_by_mulu() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (network, ..) = start(folder.path()).await;
        let mulu = Mulu::at(&network, 1);
        ground(&mulu);
        supplement_and_agree(&mulu);
        refuse(&mulu);
        take_back(&mulu);
        misuse_is_mended(&mulu);
        complete_and_dispose(&mulu);
    });
}

#[test]
fn processes_disputes_climb_the_ladder_of_the_law_by_mulu() {
    let _turn = shared_turn();
    let folder = folder();
    block_on(async {
        let (network, ..) = start(folder.path()).await;
        let mulu = Mulu::at(&network, 2);
        ground(&mulu);
        mulu.request("补贴资格审核");
        settle(&mulu);
        up_to_the_government(&mulu);
        withdraw(&mulu);
        assert_eq!(mulu.rows("dispute list --ended --department 2").len(), 3);
        assert!(mulu.rows("dispute list --open").is_empty());
    });
}

/// A conditional entry, whose requests two of the provider's approvers approve.
fn ground(mulu: &Mulu) {
    mulu.ground(&mulu.template("entry submit"));
    let stage = json!({ "departments": [2], "role": "approver", "approvers": [], "threshold": { "count": 2 } });
    let policy = mulu.file(&json!({ "stages": [stage] }));
    mulu.act("d2-officer", &format!("policy set 1 {policy}"), "policy_set");
    assert_eq!(mulu.ask("policy show 1")["policy"]["stages"][0]["threshold"]["count"], 2);
}

fn supplement_and_agree(mulu: &Mulu) {
    let request = mulu.request("补贴资格审核");
    let before = mulu.ask(&format!("request show {request}"));
    mulu.act(
        "d2-officer",
        &format!("request supplement {request} --missing 等级保护备案证明"),
        "request_supplement_asked",
    );
    let open = mulu.ask(&format!("request show {request}"));
    assert_eq!((&open["state"], &open["missing"]), (&json!("supplement"), &json!("等级保护备案证明")));
    assert_eq!(open["waiting"]["departments"], json!([3]));
    // Missing papers are no ground for refusal (art. 21).
    let refused = mulu.refused("d2-officer", &format!("request refuse {request} --reason 材料不全"));
    assert!(refused.contains("SupplementOpen"), "{refused}");

    let papers = papers(mulu);
    let terms = mulu.terms("补贴资格审核", Some(&papers));
    mulu.act("d3-applicant", &format!("request resubmit {request} {terms}"), "request_resubmitted");
    let resubmitted = mulu.ask(&format!("request show {request}"));
    assert_eq!(resubmitted["terms"]["papers"], json!(papers));
    assert_ne!(resubmitted["digest"], before["digest"]);
    assert_eq!(resubmitted["signatures"].as_array().unwrap().len(), 1, "what was signed before is void");
    let stale = format!("request endorse {request} --digest {}", before["digest"].as_str().unwrap());
    mulu.refused("d3-officer", &stale);
    mulu.act("d3-officer", &format!("request endorse {request}"), "request_endorsed");
    let again = mulu.refused("d2-officer", &format!("request supplement {request} --missing 承诺书"));
    assert!(again.contains("SupplementAskedBefore") && again.contains("art. 21"), "{again}");

    let ask = format!("request extension ask {request} --working-days 5 --reason 需上级会商");
    mulu.act("d2-officer", &ask, "request_extension_asked");
    mulu.act("d1-supervisor", &format!("request extension decide {request} --grant"), "request_extension_decided");
    for (who, missing) in [("d2-approver1", 1), ("d2-approver3", 0)] {
        mulu.act(who, &format!("request approve {request}"), "request_approved");
        let waiting = &mulu.ask(&format!("request show {request}"))["waiting"];
        let of_stage = if missing == 0 { json!("officer") } else { json!("approver") };
        assert_eq!(waiting["role"], of_stage, "{waiting}");
    }
    mulu.act("d2-officer", &format!("request agree {request}"), "request_agreed");
    let agreed = mulu.ask(&format!("request show {request}"));
    assert_eq!((&agreed["state"], &agreed["grant"]), (&json!("agreed"), &json!(1)));
    let acts = acts_of(&agreed);
    for act in ["request_supplement_asked", "deadline_paused", "deadline_resumed", "deadline_extended"] {
        assert!(acts.contains(&act), "{act} is not in {acts:?}");
    }
    assert_eq!(mulu.rows("request list --state agreed")[0]["id"], json!(request));
    let deadline = mulu.rows("deadline list --about grant:1 --kind provisioning");
    assert_eq!(deadline[0]["responsible"], 2, "who has to provision: {deadline:#?}");
}

/// Papers stay at home under a salt; their commitment is checked against them.
fn papers(mulu: &Mulu) -> String {
    let file = mulu.path("papers.pdf");
    fs::write(&file, "等级保护备案证明").unwrap();
    let committed = mulu.ask(&format!("papers commit {file}"));
    let papers = committed["papers"].as_str().unwrap().to_owned();
    let check = format!("papers check {file} --papers {papers}");
    assert_eq!(mulu.ask(&check), committed);
    fs::write(&file, "等级保护备案证明（改）").unwrap();
    mulu.refused("d3-officer", &check);
    papers
}

fn refuse(mulu: &Mulu) {
    let request = mulu.request("信用评价");
    let ask = format!("request extension ask {request} --working-days 10 --reason 人手不足");
    mulu.act("d2-officer", &ask, "request_extension_asked");
    let decide = format!("request extension decide {request} --deny");
    let refused = mulu.refused("d1-supervisor", &decide);
    assert!(refused.contains("--reason"), "a denial says why: {refused}");
    mulu.act("d1-supervisor", &format!("{decide} --reason 理由不足"), "request_extension_decided");
    mulu.act("d2-officer", &format!("request refuse {request} --reason 超出履职必要范围"), "request_refused");
    let shown = mulu.ask(&format!("request show {request}"));
    assert_eq!((&shown["state"], &shown["reason"]), (&json!("refused"), &json!("超出履职必要范围")));
    assert!(!acts_of(&shown).contains(&"deadline_extended"));
}

fn take_back(mulu: &Mulu) {
    let request = mulu.request("统计分析");
    mulu.act("d3-applicant", &format!("request withdraw {request}"), "request_withdrawn");
    assert_eq!(mulu.ask(&format!("request show {request}"))["state"], "withdrawn");
}

fn misuse_is_mended(mulu: &Mulu) {
    let state = |expected: &str| assert_eq!(mulu.ask("grant show 1")["state"], expected);
    mulu.act("d2-officer", "grant provision 1", "grant_provisioned");
    state("provisioned");
    mulu.act("d2-officer", "grant suspend 1 --reason 超范围使用", "grant_suspended");
    state("suspended");
    let refused = mulu.refused("d3-officer", "grant complete 1 --outcome 不再需要");
    assert!(refused.contains("Grants.Stopped"), "what is suspended ends by no back door: {refused}");
    mulu.act("d2-officer", "grant rectify 1 --working-days 3 --what 停止超范围使用", "rectification_ordered");
    state("rectifying");
    let refused = mulu.refused("d2-officer", "grant terminate 1 --reason 未整改");
    assert!(refused.contains("TermRunning") && refused.contains("art. 27"), "{refused}");
    let papers = mulu.papers("整改报告");
    let mended = format!("grant mended 1 --statement 已停用 --papers {papers}");
    mulu.act("d3-officer", &mended, "rectification_reported");
    mulu.act("d2-officer", "grant not-mended 1 --reason 仍有调用", "rectification_rejected");
    mulu.act("d3-officer", &mended, "rectification_reported");
    mulu.act("d2-officer", "grant resume 1 --reason 整改合格", "grant_resumed");
    let shown = mulu.ask("grant show 1");
    assert_eq!(shown["state"], "provisioned");
    let acts = acts_of(&shown);
    let count = |act| acts.iter().filter(|found| **found == act).count();
    assert_eq!((count("rectification_reported"), count("rectification_rejected")), (2, 1), "{acts:?}");
    assert_eq!(mulu.count(3, "misuse_suspended", mulu.year()), 1);
}

fn complete_and_dispose(mulu: &Mulu) {
    let today = mulu.ask("department budget 3")["day"].as_str().unwrap().to_owned();
    for (who, kind) in [("d3-applicant", "scenario"), ("d3-officer", "outcome")] {
        let papers = mulu.papers(kind);
        let used = format!("grant use 1 --kind {kind} --papers {papers} --on {today}");
        let used = mulu.act(who, &used, "use_recorded");
        let record = mulu.ask(&format!("record show {}", used["record"]));
        assert!(record["decoded"].to_string().contains(&papers), "{record:#}");
    }
    mulu.act("d3-officer", "grant complete 1 --outcome 审核完成", "grant_completed");
    assert_eq!(mulu.ask("grant show 1")["state"], "completed");
    let papers = mulu.papers("销毁记录");
    let disposal = format!("grant dispose 1 --how 已删除全部副本 --papers {papers}");
    let record = mulu.act("d3-officer", &disposal, "disposal_recorded")["record"].clone();
    let refused = mulu.refused("d2-officer", "grant countersign 1 --record 1");
    assert!(refused.contains("OtherDisposal"), "{refused}");
    mulu.act("d2-officer", &format!("grant countersign 1 --record {record}"), "disposal_countersigned");
    assert_eq!(mulu.ask("grant show 1")["state"], "disposed");
    assert_eq!(mulu.rows("grant list --state disposed --consumer 3")[0]["id"], 1);
}

fn dispute(mulu: &Mulu, about: &str) -> Value {
    let opened = mulu.act("d3-officer", &format!("dispute open {about} --claim 附加了目录外的条件"), "dispute_opened");
    assert_eq!(opened["against"], 2, "the other party follows from {about}");
    opened["dispute"].clone()
}

fn settle(mulu: &Mulu) {
    let id = dispute(mulu, "request:1");
    let papers = mulu.papers("答复函");
    mulu.act("d2-officer", &format!("dispute answer {id} --answer 条件见目录 --papers {papers}"), "dispute_answered");
    mulu.act("d2-officer", &format!("dispute settle {id} --terms 撤销附加条件"), "settlement_proposed");
    let waiting = mulu.ask(&format!("dispute show {id}"));
    assert_eq!(waiting["settlement"]["terms"], "撤销附加条件");
    let digest = waiting["settlement"]["digest"].as_str().unwrap();
    mulu.act("d3-officer", &format!("dispute confirm {id} --digest {digest}"), "dispute_settled");
    assert_eq!(mulu.ask(&format!("dispute show {id}"))["state"], "settled");
}

fn up_to_the_government(mulu: &Mulu) {
    let id = dispute(mulu, "request:1");
    let refused = mulu.refused("d3-officer", &format!("dispute escalate {id} --reason 协商不成"));
    assert!(refused.contains("NegotiationRuns"), "nobody skips negotiation: {refused}");
    mulu.act("d2-officer", &format!("dispute answer {id} --answer 不同意"), "dispute_answered");
    mulu.act("d3-officer", &format!("dispute escalate {id} --reason 协商不成"), "dispute_escalated");
    let shown = mulu.ask(&format!("dispute show {id}"));
    assert_eq!((&shown["state"], &shown["authority"]), (&json!("at_authority"), &json!(1)));
    mulu.act("d1-supervisor", &format!("dispute decide {id} --for 3 --decision 应予共享"), "dispute_decided");
    mulu.act("d2-officer", &format!("dispute appeal {id} --reason 法律依据不足"), "dispute_appealed");
    assert_eq!(mulu.ask(&format!("dispute show {id}"))["state"], "at_government");
    let government = format!("dispute government {id} --for 3 --decision 维持 --document 市政复〔2026〕7号");
    mulu.act("d1-supervisor", &government, "government_decided");
    let shown = mulu.ask(&format!("dispute show {id}"));
    assert_eq!((&shown["state"], &shown["favour"]), (&json!("decided_by_government"), &json!(3)));
    let steps = shown["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["document"] == "市政复〔2026〕7号"), "{steps:#?}");
    assert_eq!(mulu.count(2, "dispute_lost", mulu.year()), 1);
}

fn withdraw(mulu: &Mulu) {
    let id = dispute(mulu, "entry:1");
    let refused = mulu.refused("d2-officer", &format!("dispute withdraw {id} --reason 误提"));
    assert!(refused.contains("NotClaimant"), "{refused}");
    mulu.act("d3-officer", &format!("dispute withdraw {id} --reason 误提"), "dispute_withdrawn");
    assert_eq!(mulu.ask(&format!("dispute show {id}"))["state"], "withdrawn");
}
