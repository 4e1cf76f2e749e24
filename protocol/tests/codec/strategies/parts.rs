//! The bag of values that one message of every verb is made of.

use fanfare_fuzz_bodies::parts::{Optional, Parts};
use fanfare_protocol::ServerMessage;
use proptest::option::of;
use proptest::prelude::*;

use super::values;

pub(crate) fn parts() -> impl Strategy<Value = Parts> {
    let words = (values::name(), values::room(), values::epoch(), values::mechanism(), values::word(), values::word());
    let numbers = ([values::number(), values::number(), values::number()], [values::seq(), values::seq()]);
    let names = values::names().prop_map(|names| names.join(" "));
    let texts = (names, values::text(), values::query());
    (words, numbers, texts, any::<bool>(), any::<usize>(), optional()).prop_map(
        |((name, room, epoch, mechanism, kind, code), (numbers, mut seqs), texts, flag, known, optional)| {
            seqs.sort_unstable();
            let (names, text, query) = texts;
            Parts { name, room, epoch, mechanism, kind, code, known, names, text, flag, numbers, seqs, optional, query }
        },
    )
}

fn optional() -> impl Strategy<Value = Optional> {
    let words = (of(values::id()), of(values::id()), of(values::epoch()), of(values::room()), of(values::name()));
    let texts = (of(values::text()), of(values::reason()));
    (words, texts, [of(values::number()), of(values::number())]).prop_map(
        |((id, token, epoch, room, name), (text, reason), numbers)| Optional {
            id,
            token,
            epoch,
            room,
            name,
            text,
            reason,
            numbers,
        },
    )
}

/// The verb of a message. It names every variant, so that a new one can't be forgotten here.
pub(crate) fn server_verb(message: &ServerMessage<'_>) -> &'static str {
    match message {
        ServerMessage::Welcome(_) => "WELCOME",
        ServerMessage::Ok(_) => "OK",
        ServerMessage::Err { .. } => "ERR",
        ServerMessage::Challenge { .. } => "CHALLENGE",
        ServerMessage::Names { .. } => "NAMES",
        ServerMessage::Room { .. } => "ROOM",
        ServerMessage::Past(_) => "PAST",
        ServerMessage::Msg(_) => "MSG",
        ServerMessage::Note { .. } => "NOTE",
        ServerMessage::Told { .. } => "TOLD",
        ServerMessage::Joined { .. } => "JOINED",
        ServerMessage::Left { .. } => "LEFT",
        ServerMessage::Members { .. } => "MEMBERS",
        ServerMessage::Gap { .. } => "GAP",
        ServerMessage::Ping { .. } => "PING",
        ServerMessage::Pong { .. } => "PONG",
        ServerMessage::Bye { .. } => "BYE",
    }
}
