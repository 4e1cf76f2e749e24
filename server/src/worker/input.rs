//! From the sockets to the sessions.

use super::connection::Stage;
use super::socket::Arrived;
use super::{Timer, Worker};

/// How much a connection reads at a time. One that has more to say waits for its next turn.
pub(super) const SCRATCH: usize = 64 * 1_024;

/// How much it reads at least, if there is so much.
const LEAST: usize = 4 * 1_024;

/// What `kept` may hold in vain before it is given back.
const SPARE: usize = 4 * 1_024;

impl Worker {
    /// Looks at connections that were noted. Of those behind the one with which so much was read that it is to be delivered
    /// first, nothing is read yet. Returns whether anything was read.
    pub(super) fn look_at_noted(&mut self) -> bool {
        let before = self.gathered;
        for _ in 0..self.noted.len() {
            let Some(number) = self.noted.pop_front() else { break };
            self.look(number);
        }
        self.gathered > before
    }

    /// Sees to it that a connection is looked at in the next turn.
    pub(super) fn note(&mut self, number: usize) {
        if let Some(connection) = self.connections.get_mut(number)
            && !std::mem::replace(&mut connection.noted, true)
        {
            self.noted.push_back(number);
        }
    }

    /// A connection was noted: its socket has octets, or room for some.
    fn look(&mut self, number: usize) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        connection.noted = false;
        if connection.socket.unblock() {
            self.flush(number);
        }
        if self.gathered < self.limits.gather {
            self.receive(number);
        } else {
            self.note(number);
        }
    }

    /// Reads from a connection what may be read now.
    fn receive(&mut self, number: usize) {
        let mut scratch = std::mem::take(&mut self.scratch);
        while let Some(connection) = self.connections.get_mut(number) {
            let discard = match connection.stage {
                Stage::Open => false,
                Stage::Closing { .. } => break,
                Stage::Lingering { .. } => true,
            };
            //= protocol/SPEC.md#4-1-rules-for-all-requests
            //# A server MUST NOT read on from a connection on which 256 requests are unanswered.
            //= protocol/SPEC.md#4-1-rules-for-all-requests
            //# A server MUST bound what it holds unsent for a connection, by not reading on from it while the bound is
            //# exceeded.
            let waits = !connection.may_execute(self.limits.outbox, &connection.kept)
                || connection.paused_until.is_some()
                || connection.end_of_input
                //= protocol/SPEC.md#9-3-the-server-s-end
                //# A server that shuts down MUST stop reading from its connections.
                || self.shutdown.is_some();
            if waits && !discard {
                break;
            }
            // The last read is not cut to a few octets.
            let most = self.limits.gather.saturating_sub(self.gathered).clamp(LEAST, SCRATCH);
            match connection.socket.read(&mut scratch[..most]) {
                Arrived::Nothing => break,
                Arrived::Broken => {
                    self.lose(number);
                    break;
                }
                Arrived::End if discard => {
                    self.remove(number);
                    break;
                }
                Arrived::End => {
                    //= protocol/SPEC.md#9-2-end-of-input
                    //# A server MUST execute and answer the complete frames that came before the end of the client's
                    //# input.
                    connection.end_of_input = true;
                    self.process(number, &[]);
                    break;
                }
                Arrived::Octets(count) => {
                    self.gathered += count;
                    if discard {
                        self.discard(number, count);
                    } else {
                        self.arrived(number, &scratch[..count]);
                    }
                    if count == most {
                        self.note(number);
                        break;
                    }
                }
            }
        }
        self.scratch = scratch;
    }

    /// Goes on with what a connection has sent and could not be looked at until now.
    pub(super) fn resume(&mut self, number: usize) {
        let Some(connection) = self.connections.get(number) else { return };
        if connection.may_execute(self.limits.outbox, &connection.kept) && self.shutdown.is_none() {
            if !connection.kept.is_empty() || connection.end_of_input {
                self.process(number, &[]);
            }
            // Not read at once: whoever has waited longer is first.
            if self.connections.get(number).is_some_and(|connection| connection.socket.is_readable()) {
                self.note(number);
            }
        }
    }

    fn arrived(&mut self, number: usize, octets: &[u8]) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        connection.session.heard(self.now);
        //= protocol/SPEC.md#4-1-rules-for-all-requests
        //# A server that limits the octet rate of a connection MUST enforce it by reading more slowly and not by an
        //# error.
        if let Some(rate) = self.limits.octet_rate {
            let debt = connection.octets.charge(octets.len(), rate, self.now);
            if debt > 0 {
                let at = self.now + u64::from(debt);
                connection.paused_until = Some(at);
                self.timers.add(at, Timer::Unpause { number, generation: connection.generation, at });
            }
        }
        self.process(number, octets);
    }

    /// Hands what is kept and what has arrived to the session, and does what it makes of it.
    fn process(&mut self, number: usize, arrived: &[u8]) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        let mut kept = std::mem::take(&mut connection.kept);
        let from_kept = !kept.is_empty();
        if from_kept {
            kept.extend_from_slice(arrived);
        }
        let mut rest = if from_kept { &kept[..] } else { arrived };
        let exhausted = loop {
            let Some(connection) = self.connections.get_mut(number) else { return };
            if !connection.may_execute(self.limits.outbox, rest) {
                break false;
            }
            // What was said before is to be stored and delivered first. Whatever else is asked for goes on.
            if self.taken >= self.limits.gather && !rest.is_empty() && connection.session.may_be_said(rest) {
                connection.held_back = true;
                self.held_back.push(number);
                break false;
            }
            match connection.session.receive(&mut rest) {
                Some(incoming) => self.execute(number, incoming),
                None => break true,
            }
        };
        let Some(connection) = self.connections.get_mut(number) else { return };
        if !connection.is_open() {
            return;
        }
        if from_kept {
            let used = kept.len() - rest.len();
            kept.drain(..used);
            if kept.capacity() > SPARE && kept.len() < kept.capacity() / 4 {
                kept.shrink_to_fit();
            }
            connection.kept = kept;
        } else {
            //= protocol/SPEC.md#11-limits
            //# A server MUST NOT hold more than one incomplete frame for each connection.
            connection.kept = rest.to_vec();
        }
        if exhausted && connection.end_of_input {
            self.input_ended(number);
        }
    }

    /// Octets came behind a `BYE`. SPEC.md, section 9.1.
    fn discard(&mut self, number: usize, count: usize) {
        let Some(connection) = self.connections.get_mut(number) else { return };
        //= protocol/SPEC.md#9-1-after-bye
        //# A server MUST discard what it receives after its `BYE`, until the client's direction ends, 2 seconds have
        //# passed, or 65,536 octets have come, whichever is first, and then close the connection.
        if let Stage::Lingering { left, .. } = &mut connection.stage {
            match left.checked_sub(count) {
                Some(rest @ 1..) => *left = rest,
                Some(0) | None => self.remove(number),
            }
        }
    }
}
