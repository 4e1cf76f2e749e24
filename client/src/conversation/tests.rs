//! The conversation against a server that is played by hand, over several connections.

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

//= protocol/SPEC.md#4-4-hello
//= type=test
//# A client MUST NOT send a token in a `HELLO` for another name than the one it was given for.
//= protocol/SPEC.md#6-5-what-a-client-checks
//= type=test
//# A client MUST report a `GAP` to its user or caller as messages missed.
//= protocol/SPEC.md#6-6-after-a-lost-connection
//= type=test
//# A client that resumes MUST treat `reset=yes` as the loss of an unknown number of messages.
//= protocol/SPEC.md#6-6-after-a-lost-connection
//= type=test
//# A client that resumes MUST give in `after` the last number that a `MSG`, `NOTE` or `GAP` of the membership covered, or
//# `next` - 1 if none came.
#[test]
fn a_lost_connection_is_resumed_where_it_was_with_the_last_token() {
    let mut talk = Talk::member();
    talk.hear("MSG #r 4 1 bob :x\nGAP #r 5 6 slow\n").expect("it goes on");
    assert!(talk.lose().is_ok());
    talk.conversation.connected(talk.now);
    assert_eq!(talk.hear(GREETING).expect("it goes on"), "HELLO 1 alice token=t1\n");
    talk.hear("WELCOME alice token=t2 ping=30 text=4096 presence=256 :Hi\n").expect("it goes on");
    assert_eq!(talk.sent(), "JOIN #r after=e:6 last=9007199254740991\n");
    talk.hear("OK epoch=e next=7 newest=7 members=2\nMSG #r 7 1 bob :y\n").expect("it goes on");
    let events = ["connected", "Fresh e:4", "4", "5-6 Slow", "connected", "Resumed e:7", "7"];
    assert_eq!(talk.events(), events);
    // The next loss is before anything came: the place is the same, the token the new one.
    assert!(talk.lose().is_ok());
    talk.conversation.connected(talk.now);
    assert_eq!(talk.hear(GREETING).expect("it goes on"), "HELLO 1 alice token=t2\n");
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:7 last=9007199254740991\n");
    talk.hear("OK epoch=f next=3 newest=2 members=1 reset=yes\n").expect("it goes on");
    assert_eq!(talk.events(), ["connected", "Reset f:3"]);
}

//= protocol/SPEC.md#4-1-rules-for-all-requests
//= type=test
//# A client MAY send a request before earlier requests are answered.
//= protocol/SPEC.md#4-7-say
//= type=test
//# A client that repeats a `SAY` whose answer it did not receive MUST send the same id and the same text.
//= protocol/SPEC.md#6-6-after-a-lost-connection
//= type=test
//# A client that resumes SHOULD join its rooms before it repeats unanswered `SAY` requests.
//= protocol/SPEC.md#3-5-tokens
//= type=test
//# A client MUST accept any token of the form in 2.6.
#[test]
fn a_token_of_any_form_takes_the_name_again() {
    for token in ["t", "-_", "0", &"aZ-_".repeat(16)] {
        let mut talk = Talk::new();
        talk.connect(&format!("WELCOME alice token={token} ping=30 text=4096 presence=256 :Hi\n"));
        assert!(talk.lose().is_ok());
        talk.conversation.connected(talk.now);
        assert_eq!(talk.hear(GREETING).expect("it goes on"), format!("HELLO 1 alice token={token}\n"));
    }
}

#[test]
fn what_has_no_answer_is_sent_again_with_its_id_behind_the_rooms() {
    let mut talk = Talk::member();
    let mut said: Vec<_> = ["a", "b", "c"].map(|id| talk.say(id, "x")).into();
    assert_eq!(talk.sent(), "SAY #r id=a :x\nSAY #r id=b :x\nSAY #r id=c :x\n");
    talk.hear("OK seq=4\n").expect("it goes on");
    assert_eq!(answer(&mut said[0]).map(|said| said.seq).ok(), Some(4));
    assert!(talk.lose().is_ok());
    said.push(talk.say("d", "x"));
    talk.connect(WELCOME);
    assert_eq!(
        talk.sent(),
        "JOIN #r after=e:3 last=9007199254740991\nSAY #r id=b :x\nSAY #r id=c :x\nSAY #r id=d :x\n"
    );
    talk.hear("OK epoch=e next=4 newest=5 members=2\nOK seq=5 repeat=yes\nOK seq=6\nOK seq=7\n").expect("it goes on");
    let answers: Vec<_> = said[1..].iter_mut().map(|said| answer(said).expect("said")).collect();
    assert_eq!(
        answers.iter().map(|said| (said.seq, said.repeat)).collect::<Vec<_>>(),
        [(5, true), (6, false), (7, false)]
    );
}

#[test]
fn a_message_that_came_back_is_not_sent_again_though_its_answer_did_not_come() {
    let mut talk = Talk::member();
    let (mut one, mut two) = (talk.say("a", "x"), talk.say("b", "x"));
    talk.sent();
    // Another person's message with the same id is not it.
    talk.hear("MSG #r 4 1 bob id=b :x\nMSG #r 5 1 Alice id=a :x\n").expect("it goes on");
    assert!(is_unanswered(&mut one));
    assert!(talk.lose().is_ok());
    assert_eq!(answer(&mut one).map(|said| said.seq).ok(), Some(5));
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:5 last=9007199254740991\nSAY #r id=b :x\n");
    assert!(is_unanswered(&mut two));
}

#[test]
fn a_part_of_an_answer_is_not_kept_over_a_lost_connection() {
    let mut talk = Talk::member();
    let mut who = talk.who();
    talk.sent();
    talk.hear("NAMES #r alice bob\n").expect("it goes on");
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\nWHO #r\n");
    talk.hear("OK epoch=e next=4 newest=3 members=2\nNAMES #r alice\nOK members=1\n").expect("it goes on");
    assert_eq!(answer(&mut who).expect("an answer").names, ["alice"]);
}

#[test]
fn a_room_that_was_being_left_is_not_joined_again() {
    let mut talk = Talk::member();
    let mut left = talk.leave_room();
    assert_eq!(talk.sent(), "LEAVE #r\n");
    assert!(talk.lose().is_ok());
    assert!(answer(&mut left).is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "");
}

#[test]
fn what_was_said_before_a_room_was_left_is_said_there_also_over_a_lost_connection() {
    let mut talk = Talk::member();
    let (mut said, mut left) = (talk.say("a", "x"), talk.leave_room());
    assert_eq!(talk.sent(), "SAY #r id=a :x\nLEAVE #r\n");
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\nSAY #r id=a :x\nLEAVE #r\n");
    talk.hear("OK epoch=e next=4 newest=3 members=2\nOK seq=4\nMSG #r 4 1 alice id=a :x\nOK\n").expect("it goes on");
    assert_eq!(answer(&mut said).map(|said| said.seq).ok(), Some(4));
    assert!(answer(&mut left).is_ok());
}

#[test]
fn a_room_that_was_joined_and_left_is_left_also_over_a_lost_connection() {
    let mut talk = Talk::welcome();
    // Who joins and leaves at once has dropped the future of the one or the other.
    let (_, mut left) = (talk.join(), talk.leave_room());
    assert_eq!(talk.sent(), "JOIN #r\nLEAVE #r\n");
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r\nLEAVE #r\n");
    talk.hear("OK epoch=e next=4 newest=3 members=2\nJOINED #r alice\nOK\n").expect("it goes on");
    assert!(answer(&mut left).is_ok());
}

#[test]
fn another_message_with_the_same_id_does_not_pass_for_what_was_said() {
    let mut talk = Talk::member();
    let _joined = talk.join_another();
    talk.sent();
    talk.hear("OK epoch=f next=1 newest=1 members=1\n").expect("it goes on");
    let mut said = talk.say("a", "x");
    talk.sent();
    // An earlier run said these, with an id of its own.
    talk.hear("MSG #s 1 1 alice id=a :x\nMSG #r 4 1 alice id=a :y\n").expect("it goes on");
    assert!(talk.lose().is_ok());
    assert!(is_unanswered(&mut said));
    talk.connect(WELCOME);
    assert_eq!(
        talk.sent(),
        "JOIN #r after=e:4 last=9007199254740991\nJOIN #s after=f:1 last=9007199254740991\nSAY #r id=a :x\n"
    );
}

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST NOT repeat by itself a refused request before the milliseconds of its `retry` have passed.
#[test]
fn a_request_that_was_refused_for_the_rate_is_sent_again_and_nothing_before() {
    let mut talk = Talk::member();
    let mut one = talk.say("a", "x");
    talk.sent();
    talk.say("b", "x");
    talk.hear("ERR rate-limited retry=300 :Slowly.\n").expect("it goes on");
    assert_eq!(talk.sent(), "");
    assert_eq!(talk.conversation.deadline(talk.now, true), Some(Millis(300)));
    talk.now = Millis(300);
    assert_eq!(talk.sent(), "SAY #r id=a :x\nSAY #r id=b :x\n");
    assert!(is_unanswered(&mut one));
}

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST NOT repeat by itself an unchanged request that was refused with a code whose retry is not `later`.
#[test]
fn a_room_that_refuses_is_tried_again_if_that_helps_and_is_lost_if_not() {
    let mut talk = Talk::member();
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\n");
    talk.hear("ERR internal retry=50 :Wait.\n").expect("it goes on");
    talk.now = talk.now + 50;
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\n");
    talk.hear("ERR not-allowed :No.\n").expect("it goes on");
    assert_eq!(talk.events()[2..], ["connected", "removed not-allowed"]);
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "");
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

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST decide by the code and not by the text.
//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST treat a `BYE` with an unknown code as an end after which it does not reconnect by itself, or if it has
//# `retry` as one after which it reconnects later.
//= protocol/SPEC.md#7-4-reconnecting
//= type=test
//# A client MUST NOT reconnect by itself after a `BYE` whose retry is not `later`.
//= protocol/SPEC.md#7-4-reconnecting
//= type=test
//# A client MAY reconnect by itself after a `BYE` whose retry is `later`, and after a connection that ended without
//# `BYE`.
//= protocol/SPEC.md#7-4-reconnecting
//= type=test
//# A client MUST NOT reconnect by itself before the milliseconds of the `retry` of a `BYE` have passed.
#[test]
fn a_refusal_that_would_be_the_same_again_ends_it() {
    for (line, code) in [
        ("BYE replaced :Another.\n", "replaced"),
        ("BYE kicked :Out.\n", "kicked"),
        ("BYE too-many-errors :So many.\n", "too-many-errors"),
        ("BYE strange :Unknown.\n", "strange"),
    ] {
        let mut talk = Talk::member();
        let Err(Ending::Lost(loss)) = talk.hear(line) else { panic!("{line} ends it") };
        let Err(Ending::Lost(Loss::Bye(refusal))) = talk.conversation.lost(talk.now, loss, 0) else {
            panic!("no other connection is tried after {line}")
        };
        assert_eq!(refusal.code, code);
    }
    for (line, wait) in [
        ("BYE shutdown retry=2000 :Soon.\n", 2_000),
        ("BYE shutdown :Soon.\n", 0),
        ("BYE timeout :Silence.\n", 0),
        ("BYE strange retry=70 :Unknown.\n", 70),
    ] {
        let mut talk = Talk::member();
        let Err(Ending::Lost(loss)) = talk.hear(line) else { panic!("{line} ends it") };
        let waits = talk.conversation.lost(talk.now, loss, 0);
        assert_eq!(waits.ok(), Some(Duration::from_millis(wait)), "{line}");
    }
}

#[test]
fn a_name_that_is_taken_ends_the_first_attempt_and_is_waited_for_later() {
    let taken = "ERR name-taken :Taken.\n";
    let mut talk = Talk::new();
    talk.conversation.connected(talk.now);
    talk.hear(GREETING).expect("it goes on");
    let Err(Ending::Lost(loss)) = talk.hear(taken) else { panic!("it ends") };
    assert!(talk.conversation.lost(talk.now, loss, 0).is_err());

    let mut talk = Talk::welcome();
    assert!(talk.lose().is_ok());
    talk.conversation.connected(talk.now);
    talk.hear(GREETING).expect("it goes on");
    let Err(Ending::Lost(loss)) = talk.hear(taken) else { panic!("it ends") };
    assert!(talk.conversation.lost(talk.now, loss, 0).is_ok());
}

//= protocol/SPEC.md#6-5-what-a-client-checks
//= type=test
//# A client MUST report a number that breaks this to its user or caller as a loss.
//= protocol/SPEC.md#6-5-what-a-client-checks
//= type=test
//# A client MAY end the connection after it reported a loss.
#[test]
fn a_server_that_breaks_the_protocol_is_not_asked_again() {
    let mut talk = Talk::member();
    let Err(Ending::Lost(loss)) = talk.hear("MSG #r 6 1 bob :two are missing\n") else { panic!("it ends") };
    assert!(matches!(loss, Loss::Fault(ServerFault::Discontinuity { .. })));
    assert!(talk.conversation.lost(talk.now, loss, 0).is_err());
}

//= protocol/SPEC.md#9-1-after-bye
//= type=test
//# A client SHOULD send `BYE` and wait for the server's before it closes a connection.
#[test]
fn goodbye_waits_for_all_answers_and_for_other_connections() {
    let mut talk = Talk::member();
    let mut said = talk.say("a", "x");
    let mut bye = talk.bye();
    assert!(!talk.conversation.takes());
    assert_eq!(talk.sent(), "SAY #r id=a :x\n");
    assert!(talk.lose().is_ok(), "something is unanswered");
    talk.connect(WELCOME);
    talk.sent();
    talk.hear("OK epoch=e next=4 newest=3 members=2\n").expect("it goes on");
    assert_eq!(talk.sent(), "");
    talk.hear("OK seq=4\n").expect("it goes on");
    assert!(answer(&mut said).is_ok());
    assert_eq!(talk.sent(), "BYE\n");
    assert!(matches!(talk.hear("BYE bye :Goodbye!\n"), Err(Ending::Done)));
    talk.conversation.end(&Ending::Done);
    assert!(answer(&mut bye).is_ok());
}

#[test]
fn goodbye_without_a_connection_is_goodbye_at_once() {
    let mut talk = Talk::member();
    assert!(talk.lose().is_ok());
    talk.bye();
    assert!(talk.conversation.is_over());
    assert!(matches!(talk.lose(), Err(Ending::Done)));
}

#[test]
fn the_end_is_told_to_all_who_wait() {
    let mut talk = Talk::member();
    let (mut one, mut two) = (talk.say("a", "x"), talk.who());
    talk.sent();
    let mut three = talk.say("c", "x");
    talk.conversation.end(&Ending::Lost(Loss::Silence));
    let is_silence = |error| matches!(error, Some(Error::Ended(Ending::Lost(Loss::Silence))));
    assert!(is_silence(answer(&mut one).err()) && is_silence(answer(&mut two).err()));
    assert!(is_silence(answer(&mut three).err()));
}

#[test]
fn a_private_message_that_is_told_again_is_told_once() {
    let mut talk = Talk::welcome();
    talk.hear("TOLD 1 bob id=x :psst\nTOLD 2 BOB id=x :psst\nTOLD 3 carol id=x :psst\nTOLD 4 bob :psst\n")
        .expect("it goes on");
    let tolds = talk.events.iter().filter(|event| matches!(event, Event::Told(_))).count();
    assert_eq!(tolds, 3);
}

//= protocol/SPEC.md#4-4-hello
//= type=test
//# A client MUST NOT send a text above the `text` of its `WELCOME`.
#[test]
fn a_text_that_this_server_does_not_take_is_refused_here() {
    let mut talk = Talk::member();
    let mut said = talk.say("a", &"x".repeat(4_097));
    assert_eq!(talk.sent(), "");
    assert!(matches!(answer(&mut said), Err(Error::TextTooLong { limit: 4_096 })));
    talk.say("b", &"x".repeat(4_096));
    assert!(!talk.sent().is_empty());
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

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST decide by the code and not by the text.
//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST treat an `ERR` with an unknown code as a refusal that is not to be retried, or if it has `retry` as
//# one to be retried later.
#[test]
fn a_refusal_with_an_unknown_code_is_final_unless_it_says_when() {
    let mut talk = Talk::member();
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\n");
    talk.hear("ERR strange retry=50 :You are sending too fast.\n").expect("it goes on");
    talk.now = Millis(49);
    assert_eq!(talk.sent(), "");
    talk.now = Millis(50);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\n");
    talk.hear("ERR strange :You are sending too fast.\n").expect("it goes on");
    assert_eq!(talk.events()[2..], ["connected", "removed strange"]);
    talk.now = Millis(100_000);
    assert_eq!(talk.sent(), "");
}

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST NOT repeat by itself a refused request before the milliseconds of its `retry` have passed.
#[test]
fn a_refused_request_is_not_repeated_sooner_over_another_connection() {
    let mut talk = Talk::member();
    let mut said = talk.say("a", "x");
    talk.sent();
    talk.hear("ERR rate-limited retry=300 :Slowly.\n").expect("it goes on");
    assert!(talk.lose().is_ok());
    talk.now = Millis(299);
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "");
    assert_eq!(talk.conversation.deadline(talk.now, true), Some(Millis(300)));
    talk.now = Millis(300);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\nSAY #r id=a :x\n");
    assert!(is_unanswered(&mut said));
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
