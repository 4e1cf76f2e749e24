//! How far two runs of octets are equal.

/// What is compared at once after the whole was found to differ.
const STEP: usize = 256;

/// The length of the common beginning. Equal runs, the common case, cost one comparison of memory.
pub(super) fn prefix(one: &[u8], other: &[u8]) -> usize {
    let most = one.len().min(other.len());
    let (one, other) = (&one[..most], &other[..most]);
    if one == other {
        return most;
    }
    let steps = one.chunks(STEP).zip(other.chunks(STEP)).take_while(|(one, other)| one == other).count();
    let begin = steps * STEP;
    let rest = one[begin..].iter().zip(&other[begin..]).take_while(|(one, other)| one == other).count();
    begin + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found_wherever_it_is() {
        let one = vec![b'x'; 1_000];
        assert_eq!(prefix(&one, &one), 1_000);
        assert_eq!(prefix(&one, &one[..300]), 300);
        assert_eq!(prefix(&one, b""), 0);
        for at in [0, 1, 255, 256, 257, 511, 512, 999] {
            let mut other = one.clone();
            other[at] = b'y';
            assert_eq!(prefix(&one, &other), at);
            assert_eq!(prefix(&other, &one[..700]), at.min(700));
        }
    }
}
