//! Every kernel against its plain twin, bit for bit, and the twin against sums in f64, for sizes that fill no tile.

use half::f16;

use super::{Activations, BlockFormat, Isa, Job, PackedMatrix, Pool, product};

/// Numbers that look random and are the same everywhere (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// In -1..1.
    fn float(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }
}

const FORMATS: [BlockFormat; 3] = [BlockFormat::Q4, BlockFormat::Q6, BlockFormat::Q8];

/// ggml blocks of any bits at all, but for their scales, which are numbers.
fn blocks(format: BlockFormat, rows: usize, columns: usize, numbers: &mut Numbers) -> Vec<u8> {
    let count = rows * columns.div_ceil(format.block_columns());
    let mut bytes = Vec::new();
    for _ in 0..count {
        let mut block: Vec<u8> = (0..format.block_bytes()).map(|_| (numbers.next() >> 32) as u8).collect();
        let mut put = |at: usize, scale: f32| block[at..at + 2].copy_from_slice(&f16::from_f32(scale).to_le_bytes());
        match format {
            BlockFormat::Q4 => {
                put(0, 0.01 * numbers.float());
                put(2, 0.01 * numbers.float());
            }
            BlockFormat::Q6 => put(208, 0.01 * numbers.float()),
            BlockFormat::Q8 => put(0, 0.01 * numbers.float()),
        }
        bytes.extend(block);
    }
    bytes
}

/// One of ggml's blocks in f64, written after `dequantize_row_q4_K`, `_q6_K` and `_q8_0` of ggml-quants.c.
fn restored(format: BlockFormat, block: &[u8]) -> Vec<f64> {
    let float = |at: usize| f64::from(f16::from_le_bytes([block[at], block[at + 1]]).to_f32());
    match format {
        BlockFormat::Q8 => block[2..].iter().map(|q| float(0) * f64::from(q.cast_signed())).collect(),
        BlockFormat::Q4 => {
            let scales = &block[4..16];
            let part = |at: usize| {
                let (scale, min) = if at < 4 {
                    (scales[at] & 63, scales[at + 4] & 63)
                } else {
                    let low = scales[at + 4];
                    ((low & 15) | (scales[at - 4] >> 6 << 4), (low >> 4) | (scales[at] >> 6 << 4))
                };
                (float(0) * f64::from(scale), float(2) * f64::from(min))
            };
            let weight = |column: usize| {
                let (at, byte) = (column / 32, block[16 + column / 64 * 32 + column % 32]);
                let (scale, min) = part(at);
                scale * f64::from(if at % 2 == 0 { byte & 15 } else { byte >> 4 }) - min
            };
            (0..256).map(weight).collect()
        }
        BlockFormat::Q6 => {
            let weight = |column: usize| {
                let (half, at) = (column / 128, column % 128);
                let (quarter, at) = (at / 32, at % 32);
                let low = block[64 * half + at + 32 * (quarter % 2)] >> (4 * (quarter / 2)) & 15;
                let high = block[128 + 32 * half + at] >> (2 * quarter) & 3;
                let scale = block[192 + 8 * half + 2 * quarter + at / 16].cast_signed();
                float(208) * f64::from(scale) * (f64::from(low | high << 4) - 32.0)
            };
            (0..256).map(weight).collect()
        }
    }
}

struct Case {
    matrix: PackedMatrix,
    /// `[rows][columns, filled up]`
    weights: Vec<Vec<f64>>,
    x: Vec<f32>,
    bias: Vec<f32>,
}

fn case(format: BlockFormat, rows: usize, columns: usize, tokens: usize) -> Case {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ (rows * 131 + columns * 17 + tokens) as u64);
    let bytes = blocks(format, rows, columns, &mut numbers);
    let matrix = PackedMatrix::from_ggml(format, rows, columns, &bytes);
    let weights = bytes
        .chunks(matrix.row_bytes())
        .map(|row| row.chunks(format.block_bytes()).flat_map(|block| restored(format, block)).collect())
        .collect();
    let x = (0..tokens * columns).map(|_| 3.0 * numbers.float()).collect();
    let bias = (0..rows).map(|_| numbers.float()).collect();
    Case { matrix, weights, x, bias }
}

fn run(case: &Case, isa: Isa, pool: &Pool, bias: bool) -> (Vec<f32>, Activations) {
    let columns = case.matrix.columns();
    let mut activations = Activations::new(case.matrix.format());
    activations.quantise(pool, &case.x, columns);
    let mut y = vec![f32::NAN; case.x.len() / columns * case.matrix.rows()];
    let bias = bias.then_some(case.bias.as_slice());
    product(pool, isa, &mut [Job { matrix: &case.matrix, x: &activations, bias, y: &mut y }]);
    (y, activations)
}

/// Rows and columns around the edges of tiles, units and blocks.
const SIZES: [(usize, usize); 7] = [(1, 256), (15, 512), (16, 256), (33, 768), (47, 1024), (130, 256), (16, 2048)];

#[test]
fn every_kernel_gives_the_bits_of_the_plain_one() {
    let (alone, three) = (Pool::new(1), Pool::new(3));
    for format in FORMATS {
        for (rows, columns) in SIZES {
            for tokens in [1, 2, 3, 4, 5, 7, 8, 9, 21] {
                let case = case(format, rows, columns, tokens);
                let (plain, _) = run(&case, Isa::Plain, &alone, true);
                for isa in Isa::available() {
                    let (found, _) = run(&case, isa, &three, true);
                    let same = plain.iter().zip(&found).all(|(a, b)| a.to_bits() == b.to_bits());
                    assert!(same, "{format:?} {isa} [{rows}, {columns}] × {tokens}");
                }
            }
        }
    }
}

#[test]
fn one_row_meets_every_tile_of_a_matrix_that_is_read_in_pieces() {
    let three = Pool::new(3);
    for format in FORMATS {
        // 4, 5, 9 and 15 tiles, each too large for a piece to have many.
        for rows in [64, 80, 130, 240] {
            let case = case(format, rows, 8192, 1);
            let (plain, _) = run(&case, Isa::Plain, &three, true);
            for isa in Isa::available() {
                let (found, _) = run(&case, isa, &three, true);
                assert!(plain == found, "{format:?} {isa} {rows}");
            }
        }
    }
}

#[test]
fn columns_that_fill_no_unit_are_multiplied_too() {
    let pool = Pool::new(2);
    // One block of the 8-bit type in a unit of two; columns that end inside a block.
    for (format, columns) in [
        (BlockFormat::Q8, 32),
        (BlockFormat::Q8, 96),
        (BlockFormat::Q8, 40),
        (BlockFormat::Q4, 300),
        (BlockFormat::Q6, 10),
    ] {
        for isa in Isa::available() {
            check_against_f64(&case(format, 21, columns, 5), isa, &pool);
        }
    }
}

#[test]
fn the_plain_kernel_is_near_the_sums_in_f64() {
    let pool = Pool::new(2);
    for format in FORMATS {
        for (rows, columns) in SIZES {
            check_against_f64(&case(format, rows, columns, 3), Isa::Plain, &pool);
        }
    }
}

/// The products of the same rounded numbers in f64. The sums of a unit are whole numbers; what is rounded is one f32 step for
/// each unit (two in the 4-bit type), so that the error stays below 1e-6 of the sum of sizes for these lengths. Against
/// the rows before they were rounded to int8, each activation is off by half a step of its block's scale.
fn check_against_f64(case: &Case, isa: Isa, pool: &Pool) {
    let columns = case.matrix.columns();
    let (y, activations) = run(case, isa, pool, false);
    for (token, x) in case.x.chunks(columns).enumerate() {
        let rounded = activations.restored(token);
        for (row, weights) in case.weights.iter().enumerate() {
            let found = f64::from(y[token * case.matrix.rows() + row]);
            let (mut exact, mut size, mut unrounded, mut step) = (0.0, 0.0, 0.0, 0.0);
            for (column, weight) in weights.iter().enumerate() {
                let value = f64::from(rounded[column]);
                exact += weight * value;
                size += 64.0 * (weight * value).abs();
                if let Some(x) = x.get(column) {
                    unrounded += weight * f64::from(*x);
                    step += weight.abs() * 3.0 / 127.0 / 2.0;
                }
            }
            let name = format!("{:?} {isa} row {row} token {token}", case.matrix.format());
            assert!((found - exact).abs() <= 1e-6 * size + 1e-9, "{name}: {found} {exact}");
            assert!((found - unrounded).abs() <= 1.01 * step + 1e-6 * size + 1e-6, "{name}: {found} {unrounded}");
        }
    }
}

#[test]
fn several_products_in_one_go_are_each_right() {
    let pool = Pool::new(3);
    let cases =
        [case(BlockFormat::Q4, 40, 512, 4), case(BlockFormat::Q8, 17, 512, 4), case(BlockFormat::Q6, 5, 512, 4)];
    let singly: Vec<Vec<f32>> = cases.iter().map(|case| run(case, Isa::detect(), &pool, true).0).collect();
    let mut inputs = Vec::new();
    for case in &cases {
        let mut activations = Activations::new(case.matrix.format());
        activations.quantise(&pool, &case.x, 512);
        inputs.push(activations);
    }
    let mut outputs: Vec<Vec<f32>> = singly.iter().map(|y| vec![0.0; y.len()]).collect();
    let mut jobs: Vec<Job> = cases
        .iter()
        .zip(&inputs)
        .zip(&mut outputs)
        .map(|((case, x), y)| Job { matrix: &case.matrix, x, bias: Some(&case.bias), y })
        .collect();
    product(&pool, Isa::detect(), &mut jobs);
    assert_eq!(outputs, singly);
}

#[test]
fn rows_may_come_a_few_at_a_time() {
    for format in FORMATS {
        let bytes = blocks(format, 37, 512, &mut Numbers(7));
        let whole = PackedMatrix::from_ggml(format, 37, 512, &bytes);
        let mut parts = PackedMatrix::zeroed(format, 37, 512);
        let row = parts.row_bytes();
        for (at, rows) in [(0, 3), (3, 20), (23, 14)] {
            parts.repack_rows(at, &bytes[at * row..(at + rows) * row]);
        }
        assert_eq!(whole.bytes(), format.packed_bytes(37, 512));
        assert!(whole.tiles() == 3 && (0..3).all(|tile| whole.tile(tile) == parts.tile(tile)), "{format:?}");
    }
}

#[test]
fn what_has_no_size_gives_zeros_and_no_nan() {
    let pool = Pool::new(1);
    for format in FORMATS {
        let mut case = case(format, 16, 256, 2);
        case.x.fill(0.0);
        case.x[300] = f32::MIN_POSITIVE / 4.0;
        let (y, _) = run(&case, Isa::detect(), &pool, false);
        assert!(y.iter().all(|y| *y == 0.0), "{format:?}");
    }
}
