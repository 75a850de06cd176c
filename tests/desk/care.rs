//! The vault's care: backups when they are due and on the way out, checks, settings, the passphrase, restoring.

use std::path::PathBuf;

use pag_bert::ui::action::{Action, Modal};
use pag_bert::ui::care_state::{PassphraseForm, RecoveryRenewal, RestoreForm, VaultPage};
use pag_bert::ui::vault_state::{RecoveryForm, Typed, VaultState};
use pag_bert::vault::{BackupState, Notice, backups};
use pag_bert::worker::care::CareKind;

use crate::office::{Office, PASSPHRASE};

fn copies(office: &Office) -> PathBuf {
    office.home.path().join("casos-copias")
}

fn count(office: &Office) -> usize {
    backups(&copies(office), Some("casos")).len()
}

fn typed(text: &str) -> Typed {
    Typed(text.to_owned())
}

/// One case in the vault.
fn with_a_case() -> Office {
    let mut office = Office::open();
    office.bench.type_facts("Unos hechos.");
    office.act(Action::Save);
    office
}

#[test]
fn a_minute_after_the_unlock_the_daily_backup_is_made_once() {
    let mut office = with_a_case();
    office.wait_s(30.0);
    assert_eq!(count(&office), 0, "whoever has just come wants to work");
    office.wait_s(31.0);
    assert_eq!(count(&office), 1);
    office.wait_s(5.0 * 3600.0);
    assert_eq!(count(&office), 1, "not twice within a day");
    let kinds: Vec<String> = office.look().audit(0, 100).unwrap().into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "backup").count(), 1, "{kinds:?}");
}

#[test]
fn the_program_ends_with_a_backup_and_without_one_when_nothing_changed() {
    let mut office = with_a_case();
    office.act(Action::Quit);
    assert!(office.ended);
    assert_eq!(count(&office), 1);
    let home = office.leave();
    let mut office = Office::again(home);
    office.unlock(PASSPHRASE);
    office.act(Action::Quit);
    assert!(office.ended);
    assert_eq!(count(&office), 1, "nothing changed since");
    let mut office = Office::again(office.leave());
    office.unlock(PASSPHRASE);
    let id = office.look().ids(&pag_bert::vault::Query::default()).unwrap().remove(0);
    office.act(Action::OpenStored(id));
    office.bench.type_facts("Unos hechos, y más.");
    office.act(Action::KeepDraftAndClose(None));
    assert!(office.ended);
    let newest = backups(&copies(&office), None).pop().unwrap();
    assert_eq!(newest.path.extension().unwrap(), "pagcopia");
    // The one of before was of the same day: the last of a day stays.
    assert_eq!(count(&office), 1);
    let look = office.look();
    let manifest = look.verify_backup(&newest.path).unwrap();
    assert_eq!(manifest.digest, look.digest().unwrap());
    let told = look.audit(0, 100).unwrap().pop().unwrap();
    assert!(told.kind == "backup" && told.detail.starts_with(newest.path.file_name().unwrap().to_str().unwrap()));
}

#[test]
fn a_backup_that_fails_is_told_and_keeps_nobody_in() {
    let mut office = with_a_case();
    // A file where the folder should be.
    std::fs::File::create(copies(&office)).unwrap();
    office.act(Action::Quit);
    assert!(!office.ended);
    let error = office.bench.state.care.closing.as_ref().unwrap().error.clone().unwrap();
    assert_eq!(error.id(), "error-backup");
    office.act(Action::BackUpNow);
    assert!(office.bench.state.care.closing.as_ref().unwrap().error.is_some() && !office.ended, "tried again");
    office.act(Action::QuitNow);
    assert!(office.ended);
    let mut office = Office::again(office.leave());
    office.unlock(PASSPHRASE);
    office.wait_s(61.0);
    assert_eq!(office.bench.toast_ids(), ["error-backup"]);
    assert!(office.bench.state.toasts[0].stays());
    std::fs::remove_file(copies(&office)).unwrap();
    office.act(Action::BackUpNow);
    assert_eq!(count(&office), 1);
}

/// What the closing backup could not take is taken after the next unlock, although the newest backup is of today.
#[test]
fn a_last_backup_that_failed_is_made_up_for() {
    let mut office = with_a_case();
    office.act(Action::BackUpNow);
    assert_eq!(count(&office), 1);
    office.bench.type_facts("Unos hechos, y más.");
    office.act(Action::Save);
    let away = office.home.path().join("desconectado");
    std::fs::rename(copies(&office), &away).unwrap();
    std::fs::File::create(copies(&office)).unwrap();
    office.act(Action::Quit);
    assert!(!office.ended && office.bench.state.care.closing.as_ref().unwrap().error.is_some());
    // The folder can be changed in the window alone, so there is a way back to it.
    office.act(Action::StayOpen);
    assert!(office.bench.state.care.closing.is_none() && office.bench.case().hechos == "Unos hechos, y más.");
    office.act(Action::Quit);
    office.act(Action::QuitNow);
    assert!(office.ended);
    std::fs::remove_file(copies(&office)).unwrap();
    std::fs::rename(&away, copies(&office)).unwrap();
    let before = backups(&copies(&office), None);
    let mut office = Office::again(office.leave());
    office.unlock(PASSPHRASE);
    office.wait_s(61.0);
    let newest = backups(&copies(&office), None).pop().unwrap();
    assert_ne!(before.last(), Some(&newest), "it is of today, and lacks the last change");
    let look = office.look();
    assert_eq!(look.verify_backup(&newest.path).unwrap().digest, look.digest().unwrap());
    // Nothing came after that: the next one is due by the clock alone.
    let mut office = Office::again(office.leave());
    office.unlock(PASSPHRASE);
    office.wait_s(61.0);
    assert_eq!(backups(&copies(&office), None).pop(), Some(newest));
}

#[test]
fn a_window_without_a_vault_ends_at_once() {
    let mut office = Office::locked();
    office.act(Action::Quit);
    assert!(office.ended);
    assert_eq!(count(&office), 0);
}

#[test]
fn backups_are_listed_checked_and_restored_into_a_vault_of_their_own() {
    let mut office = with_a_case();
    office.act(Action::BackUpNow);
    office.act(Action::ShowVault(VaultPage::Backups));
    let care = &office.bench.state.care;
    assert_eq!((care.survey.as_ref().unwrap().cases, &care.backup_folder), (1, &copies(&office)));
    let row = care.backups.clone().unwrap().remove(0);
    assert!(row.bytes > 10_000 && row.made_at.len() == 16, "{row:?}");
    office.act(Action::CheckBackup(row.path.clone()));
    assert_eq!(office.bench.state.care.checked[&row.path], BackupState::Good { cases: 1 });
    office.act(Action::ShowRestore(Some(row.path.clone())));
    let folder = restore(&mut office, "otra cosa distinta");
    let Some(Modal::Restore(form)) = &office.bench.state.modal else { panic!() };
    assert_eq!(form.error.as_ref().unwrap().id(), "error-vault-wrong");
    assert!(form.typed.0.is_empty() && !folder.exists());
    restore(&mut office, PASSPHRASE);
    let Some(Modal::Restore(RestoreForm { done: Some((made, 1)), .. })) = &office.bench.state.modal else { panic!() };
    assert_eq!(*made, folder);
    office.bench.type_facts("Algo que aún no está guardado.");
    office.act(Action::OpenRestored(folder.clone()));
    assert_eq!(office.look().drafts().unwrap().len(), 1, "what was typed stays in the vault of before");
    office.unlock(PASSPHRASE);
    let open = office.bench.state.vault.open().unwrap();
    assert_eq!((&open.info.folder, open.info.cases), (&folder, 1));
    assert_eq!(office.bench.state.settings.vault, Some(folder));
}

/// Restores what the dialog names, with that passphrase; the new vault's folder.
fn restore(office: &mut Office, passphrase: &str) -> PathBuf {
    let Some(Modal::Restore(form)) = &mut office.bench.state.modal else { panic!() };
    form.typed = typed(passphrase);
    let folder = PathBuf::from(&form.folder);
    office.act(Action::Restore);
    folder
}

#[test]
fn a_damaged_backup_and_a_damaged_vault_are_named_and_the_newest_good_one_is_offered() {
    let mut office = with_a_case();
    office.act(Action::BackUpNow);
    let good = backups(&copies(&office), None).remove(0).path;
    office.act(Action::CheckVault);
    assert!(office.bench.state.care.checkup.as_ref().unwrap().is_good());
    let bad = copies(&office).join("casos-20300101-100000.pagcopia");
    let mut bytes = std::fs::read(&good).unwrap();
    bytes[6_000] ^= 1;
    pag_bert::files::write_atomic(&bad, &bytes).unwrap();
    office.act(Action::CheckBackup(bad.clone()));
    assert_eq!(office.bench.state.care.checked[&bad], BackupState::Damaged);
    office.act(Action::CheckVault);
    let checkup = office.bench.state.care.checkup.clone().unwrap();
    assert!(!checkup.is_good() && checkup.pages && checkup.newest_good() == Some(&good));
    // The vault's first bytes: nothing opens it any more.
    office.act(Action::Lock);
    let database = office.vault().join("vault.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[3] ^= 1;
    pag_bert::files::write_atomic(&database, &bytes).unwrap();
    office.unlock(PASSPHRASE);
    let VaultState::Locked(form) = &office.bench.state.vault else { panic!() };
    assert_eq!((form.error.as_ref().unwrap().id(), &form.offer), ("error-vault-damaged", &Some(good.clone())));
    office.act(Action::ShowRestore(form.offer.clone()));
    let folder = restore(&mut office, PASSPHRASE);
    office.act(Action::OpenRestored(folder));
    office.unlock(PASSPHRASE);
    assert_eq!(office.bench.state.vault.open().unwrap().info.cases, 1);
}

#[test]
fn the_passphrase_changes_after_the_old_one_was_asked_for() {
    let mut office = with_a_case();
    let new = "otras cuatro palabras sueltas";
    let form = |old: &str| PassphraseForm { old: typed(old), new: typed(new), again: typed(new), ..Default::default() };
    office.act(Action::ShowModal(Modal::Passphrase(form("no es la de antes"))));
    office.act(Action::ChangePassphrase);
    let Some(Modal::Passphrase(left)) = &office.bench.state.modal else { panic!() };
    assert_eq!(left.error.as_ref().unwrap().id(), "error-vault-wrong");
    assert!(!left.busy && left.old.0.is_empty() && left.new.0 == new, "the new one need not be typed again");
    office.act(Action::ShowModal(Modal::Passphrase(form(PASSPHRASE))));
    office.act(Action::ChangePassphrase);
    assert!(office.bench.state.modal.is_none());
    assert_eq!(count(&office), 1, "the backups of before ask for the old one");
    office.act(Action::Lock);
    office.unlock(PASSPHRASE);
    assert!(office.bench.state.vault.open().is_none());
    office.unlock(new);
    assert!(office.bench.state.vault.open().is_some());
    // Both were typed at this window: nothing has to be said of them.
    let Some(Modal::Notices(notices)) = &office.bench.state.modal else { panic!() };
    assert_eq!(notices, &[Notice::FailedAttempts(2)], "one of them before the vault was locked");
}

#[test]
fn whoever_came_in_by_the_recovery_key_sets_a_passphrase_with_it() {
    let (mut office, key) = renewed();
    office.act(Action::Lock);
    let new = "otras cuatro palabras sueltas";
    unlock_by_recovery(&mut office, &key);
    assert!(office.bench.state.vault.open().is_some());
    let old =
        PassphraseForm { old: typed(&key), recovery: true, new: typed(new), again: typed(new), ..Default::default() };
    office.act(Action::ShowModal(Modal::Passphrase(old)));
    office.act(Action::ChangePassphrase);
    assert_eq!(office.bench.toast_ids().first(), Some(&"toast-passphrase-changed"));
    office.act(Action::Lock);
    office.unlock(new);
    assert!(office.bench.state.vault.open().is_some());
}

fn unlock_by_recovery(office: &mut Office, key: &str) {
    let VaultState::Locked(form) = &mut office.bench.state.vault else { panic!() };
    (form.recovery, form.typed) = (true, typed(key));
    office.act(Action::Unlock);
}

/// A recovery key that has just been made and checked.
fn renewed() -> (Office, String) {
    let mut office = with_a_case();
    ask_for_key(&mut office, PASSPHRASE);
    let key = paper(&mut office).key.0.clone();
    let form = paper(&mut office);
    let group = form.groups().nth(form.group).unwrap().to_owned();
    (form.asked, form.typed) = (true, typed(&group));
    let mut effects = office.bench.act(Action::ConfirmRecovery);
    effects.extend(office.bench.act(Action::ConfirmRecovery));
    office.carry_out(effects);
    assert!(office.bench.state.modal.is_none());
    assert!(office.bench.toast_ids().iter().all(|id| !id.starts_with("error")), "pressed twice, it is kept once");
    (office, key)
}

fn ask_for_key(office: &mut Office, passphrase: &str) {
    let renewal = RecoveryRenewal { typed: typed(passphrase), ..RecoveryRenewal::default() };
    office.act(Action::ShowModal(Modal::Recovery(renewal)));
    office.act(Action::RenewRecovery);
}

fn paper(office: &mut Office) -> &mut RecoveryForm {
    let Some(Modal::Recovery(RecoveryRenewal { paper: Some(form), .. })) = &mut office.bench.state.modal else {
        panic!()
    };
    form
}

#[test]
fn another_recovery_key_counts_once_it_is_on_paper() {
    let (mut office, first) = renewed();
    assert_eq!(count(&office), 1, "the backups of before ask for the old one");
    let kinds: Vec<String> = office.look().audit(0, 100).unwrap().into_iter().map(|line| line.kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "recovery").count(), 1, "{kinds:?}");
    ask_for_key(&mut office, "no es la contraseña");
    let Some(Modal::Recovery(renewal)) = &office.bench.state.modal else { panic!() };
    assert!(renewal.paper.is_none() && renewal.error.as_ref().unwrap().id() == "error-vault-wrong");
    // Nobody has shown that the second is on paper: the first counts.
    ask_for_key(&mut office, PASSPHRASE);
    let second = paper(&mut office).key.0.clone();
    let form = paper(&mut office);
    (form.asked, form.typed) = (true, typed("AAAAA"));
    office.act(Action::ConfirmRecovery);
    assert!(paper(&mut office).wrong);
    office.act(Action::Lock);
    unlock_by_recovery(&mut office, &second);
    assert!(office.bench.state.vault.open().is_none());
    unlock_by_recovery(&mut office, &first);
    assert!(office.bench.state.vault.open().is_some());
    office.act(Action::ConfirmRecovery);
    assert!(office.look().audit(0, 100).unwrap().into_iter().filter(|line| line.kind == "recovery").count() == 1);
}

#[test]
fn what_was_mistyped_here_is_no_news_and_what_others_tried_is() {
    let mut office = Office::locked();
    office.unlock("no es esta");
    office.unlock(PASSPHRASE);
    assert!(office.bench.state.vault.open().is_some() && office.bench.state.modal.is_none());
    office.act(Action::Lock);
    office.unlock("tampoco es esta");
    let mut office = Office::again(office.leave());
    office.unlock(PASSPHRASE);
    assert_eq!(office.bench.state.modal, Some(Modal::Notices(vec![Notice::FailedAttempts(1)])));
}

#[test]
fn settings_are_kept_in_the_vault_and_count_at_once() {
    let mut office = with_a_case();
    office.act(Action::ShowVault(VaultPage::Settings));
    let elsewhere = office.home.path().join("otro disco");
    let Some(Modal::Vault(form)) = &mut office.bench.state.modal else { panic!() };
    form.settings.lock_after_minutes = 30;
    form.backup_folder = elsewhere.display().to_string();
    form.recipients = "no es una clave".into();
    office.act(Action::SaveVaultSettings);
    assert_eq!(office.look().settings().unwrap().lock_after_minutes, 10, "a wrong key is not kept");
    let Some(Modal::Vault(form)) = &mut office.bench.state.modal else { panic!() };
    form.recipients.clear();
    office.act(Action::SaveVaultSettings);
    let kept = office.look().settings().unwrap();
    assert_eq!((kept.lock_after_minutes, kept.backups.as_ref()), (30, Some(&elsewhere)));
    assert_eq!(office.bench.state.vault.open().unwrap().info.settings, kept);
    assert_eq!(office.bench.toast_ids().last(), Some(&"toast-vault-settings"));
    office.act(Action::BackUpNow);
    assert_eq!((count(&office), backups(&elsewhere, Some("casos")).len()), (0, 1));
}

#[test]
fn the_audit_log_is_read_in_parts_and_knows_the_cases_numbers() {
    let mut office = with_a_case();
    let number = office.bench.case().number.clone();
    office.act(Action::ShowAudit);
    let count = office.bench.state.care.audit.count.unwrap();
    assert!(count >= 3 && office.bench.state.care.audit.lines.is_empty());
    office.act(Action::ReadAudit(count));
    let audit = &office.bench.state.care.audit;
    assert_eq!(i64::try_from(audit.lines.len()).unwrap(), count);
    let create = audit.lines.values().find(|line| line.line.kind == "create").unwrap();
    assert_eq!(create.number.as_ref(), Some(&number));
    assert!(audit.is_read(1) && !audit.is_read(201));
}

/// Locking is heard by whatever reads the vault: its key goes too.
#[test]
fn a_lock_ends_what_is_under_way() {
    let mut office = with_a_case();
    let effects = office.bench.act(Action::BackUpNow);
    assert!(office.bench.state.care.job(CareKind::BackUp).is_some());
    office.act(Action::Lock);
    assert!(office.bench.state.care.jobs.is_empty());
    // The answer comes too late.
    office.carry_out(effects);
    assert_eq!(count(&office), 0);
}
