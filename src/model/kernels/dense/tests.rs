//! Every kernel against the sums in their order, bit for bit, and these against sums in f64.

#![allow(clippy::many_single_char_names)] // a matrix product's usual names

use super::*;

/// Numbers between -1 and 1 that look random and are the same everywhere.
fn values(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// A matrix whose rows, or columns, lie three further apart than they are long.
fn matrix(data: &[f32], rows: usize, cols: usize, turned: bool) -> Mat<'_> {
    if turned { Mat::new(data, cols, rows, rows + 3).t() } else { Mat::new(data, rows, cols, cols + 3) }
}

fn room(rows: usize, cols: usize, turned: bool) -> usize {
    if turned { cols * (rows + 3) } else { rows * (cols + 3) }
}

fn at(matrix: Mat, row: usize, col: usize) -> f32 {
    matrix.data[row * matrix.row_stride + col * matrix.col_stride]
}

/// What the sums are said to be, and the sum in f64 with the sum of sizes beside it.
fn expected(before: Option<f32>, lhs: Mat, rhs: Mat, row: usize, col: usize, scale: f32) -> (f32, f64, f64) {
    let mut found = before;
    let (mut exact, mut size) = (f64::from(before.unwrap_or(0.0)), f64::from(before.unwrap_or(0.0)).abs());
    for start in (0..lhs.cols).step_by(DEPTH) {
        let mut sum = 0f32;
        for k in start..(start + DEPTH).min(lhs.cols) {
            let (a, b) = (at(lhs, row, k), at(rhs, k, col));
            sum = a.mul_add(b, sum);
            exact += f64::from(scale) * f64::from(a) * f64::from(b);
            size += (f64::from(scale) * f64::from(a) * f64::from(b)).abs();
        }
        found = Some(found.map_or(scale * sum, |before| before + scale * sum));
    }
    (found.unwrap_or(0.0), exact, size)
}

#[test]
fn every_kernel_gives_the_sums_in_their_order() {
    let sizes = [
        (1, 1, 1),
        (8, 32, 16),
        (7, 9, 5),
        (13, 33, 300),
        (64, 64, 256),
        (65, 31, 513),
        (3, 70, 40),
        (140, 16, 64),
        (16, 200, 8),
        (5, 4, 0),
    ];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    for isa in Isa::available() {
        for (case, (m, n, k)) in sizes.into_iter().enumerate() {
            for turns in 0..8 {
                let (left, right, keep) = (turns & 1 > 0, turns & 2 > 0, turns & 4 > 0);
                let (a, b) = (values(room(m, k, left), 1), values(room(k, n, right), 2));
                let (lhs, rhs) = (matrix(&a, m, k, left), matrix(&b, k, n, right));
                let (scale, threads) = ([1.0, 0.3][case % 2], 1 + case % 3);
                let before = values(m * (n + 5), 3);
                let mut found = before.clone();
                let out = if keep { Out::add } else { Out::set };
                pool.install(|| product_with(isa, out(&mut found, n, n + 5), lhs, rhs, scale, threads));
                for (i, (found, before)) in found.iter().zip(&before).enumerate() {
                    let (row, col) = (i / (n + 5), i % (n + 5));
                    let name = format!("{isa} {m}·{n}·{k} {turns} at {row}, {col}");
                    if col >= n {
                        assert_eq!(found.to_bits(), before.to_bits(), "{name}: not its own");
                        continue;
                    }
                    let (sum, exact, size) = expected(keep.then_some(*before), lhs, rhs, row, col, scale);
                    assert_eq!(found.to_bits(), sum.to_bits(), "{name}: {found} {sum}");
                    // Each of k + 2 roundings is off by half a unit in the last place of at most the sum of sizes.
                    let bound = (k + 2) as f64 * f64::from(f32::EPSILON) / 2.0 * size * 1.01;
                    assert!((f64::from(*found) - exact).abs() <= bound, "{name}: {found} {exact}");
                }
            }
        }
    }
}

#[test]
fn a_right_side_that_is_copied_in_several_parts_gives_the_same() {
    let (m, n, k) = (3, 70, RHS_AT_ONCE / 32);
    let (a, b) = (values(m * k, 1), values(n * k, 2));
    let (lhs, rhs) = (Mat::new(&a, m, k, k), Mat::new(&b, n, k, k).t());
    let mut found = vec![0.0; m * n];
    product(Out::set(&mut found, n, n), lhs, rhs, 1.0, 1);
    for col in [0, 31, 32, 63, 64, 69] {
        assert_eq!(found[n + col].to_bits(), expected(None, lhs, rhs, 1, col, 1.0).0.to_bits(), "{col}");
    }
}

#[test]
fn what_is_no_number_stays_in_its_row_and_column() {
    let (m, n, k) = (9, 40, 20);
    let (mut a, b) = (values(m * k, 1), values(k * n, 2));
    a[2 * k + 3] = f32::NAN;
    for isa in Isa::available() {
        let mut found = vec![0.0; m * n];
        product_with(isa, Out::set(&mut found, n, n), Mat::new(&a, m, k, k), Mat::new(&b, k, n, n), 1.0, 1);
        assert!(found.iter().enumerate().all(|(i, y)| y.is_nan() == (i / n == 2)), "{isa}");
    }
}

#[test]
#[should_panic(expected = "result larger")]
fn a_result_that_is_too_small_is_refused() {
    let (a, b, mut out) = ([0.0; 6], [0.0; 6], [0.0; 3]);
    product(Out::set(&mut out, 2, 2), Mat::new(&a, 2, 3, 3), Mat::new(&b, 3, 2, 2), 1.0, 1);
}
