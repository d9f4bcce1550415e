//! The vault: its lock, backups, erasures, pseudonyms and call keys.

use mulu_verifier::words::Phrase;

/// Its phrases.
pub const PHRASES: &[Phrase] = &[
    // Fields and columns.
    ("events", "事件"),
    ("backup", "备份"),
    ("vault", "保险箱"),
    ("locked anew", "已重新上锁"),
    ("keys destroyed", "已销毁的密钥"),
    ("pseudonym epoch", "化名周期"),
    ("retention", "保存期限"),
    ("streams", "流"),
    ("openings", "开封信息"),
    ("erased", "已删除"),
    ("not sealed yet", "尚未封存"),
    ("in the quarantine", "隔离区内"),
    ("not confirmed yet", "尚未确认"),
    ("imports", "导入"),
    ("openings without a time", "无时间的开封信息"),
    ("openings older than the retention, to be erased:", "超过保存期限、应删除的开封信息："),
    ("first", "起始"),
    ("last event", "终止事件"),
    ("destroyed", "已销毁"),
    ("kept", "保存中"),
    ("pseudonym key", "化名密钥"),
    ("key fingerprint", "密钥指纹"),
    ("erasure", "删除记录"),
    ("by", "操作人"),
    ("chosen by", "选取方式"),
    ("how many", "数量"),
    ("numbers", "按编号"),
    ("before {}", "早于 {0}"),
    ("{} keys of pseudonyms were older than the retention and are destroyed", "{0} 个化名密钥超过保存期限，已销毁"),
    ("{} events got no pseudonym: the keys of their epochs are destroyed", "{0} 个事件未得到化名：其周期的密钥已销毁"),
    // What is wrong.
    ("name the events by stream, field or time", "请按流、字段或时间指定事件"),
    ("the last event, {}, comes before the first, {}", "终止事件{0}早于起始事件{1}"),
    ("the vault has no stream {}", "保险箱中没有流{0}"),
    ("name the file with the value with --value-file", "请用 --value-file 指定含有该值的文件"),
    ("the value is not UTF-8", "该值不是 UTF-8"),
    ("cannot read a passphrase from the terminal", "无法从终端读取口令"),
    ("the vault {} is damaged at event {} of stream {}: {}", "保险箱 {0} 在流{2}事件{1}处已损坏：{3}"),
    ("the vault {} is locked with a passphrase", "保险箱 {0} 由口令锁定"),
    ("the passphrase does not open the vault {}", "口令打不开保险箱 {0}"),
    ("the vault {} is locked with a key file, not with a passphrase", "保险箱 {0} 由密钥文件锁定，不是口令"),
    ("the key file {} of the vault {} is missing", "保险箱 {1} 的密钥文件 {0} 不存在"),
    ("the key file {} does not open the vault {}", "密钥文件 {0} 打不开保险箱 {1}"),
    ("a passphrase has at least {} characters", "口令至少 {0} 个字符"),
    ("the quarantine holds no row {}", "隔离区没有第{0}行"),
    ("dropping from the quarantine needs a reason, at most {} bytes", "从隔离区丢弃须写明理由，不超过 {0} 字节"),
    ("`mulu bridge quarantine list` lists what it holds", "`mulu bridge quarantine list` 列出其中内容"),
    ("an erasure needs who does it and why, at most {} bytes each", "删除须写明操作人和理由，各不超过 {0} 字节"),
    (
        "{} has not come: it is {}, and the epoch that runs keeps its key",
        "{0} 尚未到：今天是 {1}，当前周期的密钥须保留",
    ),
    (
        "name today or an earlier day with --before; what is destroyed never comes back",
        "请用 --before 指定今天或更早的日期；销毁后无法恢复",
    ),
    ("{} days; a setting takes 1 to {}", "{0} 天；该设置为 1 至 {1}"),
    ("{} holds no call key", "{0} 不含调用密钥"),
    ("the vault has a call key for grant {} already", "保险箱中已有授权{0}的调用密钥"),
    ("the call key belongs to the chain with genesis 0x{}", "调用密钥属于创世哈希为 0x{0} 的链"),
    (
        "stream {} is compared with the other side's, and the vault has no call key for grant {}",
        "流{0}要与对方核对，而保险箱中没有授权{1}的调用密钥",
    ),
    // The way out.
    (
        "`mulu vault restore` makes a vault of the last backup; keep this file for whoever looks into it",
        "`mulu vault restore` 可由最近的备份恢复；请保留此文件以备查",
    ),
    (
        "give it with --vault-passphrase-file or MULU_VAULT_PASSPHRASE",
        "请用 --vault-passphrase-file 或 MULU_VAULT_PASSPHRASE 给出",
    ),
    ("there is no other way in: find the passphrase that it was locked with", "别无他法：请找回上锁时所用的口令"),
    (
        "leave the passphrase out; --vault-key-file names a key file that is not beside the vault",
        "请不要给口令；不在保险箱旁边的密钥文件用 --vault-key-file 指定",
    ),
    (
        "bring back the key file that the vault was locked with, or name it with --vault-key-file",
        "请放回上锁时所用的密钥文件，或用 --vault-key-file 指定",
    ),
    (
        "`mulu vault call-key new` writes one, on either side of the grant",
        "授权任一方可用 `mulu vault call-key new` 生成",
    ),
    (
        "both sides must have the same: compare what `mulu vault call-key list` prints on each",
        "双方须用同一个：请比对双方 `mulu vault call-key list` 的输出",
    ),
    ("name the vault of that chain", "请指定该链的保险箱"),
    (
        "`mulu vault call-key new {}` makes one, `mulu vault call-key add FILE` takes the other side's; or report into a stream that is not compared",
        "`mulu vault call-key new {0}` 可生成，`mulu vault call-key add FILE` 可收下对方的；或报告到不核对的流",
    ),
];
