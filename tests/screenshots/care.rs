//! The vault's care: its dialog, restoring, the audit log, and the last backup on the way out.

use std::path::PathBuf;

use pag_bert::error::UserError;
use pag_bert::ui::action::Modal;
use pag_bert::ui::care_state::{
    CareJob, ClosingBackup, PassphraseForm, RecoveryRenewal, RestoreForm, VaultForm, VaultPage,
};
use pag_bert::ui::state::{AppState, Toast, ToastBody};
use pag_bert::ui::vault_state::{OpenVault, RecoveryForm, Typed, VaultState};
use pag_bert::vault::{
    AuditEvent, AuditKind, BackupState, BackupWhen, CheckedBackup, Checkup, Finding, Kdf, Notice, Passphrase, Vault,
    VaultSettings,
};
use pag_bert::worker::care::{BackupRow, CareKind, CareTask};
use pag_bert::worker::vault_protocol::{NumberedLine, Survey};

use super::with;

const COPIES: &str = "/media/copias/oficina";

fn file(day: u32) -> PathBuf {
    format!("{COPIES}/casos-202611{day:02}-184207.pagcopia").into()
}

/// A window on an open vault with a few backups.
fn open(change: impl FnOnce(&mut AppState)) -> AppState {
    with(|state| {
        let info = super::common::vault_info(2_402);
        state.vault = VaultState::Open(Box::new(OpenVault { info }));
        let care = &mut state.care;
        care.survey = Some(Survey { cases: 2_402, binned: 3, bytes: 31_400_000, lines: 5_170 });
        care.backup_folder = COPIES.into();
        let row = |day: u32| BackupRow {
            path: file(day),
            made_at: format!("{day:02}/11/2026 18:42"),
            bytes: 31_000_000 + u64::from(day) * 40_000,
        };
        care.backups = Some((1..=9).rev().map(row).collect());
        change(state);
    })
}

fn dialog(page: VaultPage, change: impl FnOnce(&mut AppState, &mut VaultForm)) -> AppState {
    open(|state| {
        let mut form = VaultForm::new(page, &VaultSettings::default());
        change(state, &mut form);
        state.modal = Some(Modal::Vault(Box::new(form)));
    })
}

fn job(kind: CareKind, task: Option<CareTask>) -> CareJob {
    CareJob { kind, task, id: None, fraction: 0.42 }
}

fn checkup(findings: Vec<Finding>) -> Checkup {
    let backup = |day: u32, state| CheckedBackup { path: file(day), state };
    let good = BackupState::Good { cases: 2_405 };
    let last = if findings.is_empty() { good } else { BackupState::Damaged };
    let backups = vec![backup(7, good), backup(8, good), backup(9, last)];
    Checkup { at: "2026-11-10T09:15:00+01:00".into(), pages: true, lines: 5_170, findings, backups }
}

/// Lines as a vault writes them.
fn lines() -> Vec<NumberedLine> {
    let dir = tempfile::tempdir().unwrap();
    let passphrase = Passphrase::new("una frase de paso").unwrap();
    let made = Vault::create(&dir.path().join("casos.pagvault"), &passphrase, Kdf { memory_kib: 8, passes: 1 });
    let mut vault = made.unwrap().vault;
    let case = super::case(31);
    vault.save(&case, 0).unwrap();
    vault.record(&AuditEvent::of(AuditKind::Edit, &case.id, "2")).unwrap();
    for (kind, detail) in [
        (AuditKind::Export, "docx"),
        (AuditKind::Import, "incidencias.csv (212)"),
        (AuditKind::Settings, ""),
        (AuditKind::FailedUnlock, ""),
        (AuditKind::Unlock, ""),
        (AuditKind::Backup, "casos-20261109-184207.pagcopia (9)"),
    ] {
        vault.record(&AuditEvent::new(kind, detail)).unwrap();
    }
    let numbered = |line: pag_bert::vault::AuditLine| {
        let number = (!line.subject.is_empty()).then(|| case.number.clone());
        NumberedLine { line, number }
    };
    vault.audit(0, 100).unwrap().into_iter().map(numbered).collect()
}

fn audit(findings: Vec<Finding>) -> AppState {
    open(|state| {
        let lines = lines();
        let audit = &mut state.care.audit;
        audit.count = Some(i64::try_from(lines.len()).unwrap());
        audit.lines = lines.into_iter().map(|line| (line.line.seq, line)).collect();
        if !findings.is_empty() {
            state.care.checkup = Some(Box::new(checkup(findings)));
        }
        state.modal = Some(Modal::Audit);
    })
}

fn restoring(form: RestoreForm) -> AppState {
    let base = RestoreForm {
        file: file(9).display().to_string(),
        folder: "/casos/casos-restaurada-20261110-091500.pagvault".into(),
        ..form
    };
    open(|state| state.modal = Some(Modal::Restore(base)))
}

fn closing(error: Option<UserError>) -> AppState {
    open(|state| {
        if error.is_none() {
            state.care.jobs.push(job(CareKind::BackUp, Some(CareTask::BackUp(BackupWhen::Closing))));
        }
        state.care.closing = Some(ClosingBackup { error });
    })
}

fn renewing(change: impl FnOnce(&mut RecoveryRenewal)) -> AppState {
    open(|state| {
        let mut renewal = RecoveryRenewal::default();
        change(&mut renewal);
        state.modal = Some(Modal::Recovery(renewal));
    })
}

fn paper() -> RecoveryForm {
    let key = "7K2QX-M4C0D-9RBWA-T53EH-XJ18N-0ZKVP-6GYS2-HD7QM";
    RecoveryForm::new(super::common::vault_info(2_402), typed(key), 4)
}

fn typed(text: &str) -> Typed {
    Typed(text.to_owned())
}

pub(crate) fn states() -> Vec<(&'static str, AppState, &'static str)> {
    let full = || UserError::new("error-backup").with("reason", "full");
    let passphrase = PassphraseForm {
        old: typed("la de antes"),
        new: typed("casa verde"),
        again: typed("casa verd"),
        strength: 1,
        ..PassphraseForm::default()
    };
    let lost = Notice::EndLost { found: 5_150, expected: 5_170, backup: Some(file(9)) };
    let removed = Finding::Removed { from: 4, to: 4 };
    let edited = Finding::Edited { seq: 6, at: "2026-11-03T10:42:07+01:00".into(), kind: "export".into() };
    vec![
        ("70-vault", dialog(VaultPage::Data, |_, _| ()), "2.402; en la papelera: 3"),
        (
            "71-vault-checked",
            dialog(VaultPage::Data, |state, _| state.care.checkup = Some(Box::new(checkup(vec![removed.clone()])))),
            "Restaurar la última copia buena…",
        ),
        (
            "72-backups",
            dialog(VaultPage::Backups, |state, _| {
                state.care.checked.insert(file(9), BackupState::Good { cases: 2_405 });
                state.care.checked.insert(file(7), BackupState::Damaged);
                state.care.jobs.push(job(CareKind::BackUp, Some(CareTask::BackUp(BackupWhen::Now))));
            }),
            "Correcta, 2.405 casos",
        ),
        (
            "73-vault-settings",
            dialog(VaultPage::Settings, |_, form| form.recipients = "age1otra".into()),
            "La línea 1 no es una clave pública de age.",
        ),
        ("74-passphrase", open(|state| state.modal = Some(Modal::Passphrase(passphrase))), "Las dos no son iguales."),
        (
            "74-passphrase-by-recovery",
            open(|state| {
                let form = PassphraseForm { recovery: true, ..PassphraseForm::default() };
                state.modal = Some(Modal::Passphrase(form));
            }),
            "Usar la contraseña",
        ),
        ("75-restore", restoring(RestoreForm::default()), "Carpeta de la caja nueva"),
        (
            "76-restored",
            restoring(RestoreForm {
                done: Some(("/casos/casos-restaurada.pagvault".into(), 2_405)),
                ..RestoreForm::default()
            }),
            "Abrir la caja restaurada",
        ),
        ("77-audit", audit(Vec::new()), "Casos importados"),
        ("78-audit-altered", audit(vec![edited]), "La línea 6 del registro no está como se escribió"),
        (
            "79-notices",
            open(|state| state.modal = Some(Modal::Notices(vec![lost, Notice::FailedAttempts(3)]))),
            "Al abrir la caja",
        ),
        ("83-renewal", renewing(|_| ()), "Crear otra clave"),
        (
            "84-renewal-key",
            renewing(|renewal| renewal.paper = Some(Box::new(paper()))),
            "Hasta comprobar el papel sigue valiendo la clave anterior.",
        ),
        (
            "85-renewal-asked",
            renewing(|renewal| renewal.paper = Some(Box::new(RecoveryForm { asked: true, ..paper() }))),
            "Comprobar y cambiar la clave",
        ),
        ("80-closing", closing(None), "Cerrar sin hacer la copia"),
        ("81-closing-failed", closing(Some(full())), "Cerrar el programa"),
        (
            "82-backup-failed",
            open(|state| {
                let body = ToastBody::Error { error: full(), retry: false };
                state.toasts.push(Toast { id: 1, body, since_s: 99.0 });
            }),
            "No se ha hecho la copia de seguridad",
        ),
    ]
}
