//! What is published, in the form that a server delivers, is read again; and nothing that comes makes a wire panic.

use proptest::prelude::*;

use super::*;

/// What a server sends to the members when it reads what a client says.
fn delivered(wire: Wire, said: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(said);
    match wire {
        Wire::Fanfare => {
            format!("MSG #tea 7 1700000000000 load-0 {}", text.strip_prefix("SAY #tea ").expect("it says")).into()
        }
        Wire::Nats => format!("MSG tea 1 {}", text.strip_prefix("PUB tea ").expect("it publishes")).into(),
        Wire::Redis => {
            let rest = text.strip_prefix("*3\r\n$7\r\nPUBLISH\r\n").expect("it publishes");
            format!(">3\r\n$7\r\nmessage\r\n{rest}").into()
        }
        Wire::Irc => format!(":load-0!~u@host {text}").into(),
        Wire::Relay | Wire::Mqtt => said.to_vec(),
    }
}

proptest! {
    #[test]
    fn what_is_published_is_read_again_wherever_it_is_cut(
        text in "[!-~]{16,300}",
        cut in any::<prop::sample::Index>(),
        behind in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        for wire in WIRES {
            let mut said = Vec::new();
            wire.publish(&Said { room: wire.place("#tea"), number: 7, name: "load-0", text: &text }, &mut said);
            let frame = delivered(wire, &said);
            let cut = &frame[..cut.index(frame.len())];
            prop_assert_eq!(wire.next(cut), Next::Incomplete, "{:?}", wire);
            let stream = [&*frame, &*behind].concat();
            let signed = wire.has_numbers().then_some((7, "load-0"));
            let expected = Word::Message(Message { room: wire.place("#tea"), signed, text: &text });
            prop_assert_eq!(wire.next(&stream), Next::Frame(frame.len(), expected), "{:?}", wire);
        }
    }

    #[test]
    fn whatever_comes_is_read_or_refused_and_never_more_than_there_is(
        octets in prop::collection::vec(any::<u8>(), 0..200),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u32,
    ) {
        let opener = Opener { name: "load-0", place: Some("#tea"), login: &Login::default() };
        let plan = Plan::new(([127, 0, 0, 1], 1).into());
        for wire in WIRES {
            let mut said = Vec::new();
            wire.publish(&Said { room: wire.place("#tea"), number: 7, name: "load-0", text: "hello" }, &mut said);
            let mut damaged = delivered(wire, &said);
            let place = at.index(damaged.len());
            damaged[place] ^= 1 << bit;
            for stream in [&octets, &damaged] {
                if let Next::Frame(taken, _) | Next::Unreadable(taken) = wire.next(stream) {
                    prop_assert!(0 < taken && taken <= stream.len(), "{:?}", wire);
                }
                if let Ok((taken, _)) = wire.open(&opener, &mut Vec::new()).receive(stream, &plan, &mut Vec::new()) {
                    prop_assert!(taken <= stream.len(), "{:?}", wire);
                }
            }
        }
    }
}
