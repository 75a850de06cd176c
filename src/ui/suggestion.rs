//! The suggestion beside the case: while it is read for, written, stopped, failed and finished.

use egui::{Frame, Id, Margin, ProgressBar, Rect, RichText, ScrollArea, Ui};

use super::action::{Action, Focus};
use super::cx::Cx;
use super::outcome;
use super::shortcuts::Command;
use super::state::{Job, JobPhase};
use super::text_area::{TextArea, field_id};
use super::theme::{SMALL, TEXT_FIELD, TEXT_FIELD_LINE};
use crate::clock;
use crate::domain::{CaseId, Finish, Provenance, Review, Suggestion};

/// The id of the suggestion's text.
pub(crate) fn text_id(case: &CaseId) -> Id {
    field_id(case, "propuesta")
}

/// «Proponer», or «Parar» while a suggestion is written for this case.
pub(crate) fn main_button(ui: &mut Ui, cx: &mut Cx<'_>, blank: bool) {
    if let Some(job) = cx.state.shown_job() {
        let stopping = job.stopping;
        let text = format!("{}  Esc", cx.tr("command-stop"));
        if cx.main_button(ui, text, !stopping).clicked() {
            cx.act(Action::Stop);
        }
        return;
    }
    let busy = cx.state.job.is_some();
    let keys = ui.ctx().format_shortcut(&Command::Suggest.keys());
    let free = is_free(cx) && !blank;
    let response = cx.main_button(ui, format!("{}  {keys}", cx.tr("command-suggest")), free);
    if busy {
        response.clone().on_disabled_hover_text(cx.tr("toast-busy"));
    } else if blank {
        response.clone().on_disabled_hover_text(cx.tr("suggest-needs-facts"));
    }
    if response.clicked() {
        cx.act(Action::Suggest);
    }
}

/// It has written nothing yet, or no more than a few words.
pub(crate) fn begins(job: &Job) -> bool {
    job.phase != JobPhase::Writing || job.intervention.len() < 40
}

/// The bar at the left of generated text.
pub(crate) fn paint_bar(ui: &Ui, rect: Rect, color: egui::Color32) {
    let bar = Rect::from_min_max(rect.min, egui::pos2(rect.left() + 3.0, rect.bottom()));
    ui.painter().rect_filled(bar, 0, color);
}

/// Draws the panel.
/// Where the panel stands in the middle of the case, it scrolls with the case.
pub(crate) fn panel(ui: &mut Ui, cx: &mut Cx<'_>, own_scroll: bool) {
    // What it holds changes while it is written; its width must not.
    ui.take_available_width();
    cx.caption(ui, cx.tr("suggestion-heading").to_uppercase());
    let Some(open) = cx.state.shown() else { return };
    let id = open.case.id.clone();
    if let Some(job) = cx.state.shown_job().cloned() {
        running(ui, cx, &job);
    } else if let Some(error) = cx.state.failures.get(&id).cloned() {
        cx.error(ui, &error);
        if let Some(detail) = error.detail() {
            ui.collapsing(cx.tr("details"), |ui| cx.note(ui, detail));
        }
        if ui.button(cx.tr("retry")).clicked() {
            cx.act(Action::Suggest);
        }
    } else if open.case.propuesta.is_some() && !own_scroll {
        finished(ui, cx, &id);
    } else if open.case.propuesta.is_some() {
        ScrollArea::vertical().id_salt(("suggestion", &id.0)).auto_shrink([false, true]).show(ui, |ui| {
            finished(ui, cx, &id);
        });
    } else {
        cx.note(ui, cx.tr("suggestion-empty"));
    }
}

fn generated_notice(ui: &mut Ui, cx: &Cx<'_>) {
    ui.label(RichText::new(cx.tr("generated-unreviewed")).size(SMALL).color(cx.palette.generated));
}

fn running(ui: &mut Ui, cx: &mut Cx<'_>, job: &Job) {
    let bar = |ui: &mut Ui, fraction: f32, text: String| {
        ui.add(ProgressBar::new(fraction).desired_height(6.0).corner_radius(3).fill(cx.palette.accent));
        cx.note(ui, text);
    };
    match job.phase {
        JobPhase::Queued if cx.state.model.ready.is_none() => {
            cx.note(ui, cx.tr("suggestion-waits"));
        }
        JobPhase::Queued => bar(ui, 0.0, cx.tr("suggestion-begins")),
        JobPhase::Reading { fraction } => {
            let percent = cx.i18n.decimal(f64::from(100.0 * fraction), 0);
            bar(ui, fraction, cx.tr_args("suggestion-reading", &[("percent", percent.into())]));
        }
        JobPhase::Writing => {
            let speed = job.words_per_s.map(|speed| cx.i18n.decimal(speed, 1));
            cx.note(
                ui,
                match speed {
                    Some(speed) => cx.tr_args("suggestion-writing-speed", &[("speed", speed.into())]),
                    None => cx.tr("suggestion-writing"),
                },
            );
        }
    }
    if job.stopping {
        cx.note(ui, cx.tr("suggestion-stopping"));
    }
    if job.phase == JobPhase::Writing {
        generated_notice(ui, cx);
        streamed(ui, cx, job);
        if !job.outcome.is_empty() {
            outcome::heading(ui, cx);
            ui.label(&job.outcome);
        }
    }
}

/// The text while it comes; it follows its end until somebody scrolls away from it.
fn streamed(ui: &mut Ui, cx: &Cx<'_>, job: &Job) {
    let frame = Frame::new().fill(cx.palette.generated_tint).inner_margin(Margin::symmetric(12, 8));
    let height = (ui.available_height() - 80.0).clamp(6.0 * TEXT_FIELD_LINE, 24.0 * TEXT_FIELD_LINE);
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical().id_salt("streamed").max_height(height).stick_to_bottom(true).show(ui, |ui| {
            let text = RichText::new(format!("{} |", job.intervention)).size(TEXT_FIELD);
            ui.label(text.line_height(Some(TEXT_FIELD_LINE)).color(cx.palette.text));
        });
    });
    paint_bar(ui, shown.response.rect, cx.palette.generated);
}

fn finished(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId) {
    let Some(suggestion) = cx.state.shown().and_then(|open| open.case.propuesta.clone()) else { return };
    let unreviewed = suggestion.review == Review::Unreviewed;
    match suggestion.review {
        Review::Unreviewed => generated_notice(ui, cx),
        Review::Edited => drop(cx.note(ui, cx.tr("generated-edited"))),
        Review::Accepted => drop(cx.note(ui, cx.tr("generated-used"))),
    }
    let passage = text(ui, cx, id, &suggestion);
    how_it_ended(ui, cx, &suggestion);
    buttons(ui, cx, &suggestion, passage);
    ui.add_space(8.0);
    outcome::show(ui, cx, &suggestion.outcome);
    ui.add_space(4.0);
    provenance(ui, cx, &suggestion, unreviewed);
}

/// The text, which can be edited; gives what is selected in it.
fn text(ui: &mut Ui, cx: &mut Cx<'_>, id: &CaseId, suggestion: &Suggestion) -> Option<String> {
    let name = cx.tr("suggestion-heading");
    let hint = cx.tr("suggestion-no-text");
    let focus = cx.state.focus == Some(Focus::Suggestion);
    let marked = suggestion.review != Review::Edited;
    let (color, bar) = (cx.palette.text, cx.palette.generated);
    let background = marked.then_some(cx.palette.generated_tint);
    let mut edited = suggestion.intervention.clone();
    let area = TextArea {
        id: text_id(id),
        name: &name,
        hint: &hint,
        rows: 3,
        color,
        marks: Vec::new(),
        background,
        editable: cx.state.vault.can_write(),
    };
    let output = area.show(ui, &mut edited);
    if marked {
        paint_bar(ui, output.response.rect, bar);
    }
    if focus {
        output.response.request_focus();
    }
    if output.response.changed()
        && let Some(suggestion) = cx.state.shown_mut().and_then(|open| open.case.propuesta.as_mut())
    {
        suggestion.intervention = edited;
        suggestion.review = Review::Edited;
        cx.act(Action::CaseEdited);
    }
    output.selected
}

fn how_it_ended(ui: &mut Ui, cx: &mut Cx<'_>, suggestion: &Suggestion) {
    let message = match suggestion.finish {
        Finish::EndOfText if suggestion.intervention.trim().is_empty() => "suggestion-no-text",
        Finish::EndOfText => return,
        Finish::TokenLimit => "suggestion-limit",
        Finish::Cancelled => "suggestion-stopped",
    };
    ui.horizontal_wrapped(|ui| {
        cx.note(ui, cx.tr(message));
        // Going on from the generated text would throw away what a person has changed in it.
        let can_go_on = suggestion.finish != Finish::EndOfText && suggestion.review != Review::Edited;
        if can_go_on && ui.add_enabled(is_free(cx), egui::Button::new(cx.tr("suggestion-continue"))).clicked() {
            cx.act(Action::Continue);
        }
    });
}

fn buttons(ui: &mut Ui, cx: &mut Cx<'_>, suggestion: &Suggestion, passage: Option<String>) {
    let has_text = !suggestion.intervention.trim().is_empty();
    let free = is_free(cx);
    let has_use = has_text && cx.state.vault.can_write();
    let use_word = if passage.is_some() { "suggestion-use-selection" } else { "suggestion-use" };
    ui.horizontal_wrapped(|ui| {
        if ui.add_enabled(has_use, egui::Button::new(cx.tr(use_word))).clicked() {
            cx.act(Action::Accept { passage });
        }
        let another = egui::Button::new(cx.tr("suggestion-another"));
        let keys = ui.ctx().format_shortcut(&Command::Another.keys());
        if ui.add_enabled(free, another).on_hover_text(keys).clicked() {
            cx.act(Action::Regenerate);
        }
        if ui.add_enabled(has_text, egui::Button::new(cx.tr("suggestion-copy"))).clicked() {
            cx.act(Action::Copy(copied(cx, suggestion)));
        }
        let discard = egui::Button::new(cx.tr("suggestion-discard"));
        if ui.add_enabled(cx.state.vault.can_write(), discard).clicked() {
            cx.act(Action::Discard);
        }
    });
}

/// Another suggestion can be written, and kept.
fn is_free(cx: &Cx<'_>) -> bool {
    cx.state.job.is_none() && cx.state.vault.can_write()
}

/// The text for the clipboard. Until a person has taken it on, it says what it is.
fn copied(cx: &Cx<'_>, suggestion: &Suggestion) -> String {
    let text = suggestion.intervention.trim();
    match suggestion.review {
        Review::Unreviewed => {
            format!("{text}\n[{} {}]", cx.tr("generated-unreviewed"), suggestion.provenance.model)
        }
        Review::Edited | Review::Accepted => text.to_owned(),
    }
}

fn provenance(ui: &mut Ui, cx: &Cx<'_>, suggestion: &Suggestion, unreviewed: bool) {
    let Provenance { model, adapter, device, created_at, demonstration, .. } = &suggestion.provenance;
    let seconds = cx.tr_args("seconds", &[("number", cx.i18n.decimal(suggestion.timing.total_s, 1).into())]);
    let mut parts = vec![cx.model_name(model, *demonstration)];
    parts.extend(adapter.clone());
    parts.extend([device.clone(), clock::for_people(created_at), seconds]);
    cx.note(ui, parts.join(" · "));
    if unreviewed && *demonstration {
        cx.note(ui, cx.tr("banner-demonstration"));
    }
    ui.collapsing(cx.tr("details"), |ui| {
        let sampling = &suggestion.provenance.sampling;
        let tokens = suggestion.token_ids.len() as u64;
        for (message, value) in [
            ("details-prompt-tokens", cx.i18n.number(suggestion.prompt_tokens as u64)),
            ("details-tokens", cx.i18n.number(tokens)),
            ("details-speed", cx.i18n.decimal(suggestion.timing.tokens_per_s, 1)),
            ("details-first-token", cx.i18n.decimal(suggestion.timing.first_token_s, 2)),
            ("details-quantization", suggestion.provenance.quantization.clone()),
            ("details-temperature", cx.i18n.decimal(sampling.temperature, 2)),
            ("details-seed", sampling.seed.to_string()),
            ("details-prompt-version", suggestion.provenance.prompt_version.clone()),
            ("details-digest", suggestion.provenance.model_digest.clone()),
        ] {
            cx.note(ui, cx.tr_args(message, &[("value", value.into())]));
        }
    });
}
