//! Where the files of a model or an adapter lie: a folder, one converted file, or compiled into the program.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ModelError;
use super::gguf::GgufFile;

/// No JSON, vocabulary or merges file of a model is larger; a bigger one is not read into memory.
const MAX_SMALL_FILE_BYTES: u64 = 64 << 20;

/// The files of one model or adapter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileSource {
    /// In a folder on this computer.
    Folder(PathBuf),
    /// In one converted file, which is open.
    Gguf(Arc<GgufFile>),
    /// Compiled in: names and contents.
    Embedded(&'static [(&'static str, &'static [u8])]),
}

impl FileSource {
    /// What lies at `path`: a converted file is opened, everything else is taken for a folder.
    ///
    /// # Errors
    /// When it is a file that this program has not written, or that is damaged.
    pub fn at(path: &Path) -> Result<Self, ModelError> {
        if path.is_file() { Ok(Self::Gguf(GgufFile::open_own(path)?)) } else { Ok(Self::Folder(path.to_owned())) }
    }

    /// The folder, when there is one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Folder(path) => Some(path),
            Self::Gguf(_) | Self::Embedded(_) => None,
        }
    }

    /// The bytes of a compiled-in file.
    pub(crate) fn embedded(&self, name: &str) -> Option<&'static [u8]> {
        match self {
            Self::Folder(_) | Self::Gguf(_) => None,
            Self::Embedded(files) => files.iter().find(|(known, _)| *known == name).map(|(_, bytes)| *bytes),
        }
    }

    /// Whether there is a file of that name.
    pub fn exists(&self, name: &str) -> bool {
        match self {
            Self::Folder(path) => path.join(name).is_file(),
            Self::Gguf(file) => file.small_file(name).is_some(),
            Self::Embedded(_) => self.embedded(name).is_some(),
        }
    }

    /// The bytes of a small file; none when there is no such file.
    ///
    /// # Errors
    /// When it can't be read or is larger than any such file is.
    pub fn read(&self, name: &str) -> Result<Option<Vec<u8>>, ModelError> {
        let folder = match self {
            Self::Folder(folder) => folder,
            Self::Gguf(file) => return Ok(file.small_file(name).map(|text| text.as_bytes().to_vec())),
            Self::Embedded(_) => return Ok(self.embedded(name).map(<[u8]>::to_vec)),
        };
        let file = match File::open(folder.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(ModelError::Unreadable { name: name.to_owned(), source }),
        };
        let mut bytes = Vec::new();
        file.take(MAX_SMALL_FILE_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| ModelError::Unreadable { name: name.to_owned(), source })?;
        if bytes.len() as u64 > MAX_SMALL_FILE_BYTES {
            return Err(ModelError::damaged(name, "larger than such a file can be"));
        }
        Ok(Some(bytes))
    }

    /// The bytes of a small file that must be there.
    pub fn require(&self, name: &str) -> Result<Vec<u8>, ModelError> {
        self.read(name)?.ok_or_else(|| self.missing(name))
    }

    pub(crate) fn missing(&self, name: &str) -> ModelError {
        ModelError::MissingFile { name: name.to_owned(), folder: self.folder().map(Path::to_owned) }
    }
}
