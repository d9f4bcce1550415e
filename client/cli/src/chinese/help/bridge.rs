//! The bridge.

use mulu_verifier::words::Phrase;

/// Its texts.
pub const TEXTS: &[Phrase] = &[
    ("The bridge of a platform: run, check, status, quarantine", "平台的网桥：运行、检查、状态、隔离区"),
    (
        "Run the bridge until it is stopped by SIGTERM or SIGINT; with --json its log is JSON",
        "运行网桥，直至 SIGTERM 或 SIGINT；加 --json 则日志为 JSON",
    ),
    (
        "Say what would happen, and what is wrong: configuration, key, role, streams, mappings; nothing is written",
        "说明将会发生什么、哪里有误：配置、密钥、角色、流、映射；不写入任何内容",
    ),
    (
        "How the bridge is: what waits, what is in the quarantine, what is in trouble",
        "网桥的状态：等待中的、隔离区中的、有问题的",
    ),
    (
        "Move what waits for a stream that is closed, or that another vault is ahead in, into another stream; the bridge must not run",
        "将已关闭的流、或另一保险箱已超前的流中等待的事件移入另一流；网桥须已停止",
    ),
    ("Stream that takes nothing any more", "不再接收的流"),
    (
        "Stream of the same platform that is open under the same key: best a new one, since nothing may be older than its last batch",
        "同一平台、同一密钥下开启的流：最好是新流，因为不得有早于其最后一批的事件",
    ),
    ("Records that can be no event: list, show, retry, drop", "不能成为事件的记录：列出、查看、重试、丢弃"),
    ("Its configuration, bridge.toml", "网桥的配置文件 bridge.toml"),
    (
        "File whose first records are shown as they would be reported; sealed values are not shown",
        "样例文件：按将要报告的样子显示其开头的记录；不显示封存的值",
    ),
    (
        "Source by whose mapping the sample is read; the only one where it is left out",
        "按哪个来源的映射读取样例；只有一个来源时可省略",
    ),
    (
        "Address of the running bridge, with the name that its certificate holds; else where its configuration says that it listens",
        "运行中的网桥的地址，用其证书上的名称；省略则为配置中的监听地址",
    ),
    ("Records and events that wait here, and why; not what they hold", "隔离区中的记录和事件及其原因；不含内容"),
    ("First number", "起始编号"),
    ("How many rows there are, by source and reason, and not the rows", "只按来源和原因统计行数，不列出各行"),
    ("Most rows", "最多行数"),
    (
        "One record as it came, which may name a person; the bridge must not run",
        "按原样查看一条记录，可能涉及个人；网桥须已停止",
    ),
    ("Map records again, by the mapping as it is now, and report them", "按现在的映射重新处理记录并报告"),
    (
        "Stream that they go into, if not their own: one that is open and begins early enough",
        "所入的流（若非原来的流）：须已开启，且起点足够早",
    ),
    ("Drop records for good; how many and why stays in the vault", "永久丢弃记录；数量和理由留在保险箱中"),
    ("Why they will never be reported", "为何永不报告"),
    ("Their numbers", "编号（可多个）"),
    ("Rows of this source", "该来源的行"),
    ("Rows with this reason, as bad_value", "该原因的行，如 bad_value"),
    ("All rows", "所有行"),
];
