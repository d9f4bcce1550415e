//! Signing in at a node.

use mulu_verifier::words::Phrase;

/// Its phrases.
pub const PHRASES: &[Phrase] = &[
    ("token", "令牌"),
    ("address with the token", "含令牌的地址"),
    ("the token has ended, and every connection with it", "令牌已失效，用它建立的连接均已断开"),
    ("the node needs no sign-in at this address: it shows everything", "节点在此地址不要求登录：全部内容均可查看"),
    ("no token is given; name one with --token or MULU_TOKEN", "未指定令牌；请用 --token 或 MULU_TOKEN 指定"),
    (
        "name a key with --key to sign in, or another one whose role may ask this",
        "请用 --key 指定密钥以登录，或换用有权查询的角色的密钥",
    ),
    (
        "`mulu sign-in` gets another token; with --key, commands sign in by themselves",
        "`mulu sign-in` 可取得新令牌；指定 --key 时命令会自行登录",
    ),
    ("the node shows", "节点展示"),
    ("nobody needs to sign in at this address", "在此地址无须登录"),
    (
        "nobody is signed in; `mulu sign-in` gets a token, and --key signs in by itself",
        "无人登录；`mulu sign-in` 可取得令牌，指定 --key 时命令会自行登录",
    ),
    ("what is openly published", "公开发布的内容"),
    ("what is everybody's affair or the own department's", "公共事项与本部门事项"),
    (
        "what is everybody's affair, the own department's, or that of whom it oversees",
        "公共事项、本部门事项及所监督部门的事项",
    ),
    ("what the auditor's scope covers; each question is told to the ledger", "审计范围内的内容；每次提问均报告账本"),
    ("`mulu sign-in` gets another token", "`mulu sign-in` 可取得新令牌"),
    ("ask with another key, whose role may ask this", "请换用有权查询的角色的密钥"),
    ("wait a second", "请稍候一秒"),
    ("{}, or this node does not show it", "{0}，或本节点不向您展示"),
];
