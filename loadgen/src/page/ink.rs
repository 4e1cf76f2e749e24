//! How lines look.
//!
//! The library writes colours into the SVG as they are. The page gives each another one with a style, which it finds by
//! that colour: so there is a light and a dark scheme, and a dash belongs to a colour too.

use plotters::style::RGBColor;

/// How many colours there are.
pub(super) const COLOURS: usize = 8;

/// How many kinds of dashes there are, the line without any among them.
pub(super) const DASHES: usize = 4;

/// Text of the axes.
pub(super) const TEXT: RGBColor = RGBColor(0x40, 0x44, 0x4c);

/// Lines at the ticks.
pub(super) const GRID: RGBColor = RGBColor(0xd8, 0xdb, 0xe0);

/// The axes.
pub(super) const AXIS: RGBColor = RGBColor(0x80, 0x86, 0x90);

/// Where something went wrong.
pub(super) const FAULT: RGBColor = RGBColor(0xb3, 0x26, 0x1e);

/// For each colour: on a light and on a dark ground. They differ in lightness too.
const PALETTE: [(u32, u32); COLOURS] = [
    (0x1b4fa8, 0x82b1ff),
    (0xe06c1c, 0xffa05c),
    (0x128770, 0x5ad8bc),
    (0x8e2f86, 0xe78fdc),
    (0x8a7400, 0xd8c24a),
    (0xc9245c, 0xff86a8),
    (0x3d9be0, 0xb4e0ff),
    (0x505864, 0xb9c0cc),
];

/// What `stroke-dasharray` is for each kind; the charts are drawn at twice their size.
const DASH: [&str; DASHES] = ["none", "14 7", "4 6", "20 6 4 6"];

/// The look of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ink {
    colour: usize,
    dash: usize,
}

impl Ink {
    /// The numbers of a colour and of a kind of dash, which begin again behind the last.
    pub(super) fn new(colour: usize, dash: usize) -> Self {
        Self { colour: colour % COLOURS, dash: dash % DASHES }
    }

    /// The look of one of several equal things: neighbours differ in colour and dash, and all of a page from each other.
    pub(super) fn of_many(at: usize) -> Self {
        Self::new(at, at + at / COLOURS)
    }

    /// All there are.
    pub(super) fn all() -> Vec<Self> {
        (0..COLOURS * DASHES).map(Self::of_many).collect()
    }

    /// The colour on a light ground; its lowest bits are the dash, so that each look has one of its own.
    pub(super) fn rgb(self) -> RGBColor {
        let [_, red, green, blue] = PALETTE[self.colour].0.to_be_bytes();
        RGBColor(red, green, (blue & !(DASHES as u8 - 1)) | self.dash as u8)
    }

    /// The same as the library writes it into an SVG.
    pub(super) fn hex(&self) -> String {
        hex(self.rgb())
    }

    /// The colour on a dark ground.
    pub(super) fn dark(&self) -> String {
        format!("#{:06X}", PALETTE[self.colour].1)
    }

    /// Its dashes in CSS.
    pub(super) fn dashes(&self) -> &'static str {
        DASH[self.dash]
    }
}

/// A colour as the library writes it into an SVG.
pub(super) fn hex(colour: RGBColor) -> String {
    format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_look_has_a_colour_of_its_own_by_which_the_style_finds_it() {
        let mut found: BTreeSet<_> = Ink::all().iter().map(Ink::hex).collect();
        assert_eq!(found.len(), COLOURS * DASHES);
        found.extend([TEXT, GRID, AXIS, FAULT].map(hex));
        assert_eq!(found.len(), COLOURS * DASHES + 4);
    }
}
