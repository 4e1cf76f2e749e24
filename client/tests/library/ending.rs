//! How conversations begin and end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use fanfare_client::{Client, Ending, Error, Event, Loss, ServerFault};
use fanfare_protocol::FrameError;
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
    // It is connected to sooner, on a busy machine too.
    let config = config(address, "alice").timeout(std::time::Duration::from_millis(500));
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

/// Somebody who greets the first who connects, waits for the `HELLO` if there is more to say, and says the rest. It
/// returns what came behind the `HELLO` before the connection was closed.
fn one_who_says(greeting: &'static str, rest: String) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("somebody connects");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        stream.write_all(greeting.as_bytes()).expect("it is read");
        if !rest.is_empty() {
            let mut hello = *b"HELLO 1 alice\n";
            stream.read_exact(&mut hello).expect("a name is said");
            assert_eq!(&hello, b"HELLO 1 alice\n");
            stream.write_all(rest.as_bytes()).expect("it is read");
        }
        let mut said = String::new();
        stream.read_to_string(&mut said).expect("it is closed");
        said
    });
    (address, server)
}

/// How a conversation with a server ends that ends it.
async fn end_of(address: SocketAddr) -> Ending {
    match patiently(Client::connect(config(address, "alice"))).await {
        Err(Error::Ended(ending)) => ending,
        Err(error) => panic!("{error:?}"),
        Ok((_alice, mut events)) => match until(&mut events, |event| matches!(event, Event::Ended(_))).await {
            Event::Ended(ending) => ending,
            other => panic!("{other:?}"),
        },
    }
}

const GREETING: &str = "FANFARE/1 Hello\n";
const WELCOME: &str = "WELCOME alice ping=30 text=65536 presence=256 :Hi\n";

//= protocol/SPEC.md#3-1-greeting
//= type=test
//# A client that speaks none of the versions of a greeting MUST end the connection.
#[tokio::test]
async fn a_server_of_another_version_is_left_without_a_word() {
    let (address, server) = one_who_says("FANFARE/2,3 Hello\n", String::new());
    let ending = end_of(address).await;
    assert!(matches!(ending, Ending::Lost(Loss::Fault(ServerFault::BadVersion))), "{ending:?}");
    assert_eq!(server.join().expect("it ends"), "");
}

//= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
//= type=test
//# A client that cannot find the end of a frame MUST end the connection.
#[tokio::test]
async fn a_server_whose_frame_has_no_end_is_left() {
    for frame in ["NEWS #r {01}\n", "MSG #r 1 1 bob {1}\nxy\n"] {
        let (address, server) = one_who_says(GREETING, [WELCOME, frame].concat());
        let ending = end_of(address).await;
        let Ending::Lost(Loss::Fault(ServerFault::Frame(FrameError::Stream(_)))) = ending else {
            panic!("{frame}: {ending:?}")
        };
        assert_eq!(server.join().expect("it ends"), "");
    }
}

//= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
//= type=test
//# A client that receives a known verb with arguments that do not have their form SHOULD end the connection and report
//# a fault of the server.
#[tokio::test]
async fn a_server_whose_arguments_are_malformed_is_left_and_named() {
    for frame in ["TOLD 1 - :x\n", "JOINED #R bob\n", "OK seq=0\n"] {
        let (address, server) = one_who_says(GREETING, [WELCOME, frame].concat());
        let ending = end_of(address).await;
        assert!(matches!(ending, Ending::Lost(Loss::Fault(ServerFault::Message(_)))), "{frame}: {ending:?}");
        assert_eq!(server.join().expect("it ends"), "");
    }
}

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A client MUST NOT send a frame after it has received `BYE`.
//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A client MUST close the connection after it has received `BYE`.
#[tokio::test]
async fn behind_the_servers_goodbye_nothing_is_sent_and_the_connection_is_closed() {
    let (address, server) = one_who_says(GREETING, [WELCOME, "BYE replaced :Another.\nPING x\n"].concat());
    let ending = end_of(address).await;
    assert!(matches!(&ending, Ending::Lost(Loss::Bye(refusal)) if refusal.code == "replaced"), "{ending:?}");
    assert_eq!(server.join().expect("it ends"), "");
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
