//! The grammar, read from the `abnf` blocks of SPEC.md: RFC 5234 with the `%s` of RFC 7405.

use std::collections::BTreeMap;

use abnf::types::{Kind, Node as Parsed, Repeat, TerminalValues};

use crate::document;

/// RFC 5234, appendix B.1.
const CORE: &str = r#"
ALPHA  = %x41-5A / %x61-7A
BIT    = "0" / "1"
CHAR   = %x01-7F
CR     = %x0D
CRLF   = CR LF
CTL    = %x00-1F / %x7F
DIGIT  = %x30-39
DQUOTE = %x22
HEXDIG = DIGIT / "A" / "B" / "C" / "D" / "E" / "F"
HTAB   = %x09
LF     = %x0A
LWSP   = *(WSP / CRLF WSP)
OCTET  = %x00-FF
SP     = %x20
VCHAR  = %x21-7E
WSP    = SP / HTAB
"#;

/// What the tests begin with and SPEC.md has no name for: any frames, as a receiver finds their ends (2.1, 2.3).
const ROOTS: &str = "frames = *( frame / empty-line )\n";

/// Where a node stands in a [`Grammar`].
pub(crate) type NodeId = usize;
/// Where a rule stands in a [`Grammar`].
pub(crate) type RuleId = usize;

/// Rules whose nodes are numbered, so that what was generated can be counted.
pub(crate) struct Grammar {
    pub(crate) rules: Vec<Rule>,
    pub(crate) nodes: Vec<Node>,
    ids: BTreeMap<String, RuleId>,
}

/// A rule by its name, in lower case as ABNF compares names.
pub(crate) struct Rule {
    pub(crate) name: String,
    pub(crate) node: NodeId,
    pub(crate) source: Source,
}

/// Where a rule is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Spec,
    Core,
    Roots,
}

/// A piece of a rule, with its text for messages.
pub(crate) struct Node {
    pub(crate) kind: NodeKind,
    pub(crate) text: String,
    /// The rule it stands in.
    pub(crate) rule: RuleId,
}

/// What a piece of a rule is. An option is a repetition of none or one; a group is what is in it.
pub(crate) enum NodeKind {
    Alternatives(Vec<NodeId>),
    Concatenation(Vec<NodeId>),
    Repetition { min: usize, max: Option<usize>, node: NodeId },
    Rule(RuleId),
    Range(u8, u8),
    Octets { octets: Vec<u8>, any_case: bool },
}

/// The rules of SPEC.md, as they stand there.
pub(crate) fn parsed() -> Vec<abnf::types::Rule> {
    rulelist(&(document::blocks("abnf").join("\n") + "\n"))
}

fn rulelist(text: &str) -> Vec<abnf::types::Rule> {
    abnf::rulelist(text).unwrap_or_else(|error| panic!("not ABNF by RFC 5234: {error}"))
}

impl Grammar {
    /// That of SPEC.md, with the core rules and the tests' own roots.
    pub(crate) fn of_spec() -> Self {
        let sources = [(parsed(), Source::Spec), (rulelist(CORE), Source::Core), (rulelist(ROOTS), Source::Roots)];
        let all = || sources.iter().flat_map(|(rules, source)| rules.iter().map(move |rule| (rule, *source)));
        let mut ids = BTreeMap::new();
        for (id, (rule, _)) in all().enumerate() {
            let earlier = ids.insert(rule.name().to_ascii_lowercase(), id);
            assert!(earlier.is_none() && rule.kind() == Kind::Basic, "{} is defined twice", rule.name());
        }
        let mut grammar = Self { rules: Vec::new(), nodes: Vec::new(), ids };
        for (id, (rule, source)) in all().enumerate() {
            let node = grammar.add(rule.node(), id);
            grammar.rules.push(Rule { name: rule.name().to_ascii_lowercase(), node, source });
        }
        grammar
    }

    /// The rule of a name.
    pub(crate) fn rule(&self, name: &str) -> RuleId {
        *self.ids.get(&name.to_ascii_lowercase()).unwrap_or_else(|| panic!("no rule defines {name}"))
    }

    /// The node of a rule.
    pub(crate) fn body(&self, rule: RuleId) -> NodeId {
        self.rules[rule].node
    }

    fn add(&mut self, parsed: &Parsed, rule: RuleId) -> NodeId {
        let kind = match parsed {
            Parsed::Group(inner) => return self.add(inner, rule),
            Parsed::Alternatives(of) => NodeKind::Alternatives(of.iter().map(|node| self.add(node, rule)).collect()),
            Parsed::Concatenation(of) => NodeKind::Concatenation(of.iter().map(|node| self.add(node, rule)).collect()),
            Parsed::Optional(inner) => NodeKind::Repetition { min: 0, max: Some(1), node: self.add(inner, rule) },
            Parsed::Repetition { repeat, node } => {
                let (min, max) = match *repeat {
                    Repeat::Specific(times) => (times, Some(times)),
                    Repeat::Variable { min, max } => (min.unwrap_or(0), max),
                };
                NodeKind::Repetition { min, max, node: self.add(node, rule) }
            }
            Parsed::Rulename(name) => NodeKind::Rule(self.rule(name)),
            Parsed::String(literal) => {
                let octets = literal.value().as_bytes().to_vec();
                NodeKind::Octets { octets, any_case: !literal.is_case_sensitive() }
            }
            Parsed::TerminalValues(TerminalValues::Range(from, to)) => NodeKind::Range(octet(*from), octet(*to)),
            Parsed::TerminalValues(TerminalValues::Concatenation(values)) => {
                NodeKind::Octets { octets: values.iter().copied().map(octet).collect(), any_case: false }
            }
            Parsed::Prose(words) => panic!("<{words}> can't be tested"),
        };
        self.nodes.push(Node { kind, text: parsed.to_string(), rule });
        self.nodes.len() - 1
    }
}

fn octet(value: u32) -> u8 {
    u8::try_from(value).unwrap_or_else(|_| panic!("{value:#x} is no octet"))
}
