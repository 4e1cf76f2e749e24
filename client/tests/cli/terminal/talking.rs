//! Two people and a real server.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use fanfare_tests::{Proxy, TestServer};
use rustix::process::Signal;

use super::person::Person;

/// A server, alice at a terminal in `#lobby`, and bob there in plain mode.
fn two() -> (TestServer, Person, fanfare_tests::Client) {
    let server = TestServer::start(1);
    let alice = Person::at(&server.address().to_string(), &["--name=alice", "--presence=off"]);
    alice.is_in_the_lobby();
    let bob = server.plain("bob");
    (server, alice, bob)
}

#[test]
fn two_people_talk_and_each_message_is_shown_once() {
    let (_server, alice, mut bob) = two();
    bob.send("Good morning");
    alice.sees(&["bob: Good morning", "#lobby>"]);
    alice.types("hi bob\r");
    bob.lines_until("alice: hi bob");
    alice.sees(&["bob: Good morning", "alice: hi bob", "#lobby>"]);
    bob.send("hi");
    alice.sees(&["bob: Good morning", "alice: hi bob", "bob: hi", "#lobby>"]);
}

#[test]
fn what_is_being_typed_stays_whole_below_what_comes() {
    let (_server, alice, mut bob) = two();
    alice.types("half a li");
    alice.sees(&["#lobby> half a li"]);
    for number in 1..=20 {
        bob.send(&format!("line {number}"));
    }
    alice.sees(&["bob: line 18", "bob: line 19", "bob: line 20", "#lobby> half a li"]);
    alice.types("ne");
    alice.sees(&["bob: line 20", "#lobby> half a line"]);
    alice.types("\x01The first \r");
    bob.lines_until("alice: The first half a line");
    alice.sees(&["alice: The first half a line", "#lobby>"]);
}

#[test]
fn a_line_of_several_rows_with_wide_characters_stays_right_while_lines_come() {
    let (_server, alice, mut bob) = two();
    let line = "日本語のとても長い一行、それから e\u{301} and 👩 and so on until the row ends, and further";
    alice.types(line);
    alice.types("\x1b[D\x1b[D\x1b[D");
    for number in 1..=5 {
        bob.send(&format!("line {number}"));
    }
    let screen = alice.waits("line 5", |screen| {
        screen.iter().any(|row| row.ends_with("bob: line 5"))
            && screen.last().is_some_and(|row| row.ends_with("further"))
    });
    let first = screen.iter().position(|row| row.starts_with("#lobby> 日本語")).expect("the line is whole");
    assert!(screen[first - 1].ends_with("bob: line 5"), "{screen:#?}");
    // A row that ends with a blank does not show it.
    assert_eq!(screen[first..].concat().replace(' ', ""), format!("#lobby>{line}").replace(' ', ""));
    alice.types("X\r");
    bob.lines_until(&format!("alice: {}", line.replace("further", "furtXher")));
}

#[test]
fn tab_completes_names_rooms_and_commands() {
    let (_server, alice, mut bob) = two();
    bob.send("hello");
    alice.sees(&["bob: hello", "#lobby>"]);
    alice.types("B\t");
    alice.sees(&["#lobby> bob:"]);
    alice.types("\x15/jo\tloun");
    alice.sees(&["#lobby> /join loun"]);
    alice.types("\x15/h\t");
    alice.sees(&["* /history  /help", "#lobby> /h"]);
    alice.types("\x15/join #lo\t");
    alice.sees(&["#lobby> /join #lobby"]);
}

#[test]
fn another_size_leaves_a_long_line_and_the_talk_right() {
    let (_server, alice, mut bob) = two();
    bob.send("A text that is long enough to be wrapped in a narrow terminal");
    alice.types("a line that is long enough for several rows in a narrow one");
    alice.sees_somewhere("several rows");
    for (columns, rows) in [(30, 12), (20, 8), (100, 20), (60, 12)] {
        alice.resizes(columns, rows);
        alice.waits("the whole line", |screen| {
            let Some(first) = screen.iter().position(|row| row.starts_with("#lobby> ")) else { return false };
            screen[first..].concat().replace(' ', "") == "#lobby>alinethatislongenoughforseveralrowsinanarrowone"
                && screen.iter().filter(|row| row.contains("#lobby> ")).count() == 1
                && screen[..first].concat().replace(' ', "").ends_with("wrappedinanarrowterminal")
        });
    }
    alice.types("\r");
    bob.lines_until("alice: a line that is long enough for several rows in a narrow one");
}

#[test]
fn ctrl_c_clears_the_line_and_leaves_when_typed_twice() {
    let (_server, mut alice, mut bob) = two();
    alice.types("never mind\x03");
    alice.sees(&["#lobby>"]);
    alice.types("\x1b[A");
    alice.sees(&["#lobby> never mind"]);
    alice.types("\x03");
    alice.sees(&["#lobby>"]);
    alice.types("\x03");
    alice.sees(&["* Ctrl-C once more leaves, and so does Ctrl-D", "#lobby>"]);
    alice.types("\x03");
    let (status, _) = alice.ends();
    assert_eq!(status.code(), Some(0));
    bob.lines_until("alice has left the chat!");
    alice.has_the_terminal_back();
}

#[test]
fn ctrl_d_says_goodbye_and_gives_the_terminal_back() {
    let (_server, mut alice, mut bob) = two();
    assert!(!alice.is_cooked());
    alice.types("\x04");
    let (status, screen) = alice.ends();
    assert_eq!(status.code(), Some(0), "{screen:?}");
    bob.lines_until("alice has left the chat!");
    alice.has_the_terminal_back();
    assert!(!screen.iter().any(|row| row.starts_with("#lobby>")), "{screen:?}");
}

#[test]
fn quit_leaves_words_behind() {
    let (server, mut alice, _bob) = two();
    let mut carol = server.member("carol", "#lobby");
    alice.types("/quit Good night\r");
    carol.lines_until("LEFT #lobby alice :Good night");
    assert_eq!(alice.ends().0.code(), Some(0));
}

#[test]
fn a_signal_ends_it_with_a_goodbye_and_shows_what_was_not_sent() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let (_server, mut alice, mut bob) = two();
        alice.types("half a line");
        alice.sees(&["#lobby> half a line"]);
        alice.signals(signal);
        let (status, _) = alice.ends();
        assert_eq!(status.code(), Some(code));
        bob.lines_until("alice has left the chat!");
        alice.sees_somewhere("not sent: half a line");
        alice.has_the_terminal_back();
    }
}

#[test]
fn several_pasted_lines_are_one_message_after_a_question() {
    let (server, alice, _bob) = two();
    let mut carol = server.member("carol", "#lobby");
    alice.pastes("one\n\ttwo\nthree\n");
    alice.sees(&["Send 3 lines (14 characters) as one message? [y/n]"]);
    alice.types("y");
    let said = carol.lines_until("MSG #lobby <seq> <at> alice <rest>");
    assert!(said.last().is_some_and(|line| line.ends_with(" {14}")), "{said:?}");
    assert_eq!(carol.counted(14), "one\n\ttwo\nthree");
    alice.sees(&["alice: one", "      alice:         two", "      alice: three", "#lobby>"]);
}

#[test]
fn pasted_lines_that_are_not_sent_come_back_with_the_arrow_and_the_line_stays() {
    let (_server, alice, mut bob) = two();
    alice.types("ab\x1b[D");
    alice.pastes("one\ntwo");
    alice.sees(&["Send 2 lines (9 characters) as one message? [y/n]"]);
    alice.types("n");
    alice.sees(&["* not sent; the arrow up brings it back", "#lobby> ab"]);
    alice.types("\x1b[A");
    alice.sees(&["#lobby> aone↵twob"]);
    alice.types("\x1b[B");
    alice.types("X\r");
    bob.lines_until("alice: abX");
}

#[test]
fn lines_that_come_at_once_from_a_terminal_that_marks_nothing_are_asked_about() {
    let (_server, alice, _bob) = two();
    alice.types("one\rtwo\rthree\r");
    alice.sees(&["Send 3 lines (13 characters) as one message? [y/n]"]);
    alice.types("n");
    alice.sees(&["#lobby>"]);
}

#[test]
fn a_pasted_control_character_is_named_and_not_sent() {
    let (_server, alice, mut bob) = two();
    alice.pastes("red \u{7f}");
    alice.sees_somewhere("(U+007F)");
    alice.types("still here\r");
    bob.lines_until("alice: still here");
}

#[test]
fn the_bell_rings_for_ones_name_and_for_private_messages_only() {
    let (_server, alice, mut bob) = two();
    bob.send("hello all");
    alice.sees(&["bob: hello all", "#lobby>"]);
    assert_eq!(alice.bells(), 0);
    bob.send("hello Alice!");
    alice.sees(&["bob: hello Alice!", "#lobby>"]);
    assert_eq!(alice.bells(), 1);
    bob.send("/msg alice psst");
    alice.sees(&["[bob] psst", "#lobby>"]);
    assert_eq!(alice.bells(), 2);
}

#[test]
fn colours_are_used_unless_no_color_says_no() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    for (name, variables, is_coloured) in
        [("colour", &[][..], true), ("plain", &[("NO_COLOR", "1")], false), ("empty", &[("NO_COLOR", "")], true)]
    {
        let person = Person::start_with(&[&address, "--name", name], variables);
        person.is_in_the_lobby();
        person.types("hello\r");
        person.sees(&[&format!("{name}: hello"), "#lobby>"]);
        assert_eq!(person.written().contains("\x1b[38;5;"), is_coloured, "{name}");
        assert_eq!(person.written().contains("m* "), is_coloured, "{name}");
    }
}

#[test]
fn private_messages_go_to_one_person() {
    let (_server, alice, mut bob) = two();
    alice.types("/msg bob psst\r");
    bob.lines_until("[alice] psst");
    alice.sees(&["[to bob] psst", "#lobby>"]);
    alice.types("/msg nobody psst\r");
    alice.sees_somewhere("! not sent to nobody:");
    alice.types("\x1b[A");
    alice.sees(&["#lobby> psst"]);
}

#[test]
fn several_rooms_have_a_current_one_and_the_others_are_named() {
    let (server, alice, mut bob) = two();
    let mut carol = server.member("carol", "#tea");
    alice.types("/join #tea\r");
    alice.sees(&["* you are in #tea; one other is here", "#tea>"]);
    carol.send("SAY #tea :hello");
    bob.send("over here");
    alice.sees_somewhere("#lobby bob: over here");
    alice.sees_somewhere(" carol: hello");
    alice.types("tea for all\r");
    carol.lines_until("MSG #tea <seq> <at> alice <rest>");
    alice.sees(&["alice: tea for all", "#tea>"]);
    alice.types("/join lobby\r");
    alice.sees(&["* you speak in #lobby now", "#lobby>"]);
    carol.send("SAY #tea :still here");
    alice.sees(&["#tea carol: still here", "#lobby>"]);
    alice.types("/leave #tea bye\r");
    carol.lines_until("LEFT #tea alice :bye");
    alice.sees(&["* you have left #tea", "#lobby>"]);
}

#[test]
fn a_line_behind_a_join_is_said_in_the_new_room() {
    let (server, alice, _bob) = two();
    let mut carol = server.member("carol", "#tea");
    alice.types("/join #tea\rhello tea");
    alice.sees(&["#tea> hello tea"]);
    alice.types("\r");
    carol.lines_until("MSG #tea <seq> <at> alice <rest>");
}

#[test]
fn comings_and_goings_are_shown_of_nobody_of_recent_speakers_or_of_all() {
    let (server, alice, bob) = two();
    drop(bob);
    alice.types("/presence smart\r");
    alice.sees_somewhere("those who spoke lately");
    let mut eve = server.plain("eve");
    eve.send("I am new");
    alice.sees(&["eve: I am new", "#lobby>"]);
    drop(eve);
    alice.sees(&["* eve has left", "#lobby>"]);
    assert!(!alice.screen().iter().any(|row| row.contains("eve has joined")));
    alice.types("/presence all\r");
    alice.sees_somewhere("everybody's comings and goings are shown");
    let dan = server.plain("dan");
    alice.sees(&["* dan has joined", "#lobby>"]);
    alice.types("/presence off\r");
    alice.sees_somewhere("nobody's comings and goings are shown");
    drop(dan);
    let mut fay = server.plain("fay");
    fay.send("hello");
    alice.sees(&["* nobody's comings and goings are shown", "fay: hello", "#lobby>"]);
}

#[test]
fn a_server_that_is_gone_is_told_and_what_is_typed_waits_and_then_goes_out_once() {
    let server = TestServer::start(1);
    let way = Proxy::to(server.address());
    let alice = Person::at(&way.address().to_string(), &["--name=alice", "--presence=off"]);
    alice.is_in_the_lobby();
    way.lead_to(None);
    server.shut_down();
    alice.sees_somewhere("* connection lost (");
    alice.types("are you there?\r");
    alice.types("half a line");
    alice.waits("what waits", |screen| {
        screen.iter().any(|row| row == "… #lobby: are you there?")
            && screen
                .iter()
                .any(|row| row.contains("not connected; trying again in") && row.contains("1 message waits"))
            && screen.last().is_some_and(|row| row == "#lobby> half a line")
    });
    let again = TestServer::start(1);
    way.lead_to(Some(again.address()));
    alice.sees_somewhere("* connected again");
    alice.sees_somewhere("#lobby was begun anew");
    alice.sees(&["alice: are you there?", "#lobby> half a line"]);
    let mut carol = again.framed("carol");
    carol.send("JOIN #lobby last=10");
    let said = carol.lines_until("JOINED #lobby carol");
    assert_eq!(said.iter().filter(|line| line.ends_with("are you there?")).count(), 1, "{said:?}");
}

#[test]
fn what_was_typed_and_not_sent_is_shown_when_one_leaves_without_a_connection() {
    let (server, mut alice, bob) = two();
    drop(bob);
    server.shut_down();
    alice.sees_somewhere("* connection lost (");
    alice.types("are you there?\r");
    alice.sees_somewhere("… #lobby: are you there?");
    alice.types("\x04");
    assert_eq!(alice.ends().0.code(), Some(0));
    alice.sees(&["no answer to what you wrote to #lobby: are you there?"]);
    alice.has_the_terminal_back();
}

#[test]
fn without_a_server_there_is_one_clear_line() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("it has one");
    let mut alice = Person::at(&nobody.to_string(), &["--name=alice"]);
    let (status, screen) = alice.ends();
    assert_eq!(status.code(), Some(3), "{screen:?}");
    alice.waits("the reason", |screen| screen.iter().any(|row| row.starts_with("chat-client: 127.0.0.1:")));
    alice.has_the_terminal_back();
}

#[test]
fn a_name_that_is_taken_is_asked_for_again() {
    let server = TestServer::start(1);
    let mut bob = server.plain("alice");
    let alice = Person::at(&server.address().to_string(), &["--name=alice"]);
    alice.sees_somewhere("Choose another name.");
    alice.sees(&["your name>"]);
    alice.types("not a name\r");
    alice.sees_somewhere("1 to 32 of A-Z");
    alice.types("alice2\r");
    alice.is_in_the_lobby();
    alice.types("hello\r");
    bob.lines_until("alice2: hello");
}

#[test]
fn who_is_logged_in_has_a_name_and_who_is_not_is_asked() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let bob = Person::start_with(&[&address, "--color=never"], &[("USER", "bob")]);
    bob.is_in_the_lobby();
    bob.sees_somewhere(" as bob; /help lists the");
    let root = Person::start_with(&[&address, "--color=never"], &[("USER", "root")]);
    root.sees(&["your name>"]);
}

#[test]
fn the_past_and_who_is_there_can_be_asked_for() {
    let (server, alice, mut bob) = two();
    for number in 1..=5 {
        bob.send(&format!("line {number}"));
    }
    alice.sees_somewhere("bob: line 5");
    alice.types("\x0c/history 2\r");
    alice.sees(&["* what was said: 2 messages", "bob: line 4", "bob: line 5", "* this is now", "#lobby>"]);
    alice.types("/who\r");
    alice.sees(&["* 2 members in #lobby: alice, bob", "#lobby>"]);
    let _tea = server.member("carol", "#tea");
    alice.types("/rooms\r");
    alice.sees(&["* #lobby: 2 members, 5 messages", "      * #tea: 1 member, 0 messages", "#lobby>"]);
    alice.types("/missed\r");
    alice.sees(&["* nothing was missed that can be fetched", "#lobby>"]);
    alice.types("/dance\r");
    alice.sees_somewhere("! there is no such command");
    alice.resizes(80, 30);
    alice.types("/help\r");
    alice.sees_somewhere("/presence off|smart|all");
}

#[test]
fn a_log_is_private_and_has_what_was_shown() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("log");
    let flag = format!("--log={}", path.display());
    let server = TestServer::start(1);
    let mut alice = Person::at(&server.address().to_string(), &["--name=alice", &flag]);
    alice.is_in_the_lobby();
    alice.types("hello log\r");
    alice.sees(&["alice: hello log", "#lobby>"]);
    alice.types("\x04");
    alice.ends();
    let log = fs::read_to_string(&path).expect("it was made");
    assert!(log.lines().any(|line| line.ends_with(" #lobby alice: hello log") && line.starts_with("20")), "{log}");
    assert_eq!(fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let mut again = Person::at(&server.address().to_string(), &["--name=alice", &flag]);
    assert_eq!(again.ends().0.code(), Some(2));
    again.sees_somewhere("is not private");
}

#[test]
fn ctrl_z_gives_the_terminal_back_until_the_program_goes_on() {
    let server = TestServer::start(1);
    let mut bob = server.plain("bob");
    let address = server.address().to_string();
    let alice = Person::in_a_shell("\"$@\"; echo stopped; read line; fg", &[&address, "--name=alice", "--color=never"]);
    alice.waits("the lobby", |screen| screen.iter().any(|row| row.contains("you are in #lobby")));
    alice.types("half a line\x1a");
    alice.sees(&["stopped"]);
    alice.has_the_terminal_back();
    bob.send("meanwhile");
    alice.types("\r");
    alice.sees(&["bob: meanwhile", "#lobby> half a line"]);
    assert!(!alice.is_cooked());
}
