//! Interventions and plain facts put together from the sentences of the table.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::agree::{About, fill, lower_first};
use super::table::{Ambito, Table, Topic};
use super::words::words;
use crate::domain::Outcome;

/// The most sentences of an intervention.
const MOST: usize = 4;

/// How often a case's own choice among sentences is taken, rather than any: what is said then depends on the facts, and
/// not on what is said most.
const OWN_CHOICE: f64 = 0.6;

/// Draws sentences for one case.
struct Draw<'a> {
    rng: &'a mut ChaCha8Rng,
    /// Of the case's facts as they were written.
    key: u64,
    about: &'a About,
    said: Vec<String>,
}

impl Draw<'_> {
    /// Says one of the sentences. `slot` tells its place, so that each place has its own choice.
    fn say(&mut self, sentences: &[&str], slot: u64) {
        let own = (self.key ^ slot.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33;
        let sentence = if self.rng.random_bool(OWN_CHOICE) {
            sentences.get(own as usize % sentences.len().max(1)).copied()
        } else {
            sentences.choose(self.rng).copied()
        };
        let filled = sentence.and_then(|sentence| fill(sentence, self.about, self.rng));
        self.said.extend(filled.filter(|sentence| self.said.len() < MOST && !self.said.contains(sentence)));
    }

    fn chance(&mut self, share: f64) -> bool {
        self.rng.random_bool(share)
    }
}

fn each(sentences: &[String]) -> Vec<&str> {
    sentences.iter().map(String::as_str).collect()
}

/// The sentences whose words stand in the facts.
fn called_for<'t>(facts: &str, topics: &'t [Topic]) -> Vec<&'t str> {
    let words = words(facts);
    let lower = facts.to_lowercase();
    let stands = |beginning: &String| {
        if beginning.contains(' ') {
            lower.contains(beginning)
        } else {
            words.iter().any(|word| word.starts_with(beginning))
        }
    };
    topics.iter().filter(|topic| topic.beginnings.iter().any(stands)).map(|topic| topic.sentence.as_str()).collect()
}

/// Two to four sentences: what was explained to whom, what was asked of whom, and what was added.
pub(super) fn intervention(
    facts: &str,
    (table, ambito, tipo): (&Table, &Ambito, &str),
    about: &About,
    key: u64,
    rng: &mut ChaCha8Rng,
) -> Vec<String> {
    let mut draw = Draw { rng, key, about, said: Vec::new() };
    let informs = if draw.chance(0.65) { &ambito.informs } else { &table.informs };
    draw.say(&each(informs), 1);
    let topics = called_for(facts, &ambito.topics);
    if topics.is_empty() || draw.chance(0.25) {
        draw.say(&each(&ambito.acts), 2);
    } else {
        draw.say(&topics, 3);
    }
    if draw.chance(0.2) {
        draw.said.reverse();
    }
    if draw.chance(0.35) {
        draw.say(&called_for(facts, &table.topics), 4);
    }
    if about.actor.is_some() && draw.chance(0.35) {
        draw.say(&each(&table.actor), 5);
    }
    if about.proof.is_some() && draw.chance(0.35) {
        draw.say(&each(&table.proof), 6);
    }
    if draw.chance(0.25) {
        draw.say(&each(table.tipos.get(tipo).map_or(&[], Vec::as_slice)), 7);
    }
    if draw.chance(0.3) {
        draw.say(&each(&ambito.also), 8);
    } else if draw.chance(0.2) {
        draw.say(&each(&table.closings), 9);
    }
    draw.said
}

/// Plain facts and how they may end.
pub(super) struct Plain {
    pub(super) facts: String,
    /// Where they say that it happened.
    pub(super) province: Option<String>,
    pub(super) outcome: Outcome,
    /// Of the event that they tell.
    pub(super) key: u64,
}

/// Two or three sentences: what happened, how, and what there is to prove it. The better the proof, the better it ends.
pub(super) fn plain(
    (table, ambito): (&Table, &Ambito),
    about: &About,
    place: Option<(&str, &str)>,
    rng: &mut ChaCha8Rng,
) -> Plain {
    let event = rng.random_range(0..ambito.events.len().max(1));
    let mut parts: Vec<&str> = ambito.events.get(event).map(String::as_str).into_iter().collect();
    if rng.random_bool(0.7) {
        parts.extend(ambito.details.choose(rng).map(String::as_str));
    }
    let (proofs, shares): (&[String], [u32; 3]) = match rng.random_range(0..100) {
        0..45 => (&table.proofs.none, [10, 32, 58]),
        45..75 => (&table.proofs.some, [25, 38, 37]),
        _ => (&table.proofs.strong, [45, 35, 20]),
    };
    parts.extend(proofs.choose(rng).map(String::as_str));
    let told: Vec<String> = parts.into_iter().filter_map(|part| fill(part, about, rng)).collect();
    let mut facts = told.join(" ");
    let mut province = None;
    if rng.random_bool(0.4) {
        let opening = table.openings.choose(rng).and_then(|opening| fill(opening, about, rng)).unwrap_or_default();
        let needs_place = opening.contains("{lugar}");
        match place {
            Some((town, of)) if needs_place => {
                facts = format!("{}, {}", opening.replace("{lugar}", town), lower_first(&facts));
                province = Some(of.to_owned());
            }
            _ if needs_place => {}
            _ => facts = format!("{opening}, {}", lower_first(&facts)),
        }
    }
    let drawn = rng.random_range(0..100);
    let outcome = match drawn {
        _ if drawn < shares[0] => Outcome::Positivo,
        _ if drawn < shares[0] + shares[1] => Outcome::Neutro,
        _ => Outcome::Negativo,
    };
    Plain { facts, province, outcome, key: event as u64 }
}
