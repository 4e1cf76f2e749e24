//! What Prometheus reads while a run goes on.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use fanfare_loadgen::live::{Exporter, Facts};
use fanfare_loadgen::report::Report;
use fanfare_loadgen::{Controls, Load, Measured, Plan, run};
use fanfare_tests::{PATIENCE, TestServer, eventually};

use crate::double::{Double, Fault};
use crate::program::{Running, loadgen};

/// Samples by name and labels, as they were written.
type Samples = BTreeMap<String, f64>;

fn exporter() -> Exporter {
    Exporter::start(([127, 0, 0, 1], 0).into()).expect("a free port")
}

fn plan(address: SocketAddr) -> Plan {
    Plan { clients: 4, load: Load::Rate(100.0), settle: Duration::ZERO, drain: PATIENCE, ..Plan::new(address) }
}

/// Stops a run when it goes out of scope.
struct Stop<'c>(&'c Controls);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
    }
}

/// What comes in answer to octets.
fn ask(address: SocketAddr, octets: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    stream.write_all(octets).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers, and ends the connection");
    answer
}

fn scrape(address: SocketAddr) -> Samples {
    let answer = ask(address, b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\nContent-Type: application/openmetrics-text; version=1.0.0"), "{head}");
    assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
    parse(body)
}

/// Reads the text format, and what it demands: each sample belongs to the family before it, and none comes twice.
fn parse(text: &str) -> Samples {
    let lines = text.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("no end in {text}")).lines();
    let (mut samples, mut families, mut family) = (Samples::new(), Vec::new(), (String::new(), String::new()));
    for line in lines {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, _] => {
                assert!(!families.contains(&name), "{name} comes twice in {text}");
                families.push(name);
                family = (name.to_owned(), String::new());
            }
            ["#", "TYPE", name, kind] if name == family.0 => family.1 = kind.to_owned(),
            ["#", "UNIT", name, unit] => assert!(name == family.0 && name.ends_with(unit), "{line}"),
            _ => {
                let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line:?}"));
                let name = series.split('{').next().expect("there is a first part");
                let suffix = name.strip_prefix(&*family.0).unwrap_or_else(|| panic!("{line:?} in {family:?}"));
                let suffixes: &[&str] = match &*family.1 {
                    "counter" => &["_total"],
                    "gauge" => &[""],
                    "info" => &["_info"],
                    "histogram" => &["_bucket", "_count", "_sum"],
                    other => panic!("a {other}"),
                };
                assert!(suffixes.contains(&suffix), "{line:?} in {family:?}");
                let value = value.parse().unwrap_or_else(|_| panic!("{line:?}"));
                assert_eq!(samples.insert(series.to_owned(), value), None, "{line:?} comes twice");
            }
        }
    }
    samples
}

/// Whether what a sample counts never becomes less.
fn is_counter(series: &str) -> bool {
    ["_total", "_bucket", "_count", "_sum"]
        .iter()
        .any(|end| series.split('{').next().is_some_and(|name| name.ends_with(end)))
}

#[track_caller]
fn get(samples: &Samples, series: &str) -> f64 {
    *samples.get(series).unwrap_or_else(|| panic!("no {series} in {samples:#?}"))
}

/// Whether the final samples are what the report says.
#[track_caller]
fn assert_same(samples: &Samples, measured: &Measured) {
    let report = Report::from(measured);
    let (messages, tally) = (&report.messages, &report.deliveries.tally);
    let fault = |name: &str| format!("loadgen_faults_total{{fault=\"{name}\"}}");
    for (series, number) in [
        ("loadgen_connections_joined_total".to_owned(), report.connects.count.into()),
        ("loadgen_messages_published_total".to_owned(), messages.published),
        ("loadgen_messages_accepted_total".to_owned(), messages.accepted),
        ("loadgen_deliveries_total".to_owned(), tally.received),
        ("loadgen_received_octets_total".to_owned(), tally.octets),
        (fault("lost"), tally.lost),
        (fault("cut"), tally.cut),
        (fault("repeated"), tally.repeated),
        (fault("reordered"), tally.reordered),
        (fault("corrupt"), tally.corrupt),
        (fault("refused"), messages.refused.values().sum()),
        (fault("unsent"), messages.unsent),
        (fault("disconnected"), report.disconnected.values().sum()),
        ("loadgen_delivery_latency_seconds_count".to_owned(), report.latency.all.count),
        ("loadgen_delivery_latency_seconds_bucket{le=\"+Inf\"}".to_owned(), report.latency.all.count),
        ("loadgen_last_receiver_latency_seconds_count".to_owned(), report.latency.last.count),
    ] {
        assert_eq!(get(samples, &series), number as f64, "{series}");
    }
    let sum = report.latency.all.mean_ns * report.latency.all.count as f64 / 1e9;
    let served = get(samples, "loadgen_delivery_latency_seconds_sum");
    assert!((served - sum).abs() <= sum / 1_000.0, "{served} is not {sum}");
}

#[test]
fn counters_never_fall_and_end_as_the_report_does() {
    let server = TestServer::with(1, |options| (options.rate_limit, options.octet_rate) = (None, None));
    let (exporter, controls) = (exporter(), Controls::default());
    assert_eq!(scrape(exporter.address()), Samples::new(), "there is no run yet");
    let plan = Plan { duration: Duration::from_secs(3_600), ..plan(server.address()) };
    exporter.show(Facts::from(&plan).headed("a \"label\""), &controls.progress);
    let (measured, scraped) = thread::scope(|scope| {
        let running = scope.spawn(|| run(&plan, &controls));
        // A test that fails must not wait for the end of a run that has none.
        let stop = Stop(&controls);
        let mut scraped = vec![scrape(exporter.address())];
        eventually("the times of deliveries are served while it goes on", || {
            scraped.push(scrape(exporter.address()));
            let now = scraped.last()?;
            let is_sending = get(now, "loadgen_phase{phase=\"load\"}") == 1.0;
            (is_sending && get(now, "loadgen_last_receiver_latency_seconds_count") > 0.0).then_some(())
        });
        drop(stop);
        let measured = running.join().expect("it does not panic").expect("there is a server");
        scraped.push(scrape(exporter.address()));
        (measured, scraped)
    });
    for two in scraped.windows(2) {
        for (series, before) in two[0].iter().filter(|(series, _)| is_counter(series)) {
            // That of a thread that has ended is not known any more.
            if let Some(after) = two[1].get(series) {
                assert!(after >= before, "{series} was {before} and is {after}");
            }
        }
    }
    let last = scraped.last().expect("there are some");
    assert_same(last, &measured);
    assert!(measured.published > 0 && get(last, "loadgen_messages_published_total") > 0.0);
    assert_eq!(get(last, "loadgen_phase{phase=\"over\"}"), 1.0);
    assert_eq!(get(last, "loadgen_target_rate"), 100.0);
    assert_eq!(get(last, "loadgen_connected_clients"), 4.0);
    let labels = "label=\"a \\\"label\\\"\",clients=\"4\",publishers=\"1\",rooms=\"1\",size=\"64\"";
    assert_eq!(get(last, &format!("loadgen_run_info{{target=\"{}\",{labels}}}", server.address())), 1.0);
    let of_generator = |samples: &&Samples| samples.contains_key("loadgen_generator_cpu_seconds_total");
    assert!(scraped.iter().any(|samples| of_generator(&samples)), "{last:#?}");
}

#[test]
fn each_fault_is_counted_by_its_name() {
    for (fault, name, number) in [
        (Fault::Drops, "lost", 1.0),
        (Fault::Repeats, "repeated", 1.0),
        (Fault::Reorders, "reordered", 1.0),
        (Fault::CorruptsText, "corrupt", 1.0),
        (Fault::Refuses, "refused", 1.0),
        (Fault::Disconnects, "disconnected", 1.0),
        (Fault::Disconnects, "cut", 6.0),
    ] {
        let server = Double::start(fault);
        let (exporter, controls) = (exporter(), Controls::default());
        let plan = Plan { duration: Duration::from_millis(100), ..plan(server.address().parse().expect("an address")) };
        exporter.show(Facts::from(&plan), &controls.progress);
        let measured = run(&plan, &controls).expect("there is a server");
        let samples = scrape(exporter.address());
        assert_same(&samples, &measured);
        assert_eq!(get(&samples, &format!("loadgen_faults_total{{fault=\"{name}\"}}")), number, "{fault:?}");
    }
}

#[test]
fn who_only_publishes_is_neither_a_client_nor_cut_off() {
    let server = TestServer::with(1, |options| (options.rate_limit, options.octet_rate) = (None, None));
    let (exporter, controls) = (exporter(), Controls::default());
    let plan = plan(server.address());
    let plan = Plan { duration: Duration::from_millis(100), publishers: 3, apart: true, ..plan };
    exporter.show(Facts::from(&plan), &controls.progress);
    run(&plan, &controls).expect("there is a server");
    let samples = scrape(exporter.address());
    assert_eq!(get(&samples, "loadgen_connections_joined_total"), 7.0);
    assert_eq!(get(&samples, "loadgen_connected_clients"), 4.0);
    assert_eq!(get(&samples, "loadgen_faults_total{fault=\"disconnected\"}"), 0.0);
}

#[test]
fn what_is_not_asked_for_properly_is_refused() {
    let exporter = exporter();
    for (request, status) in [
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "404 Not Found"),
        ("POST /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", "405 Method Not Allowed"),
        ("\x01\x02\x03\r\n\r\n", "400 Bad Request"),
        // The last octet that is read, so that the end of the connection loses nothing.
        (&format!("GET /metrics HTTP/1.1\r\nX: {}", "x".repeat(8_192 - 26)), "431 Request Header Fields Too Large"),
    ] {
        let answer = ask(exporter.address(), request.as_bytes());
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{answer} to {request}");
        scrape(exporter.address());
    }
}

#[test]
fn who_stalls_stops_neither_the_next_one_nor_the_end() {
    let exporter = exporter();
    let address = exporter.address();
    let stalled = |octets: &[u8]| {
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.write_all(octets).expect("it is connected");
        stream
    };
    let stalling = [stalled(b""), stalled(b"GET /met"), stalled(b"GET /metrics HTTP/1.1\r\nHost:")];
    scrape(address);
    let more = stalled(b"GET");
    drop(exporter);
    // Nobody listens there any more, but for programs that other tests are just starting: these have copies of all
    // descriptors until they run.
    eventually("it is free again", || TcpListener::bind(address).ok());
    drop((stalling, more));
}

#[test]
fn an_address_that_is_taken_is_named_before_the_run() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    // There is no server either: that would be found out later.
    let ended = loadgen(&["--target=127.0.0.1:1", &format!("--prometheus={address}")]);
    assert_eq!((ended.code, ended.errors.lines().count()), (Some(3), 1), "{ended:?}");
    assert!(ended.errors.contains(&format!("can't serve metrics at {address}")), "{ended:?}");
    let ended = loadgen(&["--prometheus=nowhere"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.errors.contains("such as 127.0.0.1:9464"), "{ended:?}");
}

#[test]
fn the_program_says_where_its_metrics_are() {
    let server = TestServer::start(1);
    let address = server.address().to_string();
    let arguments =
        ["--target", &*address, "--clients=4", "--duration=1h", "--settle=0s", "--prometheus=127.0.0.1:0", "--quiet"];
    let mut running = Running::start(&arguments);
    let line = running.says("loadgen: metrics at http://").to_owned();
    let metrics = line.trim_end().trim_start_matches("loadgen: metrics at http://").trim_end_matches("/metrics");
    let metrics: SocketAddr = metrics.parse().unwrap_or_else(|_| panic!("{line:?}"));
    assert!(metrics.ip().is_loopback());
    eventually("it sends", || {
        scrape(metrics).get("loadgen_messages_published_total").is_some_and(|number| *number > 0.0).then_some(())
    });
    running.ends_by("INT");
    assert!(TcpStream::connect(metrics).is_err(), "it ends with the program");
}
