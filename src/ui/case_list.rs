//! The cases of this session at the left: search, filters, and one entry for each.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use egui::{Align, ComboBox, Id, Layout, Response, Role, ScrollArea, TextEdit, Ui};

use super::action::{Action, Focus};
use super::case_entry::{ENTRY_HEIGHT, Entry};
use super::cx::{Cx, name_field};
use super::search::{folded, matches};
use super::state::{AppState, OpenCase};
use crate::domain::AMBITOS;

/// The search field's id, for the keyboard.
pub(crate) fn search_id() -> Id {
    Id::unique("case search")
}

/// Draws the panel.
pub(crate) fn panel(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.take_available_width();
    heading(ui, cx, Some(cx.state.cases.len()));
    let response = search_field(ui, cx, f32::INFINITY);
    filters(ui, cx);
    let shown = visible(ui, cx);
    let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    if entered && let Some(first) = shown.first() {
        cx.act(Action::SelectCase(cx.state.cases[*first].case.id.clone()));
        cx.act(Action::Focus(Focus::Facts));
    }
    if shown.is_empty() {
        cx.note(ui, cx.tr("case-none-found"));
    }
    let gap = ui.spacing().item_spacing.y;
    ui.spacing_mut().item_spacing.y = 4.0;
    ScrollArea::vertical().id_salt("case list").auto_shrink([false, false]).show_rows(
        ui,
        ENTRY_HEIGHT,
        shown.len(),
        |ui, rows| {
            for index in &shown[rows] {
                entry(ui, cx, *index);
            }
        },
    );
    ui.spacing_mut().item_spacing.y = gap;
}

/// What the list is, how long it is, and the button for another case.
pub(crate) fn heading(ui: &mut Ui, cx: &mut Cx<'_>, count: Option<usize>) {
    ui.horizontal(|ui| {
        let name = cx.tr("case-list").to_uppercase();
        let count = count.map(|count| cx.i18n.number(count as u64)).unwrap_or_default();
        cx.caption(ui, format!("{name} {count}"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let can_write = cx.state.vault.can_write();
            if ui.add_enabled(can_write, egui::Button::new(cx.tr("case-new"))).clicked() {
                cx.act(Action::NewCase);
            }
        });
    });
}

/// The search field.
pub(crate) fn search_field(ui: &mut Ui, cx: &mut Cx<'_>, width: f32) -> Response {
    let hint = cx.tr("case-search-hint");
    let field = TextEdit::singleline(&mut cx.state.search).id(search_id()).hint_text(hint.clone());
    let response = ui.add(field.desired_width(width));
    name_field(&response, Role::TextInput, &hint, &cx.state.search);
    if cx.state.focus == Some(Focus::Search) {
        response.request_focus();
    }
    response
}

/// Indexes of the cases that search and filters leave. Kept from frame to frame while nothing changes: reading thousands of
/// cases takes longer than drawing them.
fn visible(ui: &Ui, cx: &Cx<'_>) -> Arc<Vec<usize>> {
    type Kept = (u64, Arc<Vec<usize>>);
    let slot = Id::unique("visible cases");
    let mut hasher = DefaultHasher::new();
    (&cx.state.search, cx.state.filter_ambito, &cx.state.filter_year).hash(&mut hasher);
    for open in &cx.state.cases {
        (&open.case.id.0, &open.case.modified_at, open.case.hechos.len()).hash(&mut hasher);
    }
    let key = hasher.finish();
    let kept: Option<Kept> = ui.data(|data| data.get_temp(slot));
    if let Some((_, visible)) = kept.filter(|(of, _)| *of == key) {
        return visible;
    }
    let visible = Arc::new(listed(cx.state));
    ui.data_mut(|data| data.insert_temp::<Kept>(slot, (key, visible.clone())));
    visible
}

/// Indexes of the cases that the list shows.
pub(crate) fn listed(state: &AppState) -> Vec<usize> {
    let query = folded(&state.search);
    let wanted = |open: &OpenCase| {
        matches(&open.case, &query)
            && state.filter_ambito.is_none_or(|ambito| open.case.ambito == Some(ambito))
            && state.filter_year.as_ref().is_none_or(|year| year_of(open) == *year)
    };
    state.cases.iter().enumerate().filter(|(_, open)| wanted(open)).map(|(index, _)| index).collect()
}

/// The year of the facts; of the record where they have no date.
fn year_of(open: &OpenCase) -> &str {
    let date = if open.case.fecha.len() >= 4 { &open.case.fecha } else { &open.case.created_at };
    date.get(..4).unwrap_or_default()
}

fn filters(ui: &mut Ui, cx: &mut Cx<'_>) {
    if cx.state.cases.len() < 2 && cx.state.filter_ambito.is_none() && cx.state.filter_year.is_none() {
        return;
    }
    ui.horizontal(|ui| {
        let all = cx.tr("filter-ambito-all");
        let chosen = cx.state.filter_ambito.map_or_else(|| all.clone(), |ambito| ambito.label().to_owned());
        let width = ui.available_width() - 92.0;
        let combo = ComboBox::from_id_salt("filter ambito").width(width).truncate().selected_text(chosen.clone());
        let response = combo.show_ui(ui, |ui| {
            ui.selectable_value(&mut cx.state.filter_ambito, None, all);
            for ambito in AMBITOS {
                ui.selectable_value(&mut cx.state.filter_ambito, Some(*ambito), ambito.label());
            }
        });
        name_field(&response.response, Role::ComboBox, &cx.tr("field-ambito"), &chosen);
        let all = cx.tr("filter-year-all");
        let chosen = cx.state.filter_year.clone().unwrap_or_else(|| all.clone());
        let combo = ComboBox::from_id_salt("filter year").width(76.0).selected_text(chosen.clone());
        let response = combo.show_ui(ui, |ui| {
            let years: BTreeSet<String> = cx.state.cases.iter().map(|open| year_of(open).to_owned()).collect();
            ui.selectable_value(&mut cx.state.filter_year, None, all);
            for year in years.into_iter().rev().filter(|year| !year.is_empty()) {
                ui.selectable_value(&mut cx.state.filter_year, Some(year.clone()), year);
            }
        });
        name_field(&response.response, Role::ComboBox, &cx.tr("filter-year"), &chosen);
    });
}

fn entry(ui: &mut Ui, cx: &mut Cx<'_>, index: usize) {
    let open = &cx.state.cases[index];
    let id = open.case.id.clone();
    let response = Entry::of_open(cx, open).show(ui, cx, Id::unique(("open case", &id.0)));
    if response.clicked() {
        cx.act(Action::SelectCase(id.clone()));
    }
    response.context_menu(|ui| {
        if ui.button(cx.tr("command-close-case")).clicked() {
            ui.close();
            cx.act(Action::CloseCase(id.clone()));
        }
    });
}
