//! What is said outlives the server, and is read from its disk where its memory no longer has it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fanfare_server::options::Options;
use fanfare_tests::{Account, Client, PATIENCE, TestServer, eventually_within};

use crate::fair::Stops;

with_workers!(
    numbers_epochs_and_messages_go_on_over_a_restart,
    an_id_means_one_message_over_a_restart,
    an_id_means_one_message_also_where_that_is_kept_no_longer,
    a_room_without_messages_is_forgotten_with_the_server,
    a_resume_from_the_disk_goes_on_exactly_where_it_was,
    what_is_said_during_a_replay_follows_it_without_a_hole,
    a_replay_that_leaves_memory_while_it_is_read_goes_on_from_the_disk,
    last_and_after_leave_one_leading_gap_on_the_disk_too,
    goodbye_waits_for_the_replay,
    the_end_of_input_waits_for_the_replay,
    a_goodbye_comes_though_others_never_stop,
    who_leaves_during_the_replay_hears_no_more_of_it,
    several_rooms_are_replayed_one_after_another,
    a_page_of_history_goes_over_the_seam_of_disk_and_memory,
    a_page_of_history_can_be_asked_for_during_a_replay,
    what_is_too_much_is_kept_no_longer,
    rooms_that_nobody_holds_give_way_to_new_ones,
    a_shutdown_ends_a_replay_with_the_goodbye_that_was_asked_for,
    a_reader_that_was_passed_is_told_of_its_own_joining_all_the_same,
    numbers_that_expire_during_a_replay_have_a_gap_of_their_own,
    answers_of_stored_and_refused_messages_come_in_their_order,
    what_cannot_be_stored_is_refused_and_seen_by_nobody,
    whoever_does_not_speak_goes_on_while_nothing_can_be_stored,
);

/// A server that remembers little of a room, and answers as fast as it is asked.
fn server(workers: usize, change: impl FnOnce(&mut Options)) -> TestServer {
    TestServer::durable(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 64 * 1_024;
        change(options);
    })
}

/// How long it may take until what is to be forgotten is. The pause of who looks for it is nineteen times as long as what it
/// did last took, and that takes long on a busy machine.
const KEEPER: Duration = PATIENCE.saturating_mul(5);

/// What is said as a message of a number: some 1,000 octets, so that memory keeps fewer than 100.
fn words(number: u64) -> String {
    format!("{number} {}", "x".repeat(1_000))
}

/// A member of a room who has said so many messages there, and the room's epoch.
fn talker(server: &TestServer, room: &str, messages: u64) -> (Client, String) {
    let mut talker = server.framed("talker");
    talker.send(&format!("JOIN {room}"));
    let epoch = talker.expect("OK epoch=<epoch> next=1 newest=0 members=1").get("epoch").to_owned();
    talker.expect(&format!("JOINED {room} talker"));
    say(&mut talker, room, 1, messages);
    (talker, epoch)
}

/// Says the messages of some numbers, and reads what comes of it.
fn say(talker: &mut Client, room: &str, first: u64, last: u64) {
    for number in first..=last {
        talker.send(&format!("SAY {room} :{}", words(number)));
        let said = format!("MSG {room} {number} <at> talker :<text>");
        talker.expect_in_any_order(&[&format!("OK seq={number}"), &said]);
    }
}

/// Reads the messages of some numbers, whole.
#[track_caller]
fn expect_messages(reader: &mut Client, room: &str, first: u64, last: u64) {
    for number in first..=last {
        reader.expect(&format!("MSG {room} {number} <at> talker :{}", words(number)));
    }
}

//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST NOT forget a room while a message of it is kept in a durable history.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST NOT give one number of an epoch to two messages.
fn numbers_epochs_and_messages_go_on_over_a_restart(workers: usize) {
    let server = server(workers, |_| {});
    let mut alice = server.member("alice", "#tea");
    let mut lines = Vec::new();
    for (seq, text) in [(1, ":one"), (2, "{7}\ntwo\ntwo"), (3, ":three")] {
        alice.send(&format!("SAY #tea id=a{seq} {text}"));
        let both = [alice.line_and_text(), alice.line_and_text()];
        lines.extend(both.into_iter().filter(|line| *line != format!("OK seq={seq}")));
    }
    alice.send("LEAVE #tea");
    alice.expect("OK");
    alice.send("JOIN #tea");
    let epoch = alice.expect("OK epoch=<epoch> next=4 newest=3 members=1").get("epoch").to_owned();
    let server = server.restarted();
    let mut bob = server.framed("bob");
    bob.send("ROOMS");
    bob.expect("ROOM #tea members=0 newest=3");
    bob.expect("OK count=1");
    bob.send("WHO #tea");
    bob.expect("OK members=0");
    bob.send(&format!("JOIN #tea after={epoch}:1"));
    bob.expect(&format!("OK epoch={epoch} next=2 newest=3 members=1"));
    assert_eq!([bob.line_and_text(), bob.line_and_text()], lines[1..]);
    bob.expect("JOINED #tea bob");
    bob.send("SAY #tea :four");
    bob.expect_in_any_order(&["OK seq=4", "MSG #tea 4 <at> bob :four"]);
    bob.send("HISTORY #tea 1 1");
    assert_eq!(bob.line_and_text(), lines[0].replacen("MSG", "PAST", 1));
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST remember over its own end the ids of the messages that it has stored in a durable history, those that
//# are no longer kept included, as if the time in which it did not run had not passed.
fn an_id_means_one_message_over_a_restart(workers: usize) {
    let server = server(workers, |options| options.room_idle = Duration::ZERO);
    let mut alice = server.member("alice", "#tea");
    alice.send("SAY #tea id=a :once");
    alice.expect_in_any_order(&["OK seq=1", "MSG #tea 1 <at> alice id=a :once"]);
    let server = server.restarted();
    let mut alice = server.member("ALICE", "#tea");
    let mut bob = server.member("bob", "#tea");
    alice.expect("JOINED #tea bob");
    alice.send("SAY #tea id=a {4}\nonce");
    alice.expect("OK seq=1 repeat=yes");
    alice.send("SAY #tea id=a :twice");
    alice.expect("ERR id-reused :<text>");
    bob.send("SAY #tea id=a :once");
    bob.expect_in_any_order(&["OK seq=2", "MSG #tea 2 <at> bob id=a :once"]);
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST remember over its own end the ids of the messages that it has stored in a durable history, those that
//# are no longer kept included, as if the time in which it did not run had not passed.
fn an_id_means_one_message_also_where_that_is_kept_no_longer(workers: usize) {
    let server = server(workers, |options| options.history_count = Some(10));
    let mut alice = server.member("alice", "#tea");
    for number in 1..=20 {
        alice.send(&format!("SAY #tea id=a{number} :text {number}"));
        alice.expect_all(&[
            &format!("OK seq={number}"),
            &format!("MSG #tea {number} <at> alice id=a{number} :text {number}"),
        ]);
    }
    let all_are_known = |client: &mut Client| {
        for number in 1..=20 {
            client.send(&format!("SAY #tea id=a{number} :text {number}"));
            client.expect(&format!("OK seq={number} repeat=yes"));
            client.send(&format!("SAY #tea id=a{number} :another text"));
            client.expect("ERR id-reused :<text>");
        }
    };
    all_are_known(&mut alice);
    // It looks at its start for what is kept no longer, and otherwise when there is time.
    let server = server.restarted();
    is_kept_from(&server, 11);
    all_are_known(&mut server.member("Alice", "#tea"));
    let server = server.restarted();
    let mut alice = server.member("alice", "#tea");
    all_are_known(&mut alice);
    for number in 21..=30 {
        alice.send(&format!("SAY #tea :text {number}"));
        alice.expect_all(&[&format!("OK seq={number}"), &format!("MSG #tea {number} <at> alice :text {number}")]);
    }
    let server = server.restarted();
    is_kept_from(&server, 21);
    let server = server.restarted();
    all_are_known(&mut server.member("alice", "#tea"));
    let mut bob = server.member("bob", "#tea");
    bob.send("SAY #tea id=a1 :text 1");
    bob.lines_until("OK seq=31");
}

/// Waits until the disk has no older messages.
#[track_caller]
fn is_kept_from(server: &TestServer, oldest: i64) {
    let history = rusqlite::Connection::open(server.data().join("history.db")).expect("the history opens");
    eventually_within(KEEPER, "what is too much is deleted", || {
        let kept =
            history.query_row("SELECT min(seq) FROM messages", (), |row| row.get::<_, i64>(0)).expect("messages");
        assert!(kept <= oldest);
        (kept == oldest).then_some(())
    });
}

fn a_room_without_messages_is_forgotten_with_the_server(workers: usize) {
    let server = server(workers, |_| {});
    server.member("alice", "#tea");
    let server = server.restarted();
    let mut alice = server.framed("alice");
    alice.send("ROOMS");
    alice.expect("OK count=0");
}

//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST send the numbers from `next` to `newest` as `MSG`, `NOTE` or `GAP` before the live events of the
//# membership.
fn a_resume_from_the_disk_goes_on_exactly_where_it_was(workers: usize) {
    let server = server(workers, |_| {});
    let (mut talker, epoch) = talker(&server, "#tea", 300);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:10"));
    reader.expect(&format!("OK epoch={epoch} next=11 newest=300 members=2"));
    expect_messages(&mut reader, "#tea", 11, 300);
    reader.expect("JOINED #tea reader");
    talker.expect("JOINED #tea reader");
    say(&mut talker, "#tea", 301, 302);
    expect_messages(&mut reader, "#tea", 301, 302);
}

//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST send the joining person's own `JOINED` after the replay and before the first live message.
//= protocol/SPEC.md#5-6-members
//= type=test
//# A server that skips a `JOINED`, `LEFT` or `MEMBERS` for one slow reader MUST send that reader `MEMBERS #room total=N`
//# after the `GAP` or, if no number was skipped, in its place.
fn what_is_said_during_a_replay_follows_it_without_a_hole(workers: usize) {
    let server = server(workers, |_| {});
    // More than the sockets hold, so that the replay lasts until the reader reads.
    let (mut talker, epoch) = talker(&server, "#tea", 4_000);
    let mut reader = Client::connect_narrow(server.address());
    reader.expect("FANFARE/1 Choose a username...");
    reader.send("HELLO 1 reader");
    reader.expect("WELCOME reader <rest>");
    reader.send(&format!("JOIN #tea after={epoch}:0"));
    reader.expect(&format!("OK epoch={epoch} next=1 newest=4000 members=2"));
    talker.expect("JOINED #tea reader");
    let _other = server.member("other", "#tea");
    talker.expect("JOINED #tea other");
    // Far more than memory keeps.
    say(&mut talker, "#tea", 4_001, 4_300);
    expect_messages(&mut reader, "#tea", 1, 4_000);
    reader.expect("JOINED #tea reader");
    let mut due = 4_001;
    let mut members = 0;
    while due <= 4_300 {
        let line = reader.line().expect("the reader goes on");
        if line == "MEMBERS #tea total=3" {
            members += 1;
        } else {
            assert!(line.starts_with(&format!("MSG #tea {due} ")), "{line:.80} came when {due} was due");
            due += 1;
        }
    }
    assert_eq!(members, 1, "the joining of the other was skipped");
    say(&mut talker, "#tea", 4_301, 4_301);
    expect_messages(&mut reader, "#tea", 4_301, 4_301);
}

/// Whoever resumes over a slow line is not passed by what is said meanwhile: the disk has what memory drops.
fn a_replay_that_leaves_memory_while_it_is_read_goes_on_from_the_disk(workers: usize) {
    let server = server(workers, |options| options.room_log = 1 << 20);
    let (mut talker, epoch) = talker(&server, "#tea", 900);
    let mut slow = Client::connect_narrow(server.address());
    slow.expect("FANFARE/1 Choose a username...");
    slow.send(&format!("HELLO 1 slow\nJOIN #tea after={epoch}:0"));
    slow.expect("WELCOME slow <rest>");
    slow.expect(&format!("OK epoch={epoch} next=1 newest=900 members=2"));
    talker.expect("JOINED #tea slow");
    // All that was to be replayed leaves the memory before it is read.
    say(&mut talker, "#tea", 901, 2_100);
    expect_messages(&mut slow, "#tea", 1, 900);
    assert_eq!(slow.lines_until("MSG #tea 2100 <rest>").iter().filter(|line| line.starts_with("JOINED ")).count(), 1);
}

fn last_and_after_leave_one_leading_gap_on_the_disk_too(workers: usize) {
    let server = server(workers, |_| {});
    let (_talker, epoch) = talker(&server, "#tea", 300);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:10 last=250"));
    reader.expect(&format!("OK epoch={epoch} next=11 newest=300 members=2"));
    reader.expect("GAP #tea 11 50 slow");
    expect_messages(&mut reader, "#tea", 51, 300);
    reader.expect("JOINED #tea reader");
    reader.send("LEAVE #tea");
    reader.expect("OK");
    reader.send("JOIN #tea last=250");
    reader.expect(&format!("OK epoch={epoch} next=51 newest=300 members=2"));
    expect_messages(&mut reader, "#tea", 51, 300);
    reader.expect("JOINED #tea reader");
}

fn goodbye_waits_for_the_replay(workers: usize) {
    let server = server(workers, |_| {});
    let (_talker, epoch) = talker(&server, "#tea", 300);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:0\nBYE :thanks"));
    reader.expect(&format!("OK epoch={epoch} next=1 newest=300 members=2"));
    expect_messages(&mut reader, "#tea", 1, 300);
    reader.expect("JOINED #tea reader");
    reader.expect("BYE bye :<text>");
    reader.expect_end();
}

fn the_end_of_input_waits_for_the_replay(workers: usize) {
    let server = server(workers, |_| {});
    let (_talker, epoch) = talker(&server, "#tea", 300);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:0"));
    reader.end_input();
    reader.expect(&format!("OK epoch={epoch} next=1 newest=300 members=2"));
    expect_messages(&mut reader, "#tea", 1, 300);
    reader.expect("JOINED #tea reader");
    reader.expect("BYE bye :<text>");
    reader.expect_end();
}

//= protocol/SPEC.md#9-2-end-of-input
//= type=test
//# A server MUST send `BYE bye` after these answers, if the mode was fixed.
fn a_goodbye_comes_though_others_never_stop(workers: usize) {
    // Many times what is said until all have said goodbye, and an end if somebody never can.
    const MOST: usize = 200_000;
    let server = server(workers, |_| {});
    let (mut talker, _) = talker(&server, "#tea", 300);
    let stop = AtomicBool::new(false);
    let others: Vec<_> = (0..3).map(|index| server.framed(&format!("other-{index}"))).collect();
    thread::scope(|scope| {
        for mut other in others {
            let stop = &stop;
            scope.spawn(move || {
                other.send("JOIN #tea");
                let rounds = (0..MOST).take_while(|_| !stop.load(Ordering::Relaxed));
                let rounds = rounds.map(|_| {
                    other.send("SAY #tea :and so on");
                    other.lines_until("OK seq=<seq>");
                });
                assert!(rounds.count() < MOST, "somebody waited for the end of what others say");
            });
        }
        let _stops = Stops(&stop);
        talker.lines_until("MSG #tea 3000 <rest>");
        for end in ["BYE", ""].repeat(10) {
            let mut reader = server.framed("reader");
            // More than memory keeps.
            reader.send(&format!("JOIN #tea last=2500\n{end}"));
            reader.end_input();
            reader.lines_until("BYE bye :<text>");
            reader.expect_end();
        }
    });
}

//= protocol/SPEC.md#4-6-leave
//= type=test
//# A server MUST NOT send an event of the room after the `OK` of `LEAVE`, until the client joins again.
fn who_leaves_during_the_replay_hears_no_more_of_it(workers: usize) {
    let server = server(workers, |_| {});
    let (_talker, epoch) = talker(&server, "#tea", 4_000);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:0\nLEAVE #tea\nPING done"));
    reader.expect(&format!("OK epoch={epoch} next=1 newest=4000 members=2"));
    let before = reader.lines_until("OK");
    assert!(before.iter().all(|line| line.starts_with("MSG #tea ") || line == "OK"), "{before:?}");
    reader.expect("PONG done");
    reader.send(&format!("JOIN #tea after={epoch}:3990"));
    reader.expect(&format!("OK epoch={epoch} next=3991 newest=4000 members=2"));
    expect_messages(&mut reader, "#tea", 3_991, 4_000);
    reader.expect("JOINED #tea reader");
}

fn several_rooms_are_replayed_one_after_another(workers: usize) {
    let server = server(workers, |_| {});
    let (mut talker, tea) = talker(&server, "#tea", 200);
    talker.send("JOIN #coffee");
    let coffee = talker.expect("OK epoch=<epoch> next=1 newest=0 members=1").get("epoch").to_owned();
    talker.expect("JOINED #coffee talker");
    say(&mut talker, "#coffee", 1, 200);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={tea}:0\nJOIN #coffee after={coffee}:0"));
    let mut due = [("#tea", 1), ("#coffee", 1)];
    while due.iter().any(|&(_, due)| due <= 201) {
        let line = reader.line().expect("the reader goes on");
        for (room, due) in &mut due {
            if line.starts_with(&format!("MSG {room} {due} "))
                || (*due == 201 && line == format!("JOINED {room} reader"))
            {
                *due += 1;
            } else {
                assert!(!line.contains(&format!(" {room} ")), "{line:.80} came when {due} was due");
            }
        }
    }
}

fn a_page_of_history_goes_over_the_seam_of_disk_and_memory(workers: usize) {
    let server = server(workers, |_| {});
    let (mut talker, epoch) = talker(&server, "#tea", 300);
    talker.send("HISTORY #tea 2 299");
    for number in 2..=299 {
        talker.expect(&format!("PAST #tea {number} <at> talker :{}", words(number)));
    }
    talker.expect(&format!("OK epoch={epoch} count=298 next=300"));
    talker.send("HISTORY #tea 5 7");
    for number in 5..=7 {
        talker.expect(&format!("PAST #tea {number} <at> talker :{}", words(number)));
    }
    talker.expect(&format!("OK epoch={epoch} count=3 next=8"));
}

fn a_page_of_history_can_be_asked_for_during_a_replay(workers: usize) {
    let server = server(workers, |_| {});
    let (_talker, epoch) = talker(&server, "#tea", 300);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:0\nHISTORY #tea 1 250\nSEARCH #tea last=3 :xx 7"));
    let (mut replayed, mut past, mut joined) = (0, 0, false);
    reader.expect(&format!("OK epoch={epoch} next=1 newest=300 members=2"));
    let mut ends = Vec::new();
    while replayed < 300 || ends.len() < 2 || !joined {
        let line = reader.line().expect("the reader goes on");
        if line.starts_with("MSG ") {
            replayed += 1;
            assert!(line.starts_with(&format!("MSG #tea {replayed} ")), "{line:.80}");
        } else if line.starts_with("PAST ") {
            past += 1;
            assert!(line.starts_with(&format!("PAST #tea {past} ")), "{line:.80}");
        } else if line.starts_with("OK ") {
            ends.push(line);
        } else {
            assert_eq!((line.as_str(), replayed), ("JOINED #tea reader", 300));
            joined = true;
        }
    }
    assert_eq!(ends, [format!("OK epoch={epoch} count=250 next=251"), format!("OK epoch={epoch} count=0")]);
    assert_eq!(past, 250);
}

//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST give that `GAP` the reason `expired` if none of its numbers is kept, and otherwise `slow`.
fn what_is_too_much_is_kept_no_longer(workers: usize) {
    let server = server(workers, |options| options.history_count = Some(20));
    let (mut talker, epoch) = talker(&server, "#tea", 100);
    eventually_within(KEEPER, "only twenty are kept", || {
        talker.send("HISTORY #tea 1 100");
        let lines = talker.lines_until("OK epoch=<epoch> count=<count> next=101");
        let kept = lines.len() - 1;
        assert!(kept >= 20, "{kept} are kept");
        assert!(kept > 20 || lines[0].starts_with("PAST #tea 81 "));
        (kept == 20).then_some(())
    });
    // Memory may still have some of them.
    for range in ["1 80", "80 80", "1 1"] {
        talker.send(&format!("HISTORY #tea {range}"));
        talker.expect(&format!("OK epoch={epoch} count=0 next=<next>"));
    }
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:10"));
    reader.expect(&format!("OK epoch={epoch} next=11 newest=100 members=2"));
    reader.expect("GAP #tea 11 80 expired");
    expect_messages(&mut reader, "#tea", 81, 100);
    // Nor is it there after a restart, and numbers go on.
    let server = server.restarted();
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:79"));
    reader.expect(&format!("OK epoch={epoch} next=80 newest=100 members=1"));
    reader.expect("GAP #tea 80 80 expired");
    expect_messages(&mut reader, "#tea", 81, 100);
}

fn rooms_that_nobody_holds_give_way_to_new_ones(workers: usize) {
    let server = server(workers, |options| (options.max_rooms, options.room_idle) = (5, Duration::ZERO));
    let mut alice = server.member("alice", "#held");
    for (room, messages) in [("#a", 1), ("#b", 3), ("#c", 2), ("#d", 2)] {
        alice.send(&format!("JOIN {room}"));
        alice.lines_until(&format!("JOINED {room} alice"));
        for _ in 0..messages {
            alice.send(&format!("SAY {room} :x"));
            alice.expect_in_any_order(&["OK seq=<seq>", &format!("MSG {room} <seq> <at> alice :x")]);
        }
        alice.send(&format!("LEAVE {room}"));
        alice.expect("OK");
    }
    eventually_within(KEEPER, "there is a place for one more", || {
        alice.send("JOIN #new\nPING done");
        alice.lines_until("PONG done").iter().any(|line| line.starts_with("OK epoch=")).then_some(())
    });
    alice.send("ROOMS");
    let rooms = alice.lines_until("OK count=<count>");
    let name = |line: &String| line.split(' ').nth(1).unwrap_or_default().to_owned();
    let rooms: Vec<_> = rooms.iter().filter(|line| line.starts_with("ROOM ")).map(name).collect();
    assert!(
        rooms.starts_with(&["#b", "#c", "#d"].map(str::to_owned)),
        "the one with the fewest messages gave way: {rooms:?}"
    );
}

fn a_shutdown_ends_a_replay_with_the_goodbye_that_was_asked_for(workers: usize) {
    let server = server(workers, |options| options.drain_timeout = Duration::from_secs(60));
    let (_talker, epoch) = talker(&server, "#tea", 4_000);
    let mut reader = server.framed("reader");
    reader.send(&format!("JOIN #tea after={epoch}:0\nBYE"));
    reader.expect(&format!("OK epoch={epoch} next=1 newest=4000 members=2"));
    thread::scope(|scope| {
        let ends = scope.spawn(|| server.shut_down());
        expect_messages(&mut reader, "#tea", 1, 4_000);
        reader.expect("JOINED #tea reader");
        reader.expect("BYE bye :<text>");
        drop(reader);
        ends.join().expect("the server ends");
    });
}

//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A server MUST send the joining person's own `JOINED` after the replay and before the first live message.
fn a_reader_that_was_passed_is_told_of_its_own_joining_all_the_same(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 4 << 20;
    });
    // More than the sockets hold, and all in memory.
    let (mut talker, epoch) = talker(&server, "#tea", 3_500);
    let mut reader = Client::connect_narrow(server.address());
    reader.expect("FANFARE/1 Choose a username...");
    reader.send("HELLO 1 reader");
    reader.expect("WELCOME reader <rest>");
    reader.send(&format!("JOIN #tea after={epoch}:500"));
    reader.expect(&format!("OK epoch={epoch} next=501 newest=3500 members=2"));
    talker.expect("JOINED #tea reader");
    say(&mut talker, "#tea", 3_501, 8_500);
    let (mut account, mut joined) = (Account::new("#tea", 501), 0);
    while account.due() <= 8_500 {
        let line = reader.line().expect("the reader goes on");
        if !account.enter(&line) {
            assert_eq!(line, "JOINED #tea reader");
            assert!(account.due() > 3_500, "it came within the replay");
            joined += 1;
        }
    }
    assert_eq!(joined, 1);
    assert!(account.missed == 0 || workers == 1, "the disk has what memory lost");
}

//= protocol/SPEC.md#6-3-replay
//= type=test
//# A server MUST name the numbers that cease to be kept after the `OK` and before they were replayed in a further `GAP`
//# with the reason `expired`, in their place.
fn numbers_that_expire_during_a_replay_have_a_gap_of_their_own(workers: usize) {
    let server = server(workers, |options| options.history_count = Some(4_000));
    let (mut talker, epoch) = talker(&server, "#tea", 4_000);
    let mut reader = Client::connect_narrow(server.address());
    reader.expect("FANFARE/1 Choose a username...");
    reader.send("HELLO 1 reader");
    reader.expect("WELCOME reader <rest>");
    reader.send(&format!("JOIN #tea after={epoch}:0"));
    reader.expect(&format!("OK epoch={epoch} next=1 newest=4000 members=2"));
    talker.expect("JOINED #tea reader");
    for first in [4_001, 5_001, 6_001, 7_001] {
        say(&mut talker, "#tea", first, first + 999);
    }
    eventually_within(KEEPER, "the first 3,500 are kept no longer", || {
        talker.send("HISTORY #tea 3500 3500");
        let lines = talker.lines_until("OK epoch=<epoch> count=<count> next=3501");
        (lines.len() == 1).then_some(())
    });
    let (mut due, mut expired, mut joined) = (1, 0, false);
    while due <= 8_000 {
        let line = reader.line().expect("the reader goes on");
        if line.starts_with(&format!("GAP #tea {due} ")) {
            let mut words = line.split(' ').skip(3);
            let last: u64 = words.next().and_then(|last| last.parse().ok()).expect("a number");
            assert_eq!(words.next(), Some("expired"), "{line}");
            (expired, due) = (expired + last + 1 - due, last + 1);
        } else if line == "JOINED #tea reader" {
            joined = true;
        } else if !line.starts_with("MEMBERS #tea ") {
            assert!(line.starts_with(&format!("MSG #tea {due} ")), "{line:.80} came when {due} was due");
            due += 1;
        }
        assert!(due <= 4_001 || joined, "live messages came before the own joining");
    }
    assert!(expired > 0, "nothing has expired meanwhile");
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST send `OK`, `ERR` and `WELCOME` in the order in which the requests came.
//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A server MUST answer a faulty frame in the same order as the requests around it.
fn answers_of_stored_and_refused_messages_come_in_their_order(workers: usize) {
    let server = server(workers, |_| {});
    let mut alice = server.member("alice", "#tea");
    let mut requests = String::new();
    for number in 0..50 {
        requests.push_str(&format!(
            "SAY #tea id=a{number} :one\n\nsay #tea id=a{number} :one\nSAY tea :two\nSAY #tea id=a{number} :three\n\
             SAY #coffee :four\nSAY #tea id=b{number} {{3}}\nsix\nWHO #none\nSAY #tea :\u{1b}\nROOMS\n"
        ));
    }
    alice.send_octets(requests.as_bytes());
    alice.send("BYE");
    let answers = alice.lines_to_the_end();
    let answers: Vec<_> = answers.iter().filter(|line| line.starts_with("OK") || line.starts_with("ERR")).collect();
    for (round, answers) in answers.chunks(9).enumerate() {
        let (first, second) = (2 * round + 1, 2 * round + 2);
        let expected = [
            format!("OK seq={first}"),
            format!("OK seq={first} repeat=yes"),
            "ERR bad-room ".to_owned(),
            "ERR id-reused ".to_owned(),
            "ERR not-joined ".to_owned(),
            format!("OK seq={second}"),
            "ERR no-such-room ".to_owned(),
            "ERR bad-text ".to_owned(),
            "OK count=1".to_owned(),
        ];
        for (answer, expected) in answers.iter().zip(&expected) {
            assert!(answer.starts_with(expected), "{answer} came in place of {expected}");
        }
    }
    assert_eq!(answers.len(), 450);
}

/// Keeps everybody else from writing a server's history, until it is dropped.
fn lock(server: &TestServer) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(server.data().join("history.db")).expect("the history opens");
    connection.busy_timeout(Duration::from_secs(10)).expect("a time");
    connection.execute_batch("BEGIN IMMEDIATE").expect("nobody writes for long");
    connection
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A server that cannot store a message of a room that keeps a durable history MUST answer its `SAY` with `ERR internal`
//# and `retry`.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST NOT send the `MSG` or the `OK` of a message before it is stored, where the room keeps a durable history.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST NOT give a number to a refused message.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A server MUST NOT send a refused message to anyone.
fn what_cannot_be_stored_is_refused_and_seen_by_nobody(workers: usize) {
    let server = server(workers, |_| {});
    let mut alice = server.member("alice", "#tea");
    let mut bob = server.plain("bob");
    bob.send("/join #tea");
    bob.expect("* You are in #tea, 2 members");
    bob.expect("bob joined the chat!");
    alice.expect("JOINED #tea bob");
    let locked = lock(&server);
    alice.send("SAY #tea id=a :lost\nSAY #tea id=b :too");
    bob.send("and mine");
    for _ in 0..2 {
        alice.expect("ERR internal retry=<retry> :<text>");
    }
    bob.expect("! The server could not do this.");
    drop(locked);
    alice.send("SAY #tea id=a :lost");
    alice.expect_in_any_order(&["OK seq=1", "MSG #tea 1 <at> alice id=a :lost"]);
    bob.expect("alice: lost");
}

fn whoever_does_not_speak_goes_on_while_nothing_can_be_stored(workers: usize) {
    let server = server(workers, |_| {});
    let mut alice = server.member("alice", "#tea");
    let locked = lock(&server);
    // More than is ever waiting to be stored.
    let flood = thread::scope(|scope| {
        let socket = alice.socket().try_clone().expect("a socket");
        let flood = scope.spawn(move || {
            let mut alice = Client::over(socket);
            for number in 0..300 {
                alice.send(&format!("SAY #tea :{}", words(number)));
            }
        });
        for name in ["bob", "carol", "dave", "erin", "frank"] {
            let mut other = server.framed(name);
            other.send("PING here\nJOIN #tea\nWHO #tea\nTELL alice :psst");
            other.expect("PONG here");
            other.expect("OK epoch=<epoch> next=1 newest=0 members=<members>");
            other.lines_until("OK members=<members>");
            // Its own joining can stand before it.
            other.lines_until("OK");
            other.send("BYE");
            other.lines_until("BYE bye :<text>");
        }
        drop(locked);
        flood.join()
    });
    flood.expect("everything was sent");
    let (mut said, mut refused) = (0, 0);
    while said + refused < 300 {
        let line = alice.line().expect("every request is answered");
        said += usize::from(line.starts_with("OK seq="));
        refused += usize::from(line.starts_with("ERR internal retry="));
    }
}
