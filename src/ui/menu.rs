//! The menu bar: every command, with its keys.

use egui::{Button, MenuBar, Ui};

use super::action::{Action, Modal};
use super::archive_list::is_narrowed;
use super::cx::Cx;
use super::shortcuts::Command;
use super::{modals, vault_menu};
use crate::config::Settings;
use crate::domain::CaseId;
use crate::worker::prepare::is_possible;

/// Draws the bar. In a small window it begins with the button that folds the list out.
pub(crate) fn bar(ui: &mut Ui, cx: &mut Cx<'_>, wide: bool) {
    MenuBar::new().ui(ui, |ui| {
        if !wide {
            let name = cx.tr("case-list");
            let count = match cx.state.vault.open() {
                Some(_) => cx.state.archive.total().filter(|_| !is_narrowed(cx.state)),
                None => Some(cx.state.cases.len()),
            };
            let count = count.map(|count| format!(" {}", cx.i18n.number(count as u64))).unwrap_or_default();
            if ui.selectable_label(cx.state.case_list_open, format!("{name}{count}")).clicked() {
                cx.act(Action::ToggleCaseList);
            }
            ui.separator();
        }
        ui.menu_button(cx.tr("menu-case"), |ui| case_menu(ui, cx));
        ui.menu_button(cx.tr("menu-edit"), |ui| edit_menu(ui, cx));
        ui.menu_button(cx.tr("menu-vault"), |ui| vault_menu::items(ui, cx));
        ui.menu_button(cx.tr("menu-model"), |ui| model_menu(ui, cx));
        ui.menu_button(cx.tr("menu-view"), |ui| view_menu(ui, cx));
        ui.menu_button(cx.tr("menu-help"), |ui| {
            for command in [Command::Help, Command::Keys] {
                item(ui, cx, command, true);
            }
            plain_item(ui, cx, "menu-outcome-help", true, Action::ShowModal(Modal::OutcomeHelp));
        });
    });
}

pub(super) fn item(ui: &mut Ui, cx: &mut Cx<'_>, command: Command, enabled: bool) {
    let keys = ui.ctx().format_shortcut(&command.keys());
    if ui.add_enabled(enabled, Button::new(cx.tr(command.message())).shortcut_text(keys)).clicked() {
        ui.close();
        if let Some(action) = command.action(cx.state) {
            cx.act(action);
        }
    }
}

pub(super) fn plain_item(ui: &mut Ui, cx: &mut Cx<'_>, message: &str, enabled: bool, action: Action) {
    if ui.add_enabled(enabled, Button::new(cx.tr(message))).clicked() {
        ui.close();
        cx.act(action);
    }
}

fn case_menu(ui: &mut Ui, cx: &mut Cx<'_>) {
    let can_write = cx.state.vault.can_write();
    for command in [Command::New, Command::Open, Command::Save] {
        item(ui, cx, command, can_write);
    }
    item(ui, cx, Command::SaveAs, true);
    ui.separator();
    plain_item(ui, cx, "menu-export", true, Action::Export);
    plain_item(ui, cx, "menu-import", can_write, Action::Import(None));
    if cx.state.vault.open().is_some() {
        let imported = can_write && cx.state.archive.last_import.is_some();
        plain_item(ui, cx, "menu-undo-stored-import", imported, Action::ShowModal(Modal::UndoImport));
        ui.separator();
        stored_case_items(ui, cx, can_write);
    } else {
        let imported = cx.state.last_import.is_some();
        plain_item(ui, cx, "menu-undo-import", imported, Action::UndoImport);
    }
    ui.separator();
    item(ui, cx, Command::CloseCase, true);
    item(ui, cx, Command::Quit, true);
}

/// What can be done with the shown case because it lies in a vault.
fn stored_case_items(ui: &mut Ui, cx: &mut Cx<'_>, can_write: bool) {
    let shown = cx.state.shown().filter(|open| open.stored > 0).map(|open| (open.case.id.clone(), open.binned));
    let (id, binned) = shown.clone().unwrap_or((CaseId(String::new()), false));
    let (here, write) = (shown.is_some(), shown.is_some() && can_write);
    plain_item(ui, cx, "history-menu", here, Action::ShowHistory(id.clone()));
    if binned {
        plain_item(ui, cx, "bin-take-out", write, Action::Unbin(id.clone()));
        plain_item(ui, cx, "bin-delete", write, Action::AskDelete(Some(id)));
    } else {
        plain_item(ui, cx, "bin-put", write, Action::Bin(id));
    }
}

fn edit_menu(ui: &mut Ui, cx: &mut Cx<'_>) {
    // Neither while one is written, nor where nothing can be kept.
    let busy = cx.state.job.is_some() || !cx.state.vault.can_write();
    let has_one = cx.state.shown().is_some_and(|open| open.case.propuesta.is_some());
    let can_undo = cx.state.shown().is_some_and(|open| open.undo.is_some());
    item(ui, cx, Command::Suggest, !busy);
    item(ui, cx, Command::Stop, cx.state.job.is_some());
    item(ui, cx, Command::Another, !busy && has_one);
    plain_item(ui, cx, "suggestion-use", !busy && has_one, Action::Accept { passage: None });
    plain_item(ui, cx, "suggestion-discard", !busy && has_one, Action::Discard);
    plain_item(ui, cx, "undo-accept", !busy && can_undo, Action::UndoAccept);
    ui.separator();
    item(ui, cx, Command::Find, true);
    item(ui, cx, Command::Search, true);
}

fn model_menu(ui: &mut Ui, cx: &mut Cx<'_>) {
    let form = modals::model_form(cx.state);
    plain_item(ui, cx, "model-choose", true, Action::ShowModal(Modal::Model(form)));
    let loading = cx.state.model.loading.is_some();
    let possible = !loading && (cx.state.model.offer.is_some() || is_possible(&cx.state.settings.model));
    plain_item(ui, cx, "menu-prepare", possible, Action::AskPrepare);
    plain_item(ui, cx, "model-stop-loading", loading, Action::CancelLoading);
    let mut offline = cx.state.settings.offline;
    if ui.checkbox(&mut offline, cx.tr("settings-offline")).changed() {
        ui.close();
        let settings = Settings { offline, ..cx.state.settings.clone() };
        cx.act(Action::SetSettings(Box::new(settings)));
    }
}

fn view_menu(ui: &mut Ui, cx: &mut Cx<'_>) {
    for command in [Command::LargerText, Command::SmallerText, Command::NormalText] {
        item(ui, cx, command, true);
    }
    ui.separator();
    for (theme, message) in modals::THEMES {
        if ui.radio(cx.state.settings.theme == theme, cx.tr(message)).clicked() {
            ui.close();
            let settings = Settings { theme, ..cx.state.settings.clone() };
            cx.act(Action::SetSettings(Box::new(settings)));
        }
    }
    ui.separator();
    item(ui, cx, Command::NextPane, true);
    item(ui, cx, Command::Settings, true);
}
