//! What is said.

/// A text, and what it is called in the reports.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) text: String,
}

/// ASCII of every length, then other characters. 4,096 octets don't fit a line behind a header, so they are counted.
pub(crate) fn samples() -> [Sample; 8] {
    const ASCII: &str = "The quick brown fox jumps over the lazy dog. ";
    [
        sample("16", ASCII, 16),
        sample("64", ASCII, 64),
        sample("512", ASCII, 512),
        sample("4096", ASCII, 4_096),
        sample("512 lines", "fn main() {\n\tprintln!(\"Hello!\");\n}\n\n", 512),
        sample("512 Cyrillic", "Съешь же ещё этих мягких французских булок, да выпей чаю. ", 512),
        sample("512 CJK", "天地玄黄，宇宙洪荒。日月盈昃，辰宿列張。", 512),
        sample("512 emoji", "We’re live 🎉 … “see you there” 👩‍🚀 café ☕ at 8 — bring 2 friends! ", 512),
    ]
}

/// The words over and over, up to the last whole character within so many octets.
fn sample(name: &'static str, words: &str, octets: usize) -> Sample {
    let mut text = words.repeat(octets / words.len() + 1);
    while text.len() > octets {
        text.pop();
    }
    Sample { name, text }
}
