//! What several of the protocols are made of.

/// The octets before a CR LF, if it has come.
pub(super) fn line(octets: &[u8]) -> Option<&[u8]> {
    let mut ends = octets.iter().enumerate().filter(|(_, octet)| **octet == b'\n').map(|(at, _)| at);
    ends.find_map(|end| octets[..end].strip_suffix(b"\r"))
}

/// A number in decimal digits, not so long that it overflows.
pub(super) fn decimal(digits: &[u8]) -> Option<usize> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()))?;
    digits.parse().ok()
}
