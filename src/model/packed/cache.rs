//! Keys and values in 8 bits. They come in pages of 256 positions that are never moved: a longer text takes one more page,
//! and no position is copied.

use crate::model::Config;
use crate::model::kernels::{KeyValuePage, PAGE};

/// What one head of one layer remembers.
#[derive(Debug, Default)]
pub(super) struct HeadCache {
    pages: Vec<KeyValuePage>,
}

impl HeadCache {
    /// Puts the key and the value of one position in place.
    pub(super) fn store(&mut self, position: usize, key: &[f32], value: &[f32]) {
        self.pages[position / PAGE].store(position % PAGE, key, value);
    }

    /// The pages that hold the first `len` positions, each with how many of them it holds.
    pub(super) fn pages(&self, len: usize) -> impl Iterator<Item = (usize, &KeyValuePage)> {
        self.pages.iter().take(len.div_ceil(PAGE)).enumerate().map(move |(at, page)| (PAGE.min(len - at * PAGE), page))
    }
}

/// The keys and values of all layers.
#[derive(Debug)]
pub(crate) struct PackedCache {
    /// `[layer][head]`
    pub(super) layers: Vec<Vec<HeadCache>>,
    head_dim: usize,
    positions: usize,
}

impl PackedCache {
    pub(crate) fn new(config: &Config) -> Self {
        let layer = |_| (0..config.n_head).map(|_| HeadCache::default()).collect();
        Self { layers: (0..config.n_layer).map(layer).collect(), head_dim: config.head_dim(), positions: 0 }
    }

    /// Makes room for `len` positions in all.
    pub(crate) fn reserve(&mut self, len: usize) {
        while self.positions < len {
            for head in self.layers.iter_mut().flatten() {
                head.pages.push(KeyValuePage::new(self.head_dim));
            }
            self.positions += PAGE;
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        let heads: usize = self.layers.iter().map(Vec::len).sum();
        (heads * self.positions / PAGE) as u64 * KeyValuePage::bytes(self.head_dim)
    }
}
