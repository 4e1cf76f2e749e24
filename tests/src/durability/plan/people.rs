//! Who takes part in a round, and what they do.

use std::time::Duration;

use fastrand::Rng;

use super::texts;
use crate::durability::script::{Act, Entrance, Role, Way};

/// Rooms that are empty every now and then. In the second, messages have no ids, so that memory forgets it where empty
/// rooms are not kept.
pub(super) const QUIET: [&str; 2] = ["#quiet", "#drowsy"];

/// The most that one publisher says.
const MOST: usize = 300;

/// Everybody who talks and reads in some rooms for a time.
pub(super) fn all(random: &mut Rng, rooms: &[String], talk: Duration) -> Vec<Role> {
    let mut roles = Vec::new();
    for number in 0..random.usize(2..=3) {
        roles.push(publisher(random, &format!("pub{number}"), Way::Frames, rooms, talk));
    }
    for number in 0..random.usize(1..=2) {
        roles.push(publisher(random, &format!("libpub{number}"), Way::Library, rooms, talk));
    }
    roles.push(subscriber(random, "sub-steady", Way::Frames, rooms, talk));
    roles.push(subscriber(random, "sub-lib", Way::Library, rooms, talk));
    let slow = subscriber(random, "sub-slow", Way::Frames, rooms, talk);
    let pace = Duration::from_millis(random.u64(1..12));
    roles.push(Role { slow: Some(pace), ..slow });
    for number in 0..random.usize(1..=2) {
        let way = if random.u8(..3) == 0 { Way::Library } else { Way::Frames };
        roles.push(wanderer(random, &format!("wander{number}"), way, rooms, talk));
    }
    roles.push(historian(random, "pager", Way::Frames, rooms, talk));
    if random.bool() {
        roles.push(historian(random, "libpager", Way::Library, rooms, talk));
    }
    for number in 0..random.usize(1..=2) {
        roles.push(plain(random, &format!("plain{number}"), rooms, talk));
    }
    roles.push(sleeper(random, "sleeper", rooms, talk));
    for (room, has_ids) in QUIET.into_iter().zip([true, false]) {
        for number in 0..2 {
            roles.push(visitor(random, &format!("visitor{number}-{}", &room[1..]), room, has_ids, talk));
        }
    }
    roles
}

fn role(random: &mut Rng, name: &str, way: Way, acts: Vec<Act>) -> Role {
    Role { name: name.to_owned(), way, acts, window: random.usize(1..=40), slow: None, seed: random.u64(..) }
}

/// Some of the rooms, one at least.
fn some(random: &mut Rng, rooms: &[String]) -> Vec<String> {
    let mut some = rooms.to_vec();
    random.shuffle(&mut some);
    some.truncate(random.usize(1..=rooms.len()));
    some
}

fn any(random: &mut Rng, rooms: &[String]) -> String {
    random.choice(rooms).cloned().unwrap_or_default()
}

fn first(random: &mut Rng) -> Entrance {
    match random.u8(..3) {
        0 => Entrance::Now,
        1 => Entrance::Last(random.u64(1..10)),
        _ => Entrance::Last(random.u64(100..100_000)),
    }
}

fn millis(random: &mut Rng, range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(random.u64(range))
}

/// Says what comes next; most have an id.
fn say(random: &mut Rng, name: &str, key: u64, number: usize, room: String) -> Act {
    let id = (random.u8(..6) > 0).then(|| format!("{key:016x}-{number}"));
    Act::Say { room, id, text: texts::text(random, name, number) }
}

fn publisher(random: &mut Rng, name: &str, way: Way, rooms: &[String], talk: Duration) -> Role {
    let rooms = some(random, rooms);
    let key = random.u64(..);
    let mut acts: Vec<_> = rooms.iter().map(|room| Act::Join(room.clone(), first(random))).collect();
    let (mut time, mut number) = (Duration::ZERO, 0);
    while time < talk && number < MOST {
        for _ in 0..random.usize(1..16) {
            let room = any(random, &rooms);
            acts.push(say(random, name, key, number, room));
            number += 1;
        }
        // Whoever talks for long says no more altogether.
        let pause = millis(random, 5..200) * u32::try_from(1 + talk.as_secs() / 5).unwrap_or(1);
        time += pause;
        acts.push(Act::Pause(pause));
        if random.u8(..30) == 0 {
            acts.push(Act::Again(random.bool()));
        }
    }
    role(random, name, way, acts)
}

/// Reads, searches in frames, and comes again when it was cut off.
fn subscriber(random: &mut Rng, name: &str, way: Way, rooms: &[String], talk: Duration) -> Role {
    let mut acts: Vec<_> = rooms.iter().map(|room| Act::Join(room.clone(), first(random))).collect();
    let mut time = Duration::ZERO;
    while time < talk {
        let pause = millis(random, 300..1_500);
        time += pause;
        acts.push(Act::Pause(pause));
        if way == Way::Frames {
            acts.extend([search(random, rooms), search(random, rooms)]);
        }
        if random.u8(..4) == 0 {
            acts.push(Act::Again(random.bool()));
        }
    }
    role(random, name, way, acts)
}

/// Leaves rooms, and comes back where it stopped, or elsewhere.
fn wanderer(random: &mut Rng, name: &str, way: Way, rooms: &[String], talk: Duration) -> Role {
    let mut acts: Vec<_> = rooms.iter().map(|room| Act::Join(room.clone(), first(random))).collect();
    let mut time = Duration::ZERO;
    while time < talk {
        let room = any(random, rooms);
        let (stay, away) = (millis(random, 10..400), millis(random, 1..400));
        time += stay + away;
        let entrance = match random.u8(..8) {
            0 => Entrance::Now,
            1 => Entrance::Last(random.u64(1..300)),
            2 => Entrance::ResumeLast(random.u64(1..300)),
            _ => Entrance::Resume,
        };
        acts.extend([Act::Pause(stay), Act::Leave(room.clone()), Act::Pause(away), Act::Join(room, entrance)]);
    }
    role(random, name, way, acts)
}

/// Is away for most of the time, and comes back where it stopped.
fn sleeper(random: &mut Rng, name: &str, rooms: &[String], talk: Duration) -> Role {
    let join = |room: &String, entrance| Act::Join(room.clone(), entrance);
    let mut acts: Vec<_> = rooms.iter().map(|room| join(room, Entrance::Last(1))).collect();
    acts.push(Act::Pause(millis(random, 100..400)));
    acts.extend(rooms.iter().cloned().map(Act::Leave));
    acts.push(Act::Pause(talk.mul_f64(0.9)));
    acts.extend(rooms.iter().map(|room| join(room, Entrance::Resume)));
    role(random, name, Way::Frames, acts)
}

/// Looks for words.
fn search(random: &mut Rng, rooms: &[String]) -> Act {
    let last = random.choice([1, 5, 20, 1_000]).unwrap_or(20);
    let skip = (random.u8(..4) == 0).then(|| random.u64(..200));
    Act::Search { room: any(random, rooms), text: texts::query(random), last, skip }
}

/// Pages through histories, and searches them in frames.
fn historian(random: &mut Rng, name: &str, way: Way, rooms: &[String], talk: Duration) -> Role {
    let mut acts: Vec<_> = rooms.iter().map(|room| Act::Join(room.clone(), first(random))).collect();
    let mut time = Duration::ZERO;
    while time < talk {
        let pause = millis(random, 20..500);
        time += pause;
        let page = Act::Page { room: any(random, rooms), forwards: random.bool(), span: random.u64(1..400) };
        acts.extend([Act::Pause(pause), page]);
        if way == Way::Frames {
            acts.push(search(random, rooms));
        }
    }
    role(random, name, way, acts)
}

/// Reads one room after another in plain mode, and says something now and then.
fn plain(random: &mut Rng, name: &str, rooms: &[String], talk: Duration) -> Role {
    let mut acts = Vec::new();
    let (mut time, mut number) = (Duration::ZERO, 0);
    while time < talk {
        let room = any(random, rooms);
        acts.push(Act::Join(room.clone(), Entrance::Now));
        for _ in 0..random.usize(1..6) {
            let pause = millis(random, 50..400);
            time += pause;
            acts.push(Act::Pause(pause));
            if random.bool() {
                acts.push(Act::Say { room: room.clone(), id: None, text: texts::line(random, name, number) });
                number += 1;
            }
        }
    }
    role(random, name, Way::Plain, acts)
}

/// Comes to a quiet room, says something and leaves it, again and again.
fn visitor(random: &mut Rng, name: &str, room: &str, has_ids: bool, talk: Duration) -> Role {
    let key = random.u64(..);
    let mut acts = Vec::new();
    let (mut time, mut number) = (Duration::ZERO, 0);
    while time < talk {
        acts.push(Act::Join(room.to_owned(), if number == 0 { Entrance::Last(1_000) } else { Entrance::Resume }));
        for _ in 0..random.usize(0..5) {
            let text = texts::text(random, name, number);
            let id = has_ids.then(|| format!("{key:016x}-{number}"));
            acts.push(Act::Say { room: room.to_owned(), id, text });
            number += 1;
        }
        let (stay, away) = (millis(random, 0..100), millis(random, 10..400));
        time += stay + away;
        acts.extend([Act::Pause(stay), Act::Leave(room.to_owned()), Act::Pause(away)]);
    }
    role(random, name, Way::Frames, acts)
}
