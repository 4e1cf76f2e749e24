//! The header of a frame in fields, and what the grammar says of its attributes: which are known, and in which order.

use crate::reading::{Grammar, NodeId, NodeKind, RuleId};

/// The rules of which another is one.
pub(crate) fn alternatives(grammar: &Grammar, rule: RuleId) -> Vec<RuleId> {
    let NodeKind::Alternatives(of) = &grammar.nodes[grammar.body(rule)].kind else { panic!("{rule} is one of none") };
    let rule_of = |&node: &NodeId| match grammar.nodes[node].kind {
        NodeKind::Rule(rule) => rule,
        _ => panic!("{} is no rule's name", grammar.nodes[node].text),
    };
    of.iter().map(rule_of).collect()
}

/// The verb and the fields of a frame, before any text.
pub(crate) fn header_fields(frame: &[u8]) -> impl Iterator<Item = &[u8]> {
    header(frame).split(|&octet| octet == b' ')
}

/// A frame up to its text or its eol.
pub(crate) fn header(frame: &[u8]) -> &[u8] {
    let line = frame.split(|&octet| octet == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = (1..line.len()).find(|&at| line[at - 1] == b' ' && b":{".contains(&line[at]));
    text.map_or(line, |text| &line[..text - 1])
}

/// The messages of one side or both, with what their rules say of attributes.
pub(crate) struct Messages(Vec<Message>);

struct Message {
    rule: RuleId,
    verb: Vec<u8>,
    from_server: bool,
    orders: Vec<Vec<Vec<u8>>>,
}

impl Messages {
    pub(crate) fn new(grammar: &Grammar) -> Self {
        let of_side = |from_server, side| {
            let message = move |rule| {
                let node = grammar.body(rule);
                Message { rule, verb: verb(grammar, node).to_vec(), from_server, orders: key_orders(grammar, node) }
            };
            alternatives(grammar, grammar.rule(side)).into_iter().map(message)
        };
        Self(of_side(false, "client-message").chain(of_side(true, "server-message")).collect())
    }

    /// Whether a rule is a message.
    pub(crate) fn has(&self, rule: RuleId) -> bool {
        self.0.iter().any(|message| message.rule == rule)
    }

    /// Whether the rule of a message names a key, and so knows it.
    pub(crate) fn knows(&self, rule: RuleId, key: &[u8]) -> bool {
        let message = self.0.iter().find(|message| message.rule == rule);
        message.is_some_and(|message| message.orders.iter().flatten().any(|known| known == key))
    }

    /// A server's frame with its attributes moved into each order in which the grammar shows those of its verb.
    pub(crate) fn in_order(&self, frame: &[u8]) -> Vec<Vec<u8>> {
        let verb = header_fields(frame).next().unwrap_or_default();
        let of_verb = |message: &&Message| message.from_server && message.verb.eq_ignore_ascii_case(verb);
        let Some(message) = self.0.iter().find(of_verb) else { return Vec::new() };
        let (mut attributes, mut fields): (Vec<&[u8]>, Vec<&[u8]>) = (Vec::new(), Vec::new());
        for field in header_fields(frame) {
            match field.contains(&b'=') {
                true => attributes.push(field),
                // Attributes come after all fields.
                false if !attributes.is_empty() => return Vec::new(),
                false => fields.push(field),
            }
        }
        let rest = &frame[header(frame).len()..];
        let ordered = |order: &Vec<Vec<u8>>| {
            let place = |attribute: &[u8]| {
                let key = attribute.split(|&octet| octet == b'=').next().unwrap_or_default();
                order.iter().position(|shown| shown == key).unwrap_or(order.len())
            };
            attributes.sort_by_key(|attribute| place(attribute));
            let header = fields.iter().chain(&attributes).copied().collect::<Vec<_>>().join(&b' ');
            [&header[..], rest].concat()
        };
        let mut frames: Vec<Vec<u8>> = message.orders.iter().map(ordered).collect();
        frames.sort_unstable();
        frames.dedup();
        frames
    }
}

/// The verb with which a message begins.
fn verb(grammar: &Grammar, node: NodeId) -> &[u8] {
    match &grammar.nodes[node].kind {
        NodeKind::Octets { octets, .. } => octets,
        NodeKind::Concatenation(of) if !of.is_empty() => verb(grammar, of[0]),
        _ => panic!("{} does not begin with a verb", grammar.nodes[node].text),
    }
}

/// The sequences of keys that a node shows, one for each way through its alternatives. `extension` shows none.
fn key_orders(grammar: &Grammar, node: NodeId) -> Vec<Vec<Vec<u8>>> {
    match &grammar.nodes[node].kind {
        NodeKind::Range(..) => vec![Vec::new()],
        NodeKind::Octets { octets, .. } => {
            let key = octets.iter().position(|&octet| octet == b'=').filter(|&equals| equals > 0);
            vec![key.map(|equals| octets[..equals].to_vec()).into_iter().collect()]
        }
        NodeKind::Rule(rule) => key_orders(grammar, grammar.body(*rule)),
        NodeKind::Repetition { node, .. } => key_orders(grammar, *node),
        NodeKind::Alternatives(of) => {
            let mut all: Vec<_> = of.iter().flat_map(|&node| key_orders(grammar, node)).collect();
            all.sort_unstable();
            all.dedup();
            all
        }
        NodeKind::Concatenation(of) => of.iter().fold(vec![Vec::new()], |before, &node| {
            let after = key_orders(grammar, node);
            before.iter().flat_map(|before| after.iter().map(move |after| [&before[..], after].concat())).collect()
        }),
    }
}
