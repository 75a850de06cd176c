//! What is wrong with the words of a suggestion: copied from a training case, said of every case alike, or a number that
//! nobody told.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A run of more words than this that stands in a training text as well is copied.
pub const LONGEST_RUN: usize = 12;

/// The words of a text as they are compared: lower case, without signs.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

fn runs(text: &str) -> HashSet<u64> {
    let words = words(text);
    let digest = |run: &[String]| {
        let mut hasher = DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    words.windows(LONGEST_RUN + 1).map(digest).collect()
}

/// Every run of [`LONGEST_RUN`] + 1 words of the texts that a model learned from, as 64-bit digests: of a million of them,
/// one in 10¹³ is taken for another.
#[derive(Debug, Clone, Default)]
pub struct Learned(HashSet<u64>);

impl Learned {
    /// Adds a text.
    pub fn add(&mut self, text: &str) {
        self.0.extend(runs(text));
    }

    /// Whether a text has a run of over [`LONGEST_RUN`] words of one that was learned.
    pub fn has_run_of(&self, text: &str) -> bool {
        !self.0.is_disjoint(&runs(text))
    }
}

/// The share of texts that are another's words no more: how many different ones there are, by their words.
pub fn distinct<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<f64> {
    let (mut seen, mut count) = (HashSet::new(), 0usize);
    for text in texts {
        count += 1;
        seen.insert(words(text));
    }
    (count > 0).then(|| seen.len() as f64 / count as f64)
}

/// Numbers in digits that a text has and the facts don't, each as often as it stands there.
pub fn new_numbers<'a>(text: &'a str, facts: &str) -> Vec<&'a str> {
    fn numbers(text: &str) -> impl Iterator<Item = &str> {
        text.split(|c: char| !c.is_numeric()).filter(|number| !number.is_empty())
    }
    let known: HashSet<&str> = numbers(facts).collect();
    numbers(text).filter(|number| !known.contains(number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirteen_words_in_a_row_are_copied_and_twelve_are_not() {
        let mut learned = Learned::default();
        learned.add("Uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce.");
        let twelve = "uno, dos, tres, cuatro, cinco, seis, siete, ocho, nueve, diez, once, doce";
        assert!(!learned.has_run_of(twelve));
        assert!(learned.has_run_of(&format!("Y {twelve}; TRECE")));
        assert!(!learned.has_run_of("uno dos tres cuatro cinco seis y siete ocho nueve diez once doce trece catorce"));
        // Two texts that were learned are not one.
        learned.add("quince dieciséis");
        assert!(!learned.has_run_of("tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince"));
    }

    #[test]
    fn texts_are_the_same_by_their_words() {
        assert_eq!(distinct(["Se llamó.", "se llamó", "Se escribió.", ""]), Some(0.75));
        assert_eq!(distinct([]), None);
    }

    #[test]
    fn a_number_of_the_facts_is_no_new_one() {
        assert_eq!(
            new_numbers("El 3 de mayo de 2021, a las 10:30, ley 19.", "el 3 de mayo, 10 h"),
            ["2021", "30", "19"]
        );
        assert!(new_numbers("sin cifras", "").is_empty());
        assert_eq!(new_numbers("12", "123"), ["12"]);
    }
}
