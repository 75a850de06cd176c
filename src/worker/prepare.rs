//! «Preparar para este equipo»: a model that was downloaded becomes one smaller file, on the download thread.

use std::path::{Path, PathBuf};

use crate::config::{ModelChoice, ModelLocation, QuantizationChoice};
use crate::error::UserError;
use crate::hub::{CATALOGUE, CatalogueEntry};
use crate::inference::Cancel;
use crate::model::gguf::{self, ConvertError, ConvertProgress, ConvertRequest};
use crate::model::{AdapterMode, FileSource};

/// A smaller model is loaded in a moment as it is.
const WORTH_BYTES: u64 = 1_000_000_000;

/// When preparing a model shall be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferWhen {
    /// The program started, or the model is wanted as it is.
    Never,
    /// It is large enough to be worth it.
    Worth,
    /// A person asked for it.
    Asked,
}

/// What preparing a model would save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrepareOffer {
    /// Bytes of its weights on the disk.
    pub file_bytes: u64,
    /// Bytes of memory that they take as they are.
    pub memory_bytes: u64,
    /// Bytes free on the disk where the new file will lie; none where that can't be told.
    pub free_bytes: Option<u64>,
    /// What it can become, the largest first.
    pub forms: Vec<PreparedForm>,
}

/// One form that a model can become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PreparedForm {
    /// How the weights are held.
    pub quantization: QuantizationChoice,
    /// Bytes of the new file.
    pub file_bytes: u64,
    /// Bytes of memory that the weights take.
    pub memory_bytes: u64,
}

/// What to prepare, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrepareJob {
    /// The model's folder.
    pub base: PathBuf,
    /// Its name for people.
    pub name: String,
    /// How the weights are held.
    pub quantization: QuantizationChoice,
    /// The new file.
    pub out: PathBuf,
    /// Remove the original's weights once the new file is whole.
    pub remove_original: bool,
}

/// A model that is prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The new file.
    pub path: PathBuf,
    /// Bytes of the original that were removed; none when it was to stay.
    pub freed_bytes: Option<u64>,
    /// Why the original could not be removed.
    pub kept_because: Option<UserError>,
}

/// What preparing the model in `base` into a file in `folder` would save; none where it is not to be offered, is prepared
/// already, or can't be read: loading it will tell why.
pub fn offer(base: &Path, folder: &Path, when: OfferWhen) -> Option<PrepareOffer> {
    if when == OfferWhen::Never {
        return None;
    }
    let source = FileSource::at(base).ok()?;
    let mut all = None;
    for quantization in [QuantizationChoice::Q8_0, QuantizationChoice::Q6k, QuantizationChoice::Q4k] {
        let forecast = gguf::forecast(&source, quantization.into(), folder).ok()?;
        let offer = all.get_or_insert_with(|| PrepareOffer {
            file_bytes: forecast.file_before,
            memory_bytes: forecast.memory_before,
            free_bytes: forecast.free,
            forms: Vec::new(),
        });
        offer.forms.push(PreparedForm {
            quantization,
            file_bytes: forecast.file_after,
            memory_bytes: forecast.memory_after,
        });
    }
    all.filter(|offer| when == OfferWhen::Asked || offer.file_bytes >= WORTH_BYTES)
}

/// Prepares a model. One that was prepared in this form before is taken as it is.
///
/// # Errors
/// [`ConvertError::Cancelled`] when asked to stop; what was done is kept, and the next attempt goes on from there.
pub fn prepare(
    job: &PrepareJob,
    progress: &mut dyn FnMut(ConvertProgress),
    cancel: &Cancel,
) -> Result<Prepared, ConvertError> {
    let request = ConvertRequest {
        base: FileSource::at(&job.base)?,
        adapter: None,
        adapter_mode: AdapterMode::Beside,
        quantization: job.quantization.into(),
        out: job.out.clone(),
        overwrite: true,
        name: job.name.clone(),
        adapter_name: None,
        licence: licence(&job.name).map(str::to_owned),
    };
    let there = gguf::is_made_of(&job.base, &job.out).unwrap_or(false) && gguf::is_whole(&job.out).unwrap_or(false);
    if !there {
        gguf::convert(&request, progress, &|| cancel.is_cancelled())?;
    }
    let mut prepared = Prepared { path: job.out.clone(), freed_bytes: None, kept_because: None };
    if job.remove_original {
        match gguf::remove_original(&job.base, &job.out) {
            Ok(bytes) => prepared.freed_bytes = Some(bytes),
            Err(error) => prepared.kept_because = Some(error.into()),
        }
    }
    Ok(prepared)
}

/// The licence that the catalogue knows.
pub fn licence(repo: &str) -> Option<&'static str> {
    CATALOGUE.iter().find(|entry: &&CatalogueEntry| entry.base.repo == repo).map(|entry| entry.licence)
}

/// Whether a model can be prepared: it is neither the demonstration model nor prepared already.
pub fn is_possible(choice: &ModelChoice) -> bool {
    match choice {
        ModelChoice::Embedded => false,
        ModelChoice::Custom { base: ModelLocation::Repo { .. }, .. } => true,
        ModelChoice::Custom { base: ModelLocation::Folder { path }, .. } => {
            path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("gguf"))
        }
    }
}
