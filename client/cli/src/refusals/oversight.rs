//! What the pallet Oversight refuses.

use super::Sentence;

/// One for each variant.
pub const SENTENCES: &[Sentence] = &[
    ("NotPermitted", "签名人不属于任何部门；争议由双方的共享工作机构负责人和主管部门的监督人签署（第二十八条）"),
    ("OneParty", "部门与自己没有争议（第二十八条）；请指明对方部门"),
    ("UnknownDepartment", "对方不是账本上的部门；请核对编号"),
    ("UnknownEntry", "该目录条目从未发布过版本；争议须针对已发布的条目"),
    ("UnknownMatter", "没有此编号的申请或授权；请核对，或不填写"),
    ("NotTheirMatter", "目录条目不属于任何一方，或申请、授权不在双方之间（第二十八条）；请核对争议事项"),
    ("TextMissing", "内容为空；请写明对方和后来者须知道的情况"),
    ("TooManyOpen", "该部门的未决争议已达上限；请先了结或撤回一些"),
    ("UnknownDispute", "没有此未决争议：从未提出，或已结束；请用 `mulu dispute list` 查看"),
    ("NotParty", "签名人的部门不是当事方；只有双方可作此操作（第二十八条）"),
    ("NotRespondent", "主张由对方答复，而非由提出方答复（第二十八条）"),
    ("AlreadyAnswered", "对方已答复（第二十八条）；请提出协商方案，或提请协调"),
    ("NotNegotiating", "争议已不在双方协商阶段（第二十八条）；请向主管部门陈述"),
    ("AlreadyDecided", "主管部门已处理（第二十八条）；请报请政府决定，或接受处理"),
    ("NoSettlement", "没有待确认的协商方案（第二十八条）；请用 `mulu dispute settle` 提出"),
    ("OwnSettlement", "协商方案由对方确认（第二十八条）；请等待对方"),
    ("DigestMismatch", "摘要与待确认的方案不符；请重新阅读，再签署其内容"),
    ("NegotiationRuns", "争议先由双方协商（第二十八条）：请等待对方答复，或等协商期满"),
    ("NoCommonAuthority", "没有同时管辖双方的主管部门（第二十八条）；请先由治理指定"),
    ("AlreadyEscalated", "争议已由规定的主管部门处理（第二十八条）；请等待"),
    ("NotAtAuthority", "争议未提请主管部门；协商不成时由当事方提请（第二十八条），请用 `mulu dispute escalate`"),
    ("NotNamedAuthority", "此争议由另一主管部门处理（第二十八条）；请用 `mulu dispute show` 查看"),
    ("FavourUnknown", "处理须支持双方之一，或均不支持；请核对部门编号"),
    ("NotDecided", "主管部门尚未处理，无可报请（第二十八条）；请等待"),
    ("AppealOver", "报请政府决定的期限已满；主管部门的处理有效"),
    ("NotAtGovernment", "没有当事方报请政府决定（第二十八条）；政府无可决定"),
    ("NotClaimant", "只有提出方可以撤回争议；请改为提出协商方案"),
    ("NotAppellant", "只有报请政府决定的一方可以撤回；请等待政府决定"),
];
