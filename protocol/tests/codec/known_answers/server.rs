//! Every verb of a server. SPEC.md, sections 4, 5 and 7.

use fanfare_protocol::{
    Answer, ByeCode, CodeWord, ErrCode, GapReason, Kind, Message, Names, Reason, ServerMessage, Token, Welcome,
};

use super::{at, attributes, epoch, id, name, number, range, room, seq, server, server_takes, text, token, xs};

fn welcome<'a>(token: Option<Token<'a>>, rate: Option<u64>) -> ServerMessage<'a> {
    ServerMessage::Welcome(Welcome {
        name: name("Alice"),
        token,
        ping: number(30),
        text_limit: number(65_536),
        rate: rate.map(number),
        presence: number(0),
        text: text("Hi"),
    })
}

fn message(words: &str) -> Message<'_> {
    Message { room: room("#tea"), seq: seq(7), at: at(1_700), name: name("Alice"), id: None, text: text(words) }
}

#[test]
fn welcome_with_and_without_a_token() {
    let octets = b"WELCOME Alice token=t ping=30 text=65536 rate=50 presence=0 :Hi\n";
    server(octets, &welcome(token("t"), Some(50)), octets);
    server(
        b"welcome Alice presence=0 text=65536 new=x ping=30 {2}\nHi\n",
        &welcome(None, None),
        b"WELCOME Alice ping=30 text=65536 presence=0 :Hi\n",
    );
}

#[test]
fn ok_to_each_request() {
    let ok = ServerMessage::Ok;
    let (next, newest, members) = (seq(4), number(5), number(1));
    let join = |reset| ok(Answer::Join { epoch: epoch("e"), next, newest, members, reset });
    let history = ok(Answer::History { epoch: epoch("e"), count: number(0), next: seq(7) });
    server(b"ok\n", &ok(Answer::Done), b"OK\n");
    server(b"OK x=y\r\n", &ok(Answer::Done), b"OK\n");
    let octets = b"OK epoch=e next=4 newest=5 members=1\n";
    server(b"OK members=1 newest=5 next=4 epoch=e\n", &join(false), octets);
    let octets = b"OK epoch=e next=4 newest=5 members=1 reset=yes\n";
    server(octets, &join(true), octets);
    server(b"OK seq=7\n", &ok(Answer::Say { seq: seq(7), repeat: false }), b"OK seq=7\n");
    server(b"OK repeat=yes seq=7\n", &ok(Answer::Say { seq: seq(7), repeat: true }), b"OK seq=7 repeat=yes\n");
    server(b"OK members=1\n", &ok(Answer::Who { members, more: false }), b"OK members=1\n");
    server(b"OK more=yes members=1\n", &ok(Answer::Who { members, more: true }), b"OK members=1 more=yes\n");
    server(b"OK count=0\n", &ok(Answer::Rooms { count: number(0), more: false }), b"OK count=0\n");
    server(b"OK count=5 more=yes\n", &ok(Answer::Rooms { count: newest, more: true }), b"OK count=5 more=yes\n");
    server(b"OK next=7 count=0 epoch=e\n", &history, b"OK epoch=e count=0 next=7\n");
}

#[test]
fn err_and_bye_with_known_and_unknown_codes() {
    let taken = ServerMessage::Err { code: ErrCode::NameTaken, retry: None, text: text("This name is taken.") };
    server(b"ERR name-taken :This name is taken.\n", &taken, b"ERR name-taken :This name is taken.\n");
    assert_eq!(taken, ServerMessage::err(ErrCode::NameTaken));
    let word = CodeWord::new("slow-down").expect("a code");
    let later = ServerMessage::Err { code: ErrCode::Other(word), retry: Some(number(9)), text: text("") };
    server(b"err slow-down x=y retry=9 {0}\n\n", &later, b"ERR slow-down retry=9 :\n");
    let bye = ServerMessage::bye(ByeCode::Bye);
    server(b"bye bye :Goodbye!\n", &bye, b"BYE bye :Goodbye!\n");
    let end = ServerMessage::Bye { code: ByeCode::Other(word), retry: Some(number(0)), text: text("a\nb") };
    server(b"BYE slow-down retry=0 {3}\na\nb\n", &end, b"BYE slow-down retry=0 {3}\na\nb\n");
}

#[test]
fn every_known_code_is_a_word_of_its_own() {
    for &code in ErrCode::ALL {
        let octets = format!("ERR {code} :x\n");
        server(octets.as_bytes(), &ServerMessage::Err { code, retry: None, text: text("x") }, octets.as_bytes());
    }
    for &code in ByeCode::ALL {
        let octets = format!("BYE {code} :x\n");
        server(octets.as_bytes(), &ServerMessage::Bye { code, retry: None, text: text("x") }, octets.as_bytes());
    }
}

#[test]
fn parts_of_answers() {
    let names = Names::new("alice Bob c").expect("names");
    server(
        b"NAMES #tea alice Bob c\n",
        &ServerMessage::Names { room: room("#tea"), names },
        b"NAMES #tea alice Bob c\n",
    );
    server(
        b"names #tea alice Bob c x=y z=a=b\n",
        &ServerMessage::Names { room: room("#tea"), names },
        b"NAMES #tea alice Bob c\n",
    );
    let listed = ServerMessage::Room { room: room("#tea"), members: number(0), newest: number(2) };
    server(b"ROOM #tea newest=2 members=0\n", &listed, b"ROOM #tea members=0 newest=2\n");
    server(b"PAST #tea 7 1700 Alice :x\n", &ServerMessage::Past(message("x")), b"PAST #tea 7 1700 Alice :x\n");
    let challenge = ServerMessage::Challenge { text: text("cj1=") };
    server(b"CHALLENGE {4}\ncj1=\n", &challenge, b"CHALLENGE :cj1=\n");
}

#[test]
fn messages_in_both_forms() {
    server(b"MSG #tea 7 1700 Alice :\n", &ServerMessage::Msg(message("")), b"MSG #tea 7 1700 Alice :\n");
    let lines = ServerMessage::Msg(message("a\nb"));
    server(b"msg #tea 7 1700 Alice k=v {3}\r\na\nb\r\n", &lines, b"MSG #tea 7 1700 Alice {3}\na\nb\n");
    let known = ServerMessage::Msg(Message { id: id("9f-1"), ..message("x") });
    server(b"MSG #tea 7 1700 Alice id=9f-1 :x\n", &known, b"MSG #tea 7 1700 Alice id=9f-1 :x\n");
    let told = ServerMessage::Told { at: at(0), name: name("b"), id: id("x"), text: text("psst") };
    server(b"TOLD 0 b id=x :psst\n", &told, b"TOLD 0 b id=x :psst\n");
    let kind = Kind::new("topic-2").expect("a kind");
    let (room, seq, at, name) = (room("#tea"), seq(1), at(9_007_199_254_740_991), name("a"));
    let note = ServerMessage::Note { room, seq, at, name, kind, text: None };
    let octets = b"NOTE #tea 1 9007199254740991 a topic-2\n";
    server(octets, &note, octets);
    let note = ServerMessage::Note { room, seq, at, name, kind, text: Some(text("Cakes")) };
    let octets = b"NOTE #tea 1 9007199254740991 a topic-2 :Cakes\n";
    server(octets, &note, octets);
}

#[test]
fn presence() {
    let (room, name) = (room("#tea"), name("Bob"));
    server(b"JOINED #tea Bob x=y\n", &ServerMessage::Joined { room, name }, b"JOINED #tea Bob\n");
    server(b"LEFT #tea Bob\n", &ServerMessage::Left { room, name, reason: None }, b"LEFT #tea Bob\n");
    let supper = ServerMessage::Left { room, name, reason: Reason::new("Supper").ok() };
    server(b"LEFT #tea Bob :Supper\n", &supper, b"LEFT #tea Bob :Supper\n");
    let stale = ServerMessage::Members { room, total: number(3), joined: None, left: None };
    server(b"MEMBERS #tea total=3\n", &stale, b"MEMBERS #tea total=3\n");
    let crowd = ServerMessage::Members { room, total: number(300), joined: Some(number(12)), left: Some(number(0)) };
    server(b"members #tea left=0 joined=12 total=300\n", &crowd, b"MEMBERS #tea total=300 joined=12 left=0\n");
}

#[test]
fn gaps() {
    let gap = |reason| ServerMessage::Gap { room: room("#tea"), range: range(1, 2), reason };
    server(b"GAP #tea 1 2 slow\n", &gap(GapReason::Slow), b"GAP #tea 1 2 slow\n");
    server(b"gap #tea 1 2 expired x=y\n", &gap(GapReason::Expired), b"GAP #tea 1 2 expired\n");
}

#[test]
fn ping_and_pong() {
    server(b"PING\n", &ServerMessage::Ping { token: None }, b"PING\n");
    server(b"ping 7 a=b\n", &ServerMessage::Ping { token: token("7") }, b"PING 7\n");
    server(b"pong a=b\n", &ServerMessage::Pong { token: None }, b"PONG\n");
    server(b"PONG 7\n", &ServerMessage::Pong { token: token("7") }, b"PONG 7\n");
}

#[test]
fn limits_are_inclusive() {
    let names = vec![xs(32); 121].join(" ");
    assert_eq!(names.len() + 7, 3_999, "one more name of six fills a line of names");
    for octets in [
        format!("NAMES #{} {names} {}\n", xs(64), xs(6)),
        format!("ERR {} :x\n", xs(32)),
        format!("NOTE #a 1 0 b {}\n", xs(32)),
        format!("MSG #{} 9007199254740991 9007199254740991 {} id={} :x\n", xs(64), xs(32), xs(64)),
        format!("WELCOME a token={} ping=3600 text=4096 rate=1 presence=9007199254740991 :x\n", xs(64)),
        format!("OK{}\n", attributes(16)),
        format!("OK epoch={} count=1 next=1\n", xs(16)),
        format!("PONG {}\n", xs(64)),
        format!("TOLD 0 a {{65536}}\n{}\n", xs(65_536)),
    ] {
        server_takes(octets);
    }
}

#[test]
fn line_text_becomes_counted_text_at_the_limit_of_the_line() {
    let header = "MSG #tea 7 1700 Alice";
    let (fits, not) = (xs(4_096 - 2 - header.len()), xs(4_096 - 1 - header.len()));
    let line = format!("{header} :{fits}\n");
    server(line.as_bytes(), &ServerMessage::Msg(message(&fits)), line.as_bytes());
    let counted = format!("{header} {{{}}}\n{not}\n", not.len());
    server(counted.as_bytes(), &ServerMessage::Msg(message(&not)), counted.as_bytes());
}
