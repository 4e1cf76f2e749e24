//! Why a server may do other than a check expects of most servers.

use super::{Check, Failure, Terms};

/// The most persons of the suite who can be in the lobby at once. A check with more peers is played alone, elsewhere.
const LOBBY: u64 = 256;

/// The reason for which a failure is none, if what is known of the server allows what came.
pub(super) fn excuse(failure: &Failure, check: &Check, terms: &Terms) -> Option<String> {
    crowd(failure, check, terms).or_else(|| accounts(failure, terms))
}

/// In a crowded room nobody's joining and leaving is told, and `MEMBERS` comes between (5.6).
fn crowd(failure: &Failure, check: &Check, terms: &Terms) -> Option<String> {
    if failure.requirement.starts_with("5.6/") {
        return None;
    }
    let is_told = |words: [&str; 2]| words.iter().any(|word| failure.expected.contains(word));
    let in_plain = is_told([" joined the chat!", " has left the chat!"]) || failure.got.contains(" now (");
    let in_frames = is_told(["JOINED ", "LEFT "]) || failure.got.starts_with("MEMBERS ");
    let members = match (in_plain, in_frames) {
        (true, _) => LOBBY,
        (false, true) => check.peers as u64,
        (false, false) => return None,
    };
    let limit = terms.announced.presence;
    (limit < members).then(|| format!("the announced presence limit is {limit}, and its room can be crowded"))
}

/// What 4.12 asks of servers without accounts, and what this version does not define for the others.
fn accounts(failure: &Failure, terms: &Terms) -> Option<String> {
    let is_asked = failure.got.contains("ERR auth-required ");
    let sent_auth = || failure.log.iter().any(|line| line.to_ascii_uppercase().contains("AUTH "));
    let is_refused = || failure.expected.contains("not-allowed") && sent_auth();
    (terms.profile.accounts && (is_asked || is_refused())).then(|| WITH_ACCOUNTS.to_owned())
}

/// Why a server with accounts is not held to something.
pub(super) const WITH_ACCOUNTS: &str = "the server has accounts, for which this version defines no AUTH (4.12)";

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};
    use std::time::Duration;

    use super::*;
    use crate::conformance::{Announced, Profile};

    fn is_excused(presence: u64, accounts: bool, failure: (&'static str, &str, &str)) -> bool {
        let terms = Terms {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)),
            patience: Duration::ZERO,
            announced: Announced { presence, ..Announced::default() },
            profile: Profile { accounts, ..Profile::default() },
        };
        let check = Check::new("it", &["5.5/1"], |_| Ok(())).peers(3);
        let (requirement, expected, got) = failure;
        let (expected, got) = (expected.to_owned(), got.to_owned());
        let log = vec!["   0.000 a > AUTH X\\n".to_owned()];
        excuse(&Failure { requirement, check: "it", expected, got, log }, &check, &terms).is_some()
    }

    #[test]
    fn presence_can_be_absent_only_where_the_room_can_be_crowded() {
        let framed = ("5.5/1", "JOINED #a bob", "nothing in 5s");
        assert!(is_excused(2, false, framed));
        assert!(!is_excused(3, false, framed), "three are no crowd");
        assert!(!is_excused(2, false, ("4.5/3", "OK epoch=<epoch>", "nothing in 5s")));
        assert!(!is_excused(2, false, ("5.6/1", "no presence in a crowded room", "JOINED #a bob")));
        assert!(is_excused(2, false, ("4.5/3", "OK epoch=<epoch>", "MEMBERS #a total=1 joined=1 left=0")));
        let plain = ("10.1/6", "bob joined the chat!", "* 5 members now (6 joined, 1 left)");
        assert!(is_excused(255, false, plain));
        assert!(!is_excused(256, false, plain));
    }

    #[test]
    fn who_has_accounts_is_not_held_to_what_binds_those_without() {
        for failure in [
            ("4.4/1", "WELCOME a <limits>", "ERR auth-required :Authenticate first."),
            ("4.3/1", "ERR not-allowed <rest>", "CHALLENGE :"),
        ] {
            assert!(is_excused(256, true, failure));
            assert!(!is_excused(256, false, failure), "it says nothing of accounts");
        }
        assert!(!is_excused(256, true, ("4.4/1", "WELCOME a <limits>", "nothing in 5s")));
    }
}
