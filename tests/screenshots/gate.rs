//! Before the vault, and an open one: every state of the way in.

use pag_bert::error::UserError;
use pag_bert::ui::action::Modal;
use pag_bert::ui::state::AppState;
use pag_bert::ui::vault_state::{
    ChooseForm, ChooseWay, LockedForm, OpenVault, Origin, RecoveryForm, Typed, VaultState,
};
use pag_bert::vault::{Access, Holder, Stored, VaultSettings};
use pag_bert::worker::vault_protocol::VaultInfo;

use super::{INTERVENTION, case, with};

const KEY: &str = "7K2QX-9M4TR-0ZB8C-H5V1N-QW3ER-TY6P2-JD8FG-4XS7A";

fn info(access: Access) -> VaultInfo {
    VaultInfo {
        folder: "/home/ana/Documentos/casos.pagvault".into(),
        name: "casos".into(),
        access,
        notices: Vec::new(),
        settings: VaultSettings::default(),
        cases: 24,
        last_number: Some("2026-031".into()),
    }
}

fn choosing(change: impl FnOnce(&mut ChooseForm)) -> AppState {
    let mut form = ChooseForm { folder: "/home/ana/Documentos/casos.pagvault".into(), ..ChooseForm::default() };
    change(&mut form);
    with(|state| state.vault = VaultState::Choosing(Box::new(form)))
}

fn locked(change: impl FnOnce(&mut LockedForm)) -> AppState {
    let mut form = LockedForm::of("/home/ana/Documentos/casos.pagvault".into());
    change(&mut form);
    with(|state| {
        state.vault = VaultState::Locked(Box::new(form));
        state.cases.clear();
        state.selected = None;
    })
}

fn recovery(change: impl FnOnce(&mut RecoveryForm)) -> AppState {
    let mut form = RecoveryForm::new(info(Access::Write), Typed(KEY.into()), 4);
    change(&mut form);
    with(|state| {
        state.default_folder = "/home/ana/Documentos".into();
        state.vault = VaultState::Recovery(Box::new(form));
    })
}

fn open(access: Access) -> AppState {
    with(|state| {
        state.vault = VaultState::Open(Box::new(OpenVault { info: info(access) }));
        for open in &mut state.cases {
            open.stored = 1;
        }
    })
}

pub fn states() -> Vec<(&'static str, AppState, &'static str)> {
    let typed = |form: &mut ChooseForm, text: &str, strength| {
        (form.typed, form.again, form.strength) = (Typed(text.into()), Typed(text.into()), Some(strength));
    };
    let mut conflict = open(Access::Write);
    let mut theirs = case(31);
    theirs.intervencion = INTERVENTION.into();
    theirs.modified_at = "2026-11-03T12:15:00+01:00".into();
    conflict.modal = Some(Modal::Conflict { stored: Box::new(Stored { case: theirs, revision: 4, binned_at: None }) });
    conflict.cases[0].case.hechos.push_str(" El piso seguía anunciado una semana después.");
    let mut held = locked(|form| form.leaving = true);
    held.held = conflict.cases[..1].to_vec();
    held.storage_trouble = Some(UserError::new("error-vault-full").with("file", "vault.db"));
    let holder = Holder { process: 4127, since: "2026-11-03T10:42:07+01:00".into() };
    vec![
        ("50-first-start", choosing(|_| ()), "Dónde guardar los casos"),
        ("51-weak", choosing(|form| typed(form, "casos2024", 1)), "Se adivina enseguida"),
        ("52-strong", choosing(|form| typed(form, "mula pozo lienzo avispa", 4)), "Muy difícil de adivinar"),
        (
            "53-exists",
            choosing(|form| {
                typed(form, "mula pozo lienzo avispa", 4);
                form.again = Typed("mula pozo liezo".into());
                form.error = Some(UserError::new("error-vault-exists"));
            }),
            "Las dos contraseñas no son iguales",
        ),
        (
            "54-choose-open",
            choosing(|form| {
                form.way = ChooseWay::Open;
                form.origin = Origin::Without;
                form.existing = "/home/ana/Documentos/casos.pagvault".into();
            }),
            "Abrir la caja",
        ),
        ("55-without", choosing(|form| form.way = ChooseWay::Without), "sin cifrar"),
        ("56-recovery", recovery(|_| ()), "TY6P2"),
        ("57-recovery-print", recovery(|form| form.print_into = Some("/home/ana/Documentos".into())), "no va cifrado"),
        (
            "58-recovery-asked",
            recovery(|form| {
                (form.asked, form.wrong) = (true, true);
                form.printed = Some("/home/ana/Documentos/clave-de-recuperacion.txt".into());
            }),
            "grupo 5",
        ),
        ("60-locked", locked(|form| form.shown = Some(case(31).id)), "está cerrada"),
        (
            "61-wrong",
            locked(|form| {
                form.error = Some(UserError::new("error-vault-wrong"));
                form.wait_until_s = 108.0;
            }),
            "8 segundos",
        ),
        ("62-locked-recovery", locked(|form| form.recovery = true), "Los ocho grupos"),
        ("63-opening", locked(|form| form.busy = true), "Abriendo…"),
        ("64-held", held, "Salir y perderlo"),
        ("65-open", open(Access::Write), "Bloquear"),
        ("66-second-window", open(Access::Read(holder)), "Solo lectura"),
        ("67-conflict", conflict, "Conservar los dos"),
    ]
}
