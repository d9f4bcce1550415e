//! Streams, stolen keys, reconciliation, decision points.

use mulu_verifier::words::Phrase;

/// Phrases of access events.
pub const PHRASES: &[Phrase] = &[
    ("calls", "调用次数"),
    ("with findings", "有发现"),
    (
        "record {}: {} events are archived in {}; ask a node that keeps them, or its operator to bring them back",
        "记录{0}：{1}个事件已归档于{2}；请询问保留它们的节点，或请其运维者取回",
    ),
    ("halted", "已停止"),
    ("reconciles", "参与对账"),
    ("provider since", "提供方报告始于"),
    ("consumer since", "需求方报告始于"),
    ("decisions since", "决策点报告始于"),
    ("reports in time from", "未迟报起始日"),
    ("allowed", "放行次数"),
    ("call ids", "调用标识"),
    ("agree", "一致"),
    ("differ", "不一致"),
    ("named", "列明记录"),
    ("at most 128 calls of a side are named", "每一方至多列明128次调用"),
    ("{} calls of one side differ; at most 128 can be named", "一方有{0}次调用不符，至多可列明128次"),
    (
        "find out first why so much differs: a platform that did not report, or call ids that are not shared",
        "请先查明为何差异如此之多：某平台未报告，或调用标识未共享",
    ),
    (
        "a proof is of one series: name a grant or a platform; `mulu evidence list` has others",
        "一份证明只针对一个序列：请指定授权或平台；其他序列用 `mulu evidence list`",
    ),
    // What departments say is not their own.
    ("why", "理由"),
    ("decision", "认定记录"),
    ("finding", "认定"),
    ("waits for the authority", "待主管部门认定"),
    ("upheld", "成立"),
    ("not upheld", "不成立"),
    ("repudiated", "否认"),
    ("reported stolen", "已报告失窃"),
    (
        "record {}: others may have signed with it from {} to {}; it signs for no platform any more",
        "记录{0}：自{1}至{2}他人可能用它签署；它不再为任何平台签署",
    ),
    (
        "there is no grant {}, or this node does not show it: that nothing was reported under it says nothing",
        "没有授权{0}，或此节点不予显示：其下没有报告并不说明什么",
    ),
    // What auditors asked.
    ("question", "提问编号"),
    ("asked", "提问时间"),
    ("asked for", "所问"),
    ("everything", "全部"),
    ("a pseudonym", "一个化名"),
    ("catalog entries", "目录条目"),
    ("requests and grants", "申请与授权"),
    ("access events", "访问事件"),
    ("evidence packages", "证据包"),
    ("counts and sums", "计数与汇总"),
    ("departments and accounts", "部门与账户"),
    ("disputes and audits", "争议与审计"),
    ("proposals", "提案"),
    ("blocks and state", "区块与状态"),
    ("against genesis {}", "依据创世哈希 {0}"),
    ("the package proves no list", "证据包不证明任何清单"),
    (
        "these are all events that were reported in this series between the two heights",
        "以上即该序列在两个高度之间报告的全部事件",
    ),
];
