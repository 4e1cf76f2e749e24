//! What flags, environment and file give together, and what is said of their faults.

use std::fs;
use std::num::{NonZeroU32, NonZeroUsize};
use std::os::unix::ffi::OsStringExt;
use std::time::Duration;

use super::*;
use crate::options::table::TABLE;
use crate::options::{LogFormat, Switch, UseIoUring};

type Variables<'a> = &'a [(&'a str, &'a str)];

fn attempt(flags: &[&str], variables: Variables<'_>) -> Result<Loaded, String> {
    let args = ["/usr/bin/another-name"].iter().chain(flags).map(OsString::from);
    let lookup = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
    load(args, lookup).map_err(|error| error.to_string())
}

fn run(flags: &[&str], variables: Variables<'_>) -> Options {
    match attempt(flags, variables) {
        Ok(Loaded::Run(options)) => *options,
        other => panic!("{flags:?} {variables:?}: {other:?}"),
    }
}

fn printed(flags: &[&str], variables: Variables<'_>) -> String {
    match attempt(flags, variables) {
        Ok(Loaded::Print(text)) => text,
        other => panic!("{flags:?} {variables:?}: {other:?}"),
    }
}

fn error(flags: &[&str], variables: Variables<'_>) -> String {
    attempt(flags, variables).expect_err("a wrong value")
}

/// A file with `content` in a directory that goes away with it, and its path.
fn file(content: &str) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("fanfare.toml");
    fs::write(&path, content).expect("a file");
    let path = path.to_str().expect("a path in UTF-8").to_owned();
    (directory, path)
}

#[test]
fn nothing_given_means_the_defaults() {
    assert_eq!(run(&[], &[]), Options::default());
}

#[test]
fn a_flag_goes_before_the_environment_before_the_file_before_the_default() {
    let (_directory, path) = file("max-rooms = 2\nmax-text = 5002\npresence-limit = 2\n");
    let options =
        run(&["--config", &path, "--max-rooms", "4"], &[("FANFARE_MAX_ROOMS", "3"), ("FANFARE_MAX_TEXT", "5003")]);
    assert_eq!(options, Options { max_rooms: 4, max_text: 5003, presence_limit: 2, ..Options::default() });
}

#[test]
fn the_environment_can_name_the_file_and_a_flag_another() {
    let (_one, first) = file("max-rooms = 1");
    let (_two, second) = file("max-rooms = 2");
    assert_eq!(run(&[], &[("FANFARE_CONFIG", &first)]).max_rooms, 1);
    assert_eq!(run(&["--config", &second], &[("FANFARE_CONFIG", &first)]).max_rooms, 2);
}

#[test]
fn several_addresses_replace_those_of_a_weaker_source() {
    let (_directory, path) = file("listen = ['a:1', '[::1]:2']");
    assert_eq!(run(&["--config", &path], &[]).listen, ["a:1", "[::1]:2"]);
    assert_eq!(run(&["--config", &path], &[("FANFARE_LISTEN", "c:3,d:4")]).listen, ["c:3", "d:4"]);
    assert_eq!(run(&["--listen", "e:5", "--listen=f:0"], &[("FANFARE_LISTEN", "c:3")]).listen, ["e:5", "f:0"]);
}

#[test]
fn a_value_reaches_its_own_field_from_every_source() {
    let given = [
        ("listen", "localhost:0"),
        ("workers", "7"),
        ("io-uring", "off"),
        ("welcome", "Hi \\ \"you\""),
        ("rate-limit", "off"),
        ("octet-rate", "5KiB"),
        ("max-text", "5000"),
        ("max-rooms-per-connection", "3"),
        ("outbox", "1MiB"),
        ("max-connections", "5"),
        ("max-connections-per-address", "4"),
        ("ping-interval", "1100ms"),
        ("handshake-timeout", "1500ms"),
        ("name-hold", "0"),
        ("linger-timeout", "1m"),
        ("drain-timeout", "1m 1s"),
        ("max-rooms", "6"),
        ("room-idle", "1h"),
        ("room-log", "70000"),
        ("log-memory", "70001"),
        ("presence-limit", "0"),
        ("history", "off"),
        ("data-dir", "here and there"),
        ("history-sync", "on"),
        ("history-age", "off"),
        ("history-count", "7"),
        ("history-size", "1GiB"),
        ("history-total", "2GiB"),
        ("log-format", "json"),
        ("log-level", "warn,a=debug"),
    ];
    assert_eq!(given.map(|(flag, _)| flag), *TABLE.iter().map(|spec| spec.flag).collect::<Vec<_>>());
    let expected = Options {
        listen: vec!["localhost:0".to_owned()],
        workers: NonZeroUsize::new(7).expect("not 0"),
        io_uring: UseIoUring::Off,
        welcome: "Hi \\ \"you\"".to_owned(),
        rate_limit: None,
        octet_rate: NonZeroU32::new(5 * 1024),
        max_text: 5000,
        max_rooms_per_connection: 3,
        outbox: 1024 * 1024,
        max_connections: 5,
        max_connections_per_address: 4,
        ping_interval: Duration::from_millis(1_100),
        handshake_timeout: Duration::from_millis(1500),
        name_hold: Duration::ZERO,
        linger_timeout: Duration::from_secs(60),
        drain_timeout: Duration::from_secs(61),
        max_rooms: 6,
        room_idle: Duration::from_secs(3600),
        room_log: 70_000,
        log_memory: 70_001,
        presence_limit: 0,
        history: Switch::Off,
        data_dir: "here and there".into(),
        history_sync: Switch::On,
        history_age: None,
        history_count: Some(7),
        history_size: Some(1 << 30),
        history_total: Some(2 << 30),
        log_format: LogFormat::Json,
        log_level: "warn,a=debug".to_owned(),
    };

    let flags = given.map(|(flag, value)| format!("--{flag}={value}"));
    assert_eq!(run(&flags.each_ref().map(String::as_str), &[]), expected);

    let variables = TABLE.iter().zip(given).map(|(spec, (_, value))| (spec.variable(), value)).collect::<Vec<_>>();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(run(&[], &variables), expected);

    let (_directory, path) = file(&given.map(|(flag, value)| format!("{flag} = '{value}'\n")).concat());
    assert_eq!(run(&["--config", &path], &[]), expected);

    // What --check-config prints of them is a file that gives the same again.
    let (_again, path) = file(&printed(&["--config", &path, "--check-config"], &[]));
    assert_eq!(run(&["--config", &path], &[]), expected);
}

#[test]
fn a_switch_is_turned_on_by_its_flag_alone_and_by_a_boolean() {
    assert_eq!(run(&["--history-sync"], &[]).history_sync, Switch::On);
    assert_eq!(run(&["--history-sync", "--history", "off"], &[]).history, Switch::Off);
    let (_directory, path) = file("history = false\nhistory-sync = true");
    let options = run(&["--config", &path], &[]);
    assert_eq!((options.history, options.history_sync), (Switch::Off, Switch::On));
}

#[test]
fn the_default_configuration_printed_and_read_is_the_default() {
    let (_directory, path) = file(&printed(&["--check-config"], &[]));
    assert_eq!(run(&["--config", &path], &[]), Options::default());
}

#[test]
fn plain_numbers_in_the_file_count_octets_and_seconds() {
    let (_directory, path) = file("outbox = 200000\nroom-idle = 90\nrate-limit = 7\n");
    let options = run(&["--config", &path], &[]);
    assert_eq!((options.outbox, options.room_idle), (200_000, Duration::from_secs(90)));
    assert_eq!(options.rate_limit.map(NonZeroU32::get), Some(7));
}

#[test]
fn a_refused_value_names_its_source_itself_and_what_is_allowed() {
    assert_eq!(error(&["--workers", "0"], &[]), "flag --workers: \"0\" is out of range; allowed: 1 to 64");
    assert_eq!(
        error(&["--name-hold", "-1"], &[]),
        "flag --name-hold: \"-1\" is not a time such as 500ms, 10s or 2m; allowed: 0s to 1h"
    );
    assert_eq!(
        error(&[], &[("FANFARE_RATE_LIMIT", "fast")]),
        "environment variable FANFARE_RATE_LIMIT: \"fast\" is not a whole number; allowed: 1 to 1000000, or off"
    );
    assert_eq!(
        error(&["--listen", "a:1", "--listen", ":15151"], &[]),
        "flag --listen: \":15151\" has no host before its port; allowed: HOST:PORT, such as 127.0.0.1:15151 \
         (this machine only), 0.0.0.0:15151 (every interface) or [::1]:15151"
    );
    let (_directory, path) = file("\n\noutbox = '1KiB'\n");
    assert_eq!(
        error(&["--config", &path], &[]),
        format!("{path}:3: outbox: \"1KiB\" is out of range; allowed: 132KiB to 64MiB")
    );
}

#[test]
fn a_wrong_value_is_refused_even_where_a_stronger_source_has_another() {
    let (_directory, path) = file("workers = 0");
    assert!(error(&["--config", &path, "--workers", "1"], &[]).contains("fanfare.toml:1: workers: \"0\""));
    assert!(error(&["--workers", "1"], &[("FANFARE_WORKERS", "0")]).starts_with("environment variable"));
}

#[test]
fn all_logs_may_not_have_less_memory_than_one() {
    let (_directory, path) = file("max-rooms = 5\nroom-log = '128MiB'\n");
    assert_eq!(
        error(&["--config", &path], &[]),
        format!(
            "default of log-memory: 64MiB for the logs of all rooms is less than 128MiB for one \
             ({path}:2: room-log); raise log-memory or lower room-log"
        )
    );
    assert_eq!(
        error(&["--log-memory", "1000KiB"], &[]),
        "flag --log-memory: 1000KiB for the logs of all rooms is less than 1MiB for one \
         (default of room-log); raise log-memory or lower room-log"
    );
    assert_eq!(run(&["--log-memory", "1MiB"], &[]).log_memory, 1 << 20);
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let (directory, path) = file("");
    drop(directory);
    assert_eq!(
        error(&["--config", &path], &[]),
        format!(
            "{path}: cannot be read: No such file or directory (os error 2); \
             name an existing TOML file with --config or FANFARE_CONFIG"
        )
    );
}

#[test]
fn a_variable_that_is_not_utf8_is_an_error() {
    let lookup = |name: &str| (name == "FANFARE_WELCOME").then(|| OsString::from_vec(vec![b'H', 0xff]));
    let error = load(["chat-server".into()], lookup).expect_err("not UTF-8").to_string();
    assert_eq!(
        error,
        "environment variable FANFARE_WELCOME: not valid UTF-8; set it again, or unset it for the default"
    );
}

#[test]
fn a_wrong_command_line_is_explained() {
    let unknown = error(&["--worker", "1"], &[]);
    assert!(unknown.starts_with("unexpected argument '--worker' found"), "{unknown}");
    assert!(unknown.contains("'--workers'") && unknown.contains("Usage: chat-server "), "{unknown}");
    for flags in [&["--workers"][..], &["--workers", "1", "--workers", "2"], &["stray"], &["--check-config=yes"]] {
        let error = error(flags, &[]);
        assert!(error.contains("--help") && !error.starts_with("error:") && !error.ends_with('\n'), "{error:?}");
    }
}

#[test]
fn help_and_version_are_printed_even_beside_wrong_values() {
    assert_eq!(printed(&["--version"], &[]), concat!("chat-server ", env!("CARGO_PKG_VERSION"), "\n"));
    assert_eq!(printed(&["-V"], &[]), printed(&["--version"], &[("FANFARE_WORKERS", "0")]));
    assert!(printed(&["--help"], &[("FANFARE_WORKERS", "0")]).contains("--max-connections"));
    assert_eq!(printed(&["-h"], &[]), printed(&["--help"], &[]));
}

#[test]
fn a_check_finds_what_a_run_finds() {
    assert_eq!(error(&["--check-config", "--workers", "0"], &[]), error(&["--workers", "0"], &[]));
}
