//! Flags, environment and file.

use std::fs;

use crate::program::{Program, command, run, text};

#[test]
fn the_help_has_groups_and_options_and_the_version_a_number() {
    let help = run(&["--help"]);
    let words = text(&help.stdout);
    assert!(help.status.success());
    for part in [
        "Listening:",
        "Limits per connection:",
        "Limits of the server:",
        "Timing:",
        "Rooms and memory:",
        "Logging:",
        "--listen",
        "--workers",
        "--io-uring",
        "--welcome",
        "--rate-limit",
        "--octet-rate",
        "--max-text",
        "--max-rooms-per-connection",
        "--outbox",
        "--max-connections",
        "--max-connections-per-address",
        "--ping-interval",
        "--handshake-timeout",
        "--name-hold",
        "--linger-timeout",
        "--drain-timeout",
        "--max-rooms",
        "--room-idle",
        "--room-log",
        "--log-memory",
        "--presence-limit",
        "--history",
        "--data-dir",
        "--history-sync",
        "--history-age",
        "--history-count",
        "--history-size",
        "--history-total",
        "--log-format",
        "--log-level",
        "--config",
        "--check-config",
    ] {
        assert!(words.contains(part), "no {part} in {words}");
    }
    let version = run(&["--version"]);
    assert!(version.status.success());
    assert_eq!(text(&version.stdout), concat!("chat-server ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn a_checked_configuration_is_printed_as_a_file_that_gives_it_again() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("fanfare.toml");
    let first = run(&["--check-config", "--max-rooms", "7", "--rate-limit", "off", "--welcome", "say \"hi\""]);
    assert_eq!(first.status.code(), Some(0), "{}", text(&first.stderr));
    let words = text(&first.stdout);
    assert!(words.contains("max-rooms = 7\n") && words.contains("rate-limit = \"off\"\n"), "{words}");
    fs::write(&path, &words).expect("a file can be written");
    let again = run(&["--check-config", "--config", path.to_str().expect("UTF-8")]);
    assert_eq!(text(&again.stdout), words);
}

#[test]
fn a_faulty_file_is_refused_with_file_and_line() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("fanfare.toml");
    let path = path.to_str().expect("UTF-8");
    for (fault, part) in [
        ("max-romms = 7", "max-romms"),
        ("max-rooms = 0", "max-rooms"),
        ("max-rooms = \"many\"", "max-rooms"),
        ("ping-interval = true", "ping-interval"),
        ("max-rooms =", "TOML"),
    ] {
        fs::write(path, format!("# one\n\n{fault}\n")).expect("a file can be written");
        for flags in [&["--check-config", "--config", path][..], &["--config", path]] {
            let output = run(flags);
            let errors = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{fault}: {errors}");
            assert!(errors.contains(&format!("{path}:3")) && errors.contains(part), "{fault}: {errors}");
            assert!(output.stdout.is_empty());
        }
    }
    for flags in [&["--max-rooms", "0"][..], &["--max-romms", "7"], &["--config", "/nowhere.toml"], &["stray"]] {
        assert_eq!(run(flags).status.code(), Some(2), "{flags:?}");
    }
}

#[test]
fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let path = directory.path().join("fanfare.toml");
    fs::write(&path, "rate-limit = 11\nmax-text = 4096\npresence-limit = 3\n").expect("a file can be written");
    let mut command = command(&["--rate-limit", "13", "--listen", "127.0.0.1:0"]);
    command.env("FANFARE_CONFIG", &path).env("FANFARE_RATE_LIMIT", "12").env("FANFARE_MAX_TEXT", "5000");
    let program = Program::spawn(command, 1);
    let mut alice = program.connect();
    alice.send("HELLO 1 alice");
    alice.expect("WELCOME alice token=<token> ping=30 text=5000 rate=13 presence=3 :<text>");
}
