#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

extern crate alloc;

mod client_message;
mod codes;
mod framer;
mod grammar;
pub mod limits;
mod line;
mod octets;
pub mod plain;
mod server_message;
pub mod session;
mod text;
mod value;
pub mod words;

pub use client_message::ClientMessage;
pub use codes::{Blame, ByeCode, ErrCode, Retry};
pub use framer::{Frame, FrameError, FrameFault, Framed, Framer, StreamFault};
pub use grammar::read::MessageError;
pub use plain::Dialect;
pub use server_message::{Answer, GapReason, Greeting, Message, Names, ServerMessage, Welcome};
pub use text::{Query, Reason, Text, TextError};
pub use value::{
    CodeWord, Epoch, Id, Kind, Mechanism, Name, NameKey, Number, PageSize, RoomName, Seq, SeqRange, Timestamp, Token,
    ValueError,
};

pub(crate) use grammar::VERBS;
