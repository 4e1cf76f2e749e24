//! The highest rate, as the program finds it.

use std::net::TcpListener;
use std::time::Duration;

use serde_json::Value;

use crate::double::{Double, Fault};
use crate::program::{loadgen, report};
use crate::schema::{Form, validate};

#[test]
fn a_ramp_finds_the_limit_of_a_server_that_has_one() {
    // It needs 100 ms for a message, so that it is behind by more than a second after 300 ms of 60 messages a second.
    let server = Double::start(Fault::Slow(Duration::from_millis(100)));
    let arguments = ["--clients=4", "--ramp-from=10", "--ramp-step=x6", "--duration=300ms", "--assert=last.p99<600ms"];
    let (ended, found) = report(&server.address(), &arguments);
    validate(Form::Ramp, &found);
    let steps = found["steps"].as_array().expect("steps");
    let verdict = |rate: f64| steps.iter().rfind(|step| step["rate"] == rate).map(|step| &step["verdict"]);
    // On a busy machine a step can be invalid, or the first too slow; that the second held is impossible everywhere.
    if verdict(10.0) == Some(&"held".into()) {
        assert!(matches!(verdict(60.0).and_then(Value::as_str), Some("failed" | "invalid")), "{found:#}");
        let sustained = found["sustained"].as_f64().expect("the first step held");
        assert!((10.0..60.0).contains(&sustained), "{found:#}");
        assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
        let between = steps.iter().filter(|step| step["rate"].as_f64().is_some_and(|rate| rate > 10.0 && rate < 60.0));
        assert!(between.count() >= 2, "two steps between the two: {found:#}");
    } else {
        assert!(matches!(ended.code, Some(4 | 5)), "{ended:?}");
        assert_eq!(found["sustained"], Value::Null);
    }
    assert_eq!(found["workload"]["ramp-step"], "x6");
}

#[test]
fn the_steps_and_the_end_of_a_ramp_are_shown() {
    let server = Double::start(Fault::None);
    let address = server.address();
    let common = ["--target", &*address, "--quiet", "--clients=4", "--settle=0s", "--duration=100ms", "--ramp-from=20"];
    let all = ["--ramp-to=40", "--assert=last.p99<1m"];
    let ended = loadgen(&[&common, &all[..]].concat());
    assert!(matches!(ended.code, Some(0 | 5)), "{ended:?}");
    for part in ["messages/s", "last p99", "sustained", "ended"] {
        assert!(ended.output.contains(part), "no {part:?} in {ended:?}");
    }
    if ended.code == Some(0) {
        assert!(ended.output.contains("at least 40 messages/s") && ended.output.contains("--ramp-to"), "{ended:?}");
    }
    let none = loadgen(&[&common, &["--assert=messages==0"][..]].concat());
    assert!(matches!(none.code, Some(4 | 5)), "{none:?}");
    assert!(none.output.contains("not even the first step held"), "{none:?}");
}

#[test]
fn a_server_that_loses_sustains_nothing() {
    let server = Double::start(Fault::Drops);
    let arguments = ["--clients=4", "--ramp-from=100", "--duration=100ms"];
    let (ended, found) = report(&server.address(), &arguments);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!((&found["steps"][0]["verdict"], &found["steps"][0]["why"][0]), (&"not_clean".into(), &"1 lost".into()));
}

#[test]
fn a_ramp_needs_a_server_and_an_order() {
    let address = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let ended = loadgen(&["--target", &address.to_string(), "--quiet", "--profile=ramp"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    for (arguments, part) in [
        (&["--ramp-from=5", "--ramp-to=4"][..], "has no steps"),
        (&["--ramp-from=5", "--rate=5"], "cannot be used with"),
        (&["--ramp-step=x1"], "such as x1.5"),
        (&["--profile=ramp", "--baseline=x"], "hold a run at one --rate"),
    ] {
        let ended = loadgen(arguments);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.errors.contains(part), "no {part:?} in {ended:?}");
    }
}
