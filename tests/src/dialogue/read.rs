//! From the blocks of a document to what is to be sent and what is to come.

use super::terminals;

/// The language of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Framed,
    Plain,
}

/// One block that is marked `fanfare`, `plain` or `terminals`.
#[derive(Debug)]
pub struct Dialogue {
    /// The heading of the section that it stands in.
    pub section: String,
    /// The number of its first line in the document.
    pub line: usize,
    pub(super) mode: Mode,
    pub(super) steps: Vec<Step>,
}

/// What one connection says or hears.
#[derive(Debug)]
pub(super) struct Step {
    /// The number of its line in the document.
    pub(super) line: usize,
    /// Which connection; empty without a label.
    pub(super) label: String,
    pub(super) does: Does,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Does {
    Send(String),
    EndInput,
    /// A line, and those of the counted text that it begins.
    Hear(Vec<String>),
    HearEnd,
}

impl Dialogue {
    /// Reads the lines of a block, the first of which has a number.
    fn read(section: &str, first: usize, mode: Mode, lines: &[&str]) -> Result<Self, String> {
        let mut steps: Vec<Step> = Vec::new();
        let mut text_left: usize = 0;
        for (line, words) in (first..).zip(lines) {
            let step = Step::read(line, words).ok_or_else(|| format!("line {line} of the document is no step"))?;
            match (steps.last_mut(), step.does) {
                (Some(Step { label, does: Does::Hear(heard), .. }), Does::Hear(more))
                    if text_left > 0 && *label == step.label =>
                {
                    text_left = text_left.saturating_sub(more[0].len() + 1);
                    heard.extend(more);
                }
                (_, does) => {
                    text_left = match &does {
                        Does::Hear(heard) if mode == Mode::Framed => counted(&heard[0]).map_or(0, |octets| octets + 1),
                        _ => 0,
                    };
                    steps.push(Step { does, ..step });
                }
            }
        }
        Ok(Self { section: section.to_owned(), line: first, mode, steps })
    }
}

impl Step {
    fn read(line: usize, words: &str) -> Option<Self> {
        let (speaker, said) = words.split_once(": ")?;
        let (label, side) = speaker.rsplit_once(' ').unwrap_or(("", speaker));
        let does = match (side, said) {
            ("C", "<end>") => Does::EndInput,
            ("S", "<end>") => Does::HearEnd,
            ("C", said) => Does::Send(said.to_owned()),
            ("S", said) => Does::Hear(vec![said.to_owned()]),
            _ => return None,
        };
        Some(Self { line, label: label.to_owned(), does })
    }
}

/// The octets of the counted text that a line announces.
fn counted(line: &str) -> Option<usize> {
    let (header, count) = line.strip_suffix('}')?.rsplit_once(" {")?;
    if header.contains(" :") { None } else { count.parse().ok() }
}

/// Every dialogue of a document in Markdown.
pub fn dialogues(document: &str) -> Result<Vec<Dialogue>, String> {
    let mut found = Vec::new();
    let mut section = "";
    let mut lines = (1..).zip(document.lines());
    while let Some((number, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix('#') {
            section = heading.trim_start_matches('#').trim();
        }
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().map(|(_, line)| line).take_while(|&line| line != "```").collect();
        let line = number + 1;
        found.push(match language {
            "fanfare" => Dialogue::read(section, line, Mode::Framed, &block)?,
            "plain" => Dialogue::read(section, line, Mode::Plain, &block)?,
            "terminals" => {
                let steps = terminals::steps(line, &block)?;
                Dialogue { section: section.to_owned(), line, mode: Mode::Plain, steps }
            }
            _ => continue,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hears(lines: &[&str]) -> Does {
        Does::Hear(lines.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn blocks_are_found_with_their_section_and_line() {
        let document =
            "# A\n```abnf\n# no heading\n```\n## 1.2 B\n\n```plain\nal C: x\nS: y: z\n```\n```fanfare\nC: <end>\n```\n";
        let found = dialogues(document).expect("every line is a step");
        let [plain, framed] = &found[..] else { panic!("{found:?}") };
        assert_eq!((plain.section.as_str(), plain.line, plain.mode), ("1.2 B", 8, Mode::Plain));
        assert_eq!((plain.steps[0].label.as_str(), &plain.steps[0].does), ("al", &Does::Send("x".to_owned())));
        assert_eq!((plain.steps[1].line, &plain.steps[1].does), (9, &hears(&["y: z"])));
        assert_eq!((framed.line, &framed.steps[0].does), (12, &Does::EndInput));
    }

    #[test]
    fn a_counted_text_belongs_to_its_frame() {
        let block = "```fanfare\nS: MSG #a 1 2 b {4}\nS: x\nS: yz\nS: OK\nS: MSG #a 1 2 b {0}\nS: \nS: OK\n```";
        let found = dialogues(block).expect("every line is a step");
        let steps: Vec<_> = found[0].steps.iter().map(|step| &step.does).collect();
        let [first, ok, second, also_ok] = steps[..] else { panic!("{steps:?}") };
        assert_eq!(*first, hears(&["MSG #a 1 2 b {4}", "x", "yz"]));
        assert_eq!(*second, hears(&["MSG #a 1 2 b {0}", ""]));
        assert_eq!((ok, also_ok), (&hears(&["OK"]), &hears(&["OK"])));
    }

    #[test]
    fn a_line_without_a_speaker_is_no_step() {
        assert!(dialogues("```plain\nhello\n```").is_err());
        assert!(dialogues("```plain\nX: hello\n```").is_err());
    }
}
