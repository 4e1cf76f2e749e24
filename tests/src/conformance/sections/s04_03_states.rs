//! 4.3 Every state and every request.

use std::time::Duration;

use super::answers::{ask, verb};
use crate::conformance::{Outcome, Peer, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "4.3",
    checks: &[
        check!(every_row_while_the_mode_is_not_fixed: "4.3/1").peers(2),
        check!(every_row_before_welcome: "4.3/1").peers(1),
        check!(every_row_after_welcome: "4.3/1").peers(2),
        check!(every_row_after_a_bye: "4.3/1").peers(2),
        check!(who_has_no_welcome_in_time_is_cut: "4.3/1").waits(Terms::without_welcome).peers(3),
        check!(one_interval_of_silence_brings_a_ping: "4.3/1").waits(|terms| interval(terms.announced.ping)).peers(1),
    ],
    unseen: &[],
};

/// What is to come of what is sent.
#[derive(Clone, Copy)]
enum Comes<'a> {
    /// These lines, and the connection goes on.
    Lines(&'a [&'a str]),
    /// These lines, and the end of the connection.
    End(&'a [&'a str]),
    /// The fault line of `bad-name`, and plain mode.
    NoName,
    /// Plain mode, and a name.
    Name,
    /// Nothing, and the connection goes on.
    Nothing,
}

use Comes::{End, Lines, Name, NoName, Nothing};

/// The verbs that only a server sends.
pub(super) const SERVERS_VERBS: [&str; 14] = [
    "WELCOME",
    "OK",
    "ERR",
    "NAMES",
    "ROOM",
    "PAST",
    "CHALLENGE",
    "MSG",
    "NOTE",
    "TOLD",
    "JOINED",
    "LEFT",
    "MEMBERS",
    "GAP",
];

fn interval(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A well-formed request of each kind that is for persons, in an order in which each works.
fn requests(room: &str, name: &str) -> [String; 8] {
    [
        format!("JOIN {room}"),
        format!("SAY {room} :x"),
        format!("TELL {name} :x"),
        format!("WHO {room}"),
        "ROOMS".to_owned(),
        format!("HISTORY {room} 1 1"),
        format!("SEARCH {room} :x"),
        format!("LEAVE {room}"),
    ]
}

/// A verb that this document does not have and a name that nobody else has.
fn other_verb(stage: &Stage<'_>) -> String {
    let name = stage.name("z");
    let letters = name.bytes().filter(u8::is_ascii_alphanumeric);
    letters.map(|octet| if octet.is_ascii_digit() { 'w' } else { char::from(octet) }).collect()
}

fn every_row_while_the_mode_is_not_fixed(stage: &mut Stage<'_>) -> Outcome {
    let mut framed = stage.connect("framed")?;
    framed.send("HELLO 1 -");
    let words = framed.expect("7.1/2", "ERR bad-name :<words>")?.get("words").to_owned();
    let (room, name) = (stage.room("room"), stage.name("peer"));
    let hello = format!("HELLO 1 {name}");
    let welcome = format!("WELCOME {name} <rest>");
    let welcome = [welcome.as_str()];
    let verb = other_verb(stage);
    let requests = requests(&room, &name);
    let mut rows = vec![
        (hello.as_str(), Lines(&welcome)),
        ("HELLO 2 x", Lines(&["ERR bad-version <rest>"])),
        ("HELLO 1 -", Lines(&["ERR bad-name <rest>"])),
        ("HELLO", NoName),
        ("HELLO 1", NoName),
        ("AUTH PLAIN", Lines(&["ERR not-allowed <rest>"])),
        ("AUTH", NoName),
        ("PING", Lines(&["PONG"])),
        ("PONG", NoName),
        ("BYE", End(&["BYE bye :<text>"])),
        ("SING la la", NoName),
        (&verb, Name),
        ("", Nothing),
        ("\r", Nothing),
        // A frame with a fault is what 3.2 decides by its first line.
        ("PING  x", Lines(&["ERR bad-frame <rest>"])),
        ("PING {01}", End(&["BYE bad-frame :<text>"])),
        ("SAY  x", NoName),
        ("\tSAY", End(&["BYE bad-handshake :<text>"])),
    ];
    rows.extend(requests.iter().map(|request| (request.as_str(), NoName)));
    rows.extend(SERVERS_VERBS.map(|verb| (verb, NoName)));
    for (sent, comes) in rows {
        let mut peer = match comes {
            NoName | Name => stage.connect_plain("peer")?,
            _ => stage.connect("peer")?,
        };
        peer.send(sent);
        play(&mut peer, comes, &words)?;
        peer.send("BYE");
    }
    // Without a mode there is nobody to say goodbye to.
    let mut peer = stage.connect("peer")?;
    peer.end_input();
    peer.expect_end("4.3/1")
}

fn play(peer: &mut Peer, comes: Comes<'_>, words: &str) -> Outcome {
    match comes {
        Lines(lines) => {
            peer.expect_all("4.3/1", lines)?;
            peer.expect_nothing("4.3/1")
        }
        End(lines) => {
            peer.expect_all("4.3/1", lines)?;
            peer.expect_end("4.3/1")
        }
        NoName => {
            peer.expect("4.3/1", &format!("! {words}"))?;
            peer.expect("4.3/1", "Choose a username...").map(drop)
        }
        Name => peer.expect("4.3/1", "You are connected to the Server!").map(drop),
        Nothing => peer.expect_nothing("4.3/1"),
    }
}

fn every_row_before_welcome(stage: &mut Stage<'_>) -> Outcome {
    let (room, name) = (stage.room("room"), stage.name("peer"));
    let hello = format!("HELLO 1 {name}");
    let welcome = format!("WELCOME {name} <rest>");
    let welcome = [welcome.as_str()];
    let requests = requests(&room, &name);
    let mut rows = vec![
        (hello.as_str(), Lines(&welcome)),
        ("HELLO 1 root", Lines(&["ERR bad-name <rest>"])),
        ("HELLO", Lines(&["ERR bad-arguments <rest>"])),
        ("HELLO 1", Lines(&["ERR bad-arguments <rest>"])),
        ("HELLO 2", Lines(&["ERR bad-version <rest>"])),
        ("AUTH PLAIN", Lines(&["ERR not-allowed <rest>"])),
        ("AUTH", Lines(&["ERR bad-arguments <rest>"])),
        ("PING x", Lines(&["PONG x"])),
        ("PONG", Nothing),
        ("BYE", End(&["BYE bye :<text>"])),
        ("SING", Lines(&["ERR unknown-verb <rest>"])),
        ("", Nothing),
        ("PING  x", Lines(&["ERR bad-frame <rest>"])),
        ("PING {01}", End(&["BYE bad-frame :<text>"])),
    ];
    rows.extend(requests.iter().map(|request| (request.as_str(), Lines(&["ERR not-welcome <rest>"]))));
    rows.extend(SERVERS_VERBS.map(|verb| (verb, Lines(&["ERR unknown-verb <rest>"]))));
    for (sent, comes) in rows {
        let mut peer = stage.connect("peer")?;
        peer.send("PING");
        peer.expect("4.3/1", "PONG")?;
        peer.send(sent);
        play(&mut peer, comes, "")?;
        peer.send("BYE");
    }
    let mut peer = stage.connect("peer")?;
    peer.send("PING");
    peer.expect("4.3/1", "PONG")?;
    peer.end_input();
    play(&mut peer, End(&["BYE bye :<text>"]), "")
}

fn every_row_after_welcome(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    let name = peer.name.clone();
    let hello = format!("HELLO 1 {name}");
    let rows = [
        (hello.as_str(), "ERR bad-arguments <rest>"),
        ("HELLO 1 -", "ERR bad-name <rest>"),
        ("HELLO", "ERR bad-arguments <rest>"),
        ("HELLO 2", "ERR bad-version <rest>"),
        ("AUTH PLAIN", "ERR not-allowed <rest>"),
        ("AUTH", "ERR bad-arguments <rest>"),
        ("PING x", "PONG x"),
        ("SING", "ERR unknown-verb <rest>"),
        ("PING  x", "ERR bad-frame <rest>"),
    ];
    for (sent, line) in rows.into_iter().chain(SERVERS_VERBS.map(|verb| (verb, "ERR unknown-verb <rest>"))) {
        peer.send(sent);
        play(&mut peer, Lines(&[line]), "")?;
    }
    for sent in ["PONG", ""] {
        peer.send(sent);
        play(&mut peer, Nothing, "")?;
    }
    for request in requests(&room, &name) {
        let answer = ask(&mut peer, "4.3/1", &request)?;
        // A server need not search histories.
        let is_search = |line: &str| request.starts_with("SEARCH ") && line.starts_with("ERR not-allowed ");
        let is_ok = answer.last().is_some_and(|line| verb(line) == "OK" || is_search(line));
        stage.hold("4.3/1", is_ok, format!("OK to {request}"), answer.join(", "))?;
    }
    // Nobody has this name, and there is no such room.
    for request in requests(&stage.room("nowhere"), &stage.name("nobody")).iter().skip(1) {
        let answer = ask(&mut peer, "4.3/1", request)?;
        let is_either = answer.last().is_some_and(|line| verb(line) == "ERR" || request == "ROOMS");
        stage.hold("4.3/1", is_either, format!("ERR to {request}"), answer.join(", "))?;
    }
    for (sent, line) in [("BYE", "BYE bye :<text>"), ("PING {01}", "BYE bad-frame :<text>")] {
        let mut peer = stage.framed("ends")?;
        peer.send(sent);
        play(&mut peer, End(&[line]), "")?;
    }
    let mut peer = stage.framed("ends-its-input")?;
    peer.end_input();
    play(&mut peer, End(&["BYE bye :<text>"]), "")
}

fn every_row_after_a_bye(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let hello = format!("HELLO 1 {}", stage.name("late"));
    let tell = requests(&room, &witness.name);
    let mut rows: Vec<&str> = tell.iter().map(String::as_str).collect();
    rows.extend([&hello, "HELLO", "HELLO 1", "AUTH PLAIN", "AUTH", "PING", "PONG", "BYE", "SING", "", "PING  x"]);
    rows.extend(["PING {01}", "PING {3}\nabc", "\u{1}"]);
    rows.extend(SERVERS_VERBS);
    for (index, row) in rows.into_iter().enumerate() {
        for (end, code) in [("BYE", "bye"), ("PING {x", "bad-frame")] {
            let mut peer = stage.framed(&format!("peer-{index}-{code}"))?;
            peer.send(&format!("JOIN {room}\n{end}\n{row}\nSAY {room} :too late"));
            peer.end_input();
            let lines = peer.lines_to_the_end("4.3/1")?;
            let last = format!("BYE {code} ");
            let is_last = lines.last().is_some_and(|line| line.starts_with(&last));
            stage.hold("4.3/1", is_last, format!("{last}as the last"), lines.join(", "))?;
            let answers = lines.iter().filter(|line| !line.starts_with("JOINED ")).count();
            stage.hold("4.3/1", answers == 2, "the OK of JOIN and the BYE alone", lines.join(", "))?;
            witness.expect("4.3/1", &format!("JOINED {room} {}", peer.name))?;
            witness.expect("4.3/1", &format!("LEFT {room} {}", peer.name))?;
        }
    }
    witness.expect_nothing("4.3/1")
}

fn who_has_no_welcome_in_time_is_cut(stage: &mut Stage<'_>) -> Outcome {
    let within = stage.terms.without_welcome() + stage.terms.patience;
    let mut silent = stage.connect("silent")?;
    let mut framed = stage.connect("framed")?;
    framed.send("PING");
    framed.expect("4.3/1", "PONG")?;
    let mut welcome = stage.framed("welcome")?;
    for peer in [&mut silent, &mut framed] {
        peer.expect_within("4.3/1", "BYE timeout <rest>", within)?;
        peer.expect_end("4.3/1")?;
    }
    // To who was welcome in time this does not apply.
    welcome.expect_nothing("4.3/1")
}

fn one_interval_of_silence_brings_a_ping(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.framed("peer")?;
    peer.show_pings();
    let within = interval(stage.terms.announced.ping) + stage.terms.patience;
    let line = peer.expect_within("4.3/1", "<all>", within).map(|(found, _)| found.line)?;
    stage.hold("4.3/1", line == "PING" || line.starts_with("PING "), "PING", line)
}
