//! Packs one tensor into its place in the file: some rows at a time, on several threads, each reading, converting and
//! writing its own, so that no more than these rows is in memory.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use candle_core::quantized::QTensor;
use candle_core::{CpuStorage, DType, Storage, Tensor};

use super::error::ConvertError;
use super::format::TensorType;
use crate::files::write_all_at;
use crate::model::ModelError;
use crate::model::linear::LowRank;
use crate::model::tensors::all_finite;
use crate::model::weights::Rows;

/// Numbers in the hands of one thread: 8 MB in f32, so that stopping is felt at once.
const CHUNK: usize = 1 << 21;

/// A tensor of the new file.
pub(super) struct Work<'a> {
    /// The source's name for it, for messages.
    pub(super) name: &'a str,
    pub(super) rows: Rows<'a>,
    /// Added to the rows before they are packed.
    pub(super) low_rank: Option<LowRank>,
    pub(super) kind: TensorType,
}

/// Where the bytes go.
pub(super) struct Target<'a> {
    pub(super) file: &'a File,
    pub(super) path: &'a Path,
    pub(super) offset: u64,
    pub(super) threads: usize,
}

/// What came of it.
pub(super) enum Packed {
    /// The bytes are in the file; their number and their CRC-32.
    Whole { bytes: u64, checksum: u32 },
    /// A number is too large for f16.
    Overflow,
}

/// One thread's result of some rows.
enum Part {
    Bytes(usize, crc32fast::Hasher),
    Overflow,
}

/// Packs `work`; tells the source's bytes that were read, and stops when `cancelled` says so.
pub(super) fn pack(
    work: &Work<'_>,
    target: &Target<'_>,
    tell: &mut dyn FnMut(u64),
    cancelled: &dyn Fn() -> bool,
) -> Result<Packed, ConvertError> {
    let at_once = (CHUNK / work.rows.columns.max(1)).clamp(1, work.rows.count.max(1));
    let chunks = work.rows.count.div_ceil(at_once);
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let parts: Mutex<Vec<Option<Part>>> = Mutex::new((0..chunks).map(|_| None).collect());
    let (send, receive) = channel();
    std::thread::scope(|scope| {
        for _ in 0..target.threads.clamp(1, chunks.max(1)) {
            let (send, next, stop, parts) = (send.clone(), &next, &stop, &parts);
            scope.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    let chunk = next.fetch_add(1, Ordering::Relaxed);
                    if chunk >= chunks {
                        break;
                    }
                    let start = chunk * at_once;
                    let made = part(work, target, start, at_once.min(work.rows.count - start));
                    let made = made.map(|part| {
                        if let Ok(mut parts) = parts.lock() {
                            parts[chunk] = Some(part);
                        }
                        at_once.min(work.rows.count - start)
                    });
                    if send.send(made).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let width = (work.rows.columns * work.rows.dtype.size_in_bytes()) as u64;
        for made in receive {
            match made {
                Ok(rows) if !cancelled() => tell(rows as u64 * width),
                Ok(_) => {
                    stop.store(true, Ordering::Relaxed);
                    return Err(ConvertError::Cancelled);
                }
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    return Err(error);
                }
            }
        }
        Ok(())
    })?;
    let parts = parts.into_inner().unwrap_or_default();
    let (mut bytes, mut hash) = (0, crc32fast::Hasher::new());
    for part in parts {
        match part {
            Some(Part::Bytes(len, part)) => {
                bytes += len as u64;
                hash.combine(&part);
            }
            Some(Part::Overflow) => return Ok(Packed::Overflow),
            None => return Err(ModelError::Tensor("a thread of the conversion failed".to_owned()).into()),
        }
    }
    Ok(Packed::Whole { bytes, checksum: hash.finalize() })
}

/// Reads, converts and writes some rows.
fn part(work: &Work<'_>, target: &Target<'_>, start: usize, count: usize) -> Result<Part, ConvertError> {
    let mut rows = work.rows.read(start, count)?;
    if !all_finite(&rows) {
        return Err(ModelError::NotFinite(work.name.to_owned()).into());
    }
    if let Some(low_rank) = &work.low_rank {
        let change = low_rank.up.narrow(0, start, count)?.contiguous()?.matmul(&low_rank.down)?;
        rows = (rows.to_dtype(DType::F32)? + change)?;
    }
    let bytes = match work.kind.dtype() {
        Some(dtype) => {
            let rows = rows.to_dtype(dtype)?;
            if dtype == DType::F16 && !all_finite(&rows) {
                return Ok(Part::Overflow);
            }
            dense_bytes(&rows)?
        }
        None => QTensor::quantize(&rows.to_dtype(DType::F32)?, work.kind.format())?.data()?.into_owned(),
    };
    let before = work.kind.bytes_of((start * work.rows.columns) as u64).unwrap_or_default();
    let written = write_all_at(target.file, &bytes, target.offset + before);
    written.map_err(|source| ConvertError::write(target.path, 0, source))?;
    let mut hash = crc32fast::Hasher::new();
    hash.update(&bytes);
    Ok(Part::Bytes(bytes.len(), hash))
}

/// The numbers of a tensor on the CPU, as a file holds them.
pub(super) fn dense_bytes(tensor: &Tensor) -> Result<Vec<u8>, ModelError> {
    fn all<T: Copy, const N: usize>(values: &[T], bytes_of: impl Fn(T) -> [u8; N]) -> Vec<u8> {
        let mut bytes = vec![0; values.len() * N];
        for (target, value) in bytes.chunks_exact_mut(N).zip(values) {
            target.copy_from_slice(&bytes_of(*value));
        }
        bytes
    }
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    let range = layout.start_offset()..layout.start_offset() + layout.shape().elem_count();
    match &*storage {
        Storage::Cpu(CpuStorage::F32(values)) => Ok(all(&values[range], f32::to_le_bytes)),
        Storage::Cpu(CpuStorage::F16(values)) => Ok(all(&values[range], half::f16::to_le_bytes)),
        Storage::Cpu(CpuStorage::BF16(values)) => Ok(all(&values[range], half::bf16::to_le_bytes)),
        _ => Err(ModelError::Tensor("a type that is not written".to_owned())),
    }
}
