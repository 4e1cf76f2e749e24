//! What a person finds.

use fanfare_tests::{Client, TestServer};

use super::person::Person;

/// A server that keeps a history, alice at a terminal in `#lobby`, and bob there in plain mode.
fn two() -> (TestServer, Person, Client) {
    let server = TestServer::start(2);
    let alice = Person::at(&server.address().to_string(), &["--name=alice", "--presence=off"]);
    alice.is_in_the_lobby();
    let bob = server.plain("bob");
    (server, alice, bob)
}

#[test]
fn messages_are_found_by_their_words_and_shown_as_they_were_said() {
    let (_server, alice, mut bob) = two();
    for text in ["The kettle is on", "tea?", "no kettles", "a red KETTLE"] {
        bob.send(text);
    }
    alice.sees_somewhere("bob: a red KETTLE");
    alice.types("/search kettle\r");
    alice.sees(&[
        "* what was found: 2 messages",
        "bob: The kettle is on",
        "bob: a red KETTLE",
        "* that was all; this is now",
        "#lobby>",
    ]);
    alice.types("/search\r");
    alice.sees(&["* no older message found", "#lobby>"]);
    alice.types("/search pot\r");
    alice.sees(&["* no message found", "#lobby>"]);
}

#[test]
fn older_messages_are_found_by_going_on() {
    let (_server, alice, mut bob) = two();
    alice.resizes(60, 40);
    for number in 1..=23 {
        bob.send(&format!("kettle {number}"));
    }
    alice.sees_somewhere("bob: kettle 23");
    alice.types("/search kettle\r");
    alice.sees(&["bob: kettle 22", "bob: kettle 23", "* there are older ones; /search shows them", "#lobby>"]);
    alice.types("/search\r");
    alice.sees(&[
        "* what was found: 3 messages",
        "bob: kettle 1",
        "bob: kettle 2",
        "bob: kettle 3",
        "* that was all; this is now",
        "#lobby>",
    ]);
}

#[test]
fn what_can_not_be_searched_for_is_told_in_words() {
    let (server, alice, _bob) = two();
    alice.types("/search\r");
    alice.sees_somewhere("! there is no search here to go on with;");
    alice.types("/search ?!\r");
    alice.sees_somewhere("! what is searched for has at most 256 octets,");
    alice.types("/leave\r");
    alice.sees(&["* you have left #lobby", "(no room)>"]);
    alice.types("/search tea\r");
    alice.sees(&["! you are in no room", "(no room)>"]);
    drop(server);
}

#[test]
fn a_server_that_does_not_search_is_told_of() {
    let server = TestServer::start(1);
    let alice = Person::at(&server.address().to_string(), &["--name=alice"]);
    alice.is_in_the_lobby();
    alice.types("/search tea\r");
    alice.sees(&["! this server does not search", "#lobby>"]);
}

#[test]
fn what_was_searched_for_is_marked_where_there_are_colours() {
    let server = TestServer::start(2);
    let address = server.address().to_string();
    for (name, variables, is_marked) in [("colour", &[][..], true), ("plain", &[("NO_COLOR", "1")], false)] {
        let person = Person::start_with(&[&address, "--name", name, "--last=0"], variables);
        person.is_in_the_lobby();
        person.types("a red kettle\r");
        person.sees(&[&format!("{name}: a red kettle"), "#lobby>"]);
        person.types("/search RED\r");
        person.sees(&[&format!("{name}: a red kettle"), "* that was all; this is now", "#lobby>"]);
        assert_eq!(person.written().contains("a \x1b[4mred\x1b[0m kettle"), is_marked, "{name}");
    }
}
