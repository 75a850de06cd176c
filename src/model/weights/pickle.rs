//! One `.bin` file as PyTorch writes it: a zip archive with a pickle of names and shapes, and the numbers of each tensor
//! beside it. The pickle is read without running what it asks for, the numbers with positioned reads.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::sync::OnceLock;

use candle_core::pickle::PthTensors;
use candle_core::{DType, Tensor};
use zip::{CompressionMethod, ZipArchive};

use super::rows::Rows;
use crate::files::read_exact_at;
use crate::model::{FileSource, ModelError};

/// How much of the file goes into the digest, from its middle.
const SAMPLE_BYTES: u64 = 4096;

/// An opened file.
pub(super) struct PickleFile {
    name: String,
    path: PathBuf,
    file: File,
    tensors: PthTensors,
    /// Where each member of the archive begins, looked up once.
    members: OnceLock<Vec<Member>>,
}

/// The numbers of one tensor, or of several that share them.
struct Member {
    name: String,
    start: u64,
    len: u64,
}

impl PickleFile {
    pub(super) fn open(source: &FileSource, name: &str) -> Result<Self, ModelError> {
        let Some(folder) = source.folder() else { return Err(source.missing(name)) };
        let path = folder.join(name);
        let file = File::open(&path).map_err(|source| ModelError::Unreadable { name: name.to_owned(), source })?;
        // candle's reader builds inert objects and calls nothing; on some malformed streams it panics instead of failing.
        let opened = std::panic::catch_unwind(|| PthTensors::new(&path, None));
        let tensors = match opened {
            Ok(Ok(tensors)) => tensors,
            Ok(Err(error)) => return Err(ModelError::damaged(name, &error.to_string())),
            Err(_) => return Err(ModelError::damaged(name, "not a file of weights")),
        };
        if tensors.tensor_infos().is_empty() {
            return Err(ModelError::UnsafePickle {
                name: name.to_owned(),
                call: "something other than rebuilding tensors".to_owned(),
            });
        }
        Ok(Self { name: name.to_owned(), path, file, tensors, members: OnceLock::new() })
    }

    /// Names, shapes and types.
    pub(super) fn tensors(&self) -> Vec<(String, Vec<usize>, DType)> {
        let infos = self.tensors.tensor_infos().values();
        infos.map(|info| (info.name.clone(), info.layout.dims().to_vec(), info.dtype)).collect()
    }

    pub(super) fn tensor(&self, name: &str) -> Result<Tensor, ModelError> {
        let read = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| self.tensors.get(name)));
        match read {
            Ok(Ok(Some(tensor))) => Ok(tensor),
            Ok(Err(error)) => Err(ModelError::damaged(&self.name, &format!("{name}: {error}"))),
            Ok(Ok(None)) | Err(_) => Err(ModelError::damaged(&self.name, &format!("{name} can't be read"))),
        }
    }

    /// A tensor's rows. One that lies transposed or compressed in the file, as none of PyTorch's own do, is read whole.
    pub(super) fn rows(&self, name: &str, shape: &[usize], dtype: DType) -> Result<Rows<'_>, ModelError> {
        let missing = || ModelError::MissingTensor(name.to_owned());
        let info = self.tensors.tensor_infos().get(name).ok_or_else(missing)?;
        let bytes = info.layout.shape().elem_count() as u64 * dtype.size_in_bytes() as u64;
        // candle gives the offset in bytes here.
        let offset = info.layout.start_offset() as u64;
        let row_after_row = {
            let mut expected = 1;
            info.layout.dims().iter().zip(info.layout.stride()).rev().all(|(size, stride)| {
                let fits = *stride == expected || *size == 1;
                expected *= size;
                fits
            })
        };
        let member = self.members()?.iter().find(|member| member.name == info.path);
        match member {
            Some(member) if row_after_row && offset.checked_add(bytes).is_some_and(|end| end <= member.len) => {
                Ok(Rows::pickled(self, member.start + offset, shape, dtype))
            }
            _ => Ok(Rows::of_tensor(self.tensor(name)?.force_contiguous()?)),
        }
    }

    pub(super) fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), ModelError> {
        let read = read_exact_at(&self.file, buffer, offset);
        read.map_err(|source| ModelError::Unreadable { name: self.name.clone(), source })
    }

    /// A few bytes from the middle of the file, for the digest.
    pub(super) fn sample(&self) -> Result<Vec<u8>, ModelError> {
        let unreadable = |source| ModelError::Unreadable { name: self.name.clone(), source };
        let len = self.file.metadata().map_err(unreadable)?.len();
        let sample = SAMPLE_BYTES.min(len);
        let mut bytes = vec![0; sample as usize];
        self.read_at(&mut bytes, (len - sample) / 2)?;
        Ok(bytes)
    }

    /// The members that are stored as they are.
    fn members(&self) -> Result<&[Member], ModelError> {
        if let Some(members) = self.members.get() {
            return Ok(members);
        }
        let damaged = |error: zip::result::ZipError| ModelError::damaged(&self.name, &error.to_string());
        let file =
            File::open(&self.path).map_err(|source| ModelError::Unreadable { name: self.name.clone(), source })?;
        let mut archive = ZipArchive::new(BufReader::new(file)).map_err(damaged)?;
        let mut members = Vec::new();
        for i in 0..archive.len() {
            let member = archive.by_index_raw(i).map_err(damaged)?;
            if member.compression() == CompressionMethod::Stored
                && let Some(start) = member.data_start()
            {
                let name = member.name().map_err(damaged)?.into_owned();
                members.push(Member { name, start, len: member.size() });
            }
        }
        Ok(self.members.get_or_init(|| members))
    }
}
