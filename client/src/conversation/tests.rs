//! The conversation against a server that is played by hand, over several connections.

mod ending;
mod refused;
mod resuming;
mod searching;
mod storing;

use fanfare_protocol::{Id, RoomName, Text};
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::*;
use crate::owned::{OwnedId, OwnedText};

const GREETING: &str = "FANFARE/1 Choose a username...\n";
const WELCOME: &str = "WELCOME alice token=t1 ping=30 text=4096 presence=256 :Hi\n";

type Receiver<T> = oneshot::Receiver<Result<T, Error>>;

struct Talk {
    conversation: Conversation,
    now: Millis,
    events: Vec<Event>,
}

impl Talk {
    fn new() -> Self {
        let config = Config::new("localhost", "alice").expect("a name");
        Self { conversation: Conversation::new(&config), now: Millis(0), events: Vec::new() }
    }

    /// A conversation in which the name is registered.
    fn welcome() -> Self {
        let mut talk = Self::new();
        talk.connect(WELCOME);
        talk
    }

    /// A conversation of a member of `#r`, which has had number 3.
    fn member() -> Self {
        let mut talk = Self::welcome();
        let mut joined = talk.join();
        assert_eq!(talk.sent(), "JOIN #r\n");
        talk.hear("OK epoch=e next=4 newest=3 members=2\nJOINED #r alice\n").expect("it goes on");
        assert_eq!(answer(&mut joined).map(|entered| entered.how).ok(), Some(Entry::Fresh));
        talk
    }

    /// A new connection up to `WELCOME`.
    fn connect(&mut self, welcome: &str) {
        self.conversation.connected(self.now);
        self.hear(GREETING).expect("a greeting");
        self.hear(welcome).expect("a welcome");
    }

    /// What the server says. What is sent at once, and how it ended.
    fn hear(&mut self, octets: &str) -> Result<String, Ending> {
        let mut input = octets.as_bytes();
        let mut out = BytesMut::new();
        let events = &mut self.events;
        self.conversation.receive(self.now, &mut input, &mut out, &mut |event| events.push(event))?;
        assert!(input.is_empty());
        Ok(String::from_utf8(out.to_vec()).expect("it sends UTF-8"))
    }

    /// Which requests go now.
    fn sent(&mut self) -> String {
        let mut out = BytesMut::new();
        self.conversation.transmit(self.now, &mut out);
        String::from_utf8(out.to_vec()).expect("it sends UTF-8")
    }

    fn lose(&mut self) -> Result<Duration, Ending> {
        self.conversation.lost(self.now, Loss::Closed, 0)
    }

    fn join(&mut self) -> Receiver<Entered> {
        let (answer, receiver) = oneshot::channel();
        self.conversation.ask(Ask::Join { room: room(), since: Since::Now, answer });
        receiver
    }

    fn join_another(&mut self) -> Receiver<Entered> {
        let (answer, receiver) = oneshot::channel();
        let room = RoomName::new("#s").expect("a room").into();
        self.conversation.ask(Ask::Join { room, since: Since::Now, answer });
        receiver
    }

    fn say(&mut self, id: &str, text: &str) -> Receiver<Said> {
        let (answer, receiver) = oneshot::channel();
        let id = OwnedId::from(Id::new(id).expect("an id"));
        let text = OwnedText::from(Text::new(text).expect("a text"));
        self.conversation.ask(Ask::Say { room: room(), id, text, heard: None, answer });
        receiver
    }

    fn who(&mut self) -> Receiver<Members> {
        let (answer, receiver) = oneshot::channel();
        self.conversation.ask(Ask::Who { room: room(), after: None, names: Vec::new(), answer });
        receiver
    }

    fn leave_room(&mut self) -> Receiver<()> {
        let (answer, receiver) = oneshot::channel();
        self.conversation.ask(Ask::Leave { room: room(), reason: None, answer });
        receiver
    }

    fn bye(&mut self) -> Receiver<()> {
        let (answer, receiver) = oneshot::channel();
        self.conversation.leave(Bye { reason: None, answer: Some(answer) });
        receiver
    }

    /// The events since the last call, each in short.
    fn events(&mut self) -> Vec<String> {
        self.events.drain(..).map(|event| short(&event)).collect()
    }
}

fn short(event: &Event) -> String {
    match event {
        Event::Connected(_) => "connected".to_owned(),
        Event::Entered(entered) => format!("{:?} {}:{}", entered.how, entered.epoch, entered.next),
        Event::Message(message) => message.seq.to_string(),
        Event::Gap(gap) => format!("{}-{} {:?}", gap.first, gap.last, gap.missed),
        Event::Removed { refusal, .. } => {
            format!("removed {}", refusal.as_ref().map_or("by the server", |refusal| &refusal.code))
        }
        other => format!("{other:?}"),
    }
}

fn room() -> OwnedRoom {
    RoomName::new("#r").expect("a room").into()
}

#[track_caller]
fn answer<T>(receiver: &mut Receiver<T>) -> Result<T, Error> {
    receiver.try_recv().expect("there is an answer")
}

fn is_unanswered<T>(receiver: &mut Receiver<T>) -> bool {
    matches!(receiver.try_recv(), Err(TryRecvError::Empty))
}

//= protocol/SPEC.md#12-versions-and-extension
//= type=test
//# A client MUST put the version it speaks, as a number, in `HELLO`.
#[test]
fn a_name_is_said_to_a_fanfare_server_only() {
    let mut talk = Talk::new();
    talk.conversation.connected(Millis(0));
    assert_eq!(talk.sent(), "");
    assert!(matches!(talk.hear("220 mail.example ESMTP\n"), Err(Ending::Lost(Loss::Fault(ServerFault::NotFanfare)))));
    let mut talk = Talk::new();
    talk.conversation.connected(Millis(0));
    assert_eq!(talk.hear(GREETING).expect("it goes on"), "HELLO 1 alice\n");
}

//= protocol/SPEC.md#5-5-joined-and-left
//= type=test
//# A client MUST take the `LEFT` of its own name as the end of its membership.
//= protocol/SPEC.md#2-6-values
//= type=test
//# A receiver MUST treat names that are equal when folded as the same name.
#[test]
fn a_membership_that_the_server_ended_is_over() {
    let mut talk = Talk::member();
    talk.hear("LEFT #r ALICE\n").expect("it goes on");
    assert_eq!(talk.events()[2..], ["removed by the server"]);
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "");
}

#[test]
fn the_rate_of_the_server_is_kept() {
    let mut talk = Talk::new();
    talk.connect("WELCOME alice ping=30 text=4096 rate=2 presence=256 :Hi\n");
    for _ in 0..5 {
        talk.who();
    }
    // A bucket of four, one to spare; what is unanswered counts twice.
    assert_eq!(talk.sent().lines().count(), 3);
    talk.hear("OK members=1\nOK members=1\nOK members=1\n").expect("it goes on");
    assert_eq!(talk.sent(), "");
    assert_eq!(talk.conversation.deadline(talk.now, true), Some(Millis(500)));
    talk.now = Millis(500);
    assert_eq!(talk.sent().lines().count(), 1);
}

#[test]
fn silence_is_asked_about_and_given_up() {
    let mut talk = Talk::welcome();
    let mut out = BytesMut::new();
    assert_eq!(talk.conversation.deadline(talk.now, true), Some(Millis(30_000)));
    talk.conversation.expire(Millis(30_000), true, &mut out).expect("it asks first");
    assert_eq!(&out[..], b"PING\n");
    assert!(matches!(talk.conversation.expire(Millis(60_000), true, &mut out), Err(Ending::Lost(Loss::Silence))));
}

#[test]
fn one_who_does_not_read_shows_that_it_is_there() {
    let mut talk = Talk::welcome();
    for now in [30_000, 60_000, 90_000] {
        let mut out = BytesMut::new();
        assert_eq!(talk.conversation.deadline(talk.now, false), Some(Millis(now)));
        talk.conversation.expire(Millis(now - 1), false, &mut out).expect("it is too early");
        assert!(out.is_empty());
        talk.conversation.expire(Millis(now), false, &mut out).expect("it goes on");
        assert_eq!(&out[..], b"PING\n");
    }
}

#[test]
fn a_server_has_its_time_for_a_welcome() {
    let mut talk = Talk::new();
    talk.conversation.connected(Millis(5));
    talk.hear(GREETING).expect("it goes on");
    let mut out = BytesMut::new();
    assert_eq!(talk.conversation.deadline(Millis(5), true), Some(Millis(10_005)));
    talk.conversation.expire(Millis(10_004), true, &mut out).expect("there is time");
    assert!(matches!(talk.conversation.expire(Millis(10_005), true, &mut out), Err(Ending::Lost(Loss::Silence))));
}

//= protocol/SPEC.md#7-4-reconnecting
//= type=test
//# A client that reconnects by itself SHOULD wait a random time up to 1 second before the first attempt, and double
//# that bound with each failed attempt up to 60 seconds.
#[test]
fn by_default_the_first_wait_is_a_second_at_most_and_none_is_longer_than_a_minute() {
    let mut talk = Talk::welcome();
    let mut longest = || talk.conversation.lost(Millis(0), Loss::Closed, u64::MAX).expect("it goes on").as_secs();
    assert_eq!([(); 8].map(|()| longest()), [1, 2, 4, 8, 16, 32, 60, 60]);
}

//= protocol/SPEC.md#5-7-gap
//= type=test
//# A client MUST count the numbers of a `GAP` with an unknown REASON like those of `slow`.
#[test]
fn a_gap_with_an_unknown_reason_is_one_that_can_be_fetched() {
    let mut talk = Talk::member();
    talk.hear("GAP #r 4 5 moved\nGAP #r 6 6 slow\nGAP #r 7 9 expired\n").expect("it goes on");
    assert_eq!(talk.events()[2..], ["4-5 Slow", "6-6 Slow", "7-9 Expired"]);
}

//= protocol/SPEC.md#5-6-members
//= type=test
//# A client that shows a list of members MUST treat it as stale after `MEMBERS`.
#[test]
fn a_stale_list_of_members_is_told() {
    let mut talk = Talk::member();
    talk.hear("MEMBERS #r total=300 joined=2 left=1\nMEMBERS #r total=301\n").expect("it goes on");
    let total = |event: &Event| if let Event::Members { total, .. } = event { *total } else { None };
    assert_eq!(talk.events.iter().filter_map(total).collect::<Vec<_>>(), [300, 301]);
}
