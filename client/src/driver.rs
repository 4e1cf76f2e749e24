//! The task that carries a conversation: sockets, the clock, and the ways to and from the program.

use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use fanfare_protocol::session::Millis;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};

use crate::ask::Ask;
use crate::config::Config;
use crate::conversation::{Bye, Conversation};
use crate::error::{Ending, Loss};
use crate::event::Event;
use crate::mailbox::Mailbox;

/// Octets that are read at once.
const READ: usize = 64 * 1_024;

/// Octets that wait to be written before nothing more is read: only answers to a flood of `PING` make so many.
const WRITE: usize = 1 << 20;

/// What the program wants.
pub(crate) enum Command {
    Ask(Ask),
    Bye(Bye),
}

/// How a conversation ended, for those who come later.
pub(crate) type Outcome = Arc<OnceLock<Ending>>;

/// Owns the conversation. It ends by itself when the conversation does, also when the program has dropped its client.
pub(crate) struct Driver {
    conversation: Conversation,
    address: String,
    timeout: Duration,
    commands: mpsc::Receiver<Command>,
    mailbox: Arc<Mailbox>,
    outcome: Outcome,
    origin: Instant,
    /// What was read and not yet understood: less than one frame, between reads.
    input: BytesMut,
    /// What is to be written.
    out: BytesMut,
}

impl Driver {
    pub(crate) fn new(
        config: &Config,
        commands: mpsc::Receiver<Command>,
        mailbox: Arc<Mailbox>,
        outcome: Outcome,
    ) -> Self {
        Self {
            conversation: Conversation::new(config),
            address: config.address.clone(),
            timeout: config.timeout,
            commands,
            mailbox,
            outcome,
            origin: Instant::now(),
            input: BytesMut::new(),
            out: BytesMut::new(),
        }
    }

    /// Carries the conversation to its end.
    pub(crate) async fn run(mut self) {
        let ending = loop {
            let ending = match self.connect().await {
                Ok(stream) => self.converse(stream).await,
                Err(ending) => ending,
            };
            let Ending::Lost(loss) = ending else { break ending };
            if let Err(ending) = self.pause(loss).await {
                break ending;
            }
        };
        // In this order: who finds the commands closed looks for the outcome.
        let ending = self.outcome.get_or_init(|| ending).clone();
        self.commands.close();
        while let Some(command) = self.commands.recv().await {
            self.obey(Some(command));
        }
        self.conversation.end(&ending);
        self.mailbox.push(Event::Ended(ending));
    }

    /// Makes a connection.
    async fn connect(&mut self) -> Result<TcpStream, Ending> {
        let dial = timeout(self.timeout, TcpStream::connect(self.address.clone()));
        let dialled = self.meanwhile(dial).await?.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        let stream = dialled.map_err(|error| Loss::Unreachable(error.into()))?;
        // A line that waits for company helps nobody. A system that refuses it is slower, and works.
        let _ = stream.set_nodelay(true);
        Ok(stream)
    }

    /// Waits before the next connection, if there is to be one.
    async fn pause(&mut self, loss: Loss) -> Result<(), Ending> {
        let wait = self.conversation.lost(self.now(), loss.clone(), random())?;
        self.mailbox.push(Event::Disconnected { loss, retry: wait });
        self.meanwhile(tokio::time::sleep(wait)).await
    }

    /// Does something without a connection, and takes what the program wants meanwhile.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Ending> {
        tokio::pin!(work);
        loop {
            if self.conversation.is_over() {
                return Err(Ending::Done);
            }
            tokio::select! {
                done = &mut work => return Ok(done),
                command = self.commands.recv(), if self.conversation.takes() => self.obey(command),
            }
        }
    }

    /// Serves one connection up to its end.
    async fn converse(&mut self, mut stream: TcpStream) -> Ending {
        self.input.clear();
        self.out.clear();
        self.conversation.connected(self.now());
        let (mut reader, mut writer) = stream.split();
        loop {
            let now = self.now();
            self.conversation.transmit(now, &mut self.out);
            //= protocol/SPEC.md#4-1-rules-for-all-requests
            //# A client SHOULD go on reading while its requests are unanswered.
            let reading = self.out.len() < WRITE && (!self.mailbox.is_full() || self.conversation.is_waiting());
            let deadline = self.conversation.deadline(now, reading);
            let alarm = deadline.map(|at| self.origin + Duration::from_millis(at.0));
            self.input.reserve(READ);
            tokio::select! {
                read = reader.read_buf(&mut self.input), if reading => {
                    let over = match read {
                        Ok(0) => Err(Loss::Closed.into()),
                        Ok(_) => self.understand(),
                        Err(error) => Err(Loss::Transport(error.into()).into()),
                    };
                    //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
                    //# A client that cannot find the end of a frame MUST end the connection.
                    //= protocol/SPEC.md#2-8-faults-in-what-a-client-receives
                    //# A client that receives a known verb with arguments that do not have their form SHOULD end the
                    //# connection and report a fault of the server.
                    //= protocol/SPEC.md#3-1-greeting
                    //# A client that speaks none of the versions of a greeting MUST end the connection.
                    //= protocol/SPEC.md#3-1-greeting
                    //# A client that receives a first line that is no greeting MUST end the connection.
                    //= protocol/SPEC.md#9-1-after-bye
                    //# A client MUST close the connection after it has received `BYE`.
                    if let Err(ending) = over {
                        return ending;
                    }
                }
                written = writer.write_buf(&mut self.out), if !self.out.is_empty() => {
                    if let Err(error) = written {
                        return self.last_words(&mut reader, error).await;
                    }
                }
                command = self.commands.recv(), if self.conversation.takes() => self.obey(command),
                () = self.mailbox.space(), if !reading => {}
                () = sleep_until(alarm.unwrap_or(self.origin)), if alarm.is_some() => {
                    let now = self.now();
                    if let Err(ending) = self.conversation.expire(now, reading, &mut self.out) {
                        return ending;
                    }
                }
            }
        }
    }

    /// Nothing can be written any more. What the server said before may tell why: it is read to the end.
    async fn last_words(&mut self, reader: &mut (impl AsyncReadExt + Unpin), error: io::Error) -> Ending {
        let words = async {
            while let Ok(1..) = reader.read_buf(&mut self.input).await {
                self.understand()?;
                self.input.reserve(READ);
            }
            Ok(())
        };
        match timeout(Duration::from_secs(1), words).await {
            Ok(Err(ending)) => ending,
            _ => Loss::Transport(error.into()).into(),
        }
    }

    /// Takes the whole frames of what was read.
    fn understand(&mut self) -> Result<(), Ending> {
        let now = millis(self.origin);
        let mut input = &self.input[..];
        let mailbox = &self.mailbox;
        let result = self.conversation.receive(now, &mut input, &mut self.out, &mut |event| mailbox.push(event));
        let taken = self.input.len() - input.len();
        self.input.advance(taken);
        result
    }

    fn obey(&mut self, command: Option<Command>) {
        match command {
            Some(Command::Ask(ask)) => self.conversation.ask(ask),
            Some(Command::Bye(bye)) => self.conversation.leave(bye),
            // The program has dropped its client.
            None => self.conversation.leave(Bye { reason: None, answer: None }),
        }
    }

    fn now(&self) -> Millis {
        millis(self.origin)
    }
}

fn millis(origin: Instant) -> Millis {
    Millis(u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX))
}

/// 64 random bits.
pub(crate) fn random() -> u64 {
    getrandom::u64().expect("the system has random bits")
}
