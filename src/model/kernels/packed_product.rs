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
    mut tiles: Range<usize>,
    mut store: impl FnMut(usize, usize, &[f32; ROWS]),
) {
    assert!(x.fits(matrix.format()) && x.units() == matrix.units(), "activations of another shape");
    let (rows, most, units) = (x.rows(), kernels.rows.len(), matrix.units());
    if let (1, Some(kernel)) = (rows, kernels.tiles) {
        let quarter = tiles.len() / TILES;
        multiply_quarters(matrix, x, kernel, tiles.start..tiles.start + quarter, quarter, &mut store);
        tiles.start += TILES * quarter;
    }
    let mut sums: Sums = [[0.0; ROWS]; MAX_TOKENS];
    let mut first = 0;
    while first < rows {
        let in_block = MAX_TOKENS - first % MAX_TOKENS;
        let count = in_block.min(most).min(rows - first);
        let x = x.block(first);
        for tile in tiles.clone() {
            let place = Place { tile: matrix.tile(tile).as_ptr(), units, apart: 0 };
            // SAFETY: tiles and rows have the same units, as checked above; the kernels are of an available instruction set.
            unsafe { kernels.rows[count - 1](place, x, &mut sums) };
            for (row, sums) in sums.iter().enumerate().take(count) {
                store(first + row, tile, sums);
            }
        }
        first += count;
    }
}

/// The only row of `x` with some tiles and those that lie `quarter`, twice and three times as many behind each of them, which the
/// kernel takes at once: the memory is read faster from places far apart.
fn multiply_quarters(
    matrix: &PackedMatrix,
    x: &Activations,
    kernel: Kernel,
    tiles: Range<usize>,
    quarter: usize,
    store: &mut impl FnMut(usize, usize, &[f32; ROWS]),
) {
    assert!(x.fits(matrix.format()) && x.units() == matrix.units() && x.rows() == 1, "activations of another shape");
    assert!(tiles.end + (TILES - 1) * quarter <= matrix.tiles(), "tiles beyond the last");
    let mut sums: Sums = [[0.0; ROWS]; MAX_TOKENS];
    let apart = quarter * matrix.tile_bytes();
    for first in tiles {
        let place = Place { tile: matrix.tile(first).as_ptr(), units: matrix.units(), apart };
        // SAFETY: the tiles are inside the matrix and have the row's units; the kernel is of an available instruction set.
        unsafe { kernel(place, x.block(0), &mut sums) };
        for (at, sums) in sums.iter().enumerate().take(TILES) {
            store(0, first + at * quarter, sums);
        }
    }
}

/// A job with its output as the threads share it.
struct Part<'a> {
    matrix: &'a PackedMatrix,
    x: &'a Activations,
    bias: Option<&'a [f32]>,
    y: Shared<'a, f32>,
    kernels: Kernels,
    /// The kernel for four tiles at once, where it is the one to take, and the tiles in a quarter of the matrix.
    quarters: Option<(Kernel, usize)>,
    /// Tiles in one piece of work; of each quarter, where these are taken at once.
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
            let kernels = kernels(isa, matrix.format());
            let quarters = kernels.tiles.filter(|_| x.rows() == 1).map(|kernel| (kernel, matrix.tiles() / TILES));
            let (tiles, bytes) = match quarters {
                // One row meets each weight once: nothing has to stay near.
                Some((_, quarter)) => (quarter.max(1), 2 * PIECE_BYTES / TILES),
                None => (matrix.tiles(), PIECE_BYTES),
            };
            let share = (bytes / matrix.tile_bytes()).max(1);
            let first = pieces;
            pieces += tiles.div_ceil(share);
            Part { matrix, x, bias: job.bias, y: Shared::new(job.y), kernels, quarters, share, first }
        })
        .collect();
    pool.run(pieces, &|piece, _| {
        let at = parts.partition_point(|part| part.first <= piece) - 1;
        let part = &parts[at];
        part.run((piece - part.first) * part.share);
    });
}

impl Part<'_> {
    /// The piece whose first tile is `from`.
    fn run(&self, from: usize) {
        let (matrix, x) = (self.matrix, self.x);
        let mut store = |row: usize, tile: usize, sums: &[f32; ROWS]| self.store(row, tile, sums);
        let mut tiles = from..(from + self.share).min(matrix.tiles());
        if let Some((kernel, quarter)) = self.quarters {
            let end = tiles.end.min(quarter);
            multiply_quarters(matrix, x, kernel, from..end, quarter, &mut store);
            // What is left when all is cut into quarters goes with the last piece.
            let rest = if end == quarter { TILES * quarter } else { matrix.tiles() };
            tiles = rest..matrix.tiles();
        }
        multiply(matrix, x, self.kernels, tiles, store);
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
