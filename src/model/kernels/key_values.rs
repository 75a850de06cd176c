//! What attention remembers, in 8 bits: half of what half precision would take, which late in a window is as much as a sixth
//! of all that a token reads.
//!
//! Keys lie as weights of the 8-bit type do, so that its kernel scores 16 positions at once. Values lie by 64 columns with a
//! scale for each position, four positions side by side; what a row takes of each is rounded to 14 bits, and the sums of a
//! page are whole numbers. So a row gives the same bits alone and among others, with every instruction set.

use super::activations::{Activations, round};
use super::memory::Lines;
#[cfg(target_arch = "aarch64")]
use super::neon;
use super::packed::{BlockFormat, PackedMatrix};
use super::packed_product::{kernels, multiply};
use super::tile::ROWS;
use super::{Isa, plain};
#[cfg(target_arch = "x86_64")]
use super::{avx2, avx512};

/// Positions in a page.
pub(crate) const PAGE: usize = 256;
/// Columns of the values that share a scale and are summed together.
pub(super) const COLUMNS: usize = 64;
/// Positions that lie side by side.
pub(super) const FOUR: usize = 4;
/// Rows that meet a value together.
const TOGETHER: usize = 2;
/// The largest share: 14 bits, of which the kernels take 7 at a time.
const LARGEST: f32 = 16383.0;
/// 2^23: what is added to it leaves its rounded value in the lowest bits.
const ROUND: f32 = 8_388_608.0;

/// What one row takes of each value of a page, in units of the largest by [`LARGEST`]: the upper and the lower seven bits.
/// Two products of them with values fit into i16.
pub(super) struct Shares {
    pub(super) high: [u8; PAGE],
    pub(super) low: [u8; PAGE],
    /// The size of a unit.
    pub(super) unit: f32,
}

/// The sums of [`COLUMNS`] columns of values over the positions for which there are shares, at most those of a page, for
/// `R` rows.
///
/// # Safety
/// The values must reach as far as the scales, in whole groups of [`FOUR`]; the processor must know the instructions.
pub(super) type MixKernel<const R: usize> =
    unsafe fn(values: *const i8, scales: &[f32], shares: [&[f32]; R], sums: &mut [[f32; COLUMNS]; R]);

/// Keys and values of [`PAGE`] positions of one head.
#[derive(Debug)]
pub(crate) struct KeyValuePage {
    keys: PackedMatrix,
    /// `[part of 64 columns][four positions][column][position of the four]`
    values: Lines,
    /// `[part][position]`
    scales: Vec<f32>,
}

impl KeyValuePage {
    /// Room for keys and values of so many columns.
    pub(crate) fn new(head_dim: usize) -> Self {
        let parts = head_dim.div_ceil(COLUMNS);
        Self {
            keys: PackedMatrix::zeroed(BlockFormat::Q8, PAGE, head_dim),
            values: Lines::zeroed(parts * PAGE * COLUMNS),
            scales: vec![0.0; parts * PAGE],
        }
    }

    /// Bytes of one page.
    pub(crate) fn bytes(head_dim: usize) -> u64 {
        let values = head_dim.div_ceil(COLUMNS) * PAGE * (COLUMNS + size_of::<f32>());
        BlockFormat::Q8.packed_bytes(PAGE, head_dim) + values as u64
    }

    /// Puts the key and the value of the position `at` of this page in place.
    pub(crate) fn store(&mut self, at: usize, key: &[f32], value: &[f32]) {
        self.keys.put_row(at, key);
        for (part, x) in value.chunks(COLUMNS).enumerate() {
            let mut q = [0; COLUMNS];
            self.scales[part * PAGE + at] = round(x, &mut q);
            let first = (part * PAGE + at / FOUR * FOUR) * COLUMNS;
            let group = &mut self.values.as_mut_slice()[first..first + FOUR * COLUMNS];
            for (four, q) in group.as_chunks_mut::<FOUR>().0.iter_mut().zip(q) {
                four[at % FOUR] = q.cast_unsigned();
            }
        }
    }

    /// `out[row][position] = q[row] · key[position]` of the first `n` positions; `out` has rows `stride` apart.
    ///
    /// # Panics
    /// When the sizes do not fit together.
    pub(crate) fn scores(&self, isa: Isa, q: &Activations, n: usize, out: &mut [f32], stride: usize) {
        multiply(&self.keys, q, kernels(isa, BlockFormat::Q8), 0..n.div_ceil(ROWS), |row, tile, sums| {
            let (from, to) = (tile * ROWS, n.min((tile + 1) * ROWS));
            out[row * stride + from..row * stride + to].copy_from_slice(&sums[..to - from]);
        });
    }

    /// `out[row] += Σ shares[row][position] · value[position]` over the first `n` positions: `shares` has rows `stride`
    /// apart, `out` is `[rows, head_dim]`.
    ///
    /// # Panics
    /// When the sizes do not fit together.
    pub(crate) fn mix(&self, isa: Isa, shares: &[f32], stride: usize, n: usize, out: &mut [f32]) {
        let width = self.keys.columns();
        let mut row = 0;
        for rows in out.chunks_mut(TOGETHER * width) {
            if rows.len() == TOGETHER * width {
                self.mix_rows::<TOGETHER>(mix_kernel(isa), &shares[row * stride..], stride, n, rows);
            } else {
                for (at, one) in rows.chunks_exact_mut(width).enumerate() {
                    self.mix_rows::<1>(mix_kernel(isa), &shares[(row + at) * stride..], stride, n, one);
                }
            }
            row += TOGETHER;
        }
    }

    fn mix_rows<const R: usize>(&self, kernel: MixKernel<R>, shares: &[f32], stride: usize, n: usize, out: &mut [f32]) {
        assert!(n <= PAGE, "positions of one page");
        let width = self.keys.columns();
        for (part, values) in self.values.as_slice().chunks_exact(PAGE * COLUMNS).enumerate() {
            let scales = &self.scales[part * PAGE..][..n];
            let shares = std::array::from_fn(|row| &shares[row * stride..][..n]);
            let mut sums = [[0.0; COLUMNS]; R];
            // SAFETY: a part holds all positions of a page, and there are no more scales than that; the kernel is of an
            // available instruction set.
            unsafe { kernel(values.as_ptr().cast(), scales, shares, &mut sums) };
            let columns = part * COLUMNS..width.min((part + 1) * COLUMNS);
            for (row, sums) in sums.iter().enumerate() {
                for (out, sum) in out[row * width..][columns.clone()].iter_mut().zip(sums) {
                    *out += sum;
                }
            }
        }
    }
}

impl Shares {
    /// Nothing of any value.
    pub(super) const NONE: Self = Self { high: [0; PAGE], low: [0; PAGE], unit: 0.0 };

    /// Rounds each share, none of which is negative, times its value's scale; at the places behind them stands nothing yet.
    /// Compiled into the kernels, with their instructions.
    #[inline(always)]
    pub(super) fn round(&mut self, shares: &[f32], scales: &[f32]) {
        let mut weights = [0f32; PAGE];
        for ((weight, share), scale) in weights.iter_mut().zip(shares).zip(scales) {
            *weight = share * scale;
        }
        // Numbers that are not negative are ordered as their bits are.
        let largest = f32::from_bits(weights.iter().map(|weight| weight.to_bits()).fold(0, u32::max));
        let sized = largest > f32::MIN_POSITIVE;
        let inverse = if sized { LARGEST / largest } else { 0.0 };
        self.unit = if sized { largest / LARGEST } else { 0.0 };
        let bits = weights.map(|weight| weight.mul_add(inverse, ROUND).to_bits());
        for (high, bits) in self.high.iter_mut().zip(bits) {
            *high = (bits >> 7) as u8 & 127;
        }
        for (low, bits) in self.low.iter_mut().zip(bits) {
            *low = bits as u8 & 127;
        }
    }
}

fn mix_kernel<const R: usize>(isa: Isa) -> MixKernel<R> {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => avx512::mix::<R>,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => avx2::mix::<R>,
        #[cfg(target_arch = "aarch64")]
        Isa::Neon => neon::mix::<R>,
        _ => plain::mix::<R>,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pool;
    use super::*;

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        (0..count as u32).map(|at| ((at + seed).wrapping_mul(2_654_435_761) >> 16) as f32 / 32768.0 - 1.0).collect()
    }

    struct Case {
        page: KeyValuePage,
        keys: Vec<f32>,
        values: Vec<f32>,
        q: Vec<f32>,
        n: usize,
        width: usize,
    }

    impl Case {
        fn new(rows: usize, n: usize, width: usize) -> Self {
            let (keys, values) = (numbers(n * width, 77), numbers(n * width, 5));
            let mut page = KeyValuePage::new(width);
            for (at, (key, value)) in keys.chunks(width).zip(values.chunks(width)).enumerate() {
                // What stood there before leaves nothing behind.
                page.store(at, &numbers(width, 9), &numbers(width, 8));
                page.store(at, key, value);
            }
            Self { page, keys, values, q: numbers(rows * width, 1), n, width }
        }

        /// Scores `[row][n + 3]` and mixtures `[row][width]` of rows from `first` on.
        fn run(&self, isa: Isa, rows: std::ops::Range<usize>) -> (Vec<f32>, Vec<f32>) {
            let stride = self.n + 3;
            let mut q = Activations::new(BlockFormat::Q8);
            q.quantise(Pool::alone(), &self.q[rows.start * self.width..rows.end * self.width], self.width);
            let mut scores = vec![7.0; rows.len() * stride];
            self.page.scores(isa, &q, self.n, &mut scores, stride);
            let shares: Vec<f32> = scores.iter().map(|score| score.abs()).collect();
            let mut out = vec![0.5; rows.len() * self.width];
            self.page.mix(isa, &shares, stride, self.n, &mut out);
            (scores, out)
        }
    }

    const SIZES: [(usize, usize, usize); 7] =
        [(1, 1, 1), (1, 9, 16), (5, 6, 40), (9, 33, 256), (4, PAGE, 64), (3, 40, 31), (14, 100, 96)];

    #[test]
    fn scores_and_mixtures_are_near_the_sums_of_products() {
        for (rows, n, width) in SIZES {
            let case = Case::new(rows, n, width);
            let (scores, out) = case.run(Isa::detect(), 0..rows);
            for row in 0..rows {
                let q = &case.q[row * width..(row + 1) * width];
                let (own, beyond) = scores[row * (n + 3)..(row + 1) * (n + 3)].split_at(n);
                assert!(beyond.iter().all(|score| score.to_bits() == 7f32.to_bits()));
                for (score, key) in own.iter().zip(case.keys.chunks(width)) {
                    let exact: f64 = q.iter().zip(key).map(|(q, k)| f64::from(*q) * f64::from(*k)).sum();
                    // Each number is off by half a step of at most 1/127, and a scale by 2^-11.
                    assert!((f64::from(*score) - exact).abs() < 0.0085 * width as f64, "{rows} {n} {width}");
                }
                for column in 0..width {
                    let pairs = own.iter().zip(case.values[column..].iter().step_by(width));
                    let exact: f64 = pairs.map(|(share, v)| f64::from(share.abs()) * f64::from(*v)).sum();
                    let size: f64 = own.iter().map(|share| f64::from(share.abs())).sum();
                    let found = f64::from(out[row * width + column]) - 0.5;
                    assert!((found - exact).abs() < 0.0041 * size + 1e-6, "{rows} {n} {width}: {found} {exact}");
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_bits_of_the_plain_one() {
        for (rows, n, width) in SIZES {
            let case = Case::new(rows, n, width);
            let plain = case.run(Isa::Plain, 0..rows);
            for isa in Isa::available() {
                assert!(case.run(isa, 0..rows) == plain, "{isa} {rows} {n} {width}");
            }
        }
    }

    #[test]
    fn a_row_gives_the_same_bits_alone_and_among_others() {
        for (rows, n, width) in SIZES {
            let case = Case::new(rows, n, width);
            let (scores, out) = case.run(Isa::detect(), 0..rows);
            for row in 0..rows {
                let alone = case.run(Isa::detect(), row..row + 1);
                assert_eq!(alone.0, scores[row * (n + 3)..(row + 1) * (n + 3)]);
                assert_eq!(alone.1, out[row * width..(row + 1) * width]);
            }
        }
    }

    #[test]
    fn numbers_too_large_for_a_scale_stay_numbers() {
        let mut case = Case::new(1, 2, 32);
        case.page.store(0, &[1e30; 32], &[-1e30; 32]);
        let (scores, _) = case.run(Isa::detect(), 0..1);
        assert!(scores.iter().all(|score| score.is_finite()), "{scores:?}");
    }
}
