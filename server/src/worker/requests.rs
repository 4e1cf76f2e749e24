//! What a program asks for, in frames. SPEC.md, section 4.

use fanfare_protocol::session::Incoming;
use fanfare_protocol::{Answer, ClientMessage, ErrCode, Name, PageSize, ServerMessage};

use super::Worker;
use super::answers::LongAnswer;
use super::connection::Goodbye;
use crate::hub::Refusal;

impl Worker {
    /// Does what came from a client, and answers it.
    pub(super) fn execute(&mut self, number: usize, incoming: Incoming<'_>) {
        // Nothing is done any more for a connection that was replaced: it is about to be told so. SPEC.md, section 3.5.
        let Some(connection) = self.connections.get(number) else { return };
        //= protocol/SPEC.md#3-5-tokens
        //# A server MUST NOT execute anything of the earlier connection after it accepted the token.
        if connection.person.as_ref().is_some_and(|person| !person.is_open()) {
            return;
        }
        match incoming {
            //= protocol/SPEC.md#4-1-rules-for-all-requests
            //# A server MUST answer each request with exactly one final line: `OK` or `ERR`, or for `HELLO` `WELCOME`
            //# or `ERR`, for `PING` `PONG`, for `BYE` `BYE`.
            Incoming::Request(message) => self.request(number, message),
            Incoming::Command(command) => self.command(number, command),
            //= protocol/SPEC.md#4-1-rules-for-all-requests
            //# A server MUST answer a faulty frame in the same order as the requests around it.
            //= protocol/SPEC.md#7-1-rules
            //# A server MUST send `ERR` only for what leaves the connection open, and `BYE` only for what ends it.
            Incoming::Fault(code) => self.refuse(number, code, None),
            //= protocol/SPEC.md#7-1-rules
            //# A server MUST send `ERR` only for what leaves the connection open, and `BYE` only for what ends it.
            Incoming::End(code) => self.end_in_turn(number, Goodbye::Fault(code)),
        }
    }

    fn request(&mut self, number: usize, message: ClientMessage<'_>) {
        //= protocol/SPEC.md#4-3-every-state-and-every-request
        //# A server MUST answer what it receives as the table below says.
        match message {
            ClientMessage::Hello { name, token } => self.hello(number, name, token),
            //= protocol/SPEC.md#4-12-auth
            //# A server without accounts MUST answer a well-formed `AUTH` with `ERR not-allowed`.
            //= protocol/SPEC.md#4-12-auth
            //# A server without accounts MUST NOT send `CHALLENGE`.
            ClientMessage::Auth { .. } => self.refuse_opening(number, ErrCode::NotAllowed),
            //= protocol/SPEC.md#4-13-ping-of-a-client
            //# A server MUST answer each `PING` with a `PONG` that bears the same token, or none if the `PING` bears
            //# none.
            //= protocol/SPEC.md#4-13-ping-of-a-client
            //# A server MUST answer several `PING` in the order in which they came.
            ClientMessage::Ping { token } => self.answer(number, &ServerMessage::Pong { token }),
            //= protocol/SPEC.md#4-13-ping-of-a-client
            //# A server MUST NOT answer a well-formed `PONG`.
            ClientMessage::Pong { .. } => {}
            ClientMessage::Bye { reason } => {
                self.end_in_turn(number, Goodbye::Bye(reason.map(|reason| reason.as_str().into())));
            }
            message => {
                //= protocol/SPEC.md#4-2-the-message-rate
                //# A server MUST take one unit for each request that reaches check 7 of section 2.7, except `HELLO`,
                //# `AUTH`, `PING` and `BYE`.
                //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
                //# A server MUST answer a frame with several faults once, for the fault whose row comes first in the
                //# table below.
                //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
                //# A server MUST NOT execute any part of a frame that it answers with `ERR`.
                if let Err(refused) = self.charge(number).and_then(|()| self.serve(number, message)) {
                    self.refused(number, refused);
                }
            }
        }
    }

    /// Requests that need a name.
    fn serve(&mut self, number: usize, message: ClientMessage<'_>) -> Result<(), Refusal> {
        match message {
            ClientMessage::Join { room, after, last } => self.join(number, room, after, last).map(drop)?,
            ClientMessage::Leave { room, reason } => {
                self.leave(number, room, reason)?;
                self.answer(number, &ServerMessage::Ok(Answer::Done));
            }
            ClientMessage::Say { room, id, text } => {
                if let Some((seq, repeat)) = self.say(number, room, id, text)? {
                    self.answer(number, &ServerMessage::Ok(Answer::Say { seq, repeat }));
                }
            }
            ClientMessage::Tell { name, id, text } => {
                self.tell(number, name, id, text)?;
                self.answer(number, &ServerMessage::Ok(Answer::Done));
            }
            ClientMessage::Who { room, after } => {
                self.shared.hub.who(room, None, 0)?;
                self.answer_at_length(number, LongAnswer::who(room, after.map(Name::key)));
            }
            ClientMessage::Rooms { after } => self.answer_at_length(number, LongAnswer::rooms(after)),
            ClientMessage::History { room, range, epoch } => {
                //= protocol/SPEC.md#13-security-considerations
                //# A server MUST check the permission to read a history at each `JOIN` with a replay, at each `HISTORY`
                //# and at each `SEARCH`.
                let room = self.membership(number, room)?;
                if epoch.is_some_and(|epoch| epoch != room.epoch()) {
                    return Err(ErrCode::WrongEpoch.into());
                }
                self.answer_at_length(number, LongAnswer::history(room, range));
            }
            ClientMessage::Search { room, before, last, text } => {
                let room = self.membership(number, room)?;
                self.search(number, room, before, last.unwrap_or(PageSize::DEFAULT), text)?;
            }
            ClientMessage::Hello { .. }
            | ClientMessage::Auth { .. }
            | ClientMessage::Ping { .. }
            | ClientMessage::Pong { .. }
            | ClientMessage::Bye { .. } => unreachable!("`request` serves it"),
        }
        Ok(())
    }
}
