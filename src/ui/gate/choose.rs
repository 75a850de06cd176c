//! Where to keep cases: make a vault, open one, or go on without.

use egui::{ProgressBar, Spinner, Ui};

use super::super::action::{Action, BrowseFor};
use super::super::cx::{Cx, secret_field, strong};
use super::super::theme::SMALL;
use super::super::vault_state::{ChooseForm, ChooseWay, Origin};
use super::{entered, folder_field, keep_keyboard, locked};
use crate::vault::{LEAST_LETTERS, STRONG, strength};

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ChooseForm) {
    ui.heading(cx.tr("choose-heading"));
    ui.label(cx.tr("choose-why"));
    ui.add_space(8.0);
    let busy = form.busy || form.open.busy;
    ui.add_enabled_ui(!busy, |ui| {
        for (way, message) in [
            (ChooseWay::Create, "choose-create"),
            (ChooseWay::Open, "choose-open"),
            (ChooseWay::Without, "choose-without"),
        ] {
            // Who came from there goes back instead.
            if way != ChooseWay::Without || form.origin == Origin::Start {
                ui.radio_value(&mut form.way, way, cx.tr(message));
            }
        }
    });
    ui.add_space(8.0);
    match form.way {
        ChooseWay::Create => create(ui, cx, form),
        ChooseWay::Open => {
            ui.add_enabled_ui(!busy, |ui| {
                folder_field(ui, cx, "choose-existing", &mut form.existing, BrowseFor::Vault);
            });
            ui.add_enabled_ui(!form.existing.trim().is_empty(), |ui| locked::unlock(ui, cx, &mut form.open));
            ui.add_space(4.0);
            if ui.link(cx.tr("choose-restore")).clicked() {
                cx.act(Action::ShowRestore(None));
            }
        }
        ChooseWay::Without => without(ui, cx),
    }
    if form.origin != Origin::Start {
        ui.add_space(8.0);
        ui.separator();
        if ui.add_enabled(!busy, egui::Button::new(cx.tr("choose-back"))).clicked() {
            cx.act(Action::LeaveChoice);
        }
    }
}

fn create(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut ChooseForm) {
    let mut by_enter = false;
    if let Some(error) = &form.error {
        cx.error(ui, error);
        ui.add_space(4.0);
    }
    ui.add_enabled_ui(!form.busy, |ui| {
        folder_field(ui, cx, "choose-folder", &mut form.folder, BrowseFor::NewVault);
        let first = secret_field(ui, cx, "choose-passphrase", &mut form.typed, form.show);
        let to_next = keep_keyboard(ui, &first);
        if first.changed() {
            form.strength = (!form.typed.0.is_empty()).then(|| strength(&form.typed.0));
        }
        strength_bar(ui, cx, form);
        let again = secret_field(ui, cx, "choose-again", &mut form.again, form.show);
        if !form.again.0.is_empty() && !form.typed.0.starts_with(&form.again.0) {
            ui.colored_label(cx.palette.negative, cx.tr("choose-differ"));
        }
        ui.checkbox(&mut form.show, cx.tr("vault-show"));
        by_enter = entered(ui, &again);
        if to_next {
            again.request_focus();
        }
    });
    cx.note(ui, cx.tr("choose-lost"));
    ui.add_space(4.0);
    let ready = form.is_ready();
    ui.horizontal_wrapped(|ui| {
        if cx.main_button(ui, cx.tr("choose-make"), ready).clicked() || (ready && by_enter) {
            cx.act(Action::CreateVault);
        }
        if form.busy {
            ui.add(Spinner::new().size(SMALL));
            cx.note(ui, cx.tr("choose-making"));
        }
    });
}

/// How hard the passphrase is to guess, in words first.
fn strength_bar(ui: &mut Ui, cx: &Cx<'_>, form: &ChooseForm) {
    let letters = form.typed.0.chars().count();
    let Some(strength) = form.strength else {
        cx.note(ui, cx.tr_args("choose-advice", &[("least", LEAST_LETTERS.into())]));
        return;
    };
    let color = if strength >= STRONG { cx.palette.positive } else { cx.palette.negative };
    ui.horizontal(|ui| {
        let bar = ProgressBar::new(f32::from(strength + 1) / 5.0).desired_width(120.0).desired_height(8.0);
        ui.add(bar.corner_radius(4).fill(color));
        if letters < LEAST_LETTERS {
            let missing = LEAST_LETTERS - letters;
            strong(ui, cx.tr_args("choose-missing", &[("count", missing.into())]), cx.palette.negative);
            return;
        }
        let message = match strength {
            0 | 1 => "strength-none",
            2 => "strength-weak",
            3 => "strength-good",
            _ => "strength-best",
        };
        strong(ui, cx.tr(message), color);
    });
    if strength < STRONG {
        cx.note(ui, cx.tr_args("choose-advice", &[("least", LEAST_LETTERS.into())]));
    }
}

fn without(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.label(cx.tr("choose-without-risk"));
    cx.note(ui, cx.tr("choose-without-later"));
    ui.add_space(4.0);
    if cx.main_button(ui, cx.tr("choose-go-on"), true).clicked() {
        cx.act(Action::GoWithoutVault);
    }
}
