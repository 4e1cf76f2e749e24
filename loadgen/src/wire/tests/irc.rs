//! IRC, held against the crate `irc-proto`.

use irc_proto::{Command, Message as Line};

use super::*;

#[test]
fn irc_is_the_standard() {
    let stream = ":a!~u@host PRIVMSG #tea :hello there\r\n:a!u@h PRIVMSG #tea hello\n:a!u@h JOIN :#tea\r\n:a!u@h QUIT :Bye\r\n\
                  PING :irc.example\r\n:irc.example PING token\r\n:irc.example 404 a #tea :Cannot send to channel\r\n\
                  :irc.example 353 a = #tea :a b c\r\n:irc.example 422 a :MOTD File is missing\r\n\
                  :irc.example NOTICE a :hi\r\n\r\nERROR :Closing Link: a\r\nPRIVMSH #tea :x\r\n:a PRIVMSG #tea\r\n";
    let taken = |line: &str, word| frame(line, word);
    let expected = [
        taken(":a!~u@host PRIVMSG #tea :hello there\r\n", message("#tea", None, "hello there")),
        taken(":a!u@h PRIVMSG #tea hello\n", message("#tea", None, "hello")),
        taken(":a!u@h JOIN :#tea\r\n", Word::Presence),
        taken(":a!u@h QUIT :Bye\r\n", Word::Presence),
        taken("PING :irc.example\r\n", Word::Ping(Some("irc.example"))),
        taken(":irc.example PING token\r\n", Word::Ping(Some("token"))),
        taken(":irc.example 404 a #tea :Cannot send to channel\r\n", Word::Refused("404")),
        taken(":irc.example 353 a = #tea :a b c\r\n", Word::Other),
        taken(":irc.example 422 a :MOTD File is missing\r\n", Word::Other),
        taken(":irc.example NOTICE a :hi\r\n", Word::Other),
        taken("\r\n", Word::Other),
        taken("ERROR :Closing Link: a\r\n", Word::End("ERROR", "Closing Link: a")),
        Next::Unreadable(17),
        Next::Unreadable(17),
    ];
    assert_eq!(words(Wire::Irc, stream.as_bytes()), expected);
    assert_eq!(words(Wire::Irc, b":a PRIVMSG #tea :\xff\r\n"), [Next::Unreadable(20)]);

    assert_eq!(said(Wire::Irc), "PRIVMSG #tea :hello\r\n");
    let read = said(Wire::Irc).parse::<Line>().map(|line| line.command);
    assert_eq!(read.ok(), Some(Command::PRIVMSG("#tea".to_owned(), "hello".to_owned())));
    let mut pong = Vec::new();
    Wire::Irc.pong(Some("irc.example"), &mut pong);
    let pong = String::from_utf8(pong).expect("it says text");
    assert!(
        matches!(pong.parse::<Line>().map(|line| line.command), Ok(Command::PONG(token, None)) if token == "irc.example")
    );
}

#[test]
fn a_client_of_irc_joins_when_it_is_registered() {
    let welcome = "PING :cookie\r\n:irc.example 001 load-1 :Welcome\r\n:irc.example 422 load-1 :MOTD File is missing\r\n\
                   :load-1!~u@h JOIN :#tea\r\n:irc.example 353 load-1 = #tea :load-1\r\n\
                   :irc.example 366 load-1 #tea :End of NAMES list\r\n";
    let stream = format!("{welcome}:a!u@h PRIV");
    let (heard, taken, joined) = open(Wire::Irc, stream.as_bytes()).expect("it joins");
    assert_eq!((taken, joined), (welcome.len(), JOINED));
    assert_eq!(heard, "NICK load-1\r\nUSER loadgen 0 * :loadgen\r\nPONG :cookie\r\nJOIN #tea\r\n");

    let (heard, joined) = said_by_a_user(Wire::Irc, false, b":irc.example 001 load-1 :Welcome\r\n");
    assert_eq!((&*heard, joined), (&b"PASS :s3cret\r\nNICK load-1\r\nUSER alice 0 * :loadgen\r\n"[..], JOINED));

    for (refusal, remedy) in [
        (":irc.example 433 * load-1 :Nickname already in use\r\n", "the same names"),
        (":irc.example 451 load-1 :Connection not registered\r\n", ""),
        (":irc.example 464 load-1 :Invalid password\r\n", "LOADGEN_PASSWORD"),
        (":irc.example 437 load-1 #tea :Nick/channel is temporarily unavailable\r\n", ""),
        (":irc.example 403 load-1 #tea :No such channel\r\n", ""),
        ("ERROR :Too many connections from your IP address\r\n", "MaxConnectionsIP"),
    ] {
        let Err(Turned::Away(reason)) = open(Wire::Irc, refusal.as_bytes()) else { panic!("{refusal}") };
        assert!(reason.contains(refusal.trim_end()), "{reason}");
        assert!(Wire::Irc.remedy(&reason).contains(remedy), "{reason}");
    }
    assert!(matches!(open(Wire::Irc, b"HTTP/1.1 400 Bad Request\r\n"), Err(Turned::Otherwise(_))));
}

#[test]
fn names_are_no_longer_than_a_server_of_the_standard_takes() {
    let plan = |wire, clients, run| Plan { wire, run, clients, ..Plan::new(([127, 0, 0, 1], 1).into()) };
    assert_eq!(plan(Wire::Irc, 1, 0).name_prefix(), "l000");
    assert_eq!(plan(Wire::Irc, 1, 36 * 36 * 36 - 1).name_prefix(), "lzzz");
    assert_eq!(plan(Wire::Irc, 1, u32::MAX).name_prefix(), "l1z3", "what is beyond is left away");
    // One more publishes.
    assert_eq!(plan(Wire::Irc, 99_999, 7).check(), Ok(()));
    let error = plan(Wire::Irc, 100_000, 7).check().expect_err("too long");
    assert_eq!(error, PlanError::LongName { clients: 100_001, server: "IRC server", most: 9 });
}

#[test]
fn a_text_that_has_no_place_in_a_line_is_refused_before_the_run() {
    let plan = |room: &str, size| Plan {
        wire: Wire::Irc,
        room: room.to_owned(),
        size,
        ..Plan::new(([127, 0, 0, 1], 1).into())
    };
    let room = "#load-00000007";
    // The longest line that a server sends with it.
    let line = |size| format!(":l00799999!~loadgenxx@{} PRIVMSG {room} :{}\r\n", "h".repeat(63), "x".repeat(size));
    let most = Wire::Irc.most_text(room);
    assert_eq!(line(most).len(), 512);
    assert_eq!(plan(room, most).check(), Ok(()));
    let error = plan(room, most + 1).check().expect_err("too long");
    assert!(matches!(error, PlanError::Line { most: known, .. } if known == most));
    assert!(error.to_string().contains(&format!("--size {most} or less")), "{error}");
    assert_eq!(plan(&format!("#{}", "r".repeat(49)), 64).check(), Ok(()));
    let error = plan(&format!("#{}", "r".repeat(50)), 64).check().expect_err("too long");
    assert!(matches!(error, PlanError::LongRoom { most: 49, .. }));
}

#[test]
fn what_can_be_no_login_is_refused_before_the_run() {
    let check = |wire, user: Option<&str>, password: Option<&str>| {
        let login = Login { user: user.map(str::to_owned), password: password.map(str::to_owned) };
        Plan { wire, login, ..Plan::new(([127, 0, 0, 1], 1).into()) }.check()
    };
    for wire in WIRES {
        assert_eq!(check(wire, None, None), Ok(()), "{wire:?}");
    }
    assert_eq!(check(Wire::Irc, Some("alice"), Some("two words")), Ok(()));
    for (user, password) in [(Some("two words"), None), (Some("longerthan9"), None), (None, Some("a\r\nQUIT"))] {
        assert!(matches!(check(Wire::Irc, user, password), Err(PlanError::Login(_))), "{user:?} {password:?}");
    }
    assert!(matches!(check(Wire::Mqtt, None, Some("s3cret")), Err(PlanError::Login(_))));
    assert!(matches!(check(Wire::Mqtt, Some(&"u".repeat(65_536)), None), Err(PlanError::Login(_))));
    assert!(matches!(check(Wire::Fanfare, Some("alice"), None), Err(PlanError::Login(_))));
    // What is in the environment for others does no harm.
    assert_eq!(check(Wire::Fanfare, None, Some("s3cret")), Ok(()));
}
