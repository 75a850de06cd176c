//! The way in: the first choice, the locked vault, a new vault's recovery key; and the way out while it is locked.

use std::path::{Path, PathBuf};

use rand::Rng;
use secrecy::SecretString;

use super::desk::{self, Desk, Effect};
use super::{cases, vault};
use crate::config::Settings;
use crate::error::UserError;
use crate::ui::action::{BrowseFor, Focus, Modal};
use crate::ui::state::{AppState, OpenCase, ToastBody};
use crate::ui::vault_state::{ChooseForm, ChooseWay, LockedForm, Origin, RecoveryForm, Typed, VaultState};
use crate::vault::is_vault;
use crate::worker::protocol::{StorageCommand, StorageEvent};
use crate::worker::vault_protocol::{TypedSecret, VaultCommand, VaultInfo};

/// The name of a new vault's folder, until somebody gives it another.
const PROPOSED: &str = "casos.pagvault";

/// What the window begins with: the vault of the last time asks for its passphrase.
pub(super) fn at_start(settings: &Settings, documents: &Path) -> VaultState {
    match &settings.vault {
        Some(folder) => VaultState::Locked(Box::new(LockedForm::of(folder.clone()))),
        None if settings.without_vault => VaultState::Without,
        None => {
            let mut form = choice(ChooseWay::Create, Origin::Start, settings, documents);
            if !form.existing.is_empty() {
                form.way = ChooseWay::Open;
            }
            VaultState::Choosing(Box::new(form))
        }
    }
}

fn choice(way: ChooseWay, origin: Origin, settings: &Settings, documents: &Path) -> ChooseForm {
    let proposed = documents.join(PROPOSED);
    let existing = match &settings.vault {
        Some(last) if origin == Origin::Without => Some(last.clone()),
        _ => is_vault(&proposed).then_some(proposed),
    };
    ChooseForm {
        folder: free_folder(documents),
        existing: existing.map(|folder| folder.display().to_string()).unwrap_or_default(),
        origin,
        way,
        ..ChooseForm::default()
    }
}

/// A folder for a new vault, of a name that is not taken.
fn free_folder(documents: &Path) -> String {
    let names = (2..100).map(|n| documents.join(format!("casos-{n}.pagvault")));
    let folder = std::iter::once(documents.join(PROPOSED)).chain(names).find(|folder| !folder.exists());
    folder.unwrap_or_else(|| documents.join(PROPOSED)).display().to_string()
}

/// Shows the choice of where to keep cases. An open vault is locked before.
pub(super) fn choose(state: &mut AppState, desk: &mut Desk, way: ChooseWay) -> Vec<Effect> {
    let effects = vault::lock(state, desk);
    let origin = match &state.vault {
        VaultState::Locked(form) => Origin::Locked(form.folder.clone()),
        VaultState::Without => Origin::Without,
        VaultState::Choosing(form) => form.origin.clone(),
        VaultState::Recovery(_) | VaultState::Open(_) => return effects,
    };
    state.modal = None;
    state.vault = VaultState::Choosing(Box::new(choice(way, origin, &state.settings, &state.default_folder)));
    effects
}

/// Goes back to where the person came from.
pub(super) fn leave_choice(state: &mut AppState) {
    let VaultState::Choosing(form) = &state.vault else { return };
    state.vault = match &form.origin {
        Origin::Start => return,
        Origin::Without => VaultState::Without,
        Origin::Locked(folder) => VaultState::Locked(Box::new(LockedForm::of(folder.clone()))),
    };
}

/// Makes the vault that the form describes.
pub(super) fn create(state: &mut AppState) -> Vec<Effect> {
    let VaultState::Choosing(form) = &mut state.vault else { return Vec::new() };
    if !form.is_ready() {
        return Vec::new();
    }
    let passphrase = secret(&mut form.typed);
    form.again = Typed::default();
    (form.busy, form.error, form.strength) = (true, None, None);
    vec![vault::send(VaultCommand::Create { folder: PathBuf::from(form.folder.trim()), passphrase })]
}

/// Opens the vault with what stands in the form.
pub(super) fn unlock(state: &mut AppState) -> Vec<Effect> {
    let now_s = state.now_s;
    let Some(form) = asking(state) else { return Vec::new() };
    if !form.is_ready(now_s) {
        return Vec::new();
    }
    let secret = typed_secret(&mut form.typed, form.recovery);
    (form.busy, form.error, form.offer) = (true, None, None);
    vec![vault::send(VaultCommand::Unlock { folder: form.folder.clone(), secret })]
}

/// The form that asks for a vault's key.
fn asking(state: &mut AppState) -> Option<&mut LockedForm> {
    match &mut state.vault {
        VaultState::Locked(form) => Some(form),
        VaultState::Choosing(form) => {
            form.open.folder = PathBuf::from(form.existing.trim());
            Some(&mut form.open)
        }
        VaultState::Without | VaultState::Recovery(_) | VaultState::Open(_) => None,
    }
}

/// What was typed, which is wiped where it stood.
fn secret(typed: &mut Typed) -> SecretString {
    SecretString::from(std::mem::take(typed).0.as_str())
}

/// The same, as what opens a vault or a backup.
pub(super) fn typed_secret(typed: &mut Typed, recovery: bool) -> TypedSecret {
    let typed = secret(typed);
    if recovery { TypedSecret::Recovery(typed) } else { TypedSecret::Passphrase(typed) }
}

/// The vault was not opened.
pub(super) fn refused(state: &mut AppState, error: UserError, wait_s: f64) {
    let until_s = state.now_s + wait_s;
    if let Some(form) = asking(state) {
        form.mistyped += u64::from(error.id() == "error-vault-wrong");
        (form.busy, form.error, form.wait_until_s) = (false, Some(error), until_s);
    }
}

/// A vault was made: its recovery key is shown, and the vault is asked for at the next start whatever happens now.
pub(super) fn created(state: &mut AppState, info: VaultInfo, key: &str) -> Vec<Effect> {
    state.settings.vault = Some(info.folder.clone());
    state.settings.without_vault = false;
    state.vault = VaultState::Recovery(Box::new(recovery_form(info, key)));
    vec![desk::save_settings(state)]
}

fn recovery_form(info: VaultInfo, key: &str) -> RecoveryForm {
    let mut typed = Typed::default();
    typed.0.push_str(key);
    let groups = key.split('-').count();
    let group = rand::rng().random_range(0..groups);
    RecoveryForm::new(info, typed, group)
}

/// The key that is going onto paper: a new vault's, or one that is to take the place of the one of before.
fn paper(state: &mut AppState) -> Option<&mut RecoveryForm> {
    match (&mut state.vault, &mut state.modal) {
        (VaultState::Recovery(form), _) => Some(form),
        (_, Some(Modal::Recovery(renewal))) => renewal.paper.as_deref_mut(),
        _ => None,
    }
}

/// Asks for another recovery key with the passphrase that was typed. What was typed into cases goes first: this takes a
/// moment.
pub(super) fn renew(state: &mut AppState) -> Vec<Effect> {
    let Some(Modal::Recovery(renewal)) = &mut state.modal else { return Vec::new() };
    if renewal.busy || renewal.typed.0.is_empty() {
        return Vec::new();
    }
    (renewal.busy, renewal.error) = (true, None);
    let command = VaultCommand::NewRecovery { passphrase: secret(&mut renewal.typed) };
    vault::after_drafts(state, command)
}

/// There is one; that of before opens the vault until this one is on paper.
pub(super) fn renewed(state: &mut AppState, key: &str) {
    let Some(info) = state.vault.open().map(|open| open.info.clone()) else { return };
    if let Some(Modal::Recovery(renewal)) = &mut state.modal {
        renewal.busy = false;
        renewal.paper = Some(Box::new(recovery_form(info, key)));
    }
}

/// The vault may be used, or the key counts, once the person has shown that it is on paper.
pub(super) fn confirm(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    let renews = state.vault.open().is_some();
    let Some(form) = paper(state) else { return Vec::new() };
    if form.groups().nth(form.group).is_none_or(|group| !is_same_group(&form.typed.0, group)) {
        form.wrong = true;
        form.typed = Typed::default();
        return Vec::new();
    }
    if renews {
        return keep_renewed(state);
    }
    let info = form.info.clone();
    vault::opened(state, desk, info, Vec::new())
}

/// Once, however often it is pressed.
fn keep_renewed(state: &mut AppState) -> Vec<Effect> {
    let Some(Modal::Recovery(renewal)) = &mut state.modal else { return Vec::new() };
    if std::mem::replace(&mut renewal.busy, true) {
        return Vec::new();
    }
    renewal.error = None;
    vec![vault::send(VaultCommand::KeepRecovery)]
}

/// As the recovery key is read: any dashes, blanks and letter case; O is 0, I and L are 1.
fn is_same_group(typed: &str, group: &str) -> bool {
    let letters = typed.chars().filter(|letter| letter.is_alphanumeric());
    let read = letters.map(|letter| match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    });
    read.eq(group.chars())
}

/// Writes the recovery key into a file.
pub(super) fn print(state: &mut AppState) -> Vec<Effect> {
    let Some(form) = paper(state) else { return Vec::new() };
    let Some(folder) = form.print_into.take() else { return Vec::new() };
    form.error = None;
    let words = form.print_words.as_str();
    let text = zeroize::Zeroizing::new(format!("{words}\n\n{}\n", form.key.0));
    let folder = PathBuf::from(folder.trim());
    vec![vault::send(VaultCommand::PrintRecovery { folder, text: SecretString::from(text.as_str()) })]
}

/// Removes that file.
pub(super) fn remove_printed(state: &mut AppState) -> Vec<Effect> {
    let Some(form) = paper(state) else { return Vec::new() };
    let removed = form.printed.clone().map(|path| vault::send(VaultCommand::RemovePrinted { path }));
    removed.into_iter().collect()
}

/// The file was written (or removed), or that failed.
pub(super) fn printed(state: &mut AppState, outcome: Result<Option<PathBuf>, UserError>) {
    let Some(form) = paper(state) else { return };
    match outcome {
        Ok(path) => form.printed = path,
        Err(error) => form.error = Some(error),
    }
}

/// Cases are files from now on. A vault that there is stays, and asks again at the next start.
pub(super) fn go_on_without(state: &mut AppState) -> Vec<Effect> {
    let mut effects = Vec::new();
    if state.settings.vault.is_none() {
        state.settings.without_vault = true;
        effects.push(desk::save_settings(state));
    }
    state.vault = VaultState::Without;
    effects.push(Effect::Storage(StorageCommand::LoadDrafts));
    effects
}

/// The window can be used: a case to write into, and the files that waited.
pub(super) fn enter(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    let mut effects = Vec::new();
    state.focus = Some(Focus::Facts);
    if state.cases.is_empty() {
        effects.extend(cases::new_case(state));
    }
    // Without the right to write they could not be kept anywhere.
    if state.vault.can_write() {
        let paths = std::mem::take(&mut desk.waiting);
        if !paths.is_empty() {
            effects.push(Effect::Storage(StorageCommand::Open { paths }));
        }
    }
    effects
}

/// Ends the program from the locked window; asks first where text waits that the vault could not take.
pub(super) fn quit(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    if let VaultState::Choosing(form) = &state.vault
        && form.origin == Origin::Without
        && state.cases.iter().any(OpenCase::would_lose)
    {
        leave_choice(state);
        return super::apply_action(state, desk, crate::ui::action::Action::Quit);
    }
    let waits = !state.held.is_empty();
    match &mut state.vault {
        VaultState::Locked(form) if waits && !form.leaving => {
            form.leaving = true;
            Vec::new()
        }
        _ => cases::quit(state, desk),
    }
}

/// A folder that was picked in the system's dialog.
pub(super) fn picked(state: &mut AppState, what: BrowseFor, folder: &Path) {
    match (what, &mut state.vault) {
        (BrowseFor::NewVault, VaultState::Choosing(form)) => form.folder = free_folder(folder),
        (BrowseFor::Vault, VaultState::Choosing(form)) => form.existing = folder.display().to_string(),
        (BrowseFor::PrintFolder, _) => {
            if let Some(form) = paper(state) {
                form.print_into = Some(folder.display().to_string());
            }
        }
        _ => (),
    }
}

/// No case may be in the window's state: a vault is locked, or was just made.
pub(super) fn is_shut(state: &AppState) -> bool {
    match &state.vault {
        VaultState::Choosing(form) => form.origin != Origin::Without,
        VaultState::Locked(_) | VaultState::Recovery(_) => true,
        VaultState::Without | VaultState::Open(_) => false,
    }
}

/// Cases that were asked for before the vault was locked wait, unseen, until it is open.
pub(super) fn hold_back(state: &mut AppState, desk: &mut Desk, event: StorageEvent) -> Option<StorageEvent> {
    if !is_shut(state) {
        return Some(event);
    }
    match event {
        StorageEvent::Opened { cases, .. } => {
            desk.waiting.extend(cases.into_iter().map(|(path, _)| path));
            None
        }
        StorageEvent::Drafts { cases, .. } => {
            state.held.extend(cases.into_iter().map(|(path, case)| OpenCase {
                path,
                dirty: true,
                recovered: true,
                in_clear: Some(case.id.clone()),
                ..OpenCase::new(case)
            }));
            None
        }
        other => Some(other),
    }
}

/// What was typed while it was locked out stands in the window again, and that is said.
pub(super) fn tell_held(state: &mut AppState, desk: &mut Desk, count: usize) {
    if count > 0 {
        desk.toast(state, ToastBody::InfoWith("toast-held", count.to_string()));
    }
}

/// Seconds until the countdown shows another number.
pub(super) fn next_tick_s(state: &AppState) -> Option<f64> {
    let form = match &state.vault {
        VaultState::Locked(form) => form,
        VaultState::Choosing(form) => &form.open,
        VaultState::Without | VaultState::Recovery(_) | VaultState::Open(_) => return None,
    };
    let left_s = form.wait_until_s - state.now_s;
    (left_s > 0.0).then(|| left_s.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_however_it_is_typed() {
        for typed in ["7K01X", " 7k01x ", "7KOlx", "7-K0I-X"] {
            assert!(is_same_group(typed, "7K01X"), "{typed}");
        }
        for typed in ["", "7K01", "7K01XX", "7K01Y"] {
            assert!(!is_same_group(typed, "7K01X"), "{typed}");
        }
    }
}
