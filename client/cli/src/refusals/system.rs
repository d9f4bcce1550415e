//! What the frame itself refuses.

use super::Sentence;

/// One for each variant.
pub const SENTENCES: &[Sentence] = &[
    ("InvalidSpecName", "运行时名称与本链不同；请使用本链的程序"),
    ("SpecVersionNeedsToIncrease", "运行时版本须高于现行版本；请使用更新的程序"),
    ("FailedToExtractRuntimeVersion", "无法读出运行时版本；请检查程序"),
    ("NonDefaultComposite", "账户仍有数据，不能移除"),
    ("NonZeroRefCount", "账户仍被引用，不能移除"),
    ("CallFiltered", "本链不接受此操作；可用的操作见 `mulu --help`"),
    ("MultiBlockMigrationsOngoing", "升级迁移正在进行；请稍后再试"),
    ("NothingAuthorized", "没有已批准的升级；请先提案"),
    ("Unauthorized", "所提交的程序不是已批准的升级；请核对摘要"),
];
