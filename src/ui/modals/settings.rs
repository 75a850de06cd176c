//! Language, theme, size of the text, and how suggestions are written.

use egui::{Slider, Ui};

use super::super::action::Action;
use super::super::cx::Cx;
use super::{close_row, heading};
use crate::config::{DeviceSetting, ThemeChoice};
use crate::i18n::Lang;

/// The themes and their words.
pub(crate) const THEMES: [(ThemeChoice, &str); 3] =
    [(ThemeChoice::System, "theme-system"), (ThemeChoice::Light, "theme-light"), (ThemeChoice::Dark, "theme-dark")];

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    heading(ui, cx, "settings-heading");
    let mut settings = cx.state.settings.clone();
    cx.caption(ui, cx.tr("settings-language"));
    ui.horizontal(|ui| {
        for lang in Lang::ALL {
            ui.radio_value(&mut settings.lang, lang, lang.own_name());
        }
    });
    cx.caption(ui, cx.tr("settings-theme"));
    ui.horizontal(|ui| {
        for (theme, message) in THEMES {
            ui.radio_value(&mut settings.theme, theme, cx.tr(message));
        }
    });
    cx.caption(ui, cx.tr("settings-scale"));
    ui.horizontal(|ui| {
        for scale in [0.75, 1.0, 1.25, 1.5, 2.0] {
            let chosen = (settings.scale - scale).abs() < 0.05;
            let text = cx.tr_args("percent", &[("number", cx.i18n.decimal(f64::from(100.0 * scale), 0).into())]);
            if ui.radio(chosen, text).clicked() {
                settings.scale = scale;
            }
        }
    });
    cx.caption(ui, cx.tr("settings-device"));
    ui.horizontal_wrapped(|ui| {
        for (device, message) in [
            (DeviceSetting::Auto, "device-auto"),
            (DeviceSetting::Cpu, "device-cpu"),
            (DeviceSetting::Cuda, "device-cuda"),
            (DeviceSetting::Metal, "device-metal"),
        ] {
            ui.radio_value(&mut settings.device, device, cx.tr(message));
        }
    });
    cx.caption(ui, cx.tr("settings-sampling"));
    let sampling = &mut settings.sampling;
    ui.add(Slider::new(&mut sampling.max_new_tokens, 16..=1024).text(cx.tr("settings-max-new-tokens")));
    let i18n = cx.i18n;
    let decimal = |value: f64, _: std::ops::RangeInclusive<usize>| i18n.decimal(value, 2);
    let read = |text: &str| text.trim().replace(',', ".").parse().ok();
    let temperature = Slider::new(&mut sampling.temperature, 0.0..=1.5).step_by(0.05);
    ui.add(temperature.custom_formatter(decimal).custom_parser(read).text(cx.tr("settings-temperature")));
    cx.note(ui, cx.tr("settings-temperature-note"));
    let mut top_p = sampling.top_p.unwrap_or(1.0);
    let slider = Slider::new(&mut top_p, 0.05..=1.0).step_by(0.05);
    ui.add(slider.custom_formatter(decimal).custom_parser(read).text(cx.tr("settings-top-p")));
    sampling.top_p = (top_p < 1.0).then_some(top_p);
    let mut top_k = sampling.top_k.unwrap_or(0);
    ui.add(Slider::new(&mut top_k, 0..=200).text(cx.tr("settings-top-k")));
    sampling.top_k = (top_k > 0).then_some(top_k);
    let penalty = Slider::new(&mut sampling.repetition_penalty, 1.0..=2.0).step_by(0.05);
    ui.add(penalty.custom_formatter(decimal).custom_parser(read).text(cx.tr("settings-repetition-penalty")));
    ui.checkbox(&mut settings.read_while_typing, cx.tr("settings-read-while-typing"));
    cx.note(ui, cx.tr("settings-read-while-typing-note"));
    ui.checkbox(&mut settings.offline, cx.tr("settings-offline"));
    if settings != cx.state.settings {
        cx.act(Action::SetSettings(Box::new(settings)));
    }
    close_row(ui, cx);
}
