//! What the programs of this package print.

use std::io::{self, ErrorKind, Write};

/// Writes to standard output. Whoever has closed it does not want to know.
///
/// # Errors
///
/// It can't be written for any other reason.
pub fn print(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(io::Error::new(error.kind(), format!("can't write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}
