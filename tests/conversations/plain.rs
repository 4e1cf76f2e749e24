//! What a person types and reads with nothing but a raw connection.

use std::num::NonZeroU32;
use std::time::Duration;

use fanfare_server::options::Switch;
use fanfare_tests::{Captures, Client, TestServer, eventually};

with_workers!(
    a_person_who_comes_is_in_the_lobby,
    commands_are_taken_in_any_case_and_with_blanks,
    a_line_of_two_slashes_is_said,
    what_does_not_begin_with_a_slash_is_said_whole,
    empty_lines_are_ignored,
    join_moves_from_room_to_room,
    a_refused_join_leaves_one_where_one_is,
    who_lists_ones_room,
    who_lists_many_in_several_lines,
    rooms_lists_every_room,
    an_answer_that_is_cut_short_says_and_more,
    history_is_bounded_by_frames_and_not_by_lines,
    history_of_an_empty_room_says_so,
    history_shows_twenty_messages_unless_asked_for_others,
    history_tells_when_each_message_was_said,
    history_shows_each_line_of_a_text,
    history_that_is_cut_short_says_and_more,
    history_of_what_is_not_kept_any_more,
    help_is_information,
    quit_says_goodbye_and_its_text_is_seen_by_framed_people,
    the_end_of_input_is_a_goodbye,
    a_room_is_heard_after_someone_came_spoke_and_went_at_once,
    the_end_behind_an_answer_is_seen_at_once,
    faults_have_a_line_each_and_change_nothing,
    faults_are_not_said,
    the_sixteenth_fault_in_a_row_ends_the_connection,
    a_line_that_is_too_long_is_skipped,
    a_line_without_end_ends_the_connection,
    lines_of_the_greatest_length_are_said,
    a_text_of_several_lines_has_the_name_before_each,
    no_text_passes_for_another_kind_of_line,
    reasons_of_leaving_are_not_shown,
    a_plain_person_is_an_ordinary_member,
    ids_and_presence_of_framed_people_look_plain,
    whoever_is_in_no_room_is_told_so,
    no_rooms_are_an_answer_too,
    of_several_faults_of_a_line_the_first_of_the_order_is_answered,
    an_operator_s_words_cannot_pass_for_a_line_of_another_kind,
    lines_may_end_in_crlf,
    the_message_rate_holds_for_each_line,
    every_kind_of_line_but_quit_counts_for_the_message_rate,
    a_silent_person_is_not_sent_anything,
    a_slow_reader_is_told_how_many_messages_it_missed,
);

/// Two people in the lobby who know of each other.
fn alice_and_bob(server: &TestServer) -> (Client, Client) {
    let mut alice = server.plain("alice");
    let bob = server.plain("bob");
    alice.expect("bob joined the chat!");
    (alice, bob)
}

/// Nothing has come: the next line is the one that is asked for.
#[track_caller]
fn expect_nothing(client: &mut Client) {
    client.send("/dance");
    client.expect("! There is no such command.");
}

//= protocol/SPEC.md#10-1-the-name-line
//= type=test
//# A server MUST then make the person a member of `#lobby`, as `JOIN #lobby` does, without an answer of its own.
//= protocol/SPEC.md#10-3-what-a-person-reads
//= type=test
//# A server MUST NOT send an answer to a said line that was accepted, apart from the message itself.
//= protocol/SPEC.md#10-3-what-a-person-reads
//= type=test
//# A server MUST send the same octets of a message to every member of the room in plain mode.
fn a_person_who_comes_is_in_the_lobby(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    for listener in [&mut alice, &mut bob] {
        listener.send("/who");
        listener.expect("* 2 members in #lobby: alice bob");
    }
    bob.send("hello");
    for listener in [&mut alice, &mut bob] {
        listener.expect("bob: hello");
        expect_nothing(listener);
    }
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST take any other line that begins with `/` as a command of the table below.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST accept the word of a command in any case.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn commands_are_taken_in_any_case_and_with_blanks(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    alice.send("/WHO\n/who \t\n/Rooms\t\n/Msg\tbob \t hi\t there \n/HISTORY \t1 ");
    alice.expect_all(&[
        "* 2 members in #lobby: alice bob",
        "* 2 members in #lobby: alice bob",
        "* #lobby, 2 members",
        "* sent to bob",
        "* 0 messages kept",
    ]);
    bob.expect("[alice] hi\t there");
    alice.send("/JOIN \t #tea\t ");
    alice.expect_all(&["* You are in #tea, 1 member", "alice joined the chat!"]);
    alice.send("/QuiT");
    alice.expect("* Goodbye!");
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST take a line that begins with `//` as a `SAY` of the line without its first `/`.
fn a_line_of_two_slashes_is_said(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    for (typed, said) in [("//who", "/who"), ("//", "/"), ("///", "//"), ("//quit now", "/quit now")] {
        bob.send(typed);
        for listener in [&mut alice, &mut bob] {
            listener.expect(&format!("bob: {said}"));
        }
    }
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST take a line that does not begin with `/` as a `SAY` of the whole line, with no id, in the person's
//# room.
fn what_does_not_begin_with_a_slash_is_said_whole(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    for said in [
        " /who",
        "  two blanks  ",
        "\ttab\t",
        "SAY #lobby :x",
        "{5}",
        ":x",
        "BYE",
        "PING",
        "HELLO 1 x",
        "* x",
        "! x",
        "\u{e9}",
    ] {
        bob.send(said);
        assert_eq!(alice.line(), Some(format!("bob: {said}")));
    }
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST ignore an empty line in plain mode.
fn empty_lines_are_ignored(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("\n\r\n\nx\n\r\n");
    alice.expect("bob: x");
    bob.expect("bob: x");
    expect_nothing(&mut bob);
    expect_nothing(&mut alice);
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn join_moves_from_room_to_room(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let mut carol = server.member("carol", "#tea");
    bob.send("/join #tea");
    bob.expect_all(&["* You are in #tea, 2 members", "bob joined the chat!"]);
    alice.expect("bob has left the chat!");
    carol.expect("JOINED #tea bob");
    // Neither room hears of the other any more.
    alice.send("in the lobby");
    alice.expect("alice: in the lobby");
    carol.send("SAY #tea :in #tea");
    carol.expect_in_any_order(&["OK seq=1", "MSG #tea 1 <at> carol :in #tea"]);
    bob.expect("carol: in #tea");
    bob.send("/join #lobby");
    bob.expect_all(&["* You are in #lobby, 2 members", "bob joined the chat!"]);
    alice.expect("bob joined the chat!");
    carol.expect("LEFT #tea bob");
    bob.send("/who");
    bob.expect("* 2 members in #lobby: alice bob");
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST leave a person in the earlier room when the new one of `/join` is refused.
fn a_refused_join_leaves_one_where_one_is(workers: usize) {
    let server = TestServer::with(workers, |options| options.max_rooms = 2);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let _carol = server.member("carol", "#tea");
    for refused in ["/join #Tea", "/join", "/join tea", "/join #", "/join #a b", "/join #coffee", "/join #lobby"] {
        bob.send(refused);
        bob.expect("! <text>");
    }
    bob.send("here");
    bob.expect("bob: here");
    alice.expect("bob: here");
    bob.send("/join #tea");
    bob.expect_all(&["* You are in #tea, 2 members", "bob joined the chat!"]);
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn who_lists_ones_room(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("Zoe");
    let _bob = server.member("bob", "#tea");
    alice.send("/who");
    alice.expect("* 1 member in #lobby: Zoe");
    alice.send("/join #tea");
    alice.expect_all(&["* You are in #tea, 2 members", "Zoe joined the chat!"]);
    alice.send("/who\n/who #lobby");
    alice.expect_all(&["* 2 members in #tea: bob Zoe", "! <text>"]);
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST split the answer to `/who` into lines of at most 4,096 octets that all have the form of the table.
fn who_lists_many_in_several_lines(workers: usize) {
    let server = TestServer::with(workers, |options| options.presence_limit = 1);
    let names: Vec<_> = (0..130).map(|n| format!("{n:03}{}", "x".repeat(29))).collect();
    let _people: Vec<_> = names
        .iter()
        .map(|name| {
            let mut person = server.framed(name);
            person.send("JOIN #tea");
            person.expect("OK <rest>");
            person
        })
        .collect();
    let mut zoe = server.plain("zoe");
    zoe.send("/join #tea");
    zoe.expect("* You are in #tea, 131 members");
    zoe.send("/who");
    let mut listed = Vec::new();
    while listed.len() < 131 {
        let line = zoe.line().expect("names come");
        assert!(line.len() <= 4_096);
        if line.ends_with(" left)") {
            continue;
        }
        let list = line.strip_prefix("* 131 members in #tea: ").expect("a line of names");
        listed.extend(list.split(' ').map(str::to_owned));
    }
    assert_eq!(listed[..130], names);
    assert_eq!(listed[130], "zoe");
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn rooms_lists_every_room(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("/join #a");
    bob.expect_all(&["* You are in #a, 1 member", "bob joined the chat!"]);
    alice.expect("bob has left the chat!");
    alice.send("/rooms\n/rooms x");
    alice.expect_all(&["* #a, 1 member", "* #lobby, 1 member", "! <text>"]);
    bob.send("/join #lobby");
    bob.expect("* You are in #lobby, 2 members");
    alice.expect("bob joined the chat!");
    alice.send("/rooms");
    alice.expect_all(&["* #a, 0 members", "* #lobby, 2 members"]);
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS` and
//# `HISTORY`, from the oldest message on and by the octets that the `PAST` frames would have.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST send the line `* and more` after an answer that such a bound cut short.
fn an_answer_that_is_cut_short_says_and_more(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.max_rooms_per_connection = 1_000;
    });
    let mut alice = server.plain("alice");
    let mut bob = server.framed("bob");
    for n in 0..999 {
        bob.send(&format!("JOIN #r{n:03}"));
    }
    bob.lines_until("JOINED #r998 bob");
    alice.send("/rooms\n/who");
    let lines = alice.lines_until("* 1 member in #lobby: alice");
    assert_eq!(lines.len(), 1_001, "a thousand rooms are all");
    bob.send("JOIN #last");
    bob.expect("OK <rest>");
    alice.send("/rooms");
    let lines = alice.lines_until("* and more");
    assert_eq!(lines.len(), 1_001);
    assert_eq!((lines[0].as_str(), lines[999].as_str()), ("* #last, 1 member", "* #r997, 1 member"));
}

fn history_is_bounded_by_frames_and_not_by_lines(workers: usize) {
    let server = TestServer::start(workers);
    let mut bob = server.member("bob", "#lobby");
    // As lines, each is far longer than as a frame.
    let text = "\n".repeat(1_999);
    for seq in 1..=30 {
        bob.send(&format!("SAY #lobby {{{}}}\n{text}", text.len()));
        bob.expect_in_any_order(&[&format!("OK seq={seq}"), &format!("MSG #lobby {seq} <rest>")]);
    }
    let mut alice = server.plain("alice");
    alice.send("/history 30\n/who");
    let lines = alice.lines_until("* 2 members in #lobby: alice bob");
    assert!(lines.iter().map(String::len).sum::<usize>() > 1_048_576);
    assert_eq!(lines.len(), 30 * 2_000 + 1);
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer `/history` with the line `* 0 messages kept` when none of the messages asked for is kept.
fn history_of_an_empty_room_says_so(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    alice.send("/history\n/history 5\n/history 0\n/history 1001\n/history x\n/history 01\n/history 1 2");
    alice.expect_all(&[
        "* 0 messages kept",
        "* 0 messages kept",
        "! <text>",
        "! <text>",
        "! <text>",
        "! <text>",
        "! <text>",
    ]);
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn history_shows_twenty_messages_unless_asked_for_others(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = None);
    let mut alice = server.plain("alice");
    for n in 1..=30 {
        alice.send(&n.to_string());
        alice.expect(&format!("alice: {n}"));
    }
    for (command, first) in
        [("/history", 11), ("/history 20", 11), ("/history 1", 30), ("/history 30", 1), ("/history 1000", 1)]
    {
        alice.send(command);
        for n in first..=30 {
            alice.expect(&format!("* <date> <time> alice: {n}"));
        }
        expect_nothing(&mut alice);
    }
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn history_tells_when_each_message_was_said(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut bob = server.member("bob", "#lobby");
    alice.expect("bob joined the chat!");
    alice.send("hello");
    let at = bob.expect("MSG #lobby 1 <at> alice :hello").number("at") / 1_000;
    alice.send("/history");
    alice.expect("alice: hello");
    let shown = alice.expect("* <date> <time> alice: hello");
    let numbers = |word: &str, divider: char| -> Vec<u64> {
        shown.get(word).split(divider).map(|digits| digits.parse().expect("a number")).collect()
    };
    let (date, time) = (numbers("date", '-'), numbers("time", ':'));
    assert_eq!((shown.get("date").len(), shown.get("time").len(), date.len(), time.len()), (10, 8, 3, 3));
    assert_eq!(time[0] * 3_600 + time[1] * 60 + time[2], at % 86_400);
    assert_eq!(days_since_1970(date[0], date[1], date[2]), at / 86_400);
}

/// Counted day by day, as nobody would in earnest.
fn days_since_1970(year: u64, month: u64, day: u64) -> u64 {
    let is_leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let years: u64 = (1970..year).map(|year| 365 + u64::from(is_leap(year))).sum();
    let months = [31, 28 + u64::from(is_leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    years + months[..usize::try_from(month).expect("a month") - 1].iter().sum::<u64>() + day - 1
}

fn history_shows_each_line_of_a_text(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut bob = server.member("bob", "#lobby");
    bob.send("SAY #lobby :one\nSAY #lobby id=1 {6}\na\n\nb\n:");
    alice.expect_all(&["bob joined the chat!", "bob: one", "bob: a"]);
    assert_eq!(alice.line().as_deref(), Some("bob: "));
    alice.expect_all(&["bob: b", "bob: :"]);
    alice.send("/history 2");
    alice.expect_all(&["* <date> <time> bob: one", "* <date> <time> bob: a"]);
    let empty = alice.line().expect("an empty part has its line");
    assert!(empty.starts_with("* ") && empty.ends_with(" bob: "), "{empty:?}");
    alice.expect_all(&["* <date> <time> bob: b", "* <date> <time> bob: :"]);
    alice.send("/history 1");
    alice.expect("* <date> <time> bob: a");
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST bound the answers to `/who`, `/rooms` and `/history` as it bounds those to `WHO`, `ROOMS` and
//# `HISTORY`, from the oldest message on and by the octets that the `PAST` frames would have.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST send the line `* and more` after an answer that such a bound cut short.
fn history_that_is_cut_short_says_and_more(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 8 << 20;
    });
    let mut bob = server.member("bob", "#lobby");
    let text = "x".repeat(60_000);
    for number in 1..=20 {
        bob.send(&format!("SAY #lobby {{60000}}\n{text}"));
        bob.lines_until(&format!("MSG #lobby {number} <at> bob {{60000}}"));
        bob.counted(60_000);
    }
    let mut alice = server.plain("alice");
    alice.send("/history");
    let lines = alice.lines_until("* and more");
    let octets: usize = lines[..lines.len() - 1].iter().map(|line| line.len() + 1).sum();
    assert!(lines.len() > 2 && octets <= 1_048_576, "{octets}");
    assert!(octets + 60_000 + 100 > 1_048_576, "{octets}");
    expect_nothing(&mut alice);
}

fn history_of_what_is_not_kept_any_more(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.history = Switch::Off;
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 64 * 1_024;
    });
    let mut bob = server.member("bob", "#lobby");
    for number in 1..=200 {
        bob.send(&format!("SAY #lobby :{number:03}{}", "x".repeat(1_000)));
        bob.lines_until(&format!("MSG #lobby {number} <rest>"));
    }
    let mut alice = server.plain("alice");
    alice.send("/history 1000\n/history 3");
    let lines = alice.lines_until("* <date> <time> bob: 200<rest>");
    assert!(lines.len() > 10 && lines.len() < 100, "{}", lines.len());
    let first: usize = 200 - lines.len() + 1;
    for (number, line) in (first..).zip(&lines) {
        assert!(line.contains(&format!(" bob: {number:03}x")), "{line}");
    }
    for number in 198..=200 {
        alice.expect(&format!("* <date> <time> bob: {number}<rest>"));
    }
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn help_is_information(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    alice.send("/help\n/who");
    let lines = alice.lines_until("* 1 member in #lobby: alice");
    assert!(lines.len() > 1 && lines.iter().all(|line| line.starts_with("* ")), "{lines:?}");
    for command in ["/join", "/msg", "/who", "/rooms", "/history", "/quit"] {
        assert!(lines.iter().any(|line| line.contains(command)), "{command}");
    }
    alice.send("/help me");
    alice.expect("! <text>");
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn quit_says_goodbye_and_its_text_is_seen_by_framed_people(workers: usize) {
    let server = TestServer::start(workers);
    let mut carol = server.member("carol", "#lobby");
    let long = "x".repeat(256);
    for (quit, left) in [
        ("/quit", "LEFT #lobby alice"),
        ("/quit  \t", "LEFT #lobby alice"),
        ("/QUIT  See you  soon ", "LEFT #lobby alice :See you  soon"),
        (&format!("/quit {long}"), &format!("LEFT #lobby alice :{long}")),
    ] {
        let mut alice = server.plain("alice");
        carol.expect("JOINED #lobby alice");
        alice.send(&format!("{quit}\nnot heard any more"));
        alice.expect("* Goodbye!");
        alice.expect_end();
        carol.expect(left);
    }
    let mut alice = server.plain("alice");
    alice.send(&format!("/quit {long}x"));
    alice.expect("! <text>");
    expect_nothing(&mut alice);
}

fn a_room_is_heard_after_someone_came_spoke_and_went_at_once(workers: usize) {
    let server = TestServer::start(workers);
    let mut zed = server.connect();
    zed.send("zed\nhello\n/quit");
    zed.lines_until("* Goodbye!");
    zed.expect_end();
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send("can you hear me?");
    alice.expect("bob: can you hear me?");
    bob.expect("bob: can you hear me?");
}

fn the_end_behind_an_answer_is_seen_at_once(workers: usize) {
    // It is none of the server's timers that wakes it: it has none that comes before the test gives up.
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send_octets(b"said\n/who\nhalf a line");
    bob.end_input();
    alice.expect_all(&["bob: said", "bob has left the chat!"]);
}

//= protocol/SPEC.md#10-6-ends
//= type=test
//# A server MUST execute the complete lines before the end of a person's input, drop half a line, and send `*
//# Goodbye!`.
fn the_end_of_input_is_a_goodbye(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    bob.send_octets(b"said\n/who\nhalf a line");
    bob.end_input();
    let lines = bob.lines_until("* Goodbye!");
    bob.expect_end();
    assert!(lines.contains(&"* 2 members in #lobby: alice bob".to_owned()), "{lines:?}");
    alice.expect_all(&["bob: said", "bob has left the chat!"]);
    let mut nameless = server.connect();
    nameless.send_octets(b"-\nbob");
    nameless.end_input();
    nameless.expect_all(&["! <text>", "Choose a username...", "* Goodbye!"]);
    nameless.expect_end();
}

/// Lines that are answered with a fault, none of which is a message.
const FAULTY: &[&[u8]] = &[
    b"/",
    b"/dance",
    b"/whoever",
    b"/join #A",
    b"/join",
    b"/msg",
    b"/msg bob",
    b"/msg -b x",
    b"/history x",
    b"\x1b[31mred",
    b"\xff\xfe",
    b"half\xc3",
    b"a\rb",
    b"nul\0",
    b"bidi \xe2\x80\xae",
    b"/msg bob \x07",
];

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer a command as the table above says, or with one fault line.
fn faults_have_a_line_each_and_change_nothing(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    for faulty in FAULTY {
        alice.send_octets(faulty);
        alice.send("\n/who");
        alice.expect("! <text>");
        alice.expect("* 2 members in #lobby: alice bob");
    }
    expect_nothing(&mut bob);
}

fn faults_are_not_said(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    for (line, fault) in [
        ("\u{7}bell", "! The text is not UTF-8 or holds a forbidden character."),
        ("/dance", "! There is no such command."),
        ("/join #A", "! A room is # and then 1 to 64 of a-z 0-9 . _ -"),
        ("/msg - x", "! This is not a name that can be used."),
        ("/msg nobody x", "! Nobody here has this name."),
        ("/history x", "! The arguments do not fit the request."),
        ("/join #lobby", "! You are in this room already."),
    ] {
        alice.send(line);
        alice.expect(fault);
    }
    alice.send("said");
    bob.expect("alice: said");
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST end the connection with the fault line of `too-many-errors` in place of the 16th fault in a row,
//# counted as in 2.7.
fn the_sixteenth_fault_in_a_row_ends_the_connection(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    // A command that is understood ends the row, although it is refused.
    for _ in 0..2 {
        alice.send(&"/dance\n".repeat(15));
        for _ in 0..15 {
            alice.expect("! There is no such command.");
        }
        alice.send("\n/msg nobody x");
        alice.expect("! Nobody here has this name.");
    }
    for _ in 0..4 {
        alice.send("/dance\n\n/join #A\n\u{7}\n/history x");
    }
    for _ in 0..15 {
        alice.expect("! <text>");
    }
    alice.expect("! There were too many errors.");
    alice.expect_end();
    bob.expect("alice has left the chat!");
}

fn a_line_that_is_too_long_is_skipped(workers: usize) {
    let server = TestServer::with(workers, |options| options.octet_rate = None);
    let (mut alice, mut bob) = alice_and_bob(&server);
    for length in [4_097, 10_000, 69_631] {
        alice.send(&"x".repeat(length));
        alice.expect("! The line is longer than 4096 octets.");
    }
    alice.send(&format!("/msg bob {}", "x".repeat(5_000)));
    alice.expect("! <text>");
    alice.send("said");
    bob.expect("alice: said");
}

fn a_line_without_end_ends_the_connection(workers: usize) {
    let server = TestServer::with(workers, |options| options.octet_rate = None);
    let (mut alice, mut bob) = alice_and_bob(&server);
    alice.send_octets(&[b'x'; 69_632]);
    alice.expect("! <text>");
    alice.expect_end();
    bob.expect("alice has left the chat!");
}

fn lines_of_the_greatest_length_are_said(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, mut bob) = alice_and_bob(&server);
    let line = "y".repeat(4_096);
    alice.send(&line);
    bob.expect(&format!("alice: {line}"));
    alice.send(&format!("{line}\r"));
    bob.expect(&format!("alice: {line}"));
    alice.send(&format!("/{}", &line[1..]));
    alice.lines_until("! There is no such command.");
    alice.send(&format!("//{}", &line[2..]));
    bob.expect(&format!("alice: /{}", &line[2..]));
}

//= protocol/SPEC.md#10-3-what-a-person-reads
//= type=test
//# A server MUST split a text at each LF and give each part its prefix, an empty part too.
fn a_text_of_several_lines_has_the_name_before_each(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut carol = server.member("carol", "#lobby");
    alice.expect("carol joined the chat!");
    carol.send("SAY #lobby {12}\n\none\n\n two\n\n\nSAY #lobby :end");
    for line in ["carol: ", "carol: one", "carol: ", "carol:  two", "carol: ", "carol: ", "carol: end"] {
        assert_eq!(alice.line().as_deref(), Some(line));
    }
}

fn no_text_passes_for_another_kind_of_line(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut mallory = server.member("mallory", "#lobby");
    alice.expect("mallory joined the chat!");
    let text = "x\nbob: hi\nbob joined the chat!\n* Goodbye!\n! bad\n[bob] psst";
    mallory.send(&format!("SAY #lobby {{{0}}}\n{text}\nTELL alice {{{0}}}\n{text}", text.len()));
    for _ in 0..2 * 6 {
        let line = alice.line().expect("a line");
        assert!(line.starts_with("mallory: ") || line.starts_with("[mallory] "), "{line}");
    }
    expect_nothing(&mut alice);
}

//= protocol/SPEC.md#10-3-what-a-person-reads
//= type=test
//# A server MUST NOT send the reason of a `LEFT` to a person in plain mode.
fn reasons_of_leaving_are_not_shown(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut carol = server.member("carol", "#lobby");
    carol.send("LEAVE #lobby :* Goodbye!\nJOIN #lobby\nBYE {3}\na\nb");
    alice.expect_all(&[
        "carol joined the chat!",
        "carol has left the chat!",
        "carol joined the chat!",
        "carol has left the chat!",
    ]);
    expect_nothing(&mut alice);
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST take a line that does not begin with `/` as a `SAY` of the whole line, with no id, in the person's
//# room.
fn a_plain_person_is_an_ordinary_member(workers: usize) {
    let server = TestServer::start(workers);
    let mut carol = server.member("carol", "#lobby");
    let mut alice = server.plain("Alice");
    carol.expect("JOINED #lobby Alice");
    alice.send("hello\n//there");
    carol.expect_all(&["MSG #lobby 1 <at> Alice :hello", "MSG #lobby 2 <at> Alice :/there"]);
    carol.send("WHO #lobby\nHISTORY #lobby 1 1");
    carol.expect_all(&["NAMES #lobby Alice carol", "OK members=2", "PAST #lobby 1 <at> Alice :hello", "OK <rest>"]);
    alice.send("/join #tea");
    carol.expect("LEFT #lobby Alice");
}

//= protocol/SPEC.md#10-3-what-a-person-reads
//= type=test
//# A server MUST send to a person in plain mode the lines that the table above names for each event of the person's
//# room.
fn ids_and_presence_of_framed_people_look_plain(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut carol = server.member("Carol", "#lobby");
    carol.send("SAY #lobby id=1 :x\nSAY #lobby id=1 :x\nTELL alice id=1 :y");
    // A room's events and private messages are not ordered with each other.
    let mut lines = [alice.line(), alice.line(), alice.line()].map(Option::unwrap_or_default);
    lines.sort();
    assert_eq!(lines, ["Carol joined the chat!", "Carol: x", "[Carol] y"]);
    expect_nothing(&mut alice);
}

//= protocol/SPEC.md#10-1-the-name-line
//= type=test
//# A server MUST leave a person for whom the joining of `#lobby` was refused in no room, with a fault line.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer `/who`, `/history` and a said line of a person who is in no room with the fault line of
//# `not-joined`.
fn whoever_is_in_no_room_is_told_so(workers: usize) {
    let server = TestServer::with(workers, |options| options.max_rooms = 1);
    let mut carol = server.member("carol", "#tea");
    let mut alice = server.connect();
    alice.send("alice");
    alice.expect_all(&["You are connected to the Server!", "! There are too many rooms."]);
    alice.send("said\n/who\n/history\n/rooms\n/msg carol psst\n/join #tea");
    alice.expect_all(&[
        "! You are not in this room.",
        "! You are not in this room.",
        "! You are not in this room.",
        "* #tea, 1 member",
        "* sent to carol",
        "* You are in #tea, 2 members",
        "alice joined the chat!",
    ]);
    let mut lines = [carol.line(), carol.line()].map(Option::unwrap_or_default);
    lines.sort();
    assert!(lines[0] == "JOINED #tea alice" && lines[1].ends_with(" alice :psst"), "{lines:?}");
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer `/rooms` with the line `* 0 rooms` when there are none.
fn no_rooms_are_an_answer_too(workers: usize) {
    let server = TestServer::with(workers, |options| options.max_rooms = 0);
    let mut alice = server.connect();
    alice.send("alice\n/rooms");
    alice.expect_all(&["You are connected to the Server!", "! There are too many rooms.", "* 0 rooms"]);
}

fn an_operator_s_words_cannot_pass_for_a_line_of_another_kind(workers: usize) {
    let server = TestServer::with(workers, |options| options.welcome = "bob: hi".to_owned());
    let mut alice = server.connect();
    alice.send("alice");
    alice.expect_all(&["You are connected to the Server!", "* bob: hi", "alice joined the chat!"]);
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST check a line in plain mode in the order of 2.7.
fn of_several_faults_of_a_line_the_first_of_the_order_is_answered(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = NonZeroU32::new(1));
    let mut alice = server.plain("alice");
    // A line that is too long is that, whatever is in it; then comes its text, its verb, its arguments and the rate.
    alice.send(&format!("/dance \u{7}{}", "x".repeat(4_096)));
    alice.expect("! The line is longer than 4096 octets.");
    alice.send("/dance \u{7}");
    alice.expect("! The text is not UTF-8 or holds a forbidden character.");
    // None of these takes a unit of the two that there are.
    for _ in 0..4 {
        alice.send("/dance\n/join x");
        alice.expect_all(&["! There is no such command.", "! A room is # and then 1 to 64 of a-z 0-9 . _ -"]);
    }
    alice.send("/msg nobody x\n/msg nobody x");
    alice.expect_all(&["! Nobody here has this name.", "! Nobody here has this name."]);
    // The arguments come before the rate, and the rate before what they mean.
    let lines: Vec<String> = (0..6)
        .map(|_| {
            alice.send("/msg nobody x");
            alice.line().expect("an answer")
        })
        .collect();
    assert!(lines.iter().any(|line| line == "! You are sending too fast."), "{lines:?}");
    alice.send("/join x");
    alice.expect("! A room is # and then 1 to 64 of a-z 0-9 . _ -");
}

fn lines_may_end_in_crlf(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.connect();
    alice.send("alice\r\nhello\r\n/who\r");
    let lines = alice.lines_until("* 1 member in #lobby: alice");
    assert!(!lines.iter().any(|line| line.contains('\r')), "{lines:?}");
}

fn the_message_rate_holds_for_each_line(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = NonZeroU32::new(2));
    let mut carol = server.member("carol", "#lobby");
    let mut alice = server.plain("alice");
    carol.expect("JOINED #lobby alice");
    // Its bucket holds four, and choosing a name takes none.
    alice.send(&format!("{}/quit now", "1\n2\n/who\n/rooms\n".repeat(10)));
    let lines = alice.lines_until("* Goodbye!");
    let refused = lines.iter().filter(|line| *line == "! You are sending too fast.").count();
    assert!((1..=36).contains(&refused), "{lines:?}");
    carol.lines_until("LEFT #lobby alice :now");
}

//= protocol/SPEC.md#10-7-no-keep-alive
//= type=test
//# A server MUST NOT send `PING` to a person in plain mode.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST apply the message rate to each said line and each command except `/quit`.
fn every_kind_of_line_but_quit_counts_for_the_message_rate(workers: usize) {
    let server = TestServer::with(workers, |options| options.rate_limit = NonZeroU32::new(1));
    let _carol = server.framed("carol");
    for line in ["said", "//said", "/who", "/rooms", "/history", "/help", "/msg carol psst", "/join #tea"] {
        let mut alice = server.plain("alice");
        // The bucket holds two.
        alice.send(&format!("{}/quit", format!("{line}\n").repeat(12)));
        let lines = alice.lines_until("* Goodbye!");
        assert!(lines.iter().any(|line| line == "! You are sending too fast."), "{line}: {lines:?}");
    }
}

//= protocol/SPEC.md#10-7-no-keep-alive
//= type=test
//# A server SHOULD find dead peers in plain mode by the means of its transport, such as TCP keep-alive and a limit on
//# the time that sent octets stay unacknowledged.
/// A connection in plain mode has no `PING`. In the system's table of sockets, the second of the numbers of timers says
/// that a probe is due.
#[cfg(target_os = "linux")]
#[test]
fn the_system_probes_the_connection_of_a_person() {
    let server = TestServer::start(1);
    let alice = server.plain("alice");
    let port = |address: std::net::SocketAddr| format!(":{:04X}", address.port());
    let (ours, theirs) = (port(server.address()), port(alice.socket().local_addr().expect("it is connected")));
    eventually("the connection is probed", || {
        let table = std::fs::read_to_string("/proc/self/net/tcp").expect("the system has a table of sockets");
        let is_it = |fields: &Vec<&str>| fields[1].ends_with(&ours) && fields[2].ends_with(&theirs);
        let row =
            table.lines().map(|row| row.split_whitespace().collect()).find(is_it).expect("the connection is there");
        row[5].starts_with("02:").then_some(())
    });
}

fn a_silent_person_is_not_sent_anything(workers: usize) {
    let server = TestServer::with(workers, |options| options.ping_interval = Duration::from_secs(1));
    let mut alice = server.plain("alice");
    let mut carol = server.framed("carol");
    // A framed person who is silent as long is asked twice over, and cut.
    carol.expect_all(&["PING", "BYE timeout :<text>"]);
    expect_nothing(&mut alice);
}

//= protocol/SPEC.md#10-3-what-a-person-reads
//= type=test
//# A server MUST send to a person in plain mode the lines that the table above names for each event of the person's
//# room.
fn a_slow_reader_is_told_how_many_messages_it_missed(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 64 * 1_024;
    });
    let mut slow = Client::connect_narrow(server.address());
    slow.send("slow");
    slow.expect_all(&["FANFARE/1 Choose a username...", "You are connected to the Server!", "slow joined the chat!"]);
    let mut carol = server.member("carol", "#lobby");
    slow.expect("carol joined the chat!");
    let padding = "x".repeat(3_000);
    for number in 1..=2_000 {
        carol.send(&format!("SAY #lobby :{number:05}{padding}"));
        carol.lines_until(&format!("MSG #lobby {number} <rest>"));
    }
    let (mut due, mut missed) = (1, 0);
    while due <= 2_000 {
        let line = slow.line().expect("what is left comes");
        let mut captures = Captures::default();
        if captures.fit("* <count> messages missed", &line) {
            due += captures.number("count");
            missed += captures.number("count");
        } else if line != "* 2 members now" {
            assert!(line.starts_with(&format!("carol: {due:05}x")), "{due}: {}", &line[..20]);
            due += 1;
        }
    }
    assert!(missed > 0);
    expect_nothing(&mut slow);
}
