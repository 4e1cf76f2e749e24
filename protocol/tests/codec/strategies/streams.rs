//! Streams of octets: good frames, every fault of SPEC.md, section 2.7, and garbage, in any mixture.

use fanfare_protocol::limits::{MAX_LINE, MAX_SKIP, MAX_TEXT};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::parts::parts;

/// What a client may send: an opening, and then anything.
pub(crate) fn from_client() -> impl Strategy<Value = Vec<u8>> {
    (opening(), vec(client_piece(), 0..12)).prop_map(joined)
}

/// What a server may send: a greeting, and then anything.
pub(crate) fn from_server() -> impl Strategy<Value = Vec<u8>> {
    let greeting = prop_oneof![9 => Just("FANFARE/1 Choose a username...\n"), 1 => Just("220 smtp\n")];
    (greeting.prop_map(|line| line.as_bytes().to_vec()), vec(server_piece(), 0..6)).prop_map(joined)
}

/// A conversation that a [`Client`](crate::feed::Client) believes, with something put into it here and there.
pub(crate) fn conversation() -> impl Strategy<Value = Vec<u8>> {
    const SCRIPT: [&[u8]; 17] = [
        b"FANFARE/1 Choose a username...\n",
        b"WELCOME alice token=t ping=30 text=65536 presence=256 :Hi\n",
        b"OK epoch=e next=1 newest=2 members=1\n",
        b"MSG #tea 1 5 alice :one\n",
        b"GAP #tea 2 4 slow\nJOINED #tea alice\n",
        b"OK seq=5\n",
        b"MSG #tea 5 6 alice id=7 {5}\na\n\nb:\n",
        b"OK\nTOLD 7 alice :x\r\n",
        b"NAMES #tea alice\nNAMES #tea bob\n",
        b"OK members=2\n",
        b"ROOM #tea members=1 newest=5\n",
        b"OK count=1\n",
        b"PAST #tea 1 5 alice :one\nOK epoch=e count=1 next=2\n",
        b"LEFT #tea bob :Supper\nMEMBERS #tea total=1 left=1\n",
        b"NOTE #tea 6 8 bob topic :Cakes\n",
        b"err not-joined :You are not in this room.\n",
        b"BYE bye :Goodbye!\n",
    ];
    let aside = prop_oneof![
        6 => Just(Vec::new()),
        2 => select(vec![&b"PING 7\n"[..], b"PONG\n", b"\n\r\n", b"NEWS #tea x=y {3}\na\nb\n", b"PING\r\n"])
            .prop_map(<[u8]>::to_vec),
        1 => server_piece(),
    ];
    vec(aside, SCRIPT.len())
        .prop_map(|asides| SCRIPT.iter().zip(asides).flat_map(|(line, aside)| [line, &aside[..]].concat()).collect())
}

/// Octets out of the grammar's own pieces in no order, so that they get further than random ones.
pub(crate) fn scraps() -> impl Strategy<Value = Vec<u8>> {
    const SCRAPS: &[&[u8]] = &[
        b"HELLO",
        b"1",
        b"SAY",
        b"say",
        b"MSG",
        b"OK",
        b"WELCOME",
        b"NAMES",
        b"PING",
        b"GAP",
        b"FANFARE/1",
        b" ",
        b" ",
        b" ",
        b" ",
        b"\n",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b":",
        b"{",
        b"}",
        b"{3}\n",
        b"{0}\n",
        b"{65536}",
        b"{65537}\n",
        b"#tea",
        b"#",
        b"alice",
        b"id=",
        b"after=",
        b"=",
        b"last=9007199254740991",
        b"epoch=e",
        b"seq=1",
        b"/join ",
        b"/msg ",
        b"/",
        b"-",
        b"0",
        b"7",
        b"abc",
        b"\t",
        b"\x00",
        b"\x1b",
        b"\xc2",
        b"\xc2\x85",
        b"\xe2\x80\xae",
        b"\xff",
        b"\xf0\x9f\x98\x80",
        b"SSH-",
        b"HTTP/1.1",
        b"* ",
        b"! ",
        b"[a] ",
        b"a: ",
        b" joined the chat!",
    ];
    vec(select(SCRAPS), 0..60).prop_map(|scraps| scraps.concat())
}

fn opening() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => Just(b"HELLO 1 alice\n".to_vec()),
        4 => Just(b"alice\n".to_vec()),
        4 => select(vec![
            &b"\r\n\nhello 1 Alice token=t\r\n"[..],
            b"PING x\nHELLO 2 a\nJOIN #a\nHELLO 1 taken\nHELLO 1 server\nHELLO 1 alice\n",
            b"AUTH PLAIN :x\nHELLO 1 taken\nHELLO 1 alice\n",
            b"taken\n \t\na b\n\xff\n  alice\t\r\n",
            b"GET / HTTP/1.1\r\n",
            b"SSH-2.0-x",
            b"\x16\x03\x01",
            b"\rx",
        ]).prop_map(<[u8]>::to_vec),
        1 => Just([&b"x".repeat(MAX_LINE)[..], b"\r\nalice\n"].concat()),
        1 => Just([&b"x".repeat(MAX_LINE)[..], b"\r"].concat()),
        1 => Just(b"\r\n".repeat(4_090)),
        1 => Just(vec![]),
    ]
}

fn client_piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => (parts(), 0..12_usize).prop_map(|(parts, which)| {
            let mut octets = Vec::new();
            parts.client()[which].encode(&mut octets);
            octets
        }),
        6 => faulty_frame(),
        3 => plain_line(),
        1 => end_of_stream(),
        2 => scraps(),
        1 => vec(any::<u8>(), 0..40),
        1 => long(),
    ]
}

fn server_piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        12 => (parts(), any::<prop::sample::Index>()).prop_map(|(parts, which)| {
            let mut octets = Vec::new();
            which.get(&parts.server()).encode(&mut octets);
            octets
        }),
        3 => faulty_frame(),
        3 => plain_line(),
        1 => end_of_stream(),
        2 => scraps(),
        1 => long(),
    ]
}

/// A fault that costs one frame.
fn faulty_frame() -> impl Strategy<Value = Vec<u8>> {
    select(vec![
        &b"SAY  #tea :two\n"[..],
        b" PING\n",
        b"PING \n",
        b":no verb\n",
        b"{2}\nab\n",
        b"P1NG\n",
        b"ABCDEFGHIJKLMNOPQ\n",
        b"SAY #t\x80a {4}\r\na\nb\n\r\n",
        b"SAY #tea :\xff\n",
        b"SAY #tea :a\rb\r\n",
        b"SAY #tea {3}\n\xe2\x80\xae\n",
        b"SING #tea :la\n",
        b"TELL -bob :x\n",
        b"JOIN tea\n",
        b"HELLO 2 alice\n",
        b"JOIN #tea x\n",
        b"JOIN #tea a=1 a=2\n",
        b"JOIN #tea last=01\n",
        b"JOIN #tea a=0 b=1 c=2 d=3 e=4 f=5 g=6 h=7 i=8 j=9 k=0 l=1 m=2 n=3 o=4 p=5 q=6\n",
        b"PING :x\n",
        b"SAY #tea\n",
        b"\n",
        b"\r\n",
    ])
    .prop_map(<[u8]>::to_vec)
}

/// A fault that ends the stream.
fn end_of_stream() -> impl Strategy<Value = Vec<u8>> {
    select(vec![
        &b"SAY #tea {}\n"[..],
        b"SAY #tea {01}\n",
        b"SAY #tea {x",
        b"SAY #tea {1234567}\n",
        b"SAY #tea {1}\rx",
        b"SAY #tea {65537}\r\n",
        b"SAY #tea {1}\nab\n",
        b"SAY #tea {1}\na\rb",
    ])
    .prop_map(<[u8]>::to_vec)
}

fn plain_line() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        2 => "[ -~\t]{0,40}\r?\n",
        1 => select(vec![
            "/who\n", "/join #tea\n", "/msg bob psst\n", "/nope\n", "//x\n", "/history 7\n", "/search x\n", "/quit\n", "bob: hi\n",
            "* 3 members now\n", "! no\n", "[bob] psst\n", "bob joined the chat!\n", "You are connected!\n",
        ]).prop_map(str::to_owned),
    ]
    .prop_map(String::into_bytes)
}

/// What is near a limit: a line, a line that is skipped, a header, a counted text.
fn long() -> impl Strategy<Value = Vec<u8>> {
    let near = |limit: usize| limit - 20..=limit + 3;
    let ends = select(vec![&b"\n"[..], b"\r\n", b"\r\r\n"]);
    prop_oneof![
        (near(MAX_LINE), ends.clone()).prop_map(|(len, end)| [b"SAY #tea :", &b"x".repeat(len - 10)[..], end].concat()),
        (near(MAX_LINE + MAX_SKIP), ends.clone())
            .prop_map(|(len, end)| [b"SAY :", &b"x".repeat(len - 5)[..], end].concat()),
        (near(MAX_LINE), ends.clone()).prop_map(|(len, end)| [b"SAY ", &b"x".repeat(len - 4)[..], end].concat()),
        (near(MAX_LINE), ends.clone()).prop_map(|(len, end)| [
            b"SAY ",
            &b"x".repeat(len - 4)[..],
            b" {1}",
            end,
            b"x",
            end
        ]
        .concat()),
        (near(MAX_TEXT), ends)
            .prop_map(|(len, end)| { [format!("SAY #tea {{{len}}}\n").as_bytes(), &b"x".repeat(len), end].concat() }),
    ]
}

fn joined((first, pieces): (Vec<u8>, Vec<Vec<u8>>)) -> Vec<u8> {
    [first, pieces.concat()].concat()
}
