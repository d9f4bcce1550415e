//! Streams, events, records, evidence, papers.

use mulu_verifier::words::Phrase;

/// Its texts.
pub const TEXTS: &[Phrase] = &[
    (
        "Report the requests of an access log; may be interrupted and run again",
        "将访问日志中的请求报告为事件；可中断后重新运行",
    ),
    (
        "Report events, one JSON object a line; may be interrupted and run again",
        "报告事件，每行一个 JSON 对象；可中断后重新运行",
    ),
    (
        "Events of an entry, a grant, a department, a platform, a pseudonym, a finding, a day, or all of them, newest first",
        "条目、授权、部门、平台、化名、发现、某日或全部的事件，最新的在前",
    ),
    ("One event", "一个事件"),
    ("STREAM:EVENT, as the history prints it", "流:事件，如历史所示"),
    ("Only events with findings", "仅有发现的事件"),
    (
        "Write all events of the grant, or those of the platform that name no entry, into a file that proves offline that there are no others; `mulu verify` checks it",
        "将授权的全部事件（或平台未指明条目的全部事件）写入文件，可离线证明别无其他；由 `mulu verify` 验证",
    ),
    ("Id of a department: events on its entries", "部门编号：其条目上的事件"),
    ("Id of a department: events that it caused as consumer", "部门编号：其作为需求方产生的事件"),
    ("Id of a platform: events that it reported", "平台编号：其报告的事件"),
    ("Pseudonym of a user within an epoch, as an event shows it", "用户在一个周期内的化名，如事件所示"),
    ("Name of a finding, such as over_quota", "发现的名称，如 over_quota"),
    ("A local day", "本地日期"),
    ("The log", "日志"),
    ("Which paths are events on which entry or grant, and the stream", "哪些路径是哪个条目或授权的事件，以及所用的流"),
    ("The vault; made if there is none", "保险箱；没有则新建"),
    ("One event a line", "每行一个事件"),
    ("Stream that the events go into", "事件所入的流"),
    ("Print examples to begin with, and report nothing", "只输出样例，不报告"),
    ("First local day", "起始本地日期"),
    ("First local day after the period", "时段之后的第一个本地日期"),
    // Streams, stolen keys, decision points.
    (
        "Open a stream for a platform; signed by the platform's key, which then signs its batches",
        "为平台开启流；由平台密钥签名，此后由其签署批次",
    ),
    (
        "Its call ids come from request ids that both sides of a grant share: the two sides' reports are compared day by day",
        "调用标识取自授权双方共有的请求编号：双方的报告逐日核对",
    ),
    ("Close a stream", "关闭流"),
    (
        "Go on with a stream whose key was stolen, replaced or has no role; signed by another key of the platform, which then signs its batches",
        "继续密钥已失窃、已更换或已无角色的流；由平台的另一密钥签名，此后由其签署批次",
    ),
    ("One stream and how far it has come", "一个流及其进度"),
    ("Streams, newest first", "流，最新的在前"),
    (
        "Say of events that a stolen key signed that they are not the department's own; signed by the department's head",
        "否认失窃密钥所签的事件为本部门所为；由部门负责人签名",
    ),
    (
        "Decide whether a repudiation stands; signed by a supervisor of the department's authority",
        "认定否认是否成立；由该部门主管部门的监督人签名",
    ),
    ("The public key, 64 hexadecimal digits", "公钥，64 位十六进制数"),
    ("Id of a platform of the department that it signed for", "该密钥所代表的本部门平台编号"),
    ("First moment at which others may have signed with it", "他人可能使用该密钥的最早时刻"),
    ("First moment after; without it, a minute behind the last block", "此后的第一个时刻；不写则为最后区块后一分钟"),
    ("What is known of it, at most 512 bytes", "已知情况，至多 512 字节"),
    ("The first event, STREAM:EVENT", "第一个事件，流:事件"),
    ("Number of the last one, if there are several", "如有多个，最后一个的编号"),
    ("Number of the record that reported the key", "报告密钥失窃的记录编号"),
    ("Why they are not its own, at most 512 bytes", "为何非其所为，至多 512 字节"),
    ("Number of the record of the repudiation", "否认记录的编号"),
    ("It stands", "成立"),
    ("It does not", "不成立"),
    ("What was found, at most 512 bytes", "认定的事实，至多 512 字节"),
    (
        "Open the decision point of a platform; signed by the key that then signs its tokens and counts",
        "开启平台的决策点；由此后签署令牌与计数的密钥签名",
    ),
    (
        "Close the decision point of a platform; signed by its key, or by an admin of the department",
        "关闭平台的决策点；由其密钥或部门管理员签名",
    ),
    ("Decision points that are open, newest first", "已开启的决策点，最新的在前"),
    // Records.
    ("One record with its body", "一条记录及其内容"),
    ("Records, newest first", "记录，最新的在前"),
    ("What became of an extrinsic", "外部调用的结果"),
    ("Kind of record, entry_published for instance", "记录种类，如 entry_published"),
    ("Id of the department that acted; 0 for the chain itself", "行为部门编号；0 为链自身"),
    ("Acts on a request", "对某申请的行为"),
    ("Acts on a grant", "对某授权的行为"),
    ("Records about an account", "关于某账户的记录"),
    ("Records about a system", "关于某系统的记录"),
    ("Records about a stream", "关于某流的记录"),
    // Evidence.
    ("Write the evidence package of an event, verified before it is written", "写出事件的证据包，写出前先行验证"),
    (
        "Write the filing certificate of a published entry, verified before it is written",
        "写出已发布条目的备案证明，写出前先行验证",
    ),
    (
        "Write every event of a series between two heights, with the proof that there are no others",
        "写出序列在两个高度之间的全部事件，并证明别无其他",
    ),
    ("Print a package for people, without checking it", "输出证据包的内容供人阅读，不作验证"),
    ("The package", "证据包"),
    ("Number of the event in the stream", "事件在流中的编号"),
    ("Vault that holds the event's sealed leaf; the leaf is added", "存有该事件封存叶的保险箱；封存叶一并写入"),
    (
        "Fields to reveal: operator, user, data_subject, request_digest, result_digest, network_address",
        "披露的字段：operator、user、data_subject、request_digest、result_digest、network_address",
    ),
    ("Version; the one in force where none is named", "版本；不写则为现行版本"),
    ("Genesis file to verify against; the node's own where none is named", "据以验证的创世文件；不写则用节点的"),
    ("Prove against the header of this height instead of the head", "以此高度的区块头（而非链顶）为证"),
    ("File to write; it must not exist", "要写的文件；须尚不存在"),
    ("Write over the file if there is one", "文件已存在时覆盖"),
    (
        "grant:ID; entry:ID:CONSUMER for events without a grant; platform:ID for events that name neither",
        "grant:编号；无授权的事件为 entry:编号:需求方；两者皆无的事件为 platform:编号",
    ),
    (
        "The list begins above this height; with the first event of all where none is named",
        "清单自此高度之后开始；不写则从第一个事件开始",
    ),
    ("The list ends at this height; at the head where none is named", "清单止于此高度；不写则止于链顶"),
    ("Genesis file of the chain, from a source that you trust", "来自可信来源的该链创世文件"),
    ("Header that the package must contain: HEIGHT:HASH", "证据包须含的区块头：高度:哈希"),
    // Papers.
    ("Commit to a file under a fresh salt, and keep the salt beside it", "以新盐对文件作出承诺，并将盐存于其旁"),
    ("The papers, as one file", "材料，合为一个文件"),
    (
        "Where the salt goes; FILE.salt.json where it is not named. It must not exist",
        "盐写入何处；不写则为 FILE.salt.json。须尚不存在",
    ),
    ("Whether a file is what a commitment is to", "核对文件是否即承诺所指"),
    (
        "The salt that was kept with them; FILE.salt.json where it is not named",
        "与材料一同保存的盐；不写则为 FILE.salt.json",
    ),
    ("The commitment on the ledger, 64 hexadecimal digits", "账本上的承诺，64 位十六进制数"),
];
