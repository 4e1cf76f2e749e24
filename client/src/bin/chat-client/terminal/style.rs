//! Colours: what is painted how, and whether at all.

use crate::options::Color;

/// How a piece of text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// As the terminal has it.
    Plain,
    /// Of less weight: times, notices.
    Dim,
    /// Of more weight: what speaks to oneself, the prompt.
    Bold,
    /// What was searched for, in what was found.
    Marked,
    /// Something was not done.
    Fault,
    /// One of the terminal's 256 colours.
    Colour(u8),
}

/// Colours of names. Each stands out by 3 to 1 or more on black and on white.
const NAMES: [u8; 13] = [161, 166, 64, 29, 31, 33, 63, 99, 133, 170, 130, 162, 62];

/// Paints, or leaves everything plain.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Palette {
    on: bool,
}

impl Palette {
    /// What the flag and the environment ask for. `NO_COLOR` counts unless it is empty (no-color.org).
    pub(crate) fn new(color: Color, no_color: Option<&str>) -> Self {
        let on = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => no_color.is_none_or(str::is_empty),
        };
        Self { on }
    }

    /// Adds a piece of text, painted.
    pub(crate) fn paint(self, style: Style, text: &str, out: &mut String) {
        let code = match style {
            _ if !self.on || text.is_empty() => String::new(),
            Style::Plain => String::new(),
            Style::Dim => "2".to_owned(),
            Style::Bold => "1".to_owned(),
            Style::Marked => "4".to_owned(),
            Style::Fault => "31".to_owned(),
            Style::Colour(colour) => format!("38;5;{colour}"),
        };
        if code.is_empty() {
            out.push_str(text);
        } else {
            out.extend(["\x1b[", &code, "m", text, "\x1b[0m"]);
        }
    }
}

/// The colour of a name: the same for everybody, in every run, and however the name is capitalised.
pub(crate) fn of_name(name: &str) -> Style {
    // FNV-1a. The standard library's hash may change from version to version.
    let hash = name
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, octet| (hash ^ u32::from(octet.to_ascii_lowercase())).wrapping_mul(0x0100_0193));
    Style::Colour(NAMES[hash as usize % NAMES.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The relative luminance of a colour of the 6 × 6 × 6 cube, as WCAG 2 defines it.
    fn luminance(colour: u8) -> f64 {
        let index = colour - 16;
        let linear = |level: u8| {
            let value = if level == 0 { 0.0 } else { f64::from(55 + 40 * u16::from(level)) / 255.0 };
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(index / 36) + 0.7152 * linear(index / 6 % 6) + 0.0722 * linear(index % 6)
    }

    #[test]
    fn each_colour_of_a_name_can_be_read_on_black_and_on_white() {
        for colour in NAMES {
            let light = luminance(colour);
            assert!((light + 0.05) / 0.05 >= 3.0, "{colour} is too dark on black");
            assert!(1.05 / (light + 0.05) >= 3.0, "{colour} is too light on white");
        }
    }

    #[test]
    fn a_name_keeps_its_colour_and_names_differ() {
        assert_eq!(of_name("Alice"), of_name("aLICE"));
        let mut colours: Vec<_> = ('a'..='z').map(|name| format!("{:?}", of_name(&name.to_string()))).collect();
        colours.sort();
        colours.dedup();
        assert!(colours.len() >= NAMES.len() / 2, "{colours:?}");
    }

    #[test]
    fn no_color_turns_colours_off_unless_they_are_asked_for() {
        for (color, no_color, on) in [
            (Color::Auto, None, true),
            (Color::Auto, Some(""), true),
            (Color::Auto, Some("1"), false),
            (Color::Always, Some("1"), true),
            (Color::Never, None, false),
        ] {
            assert_eq!(Palette::new(color, no_color).on, on, "{color:?} {no_color:?}");
        }
    }

    #[test]
    fn without_colours_nothing_but_the_text_is_written() {
        let mut out = String::new();
        Palette { on: false }.paint(Style::Bold, "hello", &mut out);
        Palette { on: true }.paint(Style::Plain, " you", &mut out);
        assert_eq!(out, "hello you");
        Palette { on: true }.paint(Style::Colour(33), "!", &mut out);
        assert_eq!(out, "hello you\x1b[38;5;33m!\x1b[0m");
    }
}
