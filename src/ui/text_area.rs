//! A calm text field: large letters, wide lines, and marks behind parts of the text.

use std::ops::Range;

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, FontId, Id, Response, Role, TextBuffer, TextEdit, Ui};

use super::cx::name_field;
use super::theme::{TEXT_FIELD, TEXT_FIELD_LINE};
use crate::domain::CaseId;

/// The id of a field of a case. Each case has its own, so that neither cursor nor undo history pass from one to another.
pub(crate) fn field_id(case: &CaseId, field: &str) -> Id {
    Id::unique(("case field", &case.0, field))
}

/// A part of the text with a colour behind it.
pub(crate) struct Mark {
    pub(crate) range: Range<usize>,
    pub(crate) color: Color32,
}

/// How a text area looks.
pub(crate) struct TextArea<'a> {
    pub(crate) id: Id,
    /// What a screen reader calls it.
    pub(crate) name: &'a str,
    /// What stands in it while it is empty.
    pub(crate) hint: &'a str,
    pub(crate) rows: usize,
    pub(crate) color: Color32,
    pub(crate) marks: Vec<Mark>,
    /// Colour behind the text, where it is not the field's own.
    pub(crate) background: Option<Color32>,
    /// It can be changed, not only read and copied.
    pub(crate) editable: bool,
}

/// What became of it.
pub(crate) struct TextAreaOutput {
    pub(crate) response: Response,
    /// The selected text.
    pub(crate) selected: Option<String>,
}

impl TextArea<'_> {
    pub(crate) fn show(self, ui: &mut Ui, text: &mut String) -> TextAreaOutput {
        let Self { id, name, hint, rows, color, marks, background, editable } = self;
        let mut layouter = |ui: &Ui, buffer: &dyn TextBuffer, wrap_width: f32| {
            let mut job = layout(buffer.as_str(), color, &marks);
            job.wrap.max_width = wrap_width;
            ui.fonts_mut(|fonts| fonts.layout_job(job))
        };
        let unchanging = if editable { String::new() } else { text.clone() };
        let mut read = unchanging.as_str();
        let buffer: &mut dyn TextBuffer = if editable { text } else { &mut read };
        let mut edit = TextEdit::multiline(buffer)
            .id(id)
            .hint_text(egui::RichText::new(hint).size(TEXT_FIELD))
            .font(FontId::proportional(TEXT_FIELD))
            .margin(egui::Margin::symmetric(12, 8))
            .desired_width(f32::INFINITY)
            .desired_rows(rows)
            .lock_focus(false)
            .layouter(&mut layouter);
        if let Some(background) = background {
            edit = edit.background_color(background);
        }
        let output = edit.show(ui);
        let selected = output.cursor_range.map(|range| range.slice_str(text).to_owned());
        let response = output.response.response;
        name_field(&response, Role::MultilineTextInput, name, text);
        TextAreaOutput { response, selected: selected.filter(|selected| !selected.trim().is_empty()) }
    }
}

/// The text with its line height, and colours behind its marks. Later marks lie over earlier ones.
fn layout(text: &str, color: Color32, marks: &[Mark]) -> LayoutJob {
    let format = |background: Color32| TextFormat {
        font_id: FontId::proportional(TEXT_FIELD),
        color,
        background,
        line_height: Some(TEXT_FIELD_LINE),
        ..TextFormat::default()
    };
    let mut edges: Vec<usize> = marks.iter().flat_map(|mark| [mark.range.start, mark.range.end]).collect();
    edges.extend([0, text.len()]);
    edges.retain(|edge| text.is_char_boundary(*edge));
    edges.sort_unstable();
    edges.dedup();
    let mut job = LayoutJob::default();
    for pair in edges.windows(2) {
        let background = marks.iter().rev().find(|mark| mark.range.contains(&pair[0]));
        job.append(&text[pair[0]..pair[1]], 0.0, format(background.map_or(Color32::TRANSPARENT, |mark| mark.color)));
    }
    if text.is_empty() {
        job.append("", 0.0, format(Color32::TRANSPARENT));
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_cut_the_text_without_losing_a_letter() {
        let text = "Ávila y avilés";
        let mark = |range, color| Mark { range, color };
        let job = layout(
            text,
            Color32::WHITE,
            &[
                mark(0..6, Color32::RED),
                mark(9..text.len(), Color32::BLUE),
                mark(1..3, Color32::GREEN),
                mark(90..99, Color32::RED),
            ],
        );
        assert_eq!(job.text, text);
        assert!(job.sections.iter().any(|section| section.format.background == Color32::RED));
        assert_eq!(job.sections.last().unwrap().format.background, Color32::BLUE);
    }
}
