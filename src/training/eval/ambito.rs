//! Which ámbito a text speaks of, as a classifier tells it that learned from cases whose ámbito is known: complement naive
//! Bayes (Rennie et al., «Tackling the Poor Assumptions of Naive Bayes Text Classifiers», 2003) over words and pairs of
//! neighbouring words, as scikit-learn's `ComplementNB` has it. It learns from some thousand cases in less than a second.

use std::collections::{HashMap, HashSet};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::wording::words;
use crate::domain::{AMBITOS, Ambito};
use crate::training::dataset::Row;

/// How many classes there are.
const CLASSES: usize = AMBITOS.len();
/// What every count begins with (Laplace), so that a word that a class has never seen doesn't settle it.
const SMOOTHING: f64 = 1.0;
/// Parts in which cases are held out in turn.
const FOLDS: usize = 10;

/// The ámbito of that name, whatever the case of its letters.
pub fn ambito_named(name: &str) -> Option<Ambito> {
    let wanted = name.trim().to_lowercase();
    AMBITOS.iter().copied().find(|ambito| ambito.label().to_lowercase() == wanted)
}

/// A case that a classifier learns from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledCase {
    /// What it has to be told by.
    pub ambito: Ambito,
    /// What happened.
    pub facts: String,
    /// What was done.
    pub intervention: String,
}

impl LabelledCase {
    /// None where the row's ámbito is empty or unknown.
    pub fn of(row: &Row) -> Option<Self> {
        let ambito = ambito_named(&row.ambito)?;
        Some(Self { ambito, facts: row.hechos.clone(), intervention: row.intervencion.clone() })
    }

    fn texts(&self) -> [&str; 2] {
        [&self.facts, &self.intervention]
    }
}

/// The words of a text, then each with the next one.
fn features(text: &str) -> Vec<String> {
    let mut features = words(text);
    let pairs: Vec<String> = features.windows(2).map(|pair| pair.join(" ")).collect();
    features.extend(pairs);
    features
}

/// Tells the ámbito of a text.
#[derive(Debug, Clone)]
pub struct AmbitoClassifier {
    /// How much a word or pair speaks for each class.
    weights: HashMap<String, [f64; CLASSES]>,
    /// The classes that it has learned.
    known: [bool; CLASSES],
    /// How many cases it has learned from.
    cases: usize,
}

impl AmbitoClassifier {
    /// Learns from the facts and the interventions of cases, each a text of its own. None where there are no cases.
    pub fn learn<'a>(cases: impl IntoIterator<Item = &'a LabelledCase>) -> Option<Self> {
        let mut counts: HashMap<String, [f64; CLASSES]> = HashMap::new();
        let (mut known, mut learned) = ([false; CLASSES], 0);
        for case in cases {
            let class = case.ambito as usize;
            known[class] = true;
            learned += 1;
            for feature in case.texts().into_iter().flat_map(features) {
                counts.entry(feature).or_default()[class] += 1.0;
            }
        }
        // How often each word stands in the other classes: a class is told by the words that the others lack.
        let others = |counts: &[f64; CLASSES]| {
            let all: f64 = counts.iter().sum();
            counts.map(|count| all + SMOOTHING - count)
        };
        let mut totals = [0.0; CLASSES];
        for counts in counts.values() {
            totals.iter_mut().zip(others(counts)).for_each(|(total, count)| *total += count);
        }
        let weight = |counts: &[f64; CLASSES]| {
            let others = others(counts);
            std::array::from_fn(|class| -(others[class] / totals[class]).ln())
        };
        let weights = counts.iter().map(|(feature, counts)| (feature.clone(), weight(counts))).collect();
        (learned > 0).then_some(Self { weights, known, cases: learned })
    }

    /// How many cases it has learned from.
    pub fn cases(&self) -> usize {
        self.cases
    }

    /// How much speaks for each ámbito, in the order of [`AMBITOS`]; none where no word of the text is known.
    pub fn scores(&self, text: &str) -> Option<[f64; CLASSES]> {
        let mut scores = None;
        for weights in features(text).iter().filter_map(|feature| self.weights.get(feature)) {
            let scores = scores.get_or_insert([0.0; CLASSES]);
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += weight);
        }
        scores
    }

    /// The ámbito for which most speaks, the first of equals; none where no word of the text is known.
    pub fn classify(&self, text: &str) -> Option<Ambito> {
        let scores = self.scores(text)?;
        let known = AMBITOS.iter().zip(scores).zip(self.known).filter(|(_, known)| *known).map(|(one, _)| one);
        known.reduce(|best, one| if one.1 > best.1 { one } else { best }).map(|(ambito, _)| *ambito)
    }
}

/// Whether a case's texts were read rightly by a classifier that had not learned from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldOut {
    /// Its facts.
    pub facts: bool,
    /// Its intervention.
    pub intervention: bool,
}

/// Holds out a tenth of the cases in turn, learns from the others and reads those that were held out. In the order of
/// the cases; the same for a seed. Empty where there are fewer than two cases.
pub fn cross_validate(cases: &[LabelledCase], seed: u64) -> Vec<HeldOut> {
    let mut places: Vec<usize> = (0..cases.len()).collect();
    places.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut read = vec![HeldOut { facts: false, intervention: false }; cases.len()];
    for fold in 0..FOLDS.min(cases.len()) {
        let held_out: HashSet<usize> = places.iter().copied().skip(fold).step_by(FOLDS).collect();
        let others = cases.iter().enumerate().filter(|(at, _)| !held_out.contains(at)).map(|(_, case)| case);
        let Some(classifier) = AmbitoClassifier::learn(others) else { return Vec::new() };
        for at in held_out {
            let [facts, intervention] =
                cases[at].texts().map(|text| classifier.classify(text) == Some(cases[at].ambito));
            read[at] = HeldOut { facts, intervention };
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(ambito: Ambito, facts: &str, intervention: &str) -> LabelledCase {
        LabelledCase { ambito, facts: facts.to_owned(), intervention: intervention.to_owned() }
    }

    fn two_ambitos() -> Vec<LabelledCase> {
        let of = |at: usize| {
            if at.is_multiple_of(2) {
                case(Ambito::Vivienda, "La agencia no les alquila el piso.", "Se habló con la agencia del alquiler.")
            } else {
                case(Ambito::Salud, "En el ambulatorio no les atiende la médica.", "Se escribió al ambulatorio.")
            }
        };
        (0..12).map(of).collect()
    }

    #[test]
    fn a_text_is_of_the_ambito_whose_words_it_has() {
        let classifier = AmbitoClassifier::learn(&two_ambitos()).unwrap();
        assert_eq!(classifier.cases(), 12);
        assert_eq!(classifier.classify("No consigue un ALQUILER en esta agencia"), Some(Ambito::Vivienda));
        assert_eq!(classifier.classify("Volvieron al ambulatorio"), Some(Ambito::Salud));
        assert_eq!(classifier.classify("Nada conocido"), None);
        assert_eq!(classifier.classify(""), None);
        assert!(AmbitoClassifier::learn(&[]).is_none());
    }

    #[test]
    fn what_is_held_out_is_read_by_what_was_not() {
        let mut cases = two_ambitos();
        // Its words stand in no other case: whoever had learned from it would know them.
        cases.push(case(Ambito::Empleo, "Despido improcedente.", "Conciliación laboral."));
        let read = cross_validate(&cases, 3);
        assert_eq!(read.iter().filter(|one| one.facts && one.intervention).count(), 12);
        assert_eq!(read[12], HeldOut { facts: false, intervention: false });
        assert_eq!(read, cross_validate(&cases, 3));
        assert!(cross_validate(&cases[..1], 0).is_empty() && cross_validate(&[], 0).is_empty());
    }

    #[test]
    fn an_ambito_is_known_by_its_name() {
        assert_eq!(ambito_named(" servicios Policiales"), Some(Ambito::Policia));
        assert_eq!((ambito_named(""), ambito_named("Deporte")), (None, None));
    }
}
