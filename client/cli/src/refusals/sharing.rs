//! What the pallet Sharing refuses.

use super::Sentence;

/// One for each variant.
pub const SENTENCES: &[Sentence] = &[
    (
        "NotPermitted",
        "签名人没有可作此操作的角色：申请由申请人提出，同意与答复由共享工作机构负责人作出（第二十条）；请由担任该角色者签名",
    ),
    ("PurposeUnnamed", "用途须有代码和名称；请补上"),
    ("PurposeCodeTaken", "此代码已代表另一用途；请使用已有的用途"),
    ("PurposesFull", "65,535个用途已全部登记；请使用已有的用途"),
    ("NotPublished", "该目录条目或此版本现未发布；只能申请经审核发布的目录（第十六条），请使用现行版本"),
    (
        "RoleOfStage",
        "审批阶段只能由部门负责人、共享工作机构负责人或审批人签署，这些角色须经第二人签名；请改正阶段的角色",
    ),
    ("UnknownDepartment", "没有此部门，或此部门不在现行状态；请核对部门编号"),
    ("DepartmentNotActive", "提供方或需求方已暂停或撤销；其申请只能拒绝或撤回"),
    ("StageNeverComplete", "此审批阶段永远无法完成；请增加审批人，或减少所需签名"),
    ("ApproverTwice", "同一审批人列了两次；任何人不得签署同一申请的两个步骤，请另列他人"),
    ("UnknownApprover", "所列审批人现在不是该阶段部门中担任此角色的人；请其管理员先授予角色"),
    ("BasisMissing", "申请须明确使用依据、使用场景、使用范围（第二十条）；请写明"),
    ("UnknownItem", "未申请任何信息项，或所申请的信息项不在此版本中；请用 `mulu entry show --content` 核对"),
    ("NotShared", "该目录条目或所申请的信息项不予共享，理由和依据见目录（第十四条、第十五条）；请只申请其他信息项"),
    ("MethodNotOffered", "该目录条目不以此方式共享；申请须明确其提供的共享方式（第二十条），请从中选择"),
    ("PeriodInvalid", "使用时限（第二十条）为空或已过；请写明将来的起止时间"),
    ("NotAscending", "申请须列明用途（第二十条）、使用系统和平台，各至少一个，编号升序且不重复；请改正"),
    ("UnknownPurpose", "所列用途不在用途清单中；请用 `mulu purpose list` 查看，或由主管部门登记"),
    ("UnknownSystem", "所列系统未登记；请其部门的管理员先登记"),
    (
        "SystemOfAnother",
        "所列使用系统属于其他部门；未经提供部门同意不得提供给第三方（第二十五条），请只列需求部门自己的系统",
    ),
    ("NotPlatform", "所列平台不是平台；请用 `mulu system list` 核对"),
    ("QuotaZero", "配额为零没有意义；每日至少申请一次调用、一行"),
    ("TooManyOpen", "需求部门的未决申请已达上限；请撤回一些"),
    ("UnknownRequest", "没有此未决申请：从未提出，或已结束；请用 `mulu request list` 查看"),
    ("DigestMismatch", "摘要与账本所存不符；请重新阅读申请，再签署其内容"),
    ("AlreadyEndorsed", "需求部门的共享工作机构负责人已同意（第二十条）；请等待提供部门答复"),
    ("NotEndorsed", "提出申请须先经需求部门的共享工作机构负责人同意（第二十条）；请其用 `mulu request endorse` 签署"),
    (
        "AlreadySigned",
        "签名人已签署前一步骤；申请、同意与答复（第二十条），以及申请延期与同意延期（第二十一条），须由不同的人签署，请由他人签署",
    ),
    ("NotNamed", "当前阶段指定了审批人，签名人不在其中；请由所列审批人签署"),
    (
        "StagesComplete",
        "各阶段均已完成；由提供部门的共享工作机构负责人答复（第二十条），请其用 `mulu request agree` 或 `mulu request refuse`",
    ),
    (
        "StageOpen",
        "尚有审批阶段未完成；提供部门的共享工作机构负责人总是最后同意（第二十条第三款），请先由审批人用 `mulu request approve` 审批",
    ),
    ("ReasonMissing", "不同意共享以及撤销、不予延期均须说明理由（第二十一条）；请用 --reason 说明"),
    ("StageDepartments", "审批阶段须列明至少一个部门，编号升序且不重复；请改正"),
    ("OverFlowThreshold", "每日调用次数超过该目录条目的流量阈值；请减少申请的次数"),
    (
        "SupplementOpen",
        "已要求补正材料而尚未补正：此间不作决定，也不得以此拒绝（第二十一条）；请需求部门用 `mulu request resubmit` 补正",
    ),
    ("SupplementAskedBefore", "已要求过补正；所缺材料应一次性告知（第二十一条），请就现有材料答复"),
    ("MissingUnnamed", "请一次性写明全部所缺材料（第二十一条）"),
    ("AnotherRequest", "申请不得改为另一目录条目或另一需求部门；请另提申请"),
    ("NothingChanged", "条款与现有申请相同，审批策略也未改变；请改动后再提交"),
    ("ExtensionTooLong", "延长天数为零，或超过此类答复的上限；无条件共享的答复不得延长（第二十一条），请减少天数"),
    ("ExtensionAskedBefore", "已申请过延长答复；只能申请一次（第二十一条），请在期限内答复"),
    ("ExtensionNotAsked", "没有待决定的延期申请（第二十一条）；由提供部门的共享工作机构负责人先申请"),
    ("ReplyOverdue", "答复已逾期：延长须在期满前经主管部门同意（第二十一条），逾期只能不予延长；请尽快答复"),
    ("NoStandingConsent", "该目录条目没有常设同意；无须撤销"),
    ("EntrySuspended", "该目录条目已暂停：恢复前不得申请其数据，也不得同意；请等其恢复"),
    ("OwnEntry", "需求部门就是该目录条目的提供部门：部门不向自己申请数据（第二十条）"),
    (
        "OfficerInStage",
        "提供部门的共享工作机构负责人在各阶段之后决定（第二十条第三款），不在阶段中签署；请指定其部门负责人或审批人",
    ),
];
