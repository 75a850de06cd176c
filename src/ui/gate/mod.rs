//! What stands in the window while no case may be shown: the first choice, the locked vault, a new recovery key.

mod choose;
mod locked;
mod recovery;

use std::path::Path;

pub(super) use recovery::show as recovery_key;

use egui::{CentralPanel, Frame, Id, Margin, Panel, Response, RichText, Role, ScrollArea, Stroke, TextEdit, Ui};

use super::action::{Action, BrowseFor};
use super::cx::{Cx, name_field};
use super::modals;
use super::theme::SMALL;
use super::vault_state::VaultState;
use crate::config::Settings;
use crate::i18n::Lang;

/// The column is so wide, in points: long lines are hard to read.
const WIDTH: f32 = 540.0;
/// Lower than this, in points, the lines stand closer, so that the main button is in sight.
const LOW: f32 = 640.0;

/// Draws it.
pub(super) fn screen(ui: &mut Ui, cx: &mut Cx<'_>) {
    let bar = Frame::new().fill(cx.palette.panel).inner_margin(Margin::symmetric(12, 4));
    Panel::bottom("gate").frame(bar).resizable(false).show(ui, |ui| below(ui, cx));
    let frame = Frame::new().fill(cx.palette.background).inner_margin(Margin::same(16));
    CentralPanel::default().frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| column(ui, cx));
    });
}

/// One column in the middle.
fn column(ui: &mut Ui, cx: &mut Cx<'_>) {
    let low = ui.ctx().content_rect().height() < LOW;
    let margin = if low { 14.0 } else { 24.0 };
    let width = (ui.available_width() - 2.0 * margin).min(WIDTH);
    let left = ((ui.available_width() - width) / 2.0 - margin).max(0.0);
    ui.horizontal_top(|ui| {
        ui.add_space(left);
        let frame = Frame::new()
            .fill(cx.palette.panel)
            .stroke(Stroke::new(1.0, cx.palette.line))
            .corner_radius(6)
            .inner_margin(Margin::same(margin as i8));
        frame.show(ui, |ui| {
            ui.vertical(|ui| {
                ui.set_width(width);
                if low {
                    ui.spacing_mut().item_spacing.y = 4.0;
                    ui.spacing_mut().interact_size.y = 24.0;
                }
                // Taken out meanwhile, so that it can be written into.
                let mut vault = std::mem::take(&mut cx.state.vault);
                match &mut vault {
                    VaultState::Choosing(form) => choose::show(ui, cx, form),
                    VaultState::Locked(form) => locked::show(ui, cx, form),
                    VaultState::Recovery(form) => recovery::show(ui, cx, form, false),
                    VaultState::Without | VaultState::Open(_) => {}
                }
                cx.state.vault = vault;
            });
        });
    });
}

/// Language and theme, which stay in reach, and the way out.
fn below(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut settings = cx.state.settings.clone();
    ui.horizontal_wrapped(|ui| {
        for lang in Lang::ALL {
            ui.radio_value(&mut settings.lang, lang, lang.own_name());
        }
        ui.separator();
        for (theme, message) in modals::THEMES {
            ui.radio_value(&mut settings.theme, theme, cx.tr(message));
        }
        ui.separator();
        if ui.button(cx.tr("command-quit")).clicked() {
            cx.act(Action::Quit);
        }
    });
    if settings != cx.state.settings {
        cx.act(Action::SetSettings(Box::new(Settings { ..settings })));
    }
}

/// A folder under its caption, and the system's dialog for it.
fn folder_field(ui: &mut Ui, cx: &mut Cx<'_>, message: &'static str, text: &mut String, browse: BrowseFor) {
    let name = cx.tr(message);
    ui.label(RichText::new(&name).size(SMALL).color(cx.palette.muted));
    ui.horizontal(|ui| {
        let width = ui.available_width() - 124.0;
        let edit = TextEdit::singleline(text).id(Id::unique(("gate folder", message))).desired_width(width);
        let response = ui.add(edit);
        name_field(&response, Role::TextInput, &name, text);
        if ui.button(cx.tr("browse")).clicked() {
            cx.act(Action::Browse(browse));
        }
    });
}

/// Whether Enter was pressed in the field.
fn entered(ui: &Ui, response: &Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

/// The keyboard begins here, and comes back after an attempt. True when Enter was pressed here.
fn keep_keyboard(ui: &Ui, response: &Response) -> bool {
    let entered = entered(ui, response);
    if response.enabled() && ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    entered
}

/// A vault's name for people.
fn name_of(folder: &Path) -> String {
    crate::vault::name_of(folder)
}
