//! Inputs and how they are answered, for the checks that go through tables.

use crate::conformance::{Outcome, Peer, Stage};

/// Somebody in a room of its own, whose inputs are tried one after another.
pub(super) struct Trial {
    pub(super) peer: Peer,
    pub(super) room: String,
    said: u64,
}

impl Trial {
    pub(super) fn begin(stage: &Stage<'_>) -> Outcome<Self> {
        let room = stage.room("room");
        Ok(Self { peer: stage.member("trial", &room)?, room, said: 0 })
    }

    /// Octets are answered by this `ERR`, and the connection goes on.
    pub(super) fn refused(&mut self, requirement: &'static str, input: impl AsRef<[u8]>, code: &str) -> Outcome {
        self.answered(requirement, input, &format!("ERR {code} <rest>"))
    }

    /// Octets are answered by one line.
    pub(super) fn answered(&mut self, requirement: &'static str, input: impl AsRef<[u8]>, pattern: &str) -> Outcome {
        answered(&mut self.peer, requirement, input, pattern)
    }

    /// What stands behind `SAY #room `, its last LF included, says this text.
    pub(super) fn said(&mut self, requirement: &'static str, input: impl AsRef<str>, text: &str) -> Outcome {
        self.said += 1;
        let input = input.as_ref();
        self.peer.send_paced(&format!("SAY {} {}", self.room, input.strip_suffix('\n').unwrap_or(input)));
        let (room, seq, name) = (&self.room, self.said, &self.peer.name);
        let form = if text.contains('\n') { format!("{{{}}}\n", text.len()) } else { ":".to_owned() };
        let msg = format!("MSG {room} {seq} <at> {name} {form}{text}");
        self.peer.expect_unordered(requirement, [&format!("OK seq={seq}"), &msg]).map(drop)
    }
}

/// Octets are answered by one line, and the connection goes on.
pub(super) fn answered(peer: &mut Peer, requirement: &'static str, input: impl AsRef<[u8]>, pattern: &str) -> Outcome {
    peer.send_octets(input.as_ref());
    peer.expect(requirement, pattern)?;
    peer.expect_nothing(requirement)
}

/// Octets end the connection of a person with this `BYE`. Then the name is free for the next one.
pub(super) fn ended(stage: &Stage<'_>, requirement: &'static str, input: impl AsRef<[u8]>, code: &str) -> Outcome {
    let mut peer = stage.framed("ended")?;
    peer.send_octets(input.as_ref());
    peer.expect(requirement, &format!("BYE {code} <rest>"))?;
    peer.expect_end("9.1/2")
}

/// `before`, then a filling, then `after`: so many octets in all.
pub(super) fn filled(before: &str, after: &str, octets: usize) -> String {
    let filling = "x".repeat(octets - before.len() - after.len());
    format!("{before}{filling}{after}")
}
