//! Messages that the server cannot store for a while. SPEC.md, section 4.7, item 16.

use super::*;

const FULL: &str = "ERR internal retry=1000 :The disk is full.\n";

/// The rooms of which it is told that a message waits.
fn delays(talk: &mut Talk) -> Vec<(String, Duration)> {
    let delays = talk.events.drain(..).filter_map(|event| match event {
        Event::Delayed { room, refusal, retry } if refusal.code == "internal" => Some((room, retry)),
        _ => None,
    });
    delays.collect()
}

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST NOT repeat by itself a refused request before the milliseconds of its `retry` have passed.
#[test]
fn messages_that_cannot_be_stored_wait_and_are_said_in_their_order_with_their_ids() {
    let mut talk = Talk::member();
    let mut said: Vec<_> = ["a", "b"].map(|id| talk.say(id, "x")).into();
    assert_eq!(talk.sent(), "SAY #r id=a :x\nSAY #r id=b :x\n");
    said.push(talk.say("c", "x"));
    talk.hear(FULL).expect("it goes on");
    talk.hear(FULL).expect("it goes on");
    assert_eq!(delays(&mut talk), [("#r".to_owned(), Duration::from_secs(1))], "it is told once");
    for now in [999, 1_000] {
        assert_eq!(talk.sent(), "", "at {now} less one");
        assert_eq!(talk.conversation.deadline(talk.now, true), Some(Millis(1_000)));
        talk.now = Millis(now);
    }
    // The others wait for what becomes of the first one: none may be said before it.
    assert_eq!(talk.sent(), "SAY #r id=a :x\n");
    assert_eq!(talk.sent(), "");
    talk.hear(FULL).expect("it goes on");
    talk.now = Millis(2_000);
    assert_eq!(talk.sent(), "SAY #r id=a :x\n");
    talk.hear("OK seq=4\n").expect("it goes on");
    assert_eq!(talk.sent(), "SAY #r id=b :x\nSAY #r id=c :x\n");
    talk.hear("OK seq=5\nOK seq=6\n").expect("it goes on");
    let seqs: Vec<_> = said.iter_mut().map(|said| answer(said).expect("it is said").seq).collect();
    assert_eq!(seqs, [4, 5, 6]);
    assert!(delays(&mut talk).is_empty());
    talk.say("d", "x");
    talk.sent();
    talk.hear(FULL).expect("it goes on");
    assert_eq!(delays(&mut talk).len(), 1, "it is told anew");
}

#[test]
fn messages_that_cannot_be_stored_keep_their_order_over_a_lost_connection() {
    let mut talk = Talk::member();
    for id in ["a", "b", "c"] {
        talk.say(id, "x");
    }
    talk.sent();
    // The answer to the last one is lost.
    talk.hear(&FULL.repeat(2)).expect("it goes on");
    assert!(talk.lose().is_ok());
    talk.now = Millis(1_000);
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\nSAY #r id=a :x\n");
    // Now the first one is on its way, and the others wait for it.
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\nSAY #r id=a :x\n");
    talk.hear("OK epoch=e next=4 newest=3 members=2\nOK seq=4\n").expect("it goes on");
    assert_eq!(talk.sent(), "SAY #r id=b :x\nSAY #r id=c :x\n");
}

#[test]
fn a_message_that_is_refused_in_another_way_then_lets_the_next_ones_go() {
    let mut talk = Talk::member();
    let (mut one, mut two) = (talk.say("a", "x"), talk.say("b", "x"));
    talk.sent();
    talk.hear(&FULL.repeat(2)).expect("it goes on");
    talk.now = Millis(1_000);
    assert_eq!(talk.sent(), "SAY #r id=a :x\n");
    talk.hear("ERR not-joined :You are not in this room.\n").expect("it goes on");
    assert!(matches!(answer(&mut one), Err(Error::Refused(refusal)) if refusal.code == "not-joined"));
    let _who = talk.who();
    assert_eq!(talk.sent(), "SAY #r id=b :x\nWHO #r\n");
    talk.hear("OK seq=4\n").expect("it goes on");
    assert_eq!(answer(&mut two).map(|said| said.seq).ok(), Some(4));
}

#[test]
fn what_says_nothing_does_not_wait_and_a_room_is_left_behind_what_was_said_there() {
    let mut talk = Talk::member();
    let mut said = talk.say("a", "x");
    talk.sent();
    talk.hear(FULL).expect("it goes on");
    let (_who, mut left, _joined) = (talk.who(), talk.leave_room(), talk.join_another());
    let _again = talk.join();
    assert_eq!(talk.sent(), "WHO #r\nJOIN #s\n");
    talk.hear("OK members=2\nOK epoch=f next=1 newest=0 members=1\n").expect("it goes on");
    talk.now = Millis(1_000);
    assert_eq!(talk.sent(), "SAY #r id=a :x\n");
    let _other = talk.who();
    assert_eq!(talk.sent(), "WHO #r\n");
    talk.hear("OK seq=4\nOK members=2\n").expect("it goes on");
    assert!(answer(&mut said).is_ok());
    assert_eq!(talk.sent(), "LEAVE #r\nJOIN #r\n");
    talk.hear("OK\n").expect("it goes on");
    assert!(answer(&mut left).is_ok());
}

//= protocol/SPEC.md#7-1-rules
//= type=test
//# A client MUST NOT repeat by itself a refused request before the milliseconds of its `retry` have passed.
#[test]
fn a_message_that_was_stored_behind_one_that_was_not_does_not_end_its_wait() {
    let mut talk = Talk::member();
    let (_one, mut two) = (talk.say("a", "x"), talk.say("b", "x"));
    talk.sent();
    talk.hear(FULL).expect("it goes on");
    talk.hear("OK seq=4\n").expect("it goes on");
    assert!(answer(&mut two).is_ok());
    talk.say("c", "x");
    talk.now = Millis(999);
    assert_eq!(talk.sent(), "");
    talk.now = Millis(1_000);
    assert_eq!(talk.sent(), "SAY #r id=a :x\n");
}

#[test]
fn a_defect_of_the_server_that_does_not_say_when_is_the_answer() {
    let mut talk = Talk::member();
    let mut said = talk.say("a", "x");
    talk.sent();
    talk.hear("ERR internal :The server could not do this.\n").expect("it goes on");
    assert!(matches!(answer(&mut said), Err(Error::Refused(refusal)) if refusal.code == "internal"));
    assert!(delays(&mut talk).is_empty());
}

#[test]
fn goodbye_waits_until_what_was_said_is_stored() {
    let mut talk = Talk::member();
    let mut said = talk.say("a", "x");
    let _bye = talk.bye();
    talk.sent();
    talk.hear(FULL).expect("it goes on");
    assert_eq!(talk.sent(), "");
    talk.now = Millis(1_000);
    assert_eq!(talk.sent(), "SAY #r id=a :x\n");
    talk.hear("OK seq=4\n").expect("it goes on");
    assert!(answer(&mut said).is_ok());
    assert_eq!(talk.sent(), "BYE\n");
}
