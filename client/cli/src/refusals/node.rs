//! What a node refuses before anything reaches the ledger: sign-in, limits, the pool's checks. Its sentences come in English over the wire.

use mulu_client::ClientError;
use mulu_verifier::words::{Language, Phrase, Speech};

/// The Chinese of what nodes say, by its English.
const SENTENCES: &[Phrase] = &[
    // Who may call what.
    ("RPC call is unsafe to be called externally", "此方法只供节点本机的程序调用"),
    (
        "sign in to call this: see signin_challenge, or `mulu sign-in`; 请先登录（mulu sign-in）",
        "须先登录：见 signin_challenge 或 `mulu sign-in`",
    ),
    (
        "an auditor reads within the scope of the role, not blocks and state: ask catalog_, sharing_, access_, records_; 审计员只能在职责范围内查询，不能读取区块与状态",
        "审计人只能在职责范围内查询，不能读取区块与状态：请查询 catalog_、sharing_、access_、records_",
    ),
    (
        "blocks and state are for accounts of a department with a validator or an observer, or over loopback: ask catalog_, sharing_, access_, records_; 区块与状态只对设有验证节点或观察节点的部门开放",
        "区块与状态只对设有验证节点或观察节点的部门的账户开放，或经回环地址读取：请查询 catalog_、sharing_、access_、records_",
    ),
    (
        "subscriptions need a WebSocket: connect to ws:// or wss:// instead of http:// or https://; 订阅须使用 WebSocket 连接",
        "订阅须使用 WebSocket：请以 ws:// 或 wss:// 连接，不用 http:// 或 https://",
    ),
    (
        "more calls than an address may make that has not signed in; sign in, or wait a second",
        "未登录的地址调用过多；请登录，或稍候一秒",
    ),
    ("more calls than an account may make; wait a second", "该账户调用过多；请稍候一秒"),
    // Sign-in.
    (
        "this node did not make the challenge, or made it before its last start; ask for one with signin_challenge and sign it unchanged",
        "质询不是本节点给出的，或为本节点上次启动之前所给；请用 signin_challenge 重新索取，原样签名",
    ),
    (
        "the challenge has run out; ask for another, and check this machine's clock",
        "质询已过期；请重新索取，并核对本机时钟",
    ),
    ("the challenge was used already; ask for another", "质询已使用过；请重新索取"),
    ("a signature has 64 bytes, or 65 with its kind in front", "签名为64字节，或前加类型共65字节"),
    (
        "the signature is not the account's, or not of this challenge with <Bytes> and </Bytes> around it",
        "签名不是该账户的，或签的不是前后加 <Bytes> 与 </Bytes> 的此质询",
    ),
    (
        "sr25519 signs on development chains only; use the account's ed25519 key",
        "sr25519 只用于开发链；请用该账户的 ed25519 密钥",
    ),
    ("too many are signed in; try again later", "登录者过多；请稍后再试"),
    (
        "the token has run out, or the node has started again since, or it never was one of its tokens; sign in again",
        "令牌已过期，或节点其后重新启动过，或不是本节点的令牌；请重新登录",
    ),
    ("the token has ended: it was signed out; sign in again", "令牌已失效：已退出登录；请重新登录"),
    (
        "the token has ended: the account signed in more often than it may at once; sign in again",
        "令牌已失效：该账户同时登录的次数超过限制；请重新登录",
    ),
    ("the token has ended: {}", "令牌已失效：{0}"),
    ("the account is not registered; the department's admin registers it", "账户未登记；由部门管理员登记"),
    ("another key has taken this account's place; sign in with that one", "该账户已由另一密钥接替；请用后者登录"),
    (
        "the key is reported lost; sign in with the new one once it is confirmed, or withdraw the report over a node of your own",
        "该密钥已报失；新密钥经确认后请用新密钥登录，或经本部门节点撤回报失",
    ),
    ("the key is reported stolen; sign in with another account", "该密钥已报失窃；请用其他账户登录"),
    (
        "the account's department is not active; governance makes it active again",
        "账户所属部门不在用；由各部门表决恢复",
    ),
    ("no role of the account is in force; the department's admin gives roles", "账户没有现行角色；由部门管理员授予"),
    // Auditors.
    (
        "this node does not answer auditors, because it has no key under which it tells the ledger what they ask; its operator names one in [rpc.audit] of config.toml, or ask another node",
        "本节点不答复审计人：没有用以向账本报告其提问的密钥；由运维人员在 config.toml 的 [rpc.audit] 中指定，或请改问其他节点",
    ),
    (
        "this node does not answer auditors, because its key in [rpc.audit] holds no role operator in force; the department's admin gives it, or ask another node",
        "本节点不答复审计人：[rpc.audit] 的密钥没有现行的操作员角色；由部门管理员授予，或请改问其他节点",
    ),
    (
        "this node does not answer auditors, because its key in [rpc.audit] is an account of another department than the one that runs the node; its operator names one of the node's own department, or ask another node",
        "本节点不答复审计人：[rpc.audit] 的密钥属于运行本节点的部门以外的部门；由运维人员改用本部门的密钥，或请改问其他节点",
    ),
    (
        "this node has too many questions of auditors to tell the ledger; ask another node, or later",
        "本节点待向账本报告的审计提问过多；请改问其他节点，或稍后再问",
    ),
    (
        "this node cannot write down what auditors ask; its operator looks into its log, or ask another node",
        "本节点无法记下审计人的提问；请运维人员查看日志，或改问其他节点",
    ),
    // Questions.
    ("UnknownBlock: no committed block has the hash 0x{}", "没有哈希为 0x{0} 的已确认区块"),
    (
        "State already discarded: that of block {} is pruned, the oldest one here is of block {}",
        "区块{0}的状态已清理，此处最早的是区块{1}的状态",
    ),
    ("{}: {} asked for, at most {} are given at once", "{0}：所求为{1}，一次至多{2}"),
    ("Cannot resolve a block range ['0x{}' ... '0x{}']: {}", "无法确定区块范围 ['0x{0}' ... '0x{1}']：{2}"),
    (
        "the runtime did not answer within {} s, the most that a call is given; ask for less",
        "运行时在{0}秒内没有应答，这是一次调用的上限；请缩小范围",
    ),
    ("the cursor is not of this list; begin without one", "游标不属于此列表；请去掉游标重新开始"),
    ("there is no {}", "没有{0}"),
    ("the evidence cannot be put together: {}", "无法组成证据：{0}"),
    ("the node is busy; try again later", "节点繁忙；请稍后再试"),
    (
        "the answer took longer than {} seconds; ask for less, or try again later",
        "答复耗时超过{0}秒；请缩小范围，或稍后再试",
    ),
    ("the search index is being built; try again in a while", "检索索引正在建立；请稍后再试"),
    ("an account is an SS58 address or 64 hexadecimal digits", "账户为 SS58 地址，或64位十六进制数"),
    ("a page has at least one row", "每页至少一行"),
    ("the text has no word to search for; name one, or leave it out", "文字中没有可检索的词；请写出一个词，或不写文字"),
    ("the search took too long; ask for something narrower", "检索耗时过长；请缩小范围"),
    ("a question names either a grant or an entry", "提问须指明授权或目录条目之一"),
    ("no sums are kept by pseudonym; its events are in access_history", "不按化名保存合计；其事件见 access_history"),
    ("the period ends before it begins", "时段的结束早于开始"),
    ("years are from 1970 to 9999", "年份为1970至9999"),
    ("the heights of a list ascend, and end at the tip", "清单的高度须递增，且不超过链顶"),
    ("the node failed; its log says why under the request's id", "节点出错；原因在其日志中该请求编号之下"),
    (
        "the state of block {} is not kept here; ask for a later block or ask an archive node",
        "此处未保存区块{0}的状态；请查询较晚的区块，或询问归档节点",
    ),
    ("Exported method {} is not found", "没有运行时方法 {0}"),
    ("{} could not be answered: {}; check its arguments", "{0} 无法应答：{1}；请检查参数"),
    ("the extrinsic's events cannot be read: {}", "无法读取该外部调用的事件：{0}"),
    // What the pool does not take.
    ("Invalid Transaction", "外部调用无效"),
    ("Transaction is temporarily banned", "外部调用暂时被拒"),
    ("Transaction Already Imported", "外部调用已收到"),
    ("Priority is too low", "优先级过低"),
    ("Immediately Dropped", "未予接收"),
    (
        "the extrinsic has {} bytes, at most {} are taken; send less in one call",
        "外部调用有{0}字节，至多接受{1}字节；请一次少发一些",
    ),
    (
        "the extrinsic does not decode: {}; build it anew with this chain's metadata",
        "外部调用无法解码：{0}；请用本链的元数据重新生成",
    ),
    ("the extrinsic is not signed; only signed ones are taken from outside", "外部调用未签名；只接受已签名的"),
    ("the signer must be named by its account (MultiAddress::Id)", "签名者须以账户指明（MultiAddress::Id）"),
    (
        "only ed25519 signatures count on this chain; sign with an ed25519 key",
        "本链只认 ed25519 签名；请用 ed25519 密钥签名",
    ),
    (
        "the entry is marked secret and must not leave your department (art. 3); it was not kept. Submit it without its secret parts",
        "该目录条目标记为涉密，不得离开本部门（第三条）；未予保存。请去掉涉密部分后提交",
    ),
    ("this call is not open on this chain; use the ledger's own calls", "本链不接受此操作；请使用账本自有的操作"),
    (
        "the signer holds no role in force in an active department; its admin gives one with give_role, and some wait for a second signature",
        "签名者在任何在用部门都没有现行角色；由其管理员用 `mulu role give` 授予，有的角色还待第二人签名",
    ),
    (
        "the department has spent the day's budget of {}; submit again from {} on",
        "该部门本日的{0}预算已用完；请自 {1} 起再提交",
    ),
    ("acts", "行为"),
    ("event batches", "事件批次"),
    (
        "nonce {} is used up, the signer's next one is {}; sign again with that",
        "序号{0}已用过，签名者的下一序号为{1}；请用它重新签名",
    ),
    (
        "the extrinsic's era is not at height {}; sign again with a fresh era",
        "高度{0}不在该外部调用的有效期内；请以新的有效期重新签名",
    ),
    (
        "the signature does not fit: another key, an era that is over, or bytes signed for another chain or runtime version (here spec {}, transaction {}, genesis 0x{}); fetch these anew and sign again",
        "签名不符：密钥不对、有效期已过，或所签字节属于其他链或其他运行时版本（此处 spec {0}、transaction {1}、创世 0x{2}）；请重新获取后再签名",
    ),
    ("the runtime refuses the extrinsic: {}", "运行时拒绝该外部调用：{0}"),
    (
        "nonce {} is used up, the signer's next one is {}; sign again with a fresh nonce",
        "序号{0}已用过，签名者的下一序号为{1}；请用新的序号重新签名",
    ),
    (
        "nonce {} lies too far ahead of the signer's next one, {}; send the ones between first",
        "序号{0}超前签名者的下一序号{1}过多；请先发送其间的",
    ),
    (
        "it was valid up to height {} and the chain is at {}; sign again with a fresh era",
        "有效至高度{0}，而链已到{1}；请以新的有效期重新签名",
    ),
    (
        "the extrinsic turned out invalid a short while ago and is not looked at again for now",
        "该外部调用不久前已被判无效，暂不再检查",
    ),
    ("the extrinsic waits in the pool already", "该外部调用已在等待入块"),
    ("the extrinsic is in block {} already", "该外部调用已在区块{0}中"),
    (
        "another extrinsic of the signer waits with nonce {}; nothing replaces it, use the next nonce",
        "签名者另有序号{0}的外部调用在等待；不能替换，请用下一序号",
    ),
    (
        "the signer has {} extrinsics of {} bytes waiting, the most that one signer may; try again later",
        "签名者已有{0}个、{1}字节的外部调用在等待，为一个签名者的上限；请稍后再试",
    ),
    ("the pool is full; try again later", "等待队列已满；请稍后再试"),
];

/// What Substrate's nodes say of an extrinsic in front of the reason: words that its clients look for, and no person.
const IN_FRONT: [&str; 6] = [
    "Transaction is outdated: ",
    "Transaction has an ancient birth block: ",
    "Transaction would exhaust the block limits: ",
    "Transaction has a bad signature: ",
    "Transaction call is not expected: ",
    "Invalid signing address: ",
];

/// A node's refusal in Chinese, if it is one and that is spoken. What this program has no Chinese for stays as the node says it.
pub fn told(error: &ClientError, speech: Speech) -> Option<String> {
    let ClientError::Answered { message, data, .. } = error else { return None };
    if speech.language() != Language::Chinese {
        return None;
    }
    let sentences = Speech::new(Language::Chinese, &[SENTENCES]);
    let why = data.as_ref().map(|data| {
        let reason = IN_FRONT.iter().find_map(|words| data.strip_prefix(words)).unwrap_or(data);
        format!("（{}）", sentences.say(reason))
    });
    Some(speech.tell("the node refused: {}{}", &[&sentences.say(message), &why.unwrap_or_default()]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use crate::chinese::TABLES;
    use std::{collections::BTreeSet, fs, path::Path};

    /// Where nodes keep what they say.
    const SOURCES: [&str; 9] = [
        "rpc/server/src/admission.rs",
        "rpc/server/src/audit.rs",
        "rpc/server/src/caller.rs",
        "rpc/server/src/classes.rs",
        "rpc/server/src/failure.rs",
        "rpc/server/src/parts.rs",
        "rpc/server/src/signin/mod.rs",
        "node/executor/src/error.rs",
        "node/pool/src/error.rs",
    ];
    /// What stands there and reaches nobody outside: the node's own failures, of which callers hear a request id alone.
    const NEVER_TOLD: [&str; 5] = [
        "the block is invalid: {}",
        "the extrinsic could not be checked",
        "the index is damaged",
        "the state could not be read: {}; check the disk, then start the node again",
        "{} in the database does not read",
    ];

    /// The texts of a source of more than three words, with `{}` for whatever stands in braces.
    fn texts(source: &str) -> Vec<String> {
        let code: Vec<&str> = source.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        let mut joined = String::new();
        let mut rest = &code.join("\n")[..];
        // A backslash at the end of a line joins it with the next one.
        while let Some((before, behind)) = rest.split_once("\\\n") {
            joined.push_str(before);
            rest = behind.trim_start();
        }
        joined.push_str(rest);
        let literals = joined.split('"').skip(1).step_by(2).map(str::to_owned);
        let texts = literals.map(|literal| {
            let mut depth = 0;
            literal.chars().fold(String::new(), |mut text, c| {
                depth -= i32::from(c == '}');
                if depth == 0 {
                    text.push(c);
                }
                depth += i32::from(c == '{');
                text
            })
        });
        texts.filter(|text| text.matches(' ').count() > 2).collect()
    }

    fn said_by_nodes() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        let code = |path| read(path).split("#[cfg(test)]").next().unwrap().to_owned();
        let mut said: BTreeSet<String> = SOURCES.iter().flat_map(|path| texts(&code(path))).collect();
        // The titles of Substrate stand before reasons.
        said.retain(|text| !IN_FRONT.iter().any(|words| words.trim_end_matches(": ") == text));
        said.retain(|text| !NEVER_TOLD.contains(&&text[..]));
        said
    }

    #[test]
    fn everything_that_a_node_says_has_its_chinese() {
        let said = said_by_nodes();
        assert!(said.len() > 50, "the sources are read: {said:?}");
        let known = |text: &&String| SENTENCES.iter().any(|(english, _)| english == text);
        let missing: Vec<&String> = said.iter().filter(|text| !known(text)).collect();
        assert!(missing.is_empty(), "say these in client/cli/src/refusals/node.rs: {missing:#?}");
    }

    #[test]
    fn no_sentence_stands_twice_and_none_loses_a_value() {
        let mut seen = BTreeSet::new();
        for (english, chinese) in SENTENCES {
            assert!(seen.insert(english), "{english:?} stands twice");
            for place in 0..english.matches("{}").count() {
                assert_eq!(chinese.matches(&format!("{{{place}}}")).count(), 1, "value {place} of {english:?}");
            }
        }
    }

    fn answered(code: i32, message: &str, data: Option<&str>) -> ClientError {
        ClientError::Answered { code, message: message.to_owned(), data: data.map(str::to_owned) }
    }

    #[test]
    fn a_refusal_is_told_whole_in_chinese_and_left_to_the_node_in_english() {
        let (chinese, english) = (Speech::new(Language::Chinese, TABLES), Speech::new(Language::English, TABLES));
        let no_role = answered(
            1010,
            "Invalid Transaction",
            Some(
                "Invalid signing address: the signer holds no role in force in an active department; its admin gives one with give_role, and some \
                 wait for a second signature",
            ),
        );
        let told_of = |error: &ClientError| told(error, chinese).unwrap();
        assert_eq!(
            told_of(&no_role),
            "节点拒绝：外部调用无效（签名者在任何在用部门都没有现行角色；由其管理员用 `mulu role give` 授予，有的角色还待第二人签名）"
        );
        let ended = answered(
            6009,
            "the token has ended: no role of the account is in force; the department's admin gives roles",
            None,
        );
        assert_eq!(told_of(&ended), "节点拒绝：令牌已失效：账户没有现行角色；由部门管理员授予");
        let spent = answered(
            1010,
            "Invalid Transaction",
            Some(
                "Transaction would exhaust the block limits: the department has spent the day's budget of event batches; submit again from \
                 2026-08-01T16:00:00Z on",
            ),
        );
        assert_eq!(
            told_of(&spent),
            "节点拒绝：外部调用无效（该部门本日的事件批次预算已用完；请自 2026-08-01T16:00:00Z 起再提交）"
        );
        let newer = answered(6099, "a sentence of tomorrow", Some("and why"));
        assert_eq!(told_of(&newer), "节点拒绝：a sentence of tomorrow（and why）");
        assert_eq!(told(&no_role, english), None);
        assert_eq!(told(&ClientError::NotFound { what: "x".into() }, chinese), None);
    }

    #[test]
    fn codes_of_who_may_call_are_told_in_chinese_without_a_word_of_english_left() {
        for (english, _) in SENTENCES.iter().filter(|(english, _)| !english.contains("{}")) {
            let told = told(&answered(6008, english, None), Speech::new(Language::Chinese, TABLES)).unwrap();
            assert!(told.starts_with("节点拒绝：") && !told.contains(english), "{told}");
        }
    }
}
