//! What a server does rarely, done by the test itself, and what a person at a terminal sees of it.

use std::sync::atomic::{AtomicBool, Ordering};

use fanfare_tests::Client;

use super::person::Person;
use crate::scripted::{Scripted, welcome};

/// Lets alice in, and into `#lobby`.
fn enter(alice: &mut Client) {
    welcome(alice);
    alice.expect("JOIN #lobby last=20");
    alice.send("OK epoch=e1 next=1 newest=0 members=2\nJOINED #lobby alice");
    alice.expect("WHO #lobby");
    alice.send("NAMES #lobby alice bob\nOK members=2");
}

/// Noon of two days that are long gone.
const SUNDAY: &str = "1000036800000";
const MONDAY: &str = "1000123200000";

//= protocol/SPEC.md#6-5-what-a-client-checks
//= type=test
//# A client MUST report a `GAP` to its user or caller as messages missed.
#[test]
fn messages_that_were_missed_are_offered_and_fetched() {
    let server = Scripted::start([|alice| {
        enter(alice);
        alice.send(&format!("GAP #lobby 1 12 slow\nMSG #lobby 13 {MONDAY} bob :now"));
        alice.expect("HISTORY #lobby 1 12 epoch=e1");
        alice.send(&format!("PAST #lobby 10 {SUNDAY} bob :ten\nPAST #lobby 11 {SUNDAY} bob :eleven"));
        alice.send(&format!("PAST #lobby 12 {MONDAY} bob :twelve\nOK epoch=e1 count=3 next=13"));
        alice.expect("BYE");
        alice.send("BYE bye :Goodbye");
    }]);
    let mut alice = Person::at(&server.address(), &["--name=alice"]);
    alice.resizes(60, 30);
    alice.sees(&[
        "* 12 messages missed in #lobby; /missed shows them",
        "— Monday, 10 September 2001 —",
        "bob: now",
        "#lobby>",
    ]);
    alice.types("/missed\r");
    alice.waits("what was missed", |screen| {
        let shown: Vec<_> = screen.iter().map(|row| row.get(6..).unwrap_or_default()).collect();
        let day = |text: &str| shown.iter().position(|row| row.contains(text));
        let (sunday, ten) = (screen.iter().position(|row| row == "— Sunday, 9 September 2001 —"), day("bob: ten"));
        sunday.is_some()
            && sunday < ten
            && ten < day("bob: eleven")
            && day("bob: eleven") < day("bob: twelve")
            && shown.contains(&"* 9 messages the server keeps no longer")
            && shown.contains(&"* that was all; this is now")
    });
    alice.types("\x04");
    assert_eq!(alice.ends().0.code(), Some(0));
    server.finish();
}

#[test]
fn a_room_that_was_begun_anew_meanwhile_cannot_be_fetched_from() {
    let server = Scripted::start([|alice| {
        enter(alice);
        alice.send("GAP #lobby 1 12 unread");
        alice.expect("HISTORY #lobby 1 12 epoch=e1");
        alice.send("ERR wrong-epoch :Not this one.");
        alice.line();
    }]);
    let alice = Person::at(&server.address(), &["--name=alice"]);
    alice.sees_somewhere("12 messages missed in #lobby");
    alice.types("/missed\r");
    alice.sees_somewhere("! the room was begun anew; 12 messages can't be");
    drop(alice);
    server.finish();
}

#[test]
fn what_is_no_longer_kept_is_not_offered() {
    let server = Scripted::start([|alice| {
        enter(alice);
        alice.send("GAP #lobby 1 3 expired");
        alice.line();
    }]);
    let alice = Person::at(&server.address(), &["--name=alice"]);
    alice.waits("the loss", |screen| {
        screen.iter().any(|row| row.contains("* 3 messages missed in #lobby, which the server")) && screen.len() > 2
    });
    alice.types("/missed\r");
    alice.sees(&["* nothing was missed that can be fetched", "#lobby>"]);
    drop(alice);
    server.finish();
}

#[test]
fn a_server_that_breaks_the_protocol_ends_it_and_what_was_being_typed_is_shown() {
    let server = Scripted::start([|alice| {
        enter(alice);
        alice.expect("SAY #lobby id=<id> :over?");
        // Nobody asked for so many answers.
        alice.send("OK seq=1\nOK seq=2");
        while alice.try_line().is_ok_and(|line| line.is_some()) {}
    }]);
    let mut alice = Person::at(&server.address(), &["--name=alice"]);
    alice.is_in_the_lobby();
    alice.types("over?\rhalf a line");
    let (status, screen) = alice.ends();
    assert_eq!(status.code(), Some(5), "{screen:#?}");
    assert!(screen.iter().any(|row| row == "not sent: half a line"), "{screen:#?}");
    assert!(screen.iter().any(|row| row.contains("is that a Fanfare/1 server?")), "{screen:#?}");
    alice.has_the_terminal_back();
    server.finish();
}

#[test]
fn a_server_that_sends_one_away_ends_it_with_its_reason() {
    let server = Scripted::start([|alice| {
        enter(alice);
        alice.send("BYE replaced :You are somewhere else.");
        while alice.try_line().is_ok_and(|line| line.is_some()) {}
    }]);
    let mut alice = Person::at(&server.address(), &["--name=alice"]);
    let (status, screen) = alice.ends();
    assert_eq!(status.code(), Some(4), "{screen:#?}");
    assert!(screen.iter().any(|row| row.contains("You are somewhere else. (replaced)")), "{screen:#?}");
    alice.has_the_terminal_back();
    server.finish();
}

#[test]
fn a_message_that_is_refused_is_given_back_with_the_reason() {
    let server = Scripted::start([|alice| {
        enter(alice);
        alice.expect("SAY #lobby id=<id> :hello");
        alice.send("ERR not-joined :You are not in this room.");
        alice.line();
    }]);
    let alice = Person::at(&server.address(), &["--name=alice"]);
    alice.is_in_the_lobby();
    alice.types("hello\r");
    alice.sees_somewhere("! not sent to #lobby: You are not in this room.");
    alice.types("\x1b[A");
    alice.sees(&["#lobby> hello"]);
    drop(alice);
    server.finish();
}

#[test]
fn a_message_is_shown_as_waiting_until_it_comes_back_and_never_twice() {
    let server = Scripted::start([|alice| {
        enter(alice);
        alice.expect("SAY #lobby id=<id> :hello");
        alice.send(&format!("MSG #lobby 1 {MONDAY} bob :go on"));
        // The test lets it go on when it has seen the message wait. It comes back before its answer.
        alice.expect("TELL bob id=<id> :go on");
        alice.send(&format!("MSG #lobby 2 {MONDAY} alice :hello"));
        alice.expect("TELL bob id=<id> :further");
        alice.send("OK seq=2\nOK\nOK");
        alice.line();
    }]);
    let alice = Person::at(&server.address(), &["--name=alice"]);
    alice.is_in_the_lobby();
    alice.types("hello\r");
    alice.sees(&["bob: go on", "… #lobby: hello", "#lobby>"]);
    alice.types("/msg bob go on\r");
    alice.sees(&["bob: go on", "alice: hello", "… bob: go on", "#lobby>"]);
    alice.types("/msg bob further\r");
    let screen = alice.waits("the answers", |screen| screen.iter().any(|row| row.ends_with(" [to bob] further")));
    assert_eq!(screen.iter().filter(|row| row.ends_with("alice: hello")).count(), 1, "{screen:#?}");
    assert!(!screen.iter().any(|row| row.starts_with('…')), "{screen:#?}");
    drop(alice);
    server.finish();
}

/// Whether the test has seen a message wait.
static IS_SEEN: AtomicBool = AtomicBool::new(false);

#[test]
fn a_message_that_the_server_cannot_store_waits_in_sight_and_is_said_once() {
    let server = Scripted::start([|alice| {
        enter(alice);
        let said = alice.expect("SAY #lobby id=<id> :hello");
        while !IS_SEEN.load(Ordering::SeqCst) {
            alice.send("ERR internal retry=1 :The disk is full.");
            assert_eq!(alice.expect("SAY #lobby id=<id> :hello").get("id"), said.get("id"));
        }
        alice.send(&format!("OK seq=1\nMSG #lobby 1 {MONDAY} alice :hello"));
        alice.expect("WHO #lobby");
        alice.send("NAMES #lobby alice\nOK members=1");
        alice.line();
    }]);
    let alice = Person::at(&server.address(), &["--name=alice"]);
    alice.is_in_the_lobby();
    alice.types("hello\r");
    alice.waits("that it waits", |screen| {
        screen.iter().any(|row| row.contains("! not said yet: The disk is full. (internal); it"))
            && screen.iter().any(|row| row == "… #lobby: hello")
    });
    IS_SEEN.store(true, Ordering::SeqCst);
    alice.sees_somewhere("alice: hello");
    alice.types("/who\r");
    alice.sees(&["* 1 member in #lobby: alice", "#lobby>"]);
    let screen = alice.screen();
    assert_eq!(screen.iter().filter(|row| row.contains("! not said yet")).count(), 1, "{screen:#?}");
    drop(alice);
    server.finish();
}
