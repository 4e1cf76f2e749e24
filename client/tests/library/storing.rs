//! A server that cannot store what is said for a while.

use std::time::Duration;

use fanfare_client::Event;
use fanfare_tests::TestServer;

use crate::support::{member, patiently, until};

/// Keeps a server from writing its history, until it is dropped.
fn lock(server: &TestServer) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(server.data().join("history.db")).expect("the history opens");
    connection.busy_timeout(Duration::from_secs(10)).expect("a time");
    connection.execute_batch("BEGIN IMMEDIATE").expect("nobody writes for long");
    connection
}

#[tokio::test]
async fn messages_that_cannot_be_stored_are_said_once_and_in_order_when_they_can() {
    let server = TestServer::durable(2, |_| {});
    let (alice, mut events) = member(server.address(), "alice").await;
    let (_bob, mut heard) = member(server.address(), "bob").await;
    let locked = lock(&server);
    let mut receipts = Vec::new();
    for number in 0..5 {
        receipts.push(patiently(alice.post("#r", &number.to_string())).await.expect("it is taken"));
    }
    let delayed = until(&mut events, |event| matches!(event, Event::Delayed { .. })).await;
    assert!(
        matches!(&delayed, Event::Delayed { room, refusal, .. } if room == "#r" && refusal.code == "internal"),
        "{delayed:?}"
    );
    // What needs no history is not kept waiting for ever.
    assert_eq!(patiently(alice.who("#r", None)).await.expect("the room is there").total, 2);
    drop(locked);
    for (seq, receipt) in (1..).zip(receipts) {
        assert_eq!(patiently(receipt).await.expect("it is said").seq, seq);
    }
    for number in 0..5 {
        let event = until(&mut heard, |event| matches!(event, Event::Message(_))).await;
        assert!(matches!(event, Event::Message(message) if message.text == number.to_string()));
    }
}
