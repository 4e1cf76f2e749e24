//! Finding messages by their words.

use std::thread;

use fanfare_server::options::Switch;
use fanfare_tests::{Client, TestServer, eventually};

with_workers!(
    the_newest_that_match_are_sent_in_rising_order,
    before_goes_on_with_older_ones,
    terms_stand_anywhere_and_their_words_together,
    case_and_diacritics_make_no_difference,
    scripts_without_spaces_are_searched_letter_by_letter,
    a_page_of_what_was_found_has_at_most_a_mebioctet,
    what_was_just_said_is_found,
    only_members_search_and_only_with_a_word,
    what_is_found_outlives_the_server,
    in_plain_mode_one_searches_ones_room,
    without_a_history_nothing_is_searched,
    a_search_that_takes_long_delays_neither_short_ones_nor_the_end,
);

fn server(workers: usize) -> TestServer {
    TestServer::durable(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// A member of `#tea` who has said these texts.
fn talker(server: &TestServer, texts: &[&str]) -> Client {
    let mut talker = server.member("talker", "#tea");
    for (text, seq) in texts.iter().zip(1..) {
        talker.send(&format!("SAY #tea {{{}}}\n{text}", text.len()));
        talker.expect_in_any_order(&[&format!("OK seq={seq}"), &format!("MSG #tea {seq} <rest>")]);
    }
    talker
}

/// The numbers that a search finds, and the attributes of its answer but for the epoch.
fn find(client: &mut Client, search: &str) -> (Vec<u64>, String) {
    client.send(&format!("SEARCH #tea {search}"));
    let mut found = Vec::new();
    loop {
        let line = client.line_and_text();
        match line.strip_prefix("PAST #tea ").and_then(|past| past.split(' ').next()) {
            Some(seq) => found.push(seq.parse().expect("a number")),
            None => {
                let end = line.strip_prefix("OK epoch=").and_then(|end| end.split_once(' ')).expect(&line);
                return (found, end.1.to_owned());
            }
        }
    }
}

//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MUST send the kept messages of the room that match TEXT and whose numbers are below `before`, if it is there,
//# taken from the newest down until the page is full.
//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MUST take the page as full after `last` `PAST` frames.
//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MUST send the `PAST` frames of the page in rising order.
//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MUST give the number of `PAST` frames of the answer as `count`.
//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MUST send `more=yes` if and only if it left out a message that matches because the page was full.
fn the_newest_that_match_are_sent_in_rising_order(workers: usize) {
    let server = server(workers);
    let texts: Vec<_> = (1..=60).map(|n| format!("{} {n}", if n % 2 == 0 { "even" } else { "odd" })).collect();
    let mut talker = talker(&server, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    let evens = |from: u64| (from..=60).step_by(2).collect::<Vec<_>>();
    assert_eq!(find(&mut talker, ":even"), (evens(22), "count=20 more=yes".to_owned()));
    assert_eq!(find(&mut talker, "last=3 :even"), (evens(56), "count=3 more=yes".to_owned()));
    assert_eq!(find(&mut talker, "last=30 :even"), (evens(2), "count=30".to_owned()));
    assert_eq!(find(&mut talker, "last=1000 :even"), (evens(2), "count=30".to_owned()));
    assert_eq!(find(&mut talker, ":neither"), (vec![], "count=0".to_owned()));
}

fn before_goes_on_with_older_ones(workers: usize) {
    let server = server(workers);
    let mut talker = talker(&server, &["a", "b", "a", "a", "b", "a"]);
    assert_eq!(find(&mut talker, "last=2 :a"), (vec![4, 6], "count=2 more=yes".to_owned()));
    assert_eq!(find(&mut talker, "last=2 before=4 :a"), (vec![1, 3], "count=2".to_owned()));
    assert_eq!(find(&mut talker, "before=1 :a"), (vec![], "count=0".to_owned()));
    assert_eq!(find(&mut talker, "before=99 :b"), (vec![2, 5], "count=2".to_owned()));
}

fn terms_stand_anywhere_and_their_words_together(workers: usize) {
    let server = server(workers);
    let mut talker =
        talker(&server, &["call 10.0.0.7 now", "10 0 0\n7", "now or never", "7.0.0.10 now", "\"OR\" ^ * (never) -now"]);
    for (search, found) in [
        (":now 10.0.0.7", &[1][..]),
        (":10.0.0.7", &[1, 2]),
        (":never NOW", &[3, 5]),
        (":now OR never", &[3, 5]),
        (":\"now", &[1, 3, 4, 5]),
        (":no*", &[]),
        (":-now ... !", &[1, 3, 4, 5]),
        ("{9}\nnow\tor\n10", &[]),
        ("{8}\nnow\n\t0.7", &[1]),
    ] {
        assert_eq!(find(&mut talker, search).0, found, "{search}");
    }
}

//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MUST take `A`-`Z` and `a`-`z` as the same when it compares words.
//= protocol/SPEC.md#4-15-search
//= type=test
//# A server SHOULD compare words beyond ASCII without regard to case.
//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MAY compare words without regard to diacritics.
fn case_and_diacritics_make_no_difference(workers: usize) {
    let server = server(workers);
    let mut talker = talker(&server, &["Grüße aus Köln", "ПРИВЕТ", "Café", "plain WORDS"]);
    for (search, found) in [(":KÖLN", 1), (":koln", 1), (":привет", 2), (":cafe", 3), (":Words", 4)] {
        assert_eq!(find(&mut talker, search).0, [found], "{search}");
    }
}

fn scripts_without_spaces_are_searched_letter_by_letter(workers: usize) {
    let server = server(workers);
    let mut talker = talker(&server, &["お茶をください", "コーヒーとお茶", "กินข้าว", "第3回 meeting会", "茶"]);
    for (search, found, end) in [
        (":茶", &[1, 2, 5][..], "count=3"),
        (":お茶", &[1, 2], "count=2"),
        ("last=1 :お茶", &[2], "count=1 more=yes"),
        ("last=1 before=2 :お茶", &[1], "count=1"),
        (":茶お", &[], "count=0"),
        (":ーヒー", &[2], "count=1"),
        (":กิน", &[3], "count=1"),
        (":กัน", &[], "count=0"),
        ("{3}\n\u{e49}", &[3], "count=1"),
        (":3回 会", &[4], "count=1"),
        (":meet会", &[], "count=0"),
    ] {
        assert_eq!(find(&mut talker, search), (found.to_vec(), end.to_owned()), "{search}");
    }
}

//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MUST take the page as full before a `PAST` frame that would bring its frames, terminators counted, to more
//# than 1,048,576 octets, unless it is the first that it takes.
fn a_page_of_what_was_found_has_at_most_a_mebioctet(workers: usize) {
    let server = server(workers);
    let mut talker = server.member("talker", "#tea");
    let text = format!("word {}", "x".repeat(60_000));
    for seq in 1..=20 {
        talker.send(&format!("SAY #tea {{{}}}\n{text}", text.len()));
        talker.expect_in_any_order(&[&format!("OK seq={seq}"), &format!("MSG #tea {seq} <rest>")]);
    }
    talker.send("SEARCH #tea last=100 :word");
    let (mut octets, mut seqs) = (0, Vec::new());
    let end = loop {
        let frame = talker.line_and_text();
        let Some(past) = frame.strip_prefix("PAST #tea ") else { break frame };
        octets += frame.len() + 1 + text.len() + 1;
        seqs.push(past.split(' ').next().and_then(|seq| seq.parse::<u64>().ok()).expect("a number"));
    };
    assert!(end.ends_with(&format!(" count={} more=yes", seqs.len())), "{end}");
    assert!(seqs.iter().copied().eq(21 - seqs.len() as u64..=20), "{seqs:?}");
    assert!(octets <= 1_048_576 && octets + octets / seqs.len() > 1_048_576, "{octets}");
}

//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MUST search each kept message whose `OK` or `MSG` it sent to anyone before it received the `SEARCH`.
fn what_was_just_said_is_found(workers: usize) {
    let server = server(workers);
    let mut talker = server.member("talker", "#tea");
    for seq in 1..=100 {
        talker.send(&format!("SAY #tea :word{seq}"));
        talker.expect_in_any_order(&[&format!("OK seq={seq}"), &format!("MSG #tea {seq} <rest>")]);
        assert_eq!(find(&mut talker, &format!(":word{seq}")).0, [seq]);
    }
}

//= protocol/SPEC.md#13-security-considerations
//= type=test
//# A server MUST check the permission to read a history at each `JOIN` with a replay, at each `HISTORY` and at each
//# `SEARCH`.
fn only_members_search_and_only_with_a_word(workers: usize) {
    let server = server(workers);
    let mut talker = talker(&server, &["word"]);
    let mut other = server.member("other", "#coffee");
    other.send("SAY #coffee :another word");
    other.expect_in_any_order(&["OK seq=1", "MSG #coffee 1 <rest>"]);
    for (search, code) in [
        ("#tea :word", "not-joined"),
        ("#none :word", "not-joined"),
        ("#none last=0 :word", "bad-arguments"),
        ("#coffee :...", "bad-arguments"),
        ("#coffee :。", "bad-arguments"),
        ("#coffee last=1001 :word", "bad-arguments"),
        ("#coffee before=0 :word", "bad-arguments"),
        ("coffee :word", "bad-room"),
    ] {
        other.send(&format!("SEARCH {search}"));
        other.expect(&format!("ERR {code} :<text>"));
    }
    assert_eq!(find(&mut talker, ":word").0, [1]);
    assert_eq!(find(&mut talker, ":another").0, [0; 0], "that was said in another room");
}

fn what_is_found_outlives_the_server(workers: usize) {
    let server = server(workers);
    talker(&server, &["one word", "another"]);
    let server = server.restarted();
    let mut reader = server.member("reader", "#tea");
    assert_eq!(find(&mut reader, ":word"), (vec![1], "count=1".to_owned()));
}

//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer `/search` with the messages that a `SEARCH` of that TEXT without attributes finds, and with the
//# line `* and more` behind them where that has `more=yes`.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST answer `/search` with the line `* 0 messages found` when it finds none.
//= protocol/SPEC.md#10-2-what-a-person-types
//= type=test
//# A server MUST refuse `/search` with the fault line of the code with which it refuses that `SEARCH`, a person in no
//# room being a member of none.
fn in_plain_mode_one_searches_ones_room(workers: usize) {
    let server = server(workers);
    let mut alice = server.plain("alice");
    for number in 1..=21 {
        alice.send(&format!("word {number}"));
        alice.expect(&format!("alice: word {number}"));
    }
    alice.send("/search  WORD 7 ");
    alice.expect("* <date> <time> alice: word 7");
    alice.send("/search word");
    for number in 2..=21 {
        alice.expect(&format!("* <date> <time> alice: word {number}"));
    }
    alice.expect("* and more");
    alice.send("/search nothing");
    alice.expect("* 0 messages found");
    for without_word in ["/search", "/search ?!"] {
        alice.send(without_word);
        alice.expect("! The arguments do not fit the request.");
    }
}

fn without_a_history_nothing_is_searched(workers: usize) {
    let server = TestServer::with(workers, |options| options.history = Switch::Off);
    let mut alice = server.member("alice", "#tea");
    alice.send("SEARCH #tea :word");
    alice.expect("ERR not-allowed :<text>");
    let mut bob = server.plain("bob");
    bob.send("/search word");
    bob.expect("! This is not allowed.");
}

//= protocol/SPEC.md#4-15-search
//= type=test
//# A server MAY answer a `SEARCH` that takes it too long with `ERR internal` and `retry`.
fn a_search_that_takes_long_delays_neither_short_ones_nor_the_end(workers: usize) {
    let server = server(workers);
    let mut asker = talker(&server, &["a rare word"]);
    let mut other = server.member("other", "#tea");
    asker.expect("JOINED #tea other");
    // Faster than saying it.
    rusqlite::Connection::open(server.data().join("history.db"))
        .and_then(|history| {
            history.execute(
                "WITH RECURSIVE number (seq) AS (VALUES (2) UNION ALL SELECT seq + 1 FROM number WHERE seq < 150000)
                 INSERT INTO messages (room, seq, at, name, text, total)
                 SELECT room, number.seq, at, name, 'a b', total + number.seq FROM messages, number",
                (),
            )
        })
        .expect("there is a message");
    // It is refused as long as the index is too far behind.
    eventually("all is indexed", || {
        other.send("SEARCH #tea last=1 :b");
        let line = other.line_and_text();
        (!line.starts_with("ERR internal ")).then_some(line)
    });
    other.expect("OK epoch=<epoch> count=1 more=yes");
    // The phrase is nowhere, but all of its words are in every message.
    asker.send(&format!("PING taken\nSEARCH #tea :{}", ["a"; 128].join("-")));
    asker.expect("PONG taken");
    assert_eq!(find(&mut other, ":rare"), (vec![1], "count=1".to_owned()));
    let ending = thread::spawn(|| server.shut_down());
    // It was still looked for.
    asker.expect("ERR internal retry=<ms> :<text>");
    asker.expect("BYE shutdown :<text>");
    other.expect("BYE shutdown :<text>");
    drop((asker, other));
    ending.join().expect("the server ends");
}
