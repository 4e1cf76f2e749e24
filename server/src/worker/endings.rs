//! How connections end. SPEC.md, section 9.

use fanfare_protocol::session::{Due, Millis};
use fanfare_protocol::{ByeCode, Reason, ServerMessage};
use tracing::debug;

use super::connection::{Goodbye, Held, Stage};
use super::{Timer, Worker};
use crate::clock::millis;
use crate::hub::{Ending, Home};

/// What is discarded after a `BYE`, in octets.
const DISCARD: usize = 65_536;

impl Worker {
    /// Ends a connection with a `BYE`: what is for it so far goes first, as far as its socket takes it now.
    pub(super) fn end(&mut self, number: usize, code: ByeCode<'static>, reason: Option<Reason<'_>>) {
        let until = self.linger_until();
        let Some(connection) = self.connections.get_mut(number) else { return };
        if !connection.is_open() {
            return;
        }
        //= protocol/SPEC.md#9-1-after-bye
        //# A server MUST NOT send anything after its `BYE`.
        connection.stage = Stage::Closing { until };
        //= protocol/SPEC.md#4-14-bye-of-a-client
        //# A server MUST NOT execute anything that it received after a well-formed `BYE`.
        connection.session.close();
        connection.answer = None;
        (connection.held, connection.replays) = (None, None);
        //= protocol/SPEC.md#9-2-end-of-input
        //# A server MUST drop an incomplete frame at the end of the client's input.
        connection.kept = Vec::new();
        //= protocol/SPEC.md#9-1-after-bye
        //# A server SHOULD send what its rooms hold for a person before the person's `BYE bye`.
        self.send(number);
        //= protocol/SPEC.md#3-4-names
        //# A server MUST make a name free before it sends the `BYE` of a clean end.
        let ending = if code == ByeCode::Timeout { Ending::Unclean } else { Ending::Clean };
        //= protocol/SPEC.md#4-14-bye-of-a-client
        //# A server MUST put the text of `BYE` into the `LEFT` for the other members of each room of the person.
        self.depart(number, reason, ending);
        let Some(connection) = self.connections.get_mut(number) else { return };
        //= protocol/SPEC.md#4-14-bye-of-a-client
        //# A server MUST send the answers of all earlier requests before the `BYE` that answers a `BYE`.
        //= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
        //# A server MUST NOT put octets that it received from the peer into the text of an `ERR` or `BYE`.
        connection.tell(&ServerMessage::bye(code));
        debug!(peer = %connection.peer(), code = code.as_str(), "connection ends");
        self.schedule(number);
        self.send(number);
        self.half_close(number);
    }

    /// Ends a connection behind what waits for the disk.
    pub(super) fn end_in_turn(&mut self, number: usize, goodbye: Goodbye) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        if connection.is_settled() {
            self.end_now(number, &goodbye);
        } else {
            connection.held = Some(Box::new(Held::Goodbye { goodbye, until: None }));
            self.settle(number);
        }
    }

    /// Ends a connection whose turn it is.
    pub(super) fn end_now(&mut self, number: usize, goodbye: &Goodbye) {
        match goodbye {
            Goodbye::Fault(code) => self.end(number, *code, None),
            Goodbye::Bye(reason) => {
                let reason = reason.as_deref().and_then(|reason| Reason::new(reason).ok());
                self.end(number, ByeCode::Bye, reason);
            }
        }
    }

    /// The connection is broken: there is nobody to say anything to.
    pub(super) fn lose(&mut self, number: usize) {
        //= protocol/SPEC.md#3-4-names
        //# A server MUST hold the name of a person who has a token for 60 seconds after an unclean end, unless more
        //# names would then be in use or held than it takes connections.
        self.depart(number, None, Ending::Unclean);
        if let Some(connection) = self.connections.get(number) {
            debug!(peer = %connection.peer(), "connection lost");
        }
        self.remove(number);
    }

    /// The peer sends nothing more, and all that it has sent was done.
    pub(super) fn input_ended(&mut self, number: usize) {
        let Some(connection) = self.connections.get(number) else { return };
        match connection.session.dialect() {
            //= protocol/SPEC.md#9-2-end-of-input
            //# A server MUST send `BYE bye` after these answers, if the mode was fixed.
            //= protocol/SPEC.md#10-6-ends
            //# A server MUST execute the complete lines before the end of a person's input, drop half a line, and send
            //# `* Goodbye!`.
            Some(_) => self.end_in_turn(number, Goodbye::Bye(None)),
            //= protocol/SPEC.md#9-2-end-of-input
            //# A server MUST close the connection at the end of the client's input without a `BYE`, if the mode was not
            //# fixed.
            None => self.remove(number),
        }
    }

    /// Another connection has taken the name over.
    pub(super) fn replaced(&mut self, home: Home) {
        if self.connections.get(home.connection).is_some_and(|connection| connection.generation == home.generation) {
            // Its memberships have ended, and what is said since then is not for it.
            self.stand_up_from_all(home.connection);
            //= protocol/SPEC.md#3-5-tokens
            //# A server that accepts a token for a name in use MUST send `BYE replaced` on the earlier connection.
            self.end(home.connection, ByeCode::Replaced, None);
        }
    }

    /// When the `BYE` is sent, our direction ends.
    pub(super) fn half_close(&mut self, number: usize) {
        let until = self.linger_until();
        let Some(connection) = self.connections.get_mut(number) else { return };
        if !matches!(connection.stage, Stage::Closing { .. }) || !connection.outbox.is_empty() {
            return;
        }
        // If it fails, the peer is gone.
        //= protocol/SPEC.md#9-1-after-bye
        //# A server MUST end its direction of the connection after its `BYE` and keep the other direction open.
        //= protocol/SPEC.md#10-6-ends
        //# A server MUST close a connection in plain mode as 9.1 says after it has sent `* Goodbye!` or the fault line
        //# of a `BYE`.
        let ended = connection.socket.end();
        if ended.is_err() || connection.end_of_input {
            return self.remove(number);
        }
        //= protocol/SPEC.md#9-1-after-bye
        //# A server MUST discard what it receives after its `BYE`, until the client's direction ends, 2 seconds have
        //# passed, or 65,536 octets have come, whichever is first, and then close the connection.
        connection.stage = Stage::Lingering { until, left: DISCARD };
        // What is there already is discarded in the next turn.
        self.note(number);
        self.schedule(number);
    }

    /// Does what a connection's time has come for.
    pub(super) fn expire(&mut self, number: usize) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        match connection.stage {
            Stage::Open => {
                // While it is us who do not listen, a client that takes what we send is not silent. SPEC.md, section 8.
                //= protocol/SPEC.md#8-keep-alive
                //# A server SHOULD NOT end a connection for silence while it has itself stopped reading from it and the
                //# client still takes octets.
                let paused = connection.paused_until.is_some();
                let took = connection.socket.took();
                let waits = !connection.may_execute(self.limits.outbox, &connection.kept);
                let stores = connection.awaited > 0 || connection.held_back;
                if paused || stores || (took && waits) {
                    connection.session.heard(self.now);
                }
                match connection.session.expire(self.now) {
                    Some(Due::Ping) => {
                        connection.tell(&ServerMessage::Ping { token: None });
                        self.list(number);
                    }
                    Some(Due::End(code)) => self.end(number, code, None),
                    None => {}
                }
            }
            //= protocol/SPEC.md#9-1-after-bye
            //# A server MUST discard what it receives after its `BYE`, until the client's direction ends, 2 seconds
            //# have passed, or 65,536 octets have come, whichever is first, and then close the connection.
            Stage::Closing { until } | Stage::Lingering { until, .. } if until <= self.now => self.remove(number),
            Stage::Closing { .. } | Stage::Lingering { .. } => {}
        }
        self.schedule(number);
    }

    /// Sees to it that the connection is looked at when its time has come.
    pub(super) fn schedule(&mut self, number: usize) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        let Some(at) = connection.deadline() else { return };
        if connection.timer.is_none_or(|timer| at < timer) {
            connection.timer = Some(at);
            self.timers.add(at, Timer::Connection { number, generation: connection.generation, at });
        }
    }

    /// What the person had, others may have; its seats are empty.
    fn depart(&mut self, number: usize, reason: Option<Reason<'_>>, ending: Ending) {
        self.stand_up_from_all(number);
        let Some(connection) = self.connections.get_mut(number) else { return };
        let person = connection.person.take();
        // When the server ends, all go, and need not be told so of each other.
        if let Some(person) = person
            && self.shutdown.is_none()
        {
            let effects = self.shared.hub.depart(&person, reason, ending, self.now);
            self.spread(effects);
        }
    }

    /// When a connection that is told `BYE` now has had its time to read it.
    fn linger_until(&self) -> Millis {
        self.now + millis(self.shared.options.linger_timeout)
    }

    fn stand_up_from_all(&mut self, number: usize) {
        while let Some(seat) = self.connections.get_mut(number).and_then(|connection| connection.seats.pop()) {
            self.seating.stand_up(&mut self.connections, seat);
        }
    }

    /// Forgets a connection. Its socket closes.
    pub(super) fn remove(&mut self, number: usize) {
        if self.connections.contains(number) {
            self.depart(number, None, Ending::Clean);
            self.connections.remove(number);
        }
    }
}
