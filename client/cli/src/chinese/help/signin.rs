//! Signing in at a node.

use mulu_verifier::words::Phrase;

/// Its texts.
pub const TEXTS: &[Phrase] = &[
    (
        "Token of `mulu sign-in`; else MULU_TOKEN, which other users of the machine do not see",
        "`mulu sign-in` 取得的令牌；未指定时取 MULU_TOKEN（本机其他用户看不到）",
    ),
    (
        "Sign in at a node on another machine with --key: a token, and the address with it for programs that know no sign-in",
        "用 --key 登录另一台机器上的节点：给出令牌，以及供不懂登录的程序使用的含令牌地址",
    ),
    (
        "Sign for the node of this name alone, whoever answers at the address; `mulu node info` on its machine tells it",
        "只为此名称的节点签名，无论该地址由谁应答；在节点本机用 `mulu node info` 可查名称",
    ),
    (
        "Who is signed in with --token or --key, until when, and what the node shows them",
        "用 --token 或 --key 登录者是谁、至何时为止、节点向其展示什么",
    ),
    ("End the token of --token, and every connection with it", "使 --token 的令牌失效，并断开用它建立的连接"),
];
