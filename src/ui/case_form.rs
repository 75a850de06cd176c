//! The case in the middle: what the FSG records, the facts, what was decided, and what came of it.

use egui::cache::{ComputerMut, FrameCache};
use egui::{Align, ComboBox, Id, Layout, Role, ScrollArea, TextEdit, Ui};

use super::action::{Action, Focus};
use super::case_more;
use super::cx::{Cx, name_field};
use super::search;
use super::state::{Undo, outcome_message};
use super::suggestion;
use super::text_area::{Mark, TextArea, field_id};
use super::theme::{TEXT_FIELD_LINE, TEXT_FIELD_WIDTH};
use crate::clock;
use crate::domain::{AMBITOS, Case, CaseId, Outcome, PROVINCIAS, TIPOS};
use crate::vault;

/// Draws the panel. In a small window the suggestion stands under the facts.
pub(crate) fn panel(ui: &mut Ui, cx: &mut Cx<'_>, wide: bool) {
    let Some(id) = cx.state.shown().map(|open| open.case.id.clone()) else {
        cx.note(ui, cx.tr("case-none-shown"));
        return;
    };
    ScrollArea::vertical().id_salt(("case", &id.0)).auto_shrink([false, false]).show(ui, |ui| {
        let width = ui.available_width().min(TEXT_FIELD_WIDTH);
        // In the middle of a very wide window.
        let margin = ((ui.available_width() - width) / 2.0).max(0.0);
        ui.horizontal_top(|ui| {
            ui.add_space(margin);
            ui.vertical(|ui| {
                ui.set_width(width);
                header(ui, cx);
                fields(ui, cx, &id);
                find_bar(ui, cx);
                facts(ui, cx, &id, wide);
                if !wide {
                    ui.separator();
                    // Whoever asks for a suggestion wants to see it come.
                    if cx.state.shown_job().is_some_and(suggestion::begins) {
                        ui.scroll_to_cursor(Some(Align::TOP));
                    }
                    suggestion::panel(ui, cx, false);
                    ui.separator();
                }
                intervention(ui, cx, &id);
                result(ui, cx, &id);
                case_more::show(ui, cx, &id);
                ui.add_space(12.0);
            });
        });
    });
}

fn header(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(open) = cx.state.shown() else { return };
    let case = &open.case;
    let number = if case.number.is_empty() { cx.tr("case-unnumbered") } else { case.number.clone() };
    let parts = [
        Some(number),
        case.provincia.clone(),
        case.ambito.map(|ambito| ambito.label().to_owned()),
        case.tipo.map(|tipo| tipo.label().to_owned()),
    ];
    let title: Vec<String> = parts.into_iter().flatten().collect();
    let (recovered, file) = (open.recovered, open.path.clone());
    let binned = open.binned.then(|| open.case.id.clone());
    let exchanged = matches!(open.undo, Some(Undo::Text(_)));
    ui.heading(title.join(" · "));
    if let Some(id) = binned {
        in_bin(ui, cx, id);
    } else if exchanged {
        ui.horizontal_wrapped(|ui| {
            cx.note(ui, cx.tr("history-exchanged"));
            if ui.button(cx.tr("undo-accept")).clicked() {
                cx.act(Action::UndoAccept);
            }
        });
    } else if recovered {
        cx.note(ui, cx.tr("case-recovered"));
    } else if let Some(name) = file.as_deref().and_then(|path| path.file_name()) {
        cx.note(ui, name.to_string_lossy()).on_hover_text(file.unwrap_or_default().display().to_string());
    }
}

/// Over a case of the bin.
fn in_bin(ui: &mut Ui, cx: &mut Cx<'_>, id: CaseId) {
    ui.horizontal_wrapped(|ui| {
        cx.note(ui, cx.tr("bin-is-in"));
        if cx.state.vault.can_write() {
            if ui.button(cx.tr("bin-take-out")).clicked() {
                cx.act(Action::Unbin(id.clone()));
            }
            if ui.button(cx.tr("bin-delete")).clicked() {
                cx.act(Action::AskDelete(Some(id)));
            }
        }
    });
}

fn fields(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId) {
    let (date, province, ambito, tipo) =
        (cx.tr("field-date"), cx.tr("field-provincia"), cx.tr("field-ambito"), cx.tr("field-tipo"));
    let none = cx.tr("field-none");
    let date_field = DateField::new(cx, &date, field_id(id, "fecha"));
    let width = (ui.available_width() - 3.0 * ui.spacing().item_spacing.x) / 4.0;
    let palette = cx.palette;
    let mut changed = false;
    let editable = cx.state.vault.can_write();
    let Some(open) = cx.state.shown_mut() else { return };
    let case = &mut open.case;
    ui.horizontal(|ui| {
        if !editable {
            ui.disable();
        }
        labelled(ui, palette, &date, width * 0.8, |ui| changed |= date_field.show(ui, &mut case.fecha));
        labelled(ui, palette, &province, width, |ui| {
            let chosen = case.provincia.clone().unwrap_or_else(|| none.clone());
            changed |= choice(ui, ("provincia", id), &province, &chosen, |ui| {
                let mut changed = ui.selectable_value(&mut case.provincia, None, &none).changed();
                for name in PROVINCIAS {
                    changed |= ui.selectable_value(&mut case.provincia, Some((*name).to_owned()), *name).changed();
                }
                changed
            });
        });
        labelled(ui, palette, &ambito, width * 1.1, |ui| {
            let chosen = case.ambito.map_or_else(|| none.clone(), |value| value.label().to_owned());
            changed |= choice(ui, ("ambito", id), &ambito, &chosen, |ui| {
                let mut changed = ui.selectable_value(&mut case.ambito, None, &none).changed();
                for value in AMBITOS {
                    changed |= ui.selectable_value(&mut case.ambito, Some(*value), value.label()).changed();
                }
                changed
            });
        });
        labelled(ui, palette, &tipo, width * 1.1, |ui| {
            let chosen = case.tipo.map_or_else(|| none.clone(), |value| value.label().to_owned());
            changed |= choice(ui, ("tipo", id), &tipo, &chosen, |ui| {
                let mut changed = ui.selectable_value(&mut case.tipo, None, &none).changed();
                for value in TIPOS {
                    changed |= ui.selectable_value(&mut case.tipo, Some(*value), value.label()).changed();
                }
                changed
            });
        });
    });
    if changed {
        cx.act(Action::CaseEdited);
    }
}

/// A field for a date.
pub(super) struct DateField {
    id: Id,
    name: String,
    hint: String,
    /// What is said of what is no date.
    wrong: String,
    wrong_color: egui::Color32,
}

impl DateField {
    pub(super) fn new(cx: &Cx<'_>, name: &str, id: Id) -> Self {
        let (hint, wrong) = (cx.tr("field-date-hint"), cx.tr("field-date-wrong"));
        Self { id, name: name.to_owned(), hint, wrong, wrong_color: cx.palette.negative }
    }

    /// Draws it. True when the date was changed.
    pub(super) fn show(self, ui: &mut Ui, date: &mut String) -> bool {
        // What is being typed stays as it is; what was typed is shown as Spain writes dates.
        let typing = ui.memory(|memory| memory.has_focus(self.id));
        let mut text = if typing { date.clone() } else { clock::date_for_people(date) };
        let faulty = !typing && !text.trim().is_empty() && clock::parse_date(&text).is_none();
        let edit = TextEdit::singleline(&mut text).id(self.id).hint_text(self.hint).desired_width(f32::INFINITY);
        let response = ui.add(edit.text_color_opt(faulty.then_some(self.wrong_color)));
        name_field(&response, Role::TextInput, &self.name, &text);
        let mut changed = response.changed();
        if changed {
            *date = text;
        }
        if response.lost_focus()
            && let Some(understood) = clock::parse_date(date)
            && understood != *date
        {
            *date = understood;
            changed = true;
        }
        if faulty {
            response.on_hover_text(self.wrong);
        }
        changed
    }
}

/// A field under its caption.
pub(super) fn labelled(
    ui: &mut Ui,
    palette: &super::theme::Palette,
    name: &str,
    width: f32,
    add: impl FnOnce(&mut Ui),
) {
    ui.vertical(|ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.label(egui::RichText::new(name).size(super::theme::SMALL).color(palette.muted));
        add(ui);
    });
}

fn choice(ui: &mut Ui, id: (&str, &CaseId), name: &str, chosen: &str, add: impl FnOnce(&mut Ui) -> bool) -> bool {
    let combo = ComboBox::from_id_salt((id.0, &id.1.0)).width(ui.available_width()).truncate().selected_text(chosen);
    let shown = combo.height(420.0).show_ui(ui, add);
    name_field(&shown.response, Role::ComboBox, name, chosen);
    shown.inner.unwrap_or(false)
}

/// Ctrl+F: words in the facts and the intervention are marked.
fn find_bar(ui: &mut Ui, cx: &mut Cx<'_>) {
    let focus = cx.state.focus == Some(Focus::FindInText);
    let (hint, close) = (cx.tr("find-hint"), cx.tr("close"));
    let text = cx.state.shown().map(|open| (open.case.hechos.clone(), open.case.intervencion.clone()));
    let Some(query) = &mut cx.state.find_in_text else { return };
    let mut closed = false;
    let mut count = 0;
    ui.horizontal(|ui| {
        let response = ui.add(TextEdit::singleline(query).id(Id::unique("find in text")).hint_text(&hint));
        name_field(&response, Role::TextInput, &hint, query);
        if focus {
            response.request_focus();
        }
        if let Some((facts, intervention)) = &text {
            count = search::ranges(facts, query).len() + search::ranges(intervention, query).len();
        }
        closed = response.has_focus() && ui.input(|input| input.key_pressed(egui::Key::Escape));
        closed |= ui.button(close).clicked();
    });
    let searched = !query.trim().is_empty();
    if closed {
        cx.state.find_in_text = None;
    } else if searched {
        cx.note(ui, cx.tr_args("find-count", &[("count", count.into())]));
    }
}

/// Marks behind what Ctrl+F found; without that, behind what the case was found by in the vault.
pub(super) fn found_marks(ui: &Ui, cx: &Cx<'_>, text: &str) -> Vec<Mark> {
    let mark = |range| Mark { range, color: cx.palette.found };
    match &cx.state.find_in_text {
        Some(query) => search::ranges(text, query).into_iter().map(mark).collect(),
        None if cx.state.vault.open().is_some() && !cx.state.search.trim().is_empty() => ui.memory_mut(|memory| {
            let cache = memory.caches.cache::<FrameCache<Vec<(usize, usize)>, VaultMarks>>();
            cache.get((text, cx.state.search.as_str())).iter().map(|(start, end)| mark(*start..*end)).collect()
        }),
        None => Vec::new(),
    }
}

/// Two lines for a text of the shown case, what is looked for marked in it. Whether somebody changed it.
pub(super) fn small_area(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    id: Id,
    (name, hint): (&str, &str),
    text: fn(&mut Case) -> &mut String,
) -> bool {
    let (color, editable) = (cx.palette.text, cx.state.vault.can_write());
    let Some(open) = cx.state.shown_mut() else { return false };
    let mut typed = std::mem::take(text(&mut open.case));
    let marks = found_marks(ui, cx, &typed);
    let area = TextArea { id, name, hint, rows: 2, color, marks, background: None, editable };
    let changed = area.show(ui, &mut typed).response.changed();
    if let Some(open) = cx.state.shown_mut() {
        *text(&mut open.case) = typed;
    }
    changed
}

/// Looks for words as the vault does; long texts are not looked through again in each frame.
#[derive(Default)]
struct VaultMarks;

impl ComputerMut<(&str, &str), Vec<(usize, usize)>> for VaultMarks {
    fn compute(&mut self, (text, query): (&str, &str)) -> Vec<(usize, usize)> {
        vault::marks(text, query, true)
    }
}

fn facts(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId, wide: bool) {
    let Some(open) = cx.state.shown() else { return };
    let words = open.case.hechos.split_whitespace().count() as u64;
    let overflow = open.budget.filter(|_| !open.budget_stale).and_then(|budget| budget.overflow_at);
    let mut marks = found_marks(ui, cx, &open.case.hechos);
    if let Some(at) = overflow {
        marks.insert(0, Mark { range: at..open.case.hechos.len(), color: cx.palette.negative_tint });
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        cx.caption(ui, cx.tr("field-hechos").to_uppercase());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            cx.note(ui, cx.tr_args("words", &[("count", words.into()), ("number", cx.i18n.number(words).into())]));
        });
    });
    let (name, hint) = (cx.tr("field-hechos"), cx.tr("field-hechos-hint"));
    let rows = if wide { 12 } else { 7 };
    let focus = cx.state.focus == Some(Focus::Facts);
    let (color, editable) = (cx.palette.text, cx.state.vault.can_write());
    let Some(open) = cx.state.shown_mut() else { return };
    let area = TextArea {
        id: field_id(id, "hechos"),
        name: &name,
        hint: &hint,
        rows,
        color,
        marks,
        background: None,
        editable,
    };
    // Long facts scroll inside their field, so that what is below stays in reach.
    let response = ScrollArea::vertical()
        .id_salt(("facts", &id.0))
        .max_height(TEXT_FIELD_LINE * (rows as f32 + if wide { 5.0 } else { 1.0 }))
        .auto_shrink([false, true])
        .show(ui, |ui| area.show(ui, &mut open.case.hechos).response)
        .inner;
    if focus {
        response.request_focus();
    }
    if response.changed() {
        cx.act(Action::CaseEdited);
    }
    below_facts(ui, cx);
}

/// How much of the window the facts take, the example, and the main button.
fn below_facts(ui: &mut Ui, cx: &mut Cx<'_>) {
    let Some(open) = cx.state.shown() else { return };
    let blank = open.case.hechos.trim().is_empty();
    let budget = open.budget.filter(|_| !open.budget_stale);
    let facts = open.case.hechos.clone();
    ui.horizontal(|ui| {
        match budget {
            _ if blank && !cx.state.vault.can_write() => (),
            _ if blank => {
                let text = cx.tr("try-example");
                if ui.link(text).clicked() {
                    cx.act(Action::TryExample(cx.tr("example-hechos")));
                }
            }
            Some(budget) if budget.excess() > 0 => {
                let words = budget.excess_words(&facts) as u64;
                let text =
                    cx.tr_args("facts-too-long", &[("count", words.into()), ("number", cx.i18n.number(words).into())]);
                ui.colored_label(cx.palette.negative, text);
            }
            Some(budget) if budget.limit > 0 => {
                let share = (100 * budget.tokens).div_ceil(budget.limit) as u64;
                cx.note(ui, cx.tr_args("facts-share", &[("share", share.into())]));
            }
            _ => (),
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| suggestion::main_button(ui, cx, blank));
    });
}

fn intervention(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId) {
    let Some(open) = cx.state.shown() else { return };
    let can_undo = matches!(open.undo, Some(Undo::Suggestion(_)));
    let generated = open.case.intervencion_generada;
    let marks = found_marks(ui, cx, &open.case.intervencion);
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        cx.caption(ui, cx.tr("field-intervencion").to_uppercase());
        if generated {
            let text = egui::RichText::new(cx.tr("generated-unreviewed")).size(super::theme::SMALL);
            ui.label(text.color(cx.palette.generated));
            let confirm = egui::Button::new(cx.tr("generated-confirm"));
            if ui.add_enabled(cx.state.vault.can_write(), confirm).clicked() {
                cx.act(Action::ConfirmReviewed);
            }
        }
        if can_undo && ui.button(cx.tr("undo-accept")).clicked() {
            cx.act(Action::UndoAccept);
        }
    });
    let (name, hint) = (cx.tr("field-intervencion"), cx.tr("field-intervencion-hint"));
    let (color, background) = (cx.palette.text, generated.then_some(cx.palette.generated_tint));
    let focus = cx.state.focus == Some(Focus::Intervention);
    let (bar, editable) = (cx.palette.generated, cx.state.vault.can_write());
    let Some(open) = cx.state.shown_mut() else { return };
    let area = TextArea {
        id: field_id(id, "intervencion"),
        name: &name,
        hint: &hint,
        rows: 4,
        color,
        marks,
        background,
        editable,
    };
    let response = area.show(ui, &mut open.case.intervencion).response;
    if generated {
        suggestion::paint_bar(ui, response.rect, bar);
    }
    if focus {
        response.request_focus();
        response.scroll_to_me(None);
    }
    if response.changed() {
        cx.act(Action::CaseEdited);
    }
}

fn result(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId) {
    let name = cx.tr("field-resultado");
    let hint = cx.tr("field-resultado-hint");
    let unknown = cx.tr("field-resultado-unknown");
    let words = Outcome::ALL.map(|outcome| (outcome, cx.tr(outcome_message(outcome))));
    ui.add_space(8.0);
    let mut changed = false;
    let editable = cx.state.vault.can_write();
    ui.horizontal_wrapped(|ui| {
        cx.caption(ui, name.to_uppercase());
        if !editable {
            ui.disable();
        }
        let Some(open) = cx.state.shown_mut() else { return };
        changed |= ui.selectable_value(&mut open.case.resultado, None, unknown).changed();
        for (outcome, word) in words {
            changed |= ui.selectable_value(&mut open.case.resultado, Some(outcome), word).changed();
        }
    });
    changed |= small_area(ui, cx, field_id(id, "resultado"), (&name, &hint), |case| &mut case.resultado_texto);
    if changed {
        cx.act(Action::CaseEdited);
    }
}
