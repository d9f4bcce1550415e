//! Names of roles, here and in whatever else speaks of them.

use crate::words::Phrase;

/// The Chinese of each role, by its name in records and answers.
pub const ROLES: &[Phrase] = &[
    ("admin", "管理员"),
    ("cataloguer", "编目员"),
    ("head", "部门负责人"),
    ("officer", "共享工作机构负责人"),
    ("approver", "审批人"),
    ("applicant", "申请人"),
    ("platform", "平台"),
    ("operator", "操作员"),
    ("reviewer", "审核人"),
    ("supervisor", "监督人"),
    ("auditor", "审计人"),
];
