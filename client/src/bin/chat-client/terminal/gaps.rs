//! What is said about messages that did not come.

/// `1 message`, `2 messages`.
pub(crate) fn messages(count: u64) -> String {
    if count == 1 { "1 message".to_owned() } else { format!("{count} messages") }
}

/// What is said about a gap in a room, with the offer to fetch it if the server may still have it.
pub(crate) fn notice(room: &str, count: u64, is_kept: bool, is_current: bool) -> String {
    let count = messages(count);
    match (is_kept, is_current) {
        (false, _) => format!("{count} missed in {room}, which the server keeps no longer"),
        (true, true) => format!("{count} missed in {room}; /missed shows them"),
        (true, false) => format!("{count} missed in {room}; /join {room} and /missed show them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_told_with_the_offer_to_fetch_it_if_that_is_possible() {
        assert_eq!(notice("#tea", 12, true, true), "12 messages missed in #tea; /missed shows them");
        assert_eq!(notice("#a", 1, true, false), "1 message missed in #a; /join #a and /missed show them");
        assert_eq!(notice("#tea", 3, false, true), "3 messages missed in #tea, which the server keeps no longer");
    }
}
