//! Words that a server has for a code, which are its own affair (7.1), but the same in both modes (10.3).

use crate::conformance::{Outcome, Peer};

/// The words of the `ERR` with a code that answers a request.
pub(super) fn of_err(framed: &mut Peer, request: &str, code: &str) -> Outcome<String> {
    framed.send(request);
    let err = framed.expect("7.1/2", &format!("ERR {code} <rest>"))?;
    Ok(behind_the_colon(err.get("rest")))
}

/// The words of the `BYE` with a code that some octets bring about, whatever comes before it.
pub(super) fn of_bye(mut framed: Peer, octets: &[u8], code: &str) -> Outcome<String> {
    framed.send_octets(octets);
    let (_, bye) = framed.until("7.1/2", &format!("BYE {code} <rest>"))?;
    Ok(behind_the_colon(bye.get("rest")))
}

fn behind_the_colon(rest: &str) -> String {
    rest.split_once(':').map(|(_, words)| words.to_owned()).unwrap_or_default()
}
