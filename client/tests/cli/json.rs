//! The lines of `--json`, against their schema.

use std::collections::BTreeSet;

use fanfare_tests::TestServer;
use serde_json::{Value, json};

use crate::program::{Program, run};
use crate::scripted::{Scripted, welcome};

fn schema() -> Value {
    serde_json::from_str(include_str!("../../events.schema.json")).expect("the schema is JSON")
}

/// The lines of an output, each of them valid.
#[track_caller]
fn valid(output: &str) -> Vec<Value> {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is one");
    let parse = |line: &str| {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        if let Err(error) = validator.validate(&value) {
            panic!("{line}: {error}");
        }
        value
    };
    output.lines().map(parse).collect()
}

fn kinds(events: &[Value]) -> BTreeSet<&str> {
    events.iter().map(|event| event["event"].as_str().expect("each says what it is")).collect()
}

/// A server that does everything that a server can do.
fn everything() -> Scripted {
    Scripted::start([
        |client| {
            welcome(client);
            client.expect("JOIN #lobby");
            client.send("OK epoch=e1 next=1 newest=0 members=2");
            client.send("JOINED #lobby alice\nJOINED #lobby bob\nLEFT #lobby bob\nJOINED #lobby carol");
            client.send("LEFT #lobby carol :Supper\nMEMBERS #lobby total=300 joined=5 left=0\nMEMBERS #lobby total=1");
            client.send("MSG #lobby 1 1000 bob id=b-1 :\"quoted\"");
            client.send(
                "MSG #lobby 2 2000 bob {9}\ntwo\nlines\nNOTE #lobby 3 3000 bob topic :Tea\nNOTE #lobby 4 4000 bob wave",
            );
            client.send("GAP #lobby 5 6 slow\nGAP #lobby 7 9 expired\nTOLD 5000 bob id=b-2 :psst\nTOLD 5001 bob :hey");
            client.expect("SAY #lobby <id> :hello");
            client.expect("WHO #lobby");
            client.send("ERR internal retry=1 :The disk is full");
            client.expect("SAY #lobby <id> :hello");
            client.send("NAMES #lobby alice bob\nOK members=2");
            client.send("OK seq=10\nMSG #lobby 10 6000 alice id=x :hello");
            client.expect("ROOMS");
            client.send("ROOM #lobby members=2 newest=10\nROOM #tea members=0 newest=0\nOK count=2");
            client.expect("HISTORY #lobby 9 10 epoch=e1");
            client.send("PAST #lobby 10 6000 alice id=x :hello\nOK epoch=e1 count=1 next=11");
            client.expect("SEARCH #lobby last=20 :hello");
            client.send(
                "PAST #lobby 1 1000 bob :hello\nPAST #lobby 10 6000 alice id=x :hello\nOK epoch=e1 count=2 more=yes",
            );
            client.expect("SEARCH #lobby before=1 last=20 :hello");
            client.send("OK epoch=e1 count=0");
            client.expect("HISTORY #lobby 5 6 epoch=e1");
            client.send("OK epoch=e1 count=0 next=7");
            client.expect("JOIN #tea");
            client.send("OK epoch=t1 next=1 newest=0 members=1");
            client.send("BYE shutdown retry=1 :Back soon");
        },
        |client| {
            client.send("FANFARE/1 Choose a username...");
            client.expect("HELLO 1 alice token=t1");
            client.send("WELCOME alice token=t2 ping=30 text=4096 rate=50 presence=256 :Hi");
            client.expect("JOIN #lobby after=e1:10 last=9007199254740991");
            client.send("OK epoch=e2 next=1 newest=0 members=1 reset=yes");
            client.expect("JOIN #tea after=t1:0 last=9007199254740991");
            client.send("ERR not-allowed :Not you");
            client.send("LEFT #lobby alice");
            client.send("BYE too-many-errors :Enough");
        },
    ])
}

#[test]
fn every_event_and_answer_is_as_the_schema_says() {
    let server = everything();
    let mut alice = Program::start(&[&server.address(), "--name", "alice", "--json", "--commands"]);
    alice.say("hello\n/who\n/rooms\n/history 2\n/search hello\n/search\n/missed\n/join #tea");
    let done = alice.wait_with_open_input();
    server.finish();
    done.expect_code(4);
    let events = valid(&done.output);
    let schema = schema();
    let known: BTreeSet<_> = schema["oneOf"]
        .as_array()
        .expect("a list of events")
        .iter()
        .map(|event| event["properties"]["event"]["const"].as_str().expect("each has a name"))
        .collect();
    let mut seen = kinds(&events);
    // Only a reader that stops for long misses these.
    assert!(seen.insert("told_missed"));
    assert_eq!(seen, known, "{}", done.output);
    let first = |kind: &str| events.iter().find(|event| event["event"] == kind).expect("it was seen");
    assert_eq!(
        *first("message"),
        json!({"event": "message", "room": "#lobby", "seq": 1, "at": 1000, "name": "bob", "own": false, "id": "b-1", "text": "\"quoted\""})
    );
    assert_eq!(*first("gap"), json!({"event": "gap", "room": "#lobby", "first": 5, "last": 6, "reason": "slow"}));
    assert_eq!(first("history")["messages"][0]["own"], true);
    let delayed =
        json!({"event": "delayed", "room": "#lobby", "code": "internal", "reason": "The disk is full", "retry_ms": 1});
    assert_eq!(*first("delayed"), delayed);
    let searches: Vec<_> = events.iter().filter(|event| event["event"] == "search").collect();
    assert_eq!((&searches[0]["messages"][1]["own"], &searches[0]["more"]), (&json!(true), &json!(true)));
    assert_eq!(
        *searches[1],
        json!({"event": "search", "room": "#lobby", "epoch": "e1", "messages": [], "more": false})
    );
    assert_eq!(first("disconnected")["code"], "shutdown");
    assert_eq!(events.last(), Some(&json!({"event": "ended", "code": "too-many-errors", "reason": "Enough"})));
}

#[test]
fn a_conversation_with_a_server_is_as_the_schema_says() {
    let server = TestServer::start(1);
    let mut bob = server.member("bob", "#lobby");
    let address = server.address().to_string();
    let mut alice = Program::start(&[&address, "--name", "Alice", "--json", "--commands", "--last", "5"]);
    bob.expect("JOINED #lobby Alice");
    bob.send("SAY #lobby :hello\nTELL alice :psst");
    bob.lines_until("OK");
    alice.say("hello\n/who\n/rooms\n/history");
    bob.lines_until("MSG #lobby 2 <rest>");
    let done = alice.wait();
    done.expect_silent_success();
    let events = valid(&done.output);
    let own: Vec<_> = events.iter().filter(|event| event["event"] == "message").map(|event| &event["own"]).collect();
    assert_eq!(own, [false, true]);
    assert_eq!(events.first().map(|event| &event["name"]), Some(&json!("Alice")));
    assert_eq!(events.last(), Some(&json!({"event": "ended"})));
}

#[test]
fn nothing_but_the_end_comes_behind_what_was_waited_for() {
    let server = TestServer::start(1);
    let mut bob = server.member("bob", "#lobby");
    bob.send("SAY #lobby :one\nSAY #lobby :two\nSAY #lobby :three");
    bob.lines_until("OK seq=3");
    let done = run(&[&server.address().to_string(), "-n", "a", "--json", "--last", "3", "--wait", "2"], "");
    done.expect_silent_success();
    let events = valid(&done.output);
    let texts: Vec<_> = events.iter().filter_map(|event| event["text"].as_str()).collect();
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(events[events.len() - 2]["text"], "two");
}

#[test]
fn the_schema_refuses_what_is_no_event() {
    let validator = jsonschema::validator_for(&schema()).expect("the schema is one");
    for wrong in [
        json!({"event": "dance"}),
        json!({"event": "joined", "room": "#lobby"}),
        json!({"event": "joined", "room": "#lobby", "name": 1}),
        json!({"event": "joined", "room": "#lobby", "name": "bob", "more": 1}),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A client MUST NOT show a token to anyone, nor write it to a log.
#[test]
fn a_token_is_in_nothing_that_is_written() {
    for flags in [&["--json"][..], &[]] {
        let server = Scripted::start([
            |client| {
                client.send("FANFARE/1 Choose a username...");
                client.expect("HELLO 1 alice");
                client.send("WELCOME alice token=Zanzibar ping=30 text=4096 presence=256 :Hi");
                client.expect("JOIN #lobby");
                client.send(
                    "OK epoch=e1 next=1 newest=0 members=1\nJOINED #lobby alice\nBYE shutdown retry=1 :Back soon",
                );
            },
            |client| {
                client.send("FANFARE/1 Choose a username...");
                client.expect("HELLO 1 alice token=Zanzibar");
                client.send("ERR bad-arguments :Not this one");
            },
        ]);
        let address = server.address();
        let mut alice = Program::start(&[&[&address, "--name", "alice"], flags].concat());
        let done = alice.wait_with_open_input();
        server.finish();
        done.expect_code(4);
        assert!(!done.output.contains("Zanzibar") && !done.errors.contains("Zanzibar"), "{done:?}");
    }
}
