//! The course of entries, data elements, certified sources and mounts.

use mulu_verifier::words::Phrase;

/// Phrases about what became of the catalog.
pub const PHRASES: &[Phrase] = &[
    // Status, readiness, changes.
    ("status", "使用状态"),
    ("department {}, record {}", "部门{0}，记录{1}"),
    ("readiness", "就绪条件"),
    ("condition met", "已满足"),
    ("condition missing", "未满足"),
    ("owner", "明确数据所有者"),
    ("standard", "发布数据标准"),
    ("certified source", "认证数据源"),
    ("sharing attribute", "明确数据共享属性"),
    ("quality evaluation", "数据质量评估"),
    ("metadata registration", "元数据注册"),
    ("change", "变更日期"),
    ("law or duty", "变更依据"),
    ("update", "更新期限"),
    ("deadline {}, {}", "期限{0}，{1}"),
    ("stands still while the update is under review", "更新版本审核期间暂停计时"),
    ("extension asked for", "申请延长"),
    ("{} working days", "{0}个工作日"),
    ("stopped", "停止时间"),
    // Data elements and sources.
    ("element", "数据元"),
    ("data standard", "数据标准"),
    ("published in", "标准发布文件"),
    ("source department", "数源部门"),
    ("registered by", "登记记录"),
    ("revised by", "修订记录"),
    ("named by", "指定记录"),
    ("certified by record", "认定记录"),
    ("there is no such element", "没有此数据元"),
    // Mounts.
    ("address", "资源地址"),
    ("fingerprint", "结构指纹"),
    ("mounted", "挂载时间"),
    ("platforms see", "平台所见指纹"),
    ("mismatches", "与资源不符的方式"),
    ("published entries", "已发布目录"),
    ("with a mount", "已挂载目录"),
    ("mount rate", "挂载率"),
    ("a mount has at most {} platforms", "一个挂载最多由{0}个平台提供"),
    ("no version of the entry is published, or it is withdrawn", "该目录条目没有发布的版本，或已撤销"),
    (
        "the address looks as if it held a password, token or key; the ledger is read by many and forgets nothing",
        "地址疑似含有口令、令牌或密钥；账本由多方读取且不可删除",
    ),
    ("name the resource by a handle that its platforms understand", "请用平台能识别的代号指称资源"),
];
