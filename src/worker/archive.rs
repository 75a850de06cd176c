//! The cases of the open vault: bin, history, imports, and what an export takes out.

use super::vault_protocol::{KeptImport, Outgoing, Progress, VaultEvent};
use crate::clock;
use crate::documents::import::{Duplicate, Same, Step};
use crate::documents::{PREVIEW_CASES, PrintOptions, unreviewed};
use crate::domain::{Case, CaseId};
use crate::vault::{Incoming, Query, Twin, Vault, VaultError};

pub(super) fn set_binned(vault: &mut Vault, id: CaseId, binned: bool) -> Result<VaultEvent, VaultError> {
    vault.set_binned(&id, binned)?;
    Ok(VaultEvent::Binned { id, binned })
}

pub(super) fn delete(vault: &mut Vault, id: Option<CaseId>) -> Result<VaultEvent, VaultError> {
    let ids = id.map_or_else(|| vault.binned(), |id| Ok(vec![id]))?;
    vault.delete(&ids)?;
    Ok(VaultEvent::Deleted { ids })
}

pub(super) fn history(vault: &Vault, id: CaseId) -> Result<VaultEvent, VaultError> {
    let (revisions, suggestions) = (vault.revisions(&id)?, vault.suggestions(&id)?);
    Ok(VaultEvent::History { id, revisions, suggestions })
}

pub(super) fn attachments(vault: &Vault, id: CaseId) -> Result<VaultEvent, VaultError> {
    let names = vault.attachments(&id)?;
    Ok(VaultEvent::Attachments { id, names })
}

pub(super) fn set_attachments(vault: &mut Vault, id: CaseId, names: &[String]) -> Result<VaultEvent, VaultError> {
    vault.set_attachments(&id, names)?;
    attachments(vault, id)
}

pub(super) fn import(
    vault: &mut Vault,
    cases: &[Incoming],
    source: &str,
    progress: &Progress,
) -> Result<VaultEvent, VaultError> {
    let done = vault.import_telling(cases, source, &mut |written| progress.set(written))?;
    Ok(VaultEvent::Imported { done, last_number: vault.highest_number(&clock::year().to_string())? })
}

pub(super) fn last_import(vault: &Vault) -> Result<VaultEvent, VaultError> {
    let kept = vault.last_import()?;
    Ok(VaultEvent::LastImport(kept.map(|(_, at, source)| KeptImport { at, source })))
}

pub(super) fn undo_import(vault: &mut Vault) -> Result<VaultEvent, VaultError> {
    let (import, ..) = vault.last_import()?.ok_or(VaultError::NoUndo { reason: "there is none" })?;
    Ok(VaultEvent::ImportUndone(vault.undo_import(import)?))
}

pub(super) fn look_at(vault: &Vault, query: Query) -> Result<VaultEvent, VaultError> {
    let mut outgoing = Outgoing::default();
    outgoing.total = vault.for_each(&query, |stored| {
        let case = std::slice::from_ref(&stored.case);
        for (count, proposal) in outgoing.unreviewed.iter_mut().zip([false, true]) {
            *count += unreviewed(case, PrintOptions { proposal, ..PrintOptions::default() });
        }
        if outgoing.first.len() < PREVIEW_CASES {
            outgoing.first.push(stored.case);
        }
        Ok::<(), VaultError>(())
    })?;
    Ok(VaultEvent::Outgoing { query, outgoing: Box::new(outgoing) })
}

/// Cases that are in the vault already, or earlier among them.
pub fn duplicates(vault: &Vault, cases: &[Case]) -> Result<Vec<Duplicate>, VaultError> {
    let same = |twin| match twin {
        Twin::Stored(id) => Same::Stored(id),
        Twin::Incoming(at) => Same::Earlier(at),
    };
    let found = vault.find_duplicates(cases)?.into_iter();
    Ok(found.map(|one| Duplicate { index: one.index, of: same(one.of), likeness: one.likeness }).collect())
}

/// What an import does, as the vault takes it.
pub fn incoming(steps: Vec<Step>) -> Vec<Incoming> {
    let incoming = |step| match step {
        Step::Add(case) => Incoming::Add(case),
        Step::Merge(case, into) => Incoming::Merge(case, into),
    };
    steps.into_iter().map(incoming).collect()
}
