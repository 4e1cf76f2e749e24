//! 4.13 PING of a client.

use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.13",
    checks: &[
        check!(a_pong_bears_the_token_of_its_ping: "4.13/1", "4.13/2").peers(1),
        check!(a_pong_has_no_answer: "4.13/3").peers(1),
    ],
    unseen: &[],
};

fn a_pong_bears_the_token_of_its_ping(stage: &mut Stage<'_>) -> Outcome {
    let longest = "-_aZ9".repeat(12) + "tail";
    let tokens = ["", " a", " A", "", " 0", &format!(" {longest}"), " a"];
    let mut peer = stage.connect("peer")?;
    for welcome in [false, true] {
        if welcome {
            stage.welcome(&mut peer)?;
        }
        for token in tokens {
            peer.send(&format!("PING{token} more=x"));
            peer.expect("4.13/1", &format!("PONG{token}"))?;
        }
        let many: Vec<_> = (0..100).map(|number| format!("PING n{number}")).collect();
        peer.send(&many.join("\n"));
        for number in 0..100 {
            peer.expect("4.13/2", &format!("PONG n{number}"))?;
        }
    }
    Ok(())
}

fn a_pong_has_no_answer(stage: &mut Stage<'_>) -> Outcome {
    let mut peer = stage.framed("peer")?;
    peer.send("PONG\nPONG x\nPONG x more=y\npong");
    peer.expect_nothing("4.13/3")?;
    // It is no request, and so its faults have answers as those of others have.
    for faulty in ["PONG a b", "PONG :x"] {
        peer.send(faulty);
        peer.expect("2.7/1", "ERR bad-arguments :<text>")?;
    }
    Ok(())
}
