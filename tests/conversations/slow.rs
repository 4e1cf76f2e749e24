//! Readers that stop reading: others go on unhurt, and each number is accounted for.

use std::thread;
use std::time::Duration;

use fanfare_tests::{Account, Client, TestServer, counted_octets, stopped_member};

with_workers!(
    who_stops_reading_gets_a_gap_for_each_number_and_others_miss_nothing,
    presence_that_was_skipped_is_told_by_a_count,
    where_only_presence_was_skipped_there_is_a_count_and_no_gap,
    a_plain_reader_is_told_how_many_messages_were_missed,
    who_leaves_and_joins_again_while_behind_has_two_memberships,
    a_reader_of_two_rooms_has_an_account_of_each,
    who_takes_long_answers_slowly_is_not_silent,
);

/// Messages of 8 KiB: 400 of them are far more than log and sockets hold.
const TEXT: usize = 8_192;
const MANY: u64 = 400;

/// A server whose rooms keep 64 KiB, and that does not limit who speaks.
fn server(workers: usize) -> TestServer {
    TestServer::with(workers, |options| {
        options.room_log = 64 * 1_024;
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// Says a number of large messages one after another, and hears each of them.
#[track_caller]
fn say(speaker: &mut Client, account: &mut Account, room: &str, count: u64) {
    for _ in 0..count {
        let seq = account.due();
        let text = format!("{seq:06} {}", "x".repeat(TEXT - 7));
        speaker.send(&format!("SAY {room} {{{TEXT}}}\n{text}"));
        let (mut ok, mut heard) = (false, false);
        while !(ok && heard) {
            let line = speaker.line_and_text();
            if account.enter(&line) {
                heard = true;
            } else {
                assert_eq!(line, format!("OK seq={seq}"));
                ok = true;
            }
        }
    }
    assert_eq!(account.gaps, 0, "the speaker missed something");
}

/// Reads up to a number, and looks that every text that comes is whole and the one of its number.
#[track_caller]
fn catch_up(reader: &mut Client, account: &mut Account, last: u64) {
    while account.due() <= last {
        let seq = account.due();
        let line = reader.line().expect("a slow reader is not cut");
        let text = counted_octets(&line).map(|octets| reader.counted(octets));
        assert!(account.enter(&line), "{line:.80} came");
        if let Some(text) = text {
            assert!(text.len() == TEXT && text.starts_with(&format!("{seq:06} x")), "{text:.80} came as {seq}");
        }
    }
}

//= protocol/SPEC.md#5-1-rules-for-all-events
//= type=test
//# A server MUST NOT delay an event for one member because another member reads slowly.
//= protocol/SPEC.md#6-4-slow-readers
//= type=test
//# A server MUST name in a `GAP` each number that it skips for a reader that was passed.
//= protocol/SPEC.md#6-4-slow-readers
//= type=test
//# A server MUST finish a frame of which it has sent a part before it sends such a `GAP`.
//= protocol/SPEC.md#6-4-slow-readers
//= type=test
//# A server MUST give the reason `slow` to a `GAP` that it sends because a reader was passed.
fn who_stops_reading_gets_a_gap_for_each_number_and_others_miss_nothing(workers: usize) {
    let server = server(workers);
    let mut slow = stopped_member(&server, "slow", &["#tea"]);
    let mut others: Vec<Client> = (0..3).map(|index| server.framed(&format!("other{index}"))).collect();
    let mut accounts: Vec<Account> = others.iter().map(|_| Account::new("#tea", 1)).collect();
    for other in &mut others {
        other.send("JOIN #tea");
        other.expect("OK <attributes>");
    }
    let mut speaker = server.member("speaker", "#tea");
    // The last that it reads.
    for presence in ["other0", "other1", "other2", "speaker"] {
        slow.expect(&format!("JOINED #tea {presence}"));
    }
    let mut spoken = Account::new("#tea", 1);
    for _ in 0..MANY / 4 {
        say(&mut speaker, &mut spoken, "#tea", 4);
        for (other, account) in others.iter_mut().zip(&mut accounts) {
            account.read_up_to(other, spoken.due() - 1);
        }
    }
    for account in &accounts {
        assert_eq!((account.received, account.gaps), (MANY, 0), "others were hurt");
    }
    // It reads again: the message that was cut is completed, a gap follows, and it goes on.
    let mut account = Account::new("#tea", 1);
    catch_up(&mut slow, &mut account, MANY);
    assert!(account.gaps > 0 && account.received > 0, "{account:?}");
    assert_eq!(account.received + account.missed, MANY);
    assert_eq!(account.members, 0, "no presence was skipped");
    // From here on it is a reader like any other.
    let gaps = account.gaps;
    say(&mut speaker, &mut spoken, "#tea", 1);
    catch_up(&mut slow, &mut account, MANY + 1);
    assert_eq!(account.gaps, gaps);
    slow.expect_nothing();
}

//= protocol/SPEC.md#5-6-members
//= type=test
//# A server that skips a `JOINED`, `LEFT` or `MEMBERS` for one slow reader MUST send that reader `MEMBERS #room
//# total=N` after the `GAP` or, if no number was skipped, in its place.
fn presence_that_was_skipped_is_told_by_a_count(workers: usize) {
    let server = server(workers);
    let mut slow = stopped_member(&server, "slow", &["#tea"]);
    let mut speaker = server.member("speaker", "#tea");
    slow.expect("JOINED #tea speaker");
    let mut spoken = Account::new("#tea", 1);
    say(&mut speaker, &mut spoken, "#tea", MANY / 2);
    let _guest = server.member("guest", "#tea");
    speaker.expect("JOINED #tea guest");
    say(&mut speaker, &mut spoken, "#tea", MANY / 2);
    let mut account = Account::new("#tea", 1);
    let mut last = String::new();
    while account.due() <= MANY {
        let line = slow.line_and_text();
        assert!(account.enter(&line), "{line:.80} came");
        if line.starts_with("MEMBERS") {
            assert_eq!(line, "MEMBERS #tea total=3");
            assert!(last.starts_with("GAP "), "{last:.80} came before it");
        }
        last = line;
    }
    assert_eq!(account.members, 1, "{account:?}");
}

//= protocol/SPEC.md#5-6-members
//= type=test
//# A server that skips a `JOINED`, `LEFT` or `MEMBERS` for one slow reader MUST send that reader `MEMBERS #room
//# total=N` after the `GAP` or, if no number was skipped, in its place.
fn where_only_presence_was_skipped_there_is_a_count_and_no_gap(workers: usize) {
    let server = server(workers);
    let mut slow = stopped_member(&server, "slow", &["#tea"]);
    let mut guest = server.framed("guest");
    let reason = "x".repeat(256);
    for _ in 0..50 {
        guest.send(&format!("JOIN #tea\nLEAVE #tea :{reason}\n").repeat(100));
        guest.send("PING on");
        guest.lines_until("PONG on");
    }
    guest.send("JOIN #tea\nSAY #tea :after");
    // The count stands in the place of what was skipped, and no number is missing.
    let lines = slow.lines_until("MSG #tea 1 <at> guest :after");
    let counts: Vec<_> = lines.iter().filter(|line| line.starts_with("MEMBERS ")).collect();
    assert!(!counts.is_empty() && counts.iter().all(|line| line.starts_with("MEMBERS #tea total=")), "{counts:?}");
    assert!(counts.iter().all(|line| !line.contains(" joined=")), "{counts:?}");
    assert!(!lines.iter().any(|line| line.starts_with("GAP ")), "a gap without a number");
    assert!(lines.len() < 10_000, "nothing was skipped");
}

fn a_plain_reader_is_told_how_many_messages_were_missed(workers: usize) {
    let server = server(workers);
    let mut slow = stopped_plain(&server);
    let mut speaker = server.member("speaker", "#lobby");
    let mut spoken = Account::new("#lobby", 1);
    say(&mut speaker, &mut spoken, "#lobby", MANY);
    let (mut due, mut missed) = (1, 0);
    while due <= MANY {
        let line = slow.line().expect("a slow reader is not cut");
        // That the speaker came can have been skipped with the first messages; then the count of members is news.
        if line == "speaker joined the chat!" || line == "* 2 members now" {
            assert!(due == 1 || missed > 0, "{line} came when {due} was due");
        } else if let Some(gap) = line.strip_prefix("* ") {
            let count = gap.strip_suffix(" messages missed").unwrap_or_else(|| panic!("{line:?} came"));
            let count: u64 = count.parse().expect("a count is a number");
            missed += count;
            due += count;
        } else {
            assert!(line.starts_with(&format!("speaker: {due:06} ")), "{line:.80} came when {due} was due");
            assert_eq!(line.len(), "speaker: ".len() + TEXT);
            due += 1;
        }
    }
    assert!(missed > 0);
    speaker.send("SAY #lobby :after");
    slow.expect("speaker: after");
}

/// A plain person whose socket holds little.
fn stopped_plain(server: &TestServer) -> Client {
    let mut client = Client::connect_narrow(server.address());
    client.send("slow");
    client.expect_all(&["FANFARE/1 Choose a username...", "You are connected to the Server!", "slow joined the chat!"]);
    client
}

fn who_leaves_and_joins_again_while_behind_has_two_memberships(workers: usize) {
    let server = server(workers);
    let mut slow = stopped_member(&server, "slow", &["#tea"]);
    let mut speaker = server.member("speaker", "#tea");
    slow.expect("JOINED #tea speaker");
    let mut spoken = Account::new("#tea", 1);
    say(&mut speaker, &mut spoken, "#tea", MANY);
    slow.send("LEAVE #tea\nJOIN #tea");
    speaker.expect_all(&["LEFT #tea slow", "JOINED #tea slow"]);
    say(&mut speaker, &mut spoken, "#tea", MANY);
    // The first membership ends with the answer to LEAVE; what did not come before is not sent.
    let mut first = Account::new("#tea", 1);
    loop {
        let line = slow.line_and_text();
        if line == "OK" {
            break;
        }
        assert!(first.enter(&line), "{line:.80} came");
    }
    assert!(first.due() <= MANY + 1);
    slow.expect(&format!("OK epoch=<epoch> next={0} newest={MANY} members=2", MANY + 1));
    let mut second = Account::new("#tea", MANY + 1);
    let mut joined = false;
    while second.due() <= 2 * MANY {
        let line = slow.line_and_text();
        let seam = line == "JOINED #tea slow";
        joined |= seam;
        assert!(seam || second.enter(&line), "{line:.80} came");
    }
    assert_eq!(second.received + second.missed, MANY);
    assert!(joined || second.members > 0, "neither the seam nor a count in its place came");
    slow.expect_nothing();
}

fn a_reader_of_two_rooms_has_an_account_of_each(workers: usize) {
    let server = server(workers);
    let mut slow = stopped_member(&server, "slow", &["#tea", "#quiet"]);
    let mut speaker = server.member("speaker", "#tea");
    let mut spoken = Account::new("#tea", 1);
    let mut quiet = server.member("quiet", "#quiet");
    say(&mut speaker, &mut spoken, "#tea", MANY / 2);
    quiet.send("SAY #quiet :hush");
    quiet.lines_until("OK seq=1");
    say(&mut speaker, &mut spoken, "#tea", MANY / 2);
    let (mut tea, mut hush) = (Account::new("#tea", 1), Account::new("#quiet", 1));
    while tea.due() <= MANY || hush.due() <= 1 {
        let line = slow.line_and_text();
        let presence = ["JOINED #tea speaker", "JOINED #quiet quiet"].contains(&line.as_str());
        assert!(presence || tea.enter(&line) || hush.enter(&line), "{line:.80} came");
    }
    // The busy room does not cost the quiet one.
    assert_eq!((hush.received, hush.gaps), (1, 0));
    assert!(tea.gaps > 0);
    slow.expect_nothing();
}

/// SPEC.md, section 8, item 4: while answers wait the server does not listen, so that it can't hear a `PONG` either.
//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A server SHOULD NOT end a connection for silence while it has itself stopped reading from it and the client still
//# takes octets.
fn who_takes_long_answers_slowly_is_not_silent(workers: usize) {
    const PAGES: usize = 8;
    let server = TestServer::with(workers, |options| {
        options.ping_interval = Duration::from_secs(1);
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let mut speaker = server.member("speaker", "#tea");
    say(&mut speaker, &mut Account::new("#tea", 1), "#tea", 50);
    let mut reader = stopped_member(&server, "reader", &["#tea"]);
    reader.send(&"HISTORY #tea 1 100\n".repeat(PAGES));
    let mut complete = 0;
    // Three intervals, and no word from the reader: it has asked, and is busy reading.
    while complete < PAGES {
        let line = reader.line_and_text();
        assert!(!line.starts_with("BYE"), "{line}");
        complete += usize::from(line.starts_with("OK epoch=") && line.contains(" count="));
        thread::sleep(Duration::from_millis(3_000) / (50 * PAGES as u32));
    }
}
