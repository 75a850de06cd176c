//! The weights of a loaded model as the training reads them: f32 rows, a piece at a time where they are held in fewer bits.
//!
//! Products with a quantised weight are made with the numbers that it stands for, forwards as well as backwards: the
//! gradient is then exactly the loss's own. (Inference rounds the other side too, and is faster for a single row.)

use std::borrow::Cow;

use candle_core::quantized::{QMatMul, QStorage, QTensor};
use candle_core::{CpuStorage, DType, Device, Storage, Tensor};
use rayon::prelude::*;

use super::ops::linear::Frozen;
use crate::model::ModelError;
use crate::model::linear::Weight;

/// Numbers in a piece: large enough for the product, small beside the model.
const PIECE: usize = 1 << 22;

impl Frozen for Weight {
    fn pieces(&self, scratch: &mut Vec<f32>, each: &mut dyn FnMut(usize, &[f32])) -> Result<(), ModelError> {
        match self {
            Self::Dense(weight) if weight.dtype() == DType::F32 && weight.is_contiguous() => whole(weight, each),
            Self::Dense(weight) => {
                let (rows, columns) = weight.dims2()?;
                let at_once = (PIECE / columns).max(1);
                for first in (0..rows).step_by(at_once) {
                    let piece = weight.narrow(0, first, at_once.min(rows - first))?.to_dtype(DType::F32)?;
                    whole(&piece.contiguous()?, &mut |_, values| each(first, values))?;
                }
                Ok(())
            }
            Self::Quantized(QMatMul::QTensor(weight)) => quantised(weight, scratch, each),
            Self::Quantized(QMatMul::Tensor(weight) | QMatMul::TensorF16(weight)) => {
                Self::Dense(weight.clone()).pieces(scratch, each)
            }
            Self::Packed(_) => Err(ModelError::Tensor("a frozen weight in the kernels' own form".to_owned())),
        }
    }
}

/// A dense f32 tensor on the CPU as it lies in memory.
fn whole(weight: &Tensor, each: &mut dyn FnMut(usize, &[f32])) -> Result<(), ModelError> {
    let (storage, layout) = weight.storage_and_layout();
    match (&*storage, layout.contiguous_offsets()) {
        (Storage::Cpu(CpuStorage::F32(values)), Some((from, to))) => {
            each(0, &values[from..to]);
            Ok(())
        }
        _ => Err(ModelError::Tensor("a frozen weight that is not on the CPU".to_owned())),
    }
}

fn quantised(weight: &QTensor, scratch: &mut Vec<f32>, each: &mut dyn FnMut(usize, &[f32])) -> Result<(), ModelError> {
    let (rows, columns) = weight.shape().dims2()?;
    let format = weight.dtype();
    let row_bytes = columns / format.block_size() * format.type_size();
    let bytes = weight.data()?;
    let at_once = (PIECE / columns).max(1);
    for first in (0..rows).step_by(at_once) {
        let count = at_once.min(rows - first);
        scratch.resize(count * columns, 0.0);
        // Rows in twos or more, so that each thread has some.
        let share = count.div_ceil(2 * rayon::current_num_threads()).max(1);
        let unpacked: Vec<Result<(), ModelError>> = scratch
            .par_chunks_mut(share * columns)
            .enumerate()
            .map(|(part, out)| {
                let from = (first + part * share) * row_bytes;
                let count = out.len() / columns;
                let piece = Cow::Borrowed(&bytes[from..from + count * row_bytes]);
                let piece = QTensor::new(QStorage::from_data(piece, &Device::Cpu, format)?, (count, columns))?;
                whole(&piece.dequantize(&Device::Cpu)?, &mut |_, values| out.copy_from_slice(values))
            })
            .collect();
        unpacked.into_iter().collect::<Result<(), _>>()?;
        each(first, scratch);
    }
    Ok(())
}

/// A tensor's numbers as f32.
pub(crate) fn values(tensor: &Tensor) -> Result<Vec<f32>, ModelError> {
    Ok(tensor.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::quantized::GgmlDType;

    #[test]
    fn every_form_gives_its_rows_in_order_and_whole() {
        let dense = Tensor::randn(0f32, 1.0, (40, 256), &Device::Cpu).unwrap();
        for format in [GgmlDType::Q8_0, GgmlDType::Q6K, GgmlDType::Q4K] {
            let packed = QTensor::quantize(&dense, format).unwrap();
            let expected = values(&packed.dequantize(&Device::Cpu).unwrap()).unwrap();
            let weight = Weight::Quantized(QMatMul::from_qtensor(packed).unwrap());
            assert_eq!(read(&weight), expected, "{format:?}");
        }
        let half = dense.to_dtype(DType::F16).unwrap();
        assert_eq!(read(&Weight::Dense(half.clone())), values(&half).unwrap());
        assert_eq!(read(&Weight::Dense(dense.clone())), values(&dense).unwrap());
        assert_eq!(read(&Weight::Dense(dense.narrow(0, 3, 9).unwrap())), values(&dense).unwrap()[3 * 256..12 * 256]);
    }

    fn read(weight: &Weight) -> Vec<f32> {
        let mut all = Vec::new();
        weight
            .pieces(&mut Vec::new(), &mut |first, rows| {
                assert_eq!(first * 256, all.len());
                all.extend_from_slice(rows);
            })
            .unwrap();
        all
    }
}
