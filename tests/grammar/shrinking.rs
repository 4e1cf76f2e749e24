//! Makes octets that show something as short as they can be and still show it.

/// How often something shorter is tried: enough for a few frames, and bounded for the longest texts.
const TRIES: usize = 1_500;

/// Leaves out pieces, large ones first, and then writes `x` for what can be anything.
pub(crate) fn shrink(octets: &[u8], shows: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let tries = std::cell::Cell::new(0);
    let shows = |octets: &[u8]| {
        tries.set(tries.get() + 1);
        tries.get() <= TRIES && shows(octets)
    };
    let mut least = octets.to_vec();
    let mut size = least.len();
    while size > 0 && tries.get() <= TRIES {
        let mut at = 0;
        while at < least.len() {
            let end = least.len().min(at + size);
            let shorter = [&least[..at], &least[end..]].concat();
            if shows(&shorter) {
                least = shorter;
            } else {
                at += size;
            }
        }
        size /= 2;
    }
    for at in 0..least.len() {
        let was = std::mem::replace(&mut least[at], b'x');
        if !shows(&least) {
            least[at] = was;
        }
    }
    least
}

#[test]
fn what_is_left_is_what_shows_it() {
    let shows = |octets: &[u8]| octets.windows(2).any(|pair| pair == b"ab");
    assert_eq!(shrink(b"xxabaab and more", shows), b"ab");
    assert_eq!(shrink(b"one two", |octets| octets.len() > 2), b"xxx");
}
