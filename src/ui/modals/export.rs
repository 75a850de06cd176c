//! Cases into a file that leaves the program: which, in which form, what they will look like, and where to.

use egui::{Align, ComboBox, Frame, Grid, Id, Layout, Margin, RichText, ScrollArea, Stroke, TextEdit, Ui, vec2};

use super::super::action::{Action, BrowseFor};
use super::super::cx::{Cx, name_field, strong};
use super::super::forms::ExportForm;
use super::super::theme::{BODY, SMALL};
use super::{finish_row, heading, line_field};
use crate::documents::{Block, Format, PREVIEW_CASES, Preview, PrintOptions, preview};

/// The choices' column, in points; the preview takes the rest.
const CHOICES_WIDTH: f32 = 350.0;
/// What stands below the columns, in points.
const BELOW: f32 = 290.0;

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ExportForm) {
    heading(ui, cx, "export-heading");
    let refused = refused(cx);
    if let Some(why) = &refused {
        ui.colored_label(cx.palette.negative, why);
        ui.add_space(8.0);
    }
    let said = if form.error.is_some() || refused.is_some() { 100.0 } else { 0.0 };
    let said = said + if form.exists { 24.0 } else { 0.0 };
    let height = (ui.ctx().content_rect().height() - BELOW - said).max(180.0);
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::TOP), |ui| {
        ui.vertical(|ui| {
            ui.set_width(CHOICES_WIDTH);
            let all = ScrollArea::vertical().id_salt("export choices").max_height(height).auto_shrink([false, true]);
            all.show(ui, |ui| {
                // Room for the bar, which else lies over the fields.
                ui.set_width(CHOICES_WIDTH - 14.0);
                choices(ui, cx, form);
            });
        });
        ui.separator();
        ui.vertical(|ui| preview_of(ui, cx, form, height));
    });
    ui.add_space(8.0);
    let words = cx.tr("export-understood");
    ui.checkbox(&mut form.understood, words);
    if form.exists {
        ui.colored_label(cx.palette.negative, cx.tr("save-exists"));
    }
    if let Some(error) = &form.error {
        cx.error(ui, error);
    }
    let main = match (form.writing, form.exists) {
        (true, _) => "export-writing",
        (false, true) => "save-replace",
        (false, false) => "export-now",
    };
    if finish_row(ui, cx, main, form.is_ready() && refused.is_none()) {
        cx.act(Action::ExportNow);
    }
}

/// Why nothing can go out of the vault as it is open now: no line of its audit log could tell of it.
fn refused(cx: &Cx<'_>) -> Option<String> {
    if cx.state.vault.can_write() {
        return None;
    }
    let elsewhere = cx.state.vault.held_by().is_some();
    Some(cx.tr(if elsewhere { "export-other-window" } else { "export-read-only" }))
}

fn choices(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ExportForm) {
    let counted = form.listed_count();
    let listed = counted.unwrap_or(0);
    let words = [("count", listed.into()), ("number", cx.i18n.number(listed as u64).into())];
    let before = form.many;
    ui.add_enabled_ui(!form.shown.is_empty(), |ui| ui.radio_value(&mut form.many, false, cx.tr("export-shown")));
    // What the vault has not looked at yet may be chosen: that is when it looks.
    let all = if counted.is_some() { cx.tr_args("export-listed", &words) } else { cx.tr("export-listed-vault") };
    ui.add_enabled_ui(counted != Some(0), |ui| ui.radio_value(&mut form.many, true, all));
    if form.many != before {
        form.offer_name();
        if form.many && counted.is_none() {
            cx.act(Action::LookAtListed);
        }
    }
    if form.many && counted.is_none() {
        cx.note(ui, cx.tr("export-counting"));
    }
    ui.add_space(6.0);
    format(ui, cx, form);
    if let Some(bytes) = form.format.much_memory(form.count() as u64) {
        let words = [("number", cx.i18n.number(form.count() as u64).into()), ("bytes", cx.i18n.bytes(bytes).into())];
        let words = RichText::new(cx.tr_args("export-held-whole", &words)).size(SMALL);
        ui.label(words.color(cx.palette.generated));
    }
    where_to(ui, cx, form);
    ui.add_space(6.0);
    if form.format.is_printed() {
        ui.checkbox(&mut form.print.proposal, cx.tr("export-proposal"));
        ui.checkbox(&mut form.print.notes, cx.tr("export-notes"));
    } else {
        cx.note(ui, cx.tr("export-everything"));
    }
    marks(ui, cx, form);
    if form.format.has_letterhead() {
        letterhead(ui, cx, form);
    }
}

fn where_to(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ExportForm) {
    let width = ui.available_width();
    let name = line_field(ui, cx, "export name", "save-name", &mut form.name, width);
    if cx.modal_opened {
        name.request_focus();
    }
    let folder = line_field(ui, cx, "export folder", "save-folder", &mut form.folder, width);
    if name.changed() || folder.changed() {
        form.exists = false;
    }
    if ui.button(cx.tr("browse")).clicked() {
        cx.act(Action::Browse(BrowseFor::SaveFolder));
    }
}

fn format(ui: &mut Ui, cx: &Cx<'_>, form: &mut ExportForm) {
    let name = cx.tr("export-format");
    ui.label(RichText::new(&name).size(SMALL).color(cx.palette.muted));
    let chosen = cx.tr(format_message(form.format));
    let combo = ComboBox::from_id_salt("export format").width(ui.available_width()).selected_text(chosen.clone());
    let before = form.format;
    let response = combo.show_ui(ui, |ui| {
        for one in Format::ALL {
            ui.selectable_value(&mut form.format, one, cx.tr(format_message(one)));
        }
    });
    if form.format != before {
        form.exists = false;
    }
    name_field(&response.response, egui::Role::ComboBox, &name, &chosen);
}

/// The message that names a form.
fn format_message(format: Format) -> &'static str {
    match format {
        Format::Docx => "export-format-docx",
        Format::Pdf => "export-format-pdf",
        Format::Odt => "export-format-odt",
        Format::Markdown => "save-format-markdown",
        Format::Text => "save-format-text",
        Format::Csv => "export-format-csv",
        Format::Xlsx => "export-format-xlsx",
        Format::Json => "export-format-json",
    }
}

/// The mark on generated text is left out only by whoever unticks it, and sees what it is about.
fn marks(ui: &mut Ui, cx: &Cx<'_>, form: &mut ExportForm) {
    let unreviewed = form.unreviewed();
    if unreviewed == 0 {
        return;
    }
    let words = [("count", unreviewed.into()), ("number", cx.i18n.number(unreviewed as u64).into())];
    ui.label(RichText::new(cx.tr_args("export-unreviewed", &words)).size(SMALL).color(cx.palette.generated));
    if form.format.is_printed() {
        ui.checkbox(&mut form.print.marks, cx.tr("export-marks"));
    }
}

fn letterhead(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ExportForm) {
    ui.add_space(6.0);
    let name = cx.tr("export-letterhead");
    ui.label(RichText::new(&name).size(SMALL).color(cx.palette.muted));
    let field = TextEdit::multiline(&mut form.letterhead).id(Id::unique("letterhead")).desired_rows(3);
    let response = ui.add(field.desired_width(ui.available_width()));
    name_field(&response, egui::Role::MultilineTextInput, &name, &form.letterhead);
    let width = ui.available_width();
    line_field(ui, cx, "letterhead image", "export-letterhead-image", &mut form.letterhead_image, width);
    if ui.button(cx.tr("export-browse-image")).clicked() {
        cx.act(Action::Browse(BrowseFor::LetterheadImage));
    }
}

fn preview_of(ui: &mut Ui, cx: &Cx<'_>, form: &mut ExportForm, height: f32) {
    let of = (form.many, form.format, form.print);
    if form.preview.as_ref().is_none_or(|(before, _)| *before != of) {
        let made = preview(form.cases(), form.format, form.print, cx.i18n);
        form.preview = made.ok().map(|made| (of, made));
    }
    cx.caption(ui, cx.tr("export-preview").to_uppercase());
    let page = Frame::new()
        .fill(cx.palette.background)
        .stroke(Stroke::new(1.0, cx.palette.line))
        .inner_margin(Margin::same(16));
    page.show(ui, |ui| {
        let area = ScrollArea::both().id_salt("preview").max_height(height - 60.0).auto_shrink([false, false]);
        area.show(ui, |ui| {
            if form.format.has_letterhead() {
                shown_letterhead(ui, cx, form);
            }
            match &form.preview {
                Some((_, Preview::Printed(blocks))) => {
                    for block in blocks {
                        printed(ui, cx, block, form.print);
                    }
                }
                Some((_, Preview::Table { headings, rows })) => table(ui, cx, headings, rows),
                Some((_, Preview::Text(text))) => {
                    ui.label(RichText::new(text).monospace().size(SMALL));
                }
                None => {}
            }
            let more = form.count().saturating_sub(PREVIEW_CASES);
            if more > 0 {
                let words = [("count", more.into()), ("number", cx.i18n.number(more as u64).into())];
                cx.note(ui, cx.tr_args("export-more", &words));
            }
        });
    });
}

fn shown_letterhead(ui: &mut Ui, cx: &Cx<'_>, form: &ExportForm) {
    let image = form.letterhead_image.trim();
    if !image.is_empty() {
        let name = image.rsplit(['/', '\\']).next().unwrap_or(image);
        cx.note(ui, cx.tr_args("export-image-here", &[("file", name.into())]));
    }
    for (at, line) in form.letterhead.lines().filter(|line| !line.trim().is_empty()).enumerate() {
        if at == 0 {
            strong(ui, line, cx.palette.muted);
        } else {
            cx.note(ui, line);
        }
    }
    ui.add_space(8.0);
}

fn printed(ui: &mut Ui, cx: &Cx<'_>, block: &Block, print: PrintOptions) {
    match block {
        Block::Title(text) => {
            ui.add_space(6.0);
            ui.label(RichText::new(text).size(BODY + 1.0).family(super::super::theme::strong()));
        }
        Block::Line(text) => {
            cx.note(ui, text);
        }
        Block::Heading(text) => {
            ui.add_space(6.0);
            cx.caption(ui, text.to_uppercase());
        }
        Block::Notice(text) => {
            ui.label(RichText::new(text).size(SMALL).color(cx.palette.generated).family(super::super::theme::strong()));
        }
        Block::Body { text, generated } => {
            let text = RichText::new(text).size(SMALL);
            if *generated && print.marks {
                let tint = Frame::new().fill(cx.palette.generated_tint).inner_margin(Margin::symmetric(8, 4));
                let shown = tint.show(ui, |ui| ui.label(text.italics())).response.rect;
                ui.painter().vline(shown.left(), shown.y_range(), Stroke::new(3.0, cx.palette.generated));
            } else {
                ui.label(text);
            }
        }
        Block::List(items) => {
            for item in items {
                ui.label(RichText::new(item).size(SMALL));
            }
        }
    }
}

fn table(ui: &mut Ui, cx: &Cx<'_>, headings: &[&'static str], rows: &[Vec<String>]) {
    Grid::new("preview table").striped(true).spacing([16.0, 4.0]).show(ui, |ui| {
        for heading in headings {
            cx.caption(ui, *heading);
        }
        ui.end_row();
        for row in rows {
            for cell in row {
                ui.label(RichText::new(cell).size(SMALL));
            }
            ui.end_row();
        }
    });
}
