//! What is taken up again, and what is not, over a lost connection.

use super::*;

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

#[test]
fn a_private_message_that_is_told_again_is_told_once() {
    let mut talk = Talk::welcome();
    talk.hear("TOLD 1 bob id=x :psst\nTOLD 2 BOB id=x :psst\nTOLD 3 carol id=x :psst\nTOLD 4 bob :psst\n")
        .expect("it goes on");
    let tolds = talk.events.iter().filter(|event| matches!(event, Event::Told(_))).count();
    assert_eq!(tolds, 3);
}
