//! Texts that are nearly the same, found without comparing each with each: MinHash (Broder 1997) over word triples, and
//! bands of it as addresses (Leskovec, Rajaraman and Ullman, *Mining of Massive Datasets*, 3.4).

use std::collections::{HashMap, HashSet};

/// Words in a row that are taken together.
const SHINGLE: usize = 3;
/// Bands of a signature, and hashes in each: texts with a similarity of 0.8 meet with a probability above 0.9999,
/// those with one of 0.4 with one of 0.23.
const BANDS: usize = 25;
const ROWS: usize = 5;
/// Texts looked at in one bucket. Where more are alike, each of them is like one of these.
const MAX_BUCKET: usize = 48;

/// Two texts that are nearly the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// The later one.
    pub at: usize,
    /// The earlier one that is most like it.
    pub of: usize,
    /// Shared word triples over all of both (Jaccard), in [0, 1].
    pub similarity: f64,
}

fn mix(mut x: u64) -> u64 {
    // splitmix64's finaliser (Steele, Lea and Flood 2014).
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn hash_word(word: &str) -> u64 {
    // FNV-1a.
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// The hashes of a text's word triples, sorted; of the whole where it has fewer words.
fn shingles(key: &str) -> Vec<u64> {
    let words: Vec<u64> = key.split(' ').filter(|word| !word.is_empty()).map(hash_word).collect();
    let join = |words: &[u64]| words.iter().fold(0, |hash: u64, word| mix(hash.rotate_left(21) ^ word));
    let mut all: Vec<u64> = if words.len() < SHINGLE {
        if words.is_empty() { Vec::new() } else { vec![join(&words)] }
    } else {
        words.windows(SHINGLE).map(join).collect()
    };
    all.sort_unstable();
    all.dedup();
    all
}

fn signature(shingles: &[u64]) -> Vec<u64> {
    let seeds = (1..=(BANDS * ROWS) as u64).map(|i| mix(i.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    seeds.map(|seed| shingles.iter().map(|shingle| mix(shingle ^ seed)).min().unwrap_or(0)).collect()
}

fn similarity(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut shared) = (0, 0, 0usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                shared += 1;
                i += 1;
                j += 1;
            }
        }
    }
    let all = a.len() + b.len() - shared;
    if all == 0 { 0.0 } else { shared as f64 / all as f64 }
}

/// For each text that is at least `threshold` like an earlier one, the earlier one most like it. `keys`: as
/// [`super::Row::key`] makes them. `group` of a text: where `of` can be chosen among equals, one of another group is,
/// so that what lies in two splits is found.
pub fn near_duplicates(keys: &[String], groups: &[usize], threshold: f64) -> Vec<Near> {
    let sets: Vec<Vec<u64>> = keys.iter().map(|key| shingles(key)).collect();
    let mut buckets: HashMap<(usize, u64), Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    for (at, set) in sets.iter().enumerate() {
        if set.is_empty() {
            continue;
        }
        let signature = signature(set);
        let mut seen = HashSet::new();
        let mut best: Option<Near> = None;
        for (band, hashes) in signature.chunks(ROWS).enumerate() {
            let address = hashes.iter().fold(0, |hash: u64, one| mix(hash.rotate_left(17) ^ one));
            let bucket = buckets.entry((band, address)).or_default();
            for &of in bucket.iter().filter(|of| seen.insert(**of)) {
                let similarity = similarity(set, &sets[of]);
                let crosses = |of: usize| groups.get(of) != groups.get(at);
                let better = best.is_none_or(|best| (crosses(of), similarity) > (crosses(best.of), best.similarity));
                if similarity >= threshold && better {
                    best = Some(Near { at, of, similarity });
                }
            }
            if bucket.len() < MAX_BUCKET {
                bucket.push(at);
            }
        }
        found.extend(best);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seed: u64, words: usize) -> Vec<String> {
        (0..words as u64).map(|i| format!("p{}", mix(seed * 1000 + i) % 500)).collect()
    }

    #[test]
    fn a_text_with_a_word_changed_is_found_and_an_unlike_one_is_not() {
        let mut texts: Vec<Vec<String>> = (0..300).map(|seed| text(seed, 60)).collect();
        let mut twin = texts[7].clone();
        twin[30] = "otra".to_owned();
        texts.push(twin);
        let keys: Vec<String> = texts.iter().map(|words| words.join(" ")).collect();
        let near = near_duplicates(&keys, &vec![0; keys.len()], 0.8);
        assert_eq!(near.len(), 1, "{near:?}");
        assert_eq!((near[0].at, near[0].of), (300, 7));
        // 58 triples each, of which one word spoils three: 55 / 61.
        assert!((near[0].similarity - 55.0 / 61.0).abs() < 1e-12, "{near:?}");
    }

    #[test]
    fn of_two_twins_the_one_in_another_split_is_named() {
        let key = text(1, 20).join(" ");
        let keys = vec![key.clone(), key.clone(), key];
        let near = near_duplicates(&keys, &[0, 1, 1], 0.8);
        assert_eq!((near[1].at, near[1].of), (2, 0), "{near:?}");
        assert!(near_duplicates(&[String::new(), String::new()], &[0, 0], 0.8).is_empty());
    }
}
