//! What no server may send. SPEC.md, sections 2.6 and 14.5.

use fanfare_protocol::MessageError::{BadArguments, BadName, BadRoom, UnknownVerb};

use super::{attributes, no_frame, server_fault, xs};

#[test]
fn verbs_of_clients_and_of_later_versions_are_unknown() {
    for verb in ["HELLO", "AUTH", "JOIN", "LEAVE", "SAY", "TELL", "WHO", "ROOMS", "HISTORY", "NEWS"] {
        server_fault(format!("{verb} #a x y=z :x\n"), UnknownVerb);
    }
    no_frame("M5G\n");
    no_frame(format!("{}\n", xs(17)));
}

#[test]
fn names_and_rooms_must_be_some() {
    for octets in ["NAMES a b\n", "ROOM a members=1 newest=1\n", "MSG a 1 1 b :x\n", "JOINED a b\n", "GAP a 1 1 slow\n"]
    {
        server_fault(octets, BadRoom);
    }
    for octets in ["NAMES #a -b\n", "MSG #a 1 1 -b :x\n", "TOLD 1 -b :x\n", "LEFT #a -b\n", "WELCOME -b :x\n"] {
        server_fault(octets, BadName);
    }
    let names = vec![xs(32); 121].join(" ");
    server_fault(format!("NAMES #a {names} {}\n", xs(7)), BadArguments);
}

#[test]
fn every_fixed_field_must_be_there_with_its_form_and_no_more() {
    for octets in [
        "WELCOME :x\n",
        "OK x\n",
        "ERR :x\n",
        "ERR Bad :x\n",
        "ERR 1x :x\n",
        "ERR bad x :x\n",
        "CHALLENGE x :x\n",
        "NAMES #a\n",
        "MSG #a 0 1 b :x\n",
        "MSG #a 01 1 b :x\n",
        "MSG #a 1 b :x\n",
        "MSG #a 9007199254740992 1 b :x\n",
        "MSG #a 1 9007199254740992 b :x\n",
        "MSG #a 1 1 b c :x\n",
        "NOTE #a 1 1 b\n",
        "NOTE #a 1 1 b Topic\n",
        "TOLD x b :x\n",
        "JOINED #a b c\n",
        "LEFT #a\n",
        "GAP #a 2 1 slow\n",
        "GAP #a 0 1 slow\n",
        "GAP #a 1 2\n",
        "PING a.b\n",
        "PONG a b\n",
        "BYE :x\n",
    ] {
        server_fault(octets, BadArguments);
    }
    server_fault(format!("BYE {} :x\n", xs(33)), BadArguments);
    server_fault(format!("NOTE #a 1 1 b {}\n", xs(33)), BadArguments);
}

#[test]
fn attributes_must_be_there_with_their_form() {
    for octets in [
        "WELCOME a text=65536 presence=1 :x\n",
        "WELCOME a ping=30 presence=1 :x\n",
        "WELCOME a ping=30 text=65536 :x\n",
        "WELCOME a ping=x text=65536 presence=1 :x\n",
        "WELCOME a token=. ping=30 text=65536 presence=1 :x\n",
        "OK seq=0\n",
        "OK seq=1 count=1\n",
        "OK epoch=e next=1 newest=0\n",
        "OK epoch=e count=0\n",
        "OK epoch=E count=0 next=1\n",
        "OK members=1 more=no\n",
        "OK seq=1 repeat=no\n",
        "OK epoch=e next=1 newest=0 members=1 reset=no\n",
        "OK seq=1 seq=1\n",
        "OK reset=yes\n",
        "OK seq=1 more=yes\n",
        "OK members=1 repeat=yes\n",
        "OK epoch=e count=0 next=1 more=yes\n",
        "OK reset=yes\n",
        "OK seq=1 more=yes\n",
        "OK members=1 repeat=yes\n",
        "OK epoch=e count=0 next=1 more=yes\n",
        "ERR x retry=-1 :x\n",
        "BYE x retry=1s :x\n",
        "ROOM #a members=1\n",
        "ROOM #a newest=1\n",
        "MEMBERS #a\n",
        "MEMBERS #a total=1 joined=x\n",
        "MSG #a 1 1 b id=. :x\n",
        "TOLD 1 b id= :x\n",
        "PING A=b\n",
    ] {
        server_fault(octets, BadArguments);
    }
    server_fault(format!("OK{}\n", attributes(17)), BadArguments);
    server_fault(format!("MSG #a 1 1 b id={} :x\n", xs(65)), BadArguments);
}

#[test]
fn a_text_must_be_where_one_belongs_and_nowhere_else() {
    for octets in [
        "WELCOME a ping=30 text=65536 presence=1\n",
        "OK :x\n",
        "ERR x\n",
        "CHALLENGE\n",
        "NAMES #a b :x\n",
        "ROOM #a members=1 newest=1 :x\n",
        "PAST #a 1 1 b\n",
        "MSG #a 1 1 b\n",
        "TOLD 1 b\n",
        "JOINED #a b :x\n",
        "MEMBERS #a total=1 {0}\n\n",
        "GAP #a 1 2 slow :x\n",
        "PING :x\n",
        "PONG :x\n",
        "BYE x\n",
    ] {
        server_fault(octets, BadArguments);
    }
    // The reason that somebody leaves for has the limit of those of LEAVE and BYE.
    server_fault(format!("LEFT #a b :{}\n", xs(257)), BadArguments);
}
