//! A bad network: a fixed address that leads to a server over all its starts, and what happens to octets on the way.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

/// How long a side that does not know of the end of the other is kept.
const HELD: Duration = Duration::from_secs(3);

/// The most octets that are passed on at once.
const CHUNK: usize = 8 * 1_024;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Weather {
    /// How many of a hundred connections are cut, after a random number of octets in one direction.
    pub(super) cuts: u8,
    /// Before how many octets that is at most.
    pub(super) within: usize,
    /// How many of a hundred connections are slow in one direction or both.
    pub(super) slow: u8,
    /// The longest that a piece of theirs is held back, in milliseconds.
    pub(super) delay: u64,
}

/// What happened on the way.
#[derive(Debug, Default)]
pub(super) struct Happened {
    /// Connections that were made to the server.
    pub(super) connections: AtomicU64,
    /// Connections that were cut in the middle.
    pub(super) cuts: AtomicU64,
    /// Of these, those of which one side was told nothing.
    pub(super) half_open: AtomicU64,
}

/// Ends with the round.
#[derive(Debug)]
pub(super) struct Network {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    server: Mutex<Option<SocketAddr>>,
    weather: Weather,
    random: Mutex<Rng>,
    is_calm: AtomicBool,
    /// Whether octets stop on the way.
    is_parted: watch::Sender<bool>,
    /// All that are open are reset when it changes.
    resets: watch::Sender<u64>,
    happened: Arc<Happened>,
}

/// What becomes of a connection.
struct Fate {
    cut: Option<Cut>,
    /// The longest delay of a piece to the server, and to the client.
    delays: [u64; 2],
    seeds: [u64; 2],
}

#[derive(Clone, Copy)]
struct Cut {
    /// Whether the octets to the server are counted, or those to the client.
    to_server: bool,
    after: usize,
    how: How,
}

/// How a connection is cut.
#[derive(Clone, Copy)]
enum How {
    /// Both sides are told that it failed.
    Reset,
    /// Both sides see the end of the input.
    End,
    /// Only the client is told.
    ServerUntold,
    /// Only the server is told.
    ClientUntold,
}

impl Network {
    /// One that leads nowhere yet.
    pub(super) async fn start(weather: Weather, seed: u64) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            server: Mutex::default(),
            weather,
            random: Mutex::new(Rng::with_seed(seed)),
            is_calm: AtomicBool::new(false),
            is_parted: watch::Sender::new(false),
            resets: watch::Sender::new(0),
            happened: Arc::default(),
        });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&shared)));
        Ok(Self { address, shared, accepting })
    }

    /// Where clients connect to.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on, connections lead to another server, or nowhere.
    pub(super) fn lead_to(&self, server: Option<SocketAddr>) {
        *self.shared.server.lock().unwrap_or_else(PoisonError::into_inner) = server;
    }

    /// Where they lead to now.
    pub(super) fn server(&self) -> Option<SocketAddr> {
        *self.shared.server.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Octets stop on the way for a while; then they go on.
    pub(super) async fn part(&self, during: Duration) {
        self.shared.is_parted.send_replace(true);
        sleep(during).await;
        self.shared.is_parted.send_replace(false);
    }

    /// Resets all connections that are open now.
    pub(super) fn reset(&self) {
        self.shared.resets.send_modify(|resets| *resets += 1);
    }

    /// From now on, nothing happens to connections, neither to new ones nor to those that are open.
    pub(super) fn calm(&self) {
        self.shared.is_calm.store(true, Ordering::Relaxed);
    }

    /// What happened on the way.
    pub(super) fn happened(&self) -> Arc<Happened> {
        Arc::clone(&self.shared.happened)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Shared {
    fn is_calm(&self) -> bool {
        self.is_calm.load(Ordering::Relaxed)
    }

    fn fate(&self) -> Fate {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        let Weather { cuts, within, slow, delay } = self.weather;
        let cut = (random.u8(..100) < cuts).then(|| Cut {
            to_server: random.bool(),
            // Most of them early, where the conversation is about joining and resuming.
            after: random.usize(1..=within) * random.usize(1..=8) / 8,
            how: match random.u8(..10) {
                0..4 => How::Reset,
                4..6 => How::End,
                6..8 => How::ServerUntold,
                _ => How::ClientUntold,
            },
        });
        let is_slow = random.u8(..100) < slow;
        let delays = [(); 2].map(|()| if is_slow && random.bool() { random.u64(..=delay) } else { 0 });
        Fate { cut, delays, seeds: [random.u64(..), random.u64(..)] }
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    // When this task is aborted, all connections end with the set.
    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            Ok((client, _)) = listener.accept() => {
                open.spawn(carry(client, Arc::clone(&shared)));
            }
            Some(_) = open.join_next() => {}
        }
    }
}

/// Passes on what both sides say, until an end or a cut.
async fn carry(mut client: TcpStream, shared: Arc<Shared>) {
    let server = *shared.server.lock().unwrap_or_else(PoisonError::into_inner);
    let mut resets = shared.resets.subscribe();
    let connected = match server {
        Some(server) => TcpStream::connect(server).await,
        None => Err(io::ErrorKind::ConnectionRefused.into()),
    };
    let Ok(mut server) = connected else { return break_off(client) };
    // Where it is refused, pieces are only larger.
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    shared.happened.connections.fetch_add(1, Ordering::Relaxed);
    let fate = shared.fate();
    let budget = |to_server| fate.cut.filter(|cut| cut.to_server == to_server).map(|cut| cut.after);
    let ending = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let up = pump(from_client, to_server, budget(true), fate.delays[0], fate.seeds[0], &shared);
        let down = pump(from_server, to_client, budget(false), fate.delays[1], fate.seeds[1], &shared);
        tokio::select! {
            ended = async { tokio::try_join!(up, down) } => ended.map(drop),
            _ = resets.changed() => Err(Broken::Failed),
        }
    };
    let how = match (ending, fate.cut) {
        (Ok(()), _) => return,
        (Err(Broken::Cut), Some(cut)) => cut.how,
        _ => How::Reset,
    };
    if matches!(how, How::ServerUntold | How::ClientUntold) {
        shared.happened.half_open.fetch_add(1, Ordering::Relaxed);
    }
    shared.happened.cuts.fetch_add(1, Ordering::Relaxed);
    match how {
        How::Reset => {
            break_off(client);
            break_off(server);
        }
        How::End => {}
        How::ServerUntold => hold(client, server).await,
        How::ClientUntold => hold(server, client).await,
    }
}

/// One side is told that the connection failed, the other nothing, and what it says goes nowhere.
async fn hold(told: TcpStream, mut untold: TcpStream) {
    break_off(told);
    let mut nowhere = tokio::io::sink();
    // It may find out by itself.
    let _ = timeout(HELD, tokio::io::copy(&mut untold, &mut nowhere)).await;
}

/// Ends a connection so that the peer sees a failure.
fn break_off(stream: TcpStream) {
    // Otherwise it ends in the other way.
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    drop(stream);
}

/// Why octets are not passed on any more.
enum Broken {
    /// The budget is used up.
    Cut,
    /// One side failed.
    Failed,
}

async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    budget: Option<usize>,
    delay: u64,
    seed: u64,
    shared: &Shared,
) -> Result<(), Broken> {
    let mut random = Rng::with_seed(seed);
    let mut parted = shared.is_parted.subscribe();
    let mut left = budget.unwrap_or(usize::MAX);
    let mut octets = vec![0; CHUNK];
    loop {
        let calm = shared.is_calm();
        let most = if calm || delay == 0 { CHUNK } else { random.usize(1..=CHUNK) };
        let read = from.read(&mut octets[..most]).await.map_err(|_| Broken::Failed)?;
        if read == 0 {
            // It has ended what it says; the other may have something to say yet.
            let _ = to.shutdown().await;
            return Ok(());
        }
        // The other end of the channel is in `shared`.
        let _ = parted.wait_for(|is_parted| !is_parted).await;
        if !calm && delay > 0 && random.u8(..4) == 0 {
            sleep(Duration::from_millis(random.u64(..=delay))).await;
        }
        let passed = if calm { read } else { read.min(left) };
        to.write_all(&octets[..passed]).await.map_err(|_| Broken::Failed)?;
        left = left.saturating_sub(passed);
        if left == 0 && !calm {
            return Err(Broken::Cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    const FAIR: Weather = Weather { cuts: 0, within: 1, slow: 0, delay: 0 };

    /// Sends back what it is sent.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("there is a free port");
        let address = listener.local_addr().expect("it is bound");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    tokio::io::copy(&mut from, &mut to).await
                });
            }
        });
        address
    }

    /// Sends so many octets, and ends. How many came back.
    async fn there_and_back(network: &Network, octets: usize) -> usize {
        let mut stream = TcpStream::connect(network.address()).await.expect("it listens");
        let (mut from, mut to) = stream.split();
        let send = async {
            // Where it is cut shows in what comes back.
            let _ = to.write_all(&vec![b'x'; octets]).await;
            let _ = to.shutdown().await;
        };
        let receive = async {
            let mut back = Vec::new();
            let _ = from.read_to_end(&mut back).await;
            back.len()
        };
        tokio::join!(send, receive).1
    }

    #[tokio::test]
    async fn in_fair_weather_everything_passes_to_whichever_server_there_is() {
        let network = Network::start(FAIR, 1).await.expect("there is a free port");
        assert_eq!(there_and_back(&network, 1_000).await, 0, "it leads nowhere yet");
        for _ in 0..2 {
            network.lead_to(Some(echo().await));
            assert_eq!(there_and_back(&network, 100_000).await, 100_000);
        }
        network.lead_to(None);
        assert_eq!(there_and_back(&network, 1_000).await, 0);
        assert_eq!(network.happened().cuts.load(Ordering::Relaxed), 0);
    }

    #[tokio::test]
    async fn in_bad_weather_connections_are_cut_and_in_a_calm_no_more() {
        let network =
            Network::start(Weather { cuts: 100, within: 1_000, ..FAIR }, 1).await.expect("there is a free port");
        network.lead_to(Some(echo().await));
        let network = Arc::new(network);
        let mut tries = JoinSet::new();
        for _ in 0..8 {
            let network = Arc::clone(&network);
            tries.spawn(async move { there_and_back(&network, 100_000).await });
        }
        assert!(tries.join_all().await.into_iter().all(|back| back <= 1_000));
        assert_eq!(network.happened().cuts.load(Ordering::Relaxed), 8);
        network.calm();
        assert_eq!(there_and_back(&network, 100_000).await, 100_000);
    }

    #[tokio::test]
    async fn octets_that_were_stopped_go_on() {
        let network = Network::start(FAIR, 1).await.expect("there is a free port");
        network.lead_to(Some(echo().await));
        let (begin, apart) = (Instant::now(), Duration::from_millis(50));
        let (came, ()) = tokio::join!(there_and_back(&network, 100_000), network.part(apart));
        assert_eq!(came, 100_000);
        assert!(begin.elapsed() >= apart);
    }
}
