//! Texts of a batch, one after the other, without padding.

use std::ops::Range;

use super::sample::Encoded;

/// Several texts as one run of rows.
#[derive(Debug, Default, Clone)]
pub(crate) struct Batch {
    pub(crate) ids: Vec<u32>,
    pub(crate) texts: Vec<Range<usize>>,
    /// Rows whose next token counts, and that token.
    pub(crate) counted: Vec<usize>,
    pub(crate) targets: Vec<u32>,
}

impl Batch {
    pub(crate) fn of<'a>(samples: impl IntoIterator<Item = &'a Encoded>) -> Self {
        let mut batch = Self::default();
        for sample in samples {
            let from = batch.ids.len();
            batch.ids.extend(&sample.ids);
            batch.texts.push(from..batch.ids.len());
            for (at, id) in sample.ids.iter().enumerate().skip(sample.counts_from.max(1)) {
                batch.counted.push(from + at - 1);
                batch.targets.push(*id);
            }
        }
        batch
    }
}
