//! Connections that are lost, and what comes of that.

use std::collections::HashSet;

use fanfare_client::{Ending, Event, Loss};
use fanfare_tests::{Proxy, TestServer};

use crate::support::{Account, config, connect, member, patiently, until};

fn unlimited() -> TestServer {
    TestServer::with(2, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    })
}

/// Numbers that are different each time and the same in each run.
fn budgets(seed: u64, least: usize, most: usize) -> impl Iterator<Item = usize> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        // A linear congruential generator, with the constants of Knuth's MMIX.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + (state >> 33) as usize % (most - least)
    })
}

#[tokio::test]
async fn every_number_comes_once_over_a_way_that_is_cut_in_the_middle_of_frames() {
    const MESSAGES: u64 = 2_000;
    let server = unlimited();
    let proxy = Proxy::to(server.address());
    let (reader, mut events) = connect(proxy.address(), "reader").await;
    patiently(reader.join("#r")).await.expect("it can be joined");
    let mut account = Account::default();
    let (writer, _) = connect(server.address(), "writer").await;
    patiently(writer.join("#r")).await.expect("it can be joined");
    proxy.cut_after(budgets(7, 300, 9_000).take(40));
    proxy.cut();
    let write = async {
        for number in 0..MESSAGES {
            let text = format!("{number} {}", "x".repeat(number as usize % 90));
            writer.post("#r", &text).await.expect("it is taken").await.expect("it is said");
        }
    };
    let read = async {
        while !account.is_up_to("#r", MESSAGES) {
            let event = patiently(events.next()).await.expect("the conversation goes on");
            account.enter(&event);
        }
    };
    tokio::join!(write, read);
    let room = account.room("#r");
    assert_eq!((room.missed, room.resets), (0, 0));
    assert!(room.resumed >= 10, "it was cut {} times", room.resumed);
    let numbers: Vec<_> = room.texts.iter().map(|text| text.split(' ').next().expect("a number")).collect();
    assert!(numbers.iter().map(|number| number.parse()).eq((0..MESSAGES).map(Ok)), "{numbers:?}");
}

#[tokio::test]
async fn every_message_is_said_once_and_in_order_over_a_way_that_is_cut_in_the_middle_of_frames() {
    const MESSAGES: usize = 600;
    let server = unlimited();
    let proxy = Proxy::to(server.address());
    let mut reader = server.member("reader", "#r");
    let (writer, _events) = connect(proxy.address(), "writer").await;
    patiently(writer.join("#r")).await.expect("it can be joined");
    proxy.cut_after(budgets(3, 200, 4_000).take(25));
    proxy.cut();
    let mut receipts = Vec::new();
    for number in 0..MESSAGES {
        receipts.push(patiently(writer.post("#r", &number.to_string())).await.expect("it is taken"));
    }
    let mut seqs = HashSet::new();
    for receipt in receipts {
        seqs.insert(patiently(receipt).await.expect("it is said").seq);
    }
    assert_eq!(seqs.len(), MESSAGES);
    assert!(proxy.connections() >= 10, "there were {} connections", proxy.connections());
    let mut said = Vec::new();
    while said.len() < MESSAGES {
        let line = reader.line().expect("the connection goes on");
        if line.starts_with("MSG ") {
            said.push(line.rsplit_once(':').expect("a text").1.to_owned());
        }
    }
    assert!(said.iter().map(|number| number.parse()).eq((0..MESSAGES).map(Ok)), "{said:?}");
    reader.expect_nothing();
}

//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST start a new epoch for a room whose numbering it cannot continue.
//= protocol/SPEC.md#6-1-numbers-and-epochs
//= type=test
//# A server MUST NOT use an epoch for a room that it used for another numbering of that room, before a restart
//# included.
#[tokio::test]
async fn a_server_that_was_restarted_is_found_again_and_its_loss_is_told() {
    let before = unlimited();
    let proxy = Proxy::to(before.address());
    let (client, mut events) = member(proxy.address(), "alice").await;
    patiently(client.say("#r", "one")).await.expect("it is said");
    proxy.lead_to(None);
    before.shut_down();
    let lost = until(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    assert!(
        matches!(&lost, Event::Disconnected { loss: Loss::Bye(refusal), .. } if refusal.code == "shutdown"),
        "{lost:?}"
    );
    // It is not there, and what is said meanwhile waits.
    let said = patiently(client.post("#r", "two")).await.expect("it is taken");
    until(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    let after = unlimited();
    // Somebody else is there sooner; of the new numbering nothing is lost.
    let mut bob = after.member("bob", "#r");
    bob.send("SAY #r :the first of the new ones");
    bob.lines_until("MSG #r 1 <rest>");
    proxy.lead_to(Some(after.address()));
    assert_eq!(patiently(said).await.expect("it is said").seq, 2);
    let mut account = Account::default();
    until(&mut events, |event| matches!(event, Event::Connected(_))).await;
    while !account.is_up_to("#r", 2) {
        account.enter(&patiently(events.next()).await.expect("the conversation goes on"));
    }
    assert_eq!((account.room("#r").resets, account.room("#r").missed), (1, 0));
    assert_eq!(account.room("#r").texts, ["the first of the new ones", "two"]);
}

#[tokio::test]
async fn what_was_said_during_a_lost_connection_comes_when_it_is_back() {
    let server = unlimited();
    let proxy = Proxy::to(server.address());
    let (_client, mut events) = member(proxy.address(), "alice").await;
    proxy.lead_to(None);
    proxy.cut();
    until(&mut events, |event| matches!(event, Event::Disconnected { .. })).await;
    let mut bob = server.member("bob", "#r");
    for number in 1..=5 {
        bob.send(&format!("SAY #r :{number}"));
    }
    for _ in 0..10 {
        bob.line();
    }
    proxy.lead_to(Some(server.address()));
    let mut texts = Vec::new();
    while texts.len() < 5 {
        if let Event::Message(message) = patiently(events.next()).await.expect("the conversation goes on") {
            texts.push(message.text);
        }
    }
    assert_eq!(texts, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn a_connection_that_hangs_is_taken_over_with_its_token() {
    let server = unlimited();
    let proxy = Proxy::to(server.address());
    let (client, mut events) = member(proxy.address(), "alice").await;
    let mut bob = server.member("bob", "#r");
    until(&mut events, |event| matches!(event, Event::Joined { .. })).await;
    proxy.strand();
    until(&mut events, |event| matches!(event, Event::Connected(_))).await;
    patiently(client.say("#r", "here again")).await.expect("it is said");
    let lines = bob.lines_until("MSG #r 1 <at> alice <text>");
    assert_eq!(lines[..2], ["LEFT #r alice", "JOINED #r alice"], "the server had not noticed before");
}

#[tokio::test]
async fn one_who_does_not_want_it_is_not_connected_again() {
    let server = TestServer::start(1);
    let proxy = Proxy::to(server.address());
    let config = config(proxy.address(), "alice").reconnect(false);
    let (_client, mut events) = patiently(fanfare_client::Client::connect(config)).await.expect("the server welcomes");
    proxy.cut();
    let end = until(&mut events, |event| matches!(event, Event::Ended(_))).await;
    assert!(matches!(end, Event::Ended(Ending::Lost(Loss::Closed | Loss::Transport(_)))), "{end:?}");
    assert_eq!(proxy.connections(), 1);
}
