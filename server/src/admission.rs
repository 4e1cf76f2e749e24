//! How many connections there may be, in all and from one address.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The gate that every connection goes through.
#[derive(Clone, Debug)]
pub(crate) struct Admission(Arc<Gate>);

#[derive(Debug)]
struct Gate {
    most: usize,
    most_each: usize,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    count: usize,
    /// Loopback is not in it.
    origins: HashMap<Origin, usize>,
}

/// What counts as one address: an IPv4 address, or an IPv6 network of 64 bits, of which one person has a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Origin(IpAddr);

/// A place inside. Dropping it leaves.
#[derive(Debug)]
pub(crate) struct Ticket {
    admission: Admission,
    peer: SocketAddr,
}

impl Admission {
    /// At most `most` connections, and `most_each` from one address.
    pub(crate) fn new(most: usize, most_each: usize) -> Self {
        Self(Arc::new(Gate { most, most_each, inside: Mutex::default() }))
    }

    /// Lets a peer in, unless there are too many.
    pub(crate) fn admit(&self, peer: SocketAddr) -> Option<Ticket> {
        let origin = Origin::of(peer.ip());
        let mut inside = self.lock();
        //= protocol/SPEC.md#11-limits
        //# A server MUST have a limit for each row of the table below that is marked "server", unless its operator
        //# turned it off.
        if inside.count >= self.0.most {
            return None;
        }
        if let Some(origin) = origin {
            let count = inside.origins.entry(origin).or_default();
            if *count >= self.0.most_each {
                return None;
            }
            *count += 1;
        }
        inside.count += 1;
        Some(Ticket { admission: self.clone(), peer })
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.0.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Origin {
    /// The origin of an address; `None` for loopback, which is exempt. SPEC.md, section 11.
    fn of(address: IpAddr) -> Option<Self> {
        let address = address.to_canonical();
        //= protocol/SPEC.md#11-limits
        //# A server MUST exempt connections from the loopback address from the limit of connections for each address.
        (!address.is_loopback()).then(|| {
            Self(match address {
                IpAddr::V4(_) => address,
                IpAddr::V6(address) => {
                    //= protocol/SPEC.md#11-limits
                    //# A server SHOULD take the first 64 bits of an IPv6 address as the address of the limit of connections for
                    //# each address.
                    let [a, b, c, d, ..] = address.segments();
                    IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
                }
            })
        })
    }
}

impl Ticket {
    /// Whose it is.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inside = self.admission.lock();
        inside.count -= 1;
        if let Some(origin) = Origin::of(self.peer.ip())
            && let Entry::Occupied(mut entry) = inside.origins.entry(origin)
        {
            *entry.get_mut() -= 1;
            if *entry.get() == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> SocketAddr {
        SocketAddr::new(address.parse().expect("an address"), 1)
    }

    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server MUST have a limit for each row of the table below that is marked "server", unless its operator turned
    //# it off.
    #[test]
    fn an_address_has_its_share_and_gets_it_back() {
        let admission = Admission::new(10, 2);
        let first = admission.admit(peer("192.0.2.1")).expect("room");
        let _second = admission.admit(peer("::ffff:192.0.2.1")).expect("room");
        assert!(admission.admit(peer("192.0.2.1")).is_none());
        assert!(admission.admit(peer("192.0.2.2")).is_some());
        drop(first);
        assert!(admission.admit(peer("192.0.2.1")).is_some());
    }

    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server SHOULD take the first 64 bits of an IPv6 address as the address of the limit of connections for each
    //# address.
    #[test]
    fn an_ipv6_network_of_64_bits_is_one_address() {
        let admission = Admission::new(10, 1);
        let _one = admission.admit(peer("2001:db8:0:1::1")).expect("room");
        assert!(admission.admit(peer("2001:db8:0:1:ffff::2")).is_none());
        assert!(admission.admit(peer("2001:db8:0:2::1")).is_some());
    }

    //= protocol/SPEC.md#11-limits
    //= type=test
    //# A server MUST exempt connections from the loopback address from the limit of connections for each address.
    #[test]
    fn loopback_has_no_limit_but_the_one_for_all() {
        let admission = Admission::new(3, 1);
        let tickets = ["127.0.0.1", "127.0.0.1", "::1"].map(|address| admission.admit(peer(address)));
        assert!(tickets.iter().all(Option::is_some));
        assert!(admission.admit(peer("127.0.0.1")).is_none());
        drop(tickets);
        assert_eq!(admission.lock().count, 0);
        assert!(admission.lock().origins.is_empty());
    }
}
