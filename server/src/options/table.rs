//! The one description of every option.

use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::thread::available_parallelism;
use std::time::Duration;

use super::kind::{
    Addresses, Count, Directory, Filter, Kind, LogFormat, NonZero, OrOff, Phrase, Size, Span, Switch, UseIoUring, Word,
    Workers,
};
use super::spec::{Spec, options};

const KIB: usize = 1 << 10;
const MIB: usize = 1 << 20;
const GIB: usize = 1 << 30;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The most workers that the server starts.
const MOST_WORKERS: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not 0");

/// The smallest outbox, in octets.
const SMALLEST_OUTBOX: usize = 132 * KIB;

/// The longest frame with a text that an outbox holds, in octets:
/// `PAST #room SEQ AT NAME id=ID {65536}`, LF, the text, LF, each field at its longest.
const LONGEST_FRAME: usize =
    "PAST".len() + (1 + 65) + (1 + 16) + (1 + 16) + (1 + 32) + (1 + 3 + 64) + (1 + 7) + 1 + 65_536 + 1;

const _: () = assert!(2 * LONGEST_FRAME <= SMALLEST_OUTBOX, "two of the longest frames fit in the smallest outbox");

/// The processors that this process may use, as far as the server has a worker for each; 1 if the system won't say.
fn processors() -> NonZeroUsize {
    available_parallelism().unwrap_or(NonZeroUsize::MIN).min(MOST_WORKERS)
}

//= protocol/SPEC.md#11-limits
//# A server SHOULD have as defaults the numbers in the table below.
//= protocol/SPEC.md#11-limits
//# A server MUST use the time that is marked "default" in the table below, here and wherever this document names it,
//# unless its operator chose another.
options! {
    /// Everything that an operator can set, checked.
    ///
    /// [`Options::load`] makes it of flags, environment and file. Code that embeds a server begins with the defaults:
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use fanfare_server::options::Options;
    ///
    /// let options = Options { handshake_timeout: Duration::from_millis(200), ..Options::default() };
    /// assert_eq!(options.max_connections, 10_000);
    /// ```
    #[derive(Debug, Clone, PartialEq, Eq)]
    "Listening" {
        /// Where to listen, HOST:PORT. May be given more than once; separated by commas in the environment.
        /// Port 0 takes a free one, and the first line on standard output says which.
        listen: Vec<String> = "listen" <"ADDRESS">, Addresses, default vec!["127.0.0.1:15151".to_owned()];

        /// How many threads serve connections. The default is the number of processors that the server may use,
        /// at most 64.
        workers: NonZeroUsize = "workers" <"N">, Workers(Count(1..=MOST_WORKERS.get())), default processors();

        /// Sending by io_uring, which takes one system call where there would be one for each receiver: auto uses it
        /// where the system has it and allows it.
        io_uring: UseIoUring = "io-uring" <"auto|off">, Word::new(), default UseIoUring::Auto;

        /// The text of WELCOME, and what a person reads, behind "* ", after choosing a name.
        welcome: String = "welcome" <"TEXT">, Phrase { most: 256 },
            default "You are connected to the Server!".to_owned();
    }
    "Limits per connection" {
        /// Requests a second that one connection may make.
        rate_limit: Option<NonZeroU32> = "rate-limit" <"N|off">, OrOff(NonZero(Count(1..=1_000_000))),
            default NonZeroU32::new(50);

        /// Octets a second that the server reads from one connection.
        octet_rate: Option<NonZeroU32> = "octet-rate" <"SIZE|off">, OrOff(NonZero(Size(4_096..=1_073_741_824))),
            default NonZeroU32::new(262_144);

        /// The longest text that a client may send, in octets. WELCOME announces it.
        max_text: u32 = "max-text" <"SIZE">, Size(4_096..=65_536), default 65_536;

        /// Rooms that one connection may be in at a time.
        max_rooms_per_connection: usize = "max-rooms-per-connection" <"N">, Count(1..=10_000), default 64;

        /// Memory for the answers and private messages that wait for one connection to read them, in octets.
        outbox: usize = "outbox" <"SIZE">, Size(SMALLEST_OUTBOX..=64 * MIB), default 256 * KIB;
    }
    "Limits of the server" {
        /// Connections at a time.
        max_connections: usize = "max-connections" <"N">, Count(1..=1_000_000), default 10_000;

        /// Connections at a time from one IPv4 address or one IPv6 /64 network. Loopback is exempt.
        max_connections_per_address: usize = "max-connections-per-address" <"N">, Count(1..=1_000_000), default 64;
    }
    "Timing" {
        /// How long a client may be silent before it is sent PING. A second such silence ends the connection.
        ping_interval: Duration = "ping-interval" <"TIME">,
            Span(Duration::from_secs(1)..=Duration::from_secs(3_600)), default Duration::from_secs(30);

        /// How long a new connection may take to choose a name.
        handshake_timeout: Duration = "handshake-timeout" <"TIME">,
            Span(Duration::from_millis(50)..=Duration::from_secs(300)), default Duration::from_secs(10);

        /// How long a name is kept for its token after its connection broke.
        name_hold: Duration = "name-hold" <"TIME">,
            Span(Duration::ZERO..=Duration::from_secs(3_600)), default Duration::from_secs(60);

        /// How long a connection has to read its BYE before it is closed.
        linger_timeout: Duration = "linger-timeout" <"TIME">,
            Span(Duration::from_millis(10)..=Duration::from_secs(60)), default Duration::from_secs(2);

        /// How long a server that is told to stop waits for its connections to read what they are owed.
        drain_timeout: Duration = "drain-timeout" <"TIME">,
            Span(Duration::ZERO..=Duration::from_secs(300)), default Duration::from_secs(5);
    }
    "Rooms and memory" {
        /// Rooms at a time, those included that nobody holds and whose messages are kept. Of the latter, those with the
        /// fewest messages are forgotten, with these, while there are more than nine tenths of so many rooms.
        max_rooms: usize = "max-rooms" <"N">, Count(1..=1_000_000), default 10_000;

        /// How long an empty room is held. After that its numbering begins anew, unless a message of it is kept on disk.
        room_idle: Duration = "room-idle" <"TIME">,
            Span(Duration::ZERO..=Duration::from_secs(86_400)), default Duration::from_secs(600);

        /// Memory for the log of one room, in octets: how much a reader may miss and catch up on.
        room_log: usize = "room-log" <"SIZE">, Size(64 * KIB..=GIB), default MIB;

        /// Memory for the logs and remembered ids of all rooms together, in octets, at least that of one log. The largest log gives way first.
        log_memory: usize = "log-memory" <"SIZE">, Size(64 * KIB..=GIB.saturating_mul(1_024)), default 64 * MIB;

        /// Members beyond which a room no longer tells who comes and goes, only how many there are.
        /// WELCOME announces it.
        presence_limit: u32 = "presence-limit" <"N">, Count(0..=100_000), default 256;
    }
    "History" {
        /// Whether messages are kept on disk, so that they outlive the server: each is stored before anybody sees it.
        history: Switch = "history" <"on|off">, Word::new(), default Switch::On;

        /// The directory of the history, which is made if need be. One server at a time has it.
        data_dir: PathBuf = "data-dir" <"DIR">, Directory, default PathBuf::from("fanfare-data");

        /// Whether a message is on the disk itself before anybody sees it, and so outlives the machine too. Without, it
        /// outlives the server, whatever ends it.
        history_sync: Switch = "history-sync" <"on|off">, Word::new(), default Switch::Off;

        /// How long a message is kept.
        history_age: Option<Duration> = "history-age" <"TIME|off">,
            OrOff(Span(Duration::from_secs(1)..=DAY.saturating_mul(36_525))), default Some(DAY.saturating_mul(90));

        /// How many messages of a room are kept.
        history_count: Option<u64> = "history-count" <"N|off">, OrOff(Count(1..=1_000_000_000_000)),
            default Some(1_000_000);

        /// How much of a room is kept, in octets of its messages.
        history_size: Option<u64> = "history-size" <"SIZE|off">,
            OrOff(Size(64 * KIB as u64..=1_024 * (GIB as u64).saturating_mul(1_024))), default Some(256 * MIB as u64);

        /// How much of all rooms together is kept, in octets of their messages. The room that has most gives way first.
        history_total: Option<u64> = "history-total" <"SIZE|off">,
            OrOff(Size(64 * KIB as u64..=1_024 * (GIB as u64).saturating_mul(1_024))), default Some(4 * GIB as u64);
    }
    "Logging" {
        /// How a log line looks on standard error: text for people, json for programs.
        log_format: LogFormat = "log-format" <"FORMAT">, Word::new(), default LogFormat::Text;

        /// What is logged: a level (error, warn, info, debug, trace, off), and others for single modules.
        log_level: String = "log-level" <"FILTER">, Filter, default "info".to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::kind::plain;

    #[test]
    fn every_default_is_within_its_own_range_and_survives_being_shown() {
        let default = Options::default();
        for spec in TABLE {
            let mut options = default.clone();
            let shown = plain(&(spec.show)(&default));
            (spec.set)(&mut options, &shown)
                .unwrap_or_else(|refusal| panic!("{}: {} {}", spec.flag, refusal.value, refusal.reason));
            assert_eq!(options, default, "{} became another value", spec.flag);
        }
    }

    //= protocol/SPEC.md#3-3-before-welcome
    //= type=test
    //# A server MUST send `BYE timeout` when 10 seconds have passed since the connection was opened and no `WELCOME`
    //# was sent.
    //= protocol/SPEC.md#3-4-names
    //= type=test
    //# A server MUST hold the name of a person who has a token for 60 seconds after an unclean end, unless more names
    //# would then be in use or held than it takes connections.
    //= protocol/SPEC.md#9-1-after-bye
    //= type=test
    //# A server MUST discard what it receives after its `BYE`, until the client's direction ends, 2 seconds have
    //# passed, or 65,536 octets have come, whichever is first, and then close the connection.
    #[test]
    fn the_defaults_are_those_that_are_promised() {
        let options = Options::default();
        assert_eq!(options.listen, ["127.0.0.1:15151"]);
        assert!(options.workers.get() <= 64);
        assert_eq!(options.octet_rate.map(NonZeroU32::get), Some(256 * 1024));
        assert_eq!(options.rate_limit.map(NonZeroU32::get), Some(50));
        assert_eq!(options.room_log, 1024 * 1024);
        assert!(options.log_memory >= options.room_log);
        assert_eq!(options.room_idle, Duration::from_secs(10 * 60));
        assert_eq!(options.handshake_timeout, Duration::from_secs(10));
        assert_eq!(options.name_hold, Duration::from_secs(60));
        assert_eq!(options.linger_timeout, Duration::from_secs(2));
        assert_eq!(options.drain_timeout, Duration::from_secs(5));
    }

    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server SHOULD have as defaults the numbers in the table below.
    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server MUST use the time that is marked "default" in the table below, here and wherever this document names
    //# it, unless its operator chose another.
    #[test]
    fn the_defaults_are_those_of_the_specification() {
        let options = Options::default();
        let times = [
            (options.handshake_timeout, 10),
            (options.name_hold, 60),
            (options.room_idle, 10 * 60),
            (options.linger_timeout, 2),
            (options.ping_interval, 30),
            (options.drain_timeout, 5),
        ];
        assert!(times.iter().all(|&(time, seconds)| time == Duration::from_secs(seconds)), "{times:?}");
        let numbers = [
            (options.max_text as usize, 65_536),
            (options.presence_limit as usize, 256),
            (options.max_connections, 10_000),
            (options.max_connections_per_address, 64),
            (options.max_rooms, 10_000),
            (options.max_rooms_per_connection, 64),
            (options.log_memory, 67_108_864),
            (options.outbox, 262_144),
        ];
        assert!(numbers.iter().all(|&(number, default)| number == default), "{numbers:?}");
        assert_eq!((options.rate_limit, options.octet_rate), (NonZeroU32::new(50), NonZeroU32::new(262_144)));
    }

    #[test]
    fn both_ends_of_every_range_are_allowed_and_their_neighbours_are_not() {
        for (flag, least, below, most, above) in [
            ("workers", "1", "0", "64", "65"),
            ("rate-limit", "1", "0", "1000000", "1000001"),
            ("octet-rate", "4KiB", "4095", "1GiB", "1073741825"),
            ("max-text", "4KiB", "4095", "65536", "65537"),
            ("max-rooms-per-connection", "1", "0", "10000", "10001"),
            ("outbox", "132KiB", "135167", "64MiB", "67108865"),
            ("max-connections", "1", "0", "1000000", "1000001"),
            ("max-connections-per-address", "1", "0", "1000000", "1000001"),
            ("ping-interval", "1s", "999ms", "1h", "3601"),
            ("handshake-timeout", "50ms", "49ms", "5m", "301s"),
            ("name-hold", "0", "-1", "1h", "3601s"),
            ("linger-timeout", "10ms", "9ms", "1m", "61s"),
            ("drain-timeout", "0", "-1", "5m", "301s"),
            ("max-rooms", "1", "0", "1000000", "1000001"),
            ("room-idle", "0s", "-1s", "24h", "86401s"),
            ("room-log", "64KiB", "65535", "1GiB", "1073741825"),
            ("presence-limit", "0", "-1", "100000", "100001"),
            ("history-age", "1s", "999ms", "36525days", "36525days 1ns"),
            ("history-count", "1", "0", "1000000000000", "1000000000001"),
            ("history-size", "64KiB", "65535", "1024TiB", "1125899906842625"),
            ("history-total", "64KiB", "65535", "1024TiB", "1125899906842625"),
        ] {
            let spec = Spec::find(flag).expect(flag);
            let mut options = Options::default();
            for fine in [least, most] {
                assert!((spec.set)(&mut options, fine).is_ok(), "{flag} {fine}");
            }
            let before = options.clone();
            for wrong in [below, above] {
                assert!((spec.set)(&mut options, wrong).is_err(), "{flag} {wrong}");
            }
            assert_eq!(options, before, "a refused value changed {flag}");
        }
    }
}
