//! A dialogue against a server.

use super::read::{Dialogue, Does, Mode, Step};
use crate::{Captures, Client, TestServer};

/// The person of a connection without a label.
const NOBODY_ELSE: &str = "alice";

/// Plays a dialogue against a server that nobody else uses, and returns the place and cause of the first difference.
pub fn play(dialogue: &Dialogue, server: &TestServer) -> Result<(), String> {
    let mut stage = Stage { server, mode: dialogue.mode, captures: Captures::default(), actors: Vec::new() };
    let mut heard = vec![false; dialogue.steps.len()];
    for (index, step) in dialogue.steps.iter().enumerate() {
        let at = |cause: String| format!("section {}, line {}: {cause}", dialogue.section, step.line);
        let actor = stage.actor(step).map_err(at)?;
        let said = match &step.does {
            Does::Send(said) => {
                let said = stage.fill_in(said).map_err(at)?;
                stage.actors[actor].client.send(&said);
                Ok(())
            }
            Does::EndInput => {
                stage.actors[actor].client.end_input();
                Ok(())
            }
            Does::Hear(_) => stage.hear(actor, &dialogue.steps, index, &mut heard),
            Does::HearEnd => stage.hear_end(actor),
        };
        said.map_err(at)?;
    }
    stage.end().map_err(|cause| format!("section {}, at the end: {cause}", dialogue.section))
}

struct Stage<'a> {
    server: &'a TestServer,
    mode: Mode,
    captures: Captures,
    actors: Vec<Actor>,
}

struct Actor {
    label: String,
    client: Client,
    /// Nothing can be asked of it any more.
    over: bool,
}

impl Stage<'_> {
    /// The connection of a step. The first time, it is opened as section 1.4 says.
    fn actor(&mut self, step: &Step) -> Result<usize, String> {
        if let Some(index) = self.actors.iter().position(|actor| actor.label == step.label) {
            return Ok(index);
        }
        let name = if step.label.is_empty() { NOBODY_ELSE } else { &step.label };
        let greeted = matches!(&step.does, Does::Hear(lines) if lines[0].starts_with("FANFARE/"));
        let client = match self.mode {
            _ if greeted => Client::connect(self.server.address()),
            Mode::Framed => self.server.framed(name),
            Mode::Plain => return Err("a connection in plain mode begins with the greeting".to_owned()),
        };
        self.actors.push(Actor { label: step.label.clone(), client, over: false });
        Ok(self.actors.len() - 1)
    }

    /// What is sent, with what its places stand for.
    fn fill_in(&self, said: &str) -> Result<String, String> {
        let Some((before, rest)) = said.split_once('<') else { return Ok(said.to_owned()) };
        let (word, after) = rest.split_once('>').ok_or("a place has no end")?;
        let known = self.captures.find(word).ok_or_else(|| format!("<{word}> was not heard before"))?;
        Ok(format!("{before}{known}{}", self.fill_in(after)?))
    }

    /// Listens until one line of the dialogue has come. Others of the same connection that may come before it are
    /// heard with it.
    fn hear(&mut self, actor: usize, steps: &[Step], index: usize, heard: &mut [bool]) -> Result<(), String> {
        while !heard[index] {
            let lines = self.actors[actor].line()?.ok_or("the end came")?;
            let fits = self.candidates(actor, steps, index, heard).into_iter().find(|&candidate| {
                matches!(&steps[candidate].does, Does::Hear(patterns) if self.captures.fit(&patterns[0], &lines))
            });
            let Some(Step { does: Does::Hear(patterns), .. }) = fits.map(|fits| &steps[fits]) else {
                return Err(format!("{lines:?} came"));
            };
            for text in &patterns[1..] {
                let line = self.actors[actor].line()?;
                if line.as_ref() != Some(text) {
                    return Err(format!("{line:?} came in place of {text:?}"));
                }
            }
            heard[fits.unwrap_or(index)] = true;
        }
        Ok(())
    }

    /// The lines that may come next: the one at `index`, and those behind it that nothing orders with the ones before
    /// them.
    fn candidates(&self, actor: usize, steps: &[Step], index: usize, heard: &[bool]) -> Vec<usize> {
        let mut candidates: Vec<usize> = Vec::new();
        for (later, step) in steps.iter().enumerate().skip(index) {
            let Does::Hear(lines) = &step.does else { break };
            if step.label != self.actors[actor].label || heard[later] {
                continue;
            }
            let first = |candidate: &usize| match &steps[*candidate].does {
                Does::Hear(lines) => lines[0].as_str(),
                _ => "",
            };
            if self.mode == Mode::Framed && candidates.iter().all(|earlier| are_unordered(first(earlier), &lines[0])) {
                candidates.push(later);
            } else if candidates.is_empty() {
                return vec![later];
            }
        }
        candidates
    }

    fn hear_end(&mut self, actor: usize) -> Result<(), String> {
        self.actors[actor].over = true;
        match self.actors[actor].line()? {
            None => Ok(()),
            Some(line) => Err(format!("{line:?} came in place of the end")),
        }
    }

    /// Nothing has come that is not in the dialogue.
    fn end(&mut self) -> Result<(), String> {
        for actor in self.actors.iter_mut().filter(|actor| !actor.over) {
            let (ask, answer) = match self.mode {
                Mode::Framed => ("PING nothing", "PONG nothing"),
                Mode::Plain => ("/help", "* /join #room <text>"),
            };
            actor.client.send(ask);
            match actor.line()? {
                Some(line) if Captures::default().fit(answer, &line) => {}
                line => return Err(format!("{line:?} came to {:?} besides", actor.label)),
            }
        }
        Ok(())
    }
}

impl Actor {
    fn line(&mut self) -> Result<Option<String>, String> {
        self.client.try_line().map_err(|error| format!("no line came: {error}"))
    }
}

/// Whether no requirement says which of two lines of a connection comes first: an `OK` and the message that it is the
/// answer of, and a `PONG` and anything but the last line.
fn are_unordered(one: &str, other: &str) -> bool {
    let verb = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let is_accepted = |line: &str| line == "OK" || line.starts_with("OK seq=");
    let is_said = |line: &str| matches!(verb(line).as_str(), "MSG" | "TOLD");
    let is_pong = |line: &str| verb(line) == "PONG";
    let is_bye = |line: &str| verb(line) == "BYE";
    (is_accepted(one) && is_said(other))
        || (is_said(one) && is_accepted(other))
        || (is_pong(one) != is_pong(other) && !is_bye(one) && !is_bye(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialogue::dialogues;

    fn outcome(block: &str) -> Result<(), String> {
        let found = dialogues(&format!("# 9 Test\n{block}")).expect("every line is a step");
        play(&found[0], &TestServer::start(1))
    }

    #[test]
    fn a_right_dialogue_plays() {
        let joined = "C: JOIN #a\nS: OK epoch=<epoch> next=1 newest=0 members=1\nS: JOINED #a alice\n";
        let text = "C: SAY #a {3}\nC: x\nC: y\n";
        for order in [
            "S: OK seq=1\nS: MSG #a 1 <at> alice {3}\nS: x\nS: y",
            "S: MSG #a 1 <at> alice {3}\nS: x\nS: y\nS: OK seq=1",
        ] {
            assert_eq!(outcome(&format!("```fanfare\n{joined}{text}{order}\n```")), Ok(()));
        }
    }

    #[test]
    fn a_wrong_line_is_named_by_section_and_line() {
        let wrong = outcome("```fanfare\nC: ROOMS\nS: OK count=0\nC: ROOMS\nS: OK count=1\n```").expect_err("no room");
        assert_eq!(wrong, "section 9 Test, line 6: \"OK count=0\" came");
        let wrong =
            outcome("```plain\nS: FANFARE/1 Choose a username...\nC: al\nS: Welcome!\n```").expect_err("others");
        assert!(wrong.starts_with("section 9 Test, line 5: "), "{wrong}");
    }

    #[test]
    fn a_line_too_few_a_wrong_text_and_a_wrong_word_fail() {
        assert!(outcome("```fanfare\nC: ROOMS\nC: ROOMS\nS: OK count=0\n```").is_err());
        assert!(outcome("```fanfare\nC: BYE\nS: BYE bye :<text>\nS: OK\n```").is_err());
        assert!(
            outcome("```fanfare\nC: TELL alice {3}\nC: x\nC: y\nS: OK\nS: TOLD <at> alice {3}\nS: x\nS: z\n```")
                .is_err()
        );
        let joins = "C: JOIN #a\nS: OK epoch=<e> next=1 newest=0 members=1\nS: JOINED #a alice\n";
        let other = "C: JOIN #b\nS: OK epoch=<e> next=1 newest=0 members=1\nS: JOINED #b alice\n";
        assert!(outcome(&format!("```fanfare\n{joins}{other}```")).is_err(), "rooms have epochs of their own");
        assert!(
            outcome("```fanfare\nC: JOIN #a\nS: JOINED #a alice\nS: OK epoch=<e> next=1 newest=0 members=1\n```")
                .is_err()
        );
    }

    #[test]
    fn only_an_answer_and_its_message_come_in_any_order() {
        assert!(are_unordered("OK seq=1", "MSG #a 1 2 b :c"));
        assert!(are_unordered("TOLD 1 b :c", "OK"));
        assert!(are_unordered("OK count=0", "PONG"));
        assert!(!are_unordered("PONG", "BYE bye :<text>"));
        assert!(!are_unordered("PONG a", "PONG b"));
        assert!(!are_unordered("OK epoch=a next=1 newest=0 members=1", "JOINED #a b"));
        assert!(!are_unordered("OK", "LEFT #a b"));
        assert!(!are_unordered("MSG #a 1 2 b :c", "MSG #a 2 2 b :c"));
    }
}
