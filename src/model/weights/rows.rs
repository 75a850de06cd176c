//! Some rows of a tensor at a time, so that converting one takes no more memory than the rows in hand.

use candle_core::{DType, Device, Tensor};

use super::pickle::PickleFile;
use super::safetensors::SafetensorsFile;
use crate::model::ModelError;

/// A tensor's rows, `[rows, columns]`; a vector is one row. Several threads may read at once.
pub(crate) struct Rows<'a> {
    pub(crate) count: usize,
    pub(crate) columns: usize,
    /// The stored type.
    pub(crate) dtype: DType,
    from: From<'a>,
}

enum From<'a> {
    Safetensors(&'a SafetensorsFile, String),
    /// The place of the first byte in the file.
    Pickle(&'a PickleFile, u64),
    Memory(Tensor),
}

impl<'a> Rows<'a> {
    pub(super) fn stored(file: &'a SafetensorsFile, name: &str, shape: &[usize], dtype: DType) -> Self {
        Self::new(shape, dtype, From::Safetensors(file, name.to_owned()))
    }

    pub(super) fn pickled(file: &'a PickleFile, start: u64, shape: &[usize], dtype: DType) -> Self {
        Self::new(shape, dtype, From::Pickle(file, start))
    }

    /// The rows of a tensor on the CPU.
    pub(crate) fn of_tensor(tensor: Tensor) -> Self {
        let (shape, dtype) = (tensor.dims().to_vec(), tensor.dtype());
        Self::new(&shape, dtype, From::Memory(tensor))
    }

    fn new(shape: &[usize], dtype: DType, from: From<'a>) -> Self {
        let columns = shape.last().copied().unwrap_or(1);
        let count = shape.iter().rev().skip(1).product();
        Self { count, columns, dtype, from }
    }

    /// `[count, columns]` from row `start` on, in the stored type, with a storage of its own.
    ///
    /// # Errors
    /// When the file can't be read any more.
    pub(crate) fn read(&self, start: usize, count: usize) -> Result<Tensor, ModelError> {
        let width = self.columns * self.dtype.size_in_bytes();
        let (offset, len) = ((start * width) as u64, count * width);
        let bytes = match &self.from {
            From::Memory(tensor) => {
                let whole = tensor.reshape((self.count, self.columns))?;
                return Ok(whole.narrow(0, start, count)?.force_contiguous()?);
            }
            From::Safetensors(file, name) => {
                let mut bytes = vec![0; len];
                file.read_part(name, &mut bytes, offset)?;
                bytes
            }
            From::Pickle(file, first) => {
                let mut bytes = vec![0; len];
                file.read_at(&mut bytes, first + offset)?;
                bytes
            }
        };
        Ok(Tensor::from_raw_buffer(&bytes, self.dtype, &[count, self.columns], &Device::Cpu)?)
    }
}
