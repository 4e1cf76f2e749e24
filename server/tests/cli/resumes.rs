//! A thousand members who all want what only the disk has.

use fanfare_tests::Client;

use crate::program::Program;

/// How many come back at once.
const MEMBERS: usize = 1_000;

/// How many messages are on the disk, and how long they are: far more than the memory that is allowed below.
const MESSAGES: usize = 400;
const OCTETS: usize = 60_000;

/// What one of them may cost, in KiB: a page, which is one message here, and everything else of a connection.
const EACH: u64 = 160;

#[test]
fn a_thousand_resumes_at_once_take_a_page_each_and_delay_nobody() {
    let data = tempfile::tempdir().expect("a directory can be made");
    let directory = data.path().to_str().expect("its name is UTF-8");
    let flags = ["--data-dir", directory, "--workers", "2", "--rate-limit", "off", "--octet-rate", "off"];
    let program = Program::start(&[&flags[..], &["--room-log", "64KiB", "--ping-interval", "10m"]].concat());
    let mut talker = program.framed("talker");
    talker.send("JOIN #tea");
    let epoch = talker.expect("OK epoch=<epoch> next=1 newest=0 members=1").get("epoch").to_owned();
    talker.expect("JOINED #tea talker");
    let text = "x".repeat(OCTETS);
    for number in 1..=MESSAGES {
        talker.send(&format!("SAY #tea {{{OCTETS}}}\n{text}"));
        talker.expect(&format!("OK seq={number}"));
        talker.line_and_text();
    }
    let before = program.status("VmRSS");
    // They ask, and take nothing.
    let members: Vec<_> = (0..MEMBERS)
        .map(|number| {
            let mut client = Client::connect_narrow(program.addresses()[0]);
            client.send(&format!("HELLO 1 m{number}\nJOIN #tea after={epoch}:0"));
            client
        })
        .collect();
    let mut live = program.framed("live");
    live.send("JOIN #tea");
    live.lines_until(&format!("OK epoch={epoch} next={} <rest>", MESSAGES + 1));
    // Whoever reads the present gets it while a thousand others read the past.
    for number in 1..=100 {
        talker.send(&format!("SAY #tea :{number}"));
        live.lines_until(&format!("MSG #tea {} <at> talker :{number}", MESSAGES + number));
    }
    let after = program.status("VmRSS");
    assert!(after < before + EACH * MEMBERS as u64, "from {before} KiB to {after} KiB");
    // And each of the thousand gets all of it: one is looked at.
    let mut one = members.into_iter().next_back().expect("there are members");
    one.lines_until(&format!("OK epoch={epoch} next=1 newest=<newest> members=<members>"));
    for number in 1..=MESSAGES {
        assert!(one.line_and_text().starts_with(&format!("MSG #tea {number} ")));
    }
}
