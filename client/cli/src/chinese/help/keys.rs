//! Keys, profiles, acts that are signed elsewhere, the vault.

use mulu_verifier::words::Phrase;

/// Its texts.
pub const TEXTS: &[Phrase] = &[
    ("Make a fresh key, encrypted under a passphrase", "生成新密钥，以口令加密"),
    (
        "Name in the keystore (letters, digits, - and _), or a file to write; it must not exist",
        "密钥库中的名称（字母、数字、- 和 _），或要写的文件；须尚不存在",
    ),
    (
        "Write it as it is, for a service that nobody types a passphrase for: whoever has the file has the key",
        "不加密，供无人输入口令的服务使用：得到文件即得到密钥",
    ),
    (
        "The well-known key of a development chain instead, d1-admin for instance: it guards nothing",
        "改用开发链的公开密钥，如 d1-admin：不保护任何东西",
    ),
    ("Take a key file into the keystore, encrypted under a passphrase", "将密钥文件收入密钥库，以口令加密"),
    ("Name in the keystore", "密钥库中的名称"),
    ("The key file; it stays as it is", "密钥文件；保持不变"),
    ("Write a key of the keystore into a file", "将密钥库中的密钥写入文件"),
    ("As it is, and not encrypted under its passphrase", "不加密"),
    ("The keys of the keystore", "密钥库中的密钥"),
    ("Public key of a key; needs no passphrase", "密钥的公钥；无须口令"),
    ("Name in the keystore, or a file", "密钥库中的名称，或文件"),
    ("Encrypt a plain key file in its place", "就地加密未加密的密钥文件"),
    ("Give an encrypted key another passphrase", "更换已加密密钥的口令"),
    ("Delete a key of the keystore for good", "永久删除密钥库中的密钥"),
    ("Ask nothing", "不询问"),
    (
        "Report that others may have signed with a platform's key: it signs nothing more, its streams are halted; signed by admin or head",
        "报告平台密钥可能被他人使用：该密钥不再有效，其流停止；由管理员或部门负责人签名",
    ),
    ("File with the new passphrase in its first line, for its owner alone", "首行为新口令、仅本人可读的文件"),
    // Profiles.
    (
        "Add a profile of what --url, --key, --lang and --genesis say; the first one is used from then on",
        "以 --url、--key、--lang 和 --genesis 新增配置档；第一个自动选用",
    ),
    ("All profiles", "所有配置档"),
    ("Work with a profile from now on", "此后使用某配置档"),
    (
        "What counts now, and who says so: an option, the environment, the profile, or nobody",
        "当前生效的值及其来源：选项、环境变量、配置档或默认",
    ),
    ("Remove a profile; its key stays", "删除配置档；密钥保留"),
    ("Its name: letters, digits, - and _", "其名称：字母、数字、- 和 _"),
    ("Genesis hash of the chain: nodes and files of another one are refused", "链的创世哈希：拒绝其他链的节点和文件"),
    // Acts.
    (
        "Write what a command would sign into a file, and send nothing: mulu tx build --output FILE vote 7 --approve",
        "将命令所要签名的内容写入文件，不发送：mulu tx build --output FILE vote 7 --approve",
    ),
    ("What a file asks to be signed, in words; needs no node", "以文字显示文件要求签名的内容；无须节点"),
    (
        "The bytes that are signed, for a key that is in another device; needs no node",
        "待签的字节，供其他设备中的密钥使用；无须节点",
    ),
    ("Sign what a file holds, after it was shown; needs no node", "显示后签署文件的内容；无须节点"),
    ("Send what was signed, and wait until it is in a final block", "发送已签名的行为，并等待其进入最终区块"),
    (
        "Whose signature it takes, 64 hexadecimal digits; that of --key where nobody is named, whose passphrase is not needed",
        "由谁签名，64 位十六进制数；不写则为 --key 的密钥（无须其口令）",
    ),
    (
        "The signer's nonce; the next one where none is named. Acts that are built one after the other take one each",
        "签名人的序号；不写则取下一个。连续生成多个行为时各用一个",
    ),
    (
        "Valid until the nonce is used, and not for 4,096 blocks only: whoever has the signed file may submit it at any time",
        "在序号用掉之前一直有效，不限于 4,096 个区块：持有已签文件者可随时提交",
    ),
    ("The command with its own options", "命令及其自己的选项"),
    (
        "Sign only if the digest of the act is this one, which `mulu tx show` prints; then nothing is asked",
        "仅当行为的摘要为此值（见 `mulu tx show`）时签名；此时不再询问",
    ),
    (
        "A signature that another device made over the payload, 128 hexadecimal digits",
        "其他设备对待签字节所作的签名，128 位十六进制数",
    ),
    ("File to write the signed act into; the file itself where none is named", "写入已签行为的文件；不写则写回原文件"),
    ("Which shell: bash, elvish, fish, powershell or zsh", "哪种 shell：bash、elvish、fish、powershell 或 zsh"),
    ("Folder to write mulu.1 and a page of every command into", "写入 mulu.1 及各命令手册页的文件夹"),
    // The vault.
    (
        "Erase secrets and values of events, with a record of who and why; every proof of the rest still holds",
        "删除事件的密值与取值，并记录何人因何删除；其余证明依然有效",
    ),
    ("What was erased, when, by whom and why", "何时、何人、因何删除了什么"),
    (
        "Check that the vault is whole, and list what is older than the retention",
        "检查保险箱是否完整，并列出超过保存期限的内容",
    ),
    ("Write a copy under the same lock, to be kept elsewhere", "写出同一把锁下的副本，另处保存"),
    ("The vault", "保险箱"),
    ("Make a vault of a backup that is checked whole", "由检查完整的备份恢复保险箱"),
    ("The backup", "备份"),
    ("Vault to write; it must not exist", "要写的保险箱；须尚不存在"),
    ("Lock the vault with another passphrase or a new key file", "以新口令或新密钥文件重新上锁"),
    (
        "Choose how long pseudonyms hold and how long openings are kept; print what is chosen",
        "设定化名的周期和开封信息的保存期限；并显示当前设定",
    ),
    ("Epochs of pseudonyms", "化名的周期"),
    (
        "Destroy the keys of epochs that ended before a day: nobody can tell any more whom their pseudonyms stand for",
        "销毁某日之前结束的周期的密钥：此后无人能知其化名所指",
    ),
    ("The day, or a moment of it", "日期，或其中的时刻"),
    (
        "Secrets by which both sides of a grant name calls alike: new, add, list",
        "授权双方用以同样命名调用的密钥：新建、收下、列出",
    ),
    ("Days for which a user keeps a pseudonym", "用户化名保持的天数"),
    ("Days for which openings and pseudonym keys are kept", "开封信息与化名密钥保存的天数"),
    ("Make the secret of a grant, and a file to hand to the other side", "生成授权的密钥，以及交给对方的文件"),
    (
        "File to write; it must not exist. Whoever reads it can try out request ids: hand it over sealed, then delete it",
        "要写的文件；须尚不存在。读到它的人可逐一试出请求编号：请密封移交，随后删除",
    ),
    ("Take the secret that the other side made", "收下对方生成的密钥"),
    (
        "Grants that have one, with fingerprints to compare with the other side's",
        "已有密钥的授权，附供与对方比对的指纹",
    ),
    ("Events of this stream, from --first to --last", "该流自 --first 至 --last 的事件"),
    ("First event", "起始事件"),
    ("Last event", "终止事件"),
    (
        "All events in which this field has the value of --value-file: data_subject, user, operator, network_address",
        "该字段取值为 --value-file 内容的全部事件：data_subject、user、operator、network_address",
    ),
    (
        "File with the value in its first line: a command line is seen by others and remembered",
        "首行为该值的文件：命令行会被他人看到并留存",
    ),
    (
        "All events before this time: a day, a moment in UTC, or milliseconds",
        "此时间之前的全部事件：日期、UTC 时刻或毫秒数",
    ),
    ("Who erases: an office or a service number, kept in the vault", "由谁删除：处室或工号，存于保险箱"),
    ("Why, and on whose request; kept in the vault", "因何、应谁要求；存于保险箱"),
    (
        "File with the vault's passphrase in its first line, for its owner alone; MULU_VAULT_PASSPHRASE may hold it instead",
        "首行为保险箱口令、仅本人可读的文件；也可用 MULU_VAULT_PASSPHRASE",
    ),
    ("Key file of the vault; the one beside the vault where none is named", "保险箱的密钥文件；不写则用保险箱旁的"),
    ("Key file that is made; it must not exist", "要生成的密钥文件；须尚不存在"),
    ("Type the new passphrase in", "键入新口令"),
];
