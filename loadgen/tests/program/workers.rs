//! One run of several processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use fanfare_tests::{PATIENCE, TestServer};
use serde_json::{Value, json};

use crate::double::{Double, Fault};
use crate::program::{Ended, PATH, deliveries, loadgen};
use crate::schema::{Form, validate};

/// A loadgen of several. It ends with the test.
struct Process {
    child: Child,
    errors: Receiver<String>,
    /// What it has said on standard error.
    said: String,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PATH)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let pipe = BufReader::new(child.stderr.take().expect("it is a pipe"));
        let (sender, errors) = channel();
        thread::spawn(move || pipe.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, errors, said: String::new() }
    }

    /// One that waits for so many workers at a free port, and where that is.
    fn coordinator(workers: &str, arguments: &[&str]) -> (Self, String) {
        let common = ["--workers-listen=0", "--workers", workers, "--settle=0s", "--drain=20s", "--json=-"];
        let mut coordinator = Self::start(&[&common[..], arguments].concat());
        let address = coordinator.says("loadgen --join ").rsplit(' ').next().expect("a word").to_owned();
        (coordinator, address)
    }

    /// Waits for a line with such words.
    #[track_caller]
    fn says(&mut self, words: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.errors.recv_timeout(left);
            let line = line.unwrap_or_else(|error| panic!("{error}: no {words:?} in {}", self.said));
            self.said += &line;
            self.said.push('\n');
            if line.contains(words) {
                return line;
            }
        }
    }

    /// Waits for its end.
    #[track_caller]
    fn ended(mut self) -> Ended {
        let mut pipe = self.child.stdout.take().expect("it is a pipe");
        let reading = thread::spawn(move || {
            let mut output = String::new();
            pipe.read_to_string(&mut output).map(|_| output)
        });
        let deadline = Instant::now() + PATIENCE + PATIENCE;
        while self.child.try_wait().expect("it is ours").is_none() {
            assert!(Instant::now() < deadline, "it does not end: {}", self.said);
            thread::sleep(Duration::from_millis(10));
        }
        let output = reading.join().expect("it ends").expect("it writes UTF-8");
        let code = self.child.wait().expect("it has ended").code();
        // The pipe has ended too.
        let rest: Vec<String> = self.errors.iter().collect();
        Ended { code, output, errors: format!("{}{}", self.said, rest.join("\n")) }
    }

    fn signal(&self, signal: &str) {
        let kill = format!("kill -s {signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().expect("there is a shell").success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn server() -> TestServer {
    TestServer::with(2, |options| (options.rate_limit, options.octet_rate) = (None, None))
}

fn parsed(ended: &Ended) -> Value {
    serde_json::from_str(&ended.output).unwrap_or_else(|error| panic!("{error}: {ended:?}"))
}

#[test]
fn a_run_of_three_processes_is_one_run() {
    let server = server();
    let target = server.address().to_string();
    let run = ["--target", &target, "--clients=30", "--publishers=3", "--rate=100", "--duration=500ms"];
    let (mut coordinator, address) = Process::coordinator("2", &run);
    // Strangers change nothing.
    let mut stranger = TcpStream::connect(&address).expect("somebody listens");
    stranger.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("it is read");
    let silent = TcpStream::connect(&address).expect("somebody listens");
    coordinator.says("it said what is no message");
    let one = Process::start(&["--join", &address, "--label=one"]);
    let two = Process::start(&["--join", &address, "--label=two"]);
    let ended = coordinator.ended();
    drop(silent);
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    assert!(ended.errors.contains("2 of 2 workers"), "{ended:?}");
    let report = parsed(&ended);
    validate(Form::Report, &report);
    assert_eq!(report["clean"], true, "{report:#}");
    let run = &report["run"];
    assert_eq!((&run["clients"], &run["publishers"], &run["processes"]), (&30.into(), &3.into(), &3.into()));
    assert_eq!((&run["load"]["rate"], &report["workload"]["clients"]), (&100.0.into(), &30.into()));
    assert_eq!((&report["messages"]["published"], &report["messages"]["incomplete"]), (&50.into(), &0.into()));
    assert_eq!((deliveries(&report, "owed"), deliveries(&report, "received")), (1_500, 1_500));
    let (all, last) = (&report["latency"]["all"], &report["latency"]["last"]);
    assert_eq!((&all["count"], &last["count"], &report["connects"]["count"]), (&1_500.into(), &50.into(), &30.into()));
    // Nobody has a message later than its last receiver, and the histogram is exact to three digits.
    assert_eq!(last["max_ns"], all["max_ns"], "{report:#}");
    let workers = run["workers"].as_array().expect("there are some");
    let mut names: Vec<_> = workers.iter().map(|worker| worker["name"].as_str().expect("a name")).collect();
    names.sort_unstable();
    assert_eq!(names, ["one", "two"]);
    assert!(workers.iter().all(|worker| worker["clients"] == 10 && worker["clock_error_ns"].as_u64() > Some(0)));
    for (worker, label) in [(one, "one"), (two, "two")] {
        let ended = worker.ended();
        assert!(matches!(ended.code, Some(0 | 5)), "{label}: {ended:?}");
        assert!(ended.output.contains("500 of 500"), "{label}: {ended:?}");
    }
}

#[test]
fn a_server_that_is_started_for_the_run_is_measured_over_all_connections() {
    let run = ["--spawn", "--clients=12", "--rate=100", "--duration=200ms", "--publishers-apart", "--quiet"];
    let (coordinator, address) = Process::coordinator("1", &run);
    let worker = Process::start(&["--join", &address, "--quiet"]);
    let ended = coordinator.ended();
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    let report = parsed(&ended);
    validate(Form::Report, &report);
    assert_eq!((&report["connects"]["count"], deliveries(&report, "received")), (&13.into(), 240));
    let server = &report["server"];
    let number = |name: &str| server[name].as_f64().unwrap_or_else(|| panic!("no {name} in {server}"));
    let grown = number("memory_joined") - number("memory_before");
    assert!((number("memory_per_connection") - grown.max(0.0) / 13.0).abs() < 1e-6, "{server}");
    assert!((number("cpu_per_delivery_ns") - number("cpu_ns") / 240.0).abs() < 1e-6, "{server}");
    let ended = worker.ended();
    assert!(matches!(ended.code, Some(0 | 5)) && ended.errors.is_empty(), "{ended:?}");
}

#[test]
fn a_loss_at_a_worker_is_in_the_report_and_in_its_own_code() {
    // It happens to the client of number 1, which is the worker's.
    let server = Double::start(Fault::Drops);
    let target = server.address();
    let (coordinator, address) =
        Process::coordinator("1", &["--target", &target, "--clients=2", "--rate=100", "--duration=100ms"]);
    let worker = Process::start(&["--join", &address]);
    let ended = coordinator.ended();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let report = parsed(&ended);
    validate(Form::Report, &report);
    assert_eq!((deliveries(&report, "lost"), deliveries(&report, "received")), (1, 19));
    assert_eq!((&report["messages"]["incomplete"], &report["latency"]["last"]["count"]), (&1.into(), &9.into()));
    assert_eq!(worker.ended().code, Some(1));
}

#[test]
fn a_worker_that_dies_ends_the_run_with_its_name() {
    let server = server();
    let target = server.address().to_string();
    let run = ["--target", &target, "--clients=9", "--rate=20", "--duration=1h"];
    let (mut coordinator, address) = Process::coordinator("2", &run);
    let mut doomed = Process::start(&["--join", &address, "--label=doomed"]);
    let other = Process::start(&["--join", &address, "--label=other"]);
    // Its display says what it has received.
    doomed.says(": sending, ");
    doomed.signal("KILL");
    coordinator.says("the worker doomed has gone");
    let ended = coordinator.ended();
    assert!(ended.code == Some(3) && ended.output.is_empty(), "{ended:?}");
    let ended = other.ended();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.errors.contains("the worker doomed has gone"), "{ended:?}");
}

#[test]
fn a_worker_whose_coordinator_dies_ends() {
    let server = server();
    let target = server.address().to_string();
    let run = ["--target", &target, "--clients=9", "--rate=20", "--duration=1h"];
    let (mut coordinator, address) = Process::coordinator("1", &run);
    let worker = Process::start(&["--join", &address]);
    coordinator.says(": sending, ");
    coordinator.signal("KILL");
    let ended = worker.ended();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.errors.contains("the coordinator has gone"), "{ended:?}");
}

#[test]
fn a_run_that_is_interrupted_ends_everywhere_with_what_was() {
    let server = server();
    let target = server.address().to_string();
    let run = ["--target", &target, "--clients=9", "--rate=200", "--duration=1h"];
    let (mut coordinator, address) = Process::coordinator("1", &run);
    let worker = Process::start(&["--join", &address]);
    coordinator.says(": sending, ");
    coordinator.signal("INT");
    let ended = coordinator.ended();
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    let report = parsed(&ended);
    assert_eq!((&report["interrupted"], &report["clean"]), (&true.into(), &true.into()), "{report:#}");
    let published = report["messages"]["published"].as_u64().expect("a count");
    assert_eq!((deliveries(&report, "owed"), deliveries(&report, "lost")), (9 * published, 0));
    // What it still waited for is lost to itself: only the coordinator knows better.
    assert!(matches!(worker.ended().code, Some(0 | 1 | 5)));
}

#[test]
fn without_enough_workers_there_is_no_run() {
    let server = server();
    let target = server.address().to_string();
    let waiting = ["--target", &*target, "--workers-listen=0", "--workers=2", "--workers-wait=100ms", "--quiet"];
    let ended = loadgen(&waiting);
    assert!(ended.code == Some(3) && ended.output.is_empty(), "{ended:?}");
    assert!(ended.errors.contains("0 of 2 workers were there after 100ms"), "{ended:?}");
    // A port that was just free.
    let nobody = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let ended = loadgen(&["--join", &nobody.to_string(), "--workers-wait=100ms"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.errors.contains("no coordinator answers at"), "{ended:?}");
}

#[test]
fn a_worker_that_cannot_reach_the_server_is_named() {
    // It turns the third connection away: the worker's second.
    let server = Double::start(Fault::TurnsAway);
    let target = server.address();
    let run = ["--target", &target, "--clients=2", "--publishers=1", "--publishers-apart"];
    let (coordinator, address) = Process::coordinator("1", &run);
    let worker = Process::start(&["--join", &address, "--label=far"]);
    let ended = [coordinator.ended(), worker.ended()];
    assert!(ended.iter().all(|ended| ended.code == Some(3)), "{ended:?}");
    assert!(ended.iter().any(|ended| ended.errors.contains("too-many-connections")), "{ended:?}");
}

#[test]
fn the_start_is_told_in_the_workers_own_clock() {
    const HOUR: u64 = 3_600_000_000_000;
    let now = || {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
        u64::try_from(since.as_nanos()).expect("it is before 2554")
    };
    let server = Double::start(Fault::None);
    let target = server.address();
    let (coordinator, address) = Process::coordinator("1", &["--target", &target, "--clients=2", "--duration=1h"]);
    // A worker that does nothing, and whose clock is an hour ahead.
    let stream = TcpStream::connect(&address).expect("somebody listens");
    let say = |message: Value| writeln!(&stream, "{message}").expect("it is read");
    let started = now();
    let mut start = None;
    for line in BufReader::new(&stream).lines() {
        let line: Value = serde_json::from_str(&line.expect("it speaks")).expect("it is JSON");
        match &line {
            Value::String(word) if word == "ping" => say(json!({ "pong": now() + HOUR })),
            line if line["coordinator"].is_object() => say(json!({ "worker": [line["coordinator"], "ahead"] })),
            line if line["job"].is_object() => {
                assert_eq!((&line["job"]["workload"]["clients"], &line["job"]["first_client"]), (&1.into(), &1.into()));
                say("ready".into());
            }
            line if line["start"].is_u64() => {
                start = line["start"].as_u64();
                say(json!({ "failed": "it was enough" }));
            }
            line if line["over"].is_string() => break,
            _ => {}
        }
    }
    let start = start.expect("it was told").checked_sub(HOUR).expect("an hour ahead");
    let most = now() + u64::try_from(PATIENCE.as_nanos()).expect("it is short");
    assert!(start > started && start < most, "{started} {start} {most}");
    let ended = coordinator.ended();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.errors.contains("the worker ahead can't do its part: it was enough"), "{ended:?}");
}

#[test]
fn who_is_of_another_version_is_refused_on_both_sides() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    let worker = Process::start(&["--join", &address]);
    let (mut stream, _) = listener.accept().expect("it comes");
    stream.write_all(b"{\"coordinator\":{\"loadgen\":\"9.9.9\",\"form\":1}}\n").expect("it is read");
    let ended = worker.ended();
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.errors.contains("is loadgen 9.9.9 (messages of form 1), and this one is "), "{ended:?}");

    let (mut coordinator, address) = Process::coordinator("1", &["--workers-wait=1m", "--clients=2"]);
    let mut stream = TcpStream::connect(&address).expect("somebody listens");
    stream.write_all(b"{\"worker\":[{\"loadgen\":\"9.9.9\",\"form\":1},\"old\"]}\n").expect("it is read");
    coordinator.says("it is loadgen 9.9.9");
    let mut told = String::new();
    stream.read_to_string(&mut told).expect("it is told");
    assert!(told.lines().any(|line| line.starts_with("{\"over\":\"it is loadgen 9.9.9")), "{told}");
    coordinator.signal("INT");
    assert_eq!(coordinator.ended().code, Some(130));
}

#[test]
fn what_cannot_be_shared_is_said_before_anybody_is_waited_for() {
    for (arguments, part) in [
        (&["--workers-listen=0", "--workers=2", "--in-flight=9"][..], "can't be shared by 3 processes"),
        (&["--workers-listen=0", "--workers=2", "--clients=2"], "0 clients"),
        (&["--workers-listen=0", "--workers=2", "--profile=ramp"], "--workers-listen does not go with a ramp"),
        (&["--workers-listen=0"], "--workers <N>"),
        (&["--workers=2"], "--workers-listen"),
        (&["--workers-listen=here", "--workers=2"], "write HOST:PORT"),
        (&["--join=9300", "--clients=5"], "cannot be used with"),
        (&["--join=9300", "--target=127.0.0.1:7"], "cannot be used with"),
        (&["--join=9300", "--json=-"], "cannot be used with"),
        (&["compare", "spawn:fanfare", "spawn:nats", "--workers=2"], "unexpected argument"),
    ] {
        let ended = loadgen(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(ended.errors.contains(part), "{arguments:?}: no {part:?} in {ended:?}");
    }
}
