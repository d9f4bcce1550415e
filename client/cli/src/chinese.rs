//! The Chinese of what the command says, by its English; the verifier's own phrases stand in its table. Tests read the sources and
//! fail for what is missing here.

mod catalog;

use mulu_verifier::words::Phrase;

/// The tables of the command and of the verifier, in the order in which a phrase is looked for.
pub const TABLES: &[&[Phrase]] = &[PHRASES, catalog::PHRASES, mulu_verifier::PHRASES];

/// Phrases of the command.
pub const PHRASES: &[Phrase] = &[
    // Search of the catalog.
    ("found", "共找到"),
    ("freshness", "时效"),
    ("class", "资源类别"),
    ("complete to", "完整至"),
    ("update cycle", "更新周期"),
    ("fresh", "在更新周期内"),
    ("uncounted", "不计时效"),
    ("under way", "办理中"),
    ("base", "基础"),
    ("theme", "主题"),
    ("block {}", "区块 {0}"),
    ("other departments", "其他部门"),
    ("the text has no word to search for; name one, or leave it out", "文字中没有可检索的词；请写出一个词，或不写文字"),
    ("the search took too long; ask for something narrower", "检索耗时过长；请缩小范围"),
    ("the search index is being built; try again in a while", "检索索引正在建立；请稍后再试"),
    // Timelines, standing consents, papers.
    ("timeline:", "时间线："),
    ("clock", "期限"),
    ("still to supply", "需补充"),
    ("deadline {}, due {}", "期限{0}，截止 {1}"),
    ("deadline {} stands still", "期限{0}，暂停计时"),
    ("{} working days: {}", "{0} 个工作日：{1}"),
    ("granted, {} working days: {}", "同意延长 {0} 个工作日：{1}"),
    ("denied, {} working days: {}", "不同意延长 {0} 个工作日：{1}"),
    ("rectifying", "整改中"),
    ("terminated", "已终止"),
    ("completed", "已完成"),
    ("ended by provider", "提供方终止"),
    ("disposed", "已处置"),
    ("revoked", "已撤销"),
    ("there is no standing consent", "没有预先同意"),
    ("methods", "共享方式"),
    ("consumers", "需求部门"),
    ("longest", "最长期限"),
    ("{} days", "{0} 天"),
    ("papers", "材料承诺值"),
    ("salt", "盐值文件"),
    // Names of fields and columns.
    ("id", "编号"),
    ("code", "代码"),
    ("name", "名称"),
    ("state", "状态"),
    ("since", "起始时间"),
    ("when", "时间"),
    ("time", "时间"),
    ("made", "提出时间"),
    ("reason", "理由"),
    ("digest", "摘要"),
    ("in force", "现行"),
    ("summary", "摘要说明"),
    ("keywords", "关键字"),
    ("format", "格式"),
    ("sharing", "共享属性"),
    ("condition", "共享条件"),
    ("law", "法律依据"),
    ("opening", "开放属性"),
    ("updated", "更新周期"),
    ("matter", "业务事项"),
    ("steward", "管理处室"),
    ("item", "信息项"),
    ("type", "类型"),
    ("waits for", "等待"),
    ("basis", "使用依据"),
    ("scenario", "使用场景"),
    ("scope", "使用范围"),
    ("method", "共享方式"),
    ("purpose", "用途"),
    ("purposes", "用途"),
    ("systems", "使用系统"),
    ("platforms", "平台"),
    ("quota", "配额"),
    ("policy:", "审批策略："),
    ("signatures:", "签名："),
    ("act", "行为"),
    ("as", "身份"),
    ("account", "账户"),
    ("set by record", "设定记录"),
    ("stage", "阶段"),
    ("role", "角色"),
    ("department", "部门"),
    ("threshold", "门槛"),
    ("approvers", "审批人"),
    ("last", "最后"),
    ("whoever holds the role", "任一担任该角色者"),
    ("any", "任一"),
    ("all", "全部"),
    ("majority", "过半数"),
    ("under", "依据"),
    ("rows", "行数"),
    ("reported by", "报告方"),
    ("authorised by", "授权系统"),
    ("used by", "使用系统"),
    ("size", "规模"),
    ("call id", "调用标识"),
    ("pseudonym", "化名"),
    ("block", "区块"),
    ("rejected", "未收录"),
    ("differs", "内容不同"),
    ("level", "层级"),
    ("region", "行政区划"),
    ("authority", "主管部门"),
    ("credit code", "统一社会信用代码"),
    ("kind", "类型"),
    ("about", "事项"),
    ("from", "自"),
    ("until", "至"),
    // Sentences of entries, requests, events, records.
    ("version {}", "版本{0}"),
    ("system {}", "系统{0}"),
    ("account {}", "账户 {0}"),
    ("request {}", "申请{0}"),
    ("stream {}", "流{0}"),
    ("deadline {}", "期限{0}"),
    ("proposal {}", "提案{0}"),
    ("element {}", "数据元{0}"),
    ("dispute {}", "争议{0}"),
    ("the certificate proves no filing", "该证明未证明任何备案"),
    // Disputes and counts.
    ("entry {}", "目录条目{0}"),
    ("grant {}", "授权{0}"),
    ("department {}: {}", "部门{0}：{1}"),
    ("department {}, {}", "部门{0}，{1}年"),
    ("settling dispute {} on the terms of department {}: {}", "按部门{1}的方案了结争议{0}：{2}"),
    ("there is no such dispute", "没有此争议"),
    ("no settlement waits for a confirmation", "没有待确认的协商方案"),
    ("a dispute is about entry:3, request:7 or grant:5", "争议事项为 entry:3、request:7 或 grant:5"),
    ("name the other party with --against", "请用 --against 指明对方部门"),
    ("the key belongs to no account", "该密钥不属于任何账户"),
    ("claimant", "提出方"),
    ("respondent", "对方"),
    ("opened", "提出时间"),
    ("due", "期满时间"),
    ("dispute", "争议"),
    ("decided for", "支持方"),
    ("settlement", "协商方案"),
    ("said", "内容"),
    ("named in", "条款"),
    ("how often", "次数"),
    ("negotiating", "协商中"),
    ("at authority", "主管部门协调中"),
    ("decided", "主管部门已处理"),
    ("at government", "待政府决定"),
    ("settled", "已协商一致"),
    ("final", "处理已生效"),
    ("decided by government", "政府已决定"),
    ("late reply", "未按时答复申请"),
    ("late provisioning", "未按时共享数据"),
    ("late catalog update", "未按时更新目录"),
    ("late correction", "未按时核实更正"),
    ("service stopped", "终止或变更共享服务"),
    ("misuse suspended", "因违规使用被暂停"),
    ("late rectification", "未按期整改"),
    ("terminated for misuse", "因违规使用被终止"),
    ("late catalog review", "未按时审核目录"),
    ("late dispute decision", "未按时处理争议"),
    ("extension unanswered", "未答复延期申请"),
    ("dispute lost", "争议处理不利"),
    ("art. 28", "第二十八条"),
    ("art. 39 item 1", "第三十九条第（一）项"),
    ("art. 39 item 4", "第三十九条第（四）项"),
    ("art. 39 item 6", "第三十九条第（六）项"),
    ("art. 39 item 7", "第三十九条第（七）项"),
    ("art. 40 items 2, 3", "第四十条第（二）、（三）项"),
    ("art. 41 item 2", "第四十一条第（二）项"),
    ("art. 41 item 3", "第四十一条第（三）项"),
    ("entry {} version {}", "目录条目{0}版本{1}"),
    ("grant {} version {}", "授权{0}版本{1}"),
    ("{} version {}, {}", "{0} 版本{1}，{2}"),
    ("{} version {}, items {}", "{0} 版本{1}，信息项 {2}"),
    ("{}, by {}", "{0}，方式：{1}"),
    ("{} of department {}", "部门{1}的{0}"),
    ("{} {} of department {}", "部门{2}的{1}，还缺{0}个签名"),
    ("{} {} of department {}, stage {}", "部门{2}的{1}，还缺{0}个签名，阶段{3}"),
    ("{} calls and {} rows a day", "每日 {0} 次调用、{1} 行"),
    ("{}:{}, at {}", "{0}:{1}，时间 {2}"),
    ("number {} under {}", "{1}的第{0}号"),
    ("platform {} of department {}, as {}", "部门{1}的平台{0}，作为{2}"),
    ("{} by {}", "{0}，{1}"),
    ("{} calls, {} rows, {} bytes, {} ms", "{0} 次调用，{1} 行，{2} 字节，{3} 毫秒"),
    ("record {}: {}", "记录{0}：{1}"),
    ("signing entry {} version {}, {}, digest {}", "签署目录条目{0}版本{1}，{2}，摘要 {3}"),
    (
        "signing request {} of department {} for items {} of entry {} version {}: {}; digest {}",
        "签署部门{1}的申请{0}，目录条目{3}版本{4}的信息项 {2}：{5}；摘要 {6}",
    ),
    ("more: --cursor {}", "后续：--cursor {0}"),
    ("line {}: {}: {}", "第{0}行：{1}：{2}"),
    ("{}: {} more lines; --json lists them all", "{0}：另有{1}行；--json 列出全部"),
    ("on the ledger with other content", "账本上的内容不同"),
    // States, classes, cycles, types.
    ("submitted", "已提交"),
    ("endorsed", "已签批"),
    ("reviewed", "已审核"),
    ("published", "已发布"),
    ("superseded", "已被取代"),
    ("returned", "已退回"),
    ("created", "已提出"),
    ("approved", "已审批"),
    ("agreed", "已同意"),
    ("refused", "已拒绝"),
    ("withdrawn", "已撤回"),
    ("unconditional", "无条件共享"),
    ("conditional", "有条件共享"),
    ("not shared", "不予共享"),
    ("electronic file", "电子文件"),
    ("spreadsheet", "电子表格"),
    ("database", "数据库"),
    ("image", "图形图像"),
    ("streaming media", "流媒体"),
    ("self describing", "自描述格式"),
    ("character", "字符型"),
    ("numeric", "数值型"),
    ("currency", "货币型"),
    ("date", "日期型"),
    ("date time", "日期时间型"),
    ("logical", "逻辑型"),
    ("memo", "备注型"),
    ("general", "通用型"),
    ("double", "双精度型"),
    ("integer", "整型"),
    ("float", "浮点型"),
    ("real time", "实时"),
    ("daily", "每日"),
    ("weekly", "每周"),
    ("every ten days", "每旬"),
    ("monthly", "每月"),
    ("quarterly", "每季度"),
    ("yearly", "每年"),
    ("{\"other\":\"{}\"}", "其他：{0}"),
    ("data manager", "数据管理方"),
    // Decisions, deadlines, working days, keys.
    ("action", "提案行为"),
    ("votes until", "表决截止"),
    ("enacted at the end of height", "施行高度"),
    ("not done", "未施行"),
    ("made by", "提案方"),
    ("takes", "通过条件"),
    ("count", "计票"),
    ("vote", "表决"),
    ("votes:", "表决："),
    ("for", "赞成"),
    ("against", "反对"),
    ("proposer", "提案部门"),
    ("expires", "失效时间"),
    ("more than half of the departments that have a vote", "有表决权部门过半数"),
    ("at least two thirds of the departments that have a vote", "有表决权部门三分之二以上"),
    ("{} for, {} against, {} of {} needed", "赞成{0}，反对{1}，须{3}个部门中{2}个赞成"),
    ("{}, record {}", "{0}，记录{1}"),
    ("department {}, {}, record {}", "部门{0}，{1}，记录{2}"),
    ("proposing: {}; departments vote until {} with `mulu vote`", "提案：{0}；各部门在 {1} 前用 `mulu vote` 表决"),
    ("voting {} proposal {} with the digest {}:", "表决{0}提案{1}，摘要 {2}："),
    ("voting", "表决中"),
    ("adopted", "已通过，待施行"),
    ("enacted", "已施行"),
    ("failed", "施行失败"),
    ("expired", "已过期"),
    ("height reached", "高度已到，未决"),
    ("vote in governance", "治理表决权"),
    ("yes", "有"),
    ("not while it is suspended or retired", "暂停或撤销期间无表决权"),
    (
        "not admitted yet; the others vote on that with `mulu department admit`",
        "尚未接纳；由其他部门通过 `mulu department admit` 表决",
    ),
    ("set department status", "变更部门状态"),
    ("name authority", "指定主管部门"),
    ("add validator", "增加验证节点"),
    ("remove validator", "移除验证节点"),
    ("rotate validator key", "更换验证节点密钥"),
    ("register observer", "登记观察节点"),
    ("remove observer", "移除观察节点"),
    ("name auditor", "指定审计人员"),
    ("set calendar year", "设定年度工作日安排"),
    ("set parameters", "设定参数"),
    ("plan upgrade", "计划升级"),
    ("cancel upgrade", "取消升级"),
    ("admit department", "接纳部门"),
    ("key", "密钥"),
    ("deadline", "期限"),
    ("proposal", "提案"),
    ("node key", "节点密钥"),
    ("consensus", "共识地址"),
    ("extrinsics", "外部调用地址"),
    ("active", "现行"),
    ("retired", "已撤销"),
    ("running", "进行中"),
    ("paused", "暂停"),
    ("overdue", "逾期"),
    ("met", "按期"),
    ("missed", "逾期办结"),
    ("term", "期限长度"),
    ("last day", "末日"),
    ("left", "剩余"),
    ("what", "事项"),
    ("{} working days after {}", "{1} 之后{0}个工作日"),
    ("of these extension", "其中延长"),
    ("stood still", "曾暂停"),
    ("stands still since", "暂停自"),
    ("overdue from", "逾期自"),
    ("working days left", "剩余工作日"),
    ("counted", "计算方式"),
    ("through a year without calendar, by its weekends alone", "含无安排的年度，该年只按周末计算"),
    ("that it is overdue is still to come", "逾期记录尚未写入"),
    ("request reply unconditional", "无条件共享申请的答复"),
    ("request reply conditional", "有条件共享申请的答复"),
    ("provisioning", "提供数据"),
    ("catalog review", "目录审核"),
    ("catalog update", "目录更新"),
    ("catalog update review", "目录更新审核"),
    ("correction reply", "校核答复"),
    ("rectification", "整改"),
    ("role confirmation", "角色确认"),
    ("dispute negotiation", "争议协商答复"),
    ("dispute decision", "争议协调处理"),
    ("dispute appeal", "报请政府决定"),
    ("year", "年度"),
    ("arrangement", "安排"),
    ("none was set: weekends alone decide", "未设定：只按周末"),
    ("days off", "放假"),
    ("worked weekends", "调休上班"),
    ("working days", "工作日"),
    ("day", "日期"),
    ("ends", "结束于"),
    ("years counted by weekends alone", "只按周末计算的年度"),
    ("today", "今日"),
    ("a working day", "工作日"),
    ("no working day", "非工作日"),
    ("block time", "区块时间"),
    ("minutes east of UTC", "与世界时之差（分钟）"),
    ("length of a day", "一日之长"),
    ("24 hours", "24小时"),
    ("{} ms, on this development chain", "{0}毫秒（开发链）"),
    ("day of the start", "起始当日"),
    ("counts", "计入"),
    ("does not count", "不计入"),
    ("supplement", "补正材料"),
    ("pauses the clock", "暂停计时"),
    ("does not pause the clock", "不暂停计时"),
    ("years with a calendar", "已有安排的年度"),
    ("deadlines being recomputed", "期限重算"),
    ("after a change of the calendar; what is due follows the new one already", "安排已变更；到期日已按新安排"),
    ("extension", "延长"),
    ("next nonce", "下一序号"),
    ("in the place of", "接替"),
    ("replaced by", "被接替"),
    ("reported lost", "已报失"),
    ("limits", "限制"),
    ("record {}; {} waits for its confirmation", "记录{0}；{1} 待确认"),
    ("waits for its second signature", "待第二人签名"),
    ("only entries {}", "仅目录条目 {0}"),
    ("only departments {}", "仅部门 {0}"),
    ("acting for {}", "代行 {0}"),
    ("acts left today", "今日行为剩余"),
    ("batches left today", "今日批次剩余"),
    ("the day ends", "本日结束于"),
    (
        "{} extrinsics, {} bytes; sent {} and {}, by the whole department",
        "{0} 个外部调用、{1} 字节；全部门已发送 {2} 个、{3} 字节",
    ),
    ("in a block", "每区块"),
    ("on a day", "每日"),
    ("sent today", "今日已发送"),
    ("left today", "今日剩余"),
    ("batches", "批次"),
    ("event batches", "事件批次"),
    ("their bytes", "字节数"),
    ("as {} until {}: {}", "作为{0}，至 {1}：{2}"),
    ("no role is in force: the ledger takes nothing from this key", "没有现行角色：账本不接受此密钥的任何操作"),
    // Why an action is refused.
    (
        "a node's address is ip:port in its shortest form, as in 10.1.2.3:26656 or [fd00::1]:26656",
        "节点地址为最简形式的 ip:port，例如 10.1.2.3:26656 或 [fd00::1]:26656",
    ),
    ("the new key is the one in force; make another with `mulu key`", "新密钥就是现行密钥；请用 `mulu key` 另生成"),
    ("say with a name what the observer is for", "请以名称说明观察节点的用途"),
    ("say on what basis the auditor is named", "请说明指定审计人员的依据"),
    ("name each target of an upgrade once, ascending", "升级目标各列一次，升序排列"),
    ("no action has the field `{}` there", "提案行为在该处没有字段 `{0}`"),
    ("a calendar is of a year from 1970 to 9999, not of {}", "年度为1970至9999，不能是{0}"),
    ("a calendar names the document that it follows", "安排须注明所依据的文件"),
    ("{} is not a day of {}: set the calendar of its own year", "{0} 不属于{1}年：请在其所属年度设定"),
    ("{} is out of order: days are named once, ascending", "{0} 次序不对：日期各列一次，升序排列"),
    ("{} is no Saturday or Sunday: only those can be make-up days", "{0} 不是周六或周日：只有周末可调休上班"),
    ("{} is both a holiday and a make-up day", "{0} 既列为放假又列为上班"),
    (
        "a block's budget of {} is at least {} extrinsics and {} bytes, so that the largest of them fits",
        "{0}的区块预算至少 {1} 个外部调用、{2} 字节，以容纳其中最大者",
    ),
    (
        "a day's budget of {} is at least {} extrinsics and {} bytes, so that nobody is shut out of governance",
        "{0}的每日预算至少 {1} 个外部调用、{2} 字节，以免任何部门被排除在治理之外",
    ),
    (
        "acts and batches of a department take at most {} extrinsics and {} bytes of a block, so that others have room in it",
        "一个部门的行为与批次合计最多占区块的 {0} 个外部调用、{1} 字节，以便给其他部门留出空间",
    ),
    // What a role takes.
    ("{} or {}", "{0}或{1}"),
    ("{} of the competent authority", "政务数据共享主管部门的{0}"),
    ("{} of the competent authority, department {}", "政务数据共享主管部门（部门{1}）的{0}"),
    (
        "it takes the signature of the {}; `mulu whoami` shows the roles of --key",
        "此操作须由{0}签名；`mulu whoami` 显示 --key 的角色",
    ),
    // What went wrong: the command.
    ("hint: {}", "提示：{0}"),
    ("the connection to the node broke; trying again until {}", "与节点的连接中断；重试至 {0}"),
    ("there is no such event", "没有此事件"),
    ("name an entry, a grant, a department, a consumer or a platform", "请指定目录条目、授权、部门、需求方或平台之一"),
    (
        "say with --reason what happened to the lost key, or --confirm or --withdraw a report",
        "请用 --reason 说明密钥遗失情况，或用 --confirm 确认、用 --withdraw 撤回报失",
    ),
    ("account {} is not registered; an admin does that", "账户 {0} 未登记；由管理员登记"),
    ("there is no such deadline", "没有此期限"),
    ("there is no such department", "没有此部门"),
    ("the node shows another entry than {}", "节点给出的不是目录条目 {0}"),
    ("the entry has no version", "该目录条目没有版本"),
    ("there is no such entry", "没有此目录条目"),
    ("{} is there already; --force writes over it", "{0} 已存在；--force 可覆盖"),
    ("there is no such grant", "没有此授权"),
    ("the grant has no version", "该授权没有版本"),
    ("{} is not of the right form", "{0} 的格式不对"),
    ("{} is larger than 1 MiB", "{0} 超过 1 MiB"),
    ("name the file with the action", "请指定含提案行为的文件"),
    ("{} holds no action", "{0} 不含提案行为"),
    (
        "the chain has no block yet; say with --expires until when heads may vote",
        "链上尚无区块；请用 --expires 指定表决截止时间",
    ),
    ("there is no such record", "没有此记录"),
    ("the extrinsic is in no block", "该外部调用不在任何区块中"),
    ("there is no such stream", "没有此流"),
    ("--cursor takes what an earlier page said under \"next\"", "--cursor 的值取自前一页的 \"next\""),
    ("no key is given; name a key file with --key or MULU_KEY", "未指定密钥；请用 --key 或 MULU_KEY 指定密钥文件"),
    // What went wrong: files and the node.
    ("cannot write {}", "无法写入 {0}"),
    ("{} has more than {} bytes", "{0} 超过{1}字节"),
    ("{} is not of the right form: {}", "{0} 的格式不对：{1}"),
    ("the key file {} can be read by others (mode {})", "密钥文件 {0} 可被他人读取（权限 {1}）"),
    ("{} holds no key", "{0} 不含密钥"),
    (
        "the entry is marked as a secret; secrets never enter the ledger (art. 3)",
        "该目录条目标记为涉密；涉密内容不得入账（第三条）",
    ),
    ("no node answers at {}", "{0} 没有节点应答"),
    ("the connection to the node broke", "与节点的连接中断"),
    (
        "the connection to the node broke; extrinsic 0x{} may be on the ledger",
        "与节点的连接中断；外部调用 0x{0} 可能已入账",
    ),
    ("the node refused: {}{}", "节点拒绝：{0}{1}"),
    ("there is no {}", "没有{0}"),
    ("the node's answer does not hold: {}", "节点的应答不成立：{0}"),
    ("it does not read: {}", "无法读取：{0}"),
    ("the digest is {}, you expect {}", "摘要为 {0}，与预期的 {1} 不同"),
    ("the ledger refused: {}.{}: {}", "账本拒绝：{0}.{1}：{2}"),
    ("extrinsic 0x{} is in no block after {} s", "外部调用 0x{0} 在{1}秒后仍不在任何区块中"),
    ("the vault {} is in use by another process", "保险箱 {0} 正被另一进程使用"),
    ("{} is no vault, or one of a newer form", "{0} 不是保险箱，或为更新的格式"),
    ("the vault {} can be read by others (mode {})", "保险箱 {0} 可被他人读取（权限 {1}）"),
    ("the vault {} belongs to the chain with genesis 0x{}", "保险箱 {0} 属于创世哈希为 0x{1} 的链"),
    ("the vault {} failed", "保险箱 {0} 出错"),
    ("the vault {} is damaged: {}", "保险箱 {0} 已损坏：{1}"),
    (
        "stream {} stands at event {} on the chain and at {} in this vault",
        "流{0}在链上到事件{1}，在此保险箱中到事件{2}",
    ),
    (
        "the batch before event {} of stream {} is another one on the chain than in this vault",
        "流{1}事件{0}之前的批次，链上与此保险箱中不同",
    ),
    ("the vault does not hold event {} of stream {}", "保险箱中没有流{1}的事件{0}"),
    ("the sealed leaf of event {} of stream {} was erased", "流{1}事件{0}的封存叶已删除"),
    (
        "{} events of stream {} wait to be sealed; {} more would be over one batch",
        "流{1}有{0}个事件待封存；再加{2}个将超过一个批次",
    ),
    ("stream {} {}", "流{0}：{1}"),
    ("is unknown to this vault", "此保险箱中没有"),
    ("was opened with another key", "由另一密钥开启"),
    ("is closed", "已关闭"),
    ("the import of this file into stream {} was begun with another mapping", "此文件向流{0}的导入是用另一映射开始的"),
    ("the batch cannot be encoded", "批次无法编码"),
    ("a batch would begin at {}, before {}, where the batch before it began", "批次将始于 {0}，早于前一批次的起始 {1}"),
    ("the node's evidence package does not read", "无法读取节点给出的证据包"),
    ("the evidence does not verify: link \"{}\": {}", "证据验证不通过：“{0}”一环：{1}"),
    // The way out.
    ("chmod 600 {}", "执行 chmod 600 {0}"),
    (
        "a key file holds 64 hexadecimal digits; `mulu key generate` writes one",
        "密钥文件含64位十六进制数；`mulu key generate` 可生成",
    ),
    (
        "keep it off the ledger, and off every machine that is connected to it",
        "不要让它进入账本，也不要让它进入与账本相连的任何机器",
    ),
    (
        "start a node, or name another with --url or MULU_URL; `mulu-node --dev --tmp` is one for trying",
        "请启动节点，或用 --url 或 MULU_URL 指定其他节点；`mulu-node --dev --tmp` 可供试用",
    ),
    ("run the same command again: nothing is done twice", "再次执行同一命令：不会重复"),
    (
        "when a node answers again, `mulu record extrinsic {}` tells whether it is; only if it is in no block, run the command again",
        "节点恢复应答后，用 `mulu record extrinsic {0}` 查明；确认不在任何区块中才再次执行",
    ),
    ("ask another node with --url, and tell the operator of this one", "用 --url 改问其他节点，并告知此节点的运维人员"),
    ("read what it is now before you sign it", "签署前请阅读其现在的内容"),
    ("it may still come: ask with `mulu record extrinsic {}`", "仍可能入账：用 `mulu record extrinsic {0}` 查询"),
    ("wait for the other import or export to end", "请等待另一导入或导出结束"),
    ("name the file that `mulu access import --vault` wrote", "请指定 `mulu access import --vault` 写出的文件"),
    ("each chain has a vault of its own: name another file", "每条链各有自己的保险箱：请指定另一文件"),
    (
        "another vault reported into this stream, or this one is an old copy: use the newest, or open a new stream",
        "另一保险箱已向此流报告，或此保险箱是旧副本：请用最新的，或开启新的流",
    ),
    ("name the vault of the platform that reported the event", "请指定报告该事件的平台的保险箱"),
    ("leave out --reveal: every other proof still holds", "请去掉 --reveal：其余证明仍然成立"),
    ("open a stream of your own with `mulu stream open`", "请用 `mulu stream open` 开启自己的流"),
    ("use the same mapping, or another stream", "请使用同一映射，或另一个流"),
    ("report older events in a new stream", "较早的事件请报告到新的流"),
    ("nothing was written; ask another node with --url", "未写入任何文件；用 --url 改问其他节点"),
    ("this program and the node are of different versions", "本程序与节点的版本不同"),
    ("try again later", "请稍后再试"),
    ("keep it off the ledger", "不要让它进入账本"),
    ("begin without --cursor, with the same filter", "请去掉 --cursor，以同样的条件重新开始"),
    ("tell the node's operator; its log has the cause", "请告知节点运维人员；原因在其日志中"),
    (
        "the node may be older than this program: update it, or ask another with --url",
        "节点可能比本程序旧：请更新节点，或用 --url 改问其他节点",
    ),
    ("`mulu evidence export` writes evidence packages", "`mulu evidence export` 可写出证据包"),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use std::{collections::BTreeSet, fs, path::Path};

    fn source(path: &str) -> String {
        let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
        text.split("#[cfg(test)]").next().unwrap().to_owned()
    }

    /// The text literals behind each `before`, with `{}` for whatever stands in braces.
    fn literals_behind(source: &str, before: &str) -> BTreeSet<String> {
        let source = source.replace("\\\"", "\u{1}");
        let behind = source.split(before).skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
        behind.filter_map(|rest| rest.split('"').next()).map(with_empty_braces).collect()
    }

    fn with_empty_braces(literal: &str) -> String {
        let (mut text, mut depth) = (String::new(), 0);
        for c in literal.chars() {
            depth -= i32::from(c == '}');
            if depth == 0 {
                text.push(if c == '\u{1}' { '"' } else { c });
            }
            depth += i32::from(c == '{');
        }
        text
    }

    fn missing(texts: impl IntoIterator<Item = String>) -> Vec<String> {
        let known = |text: &str| {
            let phrases = || TABLES.iter().copied().flatten();
            phrases().any(|(english, _)| *english == text || *english == text.replace('_', " "))
        };
        texts.into_iter().filter(|text| !known(text)).collect()
    }

    #[test]
    fn every_error_of_the_client_and_every_way_out_has_its_chinese() {
        let errors = source("../src/error.rs");
        let literals = errors.lines().filter(|line| !line.trim_start().starts_with("//")).flat_map(|line| {
            let line = line.replace("\\\"", "\u{1}");
            line.split('"').skip(1).step_by(2).map(with_empty_braces).collect::<Vec<_>>()
        });
        // What the node adds stands in brackets behind its message.
        let sentences = literals.filter(|text| text.contains(' ') && text != " ({})");
        assert_eq!(missing(sentences), [""; 0], "say these in client/cli/src/chinese.rs");
    }

    #[test]
    fn what_is_told_to_people_has_its_chinese() {
        let mut said = BTreeSet::new();
        for folder in ["src", "src/commands"] {
            for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                if name.ends_with(".rs") && name != "chinese.rs" {
                    let text = source(&format!("{folder}/{name}"));
                    for before in [".tell(", ".say(", ".context(", "bail!(", "let phrase =", "with_context(|| format!("]
                    {
                        said.extend(literals_behind(&text, before));
                    }
                }
            }
        }
        assert!(said.len() > 50, "the sources are read: {said:?}");
        assert_eq!(missing(said), [""; 0], "say these in client/cli/src/chinese.rs");
    }

    #[test]
    fn names_of_fields_and_columns_of_entries_requests_and_events_have_their_chinese() {
        let mut names = BTreeSet::new();
        for file in [
            "access",
            "account",
            "calendar",
            "deadline",
            "dispute",
            "element",
            "entry",
            "entry_course",
            "entry_search",
            "mount",
            "observer",
            "policy",
            "proposal",
            "request",
            "source",
            "validator",
            "whoami",
        ] {
            let text = source(&format!("src/commands/{file}.rs"));
            let pairs = text.lines().filter_map(|line| line.trim_start().strip_prefix("(\""));
            names.extend(pairs.filter_map(|rest| rest.split('"').next()).map(str::to_owned));
            let lists = text.split("&[\"").chain(text.split("= [\"")).skip(1).filter_map(|rest| rest.split(']').next());
            names.extend(lists.filter(|list| list.contains("\", \"")).flat_map(|list| {
                list.split("\", \"").map(|name| name.trim_end_matches('"').to_owned()).collect::<Vec<_>>()
            }));
        }
        names.retain(|name| !name.contains(['\n', ';', '(']));
        assert!(names.contains("waits for") && names.contains("findings"), "{names:?}");
        assert_eq!(missing(names), [""; 0], "say these in client/cli/src/chinese.rs");
    }

    #[test]
    fn no_phrase_stands_twice_and_none_loses_a_value() {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (english, chinese) in PHRASES.iter().chain(catalog::PHRASES) {
            assert!(seen.insert(english), "{english:?} stands twice");
            for place in 0..english.matches("{}").count() {
                assert_eq!(chinese.matches(&format!("{{{place}}}")).count(), 1, "value {place} of {english:?}");
            }
        }
    }
}
