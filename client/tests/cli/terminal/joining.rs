//! What is asked of a room before the answer to joining it has come.

use fanfare_tests::Client;

use super::person::Person;
use crate::scripted::{Scripted, welcome};

/// Lets alice in, and into `#lobby`. Then she wants to join `#tea`, and asks who is in `#lobby` at last, so that all that
/// she typed between was understood before this returns.
fn enter_and_wait(alice: &mut Client) {
    welcome(alice);
    alice.expect("JOIN #lobby");
    alice.send("OK epoch=e1 next=1 newest=0 members=2\nJOINED #lobby alice");
    alice.expect("WHO #lobby");
    alice.send("NAMES #lobby alice bob\nOK members=2");
    alice.expect("JOIN #tea");
    alice.expect("WHO #lobby");
}

/// Alice, who has typed all that.
fn asks(server: &Scripted, lines: &[&str]) -> Person {
    let alice = Person::at(&server.address(), &["--name=alice", "--last=0"]);
    alice.is_in_the_lobby();
    alice.types("/join #tea\r");
    alice.sees(&["#tea>"]);
    for line in lines {
        alice.types(line);
        alice.sees(&[&format!("#tea> {line}")]);
        alice.types("\r");
        alice.waits("an empty line", |screen| screen.last().is_some_and(|row| row == "#tea>"));
    }
    alice.types("/who #lobby\r");
    alice
}

#[test]
fn it_is_asked_when_one_is_in_the_room() {
    let server = Scripted::start([|alice| {
        enter_and_wait(alice);
        alice.send("OK epoch=e2 next=8 newest=7 members=2\nNAMES #lobby alice bob\nOK members=2");
        alice.expect("WHO #tea");
        alice.expect("HISTORY #tea 7 7 epoch=e2");
        alice.expect("SEARCH #tea last=20 :milk");
        alice.send(
            "NAMES #tea alice bob\nOK members=2\nPAST #tea 7 1000036800000 bob :sugar\nOK epoch=e2 count=1 next=8",
        );
        alice.send("PAST #tea 3 1000036800000 bob :milk\nOK epoch=e2 count=1");
        alice.expect("BYE");
        alice.send("BYE bye :Goodbye");
    }]);
    let mut alice = asks(&server, &["/history 1", "/search milk"]);
    alice.resizes(60, 30);
    alice.sees_somewhere("you are in #tea; one other is here");
    alice.sees_somewhere("* what was said: 1 message");
    alice.sees_somewhere("bob: sugar");
    alice.sees_somewhere("bob: milk");
    alice.types("\x04");
    assert_eq!(alice.ends().0.code(), Some(0));
    server.finish();
}

#[test]
fn it_is_not_asked_and_told_if_one_may_not_enter() {
    let server = Scripted::start([|alice| {
        enter_and_wait(alice);
        alice.send("ERR not-allowed :Not you\nNAMES #lobby alice bob\nOK members=2");
        alice.expect("BYE");
        alice.send("BYE bye :Goodbye");
    }]);
    let mut alice = asks(&server, &["/missed"]);
    alice.sees_somewhere("! you can't enter #tea: Not you");
    alice.sees_somewhere("! what you wanted to see of #tea was not asked for");
    alice.sees(&["#lobby>"]);
    alice.types("\x04");
    assert_eq!(alice.ends().0.code(), Some(0));
    server.finish();
}
