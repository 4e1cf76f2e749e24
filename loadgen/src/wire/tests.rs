mod irc;
mod mqtt;
mod round;

use super::words::Joined;
use super::*;
use crate::plan::{Plan, PlanError};

/// What each frame of a stream is, and what is left of it. A stream that is cut anywhere must say the same.
#[track_caller]
fn words<'o>(wire: Wire, stream: &'o [u8]) -> Vec<Next<'o>> {
    let mut found = Vec::new();
    let mut begin = 0;
    for end in 0..=stream.len() {
        // What has come so far: no more is known.
        match wire.next(&stream[begin..end]) {
            Next::Incomplete => assert_eq!(wire.next(&stream[begin..end]), Next::Incomplete),
            Next::Broken => {
                found.push(Next::Broken);
                return found;
            }
            next @ (Next::Frame(taken, _) | Next::Unreadable(taken)) => {
                assert_eq!(begin + taken, end, "{next:?} of {:?}", String::from_utf8_lossy(&stream[begin..end]));
                found.push(wire.next(&stream[begin..]));
                assert_eq!(found.last(), Some(&next));
                begin = end;
            }
        }
    }
    found
}

fn frame(octets: &str, word: Word<'static>) -> Next<'static> {
    Next::Frame(octets.len(), word)
}

fn message(room: &'static str, signed: Option<(u64, &'static str)>, text: &'static str) -> Word<'static> {
    Word::Message(Message { room, signed, text })
}

/// Opens a connection with a stream that comes octet by octet: what is said, how many octets it took, and what was learnt.
fn open_as(opener: &Opener<'_>, wire: Wire, stream: &[u8]) -> Result<(Vec<u8>, usize, Option<Joined>), Turned> {
    let plan = Plan::new(([127, 0, 0, 1], 1).into());
    let (mut out, mut taken) = (Vec::new(), 0);
    let mut opening = wire.open(opener, &mut out);
    for end in 1..=stream.len() {
        let (octets, joined) = opening.receive(&stream[taken..end], &plan, &mut out)?;
        taken += octets;
        if joined.is_some() {
            return Ok((out, taken, joined));
        }
    }
    Ok((out, taken, None))
}

/// The same for somebody whom no server asks who it is.
fn open(wire: Wire, stream: &[u8]) -> Result<(String, usize, Option<Joined>), Turned> {
    let opener = Opener { name: "load-1", place: Some(wire.place("#tea")), login: &Login::default() };
    let (out, taken, joined) = open_as(&opener, wire, stream)?;
    Ok((String::from_utf8(out).expect("it says text"), taken, joined))
}

/// The same for somebody with a user and a password, who receives nothing if `joins` is false.
fn said_by_a_user(wire: Wire, joins: bool, stream: &[u8]) -> (Vec<u8>, Option<Joined>) {
    let login = Login { user: Some("alice".to_owned()), password: Some("s3cret".to_owned()) };
    let opener = Opener { name: "load-1", place: joins.then(|| wire.place("#tea")), login: &login };
    let (out, _, joined) = open_as(&opener, wire, stream).expect("it joins");
    (out, joined)
}

fn said(wire: Wire) -> String {
    let mut out = Vec::new();
    wire.publish(&Said { room: wire.place("#tea"), number: 7, name: "load-0", text: "hello" }, &mut out);
    String::from_utf8(out).expect("it says text")
}

const WIRES: [Wire; 6] = [Wire::Fanfare, Wire::Relay, Wire::Nats, Wire::Redis, Wire::Mqtt, Wire::Irc];

const JOINED: Option<Joined> = Some(Joined { newest: 0 });

#[test]
fn fanfare_is_the_protocol() {
    let stream = "\nMSG #tea 7 1700000000000 load-0 :hello\nNOTE #tea 8 1700000000000 bob topic :x\nGAP #tea 9 11 slow\r\n\
                  JOINED #tea bob\nPING x\nOK seq=12\nERR rate-limited retry=3 :No\nBYE shutdown :So\nNEWVERB\nM\x01G\nMSG {x\n";
    let expected = [
        frame("\n", Word::Other),
        frame("MSG #tea 7 1700000000000 load-0 :hello\n", message("#tea", Some((7, "load-0")), "hello")),
        frame("NOTE #tea 8 1700000000000 bob topic :x\n", Word::Note { room: "#tea", number: 8 }),
        frame("GAP #tea 9 11 slow\r\n", Word::Gap { room: "#tea", first: 9, last: 11 }),
        frame("JOINED #tea bob\n", Word::Presence),
        frame("PING x\n", Word::Ping(Some("x"))),
        frame("OK seq=12\n", Word::Accepted(Some(12))),
        frame("ERR rate-limited retry=3 :No\n", Word::Refused("rate-limited")),
        frame("BYE shutdown :So\n", Word::End("BYE", "shutdown")),
        frame("NEWVERB\n", Word::Other),
        Next::Unreadable(4),
        Next::Broken,
    ];
    assert_eq!(words(Wire::Fanfare, stream.as_bytes()), expected);
    assert_eq!(said(Wire::Fanfare), "SAY #tea :hello\n");
    let (heard, taken, joined) = open(
        Wire::Fanfare,
        b"FANFARE/1 Hi\nWELCOME load-1 ping=30 text=65536 presence=256 :Hi\nOK epoch=e next=5 newest=4 members=1\nMSG",
    )
    .expect("it joins");
    assert_eq!((&*heard, taken, joined), ("HELLO 1 load-1\nJOIN #tea\n", 101, Some(Joined { newest: 4 })));
    assert!(matches!(open(Wire::Fanfare, b"220 mail\n"), Err(Turned::Otherwise(_))));
}

#[test]
fn a_relay_delivers_what_a_server_would() {
    let sent = said(Wire::Relay);
    let fields: Vec<&str> = sent.split(' ').collect();
    let [verb, room, number, at, name, text] = fields[..] else { panic!("{sent:?}") };
    assert_eq!((verb, room, number, at.len(), name, text), ("MSG", "#tea", "7", 13, "load-0", ":hello\n"));
    assert!(matches!(Wire::Relay.next(sent.as_bytes()), Next::Frame(taken, Word::Message(_)) if taken == sent.len()));
    assert_eq!(open(Wire::Relay, b"FLOOR\nMSG").expect("it joins"), (String::new(), 6, JOINED));
    assert!(matches!(open(Wire::Relay, b"FLIGHT\n"), Err(Turned::Otherwise(_))));
}

#[test]
fn nats_is_its_client_protocol() {
    let stream = "INFO {\"max_payload\":1}\r\n+OK\r\nMSG tea 1 5\r\nhello\r\nPING\r\nPONG\r\n-ERR 'Slow Consumer'\r\n\
                  MSG tea 1 4\r\n\r\n\r\n\r\nMRG tea 1 5\r\nMSG tea 1 5\r\nhelloooo";
    let expected = [
        frame("INFO {\"max_payload\":1}\r\n", Word::Other),
        frame("+OK\r\n", Word::Other),
        frame("MSG tea 1 5\r\nhello\r\n", message("tea", None, "hello")),
        frame("PING\r\n", Word::Ping(None)),
        frame("PONG\r\n", Word::Other),
        frame("-ERR 'Slow Consumer'\r\n", Word::Refused("Slow Consumer")),
        frame("MSG tea 1 4\r\n\r\n\r\n\r\n", message("tea", None, "\r\n\r\n")),
        Next::Unreadable(13),
        Next::Broken,
    ];
    assert_eq!(words(Wire::Nats, stream.as_bytes()), expected);
    for broken in ["MSG tea 1\r\n", "MSG tea 1 65537\r\n", "MSG tea 1 -5\r\n", "MSG tea 1 reply 5\r\n"] {
        assert_eq!(words(Wire::Nats, broken.as_bytes()), [Next::Broken], "{broken}");
    }
    assert_eq!(said(Wire::Nats), "PUB tea 5\r\nhello\r\n");
    let mut pong = Vec::new();
    Wire::Nats.pong(None, &mut pong);
    assert_eq!(pong, b"PONG\r\n");

    let (heard, taken, joined) = open(Wire::Nats, b"INFO {}\r\nPING\r\nPONG\r\nMSG").expect("it joins");
    assert_eq!((taken, joined), (21, JOINED));
    let said: Vec<&str> = heard.lines().collect();
    assert!(said[0].starts_with("CONNECT {\"echo\":true,") && !heard.contains("auth"), "{heard}");
    assert_eq!(said[1..], ["SUB tea 1", "PING", "PONG"]);
    assert!(
        matches!(open(Wire::Nats, b"INFO {}\r\n-ERR 'No'\r\n"), Err(Turned::Away(reason)) if reason.contains("No"))
    );
    assert!(matches!(open(Wire::Nats, b"HTTP/1.1 400 Bad Request\r\n"), Err(Turned::Otherwise(_))));

    let (heard, joined) = said_by_a_user(Wire::Nats, false, b"INFO {}\r\nPONG\r\n");
    let heard = String::from_utf8(heard).expect("it says text");
    assert!(heard.contains(r#""user":"alice""#) && heard.contains(r#""pass":"s3cret""#), "{heard}");
    assert!(!heard.contains("SUB"), "{heard}");
    assert_eq!(joined, JOINED);
}

#[test]
fn redis_is_resp3() {
    let push = ">3\r\n$7\r\nmessage\r\n$3\r\ntea\r\n$5\r\nhello\r\n";
    let map = "%2\r\n+role\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*1\r\n~2\r\n#t\r\n_\r\n";
    let stream = format!(
        "{push}:3\r\n{map}-OOM command not allowed\r\n+OK\r\n,1.5\r\n>3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n!5\r\nNO no\r\n\x01"
    );
    let subscribed = ">3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n";
    let expected = [
        frame(push, message("tea", None, "hello")),
        frame(":3\r\n", Word::Accepted(None)),
        frame(map, Word::Other),
        frame("-OOM command not allowed\r\n", Word::Refused("OOM")),
        frame("+OK\r\n", Word::Other),
        frame(",1.5\r\n", Word::Other),
        frame(subscribed, Word::Other),
        frame("!5\r\nNO no\r\n", Word::Refused("NO")),
        Next::Broken,
    ];
    assert_eq!(words(Wire::Redis, stream.as_bytes()), expected);
    for broken in ["$65537\r\n", "*-1\r\n", "$1\r\nxyz", "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "*257\r\n"] {
        assert_eq!(words(Wire::Redis, broken.as_bytes()), [Next::Broken], "{broken}");
    }
    assert_eq!(said(Wire::Redis), "*3\r\n$7\r\nPUBLISH\r\n$3\r\ntea\r\n$5\r\nhello\r\n");

    // Another library reads the same frames.
    for octets in [push, ":3\r\n", map, "-OOM command not allowed\r\n", "+OK\r\n", ",1.5\r\n", &said(Wire::Redis)] {
        let read = redis_protocol::resp3::decode::complete::decode_range(octets.as_bytes());
        assert!(matches!(read, Ok(Some((_, taken))) if taken == octets.len()), "{octets:?}");
    }

    let stream = format!("{map}>3\r\n$9\r\nsubscribe\r\n$3\r\ntea\r\n:1\r\n>3");
    let (heard, taken, joined) = open(Wire::Redis, stream.as_bytes()).expect("it joins");
    assert_eq!((taken, joined), (stream.len() - 2, JOINED));
    assert_eq!(heard, "*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n*2\r\n$9\r\nSUBSCRIBE\r\n$3\r\ntea\r\n");
    let turned = open(Wire::Redis, b"-NOPROTO unsupported\r\n");
    assert!(matches!(turned, Err(Turned::Away(reason)) if reason.contains("NOPROTO")));
    assert!(matches!(open(Wire::Redis, b"HTTP/1.1 400 Bad Request\r\n"), Err(Turned::Otherwise(_))));

    let (heard, joined) = said_by_a_user(Wire::Redis, false, map.as_bytes());
    let hello = b"*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n$6\r\ns3cret\r\n";
    assert_eq!((&*heard, joined), (&hello[..], JOINED));
}

#[test]
fn no_frame_goes_on_for_ever() {
    for wire in WIRES {
        let endless = vec![if wire == Wire::Mqtt { 0xff } else { b'+' }; 2 * MOST_LEFT];
        assert_eq!(wire.next(&endless), Next::Broken, "{wire:?}");
    }
}
