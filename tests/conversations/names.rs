//! Who has a name, for how long, and who may take it over.

use std::collections::HashSet;
use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use fanfare_tests::{Client, PATIENCE, TestServer};

with_workers!(
    goodbye_frees_a_name,
    the_end_of_input_frees_a_name,
    the_end_of_input_frees_a_plain_persons_name,
    a_reset_frees_a_plain_persons_name,
    after_a_reset_only_the_token_has_the_name,
    after_a_timeout_only_the_token_has_the_name,
    a_held_name_is_free_when_its_time_is_over,
    nobody_can_be_told_anything_at_a_held_name,
    a_token_takes_over_a_name_in_use,
    a_takeover_ends_every_membership_before_welcome,
    nothing_of_the_replaced_connection_is_executed_any_more,
    a_token_is_good_once,
    the_token_of_another_name_is_wrong,
    a_token_is_ignored_for_a_free_name,
    a_token_does_not_outlive_a_goodbye,
    a_plain_persons_name_is_never_taken_over,
    tokens_are_new_each_time_and_hexadecimal,
    names_are_the_same_in_any_case_and_shown_as_spelled,
    of_many_who_ask_at_once_one_gets_the_name,
);

/// Asks for a name until it is there for whoever asks, as it must be at some time.
fn framed_in_the_end(server: &TestServer, name: &str) -> Client {
    let begin = Instant::now();
    while begin.elapsed() < PATIENCE {
        let mut client = server.connect();
        client.send(&format!("HELLO 1 {name}"));
        let line = client.line().unwrap_or_default();
        if line.starts_with("WELCOME ") {
            return client;
        }
        assert_eq!(line.split(' ').nth(1), Some("name-taken"));
    }
    panic!("{name} was not freed");
}

/// Two people in a room, of whom the first has a token, and has read that the second came.
fn alice_and_bob(server: &TestServer) -> (Client, String, Client) {
    let (mut alice, token) = server.framed_with_token("alice");
    alice.send("JOIN #tea");
    alice.expect_all(&["OK <rest>", "JOINED #tea alice"]);
    let bob = server.member("bob", "#tea");
    alice.expect("JOINED #tea bob");
    (alice, token, bob)
}

//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST make a name free before it sends the `BYE` of a clean end.
fn goodbye_frees_a_name(workers: usize) {
    let server = TestServer::start(workers);
    for _ in 0..3 {
        let mut alice = server.framed("alice");
        alice.send("BYE");
        // Whoever has read the goodbye finds the name free.
        alice.expect("BYE bye :<text>");
        let mut person = server.plain("ALICE");
        person.send("/quit");
        person.expect("* Goodbye!");
    }
}

//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST make a name free before it sends the `BYE` of a clean end.
fn the_end_of_input_frees_a_name(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.framed("alice");
    alice.end_input();
    alice.expect("BYE bye :<text>");
    let alice = server.framed("alice");
    // Nothing unread is there, so that closing is the end of input and no reset.
    drop(alice);
    framed_in_the_end(&server, "alice");
}

fn the_end_of_input_frees_a_plain_persons_name(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    alice.end_input();
    alice.expect("* Goodbye!");
    let _alice = server.framed("alice");
}

//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST NOT hold the name of a person who has no token, in plain mode or in framed mode.
fn a_reset_frees_a_plain_persons_name(workers: usize) {
    let server = TestServer::start(workers);
    let mut bob = server.member("bob", "#lobby");
    let alice = server.plain("alice");
    bob.expect("JOINED #lobby alice");
    alice.reset();
    bob.expect("LEFT #lobby alice");
    framed_in_the_end(&server, "alice");
}

//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST hold the name of a person who has a token for 60 seconds after an unclean end, unless more names would
//# then be in use or held than it takes connections.
//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST answer `name-taken` to a `HELLO` or name line for a name that is in use or held, unless its token is
//# the one that 3.5 accepts.
//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST accept for a name that is in use or held the token of the person who has it or for whom it is held,
//# and no other.
fn after_a_reset_only_the_token_has_the_name(workers: usize) {
    let server = TestServer::start(workers);
    let (alice, token, mut bob) = alice_and_bob(&server);
    alice.reset();
    bob.expect("LEFT #tea alice");
    let mut other = server.connect();
    let wrong = if token.starts_with('0') { token.replacen('0', "1", 1) } else { format!("0{}", &token[1..]) };
    other.send(&format!("HELLO 1 alice\nHELLO 1 Alice token={wrong}\nHELLO 1 alice token={}", &token[1..]));
    for _ in 0..3 {
        other.expect("ERR name-taken :<text>");
    }
    let mut person = server.connect();
    person.send("alice");
    person.expect_all(&["! <text>", "Choose a username..."]);
    other.send(&format!("HELLO 1 Alice token={token}\nJOIN #tea"));
    other.expect_all(&["WELCOME Alice token=<token> <rest>", "OK <rest>", "JOINED #tea Alice"]);
    bob.expect("JOINED #tea Alice");
}

//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A server MUST send `PING` to a person in framed mode from whom it has heard no octet for one interval.
//= protocol/SPEC.md#8-keep-alive
//= type=test
//# A server MUST send `BYE timeout` to a person in framed mode from whom it has heard no octet for one more interval
//# after that `PING`.
//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST hold the name of a person who has a token for 60 seconds after an unclean end, unless more names would
//# then be in use or held than it takes connections.
fn after_a_timeout_only_the_token_has_the_name(workers: usize) {
    let server = TestServer::with(workers, |options| options.ping_interval = Duration::from_secs(1));
    let (mut alice, token) = server.framed_with_token("alice");
    alice.expect_all(&["PING", "BYE timeout :<text>"]);
    alice.expect_end();
    let mut other = server.connect();
    other.send(&format!("HELLO 1 alice\nHELLO 1 alice token={token}"));
    other.expect_all(&["ERR name-taken :<text>", "WELCOME alice <rest>"]);
}

//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST hold the name of a person who has a token for 60 seconds after an unclean end, unless more names would
//# then be in use or held than it takes connections.
fn a_held_name_is_free_when_its_time_is_over(workers: usize) {
    let server = TestServer::with(workers, |options| options.name_hold = Duration::from_millis(100));
    let (alice, _, mut bob) = alice_and_bob(&server);
    alice.reset();
    bob.expect("LEFT #tea alice");
    framed_in_the_end(&server, "alice");
}

fn nobody_can_be_told_anything_at_a_held_name(workers: usize) {
    let server = TestServer::start(workers);
    let (alice, _, mut bob) = alice_and_bob(&server);
    alice.reset();
    bob.expect("LEFT #tea alice");
    bob.send("TELL alice :psst\nWHO #tea");
    bob.expect_all(&["ERR no-such-name :<text>", "NAMES #tea bob", "OK members=1"]);
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST accept for a name that is in use or held the token of the person who has it or for whom it is held,
//# and no other.
//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server that accepts a token for a name in use MUST send `BYE replaced` on the earlier connection.
//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A server MUST NOT send anything after its `BYE`.
fn a_token_takes_over_a_name_in_use(workers: usize) {
    let server = TestServer::start(workers);
    let (mut old, token, mut bob) = alice_and_bob(&server);
    let mut new = server.connect();
    new.send(&format!("HELLO 1 Alice token={token}"));
    new.expect("WELCOME Alice token=<token> <rest>");
    let before = old.lines_until("BYE replaced :<text>");
    // What came before it, if anything did, is no word of a room that it is not in any more.
    assert!(before.len() == 1 || before[..before.len() - 1] == ["LEFT #tea alice"], "{before:?}");
    old.expect_end();
    bob.expect("LEFT #tea alice");
    new.send("JOIN #tea");
    bob.expect("JOINED #tea Alice");
    new.send("TELL bob :It's me");
    bob.expect("TOLD <at> Alice :It's me");
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST end the memberships of the earlier connection, so that other members see `LEFT`, before it sends the
//# new `WELCOME`.
fn a_takeover_ends_every_membership_before_welcome(workers: usize) {
    let server = TestServer::start(workers);
    let (mut old, token, mut bob) = alice_and_bob(&server);
    old.send("JOIN #coffee");
    old.expect_all(&["OK <rest>", "JOINED #coffee alice"]);
    let mut new = server.connect();
    new.send(&format!("HELLO 1 alice token={token}\nROOMS\nWHO #tea\nSAY #tea :x\nJOIN #tea"));
    new.expect_all(&[
        "WELCOME alice <rest>",
        "ROOM #coffee members=0 newest=0",
        "ROOM #tea members=1 newest=0",
        "OK count=2",
        "NAMES #tea bob",
        "OK members=1",
        "ERR not-joined :<text>",
        "OK epoch=<epoch> next=1 newest=0 members=2",
        "JOINED #tea alice",
    ]);
    bob.expect_all(&["LEFT #tea alice", "JOINED #tea alice"]);
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST NOT execute anything of the earlier connection after it accepted the token.
fn nothing_of_the_replaced_connection_is_executed_any_more(workers: usize) {
    let server = TestServer::with(workers, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let (mut old, token, mut bob) = alice_and_bob(&server);
    let mut new = server.connect();
    // The old connection says as much as it can while it is replaced.
    let mut talk = old.socket().try_clone().expect("a socket can be shared");
    let talker = thread::spawn(move || {
        let words = "SAY #tea :old\n".repeat(100);
        // In the end the server closes.
        while talk.write_all(words.as_bytes()).is_ok() {}
    });
    // One that goes on talking behind its BYE can lose the end of what it was sent. SPEC.md, section 9.1.
    let reader = thread::spawn(move || while let Ok(Some(_)) = old.try_line() {});
    bob.expect("MSG #tea 1 <at> alice :old");
    new.send(&format!("HELLO 1 alice token={token}\nJOIN #tea\nSAY #tea :new"));
    new.lines_until("MSG #tea <seq> <at> alice :new");
    let heard = bob.lines_until("MSG #tea <seq> <at> alice :new");
    let left = heard.iter().position(|line| line == "LEFT #tea alice").expect("the old one leaves");
    // What was taken for storing before may come behind it, before and behind who joins: as much as may be unanswered.
    // SPEC.md, section 4.7.
    let most = if workers == 1 { 0 } else { 256 };
    let behind = &heard[left + 1..heard.len() - 1];
    let (taken, others): (Vec<_>, Vec<_>) = behind.iter().partition(|line| line.ends_with(" alice :old"));
    assert_eq!(others, ["JOINED #tea alice"]);
    assert!(taken.len() <= most, "{behind:?}");
    bob.expect_nothing();
    talker.join().expect("the old connection ends");
    reader.join().expect("the old connection ends");
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST give a new token with each `WELCOME` that bears one.
//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST NOT accept a token a second time.
fn a_token_is_good_once(workers: usize) {
    let server = TestServer::start(workers);
    let (_first, one) = server.framed_with_token("alice");
    let mut second = server.connect();
    second.send(&format!("HELLO 1 alice token={one}"));
    let two = second.expect("WELCOME alice token=<token> <rest>");
    let mut third = server.connect();
    third.send(&format!("HELLO 1 alice token={one}\nHELLO 1 alice token={}", two.get("token")));
    third.expect_all(&["ERR name-taken :<text>", "WELCOME alice <rest>"]);
    second.expect("BYE replaced :<text>");
}

fn the_token_of_another_name_is_wrong(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, _) = server.framed_with_token("alice");
    let (_bob, token) = server.framed_with_token("bob");
    let mut other = server.connect();
    other.send(&format!("HELLO 1 alice token={token}"));
    other.expect("ERR name-taken :<text>");
    alice.expect_nothing();
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST ignore the token of a `HELLO` for a free name.
fn a_token_is_ignored_for_a_free_name(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.connect();
    alice.send("HELLO 1 alice colour=red token=nonsense-of_any-form");
    alice.expect("WELCOME alice token=<token> <rest>");
}

fn a_token_does_not_outlive_a_goodbye(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, token) = server.framed_with_token("alice");
    alice.send("BYE");
    alice.expect("BYE bye :<text>");
    let mut next = server.framed("alice");
    let mut other = server.connect();
    other.send(&format!("HELLO 1 alice token={token}"));
    other.expect("ERR name-taken :<text>");
    next.expect_nothing();
}

fn a_plain_persons_name_is_never_taken_over(workers: usize) {
    let server = TestServer::start(workers);
    let (mut alice, token) = server.framed_with_token("alice");
    alice.send("BYE");
    alice.expect("BYE bye :<text>");
    let mut person = server.plain("alice");
    let mut other = server.connect();
    other.send(&format!("HELLO 1 alice token={token}\nHELLO 1 alice token=x\nHELLO 1 alice"));
    for _ in 0..3 {
        other.expect("ERR name-taken :<text>");
    }
    person.send("still here");
    person.expect("alice: still here");
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server SHOULD write a token as 32 hexadecimal digits in lower case.
//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A server MUST give a new token with each `WELCOME` that bears one.
fn tokens_are_new_each_time_and_hexadecimal(workers: usize) {
    let server = TestServer::start(workers);
    let mut seen = HashSet::new();
    for _ in 0..20 {
        let (mut alice, token) = server.framed_with_token("alice");
        assert!(token.len() == 32 && token.bytes().all(|octet| matches!(octet, b'0'..=b'9' | b'a'..=b'f')), "{token}");
        assert!(seen.insert(token));
        alice.send("BYE");
        alice.expect("BYE bye :<text>");
    }
}

//= protocol/SPEC.md#4-4-hello
//= type=test
//# A server MUST answer an accepted `HELLO` with `WELCOME` and the name as `HELLO` spelled it.
//= protocol/SPEC.md#2-6-values
//= type=test
//# A receiver MUST treat names that are equal when folded as the same name.
//= protocol/SPEC.md#2-6-values
//= type=test
//# A server MUST send a name as the person spelled it in the `HELLO` or name line that was accepted.
fn names_are_the_same_in_any_case_and_shown_as_spelled(workers: usize) {
    let server = TestServer::start(workers);
    let mut bob = server.member("BoB", "#tea");
    let mut alice = server.member("Al-1_x", "#tea");
    bob.expect("JOINED #tea Al-1_x");
    alice.send("TELL bob :psst\nWHO #tea after=AL-1_X");
    alice.expect_all(&["OK", "NAMES #tea BoB", "OK members=2"]);
    bob.expect("TOLD <at> Al-1_x :psst");
    bob.send("SAY #tea :hi");
    alice.expect("MSG #tea 1 <at> BoB :hi");
}

//= protocol/SPEC.md#3-4-names
//= type=test
//# A server MUST give a name to at most one connection at a time.
fn of_many_who_ask_at_once_one_gets_the_name(workers: usize) {
    let server = TestServer::start(workers);
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send("HELLO 1 alice");
    }
    let welcome = |client: &mut Client| client.line().is_some_and(|line| line.starts_with("WELCOME alice "));
    assert_eq!(clients.iter_mut().filter_map(|client| welcome(client).then_some(())).count(), 1);
}
