//! The operations of a GPT-J on f32 slices, each with its derivative: rows are tokens, matrices lie by rows. They use no
//! memory of their own, or a scratch that is given to them, so that a step allocates nothing.
//!
//! Sums over rows are made in pieces of a fixed size and joined in order: results do not depend on the number of threads.

pub(crate) mod attention;
pub(crate) mod gelu;
pub(crate) mod linear;
pub(crate) mod loss;
pub(crate) mod norm;
pub(crate) mod rotary;

/// Rows that one thread takes at a time.
pub(crate) const ROWS: usize = 64;

/// Lanes of a vectorised sum.
const LANES: usize = 16;

/// e to the `x`, to about two units in the last place, in steps that the compiler turns into vector instructions
/// (Cephes' `expf`). Beyond ±87 it stays at the smallest or largest that f32 has.
#[inline(always)]
#[allow(clippy::inline_always, clippy::excessive_precision, clippy::many_single_char_names)] // it must melt into the loop
pub(crate) fn exp(x: f32) -> f32 {
    // Adding it moves the whole part into the lowest bits.
    const SHIFT: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x.mul_add(std::f32::consts::LOG2_E, SHIFT);
    let n = shifted - SHIFT;
    let r = n.mul_add(2.121_944_4e-4, n.mul_add(-0.693_359_375, x));
    let mut p = 1.987_569_2e-4_f32;
    p = p.mul_add(r, 1.398_199_9e-3);
    p = p.mul_add(r, 8.333_452e-3);
    p = p.mul_add(r, 4.166_579_6e-2);
    p = p.mul_add(r, 1.666_666_6e-1);
    p = p.mul_add(r, 5.000_000_1e-1);
    let y = p.mul_add(r * r, r) + 1.0;
    y * f32::from_bits(shifted.to_bits().wrapping_add(127) << 23)
}

/// The sum of a slice, in lanes.
pub(crate) fn sum(values: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// The sum of products of two slices of one length, in lanes.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (whole_a, rest_a) = a.as_chunks::<LANES>();
    let (whole_b, rest_b) = b.as_chunks::<LANES>();
    for (chunk_a, chunk_b) in whole_a.iter().zip(whole_b) {
        for i in 0..LANES {
            lanes[i] = chunk_a[i].mul_add(chunk_b[i], lanes[i]);
        }
    }
    lanes.iter().sum::<f32>() + rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum::<f32>()
}

/// `a += b`
pub(crate) fn add(a: &mut [f32], b: &[f32]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += b;
    }
}

/// The largest value of a slice.
pub(crate) fn max(values: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if *value > *lane { *value } else { *lane };
        }
    }
    lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |a, b| if *b > a { *b } else { a })
}

/// Adds every row of `rows` (each `out.len()` wide) to `out`, in pieces of [`ROWS`] joined in order.
pub(crate) fn add_rows(out: &mut [f32], rows: &[f32]) {
    use rayon::prelude::*;
    let width = out.len();
    let pieces: Vec<Vec<f32>> = rows
        .par_chunks(ROWS * width)
        .map(|piece| {
            let mut sum = vec![0.0; width];
            piece.chunks_exact(width).for_each(|row| add(&mut sum, row));
            sum
        })
        .collect();
    for piece in &pieces {
        add(out, piece);
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)] // small whole numbers: their sums are exact
mod tests {
    use super::*;

    #[test]
    fn the_vectorised_exponential_is_the_exponential() {
        for i in -8700..8800 {
            let x = i as f32 * 0.01;
            let expected = f64::from(x).exp();
            assert!((f64::from(exp(x)) / expected - 1.0).abs() < 3e-7, "{x}");
        }
        assert!(exp(-1e30) > 0.0 && exp(-1e30) < 1e-37 && exp(1e30).is_finite() && exp(f32::NAN).is_nan());
    }

    #[test]
    fn sums_in_lanes_are_sums() {
        let values: Vec<f32> = (0..37).map(|i| (i * i % 17) as f32).collect();
        assert_eq!(sum(&values), values.iter().sum::<f32>());
        assert_eq!(dot(&values, &values), values.iter().map(|v| v * v).sum::<f32>());
        assert_eq!(max(&values), 16.0);
        let mut out = vec![1.0; 37];
        add_rows(&mut out, &values.repeat(200));
        assert_eq!(out[5], 1.0 + 200.0 * values[5]);
    }
}
