//! The menu bar: every command, with its keys.

use egui::{Button, MenuBar, Ui};

use super::action::{Action, Modal};
use super::care_state::VaultPage;
use super::cx::Cx;
use super::modals;
use super::shortcuts::Command;
use crate::config::Settings;
use crate::worker::prepare::is_possible;

/// Draws the bar. In a small window it begins with the button that folds the list out.
pub(crate) fn bar(ui: &mut Ui, cx: &mut Cx<'_>, wide: bool) {
    MenuBar::new().ui(ui, |ui| {
        if !wide {
            let name = cx.tr("case-list");
            let count = cx.i18n.number(cx.state.cases.len() as u64);
            if ui.selectable_label(cx.state.case_list_open, format!("{name} {count}")).clicked() {
                cx.act(Action::ToggleCaseList);
            }
            ui.separator();
        }
        ui.menu_button(cx.tr("menu-case"), |ui| case_menu(ui, cx));
        ui.menu_button(cx.tr("menu-edit"), |ui| edit_menu(ui, cx));
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

fn item(ui: &mut Ui, cx: &mut Cx<'_>, command: Command, enabled: bool) {
    let keys = ui.ctx().format_shortcut(&command.keys());
    if ui.add_enabled(enabled, Button::new(cx.tr(command.message())).shortcut_text(keys)).clicked() {
        ui.close();
        if let Some(action) = command.action(cx.state) {
            cx.act(action);
        }
    }
}

fn plain_item(ui: &mut Ui, cx: &mut Cx<'_>, message: &str, enabled: bool, action: Action) {
    if ui.add_enabled(enabled, Button::new(cx.tr(message))).clicked() {
        ui.close();
        cx.act(action);
    }
}

fn case_menu(ui: &mut Ui, cx: &mut Cx<'_>) {
    for command in [Command::New, Command::Open, Command::Save, Command::SaveAs] {
        item(ui, cx, command, true);
    }
    ui.separator();
    plain_item(ui, cx, "menu-export", true, Action::Export);
    plain_item(ui, cx, "menu-import", true, Action::Import(None));
    let imported = cx.state.last_import.is_some();
    plain_item(ui, cx, "menu-undo-import", imported, Action::UndoImport);
    ui.separator();
    let open = cx.state.vault.open().is_some();
    plain_item(ui, cx, "menu-vault-data", open, Action::ShowVault(VaultPage::Data));
    item(ui, cx, Command::CloseCase, true);
    item(ui, cx, Command::Quit, true);
}

fn edit_menu(ui: &mut Ui, cx: &mut Cx<'_>) {
    let busy = cx.state.job.is_some();
    let has_one = cx.state.shown().is_some_and(|open| open.case.propuesta.is_some());
    let can_undo = cx.state.shown().is_some_and(|open| open.undo.is_some());
    item(ui, cx, Command::Suggest, !busy);
    item(ui, cx, Command::Stop, busy);
    item(ui, cx, Command::Another, !busy && has_one);
    plain_item(ui, cx, "suggestion-use", !busy && has_one, Action::Accept { passage: None });
    plain_item(ui, cx, "suggestion-discard", !busy && has_one, Action::Discard);
    plain_item(ui, cx, "undo-accept", can_undo, Action::UndoAccept);
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
