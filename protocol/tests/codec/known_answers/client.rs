//! Every verb of a client. SPEC.md, section 4.

use fanfare_protocol::{ClientMessage, Mechanism};

use super::{attributes, client, client_takes, epoch, id, name, number, range, reason, room, text, token, xs};

#[test]
fn hello() {
    let plain = ClientMessage::Hello { name: name("Alice-1_x"), token: None };
    client(b"HELLO 1 Alice-1_x\n", &plain, b"HELLO 1 Alice-1_x\n");
    let resumed = ClientMessage::Hello { name: name("alice"), token: token("-_aZ09") };
    client(b"hello 1 alice colour=red token=-_aZ09\r\n", &resumed, b"HELLO 1 alice token=-_aZ09\n");
}

#[test]
fn auth() {
    let mechanism = Mechanism::new("SCRAM-SHA-256").expect("a mechanism");
    let bare = ClientMessage::Auth { mechanism, text: None };
    client(b"Auth SCRAM-SHA-256 x=y\n", &bare, b"AUTH SCRAM-SHA-256\n");
    let with = ClientMessage::Auth { mechanism, text: Some(text("bixhPXM=")) };
    client(b"AUTH SCRAM-SHA-256 {8}\r\nbixhPXM=\r\n", &with, b"AUTH SCRAM-SHA-256 :bixhPXM=\n");
}

#[test]
fn join() {
    let bare = ClientMessage::Join { room: room("#tea.2_a-b"), after: None, last: None };
    client(b"JOIN #tea.2_a-b\n", &bare, b"JOIN #tea.2_a-b\n");
    let from =
        ClientMessage::Join { room: room("#tea"), after: Some((epoch("0az"), number(0))), last: Some(number(0)) };
    client(b"join #tea last=0 after=0az:0\n", &from, b"JOIN #tea after=0az:0 last=0\n");
    let last = ClientMessage::Join { room: room("#tea"), after: None, last: Some(number(9_007_199_254_740_991)) };
    client(b"JOIN #tea last=9007199254740991\n", &last, b"JOIN #tea last=9007199254740991\n");
}

#[test]
fn leave() {
    let bare = ClientMessage::Leave { room: room("#tea"), reason: None };
    client(b"lEAVE #tea\n", &bare, b"LEAVE #tea\n");
    let empty = ClientMessage::Leave { room: room("#tea"), reason: reason("") };
    client(b"LEAVE #tea {0}\n\n", &empty, b"LEAVE #tea :\n");
    let lines = ClientMessage::Leave { room: room("#tea"), reason: reason("a\n\tb") };
    client(b"LEAVE #tea why=so {4}\na\n\tb\n", &lines, b"LEAVE #tea {4}\na\n\tb\n");
}

#[test]
fn say() {
    let said = |words| ClientMessage::Say { room: room("#tea"), id: None, text: text(words) };
    client(b"SAY #tea :\n", &said(""), b"SAY #tea :\n");
    client(b"SAY #tea {0}\r\n\r\n", &said(""), b"SAY #tea :\n");
    client(b"SAY #tea : :a {3} b=c \n", &said(" :a {3} b=c "), b"SAY #tea : :a {3} b=c \n");
    client(b"say #tea {5}\nhello\n", &said("hello"), b"SAY #tea :hello\n");
    client(b"SAY #tea {11}\r\nhello\nworld\r\n", &said("hello\nworld"), b"SAY #tea {11}\nhello\nworld\n");
    client(b"SAY #tea {1}\n\n\n", &said("\n"), b"SAY #tea {1}\n\n\n");
    let many = "SAY #tea :\u{e9}\u{2192}\u{1f600}\ttab\n".as_bytes();
    client(many, &said("\u{e9}\u{2192}\u{1f600}\ttab"), many);
    client(b"SAY #tea {4}\n\xf0\x9f\x98\x80\n", &said("\u{1f600}"), b"SAY #tea :\xf0\x9f\x98\x80\n");
    let known = ClientMessage::Say { room: room("#tea"), id: id("9f3c-1"), text: text("once") };
    client(b"SAY #tea z=1 id=9f3c-1 a== :once\n", &known, b"SAY #tea id=9f3c-1 :once\n");
}

#[test]
fn tell() {
    let told = ClientMessage::Tell { name: name("BOB"), id: id("x"), text: text("psst") };
    client(b"tell BOB id=x {4}\npsst\n", &told, b"TELL BOB id=x :psst\n");
    let bare = ClientMessage::Tell { name: name("b"), id: None, text: text("a\nb") };
    client(b"TELL b {3}\na\nb\n", &bare, b"TELL b {3}\na\nb\n");
}

#[test]
fn who() {
    client(b"WHO #tea\r\n", &ClientMessage::Who { room: room("#tea"), after: None }, b"WHO #tea\n");
    let page = ClientMessage::Who { room: room("#tea"), after: Some(name("ALICE")) };
    client(b"\n\r\nwho #tea after=ALICE\n", &page, b"WHO #tea after=ALICE\n");
}

#[test]
fn rooms() {
    client(b"ROOMS\n", &ClientMessage::Rooms { after: None }, b"ROOMS\n");
    client(b"rooms a=b after=#tea\n", &ClientMessage::Rooms { after: Some(room("#tea")) }, b"ROOMS after=#tea\n");
}

#[test]
fn history() {
    let bare = ClientMessage::History { room: room("#tea"), range: range(1, 1), epoch: None };
    client(b"HISTORY #tea 1 1\n", &bare, b"HISTORY #tea 1 1\n");
    let of = ClientMessage::History {
        room: room("#tea"),
        range: range(1, 9_007_199_254_740_991),
        epoch: Some(epoch("never")),
    };
    let octets = b"HISTORY #tea 1 9007199254740991 epoch=never\n";
    client(octets, &of, octets);
}

#[test]
fn ping_and_pong() {
    client(b"PING\n", &ClientMessage::Ping { token: None }, b"PING\n");
    client(b"ping -x_ a=b\n", &ClientMessage::Ping { token: token("-x_") }, b"PING -x_\n");
    client(b"PING a=b\n", &ClientMessage::Ping { token: None }, b"PING\n");
    client(b"PONG\n", &ClientMessage::Pong { token: None }, b"PONG\n");
    client(b"pong 7 a=b\n", &ClientMessage::Pong { token: token("7") }, b"PONG 7\n");
}

#[test]
fn bye() {
    client(b"bye\n", &ClientMessage::Bye { reason: None }, b"BYE\n");
    client(b"BYE a=b :Good night\n", &ClientMessage::Bye { reason: reason("Good night") }, b"BYE :Good night\n");
}

#[test]
fn limits_are_inclusive() {
    for octets in [
        format!("HELLO 1 {}\n", xs(32)),
        format!("HELLO 1 a token={}\n", xs(64)),
        format!("AUTH {}\n", xs(20)),
        format!("JOIN #{} after={}:9007199254740991\n", xs(64), xs(16)),
        format!("LEAVE #a :{}\n", xs(256)),
        format!("LEAVE #a {{256}}\n{}\n", xs(256)),
        format!("BYE :{}\n", "\u{e9}".repeat(128)),
        format!("SAY #a id={} :x\n", xs(64)),
        format!("WHO #a after={}\n", xs(32)),
        format!("ROOMS after=#{}\n", xs(64)),
        format!("HISTORY #a 9007199254740991 9007199254740991 epoch={}\n", xs(16)),
        format!("PING {}\n", xs(64)),
        format!("PING a{}={}\n", xs(15), xs(255)),
        format!("PING{}\n", attributes(16)),
        format!("PING x{}\n", attributes(16)),
        format!("SAY #a :{}\n", xs(4_088)),
        format!("SAY #a {{65536}}\n{}\n", xs(65_536)),
    ] {
        client_takes(octets);
    }
}

#[test]
fn line_text_becomes_counted_text_at_the_limit_of_the_line() {
    let (fits, not) = (xs(4_096 - "SAY #a :".len()), xs(4_096 - "SAY #a :".len() + 1));
    let say = |words| ClientMessage::Say { room: room("#a"), id: None, text: text(words) };
    let line = format!("SAY #a :{fits}\n");
    client(line.as_bytes(), &say(&fits), line.as_bytes());
    let counted = format!("SAY #a {{{}}}\n{not}\n", not.len());
    client(counted.as_bytes(), &say(&not), counted.as_bytes());
}
