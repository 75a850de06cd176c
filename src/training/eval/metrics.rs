//! The measures of a model's answers, as functions of what was true and what was said. Classes are numbers in the order
//! of [`crate::domain::Outcome::ALL`]; shares are in [0, 1].

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// How many classes there are.
pub const CLASSES: usize = 3;
/// How many bins a calibration has, equally wide.
pub const BINS: usize = 10;

/// What was true, and what was said; none where nothing was, which is wrong.
pub type Pair = (usize, Option<usize>);
/// What was true, and how likely each class was said to be.
pub type Forecast = (usize, [f64; CLASSES]);

/// The mean; none of nothing.
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.into_iter().fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// The share of the pairs that agree.
pub fn accuracy(pairs: &[Pair]) -> Option<f64> {
    mean(pairs.iter().map(|(truth, said)| f64::from(Some(*truth) == *said)))
}

/// The accuracy of whoever always says the most frequent class.
pub fn majority(pairs: &[Pair]) -> Option<f64> {
    let most = truths(pairs).into_iter().max().unwrap_or(0);
    (!pairs.is_empty()).then(|| most as f64 / pairs.len() as f64)
}

/// How many cases each class has.
fn truths(pairs: &[Pair]) -> [usize; CLASSES] {
    let mut counts = [0; CLASSES];
    for (truth, _) in pairs {
        counts[*truth] += 1;
    }
    counts
}

/// `[truth][said]`: how many pairs there are of each. Where nothing was said there is no place in it.
pub fn confusion(pairs: &[Pair]) -> [[usize; CLASSES]; CLASSES] {
    let mut table = [[0; CLASSES]; CLASSES];
    for (truth, said) in pairs {
        if let Some(said) = said {
            table[*truth][*said] += 1;
        }
    }
    table
}

/// F1, the mean over the classes that occur, as scikit-learn's `f1_score(average="macro", zero_division=0)`.
pub fn macro_f1(pairs: &[Pair]) -> Option<f64> {
    let (table, truths) = (confusion(pairs), truths(pairs));
    let scores = (0..CLASSES).filter_map(|class| {
        let said: usize = table.iter().map(|row| row[class]).sum();
        let all = truths[class] + said;
        (all > 0).then(|| 2.0 * table[class][class] as f64 / all as f64)
    });
    mean(scores)
}

/// Brier score over all classes, 0 (sure and right) to 2 (sure and wrong).
pub fn brier(forecasts: &[Forecast]) -> Option<f64> {
    mean(forecasts.iter().map(|(truth, probabilities)| {
        let squares = probabilities.iter().enumerate().map(|(class, p)| (p - f64::from(class == *truth)).powi(2));
        squares.sum::<f64>()
    }))
}

/// The likeliest class, the first of equals, and its probability.
pub fn likeliest(probabilities: &[f64; CLASSES]) -> (usize, f64) {
    let first = (0, probabilities[0]);
    probabilities.iter().copied().enumerate().skip(1).fold(first, |best, one| if one.1 > best.1 { one } else { best })
}

/// The answers whose confidence, the probability of the likeliest class, lies in one bin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Bin {
    /// How many.
    pub cases: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// The share of them that was right.
    pub right: f64,
}

/// All bins, those without answers too. A confidence on an edge belongs to the bin below, as in scikit-learn's
/// `calibration_curve`.
pub fn calibration(forecasts: &[Forecast]) -> [Bin; BINS] {
    let mut bins = [Bin::default(); BINS];
    for (truth, probabilities) in forecasts {
        let (class, confidence) = likeliest(probabilities);
        let at = (1..BINS).filter(|edge| (*edge as f64 / BINS as f64) < confidence).count();
        bins[at].cases += 1;
        bins[at].confidence += confidence;
        bins[at].right += f64::from(class == *truth);
    }
    for bin in bins.iter_mut().filter(|bin| bin.cases > 0) {
        bin.confidence /= bin.cases as f64;
        bin.right /= bin.cases as f64;
    }
    bins
}

/// The expected calibration error: by how much confidence and success differ, on the mean over the answers.
pub fn calibration_error(bins: &[Bin]) -> Option<f64> {
    let cases: usize = bins.iter().map(|bin| bin.cases).sum();
    let error: f64 = bins.iter().map(|bin| bin.cases as f64 * (bin.right - bin.confidence).abs()).sum();
    (cases > 0).then(|| error / cases as f64)
}

/// The quantile of sorted values at a share, between two values in proportion, as numpy has it by default.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let at = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted.get(at.floor() as usize)?, sorted.get(at.ceil() as usize)?);
    Some(below + (above - below) * at.fract())
}

/// A measure with the interval in which 95 % of the resamples lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Measure {
    /// Of all cases.
    pub value: f64,
    /// 2.5 % of the resamples lie below.
    pub low: f64,
    /// 2.5 % of the resamples lie above.
    pub high: f64,
}

/// So many draws of so many cases with replacement, the same for a seed: every measure is taken of the same ones.
pub fn resamples(cases: usize, count: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let count = if cases == 0 { 0 } else { count };
    (0..count).map(|_| (0..cases).map(|_| rng.random_range(0..cases)).collect()).collect()
}

/// The percentile bootstrap of a measure of cases that are named by their places. A draw for which there is no such
/// measure (no case with a forecast in it, say) does not count; without any draw there is no interval, and no measure.
pub fn bootstrap(
    cases: usize,
    resamples: &[Vec<usize>],
    measure: impl Fn(&mut dyn Iterator<Item = usize>) -> Option<f64>,
) -> Option<Measure> {
    let value = measure(&mut (0..cases))?;
    let mut drawn: Vec<f64> = resamples.iter().filter_map(|draw| measure(&mut draw.iter().copied())).collect();
    drawn.sort_by(f64::total_cmp);
    Some(Measure { value, low: quantile(&drawn, 0.025)?, high: quantile(&drawn, 0.975)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_has_no_measure() {
        assert_eq!((accuracy(&[]), majority(&[]), macro_f1(&[])), (None, None, None));
        assert_eq!((brier(&[]), calibration_error(&calibration(&[])), quantile(&[], 0.5)), (None, None, None));
        assert_eq!(bootstrap(0, &resamples(0, 10, 1), |cases| mean(cases.map(|at| at as f64))), None);
    }

    #[test]
    fn a_resample_is_as_wide_as_chance_and_the_same_for_a_seed() {
        let measure = |seed| {
            let draws = resamples(400, 1000, seed);
            bootstrap(400, &draws, |cases| mean(cases.map(|at| f64::from(at % 2 == 0)))).unwrap()
        };
        let one = measure(1);
        // 1.96 * sqrt(0.25 / 400) = 0.049 to each side.
        assert!((one.value - 0.5).abs() < 1e-12);
        assert!((one.low - 0.451).abs() < 0.01 && (one.high - 0.549).abs() < 0.01, "{one:?}");
        assert_eq!(one, measure(1));
        assert_ne!(one, measure(2));
    }

    #[test]
    fn who_says_nothing_is_wrong() {
        let pairs = [(0, Some(0)), (0, None), (1, Some(1)), (1, Some(0))];
        assert_eq!((accuracy(&pairs), confusion(&pairs)[0]), (Some(0.5), [1, 0, 0]));
        // scikit-learn with a fourth class for it: F1 of the two classes is 0.5 and 2/3.
        assert!((macro_f1(&pairs).unwrap() - f64::midpoint(0.5, 2.0 / 3.0)).abs() < 1e-12);
    }

    #[test]
    fn the_majority_is_the_largest_class_of_what_is_true() {
        assert_eq!(majority(&[(0, Some(2)), (0, None), (1, Some(2)), (2, Some(2))]), Some(0.5));
        assert_eq!(likeliest(&[0.4, 0.4, 0.2]), (0, 0.4));
    }
}
