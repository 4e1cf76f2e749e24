//! The examples of the README, as they are written.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use fanfare_tests::TestServer;

use crate::program::PATH;

#[test]
fn the_examples_of_the_readme_work() {
    let (_, example) = include_str!("../../README.md").split_once("```console\n").expect("it has one");
    let (example, _) = example.split_once("```").expect("it ends");
    let directory = Path::new(PATH).parent().expect("it is in one").display();
    let path = format!("{directory}:{}", env::var("PATH").expect("there is a shell"));
    let server = TestServer::start(1);
    let mut commands = 0;
    let mut rest = example;
    while let Some(dialogue) = rest.strip_prefix("$ ") {
        let end = dialogue.find("\n$ ").map_or(dialogue.len(), |end| end + 1);
        let (command, output) = dialogue[..end].split_once('\n').expect("a command has a line");
        let done = Command::new("sh")
            .args(["-c", command])
            .env("PATH", &path)
            .env("FANFARE_ADDRESS", server.address().to_string())
            .stdin(Stdio::null())
            .output()
            .expect("there is a shell");
        assert_eq!(String::from_utf8_lossy(&done.stdout), output, "{command}: {done:?}");
        rest = &dialogue[end..];
        commands += 1;
    }
    assert_eq!((rest, commands), ("", 6));
}
