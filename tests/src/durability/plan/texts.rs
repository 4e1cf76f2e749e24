//! What is said: no two texts of a round are the same, and no two of their lines either.

use fanfare_protocol::limits::MAX_TEXT;
use fastrand::Rng;

/// The word that all texts have but those of plain mode.
pub(in crate::durability) const EVERYWHERE: &str = "0";

/// The message of this number of somebody, as one or more lines. Most are short; a few are as long as a text can be.
pub(super) fn text(random: &mut Rng, name: &str, number: usize) -> String {
    let octets = match random.u8(..100) {
        0..80 => random.usize(16..200),
        80..96 => random.usize(200..5_000),
        96..99 => random.usize(5_000..30_000),
        _ => random.usize(30_000..=MAX_TEXT),
    };
    let lines = if random.u8(..5) == 0 { random.usize(2..6) } else { 1 };
    let filling: String = (0..37).map(|_| random.lowercase()).collect();
    let mut text = String::with_capacity(octets + filling.len());
    for line in 0..lines {
        if line > 0 {
            text.push('\n');
        }
        text += &format!("{name}.{number}.{line} ");
        let end = octets * (line + 1) / lines;
        while text.len() < end {
            text.push_str(&filling[..filling.len().min(end - text.len())]);
        }
    }
    text
}

/// What is looked for: one who speaks, one message, or what many have.
pub(super) fn query(random: &mut Rng) -> String {
    let name = random.choice(["pub0", "pub1", "libpub0", "founder"]).unwrap_or("pub0");
    let number = random.u8(..80);
    match random.u8(..6) {
        0 => EVERYWHERE.to_owned(),
        1 => format!("{name}.{number}"),
        // Two terms; the case of letters makes no difference.
        2 => format!("{} {}", random.u8(..6), name.to_ascii_uppercase()),
        _ => name.to_owned(),
    }
}

/// One line, for plain mode.
pub(super) fn line(random: &mut Rng, name: &str, number: usize) -> String {
    let rest: String = (0..random.usize(1..40)).map(|_| random.lowercase()).collect();
    format!("{name}.{number}. {rest}")
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use fanfare_protocol::Text;

    use super::*;

    #[test]
    fn every_text_can_be_said_and_no_line_comes_twice() {
        let mut random = Rng::with_seed(1);
        let mut lines = HashSet::new();
        let (mut longest, mut most) = (0, 0);
        for number in 0..2_000 {
            let text = text(&mut random, "alice", number);
            assert!(Text::new(&text).is_ok());
            assert!(text.split(|character: char| !character.is_alphanumeric()).any(|word| word == EVERYWHERE));
            assert!(text.split('\n').all(|line| lines.insert(line.to_owned())));
            longest = longest.max(text.len());
            most = most.max(text.split('\n').count());
        }
        assert!(longest > 50_000 && most > 3);
    }
}
