//! For each promise a record that breaks only it is found, and one that keeps all passes.

use super::*;
use crate::durability::record::{
    Event, FullDisk, History, Membership, Message, Mishap, Page, PlainLine, Publisher, Reading, Repeat, Rules, Said,
    SaidId, Search, Step,
};

const ROOM: &str = "#tea";

fn message(seq: u64) -> Message {
    let id = (seq != 4).then(|| format!("id-{seq}"));
    // The fifth has several lines.
    let text = if seq == 5 { "five\nof two".to_owned() } else { format!("text {seq}") };
    Message { seq, at: 1_000 + seq, name: "alice".to_owned(), id, text }
}

fn membership(next: u64, newest: u64, to: u64) -> Membership {
    let mut events: Vec<_> = (next..=to).map(|seq| Event::Message(message(seq))).collect();
    events.insert(usize::try_from(newest + 1 - next).expect("small"), Event::Joined);
    Membership {
        who: "bob".to_owned(),
        room: ROOM.to_owned(),
        after: Some(("e1".to_owned(), next - 1)),
        last: None,
        seen: newest,
        epoch: "e1".to_owned(),
        next,
        newest,
        reset: false,
        events,
        due: to,
    }
}

/// When six had been seen. All but the fifth match.
fn search(last: u64, found: &[u64], more: bool) -> Search {
    Search {
        who: "erin".to_owned(),
        room: ROOM.to_owned(),
        text: "Text".to_owned(),
        before: None,
        last,
        seen: 6,
        epoch: "e1".to_owned(),
        messages: found.iter().copied().map(message).collect(),
        more,
        moment: 100,
    }
}

/// Alice says eight messages; the answer to the third is lost with its connection, and the fourth has no id. Bob and
/// carol read, dora in plain mode; erin pages.
fn fine() -> Record {
    let said = (1..=8).map(message).map(|Message { seq, id, text, .. }| Said {
        room: ROOM.to_owned(),
        id: id.map_or(SaidId::None, SaidId::Given),
        text,
        moment: seq * 10,
    });
    let accepted = |message: usize, repeat| Step::Accepted { message, seq: message as u64 + 1, repeat };
    let mut steps = vec![Step::Sent(0), Step::Sent(1), accepted(0, false), accepted(1, false), Step::Sent(2)];
    steps.extend([Step::Sent(2), accepted(2, true), Step::Sent(3)]);
    steps.extend((4..8).flat_map(|index| [Step::Sent(index), accepted(index, false)]));
    let lines = [4, 5, 6].into_iter().map(message).flat_map(|message| {
        let lines: Vec<_> = message.text.split('\n').map(str::to_owned).collect();
        lines.into_iter().map(|text| PlainLine::Said { name: "alice".to_owned(), text })
    });
    let page = |first, last, next, to: u64| Page {
        who: "erin".to_owned(),
        room: ROOM.to_owned(),
        first,
        last,
        seen: 6,
        epoch: "e1".to_owned(),
        messages: (first..=to).map(message).collect(),
        next,
        moment: 100,
    };
    Record {
        rules: Rules { passes: true, kept: None, refuses: false },
        publishers: vec![Publisher { name: "alice".to_owned(), resends_unseen: false, said: said.collect(), steps }],
        memberships: vec![
            membership(1, 0, 5),
            membership(6, 7, 8),
            Membership { who: "carol".to_owned(), after: None, last: Some(2), ..membership(3, 4, 8) },
            Membership { who: "frank".to_owned(), after: None, last: None, ..membership(7, 6, 8) },
        ],
        readings: vec![Reading {
            who: "dora".to_owned(),
            room: ROOM.to_owned(),
            own: None,
            lines: lines.collect(),
            due: 6,
        }],
        pages: vec![page(1, 4, 5, 4), page(3, 100, 8, 7), page(20, 30, 20, 0)],
        searches: vec![search(2, &[6, 7], true), search(1_000, &[1, 2, 3, 4, 6, 7], false)],
        histories: [(
            ROOM.to_owned(),
            History {
                epoch: "e1".to_owned(),
                newest: 8,
                messages: (1..=8).map(message).collect(),
                newest_after_repeats: 8,
            },
        )]
        .into(),
        repeats: vec![Repeat { room: ROOM.to_owned(), seq: 1, id: "id-1".to_owned(), answer: Ok((1, true)) }],
        full: Vec::new(),
        mishaps: Vec::new(),
    }
}

fn history(record: &mut Record) -> &mut History {
    record.histories.get_mut(ROOM).expect("it is there")
}

/// What a changed record breaks.
#[track_caller]
fn broken(change: impl FnOnce(&mut Record)) -> Vec<Rule> {
    let mut record = fine();
    change(&mut record);
    let mut rules: Vec<_> = check(&record).into_iter().map(|violation| violation.rule).collect();
    rules.dedup();
    rules
}

/// Nobody else saw a number, so that only who acknowledged it misses it.
fn unsee(record: &mut Record, seq: u64) {
    record.memberships.retain(|membership| !(membership.next..=membership.covered()).contains(&seq));
    record.readings.clear();
    record.pages.clear();
    record.searches.clear();
}

#[test]
fn a_record_that_keeps_all_promises_passes() {
    assert_eq!(check(&fine()), []);
}

#[test]
fn an_acknowledged_message_that_is_not_there_is_found() {
    // The newest, so that no hole shows it.
    let lost = broken(|record| {
        unsee(record, 8);
        history(record).messages.pop();
        history(record).newest = 7;
        history(record).newest_after_repeats = 7;
    });
    assert_eq!(lost, [Rule::Acknowledged]);
}

#[test]
fn an_acknowledged_message_that_was_changed_is_found() {
    let other_name = broken(|record| {
        unsee(record, 8);
        history(record).messages[7].name = "mallory".to_owned();
    });
    assert_eq!(other_name, [Rule::Acknowledged]);
    let other_id = broken(|record| {
        unsee(record, 8);
        history(record).messages[7].id = None;
    });
    assert_eq!(other_id, [Rule::Acknowledged]);
    let other_number = broken(|record| {
        record.publishers[0].steps.pop();
        record.publishers[0].steps.push(Step::Accepted { message: 7, seq: 9, repeat: false });
    });
    assert_eq!(other_number, [Rule::Acknowledged]);
}

#[test]
fn a_message_that_was_seen_and_is_not_there_is_found() {
    let lost = broken(|record| {
        // It was never acknowledged.
        record.publishers[0].steps.pop();
        history(record).messages.pop();
        history(record).newest = 7;
        history(record).newest_after_repeats = 7;
    });
    assert_eq!(lost, [Rule::Seen]);
}

#[test]
fn a_message_that_was_seen_otherwise_is_found() {
    for change in [
        (|message: &mut Message| message.at += 1) as fn(&mut Message),
        |message| message.id = None,
        |message| message.name.make_ascii_uppercase(),
    ] {
        let changed = broken(|record| {
            let Some(Event::Message(seen)) = record.memberships[3].events.last_mut() else { panic!("it is one") };
            change(seen);
        });
        assert_eq!(changed, [Rule::Seen]);
    }
}

#[test]
fn a_message_that_is_there_twice_is_found() {
    let twice = broken(|record| {
        let again = Message { seq: 9, at: 2_000, ..message(3) };
        history(record).messages.push(again);
        history(record).newest = 9;
        history(record).newest_after_repeats = 9;
    });
    assert_eq!(twice, [Rule::Once]);
    // Also one that was never acknowledged, and without an id.
    let unanswered = broken(|record| {
        let again = Message { seq: 9, at: 2_000, ..message(4) };
        history(record).messages.push(again);
        history(record).newest = 9;
        history(record).newest_after_repeats = 9;
    });
    assert_eq!(unanswered, [Rule::Once]);
}

#[test]
fn a_number_of_two_messages_is_found() {
    let between_readers = broken(|record| {
        let Some(Event::Message(seen)) = record.memberships[3].events.last_mut() else { panic!("it is one") };
        seen.text = "another".to_owned();
    });
    assert_eq!(between_readers, [Rule::OneMeaning]);
    let in_the_history = broken(|record| {
        let other = Message { text: "another".to_owned(), id: None, ..message(8) };
        record.publishers[0].said.push(Said {
            room: ROOM.to_owned(),
            id: SaidId::None,
            text: other.text.clone(),
            moment: 0,
        });
        history(record).messages.insert(7, other);
    });
    assert_eq!(in_the_history, [Rule::OneMeaning]);
    // Also where the history keeps it no longer.
    let expired = broken(|record| {
        record.rules.kept = Some(2);
        history(record).messages.drain(..4);
        let Event::Message(seen) = &mut record.memberships[0].events[2] else { panic!("it is one") };
        seen.text = "another".to_owned();
    });
    assert_eq!(expired, [Rule::OneMeaning]);
}

#[test]
fn a_hole_in_the_history_is_found() {
    let middle = broken(|record| {
        // Nobody saw it, and it was never acknowledged.
        unsee(record, 4);
        history(record).messages.remove(3);
    });
    assert_eq!(middle, [Rule::NoHole]);
    let front = broken(|record| {
        record.publishers[0].steps.retain(|step| !matches!(step, Step::Accepted { message: 0, .. }));
        history(record).messages.remove(0);
    });
    assert_eq!(front, [Rule::NoHole]);
    let below_retention = broken(|record| {
        record.rules.kept = Some(5);
        history(record).messages.drain(..4);
    });
    assert_eq!(below_retention, [Rule::NoHole]);
    let within_retention = broken(|record| {
        record.rules.kept = Some(5);
        history(record).messages.drain(..3);
    });
    assert_eq!(within_retention, []);
}

#[test]
fn a_newest_that_goes_back_is_found() {
    assert_eq!(broken(|record| record.memberships[1].seen = 9), [Rule::NeverBack]);
}

#[test]
fn what_was_refused_or_never_said_and_is_there_is_found() {
    let refused = broken(|record| {
        record.rules.refuses = true;
        record.publishers[0].steps.pop();
        record.publishers[0].steps.push(Step::Refused { message: 7, code: "internal".to_owned() });
    });
    assert_eq!(refused, [Rule::NothingElse]);
    let never_said = broken(|record| {
        let alice = &mut record.publishers[0];
        alice.said.pop();
        alice.steps.truncate(alice.steps.len() - 2);
    });
    assert_eq!(never_said, [Rule::NothingElse]);
}

#[test]
fn a_refusal_without_cause_is_found() {
    let refusal = |code: &str, refuses| {
        broken(|record| {
            record.rules.refuses = refuses;
            let steps = &mut record.publishers[0].steps;
            let refused = Step::Refused { message: 6, code: code.to_owned() };
            steps.splice(steps.len() - 3..steps.len() - 3, [refused, Step::Sent(6)]);
        })
    };
    assert_eq!(refusal("internal", false), [Rule::Protocol]);
    assert_eq!(refusal("not-joined", true), [Rule::Protocol]);
    assert_eq!(refusal("internal", true), []);
}

#[test]
fn answers_to_one_id_that_differ_are_found() {
    let other_number = broken(|record| {
        record.publishers[0].steps.push(Step::Accepted { message: 7, seq: 7, repeat: true });
        record.publishers[0].steps.push(Step::Sent(7));
    });
    assert_eq!(other_number, [Rule::Remembered]);
    // Its first message need not be kept any more.
    let of_an_expired = broken(|record| {
        record.rules.kept = Some(5);
        history(record).messages.drain(..3);
        record.publishers[0].steps.push(Step::Accepted { message: 0, seq: 7, repeat: true });
        record.publishers[0].steps.push(Step::Sent(0));
    });
    assert_eq!(of_an_expired, [Rule::Remembered, Rule::OwnOrder]);
    let no_repeat = broken(|record| {
        record.publishers[0].steps.pop();
        record.publishers[0].steps.push(Step::Accepted { message: 7, seq: 8, repeat: true });
    });
    assert_eq!(no_repeat, [Rule::Remembered]);
    // The library sends again by itself.
    let unseen = broken(|record| {
        record.publishers[0].resends_unseen = true;
        record.publishers[0].steps.pop();
        record.publishers[0].steps.push(Step::Accepted { message: 7, seq: 8, repeat: true });
    });
    assert_eq!(unseen, []);
}

#[test]
fn an_id_that_was_forgotten_in_the_end_is_found() {
    assert_eq!(broken(|record| record.repeats[0].answer = Ok((9, false))), [Rule::Remembered]);
    assert_eq!(broken(|record| record.repeats[0].answer = Err("ERR id-reused".to_owned())), [Rule::Remembered]);
    assert_eq!(broken(|record| history(record).newest_after_repeats = 9), [Rule::Remembered]);
}

#[test]
fn a_membership_that_begins_elsewhere_is_found() {
    let skips = broken(|record| {
        record.memberships[1].next = 7;
        record.memberships[1].events.remove(0);
    });
    assert_eq!(skips, [Rule::Resumed]);
    assert_eq!(broken(|record| record.memberships[1].reset = true), [Rule::Resumed]);
    // It asked for the last two, and gets one or three.
    for last in [1, 3] {
        assert_eq!(broken(|record| record.memberships[2].last = Some(last)), [Rule::Resumed]);
    }
    let past = broken(|record| {
        record.memberships[3].next = 6;
        record.memberships[3].events.insert(0, Event::Message(message(6)));
    });
    assert_eq!(past, [Rule::Resumed]);
}

#[test]
fn numbers_that_are_not_contiguous_are_found() {
    assert_eq!(broken(|record| _ = record.memberships[0].events.remove(2)), [Rule::Contiguous]);
    let twice = broken(|record| record.memberships[0].events.insert(2, Event::Message(message(1))));
    assert_eq!(twice, [Rule::Contiguous]);
    assert_eq!(broken(|record| record.memberships[0].due = 6), [Rule::Contiguous]);
    // Its own JOINED came before the replay was over.
    assert_eq!(broken(|record| record.memberships[1].events.swap(1, 2)), [Rule::Contiguous]);
}

#[test]
fn a_gap_without_cause_is_found() {
    let gap = |membership: &mut Membership, index: usize, to: u64, expired| {
        let first = membership.next + index as u64;
        let numbers = usize::try_from(to + 1 - first).expect("small");
        membership.events.splice(index..index + numbers, [Event::Gap { first, last: to, expired, moment: 100 }]);
    };
    // Live, in a room whose log holds more than was said.
    let live_expired = broken(|record| {
        record.memberships[0].events.remove(0);
        gap(&mut record.memberships[0], 2, 4, true);
    });
    assert_eq!(live_expired, [Rule::GapHasCause]);
    let never_passed = broken(|record| {
        record.rules.passes = false;
        record.memberships[0].events.remove(0);
        gap(&mut record.memberships[0], 2, 4, false);
    });
    assert_eq!(never_passed, [Rule::GapHasCause]);
    let passed = broken(|record| {
        record.memberships[0].events.remove(0);
        gap(&mut record.memberships[0], 2, 4, false);
    });
    assert_eq!(passed, []);
    // Within a replay: only what was not asked for, or is expired.
    assert_eq!(broken(|record| gap(&mut record.memberships[1], 0, 6, false)), [Rule::GapHasCause]);
    assert_eq!(broken(|record| gap(&mut record.memberships[1], 0, 6, true)), [Rule::GapHasCause]);
    let unasked = broken(|record| {
        record.memberships[1].last = Some(1);
        gap(&mut record.memberships[1], 0, 6, false);
    });
    assert_eq!(unasked, []);
    // By what was the newest when it joined, however much came later.
    for (kept, rules) in [(1, &[][..]), (2, &[Rule::GapHasCause])] {
        let expired = broken(|record| {
            record.rules.kept = Some(kept);
            gap(&mut record.memberships[1], 0, 6, true);
        });
        assert_eq!(expired, rules);
    }
}

#[test]
fn what_is_forgotten_before_others_are_newer_is_found() {
    // The seventh has expired during a replay, when the eighth had been sent and when not.
    for (moment, rules) in [(85, &[][..]), (75, &[Rule::GapHasCause])] {
        let gap = broken(|record| {
            record.rules.kept = Some(1);
            record.memberships[1].events[1] = Event::Gap { first: 7, last: 7, expired: true, moment };
        });
        assert_eq!(gap, rules);
    }
    // Four are kept, and the first two are gone when six had been sent, and five.
    for (moment, is_found) in [(65, false), (55, true)] {
        let page = broken(|record| {
            record.rules.kept = Some(4);
            record.pages[0].messages.drain(..2);
            record.pages[0].moment = moment;
        });
        assert_eq!(page == [Rule::WholePages], is_found, "{page:?}");
        let search = broken(|record| {
            record.rules.kept = Some(4);
            record.searches[1].messages.drain(..2);
            record.searches[1].moment = moment;
        });
        assert_eq!(search == [Rule::Found], is_found, "{search:?}");
    }
}

#[test]
fn a_page_that_lacks_something_is_found() {
    assert_eq!(broken(|record| _ = record.pages[0].messages.remove(1)), [Rule::WholePages]);
    assert_eq!(broken(|record| _ = record.pages[0].messages.pop()), [Rule::WholePages]);
    assert_eq!(broken(|record| record.pages[0].messages.reverse()), [Rule::WholePages]);
    // It is not full, and more had been seen.
    let short = broken(|record| {
        record.pages[1].next = 6;
        record.pages[1].messages.truncate(3);
    });
    assert_eq!(short, [Rule::WholePages]);
    let expired = broken(|record| {
        record.rules.kept = Some(5);
        record.pages[0].messages.drain(..2);
        // One more ceased to be kept while the page was made.
        record.pages[1].messages.remove(0);
    });
    assert_eq!(expired, []);
}

#[test]
fn a_search_that_misses_something_or_finds_something_else_is_found() {
    let answer = |change: fn(&mut Search)| broken(|record| change(&mut record.searches[1]));
    // The newest that had been seen, one in the middle, all of them.
    assert_eq!(answer(|search| _ = search.messages.drain(4..)), [Rule::Found]);
    assert_eq!(answer(|search| _ = search.messages.remove(1)), [Rule::Found]);
    assert_eq!(answer(|search| search.messages.clear()), [Rule::Found]);
    // What nobody had seen need not be there.
    assert_eq!(answer(|search| _ = search.messages.pop()), []);
    assert_eq!(answer(|search| search.messages.insert(4, message(5))), [Rule::Found]);
    assert_eq!(answer(|search| search.messages.swap(1, 2)), [Rule::Found]);
    assert_eq!(answer(|search| search.more = true), [Rule::Found]);
    assert_eq!(answer(|search| search.before = Some(7)), [Rule::Found]);
    assert_eq!(answer(|search| search.last = 5), [Rule::Found]);
    assert_eq!(answer(|search| search.epoch = "e2".to_owned()), [Rule::Found]);
    let page = |found: &[u64], more| broken(|record| record.searches[0] = search(2, found, more));
    assert_eq!(page(&[7, 8], true), []);
    assert_eq!(page(&[3, 4], true), [Rule::Found]);
    assert_eq!(page(&[4, 7], true), [Rule::Found]);
    assert_eq!(page(&[6, 7], false), [Rule::Found]);
    // Words of a term stand one behind another; terms anywhere.
    for (text, rules) in [("TEXT,6", &[][..]), ("6 text", &[]), ("6-text", &[Rule::Found]), ("ext 6", &[Rule::Found])] {
        let found = broken(|record| {
            record.searches[1] = Search { text: text.to_owned(), ..search(20, &[6], false) };
        });
        assert_eq!(found, rules, "{text}");
    }
}

#[test]
fn what_plain_mode_misses_uncounted_is_found() {
    assert_eq!(broken(|record| _ = record.readings[0].lines.remove(1)), [Rule::Plain]);
    assert_eq!(broken(|record| _ = record.readings[0].lines.remove(2)), [Rule::Plain]);
    assert_eq!(broken(|record| record.readings[0].lines.swap(1, 2)), [Rule::Plain]);
    let unknown = PlainLine::Said { name: "alice".to_owned(), text: "another".to_owned() };
    assert_eq!(broken(|record| record.readings[0].lines.push(unknown)), [Rule::Plain]);
    for (counted, passes, rules) in [(1, true, &[][..]), (2, true, &[Rule::Plain]), (1, false, &[Rule::Plain])] {
        let missed = broken(|record| {
            record.rules.passes = passes;
            record.readings[0].lines.splice(1..3, [PlainLine::Missed(counted)]);
        });
        assert_eq!(missed, rules);
    }
}

#[test]
fn what_plain_mode_is_not_told_in_the_end_or_at_first_is_found() {
    assert_eq!(broken(|record| _ = record.readings[0].lines.pop()), [Rule::Plain]);
    assert_eq!(broken(|record| record.readings[0].lines.clear()), [Rule::Plain]);
    let counted = broken(|record| record.readings[0].lines[3] = PlainLine::Missed(1));
    assert_eq!(counted, []);
    // Nobody waited for it: the connection was lost.
    let lost = broken(|record| {
        record.readings[0].due = 0;
        record.readings[0].lines.clear();
    });
    assert_eq!(lost, []);
    for (own, rules) in [("text 4", &[][..]), ("text 3", &[Rule::Plain])] {
        assert_eq!(broken(|record| record.readings[0].own = Some(own.to_owned())), rules);
    }
}

#[test]
fn plain_mode_is_forgiven_only_what_retention_explains() {
    let unknown = |kept, oldest: usize| {
        broken(|record| {
            // The answer to the fifth was lost, and nobody saw it but dora.
            unknown_but_to_plain_mode(record);
            record.rules.kept = kept;
            history(record).messages.drain(..oldest - 1);
        })
    };
    assert_eq!(unknown(Some(3), 6), []);
    // What is kept is known.
    assert_eq!(unknown(Some(5), 4), []);
    let skipped = broken(|record| {
        unknown_but_to_plain_mode(record);
        record.rules.kept = Some(3);
        history(record).messages.drain(..5);
        record.readings[0].lines.remove(1);
    });
    assert_eq!(skipped, [Rule::Plain]);
}

/// The fifth message has no known number once the history has it no more; dora read it between others.
fn unknown_but_to_plain_mode(record: &mut Record) {
    record.memberships.clear();
    record.pages.clear();
    record.searches.clear();
    record.publishers[0].steps.retain(|step| !matches!(step, Step::Accepted { message: 4, .. }));
    record.publishers[0].steps.push(Step::Accepted { message: 3, seq: 4, repeat: false });
}

#[test]
fn a_time_that_goes_back_is_found() {
    let back = broken(|record| {
        record.memberships.clear();
        record.pages.clear();
        record.searches.clear();
        history(record).messages[4].at = 1;
    });
    assert_eq!(back, [Rule::Times]);
}

#[test]
fn messages_of_a_publisher_that_changed_places_are_found() {
    let changed = |refuses| {
        broken(|record| {
            record.rules.refuses = refuses;
            // The one that was sent twice is number 4 now, and the one behind it number 3.
            record.publishers[0].said.swap(2, 3);
            record.publishers[0].steps.retain(|step| !matches!(step, Step::Accepted { message: 2, .. }));
        })
    };
    assert_eq!(changed(false), [Rule::OwnOrder]);
    // The first attempt of what was sent twice may have been refused unheard.
    assert_eq!(changed(true), []);
}

#[test]
fn another_epoch_is_found() {
    assert_eq!(broken(|record| record.memberships[1].epoch = "e2".to_owned()), [Rule::SameEpoch]);
}

#[test]
fn a_full_disk_that_is_no_clear_error_is_found() {
    let fine = FullDisk { refused: 3, was_read: true, was_served_again: true, odd: Vec::new() };
    let full = |change: fn(&mut FullDisk)| {
        let mut full = fine.clone();
        change(&mut full);
        broken(|record| record.full.push(full))
    };
    assert_eq!(full(|_| {}), []);
    assert_eq!(full(|full| full.refused = 0), [Rule::FullDisk]);
    assert_eq!(full(|full| full.was_read = false), [Rule::FullDisk]);
    assert_eq!(full(|full| full.was_served_again = false), [Rule::FullDisk]);
    assert_eq!(full(|full| full.odd.push("BYE internal".to_owned())), [Rule::FullDisk]);
}

#[test]
fn a_mishap_is_a_violation() {
    let mishap = |in_vain| broken(|record| record.mishaps.push(Mishap { in_vain, what: "odd".to_owned() }));
    assert_eq!(mishap(true), [Rule::NoHang]);
    assert_eq!(mishap(false), [Rule::Protocol]);
}
