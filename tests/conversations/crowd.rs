//! A thousand people in one room.

use fanfare_tests::{Client, TestServer};

with_workers!(a_thousand_connections_hear_the_same_octets_in_the_same_order);

//= protocol/SPEC.md#5-1-rules-for-all-events
//= type=test
//# A server MUST send the same octets of a `MSG`, `NOTE`, `JOINED` or `LEFT` to every member of the room in framed
//# mode.
fn a_thousand_connections_hear_the_same_octets_in_the_same_order(workers: usize) {
    const CROWD: usize = 1_000;
    let server = TestServer::with(workers, |options| {
        options.presence_limit = 0;
        options.rate_limit = None;
    });
    let mut crowd: Vec<Client> = (0..CROWD).map(|index| server.framed(&format!("p{index}"))).collect();
    for (index, person) in crowd.iter_mut().enumerate() {
        person.send("JOIN #tea");
        person.lines_until(&format!("OK epoch=<epoch> next=1 newest=0 members={}", index + 1));
    }
    let (speaker, others) = crowd.split_first_mut().expect("it is a crowd");
    for number in 1..=20 {
        speaker.send(&format!("SAY #tea :number {number}"));
    }
    let messages = |person: &mut Client| {
        let mut messages = person.lines_until("MSG #tea 20 <at> p0 :number 20");
        messages.retain(|line| line.starts_with("MSG "));
        messages
    };
    let heard = messages(speaker);
    assert_eq!(heard.len(), 20);
    for (index, line) in heard.iter().enumerate() {
        let (begin, end) = (format!("MSG #tea {} ", index + 1), format!(" p0 :number {}", index + 1));
        assert!(line.starts_with(&begin) && line.ends_with(&end), "{line:?}");
    }
    for person in others {
        assert_eq!(messages(person), heard);
    }
    for person in &mut crowd {
        person.send("BYE");
        person.lines_until("BYE bye :<text>");
        person.expect_end();
    }
    let mut late = server.framed("late");
    late.send("JOIN #tea\nWHO #tea");
    let lines = late.lines_until("OK members=1");
    assert!(lines.contains(&"NAMES #tea late".to_owned()), "{lines:?}");
}
