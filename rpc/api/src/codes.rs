//! Error codes. They are stable: a code is never given another meaning.
//!
//! | code | meaning | what to do |
//! | --- | --- | --- |
//! | -32600, -32601, -32602, -32700 | JSON-RPC: no request, unknown method, wrong parameters, no JSON | correct the call; `rpc_methods` lists the methods |
//! | -32603 | the node failed; its log has the cause under the request id in `data` | tell the node's operator |
//! | 1002 | an extrinsic does not decode, or is in a form that this chain does not take | build it from this chain's metadata |
//! | 1010 | `Invalid Transaction`; `data` says why | sign again as `data` says |
//! | 1012 | it turned out invalid a short while ago | wait, or sign another |
//! | 1013 | it waits already, or is in a block | nothing |
//! | 1014 | another one of the signer waits with its nonce | use the next nonce |
//! | 1016 | pool or signer's share is full, or the nonce is too far ahead | try again later |
//! | 4001 | the two blocks name no range, or one with too many blocks | see the message |
//! | 4002 | more rows asked for than the bound in `data` | ask for fewer |
//! | 4003 | no such block, its state is pruned, the call failed in it or took too long | see the message |
//! | 6001 | secret marking (art. 3): nothing of it was kept, logged or sent on | keep it off the ledger |
//! | 6002 | the cursor is of another list | begin without a cursor |
//! | 6003 | the filter names too much or too little | see the message |
//! | 6004 | nothing there under that id or number | check the id |
//! | 6005 | the evidence cannot be put together; the message says which part is missing | see the message |
//! | 6006 | the node is busy | try again later |
//! | 6007 | the body is in an archive file, which the message names | ask a node that keeps it, or the operator to bring it back |
//! | 6008 | the caller may not call this; the message says which sign-in or role is needed | sign in, or as another account |
//! | 6009 | the token has ended: it ran out, was ended, or the account's roles, key or department changed | sign in again |
//! | 6010 | the sign-in was refused; the message says why | ask for a new challenge |
//! | 6011 | more calls than an address or account may make | wait a second |
//! | 6012 | the answer took longer than its bound | ask for less, or try again when the node has less to do |

/// The node failed.
pub const INTERNAL: i32 = -32603;
/// An extrinsic that does not decode.
pub const UNDECODABLE: i32 = 1002;
/// `Invalid Transaction`.
pub const INVALID_TRANSACTION: i32 = 1010;
/// Two blocks that name no range, or one that is too long.
pub const BLOCK_RANGE: i32 = 4001;
/// More asked for than is given at once.
pub const COUNT_OVER_BOUND: i32 = 4002;
/// No such block, its state is pruned, or a call failed in it or took too long.
pub const STATE: i32 = 4003;
/// Marked as secret.
pub const SECRET: i32 = 6001;
/// A cursor of another list.
pub const CURSOR: i32 = 6002;
/// A filter that names too much or too little.
pub const FILTER: i32 = 6003;
/// Nothing under that id.
pub const NOT_FOUND: i32 = 6004;
/// Evidence that cannot be put together.
pub const EVIDENCE: i32 = 6005;
/// Too many calls at once.
pub const BUSY: i32 = 6006;
/// A body that is in an archive file.
pub const ARCHIVED: i32 = 6007;
/// A call that the caller may not make.
pub const NOT_PERMITTED: i32 = 6008;
/// A token that has ended.
pub const SIGNED_OUT: i32 = 6009;
/// A sign-in that was refused.
pub const SIGN_IN: i32 = 6010;
/// More calls than an address or account may make.
pub const TOO_MANY_CALLS: i32 = 6011;
/// An answer that took too long.
pub const TOO_LONG: i32 = 6012;
