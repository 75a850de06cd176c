//! What has to be said after an unlock, calmly and once.

use egui::Ui;

use super::super::action::Action;
use super::super::cx::Cx;
use super::{close_row, heading};
use crate::vault::Notice;

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, notices: &[Notice]) {
    heading(ui, cx, "notices-heading");
    for notice in notices {
        ui.label(notice.in_words(cx.i18n));
        let next = match notice {
            Notice::KeysRepaired => "notice-keys-next",
            Notice::EndLost { backup: Some(_), .. } => "notice-end-next",
            Notice::EndLost { backup: None, .. } => "notice-end-alone",
            Notice::Migrated { .. } => "notice-migrated-next",
            Notice::FailedAttempts(_) => "notice-attempts-next",
        };
        cx.note(ui, cx.tr(next));
        if let Notice::EndLost { backup: Some(backup), .. } = notice
            && ui.button(cx.tr("care-restore-newest")).clicked()
        {
            cx.act(Action::ShowRestore(Some(backup.clone())));
        }
        ui.add_space(8.0);
    }
    close_row(ui, cx);
}
