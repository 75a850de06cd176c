//! Interventions that follow a course of the table, and plain facts.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

use super::agree::{About, fill, lower_first};
use super::table::{Ambito, Course, Table};
use super::vary::reword;
use super::words::words;
use super::{is_collective, notice};
use crate::domain::Outcome;

/// How often what the facts name settles which of the sentences is said, rather than chance: what is said then can be
/// learned from the facts, and differs from case to case.
const SETTLED: f64 = 0.75;
/// How often a sentence that takes up a word of the facts goes before those that don't.
const TAKEN_UP: f64 = 0.65;
/// How many of the words of a course that can be said otherwise are: few, since nothing tells which.
const REWORDED: f64 = 0.15;

/// Of 100 interventions, in so many something is done besides, and in so many it is told how they go on.
const FURTHER: u64 = 40;
const FOLLOWED: u64 = 60;

/// The course whose beginnings of words stand in the facts most, of equals the first; the one without any where none stands.
fn course_for<'t>(facts: &str, courses: &'t [Course]) -> Option<&'t Course> {
    let words = words(facts);
    let lower = facts.to_lowercase();
    let stands = |beginning: &&String| {
        if beginning.contains(' ') {
            lower.contains(beginning.as_str())
        } else {
            words.iter().any(|word| word.starts_with(beginning.as_str()))
        }
    };
    let told = |course: &Course| course.when.0.iter().filter(stands).count();
    let called_for = courses.iter().rev().filter(|course| told(course) > 0).max_by_key(|course| told(course));
    called_for.or_else(|| courses.iter().find(|course| course.when.0.is_empty()))
}

/// Chooses sentences for one case.
struct Choice<'a> {
    rng: &'a mut ChaCha8Rng,
    about: &'a About,
}

impl Choice<'_> {
    /// A number that depends on what the facts name, or on chance.
    fn number(&mut self, named: &str, step: &str) -> u64 {
        if !self.rng.random_bool(SETTLED) {
            return self.rng.random();
        }
        let digest = Sha256::digest(format!("{step} {named}"));
        digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
    }

    /// One of the sentences, of those for which the facts name enough.
    fn sentence(&mut self, sentences: &[String], number: u64) -> Option<String> {
        let can_be_said: Vec<&String> = sentences.iter().filter(|sentence| self.about.can_fill(sentence)).collect();
        let take_up: Vec<&String> =
            can_be_said.iter().copied().filter(|sentence| self.about.takes_up(sentence)).collect();
        let taken = !take_up.is_empty() && self.rng.random_bool(TAKEN_UP);
        let from = if taken { take_up } else { can_be_said };
        let at = usize::try_from(number % from.len().max(1) as u64).ok()?;
        fill(from.get(at)?, self.about, self.rng)
    }
}

/// The course's own sentences, or the ámbito's.
fn first_of<'t>(own: &'t [String], general: &'t [String]) -> &'t [String] {
    if own.is_empty() { general } else { own }
}

/// Two to four sentences of one course: what was done with whom, what was asked of whom, and how it went on.
pub(super) fn intervention(
    facts: &str,
    (table, ambito): (&Table, &Ambito),
    about: &About,
    rng: &mut ChaCha8Rng,
) -> String {
    let Some(course) = course_for(facts, &ambito.courses) else { return String::new() };
    // Where the facts name nobody or no place, their first word settles what is said.
    let first = facts.split(' ').next().unwrap_or_default();
    let person = if about.person.again.ends_with(" afectada") || about.person.again.ends_with(" afectadas") {
        first
    } else {
        about.person.again.as_str()
    };
    let place = if about.place == ambito.general { first } else { about.place.as_str() };
    let mut choice = Choice { rng, about };
    let mut said: Vec<String> = Vec::new();
    let number = choice.number(person, "contact");
    said.extend(choice.sentence(first_of(&course.contact, &ambito.contact), number));
    let number = choice.number(place, "steps");
    said.extend(choice.sentence(&course.steps, number));
    if choice.number(place, "whether further") % 100 < FURTHER {
        let number = choice.number(person, "further");
        said.extend(choice.sentence(&course.further, number));
    }
    if choice.number(person, "whether followed") % 100 < FOLLOWED {
        let number = choice.number(place, "follow");
        said.extend(choice.sentence(first_of(&course.follow, &ambito.follow), number));
    }
    let mut said = said.join(" ");
    reword(&mut said, &table.wording, REWORDED, rng);
    said
}

/// Plain facts and how they may end.
pub(super) struct Plain {
    pub(super) facts: String,
    /// Whom and what they are about.
    pub(super) about: About,
    /// Where they say that it happened.
    pub(super) province: Option<String>,
    pub(super) outcome: Outcome,
}

/// One to three sentences: what happened, how, and what there is to prove it. The better the proof, the better it ends.
pub(super) fn plain(
    (table, name, ambito): (&Table, &str, &Ambito),
    place: Option<(&str, &str)>,
    rng: &mut ChaCha8Rng,
) -> Option<Plain> {
    let fits = |only: &[String]| only.is_empty() || only.iter().any(|only| only == name);
    let persons: Vec<_> =
        table.persons.iter().filter(|person| ambito.forms.contains(&person.form) && fits(&person.only)).collect();
    let drawn = About {
        person: (*persons.choose(rng)?).clone(),
        place: ambito.places.choose(rng)?.clone(),
        actor: None,
        proof: None,
        thing: None,
    };
    let mut facts = fill(ambito.events.choose(rng)?, &drawn, rng)?;
    // An event may name somebody else than who was drawn.
    let about = notice::about(&facts, table, ambito, is_collective(name));
    let mut parts: Vec<&str> = Vec::new();
    if rng.random_bool(0.55) {
        parts.extend(ambito.details.choose(rng).map(String::as_str));
    }
    let proofs = ambito.proofs.as_ref().unwrap_or(&table.proofs);
    let (proofs, shares): (&[String], [u32; 3]) = match rng.random_range(0..100) {
        0..45 => (&proofs.none, [10, 32, 58]),
        45..75 => (&proofs.some, [25, 38, 37]),
        _ => (&proofs.strong, [45, 35, 20]),
    };
    parts.extend(proofs.choose(rng).map(String::as_str));
    for part in parts {
        facts.extend(fill(part, &about, rng).map(|told| format!(" {told}")));
    }
    let mut province = None;
    if rng.random_bool(0.4) {
        let opening = table.openings.choose(rng).and_then(|opening| fill(opening, &about, rng)).unwrap_or_default();
        let needs_place = opening.contains('{');
        if let Some((town, of)) = place.filter(|_| needs_place) {
            let opening = opening.replace("{lugar}", town).replace("{provincia}", of);
            facts = format!("{opening}, {}", lower_first(&facts));
            province = Some(of.to_owned());
        } else if !needs_place {
            facts = format!("{opening}, {}", lower_first(&facts));
        }
    }
    let drawn = rng.random_range(0..100);
    let outcome = match drawn {
        _ if drawn < shares[0] => Outcome::Positivo,
        _ if drawn < shares[0] + shares[1] => Outcome::Neutro,
        _ => Outcome::Negativo,
    };
    // What proves it may stand in what was added.
    let about = About { proof: notice::about(&facts, table, ambito, is_collective(name)).proof, ..about };
    Some(Plain { facts, about, province, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn said(facts: &str, ambito: &str, seed: u64) -> String {
        let table = Table::own().unwrap();
        let own = &table.ambitos[ambito];
        let about = notice::about(facts, &table, own, is_collective(ambito));
        intervention(facts, (&table, own), &about, &mut ChaCha8Rng::seed_from_u64(seed))
    }

    #[test]
    fn what_is_done_follows_from_what_the_facts_tell() {
        for (facts, ambito, one_of) in [
            ("Un joven gitano fue despedido de la fábrica.", "Empleo", ["readmisión", "despido", "prescindía"]),
            (
                "Le cortaron el agua del piso a una mujer gitana.",
                "Vivienda",
                ["suministros", "arreglara", "reparación"],
            ),
            ("La matrona se burló de una madre gitana en el parto.", "Salud", ["maternidad", "matronas", "madres"]),
            ("Ocurrió algo.", "Servicios policiales", ["policía", "agentes", "policías"]),
        ] {
            for seed in 0..40 {
                let said = said(facts, ambito, seed);
                assert!(one_of.iter().any(|word| said.contains(word)), "{said}");
            }
        }
        let all: Vec<String> = (0..40)
            .map(|seed| {
                said("El portero de un bar no dejó entrar a un joven gitano.", "Acceso a bienes y servicios", seed)
            })
            .collect();
        assert!(all.iter().all(|said| said.contains("el joven")
            || said.contains("al joven")
            || said.contains("del joven")
            || said.contains("bar")));
        assert!(
            all.iter().any(|said| said.contains("el portero")) && all.iter().all(|said| !said.contains("la tienda"))
        );
    }

    #[test]
    fn every_ambito_knows_what_to_do_where_nothing_tells_the_event() {
        for (name, ambito) in Table::own().unwrap().ambitos {
            let general: Vec<&Course> = ambito.courses.iter().filter(|course| course.when.0.is_empty()).collect();
            assert!(general.len() == 1 && !general[0].steps.is_empty(), "{name}");
            assert!(!ambito.contact.is_empty() && !ambito.follow.is_empty() && ambito.events.len() >= 20, "{name}");
            assert!(!said("Nada.", &name, 1).is_empty());
        }
    }
}
