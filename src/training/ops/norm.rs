//! Layer normalisation (Ba et al. 2016) and its derivative.

use rayon::prelude::*;

use super::{ROWS, add, dot, sum};

/// The mean of a row and one over its standard deviation, which the derivative asks for again.
pub(crate) type Stats = [f32; 2];

fn stats(row: &[f32], epsilon: f32) -> Stats {
    let width = row.len() as f32;
    let mean = sum(row) / width;
    let mut lanes = [0.0; 16];
    let (whole, rest) = row.as_chunks::<16>();
    for chunk in whole {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += (value - mean) * (value - mean);
        }
    }
    let squares = lanes.iter().sum::<f32>() + rest.iter().map(|value| (value - mean).powi(2)).sum::<f32>();
    [mean, 1.0 / (squares / width + epsilon).sqrt()]
}

/// `ys = (xs - mean) / deviation · weight + bias`, by rows.
pub(crate) fn forward(ys: &mut [f32], xs: &[f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let width = weight.len();
    ys.par_chunks_mut(ROWS * width).zip(xs.par_chunks(ROWS * width)).for_each(|(ys, xs)| {
        for (y, x) in ys.chunks_exact_mut(width).zip(xs.chunks_exact(width)) {
            let [mean, scale] = stats(x, epsilon);
            for ((y, x), (weight, bias)) in y.iter_mut().zip(x).zip(weight.iter().zip(bias)) {
                *y = (x - mean) * scale * weight + bias;
            }
        }
    });
}

/// Adds to `dxs` what `dys` makes of it, and to `dweight` and `dbias` when they are given. `dys` is used up.
pub(crate) fn backward(
    dxs: &mut [f32],
    dys: &mut [f32],
    xs: &[f32],
    weight: &[f32],
    trained: Option<(&mut [f32], &mut [f32])>,
    epsilon: f32,
) {
    let width = weight.len();
    let parts = (dxs.par_chunks_mut(ROWS * width), dys.par_chunks_mut(ROWS * width), xs.par_chunks(ROWS * width));
    let wanted = trained.is_some();
    let sums: Vec<(Vec<f32>, Vec<f32>)> = parts
        .into_par_iter()
        .map(|(dxs, dys, xs)| {
            let (mut dweight, mut dbias) = if wanted { (vec![0.0; width], vec![0.0; width]) } else { <_>::default() };
            let rows = dxs.chunks_exact_mut(width).zip(dys.chunks_exact_mut(width)).zip(xs.chunks_exact(width));
            let mut normed = vec![0.0; width];
            for ((dx, dy), x) in rows {
                let [mean, scale] = stats(x, epsilon);
                for (normed, x) in normed.iter_mut().zip(x) {
                    *normed = (x - mean) * scale;
                }
                if wanted {
                    for ((dweight, dbias), (dy, normed)) in
                        dweight.iter_mut().zip(&mut dbias).zip(dy.iter().zip(&normed))
                    {
                        *dweight += dy * normed;
                        *dbias += dy;
                    }
                }
                for (dy, weight) in dy.iter_mut().zip(weight) {
                    *dy *= weight;
                }
                let along = dot(dy, &normed) / width as f32;
                let level = sum(dy) / width as f32;
                for ((dx, dy), normed) in dx.iter_mut().zip(dy).zip(&normed) {
                    *dx += scale * (*dy - level - normed * along);
                }
            }
            (dweight, dbias)
        })
        .collect();
    if let Some((dweight, dbias)) = trained {
        for (w, b) in &sums {
            add(dweight, w);
            add(dbias, b);
        }
    }
}
