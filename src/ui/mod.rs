//! The window: panels that read the state, write into the shown case's fields and the open dialog, and return actions.

pub mod action;
mod archive_filters;
mod archive_list;
pub mod archive_state;
pub mod care_state;
mod case_entry;
mod case_form;
pub(crate) mod case_list;
mod case_more;
mod closing;
mod cx;
mod forget;
pub mod forms;
mod gate;
mod menu;
mod modals;
mod outcome;
pub mod search;
mod shortcuts;
pub mod state;
mod status_bar;
mod suggestion;
mod text_area;
pub mod theme;
mod toasts;
mod vault_menu;
pub mod vault_state;

use egui::{CentralPanel, Frame, Margin, Panel, Ui};

use action::{Action, Focus};
use cx::Cx;
use state::AppState;

use crate::i18n::I18n;

/// Narrower than this, the list folds to a drawer and the suggestion moves under the facts.
const WIDE: f32 = 1080.0;

/// Draws everything, and gives what the person wants.
pub fn window(ui: &mut Ui, state: &mut AppState, i18n: &I18n) -> Vec<Action> {
    let palette = theme::palette(ui.ctx());
    forget::on_change(ui.ctx(), state.vault.is_closed());
    if state.vault.is_closed() {
        let actions = shortcuts::pressed(ui.ctx(), state);
        let mut cx = Cx { state, i18n, palette, actions, modal_opened: false };
        gate::screen(ui, &mut cx);
        if matches!(cx.state.modal, Some(action::Modal::Restore(_))) {
            modals::show(ui.ctx(), &mut cx);
        }
        return cx.actions;
    }
    if state.care.closing.is_some() {
        let mut cx = Cx { state, i18n, palette, actions: Vec::new(), modal_opened: false };
        closing::screen(ui, &mut cx);
        return cx.actions;
    }
    let mut actions = shortcuts::pressed(ui.ctx(), state);
    dropped_files(ui, &mut actions);
    let wide = ui.available_width() >= WIDE;
    let mut cx = Cx { state, i18n, palette, actions, modal_opened: false };
    next_pane(ui, &mut cx);
    let bar = Frame::new().fill(palette.panel).inner_margin(Margin::symmetric(8, 4));
    Panel::top("menu").frame(bar).resizable(false).show(ui, |ui| menu::bar(ui, &mut cx, wide));
    Panel::bottom("status").frame(bar).resizable(false).show(ui, |ui| status_bar::bar(ui, &mut cx));
    banner(ui, &mut cx);
    vault_menu::read_only_banner(ui, &mut cx);
    let side = Frame::new().fill(palette.panel).inner_margin(Margin::same(12));
    if wide {
        Panel::left("cases").frame(side).default_size(264.0).size_range(220.0..=400.0).show(ui, |ui| {
            cases(ui, &mut cx);
        });
        Panel::right("suggestion").frame(side).default_size(372.0).size_range(320.0..=560.0).show(ui, |ui| {
            suggestion::panel(ui, &mut cx, true);
        });
    } else if cx.state.case_list_open {
        Panel::left("cases drawer").frame(side).default_size(280.0).resizable(false).show(ui, |ui| {
            cases(ui, &mut cx);
        });
    }
    let centre = Frame::new().fill(palette.background).inner_margin(Margin::symmetric(20, 12));
    CentralPanel::default().frame(centre).show(ui, |ui| case_form::panel(ui, &mut cx, wide));
    toasts::show(ui.ctx(), &mut cx);
    modals::show(ui.ctx(), &mut cx);
    // What no panel answered is not kept for a later frame, where it would surprise.
    cx.state.focus = None;
    cx.actions
}

/// The list at the left: of the vault, or of what is open.
fn cases(ui: &mut Ui, cx: &mut Cx<'_>) {
    if cx.state.vault.open().is_some() {
        archive_list::panel(ui, cx);
    } else {
        case_list::panel(ui, cx);
    }
}

/// The strip that says that the demonstration model is in use.
fn banner(ui: &mut Ui, cx: &mut Cx<'_>) {
    if !cx.state.model.ready.as_ref().is_some_and(|model| model.demonstration) {
        return;
    }
    let frame = Frame::new().fill(cx.palette.generated_tint).inner_margin(Margin::symmetric(12, 4));
    Panel::top("banner").frame(frame).resizable(false).show(ui, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.label(egui::RichText::new(cx.tr("banner-demonstration")).size(theme::SMALL).color(cx.palette.generated));
            let text = egui::RichText::new(cx.tr("model-choose")).size(theme::SMALL);
            if ui.link(text).clicked() {
                cx.act(Action::ShowModal(action::Modal::Model(modals::model_form(cx.state))));
            }
        });
    });
}

/// Files dropped on the window are opened.
fn dropped_files(ui: &Ui, actions: &mut Vec<Action>) {
    let paths: Vec<std::path::PathBuf> =
        ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_owned()).collect());
    if !paths.is_empty() {
        actions.push(Action::OpenPaths(paths));
    }
}

/// F6: the cursor goes to the pane after the one that has it.
fn next_pane(ui: &Ui, cx: &mut Cx<'_>) {
    if cx.state.focus != Some(Focus::NextPane) {
        return;
    }
    let has = |id: egui::Id| ui.memory(|memory| memory.has_focus(id));
    let shown = cx.state.shown().map(|open| open.case.id.clone());
    let field = |name: &'static str| shown.as_ref().map(|id| text_area::field_id(id, name));
    let suggestion = shown.as_ref().map(suggestion::text_id);
    let next = if has(case_list::search_id()) {
        Focus::Facts
    } else if field("hechos").is_some_and(has) {
        Focus::Suggestion
    } else if suggestion.is_some_and(has) {
        Focus::Intervention
    } else {
        Focus::Search
    };
    cx.state.case_list_open |= next == Focus::Search;
    cx.state.focus = Some(next);
}
