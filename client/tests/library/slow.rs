//! Programs that don't take their events.

use fanfare_client::{Client, Event, Missed};
use fanfare_tests::{Proxy, TestServer};

use crate::support::{Account, config, patiently, until};

fn unlimited() -> TestServer {
    TestServer::with(2, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
        options.room_log = 256 * 1024;
    })
}

const MESSAGES: u64 = 400;

#[tokio::test]
async fn one_who_takes_no_events_is_a_slow_reader_to_the_server_and_gets_an_account_later() {
    let server = unlimited();
    let (slow, mut events) = patiently(Client::connect(config(server.address(), "slow").event_memory(10_000)))
        .await
        .expect("the server welcomes");
    patiently(slow.join("#r")).await.expect("it can be joined");
    let (writer, _) =
        patiently(Client::connect(config(server.address(), "writer"))).await.expect("the server welcomes");
    patiently(writer.join("#r")).await.expect("it can be joined");
    let text = "x".repeat(60_000);
    for _ in 0..MESSAGES {
        patiently(writer.say("#r", &text)).await.expect("it is said, whoever reads");
    }
    let mut account = Account::default();
    let mut slow_gaps = 0;
    while !account.is_up_to("#r", MESSAGES) {
        let event = patiently(events.next()).await.expect("the conversation goes on");
        slow_gaps += u64::from(matches!(&event, Event::Gap(gap) if gap.missed == Missed::Slow));
        account.enter(&event);
    }
    let room = account.room("#r");
    assert!(slow_gaps > 0 && room.missed > 0, "{} messages of 60 kB are somewhere", room.texts.len());
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A client SHOULD go on reading while its requests are unanswered.
#[tokio::test]
async fn answers_come_to_one_who_takes_no_events_and_what_has_no_room_is_a_gap() {
    let server = unlimited();
    let (both, mut events) = patiently(Client::connect(config(server.address(), "both").event_memory(10_000)))
        .await
        .expect("the server welcomes");
    patiently(both.join("#r")).await.expect("it can be joined");
    // Each answer stands behind the messages before it, of which nobody takes any.
    let text = "x".repeat(60_000);
    for _ in 0..MESSAGES {
        patiently(both.say("#r", &text)).await.expect("it is answered");
    }
    let mut account = Account::default();
    let mut kept = 0;
    while !account.is_up_to("#r", MESSAGES) {
        let event = patiently(events.next()).await.expect("the conversation goes on");
        if let Event::Message(message) = &event {
            kept += message.text.len();
        }
        account.enter(&event);
    }
    assert!(account.room("#r").missed > 0);
    assert!(kept < 2_000_000, "{kept} octets were kept");
    patiently(both.bye(None)).await.expect("it is answered");
    until(&mut events, |event| matches!(event, Event::Ended(_))).await;
}

#[tokio::test]
async fn one_who_takes_no_events_is_connected_again_and_says_what_it_has_to() {
    let server = unlimited();
    let proxy = Proxy::to(server.address());
    let (both, mut events) = patiently(Client::connect(config(proxy.address(), "both").event_memory(10_000)))
        .await
        .expect("the server welcomes");
    patiently(both.join("#r")).await.expect("it can be joined");
    let text = "x".repeat(60_000);
    for _ in 0..40 {
        patiently(both.say("#r", &text)).await.expect("it is said");
    }
    for number in 1..=5 {
        proxy.cut();
        let said = patiently(both.say("#r", "after a lost connection")).await.expect("it is said");
        assert_eq!(said.seq, 40 + number);
    }
    let mut account = Account::default();
    let mut is_connected = false;
    while !account.is_up_to("#r", 45) {
        let event = patiently(events.next()).await.expect("the conversation goes on");
        match event {
            Event::Connected(_) => is_connected = true,
            Event::Disconnected { .. } => is_connected = false,
            _ => {}
        }
        account.enter(&event);
    }
    assert!(is_connected, "what came last is what holds");
}

#[tokio::test]
async fn a_flood_of_pings_is_not_read_further_than_its_answers_are_taken() {
    use std::io::{BufRead, BufReader, Write};
    const FAR: usize = 64 << 20;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let flood = tokio::task::spawn_blocking(move || {
        let (mut stream, _) = listener.accept().expect("somebody connects");
        stream.write_all(b"FANFARE/1 Hi\n").expect("it is read");
        let mut hello = String::new();
        BufReader::new(&stream).read_line(&mut hello).expect("a name is said");
        stream.write_all(b"WELCOME alice ping=30 text=4096 presence=1 :Hi\n").expect("it is read");
        // Who takes nothing for so long has stopped. Nothing is read from it.
        stream.set_write_timeout(Some(std::time::Duration::from_secs(2))).expect("a timeout can be set");
        let pings = b"PING\n".repeat(10_000);
        let mut written = 0;
        while written < FAR && stream.write_all(&pings).is_ok() {
            written += pings.len();
        }
        written
    });
    let (_client, _events) = patiently(Client::connect(config(address, "alice"))).await.expect("the server welcomes");
    let written = patiently(flood).await.expect("it does not panic");
    assert!(written < FAR, "it was all read, and the answers kept");
}
