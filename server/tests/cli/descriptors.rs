//! The limit of open files.

use std::process::Command;

use fanfare_tests::{Client, eventually};

use crate::program::{PATH, Program};

/// The program with limits of open files that a shell sets.
fn limited(limits: &str, flags: &str) -> Program {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limits}; exec {PATH} --listen 127.0.0.1:0 --workers 1 {flags}")]);
    Program::spawn(shell, 1)
}

#[test]
fn accepting_survives_running_out_of_them() {
    let program = limited("ulimit -n 64", "--log-level error");
    let mut alice = program.framed("alice");
    alice.send("JOIN #tea");
    alice.expect_all(&["OK <attributes>", "JOINED #tea alice"]);
    // More connect than there are descriptors. Some get in, and nobody waits without end.
    let mut crowd: Vec<Client> = (0..60).map(|_| Client::connect(program.addresses()[0])).collect();
    alice.send("SAY #tea :still here");
    alice.expect("OK seq=1");
    alice.expect("MSG #tea 1 <at> alice :still here");
    let last = crowd.last_mut().expect("it is a crowd");
    last.expect("FANFARE/1 Choose a username...");
    last.expect("BYE too-many-connections :<text>");
    drop(crowd);
    // When there are places again, people get in.
    let mut bob = eventually("there is a place", || {
        let mut client = Client::connect(program.addresses()[0]);
        client.send_if_possible("HELLO 1 bob");
        client.lines_to("WELCOME bob ")
    });
    bob.send("TELL alice :psst");
    bob.expect("OK");
    alice.expect("TOLD <at> bob :psst");
}

#[test]
fn the_soft_limit_is_raised_to_the_hard_one() {
    let program = limited("ulimit -Sn 64; ulimit -Hn 512", "");
    let mut crowd: Vec<Client> = (0..200).map(|index| program.framed(&format!("p{index}"))).collect();
    crowd[199].expect_nothing();
}
