//! What stands in the window while the program makes its last backup and ends.

use egui::{CentralPanel, Frame, Margin, Ui};

use super::action::Action;
use super::cx::{Cx, progress};
use crate::worker::care::CareKind;

/// Draws it.
pub(crate) fn screen(ui: &mut Ui, cx: &mut Cx<'_>) {
    let frame = Frame::new().fill(cx.palette.background).inner_margin(Margin::same(24));
    let error = cx.state.care.closing.as_ref().and_then(|closing| closing.error.clone());
    CentralPanel::default().frame(frame).show(ui, |ui| {
        let width = ui.available_width().min(480.0);
        ui.vertical_centered(|ui| {
            ui.add_space(ui.available_height() * 0.3);
            ui.set_max_width(width);
            if let Some(error) = &error {
                cx.error(ui, error);
                ui.add_space(4.0);
                cx.note(ui, cx.tr("closing-next-time"));
                ui.add_space(12.0);
                let close = cx.main_button(ui, cx.tr("closing-close"), true);
                if ui.memory(|memory| memory.focused().is_none()) {
                    close.request_focus();
                }
                if close.clicked() {
                    cx.act(Action::QuitNow);
                }
                if ui.button(cx.tr("closing-again")).clicked() {
                    cx.act(Action::BackUpNow);
                }
                // The folder for backups can only be changed there.
                if ui.button(cx.tr("closing-stay")).clicked() {
                    cx.act(Action::StayOpen);
                }
                return;
            }
            ui.heading(cx.tr("closing-backing-up"));
            ui.add_space(8.0);
            let fraction = cx.state.care.job(CareKind::BackUp).map_or(0.0, |job| job.fraction);
            progress(ui, cx, "closing-backing-up", fraction, width);
            ui.add_space(8.0);
            ui.label(cx.tr("closing-safe"));
            ui.add_space(12.0);
            if ui.button(cx.tr("closing-without")).clicked() {
                cx.act(Action::QuitNow);
            }
        });
    });
}
