//! Groups of commands, options of every command, and what many commands say.

use mulu_verifier::words::Phrase;

/// Its texts.
pub const TEXTS: &[Phrase] = &[
    (
        "The ledger of data catalogs, share requests and access events of government departments",
        "政务部门数据目录、共享申请与访问事件的账本",
    ),
    // Options of every command.
    (
        "Node to talk to, ws://, wss://, http:// or https://; else MULU_URL, the profile's, or ws://127.0.0.1:9944",
        "所连节点，ws://、wss://、http:// 或 https://；未给出时依次取 MULU_URL、配置档、ws://127.0.0.1:9944",
    ),
    (
        "Key that signs: its name in the keystore, or a file; else MULU_KEY or the profile's",
        "签名所用密钥：密钥库中的名称，或文件；未给出时依次取 MULU_KEY、配置档",
    ),
    (
        "File with the passphrase of the key in its first line, for its owner alone; else MULU_PASSPHRASE_FILE, or it is asked for",
        "首行为密钥口令、仅本人可读的文件；未给出时取 MULU_PASSPHRASE_FILE，否则询问",
    ),
    (
        "Profile to work with; else MULU_PROFILE, or the one in use",
        "所用配置档；未给出时取 MULU_PROFILE，否则取当前配置档",
    ),
    ("Print JSON instead of text", "输出 JSON，不输出文字"),
    (
        "Language of what people read, zh or en; else MULU_LANG, the profile's, or the locale's",
        "给人阅读的语言，zh 或 en；未给出时依次取 MULU_LANG、配置档、系统区域设置",
    ),
    // Groups.
    (
        "Departments: list, show, register, revise, hosted, budget, counters; proposals to suspend, reinstate, retire, name authority",
        "部门：列出、查看、登记、变更、托管、预算、计数；提案暂停、恢复、撤销、指定主管部门",
    ),
    ("Accounts of departments: register, show, replace", "部门账户：登记、查看、更换"),
    ("Roles of accounts: give, confirm, revoke", "账户角色：授予、确认、撤销"),
    (
        "Proposals, on which departments decide together: make, withdraw, show, list",
        "由各部门共同决定的提案：提出、撤回、查看、列出",
    ),
    (
        "Vote on a proposal; signed by the head of an active department, and final",
        "对提案表决；由在用部门的负责人签名，不可更改",
    ),
    ("Validators: list; proposals to add, remove, rotate a key", "验证节点：列出；提案增加、移除、更换密钥"),
    ("Full nodes without a vote: list; proposals to add, remove", "无表决权的全节点：列出；提案增加、移除"),
    ("The calendar: import, show, add, parameters", "日历：导入、查看、推算、参数"),
    ("Deadlines: list, show", "期限：列出、查看"),
    ("Business systems, platforms and sources: register, list", "业务系统、平台与数据源：登记、列出"),
    ("Certified source systems: certify, withdraw, list", "经认定的数据源系统：认定、撤销、列出"),
    (
        "Catalog entries: submit, endorse, return, review, publish, suspend, resume, withdraw, change, extension, show, search, list",
        "目录条目：提交、签批、退回、审核、发布、暂停、恢复、撤销、变更、延期、查看、检索、列出",
    ),
    ("Data elements: register, revise, source, show, list", "数据元：登记、修订、指定数源部门、查看、列出"),
    (
        "Where the resources of entries are: add, remove, report, show, list, rate",
        "条目资源的挂载：挂载、解除、报告、查看、列出、挂载率",
    ),
    ("Whole catalogs: import", "整份目录：导入"),
    ("Purpose codes: register, list", "用途代码：登记、列出"),
    ("Approval policies of entries: set, show", "条目的审批策略：设定、查看"),
    (
        "Standing consents of a provider's officer: set, revoke, show",
        "提供方共享工作机构负责人的常设同意：设定、撤销、查看",
    ),
    (
        "Share requests: submit, endorse, approve, agree, refuse, withdraw, supplement, resubmit, extension, show, list",
        "共享申请：提出、同意申请、审批、同意提供、拒绝、撤回、要求补充、重新提交、延期、查看、列出",
    ),
    (
        "Grants: provision, suspend, resume, rectify, mended, not-mended, terminate, complete, end, dispose, countersign, use, differences, show, list",
        "授权：开通、暂停、恢复、责令整改、整改完成、整改未通过、终止、使用完成、终止服务、处置、确认处置、使用记录、对账差异、查看、列出",
    ),
    (
        "Disputes between departments: open, answer, settle, confirm, escalate, decide, appeal, government, withdraw, show, list",
        "部门间争议：提出、答复、协商、确认、报主管部门、处理、报请政府、政府决定、撤回、查看、列出",
    ),
    ("Streams of access events: open, close, reopen, show, list", "访问事件的流：开启、关闭、重新开启、查看、列出"),
    ("Access events: import, report, history, show", "访问事件：导入、报告、历史、查看"),
    ("What access events add up to, day by day", "访问事件的逐日合计"),
    ("Reported events: repudiate", "已报告的事件：否认"),
    ("Decision points of platforms: open, close, list", "平台的决策点：开启、关闭、列出"),
    ("The record log: show, list, extrinsic", "记录日志：查看、列出、查外部调用"),
    ("Check an evidence package offline", "离线验证证据包"),
    ("The node: info", "节点：信息"),
    ("What --key may do, and until when", "--key 有何权限，至何时为止"),
    (
        "Keys: generate, import, export, list, show, encrypt, passphrase, remove; a platform's stolen key: compromised",
        "密钥：生成、导入、导出、列出、查看、加密、更换口令、删除；平台密钥失窃：报告失窃",
    ),
    (
        "Acts that are signed on another machine: build, show, payload, sign, submit",
        "在另一台机器上签名的行为：生成、查看、待签字节、签名、提交",
    ),
    (
        "Profiles, each a node, a key, a chain and a language: add, list, use, show, remove",
        "配置档（节点、密钥、链、语言）：新增、列出、选用、查看、删除",
    ),
    ("Papers that stay off the chain: commit, check", "不上链的材料：承诺、核对"),
    (
        "The vault: check, backup, restore, rekey, erase, erasures, settings, epochs, retire-epochs, call-key",
        "保险箱：检查、备份、恢复、重新上锁、删除、删除记录、设置、周期、销毁周期密钥、调用密钥",
    ),
    ("Completion of command lines, for a shell", "命令行补全脚本"),
    ("Manual pages of every command", "所有命令的手册页"),
    // What many say.
    ("Its id", "其编号"),
    ("Its number", "其编号"),
    ("Its hash", "其哈希"),
    ("Its name", "其名称"),
    ("Its file", "其文件"),
    ("The file", "文件"),
    ("The year", "年份"),
    ("Id of the department", "部门编号"),
    ("Id of its department", "所属部门编号"),
    ("Id of the provider department", "提供部门编号"),
    ("Id of the consumer department", "需求部门编号"),
    ("Id of a grant", "授权编号"),
    ("Id of the grant", "授权编号"),
    ("Id of the platform", "平台编号"),
    ("Id of the system", "系统编号"),
    ("Id of the stream", "流的编号"),
    ("Id or resource code of the entry", "条目编号或目录代码"),
    ("Why, at most 512 bytes", "理由，至多 512 字节"),
    ("Why, at most 256 bytes", "理由，至多 256 字节"),
    ("Why, at most 512 bytes; of a consent it may be left out", "理由，至多 512 字节；同意时可不写"),
    ("How many working days", "多少个工作日"),
    ("Name, at most 128 bytes", "名称，至多 128 字节"),
    ("Sign only if the digest is this one", "仅当摘要为此值时签名"),
    ("Rows of a page, at most 500", "每页行数，至多 500"),
    ("Rows of a page, at most 100", "每页行数，至多 100"),
    ("Where an earlier page ended", "从前一页结束处继续"),
    ("The whole list; with --json one row a line", "整个列表；与 --json 合用时每行一条"),
    (
        "Salted commitment to papers that stay off the chain, 64 hexadecimal digits",
        "对不上链材料的加盐承诺，64 位十六进制数",
    ),
    ("The terms as JSON", "条款，JSON 格式"),
    ("Print an example to begin with, and submit nothing", "只输出一份样例，不提交"),
    ("Print an example to begin with, and set nothing", "只输出一份样例，不设定"),
    ("Public key, 64 hexadecimal digits (`mulu key show` prints it)", "公钥，64 位十六进制数（`mulu key show` 可查）"),
    ("Public key", "公钥"),
    ("Public key of the account", "账户的公钥"),
    ("Earliest time: a day, a moment in UTC, or milliseconds", "最早时间：日期、UTC 时刻或毫秒数"),
    ("First time after the period", "时段之后的第一个时刻"),
    ("Grant it", "准予"),
    ("Deny it", "不予"),
];
