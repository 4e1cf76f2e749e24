//! Changes strings in the ways in which peers get them wrong, or nearly so.

use fastrand::Rng;

/// Octets that mean something somewhere.
const TELLING: &[u8] = b" :{}=#\t\r\n/0159aZz_-.,[]*!~\x00\x1f\x20\x7f\x80\x9f\xc2\xe2\xff";

/// Characters at the edges of what a text may hold, and octets that are no UTF-8.
const EDGES: &[&[u8]] = &[
    "\u{7f}".as_bytes(),
    "\u{80}".as_bytes(),
    "\u{9f}".as_bytes(),
    "\u{a0}".as_bytes(),
    "\u{7ff}".as_bytes(),
    "\u{800}".as_bytes(),
    "\u{2027}".as_bytes(),
    "\u{2028}".as_bytes(),
    "\u{2029}".as_bytes(),
    "\u{202a}".as_bytes(),
    "\u{202e}".as_bytes(),
    "\u{202f}".as_bytes(),
    "\u{2065}".as_bytes(),
    "\u{2066}".as_bytes(),
    "\u{2069}".as_bytes(),
    "\u{206a}".as_bytes(),
    "\u{d7ff}".as_bytes(),
    "\u{e000}".as_bytes(),
    "\u{feff}".as_bytes(),
    "\u{ffff}".as_bytes(),
    "\u{10000}".as_bytes(),
    "\u{10ffff}".as_bytes(),
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xe2\x80",
    b"\xf1\x80\x80",
];

/// Numbers at the edges of what some value may be.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "2",
    "01",
    "00",
    "16",
    "17",
    "255",
    "256",
    "257",
    "1000",
    "1001",
    "3600",
    "3601",
    "4095",
    "4096",
    "4097",
    "65535",
    "65536",
    "65537",
    "99999",
    "100000",
    "999999",
    "1000000",
    "9007199254740991",
    "9007199254740992",
    "9999999999999999",
    "10000000000000000",
    "18446744073709551616",
    "-1",
    "+1",
    "1.0",
    "0x1",
];

/// Lengths at the edges of what something may have.
const LENGTHS: &[usize] = &[16, 20, 32, 64, 255, 256, 3_999, 4_096];

/// Words that stand in frames and lines.
const WORDS: &[&str] = &[
    "a=b",
    "id=x",
    "token=x",
    "last=1",
    "after=e:0",
    "after=#r",
    "after=name",
    "epoch=e",
    "seq=1",
    "next=1",
    "newest=0",
    "members=1",
    "count=0",
    "reset=yes",
    "repeat=yes",
    "more=yes",
    "more=no",
    "ping=30",
    "text=65536",
    "rate=1",
    "presence=0",
    "total=1",
    "joined=1",
    "left=1",
    "retry=0",
    "=x",
    "x=",
    "a==",
    "X=y",
    "slow",
    "#r",
    "name",
    "1",
    ":x",
    ":",
    "{1}",
    "{0}",
    "/who",
    "//",
    "/",
    "hello",
];

/// A string that differs by one to three changes.
pub(crate) fn mutate(octets: &[u8], other: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut changed = octets.to_vec();
    for _ in 0..[1, 1, 1, 2, 3][rng.usize(..5)] {
        change(&mut changed, other, rng);
    }
    changed
}

fn change(octets: &mut Vec<u8>, other: &[u8], rng: &mut Rng) {
    let at = rng.usize(..=octets.len());
    match rng.u8(..20) {
        0 => splice(octets, at, 1, &[telling(rng)]),
        1 => splice(octets, at, 1, &[]),
        2 => splice(octets, at, 0, &[telling(rng)]),
        3 => {
            let twice = octets.get(at).copied();
            splice(octets, at, 0, twice.as_slice());
        }
        4 => pick(
            octets,
            |octet| octet == b' ',
            rng,
            |octets, at, rng| {
                splice(octets, at, rng.usize(..=1), [&b"  "[..], b"\t", b" \t", b""][rng.usize(..4)]);
            },
        ),
        5 => fields(octets, rng, |fields, rng| {
            fields.remove(rng.usize(..fields.len()));
        }),
        6 | 7 => fields(octets, rng, |fields, rng| {
            let (one, two) = (rng.usize(..fields.len()), rng.usize(..fields.len()));
            fields.swap(one, two);
        }),
        8 => fields(octets, rng, |fields, rng| {
            let again = fields[rng.usize(..fields.len())].clone();
            fields.insert(rng.usize(..=fields.len()), again);
        }),
        9 | 10 => fields(octets, rng, |fields, rng| {
            let word = WORDS[rng.usize(..WORDS.len())].as_bytes().to_vec();
            fields.insert(rng.usize(..=fields.len()), word);
        }),
        11 => {
            let end = octets.len().min(at + rng.usize(1..=16));
            let fold = if rng.bool() { u8::to_ascii_lowercase } else { u8::to_ascii_uppercase };
            octets[at..end].iter_mut().for_each(|octet| *octet = fold(octet));
        }
        12 => pick(
            octets,
            |octet| octet == b'\n',
            rng,
            |octets, at, rng| {
                splice(octets, at, rng.usize(..=1), [&b"\r\n"[..], b"\r\r\n", b"\r", b"\n\n", b""][rng.usize(..5)]);
            },
        ),
        13 | 14 => pick(
            octets,
            |octet| octet.is_ascii_digit(),
            rng,
            |octets, at, rng| {
                let begin =
                    octets[..at].iter().rposition(|octet| !octet.is_ascii_digit()).map_or(0, |before| before + 1);
                let length = octets[begin..].iter().take_while(|octet| octet.is_ascii_digit()).count();
                splice(octets, begin, length, NUMBERS[rng.usize(..NUMBERS.len())].as_bytes());
            },
        ),
        15 => text_form(octets, rng),
        16 => stretch(octets, at, rng),
        17 => splice(octets, at, 0, EDGES[rng.usize(..EDGES.len())]),
        18 => {
            let from = rng.usize(..=other.len());
            octets.truncate(at);
            octets.extend_from_slice(&other[from..]);
        }
        _ => attributes(octets, rng),
    }
}

fn telling(rng: &mut Rng) -> u8 {
    if rng.bool() { TELLING[rng.usize(..TELLING.len())] } else { rng.u8(..) }
}

fn splice(octets: &mut Vec<u8>, at: usize, length: usize, with: &[u8]) {
    let end = octets.len().min(at + length);
    octets.splice(at..end, with.iter().copied());
}

/// Does something at one of the octets of a kind.
fn pick(
    octets: &mut Vec<u8>,
    kind: fn(u8) -> bool,
    rng: &mut Rng,
    mut what: impl FnMut(&mut Vec<u8>, usize, &mut Rng),
) {
    let places: Vec<usize> = (0..octets.len()).filter(|&at| kind(octets[at])).collect();
    if let Some(&at) = places.get(rng.usize(..places.len().max(1))) {
        what(octets, at, rng);
    }
}

/// Does something with the fields of one line.
fn fields(octets: &mut Vec<u8>, rng: &mut Rng, what: impl FnOnce(&mut Vec<Vec<u8>>, &mut Rng)) {
    let mut lines: Vec<Vec<u8>> = octets.split(|&octet| octet == b'\n').map(<[u8]>::to_vec).collect();
    let line = rng.usize(..lines.len().max(2) - 1);
    let mut fields: Vec<Vec<u8>> = lines[line].split(|&octet| octet == b' ').map(<[u8]>::to_vec).collect();
    what(&mut fields, rng);
    lines[line] = fields.join(&b' ');
    *octets = lines.join(&b'\n');
}

/// Writes line text as counted text, or counted text as line text or with another count.
fn text_form(octets: &mut Vec<u8>, rng: &mut Rng) {
    let marker = |marker: &[u8]| octets.windows(2).position(|pair| pair == marker).map(|at| at + 1);
    if let Some(colon) = marker(b" :") {
        let end = octets[colon..].iter().position(|&octet| octet == b'\n').map_or(octets.len(), |end| colon + end);
        let length = end - colon - 1;
        let count = [length, length, length, length + 1, length.saturating_sub(1)][rng.usize(..5)];
        splice(octets, colon, 1, format!("{{{count}}}{}", ["\n", "\r\n", ""][rng.usize(..3)]).as_bytes());
    } else if let Some(brace) = marker(b" {") {
        let length = octets[brace..].iter().position(|&octet| octet == b'\n').map_or(1, |end| end + 1);
        splice(octets, brace, length, b":");
    }
}

/// Makes a word, a line or a counted text as long as it may be, or about so.
fn stretch(octets: &mut Vec<u8>, at: usize, rng: &mut Rng) {
    let about = |length: usize, rng: &mut Rng| (length + rng.usize(..5)).saturating_sub(2);
    let counted = octets.windows(2).position(|pair| pair == b" {");
    if let Some(brace) = counted.filter(|_| rng.u8(..4) == 0) {
        let length = about(65_536, rng);
        let text = format!("{{{length}}}\n{}\n", "x".repeat(length));
        octets.splice(brace + 1.., text.into_bytes());
        return;
    }
    let length = about(LENGTHS[rng.usize(..LENGTHS.len())], rng);
    let is_end: fn(u8) -> bool = if rng.bool() { |octet| octet == b'\n' } else { |octet| b" :=#\n".contains(&octet) };
    let begin = octets[..at].iter().rposition(|&octet| is_end(octet)).map_or(0, |before| before + 1);
    let had = octets[begin..].iter().take_while(|&&octet| !is_end(octet)).count();
    let with = *octets.get(at).filter(|octet| octet.is_ascii_graphic()).unwrap_or(&b'x');
    splice(octets, at, 0, &vec![with; length.saturating_sub(had)]);
}

/// Puts up to 17 attributes of different keys behind a field.
fn attributes(octets: &mut Vec<u8>, rng: &mut Rng) {
    let many: String = (0..rng.usize(14..=17)).map(|key| format!(" x{key}=y")).collect();
    pick(octets, |octet| b" \n".contains(&octet), rng, |octets, at, _| splice(octets, at, 0, many.as_bytes()));
}
