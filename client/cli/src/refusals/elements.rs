//! What the pallet Elements refuses.

use super::Sentence;

/// One for each variant.
pub const SENTENCES: &[Sentence] = &[
    ("UnknownElement", "没有此数据元；由主管部门用 `mulu element register` 登记"),
    ("CodeInvalid", "数据元代码只含字母、数字、“-”、“.”和“_”；请改正"),
    ("CodeTaken", "此代码已属另一数据元；请改用其他代码"),
    ("StandardMissing", "数据元须有名称、标准和标准发布文件；请补上"),
    ("NotAuthority", "数据元由政务数据共享主管部门登记；请其监督人签名"),
    ("OtherAuthority", "此数据元由另一主管部门管理，即其登记所在层级和行政区划的主管部门（第十九条）；请向其提出"),
    ("UnknownDepartment", "没有此部门；请核对编号"),
    ("DepartmentNotActive", "数源部门须在现行状态（第十九条）；此部门已暂停或撤销，请指定其他部门"),
    ("SourceUnchanged", "该数据元的数源部门没有变化；无须再次指定"),
    ("BasisMissing", "指定数源部门须写明依据（第十九条）；请用 --basis 写明"),
    (
        "NotAuthoritativeSource",
        "此数据元的数源部门是另一部门，一数一源（第十九条）；请引用其已发布的含此数据元的目录条目",
    ),
    ("SourceUnknown", "信息项所引用的目录条目未发布，或其中没有此数据元（第十九条）；请改引数源部门的目录条目"),
    ("UnknownSystem", "没有此系统；请用 `mulu system list` 查看"),
    ("NotSource", "只有数源系统可以认定；此系统以其他类型登记"),
    ("NoAuthority", "该系统部门的层级和行政区划没有主管部门；请先由治理指定"),
    ("CertifiedAlready", "该系统已认定；无须再次认定"),
    ("NotCertified", "该系统未认定；请先用 `mulu source certify` 认定"),
    ("ReasonMissing", "撤销认定须写明系统的去向；请用 --reason 写明"),
];
