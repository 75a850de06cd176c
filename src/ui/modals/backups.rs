//! The backups of the open vault.

use egui::{Button, Grid, ScrollArea, Ui};

use super::super::action::Action;
use super::super::cx::{Cx, name_field};
use super::under_way;
use crate::vault::BackupState;
use crate::worker::care::{BackupRow, CareKind};

/// The page of the vault's dialog.
pub(super) fn page(ui: &mut Ui, cx: &mut Cx<'_>) {
    if cx.state.care.backups.is_some() {
        let folder = cx.state.care.backup_folder.display().to_string();
        cx.note(ui, cx.tr_args("care-backups-where", &[("folder", folder.into())]));
    }
    ui.add_space(8.0);
    let running = cx.state.care.job(CareKind::BackUp).map(|job| job.fraction);
    ui.horizontal(|ui| {
        if cx.main_button(ui, cx.tr("care-back-up"), running.is_none()).clicked() {
            cx.act(Action::BackUpNow);
        }
        if ui.button(cx.tr("care-restore-other")).clicked() {
            cx.act(Action::ShowRestore(None));
        }
    });
    if let Some(fraction) = running {
        under_way(ui, cx, "care-backing-up", fraction, CareKind::BackUp);
    }
    ui.add_space(8.0);
    let Some(rows) = cx.state.care.backups.clone() else {
        cx.note(ui, cx.tr("care-backups-listing"));
        return;
    };
    if rows.is_empty() {
        ui.label(cx.tr("care-backups-none"));
        return;
    }
    let height = (ui.ctx().content_rect().height() - 420.0).clamp(120.0, 320.0);
    ScrollArea::vertical().id_salt("backups").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        Grid::new("backups").num_columns(4).striped(true).spacing([16.0, 6.0]).show(ui, |ui| {
            for caption in ["care-backup-date", "care-backup-size", "care-backup-state"] {
                cx.caption(ui, cx.tr(caption));
            }
            ui.end_row();
            for row in &rows {
                backup(ui, cx, row);
                ui.end_row();
            }
        });
    });
}

fn backup(ui: &mut Ui, cx: &mut Cx<'_>, row: &BackupRow) {
    ui.label(&row.made_at);
    ui.label(cx.i18n.bytes(row.bytes));
    match cx.state.care.checked.get(&row.path) {
        Some(BackupState::Good { cases }) => {
            let words = cx.tr_args("care-backup-good", &[("cases", cx.i18n.number(*cases).into())]);
            ui.colored_label(cx.palette.positive, words);
        }
        Some(BackupState::OtherKeys) => drop(ui.label(cx.tr("care-backup-other"))),
        Some(BackupState::Damaged) => drop(ui.colored_label(cx.palette.negative, cx.tr("care-backup-damaged"))),
        None => drop(cx.note(ui, cx.tr("care-backup-made"))),
    }
    ui.horizontal(|ui| {
        // A screen reader hears which backup a button is for.
        let free = cx.state.care.job(CareKind::CheckBackup).is_none();
        let check = ui.add_enabled(free, Button::new(cx.tr("care-backup-check")));
        name_field(&check, egui::Role::Button, &format!("{} {}", cx.tr("care-backup-check"), row.made_at), "");
        if check.clicked() {
            cx.act(Action::CheckBackup(row.path.clone()));
        }
        let restore = ui.button(cx.tr("care-backup-restore"));
        name_field(&restore, egui::Role::Button, &format!("{} {}", cx.tr("care-backup-restore"), row.made_at), "");
        if restore.clicked() {
            cx.act(Action::ShowRestore(Some(row.path.clone())));
        }
    });
}
