//! What was said before: replay at `JOIN`, pages of `HISTORY`, and what is kept no longer.

use fanfare_server::options::Switch;
use fanfare_tests::{Captures, Client, TestServer};

with_workers!(
    without_attributes_a_membership_begins_with_the_next_message,
    last_begins_at_the_oldest_of_the_last,
    after_begins_behind_the_number,
    after_and_last_leave_one_leading_gap,
    an_after_that_does_not_fit_is_a_reset,
    faulty_points_are_bad_arguments,
    numbers_go_on_from_the_replay_without_a_hole,
    a_membership_is_contiguous_while_others_talk,
    a_replay_has_no_presence,
    a_replay_is_what_was_said_with_ids_and_both_forms,
    what_is_not_kept_any_more_is_an_expired_gap,
    a_gap_is_slow_if_any_of_its_numbers_is_kept,
    last_begins_at_the_oldest_that_is_kept,
    history_without_anything_kept_is_empty,
    a_page_has_the_numbers_that_were_asked_for,
    a_page_has_at_most_a_thousand_messages,
    a_page_has_at_most_a_mebioctet,
    pages_follow_one_another_without_a_hole,
    a_page_tells_which_numbers_are_not_kept,
    history_checks_its_arguments_in_order,
    a_past_message_is_the_message,
    the_memory_of_all_logs_is_bounded,
);

/// A server that answers as fast as it is asked.
fn unhurried(workers: usize) -> TestServer {
    TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// A server that keeps few messages of each room, all in memory.
fn forgetful(workers: usize) -> TestServer {
    TestServer::with(workers, |options| {
        options.history = Switch::Off;
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 64 * 1_024;
    })
}

/// A person who has said `1`, `2` and so on, with so many octets behind, in `#tea`; and the room's epoch.
fn talker(server: &TestServer, messages: u64, padding: usize) -> (Client, String) {
    let mut client = server.framed("talker");
    client.send("JOIN #tea");
    let epoch = client.expect("OK epoch=<epoch> next=1 newest=0 members=1").get("epoch").to_owned();
    client.expect("JOINED #tea talker");
    let padding = "x".repeat(padding);
    for number in 1..=messages {
        client.send(&format!("SAY #tea :{number}{padding}"));
        // Who reads all is never passed.
        expect_both(&mut client, number);
    }
    (client, epoch)
}

/// Reads the answer to a message and the message itself, in either order.
fn expect_both(client: &mut Client, number: u64) {
    let mut lines = [client.line(), client.line()].map(Option::unwrap_or_default);
    lines.sort();
    assert!(
        lines[0].starts_with(&format!("MSG #tea {number} ")) && lines[1] == format!("OK seq={number}"),
        "{lines:?}"
    );
}

/// A `JOIN` by somebody new, up to its own `JOINED`: the answer, and the lines between.
fn joined(server: &TestServer, join: &str) -> (Captures, Vec<String>) {
    let mut client = server.framed("reader");
    client.send(join);
    let line = client.line().expect("an answer");
    let mut answer = Captures::default();
    let fits = answer.fit("OK epoch=<epoch> next=<next> newest=<newest> members=2 reset=<reset>", &line)
        || answer.fit("OK epoch=<epoch> next=<next> newest=<newest> members=2", &line);
    assert!(fits, "{line:?} came");
    let mut lines = client.lines_until("JOINED #tea reader");
    lines.pop();
    client.send("BYE");
    client.expect("BYE bye :<text>");
    (answer, lines)
}

/// The numbers of a membership's lines, in which nothing may be left out, from one to another.
#[track_caller]
fn assert_contiguous(lines: &[String], next: u64, newest: u64) {
    let mut due = next;
    for line in lines {
        let fields: Vec<_> = line.split(' ').collect();
        let number = |index: usize| fields[index].parse::<u64>().expect("a number");
        match fields[0] {
            "MSG" => {
                assert_eq!(number(2), due, "{line}");
                due += 1;
            }
            "GAP" => {
                assert_eq!(number(2), due, "{line}");
                assert!(number(3) >= due, "{line}");
                due = number(3) + 1;
            }
            _ => {}
        }
    }
    assert_eq!(due, newest + 1);
}

/// The lines of a page up to its last.
fn page(client: &mut Client, request: &str) -> (Vec<String>, Captures) {
    client.send(request);
    let mut lines = client.lines_until("OK epoch=<epoch> count=<count> next=<next>");
    let mut answer = Captures::default();
    answer.fit("OK epoch=<epoch> count=<count> next=<next>", &lines.pop().expect("the answer"));
    assert_eq!(answer.number("count"), lines.len() as u64);
    (lines, answer)
}

/// The number of a `PAST` or `MSG`.
fn number(line: &str) -> u64 {
    line.split(' ').nth(2).and_then(|field| field.parse().ok()).expect("a number")
}

fn without_attributes_a_membership_begins_with_the_next_message(workers: usize) {
    let server = unhurried(workers);
    let (mut talker, _) = talker(&server, 3, 0);
    let mut reader = server.framed("reader");
    reader.send("JOIN #tea");
    reader.expect_all(&["OK epoch=<epoch> next=4 newest=3 members=2", "JOINED #tea reader"]);
    talker.send("SAY #tea :four");
    reader.expect("MSG #tea 4 <at> talker :four");
}

//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST NOT replay more than the last K numbers of the room to a `JOIN` with `last=K`.
fn last_begins_at_the_oldest_of_the_last(workers: usize) {
    let server = unhurried(workers);
    let (_talker, _) = talker(&server, 5, 0);
    for (last, next) in [(0, 6), (1, 5), (3, 3), (5, 1), (6, 1), (9_007_199_254_740_991_u64, 1)] {
        let (answer, lines) = joined(&server, &format!("JOIN #tea last={last}"));
        assert_eq!((answer.number("next"), answer.number("newest"), answer.find("reset")), (next, 5, None), "{last}");
        assert_contiguous(&lines, next, 5);
        assert!(lines.iter().all(|line| line.starts_with("MSG ")), "{lines:?}");
    }
}

fn after_begins_behind_the_number(workers: usize) {
    let server = unhurried(workers);
    let (_talker, epoch) = talker(&server, 5, 0);
    for after in 0..=5 {
        let (answer, lines) = joined(&server, &format!("JOIN #tea after={epoch}:{after}"));
        assert_eq!((answer.number("next"), answer.find("reset")), (after + 1, None));
        assert_contiguous(&lines, after + 1, 5);
        assert!(lines.iter().all(|line| line.starts_with("MSG ")), "{lines:?}");
    }
}

//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST NOT replay more than the last K numbers of the room to a `JOIN` with `last=K`.
//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST name the numbers from `next` that it does not replay because of `last`, or because they are no longer
//# kept, in one leading `GAP`.
fn after_and_last_leave_one_leading_gap(workers: usize) {
    let server = unhurried(workers);
    let (_talker, epoch) = talker(&server, 5, 0);
    for (after, last, gap) in [
        (0, 2, Some("GAP #tea 1 3 slow")),
        (2, 2, Some("GAP #tea 3 3 slow")),
        (3, 2, None),
        (4, 2, None),
        (2, 0, Some("GAP #tea 3 5 slow")),
        (5, 0, None),
        (1, 100, None),
    ] {
        let (answer, lines) = joined(&server, &format!("JOIN #tea last={last} after={epoch}:{after}"));
        assert_eq!((answer.number("next"), answer.find("reset")), (after + 1, None));
        assert_contiguous(&lines, after + 1, 5);
        assert_eq!(lines.first().filter(|line| line.starts_with("GAP ")).map(String::as_str), gap);
        assert!(lines.iter().skip(1).all(|line| line.starts_with("MSG ")), "{lines:?}");
    }
}

//= protocol/SPEC.md#6-2-where-a-membership-begins
//= type=test
//# A server MUST choose `next` and `reset` as the table above says.
fn an_after_that_does_not_fit_is_a_reset(workers: usize) {
    let server = unhurried(workers);
    let (_talker, epoch) = talker(&server, 5, 0);
    for (attributes, next) in [
        (format!("after={epoch}:6"), 6),
        (format!("after={epoch}:6 last=2"), 4),
        ("after=never:2".to_owned(), 6),
        ("after=never:0 last=3".to_owned(), 3),
        ("after=never:9007199254740991 last=0".to_owned(), 6),
    ] {
        let (answer, lines) = joined(&server, &format!("JOIN #tea {attributes}"));
        assert_eq!((answer.number("next"), answer.find("reset")), (next, Some("yes")), "{attributes}");
        assert_contiguous(&lines, next, 5);
        assert!(lines.iter().all(|line| line.starts_with("MSG ")), "{lines:?}");
    }
}

fn faulty_points_are_bad_arguments(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.framed("alice");
    for point in [
        "after=1",
        "after=:1",
        "after=a:",
        "after=A:1",
        "after=a:01",
        "after=a:1:2",
        "last=-1",
        "last=01",
        "last=9007199254740992",
    ] {
        alice.send(&format!("JOIN #tea {point}"));
        alice.expect("ERR bad-arguments :<text>");
        alice.send("PING");
        alice.expect("PONG");
    }
    alice.send("ROOMS");
    alice.expect("OK count=0");
}

fn numbers_go_on_from_the_replay_without_a_hole(workers: usize) {
    let server = unhurried(workers);
    let (mut talker, epoch) = talker(&server, 3, 0);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:1"));
    reader.expect_all(&["OK <rest>", "MSG #tea 2 <rest>", "MSG #tea 3 <rest>", "JOINED #tea reader"]);
    talker.send("SAY #tea :4\nSAY #tea :5");
    reader.expect_all(&["MSG #tea 4 <rest>", "MSG #tea 5 <rest>"]);
}

//= protocol/SPEC.md#4-5-join
//= type=test
//# A server MUST send the `OK` of a `JOIN` before every event of that membership.
//= protocol/SPEC.md#6-2-where-a-membership-begins
//= type=test
//# A server MUST send the numbers of `MSG`, `NOTE` and `GAP` of a membership contiguously from `next` until the
//# membership ends.
//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST send the numbers from `next` to `newest` as `MSG`, `NOTE` or `GAP` before the live events of the
//# membership.
fn a_membership_is_contiguous_while_others_talk(workers: usize) {
    let server = unhurried(workers);
    let (mut talker, epoch) = talker(&server, 10, 0);
    talker.send(&"SAY #tea :x\n".repeat(2_000));
    let mut last = 0;
    let mut rejoined = 0;
    while last < 2_010 {
        let mut reader = server.framed("reader");
        reader.send(&format!("JOIN #tea after={epoch}:{last}"));
        let answer = reader.expect("OK epoch=<epoch> next=<next> newest=<newest> members=2");
        assert_eq!(answer.number("next"), last + 1);
        // Some replay, and some live.
        let until = (answer.number("newest") + 50).min(2_010);
        let lines = reader.lines_until(&format!("MSG #tea {until} <rest>"));
        assert_contiguous(&lines, last + 1, until);
        let seam = lines.iter().position(|line| line == "JOINED #tea reader");
        let seam = seam.or_else(|| (until == answer.number("newest")).then_some(lines.len())).expect("it joins");
        assert_eq!(
            lines[..seam].iter().filter(|line| line.starts_with("MSG ")).count() as u64,
            answer.number("newest") - last
        );
        last = until;
        rejoined += 1;
        reader.send("BYE");
        reader.lines_until("BYE bye :<text>");
    }
    assert!(rejoined > 0);
}

//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST NOT send presence as part of a replay.
fn a_replay_has_no_presence(workers: usize) {
    let server = unhurried(workers);
    let (mut talker, epoch) = talker(&server, 1, 0);
    for n in 0..3 {
        drop(server.member(&format!("guest{n}"), "#tea"));
        talker.expect_all(&[&format!("JOINED #tea guest{n}"), &format!("LEFT #tea guest{n}")]);
        talker.send("SAY #tea :x");
        expect_both(&mut talker, n + 2);
    }
    let (_, lines) = joined(&server, &format!("JOIN #tea after={epoch}:0"));
    assert!(lines.len() == 4 && lines.iter().all(|line| line.starts_with("MSG ")), "{lines:?}");
}

fn a_replay_is_what_was_said_with_ids_and_both_forms(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.member("Alice", "#tea");
    let mut live = server.member("live", "#tea");
    alice.send("SAY #tea id=a :one\nSAY #tea {3}\na\nb\nSAY #tea :");
    let mut first = live.lines_until("MSG #tea 2 <at> Alice {3}");
    assert_eq!(live.counted(3), "a\nb");
    first.push(live.line().expect("the third"));
    alice.send("BYE");
    let mut reader = server.framed("reader");
    reader.send("JOIN #tea last=10");
    reader.expect("OK <rest>");
    let mut again = reader.lines_until("MSG #tea 2 <at> Alice {3}");
    assert_eq!(reader.counted(3), "a\nb");
    again.push(reader.line().expect("the third"));
    assert_eq!(again, first);
}

//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST name the numbers from `next` that it does not replay because of `last`, or because they are no longer
//# kept, in one leading `GAP`.
fn what_is_not_kept_any_more_is_an_expired_gap(workers: usize) {
    let server = forgetful(workers);
    let (_talker, epoch) = talker(&server, 200, 1_000);
    let (answer, lines) = joined(&server, &format!("JOIN #tea after={epoch}:10"));
    assert_eq!((answer.number("next"), answer.number("newest"), answer.find("reset")), (11, 200, None));
    assert_contiguous(&lines, 11, 200);
    assert!(lines[0].starts_with("GAP #tea 11 ") && lines[0].ends_with(" expired"), "{}", lines[0]);
    assert!(lines.len() > 10 && lines[1..].iter().all(|line| line.starts_with("MSG ")));
}

//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST give that `GAP` the reason `expired` if none of its numbers is kept, and otherwise `slow`.
fn a_gap_is_slow_if_any_of_its_numbers_is_kept(workers: usize) {
    let server = forgetful(workers);
    let (mut talker, epoch) = talker(&server, 200, 1_000);
    // Coming and going takes place in the log too, so what is kept is asked for each time.
    let mut oldest = || {
        talker.send("HISTORY #tea 1 200");
        let lines = talker.lines_until("OK epoch=<epoch> count=<count> next=201");
        lines.iter().find(|line| line.starts_with("PAST ")).map(|line| number(line)).expect("something is kept")
    };
    for (kept, reason) in [(0, "expired"), (1, "slow"), (10, "slow")] {
        let last = 200 - oldest() + 1 - kept;
        let (_, lines) = joined(&server, &format!("JOIN #tea after={epoch}:0 last={last}"));
        assert_eq!(lines[0], format!("GAP #tea 1 {} {reason}", 200 - last));
        assert_contiguous(&lines, 1, 200);
    }
    let gone = oldest() - 1;
    let (_, lines) = joined(&server, &format!("JOIN #tea after={epoch}:{}", gone - 1));
    assert_eq!(lines[0], format!("GAP #tea {gone} {gone} expired"));
    let first = oldest();
    let (_, lines) = joined(&server, &format!("JOIN #tea after={epoch}:{}", first - 1));
    assert_eq!(number(&lines[0]), first);
}

fn last_begins_at_the_oldest_that_is_kept(workers: usize) {
    let server = forgetful(workers);
    let (_talker, _) = talker(&server, 200, 1_000);
    let (answer, lines) = joined(&server, "JOIN #tea last=200");
    // There is no gap: the membership begins where there is something.
    assert!(answer.number("next") > 100 && lines.iter().all(|line| line.starts_with("MSG ")), "{lines:?}");
    assert_contiguous(&lines, answer.number("next"), 200);
}

//= protocol/SPEC.md#4-11-history
//= type=test
//# A server that left out no message because the page was full MUST give as `next` the greater of FIRST and one more
//# than the lesser of LAST and `newest`.
fn history_without_anything_kept_is_empty(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.member("alice", "#tea");
    for (range, next) in
        [("1 1", 1), ("1 1000", 1), ("7 9", 7), ("9007199254740991 9007199254740991", 9_007_199_254_740_991)]
    {
        let (lines, answer) = page(&mut alice, &format!("HISTORY #tea {range}"));
        assert_eq!((lines.len(), answer.number("next")), (0, next));
    }
}

//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST send the kept messages whose numbers lie from FIRST to LAST, in rising order, until the page is full.
//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST give the number of `PAST` frames of the answer as `count`.
//= protocol/SPEC.md#4-11-history
//= type=test
//# A server that left out no message because the page was full MUST give as `next` the greater of FIRST and one more
//# than the lesser of LAST and `newest`.
fn a_page_has_the_numbers_that_were_asked_for(workers: usize) {
    let server = unhurried(workers);
    let (mut talker, epoch) = talker(&server, 5, 0);
    for (first, last, numbers, next) in [
        (1, 5, 1..=5, 6),
        (1, 100, 1..=5, 6),
        (2, 3, 2..=3, 4),
        (5, 5, 5..=5, 6),
        (4, 9_007_199_254_740_991_u64, 4..=5, 6),
    ] {
        let (lines, answer) = page(&mut talker, &format!("HISTORY #tea {first} {last} epoch={epoch} x=y"));
        assert!(lines.iter().map(|line| number(line)).eq(numbers), "{lines:?}");
        assert_eq!((answer.number("next"), answer.get("epoch")), (next, epoch.as_str()));
    }
    let (lines, answer) = page(&mut talker, "HISTORY #tea 6 9");
    assert_eq!((lines.len(), answer.number("next")), (0, 6));
}

//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST take the page as full after 1,000 `PAST` frames.
//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST give as `next` the number of the first message it did not send because the page was full.
fn a_page_has_at_most_a_thousand_messages(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.member("alice", "#tea");
    alice.send(&"SAY #tea :x\n".repeat(1_005));
    alice.send("PING said");
    alice.lines_until("PONG said");
    for (first, last, count, next) in
        [(1, 1_005, 1_000, 1_001), (2, 1_001, 1_000, 1_002), (6, 2_000, 1_000, 1_006), (7, 2_000, 999, 1_006)]
    {
        // Live messages may come between.
        alice.send(&format!("HISTORY #tea {first} {last}"));
        let lines = alice.lines_until(&format!("OK epoch=<epoch> count={count} next={next}"));
        let past = lines.iter().filter(|line| line.starts_with("PAST ")).map(|line| number(line));
        assert!(past.eq(first..first + count));
    }
}

//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST take the page as full before a `PAST` frame that would bring its frames, terminators counted, to more
//# than 1,048,576 octets, unless it is the first.
//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST give as `next` the number of the first message it did not send because the page was full.
fn a_page_has_at_most_a_mebioctet(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 4 << 20;
    });
    let mut alice = server.member("alice", "#tea");
    let text = "x".repeat(65_536);
    for number in 1..=17 {
        alice.send(&format!("SAY #tea {{65536}}\n{text}"));
        alice.lines_until(&format!("MSG #tea {number} <at> alice {{65536}}"));
        alice.counted(65_536);
    }
    alice.send("PING said");
    alice.lines_until("PONG said");
    alice.send("HISTORY #tea 1 17");
    // Sixteen texts alone are as much as a page holds.
    for number in 1..=15 {
        alice.expect(&format!("PAST #tea {number} <at> alice {{65536}}"));
        assert!(alice.counted(65_536) == text);
    }
    alice.expect("OK epoch=<epoch> count=15 next=16");
}

//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST take the page as full before a `PAST` frame that would bring its frames, terminators counted, to more
//# than 1,048,576 octets, unless it is the first.
//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST give as `next` the number of the first message it did not send because the page was full.
fn pages_follow_one_another_without_a_hole(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 8 << 20;
    });
    let mut alice = server.member("alice", "#tea");
    let text = "x".repeat(3_000);
    alice.send(&format!("SAY #tea :{text}\n").repeat(900));
    alice.lines_until("MSG #tea 900 <rest>");
    alice.send("PING said");
    alice.lines_until("PONG said");
    let mut next = 1;
    let mut pages = 0;
    while next <= 900 {
        let (lines, answer) = page(&mut alice, &format!("HISTORY #tea {next} 900"));
        assert!(lines.iter().map(|line| number(line)).eq(next..answer.number("next")));
        let octets: usize = lines.iter().map(|line| line.len() + 1).sum();
        assert!(octets <= 1_048_576);
        // The page was full: no further frame fits.
        assert!(answer.number("next") == 901 || octets + lines[0].len() + 4 > 1_048_576, "{octets}");
        next = answer.number("next");
        pages += 1;
    }
    assert_eq!(pages, 3);
}

//= protocol/SPEC.md#4-11-history
//= type=test
//# A server MUST send the kept messages whose numbers lie from FIRST to LAST, in rising order, until the page is full.
//= protocol/SPEC.md#4-11-history
//= type=test
//# A server that left out no message because the page was full MUST give as `next` the greater of FIRST and one more
//# than the lesser of LAST and `newest`.
fn a_page_tells_which_numbers_are_not_kept(workers: usize) {
    let server = forgetful(workers);
    let (mut talker, _) = talker(&server, 200, 1_000);
    let (lines, answer) = page(&mut talker, "HISTORY #tea 1 200");
    let oldest = number(&lines[0]);
    assert!(oldest > 100 && lines.iter().map(|line| number(line)).eq(oldest..=200));
    assert_eq!(answer.number("next"), 201);
    let (lines, answer) = page(&mut talker, "HISTORY #tea 1 50");
    assert_eq!((lines.len(), answer.number("next")), (0, 51));
    let (lines, answer) = page(&mut talker, &format!("HISTORY #tea 7 {oldest}"));
    assert_eq!((lines.len(), answer.number("next")), (1, oldest + 1));
}

//= protocol/SPEC.md#13-security-considerations
//= type=test
//# A server MUST check the permission to read a history at each `JOIN` with a replay, at each `HISTORY` and at each
//# `SEARCH`.
fn history_checks_its_arguments_in_order(workers: usize) {
    let server = unhurried(workers);
    let (mut talker, epoch) = talker(&server, 2, 0);
    for (arguments, code) in [
        ("tea 0 1 epoch=X", "bad-room"),
        ("#coffee 0 1", "bad-arguments"),
        ("#coffee 2 1 epoch=never", "bad-arguments"),
        ("#tea 1", "bad-arguments"),
        ("#tea 1 2 3", "bad-arguments"),
        ("#tea 1 x", "bad-arguments"),
        ("#tea 1 2 epoch=NEVER", "bad-arguments"),
        ("#tea 1 2 :x", "bad-arguments"),
        ("#coffee 1 2 epoch=never", "not-joined"),
        ("#tea 1 2 epoch=never", "wrong-epoch"),
    ] {
        talker.send(&format!("HISTORY {arguments}"));
        talker.expect(&format!("ERR {code} :<text>"));
    }
    talker.send(&format!("LEAVE #tea\nHISTORY #tea 1 2 epoch={epoch}"));
    talker.expect_all(&["OK", "ERR not-joined :<text>"]);
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST send the id of a message in its `MSG` and `PAST`.
//= protocol/SPEC.md#5-3-past
//= type=test
//# A server MUST send in a `PAST` the same octets after the verb as in the `MSG` of that number, the form of the text
//# excepted.
fn a_past_message_is_the_message(workers: usize) {
    let server = unhurried(workers);
    let mut alice = server.member("Alice", "#tea");
    let mut reader = server.member("reader", "#tea");
    alice.send("SAY #tea id=A-1 :one\nSAY #tea :\nSAY #tea {2}\n\n\n\nSAY #tea :\u{e9}\t.");
    let mut said = reader.lines_until("MSG #tea 3 <at> Alice {2}");
    said.extend([reader.line(), reader.line(), reader.line(), reader.line()].into_iter().flatten());
    reader.send("HISTORY #tea 1 100");
    let mut past = reader.lines_until("OK epoch=<epoch> count=4 next=5");
    past.pop();
    let said: Vec<_> = said.iter().map(|line| line.replace("MSG ", "PAST ")).collect();
    assert_eq!(past, said);
    // A text that just fits into a line as MSG does not as PAST, and is counted there.
    let header = said[0].find(" id=").expect("an id") - "PAST".len() + "MSG".len() + " :".len();
    let text = "x".repeat(4_096 - header);
    alice.send(&format!("SAY #tea {{{}}}\n{text}", text.len()));
    reader.expect(&format!("MSG #tea 5 <at> Alice :{text}"));
    reader.send("HISTORY #tea 5 5");
    reader.expect(&format!("PAST #tea 5 <at> Alice {{{}}}", text.len()));
    assert_eq!(reader.counted(text.len()), text);
    reader.expect("OK epoch=<epoch> count=1 next=6");
}

fn the_memory_of_all_logs_is_bounded(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.history = Switch::Off;
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 256 * 1_024;
        options.log_memory = 256 * 1_024;
    });
    let mut alice = server.member("alice", "#small");
    alice.send("SAY #small :kept");
    alice.lines_until("MSG #small 1 <rest>");
    let (mut talker, _) = talker(&server, 600, 1_000);
    let (lines, _) = page(&mut talker, "HISTORY #tea 1 600");
    assert!(!lines.is_empty() && lines.len() < 256, "{}", lines.len());
    // The room that uses most gave way, and no other.
    alice.send("PING said");
    alice.lines_until("PONG said");
    let (lines, _) = page(&mut alice, "HISTORY #small 1 1");
    assert_eq!(lines.len(), 1);
}
