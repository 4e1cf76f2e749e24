//! The files follow their schema, the crate has all of them, and nothing of SPEC.md that a vector can show is left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use fanfare_vectors::{FILES, Outcome, Reader, SCHEMA, Vector, tables};
use serde_json::{Value, json};

const SPEC: &str = include_str!("../../SPEC.md");

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    jsonschema::draft202012::meta::validate(&schema).expect("the schema is one");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

/// Every vector, with the file that it is in and who reads it.
fn vectors() -> impl Iterator<Item = (&'static str, Reader, Vector)> {
    tables().into_iter().flat_map(|(file, table)| {
        let reader = table.reader;
        table.vectors.into_iter().map(move |vector| (file, reader, vector))
    })
}

/// The text of a section of SPEC.md.
fn section(heading: &str) -> &'static str {
    let begin = SPEC.find(&format!("\n{heading} ")).expect("the section is there");
    let text = &SPEC[begin + heading.len()..];
    text.split("\n## ").next().and_then(|text| text.split("\n### ").next()).expect("the section has text")
}

/// The cells of a section's tables.
fn rows(heading: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let rows = section(heading).lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    rows.map(|row| row.split(" | ").map(str::trim).collect())
}

/// The codes of a section's table, each with its recommended text.
fn codes(heading: &str) -> Vec<(&'static str, &'static str)> {
    let codes = rows(heading).filter_map(|row| Some((row[0].strip_prefix('`')?.strip_suffix('`')?, *row.last()?)));
    let codes: Vec<_> = codes.collect();
    assert!(codes.len() > 10, "{heading} has its table");
    codes
}

#[test]
fn every_file_follows_the_schema() {
    let validator = validator();
    for (file, json) in FILES {
        let json: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{file}: {error}"));
        for (nth, vector) in json["vectors"].as_array().expect("a list").iter().enumerate() {
            let alone = json!({"$schema": json["$schema"], "reader": json["reader"], "about": json["about"], "vectors": [vector]});
            assert!(validator.is_valid(&alone), "{file}, vector {nth}: {vector}");
        }
        assert!(validator.is_valid(&json), "{file}");
    }
}

#[test]
fn the_schema_is_strict() {
    let validator = validator();
    let file =
        |vector: Value| json!({"$schema": "schema.json", "reader": "client-frame", "about": "x", "vectors": [vector]});
    let good = json!({"name": "x", "spec": ["2.1"], "octets": "PING x\n", "outcome": {"message": {"verb": "PING", "token": "x"}}});
    assert!(validator.is_valid(&file(good.clone())));
    let with = |at: &str, value: Value| {
        let mut vector = good.clone();
        let (object, key) = at.rsplit_once('/').expect("a path");
        vector.pointer_mut(object).and_then(Value::as_object_mut).expect("an object").insert(key.to_owned(), value);
        file(vector)
    };
    for (at, value) in [
        ("/more", json!(1)),
        ("/outcome", json!("unknown")),
        ("/outcome", json!({"mode": "plain"})),
        ("/outcome", json!({"err": "shutdown"})),
        ("/outcome/err", json!("bad-frame")),
        ("/outcome/message/text", json!("x")),
        ("/outcome/message/token", json!("a.b")),
        ("/outcome/message/verb", json!("MSG")),
        ("/outcomes", json!([])),
        ("/octets", json!([])),
        ("/octets", json!([{"hex": "f"}])),
        ("/octets", json!([{"repeat": "x"}])),
        ("/spec", json!([])),
        ("/canonical", json!(1)),
    ] {
        assert!(!validator.is_valid(&with(at, value.clone())), "{at}: {value}");
    }
    assert!(!validator.is_valid(&file(
        json!({"name": "x", "spec": ["2.1"], "octets": "\n", "outcome": "ignored", "canonical": "\n"})
    )));
}

#[test]
fn the_crate_has_every_file() {
    let listed = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("it can be listed");
    let names = listed.map(|entry| entry.expect("it can be listed").file_name().into_string().expect("a plain name"));
    let there: BTreeSet<String> = names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
    let known = FILES.iter().map(|(file, _)| (*file).to_owned()).chain(["schema".to_owned()]).collect();
    assert_eq!(there, known);
}

#[test]
fn every_vector_has_a_name_of_its_own_octets_of_its_own_and_sections_that_there_are() {
    let mut octets = BTreeMap::new();
    let mut names = BTreeSet::new();
    for (file, reader, vector) in vectors() {
        assert!(names.insert((file, vector.name.clone())), "{file}: {} is there twice", vector.name);
        if reader != Reader::PlainEvent {
            let other = octets.insert((format!("{reader:?}"), vector.octets.clone()), (file, vector.name.clone()));
            assert_eq!(other, None, "{file}: {} has the same octets", vector.name);
        }
        assert_ne!(vector.canonical.as_ref(), Some(&vector.octets), "{file}: {}: they are canonical", vector.name);
        for number in &vector.spec {
            let dot = if number.contains('.') { "" } else { "#" };
            let heading = format!("\n##{} {number} ", if dot.is_empty() { "#" } else { "" });
            assert!(SPEC.contains(&heading), "{file}: {}: there is no section {number}", vector.name);
        }
    }
}

#[test]
fn every_verb_has_its_message_and_its_place() {
    // Both sides have these, and the grammar names them once.
    let both = ["PING", "PONG"];
    for (reader, heading, count) in [(Reader::ClientFrame, "### 14.4", 13), (Reader::ServerFrame, "### 14.5", 17)] {
        let is_verb = |word: &&str| word.len() > 1 && word.bytes().all(|octet| octet.is_ascii_uppercase());
        let quoted = section(heading).split('"').skip(1).step_by(2).filter(is_verb);
        let verbs: BTreeSet<&str> = quoted.chain(both).collect();
        assert_eq!(verbs.len(), count, "{verbs:?}");
        let mut seen = BTreeSet::new();
        for (_, _, vector) in vectors().filter(|(_, of, _)| *of == reader) {
            if let [Outcome::Message(message)] = &vector.outcomes[..] {
                seen.insert(message.verb.clone());
            }
        }
        assert_eq!(seen, verbs.into_iter().map(str::to_owned).collect());
    }
}

#[test]
fn every_code_has_its_line_in_both_modes() {
    for (verb, heading) in [("ERR", "### 7.2"), ("BYE", "### 7.3")] {
        for (code, text) in codes(heading) {
            let framed = format!("{verb} {code} :{text}\n").into_bytes();
            assert!(vectors().any(|(file, _, vector)| file == "codes" && vector.octets == framed), "{verb} {code}");
            let plain = format!("{} {text}\n", if code == "bye" { '*' } else { '!' }).into_bytes();
            let is_it = |outcome: &Outcome| matches!(outcome, Outcome::Event(message) if message.verb == verb && message.fields["code"] == code);
            assert!(
                vectors().any(|(_, _, vector)| vector.octets == plain && vector.outcomes.iter().any(is_it)),
                "{verb} {code}"
            );
        }
    }
}

/// Those codes that octets alone bring about, without a clock, other persons or the state of a server.
#[test]
fn every_code_that_a_clients_octets_bring_about_is_the_outcome_of_some() {
    let elsewhere = [
        "name-taken",
        "not-joined",
        "already-joined",
        "no-such-name",
        "no-such-room",
        "wrong-epoch",
        "id-reused",
        "too-many-rooms",
        "rate-limited",
        "busy",
        "auth-required",
        "auth-failed",
        "internal",
    ];
    let bye_elsewhere = ["shutdown", "timeout", "replaced", "kicked", "banned", "too-many-connections", "internal"];
    let (mut err, mut bye) = (BTreeSet::new(), BTreeSet::new());
    for outcome in vectors().flat_map(|(_, _, vector)| vector.outcomes) {
        match outcome {
            Outcome::Err(code) => drop(err.insert(code)),
            Outcome::Bye(code) => drop(bye.insert(code)),
            _ => {}
        }
    }
    for (heading, seen, elsewhere) in [("### 7.2", err, &elsewhere[..]), ("### 7.3", bye, &bye_elsewhere[..])] {
        let due: BTreeSet<String> = codes(heading)
            .into_iter()
            .map(|(code, _)| code.to_owned())
            .filter(|code| !elsewhere.contains(&code.as_str()))
            .collect();
        assert_eq!(seen, due, "{heading}");
    }
}

#[test]
fn every_limit_of_octets_is_met_and_passed() {
    // What no stream of octets alone can show.
    let elsewhere = [
        "random bits of a token",
        "random bits in ids, for each process",
        "time without `WELCOME`",
        "unanswered requests before a server stops reading",
        "time a name is held",
        "time an id is remembered",
        "ids remembered for a name in a room",
        "names in an answer to `WHO`",
        "rooms in an answer to `ROOMS`",
        "frames in an answer to `HISTORY`",
        "octets in an answer to `HISTORY`",
        "octets in an answer to `SEARCH`",
        "private messages for a receiver that are not with the transport",
        "`MEMBERS` of a crowded room",
        "end of crowding",
        "time an empty room is remembered",
        "discarding after `BYE`",
        "keep-alive interval",
        "message rate",
        "presence limit",
        // A client takes lines of this length; what it does with longer ones is its own affair.
        "line that a client of plain mode accepts",
    ];
    let mut due = BTreeMap::new();
    for row in rows("## 11") {
        if row.len() == 3 && row[2] != "server" && !matches!(row[0], "limit" | "---") && !elsewhere.contains(&row[0]) {
            let digits: String =
                row[1].chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
            due.insert(
                row[0].to_owned(),
                digits.parse::<u64>().unwrap_or_else(|_| panic!("{row:?} begins with a number")),
            );
        }
    }
    assert!(due.len() > 15, "{due:?}");
    let mut seen: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for limit in vectors().filter_map(|(_, _, vector)| vector.limit) {
        seen.entry(limit.row).or_default().insert(limit.number);
    }
    let due = due.into_iter().map(|(row, limit)| (row, BTreeSet::from([limit, limit + 1]))).collect();
    assert_eq!(seen, due);
}

#[test]
fn every_section_about_octets_has_vectors() {
    let named: BTreeSet<String> = vectors().flat_map(|(_, _, vector)| vector.spec).collect();
    for section in [
        "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "2.7", "2.8", "3.1", "3.2", "3.3", "3.4", "4.3", "4.4", "4.5", "4.6",
        "4.7", "4.8", "4.9", "4.10", "4.11", "4.12", "4.13", "4.14", "4.15", "5.2", "5.3", "5.4", "5.5", "5.6", "5.7",
        "5.8", "5.9", "7.1", "7.2", "7.3", "10.1", "10.2", "10.3",
    ] {
        assert!(named.contains(section), "{section}");
    }
}
