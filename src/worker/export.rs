//! Files that leave the program, on the storage thread and on the command line.

use std::fs::File;
use std::io;
use std::path::Path;

use super::protocol::{ExportJob, StorageEvent, StorageOperation};
use super::storage::io_error;
use crate::clock;
use crate::documents::{self, Cases, Contents, DocumentError, ExportOptions, Format, Letterhead, MAX_FILE_BYTES};
use crate::domain::Case;
use crate::error::UserError;
use crate::files::{folder_of, name_of, write_atomic_new_with, write_atomic_with};
use crate::i18n::I18n;
use crate::vault::{Access, AuditEvent, AuditKind, Query, Vault, VaultError};

/// The cases that go out.
#[derive(Debug, Clone, Copy)]
pub enum Going<'a> {
    /// These.
    These(&'a [Case]),
    /// All that a query finds in the open vault, none of which need be in memory.
    Found(&'a Query),
}

/// Where they go, and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The file.
    pub path: &'a Path,
    /// Whether one that is there may be replaced.
    pub overwrite: bool,
    /// Its form.
    pub format: Format,
    /// How it is made.
    pub options: &'a ExportOptions,
}

/// What is in a file that was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// How many cases.
    pub cases: usize,
    /// How many generated passages that nobody has reviewed, marked or not.
    pub unreviewed: usize,
    /// How many letters the font of a PDF lacks.
    pub boxes: usize,
    /// It could be imported again, were it not larger than this program reads.
    pub too_large: bool,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no case.
    #[error("no cases to export")]
    None,
    /// The audit log of the vault can't be told, so nothing leaves it.
    #[error("the audit log can't be written")]
    NoAudit,
    /// The file is there already.
    #[error("the file is there already")]
    Exists,
    /// The file can't be made.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// The vault can't be read.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<io::Error> for ExportError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists,
            _ => Self::Document(error.into()),
        }
    }
}

impl ExportError {
    /// As people are told, of the file that was to be written.
    pub fn of_file(self, path: &Path) -> UserError {
        let failed = |error: &io::Error| io_error(StorageOperation::Export, error, path);
        match self {
            Self::None => UserError::new("error-export-none"),
            Self::NoAudit => UserError::new("error-export-audit"),
            Self::Exists => failed(&io::ErrorKind::AlreadyExists.into()),
            Self::Document(DocumentError::Io(error)) => failed(&error),
            Self::Document(error) => UserError::from(error).with("file", name_of(path)),
            Self::Vault(error) => error.into(),
        }
    }
}

struct Source<'a> {
    going: Going<'a>,
    vault: Option<&'a Vault>,
}

impl Cases for Source<'_> {
    type Error = ExportError;

    fn for_each(&self, each: &mut dyn FnMut(&Case) -> Result<(), DocumentError>) -> Result<(), ExportError> {
        match (self.going, self.vault) {
            (Going::These(cases), _) => Ok(cases.for_each(each)?),
            (Going::Found(query), Some(vault)) => {
                vault.for_each(query, |stored| each(&stored.case).map_err(ExportError::from)).map(drop)
            }
            // It was locked meanwhile.
            (Going::Found(_), None) => Err(ExportError::None),
        }
    }
}

/// Writes cases into a file, whole or not at all. Where a vault is open, its audit log tells of it first: a file without
/// its line there is worse than a line without its file.
pub fn write_out(
    going: Going<'_>,
    mut vault: Option<&mut Vault>,
    to: Destination<'_>,
    i18n: &I18n,
) -> Result<Written, ExportError> {
    let Destination { path, overwrite, format, options } = to;
    if vault.as_ref().is_some_and(|vault| *vault.access() != Access::Write) {
        return Err(ExportError::NoAudit);
    }
    let contents = Contents::of(&Source { going, vault: vault.as_deref() }, format, options, i18n)?;
    if contents.cases == 0 {
        return Err(ExportError::None);
    }
    if path.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
    }
    if !overwrite && path.exists() {
        return Err(ExportError::Exists);
    }
    if let Some(vault) = vault.as_deref_mut() {
        vault.record(&audit_event(&contents, format))?;
    }
    let source = Source { going, vault: vault.as_deref() };
    let mut boxes = 0;
    let fill = |file: &mut io::BufWriter<&File>| {
        boxes = documents::write(file, &source, &contents, format, options, i18n)?;
        Ok::<(), ExportError>(())
    };
    if overwrite {
        write_atomic_with(path, fill)?;
    } else {
        write_atomic_new_with(path, fill)?;
    }
    // That it was done, and of how many; never of whom, nor where to.
    tracing::info!(cases = contents.cases, form = format.extension(), "cases were exported");
    let too_large = !format.is_printed() && std::fs::metadata(path).is_ok_and(|meta| meta.len() > MAX_FILE_BYTES);
    Ok(Written { cases: contents.cases, unreviewed: contents.unreviewed, boxes, too_large })
}

/// What the audit log says of an export: of how many, and in which form; never where to.
fn audit_event(contents: &Contents, format: Format) -> AuditEvent {
    match contents.only() {
        Some(id) => AuditEvent::of(AuditKind::Export, id, format.extension()),
        None => AuditEvent::new(AuditKind::Export, format!("{} ({})", contents.cases, format.extension())),
    }
}

/// Does what the window asks for.
pub(super) fn export(job: &ExportJob, vault: Option<&mut Vault>, i18n: &I18n) -> Result<StorageEvent, UserError> {
    let mut letterhead = Letterhead::of_text(&job.letterhead);
    if let Some(path) = job.letterhead_image.as_deref().filter(|_| job.format.has_letterhead()) {
        let read = Letterhead::read(None, Some(path)).map_err(|error| ExportError::from(error).of_file(path))?;
        letterhead.image = read.image;
    }
    let options = ExportOptions {
        print: job.print,
        letterhead,
        made_at: clock::now(),
        scratch: Some(folder_of(&job.path).to_owned()),
    };
    let to = Destination { path: &job.path, overwrite: job.overwrite, format: job.format, options: &options };
    let going = job.query.as_ref().map_or(Going::These(&job.cases), Going::Found);
    match write_out(going, vault, to, i18n) {
        Ok(written) => Ok(StorageEvent::Exported { path: job.path.clone(), written }),
        Err(ExportError::Exists) => Ok(StorageEvent::ExportExists { path: job.path.clone() }),
        Err(error) => Err(error.of_file(&job.path)),
    }
}
