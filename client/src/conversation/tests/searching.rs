//! Searches, over several connections.

use fanfare_protocol::{PageSize, Query};

use super::*;
use crate::owned::OwnedQuery;

fn search(talk: &mut Talk, before: Option<u64>) -> Receiver<Found> {
    let (answer, receiver) = oneshot::channel();
    talk.conversation.ask(Ask::Search {
        room: room(),
        before: before.and_then(Seq::new),
        last: PageSize::new(2).expect("a size of a page"),
        text: OwnedQuery::from(Query::new("red kettle").expect("words")),
        past: Vec::new(),
        answer,
    });
    receiver
}

#[test]
fn a_search_whose_answer_was_cut_off_is_made_again_behind_its_room() {
    let mut talk = Talk::member();
    let mut found = search(&mut talk, Some(9));
    assert_eq!(talk.sent(), "SEARCH #r before=9 last=2 :red kettle\n");
    talk.hear("PAST #r 1 1 bob :a red kettle\n").expect("it goes on");
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\nSEARCH #r before=9 last=2 :red kettle\n");
    talk.hear("OK epoch=e next=4 newest=3 members=2\n").expect("it goes on");
    talk.hear("PAST #r 1 1 bob :a red kettle\nPAST #r 3 1 bob :no red kettle\nOK epoch=e count=2 more=yes\n")
        .expect("it goes on");
    let found = answer(&mut found).expect("it is answered");
    assert_eq!(found.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [1, 3]);
    assert_eq!((&*found.epoch, found.more), ("e", true));
}

#[test]
fn a_membership_lasts_until_its_searches_are_answered_also_over_a_lost_connection() {
    let mut talk = Talk::member();
    let (mut found, _left) = (search(&mut talk, None), talk.leave_room());
    assert_eq!(talk.sent(), "SEARCH #r last=2 :red kettle\nLEAVE #r\n");
    assert!(talk.lose().is_ok());
    talk.connect(WELCOME);
    assert_eq!(talk.sent(), "JOIN #r after=e:3 last=9007199254740991\nSEARCH #r last=2 :red kettle\nLEAVE #r\n");
    talk.hear("OK epoch=e next=4 newest=3 members=2\nERR not-allowed :This is not allowed.\nOK\n").expect("it goes on");
    assert!(matches!(answer(&mut found), Err(Error::Refused(refusal)) if refusal.code == "not-allowed"));
}

#[test]
fn searches_keep_to_the_rate_of_the_server() {
    let mut talk = Talk::new();
    talk.connect("WELCOME alice ping=30 text=4096 rate=2 presence=256 :Hi\n");
    let _asked: Vec<_> = (0..5).map(|_| search(&mut talk, None)).collect();
    // A bucket of four, one to spare.
    assert_eq!(talk.sent().lines().count(), 3);
}
