//! Keys and values in half precision. They come in pages of 256 positions that are never moved: a longer text takes one
//! more page, and no position is copied.

use crate::model::Config;
use crate::model::kernels::narrow;

/// Positions in a page.
pub(super) const PAGE: usize = 256;

/// What one head of one layer remembers.
#[derive(Debug, Default)]
pub(super) struct HeadCache {
    pages: Vec<Page>,
}

/// Keys and values of [`PAGE`] positions, each `[position][head_dim]`, the bits of half-precision numbers.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) keys: Vec<u16>,
    pub(super) values: Vec<u16>,
}

impl HeadCache {
    /// Puts the key and the value of one position in place.
    pub(super) fn store(&mut self, position: usize, key: &[f32], value: &[f32]) {
        let page = &mut self.pages[position / PAGE];
        let at = position % PAGE * key.len();
        narrow(key, &mut page.keys[at..at + key.len()]);
        narrow(value, &mut page.values[at..at + value.len()]);
    }

    /// The pages that hold the first `len` positions, each with how many of them it holds.
    pub(super) fn pages(&self, len: usize) -> impl Iterator<Item = (usize, &Page)> {
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
        let size = PAGE * self.head_dim;
        while self.positions < len {
            for head in self.layers.iter_mut().flatten() {
                head.pages.push(Page { keys: vec![0; size], values: vec![0; size] });
            }
            self.positions += PAGE;
        }
    }

    pub(crate) fn bytes(&self) -> u64 {
        let heads: usize = self.layers.iter().map(Vec::len).sum();
        (2 * heads * self.positions * self.head_dim * size_of::<u16>()) as u64
    }
}
