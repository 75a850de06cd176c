//! Files that leave the program and files that come into it, on the storage thread.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::protocol::{ExportJob, StorageEvent, StorageOperation};
use super::storage::{Writer, io_error};
use crate::clock;
use crate::documents::import::{self, ImportError, Mapping, Source, find_beside, new_case_id};
use crate::documents::{self, DocumentError, ExportOptions, Letterhead};
use crate::domain::Case;
use crate::error::UserError;
use crate::files::name_of;
use crate::i18n::I18n;

/// Makes the file in memory and writes it whole.
pub(super) fn export(job: &ExportJob, i18n: &I18n, writer: &mut Writer) -> Result<StorageEvent, UserError> {
    let named = |error: DocumentError, path: &Path| match error {
        DocumentError::Io(error) => io_error(StorageOperation::Export, &error, path),
        error => UserError::from(error).with("file", name_of(path)),
    };
    let mut letterhead = Letterhead::of_text(&job.letterhead);
    if let Some(path) = job.letterhead_image.as_deref().filter(|_| job.format.has_letterhead()) {
        letterhead.image = Letterhead::read(None, Some(path)).map_err(|error| named(error, path))?.image;
    }
    let options = ExportOptions { print: job.print, letterhead, made_at: clock::now() };
    let made = documents::export(&job.cases, job.format, &options, i18n).map_err(|error| named(error, &job.path))?;
    if job.path.is_dir() {
        let error = std::io::Error::from(std::io::ErrorKind::IsADirectory);
        return Err(io_error(StorageOperation::Export, &error, &job.path));
    }
    match writer(&job.path, &made.bytes, job.overwrite) {
        Ok(()) => {
            // That it was done, and of how many; never of whom, nor where to.
            tracing::info!(cases = made.cases, form = job.format.extension(), "cases were exported");
            Ok(StorageEvent::Exported { path: job.path.clone(), cases: made.cases, boxes: made.boxes })
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Ok(StorageEvent::ExportExists { path: job.path.clone() })
        }
        Err(error) => Err(io_error(StorageOperation::Export, &error, &job.path)),
    }
}

/// Reads the file, or takes what was read of it, and says what importing it would do beside the known cases.
pub(super) fn plan_import(
    path: PathBuf,
    sheet: Option<&str>,
    read: Option<(Arc<Source>, Mapping)>,
    known: &[Case],
) -> Result<StorageEvent, UserError> {
    let named = |error: ImportError| match error {
        ImportError::Document(DocumentError::Io(error)) => io_error(StorageOperation::Import, &error, &path),
        error => UserError::from(error).with("file", name_of(&path)),
    };
    let (source, mapping) = match read {
        Some((source, mapping)) => (source, Some(mapping)),
        None => (Arc::new(import::read(&path, sheet).map_err(named)?), None),
    };
    let mut plan = import::plan(&source, mapping.as_ref(), &clock::now(), &mut new_case_id).map_err(named)?;
    let known: Vec<&Case> = known.iter().collect();
    let cases: Vec<&Case> = plan.cases.iter().map(|planned| &planned.case).collect();
    plan.duplicates = find_beside(&known, &cases);
    Ok(StorageEvent::ImportPlanned { path, source, plan: Arc::new(plan) })
}
