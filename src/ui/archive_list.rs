//! The cases of the open vault at the left: what is open and not in the vault yet, then the vault's rows. Only those in
//! view are laid out, and only their pages are read.

use std::ops::Range;

use egui::style::ScrollAnimation;
use egui::{EventFilter, Id, Key, Modifiers, Rect, Response, ScrollArea, Ui, UiBuilder, pos2, vec2};

use super::action::{Action, Focus};
use super::archive_filters;
use super::case_entry::{self, ENTRY_HEIGHT, Entry};
use super::case_list::{heading, search_field};
use super::cx::{Cx, sign_button};
use super::search::{folded, matches};
use super::state::{AppState, OpenCase};
use crate::domain::CaseId;

/// From one entry to the next, in points.
const GAP: f32 = 4.0;
const STEP: f32 = ENTRY_HEIGHT + GAP;

/// What a row shows.
enum RowOf {
    /// A case of the window, by its place there.
    Open(usize),
    /// A row of the vault.
    Stored(CaseId),
    /// One whose page is on its way.
    Coming,
}

/// Draws the panel.
pub(crate) fn panel(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.take_available_width();
    let narrowed = is_narrowed(cx.state);
    heading(ui, cx, cx.state.archive.total().filter(|_| !narrowed));
    search(ui, cx);
    archive_filters::row(ui, cx);
    let open = unsaved(cx.state);
    let rows = open.len() + cx.state.archive.total().unwrap_or(0);
    if cx.state.archive.stuck {
        cx.note(ui, cx.tr("archive-stuck"));
        if ui.button(cx.tr("retry")).clicked() {
            cx.act(Action::ReadListAgain);
        }
    } else if rows == 0 && cx.state.archive.is_settled() {
        nothing(ui, cx, narrowed);
    } else if let Some(total) = cx.state.archive.total().filter(|_| narrowed) {
        let words = [("count", total.into()), ("number", cx.i18n.number(total as u64).into())];
        cx.note(ui, cx.tr_args("archive-found", &words));
    }
    list(ui, cx, &open, rows);
}

/// The list is not the whole vault's: something is searched for, or a filter is on.
pub(crate) fn is_narrowed(state: &AppState) -> bool {
    !state.search.trim().is_empty() || state.archive.filters_on() > 0
}

fn search(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        let width = ui.available_width() - 40.0;
        let response = search_field(ui, cx, width);
        sign_button(ui, "?", &cx.tr("archive-search-help"));
        if response.changed() {
            cx.act(Action::SearchVault);
        }
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            if let Some(action) = row_of(cx.state, &unsaved(cx.state), 0).and_then(|row| opening(cx.state, &row)) {
                cx.act(action);
                cx.act(Action::Focus(Focus::Facts));
            }
        } else if response.has_focus() && pressed(ui, Key::ArrowDown) {
            cx.state.archive.focus_row = Some(0);
        }
    });
}

/// Says that nothing was found, and why that may be.
fn nothing(ui: &mut Ui, cx: &mut Cx<'_>, narrowed: bool) {
    if !narrowed {
        cx.note(ui, cx.tr("archive-empty"));
        return;
    }
    if cx.state.archive.filters.bin && cx.state.archive.filters_on() == 1 && cx.state.search.trim().is_empty() {
        cx.note(ui, cx.tr("archive-bin-empty"));
        return;
    }
    cx.note(ui, cx.tr("archive-nothing"));
    let last_word = cx.state.search.split_whitespace().last().map_or(0, |word| word.chars().count());
    if (1..3).contains(&last_word) {
        cx.note(ui, cx.tr("archive-short-word"));
    }
    let on = archive_filters::in_words(cx);
    if !on.is_empty() {
        cx.note(ui, cx.tr_args("archive-filters-are", &[("filters", on.join(" · ").into())]));
    }
}

/// Cases of the window with something that is not in the vault, as searched; but for those whose row says so.
fn unsaved(state: &AppState) -> Vec<usize> {
    if state.archive.filters.bin {
        return Vec::new();
    }
    let query = folded(&state.search);
    let wanted = |open: &OpenCase| {
        let told_above = open.stored == 0 || (open.would_lose() && !state.archive.holds(&open.case.id));
        // Long texts are not read in each frame while nothing is searched for.
        told_above && (query.is_empty() || matches(&open.case, &query))
    };
    state.cases.iter().enumerate().filter(|(_, open)| wanted(open)).map(|(index, _)| index).collect()
}

fn row_of(state: &AppState, open: &[usize], row: usize) -> Option<RowOf> {
    if let Some(index) = open.get(row) {
        return Some(RowOf::Open(*index));
    }
    let stored = row - open.len();
    if stored >= state.archive.total()? {
        return None;
    }
    Some(state.archive.hit(stored).map_or(RowOf::Coming, |hit| RowOf::Stored(hit.row.id.clone())))
}

/// What showing the row's case takes.
fn opening(state: &AppState, row: &RowOf) -> Option<Action> {
    match row {
        RowOf::Open(index) => state.cases.get(*index).map(|open| Action::SelectCase(open.case.id.clone())),
        RowOf::Stored(id) => Some(Action::OpenStored(id.clone())),
        RowOf::Coming => None,
    }
}

fn list(ui: &mut Ui, cx: &mut Cx<'_>, open: &[usize], rows: usize) {
    let mut area = ScrollArea::vertical().id_salt("archive list").auto_shrink([false, false]);
    if std::mem::take(&mut cx.state.archive.to_top) {
        area = area.vertical_scroll_offset(0.0);
    }
    let wanted = cx.state.archive.focus_row.take().filter(|_| rows > 0).map(|row| row.min(rows - 1));
    area.show_viewport(ui, |ui, viewport| {
        ui.set_height((STEP * rows as f32 - GAP).max(0.0));
        let (corner, width) = (ui.max_rect().min, ui.available_width());
        let rect_of =
            |row: usize| Rect::from_min_size(pos2(corner.x, corner.y + STEP * row as f32), vec2(width, ENTRY_HEIGHT));
        let first = ((viewport.min.y / STEP).floor().max(0.0) as usize).min(rows);
        let last = ((viewport.max.y / STEP).ceil().max(0.0) as usize).min(rows);
        for row in first..last {
            let response = entry(ui, cx, open, row, rect_of(row));
            if wanted == Some(row) {
                response.request_focus();
            }
            keys(ui, cx, open, row, &response, (first..last).len());
        }
        if let Some(row) = wanted {
            ui.scroll_to_rect_animation(rect_of(row), None, ScrollAnimation::none());
            if !(first..last).contains(&row) {
                // Once it is in view, it can take the keyboard.
                cx.state.archive.focus_row = Some(row);
                ui.ctx().request_repaint();
            }
        }
        let stored = first.saturating_sub(open.len())..last.saturating_sub(open.len());
        ask_for(cx, stored);
    });
}

fn ask_for(cx: &mut Cx<'_>, rows: Range<usize>) {
    if cx.state.archive.wants(&rows) {
        cx.act(Action::ShowRows(rows));
    }
}

fn entry(ui: &mut Ui, cx: &mut Cx<'_>, open: &[usize], row: usize, rect: Rect) -> Response {
    // By its place, so that the keyboard stays on it while its page comes.
    let id = Id::unique(("archive row", row));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(("row", row)));
    let Some(of) = row_of(cx.state, open, row) else { return case_entry::placeholder(&mut ui, cx, rect, id) };
    let entry = match &of {
        RowOf::Open(index) => Entry::of_open(cx, &cx.state.cases[*index]),
        RowOf::Stored(_) => match cx.state.archive.hit(row - open.len()) {
            Some(hit) => Entry::of_row(cx, &hit.row, hit.excerpt.as_ref()),
            None => return case_entry::placeholder(&mut ui, cx, rect, id),
        },
        RowOf::Coming => return case_entry::placeholder(&mut ui, cx, rect, id),
    };
    let response = entry.show(&mut ui, cx, id);
    if response.clicked() {
        cx.actions.extend(opening(cx.state, &of));
    }
    response.context_menu(|ui| menu(ui, cx, &of));
    response
}

fn menu(ui: &mut Ui, cx: &mut Cx<'_>, row: &RowOf) {
    let mut items: Vec<(&str, bool, Vec<Action>)> = Vec::new();
    let can_write = cx.state.vault.can_write();
    match row {
        RowOf::Open(index) => {
            if let Some(open) = cx.state.cases.get(*index) {
                items.push(("command-close-case", true, vec![Action::CloseCase(open.case.id.clone())]));
            }
        }
        RowOf::Stored(id) => {
            let opened = Action::OpenStored(id.clone());
            items.push(("archive-open", true, vec![opened.clone()]));
            items.push(("history-menu", true, vec![opened, Action::ShowHistory(id.clone())]));
            if cx.state.archive.filters.bin {
                items.push(("bin-take-out", can_write, vec![Action::Unbin(id.clone())]));
                items.push(("bin-delete", can_write, vec![Action::AskDelete(Some(id.clone()))]));
            } else {
                items.push(("bin-put", can_write, vec![Action::Bin(id.clone())]));
            }
        }
        RowOf::Coming => {}
    }
    for (message, enabled, actions) in items {
        if ui.add_enabled(enabled, egui::Button::new(cx.tr(message))).clicked() {
            ui.close();
            cx.actions.extend(actions);
        }
    }
}

/// What keys do on the entry that has the keyboard: they move over the list, and Supr puts a case into the bin.
fn keys(ui: &Ui, cx: &mut Cx<'_>, open: &[usize], row: usize, response: &Response, page: usize) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let page = page.saturating_sub(1).max(1);
    let moves = [
        (Key::ArrowDown, row + 1),
        (Key::ArrowUp, row.saturating_sub(1)),
        (Key::PageDown, row + page),
        (Key::PageUp, row.saturating_sub(page)),
        (Key::Home, 0),
        (Key::End, usize::MAX),
    ];
    if let Some((_, to)) = moves.into_iter().find(|(key, _)| pressed(ui, *key)) {
        cx.state.archive.focus_row = Some(to);
        ui.ctx().request_repaint();
    }
    if pressed(ui, Key::Delete)
        && cx.state.vault.can_write()
        && cx.state.modal.is_none()
        && let Some(RowOf::Stored(id)) = row_of(cx.state, open, row)
    {
        let bin = cx.state.archive.filters.bin;
        cx.act(if bin { Action::AskDelete(Some(id)) } else { Action::Bin(id) });
    }
}

/// Takes the key, so that no other entry sees it.
fn pressed(ui: &Ui, key: Key) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, key))
}
