//! Who reads in plain mode sees each message after the first, or is told how many it missed, up to what is due.

use std::collections::{BTreeMap, HashMap};

use super::known::texts_of;
use super::violation::{Rule, Violation, beginning};
use crate::durability::record::{History, PlainLine, Reading, Record};

/// What is known of a room, for who follows the lines.
struct Known<'r> {
    record: &'r Record,
    room: &'r str,
    /// Who said the messages whose numbers are known, and what.
    messages: BTreeMap<u64, (&'r str, &'r str)>,
    /// Where each line of somebody stands: in which number, and as which of its lines.
    places: HashMap<(&'r str, &'r str), Vec<(u64, usize)>>,
    /// Of each line that somebody wanted to say: which it is of its message, and of how many.
    said: HashMap<(&'r str, &'r str), (usize, usize)>,
}

/// Appends what is wrong with what was read in plain mode.
pub(super) fn check(record: &Record, found: &mut Vec<Violation>) {
    for room in record.histories.keys() {
        let readings: Vec<_> = record.readings.iter().filter(|reading| reading.room == *room).collect();
        if readings.is_empty() {
            continue;
        }
        let known = Known::of(record, room);
        for reading in readings {
            if let Err((seq, what)) = known.judge(reading) {
                let what = format!("{} in {room}: {what}", reading.who);
                found.push(Violation::at(Rule::Plain, record, room, seq, what));
            }
        }
    }
}

impl<'r> Known<'r> {
    fn of(record: &'r Record, room: &'r str) -> Self {
        let messages = texts_of(record, room);
        let mut places: HashMap<_, Vec<_>> = HashMap::new();
        for (&seq, &(name, text)) in &messages {
            for (index, line) in text.split('\n').enumerate() {
                places.entry((name, line)).or_default().push((seq, index));
            }
        }
        let mut said = HashMap::new();
        for publisher in &record.publishers {
            for text in publisher.said.iter().filter(|said| said.room == room).map(|said| &said.text) {
                let lines = text.split('\n').count();
                let indexed = text.split('\n').enumerate();
                said.extend(indexed.map(|(index, line)| ((publisher.name.as_str(), line), (index, lines))));
            }
        }
        Self { record, room, messages, places, said }
    }

    /// Where a reading goes wrong, and how.
    fn judge(&self, reading: &Reading) -> Result<(), (u64, String)> {
        // What expired with its id can have been said again: then a line has two places, and one can begin at either.
        let begins = reading.lines.iter().find_map(|line| match line {
            PlainLine::Said { name, text } => self.places.get(&(name.as_str(), text.as_str())).map(Vec::len),
            PlainLine::Missed(_) => None,
        });
        let mut judged = self.follow(reading, 0);
        for begin in 1..begins.unwrap_or(1) {
            judged = judged.or_else(|_| self.follow(reading, begin));
        }
        judged
    }

    /// Follows the lines through the numbers, from the first on; its first known line stands in that of its places.
    fn follow(&self, reading: &Reading, begin: usize) -> Result<(), (u64, String)> {
        // Which number and which of its lines is due; unknown before the first line.
        let mut due: Option<(u64, usize)> = None;
        // How many numbers came before the first known line.
        let mut before = 0;
        for line in &reading.lines {
            let last = due.map_or(0, |(seq, _)| seq);
            match line {
                PlainLine::Missed(count) if !self.record.rules.passes => {
                    return Err((last, format!("{count} were missed, and nobody can be passed")));
                }
                PlainLine::Missed(count) => match &mut due {
                    None => before += count,
                    Some((seq, 0)) => *seq += count,
                    // A gap stands between messages.
                    Some(_) => return Err((last, format!("{count} were missed in the middle of {last}"))),
                },
                PlainLine::Said { name, text } => {
                    let key = (name.as_str(), text.as_str());
                    let forgotten = self.said.get(&key).copied().filter(|(index, _)| self.is_forgotten(due, *index));
                    match (self.place(key, due, begin, forgotten.is_some()), forgotten) {
                        (Some(place), _) => {
                            // A reading begins with a whole message.
                            let (due_seq, due_index) = due.unwrap_or((place.0, 0));
                            if place != (due_seq, due_index) {
                                let (seq, index) = place;
                                let what =
                                    format!("line {index} of {seq} came when line {due_index} of {due_seq} was due");
                                return Err((seq, what));
                            }
                            if due.is_none() {
                                self.begin(reading, place.0.saturating_sub(before))?;
                            }
                            due = Some(self.behind(place, forgotten.map_or(1, |(_, lines)| lines)));
                        }
                        // Nobody knows its number.
                        (None, Some((index, lines))) => before += u64::from(index + 1 == lines),
                        (None, None) => {
                            return Err((last, format!("{name}: {} is not in the history", beginning(text))));
                        }
                    }
                }
            }
        }
        self.end(reading, due.map(|(seq, _)| seq))
    }

    /// Where a line of somebody stands: where it is due, if that can be.
    fn place(
        &self,
        line: (&str, &str),
        due: Option<(u64, usize)>,
        begin: usize,
        forgotten: bool,
    ) -> Option<(u64, usize)> {
        let places = self.places.get(&line).map_or(&[][..], Vec::as_slice);
        match due {
            Some(due) if forgotten || places.contains(&due) => Some(due),
            Some(_) => places.first().copied(),
            None => places.get(begin).or(places.first()).copied(),
        }
    }

    /// Whether a line whose place is not known can have been of a number that is not known any more, and is due.
    fn is_forgotten(&self, due: Option<(u64, usize)>, index: usize) -> bool {
        let oldest = self.record.histories.get(self.room).map_or(0, History::oldest);
        self.record.rules.kept.is_some()
            && due.is_none_or(|(seq, line)| seq < oldest && line == index && !self.messages.contains_key(&seq))
    }

    /// The place behind one; of a message that is not known, this is how many lines it has.
    fn behind(&self, (seq, index): (u64, usize), lines: usize) -> (u64, usize) {
        let lines = self.messages.get(&seq).map_or(lines, |(_, text)| text.split('\n').count());
        if index + 1 < lines { (seq, index + 1) } else { (seq + 1, 0) }
    }

    /// A reading that began with a number: what the reader said itself is not before it.
    fn begin(&self, reading: &Reading, first: u64) -> Result<(), (u64, String)> {
        let is_own = |(_, text): &&(&str, &str)| reading.own.as_deref() == Some(*text);
        match self.messages.iter().find(|(_, message)| is_own(message)) {
            Some((&own, _)) if own < first => Err((own, format!("it began with {first}, and had said {own} there"))),
            _ => Ok(()),
        }
    }

    /// A reading that ended when a number was due.
    fn end(&self, reading: &Reading, due: Option<u64>) -> Result<(), (u64, String)> {
        match due {
            Some(seq) if seq <= reading.due => Err((seq, format!("{seq} never came, and {} was due", reading.due))),
            // It has said something there.
            None if reading.due > 0 => Err((reading.due, format!("no line ever came, and {} was due", reading.due))),
            _ => Ok(()),
        }
    }
}
