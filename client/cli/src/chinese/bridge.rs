//! The bridge: what a check finds, how it is, the quarantine.

use mulu_verifier::words::Phrase;

/// Its phrases.
pub const PHRASES: &[Phrase] = &[
    // Fields and columns.
    ("source", "来源"),
    ("row", "行号"),
    ("preset", "预设"),
    ("prefix", "前缀"),
    ("on", "对应"),
    ("quarantine", "隔离区"),
    ("events not on the chain yet", "尚未上链的事件"),
    ("in no batch", "未成批"),
    ("not confirmed", "未确认"),
    ("waits ms", "等待毫秒"),
    ("sink", "接收端"),
    ("next record", "下一条记录"),
    ("behind by", "落后条数"),
    ("told to height", "已告知至高度"),
    ("at rest", "未运行"),
    ("starting", "正在启动"),
    ("following", "跟进中"),
    ("retrying", "重试中"),
    ("has stopped", "已停下"),
    ("rounds of", "轮次"),
    ("last round", "上一轮"),
    ("last that worked", "上次成功"),
    ("next round", "下一轮"),
    ("failures since", "此后失败"),
    ("sources that stand still: {}", "停滞的来源：{0}"),
    ("detail", "详情"),
    ("dropped", "已丢弃"),
    ("reported", "已报告"),
    ("no call, dropped", "不计为调用，已丢弃"),
    ("stay", "仍在隔离区"),
    ("and {} more", "另有 {0} 行"),
    ("so far {} reported, {} dropped, {} stay", "目前已报告 {0} 行，丢弃 {1} 行，{2} 行仍在隔离区"),
    ("there may be more: go on with --from {}", "可能还有：请用 --from {0} 继续"),
    ("{} of at most {}", "{0}，上限 {1}"),
    ("{} rows, {} of at most {} bytes", "{0} 行，{1} 字节，上限 {2} 字节"),
    ("records are taken", "正在接收记录"),
    ("no records are taken", "未在接收记录"),
    ("trouble of {}: {}", "{0} 有问题：{1}"),
    // Streams that take nothing any more.
    (
        "stream {} is closed on the ledger, and nothing more is taken for it: `mulu stream open` opens another, name that one in the source in place of {}, and `mulu bridge move --from {}` takes along what waits",
        "流{0}在账本上已关闭，不再为其接收：请用 `mulu stream open` 另开，在来源中以新流代替{1}，并用 `mulu bridge move --from {2}` 带走等待中的事件",
    ),
    (
        "another vault is ahead of this one in stream {}, and nothing more is taken for it: bring the newest copy of the vault; if there is none, `mulu stream open` opens another stream, name that one in the source in place of {}, and `mulu bridge move --from {}` takes along what waits",
        "流{0}中另一保险箱已超前于本保险箱，不再为其接收：请取回最新的保险箱副本；若没有，请用 `mulu stream open` 另开，在来源中以新流代替{1}，并用 `mulu bridge move --from {2}` 带走等待中的事件",
    ),
    (
        "another vault is ahead in stream {}: the chain expects event {}, this vault would give {}. Bring the newest copy of the vault, or open another stream and `mulu bridge move --from {}` what waits",
        "流{0}中另一保险箱已超前：链上应为事件{1}，本保险箱将给出{2}。请取回最新的保险箱副本，或另开流并用 `mulu bridge move --from {3}` 移走等待中的事件",
    ),
    (
        "the chain has other events in stream {} than this vault. Bring the newest copy of the vault, or open another stream and `mulu bridge move --from {}` what waits",
        "流{0}在链上的事件与本保险箱的不同。请取回最新的保险箱副本，或另开流并用 `mulu bridge move --from {1}` 移走等待中的事件",
    ),
    (
        "{} events wait for stream {}, which no source has: give it one, until nothing waits; if it is closed, `mulu bridge move --from {}` takes them to another",
        "有 {0} 个事件等待流{1}，而没有来源使用它：请给它一个来源，直至不再等待；若已关闭，可用 `mulu bridge move --from {2}` 移入另一流",
    ),
    ("moved, in no batch", "已移走，未成批"),
    ("moved, sealed anew", "已移走，重新封存"),
    ("stay behind", "留在原处"),
    (
        "name stream {} in the source in place of the old one, and start the bridge",
        "请在来源中以流{0}代替原来的流，再启动网桥",
    ),
    (
        "the vault was behind: what the newer one had reported of this is reported twice",
        "保险箱落后：其中较新的保险箱已报告的，将被报告两次",
    ),
    // A check.
    ("mistake", "错误"),
    ("warning", "警告"),
    ("takes events", "可接收事件"),
    ("takes no events any more", "不再接收事件"),
    ("nothing is wrong", "没有发现问题"),
    ("source {}: {}", "来源 {0}：{1}"),
    ("{} of platform {}, {}; the next event is {}", "平台{1}的流{0}，{2}；下一个事件为 {3}"),
    (
        "sample: {} records, {} events, {} skipped, {} for the quarantine",
        "样例：{0} 条记录，{1} 个事件，{2} 条略过，{3} 条将入隔离区",
    ),
    ("line {}: {}", "第 {0} 行：{1}"),
    ("no call, by the mapping", "按映射不计为调用"),
    ("quarantine, {}: {}", "隔离区，{0}：{1}"),
    ("nothing", "未指明对象"),
    ("entry {} version {}, consumer {}", "目录条目{0}版本{1}，需求方{2}"),
    ("items {}", "信息项 {0}"),
    ("no request id", "无请求编号"),
    ("with request id", "有请求编号"),
    ("sealed: {}", "封存：{0}"),
    ("there is no source: no event will be reported", "没有来源：不会报告任何事件"),
    (
        "settle_ms is {}, and the forwarder gathers lines for {} ms ({}): what comes later than an event that was sealed goes into the quarantine as before_stream; set settle_ms well above it",
        "settle_ms 为{0}，而转发器会汇集日志行{1}毫秒（{2}）：晚于已封装事件到达的将以 before_stream 进入隔离区；请将 settle_ms 设得明显更大",
    ),
    (
        "the vault is in use: a bridge is running; call keys of grants are not checked",
        "保险箱正在使用：网桥在运行；未检查授权的调用密钥",
    ),
    ("{} cannot be read now ({}); the bridge waits for it", "{0} 现在读不了（{1}）；网桥会等待它"),
    (
        "no record of the sample would be reported; is it of the form that the mapping reads?",
        "样例中没有记录会被报告；它是映射所读的格式吗？",
    ),
    ("{} of {} records of the sample would go into the quarantine", "样例的 {1} 条记录中有 {0} 条将入隔离区"),
    (
        "no record of the sample names a grant or an entry: each event gets the finding no_grant; `route` ties paths to grants",
        "样例中没有记录指明授权或条目：每个事件都会得到发现 no_grant；可用 `route` 将路径对应到授权",
    ),
    (
        "the node was not asked: {}; the bridge would take records and wait for it",
        "未能询问节点：{0}；网桥会接收记录并等待节点",
    ),
    ("the node answers no more: {}", "节点不再应答：{0}"),
    (
        "the vault {} is of another chain; name the vault of this one, or a new file",
        "保险箱 {0} 属于另一条链；请指定本链的保险箱或新文件",
    ),
    (
        "account {} is not registered; an admin of the platform's department does that",
        "账户 {0} 未登记；由平台所属部门的管理员登记",
    ),
    ("the key was replaced by {}; name that key", "该密钥已由 {0} 替换；请指定新密钥"),
    (
        "the key has not the role platform; `mulu role give` gives it",
        "该密钥没有角色 platform；可用 `mulu role give` 授予",
    ),
    (
        "the key's role platform is not in force; `mulu account show` says why",
        "该密钥的角色 platform 未生效；原因见 `mulu account show`",
    ),
    (
        "the chain has no stream {}; `mulu stream open` opens one and says its number",
        "链上没有流{0}；可用 `mulu stream open` 开启并得到编号",
    ),
    (
        "stream {} is halted: its key was stolen or has no role any more; `mulu stream reopen {}` goes on under this key",
        "流{0}已停止：其密钥失窃或已无角色；可用 `mulu stream reopen {1}` 由本密钥继续",
    ),
    ("stream {} is closed; `mulu stream open` opens another", "流{0}已关闭；可用 `mulu stream open` 另开"),
    (
        "stream {} is another key's, {}; name that key, or `mulu stream reopen {}` with this one",
        "流{0}属于另一密钥 {1}；请指定该密钥，或用本密钥 `mulu stream reopen {2}`",
    ),
    (
        "a department, system or purpose that the mapping names is not on the ledger; its events would be quarantined",
        "映射所指的部门、系统或用途不在账本上；相应事件将入隔离区",
    ),
    (
        "calls of the stream are compared with the other side's, and the mapping has no request_id: every event of a grant would be quarantined",
        "该流的调用要与对方核对，而映射没有 request_id：授权下的事件都将入隔离区",
    ),
    (
        "grant {} does not name platform {}: its events get the finding wrong_platform and count nowhere",
        "授权{0}未列平台{1}：相应事件会得到发现 wrong_platform，且不计数",
    ),
    (
        "the vault has no call key of grant {}: its events would be quarantined; `mulu vault call-key new {}` or `add` brings it",
        "保险箱中没有授权{0}的调用密钥：相应事件将入隔离区；可用 `mulu vault call-key new {1}` 或 `add` 得到",
    ),
    (
        "grant {} is not in force now: its events get a finding; `mulu grant show {}` says why",
        "授权{0}现在未生效：相应事件会得到发现；原因见 `mulu grant show {1}`",
    ),
    ("grant {} has version {} by now, and the mapping says version {}", "授权{0}现为版本{1}，而映射写的是版本{2}"),
    ("the mapping names grant {} version {}, which the chain does not have", "映射所指的授权{0}版本{1}不在链上"),
    ("the mapping names entry {} version {}, which is not published", "映射所指的条目{0}版本{1}未发布"),
    (
        "a record of the sample names grant {} version {}, which the chain does not have: it would go into the quarantine",
        "样例中有记录指明授权{0}版本{1}，链上没有：将入隔离区",
    ),
    (
        "a record of the sample names entry {} version {}, which is not published: it would go into the quarantine",
        "样例中有记录指明条目{0}版本{1}，未发布：将入隔离区",
    ),
    (
        "a record of the sample names grant {} version {}, which the chain does not have: it would be reported without that",
        "样例中有记录指明授权{0}版本{1}，链上没有：将不带该授权上报",
    ),
    (
        "a record of the sample names entry {} version {}, which is not published: it would be reported without that",
        "样例中有记录指明条目{0}版本{1}，未发布：将不带该条目上报",
    ),
    ("the configuration has no source of that name", "配置中没有该名称的来源"),
    ("name the source of the sample with --source", "请用 --source 指定样例的来源"),
    (
        "the event was mapped; what it names is on the ledger or in the vault: {}, {}",
        "该事件已映射，没有原始记录：{0}，{1}",
    ),
    // Why a record is in the quarantine.
    ("a record is a JSON object", "记录须为 JSON 对象"),
    ("no JSON from column {} on", "从第 {0} 列起不是 JSON"),
    ("there is no field `{}`", "没有字段 `{0}`"),
    ("there is a field that the mapping does not read", "有映射不读取的字段"),
    ("the field `{}` is required, and there is nothing at {}", "字段 `{0}` 必须有值，而 {1} 处没有"),
    ("the field `{}` takes {}, and {} is none", "字段 `{0}` 应为 {1}，而 {2} 处不是"),
    ("a record has at most {} bytes, this one has {}", "记录至多 {0} 字节，此条有 {1} 字节"),
    ("the line has more than {} bytes; its beginning is kept", "该行超过 {0} 字节；保留其开头"),
];
