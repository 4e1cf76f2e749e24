//! The rules that all messages share: how fields, attributes and texts are read ([`mod@read`]) and written ([`mod@write`]).
//! Both are in the ABNF's order and bear its rules' names. SPEC.md, section 14.

pub(crate) mod read;
pub(crate) mod write;

/// Every verb of the protocol, of both directions. SPEC.md, section 14.
pub(crate) const VERBS: &[&str] = &[
    "AUTH",
    "BYE",
    "CHALLENGE",
    "ERR",
    "GAP",
    "HELLO",
    "HISTORY",
    "JOIN",
    "JOINED",
    "LEAVE",
    "LEFT",
    "MEMBERS",
    "MSG",
    "NAMES",
    "NOTE",
    "OK",
    "PAST",
    "PING",
    "PONG",
    "ROOM",
    "ROOMS",
    "SAY",
    "SEARCH",
    "TELL",
    "TOLD",
    "WELCOME",
    "WHO",
];
