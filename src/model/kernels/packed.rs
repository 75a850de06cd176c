//! Weights as the kernels read them: ggml's blocks, rearranged without loss into tiles of 16 rows.

use half::f16;

use super::activations::round;
use super::memory::Lines;
use super::pool::Pool;
use super::tile::{ROWS, q4, q6, q8};

/// The block formats that have kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockFormat {
    /// ggml's Q4_K: 4 bits, scale and minimum of 6 bits for 32 weights. 4.625 bits a weight here.
    Q4,
    /// ggml's Q6_K: 6 bits, a scale of 8 bits for 16 weights. 6.625 bits a weight here.
    Q6,
    /// ggml's Q8_0: 8 bits, a scale in half precision for 32 weights. 8.5 bits a weight.
    Q8,
}

impl BlockFormat {
    /// Weights in one of ggml's blocks.
    pub(crate) fn block_columns(self) -> usize {
        match self {
            Self::Q4 | Self::Q6 => 256,
            Self::Q8 => 32,
        }
    }

    /// Bytes of one of ggml's blocks.
    pub(crate) fn block_bytes(self) -> usize {
        match self {
            Self::Q4 => 144,
            Self::Q6 => 210,
            Self::Q8 => 34,
        }
    }

    /// Columns of a tile's unit.
    pub(super) fn unit_columns(self) -> usize {
        match self {
            Self::Q4 => q4::COLUMNS,
            Self::Q6 => q6::COLUMNS,
            Self::Q8 => q8::COLUMNS,
        }
    }

    pub(super) fn unit_bytes(self) -> usize {
        match self {
            Self::Q4 => q4::BYTES,
            Self::Q6 => q6::BYTES,
            Self::Q8 => q8::BYTES,
        }
    }

    /// Bytes that a matrix takes when packed.
    pub(crate) fn packed_bytes(self, rows: usize, columns: usize) -> u64 {
        let units = columns.div_ceil(self.unit_columns());
        (rows.div_ceil(ROWS) * units * self.unit_bytes()) as u64
    }
}

/// A matrix of quantised weights, `[rows, columns]`. Rows are filled up to 16 and columns to whole units with zeros.
#[derive(Debug, Clone)]
pub(crate) struct PackedMatrix {
    format: BlockFormat,
    rows: usize,
    columns: usize,
    units: usize,
    data: Lines,
}

impl PackedMatrix {
    /// Zeros, to be filled by [`Self::repack_rows`].
    pub(crate) fn zeroed(format: BlockFormat, rows: usize, columns: usize) -> Self {
        let units = columns.div_ceil(format.unit_columns());
        let data = Lines::zeroed(rows.div_ceil(ROWS) * units * format.unit_bytes());
        Self { format, rows, columns, units, data }
    }

    /// From ggml's blocks, row by row, each row in whole blocks.
    ///
    /// # Panics
    /// When `blocks` is not as long as rows, columns and format say.
    #[cfg(test)]
    pub(crate) fn from_ggml(format: BlockFormat, rows: usize, columns: usize, blocks: &[u8]) -> Self {
        let mut packed = Self::zeroed(format, rows, columns);
        packed.repack_rows(0, blocks);
        packed
    }

    /// Puts ggml's blocks of some rows in place, from row `first` on: a loader can hand over a few rows at a time.
    ///
    /// # Panics
    /// When `blocks` are not whole rows, or reach beyond the last one.
    pub(crate) fn repack_rows(&mut self, first: usize, blocks: &[u8]) {
        let row_bytes = self.row_bytes();
        assert!(blocks.len().is_multiple_of(row_bytes), "not whole rows");
        assert!(first + blocks.len() / row_bytes <= self.rows, "rows beyond the last");
        let (tile_bytes, format) = (self.tile_bytes(), self.format);
        let end = first + blocks.len() / row_bytes;
        let from = first / ROWS;
        let data = &mut self.data.as_mut_slice()[from * tile_bytes..end.div_ceil(ROWS) * tile_bytes];
        let mut tiles: Vec<&mut [u8]> = data.chunks_exact_mut(tile_bytes).collect();
        Pool::shared().each(&mut tiles, &|at, tile| {
            let tile_first = (from + at) * ROWS;
            let (start, end) = (tile_first.max(first), (tile_first + ROWS).min(end));
            let rows = &blocks[(start - first) * row_bytes..(end - first) * row_bytes];
            repack_tile(format, tile, start - tile_first, rows, row_bytes);
        });
    }

    /// Rounds `x` to the 8-bit type and puts it in place as one row.
    ///
    /// # Panics
    /// When the matrix is of another type, or has no such row.
    pub(super) fn put_row(&mut self, row: usize, x: &[f32]) {
        assert!(
            self.format == BlockFormat::Q8 && row < self.rows && x.len() == self.columns,
            "a row of another matrix"
        );
        let tile_bytes = self.tile_bytes();
        let tile = &mut self.data.as_mut_slice()[row / ROWS * tile_bytes..][..tile_bytes];
        for (at, x) in x.chunks(BlockFormat::Q8.block_columns()).enumerate() {
            let mut block = [0; 34];
            let mut q = [0; 32];
            let scale = f16::from_f32(round(x, &mut q).min(f16::MAX.to_f32()));
            block[..2].copy_from_slice(&scale.to_le_bytes());
            for (byte, q) in block[2..].iter_mut().zip(q) {
                *byte = q.cast_unsigned();
            }
            put_q8(&mut tile[at / 2 * q8::BYTES..], at % 2, row % ROWS, &block);
        }
    }

    /// Parts of so many rows, the last perhaps of fewer, for several threads to fill; `rows` is rounded up to whole tiles.
    pub(crate) fn parts(&mut self, rows: usize) -> Vec<PackedRows<'_>> {
        let (format, row_bytes, tile_bytes) = (self.format, self.row_bytes(), self.tile_bytes());
        let tiles = rows.div_ceil(ROWS).max(1);
        let tiles = self.data.as_mut_slice().chunks_mut(tiles * tile_bytes);
        tiles.map(|tiles| PackedRows { format, row_bytes, tile_bytes, tiles }).collect()
    }

    pub(crate) fn format(&self) -> BlockFormat {
        self.format
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Bytes of one row in ggml's blocks.
    pub(crate) fn row_bytes(&self) -> usize {
        self.columns.div_ceil(self.format.block_columns()) * self.format.block_bytes()
    }

    /// Bytes held in memory: what one product reads.
    pub(crate) fn bytes(&self) -> u64 {
        self.data.as_slice().len() as u64
    }

    pub(super) fn units(&self) -> usize {
        self.units
    }

    pub(super) fn tiles(&self) -> usize {
        self.rows.div_ceil(ROWS)
    }

    pub(super) fn tile_bytes(&self) -> usize {
        self.units * self.format.unit_bytes()
    }

    pub(super) fn tile(&self, tile: usize) -> &[u8] {
        &self.data.as_slice()[tile * self.tile_bytes()..][..self.tile_bytes()]
    }
}

/// Some whole tiles of a matrix, to be filled.
pub(crate) struct PackedRows<'a> {
    format: BlockFormat,
    row_bytes: usize,
    tile_bytes: usize,
    tiles: &'a mut [u8],
}

impl PackedRows<'_> {
    /// Puts ggml's blocks of these rows in place.
    pub(crate) fn repack(&mut self, blocks: &[u8]) {
        let tiles = self.tiles.chunks_exact_mut(self.tile_bytes);
        for (tile, rows) in tiles.zip(blocks.chunks(ROWS * self.row_bytes)) {
            repack_tile(self.format, tile, 0, rows, self.row_bytes);
        }
    }
}

/// Puts the blocks of some rows, the first of which is row `first` of the tile, in place: unit by unit, each of which stays
/// in the nearest cache until all rows are in it.
fn repack_tile(format: BlockFormat, tile: &mut [u8], first: usize, blocks: &[u8], row_bytes: usize) {
    // A unit of 64 columns in 8 bits is two of ggml's blocks.
    let unit_blocks = format.block_bytes() * format.unit_columns().div_ceil(format.block_columns());
    for (at, unit) in tile.chunks_exact_mut(format.unit_bytes()).enumerate() {
        for (row, blocks) in blocks.chunks_exact(row_bytes).enumerate() {
            let end = ((at + 1) * unit_blocks).min(row_bytes);
            repack_unit(format, unit, first + row, &blocks[at * unit_blocks..end]);
        }
    }
}

#[inline(always)]
fn repack_unit(format: BlockFormat, unit: &mut [u8], row: usize, blocks: &[u8]) {
    match format {
        BlockFormat::Q4 => {
            if let (Some(unit), Some(block)) = (unit.first_chunk_mut(), blocks.first_chunk()) {
                repack_q4(unit, row, block);
            }
        }
        BlockFormat::Q6 => {
            if let (Some(unit), Some(block)) = (unit.first_chunk_mut(), blocks.first_chunk()) {
                repack_q6(unit, row, block);
            }
        }
        BlockFormat::Q8 => {
            for (at, block) in blocks.as_chunks::<34>().0.iter().enumerate() {
                put_q8(unit, at, row, block);
            }
        }
    }
}

/// `block_q8_0`, the first or second of a unit: d, 32 bytes.
#[inline(always)]
fn put_q8(unit: &mut [u8], at: usize, row: usize, block: &[u8; 34]) {
    unit[at * 32 + 2 * row..][..2].copy_from_slice(&block[..2]);
    lines(&mut unit[q8::DATA + at * 512..q8::DATA + (at + 1) * 512], row, &block[2..]);
}

/// Spreads the bytes of one row over lines, four to each.
#[inline(always)]
fn lines(lines: &mut [u8], row: usize, bytes: &[u8]) {
    for (line, four) in lines.as_chunks_mut::<64>().0.iter_mut().zip(bytes.as_chunks::<4>().0) {
        line[4 * row..4 * row + 4].copy_from_slice(four);
    }
}

/// `block_q4_K`: d, dmin, 12 bytes of scales and minima, 128 bytes of `[4][32]` with two blocks in the halves of each.
fn repack_q4(unit: &mut [u8; q4::BYTES], row: usize, block: &[u8; 144]) {
    unit[q4::D + 2 * row..][..2].copy_from_slice(&block[..2]);
    unit[q4::DMIN + 2 * row..][..2].copy_from_slice(&block[2..4]);
    let (scales, mins) = q4_scales(block);
    for at in 0..8 {
        unit[at * ROWS + row] = scales[at];
        unit[q4::MINS + at / 2 * 32 + 2 * row + at % 2] = mins[at];
    }
    lines(&mut unit[q4::DATA..], row, &block[16..]);
}

/// The scales and minima of a `block_q4_K`'s eight blocks of 32, four at a time: 6 bits each, as `get_scale_min_k4` of ggml
/// takes them out of the 12 bytes one by one.
#[inline(always)]
fn q4_scales(block: &[u8; 144]) -> ([u8; 8], [u8; 8]) {
    let word = |at: usize| u32::from_le_bytes([block[at], block[at + 1], block[at + 2], block[at + 3]]);
    let (first, second, third) = (word(4), word(8), word(12));
    let join = |low: u32, high: u32| (u64::from(low) | u64::from(high) << 32).to_le_bytes();
    let high_bits = |word: u32| (word >> 2) & 0x3030_3030;
    (
        join(first & 0x3f3f_3f3f, (third & 0x0f0f_0f0f) | high_bits(first)),
        join(second & 0x3f3f_3f3f, ((third >> 4) & 0x0f0f_0f0f) | high_bits(second)),
    )
}

/// `block_q6_K`: 128 bytes of low bits, 64 of high bits, 16 scales, d.
fn repack_q6(unit: &mut [u8; q6::BYTES], row: usize, block: &[u8; 210]) {
    for at in 0..16 {
        unit[at / 2 * 32 + 2 * row + at % 2] = block[192 + at];
    }
    unit[q6::D + 2 * row..][..2].copy_from_slice(&block[208..]);
    for half in 0..2 {
        let data = &mut unit[q6::DATA + half * q6::HALF..][..q6::HALF];
        for (k, three) in data.as_chunks_mut::<192>().0.iter_mut().enumerate() {
            let (low, high) = (half * 64 + 4 * k, 128 + half * 32 + 4 * k);
            for (part, at) in [low, low + 32, high].into_iter().enumerate() {
                three[part * 64 + 4 * row..][..4].copy_from_slice(&block[at..at + 4]);
            }
        }
    }
}
