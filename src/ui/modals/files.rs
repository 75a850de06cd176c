//! Where to save, and what to open: by keyboard alone, with the system's own dialog behind «Examinar».

use std::path::PathBuf;

use egui::{ScrollArea, Ui};

use super::super::action::{Action, BrowseFor};
use super::super::cx::Cx;
use super::{entered, finish_row, heading, line_field};
use crate::worker::protocol::SaveFormat;

pub(super) fn save(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    folder: &mut String,
    name: &mut String,
    format: &mut SaveFormat,
    exists: &mut bool,
) {
    heading(ui, cx, "save-heading");
    let width = ui.available_width();
    let name_field = line_field(ui, cx, "name", "save-name", name, width);
    if cx.modal_opened {
        name_field.request_focus();
    }
    ui.horizontal_wrapped(|ui| {
        for (one, message) in
            SaveFormat::ALL.into_iter().zip(["save-format-json", "save-format-markdown", "save-format-text"])
        {
            if ui.radio_value(format, one, cx.tr(message)).changed() {
                *exists = false;
            }
        }
    });
    if *format != SaveFormat::Json {
        cx.note(ui, cx.tr("save-format-note"));
    }
    ui.add_space(4.0);
    let folder_field = line_field(ui, cx, "folder", "save-folder", folder, width);
    if ui.button(cx.tr("browse")).clicked() {
        cx.act(Action::Browse(BrowseFor::SaveFolder));
    }
    if name_field.changed() || folder_field.changed() {
        *exists = false;
    }
    if *exists {
        ui.colored_label(cx.palette.negative, cx.tr("save-exists"));
    }
    let ready = !name.trim().is_empty() && !folder.trim().is_empty();
    let by_enter = entered(ui, &name_field) || entered(ui, &folder_field);
    let main = if *exists { "save-replace" } else { "command-save" };
    // Enter never replaces a file: that takes a click on the button that says so.
    if finish_row(ui, cx, main, ready) || (by_enter && ready && !*exists) {
        let path = PathBuf::from(folder.trim()).join(file_name(name, *format));
        cx.act(Action::SaveTo { path, format: *format, overwrite: *exists });
    }
}

/// The name with the form's ending, which need not be typed.
fn file_name(name: &str, format: SaveFormat) -> String {
    let name = name.trim();
    let ending = format!(".{}", format.extension());
    let known = SaveFormat::ALL.iter().find_map(|format| name.strip_suffix(&format!(".{}", format.extension())));
    format!("{}{ending}", known.unwrap_or(name))
}

pub(super) fn open(
    ui: &mut Ui,
    cx: &mut Cx<'_>,
    folder: &mut String,
    files: &mut Vec<PathBuf>,
    chosen: &mut Vec<PathBuf>,
) {
    heading(ui, cx, "open-heading");
    let width = ui.available_width();
    let field = line_field(ui, cx, "open folder", "open-folder", folder, width);
    if field.changed() {
        files.clear();
        cx.act(Action::ListFolder(PathBuf::from(folder.trim())));
    }
    if cx.modal_opened {
        field.request_focus();
    }
    if ui.button(cx.tr("browse")).clicked() {
        cx.act(Action::Browse(BrowseFor::Cases));
    }
    if files.is_empty() {
        cx.note(ui, cx.tr("open-none"));
    }
    let height = (ui.ctx().content_rect().height() - 380.0).clamp(120.0, 300.0);
    ScrollArea::vertical().id_salt("files").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
        for file in files.iter() {
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let mut ticked = chosen.contains(file);
            if ui.checkbox(&mut ticked, name).changed() {
                chosen.retain(|other| other != file);
                if ticked {
                    chosen.push(file.clone());
                }
            }
        }
    });
    cx.note(ui, cx.tr("open-drop"));
    let by_enter = entered(ui, &field) && !chosen.is_empty();
    if finish_row(ui, cx, "open-chosen", !chosen.is_empty()) || by_enter {
        cx.act(Action::OpenPaths(chosen.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_is_the_forms_whatever_was_typed() {
        assert_eq!(file_name("2026-031", SaveFormat::Json), "2026-031.json");
        assert_eq!(file_name(" 2026-031.json ", SaveFormat::Markdown), "2026-031.md");
        assert_eq!(file_name("informe 1.0", SaveFormat::Text), "informe 1.0.txt");
    }
}
