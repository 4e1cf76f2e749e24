//! How a conversation ends.

use super::*;

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
