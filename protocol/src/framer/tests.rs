//! Known answers, each with octets behind it that must stay untouched.

extern crate alloc;

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;
use crate::limits::MAX_SKIP;

/// Frames as `header|text`, faults as their debug form, fed whole.
fn frames(octets: &[u8]) -> Vec<String> {
    let mut framer = Framer::new();
    let mut input = octets;
    let mut seen = Vec::new();
    loop {
        match framer.next(&mut input) {
            Ok(Framed::Frame(frame)) => seen.push(match frame.text() {
                Some(text) => format!("{}|{text}", frame.header()),
                None => frame.header().to_string(),
            }),
            Ok(Framed::Incomplete) => return seen,
            Err(FrameError::Frame(fault)) => seen.push(format!("ERR {fault:?}")),
            Err(FrameError::Stream(fault)) => {
                seen.push(format!("BYE {fault:?}"));
                return seen;
            }
        }
    }
}

/// The same, one octet at a time, keeping what the framer leaves.
fn frames_by_octet(octets: &[u8]) -> Vec<String> {
    let mut framer = Framer::new();
    let mut kept = Vec::new();
    let mut seen = Vec::new();
    for &octet in octets {
        kept.push(octet);
        let mut input = &kept[..];
        loop {
            match framer.next(&mut input) {
                Ok(Framed::Frame(frame)) => seen.push(match frame.text() {
                    Some(text) => format!("{}|{text}", frame.header()),
                    None => frame.header().to_string(),
                }),
                Ok(Framed::Incomplete) => break,
                Err(FrameError::Frame(fault)) => seen.push(format!("ERR {fault:?}")),
                Err(FrameError::Stream(fault)) => {
                    seen.push(format!("BYE {fault:?}"));
                    return seen;
                }
            }
        }
        let unused = input.len();
        assert!(unused <= crate::limits::MAX_FRAME);
        kept.drain(..kept.len() - unused);
    }
    seen
}

#[track_caller]
fn check(octets: impl AsRef<[u8]>, expected: &[&str]) {
    let octets = octets.as_ref();
    assert_eq!(frames(octets), expected, "{}", octets[..octets.len().min(80)].escape_ascii());
    assert_eq!(frames_by_octet(octets), expected, "octet by octet");
}

//= protocol/SPEC.md#2-1-lines
//= type=test
//# A receiver MUST accept one CR directly before the LF as part of the terminator.
//= protocol/SPEC.md#2-1-lines
//= type=test
//# A receiver MUST ignore an empty line that stands where a frame can begin.
#[test]
fn lines_end_in_lf_or_crlf_and_empty_lines_are_ignored() {
    check("\n\r\nPING\r\n\nPING a\nPI", &["PING", "PING a"]);
}

//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST look for the text of a frame by the first octet of each field, from left to right.
//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST take the first field that begins with `:` as the start of line text, which runs from after the `:`
//# to the end of the line.
//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST take a field that begins with `{`, before any line text, as the head of counted text.
#[test]
fn the_first_field_with_a_colon_begins_line_text() {
    check("SAY #r :a :b {3}\nSAY #r a:b :\nSAY #r ::\r\n", &["SAY #r|a :b {3}", "SAY #r a:b|", "SAY #r|:"]);
}

//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST take a field that begins with `{`, before any line text, as the head of counted text.
//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST accept CRLF in place of LF after the octets of counted text.
//= protocol/SPEC.md#2-3-where-a-frame-ends
//= type=test
//# A receiver MUST take neither terminator of a counted text as part of the text.
#[test]
fn a_counted_text_is_taken_octet_by_octet() {
    check("SAY #r {8}\na\nSAY b:\nPING\n", &["SAY #r|a\nSAY b:", "PING"]);
    check("SAY #r {0}\r\n\r\nPING\n", &["SAY #r|", "PING"]);
}

//= protocol/SPEC.md#2-1-lines
//= type=test
//# A receiver MUST take a CR in any other place as an octet of the line.
#[test]
fn a_malformed_header_costs_its_frame_and_its_text_only() {
    check("SAY  #r {5}\nPING\n\nPING\n", &["ERR BadFrame", "PING"]);
    check(
        b" PING\nPING \nPING  a\nP\tG\nP\x80\n:x\n{1}\nx\nA\rB\nPING\n",
        &["ERR BadFrame"; 8].iter().copied().chain(["PING"]).collect::<Vec<_>>(),
    );
}

//= protocol/SPEC.md#2-1-lines
//= type=test
//# A receiver MUST take a CR in any other place as an octet of the line.
#[test]
fn a_malformed_text_costs_its_frame_only() {
    check(
        b"SAY #r :\xff\nSAY #r :\x1b\nSAY #r {2}\n\r\n\nSAY #r :a\rb\nSAY #r :a\r\r\nPING\n",
        &["ERR BadText", "ERR BadText", "ERR BadText", "ERR BadText", "ERR BadText", "PING"],
    );
}

#[test]
fn a_malformed_count_ends_the_stream() {
    for count in ["{}", "{01}", "{x}", "{1", "{1}x", "{1} ", "{1234567}", "{-1}", "{1}\rx"] {
        check(format!("PING\nSAY #r {count}\nPING\n"), &["PING", "BYE BadFrame"]);
    }
}

#[test]
fn a_counted_text_without_a_line_end_ends_the_stream() {
    check("SAY #r {1}\nab\n", &["BYE BadFrame"]);
    check("SAY #r {1}\na\rb\n", &["BYE BadFrame"]);
}

#[test]
fn a_count_over_the_limit_ends_the_stream_at_its_line_end() {
    check("SAY #r {65537}\nPING\n", &["BYE TextTooLong"]);
    check("SAY #r {999999}\r\n", &["BYE TextTooLong"]);
    let longest = "x".repeat(MAX_TEXT);
    check(format!("SAY {{65536}}\n{longest}\nPING\n"), &[&format!("SAY|{longest}"), "PING"]);
}

//= protocol/SPEC.md#2-1-lines
//= type=test
//# A receiver MUST accept one CR directly before the LF as part of the terminator.
//= protocol/SPEC.md#2-1-lines
//= type=test
//# A receiver MUST accept lines of up to 4,096 octets, the terminator not counted.
#[test]
fn a_line_has_4096_octets_before_its_terminator() {
    for end in ["\n", "\r\n"] {
        let text = "x".repeat(MAX_LINE - 5);
        check(format!("SAY :{text}{end}PING\n"), &[&format!("SAY|{text}"), "PING"]);
        check(format!("SAY :{text}x{end}PING\n"), &["ERR LineTooLong", "PING"]);
        let header = format!("SAY {}", "x".repeat(MAX_LINE - 4));
        check(format!("{header}{end}PING\n"), &[&header, "PING"]);
        check(format!("{header}x{end}PING\n"), &["BYE LineTooLong"]);
    }
}

#[test]
fn an_over_long_line_is_skipped_for_65536_octets() {
    let skipped = "x".repeat(MAX_LINE - 5 + MAX_SKIP);
    check(format!("SAY :{}\nPING\n", &skipped[1..]), &["ERR LineTooLong", "PING"]);
    check(format!("SAY :{skipped}\nPING\n"), &["BYE LineTooLong"]);
}

#[test]
fn text_must_begin_within_the_limit_for_its_line_to_be_skipped() {
    let header = format!("SAY {} ", "x".repeat(MAX_LINE - 6));
    assert_eq!(header.len(), MAX_LINE - 1);
    check(format!("{header}:xx\nPING\n"), &["ERR LineTooLong", "PING"]);
    check(format!("{header}x :x\nPING\n"), &["BYE LineTooLong"]);
}

//= protocol/SPEC.md#2-1-lines
//= type=test
//# A receiver MUST accept lines of up to 4,096 octets, the terminator not counted.
#[test]
fn a_count_must_fit_the_line() {
    let header = format!("SAY {}", "x".repeat(MAX_LINE - 4 - 4));
    check(format!("{header} {{1}}\na\nPING\n"), &[&format!("{header}|a"), "PING"]);
    check(format!("{header}x {{1}}\na\nPING\n"), &["BYE LineTooLong"]);
}

#[test]
fn a_receiver_can_announce_a_lower_limit() {
    let mut framer = Framer::with_text_limit(5_000);
    let text = "x".repeat(5_000);
    assert!(matches!(framer.next(&mut format!("SAY #r {{5000}}\n{text}\n").as_bytes()), Ok(Framed::Frame(_))));
    let fault = framer.next(&mut &b"SAY #r {5001}\n"[..]);
    assert_eq!(fault, Err(FrameError::Stream(StreamFault::TextTooLong)));
}
