//! An opened GGUF file: its header checked against its own checksum, its tensors read in pieces by several threads, each
//! held against the checksum that was written with it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::format::Value;
use super::keys;
use super::parse::{Entry, Fault, Header, ReadAt, read_header};
use crate::files;
use crate::model::ModelError;

/// Read and checked at a time.
const PIECE_BYTES: usize = 1 << 18;

/// An opened file. It stays the same one when another takes its name.
#[derive(Debug)]
pub struct GgufFile {
    path: PathBuf,
    name: String,
    data: Disk,
    header: Header,
    /// Places in the header's table.
    index: BTreeMap<String, usize>,
    /// One for each tensor; empty in a file that another program wrote.
    checksums: Vec<u32>,
}

/// A file on the disk and its length when it was opened.
#[derive(Debug)]
struct Disk {
    file: File,
    len: u64,
}

impl ReadAt for Disk {
    fn len(&self) -> u64 {
        self.len
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        crate::files::read_exact_at(&self.file, buffer, offset)
    }
}

impl PartialEq for GgufFile {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for GgufFile {}

impl GgufFile {
    /// Opens any GGUF file, to look at it.
    ///
    /// # Errors
    /// [`ModelError::Unreadable`], or [`ModelError::Damaged`] for what is no GGUF file or can't be true.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let name = files::name_of(path);
        let unreadable = |source| ModelError::Unreadable { name: name.clone(), source };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ModelError::MissingFile { name, folder: path.parent().map(Path::to_owned) });
            }
            Err(error) => return Err(unreadable(error)),
        };
        let len = file.metadata().map_err(unreadable)?.len();
        let data = Disk { file, len };
        let header = read_header(&data).map_err(|fault| match fault {
            Fault::Damaged(reason) => ModelError::damaged(&name, &reason),
            Fault::Io(source) => ModelError::Unreadable { name: name.clone(), source },
        })?;
        let index = header.tensors.iter().enumerate().map(|(at, entry)| (entry.name.clone(), at)).collect();
        let checksums = match header.value(keys::CHECKSUMS) {
            Some(Value::Numbers(numbers)) => numbers.clone(),
            _ => Vec::new(),
        };
        Ok(Self { path: path.to_owned(), name, data, header, index, checksums })
    }

    /// Opens a file that this program has written, and holds its header against its checksum.
    ///
    /// # Errors
    /// As [`Self::open`]; [`ModelError::ForeignGguf`] for a file of another program or another kind of model.
    pub(crate) fn open_own(path: &Path) -> Result<Arc<Self>, ModelError> {
        let file = Self::open(path)?;
        let foreign = |reason: String| ModelError::ForeignGguf { name: file.name.clone(), reason };
        match file.value(keys::FORMAT).and_then(Value::unsigned) {
            Some(keys::FORMAT_VERSION) => {}
            Some(version) => return Err(foreign(format!("written by a newer program: format {version}"))),
            None => return Err(foreign("not written by pag-bert".to_owned())),
        }
        if file.text(keys::ARCHITECTURE) != Some(keys::GPTJ) {
            return Err(foreign(format!("{:?} is not gptj", file.text(keys::ARCHITECTURE))));
        }
        let tensors = file.header.tensors.len();
        if file.header_checksum()? != file.stored_header_checksum() || file.checksums.len() != tensors {
            return Err(ModelError::damaged(&file.name, "the header is not the one that was written"));
        }
        if let Some(entry) = file.header.tensors.iter().find(|entry| entry.bytes.is_none()) {
            return Err(foreign(format!("tensor {} is of type {}", entry.name, entry.number)));
        }
        Ok(Arc::new(file))
    }

    /// Where it was when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The file's own name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Bytes of the whole file.
    pub fn len(&self) -> u64 {
        self.data.len
    }

    /// Whether there is nothing in it; never so in one that could be opened.
    pub fn is_empty(&self) -> bool {
        self.data.len == 0
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    /// A value of the metadata.
    pub(super) fn value(&self, key: &str) -> Option<&Value> {
        self.header.value(key)
    }

    /// A text of the metadata.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.value(key).and_then(Value::text)
    }

    /// A small file of the original model, kept in the metadata.
    pub(crate) fn small_file(&self, name: &str) -> Option<&str> {
        self.text(&keys::of_file(name))
    }

    pub(super) fn entry(&self, name: &str) -> Option<(usize, &Entry)> {
        let at = *self.index.get(name)?;
        Some((at, &self.header.tensors[at]))
    }

    pub(super) fn has_checksums(&self) -> bool {
        !self.checksums.is_empty() && self.checksums.len() == self.header.tensors.len()
    }

    fn stored_header_checksum(&self) -> u32 {
        self.value(keys::HEADER_CHECKSUM).and_then(Value::unsigned).map_or(0, |value| value as u32)
    }

    /// CRC-32 of what stands before the tensors, the checksum's own four bytes taken as zero.
    fn header_checksum(&self) -> Result<u32, ModelError> {
        let mut bytes = vec![0; self.header.data_start as usize];
        let read = self.data.read_at(&mut bytes, 0);
        read.map_err(|source| ModelError::Unreadable { name: self.name.clone(), source })?;
        if let Some(at) = self.header.checksum_at {
            bytes[at as usize..at as usize + 4].fill(0);
        }
        Ok(crc32fast::hash(&bytes))
    }

    /// Reads a tensor on several threads: each of `parts` is `bytes_each` bytes of it, the last perhaps fewer, and `put`
    /// takes the bytes of one. The whole is held against its checksum.
    ///
    /// # Errors
    /// [`ModelError::TensorDamaged`] with its name: the file was cut short or changed.
    pub(super) fn read_parts<T: Send>(
        &self,
        at: usize,
        parts: &mut [T],
        bytes_each: usize,
        put: &(dyn Fn(&mut T, &[u8]) + Sync),
    ) -> Result<(), ModelError> {
        let entry = &self.header.tensors[at];
        let start = self.header.data_start + entry.offset;
        let total = entry.bytes.unwrap_or_default();
        let count = parts.len();
        let mut read: Vec<_> = (0..count).map(|_| Err(io::ErrorKind::Other.into())).collect();
        let queue = Mutex::new(parts.iter_mut().zip(&mut read).enumerate());
        let work = || {
            let mut bytes = Vec::new();
            loop {
                // Nothing panics while holding the queue.
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((i, (part, read))) = next else { break };
                let from = (i * bytes_each) as u64;
                bytes.resize((total - from.min(total)).min(bytes_each as u64) as usize, 0);
                *read = self.data.read_at(&mut bytes, start + from).map(|()| {
                    let mut hash = crc32fast::Hasher::new();
                    hash.update(&bytes);
                    put(part, &bytes);
                    hash
                });
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count);
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(work);
            }
            work();
        });
        self.compare(at, read)
    }

    /// Reads a tensor and holds it against its checksum, with no more than one piece of it in memory.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn verify(&self, at: usize) -> Result<(), ModelError> {
        let entry = &self.header.tensors[at];
        let mut hash = crc32fast::Hasher::new();
        let mut piece = vec![0; PIECE_BYTES];
        let (mut start, mut left) = (self.header.data_start + entry.offset, entry.bytes.unwrap_or_default());
        let read = loop {
            let len = left.min(PIECE_BYTES as u64);
            if len == 0 {
                break Ok(hash);
            }
            if let Err(error) = self.data.read_at(&mut piece[..len as usize], start) {
                break Err(error);
            }
            hash.update(&piece[..len as usize]);
            (start, left) = (start + len, left - len);
        };
        self.compare(at, vec![read])
    }

    fn compare(&self, at: usize, parts: Vec<io::Result<crc32fast::Hasher>>) -> Result<(), ModelError> {
        let mut all = crc32fast::Hasher::new();
        for part in parts {
            match part {
                Ok(part) => all.combine(&part),
                Err(error) => return Err(self.tensor_damaged(at, error.kind().to_string())),
            }
        }
        match self.checksums.get(at) {
            Some(wanted) if all.finalize() != *wanted => {
                Err(self.tensor_damaged(at, "its checksum is another".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn tensor_damaged(&self, at: usize, reason: String) -> ModelError {
        let name = self.header.tensors[at].name.clone();
        ModelError::TensorDamaged { file: self.name.clone(), name, reason }
    }
}
