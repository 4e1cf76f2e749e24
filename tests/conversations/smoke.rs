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
    bob.expect("OK seq=2");
    bob.expect("MSG #lobby 2 <at> bob {3}");
    assert_eq!(bob.counted(3), "a\nb");
    alice.expect_all(&["bob: a", "bob: b"]);
}
