//! The product of packed weights with quantised rows, shared out among the threads of a pool.

use std::ops::Range;

use super::activations::Activations;
use super::isa::Isa;
#[cfg(target_arch = "aarch64")]
use super::neon;
use super::packed::{BlockFormat, PackedMatrix};
use super::plain;
use super::pool::{Pool, Shared};
use super::tile::{Kernel, MAX_TOKENS, Place, ROWS, Sums, TILES};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// Weights that one piece of work reads: small enough to stay in the second-level cache beside the activations that they
/// meet, large enough for the memory to find its pace.
const PIECE_BYTES: usize = 256 << 10;

/// One product, `y = x · Wᵀ (+ b)`.
pub(crate) struct Job<'a> {
    /// `[out, in]`
    pub(crate) matrix: &'a PackedMatrix,
    /// `[rows, in]`
    pub(crate) x: &'a Activations,
    /// `[out]`
    pub(crate) bias: Option<&'a [f32]>,
    /// `[rows, out]`
    pub(crate) y: &'a mut [f32],
}

macro_rules! table {
    ($isa:ident::$kernel:ident: $($rows:literal),*) => {{
        const TABLE: &[Kernel] = &[$($isa::$kernel::<$rows>),*];
        TABLE
    }};
}

macro_rules! up_to_eight {
    ($isa:ident::$kernel:ident) => {
        table!($isa::$kernel: 1, 2, 3, 4, 5, 6, 7, 8)
    };
}

macro_rules! up_to_four {
    ($isa:ident::$kernel:ident) => {
        table!($isa::$kernel: 1, 2, 3, 4)
    };
}

/// The kernels of an instruction set for a format.
#[derive(Clone, Copy)]
pub(super) struct Kernels {
    /// For one tile and 1, 2, … activation rows.
    rows: &'static [Kernel],
    /// For [`TILES`] tiles and one activation row.
    tiles: Option<Kernel>,
}

pub(super) fn kernels(isa: Isa, format: BlockFormat) -> Kernels {
    let tiles: Option<Kernel> = match (isa, format) {
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, BlockFormat::Q4) => Some(avx512::q4_tiles),
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, BlockFormat::Q8) => Some(avx512::q8_tiles),
        _ => None,
    };
    Kernels { rows: for_rows(isa, format), tiles }
}

fn for_rows(isa: Isa, format: BlockFormat) -> &'static [Kernel] {
    match (isa, format) {
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, BlockFormat::Q4) => up_to_eight!(avx512::q4_tile),
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, BlockFormat::Q6) => up_to_eight!(avx512::q6_tile),
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx512, BlockFormat::Q8) => up_to_eight!(avx512::q8_tile),
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2, BlockFormat::Q4) => up_to_four!(avx2::q4_tile),
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2, BlockFormat::Q6) => up_to_four!(avx2::q6_tile),
        #[cfg(target_arch = "x86_64")]
        (Isa::Avx2, BlockFormat::Q8) => up_to_four!(avx2::q8_tile),
        #[cfg(target_arch = "aarch64")]
        (Isa::Neon, BlockFormat::Q4) => up_to_four!(neon::q4_tile),
        #[cfg(target_arch = "aarch64")]
        (Isa::Neon, BlockFormat::Q6) => up_to_four!(neon::q6_tile),
        #[cfg(target_arch = "aarch64")]
        (Isa::Neon, BlockFormat::Q8) => up_to_four!(neon::q8_tile),
        (_, BlockFormat::Q4) => up_to_four!(plain::q4_tile),
        (_, BlockFormat::Q6) => up_to_four!(plain::q6_tile),
        (_, BlockFormat::Q8) => up_to_four!(plain::q8_tile),
    }
}

/// All rows of `x` with some tiles: eight rows meet every tile before the next eight come, so that both stay near. `store`
/// gets a row, a tile and their sums.
///
/// # Panics
/// When matrix and rows do not fit together.
pub(super) fn multiply(
    matrix: &PackedMatrix,
    x: &Activations,
    kernels: Kernels,
    tiles: Range<usize>,
    mut store: impl FnMut(usize, usize, &[f32; ROWS]),
) {
    assert!(x.fits(matrix.format()) && x.units() == matrix.units(), "activations of another shape");
    let (rows, most, units) = (x.rows(), kernels.rows.len(), matrix.units());
    let mut sums: Sums = [[0.0; ROWS]; MAX_TOKENS];
    let mut tiles = tiles;
    if let (1, Some(kernel)) = (rows, kernels.tiles) {
        while tiles.len() >= TILES {
            // All of them are inside the matrix.
            let place = Place { tile: matrix.tiles_from(tiles.start, TILES).as_ptr(), units };
            // SAFETY: as below.
            unsafe { kernel(place, x.block(0), &mut sums) };
            for (tile, sums) in tiles.by_ref().zip(&sums[..TILES]) {
                store(0, tile, sums);
            }
        }
    }
    let mut first = 0;
    while first < rows {
        let in_block = MAX_TOKENS - first % MAX_TOKENS;
        let count = in_block.min(most).min(rows - first);
        let x = x.block(first);
        for tile in tiles.clone() {
            let place = Place { tile: matrix.tile(tile).as_ptr(), units };
            // SAFETY: tiles and rows have the same units, as checked above; the kernels are of an available instruction set.
            unsafe { kernels.rows[count - 1](place, x, &mut sums) };
            for (row, sums) in sums.iter().enumerate().take(count) {
                store(first + row, tile, sums);
            }
        }
        first += count;
    }
}

/// A job with its output as the threads share it.
struct Part<'a> {
    matrix: &'a PackedMatrix,
    x: &'a Activations,
    bias: Option<&'a [f32]>,
    y: Shared<'a, f32>,
    kernels: Kernels,
    /// Tiles in one piece of work.
    share: usize,
    /// The number of the first piece.
    first: usize,
}

/// Carries out `jobs` in one go: the threads meet only at the end.
///
/// # Panics
/// When the sizes of a job do not fit together.
pub(crate) fn product(pool: &Pool, isa: Isa, jobs: &mut [Job]) {
    let mut pieces = 0;
    let parts: Vec<Part> = jobs
        .iter_mut()
        .map(|job| {
            let (matrix, x) = (job.matrix, job.x);
            assert_eq!(job.y.len(), x.rows() * matrix.rows(), "room for the result");
            assert!(job.bias.is_none_or(|bias| bias.len() == matrix.rows()), "a bias of another shape");
            // One row meets each weight once: nothing has to stay near.
            let least = if x.rows() == 1 { TILES } else { 1 };
            let share = (PIECE_BYTES / matrix.tile_bytes()).next_multiple_of(least).max(least);
            let first = pieces;
            pieces += matrix.tiles().div_ceil(share);
            let kernels = kernels(isa, matrix.format());
            Part { matrix, x, bias: job.bias, y: Shared::new(job.y), kernels, share, first }
        })
        .collect();
    pool.run(pieces, &|piece, _| {
        let at = parts.partition_point(|part| part.first <= piece) - 1;
        let part = &parts[at];
        let from = (piece - part.first) * part.share;
        part.run(from..(from + part.share).min(part.matrix.tiles()));
    });
}

impl Part<'_> {
    fn run(&self, tiles: Range<usize>) {
        multiply(self.matrix, self.x, self.kernels, tiles, |row, tile, sums| self.store(row, tile, sums));
    }

    fn store(&self, row: usize, tile: usize, sums: &[f32; ROWS]) {
        let start = tile * ROWS;
        let width = ROWS.min(self.matrix.rows() - start);
        // SAFETY: a row of a tile belongs to one piece of work.
        let y = unsafe { self.y.part(row * self.matrix.rows() + start, width) };
        match self.bias {
            Some(bias) => {
                for ((y, sum), bias) in y.iter_mut().zip(sums).zip(&bias[start..]) {
                    *y = sum + bias;
                }
            }
            None => y.copy_from_slice(&sums[..width]),
        }
    }
}
