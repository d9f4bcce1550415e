//! What the pallet Governance refuses.

use super::Sentence;

/// One for each variant.
pub const SENTENCES: &[Sentence] = &[
    ("NotPermitted", "签名人不属于任何部门；只有部门负责人可以提案和表决"),
    ("NotAdmitted", "签名人的部门已登记而尚未接纳；由已接纳部门的负责人表决接纳"),
    ("ActionInvalid", "此提案行为照此无法施行；请在提案前用 `mulu proposal make` 核对其内容"),
    ("ExpiryPassed", "表决截止时间早于提案时间；请指定更晚的时间"),
    ("ExpiryTooFar", "表决最长366天；请指定更早的时间"),
    ("HeightPassed", "施行高度已到；请指定更晚的高度，或不指定"),
    ("HeightTooFar", "施行高度超过10,000,000个区块之后；请指定更早的高度"),
    ("HeightFull", "已有八个提案指定此高度；请另指定"),
    ("TooManyOpen", "该部门的未决提案已达上限；请撤回一个，或等其结束"),
    ("TooManyVoting", "待表决的提案已达上限；请等其中之一决定"),
    ("UnknownProposal", "没有此未决提案：从未提出，或已结束；请用 `mulu proposal list` 查看"),
    ("DigestMismatch", "摘要与账本所存不符；请重新阅读提案，再签署其内容"),
    ("VotingOver", "表决时间已过；请另提提案"),
    ("AlreadyVoted", "该部门已表决；表决不可更改"),
    ("AlreadyAdopted", "提案已通过，待到高度施行；只能以另一提案撤销"),
    ("NotProposer", "此提案由另一部门提出；请表决反对"),
    ("UpgradeHeightPassed", "升级高度已到；请计划更晚的高度"),
    ("UpgradeNotNewer", "链已运行此版本或更新的版本；请计划更新的版本"),
    ("UpgradePlanned", "已有升级计划；请先取消"),
    ("NoUpgradePlanned", "没有升级计划；无可取消"),
];
