//! What was checked, and what it rests on.

use crate::words::Phrase;

/// Its phrases.
pub const PHRASES: &[Phrase] = &[
    // What was checked: the file and the chain.
    ("{} bytes, version {}, in the one canonical encoding", "{0} 字节，格式版本{1}，为唯一规范编码"),
    ("the file itself", "文件本身"),
    ("chain {}; the genesis header commits to its first {} validators", "链 {0}；创世区块头确定了最初{1}个验证节点"),
    ("genesis hash {}: compare it with one you trust", "创世哈希 {0}：请与可信来源的哈希比对"),
    ("{} changes of the validator set; {} validators in force", "验证节点集变更 {0} 次；现有验证节点 {1} 个"),
    ("first validator set in the genesis header", "创世区块头中的首个验证节点集"),
    (
        "header {} is final: {} of {} validators signed it, {} are needed",
        "区块头{0}已最终确认：{2}个验证节点中有{1}个签名，需要{3}个",
    ),
    ("validator set in force at that height", "该高度有效的验证节点集"),
    ("{} headers lie in the history of header {}", "{0}个区块头在区块头{1}的历史树中"),
    ("history root in the final header", "最终区块头中的历史树根"),
    ("header {} is the one of the checkpoint", "区块头{0}即检查点所指"),
    ("checkpoint {}", "检查点 {0}"),
    (
        "{} records lie in the record logs of their headers, each under its number",
        "{0}条记录在各自区块头的记录日志中，编号相符",
    ),
    ("record root in each header", "各区块头中的记录根"),
    // The event.
    ("platform {} signed the header of this batch of {} events", "平台{0}签署了含{1}个事件的批次头"),
    ("record {}, and the platform's key in it", "记录{0}及其中的平台密钥"),
    (
        "stream {} was opened with the same key, as platform {} of department {}",
        "流{0}由部门{2}的平台{1}以同一密钥开启",
    ),
    (
        "stream {} was reopened under this key from event {} on, as platform {} of department {}",
        "流{0}自第{1}号事件起由部门{3}的平台{2}以此密钥重新开启",
    ),
    ("record {}, and the key's signature on its call", "记录{0}及该密钥对调用的签名"),
    ("the event is number {} of stream {}, at place {} of its batch", "事件为流{1}的第{0}号，在批次中的位置为{2}"),
    ("public root in the signed batch header", "已签署批次头中的公开叶根"),
    ("the event is number {} of its series ({}); {}", "事件为序列（{1}）的第{0}号；{2}"),
    ("no findings", "无发现"),
    ("findings: {}", "发现：{0}"),
    ("runs and findings in the batch's record, as the validators judged", "批次记录中的序号与发现，由验证节点判定"),
    ("{} of {} sealed fields are revealed and open their commitments", "{1}个封存字段中披露{0}个，均与承诺相符"),
    ("sealed root in the signed batch header", "已签署批次头中的封存叶根"),
    ("no report that the platform's key was compromised is shown", "未出示平台密钥失窃的报告"),
    (
        "{} reports that the platform's key was compromised and {} repudiations of the event are shown",
        "出示了{0}份平台密钥失窃的报告和{1}份对本事件的否认",
    ),
    ("records of this package; what it leaves out cannot be seen in it", "本证据包的记录；其未收入者无从得见"),
    // Sharing, catalog, roles.
    (
        "grant {} version {}: department {} may use entry {} of department {}; every deviation of the event stands among its findings",
        "授权{0}版本{1}：部门{2}可使用部门{4}的目录条目{3}；事件的每项偏离均已列入其发现",
    ),
    ("record {}", "记录{0}"),
    ("request {} asked for exactly the terms of the grant; digest {}", "申请{0}所请求的正是授权条款；摘要 {1}"),
    ("record {}, and the applicant's signature on its call", "记录{0}及申请人对调用的签名"),
    ("the officer of department {}, the consumer, consented", "需求方部门{0}的共享工作机构负责人已同意"),
    ("record {}, and the officer's signature over the request's digest", "记录{0}及共享工作机构负责人对申请摘要的签名"),
    ("stage {}: {} approvals as {} of department {}", "审批阶段{0}：部门{3}的{2}审批{1}次"),
    (
        "each approver's signature over the request's digest; the policy in the request's record",
        "各审批人对申请摘要的签名；申请记录中的审批策略",
    ),
    ("the officer of department {}, the provider, agreed", "提供方部门{0}的共享工作机构负责人已同意"),
    ("{} different keys signed the steps of request {}", "申请{1}的各步由{0}个不同的密钥签署"),
    (
        "the signers of the records; that no two of these keys are one person's is the ledger's word",
        "各记录的签名人；其中没有两个密钥同属一人，由账本核验",
    ),
    ("grant {}: {} at {}", "授权{0}：{1}，时间 {2}"),
    ("record {}, and its signer's signature", "记录{0}及其签名人的签名"),
    (
        "entry {} version {} ({}) was submitted, endorsed by the head of department {}, reviewed and published by department {}",
        "目录条目{0}版本{1}（{2}）已提交，由部门{3}负责人签批，由部门{4}审核并发布",
    ),
    ("the signatures of those who did it, over the digest of the content", "经办人对内容摘要的签名"),
    (
        "{} signed acts, each in a role that was given before it and had not expired",
        "{0}个签名行为，所用角色均已事先授予且未过期",
    ),
    (
        "the records that gave the roles, with their second signatures, or genesis",
        "授予角色的记录及其第二签名，或创世设定",
    ),
    (
        "every header, record and act of the package belongs to a link above",
        "证据包中的每个区块头、记录和行为都属于以上某一环",
    ),
    ("the package itself", "证据包本身"),
];
