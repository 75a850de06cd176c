//! Dividing rows into training, test and validation.

use sha2::{Digest, Sha256};

use super::DatasetError;
use super::row::{Row, Split};

/// The shares of test and validation; the rest is for training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Of the test, in [0, 1).
    pub test: f64,
    /// Of the validation, in [0, 1).
    pub validation: f64,
}

impl Shares {
    fn check(self) -> Result<Self, DatasetError> {
        let good = |share: f64| (0.0..1.0).contains(&share);
        if good(self.test) && good(self.validation) && self.test + self.validation < 1.0 {
            Ok(self)
        } else {
            Err(DatasetError::Shares)
        }
    }
}

/// By a digest of the facts and the seed: a row stays on its side when others come or go, and rows with the same facts
/// are on the same side.
///
/// # Errors
/// [`DatasetError::Shares`]
pub fn by_hash(rows: &mut [Row], shares: Shares, seed: u64) -> Result<(), DatasetError> {
    let shares = shares.check()?;
    for row in rows {
        let digest = Sha256::new().chain_update(seed.to_le_bytes()).chain_update(row.key().as_bytes()).finalize();
        let head = digest.iter().take(8).fold(0u64, |head, byte| head << 8 | u64::from(*byte));
        // In [0, 1).
        let place = head as f64 / 2f64.powi(64);
        row.split = Some(if place < shares.test {
            Split::Test
        } else if place < shares.test + shares.validation {
            Split::Validation
        } else {
            Split::Train
        });
    }
    Ok(())
}

/// By the date of the facts: everything in the validation is later than everything in the training, and everything in
/// the test later than both. Rows of one date stay together, so the shares are met as nearly as the dates allow. Rows
/// without a date are taken out; how many, is returned. Where the same facts stand on two sides, the later ones are
/// taken out as well, since they would be measured after they were learned.
///
/// # Errors
/// [`DatasetError::Shares`], [`DatasetError::Dates`] where there are fewer dates than sides.
pub fn by_date(rows: &mut Vec<Row>, shares: Shares) -> Result<DateSplit, DatasetError> {
    let shares = shares.check()?;
    let before = rows.len();
    rows.retain(|row| row.date().is_some());
    let undated = before - rows.len();
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut dates: Vec<String> = rows.iter().filter_map(Row::date).collect();
    dates.sort_unstable();
    for date in dates {
        match counts.last_mut() {
            Some((last, count)) if *last == date => *count += 1,
            _ => counts.push((date, 1)),
        }
    }
    let sides = 1 + usize::from(shares.test > 0.0) + usize::from(shares.validation > 0.0);
    if counts.len() < sides {
        return Err(DatasetError::Dates { distinct: counts.len() });
    }
    let total = rows.len() as f64;
    // From the end: the latest dates are the test's, at least one, and one is left for each side before it.
    let mut end = counts.len();
    let mut first_of = |share: f64, left_before: usize| {
        let start = boundary(&counts[..end], share * total, left_before);
        end = start;
        counts.get(start).map(|(date, _)| date.clone())
    };
    let test = (shares.test > 0.0).then(|| first_of(shares.test, sides - 1)).flatten();
    let validation = (shares.validation > 0.0).then(|| first_of(shares.validation, 1)).flatten();
    for row in rows.iter_mut() {
        let date = row.date();
        let from = |first: &Option<String>| first.is_some() && date >= *first;
        row.split = Some(if from(&test) {
            Split::Test
        } else if from(&validation) {
            Split::Validation
        } else {
            Split::Train
        });
    }
    let repeated = drop_repeated(rows);
    Ok(DateSplit { undated, repeated, validation_from: validation, test_from: test })
}

/// What splitting by date did.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DateSplit {
    /// Rows without a date, taken out.
    pub undated: usize,
    /// Rows whose facts stand on an earlier side too, taken out.
    pub repeated: usize,
    /// The first date of the validation.
    pub validation_from: Option<String>,
    /// The first date of the test.
    pub test_from: Option<String>,
}

/// Where the last dates that come nearest to `wanted` rows begin; at least one date, at most all but `left_before`.
fn boundary(counts: &[(String, usize)], wanted: f64, left_before: usize) -> usize {
    let mut best = (f64::INFINITY, counts.len().saturating_sub(1));
    let mut rows = 0;
    for start in (left_before..counts.len()).rev() {
        rows += counts[start].1;
        let miss = (rows as f64 - wanted).abs();
        if miss < best.0 {
            best = (miss, start);
        }
    }
    best.1
}

/// Takes out of validation and test what stands on an earlier side.
fn drop_repeated(rows: &mut Vec<Row>) -> usize {
    let order = |row: &Row| match row.split {
        Some(Split::Train) | None => 0,
        Some(Split::Validation) => 1,
        Some(Split::Test) => 2,
    };
    let mut first: std::collections::HashMap<String, u8> = std::collections::HashMap::new();
    for row in rows.iter() {
        let side = first.entry(row.key()).or_insert(u8::MAX);
        *side = (*side).min(order(row));
    }
    let before = rows.len();
    rows.retain(|row| first.get(&row.key()) == Some(&order(row)));
    before - rows.len()
}
