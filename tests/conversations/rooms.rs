//! Who is in a room, and who is told so.

use std::time::{Duration, Instant};

use fanfare_server::options::Switch;
use fanfare_tests::{Client, TestServer};

with_workers!(
    all_see_joins_and_leaves_in_the_order_of_the_messages,
    everybody_sees_one_order_of_events,
    ones_own_joined_comes_between_replay_and_live,
    the_reason_of_a_leave_is_shown_to_the_others,
    the_reason_of_a_goodbye_is_shown_in_every_room,
    a_lost_connection_leaves_every_room,
    nothing_of_a_room_comes_after_its_leave,
    nobody_outside_hears_anything_of_a_room,
    a_reason_may_be_long_but_not_too_long,
    a_person_is_in_several_rooms_at_once,
    joining_twice_and_leaving_twice_are_refused,
    only_join_makes_a_room,
    there_is_a_bound_of_rooms_for_a_connection,
    there_is_a_bound_of_rooms_for_the_server,
    who_lists_members_in_order_and_in_pages,
    who_lists_many_members_in_several_lines,
    who_counts_people_of_both_modes,
    rooms_are_listed_in_order_with_their_numbers,
    rooms_are_listed_in_pages,
    a_forgotten_room_begins_again_in_a_new_epoch,
    an_empty_room_keeps_its_numbers,
    past_its_limit_a_room_counts_its_members,
    below_three_quarters_a_room_names_its_members_again,
    at_its_limit_a_room_still_names_its_members,
    with_a_limit_of_zero_nobody_is_named,
    plain_people_hear_how_many_members_a_crowded_room_has,
);

/// What a client receives up to its own `PONG`, which is asked for when all has happened.
fn all_so_far(client: &mut Client) -> Vec<String> {
    client.send("PING so-far");
    let mut lines = client.lines_until("PONG so-far");
    lines.pop();
    lines
}

//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST send `JOINED` to all members of a room when a person becomes a member, unless 4.6 or 5.6 says
//# otherwise.
//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST send `LEFT` to the other members of a room when a membership ends, unless 4.6 or 5.6 says otherwise.
fn all_see_joins_and_leaves_in_the_order_of_the_messages(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.member("alice", "#tea");
    let mut bob = server.member("bob", "#tea");
    bob.send("SAY #tea :one");
    bob.lines_until("MSG #tea 1 <at> bob :one");
    let mut carol = server.member("carol", "#tea");
    carol.send("SAY #tea :two\nLEAVE #tea\nJOIN #tea\nSAY #tea :three\nBYE");
    for listener in [&mut alice, &mut bob] {
        let lines = listener.lines_until("MSG #tea 3 <at> carol :three");
        let events: Vec<_> = lines.iter().filter(|line| !line.starts_with("OK ")).map(|line| shape(line)).collect();
        let carols = ["JOINED carol", "MSG carol", "LEFT carol", "JOINED carol", "MSG carol"];
        assert!(events.ends_with(&carols.map(str::to_owned)), "{events:?}");
        listener.expect("LEFT #tea carol");
    }
    let lines = all_so_far(&mut alice);
    assert!(lines.is_empty(), "{lines:?}");
}

/// The verb and the name of an event.
fn shape(line: &str) -> String {
    let fields: Vec<_> = line.split(' ').collect();
    let name = if fields[0] == "MSG" { fields[4] } else { fields[2] };
    format!("{} {name}", fields[0])
}

//= protocol/SPEC.md#5-1-rules-for-all-events
//= type=test
//# A server MUST send the same octets of a `MSG`, `NOTE`, `JOINED` or `LEFT` to every member of the room in framed
//# mode.
//= protocol/SPEC.md#5-1-rules-for-all-events
//= type=test
//# A server MUST send the `MSG`, `NOTE`, `JOINED` and `LEFT` of a room to all its members in the same order.
fn everybody_sees_one_order_of_events(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = None);
    let mut listeners: Vec<_> = (0..4).map(|n| server.member(&format!("listener{n}"), "#tea")).collect();
    for (n, listener) in listeners.iter_mut().enumerate() {
        for later in n + 1..4 {
            listener.expect(&format!("JOINED #tea listener{later}"));
        }
    }
    let mut people: Vec<_> = (0..4).map(|n| server.framed(&format!("p{n}"))).collect();
    for person in &mut people {
        person.send(&"JOIN #tea\nSAY #tea :x\nLEAVE #tea\n".repeat(25));
    }
    // In a room of its own everybody would be heard 25 times: joining, saying, leaving.
    let heard: Vec<Vec<_>> =
        listeners.iter_mut().map(|listener| (0..4 * 75).filter_map(|_| listener.line()).collect()).collect();
    assert!(heard.iter().all(|lines| *lines == heard[0]));
    let numbers = heard[0].iter().filter(|line| line.starts_with("MSG ")).map(|line| line.split(' ').nth(2));
    let expected: Vec<_> = (1..=100).map(|number: u32| number.to_string()).collect();
    assert!(numbers.eq(expected.iter().map(|number| Some(number.as_str()))));
}

//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST send the joining person's own `JOINED` after the replay and before the first live message.
fn ones_own_joined_comes_between_replay_and_live(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = None);
    let mut alice = server.member("alice", "#tea");
    // While she goes on talking, others come with a replay.
    alice.send(&"SAY #tea :x\n".repeat(300));
    for n in 0..10 {
        let mut bob = server.framed(&format!("bob{n}"));
        bob.send("JOIN #tea last=1000");
        let joined = bob.expect("OK epoch=<epoch> next=1 newest=<newest> members=<members>");
        let replay = bob.lines_until(&format!("JOINED #tea bob{n}"));
        assert!(replay.iter().take(replay.len() - 1).all(|line| line.starts_with("MSG ")), "{replay:?}");
        assert_eq!(replay.len() as u64 - 1, joined.number("newest"));
        bob.send("BYE");
        bob.lines_until("BYE bye :<text>");
    }
    alice.lines_until("LEFT #tea bob9");
}

//= protocol/SPEC.md#4-6-leave
//= type=test
//# A server MUST put the text of `LEAVE` into the `LEFT` for the others.
//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST send a `LEFT` without text when the `LEAVE` or `BYE` had none, and when there was neither.
//= protocol/SPEC.md#2-4-text
//= type=test
//# A server MUST encode again what it relays, and not pass on the received octets of a frame.
fn the_reason_of_a_leave_is_shown_to_the_others(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.member("alice", "#tea");
    let mut bob = server.member("bob", "#tea");
    alice.expect("JOINED #tea bob");
    for (leave, left) in [
        ("LEAVE #tea :Supper time", "LEFT #tea bob :Supper time"),
        ("LEAVE #tea", "LEFT #tea bob"),
        ("LEAVE #tea {4}\nSoup", "LEFT #tea bob :Soup"),
        ("LEAVE #tea x=y :Soup", "LEFT #tea bob :Soup"),
    ] {
        bob.send(leave);
        bob.expect("OK");
        alice.expect(left);
        bob.send("JOIN #tea");
        bob.expect_all(&["OK <rest>", "JOINED #tea bob"]);
        alice.expect("JOINED #tea bob");
    }
    bob.send("LEAVE #tea {3}\na\nb");
    bob.expect("OK");
    alice.expect("LEFT #tea bob {3}");
    assert_eq!(alice.counted(3), "a\nb");
}

//= protocol/SPEC.md#4-14-bye-of-a-client
//= type=test
//# A server MUST put the text of `BYE` into the `LEFT` for the other members of each room of the person.
fn the_reason_of_a_goodbye_is_shown_in_every_room(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.member("alice", "#tea");
    let mut carol = server.member("carol", "#coffee");
    let mut bob = server.member("bob", "#tea");
    bob.send("JOIN #coffee\nBYE :Good night");
    bob.lines_until("BYE bye :<text>");
    alice.expect_all(&["JOINED #tea bob", "LEFT #tea bob :Good night"]);
    carol.expect_all(&["JOINED #coffee bob", "LEFT #coffee bob :Good night"]);
}

//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST send `LEFT` to the other members of a room when a membership ends, unless 4.6 or 5.6 says otherwise.
//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST send a `LEFT` without text when the `LEAVE` or `BYE` had none, and when there was neither.
fn a_lost_connection_leaves_every_room(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.member("alice", "#tea");
    let mut carol = server.member("carol", "#coffee");
    let mut bob = server.member("bob", "#tea");
    bob.send("JOIN #coffee");
    bob.expect_all(&["OK <rest>", "JOINED #coffee bob"]);
    bob.reset();
    alice.expect_all(&["JOINED #tea bob", "LEFT #tea bob"]);
    carol.expect_all(&["JOINED #coffee bob", "LEFT #coffee bob"]);
}

//= protocol/SPEC.md#4-6-leave
//= type=test
//# A server MUST NOT send an event of the room after the `OK` of `LEAVE`, until the client joins again.
//= protocol/SPEC.md#4-6-leave
//= type=test
//# A server MUST NOT send the `LEFT` of a `LEAVE` to the person who leaves.
//= protocol/SPEC.md#4-6-leave
//= type=test
//# A server MAY leave out those events of a membership that it has not sent when it sends the `OK` of its `LEAVE`, one's
//# own `JOINED` and messages included.
fn nothing_of_a_room_comes_after_its_leave(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = None);
    let mut alice = server.member("alice", "#tea");
    let mut bob = server.framed("bob");
    alice.send(&"SAY #tea :x\n".repeat(2_000));
    for _ in 0..20 {
        bob.send("JOIN #tea\nLEAVE #tea\nPING left");
        let lines = bob.lines_until("PONG left");
        let left = lines.iter().position(|line| line == "OK").expect("the LEAVE is answered");
        assert!(lines[left..lines.len() - 1].iter().all(|line| line == "OK"), "{lines:?}");
        assert!(!lines.iter().any(|line| line == "LEFT #tea bob"), "{lines:?}");
    }
    alice.lines_until("OK seq=2000");
}

//= protocol/SPEC.md#5-1-rules-for-all-events
//= type=test
//# A server MUST NOT send the `MSG`, `NOTE`, `GAP`, `JOINED`, `LEFT` or `MEMBERS` of a room to a person who is not a
//# member.
fn nobody_outside_hears_anything_of_a_room(workers: usize) {
    let server = TestServer::with(workers, |options| options.presence_limit = 2);
    let mut outside = server.member("outside", "#coffee");
    let mut nameless = server.connect();
    nameless.send("PING");
    nameless.expect("PONG");
    // One who was there, and has left.
    outside.send("JOIN #tea");
    outside.expect_all(&["OK <rest>", "JOINED #tea outside"]);
    outside.send("LEAVE #tea");
    outside.expect("OK");
    let mut alice = server.member("alice", "#tea");
    let mut bob = server.member("bob", "#tea");
    alice.expect("JOINED #tea bob");
    bob.send("SAY #tea :hello\nLEAVE #tea :Supper\nJOIN #tea");
    bob.lines_until("JOINED #tea bob");
    alice.lines_until("JOINED #tea bob");
    let _crowd = crowd(&server, 0..2);
    assert_eq!(counted_until(&mut alice, 4), (2, 0));
    outside.expect_nothing();
    nameless.expect_nothing();
}

fn a_reason_may_be_long_but_not_too_long(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.member("alice", "#tea");
    let mut bob = server.member("bob", "#tea");
    let reason = "\u{e9}".repeat(128);
    bob.send(&format!("LEAVE #tea :{reason}x\nLEAVE #tea {{257}}\n{reason}x\nBYE :{reason}x\nLEAVE #tea :{reason}"));
    bob.expect_all(&["ERR bad-arguments :<text>", "ERR bad-arguments :<text>", "ERR bad-arguments :<text>", "OK"]);
    alice.expect_all(&["JOINED #tea bob", &format!("LEFT #tea bob :{reason}")]);
}

fn a_person_is_in_several_rooms_at_once(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    let mut bob = server.member("bob", "#c");
    for room in ["#a", "#b", "#c"] {
        alice.send(&format!("JOIN {room}"));
        alice.expect_all(&["OK <rest>", &format!("JOINED {room} alice")]);
    }
    bob.expect("JOINED #c alice");
    // Each room has its own numbers.
    for room in ["#a", "#b", "#c"] {
        alice.send(&format!("SAY {room} :in {room}\nPING x"));
        let mut lines = alice.lines_until("PONG x");
        while lines.len() < 3 {
            lines.extend([alice.line().expect("the connection goes on")]);
        }
        assert!(lines.contains(&"OK seq=1".to_owned()), "{lines:?}");
        assert!(lines.iter().any(|line| line.ends_with(&format!(" alice :in {room}"))), "{lines:?}");
    }
    bob.expect("MSG #c 1 <at> alice :in #c");
    alice.send("LEAVE #a\nSAY #a :x\nWHO #b");
    alice.expect_all(&["OK", "ERR not-joined :<text>", "NAMES #b alice", "OK members=1"]);
}

fn joining_twice_and_leaving_twice_are_refused(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.member("alice", "#tea");
    let mut bob = server.framed("bob");
    alice.send("JOIN #tea\nJOIN #tea after=x:0\nLEAVE #tea\nLEAVE #tea\nLEAVE #nowhere\nHISTORY #tea 1 1\nSAY #tea :x");
    alice.expect_all(&["ERR already-joined :<text>", "ERR already-joined :<text>", "OK"]);
    for _ in 0..4 {
        alice.expect("ERR not-joined :<text>");
    }
    bob.send("WHO #tea");
    bob.expect("OK members=0");
}

//= protocol/SPEC.md#4-5-join
//= type=test
//# A server MUST NOT make a room for any request other than `JOIN` and its counterparts in plain mode.
//= protocol/SPEC.md#2-7-faults-in-what-a-server-receives
//= type=test
//# A server MUST NOT execute any part of a frame that it answers with `ERR`.
fn only_join_makes_a_room(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    alice.send("WHO #a\nSAY #a :x\nLEAVE #a\nHISTORY #a 1 1\nROOMS after=#a\nJOIN #A\nJOIN #a last=x\nROOMS");
    alice.expect_all(&[
        "ERR no-such-room :<text>",
        "ERR not-joined :<text>",
        "ERR not-joined :<text>",
        "ERR not-joined :<text>",
        "OK count=0",
        "ERR bad-room :<text>",
        "ERR bad-arguments :<text>",
        "OK count=0",
    ]);
}

fn there_is_a_bound_of_rooms_for_a_connection(workers: usize) {
    let server = TestServer::with(workers, |options| options.max_rooms_per_connection = 2);
    let mut alice = server.member("alice", "#a");
    alice.send("JOIN #b");
    alice.expect_all(&["OK <rest>", "JOINED #b alice"]);
    alice.send("JOIN #c\nJOIN #a\nLEAVE #a\nJOIN #c");
    alice.expect_all(&[
        "ERR too-many-rooms :<text>",
        "ERR already-joined :<text>",
        "OK",
        "OK <rest>",
        "JOINED #c alice",
    ]);
    let mut bob = server.member("bob", "#a");
    bob.send("ROOMS");
    bob.expect_all(&["ROOM #a <rest>", "ROOM #b <rest>", "ROOM #c <rest>", "OK count=3"]);
}

fn there_is_a_bound_of_rooms_for_the_server(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.max_rooms = 2;
        options.room_idle = Duration::ZERO;
    });
    let mut alice = server.member("alice", "#a");
    let mut bob = server.member("bob", "#b");
    alice.send("JOIN #c");
    alice.expect("ERR too-many-rooms :<text>");
    alice.send("JOIN #b");
    alice.expect_all(&["OK <rest>", "JOINED #b alice"]);
    bob.expect("JOINED #b alice");
    alice.send("LEAVE #a");
    alice.expect("OK");
    // The room is forgotten in its time, and makes place for another.
    let begin = Instant::now();
    loop {
        bob.send("JOIN #c");
        let line = bob.line().expect("an answer");
        if line.starts_with("OK ") {
            break;
        }
        assert!(line.starts_with("ERR ") && begin.elapsed() < fanfare_tests::PATIENCE, "{line}");
        if line.starts_with("ERR rate-limited retry=") {
            bob.send("PING");
            bob.expect("PONG");
        }
    }
}

//= protocol/SPEC.md#4-9-who
//= type=test
//# A server MUST list the members in the octet order of their folded names.
//= protocol/SPEC.md#4-9-who
//= type=test
//# A server MUST list only names that follow the `after` name in that order, whether that name is a member or not.
//= protocol/SPEC.md#4-9-who
//= type=test
//# A server MUST give the number of all members of the room as `members`.
fn who_lists_members_in_order_and_in_pages(workers: usize) {
    let server = TestServer::start(workers);
    let names = ["zoe", "Bob", "alice", "a-b", "a_b", "A1", "1up"];
    let mut people: Vec<_> = names.iter().map(|name| server.member(name, "#tea")).collect();
    let mut carol = server.framed("carol");
    carol.send("WHO #tea");
    carol.expect_all(&["NAMES #tea 1up a-b A1 a_b alice Bob zoe", "OK members=7"]);
    for (after, names) in [("A-B", "A1 a_b alice Bob zoe"), ("c", "zoe"), ("0", "1up a-b A1 a_b alice Bob zoe")] {
        carol.send(&format!("WHO #tea after={after}"));
        carol.expect_all(&[&format!("NAMES #tea {names}"), "OK members=7"]);
    }
    carol.send("WHO #tea after=zoe\nWHO #tea after=-\nWHO #tea AFTER=a");
    carol.expect_all(&["OK members=7", "ERR bad-arguments :<text>", "ERR bad-arguments :<text>"]);
    people.remove(0).send("BYE");
    people[0].lines_until("LEFT #tea zoe");
    carol.send("WHO #tea after=bob");
    carol.expect("OK members=6");
}

//= protocol/SPEC.md#4-9-who
//= type=test
//# A server MUST put at least one name and at most 3,999 octets of names in each `NAMES` line, the SP between them
//# counted.
fn who_lists_many_members_in_several_lines(workers: usize) {
    let server = TestServer::with(workers, |options| options.presence_limit = 1);
    let mut names: Vec<_> = (0..130).map(|n| format!("{n:03}{}", "x".repeat(29))).collect();
    let _people: Vec<_> = names
        .iter()
        .map(|name| {
            let mut person = server.framed(name);
            person.send("JOIN #tea");
            person.expect("OK <rest>");
            person
        })
        .collect();
    let mut carol = server.framed("carol");
    carol.send("WHO #tea");
    let lines = carol.lines_until("OK members=130");
    assert!(lines.len() > 2, "130 of the longest names take two lines");
    let mut listed = Vec::new();
    for line in &lines[..lines.len() - 1] {
        let list = line.strip_prefix("NAMES #tea ").expect("a line of names");
        assert!(!list.is_empty() && list.len() <= 3_999 && line.len() <= 4_096);
        listed.extend(list.split(' ').map(str::to_owned));
    }
    assert_eq!(listed, names);
    carol.send(&format!("WHO #tea after={}", names[126]));
    carol.expect_all(&[&format!("NAMES #tea {}", names.split_off(127).join(" ")), "OK members=130"]);
}

fn who_counts_people_of_both_modes(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut bob = server.member("bob", "#lobby");
    alice.expect("bob joined the chat!");
    bob.send("WHO #lobby\nROOMS");
    bob.expect_all(&["NAMES #lobby alice bob", "OK members=2", "ROOM #lobby members=2 newest=0", "OK count=1"]);
}

//= protocol/SPEC.md#4-10-rooms
//= type=test
//# A server MUST list the rooms that exist, those without members included, in the octet order of their names.
//= protocol/SPEC.md#4-10-rooms
//= type=test
//# A server MUST list only rooms that follow the `after` room in that order, whether that room exists or not.
//= protocol/SPEC.md#2-5-attributes
//= type=test
//# A server MUST send the attributes of a frame in the order in which this document shows them.
fn rooms_are_listed_in_order_with_their_numbers(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.member("alice", "#tea");
    alice.send("SAY #tea :x");
    alice.lines_until("MSG #tea 1 <rest>");
    for room in ["#b.c", "#b-c", "#b", "#1", "#b_c"] {
        alice.send(&format!("JOIN {room}"));
        alice.expect_all(&["OK <rest>", &format!("JOINED {room} alice")]);
    }
    alice.send("LEAVE #b");
    alice.expect("OK");
    alice.send("ROOMS");
    alice.expect_all(&[
        "ROOM #1 members=1 newest=0",
        "ROOM #b members=0 newest=0",
        "ROOM #b-c members=1 newest=0",
        "ROOM #b.c members=1 newest=0",
        "ROOM #b_c members=1 newest=0",
        "ROOM #tea members=1 newest=1",
        "OK count=6",
    ]);
    alice.send("ROOMS after=#c\nROOMS after=#tea\nROOMS after=c");
    alice.expect_all(&["ROOM #tea members=1 newest=1", "OK count=1", "OK count=0", "ERR bad-arguments :<text>"]);
}

//= protocol/SPEC.md#4-10-rooms
//= type=test
//# A server MUST NOT list more than 1,000 rooms in an answer.
//= protocol/SPEC.md#4-10-rooms
//= type=test
//# A server MUST give the number of `ROOM` lines of the answer as `count`.
//= protocol/SPEC.md#4-10-rooms
//= type=test
//# A server MUST send `more=yes` if and only if rooms follow the last one listed.
fn rooms_are_listed_in_pages(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.max_rooms_per_connection = 2_000;
    });
    let mut alice = server.framed("alice");
    for n in 0..1_003 {
        alice.send(&format!("JOIN #r{n:04}"));
    }
    let mut joined = 0;
    while joined < 1_003 {
        joined += usize::from(alice.line().expect("the connection goes on").starts_with("JOINED "));
    }
    alice.send("ROOMS");
    let lines = alice.lines_until("OK count=1000 more=yes");
    assert_eq!(lines.len(), 1_001);
    assert_eq!(lines[999], "ROOM #r0999 members=1 newest=0");
    alice.send("ROOMS after=#r0999\nROOMS after=#r0002");
    alice.expect_all(&["ROOM #r1000 <rest>", "ROOM #r1001 <rest>", "ROOM #r1002 <rest>", "OK count=3"]);
    assert_eq!(alice.lines_until("OK count=1000").len(), 1_001, "a full last page has no more");
}

//= protocol/SPEC.md#4-5-join
//= type=test
//# A server MUST make the room if it does not exist.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST start a new epoch for a room whose numbering it cannot continue.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST NOT use an epoch for a room that it used for another numbering of that room, before a restart
//# included.
//= protocol/SPEC.md#2-5-attributes
//= type=test
//# A server MUST send the attributes of a frame in the order in which this document shows them.
fn a_forgotten_room_begins_again_in_a_new_epoch(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.history = Switch::Off;
        options.room_idle = Duration::ZERO;
    });
    let mut alice = server.framed("alice");
    alice.send("JOIN #tea");
    let first = alice.expect("OK epoch=<epoch> next=1 newest=0 members=1");
    alice.expect("JOINED #tea alice");
    alice.send("SAY #tea :x");
    alice.lines_until("MSG #tea <rest>");
    let mut bob = server.member("bob", "#coffee");
    alice.send("BYE");
    alice.lines_until("BYE bye :<text>");
    let begin = Instant::now();
    loop {
        assert!(begin.elapsed() < fanfare_tests::PATIENCE, "the room is not forgotten");
        bob.send("WHO #tea");
        match bob.line().expect("an answer").split(' ').nth(1) {
            Some("no-such-room") => break,
            Some("members=0" | "rate-limited") => {}
            other => panic!("{other:?} came"),
        }
    }
    let mut alice = server.framed("alice");
    alice.send(&format!("JOIN #tea after={}:1", first.get("epoch")));
    let again = alice.expect("OK epoch=<epoch> next=1 newest=0 members=1 reset=yes");
    assert_ne!(again.get("epoch"), first.get("epoch"));
}

fn an_empty_room_keeps_its_numbers(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    alice.send("JOIN #tea");
    let epoch = alice.expect("OK epoch=<epoch> <rest>");
    alice.send("SAY #tea :x\nBYE");
    alice.lines_until("BYE bye :<text>");
    let mut bob = server.framed("bob");
    bob.send("WHO #tea\nJOIN #tea last=1");
    bob.expect("OK members=0");
    bob.expect(&format!("OK epoch={} next=1 newest=1 members=1", epoch.get("epoch")));
    bob.expect_all(&["MSG #tea 1 <at> alice :x", "JOINED #tea bob"]);
}

/// Reads `MEMBERS` of a room until one has a total; returns how many joined and left in all.
fn counted_until(client: &mut Client, total: u32) -> (u64, u64) {
    let (mut joined, mut left) = (0, 0);
    loop {
        let members = client.expect("MEMBERS #tea total=<total> joined=<joined> left=<left>");
        joined += members.number("joined");
        left += members.number("left");
        if members.number("total") == u64::from(total) {
            return (joined, left);
        }
    }
}

/// People who join a room that counts, and read nothing of it.
fn crowd(server: &TestServer, names: std::ops::Range<u32>) -> Vec<Client> {
    names
        .map(|n| {
            let mut person = server.framed(&format!("p{n}"));
            person.send("JOIN #tea");
            person.expect("OK <rest>");
            person
        })
        .collect()
}

//= protocol/SPEC.md#5-6-members
//= type=test
//# A server MUST send `MEMBERS` with `total`, `joined` and `left` to the members of a crowded room within 2 seconds of
//# a change of membership.
//= protocol/SPEC.md#11-limits
//= type=test
//# A server MUST keep the limits that it announces in `WELCOME`.
//= protocol/SPEC.md#2-5-attributes
//= type=test
//# A server MUST send the attributes of a frame in the order in which this document shows them.
fn past_its_limit_a_room_counts_its_members(workers: usize) {
    let server = TestServer::with(workers, |options| options.presence_limit = 3);
    let mut alice = server.member("alice", "#tea");
    let _two = crowd(&server, 0..2);
    alice.expect_all(&["JOINED #tea p0", "JOINED #tea p1"]);
    let mut more = crowd(&server, 2..8);
    assert_eq!(counted_until(&mut alice, 9), (6, 0));
    let begin = Instant::now();
    for person in more.drain(..2) {
        drop(person);
    }
    assert_eq!(counted_until(&mut alice, 7), (0, 2));
    // Two seconds, and time for a busy machine.
    assert!(begin.elapsed() < Duration::from_secs(10));
    // The people who were named are so no more when they go.
    drop(_two);
    assert_eq!(counted_until(&mut alice, 5), (0, 2));
    alice.expect_nothing();
}

//= protocol/SPEC.md#5-6-members
//= type=test
//# A server MUST NOT send `JOINED` or `LEFT` for a change of membership before or after which the room is crowded, a
//# person's own `LEFT` by 5.5 excepted.
fn below_three_quarters_a_room_names_its_members_again(workers: usize) {
    let server = TestServer::with(workers, |options| options.presence_limit = 4);
    let mut alice = server.member("alice", "#tea");
    let mut people = crowd(&server, 0..4);
    alice.expect_all(&["JOINED #tea p0", "JOINED #tea p1", "JOINED #tea p2"]);
    assert_eq!(counted_until(&mut alice, 5), (1, 0));
    drop(people.split_off(2));
    // Three are three quarters: it counts still.
    assert_eq!(counted_until(&mut alice, 3), (0, 2));
    let mut third = crowd(&server, 9..10);
    assert_eq!(counted_until(&mut alice, 4), (1, 0));
    third[0].send("BYE :unheard");
    people[1].send("BYE :unheard");
    assert_eq!(counted_until(&mut alice, 2), (0, 2));
    let _bob = server.member("bob", "#tea");
    alice.expect("JOINED #tea bob");
    people[0].send("BYE :heard");
    alice.expect("LEFT #tea p0 :heard");
}

fn at_its_limit_a_room_still_names_its_members(workers: usize) {
    let server = TestServer::with(workers, |options| options.presence_limit = 2);
    let mut alice = server.member("alice", "#tea");
    for name in ["bob", "carol"] {
        let mut other = server.member(name, "#tea");
        alice.expect(&format!("JOINED #tea {name}"));
        other.send("LEAVE #tea");
        other.expect("OK");
        alice.expect(&format!("LEFT #tea {name}"));
    }
}

fn with_a_limit_of_zero_nobody_is_named(workers: usize) {
    let server = TestServer::with(workers, |options| options.presence_limit = 0);
    let mut alice = server.framed("alice");
    alice.send("JOIN #tea");
    alice.expect_all(&["OK <rest>", "MEMBERS #tea total=1 joined=1 left=0"]);
    let mut bob = server.framed("bob");
    bob.send("JOIN #tea last=5");
    bob.expect("OK <rest>");
    assert_eq!(counted_until(&mut alice, 2), (1, 0));
    assert_eq!(counted_until(&mut bob, 2), (1, 0));
}

//= protocol/SPEC.md#10-3-what-a-person-reads
//= type=test
//# A server MUST send to a person in plain mode the lines that the table above names for each event of the person's
//# room.
fn plain_people_hear_how_many_members_a_crowded_room_has(workers: usize) {
    let server = TestServer::with(workers, |options| options.presence_limit = 1);
    let mut alice = server.plain("alice");
    let mut bob = server.framed("bob");
    bob.send("JOIN #lobby");
    bob.expect("OK <rest>");
    alice.expect("* 2 members now (1 joined, 0 left)");
    bob.send("BYE");
    alice.expect("* 1 member now (0 joined, 1 left)");
}
