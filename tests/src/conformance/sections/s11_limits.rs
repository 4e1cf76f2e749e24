//! 11 Limits.

use std::time::{Duration, Instant};

use super::covered::Covered;
use super::{crowd, filling};
use crate::conformance::{Outcome, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "11",
    checks: &[
        check!(lengths_are_accepted_up_to_their_limit: "11/1").peers(2),
        check!(a_count_has_six_digits: "11/1").peers(1),
        check!(the_announced_text_is_accepted_and_no_longer_one: "11/2").peers(2),
        check!(as_many_requests_as_announced_are_not_refused: "11/2").peers(1),
        check!(one_connection_has_only_so_many_rooms: "11/3").peers(1),
        check!(connections_from_loopback_are_not_counted_by_address: "11/5").peers(crowd::MOST).alone(),
        check!(the_room_that_uses_most_gives_way: "11/6")
            .peers(2)
            .alone()
            .waits(|terms| filling::time(terms, memory(terms))),
        check!(a_stranger_has_the_time_that_is_said: "11/7").peers(1).waits(Terms::without_welcome),
    ],
    unseen: &[
        unseen!("an operator may have chosen other numbers, which are then right" => "11/4"),
        unseen!("what a server holds does not show" => "11/8"),
        unseen!("it takes connections from many IPv6 addresses" => "11/9"),
    ],
};

fn lengths_are_accepted_up_to_their_limit(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    let own = peer.name.clone();
    let of = |letter: &str, count: usize| letter.repeat(count);
    let attributes = |count: usize| (0..count).map(|key| format!(" k{key}=v")).collect::<String>();
    for (is, fits, exceeds, answer, fault) in [
        ("a verb", of("X", 16), of("X", 17), "ERR unknown-verb <rest>", "bad-frame"),
        ("attributes", format!("PING{}", attributes(16)), format!("PING{}", attributes(17)), "PONG", "bad-arguments"),
        ("a key", format!("PING {}=v", of("k", 16)), format!("PING {}=v", of("k", 17)), "PONG", "bad-arguments"),
        ("a value", format!("PING k={}", of("v", 255)), format!("PING k={}", of("v", 256)), "PONG", "bad-arguments"),
        (
            "a number",
            format!("HISTORY {room} 9007199254740991 9007199254740991"),
            format!("HISTORY {room} 1 9007199254740992"),
            "OK epoch=<epoch> count=0 next=9007199254740991",
            "bad-arguments",
        ),
        (
            "a name",
            format!("WHO {room} after={}", of("z", 32)),
            format!("WHO {room} after={}", of("z", 33)),
            "OK members=1",
            "bad-arguments",
        ),
        (
            "a name",
            format!("TELL {} :x", of("z", 32)),
            format!("TELL {} :x", of("z", 33)),
            "ERR no-such-name <rest>",
            "bad-name",
        ),
        (
            "a room",
            format!("LEAVE #{}", of("z", 64)),
            format!("LEAVE #{}", of("z", 65)),
            "ERR not-joined <rest>",
            "bad-room",
        ),
        (
            "an epoch",
            format!("HISTORY {room} 1 1 epoch={}", of("z", 16)),
            format!("HISTORY {room} 1 1 epoch={}", of("z", 17)),
            "ERR wrong-epoch <rest>",
            "bad-arguments",
        ),
        (
            "an id",
            format!("SAY #{} id={} :x", of("z", 64), of("i", 64)),
            format!("SAY #{} id={} :x", of("z", 64), of("i", 65)),
            "ERR not-joined <rest>",
            "bad-arguments",
        ),
        (
            "a token",
            format!("PING {}", of("t", 64)),
            format!("PING {}", of("t", 65)),
            &format!("PONG {}", of("t", 64)),
            "bad-arguments",
        ),
        (
            "a token",
            format!("HELLO 1 {own} token={}", of("t", 64)),
            format!("HELLO 1 {own} token={}", of("t", 65)),
            "ERR bad-arguments <rest>",
            "bad-arguments",
        ),
        (
            "a mechanism",
            format!("AUTH {}", of("M", 20)),
            format!("AUTH {}", of("M", 21)),
            "ERR <other>",
            "bad-arguments",
        ),
        (
            "a reason",
            format!("LEAVE #{} :{}", of("z", 64), of("r", 256)),
            format!("LEAVE #{} :{}", of("z", 64), of("r", 257)),
            "ERR not-joined <rest>",
            "bad-arguments",
        ),
    ] {
        peer.send(&fits);
        let found = peer.expect("11/1", answer)?;
        let is_refused = found.line.starts_with("ERR bad-") && !fits.starts_with("HELLO ");
        stage.hold("11/1", !is_refused, format!("{is} of the greatest length to be accepted"), found.line)?;
        peer.send(&exceeds);
        peer.expect("11/1", &format!("ERR {fault} <rest>"))?;
    }
    peer.send(&format!("BYE :{}", of("r", 257)));
    peer.expect("11/1", "ERR bad-arguments <rest>")?;
    peer.send(&format!("BYE :{}", of("r", 256)));
    peer.expect("11/1", "BYE bye <rest>")?;
    // The longest name and the longest room of all.
    let mut longest = stage.framed(&of("n", 32 - own.len() + peer.label.len()))?;
    let suffix = room.trim_start_matches("#room");
    let room = format!("#{}{suffix}", of("r", 64 - suffix.len()));
    longest.send(&format!("JOIN {room}"));
    longest.expect("11/1", "OK epoch=<epoch> next=1 newest=0 members=1")?;
    longest.expect("11/1", &format!("JOINED {room} {}", longest.name)).map(drop)
}

fn a_count_has_six_digits(stage: &mut Stage<'_>) -> Outcome {
    for (label, head, code) in [("six", "PING {999999}\n", "text-too-long"), ("seven", "PING {1000000", "bad-frame")] {
        let mut peer = stage.framed(label)?;
        peer.send_octets(head.as_bytes());
        peer.expect("11/1", &format!("BYE {code} <rest>"))?;
        peer.expect_end("9.1/2")?;
    }
    Ok(())
}

fn the_announced_text_is_accepted_and_no_longer_one(stage: &mut Stage<'_>) -> Outcome {
    let most = usize::try_from(stage.terms.announced.text).unwrap_or(usize::MAX);
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    peer.send(&format!("SAY {room} {{{most}}}\n{}", "x".repeat(most)));
    let msg = format!("MSG {room} 1 <at> {} <text>", peer.name);
    let [_, msg] = peer.expect_unordered("11/2", ["OK seq=1", &msg])?;
    let length = msg.get("text").len();
    stage.hold("11/2", length >= most, format!("a text of {most} octets"), length)?;
    peer.send_octets(format!("SAY {room} {{{}}}\n", most + 1).as_bytes());
    peer.expect("11/2", "BYE text-too-long <rest>")?;
    peer.expect_end("9.1/2")
}

fn as_many_requests_as_announced_are_not_refused(stage: &mut Stage<'_>) -> Outcome {
    /// More are sent one after another only.
    const GREATEST: u64 = 100;
    let requests = stage.terms.announced.rate.map_or(2 * GREATEST, |rate| (2 * rate).min(2 * GREATEST));
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    peer.send_octets(format!("WHO {room}\n").repeat(usize::try_from(requests).unwrap_or_default()).as_bytes());
    for _ in 0..requests {
        peer.expect("11/2", "ERR no-such-room <rest>")?;
    }
    Ok(())
}

fn one_connection_has_only_so_many_rooms(stage: &mut Stage<'_>) -> Outcome {
    /// What a bucket of the default rate lets through at once.
    const GREATEST: u64 = 90;
    let limit = stage.need(stage.terms.profile.rooms_of_connection, "--rooms-of-connection")?;
    if limit > GREATEST {
        return stage.skip(&format!("a connection can be in more than {GREATEST} rooms"));
    }
    let mut peer = stage.framed("peer")?;
    for number in 0..limit {
        let room = stage.room(&format!("{number}"));
        stage.join(&mut peer, &room)?;
    }
    let room = stage.room("further");
    peer.send_paced(&format!("JOIN {room}"));
    peer.expect("11/3", "ERR too-many-rooms <rest>")?;
    // One is left, and one can be joined.
    peer.send_paced(&format!("LEAVE {}", stage.room("0")));
    peer.expect("4.6/1", "OK")?;
    stage.join(&mut peer, &room).map(drop)
}

fn connections_from_loopback_are_not_counted_by_address(stage: &mut Stage<'_>) -> Outcome {
    if !stage.terms.address.ip().is_loopback() {
        return stage.skip("the server is not reached by the loopback address");
    }
    let limit = stage.need(stage.terms.profile.connections_of_address, "--connections-of-address")?;
    let more = usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1);
    let all = stage.terms.profile.connections.unwrap_or(u64::MAX);
    if more > crowd::MOST || more as u64 > all {
        return stage.skip("so many connections cannot be opened");
    }
    let mut peers = Vec::new();
    for number in 0..more {
        let mut peer = stage.connect(&format!("{number}"))?;
        peer.send("PING place");
        let line = peer.line("11/5", "PONG place")?;
        stage.hold("11/5", line == "PONG place", format!("a place for connection {}", number + 1), line)?;
        peers.push(peer);
    }
    Ok(())
}

/// Octets that exceed the memory of all logs; none if it is unknown.
fn memory(terms: &Terms) -> u64 {
    terms.profile.log_memory.map_or(0, |memory| memory + memory / 2)
}

fn the_room_that_uses_most_gives_way(stage: &mut Stage<'_>) -> Outcome {
    const SMALL: u64 = 5;
    if stage.terms.profile.durable {
        return stage.skip("the rooms keep a durable history, and what memory dropped is read from there");
    }
    let (log, memory_of_all) = (
        stage.need(stage.terms.profile.room_log, "--room-log")?,
        stage.need(stage.terms.profile.log_memory, "--log-memory")?,
    );
    let rooms = memory(stage.terms).div_ceil(log);
    if rooms >= stage.terms.profile.rooms_of_connection.unwrap_or(64) {
        return stage.skip("it takes more rooms than a connection can be in");
    }
    let mut peer = stage.framed("peer")?;
    let small = stage.room("small");
    stage.join(&mut peer, &small)?;
    for seq in 1..=SMALL {
        peer.send_paced(&format!("SAY {small} :kept"));
        let msg = format!("MSG {small} {seq} <rest>");
        peer.expect_unordered("4.7/1", [&format!("OK seq={seq}"), &msg])?;
    }
    let mut large = Vec::new();
    for number in 0..rooms {
        let room = stage.room(&format!("large{number}"));
        stage.join(&mut peer, &room)?;
        let mut said = Covered::from(&room, 1);
        filling::say(stage, &mut peer, &mut said, log)?;
        large.push(said);
    }
    let mut kept = 0;
    for said in &large {
        let newest = said.due - 1;
        let oldest = filling::oldest(stage, &mut peer, said.room(), newest)?;
        kept += (newest + 1 - oldest) * filling::TEXT;
    }
    stage.hold("11/6", kept <= memory_of_all, format!("at most {memory_of_all} octets kept"), kept)?;
    peer.send_paced(&format!("HISTORY {small} 1 {SMALL}"));
    let (_, ok) = peer.until("4.11/4", "OK epoch=<epoch> count=<count> next=<next>")?;
    stage.same("11/6", &SMALL, &ok.number("count")?)
}

fn a_stranger_has_the_time_that_is_said(stage: &mut Stage<'_>) -> Outcome {
    let begin = Instant::now();
    let mut peer = stage.connect("peer")?;
    peer.send("PING still");
    peer.expect("4.13/1", "PONG still")?;
    let time = stage.terms.without_welcome();
    peer.expect_within("11/7", "BYE timeout <rest>", time + stage.terms.patience)?;
    // It began when the connection was opened, which is after this was.
    let early = Duration::from_millis(100);
    stage.hold(
        "11/7",
        begin.elapsed() + early >= time,
        format!("no end before {time:?}"),
        format!("{:?}", begin.elapsed()),
    )
}
