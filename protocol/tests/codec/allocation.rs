//! Reading and writing allocate nothing.

use fanfare_protocol::limits::MAX_FRAME;
use fanfare_protocol::{ClientMessage, Frame, FrameError, Framed, Framer, ServerMessage};

/// All that a client can send, with and without what may be absent, and then what is at fault.
const CLIENT: &str = "HELLO 1 alice token=t0\nAUTH PLAIN :x\nJOIN #tea after=k3:7 last=9 more=1\nLEAVE #tea :bye\n\
    SAY #tea id=9f3c51d07a2be846-1 :hello\nsay #tea {14}\none\n\ttwo, \u{e9}\u{e9}\nTELL bob :\u{4f60}\u{597d} \u{1f389} \u{2019}\n\
    WHO #tea after=bob\nROOMS after=#tea\nHISTORY #tea 1 20 epoch=k3\nSEARCH #tea before=9 last=5 :x\nPING\nPONG 7\nBYE :bye\n\
    SAY tea :no room\nSAY #tea :\u{202e}\nSING\nSAY  #tea :two spaces\nJOIN #tea last=x\nPING :x\n";

/// The same of a server.
const SERVER: &str = "WELCOME alice token=t0 ping=30 text=65536 rate=20 presence=256 :Hi\nOK\n\
    OK epoch=k3 next=8 newest=7 members=2 reset=yes\nOK seq=1 repeat=yes\nOK epoch=k3 count=1 more=yes\nERR bad-room retry=5 :no\nCHALLENGE :x\n\
    NAMES #tea alice bob more=1\nROOM #tea members=2 newest=7\nPAST #tea 7 1795366263000 bob :good\n\
    MSG #tea 8 1795366263000 alice id=9f3c51d07a2be846-1 :hello\nMSG #tea 9 1795366263000 bob {9}\ngood\nday!\n\
    NOTE #tea 10 1795366263000 bob topic :tea\nTOLD 1795366263000 bob id=4 :psst\nJOINED #tea carol\nLEFT #tea bob :bye\n\
    MEMBERS #tea total=7 joined=1 left=2\nGAP #tea 3 9 slow\nPING 7\nPONG\nBYE shutdown retry=500 :Back soon\n\
    MSG tea 1 1 a :x\nMSG #tea 0 1 a :x\n";

#[test]
fn what_a_client_sends_is_read_and_written_without_an_allocation() {
    let mut out = Vec::with_capacity(MAX_FRAME);
    let mut messages = 0;
    let allocations = allocation_counter::measure(|| {
        each_frame(CLIENT.as_bytes(), |frame| {
            if let Ok(message) = ClientMessage::parse(frame) {
                messages += 1;
                message.encode(&mut out);
            }
        });
    });
    assert_eq!((messages, allocations.count_total), (14, 0));
}

#[test]
fn what_a_server_sends_is_read_and_written_without_an_allocation() {
    let mut out = Vec::with_capacity(MAX_FRAME);
    let mut messages = 0;
    let allocations = allocation_counter::measure(|| {
        each_frame(SERVER.as_bytes(), |frame| {
            if let Ok(message) = ServerMessage::parse(frame) {
                messages += 1;
                message.encode(&mut out);
            }
        });
    });
    assert_eq!((messages, allocations.count_total), (21, 0));
}

/// The frames of a stream that comes whole. It comes once more octet by octet, and has as many frames then.
fn each_frame(stream: &[u8], each: impl FnMut(&Frame<'_>)) {
    let mut input = stream;
    let whole = frames(&mut Framer::new(), &mut input, each);
    let (mut framer, mut begin, mut cut) = (Framer::new(), 0, 0);
    for end in 0..=stream.len() {
        let mut input = &stream[begin..end];
        cut += frames(&mut framer, &mut input, |_| {});
        begin = end - input.len();
    }
    assert_eq!((whole, input.len()), (cut, 0));
}

/// How many frames and faults there are, up to where the input ends.
fn frames(framer: &mut Framer, input: &mut &[u8], mut each: impl FnMut(&Frame<'_>)) -> usize {
    let mut count = 0;
    loop {
        match framer.next(input) {
            Ok(Framed::Frame(frame)) => each(&frame),
            Ok(Framed::Incomplete) => return count,
            Err(FrameError::Frame(_)) => {}
            Err(FrameError::Stream(fault)) => panic!("{fault}"),
        }
        count += 1;
    }
}
