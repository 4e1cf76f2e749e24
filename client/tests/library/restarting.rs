//! Servers that are started again, with and without what they stored.

use fanfare_client::{Client, Entry, Event, Events};
use fanfare_tests::{Proxy, TestServer};

use crate::support::{Account, connect, member, patiently, until};

/// A server that keeps its history, and lets everybody say as much as they like.
fn durable() -> TestServer {
    TestServer::durable(2, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// What comes of `#r`, up to a number.
async fn read(events: &mut Events, account: &mut Account, newest: u64) {
    while !account.is_up_to("#r", newest) {
        account.enter(&patiently(events.next()).await.expect("the conversation goes on"));
    }
}

/// Waits until the way is lost.
async fn is_lost(events: &mut Events, account: &mut Account) {
    loop {
        let event = patiently(events.next()).await.expect("the conversation goes on");
        account.enter(&event);
        if matches!(event, Event::Disconnected { .. }) {
            return;
        }
    }
}

async fn is_said(client: &Client, text: &str) -> u64 {
    patiently(client.say("#r", text)).await.expect("it is said").seq
}

#[tokio::test]
async fn a_server_that_kept_its_history_is_gone_on_with_where_one_was() {
    let server = durable();
    let proxy = Proxy::to(server.address());
    let (alice, mut events) = connect(proxy.address(), "alice").await;
    patiently(alice.join("#r")).await.expect("it can be joined");
    let mut account = Account::default();
    assert_eq!(is_said(&alice, "one").await, 1);
    read(&mut events, &mut account, 1).await;
    proxy.lead_to(None);
    proxy.cut();
    is_lost(&mut events, &mut account).await;
    // This one alice has not seen when the server ends.
    let (bob, _) = member(server.address(), "bob").await;
    assert_eq!(is_said(&bob, "two").await, 2);
    let said = patiently(alice.post("#r", "three")).await.expect("it is taken");
    let again = server.restarted();
    proxy.lead_to(Some(again.address()));
    assert_eq!(patiently(said).await.expect("it is said").seq, 3);
    read(&mut events, &mut account, 3).await;
    let room = account.room("#r");
    assert_eq!(
        (&room.texts[..], room.resumed, room.resets, room.missed),
        (&["one", "two", "three"].map(str::to_owned)[..], 1, 0, 0)
    );
    let past = patiently(alice.history("#r", 1..=9, None)).await.expect("one is a member");
    assert_eq!(past.messages.iter().map(|message| &*message.text).collect::<Vec<_>>(), ["one", "two", "three"]);
    let found = patiently(alice.search("#r", "two", None, 20)).await.expect("one is a member");
    assert_eq!(found.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn a_server_that_kept_nothing_has_begun_anew() {
    let server = durable();
    let proxy = Proxy::to(server.address());
    let (alice, mut events) = member(proxy.address(), "alice").await;
    assert_eq!(is_said(&alice, "one").await, 1);
    proxy.lead_to(None);
    proxy.cut();
    until(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    server.shut_down();
    let again = TestServer::start(1);
    proxy.lead_to(Some(again.address()));
    let entered = until(&mut events, |event| matches!(event, Event::Entered(_))).await;
    assert!(matches!(&entered, Event::Entered(entered) if entered.how == Entry::Reset), "{entered:?}");
    assert_eq!(is_said(&alice, "one of the new ones").await, 1);
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A client that repeats a `SAY` whose answer it did not receive MUST send the same id and the same text.
#[tokio::test]
async fn a_message_whose_answer_went_with_the_server_is_said_once() {
    const ID: &str = "9f3c51d07a2be846-1";
    let server = durable();
    let mut first = server.member("alice", "#r");
    // As of a client that is cut off before the answer: it was stored.
    first.send(&format!("SAY #r id={ID} :once"));
    first.lines_until("OK seq=1");
    let again = server.restarted();
    let (alice, _events) = member(again.address(), "alice").await;
    let said = patiently(alice.post_with_id("#r", ID, "once").await.expect("it is taken")).await.expect("it is said");
    assert_eq!((said.seq, said.repeat), (1, true));
    assert_eq!(is_said(&alice, "twice").await, 2);
}

#[tokio::test]
async fn every_message_is_said_once_and_in_order_over_servers_that_are_started_again_and_again() {
    const ROUNDS: usize = 4;
    const MESSAGES: usize = 120;
    let mut server = durable();
    let proxy = Proxy::to(server.address());
    let (alice, mut events) = connect(proxy.address(), "alice").await;
    patiently(alice.join("#r")).await.expect("it can be joined");
    let mut account = Account::default();
    let mut receipts = Vec::new();
    for round in 0..ROUNDS {
        for number in 0..MESSAGES {
            let text = (round * MESSAGES + number).to_string();
            receipts.push(patiently(alice.post("#r", &text)).await.expect("it is taken"));
        }
        // Some are answered, some are stored, some were not sent: the server is not told, and neither is the client.
        let seen = account.newest("#r") + 10 * round as u64 + 1;
        read(&mut events, &mut account, seen).await;
        proxy.lead_to(None);
        proxy.cut();
        server = server.restarted();
        is_lost(&mut events, &mut account).await;
        proxy.lead_to(Some(server.address()));
    }
    let mut seqs = Vec::new();
    for receipt in receipts {
        seqs.push(patiently(receipt).await.expect("it is said").seq);
    }
    let all = (ROUNDS * MESSAGES) as u64;
    assert_eq!(seqs, (1..=all).collect::<Vec<_>>());
    read(&mut events, &mut account, all).await;
    let room = account.room("#r");
    assert_eq!((room.resets, room.missed), (0, 0));
    assert!(room.resumed >= ROUNDS - 1, "it was resumed {} times", room.resumed);
    assert!(room.texts.iter().map(|text| text.parse()).eq((0..ROUNDS * MESSAGES).map(Ok)), "{:?}", room.texts);
}
