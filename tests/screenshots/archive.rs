//! States of the vault's list, and of the dialogs about its cases.

use pag_bert::documents::Format;
use pag_bert::documents::import::Tally;
use pag_bert::domain::CaseId;
use pag_bert::ui::action::Modal;
use pag_bert::ui::archive_state::{ArchiveState, HistoryForm};
use pag_bert::ui::forms::{Found, ImportForm, Taking};
use pag_bert::ui::state::{AppState, OpenCase, ToastBody};
use pag_bert::ui::vault_state::{OpenVault, VaultState};
use pag_bert::vault::{Access, BinContents, CaseRow, Excerpt, Hit, KeptSuggestion, Page, Query, Revision, marks};
use pag_bert::worker::vault_protocol::{KeptImport, Outgoing, Progress};

use super::{INTERVENTION, case, desk, export_form, suggestion, toast};

fn vault() -> VaultState {
    let info = super::common::vault_info(2_402);
    VaultState::Open(Box::new(OpenVault { info }))
}

fn hit(number: usize, search: &str) -> Hit {
    let case = case(number);
    let excerpt = (!search.is_empty()).then(|| {
        let text = format!("…{}…", &case.hechos[case.hechos.find("un piso").unwrap()..][..70]);
        Excerpt { marked: marks(&text, search, true), text }
    });
    let row = CaseRow {
        id: case.id,
        number: case.number,
        fecha: case.fecha,
        provincia: case.provincia,
        ambito: case.ambito.map(|value| value.label().to_owned()),
        tipo: case.tipo.map(|value| value.label().to_owned()),
        status: case.status,
        resultado: None,
        start: case.hechos,
        modified_at: case.modified_at,
        revision: 1,
        binned_at: None,
    };
    Hit { row, excerpt }
}

fn archive(total: u64, search: &str, change: impl FnOnce(&mut ArchiveState)) -> ArchiveState {
    let mut archive = ArchiveState::default();
    archive.next_question(search);
    let hits = (0..total.min(50)).map(|at| hit(200 - at as usize, search)).collect();
    archive.answered(1, Page { total, hits });
    change(&mut archive);
    archive
}

/// A vault of 2,402 cases: one of them open, one case beside that is not in it yet.
fn with(change: impl FnOnce(&mut AppState)) -> AppState {
    let mut state = desk();
    state.vault = vault();
    state.cases.truncate(2);
    state.cases[1].stored = 1;
    state.cases[1].case = case(200);
    state.selected = Some(state.cases[1].case.id.clone());
    state.archive = archive(2_402, "", |_| ());
    // In a small window the list is folded away otherwise.
    state.case_list_open = true;
    change(&mut state);
    state
}

fn history(suggestions_shown: bool) -> HistoryForm {
    let revision = |revision: u64| {
        let mut case = case(200);
        case.modified_at = format!("2026-11-0{revision}T09:15:00+01:00");
        case.intervencion = INTERVENTION.into();
        case.referencias = vec!["Expediente 12/2026".into()];
        Revision { revision, replaced_at: String::new(), who: (revision == 2).then(|| "lucia".into()), case }
    };
    let kept = KeptSuggestion { suggestion: suggestion(), kept_text: INTERVENTION.into() };
    HistoryForm {
        id: Some(CaseId("a".into())),
        suggestions_shown,
        revisions: Some(vec![revision(3), revision(2), revision(1)]),
        suggestions: vec![kept.clone(), kept],
        ..HistoryForm::default()
    }
}

fn importing() -> ImportForm {
    let progress = Progress::default();
    progress.set(1_204);
    let tally = Tally { added: 2_380, merged: 2, skipped: 20 };
    ImportForm { taking: Some(Taking { tally, cases: 2_382, progress }), ..ImportForm::default() }
}

pub(super) fn states() -> Vec<(&'static str, AppState, &'static str)> {
    let contents = BinContents { cases: 3, revisions: 7, suggestions: 2, drafts: 0, attachments: 4 };
    let modal = |modal: Modal| with(|state| state.modal = Some(modal));
    let query = Query { text: "piso".into(), ..Query::default() };
    let outgoing = Outgoing { total: 128, unreviewed: [3, 9], first: (1..6).map(case).collect() };
    let mut export = export_form(true, Format::Docx);
    export.listed.clone_from(&outgoing.first);
    export.found = Some(Found { query, outgoing: Some(outgoing) });
    vec![
        ("50-vault-list", with(|_| ()), "CASOS 2.402"),
        (
            "51-vault-search",
            with(|state| {
                state.search = "piso alq".into();
                state.archive = archive(31, "piso alq", |archive| archive.filters_open = true);
            }),
            "Se han encontrado 31 casos",
        ),
        (
            "52-vault-nothing",
            with(|state| {
                state.cases.remove(0);
                state.search = "peluquería".into();
                state.archive = archive(0, "", |archive| {
                    archive.filters.provincia = Some("Sevilla".into());
                    archive.filters.from = Some("2026-01-01".into());
                });
            }),
            "Filtros puestos: Desde 01/01/2026 · Sevilla",
        ),
        (
            "53-vault-bin",
            with(|state| {
                state.archive = archive(3, "", |archive| archive.filters.bin = true);
                state.cases[1].binned = true;
                toast(
                    state,
                    ToastBody::Offer {
                        message: "toast-binned",
                        button: "bin-take-out",
                        action: Box::new(pag_bert::ui::action::Action::Unbin(CaseId("a".into()))),
                    },
                );
            }),
            "Vaciar la papelera",
        ),
        ("54-vault-delete", modal(Modal::ConfirmDelete { id: None, contents }), "No se puede deshacer"),
        ("55-vault-history", modal(Modal::History(Box::new(history(false)))), "Recuperar este texto"),
        ("56-vault-suggestions", modal(Modal::History(Box::new(history(true)))), "Semilla"),
        ("57-vault-importing", modal(Modal::Import(Box::new(importing()))), "1.204 de 2.382"),
        ("58-vault-export", modal(Modal::Export(Box::new(export))), "128 casos"),
        (
            "59-vault-undo-import",
            with(|state| {
                let at = "2026-11-03T10:42:07+01:00".into();
                state.archive.last_import = Some(KeptImport { at, source: "incidencias.csv".into() });
                state.modal = Some(Modal::UndoImport);
            }),
            "«incidencias.csv» del 03/11/2026",
        ),
        (
            "60-vault-more",
            with(|state| {
                let open = &mut state.cases[1];
                open.case.hechos = "Un piso.".into();
                open.case.notas = "Llamar otra vez el lunes.".into();
                open.case.referencias = vec!["Expediente 12/2026".into(), "Denuncia 345".into()];
                open.attachments = vec!["denuncia.pdf".into()];
                state.selected = Some(state.cases[1].case.id.clone());
            }),
            "DOCUMENTOS QUE LO ACOMPAÑAN",
        ),
        (
            "61-vault-read-only",
            with(|state| {
                if let VaultState::Open(open) = &mut state.vault {
                    open.info.access = Access::ReadOnly;
                }
                state.archive = archive(2_402, "", |archive| archive.set_view(300..310));
                state.cases = vec![OpenCase { stored: 1, ..OpenCase::new(case(200)) }];
            }),
            "CASOS",
        ),
        ("62-vault-coming", with(|state| state.archive.focus_row = Some(300)), "Leyendo…"),
    ]
}
