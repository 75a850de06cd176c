//! Balancing as the original did it: rows without an intervention are dropped, and in each split every class is cut at
//! random to the size of the smallest.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::DatasetError;
use super::labels::{Label, Labels, label};
use super::row::{Row, Split};
use crate::domain::Outcome;

/// What balancing left out, and what it kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Balanced {
    /// Rows without an intervention or without facts.
    pub without_text: usize,
    /// Rows without a usable outcome.
    pub without_label: usize,
    /// Rows of larger classes that were drawn out.
    pub undersampled: usize,
    /// Rows that were kept, by split.
    pub kept: BTreeMap<String, usize>,
    /// Rows of each class that were kept, by split.
    pub per_class: BTreeMap<String, usize>,
}

/// Whether there is something to learn from a row.
pub fn is_usable(row: &Row) -> bool {
    !row.hechos.is_empty() && !row.intervencion.is_empty()
}

/// The rows that stay, in their old order.
///
/// # Errors
/// [`DatasetError::ClassMissing`] or [`DatasetError::FewRows`] where a split can't be balanced.
pub fn balance(rows: &[Row], labels: Labels, seed: u64) -> Result<(Vec<&Row>, Balanced), DatasetError> {
    let mut done = Balanced::default();
    // Splits in the order of their names, none first: the random numbers do not depend on the order of the files.
    let mut groups: BTreeMap<Option<Split>, [Vec<usize>; 3]> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        if !is_usable(row) {
            done.without_text += 1;
            continue;
        }
        let Label::Is(outcome) = label(row, labels) else {
            done.without_label += 1;
            continue;
        };
        groups.entry(row.split).or_default()[class_of(outcome)].push(at);
    }
    if groups.is_empty() {
        return Err(DatasetError::FewRows { split: String::new(), rows: 0, classes: Outcome::ALL.len() });
    }
    let mut kept = Vec::new();
    for (split, classes) in &mut groups {
        let name = split.map_or("", Split::name);
        check_classes(name, &classes.each_ref().map(Vec::len))?;
        let smallest = classes.iter().map(Vec::len).min().unwrap_or(0);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(split.map_or(0, |split| split as u64 + 1));
        for class in classes {
            class.shuffle(&mut rng);
            done.undersampled += class.len() - smallest;
            kept.extend_from_slice(&class[..smallest]);
        }
        done.kept.insert(name.to_owned(), 3 * smallest);
        done.per_class.insert(name.to_owned(), smallest);
    }
    kept.sort_unstable();
    Ok((kept.into_iter().map(|at| &rows[at]).collect(), done))
}

/// The place of an outcome in [`Outcome::ALL`].
pub fn class_of(outcome: Outcome) -> usize {
    Outcome::ALL.iter().position(|one| *one == outcome).unwrap_or(0)
}

/// Refuses a split in which a class has no rows, or that has fewer rows than there are classes.
///
/// # Errors
/// [`DatasetError::FewRows`], [`DatasetError::ClassMissing`]
pub fn check_classes(split: &str, counts: &[usize; 3]) -> Result<(), DatasetError> {
    let rows: usize = counts.iter().sum();
    if rows < counts.len() {
        return Err(DatasetError::FewRows { split: split.to_owned(), rows, classes: counts.len() });
    }
    match Outcome::ALL.iter().zip(counts).find(|(_, count)| **count == 0) {
        Some((class, _)) => Err(DatasetError::ClassMissing { class: class.word().to_owned(), split: split.to_owned() }),
        None => Ok(()),
    }
}
