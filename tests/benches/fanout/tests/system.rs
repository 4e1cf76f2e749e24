//! What is asked of the system: processors, and the memory of sockets.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread;

use rustix::process::Pid;
use rustix::thread::sched_getaffinity;

use crate::program::kernel::SocketMemory;
use crate::program::processors::Processors;

#[test]
fn the_memory_of_a_port_is_that_of_what_its_readers_have_not_read() {
    const CONNECTIONS: u64 = 3;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let connect = |_| (TcpStream::connect(address).expect("it listens"), listener.accept().expect("it connects").0);
    let mut pairs: Vec<_> = (0..CONNECTIONS).map(connect).collect();
    let of_port = || SocketMemory::of_port(address.port()).expect("the kernel tells");
    let empty = of_port();
    assert_eq!((empty.sockets, empty.sending), (CONNECTIONS, 0));
    for (_, server) in &mut pairs {
        server.set_nonblocking(true).expect("it can");
        while server.write(&[0; 65_536]).is_ok() {}
    }
    let full = of_port();
    assert_eq!(full.sockets, CONNECTIONS);
    assert!(full.sending > CONNECTIONS * 65_536, "{full:?}");
    drop(pairs);
    assert_eq!(of_port(), SocketMemory::default());
}

#[test]
fn a_server_is_on_another_processor_than_those_who_load_it() {
    // On a thread of its own, whose place is nobody else's matter.
    thread::spawn(|| {
        let all = sched_getaffinity(None).expect("it is somewhere");
        let place = |processors: &Processors| {
            let mut child = processors.spawn_server(Command::new("cat").stdin(Stdio::piped())).expect("it runs");
            let server = sched_getaffinity(Pid::from_child(&child).into()).expect("it is somewhere");
            drop(child.stdin.take());
            child.wait().expect("it ends");
            (server, sched_getaffinity(None).expect("it is somewhere"))
        };
        let pinned = Processors::find(true).expect("the system tells");
        let (server, generator) = place(&pinned);
        if all.count() > 1 {
            assert_eq!((server.count(), generator.count()), (1, 1));
            assert_ne!(server, generator);
        }
        assert_eq!(place(&pinned.free()), (all, all));
    })
    .join()
    .expect("the places are right");
}
