//! What the pallet Calendar refuses.

use super::Sentence;

/// One for each variant.
pub const SENTENCES: &[Sentence] = &[
    ("CalendarInvalid", "工作日安排自相矛盾；请对照所依据的文件核对日期、周末及其次序"),
    ("DayPassed", "此变更涉及已开始的日期；截至今日的日期请按原安排重复列出"),
    ("TooManyYears", "可设定安排的年度已达上限"),
    (
        "ParametersInvalid",
        "某个期限、时差、授权结束后的保留期（记录至少保存三年，第二十九条）等超出范围；请对照 `mulu calendar parameters`",
    ),
    ("OffsetStep", "时差一次变动超过十二小时；请分两步，相隔一日"),
    ("TooManyOffsets", "时差的变动次数已用尽"),
    ("TermInvalid", "期限为1至1,000个工作日；请改正"),
    ("UnknownDeadline", "没有此期限，或已停止；请用 `mulu deadline list` 查看"),
    ("Paused", "期限暂停计时；须先恢复"),
    ("NotPaused", "期限正在计时；只有暂停的才能恢复"),
    ("AlreadyOverdue", "期限已满：可以停止，不得再暂停或延长（第十七条、第二十一条）"),
    (
        "ExtensionOverLimit",
        "延长超过此类期限的合计上限（第十七条、第二十一条）；请减少天数，上限见 `mulu calendar parameters`",
    ),
    ("DayAhead", "期限起算之日尚未到来；期限自该日起计（第十七条），请在当日或之后提出"),
];
