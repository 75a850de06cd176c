//! Files that come into the program, on the storage thread.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::archive;
use super::protocol::{StorageEvent, StorageOperation};
use super::storage::io_error;
use crate::clock;
use crate::documents::DocumentError;
use crate::documents::import::{self, ImportError, Mapping, Same, Source, find_beside, new_case_id};
use crate::domain::Case;
use crate::error::UserError;
use crate::files::name_of;
use crate::vault::Vault;

/// Reads the file, or takes what was read of it, and says what importing it would do beside the known cases, or
/// beside those of the open vault.
pub(super) fn plan(
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
