//! The question before something would be lost.

use egui::Ui;

use super::super::action::Action;
use super::super::cx::Cx;
use super::heading;
use crate::domain::CaseId;

pub(super) fn confirm_close(ui: &mut Ui, cx: &mut Cx<'_>, case: Option<&CaseId>) {
    heading(ui, cx, if case.is_some() { "close-case-heading" } else { "close-all-heading" });
    let unsaved: Vec<String> = cx
        .state
        .cases
        .iter()
        .filter(|open| case.map_or_else(|| open.would_lose(), |id| open.case.id == *id))
        .map(|open| open.case.number.clone())
        .collect();
    let words = [("cases", unsaved.join(", ").into()), ("count", unsaved.len().into())];
    ui.label(cx.tr_args("close-what", &words));
    if let Some(open) = cx.state.vault.open() {
        cx.note(ui, cx.tr_args("close-into-vault", &[("name", open.info.name.clone().into())]));
    } else {
        let folder = cx.state.settings.last_folder.clone().unwrap_or_else(|| cx.state.default_folder.clone());
        cx.note(ui, cx.tr_args("close-where", &[("folder", folder.display().to_string().into())]));
    }
    ui.add_space(12.0);
    ui.horizontal_wrapped(|ui| {
        let main = cx.main_button(ui, cx.tr("close-save"), true);
        if cx.modal_opened {
            main.request_focus();
        }
        if main.clicked() {
            cx.act(Action::SaveAndClose(case.cloned()));
        }
        if ui.button(cx.tr("close-keep-draft")).clicked() {
            cx.act(Action::KeepDraftAndClose(case.cloned()));
        }
        if let Some(id) = case
            && ui.button(cx.tr("close-discard")).clicked()
        {
            cx.act(Action::DiscardAndClose(id.clone()));
        }
        if ui.button(cx.tr("cancel")).clicked() {
            cx.act(Action::CloseModal);
        }
    });
}
