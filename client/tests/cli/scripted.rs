//! A server that says what a test wants, and nothing else.

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use fanfare_tests::Client;

/// A server for one connection after another. A script that panics fails the test that joins it.
pub(crate) struct Scripted {
    address: SocketAddr,
    script: JoinHandle<()>,
}

impl Scripted {
    /// Listens, and plays one script on each connection in turn.
    pub(crate) fn start<const N: usize>(scripts: [fn(&mut Client); N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there are free ports");
        let address = listener.local_addr().expect("it has an address");
        let script = thread::spawn(move || {
            for script in scripts {
                let (stream, _) = listener.accept().expect("somebody connects");
                script(&mut Client::over(stream));
            }
        });
        Self { address, script }
    }

    pub(crate) fn address(&self) -> String {
        self.address.to_string()
    }

    /// Waits until all was played.
    pub(crate) fn finish(self) {
        self.script.join().expect("the script was played");
    }
}

/// Lets somebody called alice in.
pub(crate) fn welcome(client: &mut Client) {
    client.send("FANFARE/1 Choose a username...");
    client.expect("HELLO 1 <rest>");
    client.send("WELCOME alice token=t1 ping=30 text=4096 presence=256 :Hi");
}
