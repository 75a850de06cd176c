//! Writing `.safetensors` a tensor at a time, so that a model need not be held twice, and reading one's own back.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use super::TrainError;
use super::params::Params;
use crate::files;

/// One tensor to come: its name, shape and type (`F32`, `F16`, `BF16`).
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) shape: Vec<usize>,
    pub(crate) dtype: &'static str,
}

impl Entry {
    pub(crate) fn bytes(&self) -> u64 {
        self.shape.iter().product::<usize>() as u64 * if self.dtype == "F32" { 4 } else { 2 }
    }
}

/// Writes `entries` to `path`, over what is there only when all is on the disk. `give` writes the numbers of an entry.
///
/// # Errors
/// `give`'s, or that the file can't be written; the old file is whole then.
pub(crate) fn write(
    path: &Path,
    metadata: &BTreeMap<String, String>,
    entries: &[Entry],
    give: &mut dyn FnMut(usize, &mut dyn Write) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    let mut header = serde_json::Map::new();
    if !metadata.is_empty() {
        header.insert("__metadata__".to_owned(), json!(metadata));
    }
    let mut at = 0;
    for entry in entries {
        let end = at + entry.bytes();
        let fields = json!({ "dtype": entry.dtype, "shape": entry.shape, "data_offsets": [at, end] });
        header.insert(entry.name.clone(), fields);
        at = end;
    }
    let mut header = serde_json::Value::Object(header).to_string().into_bytes();
    // The numbers begin at a multiple of eight, as the format wants it.
    header.resize(header.len().next_multiple_of(8), b' ');
    let unwritten = |source| TrainError::Write { path: path.to_owned(), source };
    let written = files::write_atomic_with(path, |file| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(&header)?;
        (0..entries.len()).try_for_each(|number| give(number, file)).map_err(Inner)
    });
    written.map_err(|Inner(error)| match error {
        TrainError::Write { source, .. } => unwritten(source),
        error => error,
    })
}

/// Lets an error of ours through where an `io::Error` is wanted too.
struct Inner(TrainError);

impl From<io::Error> for Inner {
    fn from(source: io::Error) -> Self {
        Self(TrainError::Write { path: Path::new("").to_owned(), source })
    }
}

/// Numbers as the file has them.
pub(crate) fn put(values: &[f32], dtype: &str, to: &mut dyn Write) -> Result<(), TrainError> {
    let mut bytes = Vec::new();
    for piece in values.chunks(1 << 16) {
        bytes.clear();
        match dtype {
            "F16" => bytes.extend(piece.iter().flat_map(|value| half::f16::from_f32(*value).to_le_bytes())),
            "BF16" => bytes.extend(piece.iter().flat_map(|value| half::bf16::from_f32(*value).to_le_bytes())),
            _ => bytes.extend(piece.iter().flat_map(|value| value.to_le_bytes())),
        }
        to.write_all(&bytes).map_err(|source| TrainError::Write { path: Path::new("").to_owned(), source })?;
    }
    Ok(())
}

/// Writes all parameters, in `dtype`, under their own names.
pub(crate) fn write_params(path: &Path, params: &Params, dtype: &'static str) -> Result<(), TrainError> {
    let entries: Vec<Entry> =
        params.all.iter().map(|param| Entry { name: param.name.clone(), shape: param.shape.clone(), dtype }).collect();
    let metadata = BTreeMap::from([("format".to_owned(), "pt".to_owned())]);
    write(path, &metadata, &entries, &mut |number, to| put(&params.all[number].values, dtype, to))
}

/// The tensors of a file of ours, all f32, and its metadata. The file is read whole.
pub(crate) struct Own {
    bytes: Vec<u8>,
    pub(crate) metadata: BTreeMap<String, String>,
}

impl Own {
    pub(crate) fn read(path: &Path) -> Result<Self, TrainError> {
        let name = files::name_of(path);
        let damaged =
            |reason: String| TrainError::Model(crate::model::ModelError::Damaged { name: name.clone(), reason });
        let bytes = std::fs::read(path).map_err(|source| TrainError::Unreadable { name: name.clone(), source })?;
        let (_, header) =
            safetensors::SafeTensors::read_metadata(&bytes).map_err(|error| damaged(error.to_string()))?;
        let metadata = header.metadata().clone().unwrap_or_default().into_iter().collect();
        Ok(Self { bytes, metadata })
    }

    /// Copies the tensor of that name to `to`, which must be of its size.
    pub(crate) fn copy(&self, name: &str, to: &mut [f32]) -> Result<(), TrainError> {
        let fault = || TrainError::Model(crate::model::ModelError::MissingTensor(name.to_owned()));
        let file = safetensors::SafeTensors::deserialize(&self.bytes).map_err(|_| fault())?;
        let tensor = file.tensor(name).map_err(|_| fault())?;
        let (values, _) = tensor.data().as_chunks::<4>();
        if tensor.dtype() != safetensors::Dtype::F32 || values.len() != to.len() {
            return Err(fault());
        }
        for (to, value) in to.iter_mut().zip(values) {
            *to = f32::from_le_bytes(*value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_and_a_failure_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.safetensors");
        let mut params = Params::default();
        params.add("x", &[2, 3], vec![1.5, -2.0, f32::MIN_POSITIVE, 0.0, 3e38, -0.1]);
        params.add("y", &[1], vec![7.0]);
        write_params(&path, &params, "F32").unwrap();
        let read = Own::read(&path).unwrap();
        let mut x = vec![0.0; 6];
        read.copy("x", &mut x).unwrap();
        assert_eq!(x, params.of(0));
        assert!(read.copy("x", &mut [0.0; 5]).is_err() && read.copy("z", &mut [0.0]).is_err());
        let before = std::fs::read(&path).unwrap();
        let entries = [Entry { name: "x".into(), shape: vec![1 << 20], dtype: "F32" }];
        let full = write(&path, &BTreeMap::new(), &entries, &mut |_, to| {
            put(&vec![0.0; 1 << 16], "F32", to)?;
            Err(TrainError::Write { path: "".into(), source: io::ErrorKind::StorageFull.into() })
        });
        assert!(matches!(full, Err(TrainError::Write { path: named, .. }) if named == path));
        assert_eq!(std::fs::read(&path).unwrap(), before);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
