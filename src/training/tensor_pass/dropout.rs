//! Dropout with the very masks of the other pass: they are drawn on the host from the same keys, all of a call at once, and
//! sent as bits, so that nothing waits for them between two layers.

use std::collections::HashMap;
use std::ops::Range;

use candle_core::{Device, Tensor};
use rayon::prelude::*;

use super::layers::Block;
use crate::training::ops::linear::Dropout;
use crate::training::pass::MLP_ROWS_FROZEN;

type Result<T> = candle_core::Result<T>;

/// The masks of one call.
#[derive(Debug)]
pub(super) struct Masks {
    /// A bit for each element of each input that is dropped out, 1 where it is dropped; rows begin at whole bytes.
    bits: Tensor,
    /// `[256, 8]`: what the bits of a byte let through. That of all bits is nought in any case, since candle takes the
    /// largest index of a type for none at all.
    table: Tensor,
    /// By the number of the low-rank change's first tensor.
    places: HashMap<usize, Place>,
}

/// Where the mask of one layer's inputs is.
#[derive(Debug, Clone, Copy)]
struct Place {
    first: usize,
    input: usize,
    larger: f64,
}

impl Place {
    fn row_bytes(self) -> usize {
        self.input.div_ceil(8)
    }
}

impl Masks {
    /// Those of a call with `key` on so many rows; none where nothing is dropped.
    pub(super) fn draw(blocks: &[Block], rows: usize, key: Option<u32>, device: &Device) -> Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut places = HashMap::new();
        for block in blocks {
            let attention = [&block.q_proj, &block.k_proj, &block.v_proj, &block.out_proj].map(|linear| (linear, rows));
            let mlp = [&block.fc_in, &block.fc_out].map(|linear| (linear, MLP_ROWS_FROZEN));
            for (linear, at_once) in attention.into_iter().chain(mlp) {
                let Some(low) = linear.low.as_ref().filter(|low| low.dropped(key, 0).share > 0.0) else { continue };
                let larger = f64::from(low.dropped(key, 0).larger());
                let place = Place { first: bytes.len(), input: linear.input, larger };
                places.insert(low.down, place);
                bytes.resize(place.first + rows * place.row_bytes(), 0);
                bytes[place.first..].par_chunks_mut(place.row_bytes()).enumerate().for_each(|(row, bytes)| {
                    let first = (row % at_once * linear.input) as u32;
                    fill(bytes, low.dropped(key, (row / at_once) as u32), first, linear.input);
                });
            }
        }
        if places.is_empty() {
            return Ok(None);
        }
        let kept = |byte: u32, bit: u32| if byte >> bit & 1 == 0 { 1f32 } else { 0.0 };
        let table: Vec<f32> = (0..256).flat_map(|byte| (0..8).map(move |bit| kept(byte, bit))).collect();
        let table = Tensor::from_vec(table, (256, 8), device)?;
        let count = bytes.len();
        Ok(Some(Self { bits: Tensor::from_vec(bytes, count, device)?, table, places }))
    }

    /// Drops out of `xs`, which are `rows` of the batch; or lets a derivative back the same way.
    pub(super) fn apply(&self, low_down: usize, xs: Tensor, rows: &Range<usize>) -> Result<Tensor> {
        let Some(&place) = self.places.get(&low_down) else { return Ok(xs) };
        let width = place.row_bytes();
        let bytes = self.bits.narrow(0, place.first + rows.start * width, rows.len() * width)?;
        let mask = self.table.index_select(&bytes, 0)?.reshape((rows.len(), 8 * width))?;
        (xs * mask.narrow(1, 0, place.input)?)? * place.larger
    }
}

fn fill(bytes: &mut [u8], dropout: Dropout, first: u32, input: usize) {
    for (at, byte) in bytes.iter_mut().enumerate() {
        for bit in 0..8.min(input - 8 * at) {
            let number = first.wrapping_add((8 * at + bit) as u32);
            *byte |= u8::from(!dropout.keeps(number)) << bit;
        }
    }
}
