//! Several rooms.

use super::*;
use crate::layout::Rooms;

#[test]
fn a_room_knows_only_what_is_said_in_it() {
    let rooms = ["#load-0".to_owned(), "#load-1".to_owned()];
    let mut verifier =
        Verifier::new(Wire::Fanfare, &rooms, texts(), Published::new("load-7-", Layout::even(4, 2, 2), Sending::Late));
    let mut receivers: Vec<Receiver> = (0..4).map(|at| verifier.join(at, 0)).collect();
    verifier.begin();
    for _ in 0..4 {
        verifier.published().say(0, 0);
    }
    // The first room has the messages 0 and 2, the other one 1 and 3.
    let frame = |room: usize, index: u64| numbered(index, index / 2 + 1).replace(ROOM, &rooms[room]);
    for (index, number) in [(0, 1), (1, 1), (2, 2), (3, 2)] {
        verifier.accepted(index, Some(number));
    }
    assert_eq!(verifier.owed(), 8);
    let mut feed = |to: usize, octets: String| {
        let taken = verifier.receive(&mut receivers[to], octets.as_bytes(), 0, &mut Vec::new());
        assert_eq!(taken, Ok(octets.len()));
        *verifier.tally()
    };
    assert!(feed(0, frame(0, 0) + &frame(0, 2)).is_clean());
    assert!(feed(1, frame(1, 1) + &frame(1, 3)).is_clean());
    assert!(feed(2, frame(0, 0) + &frame(0, 2)).is_clean());
    // The other room's message, in this room's name or in its own, is not this room's.
    assert_eq!(feed(3, frame(1, 1) + &frame(1, 2)).corrupt, 1);
    assert_eq!(feed(3, frame(0, 2)).corrupt, 2);
    assert_eq!((verifier.settled(), verifier.incomplete()), (4, 1));
}

#[test]
fn rooms_of_any_size_and_turn_have_their_own_numbers() {
    for wire in [Wire::Fanfare, Wire::Nats] {
        for apart in [false, true] {
            let layout = Layout::new(40, Rooms::zipf(6, 1.0), 15, apart, 7);
            let names: Vec<String> = (0..6).map(|at| format!("#load-{at}")).collect();
            let published = Published::new("load-7-", layout.clone(), Sending::Late);
            let mut verifier = Verifier::new(wire, &names, texts(), published);
            let mut receivers: Vec<Receiver> = (0..40).map(|at| verifier.join(at, 0)).collect();
            verifier.begin();
            let (mut streams, mut numbers) = (vec![String::new(); 6], [0; 6]);
            let mut text = String::new();
            for index in 0..200 {
                verifier.published().say(0, 0);
                let room = layout.room_of_message(index);
                numbers[room] += 1;
                assert_eq!(verifier.published().said_in(room), numbers[room]);
                let number = numbers[room];
                verifier.accepted(index, (wire == Wire::Fanfare).then_some(number));
                texts().write(index, &mut text);
                let name = layout.publisher_of(index);
                streams[room].push_str(&match wire {
                    Wire::Fanfare => format!("MSG {} {number} 1700000000000 load-7-{name} :{text}\n", names[room]),
                    _ => format!("MSG load-{room} 1 40\r\n{text}\r\n"),
                });
            }
            for (at, receiver) in receivers.iter_mut().enumerate() {
                let stream = streams[layout.room_of(at)].as_bytes();
                assert_eq!(verifier.receive(receiver, stream, 0, &mut Vec::new()), Ok(stream.len()));
            }
            let tally = verifier.tally();
            assert!(tally.is_clean() && tally.received == verifier.owed(), "{wire:?}, {apart}: {tally:?}");
            assert_eq!((verifier.settled(), verifier.incomplete()), (200, 0), "{wire:?}, {apart}");
        }
    }
}

#[test]
fn a_message_of_another_room_is_corrupt_without_numbers_too() {
    let rooms = ["#load-0".to_owned(), "#load-1".to_owned()];
    let published = Published::new("load-7-", Layout::even(2, 2, 2), Sending::Late);
    let mut verifier = Verifier::new(Wire::Nats, &rooms, texts(), published);
    let mut receiver = verifier.join(0, 0);
    verifier.begin();
    let mut text = String::new();
    for index in 0..2 {
        verifier.published().say(0, 0);
        verifier.accepted(index, None);
        texts().write(index, &mut text);
        let frame = format!("MSG load-0 1 40\r\n{text}\r\n");
        assert_eq!(verifier.receive(&mut receiver, frame.as_bytes(), 0, &mut Vec::new()), Ok(frame.len()));
    }
    assert_eq!((verifier.tally().received, verifier.tally().corrupt), (1, 1));
}
