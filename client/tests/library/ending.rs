//! How conversations begin and end.

use std::net::TcpListener;

use fanfare_client::{Client, Ending, Error, Event, Loss, ServerFault};
use fanfare_tests::{PATIENCE, TestServer};

use crate::support::{config, connect, member, patiently, until};

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A client SHOULD send `BYE` and wait for the server's before it closes a connection.
#[tokio::test]
async fn goodbye_finishes_what_was_asked() {
    let server = TestServer::start(1);
    let mut bob = server.member("bob", "#r");
    let (alice, mut events) = member(server.address(), "alice").await;
    for _ in 0..20 {
        alice.post("#r", "x").await.expect("it is taken");
    }
    patiently(alice.bye(Some("Good night"))).await.expect("it is answered");
    let end = until(&mut events, |event| matches!(event, Event::Ended(_))).await;
    assert!(matches!(end, Event::Ended(Ending::Done)));
    assert!(events.next().await.is_none());
    let lines = bob.lines_until("LEFT #r alice :Good night");
    assert_eq!(lines.iter().filter(|line| line.starts_with("MSG ")).count(), 20);
    assert!(matches!(alice.say("#r", "x").await, Err(Error::Ended(Ending::Done))));
}

#[tokio::test]
async fn a_client_that_is_dropped_finishes_and_goes() {
    let server = TestServer::start(1);
    let mut bob = server.member("bob", "#r");
    let (alice, events) = member(server.address(), "alice").await;
    drop(events);
    drop(alice.post("#r", "the last").await.expect("it is taken"));
    drop(alice);
    let lines = tokio::task::spawn_blocking(move || bob.lines_until("LEFT #r alice")).await.expect("it does not panic");
    assert!(lines.iter().any(|line| line.ends_with(":the last")), "{lines:?}");
}

#[tokio::test]
async fn nobody_listens_there() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let error = patiently(Client::connect(config(free, "alice"))).await.expect_err("nobody listens");
    assert!(matches!(error, Error::Ended(Ending::Lost(Loss::Unreachable(_)))), "{error:?}");
}

#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = silent.local_addr().expect("it is bound");
    let config = config(address, "alice").timeout(std::time::Duration::from_millis(50));
    let error = patiently(Client::connect(config)).await.expect_err("nothing is said");
    assert!(matches!(error, Error::Ended(Ending::Lost(Loss::Silence))), "{error:?}");
}

//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A client that receives a first line that is no greeting MUST end the connection.
#[tokio::test]
async fn a_server_of_another_protocol_is_told_from_a_fanfare_server() {
    use std::io::Write;
    let other = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = other.local_addr().expect("it is bound");
    let greeter = std::thread::spawn(move || {
        let (mut stream, _) = other.accept().expect("somebody connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.write_all(b"220 mail.example ESMTP\r\n").expect("it is read");
        let mut said = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut said).expect("it ends");
        said
    });
    let error = patiently(Client::connect(config(address, "alice"))).await.expect_err("that is no Fanfare");
    assert!(matches!(error, Error::Ended(Ending::Lost(Loss::Fault(ServerFault::NotFanfare)))), "{error:?}");
    assert_eq!(greeter.join().expect("it ends"), b"", "nothing is said to it");
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused() {
    let server = TestServer::start(1);
    let _alice = server.framed("alice");
    let error = patiently(Client::connect(config(server.address(), "Alice"))).await.expect_err("it is taken");
    assert!(
        matches!(&error, Error::Ended(Ending::Lost(Loss::Refused(refusal))) if refusal.code == "name-taken"),
        "{error:?}"
    );
}

//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A client MUST NOT show a token to anyone, nor write it to a log.
#[tokio::test]
async fn neither_debug_form_shows_a_token() {
    let server = TestServer::start(1);
    let (alice, events) = connect(server.address(), "alice").await;
    let shown = format!("{alice:?} {events:?}");
    assert!(!shown.contains("token"), "{shown}");
}
