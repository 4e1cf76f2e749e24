//! What clients say to a double.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;

use fanfare_loadgen::Wire;
use mqttrs::{Packet, Publish, QosPid, decode_slice, encode_slice};

/// One request of a client, in words. Of an empty line there are none.
pub(crate) fn request(input: &mut BufReader<&TcpStream>, wire: Wire) -> Option<Vec<String>> {
    if wire == Wire::Mqtt {
        return packet(input);
    }
    let line = read_line(input)?;
    let bare = line.trim_end();
    match wire {
        Wire::Relay => Some(vec![line]),
        Wire::Fanfare | Wire::Irc => Some(bare.splitn(3, ' ').map(str::to_owned).collect()),
        Wire::Nats => {
            let mut words: Vec<String> = bare.split(' ').map(str::to_owned).collect();
            if words[0] == "PUB" {
                words.push(text(input, words.get(2)?.parse().ok()?)?);
            }
            Some(words)
        }
        Wire::Redis => {
            let mut words = Vec::new();
            for _ in 0..bare.strip_prefix('*')?.parse::<usize>().ok()? {
                let size = read_line(input)?.trim_end().strip_prefix('$')?.parse().ok()?;
                words.push(text(input, size)?);
            }
            Some(words)
        }
        Wire::Mqtt => None,
    }
}

fn read_line(input: &mut BufReader<&TcpStream>) -> Option<String> {
    let mut line = String::new();
    (input.read_line(&mut line).ok()? > 0).then_some(line)
}

/// So many octets and a line end.
fn text(input: &mut BufReader<&TcpStream>, size: usize) -> Option<String> {
    let mut octets = vec![0; size + 2];
    input.read_exact(&mut octets).ok()?;
    octets.truncate(size);
    String::from_utf8(octets).ok()
}

/// A packet of MQTT, as another library reads it.
fn packet(input: &mut BufReader<&TcpStream>) -> Option<Vec<String>> {
    let mut octets = vec![0];
    input.read_exact(&mut octets).ok()?;
    let mut length = 0;
    for place in 0.. {
        let mut octet = [0];
        input.read_exact(&mut octet).ok()?;
        octets.extend_from_slice(&octet);
        length |= usize::from(octet[0] & 0x7f) << (7 * place);
        if octet[0] & 0x80 == 0 {
            break;
        }
    }
    let header = octets.len();
    octets.resize(header + length, 0);
    input.read_exact(&mut octets[header..]).ok()?;
    let words = match decode_slice(&octets).ok()?? {
        Packet::Connect(_) => vec!["CONNECT"],
        Packet::Subscribe(subscribe) => {
            return Some(vec!["SUBSCRIBE".to_owned(), subscribe.topics.first()?.topic_path.to_string()]);
        }
        Packet::Publish(publish) => vec!["PUBLISH", publish.topic_name, std::str::from_utf8(publish.payload).ok()?],
        _ => Vec::new(),
    };
    Some(words.into_iter().map(str::to_owned).collect())
}

/// What a broker delivers.
pub(crate) fn publish_packet(topic: &str, text: &str) -> Vec<u8> {
    let mut octets = vec![0; topic.len() + text.len() + 16];
    let publish =
        Publish { dup: false, qospid: QosPid::AtMostOnce, retain: false, topic_name: topic, payload: text.as_bytes() };
    let length = encode_slice(&Packet::Publish(publish), &mut octets).expect("it has the room");
    octets.truncate(length);
    octets
}
