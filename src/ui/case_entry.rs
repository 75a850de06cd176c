//! One entry of a list of cases: its number and state, where it belongs, and its first words or what was found in it.

use egui::text::{LayoutJob, TextFormat};
use egui::{Align, FontId, Frame, Id, Label, Layout, Margin, Rect, Response, RichText, Role, Sense, Ui, WidgetInfo};

use super::cx::Cx;
use super::state::OpenCase;
use super::theme::{self, SMALL};
use crate::domain::{Ambito, CaseId, CaseStatus};
use crate::vault::{CaseRow, Excerpt};

/// Every entry is as high as this, so that thousands need not be laid out.
pub(crate) const ENTRY_HEIGHT: f32 = 74.0;
/// Words of the facts that are shown.
const FIRST_WORDS: usize = 12;
/// Words before what was found, in the one line that there is for it.
const WORDS_BEFORE: usize = 2;

/// What an entry says.
pub(crate) struct Entry {
    /// The office's number.
    pub(crate) number: String,
    /// Provincia and ámbito.
    pub(crate) place: String,
    /// How far it has come.
    pub(crate) state_word: String,
    /// The first words of the facts, or what was found.
    pub(crate) text: Excerpt,
    /// Something in it is not saved.
    pub(crate) unsaved: bool,
    /// It is the shown one.
    pub(crate) selected: bool,
}

impl Entry {
    /// Of a case of the window.
    pub(crate) fn of_open(cx: &Cx<'_>, open: &OpenCase) -> Self {
        let unsaved = open.would_lose();
        Self {
            number: number(cx, &open.case.number),
            place: place(open.case.provincia.as_deref(), open.case.ambito.map(Ambito::label)),
            state_word: cx.tr(state_message(cx, &open.case.id, unsaved, open.case.status)),
            text: beginning(cx, &open.case.hechos),
            unsaved,
            selected: cx.state.selected.as_ref() == Some(&open.case.id),
        }
    }

    /// Of a row of the vault.
    pub(crate) fn of_row(cx: &Cx<'_>, row: &CaseRow, excerpt: Option<&Excerpt>) -> Self {
        let unsaved = cx.state.case(&row.id).is_some_and(OpenCase::would_lose);
        Self {
            number: number(cx, &row.number),
            place: place(row.provincia.as_deref(), row.ambito.as_deref()),
            state_word: cx.tr(state_message(cx, &row.id, unsaved, row.status)),
            text: excerpt.map_or_else(|| beginning(cx, &row.start), from_the_mark),
            unsaved,
            selected: cx.state.selected.as_ref() == Some(&row.id),
        }
    }

    /// Draws it, and gives what was done with it.
    pub(crate) fn show(&self, ui: &mut Ui, cx: &Cx<'_>, id: Id) -> Response {
        let fill = if self.selected { cx.palette.found } else { cx.palette.panel };
        let frame = Frame::new().fill(fill).corner_radius(6).inner_margin(Margin::symmetric(8, 6));
        let sign = if self.unsaved { "●" } else { "○" };
        let rect = frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_height(ENTRY_HEIGHT - 12.0);
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.horizontal(|ui| {
                let number = RichText::new(format!("{sign} {}", self.number)).strong();
                ui.add(Label::new(number).selectable(false));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let word = RichText::new(&self.state_word).size(SMALL).color(cx.palette.muted);
                    ui.add(Label::new(word).selectable(false));
                });
            });
            let place = if self.place.is_empty() { "—" } else { &self.place };
            let place = RichText::new(place).size(SMALL).color(cx.palette.muted);
            ui.add(Label::new(place).truncate().selectable(false));
            ui.add(Label::new(marked(&self.text, cx)).truncate().selectable(false));
        });
        let response = ui.interact(rect.response.rect, id, Sense::click());
        ring(ui, cx, &response);
        let name = format!("{}, {}, {}. {}", self.number, self.place, self.state_word, self.text.text);
        let selected = self.selected;
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, selected, name.clone()));
        response
    }
}

/// An entry whose case is still being read.
pub(crate) fn placeholder(ui: &mut Ui, cx: &Cx<'_>, rect: Rect, id: Id) -> Response {
    let line = |top: f32, width: f32| {
        Rect::from_min_size(rect.min + egui::vec2(8.0, top), egui::vec2(rect.width() * width, 10.0))
    };
    for (top, width) in [(10.0, 0.35), (32.0, 0.6), (52.0, 0.85)] {
        ui.painter().rect_filled(line(top, width), 4, cx.palette.hovered);
    }
    let response = ui.interact(rect, id, Sense::click());
    ring(ui, cx, &response);
    let name = cx.tr("archive-reading-row");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    response
}

fn ring(ui: &Ui, cx: &Cx<'_>, response: &Response) {
    if response.has_focus() || response.hovered() {
        let stroke = egui::Stroke::new(if response.has_focus() { 2.0 } else { 1.0 }, cx.palette.accent);
        ui.painter().rect_stroke(response.rect, 6, stroke, egui::StrokeKind::Inside);
    }
}

/// The text with what was found standing out.
fn marked(text: &Excerpt, cx: &Cx<'_>) -> LayoutJob {
    let plain = TextFormat::simple(FontId::proportional(SMALL), cx.palette.muted);
    let found = TextFormat {
        background: cx.palette.found,
        ..TextFormat::simple(FontId::new(SMALL, theme::strong()), cx.palette.text)
    };
    let mut job = LayoutJob::default();
    let mut at = 0;
    for (start, end) in &text.marked {
        let (Some(before), Some(word)) = (text.text.get(at..*start), text.text.get(*start..*end)) else { break };
        job.append(before, 0.0, plain.clone());
        job.append(word, 0.0, found.clone());
        at = *end;
    }
    job.append(text.text.get(at..).unwrap_or_default(), 0.0, plain);
    job
}

fn number(cx: &Cx<'_>, number: &str) -> String {
    if number.is_empty() { cx.tr("case-unnumbered") } else { number.to_owned() }
}

fn place(provincia: Option<&str>, ambito: Option<&str>) -> String {
    provincia.into_iter().chain(ambito).collect::<Vec<_>>().join(" · ")
}

fn beginning(cx: &Cx<'_>, facts: &str) -> Excerpt {
    let words = facts.split_whitespace().take(FIRST_WORDS).collect::<Vec<_>>().join(" ");
    let text = if words.is_empty() { cx.tr("case-empty") } else { format!("«{words}»") };
    Excerpt { text, marked: Vec::new() }
}

/// An excerpt that begins so near to what was found in it that a narrow list shows it.
fn from_the_mark(excerpt: &Excerpt) -> Excerpt {
    let first = excerpt.marked.first().map_or(0, |(start, _)| *start);
    let before = excerpt.text.get(..first).unwrap_or_default();
    let Some((cut, _)) = before.trim_end().rmatch_indices(' ').nth(WORDS_BEFORE - 1) else { return excerpt.clone() };
    let text = format!("…{}", &excerpt.text[cut + 1..]);
    let moved = |at: usize| at - (cut + 1) + '…'.len_utf8();
    Excerpt { text, marked: excerpt.marked.iter().map(|(start, end)| (moved(*start), moved(*end))).collect() }
}

/// The message that says how a case stands: what is being done with it comes before how far it is.
fn state_message(cx: &Cx<'_>, id: &CaseId, unsaved: bool, status: CaseStatus) -> &'static str {
    let busy = cx.state.job.as_ref().is_some_and(|job| job.case == *id);
    match (busy, unsaved) {
        (true, _) => "status-writing",
        (false, true) => "status-unsaved",
        (false, false) => status_message(status),
    }
}

/// The message that names a status.
pub(crate) fn status_message(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Draft => "status-draft",
        CaseStatus::Accepted => "status-accepted",
        CaseStatus::Closed => "status-closed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, word: &str) -> (String, String) {
        let start = text.find(word).unwrap_or_default();
        let excerpt = from_the_mark(&Excerpt { text: text.into(), marked: vec![(start, start + word.len())] });
        let (start, end) = excerpt.marked[0];
        (excerpt.text[start..end].to_owned(), excerpt.text)
    }

    #[test]
    fn what_was_found_is_among_the_first_words() {
        let (word, text) = shown("Una mujer acude a una inmobiliaria de Albacete con su madre", "Albacete");
        assert_eq!((word.as_str(), text.as_str()), ("Albacete", "…inmobiliaria de Albacete con su madre"));
    }

    #[test]
    fn what_stands_near_the_beginning_is_left() {
        for (text, word) in [("Una mujer acude", "Una"), ("Una mujer acude", "mujer"), ("…señora Íñiguez", "Íñiguez")]
        {
            assert_eq!(shown(text, word), (word.to_owned(), text.to_owned()));
        }
    }
}
