//! What is counted unread.

use super::*;

/// Everybody's stream: the first reads it, and for the second all that can be counted is.
fn counted(stream: &str, second: &str, step: usize) -> Tally {
    let mut scene = Scene::new(20);
    scene.feed(0, stream);
    let (mut rest, mut left) = (second.as_bytes(), Vec::new());
    loop {
        let most = scene.verifier.countable(&scene.receivers[1], &left).min(step).min(rest.len());
        if most == 0 {
            break;
        }
        left = scene.verifier.count(&mut scene.receivers[1], left.len(), most, 1_000_000).to_vec();
        rest = &rest[most..];
    }
    assert!(scene.verifier.tally().counted >= 18);
    left.extend_from_slice(rest);
    scene.feed(1, left);
    scene.feed(2, stream);
    assert_eq!(scene.verifier.corrected().all.len(), scene.verifier.tally().received);
    Tally { counted: 0, octets: 0, ..scene.finish() }
}

#[test]
fn what_is_counted_in_any_pieces_is_as_if_it_were_read() {
    let stream = frames(0..20);
    for step in 1..200 {
        assert_eq!(counted(&stream, &stream, step), Tally { received: 60, ..Tally::default() }, "{step}");
    }
}

#[test]
fn a_shift_of_what_was_counted_is_found_out_at_the_newest_frame() {
    let stream = frames(0..20);
    for (what, second) in [
        ("a frame less", frames((0..7).chain(8..20))),
        ("a frame twice", frames(0..7) + &frames(6..20)),
        ("an octet less", stream.replacen("load-7-0", "load-7-", 1)),
        ("the rest of a frame that looks like another", frames(0..2) + &frames(1..20)),
        ("an octet more", stream.replacen("load-7-0", "load-7-00", 1)),
        ("a ping", frames(0..7) + "PING\n" + &frames(7..20)),
    ] {
        for step in [1, 7, 100, 10_000] {
            let tally = counted(&stream, &second, step);
            assert!(!tally.is_clean(), "{what}: {tally:?}");
        }
    }
}

#[test]
fn nothing_is_countable_where_the_stream_is_not_at_its_place_in_the_log() {
    let mut scene = Scene::new(5);
    scene.feed(0, frames(0..4));
    let most = frames(0..3).len();
    assert_eq!(scene.verifier.countable(&scene.receivers[1], b""), most);
    assert_eq!(scene.verifier.countable(&scene.receivers[1], b"MSG"), most - 3);
    assert_eq!(scene.verifier.countable(&scene.receivers[1], b"PIN"), 0);
    assert_eq!(scene.verifier.countable(&scene.receivers[0], b""), 0);
    // A frame that could not be read: the stream is behind it, and what is due is not.
    scene.feed(1, "M\x01G\n");
    assert_eq!(scene.verifier.countable(&scene.receivers[1], b""), 0);
    // Somebody else's message: what is before it is not counted.
    scene.feed(0, format!("MSG {ROOM} 5 1700000000000 bob :hello\n") + &numbered(4, 6));
    assert_eq!(scene.verifier.countable(&scene.receivers[2], b""), 0);
}
