//! Requests and their answers.

use fanfare_client::{Error, Event, Position, Since};
use fanfare_tests::TestServer;

use crate::support::{connect, member, patiently, until};

fn code<T>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Refused(refusal)) => refusal.code,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn two_people_talk() {
    let server = TestServer::start(2);
    let (alice, mut heard_by_alice) = member(server.address(), "alice").await;
    let (bob, mut heard_by_bob) = member(server.address(), "Bob").await;
    let joined = until(&mut heard_by_alice, |event| matches!(event, Event::Joined { .. })).await;
    assert!(matches!(joined, Event::Joined { name, .. } if name == "Bob"));
    let said = patiently(alice.say("#r", "two\nlines")).await.expect("it is said");
    assert_eq!((said.seq, said.repeat), (1, false));
    for events in [&mut heard_by_alice, &mut heard_by_bob] {
        let event = until(events, |event| matches!(event, Event::Message(_))).await;
        let Event::Message(message) = event else { panic!("it is a message") };
        assert_eq!((&*message.room, message.seq, &*message.name, &*message.text), ("#r", 1, "alice", "two\nlines"));
        assert!(message.id.is_some() && message.at > 0);
    }
    patiently(bob.tell("ALICE", "psst")).await.expect("it is told");
    let told = until(&mut heard_by_alice, |event| matches!(event, Event::Told(_))).await;
    assert!(matches!(told, Event::Told(told) if told.name == "Bob" && told.text == "psst"));
    patiently(bob.leave("#r", Some("Supper"))).await.expect("it is left");
    let left = until(&mut heard_by_alice, |event| matches!(event, Event::Left { .. })).await;
    assert!(matches!(left, Event::Left { reason: Some(reason), .. } if reason == "Supper"));
}

#[tokio::test]
async fn lists_and_the_past_come_in_pages() {
    let server = TestServer::start(1);
    let (alice, _events) = member(server.address(), "alice").await;
    for text in ["one", "two", "three"] {
        patiently(alice.say("#r", text)).await.expect("it is said");
    }
    let who = patiently(alice.who("#r", None)).await.expect("the room is there");
    assert_eq!((who.total, who.names, who.more), (1, vec!["alice".to_owned()], false));
    let who = patiently(alice.who("#r", Some("bob"))).await.expect("the room is there");
    assert_eq!((who.total, who.names.len()), (1, 0));
    let rooms = patiently(alice.rooms(None)).await.expect("there is a list");
    assert_eq!((&*rooms.rooms[0].room, rooms.rooms[0].newest, rooms.more), ("#r", 3, false));
    let past = patiently(alice.history("#r", 2..=9, None)).await.expect("one is a member");
    let texts: Vec<_> = past.messages.iter().map(|message| &*message.text).collect();
    assert_eq!((texts, past.next), (vec!["two", "three"], 4));
    assert_eq!(code(patiently(alice.history("#r", 1..=2, Some("never"))).await), "wrong-epoch");
}

#[tokio::test]
async fn a_room_is_read_from_where_one_was() {
    let server = TestServer::start(1);
    let (alice, _) = member(server.address(), "alice").await;
    for text in ["one", "two", "three"] {
        patiently(alice.say("#r", text)).await.expect("it is said");
    }
    let (bob, mut events) = connect(server.address(), "bob").await;
    let entered = patiently(bob.join_since("#r", Since::Last(2))).await.expect("it can be joined");
    assert_eq!((entered.next, entered.newest), (2, 3));
    patiently(bob.leave("#r", None)).await.expect("it is left");
    let position = Position::new(&entered.epoch, 1).expect("an epoch");
    patiently(bob.join_since("#r", Since::After(position))).await.expect("it can be joined");
    let mut texts = Vec::new();
    while texts.len() < 4 {
        if let Event::Message(message) = patiently(events.next()).await.expect("the conversation goes on") {
            texts.push(message.text);
        }
    }
    assert_eq!(texts, ["two", "three", "two", "three"]);
}

#[tokio::test]
async fn refusals_are_answers_and_the_conversation_goes_on() {
    let server = TestServer::start(1);
    let (alice, _events) = member(server.address(), "alice").await;
    assert_eq!(code(patiently(alice.join("#r")).await), "already-joined");
    assert_eq!(code(patiently(alice.say("#tea", "x")).await), "not-joined");
    assert_eq!(code(patiently(alice.leave("#tea", None)).await), "not-joined");
    assert_eq!(code(patiently(alice.tell("nobody", "x")).await), "no-such-name");
    assert_eq!(code(patiently(alice.who("#nowhere", None)).await), "no-such-room");
    patiently(alice.say("#r", "still here")).await.expect("it is said");
}

#[tokio::test]
async fn what_can_not_be_sent_is_refused_at_once() {
    let server = TestServer::start(1);
    let (alice, _events) = member(server.address(), "alice").await;
    assert!(matches!(alice.join("Tea").await, Err(Error::Invalid(_))));
    assert!(matches!(alice.tell("b b", "x").await, Err(Error::Invalid(_))));
    assert!(matches!(alice.say("#r", "\u{1b}[31m").await, Err(Error::Text(_))));
    assert!(matches!(alice.history("#r", 0..=1, None).await, Err(Error::Invalid(_))));
    assert!(matches!(alice.post_with_id("#r", "a b", "x").await, Err(Error::Invalid(_))));
}

#[tokio::test]
async fn an_id_of_ones_own_says_it_once() {
    let server = TestServer::start(1);
    let (alice, _events) = member(server.address(), "alice").await;
    let mut seqs = Vec::new();
    for _ in 0..2 {
        let receipt = alice.post_with_id("#r", "9f3c51d07a2be846-1", "once").await.expect("it is taken");
        let said = patiently(receipt).await.expect("it is said");
        seqs.push((said.seq, said.repeat));
    }
    assert_eq!(seqs, [(1, false), (1, true)]);
    let receipt = alice.post_with_id("#r", "9f3c51d07a2be846-1", "twice").await.expect("it is taken");
    assert_eq!(code(patiently(receipt).await), "id-reused");
}

#[tokio::test]
async fn more_messages_than_the_rate_lets_are_all_said_in_order() {
    // The rate is low, so that the bucket is soon empty, and the server refuses what comes too early.
    let server = TestServer::with(1, |options| options.rate_limit = std::num::NonZeroU32::new(20));
    let (alice, mut events) = member(server.address(), "alice").await;
    let post = async {
        let mut receipts = Vec::new();
        for number in 0..80 {
            receipts.push(alice.post("#r", &number.to_string()).await.expect("it is taken"));
        }
        for receipt in receipts {
            patiently(receipt).await.expect("it is said");
        }
    };
    let read = async {
        for number in 0..80 {
            let event = until(&mut events, |event| matches!(event, Event::Message(_))).await;
            assert!(matches!(event, Event::Message(message) if message.text == number.to_string()));
        }
    };
    tokio::join!(post, read);
}

#[tokio::test]
async fn a_future_that_is_dropped_loses_the_answer_only() {
    let server = TestServer::start(1);
    let (alice, mut events) = member(server.address(), "alice").await;
    drop(alice.post("#r", "said though nobody waits").await.expect("it is taken"));
    // An event that was not waited for to its end is not lost either.
    for _ in 0..100 {
        let event = tokio::select! {
            biased;
            event = events.next() => event,
            () = tokio::task::yield_now() => continue,
        };
        if matches!(event, Some(Event::Message(message)) if message.text == "said though nobody waits") {
            return;
        }
    }
    until(&mut events, |event| matches!(event, Event::Message(_))).await;
}

//= protocol/SPEC.md#4-7-say
//= type=test
//# A client MUST put at least 64 random bits, drawn anew for each process at least, into each id it makes.
#[tokio::test]
async fn the_ids_of_two_clients_begin_with_different_random_bits() {
    let server = TestServer::start(1);
    let mut begins = Vec::new();
    for name in ["alice", "bob"] {
        let (client, mut events) = member(server.address(), name).await;
        for _ in 0..2 {
            patiently(client.say("#r", "x")).await.expect("it is said");
            let event = until(&mut events, |event| matches!(event, Event::Message(_))).await;
            let Event::Message(message) = event else { panic!("it is a message") };
            let id = message.id.expect("it has an id");
            let (random, number) = id.split_once('-').expect("a number follows");
            assert!(random.len() == 16 && !number.is_empty(), "{id}");
            begins.push(u64::from_str_radix(random, 16).expect("16 hexadecimal digits"));
        }
    }
    assert!(begins[0] == begins[1] && begins[2] == begins[3] && begins[0] != begins[2], "{begins:x?}");
}
