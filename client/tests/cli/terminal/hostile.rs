//! What a server or a keyboard does at a bad moment, and what a person at a terminal keeps.

use std::net::TcpListener;

use fanfare_tests::Client;

use super::person::Person;
use crate::scripted::welcome;

/// Somebody called alice, and the server's side of their connection, which the test itself plays.
fn connecting() -> (Person, Client) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let address = listener.local_addr().expect("it has an address").to_string();
    let alice = Person::at(&address, &["--name=alice"]);
    let (stream, _) = listener.accept().expect("alice connects");
    (alice, Client::over(stream))
}

/// The same, with alice in `#lobby`.
fn in_the_lobby() -> (Person, Client) {
    let (alice, mut server) = connecting();
    welcome(&mut server);
    server.expect("JOIN #lobby last=20");
    server.send("OK epoch=e1 next=1 newest=0 members=2\nJOINED #lobby alice");
    server.expect("WHO #lobby");
    server.send("NAMES #lobby alice bob\nOK members=2");
    alice.is_in_the_lobby();
    (alice, server)
}

#[test]
fn the_reason_of_a_lost_connection_takes_one_row_however_many_lines_it_has() {
    let (alice, mut server) = in_the_lobby();
    alice.resizes(160, 12);
    let text = "Back soon.\n20:15 eve: I owe you 10";
    server.send(&format!("BYE shutdown retry=60000 {{{}}}\n{text}", text.len()));
    alice.sees_somewhere("not connected");
    for typed in ["a", "ab", "abc"] {
        alice.types(&typed[typed.len() - 1..]);
        alice.sees_somewhere(&format!("#lobby> {typed}"));
    }
    let screen = alice.screen();
    assert_eq!(screen.iter().filter(|row| row.contains("not connected")).count(), 1, "{screen:#?}");
    assert!(screen.iter().all(|row| !row.trim_start().starts_with("20:15 eve:")), "{screen:#?}");
}

#[test]
fn what_is_typed_before_a_connection_that_fails_is_shown() {
    let (mut alice, mut server) = connecting();
    alice.sees_somewhere("connecting to");
    alice.types("half a line");
    alice.sees_somewhere("half a line");
    server.send("HTTP/1.1 400 Bad Request");
    let (status, screen) = alice.ends();
    assert_eq!(status.code(), Some(5), "{screen:#?}");
    assert!(screen.iter().any(|row| row == "not sent: half a line"), "{screen:#?}");
}

//= protocol/SPEC.md#13-security-considerations
//= type=test
//# A client that shows text from a server MUST NOT pass on to a terminal a character that 2.4 forbids.
#[test]
fn a_character_that_is_forbidden_in_texts_never_comes_to_the_terminal() {
    let (mut alice, mut server) = in_the_lobby();
    server.send("MSG #lobby 1 1000036800000 bob :\x1b[2JZanzibar");
    let (status, screen) = alice.ends();
    assert_eq!(status.code(), Some(5), "{screen:#?}");
    assert!(!alice.written().contains("Zanzibar"), "{screen:#?}");
}

#[test]
fn lines_that_are_pasted_before_there_is_a_connection_are_not_lost() {
    let (alice, mut server) = connecting();
    alice.sees_somewhere("connecting to");
    alice.pastes("one\ntwo");
    alice.types("!");
    alice.sees_somewhere("!");
    welcome(&mut server);
    server.expect("JOIN #lobby last=20");
    server.send("OK epoch=e1 next=1 newest=0 members=2\nJOINED #lobby alice");
    alice.sees(&["#lobby> one↵two!"]);
}

#[test]
fn what_was_missed_is_fetched_once_however_often_it_is_asked_for() {
    let (alice, mut server) = in_the_lobby();
    server.send("GAP #lobby 1 2 slow\nMSG #lobby 3 1000036800000 bob :three\nGAP #lobby 4 5 slow");
    alice.sees_somewhere("* 2 messages missed in #lobby");
    alice.sees_somewhere("bob: three");
    alice.resizes(60, 40);
    alice.types("/missed\r");
    server.expect("HISTORY #lobby 1 2 epoch=e1");
    alice.types("/missed\r");
    // What is typed at once would be taken as pasted.
    alice.types("x");
    alice.sees_somewhere("#lobby> x");
    alice.types("\x7f/who\r");
    let mut asked = Vec::new();
    loop {
        let line = server.line().expect("alice asks who is there");
        if line.starts_with("WHO") {
            break;
        }
        asked.push(line);
    }
    let one = "PAST #lobby 1 1000036800000 bob :one\nPAST #lobby 2 1000036800000 bob :two\nOK epoch=e1 count=2 next=3";
    server.send(one);
    for _ in &asked {
        server.send(one);
    }
    server.send("NAMES #lobby alice bob\nOK members=2");
    server.expect("HISTORY #lobby 4 5 epoch=e1");
    server.send(
        "PAST #lobby 4 1000036800000 bob :four\nPAST #lobby 5 1000036800000 bob :five\nOK epoch=e1 count=2 next=6",
    );
    alice.sees_somewhere("bob: five");
    alice.types("\x04");
    server.expect("BYE");
    let screen = alice.screen();
    for text in ["bob: one", "bob: four"] {
        assert_eq!(screen.iter().filter(|row| row.contains(text)).count(), 1, "{screen:#?}");
    }
}

#[test]
fn one_s_own_words_of_the_past_do_not_stand_for_those_that_wait() {
    let (mut alice, mut server) = connecting();
    welcome(&mut server);
    server.expect("JOIN #lobby last=20");
    alice.sees_somewhere("#lobby>");
    alice.types("good morning\r");
    server.expect("SAY #lobby id=<id> :good morning");
    server.send("OK epoch=e1 next=1 newest=1 members=1\nMSG #lobby 1 1000036800000 alice :good morning");
    alice.sees_somewhere("alice: good morning");
    server.send("BYE replaced :You are somewhere else.");
    drop(server);
    let (_, screen) = alice.ends();
    let words = "no answer to what you wrote to #lobby: good morning";
    assert!(screen.iter().any(|row| row == words), "{screen:#?}");
}
#[test]
fn more_of_a_pasted_text_is_no_answer_to_the_question_about_it_and_is_not_lost() {
    let (alice, mut server) = in_the_lobby();
    alice.pastes("one\ntwo");
    alice.sees(&["Send 2 lines (7 characters) as one message? [y/n]"]);
    // The rest of what a terminal sends that marks nothing.
    alice.types("\rany of it");
    alice.sees(&["Send 3 lines (17 characters) as one message? [y/n]"]);
    alice.types("y");
    server.expect("SAY #lobby id=<id> {17}");
}
