//! A way to a server that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// Listens on a free port of loopback, and passes each connection's octets on to a server. It ends with the test.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    /// Where connections are passed on to; `None`: nowhere, they are closed at once.
    target: Mutex<Option<SocketAddr>>,
    /// How many octets the next connections may carry in either direction, the last for the next one.
    budgets: Mutex<Vec<usize>>,
    open: Mutex<Vec<Pair>>,
    connections: AtomicUsize,
    over: AtomicBool,
}

/// The two sides of a connection.
#[derive(Debug)]
struct Pair {
    client: TcpStream,
    server: TcpStream,
    /// Whether the server is not to hear of the client's end.
    stranded: Arc<AtomicBool>,
}

impl Proxy {
    /// One that leads to a server.
    pub fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared {
            target: Mutex::new(Some(target)),
            budgets: Mutex::default(),
            open: Mutex::default(),
            connections: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.over.load(Ordering::Relaxed) {
                    return;
                }
                accepting.connect(client.expect("a connection can be accepted"));
            }
        });
        Self { address, shared }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, connections lead to another server, or nowhere.
    pub fn lead_to(&self, target: Option<SocketAddr>) {
        *self.shared.target.lock().expect("no test panics while it holds the lock") = target;
    }

    /// Each of the next connections is cut when so many octets went through it in one direction, wherever in a frame
    /// that is. Those behind them are not cut.
    pub fn cut_after(&self, octets: impl IntoIterator<Item = usize>) {
        let mut budgets: Vec<_> = octets.into_iter().collect();
        budgets.reverse();
        *self.shared.budgets.lock().expect("no test panics while it holds the lock") = budgets;
    }

    /// Cuts all connections that are open now.
    pub fn cut(&self) {
        for pair in self.shared.open.lock().expect("no test panics while it holds the lock").drain(..) {
            // They may have ended by themselves.
            let _ = pair.client.shutdown(Shutdown::Both);
            let _ = pair.server.shutdown(Shutdown::Both);
        }
    }

    /// Cuts all connections that are open now, and the server does not notice.
    pub fn strand(&self) {
        for pair in self.shared.open.lock().expect("no test panics while it holds the lock").iter() {
            pair.stranded.store(true, Ordering::Relaxed);
            // It may have ended by itself.
            let _ = pair.client.shutdown(Shutdown::Both);
        }
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Relaxed);
        self.cut();
        // The one that is accepting must see it.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn connect(&self, client: TcpStream) {
        self.connections.fetch_add(1, Ordering::Relaxed);
        let target = *self.target.lock().expect("no test panics while it holds the lock");
        let Some(Ok(server)) = target.map(TcpStream::connect) else { return };
        let budget = self.budgets.lock().expect("no test panics while it holds the lock").pop();
        let stranded = Arc::new(AtomicBool::new(false));
        for (from, to) in [(&client, &server), (&server, &client)] {
            let twin = |stream: &TcpStream| stream.try_clone().expect("there are descriptors");
            let (from, to, stranded) = (twin(from), twin(to), Arc::clone(&stranded));
            thread::spawn(move || pump(from, to, budget.unwrap_or(usize::MAX), &stranded));
        }
        self.open.lock().expect("no test panics while it holds the lock").push(Pair { client, server, stranded });
    }
}

/// Passes octets on up to an end or a budget; then both directions are cut.
fn pump(mut from: TcpStream, mut to: TcpStream, budget: usize, stranded: &AtomicBool) {
    let mut left = budget;
    let mut octets = [0; 4_096];
    while left > 0 {
        let most = left.min(octets.len());
        let Ok(read @ 1..) = from.read(&mut octets[..most]) else { break };
        if to.write_all(&octets[..read]).is_err() {
            break;
        }
        left -= read;
    }
    if stranded.load(Ordering::Relaxed) {
        return;
    }
    if left > 0 {
        // One side has ended what it says; the other may have something to say yet.
        let _ = to.shutdown(Shutdown::Write);
    } else {
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}
