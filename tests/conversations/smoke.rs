//! Two people talk.

use fanfare_tests::TestServer;

with_workers!(framed_and_plain_people_hear_each_other);

fn framed_and_plain_people_hear_each_other(workers: usize) {
    let server = TestServer::start(workers);
    let mut alice = server.plain("alice");
    let mut bob = server.member("bob", "#lobby");
    alice.expect("bob joined the chat!");
    alice.send("hello");
    alice.expect("alice: hello");
    bob.expect("MSG #lobby 1 <at> alice :hello");
    bob.send("SAY #lobby {3}\na\nb");
    bob.expect_in_any_order(&["OK seq=2", "MSG #lobby 2 <at> bob {3}"]);
    alice.expect_all(&["bob: a", "bob: b"]);
    bob.send("HISTORY #lobby 2 2");
    bob.expect("PAST #lobby 2 <at> bob {3}");
    assert_eq!(bob.counted(3), "a\nb");
}
