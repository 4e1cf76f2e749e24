//! One chart, as SVG.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, ValueFormatter};
use plotters::prelude::*;

use super::PageError;
use super::ink::{self, Ink};
use super::scale::{Scale, Tick};

/// A line of a chart.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// What it shows.
    pub(super) name: String,
    /// How it looks.
    pub(super) ink: Ink,
    /// Its points, in the values of the axes.
    pub(super) points: Vec<(f64, f64)>,
}

/// A chart.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    /// What it shows.
    pub(super) title: String,
    /// What is to be known for reading it.
    pub(super) note: String,
    /// What its horizontal axis shows.
    pub(super) across: &'static str,
    /// That axis.
    pub(super) x: Scale,
    /// The vertical axis.
    pub(super) y: Scale,
    /// What is drawn.
    pub(super) lines: Vec<Line>,
    /// Where along the horizontal axis something went wrong.
    pub(super) faults: Vec<f64>,
    /// Whether each line ends with a dot.
    pub(super) dots: bool,
}

/// How large a chart is, and what has room there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Size {
    /// Its name in the style.
    pub(super) name: &'static str,
    /// In pixels.
    pub(super) width: u32,
    /// In pixels.
    pub(super) height: u32,
    x_ticks: usize,
    y_ticks: usize,
}

/// For a screen or a sheet, and for a telephone: text has to stay as large.
pub(super) const SIZES: [Size; 2] = [
    Size { name: "wide", width: 960, height: 380, x_ticks: 12, y_ticks: 10 },
    Size { name: "narrow", width: 380, height: 300, x_ticks: 5, y_ticks: 6 },
];

/// How many units of the drawing make a pixel: it has whole numbers only.
const FINE: u32 = 2;

/// The sizes in pixels of text, of the room for labels below and beside the axes, and of what is free around them.
const FONT: u32 = 16;
const BELOW: u32 = 46;
const BESIDE: u32 = 66;
const FREE: u32 = 14;

impl Chart {
    /// Draws it. There is no text in it but what the axes have.
    ///
    /// # Errors
    ///
    /// The library could not do it.
    pub(super) fn draw(&self, size: &Size) -> Result<String, PageError> {
        let mut svg = String::new();
        self.draw_into(&mut svg, size)
            .map_err(|error| PageError::Chart { chart: self.title.clone(), reason: error.to_string() })?;
        Ok(svg)
    }

    fn draw_into(&self, svg: &mut String, size: &Size) -> Result<(), Box<dyn std::error::Error>> {
        let area = SVGBackend::with_string(svg, (size.width * FINE, size.height * FINE)).into_drawing_area();
        let (x, y) = (Axis::new(self.x, size.x_ticks), Axis::new(self.y, size.y_ticks));
        let foot = y.range().start;
        let mut drawing = ChartBuilder::on(&area)
            .margin_top(FREE * FINE)
            .margin_right(FREE * 2 * FINE)
            .x_label_area_size(BELOW * FINE)
            .y_label_area_size(BESIDE * FINE)
            .build_cartesian_2d(x, y)?;
        drawing
            .configure_mesh()
            .axis_style(ink::AXIS.stroke_width(FINE))
            .bold_line_style(ink::GRID.stroke_width(FINE))
            .max_light_lines(0)
            .label_style(("sans-serif", FONT * FINE, &ink::TEXT))
            .axis_desc_style(("sans-serif", FONT * FINE, &ink::TEXT))
            .x_desc(self.across)
            .draw()?;
        // The first line is the most important one: it lies above the others.
        for line in self.lines.iter().rev() {
            let colour = line.ink.rgb();
            let at = |(x, y): (f64, f64)| (x, self.y.position(y));
            let points = || line.points.iter().copied().map(at);
            drawing.draw_series(LineSeries::new(points(), colour.stroke_width(2 * FINE)))?;
            let alone = line.points.len() == 1;
            let dots = points().next_back().filter(|_| self.dots || alone);
            drawing.draw_series(dots.map(|point| Circle::new(point, 3 * FINE, colour.filled())))?;
        }
        let faults = self.faults.iter().map(|x| (*x, foot));
        drawing.draw_series(faults.map(|point| TriangleMarker::new(point, 7 * FINE, ink::FAULT.filled())))?;
        drop(drawing);
        area.present()?;
        drop(area);
        Ok(())
    }

    /// What the chart tells whoever does not see it: the highest value of each line.
    pub(super) fn description(&self) -> String {
        let highest = |line: &Line| line.points.iter().map(|(_, y)| *y).fold(0.0, f64::max);
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|line| format!("{}: at most {}", line.name, self.y.unit().show(highest(line))))
            .collect();
        format!("{}. {}", lines.join("; "), self.note)
    }
}

/// An axis as the library asks for it.
struct Axis {
    range: (f64, f64),
    ticks: Vec<Tick>,
}

impl Axis {
    fn new(scale: Scale, most_ticks: usize) -> Self {
        Self { range: scale.range(), ticks: scale.ticks(most_ticks) }
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let part = (value - self.range.0) / (self.range.1 - self.range.0);
        from + (part * f64::from(to - from)).round() as i32
    }

    fn key_points<H: KeyPointHint>(&self, hint: H) -> Vec<f64> {
        // There are no lines between the ticks.
        if hint.weight().allow_light_points() { Vec::new() } else { self.ticks.iter().map(|tick| tick.at).collect() }
    }

    fn range(&self) -> Range<f64> {
        self.range.0..self.range.1
    }
}

impl ValueFormatter<f64> for Axis {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|tick| tick.at == *value).map(|tick| tick.label.clone()).unwrap_or_default()
    }
}
