//! 4.15 SEARCH.

use super::PERMISSION;
use super::answers::{answers, fill_with, is_answer, is_refused};
use crate::conformance::{Outcome, Peer, Section, Stage, Terms};

pub(super) const SECTION: Section = Section {
    number: "4.15",
    checks: &[
        check!(messages_with_all_terms_come_in_rising_order: "4.15/1", "4.15/4", "4.15/5", "4.15/6", "4.15/8").peers(1),
        check!(search_is_refused_for_the_first_cause_that_fits: "4.15/1").peers(2),
        check!(a_search_goes_back_page_by_page: "4.15/1", "4.15/2", "4.15/5", "4.15/6").peers(1),
        check!(a_page_of_search_has_at_most_1_000_frames: "4.15/2", "4.15/6").peers(2),
        check!(a_page_of_search_has_at_most_1_048_576_octets: "4.15/3", "4.15/6").peers(2),
        check!(what_was_acknowledged_is_found_at_once: "4.15/7").peers(2),
        check!(words_beyond_ascii_have_no_case: "4.15/9").peers(1),
        check!(letters_of_scripts_without_spaces_are_words: "4.15/1").peers(1),
    ],
    unseen: &[unseen!(PERMISSION => "4.15/10", "4.15/11")],
};

/// The most octets of the frames of a page.
const LARGEST: usize = 1_048_576;

/// Why a check is not played: section 4.15 lets a server refuse each search.
pub(super) const NO_SEARCH: &str = "the server does not search histories";

/// What a search found.
struct Page {
    /// The numbers of the messages.
    numbers: Vec<u64>,
    /// How many octets each of their frames has.
    octets: Vec<usize>,
    /// Whether it says that there are more.
    more: bool,
}

/// Searches, where `query` is all behind the room. A server that searches nothing ends the check here.
fn search(stage: &Stage<'_>, peer: &mut Peer, room: &str, query: &str) -> Outcome<Page> {
    peer.send_paced(&format!("SEARCH {room} {query}"));
    let answer = answers(peer, "4.1/1", 1)?.concat();
    let (last, past) = answer.split_last().map_or(("", &[][..]), |(last, past)| (last.as_str(), past));
    if last.starts_with("ERR not-allowed ") {
        return stage.skip(NO_SEARCH);
    }
    let begin = format!("PAST {room} ");
    let number = |line: &String| line.strip_prefix(&begin)?.split(' ').next()?.parse().ok();
    let numbers: Vec<u64> = past.iter().map_while(number).collect();
    stage.same("4.15/1", &past.len(), &numbers.len())?;
    stage.hold("4.15/4", numbers.is_sorted_by(|one, two| one < two), "rising numbers", format!("{numbers:?}"))?;
    let more = last.ends_with(" more=yes");
    let ok = format!("OK epoch=<epoch> count={}{}", past.len(), if more { " more=yes" } else { "" });
    is_answer(stage, "4.15/5", &[&ok], &vec![last.to_owned()])?;
    // What is read here has no LF behind its text.
    Ok(Page { numbers, octets: past.iter().map(|frame| frame.len() + 1).collect(), more })
}

/// Says texts, which have the numbers from 1 on.
fn say(peer: &mut Peer, room: &str, texts: &[&str]) -> Outcome {
    for (text, seq) in texts.iter().zip(1..) {
        peer.send_paced(&format!("SAY {room} {{{}}}\n{text}", text.len()));
        peer.until("4.7/1", &format!("OK seq={seq}"))?;
    }
    Ok(())
}

/// A search finds these, and no more.
fn finds(stage: &Stage<'_>, peer: &mut Peer, room: &str, query: &str, expected: &[u64]) -> Outcome {
    let page = search(stage, peer, room, query)?;
    found(stage, "4.15/1", query, expected, &page.numbers)?;
    stage.hold("4.15/6", !page.more, format!("no more=yes to {query}"), "more=yes")
}

fn found(stage: &Stage<'_>, requirement: &'static str, query: &str, expected: &[u64], got: &[u64]) -> Outcome {
    stage.hold(requirement, expected == got, format!("{expected:?} for {query}"), format!("{got:?}"))
}

fn messages_with_all_terms_come_in_rising_order(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    finds(stage, &mut peer, &room, ":tea", &[])?;
    let texts = [
        "The kettle is on",
        "kettle, tea AND milk",
        "tea-pot on the table",
        "pot of tea",
        "tea\n\tpot!",
        "at 10.0.0.7:443",
        "10 0 0 8",
        "teapot",
        "a_b c",
        "",
        "?! ...",
    ];
    say(&mut peer, &room, &texts)?;
    for (query, expected) in [
        (":kettle", &[1, 2][..]),
        (":tea", &[2, 3, 4, 5]),
        (":table", &[3]),
        // Terms stand anywhere, in any order.
        (":tea pot", &[3, 4, 5]),
        (":pot  tea ", &[3, 4, 5]),
        (":kettle\ttea", &[2]),
        ("{10}\nkettle\ntea", &[2]),
        (":kettle nowhere", &[]),
        // The words of a term stand together, in their order.
        (":tea-pot", &[3, 5]),
        (":...tea,(pot)", &[3, 5]),
        (":pot-tea", &[]),
        (":10.0.0", &[6, 7]),
        (":10.0.0.7", &[6]),
        (":10.0.7", &[]),
        (":a_b", &[9]),
        // A term without a word asks for nothing.
        (":?! tea --", &[2, 3, 4, 5]),
        // A word is whole, and nothing in TEXT is an operator.
        (":teap", &[]),
        (":eapot", &[]),
        (":tea*", &[2, 3, 4, 5]),
        (":\"tea pot\"", &[3, 4, 5]),
        (":tea AND milk", &[2]),
        (":tea OR kettle", &[]),
        (":NOT kettle", &[]),
        (":^pot", &[3, 4, 5]),
        (":-pot", &[3, 4, 5]),
        (":text:tea", &[]),
    ] {
        finds(stage, &mut peer, &room, query, expected)?;
    }
    for (query, expected) in [(":KETTLE", [1, 2]), (":kEtTlE", [1, 2]), (":Tea-POT", [3, 5])] {
        let page = search(stage, &mut peer, &room, query)?;
        found(stage, "4.15/8", query, &expected, &page.numbers)?;
    }
    // Another room is another history.
    let other = stage.room("other");
    stage.join(&mut peer, &other)?;
    finds(stage, &mut peer, &other, ":tea", &[])
}

fn search_is_refused_for_the_first_cause_that_fits(stage: &mut Stage<'_>) -> Outcome {
    let (room, nowhere) = (stage.room("room"), stage.room("nowhere"));
    let mut member = stage.member("member", &room)?;
    let mut other = stage.framed("other")?;
    let (right, wrong) = ("\u{e9}".repeat(128), "\u{e9}".repeat(128) + "x");
    for room in [&room, &nowhere] {
        for query in
            [":", ":?!", ":\u{2014} \u{1f642}", "last=0 :x", "last=1001 :x", "before=0 :x", &format!(":{wrong}")]
        {
            is_refused(stage, &mut other, "4.15/1", &format!("SEARCH {room} {query}"), "bad-arguments")?;
        }
        for query in [":x", "before=1 last=1000 :x", &format!(":{right}")] {
            is_refused(stage, &mut other, "4.15/1", &format!("SEARCH {room} {query}"), "not-joined")?;
        }
    }
    is_refused(stage, &mut member, "4.15/1", &format!("SEARCH {room} last=1 before=x :x"), "bad-arguments")?;
    finds(stage, &mut member, &room, &format!("before=1 last=1000 :{right}"), &[])
}

fn a_search_goes_back_page_by_page(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    // It learns here whether there is anything to play.
    finds(stage, &mut peer, &room, ":odd", &[])?;
    let texts: Vec<&str> = ["odd", "even"].into_iter().cycle().take(45).collect();
    say(&mut peer, &room, &texts)?;
    let odd = |from: u64, to: u64| (from..=to).filter(|seq| seq % 2 == 1).collect::<Vec<_>>();
    for (query, most, expected, more) in [
        (":odd", 20, odd(7, 45), true),
        ("last=20 :odd", 20, odd(7, 45), true),
        ("before=7 :odd", 20, odd(1, 5), false),
        ("before=8 last=4 a=b :odd", 4, odd(1, 7), false),
        ("last=3 before=8 :odd", 3, odd(3, 7), true),
        ("last=1 :odd", 1, odd(45, 45), true),
        ("last=22 :odd", 22, odd(3, 45), true),
        ("last=23 :odd", 23, odd(1, 45), false),
        ("last=1000 :odd", 1_000, odd(1, 45), false),
        ("before=2 :odd", 20, odd(1, 1), false),
        ("before=1 :odd", 20, odd(1, 0), false),
        ("before=9007199254740991 last=2 :odd", 2, odd(43, 45), true),
    ] {
        let page = search(stage, &mut peer, &room, query)?;
        let count = page.numbers.len();
        stage.hold("4.15/2", count <= most, format!("at most {most} for {query}"), count)?;
        found(stage, "4.15/1", query, &expected, &page.numbers)?;
        stage.same("4.15/6", &format!("more is {more} for {query}"), &format!("more is {} for {query}", page.more))?;
    }
    Ok(())
}

fn a_page_of_search_has_at_most_1_000_frames(stage: &mut Stage<'_>) -> Outcome {
    const COUNT: u64 = 1_003;
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    join(&mut peer, &room)?;
    search(stage, &mut peer, &room, ":tea")?;
    fill_with(stage, &room, 1_003, "tea")?;
    let page = search(stage, &mut peer, &room, "last=1000 :tea")?;
    stage.hold("4.15/2", page.numbers.len() <= 1_000, "at most 1,000 frames", page.numbers.len())?;
    if page.numbers.len() < 1_000 && !page.more {
        return stage.skip("its rooms keep fewer messages than a page has");
    }
    stage.hold("4.15/2", page.numbers.iter().copied().eq(4..=COUNT), "the newest 1,000", page.numbers.len())?;
    let rest = search(stage, &mut peer, &room, "last=1000 before=4 :tea")?;
    let is_kept = rest.numbers.last() == Some(&3);
    stage.hold("4.15/6", page.more == is_kept, format!("more is {is_kept}"), page.more)
}

fn a_page_of_search_has_at_most_1_048_576_octets(stage: &mut Stage<'_>) -> Outcome {
    const COUNT: usize = 18;
    let text = usize::try_from(stage.terms.announced.text).unwrap_or(65_536).min(65_536);
    if !keeps(stage.terms, 2 * LARGEST as u64) || text < 65_536 {
        return stage.skip("its rooms, or its texts, are too small for a page of 1,048,576 octets");
    }
    let room = stage.room("room");
    let mut peer = stage.framed("peer")?;
    join(&mut peer, &room)?;
    search(stage, &mut peer, &room, ":tea")?;
    fill_with(stage, &room, COUNT, &format!("tea{}", " ".repeat(text - "tea".len())))?;
    let page = search(stage, &mut peer, &room, "last=1000 :tea")?;
    let (all, one) = (page.octets.iter().sum::<usize>(), page.octets.first().copied().unwrap_or_default());
    let is_full = all <= LARGEST && all + one > LARGEST;
    stage.hold("4.15/3", is_full, "a page as full as 1,048,576 octets let it be", format!("{all} octets"))?;
    let first = COUNT - page.numbers.len() + 1;
    let is_newest = page.numbers.iter().copied().eq(first as u64..=COUNT as u64);
    stage.hold("4.15/3", is_newest, "the newest", format!("{:?}", page.numbers))?;
    stage.hold("4.15/6", page.more, "more=yes", "no more")
}

/// Whether a room keeps so many octets of frames.
fn keeps(terms: &Terms, octets: u64) -> bool {
    terms.profile.durable || terms.profile.room_log.is_some_and(|log| log >= octets)
}

fn join(peer: &mut Peer, room: &str) -> Outcome {
    peer.send(&format!("JOIN {room}"));
    peer.until("5.5/1", &format!("JOINED {room} {}", peer.name)).map(drop)
}

fn what_was_acknowledged_is_found_at_once(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut speaker = stage.member("speaker", &room)?;
    let mut reader = stage.member("reader", &room)?;
    for seq in 1..=12 {
        let query = format!(":word{seq}");
        speaker.send_paced(&format!("SAY {room} :some word{seq}"));
        // In turn: whoever has the MSG, and whoever has the OK.
        let seeker = if seq % 2 == 0 {
            reader.until("4.7/2", &format!("MSG {room} {seq} <rest>"))?;
            &mut reader
        } else {
            speaker.until("4.7/1", &format!("OK seq={seq}"))?;
            &mut speaker
        };
        let page = search(stage, seeker, &room, &query)?;
        found(stage, "4.15/7", &query, &[seq], &page.numbers)?;
        if seq % 2 == 0 {
            speaker.until("4.7/1", &format!("OK seq={seq}"))?;
        }
    }
    // What is said and searched for in one go: the SEARCH comes before the OK is sent, and may find it or not.
    speaker.send_paced(&format!("SAY {room} :some word13"));
    speaker.send_paced(&format!("SEARCH {room} :word13"));
    answers(&mut speaker, "4.1/1", 2)?;
    let page = search(stage, &mut speaker, &room, ":word13")?;
    found(stage, "4.15/7", ":word13", &[13], &page.numbers)
}

fn words_beyond_ascii_have_no_case(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    finds(stage, &mut peer, &room, ":\u{43c}\u{438}\u{440}", &[])?;
    say(&mut peer, &room, &["\u{43c}\u{438}\u{440}, \u{3b4}\u{ad}", "\u{41c}\u{418}\u{420}", "\u{4e2d}\u{6587} 7"])?;
    // Each as it was said: that is no matter of case.
    finds(stage, &mut peer, &room, ":\u{4e2d}\u{6587}", &[3])?;
    for query in [":\u{43c}\u{438}\u{440}", ":\u{41c}\u{438}\u{440}"] {
        let page = search(stage, &mut peer, &room, query)?;
        found(stage, "4.15/9", query, &[1, 2], &page.numbers)?;
    }
    Ok(())
}

fn letters_of_scripts_without_spaces_are_words(stage: &mut Stage<'_>) -> Outcome {
    let room = stage.room("room");
    let mut peer = stage.member("peer", &room)?;
    finds(stage, &mut peer, &room, ":茶", &[])?;
    let texts = [
        "お茶をください",
        "会議室でコーヒー",
        "我们下午开会。",
        "กินข้าวหรือยัง",
        "ກິນເຂົ້າ",
        "ខ្ញុំចូលចិត្តតែ",
        "မြန်မာစာ",
        "第3回 meeting会、30回",
        "мир 한국어",
    ];
    say(&mut peer, &room, &texts)?;
    for (query, expected) in [
        (":茶", &[1][..]),
        (":茶を", &[1]),
        (":を茶", &[]),
        (":を 茶", &[1]),
        (":お茶をください", &[1]),
        (":お茶をくださいね", &[]),
        (":議室", &[2]),
        (":会室", &[]),
        (":コーヒー", &[2]),
        (":コー", &[2]),
        (":ヒコ", &[]),
        (":开会", &[3]),
        (":会", &[2, 3, 8]),
        (":下午 我们", &[3]),
        (":下午我们", &[]),
        // What differs in marks that are no diacritics.
        (":กิน", &[4]),
        (":ข้าว", &[4]),
        (":กัน", &[]),
        (":ເຂົ້າ", &[5]),
        (":ເຂິ້າ", &[]),
        (":តែ", &[6]),
        (":តិ", &[]),
        (":စာ", &[7]),
        (":စိ", &[]),
        // Other words are runs, between such letters too.
        (":3回", &[8]),
        (":0回", &[]),
        (":回 MEETING", &[8]),
        (":meeting会", &[8]),
        (":meetin", &[]),
        (":мир", &[9]),
        (":ми", &[]),
        (":한국", &[]),
    ] {
        finds(stage, &mut peer, &room, query, expected)?;
    }
    Ok(())
}
