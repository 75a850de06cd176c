//! «Caja»: what the open vault is, and the way to all that is done for it.

use egui::{Grid, RichText, Ui};

use super::super::action::{Action, Modal};
use super::super::care_state::{PassphraseForm, RecoveryRenewal, VaultForm, VaultPage};
use super::super::cx::{Cx, strong};
use super::super::theme;
use super::{backups, close_row, under_way, vault_settings};
use crate::clock;
use crate::vault::{Access, BackupState, Checkup};
use crate::worker::care::CareKind;

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut VaultForm) {
    let Some(name) = cx.state.vault.open().map(|open| open.info.name.clone()) else { return };
    ui.heading(cx.tr_args("care-heading", &[("name", name.into())]));
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        for (page, message) in [
            (VaultPage::Data, "care-page-data"),
            (VaultPage::Backups, "care-page-backups"),
            (VaultPage::Settings, "care-page-settings"),
        ] {
            ui.selectable_value(&mut form.page, page, cx.tr(message));
        }
    });
    ui.separator();
    ui.add_space(4.0);
    match form.page {
        VaultPage::Data => data(ui, cx),
        VaultPage::Backups => backups::page(ui, cx),
        VaultPage::Settings => vault_settings::page(ui, cx, form),
    }
    if let Some(error) = cx.state.care.error.clone() {
        ui.add_space(8.0);
        cx.error(ui, &error);
    }
    close_row(ui, cx);
}

fn data(ui: &mut Ui, cx: &mut Cx<'_>) {
    // First what was just asked for: in a low window it would else lie out of sight.
    checkup(ui, cx);
    facts(ui, cx);
    ui.add_space(12.0);
    let writes = cx.state.vault.can_write();
    ui.horizontal_wrapped(|ui| {
        if ui.add_enabled(writes, egui::Button::new(cx.tr("care-passphrase"))).clicked() {
            cx.act(Action::ShowModal(Modal::Passphrase(PassphraseForm::default())));
        }
        if ui.add_enabled(writes, egui::Button::new(cx.tr("care-recovery"))).clicked() {
            cx.act(Action::ShowModal(Modal::Recovery(RecoveryRenewal::default())));
        }
        if ui.button(cx.tr("care-audit")).clicked() {
            cx.act(Action::ShowAudit);
        }
        let busy = cx.state.care.job(CareKind::CheckVault).is_some();
        if ui.add_enabled(!busy, egui::Button::new(cx.tr("care-check"))).clicked() {
            cx.act(Action::CheckVault);
        }
    });
}

fn facts(ui: &mut Ui, cx: &Cx<'_>) {
    let Some(open) = cx.state.vault.open() else { return };
    let care = &cx.state.care;
    let access = match &open.info.access {
        Access::Write => cx.tr("care-access-write"),
        Access::Read(holder) => cx.tr_args("care-access-other", &[("since", clock::for_people(&holder.since).into())]),
        Access::ReadOnly => cx.tr("care-access-read"),
    };
    let cases = care.survey.as_ref().map(|survey| {
        let number = |count| cx.i18n.number(count).into();
        cx.tr_args("care-cases-value", &[("cases", number(survey.cases)), ("bin", number(survey.binned))])
    });
    let last = care
        .backups
        .as_ref()
        .map(|backups| backups.first().map_or_else(|| cx.tr("care-backup-never"), |backup| backup.made_at.clone()));
    let rows = [
        ("care-folder", Some(open.info.folder.display().to_string())),
        ("care-access", Some(access)),
        ("care-cases", cases),
        ("care-size", care.survey.as_ref().map(|survey| cx.i18n.bytes(survey.bytes))),
        ("care-lines", care.survey.as_ref().map(|survey| cx.i18n.number(survey.lines.unsigned_abs()))),
        ("care-last-backup", last),
    ];
    Grid::new("vault facts").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
        for (message, value) in rows {
            ui.label(RichText::new(cx.tr(message)).color(cx.palette.muted));
            ui.add(egui::Label::new(value.unwrap_or_else(|| "…".to_owned())).wrap());
            ui.end_row();
        }
    });
}

/// How far a check is, or what it found.
pub(super) fn checkup(ui: &mut Ui, cx: &mut Cx<'_>) {
    if let Some(fraction) = cx.state.care.job(CareKind::CheckVault).map(|job| job.fraction) {
        under_way(ui, cx, "care-checking", fraction, CareKind::CheckVault);
        ui.add_space(8.0);
    }
    let Some(found) = cx.state.care.checkup.clone() else { return };
    results(ui, cx, &found);
    ui.add_space(8.0);
}

fn results(ui: &mut Ui, cx: &mut Cx<'_>, found: &Checkup) {
    let at = clock::for_people(&found.at);
    let (title, color) = if found.is_good() {
        ("care-check-good", cx.palette.positive)
    } else {
        ("care-check-bad", cx.palette.negative)
    };
    strong(ui, cx.tr_args(title, &[("at", at.into())]), color);
    let state = |good: bool| if good { "ok" } else { "damaged" };
    ui.label(cx.tr_args("cli-vault-verify-pages", &[("state", state(found.pages).into())]));
    if found.lines > 0 {
        let lines = cx.i18n.number(found.lines.unsigned_abs());
        let log = state(found.findings.is_empty());
        ui.label(cx.tr_args("cli-vault-verify-audit", &[("lines", lines.into()), ("state", log.into())]));
    }
    for finding in &found.findings {
        ui.label(RichText::new(finding.in_words(cx.i18n)).color(cx.palette.negative));
    }
    let good = |backup: &&crate::vault::CheckedBackup| matches!(backup.state, BackupState::Good { .. });
    let counted = [
        ("good", cx.i18n.number(found.backups.iter().filter(good).count() as u64).into()),
        ("all", cx.i18n.number(found.backups.len() as u64).into()),
    ];
    ui.label(cx.tr_args("care-check-backups", &counted));
    for bad in found.backups.iter().filter(|backup| backup.state == BackupState::Damaged) {
        let file = bad.path.file_name().unwrap_or_default().to_string_lossy();
        let words = cx.tr_args("care-backup-damaged-file", &[("file", file.into())]);
        ui.label(RichText::new(words).color(cx.palette.negative));
    }
    let broken = !found.pages || !found.findings.is_empty();
    if broken && let Some(newest) = found.newest_good() {
        ui.add_space(4.0);
        let text = RichText::new(cx.tr("care-restore-newest")).size(theme::BODY);
        if ui.button(text).clicked() {
            cx.act(Action::ShowRestore(Some(newest.to_owned())));
        }
    }
}
