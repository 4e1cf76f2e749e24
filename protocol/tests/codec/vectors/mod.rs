//! The vectors of `protocol/vectors`, which know only SPEC.md: what the crate makes of each is what it says.
//!
//! Reading and writing are compared by code of their own ([`told`] and [`made`]), so that an error in one is not made
//! good by the other.

mod chunks;
mod made;
mod readers;
mod told;

use fanfare_fuzz_bodies::codec;
use fanfare_protocol::{ByeCode, ErrCode, ServerMessage};
use fanfare_vectors::{Outcome, Reader, Vector, tables};

use readers::play;

/// Every vector of these readers, with the file that it is in.
fn vectors(of: impl Fn(Reader) -> bool) -> impl Iterator<Item = (&'static str, Reader, Vector)> {
    let tables = tables().into_iter().filter(move |(_, table)| of(table.reader));
    tables.flat_map(|(file, table)| table.vectors.into_iter().map(move |vector| (file, table.reader, vector)))
}

/// What the crate makes of octets, where nothing is `ignored` or `incomplete`.
fn expected(vector: &Vector) -> &[Outcome] {
    match &vector.outcomes[..] {
        [Outcome::Ignored | Outcome::Incomplete] => &[],
        outcomes => outcomes,
    }
}

/// Compares lists that can hold texts of 65,536 octets.
#[track_caller]
fn same(file: &str, vector: &Vector, how: &str, found: &[Outcome], wanted: &[Outcome]) {
    let shown = |outcomes: &[Outcome]| format!("{outcomes:?}").chars().take(600).collect::<String>();
    assert!(found == wanted, "{file}: {}: {how}: {} in place of {}", vector.name, shown(found), shown(wanted));
}

#[test]
fn each_comes_to_its_outcome_and_not_before_its_last_octet() {
    for (file, reader, vector) in vectors(|reader| !matches!(reader, Reader::PlainEvent | Reader::Greeting)) {
        same(file, &vector, "whole", &play(reader, &vector.octets), expected(&vector));
        if let (true, [early @ .., _]) = (reader != Reader::ClientStream, &vector.octets[..]) {
            same(file, &vector, "without its last octet", &play(reader, early), &[]);
        }
    }
}

#[test]
fn a_greeting_speaks_of_its_versions_and_its_words() {
    for (file, reader, vector) in vectors(|reader| reader == Reader::Greeting) {
        let wanted: Vec<Outcome> = expected(&vector)
            .iter()
            .cloned()
            .map(|outcome| match outcome {
                Outcome::Greeting(mut greeting) => {
                    greeting.versions.retain(|&version| version == 1);
                    Outcome::Greeting(greeting)
                }
                outcome => outcome,
            })
            .collect();
        same(file, &vector, "whole", &play(reader, &vector.octets), &wanted);
        let early = vector.octets.split_last().expect("no greeting is empty").1;
        same(file, &vector, "without its last octet", &play(reader, early), &[]);
    }
}

#[test]
fn what_stands_behind_is_untouched_unless_the_connection_ends() {
    for (file, reader, vector) in vectors(|_| true) {
        let behind = match reader {
            Reader::ClientFrame => &b"SAY #behind {9}\nuntouched\n"[..],
            Reader::ServerFrame => b"TOLD 7 behind {9}\nuntouched\n",
            Reader::NameLine | Reader::PlainLine => b"untouched\n",
            Reader::PlainOutput => b"* untouched\n",
            Reader::Greeting | Reader::FirstLine | Reader::PlainEvent | Reader::ClientStream => continue,
        };
        let mut wanted = expected(&vector).to_vec();
        let asks_for_a_name = reader == Reader::NameLine && !matches!(vector.outcomes[..], [Outcome::Name(_)]);
        match &vector.outcomes[..] {
            [Outcome::Incomplete] => continue,
            [Outcome::Bye(_)] => {}
            [Outcome::Fault(fault)] if fault == "endless" => {}
            [Outcome::Command(fanfare_vectors::Command::Quit { .. })] => continue,
            _ if asks_for_a_name => wanted.push(Outcome::Name("untouched".to_owned())),
            [Outcome::Name(_)] => wanted.extend(play(Reader::PlainLine, behind)),
            _ => wanted.extend(play(reader, behind)),
        }
        let all = [&vector.octets, behind].concat();
        same(file, &vector, "with more behind", &play(reader, &all), &wanted);
    }
}

#[test]
fn a_message_of_its_fields_becomes_its_canonical_octets_and_these_the_message() {
    for (file, reader, vector) in vectors(|reader| matches!(reader, Reader::ClientFrame | Reader::ServerFrame)) {
        let [Outcome::Message(message)] = &vector.outcomes[..] else {
            assert_eq!(vector.canonical, None, "{file}: {}", vector.name);
            continue;
        };
        let octets = match reader {
            Reader::ClientFrame => codec::client(&made::client(message)),
            _ => made::server(message, codec::server),
        };
        let shown = || octets[..octets.len().min(200)].escape_ascii();
        assert!(octets == vector.canonical(), "{file}: {}: {}", vector.name, shown());
        same(file, &vector, "canonical", &play(reader, vector.canonical()), &vector.outcomes);
    }
}

#[test]
fn what_happens_becomes_the_lines_of_plain_mode() {
    for (file, _, vector) in vectors(|reader| reader == Reader::PlainEvent) {
        let mut octets = Vec::new();
        match &vector.outcomes[..] {
            [Outcome::Event(event)] => made::server(event, |message| message.encode_plain(&mut octets)),
            [Outcome::Reply(reply)] => made::reply(reply, &mut octets),
            other => panic!("{other:?}"),
        }
        assert_eq!(
            octets.escape_ascii().to_string(),
            vector.octets.escape_ascii().to_string(),
            "{file}: {}",
            vector.name
        );
    }
}

#[test]
fn every_code_is_sent_with_its_recommended_text() {
    let codes: Vec<Vector> =
        vectors(|_| true).filter(|(file, ..)| *file == "codes").map(|(_, _, vector)| vector).collect();
    let errs = ErrCode::ALL.iter().map(|&code| ServerMessage::err(code));
    for message in errs.chain(ByeCode::ALL.iter().map(|&code| ServerMessage::bye(code))) {
        let mut octets = Vec::new();
        message.encode(&mut octets);
        assert!(codes.iter().any(|vector| vector.octets == octets), "{message:?}");
    }
}
