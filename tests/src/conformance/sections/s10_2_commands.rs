//! 10.2 What a person types: commands and their answers.

use super::words;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "10.2",
    checks: &[
        check!(a_command_is_taken_in_any_case_and_with_blanks: "10.2/4", "10.2/5").peers(2),
        check!(a_command_that_is_none_is_an_unknown_verb: "10.2/4", "10.2/6").peers(2),
        check!(arguments_that_do_not_fit_have_the_fault_line_of_their_code: "10.2/7").peers(2),
        check!(join_goes_from_room_to_room: "10.2/13").peers(3),
        check!(a_join_that_is_refused_changes_nothing: "10.2/13", "10.2/14").peers(2),
        check!(msg_tells_one_person: "10.2/13").peers(3),
        check!(who_and_rooms_and_help_are_answered: "10.2/13").peers(3),
        check!(quit_says_goodbye_and_gives_its_text_as_the_reason: "10.2/13", "10.2/12").peers(2),
        check!(history_shows_the_last_messages: "10.2/13", "10.3/2").peers(2),
        check!(history_of_nothing_says_so: "10.2/18").peers(1),
    ],
    unseen: &[
        unseen!(
            "who is in no room was refused the lobby, or had a room ended by an operator, and neither can be brought about"
            => "10.2/19"
        ),
        unseen!("whoever can ask is in a room, which exists" => "10.2/21"),
    ],
};

fn a_command_is_taken_in_any_case_and_with_blanks(stage: &mut Stage<'_>) -> Outcome {
    let (room, other) = (stage.room("room"), stage.room("other"));
    let mut bob = stage.member("bob", &room)?;
    let mut plain = stage.plain_member("plain", &room)?;
    let who = format!("* 2 members in {room}: {} {}", bob.name, plain.name);
    bob.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    for line in ["/who", "/WHO", "/wHo", "/who \t", "/WHO \r"] {
        plain.send(line);
        plain.expect("10.2/5", &who)?;
    }
    plain.send(&format!("/MSG\t {} \t hi\t there \t", bob.name));
    plain.expect("10.2/5", &format!("* sent to {}", bob.name))?;
    let told = bob.line("10.2/4", "TOLD with the text from its first octet that is no blank")?;
    stage.hold("10.2/4", told.ends_with(&format!(" {} :hi\t there", plain.name)), "the text hi\\t there", told)?;
    plain.send("/History \t1 ");
    plain.expect("10.2/5", "* 0 messages kept")?;
    plain.send(&format!("/jOIN \t {other}\t "));
    let joined = format!("{} joined the chat!", plain.name);
    plain.expect_unordered("10.2/5", [&format!("* You are in {other}, 1 member"), &joined])?;
    plain.send("/QuiT");
    plain.expect("10.2/5", "* Goodbye!")?;
    bob.expect("5.5/3", &format!("LEFT {room} {}", plain.name))?;
    // No command was said.
    bob.expect_nothing("10.2/4")
}

fn a_command_that_is_none_is_an_unknown_verb(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let words = words::of_err(&mut witness, "SING", "unknown-verb")?;
    let mut plain = stage.plain_member("plain", &room)?;
    witness.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    for line in ["/dance", "/", "/ who", "/whom", "/join#tea", "/say x", "/ping", "/nick x", "/\tquit", "/quitter"] {
        plain.send(line);
        plain.expect("10.2/6", &format!("! {words}"))?;
    }
    witness.expect_nothing("10.2/4")
}

fn arguments_that_do_not_fit_have_the_fault_line_of_their_code(stage: &mut Stage<'_>) -> Outcome {
    let mut framed = stage.framed("framed")?;
    let room = words::of_err(&mut framed, "WHO tea", "bad-room")?;
    let name = words::of_err(&mut framed, "TELL - :x", "bad-name")?;
    let arguments = words::of_err(&mut framed, "WHO", "bad-arguments")?;
    let mut plain = stage.plain_member("plain", &stage.room("room"))?;
    let own = plain.name.clone();
    let long_room = format!("/join #{}", "a".repeat(65));
    let long_name = format!("/msg {} x", "a".repeat(33));
    let without_text = format!("/msg {own}");
    let blanks = format!("/msg {own} \t ");
    let long_text = format!("/quit {}", "x".repeat(257));
    let long_query = format!("/search {}", "x".repeat(257));
    for (line, words) in [
        ("/join", &room),
        ("/join tea", &room),
        ("/join #", &room),
        ("/join #Tea", &room),
        (&long_room, &room),
        ("/msg", &name),
        ("/msg - x", &name),
        ("/msg a:b x", &name),
        (&long_name, &name),
        (&without_text, &arguments),
        (&blanks, &arguments),
        ("said", &arguments),
        ("/who me", &arguments),
        ("/rooms all", &arguments),
        ("/help me", &arguments),
        ("/history 0", &arguments),
        ("/history 01", &arguments),
        ("/history 1001", &arguments),
        ("/history -1", &arguments),
        ("/history all", &arguments),
        ("/history 1 2", &arguments),
        ("said", &arguments),
        ("/search", &arguments),
        ("/search \t", &arguments),
        ("/search ?!", &arguments),
        (&long_query, &arguments),
        (&long_text, &arguments),
    ] {
        plain.send(line);
        // What is said ends the row of faults.
        let answer = if line == "said" { format!("{own}: said") } else { format!("! {words}") };
        plain.expect("10.2/7", &answer)?;
    }
    Ok(())
}

fn join_goes_from_room_to_room(stage: &mut Stage<'_>) -> Outcome {
    let (first, second) = (stage.room("first"), stage.room("second"));
    let mut one = stage.member("one", &first)?;
    let mut two = stage.member("two", &second)?;
    let mut plain = stage.plain_member("plain", &first)?;
    one.expect("10.2/13", &format!("JOINED {first} {}", plain.name))?;
    for _ in 0..2 {
        plain.send(&format!("/join {second}"));
        let joined = format!("{} joined the chat!", plain.name);
        plain.expect_unordered("10.2/13", [&format!("* You are in {second}, 2 members"), &joined])?;
        two.expect("10.2/13", &format!("JOINED {second} {}", plain.name))?;
        one.expect("10.2/13", &format!("LEFT {first} {}", plain.name))?;
        // It hears the new room, and not the earlier one.
        one.send(&format!("SAY {first} :to the first"));
        one.until("4.7/1", "OK seq=<seq>")?;
        plain.send("to the second");
        plain.expect("10.2/13", &format!("{}: to the second", plain.name))?;
        two.expect("10.2/13", &format!("MSG {second} <seq> <at> {} :to the second", plain.name))?;
        plain.send(&format!("/join {first}"));
        plain.expect_unordered("10.2/13", [&format!("* You are in {first}, 2 members"), &joined])?;
        two.expect("10.2/13", &format!("LEFT {second} {}", plain.name))?;
        one.until("10.2/13", &format!("JOINED {first} {}", plain.name))?;
    }
    plain.expect_nothing("10.2/13")
}

fn a_join_that_is_refused_changes_nothing(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut bob = stage.member("bob", &room)?;
    let words = words::of_err(&mut bob, &format!("JOIN {room}"), "already-joined")?;
    let mut plain = stage.plain_member("plain", &room)?;
    bob.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
    plain.send(&format!("/join {room}"));
    plain.expect("10.2/13", &format!("! {words}"))?;
    plain.send("/join tea\nstill here\n/who");
    plain.expect("10.2/13", "! <text>")?;
    let who = format!("* 2 members in {room}: {} {}", bob.name, plain.name);
    plain.expect_unordered("10.2/14", [&format!("{}: still here", plain.name), &who])?;
    bob.expect("10.2/14", &format!("MSG {room} 1 <at> {} :still here", plain.name))?;
    bob.expect_nothing("10.2/14")
}

fn msg_tells_one_person(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut bob = stage.member("Bob", &room)?;
    let mut plain = stage.plain_member("plain", &room)?;
    let mut other = stage.plain_member("Other", &room)?;
    bob.until("5.5/1", &format!("JOINED {room} {}", other.name))?;
    plain.expect("10.3/1", &format!("{} joined the chat!", other.name))?;
    // The answer has the name as the receiver spelled it.
    plain.send(&format!("/msg {} psst", bob.name.to_lowercase()));
    plain.expect("10.2/13", &format!("* sent to {}", bob.name))?;
    bob.expect("10.2/13", &format!("TOLD <at> {} :psst", plain.name))?;
    plain.send(&format!("/msg {} /who", other.name.to_uppercase()));
    plain.expect("10.2/13", &format!("* sent to {}", other.name))?;
    other.expect("10.2/13", &format!("[{}] /who", plain.name))?;
    plain.send(&format!("/msg {} to myself", plain.name));
    let told = format!("[{}] to myself", plain.name);
    plain.expect_unordered("10.2/13", [&format!("* sent to {}", plain.name), &told])?;
    let nobody = stage.name("nobody");
    let words = words::of_err(&mut bob, &format!("TELL {nobody} :x"), "no-such-name")?;
    plain.send(&format!("/msg {nobody} x"));
    plain.expect("10.2/13", &format!("! {words}"))?;
    [plain, other].iter_mut().try_for_each(|peer| peer.expect_nothing("10.2/13"))
}

fn who_and_rooms_and_help_are_answered(stage: &mut Stage<'_>) -> Outcome {
    let (room, empty) = (stage.room("room"), stage.room("empty"));
    let mut plain = stage.plain_member("Plain", &room)?;
    plain.send("/who");
    plain.expect("10.2/13", &format!("* 1 member in {room}: {}", plain.name))?;
    let mut bob = stage.member("bob", &empty)?;
    bob.send(&format!("LEAVE {empty}\nJOIN {room}"));
    bob.until("5.5/1", &format!("JOINED {room} {}", bob.name))?;
    plain.expect("10.3/1", &format!("{} joined the chat!", bob.name))?;
    plain.send("/who");
    plain.expect("10.2/13", &format!("* 2 members in {room}: {} {}", bob.name, plain.name))?;
    plain.send("/rooms\n/who");
    let (rooms, _) = plain.until("10.2/13", &format!("* 2 members in {room}: <names>"))?;
    let is_a_room = |line: &String| {
        let count = line.strip_prefix("* #").and_then(|rest| rest.split_once(", ")).map(|(_, count)| count);
        count.is_some_and(|count| {
            let number = count.strip_suffix(" members").or(count.strip_suffix(" member")).map(str::parse::<u64>);
            number.is_some_and(|number| number.is_ok_and(|number| count.ends_with("members") == (number != 1)))
        })
    };
    let stranger = rooms.iter().find(|line| !is_a_room(line) && *line != "* and more");
    stage.same("10.2/13", &"lines * #room, N members", &stranger.map_or("lines * #room, N members", String::as_str))?;
    if rooms.iter().any(|line| line == "* and more") {
        stage.watched(&["10.2/13"]);
    } else {
        for expected in [format!("* {room}, 2 members"), format!("* {empty}, 0 members")] {
            stage.hold("10.2/13", rooms.contains(&expected), expected, rooms.join("\n"))?;
        }
    }
    plain.send("/help\n/who");
    let (help, _) = plain.until("10.2/13", &format!("* 2 members in {room}: <names>"))?;
    let is_help = !help.is_empty() && help.iter().all(|line| line.starts_with("* "));
    stage.hold("10.2/13", is_help, "one or more lines that begin with * ", help.join("\n"))
}

fn quit_says_goodbye_and_gives_its_text_as_the_reason(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut witness = stage.member("witness", &room)?;
    let long = "x".repeat(256);
    for (label, line, reason) in [
        ("bare", "/quit", String::new()),
        ("blank", "/quit \t", String::new()),
        ("text", "/Quit  See you  soon ", " :See you  soon".to_owned()),
        ("long", &format!("/quit {long}"), format!(" :{long}")),
    ] {
        let mut plain = stage.plain_member(label, &room)?;
        witness.expect("5.5/1", &format!("JOINED {room} {}", plain.name))?;
        plain.send(&format!("{line}\nnot said"));
        plain.expect("10.2/13", "* Goodbye!")?;
        plain.expect_end("10.2/13")?;
        witness.expect("10.2/13", &format!("LEFT {room} {}{reason}", plain.name))?;
    }
    let Some(rate) = stage.terms.announced.rate.filter(|rate| *rate <= 200) else {
        stage.leave_out("10.2/12", "the server announces no rate, or a high one");
        return Ok(());
    };
    // It does not count against the rate.
    let mut plain = stage.plain_member("flood", &room)?;
    let flood = usize::try_from(12 * rate).unwrap_or(usize::MAX);
    plain.send_octets(format!("{}/quit\n", "/history\n".repeat(flood)).as_bytes());
    plain.until("10.2/12", "* Goodbye!").map(drop)
}

fn history_shows_the_last_messages(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut bob = stage.member("bob", &room)?;
    let mut ats = Vec::new();
    for seq in 1..=24 {
        bob.send(&format!("SAY {room} :text {seq}"));
        let msg = format!("MSG {room} {seq} <at> <rest>");
        let [_, msg] = bob.expect_unordered("4.7/1", [&format!("OK seq={seq}"), &msg])?;
        ats.push(msg.number("at")?);
    }
    bob.send(&format!("SAY {room} {{7}}\none\n\n:3"));
    let [_, msg] = bob.expect_unordered("4.7/1", ["OK seq=25", &format!("MSG {room} 25 <at> <rest>")])?;
    let last = msg.number("at")?;
    let mut plain = stage.plain_member("plain", &room)?;
    for (command, first) in
        [("/history", 6_u64), ("/history 20", 6), ("/history 1", 25), ("/history 2", 24), ("/history 1000", 1)]
    {
        plain.send(command);
        for seq in first..25 {
            let time = time(ats[usize::try_from(seq).unwrap_or_default() - 1]);
            plain.expect("10.2/13", &format!("* {time} {}: text {seq}", bob.name))?;
        }
        for part in ["one", "", ":3"] {
            let line = plain.line("10.3/2", "each line of the text")?;
            stage.same("10.3/2", &format!("* {} {}: {part}", time(last), bob.name), &line)?;
        }
        plain.expect_nothing("10.2/13")?;
    }
    Ok(())
}

/// Milliseconds since 1970 as `YYYY-MM-DD hh:mm:ss` in UTC.
pub(super) fn time(at: u64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(at / 1_000);
    humantime::format_rfc3339_seconds(time).to_string().replace('T', " ").replace('Z', "")
}

fn history_of_nothing_says_so(stage: &mut Stage<'_>) -> Outcome {
    let mut plain = stage.plain_member("plain", &stage.room("room"))?;
    for command in ["/history", "/history 1", "/history 1000"] {
        plain.send(command);
        plain.expect("10.2/18", "* 0 messages kept")?;
        plain.expect_nothing("10.2/18")?;
    }
    Ok(())
}
