//! What a server refuses, and when it is asked again.

use super::*;

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
