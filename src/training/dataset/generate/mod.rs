//! New cases out of written ones, as many as a training needs, from a seed.
//!
//! Three kinds: a written case in other words; the facts of a written case with an intervention that follows a course of
//! action for its ámbito and what its facts name; plain facts and an intervention that are both put together. No intervention
//! has a number, name, law or quotation that its facts don't have.

mod agree;
mod compose;
mod notice;
mod table;
mod vary;
mod words;

use std::collections::{BTreeMap, HashSet};

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use self::table::Table;
use self::vary::{Texts, any_place, vary};
use super::labels::{Label, Labels, label};
use super::row::{Form, Origin, Row, Split, is_held_out};
use super::{DatasetError, is_usable};
use crate::domain::Outcome;
use crate::prompt;

/// Of 100 cases, so many keep their own intervention, and so many (further) have plain facts.
const OWN_INTERVENTION: u32 = 4;
const PLAIN: u32 = 34;

/// How often facts keep their own outcome; else that of another case of the same ámbito and tipo is taken, since facts hardly
/// tell how a case ends.
const OWN_OUTCOME: f64 = 0.5;

/// A written case.
#[derive(Debug)]
struct Written<'r> {
    row: &'r Row,
    outcome: Outcome,
}

/// An endless row of cases; the same for the same cases and seed.
#[derive(Debug)]
pub struct Generator<'r> {
    table: Table,
    usual: HashSet<String>,
    written: Vec<Written<'r>>,
    /// Outcomes of the written cases, by ámbito and tipo.
    outcomes: BTreeMap<(&'r str, &'r str), Vec<Outcome>>,
    rng: ChaCha8Rng,
    made: usize,
}

impl<'r> Generator<'r> {
    /// Of the rows that have facts, intervention, a label and one of the FSG's ámbitos, those that are not held out.
    ///
    /// # Errors
    /// [`DatasetError::EmptySplit`] where there are none.
    pub fn new(rows: impl IntoIterator<Item = &'r Row>, seed: u64) -> Result<Self, DatasetError> {
        let table = Table::own()?;
        let mut written = Vec::new();
        let mut outcomes: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in rows {
            let (Label::Is(outcome), true) = (label(row, Labels::Given), table.ambitos.contains_key(&row.ambito))
            else {
                continue;
            };
            if !is_usable(row) || row.split == Some(Split::Test) || is_held_out(&row.hechos) {
                continue;
            }
            outcomes.entry((row.ambito.as_str(), row.tipo.as_str())).or_default().push(outcome);
            written.push(Written { row, outcome });
        }
        if written.is_empty() {
            return Err(DatasetError::EmptySplit { split: Split::Train.name().to_owned() });
        }
        Ok(Self { table, usual: Table::usual(), written, outcomes, rng: ChaCha8Rng::seed_from_u64(seed), made: 0 })
    }

    /// How many written cases it draws from.
    pub fn written(&self) -> usize {
        self.written.len()
    }

    fn make(&mut self) -> Option<Row> {
        let kind = self.rng.random_range(0..100);
        if kind < PLAIN { self.plain() } else { self.varied(kind < PLAIN + OWN_INTERVENTION) }
    }

    fn varied(&mut self, own_intervention: bool) -> Option<Row> {
        let Self { table, usual, written, outcomes, rng, .. } = self;
        let case = written.choose(rng)?;
        let row = case.row;
        let ambito = table.ambitos.get(&row.ambito)?;
        let intervention = if own_intervention { row.intervencion.clone() } else { String::new() };
        let mut texts = Texts { facts: row.hechos.clone(), intervention, province: row.provincia.clone() };
        vary(&mut texts, table, rng);
        let Texts { facts, intervention, province } = texts;
        let kept: Vec<&str> = words::sentences(&intervention)
            .into_iter()
            .filter(|sentence| words::is_faithful(sentence, &facts) && words::is_near(sentence, &facts, usual))
            .collect();
        let (mut outcome, mut intervention) = (case.outcome, kept.join(" "));
        if kept.len() < 2 {
            let about = notice::about(&facts, table, ambito, is_collective(&row.ambito));
            intervention = compose::intervention(&facts, (table, ambito), &about, rng);
            if !rng.random_bool(OWN_OUTCOME) {
                let alike = outcomes.get(&(row.ambito.as_str(), row.tipo.as_str()));
                outcome = alike.and_then(|outcomes| outcomes.choose(rng)).copied().unwrap_or(outcome);
            }
        }
        Some(self.row(facts, intervention, outcome, (&row.ambito, &row.tipo, province)))
    }

    fn plain(&mut self) -> Option<Row> {
        let Self { table, rng, .. } = self;
        let names: Vec<&String> = table.ambitos.keys().collect();
        let name = (*names.choose(rng)?).clone();
        let ambito = table.ambitos.get(&name)?;
        let place = any_place(table, rng);
        let plain = compose::plain((table, &name, ambito), place, rng)?;
        let said = compose::intervention(&plain.facts, (table, ambito), &plain.about, rng);
        let province = plain.province.or_else(|| place.map(|(_, province)| province.to_owned())).unwrap_or_default();
        let tipo = if is_collective(&name) { "Discurso de odio" } else { "Discriminación directa" };
        Some(self.row(plain.facts, said, plain.outcome, (&name, tipo, province)))
    }

    fn row(
        &mut self,
        hechos: String,
        intervencion: String,
        outcome: Outcome,
        (ambito, tipo, provincia): (&str, &str, String),
    ) -> Row {
        self.made += 1;
        Row {
            hechos,
            intervencion,
            resultado: prompt::label(outcome).to_owned(),
            sentiment: String::new(),
            detalle: String::new(),
            tipo: tipo.to_owned(),
            ambito: ambito.to_owned(),
            provincia,
            fecha: String::new(),
            sintetico: Some(true),
            form: Form::Corpus,
            split: None,
            origin: Origin { file: "variantes".to_owned(), row: self.made },
        }
    }
}

impl Iterator for Generator<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        self.make()
    }
}

/// Whether what happens there mostly befalls many people, none of them named.
fn is_collective(ambito: &str) -> bool {
    matches!(ambito, "Medios de comunicación" | "Redes sociales")
}
