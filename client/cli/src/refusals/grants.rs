//! What the pallet Grants refuses.

use super::Sentence;

/// One for each variant.
pub const SENTENCES: &[Sentence] = &[
    (
        "NotPermitted",
        "签名人没有可作此操作的角色：提供部门的共享工作机构负责人或主管部门的监督人暂停和解除（第二十七条），需求部门的共享工作机构负责人整改、结束和处置；请由担任该角色者签名",
    ),
    ("DepartmentNotActive", "提供方或需求方已暂停或撤销；其授权只能暂停"),
    ("ReasonMissing", "此操作须说明理由、整改情况或处置方式（第二十七条）；请写明"),
    ("OtherNumber", "授权须以下一个空闲编号开始；请重新提交"),
    ("UnknownGrant", "没有此授权；结束已久的授权只在记录中查得，请用 `mulu record list` 查看"),
    ("GrantOver", "授权已结束：期限届满、因操作结束，或其目录条目已撤销；只能登记数据处置（第二十七条）"),
    ("NotAwaitingProvision", "授权已提供数据（第二十二条），或已暂停；无须再次提供"),
    ("AlreadySuspended", "授权已暂停（第二十七条）；可责令限期整改，或恢复"),
    ("NotSuspended", "授权未暂停：无可恢复，限期整改须先暂停（第二十七条）；请先用 `mulu grant suspend`"),
    ("SuspendedByAuthority", "授权由主管部门暂停，由其监督人决定（第二十七条）；请向其提出"),
    ("TermInvalid", "整改期限至少一个工作日，且不超过设定的上限（第二十七条）；请改正天数"),
    ("NotRectifying", "未对此授权责令限期整改（第二十七条）；请先用 `mulu grant rectify`"),
    ("AlreadyReported", "需求部门已报告整改完成；先由责令整改者接受或退回（第二十七条）"),
    ("NotReported", "没有按期提出、等待答复的整改报告（第二十七条）；由需求部门先用 `mulu grant mended` 报告"),
    ("TermRunning", "整改期限未满，或按期的整改报告尚待答复：此时不得终止（第二十七条）；请等待期满或先作答复"),
    ("Stopped", "授权已暂停：须先恢复，或逾期未改而终止，才能以其他方式结束（第二十七条）"),
    ("ConsultationMissing", "终止服务须先与需求部门协商，并列明协商材料（第二十七条）；请用 --consultation 列明承诺值"),
    ("AuthorityMissing", "提供部门没有可备案的主管部门（第二十七条）；请先由治理指定"),
    ("NotOver", "授权尚未结束；数据处置在结束之后进行（第二十七条）"),
    ("OtherDisposal", "这不是最后一次处置的记录（第二十七条）；请重新阅读，再签署其内容"),
    ("AlreadyDisposed", "提供部门已会签处置（第二十七条）；无须再次会签"),
    ("DayInFuture", "使用记录的日期为今日或更早（第二十九条）；请改正日期"),
    ("TransitionsFull", "授权的状态变更次数已用尽；请另提申请"),
    ("DayBeforeGrant", "使用记录（第二十九条）的日期早于授权之日：此前没有可使用的数据；请改正日期"),
];
