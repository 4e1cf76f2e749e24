//! 4.12 AUTH.

use super::answers::is_refused;
use crate::conformance::excuse::WITH_ACCOUNTS;
use crate::conformance::{Outcome, Section, Stage};

pub(super) const SECTION: Section = Section {
    number: "4.12",
    checks: &[check!(without_accounts_auth_is_not_allowed: "4.12/1", "4.12/2").peers(1)],
    unseen: &[],
};

fn without_accounts_auth_is_not_allowed(stage: &mut Stage<'_>) -> Outcome {
    if stage.terms.profile.accounts {
        return stage.skip(WITH_ACCOUNTS);
    }
    let requests = ["AUTH PLAIN :AGFsaWNlAHNlY3JldA==", "auth x", "AUTH SCRAM-SHA-256 more=x {3}\na\nb"];
    let mut peer = stage.connect("peer")?;
    for request in requests {
        is_refused(stage, &mut peer, "4.12/1", request, "not-allowed")?;
    }
    stage.welcome(&mut peer)?;
    for request in requests {
        peer.send(request);
        peer.expect("4.12/2", "ERR not-allowed :<text>")?;
    }
    // What is not well-formed is a fault.
    for request in ["AUTH", "AUTH a.b", "AUTH a b"] {
        is_refused(stage, &mut peer, "2.7/1", request, "bad-arguments")?;
    }
    peer.expect_nothing("4.12/2")
}
