//! MQTT, held against the crate `mqttrs`.

use mqttrs::{Packet, QoS, QosPid, decode_slice};

use super::*;

/// A message in a packet of its own, with the first octet and the room's length as told.
fn packet(first: u8, room_length: u16, body: &[u8]) -> Vec<u8> {
    let mut packet = vec![first, u8::try_from(body.len() + 2).expect("it is short")];
    packet.extend_from_slice(&room_length.to_be_bytes());
    packet.extend_from_slice(body);
    packet
}

#[test]
fn mqtt_is_version_3_1_1() {
    let message_packet = packet(0x30, 3, b"teahello");
    let packets: [(&[u8], Next<'_>); 11] = [
        (&[0x20, 2, 0, 0], Next::Frame(4, Word::Other)),
        (&[0x90, 3, 0, 1, 0], Next::Frame(5, Word::Other)),
        (&message_packet, Next::Frame(12, message("tea", None, "hello"))),
        (&[0xd0, 0], Next::Frame(2, Word::Other)),
        // What was kept from earlier.
        (&packet(0x31, 3, b"teahello"), Next::Frame(12, Word::Other)),
        // At another QoS, or as a repetition at QoS 0; of no known type; and what only a client says.
        (&packet(0x32, 3, b"teahello"), Next::Unreadable(12)),
        (&packet(0x38, 3, b"teahello"), Next::Unreadable(12)),
        (&packet(0xf0, 3, b"teahello"), Next::Unreadable(12)),
        (&packet(0x82, 3, b"teahello"), Next::Unreadable(12)),
        // A room that goes on behind the packet, and a text that is no text.
        (&packet(0x30, 9, b"teahello"), Next::Unreadable(12)),
        (&packet(0x30, 3, b"tea\xff"), Next::Unreadable(8)),
    ];
    let stream: Vec<u8> = packets.iter().flat_map(|(octets, _)| octets.iter().copied()).collect();
    let expected: Vec<Next<'_>> = packets.iter().map(|(_, next)| *next).collect();
    assert_eq!(words(Wire::Mqtt, &stream), expected);
    for broken in [&[0x30, 0x80, 0x80, 0x80, 0x80, 0x01][..], &[0x30, 0xff, 0xff, 0x7f]] {
        assert_eq!(Wire::Mqtt.next(broken), Next::Broken, "{broken:?}");
    }
}

#[test]
fn a_client_of_mqtt_says_what_another_library_reads() {
    let (heard, joined) = said_by_a_user(Wire::Mqtt, true, &[0x20, 2, 0, 0, 0xd0, 0, 0x90, 3, 0, 1, 0]);
    assert_eq!(joined, JOINED);
    let Ok(Some(Packet::Connect(connect))) = decode_slice(&heard) else { panic!("{heard:?}") };
    assert_eq!((connect.client_id, connect.keep_alive, connect.clean_session), ("load-1", 0, true));
    assert_eq!((connect.username, connect.password), (Some("alice"), Some(&b"s3cret"[..])));
    let rest = &heard[2 + usize::from(heard[1])..];
    let Ok(Some(Packet::Subscribe(subscribe))) = decode_slice(rest) else { panic!("{rest:?}") };
    assert_eq!((&*subscribe.topics[0].topic_path, subscribe.topics[0].qos), ("tea", QoS::AtMostOnce));

    let (heard, joined) = said_by_a_user(Wire::Mqtt, false, &[0x20, 2, 0, 0]);
    assert_eq!((heard.len(), joined), (2 + usize::from(heard[1]), JOINED), "it subscribes to nothing");

    let mut said = Vec::new();
    let text = "x".repeat(20_000);
    Wire::Mqtt.publish(&Said { room: "tea", number: 7, name: "load-0", text: &text }, &mut said);
    let Ok(Some(Packet::Publish(publish))) = decode_slice(&said) else { panic!("{said:?}") };
    assert_eq!((publish.topic_name, publish.payload, publish.qospid), ("tea", text.as_bytes(), QosPid::AtMostOnce));
    assert_eq!(
        Wire::Mqtt.next(&said),
        Next::Frame(said.len(), Word::Message(Message { room: "tea", signed: None, text: &text }))
    );
    assert_eq!(decode_slice(Wire::Mqtt.farewell()), Ok(Some(Packet::Disconnect)));
}

#[test]
fn who_is_refused_by_a_broker_is_told_why() {
    for (stream, words) in [
        (&[0x20, 2, 0, 4][..], "wrong user or password"),
        (&[0x20, 2, 0, 5], "not authorized"),
        (&[0x20, 2, 0, 0, 0x90, 3, 0, 1, 0x80], "subscribe to tea"),
    ] {
        let turned = open(Wire::Mqtt, stream);
        assert!(matches!(&turned, Err(Turned::Away(reason)) if reason.contains(words)), "{turned:?}");
        let Err(Turned::Away(reason)) = turned else { continue };
        assert!(Wire::Mqtt.remedy(&reason).contains("LOADGEN_PASSWORD"), "{reason}");
    }
    // A broker that speaks first is none.
    assert!(matches!(open(Wire::Mqtt, b"220 mail.example ESMTP\r\n"), Err(Turned::Otherwise(_)) | Ok((_, 0, None))));
    assert!(matches!(open(Wire::Mqtt, b"-ERR unknown command\r\n"), Err(Turned::Otherwise(_)) | Ok((_, 0, None))));
}
