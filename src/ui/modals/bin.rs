//! The questions before something goes out of the vault: cases of the bin for good, or what an import brought.

use egui::Ui;

use super::super::action::Action;
use super::super::cx::Cx;
use super::{finish_row, heading};
use crate::clock;
use crate::domain::CaseId;
use crate::vault::BinContents;

/// Says what goes, and that copies keep it for a while.
pub(super) fn confirm_delete(ui: &mut Ui, cx: &mut Cx<'_>, id: Option<&CaseId>, contents: BinContents) {
    heading(ui, cx, if id.is_some() { "delete-one-heading" } else { "delete-all-heading" });
    let words = [("count", contents.cases.into()), ("number", cx.i18n.number(contents.cases).into())];
    ui.label(cx.tr_args("delete-what", &words));
    for (message, count) in [
        ("delete-revisions", contents.revisions),
        ("delete-suggestions", contents.suggestions),
        ("delete-drafts", contents.drafts),
        ("delete-attachments", contents.attachments),
    ] {
        if count > 0 {
            let words = [("count", count.into()), ("number", cx.i18n.number(count).into())];
            ui.label(format!("· {}", cx.tr_args(message, &words)));
        }
    }
    ui.add_space(4.0);
    ui.colored_label(cx.palette.negative, cx.tr("delete-no-way-back"));
    cx.note(ui, cx.tr("delete-copies"));
    // Enter alone must not delete: the keyboard begins at the way back.
    ui.add_space(12.0);
    ui.horizontal(|ui| {
        let back = ui.button(cx.tr("cancel"));
        if cx.modal_opened {
            back.request_focus();
        }
        if back.clicked() {
            cx.act(Action::CloseModal);
        }
        if ui.button(cx.tr("delete-now")).clicked() {
            cx.act(Action::DeleteForGood);
        }
    });
}

/// Says which import it was.
pub(super) fn undo_import(ui: &mut Ui, cx: &mut Cx<'_>) {
    heading(ui, cx, "menu-undo-import");
    let Some(kept) = cx.state.archive.last_import.clone() else { return };
    let words = [("file", kept.source.into()), ("date", clock::for_people(&kept.at).into())];
    ui.label(cx.tr_args("undo-import-what", &words));
    cx.note(ui, cx.tr("undo-import-note"));
    if finish_row(ui, cx, "menu-undo-import", true) {
        cx.act(Action::UndoImport);
    }
}
