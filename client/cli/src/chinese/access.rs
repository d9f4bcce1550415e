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
    ("against genesis {}", "依据创世哈希 {0}"),
    ("the package proves no list", "证据包不证明任何清单"),
    (
        "these are all events that were reported in this series between the two heights",
        "以上即该序列在两个高度之间报告的全部事件",
    ),
];
