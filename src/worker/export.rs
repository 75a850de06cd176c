//! Files that leave the program and files that come into it, on the storage thread.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::archive;
use super::protocol::{ExportJob, StorageEvent, StorageOperation};
use super::storage::{Writer, io_error};
use crate::clock;
use crate::documents::import::{self, ImportError, Mapping, Same, Source, find_beside, new_case_id};
use crate::documents::{self, DocumentError, ExportOptions, Format, Letterhead};
use crate::domain::Case;
use crate::error::UserError;
use crate::files::name_of;
use crate::i18n::I18n;
use crate::vault::{Access, AuditEvent, AuditKind, Vault};

/// Makes the file in memory and writes it whole. Where a vault is open, its audit log tells of it first: a file without its
/// line there is worse than a line without its file.
pub(super) fn export(
    job: &ExportJob,
    vault: Option<&mut Vault>,
    i18n: &I18n,
    writer: &mut Writer,
) -> Result<StorageEvent, UserError> {
    let named = |error: DocumentError, path: &Path| match error {
        DocumentError::Io(error) => io_error(StorageOperation::Export, &error, path),
        error => UserError::from(error).with("file", name_of(path)),
    };
    let mut letterhead = Letterhead::of_text(&job.letterhead);
    if let Some(path) = job.letterhead_image.as_deref().filter(|_| job.format.has_letterhead()) {
        letterhead.image = Letterhead::read(None, Some(path)).map_err(|error| named(error, path))?.image;
    }
    let options = ExportOptions { print: job.print, letterhead, made_at: clock::now() };
    if vault.as_ref().is_some_and(|vault| *vault.access() != Access::Write) {
        return Err(UserError::new("error-export-audit"));
    }
    let found = match (&job.query, &vault) {
        (Some(query), Some(vault)) => Some(archive::found(vault, query)?),
        // It was locked meanwhile.
        (Some(_), None) => return Err(UserError::new("error-export-none")),
        (None, _) => None,
    };
    let cases = found.as_ref().unwrap_or(&job.cases);
    if cases.is_empty() {
        return Err(UserError::new("error-export-none"));
    }
    let made = documents::export(cases, job.format, &options, i18n).map_err(|error| named(error, &job.path))?;
    if job.path.is_dir() {
        let error = std::io::Error::from(std::io::ErrorKind::IsADirectory);
        return Err(io_error(StorageOperation::Export, &error, &job.path));
    }
    if !job.overwrite && job.path.exists() {
        return Ok(StorageEvent::ExportExists { path: job.path.clone() });
    }
    if let Some(vault) = vault {
        vault.record(&audit_event(cases, job.format))?;
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

/// What the audit log says of an export: of how many, and in which form; never where to.
fn audit_event(cases: &[Case], format: Format) -> AuditEvent {
    match cases {
        [case] => AuditEvent::of(AuditKind::Export, &case.id, format.extension()),
        cases => AuditEvent::new(AuditKind::Export, format!("{} ({})", cases.len(), format.extension())),
    }
}

/// Reads the file, or takes what was read of it, and says what importing it would do beside the known cases, or
/// beside those of the open vault.
pub(super) fn plan_import(
    path: PathBuf,
    sheet: Option<&str>,
    read: Option<(Arc<Source>, Mapping)>,
    known: &[Case],
    vault: Option<&Vault>,
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
    let mut numbers = HashMap::new();
    if let Some(vault) = vault {
        let cases: Vec<Case> = plan.cases.iter().map(|planned| planned.case.clone()).collect();
        plan.duplicates = archive::duplicates(vault, &cases)?;
        for duplicate in &plan.duplicates {
            if let Same::Stored(id) = &duplicate.of {
                numbers.insert(id.clone(), vault.row(id)?.number);
            }
        }
    } else {
        let known: Vec<&Case> = known.iter().collect();
        let cases: Vec<&Case> = plan.cases.iter().map(|planned| &planned.case).collect();
        plan.duplicates = find_beside(&known, &cases);
    }
    Ok(StorageEvent::ImportPlanned { path, source, plan: Arc::new(plan), numbers })
}
