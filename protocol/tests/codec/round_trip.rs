//! What is encoded is read as what it was, and every legal form of it too.

use std::collections::BTreeSet;

use fanfare_fuzz_bodies::codec;
use fanfare_protocol::limits::MAX_LINE;
use fanfare_protocol::{ClientMessage, Framed, Framer, Text};
use proptest::prelude::*;

use crate::cases;
use crate::strategies::parts::{parts, server_verb};

/// How a sender may write a frame that is not canonical.
#[derive(Clone, Debug)]
struct Liberties {
    lower: Vec<bool>,
    crlf: bool,
    counted: bool,
    reversed: bool,
    blank_lines: usize,
    /// Where an unknown attribute goes, and its value.
    unknown: Vec<(usize, String)>,
}

fn liberties() -> impl Strategy<Value = Liberties> {
    let unknown = prop::collection::vec((any::<usize>(), "[!-~]{1,20}"), 0..8);
    (prop::collection::vec(any::<bool>(), 16), any::<[bool; 3]>(), 0..3_usize, unknown).prop_map(
        |(lower, [crlf, counted, reversed], blank_lines, unknown)| Liberties {
            lower,
            crlf,
            counted,
            reversed,
            blank_lines,
            unknown,
        },
    )
}

impl Liberties {
    fn take(&self, canonical: &[u8]) -> Vec<u8> {
        codec::framed(canonical, |frame| {
            let mut fields = frame.header().split(' ');
            let verb = fields.next().expect("a verb").chars().zip(&self.lower);
            let verb: String = verb.map(|(c, &lower)| if lower { c.to_ascii_lowercase() } else { c }).collect();
            // No fixed field of any verb has a `=`.
            let (mut attributes, fixed): (Vec<String>, Vec<String>) =
                fields.map(str::to_owned).partition(|field| field.contains('='));
            if self.reversed {
                attributes.reverse();
            }
            for (nth, (at, value)) in self.unknown.iter().enumerate() {
                attributes.insert(at % (attributes.len() + 1), format!("x-{nth}={value}"));
            }
            let eol = if self.crlf { "\r\n" } else { "\n" };
            let line = [vec![verb], fixed, attributes].concat().join(" ");
            if line.len() > MAX_LINE - " {65536}".len() {
                return canonical.to_vec();
            }
            let blank = eol.repeat(self.blank_lines);
            match frame.text().map(Text::as_str) {
                None => format!("{blank}{line}{eol}"),
                Some(text) if self.counted || text.contains('\n') || line.len() + 2 + text.len() > MAX_LINE => {
                    format!("{blank}{line} {{{}}}{eol}{text}{eol}", text.len())
                }
                Some(text) => format!("{blank}{line} :{text}{eol}"),
            }
            .into_bytes()
        })
    }
}

proptest! {
    #![proptest_config(cases(256))]

    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# A sender MUST end each line with LF.
    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# A sender MUST NOT send a CR.
    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# A sender MUST NOT send a line of more than 4,096 octets, the terminator not counted.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST put exactly one SP between two parts of a frame.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST NOT put an SP before the verb.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST NOT put an SP after the last field of a frame without text.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST make a verb of 1 to 16 letters in upper case.
    //= protocol/SPEC.md#2-3-where-a-frame-ends
    //= type=test
    //# A sender MUST write the head of counted text as `{`, the number of its octets in decimal without leading zeros,
    //# `}`, and the line's LF.
    //= protocol/SPEC.md#2-3-where-a-frame-ends
    //= type=test
    //# A sender MUST send after the head exactly the announced number of octets and then LF.
    //= protocol/SPEC.md#2-4-text
    //= type=test
    //# A client SHOULD send every text in its canonical form.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A sender MUST make a key of 1 to 16 octets, a letter `a`-`z` first, then `a`-`z`, `0`-`9` or `-`.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A sender MUST make a value of 1 to 255 octets of `%x21-7E`.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A sender MUST NOT put more than 16 attributes in a frame.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A sender MUST NOT repeat a key in a frame.
    #[test]
    fn what_a_client_encodes_is_read_as_what_it_was(parts in parts()) {
        for message in parts.client() {
            codec::client(&message);
        }
    }

    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# A sender MUST end each line with LF.
    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# A sender MUST NOT send a CR.
    //= protocol/SPEC.md#2-1-lines
    //= type=test
    //# A sender MUST NOT send a line of more than 4,096 octets, the terminator not counted.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST put exactly one SP between two parts of a frame.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST NOT put an SP before the verb.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST NOT put an SP after the last field of a frame without text.
    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A sender MUST make a verb of 1 to 16 letters in upper case.
    //= protocol/SPEC.md#2-3-where-a-frame-ends
    //= type=test
    //# A sender MUST write the head of counted text as `{`, the number of its octets in decimal without leading zeros,
    //# `}`, and the line's LF.
    //= protocol/SPEC.md#2-3-where-a-frame-ends
    //= type=test
    //# A sender MUST send after the head exactly the announced number of octets and then LF.
    //= protocol/SPEC.md#2-4-text
    //= type=test
    //# A server MUST send every text in its canonical form.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A sender MUST make a key of 1 to 16 octets, a letter `a`-`z` first, then `a`-`z`, `0`-`9` or `-`.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A sender MUST make a value of 1 to 255 octets of `%x21-7E`.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A sender MUST NOT put more than 16 attributes in a frame.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A sender MUST NOT repeat a key in a frame.
    //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
    //= type=test
    //# A client MUST accept every frame and every text that this document allows a server to send.
    //= protocol/SPEC.md#3-5-tokens
    //= type=test
    //# A client MUST accept any token of the form in 2.6.
    #[test]
    fn what_a_server_encodes_is_read_as_what_it_was(parts in parts()) {
        for message in parts.server() {
            codec::server(&message);
        }
    }

    //= protocol/SPEC.md#2-2-fields
    //= type=test
    //# A receiver MUST accept a verb in any case.
    //= protocol/SPEC.md#2-4-text
    //= type=test
    //# A receiver MUST accept a text in either form.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A receiver MUST ignore a well-formed attribute whose key is unknown for the verb.
    //= protocol/SPEC.md#2-5-attributes
    //= type=test
    //# A receiver MUST accept attributes in any order.
    //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
    //= type=test
    //# A client MUST accept every frame and every text that this document allows a server to send.
    #[test]
    fn every_legal_form_is_read_alike_and_encoded_canonically(parts in parts(), liberties in liberties()) {
        for message in parts.client() {
            let mut octets = Vec::new();
            message.encode(&mut octets);
            codec::client_reads(&liberties.take(&octets), &message, &octets);
        }
        for message in parts.server() {
            let mut octets = Vec::new();
            message.encode(&mut octets);
            codec::server_reads(&liberties.take(&octets), &message, &octets);
        }
    }

    #[test]
    fn no_verb_is_left_out(parts in parts()) {
        let verbs: BTreeSet<&str> = parts.client().iter().map(ClientMessage::verb).collect();
        prop_assert_eq!(verbs.len(), 13);
        let verbs: BTreeSet<&str> = parts.server().iter().map(server_verb).collect();
        prop_assert_eq!(verbs.len(), 17);
    }

    #[test]
    fn a_message_is_appended_to_what_is_there(parts in parts()) {
        let mut all = Vec::new();
        let mut ends = Vec::new();
        for message in parts.client() {
            message.encode(&mut all);
            ends.push(all.len());
        }
        let mut framer = Framer::new();
        let mut input = &all[..];
        for (message, end) in parts.client().iter().zip(ends) {
            let Ok(Framed::Frame(frame)) = framer.next(&mut input) else { panic!("there is one for each message") };
            codec::same(&ClientMessage::parse(&frame).expect("it was valid"), message);
            prop_assert_eq!(all.len() - input.len(), end);
        }
    }
}
