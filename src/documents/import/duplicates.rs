//! Cases that tell the same facts, or nearly: their runs of three words are compared.
//!
//! Candidates share one of eight pairs out of sixteen minima of hashes (MinHash: the share of equal minima estimates the
//! sets' Jaccard similarity, Broder 1997); whether they are duplicates is then decided by the runs themselves.

use std::collections::{HashMap, HashSet};

use super::words::fold;
use crate::domain::{Case, CaseId};

const MINIMA: usize = 16;
/// Words of a run.
const RUN: usize = 3;
/// Facts whose runs overlap by at least this are «nearly the same».
const NEAR: f64 = 0.7;
/// Runs of a text that are looked at.
const MAX_RUNS: usize = 4_000;
/// Earlier cases that one is compared with: in a file of a thousand equal rows, each is like the first anyway.
const MAX_CANDIDATES: usize = 32;

/// Where the same case is already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Same {
    /// Earlier in the file, at this place among the cases.
    Earlier(usize),
    /// Where the cases are to go.
    Stored(CaseId),
}

/// A case that tells the same facts as another, or nearly.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    /// Its place among the cases.
    pub index: usize,
    /// The other one.
    pub of: Same,
    /// 1 = word for word, accents, case and punctuation aside.
    pub likeness: f64,
}

/// The cases that are like an earlier one; of each, the one that it is most like.
pub fn find(cases: &[&Case]) -> Vec<Duplicate> {
    let mut bands: HashMap<(usize, u32, u32), Vec<usize>> = HashMap::new();
    let mut ids: HashMap<&CaseId, usize> = HashMap::new();
    let runs: Vec<Vec<u32>> = cases.iter().map(|case| runs(&case.hechos)).collect();
    let mut found = Vec::new();
    for (index, case) in cases.iter().enumerate() {
        let mut best: Option<(f64, usize)> = ids.get(&case.id).map(|earlier| (1.0, *earlier));
        let minima = minima(&runs[index]);
        let mut seen = HashSet::new();
        let keys = (0..MINIMA / 2).map(|band| (band, minima[2 * band], minima[2 * band + 1]));
        let keys: Vec<_> = if runs[index].is_empty() { Vec::new() } else { keys.collect() };
        for earlier in keys.iter().filter_map(|key| bands.get(key)).flatten().copied() {
            if seen.len() < MAX_CANDIDATES && seen.insert(earlier) {
                let likeness = likeness(&runs[index], &runs[earlier]);
                if likeness >= NEAR && best.is_none_or(|(other, _)| likeness > other) {
                    best = Some((likeness, earlier));
                }
            }
        }
        found.extend(best.map(|(likeness, earlier)| Duplicate { index, of: Same::Earlier(earlier), likeness }));
        for key in keys {
            let band = bands.entry(key).or_default();
            if band.len() < MAX_CANDIDATES {
                band.push(index);
            }
        }
        ids.entry(&case.id).or_insert(index);
    }
    found
}

/// As [`find`], beside cases that are there already: of two equally like ones, the one that is there counts.
pub fn find_beside(known: &[&Case], cases: &[&Case]) -> Vec<Duplicate> {
    let all: Vec<&Case> = known.iter().chain(cases).copied().collect();
    let of_new = find(&all).into_iter().filter(|duplicate| duplicate.index >= known.len());
    of_new
        .map(|duplicate| {
            let of = match duplicate.of {
                Same::Earlier(at) if at < known.len() => Same::Stored(known[at].id.clone()),
                Same::Earlier(at) => Same::Earlier(at - known.len()),
                stored @ Same::Stored(_) => stored,
            };
            Duplicate { index: duplicate.index - known.len(), of, likeness: duplicate.likeness }
        })
        .collect()
}

/// Hashes of a text's runs of words, sorted, each once; a text shorter than a run is one run.
fn runs(text: &str) -> Vec<u32> {
    let folded = fold(text);
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).take(MAX_RUNS).collect();
    // FNV-1a.
    let hash = |run: &[&str]| {
        let bytes = run.iter().flat_map(|word| word.bytes().chain([0xff]));
        let hash =
            bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3));
        (hash ^ (hash >> 32)) as u32
    };
    let mut runs = match words.len() {
        0 => Vec::new(),
        1..RUN => vec![hash(&words)],
        _ => words.windows(RUN).map(hash).collect(),
    };
    runs.sort_unstable();
    runs.dedup();
    runs
}

fn minima(runs: &[u32]) -> [u32; MINIMA] {
    let mut minima = [u32::MAX; MINIMA];
    for run in runs {
        for (at, minimum) in minima.iter_mut().enumerate() {
            // Another mixing for each minimum (the finaliser of MurmurHash3).
            let mut hash = u64::from(*run) ^ (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
            hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
            *minimum = (*minimum).min((hash >> 32) as u32);
        }
    }
    minima
}

/// The share of runs that two texts have in common, in [0, 1].
fn likeness(a: &[u32], b: &[u32]) -> f64 {
    let (mut i, mut j, mut common) = (0, 0, 0_usize);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        common += usize::from(x == y);
        (i, j) = (i + usize::from(x <= y), j + usize::from(y <= x));
    }
    common as f64 / (a.len() + b.len() - common).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(facts: &[&str]) -> Vec<(usize, Same, bool)> {
        let cases: Vec<Case> = facts
            .iter()
            .enumerate()
            .map(|(at, facts)| {
                let mut case = Case::new(CaseId(at.to_string()), String::new(), String::new());
                case.hechos = (*facts).to_owned();
                case
            })
            .collect();
        let cases: Vec<&Case> = cases.iter().collect();
        find(&cases).into_iter().map(|one| (one.index, one.of, one.likeness > 0.999)).collect()
    }

    #[test]
    fn cases_that_are_there_already_are_found_too() {
        let case = |id: &str, facts: &str| {
            let mut case = Case::new(CaseId(id.to_owned()), String::new(), String::new());
            case.hechos = facts.to_owned();
            case
        };
        let (there, other) = (case("x", "Cuatro palabras y otras"), case("y", "Nada que ver con eso"));
        let (same, new) = (case("a", "cuatro palabras, y otras."), case("b", "Algo nuevo del todo"));
        let again = case("c", "Cuatro palabras y otras");
        let found = find_beside(&[&there, &other], &[&new, &same, &again]);
        let found: Vec<_> = found.into_iter().map(|one| (one.index, one.of)).collect();
        assert_eq!(found, [(1, Same::Stored(CaseId("x".into()))), (2, Same::Stored(CaseId("x".into())))]);
    }

    #[test]
    fn the_same_facts_are_found_however_they_are_written() {
        let facts = "A una familia gitana le pidieron en el banco tres avales para abrir una cuenta que a otras personas del \
                     barrio les abrieron el mismo día, y cuando preguntaron por qué no recibieron respuesta.";
        let changed = facts.replace("el mismo día", "el día siguiente");
        let other = "Un grupo de estudiantes gitanas no pudo entrar en la biblioteca municipal porque la persona de la puerta \
                     les dijo que estaba llena, aunque detrás de ellas entraron otras.";
        assert_eq!(
            found(&[facts, other, &facts.to_uppercase(), &changed, ""]),
            [(2, Same::Earlier(0), true), (3, Same::Earlier(0), false)]
        );
        assert!(found(&["", "", " "]).is_empty(), "cases without facts are not alike");
        assert_eq!(found(&["Dos.", "dos"]), [(1, Same::Earlier(0), true)]);
    }
}
