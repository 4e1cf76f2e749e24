//! Addresses to listen on.

use std::net::SocketAddr;

use super::{Form, Kind, Refusal};

/// Addresses HOST:PORT, separated by commas. Only their shape is checked: names are resolved when the server listens.
pub(in crate::options) struct Addresses;

impl Kind for Addresses {
    type Value = Vec<String>;

    fn parse(&self, text: &str) -> Result<Vec<String>, Refusal> {
        text.split(',').map(|address| one(address.trim())).collect()
    }

    fn show(&self, value: &Vec<String>) -> toml::Value {
        toml::Value::from(value.clone())
    }

    fn allowed(&self) -> String {
        "HOST:PORT, such as 127.0.0.1:15151 (this machine only), 0.0.0.0:15151 (every interface) or [::1]:15151"
            .to_owned()
    }

    fn form(&self) -> Form {
        Form::List
    }
}

/// One address, if it has a host and a port.
fn one(address: &str) -> Result<String, Refusal> {
    if address.parse::<SocketAddr>().is_ok() {
        return Ok(address.to_owned());
    }
    match fault(address) {
        Some(reason) => Err(Refusal::new(address, reason)),
        None => Ok(address.to_owned()),
    }
}

/// What is wrong with an address that is not of digits alone.
fn fault(address: &str) -> Option<&'static str> {
    if address.is_empty() {
        return Some("is empty");
    }
    if address.bytes().all(|b| b.is_ascii_digit()) {
        return Some("is a port without a host");
    }
    let Some((host, port)) = address.rsplit_once(':') else {
        return Some("has no port");
    };
    if host.is_empty() {
        return Some("has no host before its port");
    }
    if host.contains(':') {
        return Some("is not an IPv6 address in brackets with a port");
    }
    if !host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')) {
        return Some("has a host that is neither an address nor a name");
    }
    if !port.bytes().all(|b| b.is_ascii_digit()) || port.parse::<u16>().is_err() {
        return Some("has a port that is not 0 to 65535");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_with_ports_are_taken_as_they_are() {
        for text in ["127.0.0.1:15151", "0.0.0.0:0", "[::1]:15151", "localhost:80", "chat.example.org:65535"] {
            assert_eq!(Addresses.parse(text), Ok(vec![text.to_owned()]));
        }
        assert_eq!(Addresses.parse("a:1, b:2"), Ok(vec!["a:1".to_owned(), "b:2".to_owned()]));
    }

    #[test]
    fn each_fault_has_its_reason_and_names_its_address() {
        for (address, reason) in [
            ("", "is empty"),
            ("15151", "is a port without a host"),
            (":15151", "has no host before its port"),
            ("localhost", "has no port"),
            ("::1", "is not an IPv6 address in brackets with a port"),
            ("[::1]", "is not an IPv6 address in brackets with a port"),
            ("[::g]:1", "is not an IPv6 address in brackets with a port"),
            ("*:15151", "has a host that is neither an address nor a name"),
            ("a b:15151", "has a host that is neither an address nor a name"),
            ("localhost:", "has a port that is not 0 to 65535"),
            ("localhost:+1", "has a port that is not 0 to 65535"),
            ("localhost:65536", "has a port that is not 0 to 65535"),
        ] {
            assert_eq!(Addresses.parse(address), Err(Refusal::new(address, reason)));
            assert_eq!(Addresses.parse(&format!("a:1,{address}")), Err(Refusal::new(address, reason)));
        }
    }
}
