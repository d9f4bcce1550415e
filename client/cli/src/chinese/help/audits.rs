//! Help pages: repudiations listed, and what auditors asked.

use mulu_verifier::words::Phrase;

/// Its texts.
pub const TEXTS: &[Phrase] = &[
    ("Repudiations of events: decide, list", "事件否认：认定、清单"),
    (
        "What departments say is not their own, newest first; --state waiting shows what an authority has to decide",
        "各部门否认为己方所报的事件，最新的在前；--state waiting 显示待主管部门认定的",
    ),
    ("waiting, upheld or rejected", "waiting（待认定）、upheld（成立）或rejected（不成立）"),
    ("Of this department", "此部门的"),
    ("Of events in this stream", "此流中事件的"),
    ("What auditors asked: list", "审计人的提问：清单"),
    (
        "What auditors asked nodes, as the nodes told the ledger: what was told last comes first",
        "审计人向节点的提问，由节点报告账本：最新报告的在前",
    ),
    ("Questions of this auditor", "此审计人的提问"),
    ("Questions that were told under this key of a node", "以此节点密钥报告的提问"),
    ("Id or resource code of an entry", "目录条目的编号或资源代码"),
    ("Acts on an entry, by its id or resource code", "对目录条目的操作，以编号或资源代码指明"),
    (
        "Evidence packages of events, filings and lists: export, filing, list, show",
        "事件、备案与清单的证据包：导出、备案证明、清单、显示",
    ),
    (
        "Call ids that only the provider's side reported, as events show them; without any, both lists are worked out from the events that the node shows",
        "仅提供方报告的调用标识，如事件所示；不给时，由节点所示事件算出双方清单",
    ),
    ("Call ids that only the consumer's side reported", "仅需求方报告的调用标识"),
];
