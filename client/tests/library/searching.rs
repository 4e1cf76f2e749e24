//! Messages that are found by their words.

use fanfare_client::{Client, Error, Found};
use fanfare_tests::{Proxy, TestServer};

use crate::support::{connect, member, patiently};

/// Says each of these in `#r`.
async fn say_all(client: &Client, texts: &[&str]) {
    for text in texts {
        patiently(client.say("#r", text)).await.expect("it is said");
    }
}

/// The numbers of what was found, and whether there is more.
fn numbers(found: &Found) -> (Vec<u64>, bool) {
    (found.messages.iter().map(|message| message.seq).collect(), found.more)
}

#[tokio::test]
async fn messages_are_found_by_their_words_the_newest_first_and_older_ones_by_going_on() {
    let server = TestServer::start(2);
    let (alice, _events) = member(server.address(), "alice").await;
    let texts = ["The red kettle", "tea", "A KETTLE, red", "kettle", "red\nkettle 1.88", "no kettle red?"];
    say_all(&alice, &texts).await;
    let found = patiently(alice.search("#r", "kettle red", None, 2)).await.expect("one is a member");
    assert_eq!(numbers(&found), (vec![5, 6], true));
    assert_eq!((&*found.messages[0].text, &*found.messages[0].name), ("red\nkettle 1.88", "alice"));
    let found = patiently(alice.search("#r", "kettle red", Some(5), 2)).await.expect("one is a member");
    assert_eq!(numbers(&found), (vec![1, 3], false));
    let found = patiently(alice.search("#r", "1.88", None, 1_000)).await.expect("one is a member");
    assert_eq!(numbers(&found), (vec![5], false));
    let found = patiently(alice.search("#r", "1.89", None, 1_000)).await.expect("one is a member");
    assert_eq!(numbers(&found), (vec![], false));
}

#[tokio::test]
async fn what_can_not_be_searched_for_is_refused() {
    let (with, without) = (TestServer::start(2), TestServer::start(1));
    let (alice, _events) = member(with.address(), "alice").await;
    for text in ["", " ?!", &"x".repeat(257)] {
        assert!(matches!(alice.search("#r", text, None, 1).await, Err(Error::Text(_))), "{text}");
    }
    for (before, last) in [(None, 0), (None, 1_001), (Some(0), 1), (Some(u64::MAX), 1)] {
        let refused = alice.search("#r", "tea", before, last).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{before:?} {last}");
    }
    assert!(matches!(alice.search("r", "tea", None, 1).await, Err(Error::Invalid(_))));
    let code = |result| match result {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("it is refused: {other:?}"),
    };
    assert_eq!(code(patiently(alice.search("#tea", "tea", None, 1)).await), "not-joined");
    let (bob, _events) = member(without.address(), "bob").await;
    assert_eq!(code(patiently(bob.search("#r", "tea", None, 1)).await), "not-allowed");
}

#[tokio::test]
async fn searches_are_answered_whole_over_a_way_that_is_cut_in_the_middle_of_frames() {
    let server = TestServer::with(2, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let proxy = Proxy::to(server.address());
    let (writer, _events) = member(server.address(), "writer").await;
    for number in 0..60 {
        let receipt = writer.post("#r", &format!("kettle {number} {}", "x".repeat(number))).await.expect("it is taken");
        patiently(receipt).await.expect("it is said");
    }
    let (reader, _unread) = connect(proxy.address(), "reader").await;
    patiently(reader.join("#r")).await.expect("it can be joined");
    // An answer has some 4,000 octets.
    proxy.cut_after((1..=12).map(|time| time * 400));
    proxy.cut();
    for _ in 0..8 {
        let found = patiently(reader.search("#r", "kettle", None, 50)).await.expect("one is a member");
        assert_eq!(numbers(&found), ((11..=60).collect(), true));
    }
    assert!(proxy.connections() >= 10, "there were {} connections", proxy.connections());
}
