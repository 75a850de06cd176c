//! Windows inside the window. Esc closes them; the case behind stays as it is.

mod ask;
mod audit;
mod backups;
mod bin;
mod conflict;
mod export;
mod files;
mod history;
mod import;
mod model;
mod notices;
mod passphrase;
mod prepare;
mod recovery;
mod restore;
mod settings;
mod sheets;
mod vault;
mod vault_settings;

use egui::{Context, Id, RichText, ScrollArea, Ui};

pub(crate) use model::model_form;
pub(crate) use settings::THEMES;

use super::action::{Action, Modal};
use super::cx::{Cx, name_field, progress};
use crate::worker::care::CareKind;

/// Draws the open dialog, if there is one. It is taken out of the state meanwhile, so that it can be written into.
pub(crate) fn show(ctx: &Context, cx: &mut Cx<'_>) {
    cx.modal_opened = keyboard(ctx, cx.state.modal.as_ref());
    let Some(mut modal) = cx.state.modal.take() else { return };
    let shade = cx.palette.shade;
    let frame = egui::Frame::popup(&ctx.global_style()).inner_margin(20);
    let response = egui::Modal::new(Id::unique("modal")).backdrop_color(shade).frame(frame).show(ctx, |ui| {
        let available = ui.ctx().content_rect().size();
        ui.set_width((available.x - 80.0).min(width_of(&modal)));
        ui.set_max_height(available.y - 80.0);
        ScrollArea::vertical().max_height(available.y - 110.0).auto_shrink([false, true]).show(ui, |ui| {
            content(ui, cx, &mut modal);
        });
    });
    let clicked_away = response.backdrop_response.clicked();
    // What nobody has typed into goes with a click beside it.
    if clicked_away && matches!(modal, Modal::Keys | Modal::About | Modal::OutcomeHelp | Modal::Settings | Modal::Audit)
    {
        cx.act(Action::CloseModal);
    }
    cx.state.modal = Some(modal);
}

/// The keyboard goes into a dialog when it opens, and back to where it was when it closes. True when one opens.
fn keyboard(ctx: &Context, modal: Option<&Modal>) -> bool {
    /// Which dialog is open, and what had the keyboard before.
    type Before = (std::mem::Discriminant<Modal>, Option<Id>);
    let slot = Id::unique("keyboard before the modal");
    let before: Option<Before> = ctx.data(|data| data.get_temp(slot));
    match (modal.map(std::mem::discriminant), before) {
        (Some(kind), Some((open, had))) if kind != open => {
            ctx.data_mut(|data| data.insert_temp(slot, (kind, had)));
            true
        }
        (Some(kind), None) => {
            let had = ctx.memory(egui::Memory::focused);
            ctx.data_mut(|data| data.insert_temp(slot, (kind, had)));
            if let Some(had) = had {
                ctx.memory_mut(|memory| memory.surrender_focus(had));
            }
            true
        }
        (None, Some((_, had))) => {
            ctx.data_mut(|data| data.remove::<Before>(slot));
            if let Some(had) = had {
                ctx.memory_mut(|memory| memory.request_focus(had));
            }
            false
        }
        _ => false,
    }
}

fn width_of(modal: &Modal) -> f32 {
    match modal {
        Modal::Export(_) | Modal::Import(_) | Modal::History(_) | Modal::Conflict { .. } => 1000.0,
        Modal::Model(_)
        | Modal::Prepare(_)
        | Modal::About
        | Modal::Open { .. }
        | Modal::Restore(_)
        | Modal::Recovery(_) => 640.0,
        Modal::Vault(_) | Modal::Audit => 760.0,
        _ => 520.0,
    }
}

fn content(ui: &mut Ui, cx: &mut Cx<'_>, modal: &mut Modal) {
    match modal {
        Modal::Save { folder, name, format, exists } => files::save(ui, cx, folder, name, format, exists),
        Modal::Open { folder, files, chosen } => files::open(ui, cx, folder, files, chosen),
        Modal::Export(form) => export::show(ui, cx, form),
        Modal::Import(form) => import::show(ui, cx, form),
        Modal::Model(form) => model::show(ui, cx, form),
        Modal::Prepare(form) => prepare::show(ui, cx, form),
        Modal::Settings => settings::show(ui, cx),
        Modal::Keys => sheets::keys(ui, cx),
        Modal::About => sheets::about(ui, cx),
        Modal::OutcomeHelp => sheets::outcome_help(ui, cx),
        Modal::ConfirmClose { case } => ask::confirm_close(ui, cx, case.as_ref()),
        Modal::Conflict { stored } => conflict::show(ui, cx, stored),
        Modal::ConfirmDelete { id, contents } => bin::confirm_delete(ui, cx, id.as_ref(), *contents),
        Modal::UndoImport => bin::undo_import(ui, cx),
        Modal::History(form) => history::show(ui, cx, form),
        Modal::Vault(form) => vault::show(ui, cx, form),
        Modal::Passphrase(form) => passphrase::show(ui, cx, form),
        Modal::Recovery(renewal) => recovery::show(ui, cx, renewal),
        Modal::Restore(form) => restore::show(ui, cx, form),
        Modal::Audit => audit::show(ui, cx),
        Modal::Notices(notices) => notices::show(ui, cx, notices),
    }
}

/// The dialog's heading.
fn heading(ui: &mut Ui, cx: &Cx<'_>, message: &str) {
    ui.heading(cx.tr(message));
    ui.add_space(8.0);
}

/// A dialog's last row: the main button, and the way back.
fn finish_row(ui: &mut Ui, cx: &mut Cx<'_>, main: &str, enabled: bool) -> bool {
    ui.add_space(12.0);
    let mut wanted = false;
    ui.horizontal(|ui| {
        let button = cx.main_button(ui, cx.tr(main), enabled);
        if cx.modal_opened && ui.memory(|memory| memory.focused().is_none()) {
            button.request_focus();
        }
        wanted = button.clicked();
        if ui.button(cx.tr("cancel")).clicked() {
            cx.act(Action::CloseModal);
        }
    });
    wanted
}

/// «Cerrar» alone.
fn close_row(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.add_space(12.0);
    let button = ui.button(cx.tr("close"));
    if cx.modal_opened {
        button.request_focus();
    }
    if button.clicked() {
        cx.act(Action::CloseModal);
    }
}

/// What the care of the vault is doing, how far it is, and the button that ends it.
fn under_way(ui: &mut Ui, cx: &mut Cx<'_>, message: &str, fraction: f32, kind: CareKind) {
    cx.note(ui, cx.tr(message));
    ui.horizontal(|ui| {
        progress(ui, cx, message, fraction, 320.0);
        if ui.button(cx.tr("care-stop")).clicked() {
            cx.act(Action::StopCare(kind));
        }
    });
}

/// One line of text under its caption. True when Enter was pressed in it.
fn line_field(ui: &mut Ui, cx: &Cx<'_>, id: &str, message: &str, text: &mut String, width: f32) -> egui::Response {
    let name = cx.tr(message);
    ui.label(RichText::new(&name).size(super::theme::SMALL).color(cx.palette.muted));
    let response = ui.add(egui::TextEdit::singleline(text).id(Id::unique(("modal field", id))).desired_width(width));
    name_field(&response, egui::Role::TextInput, &name, text);
    response
}

/// Whether Enter was pressed in the field.
fn entered(ui: &Ui, response: &egui::Response) -> bool {
    response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
}
