//! What the contract of the floors says, over real sockets.

use std::io::{BufRead, BufReader, PipeWriter, Read, Write as _, pipe};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use slab::Slab;

use crate::program::floor::ring::Ring;
use crate::program::floor::write::Write;
use crate::program::floor::{Floor, Heard, Seat, serve};

const PATIENCE: Duration = Duration::from_secs(60);

/// A floor that runs until this is dropped.
struct Running {
    address: SocketAddr,
    end: Option<PipeWriter>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    fn start<F: Floor>(floor: impl FnOnce() -> F + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (until, end) = pipe().expect("a pipe");
        let thread = thread::spawn(move || serve(floor(), &listener, until).expect("it ends in order"));
        Self { address, end: Some(end), thread: Some(thread) }
    }

    /// Somebody who is among the receivers.
    fn join(&self) -> BufReader<TcpStream> {
        let socket = TcpStream::connect(self.address).expect("it listens");
        socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
        let mut reader = BufReader::new(socket);
        let mut line = String::new();
        reader.read_line(&mut line).expect("a greeting");
        assert_eq!(line, "FLOOR\n");
        reader
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.end.take());
        let ended = self.thread.take().expect("it was started").join();
        assert!(thread::panicking() || ended.is_ok(), "the floor has failed");
    }
}

fn both(check: impl Fn(Running)) {
    check(Running::start(Write::new));
    check(Running::start(Ring::new));
}

fn line(reader: &mut impl BufRead) -> String {
    let mut line = String::new();
    reader.read_line(&mut line).expect("a line");
    line
}

/// Octets that differ at each place where one piece could be taken for another.
fn pattern(octets: usize) -> Vec<u8> {
    (0..octets as u64 / 8).flat_map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()).collect()
}

#[test]
fn what_anybody_says_comes_to_everybody_in_one_order() {
    both(|floor| {
        let mut people: Vec<_> = (0..20).map(|_| floor.join()).collect();
        for speaker in 0..people.len() {
            people[speaker].get_mut().write_all(format!("I am {speaker}\n").as_bytes()).expect("it is taken");
            for reader in &mut people {
                assert_eq!(line(reader), format!("I am {speaker}\n"));
            }
        }
    });
}

#[test]
fn who_comes_later_gets_what_is_said_from_then_on() {
    both(|floor| {
        let mut first = floor.join();
        first.get_mut().write_all(b"before\n").expect("it is taken");
        assert_eq!(line(&mut first), "before\n");
        let mut second = floor.join();
        first.get_mut().write_all(b"after\n").expect("it is taken");
        assert_eq!(line(&mut first), "after\n");
        assert_eq!(line(&mut second), "after\n");
    });
}

#[test]
fn who_does_not_read_holds_nobody_up_and_gets_everything_later() {
    const OCTETS: usize = 24 << 20;
    both(|floor| {
        let mut stopped = floor.join();
        let mut reader = floor.join();
        let said = pattern(OCTETS);
        let mut speaker = reader.get_ref().try_clone().expect("a socket");
        let saying = thread::spawn({
            let said = said.clone();
            move || speaker.write_all(&said).expect("it is taken")
        });
        let mut heard = vec![0; OCTETS];
        reader.read_exact(&mut heard).expect("everything comes");
        assert!(heard == said, "the reader");
        stopped.read_exact(&mut heard).expect("everything comes");
        assert!(heard == said, "who had stopped");
        saying.join().expect("it was said");
    });
}

#[test]
fn the_ring_stops_reading_while_the_slowest_is_32_mib_behind_and_nothing_is_lost() {
    const CHUNK: usize = 64 << 10;
    let (mut ring, mut seats) = (Ring::new(), Slab::new());
    let mut seat = |ring: &Ring| {
        let (own, other) = UnixStream::pair().expect("sockets");
        (seats.insert(Seat::new(own.into(), ring.place())), other)
    };
    let (speaker, mut speaking) = seat(&ring);
    let (stopped, mut reading) = seat(&ring);
    let said = pattern(64 << 20);
    let (mut chunk, mut sent) = (vec![0; CHUNK], 0);
    while ring.has_room() {
        speaking.write_all(&said[sent..][..CHUNK]).expect("it is taken");
        while seats[speaker].place.next < (sent + CHUNK) as u64 {
            assert!(!matches!(ring.read(&mut seats, speaker), Heard::Ended));
            ring.turn(&mut seats);
            ring.writable(&mut seats[speaker]);
        }
        speaking.read_exact(&mut chunk).expect("the speaker hears it too");
        sent += CHUNK;
    }
    let mut heard = vec![0; sent];
    let mut got = 0;
    while got < sent {
        got += reading.read(&mut heard[got..]).expect("more comes");
        ring.writable(&mut seats[stopped]);
        ring.turn(&mut seats);
    }
    assert!(heard == said[..sent], "who had stopped");
    assert!(ring.has_room());
}

#[test]
fn who_leaves_without_having_read_is_not_waited_for() {
    both(|floor| {
        let stopped = floor.join();
        let mut reader = floor.join();
        let said = pattern(40 << 20);
        let mut speaker = reader.get_ref().try_clone().expect("a socket");
        let mut heard = vec![0; said.len()];
        thread::scope(|scope| {
            scope.spawn(|| speaker.write_all(&said).expect("it is taken"));
            reader.read_exact(&mut heard[..24 << 20]).expect("that much can be ahead");
            drop(stopped);
            reader.read_exact(&mut heard[24 << 20..]).expect("everything comes");
        });
        assert!(heard == said);
        let mut newcomer = floor.join();
        newcomer.get_mut().write_all(b"hello\n").expect("it is taken");
        assert_eq!(line(&mut newcomer), "hello\n");
        assert_eq!(line(&mut reader), "hello\n");
    });
}

#[test]
fn the_last_words_of_who_leaves_are_heard() {
    both(|floor| {
        let mut reader = floor.join();
        let mut leaving = floor.join();
        leaving.get_mut().write_all(b"goodbye\n").expect("it is taken");
        drop(leaving);
        assert_eq!(line(&mut reader), "goodbye\n");
    });
}
