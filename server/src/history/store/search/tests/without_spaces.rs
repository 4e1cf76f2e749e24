//! Searching in scripts that are written without spaces, where each letter and each mark is a word.

use fanfare_protocol::words;

use super::*;

#[test]
fn what_a_text_has_is_found_in_it_and_nothing_in_another_order() {
    let texts = [
        "お茶をください",
        "会議は明日の午後三時から、第２会議室で。",
        "コーヒーとｺｰﾋｰ、すごーーい人々",
        "我们明天下午三点开会",
        "กินข้าวหรือยัง ๒๕๖๗",
        "ກິນເຂົ້າ",
        "ខ្ញុំចូលចិត្តតែ",
        "မြန်မာစာ ၂၀၂၆",
        "第3回 meeting会、OK",
    ];
    let (dir, _store, room, _index) = indexed(&texts);
    for (terms, expected) in [
        ("茶", &[1][..]),
        ("茶を", &[1]),
        ("を茶", &[]),
        ("を 茶", &[1]),
        ("お茶をください", &[1]),
        ("お茶をくださいね", &[]),
        ("会議", &[2]),
        ("議会", &[]),
        ("第２会議室", &[2]),
        // Words stand together though a mark of punctuation is between them.
        ("から第２", &[2]),
        ("コーヒー", &[3]),
        ("ーヒ", &[3]),
        ("コヒー", &[]),
        ("ｺｰﾋ", &[3]),
        ("ごーい", &[]),
        ("ごーーい", &[3]),
        ("人々", &[3]),
        ("人人", &[]),
        ("开会", &[4]),
        ("三", &[2, 4]),
        ("明天开会", &[]),
        ("明天 开会", &[4]),
        ("กิน", &[5]),
        ("ข้าว", &[5]),
        ("กัน", &[]),
        ("กน", &[]),
        ("ขาว", &[]),
        ("๒๕๖๗", &[5]),
        ("๒๕", &[]),
        ("ເຂົ້າ", &[6]),
        ("ເຂາ", &[]),
        ("តែ", &[7]),
        ("ចត", &[]),
        ("ខញ", &[]),
        ("မာ", &[8]),
        ("မန", &[]),
        ("၂၀၂၆", &[8]),
        ("第3回", &[9]),
        ("3回 MEETING", &[9]),
        ("回-meeting-会-ok", &[9]),
        ("meeting会", &[9]),
        ("会meeting", &[]),
        ("meet", &[]),
        ("meetin会", &[]),
    ] {
        assert_eq!(find(dir.path(), room, terms), expected, "{terms}");
    }
}

#[test]
fn they_are_found_page_by_page() {
    let texts = ["茶会", "会茶", "お茶会だ", "茶会!", "tea"];
    let (dir, mut store, room, mut index) = indexed(&texts);
    trimmed(&mut store, room, seq(2), 9);
    sweep(&mut index);
    let searcher = Searcher::open(dir.path()).expect("a searcher");
    let terms = Terms::of(Query::new("茶会").expect("a query"));
    for (before, last, seqs, more) in
        [(None, 9, &[3, 4][..], false), (None, 1, &[4], true), (Some(4), 1, &[3], false), (Some(3), 9, &[], false)]
    {
        let found = searcher.find(room, &terms, before.map(seq), last, || false).expect("found");
        let expected = Matches { seqs: seqs.iter().copied().map(seq).collect(), more };
        assert_eq!(found, Some(expected), "before {before:?}, last {last}");
    }
}

#[test]
fn each_letter_and_each_mark_is_found_between_letters_and_beside_its_like() {
    // Ideographs are many, and one like the other.
    let is_sought = |c: &char| match c {
        '\u{3400}'..='\u{9fff}' | '\u{f900}'.. => u32::from(*c) % 997 == 0 || *c == '\u{16ff0}',
        _ => true,
    };
    let alone: Vec<char> = ('\0'..=char::MAX).filter(|&c| words::stands_alone(c)).filter(is_sought).collect();
    // Two sorts of texts, so that what is taken for nothing would be missed between these words.
    let texts: Vec<String> = alone.iter().flat_map(|c| [format!("a{c}b"), format!("a{c}{c}b")]).collect();
    let (dir, mut store, room, mut index) = indexed(&[]);
    say(&mut store, room, 1, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    while index.index(9_999).expect("indexed") {}
    let searcher = Searcher::open(dir.path()).expect("a searcher");
    for (c, number) in alone.iter().zip((1..).step_by(2)) {
        for (terms, expected) in [
            (format!("{c}"), &[number, number + 1][..]),
            (format!("a{c}b"), &[number]),
            (format!("{c}{c}"), &[number + 1]),
        ] {
            let terms = Terms::of(Query::new(&terms).expect("a query"));
            let found = searcher.find(room, &terms, None, 9, || false).expect("found").expect("nobody stopped it");
            assert_eq!(found.seqs, expected.iter().copied().map(seq).collect::<Vec<_>>(), "{c:?} in {terms:?}");
        }
    }
}
