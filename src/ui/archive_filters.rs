//! What narrows the vault's list: folded away until somebody wants it, and never without saying that it is on.

use egui::{Button, ComboBox, Role, TextEdit, Ui};

use super::action::Action;
use super::case_entry::status_message;
use super::cx::{Cx, name_field};
use super::state::outcome_message;
use crate::clock;
use crate::domain::{AMBITOS, Ambito, CaseStatus, Outcome, PROVINCIAS, TIPOS, Tipo};
use crate::vault::Filters;

/// The states, in the order in which they are offered.
const STATES: [CaseStatus; 3] = [CaseStatus::Draft, CaseStatus::Accepted, CaseStatus::Closed];

/// Draws the row, and the filters themselves where they are folded out.
pub(crate) fn row(ui: &mut Ui, cx: &mut Cx<'_>) {
    let bin = cx.state.archive.filters.bin;
    let on = cx.state.archive.filters_on() - usize::from(bin);
    ui.horizontal(|ui| {
        let name = if on == 0 {
            cx.tr("archive-filters")
        } else {
            cx.tr_args("archive-filters-on", &[("number", cx.i18n.number(on as u64).into())])
        };
        if ui.add(Button::new(name).selected(cx.state.archive.filters_open)).clicked() {
            cx.state.archive.filters_open = !cx.state.archive.filters_open;
        }
        if ui.add(Button::new(cx.tr("archive-bin")).selected(bin)).clicked() {
            cx.state.archive.filters.bin = !bin;
            cx.act(Action::SearchVault);
        }
    });
    if bin {
        let some = cx.state.archive.total().is_some_and(|total| total > 0);
        let button = Button::new(cx.tr("bin-empty"));
        if ui.add_enabled(some && cx.state.vault.can_write(), button).clicked() {
            cx.act(Action::AskDelete(None));
        }
    }
    if cx.state.archive.filters_open {
        fields(ui, cx);
    }
    if on > 0 && ui.button(cx.tr("archive-clear-filters")).clicked() {
        cx.act(Action::ClearFilters);
    }
}

fn fields(ui: &mut Ui, cx: &mut Cx<'_>) {
    let mut filters = cx.state.archive.filters.clone();
    let gap = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 4.0);
    let mut changed = dates(ui, cx);
    let provincias = PROVINCIAS.iter().map(|name| ((*name).to_owned(), (*name).to_owned()));
    changed |= choice(ui, cx, "field-provincia", "filter-provincia-all", &mut filters.provincia, provincias);
    let ambitos = AMBITOS.iter().map(|value| (*value, value.label().to_owned()));
    changed |= choice(ui, cx, "field-ambito", "filter-ambito-all", &mut filters.ambito, ambitos);
    let tipos = TIPOS.iter().map(|value| (*value, value.label().to_owned()));
    changed |= choice(ui, cx, "field-tipo", "filter-tipo-all", &mut filters.tipo, tipos);
    let outcomes = Outcome::ALL.map(|value| (value, cx.tr(outcome_message(value))));
    changed |= choice(ui, cx, "field-resultado", "filter-resultado-all", &mut filters.resultado, outcomes);
    let states = STATES.map(|value| (value, cx.tr(status_message(value))));
    changed |= choice(ui, cx, "filter-estado", "filter-estado-all", &mut filters.status, states);
    ui.spacing_mut().item_spacing.y = gap;
    if changed {
        // The dates are understood from what is typed.
        cx.state.archive.filters = filters;
        cx.act(Action::SearchVault);
    }
}

fn dates(ui: &mut Ui, cx: &mut Cx<'_>) -> bool {
    let mut changed = false;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - ui.spacing().item_spacing.x) / 2.0;
        for (message, last) in [("filter-from", false), ("filter-to", true)] {
            let name = cx.tr(message);
            let palette = cx.palette;
            let archive = &mut cx.state.archive;
            let text = if last { &mut archive.to } else { &mut archive.from };
            let faulty = !text.trim().is_empty() && clock::parse_date(text).is_none();
            let field = TextEdit::singleline(text).hint_text(&name).desired_width(width);
            let response = ui.add(field.text_color_opt(faulty.then_some(palette.negative)));
            name_field(&response, Role::TextInput, &name, text);
            changed |= response.changed();
            if faulty {
                response.on_hover_text(cx.tr("field-date-wrong"));
            }
        }
    });
    changed
}

/// One value or all of them.
fn choice<T: Clone + PartialEq>(
    ui: &mut Ui,
    cx: &Cx<'_>,
    name: &str,
    all: &str,
    value: &mut Option<T>,
    values: impl IntoIterator<Item = (T, String)>,
) -> bool {
    let values: Vec<(T, String)> = values.into_iter().collect();
    let before = value.clone();
    let all = cx.tr(all);
    let word = values.iter().find(|(one, _)| Some(one) == value.as_ref()).map(|(_, word)| word.clone());
    let chosen = word.unwrap_or_else(|| all.clone());
    let width = ui.available_width();
    let combo = ComboBox::from_id_salt(("archive filter", name)).width(width).truncate().selected_text(chosen.clone());
    let response = combo.height(420.0).show_ui(ui, |ui| {
        ui.selectable_value(value, None, all);
        for (one, word) in values {
            ui.selectable_value(value, Some(one), word);
        }
    });
    name_field(&response.response, Role::ComboBox, &cx.tr(name), &chosen);
    *value != before
}

/// Each filter that is on, as people would say it.
pub(crate) fn in_words(cx: &Cx<'_>) -> Vec<String> {
    let Filters { from, to, provincia, ambito, tipo, resultado, status, bin } = &cx.state.archive.filters;
    let date = |message: &str, date: &Option<String>| {
        date.as_deref().map(|date| format!("{} {}", cx.tr(message), clock::date_for_people(date)))
    };
    let parts = [
        date("filter-from", from),
        date("filter-to", to),
        provincia.clone(),
        ambito.map(|value: Ambito| value.label().to_owned()),
        tipo.map(|value: Tipo| value.label().to_owned()),
        resultado.map(|value: Outcome| cx.tr(outcome_message(value))),
        status.map(|value| cx.tr(status_message(value))),
        bin.then(|| cx.tr("archive-bin")),
    ];
    parts.into_iter().flatten().collect()
}
