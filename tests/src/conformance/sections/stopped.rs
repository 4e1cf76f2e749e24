//! A reader who takes nothing.

use std::time::Duration;

use super::answers::{answers, fill, is_answer};
use crate::conformance::{Outcome, Peer, Stage};

/// More octets than the transport takes for a reader with a narrow buffer who reads nothing.
const MORE_THAN_THE_TRANSPORT: usize = 8 * 1_024 * 1_024;

/// How many messages are kept for the long answers.
const MESSAGES: usize = 12;

/// The most long answers that are asked for at once: fewer than any rate allows that is not unusual.
const MOST_ANSWERS: usize = 60;

/// How long a server may take to fill the transport. If it takes longer, it can pass although it breaks something.
const FILLING: Duration = Duration::from_millis(400);

/// A person for whom the transport takes nothing more, because answers wait that are not read. Besides the reader's own,
/// one more connection is open meanwhile.
pub(super) struct Stopped {
    /// The reader.
    pub(super) peer: Peer,
    /// How many answers are still to come.
    pub(super) answers: usize,
}

impl Stopped {
    /// One who first does something, such as joining a room; what is answered is read by that.
    pub(super) fn reader(stage: &Stage<'_>, label: &str, first: impl FnOnce(&mut Peer) -> Outcome) -> Outcome<Self> {
        let room = stage.room("shelf");
        let mut librarian = stage.member("librarian", &room)?;
        fill(stage, &room, MESSAGES, usize::try_from(stage.terms.announced.text).unwrap_or(4_096).min(65_536))?;
        let request = format!("HISTORY {room} 1 {MESSAGES}");
        librarian.send(&request);
        let page: usize = answers(&mut librarian, "4.11/1", 1)?.iter().flatten().map(String::len).sum();
        let count = MORE_THAN_THE_TRANSPORT.div_ceil(page.max(1));
        if count > MOST_ANSWERS {
            return stage.skip("its rooms keep too little for an answer that fills the transport");
        }
        let mut peer = stage.connect_narrow(label)?;
        peer.expect("3.1/1", "FANFARE/<versions> <words>")?;
        stage.welcome(&mut peer)?;
        peer.send(&format!("JOIN {room}"));
        let joined = answers(&mut peer, "4.5/3", 1)?;
        is_answer(stage, "4.5/3", &["OK epoch=<epoch> next=<next> newest=<newest> members=<members>"], &joined[0])?;
        peer.until("5.5/1", &format!("JOINED {room} {}", peer.name))?;
        first(&mut peer)?;
        peer.send_octets(format!("{request}\n").repeat(count).as_bytes());
        // From now on it is being answered.
        peer.until("4.11/1", "PAST <rest>")?;
        stage.wait(FILLING, &mut []);
        Ok(Self { peer, answers: count })
    }

    /// Reads on, until everything it asked for has come.
    pub(super) fn read_on(&mut self) -> Outcome {
        let count = std::mem::take(&mut self.answers);
        answers(&mut self.peer, "4.1/1", count).map(drop)
    }
}
