//! Ten thousand connections that make no sense.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;

use fanfare_tests::{Client, PATIENCE};

use crate::program::Program;

/// How many connections there are, and how many at a time.
const CONNECTIONS: u32 = 10_000;
const AT_A_TIME: u32 = 32;

/// How much more memory may be resident afterwards, in KiB: what an allocator keeps in reserve.
const SLACK: u64 = 8 * 1_024;

#[test]
fn garbage_leaves_it_serving_with_its_memory_where_it_was() {
    let program = Program::start(&["--workers", "2", "--log-level", "error"]);
    let address = program.addresses()[0];
    // The first thousand warm it up.
    make_garbage(address, 0..1_000);
    let before = program.status("VmRSS");
    make_garbage(address, 1_000..CONNECTIONS);
    let after = program.status("VmRSS");
    program.framed("alice").expect_nothing();
    assert!(after <= before + SLACK, "from {before} KiB to {after} KiB");
}

fn make_garbage(address: SocketAddr, seeds: std::ops::Range<u32>) {
    let threads: Vec<_> = (0..AT_A_TIME)
        .map(|first| {
            let seeds = seeds.clone();
            thread::spawn(move || {
                for seed in seeds.skip(first as usize).step_by(AT_A_TIME as usize) {
                    one(address, seed);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("a server that takes connections");
    }
}

/// One connection: octets that depend on the seed alone, in pieces, and one of three ends.
fn one(address: SocketAddr, seed: u32) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9) | 1);
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
    // Some know how to begin, and get further.
    let begin = [&b""[..], b"HELLO 1 x\n", b"PING\n", b"garbage\n", b"SAY #r {500}\n", b"HELLO 1 y\nJOIN #r\n"];
    let mut octets = begin[random.below(6) as usize].to_vec();
    let length = random.below(3_000);
    octets.extend((0..length).map(|_| random.below(256) as u8));
    let mut rest = &octets[..];
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at((1 + random.below(1_500) as usize).min(rest.len()));
        // The server may have ended it already, and rightly.
        if stream.write_all(piece).is_err() {
            return;
        }
        rest = behind;
    }
    match random.below(3) {
        0 => Client::over(stream).reset(),
        1 => drop(stream),
        _ => {
            let _ = stream.shutdown(std::net::Shutdown::Write);
            let _ = stream.read_to_end(&mut Vec::new());
        }
    }
}

/// A small generator: xorshift.
struct Random(u32);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0 % bound
    }
}
