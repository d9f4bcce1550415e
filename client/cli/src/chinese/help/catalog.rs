//! Entries, elements, mounts, whole catalogs.

use mulu_verifier::words::Phrase;

/// Its texts.
pub const TEXTS: &[Phrase] = &[
    (
        "Submit an entry or its next version; signed by the provider's cataloguer",
        "提交条目或其下一版本；由提供方编目员签名",
    ),
    ("The content as JSON", "内容，JSON 格式"),
    ("Endorse a submitted version; signed by the provider's head", "签批已提交的版本；由提供方负责人签名"),
    ("Return a version to its department; signed by the head or a reviewer", "退回版本；由部门负责人或审核人签名"),
    (
        "Say that an endorsed version was reviewed; signed by the authority's reviewer",
        "审核通过已签批的版本；由主管部门审核人签名",
    ),
    ("Publish a reviewed version; signed by the authority's reviewer", "发布已审核的版本；由主管部门审核人签名"),
    (
        "One entry: its status, readiness, open change and versions; or the content of one version",
        "一个条目：状态、就绪条件、待更新的变更和版本；或某一版本的内容",
    ),
    ("Print the content", "输出内容"),
    (
        "Entries by words and facets, the best first, with counts by facet",
        "按词和分面检索条目，最相关的在前，并按分面计数",
    ),
    ("Entries by code", "按代码列出条目"),
    (
        "submitted, endorsed, reviewed, published, superseded or returned",
        "submitted、endorsed、reviewed、published、superseded 或 returned",
    ),
    ("How the code begins", "代码的开头"),
    ("Version; the latest where none is named", "版本；不写则为最新"),
    (
        "Suspend an entry: every grant on it stands still; signed by the provider's head or the authority's reviewer",
        "暂停条目，其全部授权随之停用；由提供方负责人或主管部门审核人签名",
    ),
    (
        "Resume a suspended entry; signed by the side that suspended it, or the authority's reviewer",
        "恢复已暂停的条目；由暂停的一方或主管部门审核人签名",
    ),
    (
        "Withdraw an entry for ever, which is the filing with the authority (art. 27); signed by the provider's head",
        "撤销条目并即报主管部门备案（第二十七条）；由提供方负责人签名",
    ),
    (
        "Salted commitment to the papers on the consultation of those who hold grants, if anybody does, 64 hexadecimal digits",
        "如有授权持有方，对其协商材料的加盐承诺，64 位十六进制数",
    ),
    (
        "Report that law or duties changed, so that the entry has to be updated in time (art. 17)",
        "报告法律或职责变化，条目须按期更新（第十七条）",
    ),
    (
        "Day of the change, from which the time for the update counts, as in 2026-08-01",
        "变化之日，更新期限由此起算，如 2026-08-01",
    ),
    ("The law, decision or duty that changed, at most 256 bytes", "变化的法律、决定或职责，至多 256 字节"),
    ("More time for an update: ask, decide", "延期更新：申请、批复"),
    ("Ask the authority for more time; signed by the provider's head", "向主管部门申请延期；由提供方负责人签名"),
    ("Grant or deny what was asked for; signed by the authority's reviewer", "批复延期申请；由主管部门审核人签名"),
    // Search.
    ("Words that must all stand in the entry; facets alone without one", "条目须全部含有的词；不写则只按分面"),
    ("base, theme or department", "base（基础）、theme（主题）或 department（部门）"),
    ("unconditional, conditional or not-shared", "unconditional（无条件）、conditional（有条件）或 not-shared（不予）"),
    (
        "database-table, file, service-interface, log-synchronisation or message-queue",
        "database-table（库表）、file（文件）、service-interface（服务接口）、log-synchronisation（日志同步）或 message-queue（消息队列）",
    ),
    (
        "Update cycle: real-time, daily, weekly, every-ten-days, monthly, quarterly, yearly or other",
        "更新周期：real-time、daily、weekly、every-ten-days、monthly、quarterly、yearly 或 other",
    ),
    ("fresh, overdue or uncounted", "fresh（按期）、overdue（逾期）或 uncounted（不计）"),
    (
        "published, suspended, withdrawn, under-way or returned",
        "published（已发布）、suspended（已暂停）、withdrawn（已撤销）、under-way（办理中）或 returned（已退回）",
    ),
    // Import.
    (
        "Bring a portal's datasets onto the ledger; may be interrupted and run again",
        "将门户的数据集导入账本；可中断后重新运行",
    ),
    ("Form of the file", "文件格式"),
    ("One dataset a line; a DCAT-AP catalog; a table of entries", "每行一个数据集；或 DCAT-AP 目录；或条目表"),
    ("Items of a CSV table", "CSV 表的信息项表"),
    ("Say what would happen, and sign nothing", "只说明将发生什么，不作任何签名"),
    (
        "Follow a CKAN portal for one round: each change becomes a submitted version",
        "跟随 CKAN 门户一轮：每项变更成为一个提交的版本",
    ),
    ("Write two tables with an example, for a department to fill in", "写出两张带示例的表，供部门填写"),
    ("Write published entries into a file of another form", "将已发布的条目写成其他格式的文件"),
    ("Fingerprint of the schema of a resource, for a mount", "资源结构的指纹，用于挂载"),
    ("Address of a CKAN portal, without /api", "CKAN 门户的地址，不含 /api"),
    (
        "File that keeps how far this came; without it, everything is looked up again",
        "记录进度的文件；没有它则全部重新比对",
    ),
    ("File with an API token of the portal", "存放门户 API 令牌的文件"),
    (
        "Compare all names too, and tell the ledger what is gone; needs --position",
        "同时比对全部名称，并向账本报告消失的数据集；需要 --position",
    ),
    ("File for the table of entries; it must not exist", "条目表的文件；不得已存在"),
    ("File for the table of items; it must not exist", "信息项表的文件；不得已存在"),
    ("File that is written; it must not exist", "写出的文件；不得已存在"),
    ("File for the items of a table; it must not exist", "表的信息项文件；不得已存在"),
    (
        "The whole sharing catalog, for departments; else what is open to the public without condition",
        "完整的共享目录，供部门使用；否则只写无条件开放的条目",
    ),
    ("Title of the catalog", "目录的标题"),
    ("Address below which an entry has a page, for DCAT-AP", "条目页面所在的地址，用于 DCAT-AP"),
    ("csv, json-schema, table or openapi", "csv、json-schema、table 或 openapi"),
    ("What describes the schema; of csv the data file or its first line", "描述结构的文件；csv 为数据文件或其首行"),
    ("Operation of an OpenAPI description, as \"GET /persons/{id}\"", "OpenAPI 描述中的操作，如 \"GET /persons/{id}\""),
    ("Print the canonical form that is hashed", "输出被散列的规范形式"),
    (
        "Which department publishes for which organization, and its keys: names in the keystore, or files beside the mapping",
        "各机构由哪个部门发布，及其密钥：密钥库中的名称，或映射文件旁的文件",
    ),
    (
        "Key of the authority's reviewer: entries are reviewed and published too",
        "主管部门审核人的密钥：条目同时审核并发布",
    ),
    // Elements.
    (
        "Register a data element with its published standard; signed by a supervisor of a competent authority",
        "登记数据元及其已公布的标准；由主管部门监督人签名",
    ),
    (
        "Code, as the standard has it: letters, digits, -, . and _, at most 64 bytes",
        "标准所定代码：字母、数字、-、. 和 _，至多 64 字节",
    ),
    ("Number and title of the standard, at most 128 bytes", "标准编号和名称，至多 128 字节"),
    ("Where the standard was published, at most 256 bytes", "标准公布于何处，至多 256 字节"),
    (
        "Give an element another name or standard; signed by a supervisor of the authority that looks after it",
        "修订数据元的名称或标准；由管理该数据元的主管部门监督人签名",
    ),
    (
        "Name the authoritative department of an element (art. 19), or none; signed as a revision is",
        "指定数据元的数源部门（第十九条），或 none；签名人与修订相同",
    ),
    ("Id or code of the element", "数据元编号或代码"),
    ("Id of the department, or none", "部门编号，或 none"),
    ("What the naming rests on, at most 256 bytes", "指定的依据，至多 256 字节"),
    ("One element", "一个数据元"),
    ("Elements by id", "按编号列出数据元"),
    ("Of which this department is the authoritative one", "以该部门为数源部门的"),
    // Mounts.
    (
        "Tie a published entry to the resource that serves it; signed by the provider's cataloguer",
        "将已发布条目挂载到提供数据的资源；由提供方编目员签名",
    ),
    (
        "A handle that the platforms understand, never a credential; at most 128 bytes",
        "平台认得的标识，不得含凭据；至多 128 字节",
    ),
    ("Digest of the resource's schema, 64 hexadecimal digits", "资源结构的摘要，64 位十六进制数"),
    ("Id of a platform that serves it; may be given several times", "提供服务的平台编号；可给多次"),
    ("End a mount; signed by the provider's cataloguer", "解除挂载；由提供方编目员签名"),
    (
        "Report which schema the platform sees, if that changed; signed by the platform of the mount",
        "报告平台所见资源结构的变化；由挂载的平台签名",
    ),
    ("Digest of the schema, 64 hexadecimal digits", "资源结构的摘要，64 位十六进制数"),
    ("The mounts of one entry", "一个条目的挂载"),
    ("Published entries and their mounts", "已发布条目及其挂载"),
    ("Id of a platform that serves them", "提供服务的平台编号"),
    ("Only entries with a mount", "仅有挂载的条目"),
    ("Only entries without any", "仅无挂载的条目"),
    ("Only entries whose schema a platform saw differ from the mount's", "仅平台所见结构与挂载不符的条目"),
    ("How many published entries of a department have a mount", "部门已发布条目的挂载率"),
];
