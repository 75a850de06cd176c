//! chrF (Popović 2015): how many groups of one to six letters a text shares with another, as sacrebleu computes it by
//! default: blanks left out, recall counting twice, means over the orders that both texts are long enough for.

use std::collections::HashMap;
use std::ops::AddAssign;

/// The longest group of letters.
const ORDER: usize = 6;
/// Recall counts so many times as much as precision.
const BETA: f64 = 2.0;

/// What was counted of a text and its reference, for groups of one letter, of two, and so on. Those of several texts add
/// up to those of all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ChrfCounts([Counts; ORDER]);

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Counts {
    hypothesis: usize,
    reference: usize,
    shared: usize,
}

/// Blanks as Python's `str.split` knows them: four separators of old more than Unicode has.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn groups(letters: &[char], order: usize) -> HashMap<&[char], usize> {
    let mut groups = HashMap::new();
    for group in letters.windows(order) {
        *groups.entry(group).or_default() += 1;
    }
    groups
}

impl ChrfCounts {
    /// Of a text and what a person wrote.
    pub fn of(hypothesis: &str, reference: &str) -> Self {
        let letters = |text: &str| text.chars().filter(|c| !is_blank(*c)).collect::<Vec<char>>();
        let (ours, theirs) = (letters(hypothesis), letters(reference));
        let mut all = Self::default();
        for (at, counts) in all.0.iter_mut().enumerate() {
            let (ours, theirs) = (groups(&ours, at + 1), groups(&theirs, at + 1));
            let shared = ours.iter().map(|(group, count)| (*count).min(theirs.get(group).copied().unwrap_or(0)));
            *counts = Counts {
                // What is written does not count where there is nothing to hold it against.
                hypothesis: if theirs.is_empty() { 0 } else { ours.values().sum() },
                reference: theirs.values().sum(),
                shared: shared.sum(),
            };
        }
        all
    }

    /// chrF, 0 to 100.
    pub fn score(&self) -> f64 {
        let (mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0);
        for counts in self.0.iter().filter(|counts| counts.hypothesis > 0 && counts.reference > 0) {
            precision += counts.shared as f64 / counts.hypothesis as f64;
            recall += counts.shared as f64 / counts.reference as f64;
            orders += 1.0;
        }
        if precision + recall == 0.0 {
            return 0.0;
        }
        let (precision, recall, factor) = (precision / orders, recall / orders, BETA * BETA);
        100.0 * (1.0 + factor) * precision * recall / (factor * precision + recall)
    }
}

impl AddAssign<&Self> for ChrfCounts {
    fn add_assign(&mut self, other: &Self) {
        for (ours, theirs) in self.0.iter_mut().zip(&other.0) {
            ours.hypothesis += theirs.hypothesis;
            ours.reference += theirs.reference;
            ours.shared += theirs.shared;
        }
    }
}
