//! 10.6 Ends, and 10.7 No keep-alive.

use std::time::{Duration, Instant};

use crate::conformance::{Outcome, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "10.6",
    checks: &[
        check!(whole_lines_before_the_end_are_executed_and_half_a_line_is_not: "10.6/1").peers(2),
        check!(after_goodbye_the_other_direction_stays_open: "10.6/2").peers(1),
        check!(after_goodbye_so_many_octets_are_discarded: "10.6/2").peers(1),
    ],
    unseen: &[],
};

pub(super) const SILENCE: Section = Section {
    number: "10.7",
    checks: &[check!(a_silent_person_in_plain_mode_is_left_alone: "10.7/1", "10.7/2").peers(1).waits(silence)],
    unseen: &[unseen!("a peer that is dead cannot be had without the means of its network" => "10.7/3")],
};

fn whole_lines_before_the_end_are_executed_and_half_a_line_is_not(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    for half in ["half", "/msg", "\u{1}"] {
        let mut plain = stage.plain_member("plain", &room)?;
        witness.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
        plain.send_octets(format!("said\n/who\n{half}").as_bytes());
        plain.end_input();
        let said = format!("{}: said", plain.name);
        plain.expect_unordered("10.6/1", [&said, &format!("* 2 members in {room}: <names>")])?;
        plain.expect("10.6/1", "* Goodbye!")?;
        plain.expect_end("10.6/1")?;
        witness.expect("10.6/1", &format!("MSG {room} <seq> <at> {} :said", plain.name))?;
        witness.expect("10.6/1", &format!("LEFT {room} {}", plain.name))?;
    }
    Ok(())
}

fn after_goodbye_the_other_direction_stays_open(stage: &mut Stage<'_>) -> Outcome {
    let begin = Instant::now();
    let mut plain = stage.plain("plain")?;
    plain.send("/quit\nnot said\n/who");
    plain.expect("10.6/2", "* Goodbye!")?;
    plain.expect_end("10.6/2")?;
    for _ in 0..5 {
        let is_open = plain.send_until_stopped(b"\n", Duration::from_millis(100)) == 1;
        if begin.elapsed() >= stage.terms.discarding() {
            return stage.skip("it took longer than is discarded for");
        }
        stage.hold("10.6/2", is_open, "the direction to the server to be open", "it is closed")?;
        // A closed connection refuses an octet, and then the next cannot be sent.
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

fn after_goodbye_so_many_octets_are_discarded(stage: &mut Stage<'_>) -> Outcome {
    /// More than sockets hold of what nobody reads.
    const FLOOD: usize = 32 << 20;
    let mut plain = stage.plain("plain")?;
    plain.send("/quit");
    plain.expect("10.6/2", "* Goodbye!")?;
    plain.expect_end("10.6/2")?;
    let sent = plain.send_until_stopped(&vec![b'x'; FLOOD], stage.terms.patience);
    stage.hold("10.6/2", sent < FLOOD, "no more than 65536 octets to be discarded", format!("{sent} were"))
}

/// Longer than a person in framed mode may be silent.
fn silence(terms: &Terms) -> Duration {
    Duration::from_secs(terms.announced.ping) * 5 / 2
}

fn a_silent_person_in_plain_mode_is_left_alone(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut plain = stage.plain_member("plain", &room)?;
    plain.expect_silence("10.7/1", silence(stage.terms))?;
    plain.send("/who");
    plain.expect("10.7/2", &format!("* 1 member in {room}: {}", plain.name)).map(drop)
}
