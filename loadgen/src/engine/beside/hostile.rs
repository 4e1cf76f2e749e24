//! What no server should take. Octets only; which they are follows from the run's number.

use fastrand::Rng;

use crate::wire::Wire;

/// How many octets there are of each endless kind, sent again and again.
const POOL: usize = 64 << 10;

/// A kind of garbage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Random octets.
    Random,
    /// A line without an end.
    EndlessLine,
    /// Lengths that are too long, and nothing of what they announce.
    LongLengths,
    /// A valid opening, and malformed frames behind it.
    Malformed,
    /// Half of an opening, and then nothing.
    HalfOpening,
    /// The first octets of TLS.
    Tls,
    /// A request of HTTP.
    Http,
    /// Nothing: it connects, and closes.
    Nothing,
}

impl Kind {
    /// All of them, in the order in which they take turns.
    pub(super) const ALL: [Self; 8] = [
        Self::Random,
        Self::EndlessLine,
        Self::LongLengths,
        Self::Malformed,
        Self::HalfOpening,
        Self::Tls,
        Self::Http,
        Self::Nothing,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::EndlessLine => "endless-line",
            Self::LongLengths => "long-lengths",
            Self::Malformed => "malformed",
            Self::HalfOpening => "half-opening",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Nothing => "connect-and-close",
        }
    }
}

/// The octets of all kinds.
#[derive(Debug)]
pub(super) struct Hostile {
    random: Vec<u8>,
    line: Vec<u8>,
    lengths: Vec<u8>,
    malformed: Vec<u8>,
    tls: Vec<u8>,
}

impl Hostile {
    pub(super) fn new(wire: Wire, run: u32) -> Self {
        let mut rng = Rng::with_seed(run.into());
        let mut octets = |count: usize| -> Vec<u8> { (0..count).map(|_| rng.u8(..)).collect() };
        let random = octets(POOL);
        // A record of a handshake, a hello of TLS 1.2 in it, and in that no more than a random number.
        let mut tls = b"\x16\x03\x01\x00\x2a\x01\x00\x00\x26\x03\x03".to_vec();
        tls.extend(octets(32));
        tls.extend(b"\x00\x00\x00\x00");
        let line = (0..POOL).map(|at| b'a' + u8::try_from(at % 26).expect("below 26")).collect();
        Self { random, line, lengths: lengths(wire), malformed: malformed(wire), tls }
    }

    /// What a kind sends, from an offset of its octets, and whether that is all. `opening` is what a client of the wire
    /// says first.
    pub(super) fn octets<'o>(&'o self, kind: Kind, opening: &'o [u8], sent: usize) -> (&'o [u8], bool) {
        let from = |octets: &'o [u8]| (octets.get(sent..).unwrap_or_default(), true);
        match kind {
            Kind::Random => (&self.random[sent % POOL..], false),
            Kind::EndlessLine => (&self.line[sent % POOL..], false),
            Kind::LongLengths => from(&self.lengths),
            Kind::Malformed => from(&self.malformed),
            Kind::HalfOpening => from(&opening[..opening.len().div_ceil(2)]),
            Kind::Tls => from(&self.tls),
            Kind::Http => from(b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n"),
            Kind::Nothing => (&[], true),
        }
    }
}

/// Longer than any field of IRC.
const LONG: &str = match str::from_utf8(&[b'x'; 512]) {
    Ok(text) => text,
    Err(_) => "",
};

/// The longest packet that there can be, twice; and a length that never ends.
const MQTT_LENGTHS: [&[u8]; 3] = [b"\x10\xff\xff\xff\x7f", b"\x30\xff\xff\xff\x7f", b"\x30\xff\xff\xff\xff\xff\xff"];

/// Frames that announce more than any server takes.
fn lengths(wire: Wire) -> Vec<u8> {
    let frames: &[&str] = match wire {
        Wire::Fanfare | Wire::Relay => &[
            "HELLO 1 garbage {65537}\n",
            "SAY #garbage {9007199254740991}\n",
            "SAY #garbage {99999999999999999999999999}\n",
        ],
        Wire::Nats => &["PUB garbage 9223372036854775807\r\n", "PUB garbage 99999999999999999999999999\r\n"],
        Wire::Mqtt => return MQTT_LENGTHS.concat(),
        Wire::Irc => &["NICK ", LONG, "\r\nPRIVMSG #garbage :", LONG, LONG, LONG, "\r\n"],
        Wire::Redis => {
            &["*3\r\n$9223372036854775807\r\n", "*9223372036854775807\r\n", "$99999999999999999999999999\r\n"]
        }
    };
    frames.concat().into_bytes()
}

/// Frames that none of a protocol is like.
fn malformed(wire: Wire) -> Vec<u8> {
    let frames: &[&[u8]] = match wire {
        Wire::Fanfare | Wire::Relay => &[
            b"SAY\n",
            b"SAY  :\n",
            b"JOIN \x01\n",
            b"HELLO 9 9 9\n",
            b"\xff\xfe\xfd\n",
            b"SAY #garbage :\xc3\x28\n",
            b"TELL {\n",
            b"VERBTHATISFARTOOLONG\n",
            b"SAY #garbage {x}\n",
        ],
        Wire::Nats => &[
            b"PUB\r\n",
            b"PUB garbage -1\r\n",
            b"SUB\r\n",
            b"UNSUB\r\n",
            b"CONNECT {\r\n",
            b"\x00\xff\r\n",
            b"PUB garbage x\r\n",
            b"NONSENSE\r\n",
        ],
        // A reserved packet; a publication to the server of a higher QoS than there is; a second CONNECT; a subscription
        // without a topic; an unfinished name of one.
        Wire::Mqtt => &[b"\x00\x00", b"\x36\x03\x00\x01x", b"\x10\x00", b"\x82\x02\x00\x01", b"\x30\x03\x00\x09x"],
        Wire::Irc => &[
            b"PRIVMSG\r\n",
            b"JOIN\r\n",
            b"NICK \x01\x02\r\n",
            b":::: ::\r\n",
            b"\x00\xff\xfe\r\n",
            b"MODE #garbage +ooooooo\r\n",
            b"USER\r\n",
            b"NONSENSE\r\n",
        ],
        Wire::Redis => &[
            b"*1\r\n$7\r\nGARBAGE\r\n",
            b"*2\r\n$7\r\nPUBLISH\r\n$1\r\nx\r\n",
            b"*0\r\n",
            b"*-5\r\n",
            b"*2\r\n$x\r\n",
            b"\x00\xff\r\n",
            b"*1\r\n:1\r\n",
        ],
    };
    frames.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_run_sends_the_same_and_another_does_not() {
        let (one, same, other) =
            (Hostile::new(Wire::Fanfare, 7), Hostile::new(Wire::Fanfare, 7), Hostile::new(Wire::Fanfare, 8));
        let first = |hostile: &Hostile| hostile.octets(Kind::Random, b"", 0).0.to_vec();
        assert_eq!(first(&one), first(&same));
        assert_ne!(first(&one), first(&other));
    }

    #[test]
    fn the_endless_go_on_and_the_others_end() {
        let hostile = Hostile::new(Wire::Redis, 7);
        for kind in Kind::ALL {
            let (mut sent, mut last) = (0, false);
            while sent < 3 * POOL && !last {
                let (octets, is_all) = hostile.octets(kind, b"HELLO 1 a\n", sent);
                (sent, last) = (sent + octets.len(), is_all);
            }
            assert_eq!(last, !matches!(kind, Kind::Random | Kind::EndlessLine), "{kind:?}");
        }
        assert_eq!(hostile.octets(Kind::HalfOpening, b"HELLO 1 a\n", 0), (&b"HELLO"[..], true));
        assert!(!hostile.line.contains(&b'\n'));
    }

    #[test]
    fn the_hello_of_tls_has_the_lengths_that_it_says() {
        let tls = Hostile::new(Wire::Nats, 7).tls;
        assert_eq!(usize::from(tls[4]), tls.len() - 5);
        assert_eq!(usize::from(tls[8]), tls.len() - 9);
    }
}
