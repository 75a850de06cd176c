//! Cases that tell the same facts, or nearly the same: MinHash over the facts' runs of three words.
//!
//! Sixteen minima of 32 bits stand for the set of a text's runs; the share of equal minima estimates the sets' Jaccard
//! similarity (Broder 1997). Candidates share one of eight pairs of minima; whether they are duplicates is decided by
//! their words themselves.

use std::collections::{HashMap, HashSet};

use super::words;

const MINIMA: usize = 16;
/// Runs of so many words.
const RUN: usize = 3;
/// Texts whose runs overlap by at least this are «nearly the same».
const NEAR: f64 = 0.7;

/// A text's minima.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sketch([u32; MINIMA]);

impl Sketch {
    pub fn of(text: &str) -> Self {
        let mut minima = [u32::MAX; MINIMA];
        for run in runs(text) {
            for (i, minimum) in minima.iter_mut().enumerate() {
                // Another mixing for each minimum (the finaliser of MurmurHash3).
                let mut hash = run ^ (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                hash = (hash ^ (hash >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
                hash = (hash ^ (hash >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
                *minimum = (*minimum).min((hash >> 32) as u32);
            }
        }
        Self(minima)
    }

    pub fn to_bytes(self) -> [u8; 4 * MINIMA] {
        let mut bytes = [0; 4 * MINIMA];
        for (to, minimum) in bytes.chunks_exact_mut(4).zip(self.0) {
            to.copy_from_slice(&minimum.to_le_bytes());
        }
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != 4 * MINIMA {
            return None;
        }
        let mut minima = [0; MINIMA];
        for (minimum, from) in minima.iter_mut().zip(bytes.chunks_exact(4)) {
            *minimum = u32::from_le_bytes(from.try_into().ok()?);
        }
        Some(Self(minima))
    }

    fn bands(self) -> impl Iterator<Item = (u8, u32, u32)> {
        (0..MINIMA / 2).map(move |band| (band as u8, self.0[2 * band], self.0[2 * band + 1]))
    }
}

/// Finds candidates among many sketches.
#[derive(Debug, Default)]
pub(super) struct Candidates<T> {
    bands: HashMap<(u8, u32, u32), Vec<T>>,
}

impl<T: Copy + Eq + std::hash::Hash> Candidates<T> {
    pub fn new() -> Self {
        Self { bands: HashMap::new() }
    }

    pub fn add(&mut self, sketch: Sketch, it: T) {
        // A text without words is like no other.
        if sketch.0[0] != u32::MAX {
            sketch.bands().for_each(|band| self.bands.entry(band).or_default().push(it));
        }
    }

    pub fn of(&self, sketch: Sketch) -> Vec<T> {
        let mut seen = HashSet::new();
        let found = sketch.bands().filter_map(|band| self.bands.get(&band)).flatten().copied();
        found.filter(|it| seen.insert(*it)).collect()
    }
}

/// How alike two texts are: 1 for the same words, accents, case and punctuation aside; none where they differ too much.
pub(super) fn likeness(a: &str, b: &str) -> Option<f64> {
    let (a, b): (HashSet<u64>, HashSet<u64>) = (runs(a).into_iter().collect(), runs(b).into_iter().collect());
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let common = a.intersection(&b).count();
    let likeness = common as f64 / (a.len() + b.len() - common) as f64;
    (likeness >= NEAR).then_some(likeness)
}

/// Hashes of the runs of words; a text shorter than a run is one run.
fn runs(text: &str) -> Vec<u64> {
    let words: Vec<String> = words::folded(text).collect();
    // FNV-1a, the same on every computer: sketches are stored.
    let hash = |run: &[String]| {
        let bytes = run.iter().flat_map(|word| word.bytes().chain([0xff]));
        bytes.fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3))
    };
    match words.len() {
        0 => Vec::new(),
        1..RUN => vec![hash(&words)],
        _ => words.windows(RUN).map(hash).collect(),
    }
}
