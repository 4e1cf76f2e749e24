//! How each kind of server is started: with the limits raised that a load meets by its mere size, which are those of
//! connections and of what one client may say, and otherwise as it comes. What a server does with slow readers is a part of
//! what is measured, so the limits of its queues stay as they are. Nothing is stored, so that delivery alone is compared,
//! unless a history is asked for.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;

use super::Kind;
use crate::target::History;

/// Connections besides those of the run.
const OTHER_CONNECTIONS: u64 = 16;

/// The command that starts a server at a port of the loopback interface, which a `chat-server` chooses itself, for so many
/// clients. What it needs to read is written to the directory.
pub(super) fn command(
    kind: Kind,
    history: History,
    program: &Path,
    port: u16,
    directory: &Path,
    connections: u64,
) -> io::Result<Command> {
    let most = (connections + OTHER_CONNECTIONS).to_string();
    let mut command = Command::new(program);
    let configured = |words: String| {
        let file = directory.join(format!("{kind}.conf"));
        fs::write(&file, words).map(|()| file)
    };
    match kind {
        Kind::Fanfare => {
            for variable in std::env::vars_os().map(|(name, _)| name) {
                if variable.to_string_lossy().starts_with("FANFARE_") {
                    command.env_remove(variable);
                }
            }
            command.args(["--listen", "127.0.0.1:0", "--rate-limit", "off", "--octet-rate", "off"]);
            command.args(["--max-connections", &most, "--max-connections-per-address", &most]);
            match history {
                History::Off => command.args(["--history", "off"]),
                History::On => command.args(["--history", "on", "--data-dir"]).arg(directory),
                History::Synced => command.args(["--history-sync", "on", "--data-dir"]).arg(directory),
            };
        }
        Kind::Nats => {
            command.args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--config"]);
            command.arg(configured(format!("max_connections: {most}\nlogtime: false\n"))?);
        }
        Kind::Redis => {
            command.args([
                "--bind",
                "127.0.0.1",
                "--port",
                &port.to_string(),
                "--maxclients",
                &most,
                "--daemonize",
                "no",
            ]);
            command.args(["--save", "", "--appendonly", "no", "--dir"]).arg(directory);
        }
        // It takes as many connections as it has descriptors.
        Kind::Mqtt => {
            command.arg("-c").arg(configured(format!(
                "listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\nlog_type error\n"
            ))?);
        }
        // It would look up each client's name and ask for its user, and let each say three lines a second.
        Kind::Irc => {
            command.args(["--nodaemon", "--config"]).arg(configured(format!(
                "[Global]\nName = loadgen.invalid\nInfo = measured\nListen = 127.0.0.1\nPorts = {port}\nMotdPhrase = measured\n\
                 [Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxPenaltyTime = 0\n\
                 [Options]\nDNS = no\nIdent = no\nPAM = no\n"
            ))?);
        }
    }
    Ok(command)
}
