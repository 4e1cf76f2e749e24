//! The figures of runs as tables.

use super::charts::differ;
use super::names::names;
use crate::report::{Distribution, Report, Unit, percentiles};

/// A table; its first column are names.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// What it shows.
    pub(super) caption: String,
    /// The names of its columns; none where there is one column of values.
    pub(super) heads: Vec<String>,
    /// Its rows.
    pub(super) rows: Vec<Row>,
    /// What is to be known for reading it.
    pub(super) notes: Vec<&'static str>,
}

/// A row of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// What its values are.
    pub(super) name: String,
    /// Its values.
    pub(super) cells: Vec<Cell>,
    /// Whether it tells of something wrong.
    pub(super) wrong: bool,
}

/// A value in a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Cell {
    /// The value.
    pub(super) value: String,
    /// What is said about it, in small; may be nothing.
    pub(super) about: String,
}

impl Cell {
    fn new(value: String) -> Self {
        Self { value, about: String::new() }
    }
}

impl Row {
    /// A row of one value.
    pub(super) fn of(name: impl Into<String>, value: String) -> Self {
        Self { name: name.into(), cells: vec![Cell::new(value)], wrong: false }
    }

    /// A count of what should not be.
    fn fault(name: impl Into<String>, number: u64) -> Self {
        Self { wrong: number > 0, ..Self::of(name, count(number)) }
    }
}

/// How many values a distribution has at least for the percentile to be another than the maximum.
const ENOUGH: [(&str, u64); 3] = [("p90", 10), ("p99", 100), ("p99.9", 1_000)];

const MEANT: &str = "Times are from when each message was meant to be sent; uncorrected, from when it was sent.";

const FEW: &str = "† There are too few values for this percentile: it is the highest one.";

/// The distributions of a run.
pub(super) fn latency(report: &Report) -> Table {
    let mut heads: Vec<String> = percentiles(&Distribution::default()).map(|(name, _)| name.to_owned()).to_vec();
    heads.push("values".to_owned());
    let mut rows = receivers(report);
    rows.push(distribution("sent too late", &report.lateness));
    let few = rows.iter().flat_map(|row| &row.cells).any(|cell| !cell.about.is_empty());
    Table { caption: "Latency".to_owned(), heads, rows, notes: [MEANT].into_iter().chain(few.then_some(FEW)).collect() }
}

/// Each kind of receivers, and below it the same from when the messages were sent, where that is not the same.
fn receivers(report: &Report) -> Vec<Row> {
    let (latency, uncorrected) = (&report.latency, &report.uncorrected);
    let differ = differ(report);
    let kinds = [
        ("last receiver", &latency.last, &uncorrected.last),
        ("each delivery", &latency.all, &uncorrected.all),
        ("median receiver", &latency.median, &uncorrected.median),
        ("first receiver", &latency.first, &uncorrected.first),
    ];
    let rows = |(name, meant, sent): (&str, &Distribution, &Distribution)| {
        let uncorrected = differ.then(|| distribution("— uncorrected", sent));
        std::iter::once(distribution(name, meant)).chain(uncorrected)
    };
    kinds.into_iter().flat_map(rows).collect()
}

fn distribution(name: &str, times: &Distribution) -> Row {
    let value = |(percentile, nanos): (&str, u64)| {
        if times.count == 0 {
            return Cell::new("-".to_owned());
        }
        let few = ENOUGH.iter().any(|(of, enough)| *of == percentile && times.count < *enough);
        Cell { value: time(nanos), about: if few { "†".to_owned() } else { String::new() } }
    };
    let mut cells = percentiles(times).map(value).to_vec();
    cells.push(Cell::new(count(times.count)));
    Row { name: name.to_owned(), cells, wrong: false }
}

/// What became of a run's messages and deliveries, and what generator and server used.
pub(super) fn accounts(report: &Report) -> Vec<Table> {
    let table = |caption: &str, rows| Table { caption: caption.to_owned(), rows, ..Table::default() };
    vec![
        table("Messages", messages(report)),
        table("Deliveries", deliveries(report)),
        table("Generator", generator(report)),
        table("Server", server(report)),
    ]
}

fn messages(report: &Report) -> Vec<Row> {
    let messages = &report.messages;
    let mut rows = vec![Row::of("sent", count(messages.published)), Row::of("accepted", count(messages.accepted))];
    rows.extend(messages.refused.iter().map(|(code, refused)| Row::fault(format!("refused with {code}"), *refused)));
    rows.extend([
        Row::fault("unanswered", messages.unanswered),
        Row::fault("never sent", messages.unsent),
        Row::of("held up by the server", count(messages.held)),
        Row::of("not to everybody", count(messages.incomplete)),
    ]);
    rows
}

fn deliveries(report: &Report) -> Vec<Row> {
    let (deliveries, tally) = (&report.deliveries, &report.deliveries.tally);
    let mut rows = vec![
        Row::of("owed", count(deliveries.owed)),
        Row::of("received", count(tally.received)),
        Row::of("elapsed", time(deliveries.elapsed_ns)),
        Row::of("rate", Unit::Rate.show(deliveries.per_second)),
        Row::fault("lost", tally.lost),
        Row::fault("repeated", tally.repeated),
        Row::fault("reordered", tally.reordered),
        Row::fault("corrupt", tally.corrupt),
        Row::fault("cut off", tally.cut),
        Row::of("missed (GAP)", count(tally.missed)),
        Row::of("of others", count(tally.foreign)),
    ];
    let ended = |(reason, number): (&String, &u64)| Row::fault(format!("connections ended: {reason}"), *number);
    rows.extend(report.disconnected.iter().map(ended));
    rows
}

fn generator(report: &Report) -> Vec<Row> {
    let (generator, lateness) = (&report.generator, &report.lateness);
    vec![
        Row::of("clients joined", count(report.connects.count.into())),
        Row::of("joining took", time(report.connects.elapsed_ns)),
        Row::of("ran", format!("{} of a core", Unit::Share.show(generator.cpu_share))),
        Row::of("waited for a core", Unit::Share.show(generator.waited_share)),
        Row::of("late, p99", time(lateness.p99_ns)),
        Row::of("late, max", time(lateness.max_ns)),
        Row::of("deliveries to a read", format!("{:.1}", report.deliveries.per_read)),
    ]
}

fn server(report: &Report) -> Vec<Row> {
    let Some(server) = &report.server else {
        return vec![Row::of("process", "not on this machine, or not to be seen".to_owned())];
    };
    let cores = if report.deliveries.elapsed_ns == 0 {
        0.0
    } else {
        server.cpu_ns as f64 / report.deliveries.elapsed_ns as f64
    };
    vec![
        Row::of("process", server.pid.to_string()),
        Row::of("processor time", time(server.cpu_ns)),
        Row::of("ran", format!("{} of a core", Unit::Share.show(cores))),
        Row::of("for a delivery", Unit::Time.show(server.cpu_per_delivery_ns)),
        Row::of("memory before", Unit::Size.show(server.memory_before as f64)),
        Row::of("memory, all joined", Unit::Size.show(server.memory_joined as f64)),
        Row::of("for a connection", Unit::Size.show(server.memory_per_connection)),
    ]
}

/// A figure by which runs are compared.
struct Compared {
    name: &'static str,
    unit: Unit,
    /// `None` where it is not known.
    of: fn(&Report) -> Option<f64>,
}

/// A percentile; of nothing there is none.
fn percentile(times: &Distribution, nanos: u64) -> Option<f64> {
    (times.count > 0).then_some(nanos as f64)
}

const COMPARED: [Compared; 9] = [
    Compared { name: "last p50", unit: Unit::Time, of: |run| percentile(&run.latency.last, run.latency.last.p50_ns) },
    Compared { name: "last p99", unit: Unit::Time, of: |run| percentile(&run.latency.last, run.latency.last.p99_ns) },
    Compared { name: "last max", unit: Unit::Time, of: |run| percentile(&run.latency.last, run.latency.last.max_ns) },
    Compared { name: "each p50", unit: Unit::Time, of: |run| percentile(&run.latency.all, run.latency.all.p50_ns) },
    Compared { name: "each p99", unit: Unit::Time, of: |run| percentile(&run.latency.all, run.latency.all.p99_ns) },
    Compared { name: "each p99.9", unit: Unit::Time, of: |run| percentile(&run.latency.all, run.latency.all.p999_ns) },
    Compared { name: "deliveries", unit: Unit::Rate, of: |run| Some(run.deliveries.per_second) },
    Compared {
        name: "CPU for a delivery",
        unit: Unit::Time,
        of: |run| run.server.as_ref().map(|server| server.cpu_per_delivery_ns),
    },
    Compared {
        name: "memory for a connection",
        unit: Unit::Size,
        of: |run| run.server.as_ref().map(|server| server.memory_per_connection),
    },
];

/// Several runs beside each other, with ratios to the first.
pub(super) fn comparison(runs: &[Report]) -> Table {
    let row = |(at, (report, name)): (usize, (&Report, String))| {
        let cell = |compared: &Compared| {
            let (value, first) = ((compared.of)(report), (compared.of)(&runs[0]));
            let about = match (value, first) {
                (Some(value), Some(first)) if at > 0 && first != 0.0 => format!("×{:.2}", value / first),
                _ => String::new(),
            };
            Cell { value: value.map_or("-".to_owned(), |value| compared.unit.show(value)), about }
        };
        let mut cells = vec![Cell::new(verdict(report))];
        cells.extend(COMPARED.iter().map(cell));
        Row { name, cells, wrong: !(report.clean && report.valid) }
    };
    let mut heads = vec!["verdict".to_owned()];
    heads.extend(COMPARED.iter().map(|compared| compared.name.to_owned()));
    Table {
        caption: "The runs, with ratios to the first".to_owned(),
        heads,
        rows: runs.iter().zip(names(runs)).enumerate().map(row).collect(),
        notes: vec![
            "last: the last receiver of each message; each: each delivery. Times are from when the messages were meant to be \
               sent. CPU and memory are the server's.",
        ],
    }
}

fn verdict(report: &Report) -> String {
    let mut words = vec![if report.clean { "clean" } else { "not clean" }];
    if !report.valid {
        words.push("invalid");
    }
    if report.interrupted {
        words.push("interrupted");
    }
    words.join(", ")
}

fn time(nanos: u64) -> String {
    Unit::Time.show(nanos as f64)
}

/// A count, as it is written everywhere.
pub(super) fn count(number: u64) -> String {
    Unit::Count.show(number as f64)
}
