//! How the weights of the linear layers are kept in memory, and the conversion of one tensor at load.
//!
//! The block formats are ggml's, with candle's kernels. A format whose block does not divide the columns of a weight
//! falls back to a smaller block, then to dense.

use std::fmt;
use std::str::FromStr;

use candle_core::quantized::{GgmlDType, QStorage, QTensor};
use candle_core::{DType, Device, Tensor};

use super::ModelError;
use super::kernels::{BlockFormat, PackedMatrix};

/// What the weights of the linear layers become at load. Embedding, norms and biases are never quantised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quantization {
    /// As stored, or as [`WeightType`] says.
    #[default]
    None,
    /// 8 bits and a scale for 32 weights: the nearest to the 8 bits that the seed ran in.
    Q8_0,
    /// 6.6 bits a weight.
    Q6K,
    /// 4.5 bits a weight.
    Q4K,
}

impl Quantization {
    /// All of them, largest first.
    pub const ALL: [Self; 4] = [Self::None, Self::Q8_0, Self::Q6K, Self::Q4K];

    /// The block format for a weight of `columns` inputs; `None` means dense.
    pub(crate) fn format_for(self, columns: usize) -> Option<GgmlDType> {
        let candidates: &[GgmlDType] = match self {
            Self::None => &[],
            Self::Q8_0 => &[GgmlDType::Q8_0],
            Self::Q6K => &[GgmlDType::Q6K, GgmlDType::Q8_0],
            Self::Q4K => &[GgmlDType::Q4K, GgmlDType::Q8_0],
        };
        candidates.iter().copied().find(|format| columns.is_multiple_of(format.block_size()))
    }
}

impl fmt::Display for Quantization {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Q8_0 => "q8_0",
            Self::Q6K => "q6k",
            Self::Q4K => "q4k",
        })
    }
}

impl FromStr for Quantization {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|quantization| quantization.to_string() == text);
        found.ok_or_else(|| format!("{text:?} is none of none, q8_0, q6k, q4k"))
    }
}

/// The type of dense weights in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WeightType {
    /// Single precision.
    F32,
    /// IEEE half precision.
    F16,
    /// The short form of f32, with its range.
    Bf16,
}

impl WeightType {
    pub(crate) fn dtype(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::F16 => DType::F16,
            Self::Bf16 => DType::BF16,
        }
    }
}

/// Values converted at a time: large enough for speed, small enough that cancelling is felt at once.
const CHUNK: usize = 1 << 22;

/// Packs `[rows, columns]` on the CPU into blocks of `format` on `device`. Holds the packed bytes and one chunk in f32.
///
/// # Errors
/// [`ModelError::Cancelled`] when `cancelled` says so between two chunks.
pub(crate) fn quantize(
    weight: &Tensor,
    format: GgmlDType,
    device: &Device,
    cancelled: &dyn Fn() -> bool,
) -> Result<QTensor, ModelError> {
    let (rows, columns) = weight.dims2()?;
    let mut bytes = Vec::with_capacity(rows * columns / format.block_size() * format.type_size());
    let rows_at_once = (CHUNK / columns).max(1);
    for start in (0..rows).step_by(rows_at_once) {
        if cancelled() {
            return Err(ModelError::Cancelled);
        }
        let count = rows_at_once.min(rows - start);
        bytes.extend_from_slice(&pack(&weight.narrow(0, start, count)?, format)?);
    }
    let storage = QStorage::from_data(bytes.into(), device, format)?;
    Ok(QTensor::new(storage, (rows, columns))?)
}

/// The form in which our own kernels read weights of `format`, where they do.
pub(crate) fn kernel_format(format: GgmlDType) -> Option<BlockFormat> {
    match format {
        GgmlDType::Q4K => Some(BlockFormat::Q4),
        GgmlDType::Q6K => Some(BlockFormat::Q6),
        GgmlDType::Q8_0 => Some(BlockFormat::Q8),
        _ => None,
    }
}

/// Like [`quantize`], in the form of our own kernels; `packed` is that of `format`. Holds the result and one chunk.
///
/// # Errors
/// As [`quantize`].
pub(crate) fn quantize_packed(
    weight: &Tensor,
    format: GgmlDType,
    packed: BlockFormat,
    cancelled: &dyn Fn() -> bool,
) -> Result<PackedMatrix, ModelError> {
    let (rows, columns) = weight.dims2()?;
    let mut matrix = PackedMatrix::zeroed(packed, rows, columns);
    let rows_at_once = (CHUNK / columns).max(1);
    for start in (0..rows).step_by(rows_at_once) {
        if cancelled() {
            return Err(ModelError::Cancelled);
        }
        let count = rows_at_once.min(rows - start);
        matrix.repack_rows(start, &pack(&weight.narrow(0, start, count)?, format)?);
    }
    Ok(matrix)
}

/// Packs some rows, half of them on each of two threads: the conversion is what a load spends most of its time on.
fn pack(rows: &Tensor, format: GgmlDType) -> Result<Vec<u8>, ModelError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let total = rows.dim(0)?;
    let share = total.div_ceil(threads).max(1);
    let packed: Vec<candle_core::Result<Vec<u8>>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..total)
            .step_by(share)
            .map(|start| {
                let part = rows.narrow(0, start, share.min(total - start));
                // `quantize` reads the storage behind an f32 view from its beginning, so each share needs its own.
                scope.spawn(move || {
                    let part = part?.to_dtype(DType::F32)?.force_contiguous()?;
                    Ok(QTensor::quantize(&part, format)?.data()?.into_owned())
                })
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|_| Err(candle_core::Error::Msg("quantising failed".into()))))
            .collect()
    });
    let mut bytes = Vec::new();
    for part in packed {
        bytes.extend(part?);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_fall_back_where_their_block_does_not_divide_the_columns() {
        assert_eq!(Quantization::Q4K.format_for(4096), Some(GgmlDType::Q4K));
        assert_eq!(Quantization::Q4K.format_for(96), Some(GgmlDType::Q8_0));
        assert_eq!(Quantization::Q6K.format_for(40), None);
        assert_eq!(Quantization::Q8_0.format_for(32), Some(GgmlDType::Q8_0));
        assert_eq!(Quantization::None.format_for(4096), None);
    }

    #[test]
    fn names_are_read_back() {
        for quantization in Quantization::ALL {
            assert_eq!(quantization.to_string().parse(), Ok(quantization));
        }
        assert!("q5".parse::<Quantization>().is_err());
    }

    #[test]
    fn packing_in_chunks_equals_packing_at_once() {
        let weight = Tensor::randn(0f32, 1.0, (70_001, 64), &Device::Cpu).unwrap();
        let chunked = quantize(&weight, GgmlDType::Q8_0, &Device::Cpu, &|| false).unwrap();
        let whole = QTensor::quantize(&weight, GgmlDType::Q8_0).unwrap();
        assert_eq!(chunked.data().unwrap(), whole.data().unwrap());
        assert!(matches!(quantize(&weight, GgmlDType::Q8_0, &Device::Cpu, &|| true), Err(ModelError::Cancelled)));
    }
}
