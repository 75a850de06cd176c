//! How a tile lies in memory, and what a kernel is given. A tile is 16 rows of a matrix; it is a row of units, each some
//! columns of those rows with their scales in front. Weights keep ggml's own bits, four columns of one row side by side:
//! a line of 64 bytes holds the same four columns of 16 rows.

/// Rows in a tile.
pub(super) const ROWS: usize = 16;
/// Activation rows that one call of a kernel takes at most.
pub(super) const MAX_TOKENS: usize = 8;

/// Tiles that a kernel for one activation row takes at once: the memory is read faster from several places.
pub(super) const TILES: usize = 4;

/// A unit of the 4-bit type: 256 columns.
/// - `0`: scales u8 `[8 blocks of 32][16 rows]`
/// - `128`: minima u8 `[4 pairs of blocks][16 rows][2]`
/// - `256`: d f16 `[16 rows]`, `288`: dmin f16 `[16 rows]`
/// - `320`: `[4][8 lines]`; low halves are the columns of an even block, high halves those of the odd one after it
pub(super) mod q4 {
    pub(in super::super) const COLUMNS: usize = 256;
    pub(in super::super) const MINS: usize = 128;
    pub(in super::super) const D: usize = 256;
    pub(in super::super) const DMIN: usize = 288;
    pub(in super::super) const DATA: usize = 320;
    pub(in super::super) const BYTES: usize = DATA + 2048;
}

/// A unit of the 6-bit type: 256 columns.
/// - `0`: scales i8 `[8 pairs of blocks of 16][16 rows][2]`
/// - `256`: d f16 `[16 rows]`, then 32 bytes unused
/// - `320`: `[2 halves][8]` of two lines of low bits (ggml's `ql`, those of the first and of the second 32 columns) and the
///   line of high bits (`qh`) that goes with both, so that memory is read from one end to the other
pub(super) mod q6 {
    pub(in super::super) const COLUMNS: usize = 256;
    pub(in super::super) const D: usize = 256;
    pub(in super::super) const DATA: usize = 320;
    pub(in super::super) const HALF: usize = 24 * 64;
    pub(in super::super) const BYTES: usize = DATA + 2 * HALF;
}

/// A unit of the 8-bit type: 64 columns.
/// - `0`: d f16 `[2 blocks of 32][16 rows]`
/// - `64`: `[2 blocks][8 lines]` of i8
pub(super) mod q8 {
    pub(in super::super) const COLUMNS: usize = 64;
    pub(in super::super) const DATA: usize = 64;
    pub(in super::super) const BYTES: usize = DATA + 1024;
}

/// Some activation rows as a kernel sees them: `[unit][row][columns of a unit]`, `stride` rows lying side by side, the
/// pointers at the first row wanted. Scales and sums lie alike, as `activations.rs` says.
#[derive(Clone, Copy)]
pub(super) struct Rows {
    pub(super) q: *const i8,
    pub(super) scales: *const f32,
    pub(super) sums: *const i32,
    pub(super) stride: usize,
}

/// The dot products of the 16 rows of a tile with each activation row, `[rows][16]`; of several tiles with one row,
/// `[tiles][16]`.
pub(super) type Sums = [[f32; ROWS]; MAX_TOKENS];

/// Where a tile lies, or the first of several.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) tile: *const u8,
    /// Units in a tile.
    pub(super) units: usize,
    /// Bytes from each of several tiles to the next.
    pub(super) apart: usize,
}

/// A kernel: the tile, the activation rows, the results.
///
/// # Safety
/// The tile must hold that many units and the rows as many as the kernel is made for; the processor must know its
/// instructions.
pub(super) type Kernel = unsafe fn(Place, Rows, &mut Sums);
