//! Where coordinator and workers meet.

use std::fmt;
use std::str::FromStr;

/// A host and its port. As text it is `HOST:PORT`, with brackets around an address of IPv6; or a port alone, which is one of
/// loopback: who wants to be reached by other machines has to say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name or address; one of IPv6 without its brackets.
    pub host: String,
    /// Its port; 0 is a free one.
    pub port: u16,
}

/// What is written is no such place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no address: write HOST:PORT, such as 10.0.0.7:9300, or a port of loopback")]
pub struct EndpointError(String);

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let wrong = || EndpointError(text.to_owned());
        if let Ok(port) = text.parse() {
            return Ok(Self { host: "127.0.0.1".to_owned(), port });
        }
        let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        // Without brackets an address of IPv6 has no end.
        if bare.is_none() && host.contains(':') || bare.unwrap_or(host).is_empty() {
            return Err(wrong());
        }
        let port = port.parse().map_err(|_| wrong())?;
        Ok(Self { host: bare.unwrap_or(host).to_owned(), port })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        write!(f, "{open}{}{close}:{}", self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_one_of_loopback() {
        let shown = |text: &str| text.parse::<Endpoint>().map(|endpoint| endpoint.to_string());
        assert_eq!(shown("9300").as_deref(), Ok("127.0.0.1:9300"));
        for text in ["0.0.0.0:0", "[::1]:7", "box.example:9300"] {
            assert_eq!(shown(text).as_deref(), Ok(text));
        }
        for wrong in ["", ":7", "[]:7", "::1:7", "box", "box:", "box:70000", "70000"] {
            assert_eq!(shown(wrong), Err(EndpointError(wrong.to_owned())));
        }
    }
}
