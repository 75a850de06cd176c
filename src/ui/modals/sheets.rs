//! Sheets to read: all keys, what the program is, what the predicted outcome is.

use egui::{Grid, Ui};

use super::super::cx::Cx;
use super::super::shortcuts::Command;
use super::{close_row, heading};

pub(super) fn keys(ui: &mut Ui, cx: &mut Cx<'_>) {
    heading(ui, cx, "command-keys");
    Grid::new("keys").num_columns(2).spacing([32.0, 6.0]).show(ui, |ui| {
        for command in Command::ALL {
            ui.label(cx.tr(command.message()));
            ui.monospace(ui.ctx().format_shortcut(&command.keys()));
            ui.end_row();
        }
    });
    close_row(ui, cx);
}

pub(super) fn about(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.heading("pag-bert");
    cx.note(ui, cx.tr_args("about-version", &[("version", env!("CARGO_PKG_VERSION").into())]));
    for message in ["about-what", "about-limits", "about-privacy", "about-origin", "about-licences"] {
        ui.add_space(4.0);
        ui.label(cx.tr(message));
    }
    close_row(ui, cx);
}

pub(super) fn outcome_help(ui: &mut Ui, cx: &mut Cx<'_>) {
    heading(ui, cx, "menu-outcome-help");
    ui.label(cx.tr("outcome-help-is"));
    ui.add_space(4.0);
    ui.label(cx.tr("outcome-help-is-not"));
    close_row(ui, cx);
}
