//! The predicted outcome: words and numbers first, bars second, colour last.

use egui::{Align, Layout, Sense, Ui, vec2};

use super::action::{Action, Modal};
use super::cx::{Cx, sign_button, strong};
use super::state::outcome_message;
use crate::domain::{Outcome, PredictedOutcome};

/// Draws heading, label and the three probabilities.
pub(crate) fn show(ui: &mut Ui, cx: &mut Cx<'_>, outcome: &PredictedOutcome) {
    heading(ui, cx);
    if let Some(label) = outcome.label {
        strong(ui, cx.tr(outcome_message(label)), color(cx, label));
    } else if !outcome.text.is_empty() {
        ui.label(format!("«{}»", outcome.text));
    } else if outcome.probabilities.is_none() {
        cx.note(ui, cx.tr("outcome-none"));
    }
    if let Some(probabilities) = outcome.probabilities {
        if outcome.forced {
            cx.note(ui, cx.tr("outcome-forced"));
        }
        for one in Outcome::ALL {
            row(ui, cx, one, probabilities.of(one));
        }
    }
    cx.note(ui, cx.tr("outcome-notice"));
}

/// «Resultado previsto», and what that is.
pub(crate) fn heading(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        cx.caption(ui, cx.tr("outcome-heading").to_uppercase());
        let name = cx.tr("menu-outcome-help");
        if sign_button(ui, "?", &name).clicked() {
            cx.act(Action::ShowModal(Modal::OutcomeHelp));
        }
    });
}

fn color(cx: &Cx<'_>, outcome: Outcome) -> egui::Color32 {
    match outcome {
        Outcome::Positivo => cx.palette.positive,
        Outcome::Neutro => cx.palette.neutral,
        Outcome::Negativo => cx.palette.negative,
    }
}

fn row(ui: &mut Ui, cx: &Cx<'_>, outcome: Outcome, probability: f64) {
    let percent = cx.tr_args("percent", &[("number", cx.i18n.decimal(100.0 * probability, 0).into())]);
    ui.horizontal(|ui| {
        let height = ui.spacing().interact_size.y * 0.75;
        ui.allocate_ui_with_layout(vec2(72.0, height), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(72.0);
            ui.label(cx.tr(outcome_message(outcome)));
        });
        ui.allocate_ui_with_layout(vec2(48.0, height), Layout::right_to_left(Align::Center), |ui| {
            ui.set_min_width(48.0);
            ui.label(percent);
        });
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width().max(24.0), height * 0.5), Sense::hover());
        ui.painter().rect_filled(rect, 3, cx.palette.hovered);
        let mut filled = rect;
        filled.set_width(rect.width() * probability.clamp(0.0, 1.0) as f32);
        ui.painter().rect_filled(filled, 3, color(cx, outcome));
    });
}
