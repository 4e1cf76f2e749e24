//! The bench's own connections, against a server in process.

use fanfare_tests::TestServer;

use crate::program::person::Person;

const ROOM: &str = "#bench";

#[test]
fn who_has_stopped_reading_accounts_for_every_number_later() {
    let server = TestServer::with(1, |options| {
        options.rate_limit = None;
        options.octet_rate = None;
    });
    let join = |name| Person::join(server.address(), name, ROOM).expect("it joins");
    let (mut stopped, mut speaker) = (join("stopped"), join("speaker"));
    let text = "x".repeat(60_000);
    for _ in 0..200 {
        speaker.say(&text).expect("it is taken");
    }
    let newest = join("late").newest;
    assert_eq!(newest, 200);
    assert_eq!(stopped.catch_up(newest), Ok(0));
    assert_eq!(stopped.messages + stopped.missed, 200);
    assert!(stopped.missed > 0, "what it did not read was more than is kept for it");
    // A number that nobody has said does not come.
    assert_eq!(speaker.wait_for_nothing(), Ok(()));
    assert_eq!(speaker.catch_up(newest + 7), Ok(7));
}

#[test]
fn somebody_comes_and_goes() {
    let server = TestServer::start(1);
    let mut person = Person::join(server.address(), "restless", ROOM).expect("it joins");
    let mut speaker = Person::join(server.address(), "speaker", ROOM).expect("it joins");
    person.ask_to_leave().expect("it is sent");
    speaker.say("nobody else is here").expect("it is taken");
    person.ask_to_join().expect("it is sent");
    while person.newest == 0 {
        assert_eq!(person.read(), Ok(true));
    }
    assert_eq!((person.newest, person.messages), (1, 0));
}
