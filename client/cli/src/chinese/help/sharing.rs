//! Purposes, policies, standing consents, requests, grants.

use mulu_verifier::words::Phrase;

/// Its texts.
pub const TEXTS: &[Phrase] = &[
    ("Register a purpose; signed by a supervisor", "登记用途；由监督人签名"),
    ("Code, at most 32 bytes", "代码，至多 32 字节"),
    ("What it means, at most 128 bytes", "含义，至多 128 字节"),
    ("All purposes", "所有用途"),
    (
        "Set the policy for requests made from now on; signed by the provider's officer",
        "设定今后申请的审批策略；由提供方共享工作机构负责人签名",
    ),
    (
        "The stages as JSON; the provider's officer always signs behind them",
        "各阶段，JSON 格式；提供方共享工作机构负责人总在最后签名",
    ),
    ("The policy of an entry", "条目的审批策略"),
    (
        "Agree in advance to requests within conditions, in place of any consent before; signed by the provider's officer",
        "在条件内预先同意申请，取代此前的常设同意；由提供方共享工作机构负责人签名",
    ),
    ("The conditions as JSON", "条件，JSON 格式"),
    (
        "End a standing consent; grants that it began run on; signed by the provider's officer",
        "撤销常设同意，依其生效的授权继续有效；由提供方共享工作机构负责人签名",
    ),
    ("The standing consent for an entry", "条目的常设同意"),
    // Requests.
    ("Make a request; signed by the consumer's applicant", "提出申请；由需求方申请人签名"),
    ("Consent to a request for the consumer; signed by its officer", "需求方同意申请；由其共享工作机构负责人签名"),
    ("Approve a request in a stage of the policy; signed by an approver", "在审批阶段审批申请；由审批人签名"),
    (
        "Agree to a request: the grant begins; signed by the provider's officer",
        "提供方同意申请，授权生效；由提供方共享工作机构负责人签名",
    ),
    ("Refuse a request; signed by the provider's officer", "拒绝申请；由提供方共享工作机构负责人签名"),
    ("Why (art. 21), at most 512 bytes", "理由（第二十一条），至多 512 字节"),
    (
        "Withdraw a request; signed by the consumer's officer or applicant",
        "撤回申请；由需求方共享工作机构负责人或申请人签名",
    ),
    (
        "Ask for everything that is missing, once (art. 21); signed by the provider's officer",
        "一次性要求补充全部所缺材料（第二十一条）；由提供方共享工作机构负责人签名",
    ),
    ("All that is missing, at most 512 bytes", "所缺的全部材料，至多 512 字节"),
    (
        "Put other terms in the place of those before: every signature is void; signed by the consumer's applicant",
        "以新条款重新提交，此前的签名全部作废；由需求方申请人签名",
    ),
    ("The new terms as JSON", "新条款，JSON 格式"),
    ("More time to reply (art. 21): ask for it, or decide on it", "延期答复（第二十一条）：申请、决定"),
    ("One request: terms, signatures, and whom it waits for", "一份申请：条款、签名、等待何人"),
    ("Requests, newest first", "申请，最新的在前"),
    (
        "created, endorsed, approved, supplement, agreed, refused or withdrawn",
        "created、endorsed、approved、supplement、agreed、refused 或 withdrawn",
    ),
    (
        "Ask the authority, once and before the reply is due; signed by the provider's officer",
        "在答复到期前向主管部门申请一次；由提供方共享工作机构负责人签名",
    ),
    ("By how many working days", "延长多少个工作日"),
    (
        "Grant it, or deny it with a reason; signed by a supervisor of the provider's authority",
        "准予，或说明理由不予；由提供方主管部门的监督人签名",
    ),
    ("Id of the request", "申请编号"),
    // Grants.
    (
        "Record that the data can be had; signed by the provider's officer",
        "登记数据已开通；由提供方共享工作机构负责人签名",
    ),
    (
        "Suspend a grant at once; signed by the provider's officer or the authority's supervisor",
        "立即暂停授权；由提供方共享工作机构负责人或主管部门监督人签名",
    ),
    ("Resume a suspended grant, also one that was mended", "恢复已暂停（包括已整改）的授权"),
    (
        "Set the consumer a term to mend what a grant was suspended for (art. 27)",
        "责令需求方限期整改暂停的原因（第二十七条）",
    ),
    ("Within how many working days", "限多少个工作日"),
    ("What has to be mended, at most 512 bytes", "须整改的事项，至多 512 字节"),
    ("Report that it is mended; signed by the consumer's officer", "报告整改完成；由需求方共享工作机构负责人签名"),
    ("What was done, at most 512 bytes", "整改情况，至多 512 字节"),
    ("Say that what was reported as mended is not: the term runs on", "整改未通过，期限继续"),
    ("Terminate a grant that was not mended within its term (art. 27)", "终止逾期未整改的授权（第二十七条）"),
    (
        "End a grant that the consumer needs no longer; signed by its officer",
        "需求方不再需要，结束授权；由其共享工作机构负责人签名",
    ),
    ("What the use brought, at most 256 bytes", "使用成效，至多 256 字节"),
    (
        "End a service after consultation, filed with the authority (art. 27); signed by the provider's officer",
        "协商后终止服务并报主管部门备案（第二十七条）；由提供方共享工作机构负责人签名",
    ),
    (
        "Salted commitment to the papers of the consultation, 64 hexadecimal digits",
        "对协商材料的加盐承诺，64 位十六进制数",
    ),
    (
        "Record what became of the data after the end (art. 27); signed by the consumer's officer",
        "登记结束后数据的处置（第二十七条）；由需求方共享工作机构负责人签名",
    ),
    ("How it was disposed of, at most 512 bytes", "处置方式，至多 512 字节"),
    (
        "Agree to the record of the disposal; signed by the provider's officer",
        "确认处置记录；由提供方共享工作机构负责人签名",
    ),
    ("Number of the record of the disposal", "处置记录的编号"),
    (
        "Record that a record on the use is kept (art. 29); signed by the consumer's officer or applicant",
        "登记已留存使用记录（第二十九条）；由需求方共享工作机构负责人或申请人签名",
    ),
    (
        "scenario, process, outcome, storage or destruction",
        "scenario（场景）、process（过程）、outcome（成效）、storage（存储）或 destruction（销毁）",
    ),
    ("Salted commitment to the record, 64 hexadecimal digits", "对使用记录的加盐承诺，64 位十六进制数"),
    ("The day that it is of, YYYY-MM-DD", "记录所属日期，YYYY-MM-DD"),
    ("One grant: versions and every change of its state", "一项授权：各版本和每次状态变化"),
    ("Grants, newest first", "授权，最新的在前"),
    (
        "agreed, provisioned, suspended, rectifying, terminated, completed, ended_by_provider, disposed or ended",
        "agreed、provisioned、suspended、rectifying、terminated、completed、ended_by_provider、disposed 或 ended",
    ),
    (
        "agreed, not_yet, active, paused_by_provider, paused_by_authority, paused_by_entry, paused_by_department, expired, ended or disposed: whether data may flow now, and if not, why",
        "agreed、not_yet、active、paused_by_provider、paused_by_authority、paused_by_entry、paused_by_department、expired、ended 或 disposed：数据此刻能否流动，不能则为何",
    ),
    ("Days on which the parties did not report the same: show, name", "双方报告不一致的日子：查看、列明"),
    ("What is reported under a grant and compared, day by day", "授权下逐日报告并核对的情况"),
    (
        "Name the calls that make the difference of a day; signed by an officer or platform of either side",
        "列明一日的差异调用；由任一方的共享工作机构负责人或平台签名",
    ),
    ("The local day, YYYY-MM-DD", "本地日期，YYYY-MM-DD"),
];
