//! The strip at the bottom: the model and what it does, and whether everything is saved.

use egui::{Align, Label, Layout, ProgressBar, RichText, Ui};

use super::action::Action;
use super::cx::Cx;
use super::state::{JobPhase, Loading, LoadingWhat};
use super::theme::SMALL;
use super::vault_menu;
use crate::worker::protocol::LoadStage;

/// Draws the bar.
pub(crate) fn bar(ui: &mut Ui, cx: &mut Cx<'_>) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            vault_menu::lock_button(ui, cx);
            saved(ui, cx);
            ui.with_layout(Layout::left_to_right(Align::Center).with_main_wrap(false), |ui| model(ui, cx));
        });
    });
}

fn saved(ui: &mut Ui, cx: &Cx<'_>) {
    if let Some(trouble) = &cx.state.storage_trouble {
        let text = cx.i18n.error(trouble);
        let label = ui.label(RichText::new(text.title).size(SMALL).color(cx.palette.negative));
        label.on_hover_text(format!("{} {}", text.what, text.next));
        return;
    }
    let Some(open) = cx.state.shown() else { return };
    let text = if open.would_lose() {
        if open.draft_kept.is_some() { cx.tr("saved-as-draft") } else { cx.tr("saved-not-yet") }
    } else if let Some(at) = &cx.state.saved_at {
        cx.tr_args("saved-at", &[("time", at.as_str().into())])
    } else {
        return;
    };
    cx.note(ui, text);
}

fn model(ui: &mut Ui, cx: &mut Cx<'_>) {
    if let Some(loading) = cx.state.model.loading.clone() {
        loading_bar(ui, cx, &loading);
        // Both do not fit; the model in use has its name under every suggestion.
        if cx.state.job.is_none() {
            return;
        }
    }
    if cx.state.model.loading.is_none()
        && let Some(offered) = &cx.state.model.offer
    {
        let name = offered.name.clone();
        cx.note(ui, cx.tr_args("prepare-offered", &[("model", name.into())]));
        if ui.small_button(cx.tr("prepare-show")).clicked() {
            cx.act(Action::ShowPrepare);
        }
        if ui.small_button(cx.tr("prepare-skip")).clicked() {
            cx.act(Action::SkipPrepare);
        }
        return;
    }
    let Some(ready) = &cx.state.model.ready else {
        if cx.state.model.loading.is_none() {
            cx.note(ui, cx.tr("model-none"));
        }
        return;
    };
    let mut parts = vec![cx.model_name(&ready.name, ready.demonstration)];
    parts.extend(ready.adapter.clone());
    parts.push(ready.device.clone());
    let fallback = ready.fallback.clone();
    let window = ready.n_positions;
    if let Some(job) = &cx.state.job {
        if let Some(speed) = job.words_per_s {
            parts.push(cx.tr_args("words-per-second", &[("speed", cx.i18n.decimal(speed, 1).into())]));
        }
        let used = (job.prompt_tokens + job.tokens) as u64;
        if job.phase == JobPhase::Writing {
            let (used, of) = (cx.i18n.number(used), cx.i18n.number(window as u64));
            parts.push(cx.tr_args("tokens-used", &[("used", used.into()), ("window", of.into())]));
        }
    }
    if cx.state.settings.offline {
        parts.push(cx.tr("offline"));
    }
    let note = |text: String, color| Label::new(RichText::new(text).size(SMALL).color(color)).truncate();
    let response = ui.add(note(format!("● {}", parts.join(" · ")), cx.palette.muted));
    if let Some(fallback) = fallback {
        let words = [("wanted", fallback.wanted.into()), ("reason", fallback.reason.into())];
        let text = cx.tr_args("model-fallback", &words);
        response.on_hover_text(&text);
        ui.add(note(text, cx.palette.generated));
    }
}

fn loading_bar(ui: &mut Ui, cx: &mut Cx<'_>, loading: &Loading) {
    let name = if loading.name.is_empty() { cx.tr("model-demonstration") } else { loading.name.clone() };
    let (fraction, text) = match &loading.what {
        LoadingWhat::Load { stage, fraction } => {
            let message = match stage {
                LoadStage::Opening => "loading-opening",
                LoadStage::Weights => "loading-weights",
            };
            let left = left(cx, loading, f64::from(*fraction));
            (*fraction, format!("{}{left}", cx.tr_args(message, &[("model", name.into())])))
        }
        LoadingWhat::Download { bytes_done, bytes_total, bytes_per_s, paused, .. } => {
            let fraction = *bytes_done as f32 / (*bytes_total).max(1) as f32;
            let (done, total) = (cx.i18n.bytes(*bytes_done), cx.i18n.bytes(*bytes_total));
            if *paused {
                let words = [("model", name.into()), ("done", done.into()), ("total", total.into())];
                (fraction, cx.tr_args("download-paused", &words))
            } else if *bytes_total == 0 {
                (0.0, cx.tr_args("download-begins", &[("model", name.into())]))
            } else {
                let speed = cx.i18n.bytes(*bytes_per_s as u64);
                let rest_s = bytes_total.saturating_sub(*bytes_done) as f64 / bytes_per_s.max(1.0);
                let words =
                    [("model", name.into()), ("done", done.into()), ("total", total.into()), ("speed", speed.into())];
                (fraction, format!("{}{}", cx.tr_args("download-running", &words), duration(cx, rest_s)))
            }
        }
        LoadingWhat::Prepare { bytes_done, bytes_total, bytes_per_s } => {
            let fraction = *bytes_done as f32 / (*bytes_total).max(1) as f32;
            let rest_s = bytes_total.saturating_sub(*bytes_done) as f64 / bytes_per_s.max(1.0);
            let percent = (100.0 * fraction) as u64;
            let words = [("model", name.into()), ("percent", percent.into())];
            (fraction, format!("{}{}", cx.tr_args("prepare-running", &words), duration(cx, rest_s)))
        }
    };
    let bar = ProgressBar::new(fraction).desired_width(110.0).desired_height(8.0);
    ui.add(bar.corner_radius(4).fill(cx.palette.accent));
    cx.note(ui, text);
    let paused = matches!(loading.what, LoadingWhat::Download { paused: true, .. });
    if paused && ui.small_button(cx.tr("download-resume")).clicked() {
        cx.act(Action::ChooseModel(loading.choice.clone()));
    }
    let word = match loading.what {
        LoadingWhat::Download { paused: false, .. } => "download-pause",
        _ => "cancel",
    };
    if ui.small_button(cx.tr(word)).clicked() {
        cx.act(Action::CancelLoading);
    }
    ui.separator();
}

/// About how long it will still take, once that can be told.
fn left(cx: &Cx<'_>, loading: &Loading, fraction: f64) -> String {
    let spent_s = cx.state.now_s - loading.since_s;
    if spent_s < 2.0 || fraction < 0.02 {
        return String::new();
    }
    duration(cx, spent_s / fraction - spent_s)
}

fn duration(cx: &Cx<'_>, seconds: f64) -> String {
    if !(1.0..360_000.0).contains(&seconds) {
        return String::new();
    }
    let minutes = (seconds / 60.0).ceil() as u64;
    let text = if seconds < 60.0 {
        cx.tr_args("left-seconds", &[("count", (seconds.ceil() as u64).into())])
    } else {
        cx.tr_args("left-minutes", &[("count", minutes.into())])
    };
    format!(" · {text}")
}
