//! The faults of a client's arguments. SPEC.md, section 2.7.

use fanfare_protocol::MessageError::{BadArguments, BadName, BadRoom, BadVersion, UnknownVerb};

use super::{attributes, client_fault, no_frame, xs};

#[test]
fn a_verb_is_1_to_16_letters() {
    for octets in ["P1NG\n", "PING! x\n", "SAY. #a :x\n", "FANFARE/1\n", "#a\n", "1\n", "=\n"] {
        no_frame(octets);
    }
    no_frame(format!("{}\n", xs(17)));
    client_fault(format!("{}\n", xs(16)), UnknownVerb);
}

#[test]
fn only_requests_and_pong_are_known() {
    for verb in [
        "SING",
        "SAYS",
        "S",
        "WELCOME",
        "OK",
        "ERR",
        "NAMES",
        "ROOM",
        "PAST",
        "CHALLENGE",
        "MSG",
        "NOTE",
        "TOLD",
        "JOINED",
        "LEFT",
        "MEMBERS",
        "GAP",
        "FANFARE",
        "SEARCH",
    ] {
        client_fault(format!("{verb}\n"), UnknownVerb);
        client_fault(format!("{verb} #tea 1 1 alice :x\n"), UnknownVerb);
    }
}

#[test]
fn a_name_must_be_one() {
    for bad in ["-a", "_", "a.b", "a:b", "#a", "a{", "a=b", &xs(33)] {
        client_fault(format!("HELLO 1 {bad}\n"), BadName);
        client_fault(format!("TELL {bad} :x\n"), BadName);
    }
}

#[test]
fn a_room_must_be_one() {
    for bad in ["tea", "#", "#Tea", "#a!", "##", "#a=b", &format!("#{}", xs(65))] {
        for octets in [
            format!("JOIN {bad}\n"),
            format!("LEAVE {bad}\n"),
            format!("SAY {bad} :x\n"),
            format!("WHO {bad}\n"),
            format!("HISTORY {bad} 1 2\n"),
        ] {
            client_fault(octets, BadRoom);
        }
    }
}

#[test]
fn the_version_must_be_1() {
    for version in ["0", "2", "01", "1.0", "1,2", "a", "alice", "a=b", "9007199254740992"] {
        client_fault(format!("HELLO {version} alice\n"), BadVersion);
        client_fault(format!("HELLO {version}\n"), BadVersion);
    }
}

#[test]
fn every_fixed_field_must_be_there_and_no_more() {
    for octets in [
        "HELLO\n",
        "HELLO :x\n",
        "HELLO 1\n",
        "HELLO 1 alice x\n",
        "AUTH\n",
        "AUTH PLAIN x\n",
        "JOIN\n",
        "JOIN #a x\n",
        "LEAVE\n",
        "LEAVE #a x\n",
        "SAY :x\n",
        "SAY #a x :y\n",
        "TELL :x\n",
        "TELL a b :x\n",
        "WHO\n",
        "WHO #a b\n",
        "ROOMS #a\n",
        "HISTORY\n",
        "HISTORY #a\n",
        "HISTORY #a 1\n",
        "HISTORY #a 1 2 3\n",
        "PING a b\n",
        "PING a=b c\n",
        "PONG a b\n",
        "BYE x\n",
    ] {
        client_fault(octets, BadArguments);
    }
}

#[test]
fn a_field_must_have_its_form() {
    for octets in [
        "AUTH a.b\n".to_owned(),
        format!("AUTH {}\n", xs(21)),
        "HISTORY #a 0 1\n".to_owned(),
        "HISTORY #a 2 1\n".to_owned(),
        "HISTORY #a 01 2\n".to_owned(),
        "HISTORY #a +1 2\n".to_owned(),
        "HISTORY #a 1 9007199254740992\n".to_owned(),
        "HISTORY #a 1 18446744073709551617\n".to_owned(),
        "PING a.b\n".to_owned(),
        format!("PING {}\n", xs(65)),
        format!("PONG {}\n", xs(65)),
    ] {
        client_fault(octets, BadArguments);
    }
}

#[test]
fn an_attribute_must_be_well_formed_known_or_not() {
    for bad in [
        "=",
        "a=",
        "=a",
        "A=b",
        "1=b",
        "-a=b",
        "a_b=c",
        "a",
        "a:b=c",
        "a=b a=c",
        "id=x id=x",
        "zz=1 y=2 zz=1",
        &format!("a{}=b", xs(16)),
        &format!("a={}", xs(256)),
    ] {
        for request in
            ["HELLO 1 a", "AUTH X", "JOIN #a", "LEAVE #a", "WHO #a", "ROOMS", "HISTORY #a 1 2", "PING x", "BYE"]
        {
            client_fault(format!("{request} {bad}\n"), BadArguments);
        }
        client_fault(format!("SAY #a {bad} :x\n"), BadArguments);
        client_fault(format!("TELL a {bad} :x\n"), BadArguments);
    }
    client_fault(format!("PING{}\n", attributes(17)), BadArguments);
    client_fault(format!("JOIN #a last=1{}\n", attributes(16)), BadArguments);
}

#[test]
fn the_value_of_a_known_key_must_have_its_form() {
    for octets in [
        "HELLO 1 a token=a.b\n".to_owned(),
        format!("HELLO 1 a token={}\n", xs(65)),
        "JOIN #a last=-1\n".to_owned(),
        "JOIN #a last=9007199254740992\n".to_owned(),
        "JOIN #a after=1\n".to_owned(),
        "JOIN #a after=:1\n".to_owned(),
        "JOIN #a after=e:\n".to_owned(),
        "JOIN #a after=E:1\n".to_owned(),
        "JOIN #a after=e:01\n".to_owned(),
        "JOIN #a after=e:1:2\n".to_owned(),
        format!("JOIN #a after={}:1\n", xs(17)),
        "SAY #a id=a.b :x\n".to_owned(),
        format!("SAY #a id={} :x\n", xs(65)),
        "TELL a id== :x\n".to_owned(),
        "WHO #a after=-b\n".to_owned(),
        "WHO #a after=#b\n".to_owned(),
        "ROOMS after=tea\n".to_owned(),
        "HISTORY #a 1 2 epoch=E\n".to_owned(),
        format!("HISTORY #a 1 2 epoch={}\n", xs(17)),
    ] {
        client_fault(octets, BadArguments);
    }
}

#[test]
fn a_text_must_be_where_one_belongs_and_nowhere_else() {
    for octets in [
        "HELLO 1 a :x\n",
        "JOIN #a :x\n",
        "WHO #a {1}\nx\n",
        "ROOMS :\n",
        "HISTORY #a 1 2 {0}\n\n",
        "PING :x\n",
        "PONG x :\n",
        "SAY #a\n",
        "SAY #a id=x\n",
        "TELL a\n",
    ] {
        client_fault(octets, BadArguments);
    }
    client_fault(format!("LEAVE #a :{}\n", xs(257)), BadArguments);
    client_fault(format!("BYE {{257}}\n{}\n", xs(257)), BadArguments);
    client_fault(format!("BYE :{}x\n", "\u{e9}".repeat(128)), BadArguments);
}

#[test]
fn the_first_fault_from_the_left_is_the_one_that_is_named() {
    client_fault("HELLO 2 -a x :y\n", BadVersion);
    client_fault("HELLO 1 -a x :y\n", BadName);
    client_fault("JOIN tea x=\n", BadRoom);
    client_fault("SAY tea\n", BadRoom);
    client_fault("HISTORY tea 0 0\n", BadRoom);
    client_fault("TELL -b =\n", BadName);
}
