//! How many file descriptors the process may have.

use std::io;

use rlimit::{Resource, increase_nofile_limit};

/// Raises the soft limit of file descriptors to the hard one, and returns the soft limit before and now.
///
/// Each connection takes a descriptor. Many systems set the soft limit to 1,024, for the sake of old programs that use
/// `select`, which can't have more, and the hard limit far higher, for programs like this one that raise it
/// themselves. Without that a server would turn people away at its thousandth connection.
///
/// # Errors
///
/// The system did not tell or did not change the limit; the limit is then what it was, and the server can go on with
/// fewer connections.
pub fn raise() -> io::Result<(u64, u64)> {
    let (before, _) = Resource::NOFILE.get()?;
    let now = increase_nofile_limit(u64::MAX)?;
    Ok((before, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        let (_, hard) = Resource::NOFILE.get().expect("a limit");
        // Any lower value shows it; the other tests of this process need only a few descriptors.
        let low = hard.min(512);
        Resource::NOFILE.set(low, hard).expect("a lower soft limit");
        assert_eq!(raise().expect("a raised limit"), (low, hard));
        assert_eq!(Resource::NOFILE.get().expect("a limit"), (hard, hard));
    }
}
