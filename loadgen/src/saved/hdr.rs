//! The interval log of HdrHistogram, version 1.3: one line for each distribution and stretch of time.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, IntervalLogWriterBuilder, LogEntry, Tag};

use crate::packed::{Packed, Packer};
use crate::report::Report;
use crate::report::histograms::{Set, Stored};

/// What the tools of HdrHistogram divide a line's greatest value by: it is shown in milliseconds.
const MILLI: f64 = 1e6;

/// A log.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Log {
    /// When it begins, since 1970 in UTC. The intervals count from then.
    pub start: Duration,
    /// In the order of their beginnings.
    pub intervals: Vec<Interval>,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Interval {
    /// What it is a distribution of; empty where the line does not say.
    pub tag: String,
    /// When it began.
    pub start: Duration,
    /// How long it lasted.
    pub length: Duration,
    /// Nanoseconds.
    pub times: Packed,
}

/// A log that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// It is none.
    #[error(
        "{} is neither a saved run nor an HDR log: its octet {offset} begins no line of one; they are what `loadgen --json FILE` and \
         `loadgen --hdr FILE` write",
        file.display()
    )]
    Form {
        /// The file.
        file: PathBuf,
        /// How many octets of it could be read.
        offset: usize,
    },
    /// A line has no histogram, or one that this program can't hold.
    #[error("line {line} of distributions in {} can't be used: {reason}", file.display())]
    Histogram {
        /// The file.
        file: PathBuf,
        /// Which of those that have one, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// The log of a run. `all` and `last` have a line for each part of its time, and the others one for the whole run.
pub fn log(report: &Report) -> Log {
    let mut packer = Packer::default();
    let mut intervals = Vec::new();
    let whole = Duration::from_nanos(report.series.moments.last().map_or(0, |moment| moment.at_ns));
    let (corrected, uncorrected) = (&report.histograms.corrected, &report.histograms.uncorrected);
    let Set { first, median, .. } = corrected;
    let Set { all, last, .. } = uncorrected;
    for (tag, Stored(times)) in
        [("first", first), ("median", median), ("uncorrected-all", all), ("uncorrected-last", last)]
    {
        let times = packer.pack(times);
        intervals.push(Interval { tag: tag.to_owned(), start: Duration::ZERO, length: whole, times });
    }
    let mut start = Duration::ZERO;
    for (moment, spread) in report.series.moments.iter().zip(&report.histograms.parts) {
        let end = Duration::from_nanos(moment.at_ns);
        for (tag, times) in [("all", &spread.all), ("last", &spread.last)] {
            let length = end.saturating_sub(start);
            intervals.push(Interval { tag: tag.to_owned(), start, length, times: times.clone() });
        }
        start = end;
    }
    Log { start: Duration::from_millis(report.run.started_ms), intervals }
}

impl Log {
    /// Writes it as the tools of HdrHistogram read it.
    pub fn write(&self) -> Vec<u8> {
        const TAKEN: &str = "a vector takes everything, and each count";
        let (mut octets, mut serializer) = (Vec::new(), V2DeflateSerializer::new());
        let start = UNIX_EPOCH + self.start;
        IntervalLogWriterBuilder::new()
            .add_comment("[Histogram log format version 1.3]")
            .add_comment(concat!("[loadgen ", env!("CARGO_PKG_VERSION"), "; values are nanoseconds]"))
            .with_start_time(start)
            .with_base_time(start)
            .begin_log_with(&mut octets, &mut serializer)
            .expect(TAKEN);
        let legend = "\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n";
        octets.extend_from_slice(legend.as_bytes());
        let mut lines = IntervalLogWriterBuilder::new();
        let mut lines = lines.with_max_value_divisor(MILLI).begin_log_with(&mut octets, &mut serializer).expect(TAKEN);
        for interval in &self.intervals {
            let tag = Some(&*interval.tag).filter(|tag| !tag.is_empty()).and_then(Tag::new);
            lines.write_histogram(&interval.times.unpack(), interval.start, interval.length, tag).expect(TAKEN);
        }
        octets
    }

    /// Reads one, of whichever program; the file is that of its errors.
    ///
    /// # Errors
    ///
    /// It is none, or has a distribution of something else than nanoseconds up to an hour.
    pub fn parse(file: &Path, octets: &[u8]) -> Result<Self, LogError> {
        let (mut log, mut base, mut start) = (Self::default(), None, None);
        for entry in IntervalLogIterator::new(octets) {
            let entry = entry.map_err(|error| {
                let hdrhistogram::serialization::interval_log::LogIteratorError::ParseError { offset } = error;
                LogError::Form { file: file.to_owned(), offset }
            })?;
            match entry {
                LogEntry::StartTime(time) => start = start.or(Some(time)),
                LogEntry::BaseTime(time) => base = base.or(Some(time)),
                LogEntry::Interval(line) => {
                    let failed =
                        |reason| LogError::Histogram { file: file.to_owned(), line: log.intervals.len() + 1, reason };
                    let octets =
                        STANDARD.decode(line.encoded_histogram()).map_err(|error| failed(error.to_string()))?;
                    let times = Stored::from_octets(&octets).map_err(failed)?;
                    log.intervals.push(Interval {
                        tag: line.tag().map_or_else(String::new, |tag| tag.as_str().to_owned()),
                        start: line.start_timestamp(),
                        length: line.duration(),
                        times: times.into(),
                    });
                }
            }
        }
        log.place(base.or(start));
        Ok(log)
    }

    /// Counts the intervals from when the log begins. Without a time to count from, they count from 1970; so they do, too,
    /// where they are as late as that time itself, as the reader of HdrHistogram has it.
    fn place(&mut self, said: Option<Duration>) {
        self.intervals.sort_by_key(|interval| interval.start);
        let first = self.intervals.first().map_or(Duration::ZERO, |interval| interval.start);
        let year = Duration::from_secs(365 * 24 * 3_600);
        match said {
            Some(said) if first.saturating_add(year) < said => self.start = said,
            _ => {
                self.start = first;
                for interval in &mut self.intervals {
                    interval.start -= first;
                }
            }
        }
    }

    /// What the log has of each tag, over all its time, in the order of the tags' names.
    pub fn summary(&self) -> String {
        let mut tags: Vec<&str> = self.intervals.iter().map(|interval| &*interval.tag).collect();
        tags.sort_unstable();
        tags.dedup();
        let mut text = String::new();
        for tag in tags {
            let of_tag = self.intervals.iter().filter(|interval| interval.tag == tag);
            let sum = of_tag.fold(Packed::default(), |sum, interval| sum.plus(&interval.times));
            // Writing to a string does not fail.
            let _ = writeln!(text, "{tag:<18}{}", crate::report::line(&(&sum.unpack()).into()));
        }
        text
    }
}
