//! «Versiones anteriores» of a case: its earlier texts, each of which can be taken up again; and every suggestion that was
//! made for it, with where it came from.

use egui::{Align, Layout, RichText, ScrollArea, Ui, vec2};

use super::super::action::Action;
use super::super::archive_state::HistoryForm;
use super::super::cx::Cx;
use super::super::state::outcome_message;
use super::super::theme::SMALL;
use super::{close_row, heading};
use crate::clock;
use crate::domain::{Case, Review};
use crate::vault::{KeptSuggestion, Revision};

/// The column of dates, in points; the text takes the rest.
const DATES_WIDTH: f32 = 250.0;
/// What stands over and under the columns, in points.
const AROUND: f32 = 300.0;

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>, form: &mut HistoryForm) {
    heading(ui, cx, "history-heading");
    let Some(revisions) = form.revisions.take() else {
        ui.label(cx.tr("history-reading"));
        close_row(ui, cx);
        return;
    };
    let number = |count: usize| cx.i18n.number(count as u64);
    ui.horizontal(|ui| {
        let texts = cx.tr_args("history-texts", &[("number", number(revisions.len()).into())]);
        ui.selectable_value(&mut form.suggestions_shown, false, texts);
        let made = cx.tr_args("history-suggestions", &[("number", number(form.suggestions.len()).into())]);
        ui.selectable_value(&mut form.suggestions_shown, true, made);
    });
    let height = (ui.ctx().content_rect().height() - AROUND).max(160.0);
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::TOP), |ui| {
        if form.suggestions_shown {
            suggestions(ui, cx, form, height);
        } else {
            texts(ui, cx, form, &revisions, height);
        }
    });
    let earlier = revisions.get(form.revision).filter(|_| !form.suggestions_shown);
    finish(ui, cx, earlier);
    form.revisions = Some(revisions);
}

fn finish(ui: &mut Ui, cx: &mut Cx<'_>, earlier: Option<&Revision>) {
    let here = in_window(cx, earlier).is_some_and(|binned| !binned) && cx.state.vault.can_write();
    ui.add_space(8.0);
    if earlier.is_some() {
        cx.note(ui, cx.tr("history-restore-note"));
    }
    ui.horizontal(|ui| {
        if let Some(earlier) = earlier
            && cx.main_button(ui, cx.tr("history-restore"), here).clicked()
        {
            cx.act(Action::RestoreText(Box::new(earlier.case.clone())));
        }
        let close = ui.button(cx.tr("close"));
        if cx.modal_opened {
            close.request_focus();
        }
        if close.clicked() {
            cx.act(Action::CloseModal);
        }
    });
}

/// Whether the case is in the window, and then whether it lies in the bin.
fn in_window(cx: &Cx<'_>, earlier: Option<&Revision>) -> Option<bool> {
    earlier.and_then(|earlier| cx.state.case(&earlier.case.id)).map(|open| open.binned)
}

/// The list at the left; gives the line that was chosen.
fn dates(ui: &mut Ui, cx: &Cx<'_>, lines: &[(String, String)], chosen: &mut usize, height: f32) {
    ui.vertical(|ui| {
        ui.set_width(DATES_WIDTH);
        ScrollArea::vertical().id_salt("history dates").max_height(height).auto_shrink([false, true]).show(ui, |ui| {
            for (at, (date, who)) in lines.iter().enumerate() {
                ui.selectable_value(chosen, at, date);
                if !who.is_empty() {
                    ui.horizontal(|ui| {
                        ui.add_space(12.0);
                        cx.note(ui, who);
                    });
                }
            }
        });
    });
    ui.separator();
}

fn texts(ui: &mut Ui, cx: &Cx<'_>, form: &mut HistoryForm, revisions: &[Revision], height: f32) {
    if revisions.is_empty() {
        cx.note(ui, cx.tr("history-none"));
        return;
    }
    let line = |revision: &Revision| {
        let date = clock::for_people(&revision.case.modified_at);
        let who = revision.who.as_ref().map(|who| cx.tr_args("history-replaced-by", &[("name", who.as_str().into())]));
        (date, who.unwrap_or_default())
    };
    let lines: Vec<(String, String)> = revisions.iter().map(line).collect();
    dates(ui, cx, &lines, &mut form.revision, height);
    let Some(revision) = revisions.get(form.revision) else { return };
    scrolled(ui, height, |ui| text_of(ui, cx, &revision.case));
}

fn scrolled(ui: &mut Ui, height: f32, add: impl FnOnce(&mut Ui)) {
    ui.vertical(|ui| {
        ScrollArea::vertical().id_salt("history text").max_height(height).auto_shrink([false, true]).show(ui, add);
    });
}

/// A case to be read.
fn text_of(ui: &mut Ui, cx: &Cx<'_>, case: &Case) {
    let facts: Vec<String> = [
        Some(clock::date_for_people(&case.fecha)).filter(|date| !date.is_empty()),
        case.provincia.clone(),
        case.ambito.map(|value| value.label().to_owned()),
        case.tipo.map(|value| value.label().to_owned()),
        case.resultado.map(|value| cx.tr(outcome_message(value))),
    ]
    .into_iter()
    .flatten()
    .collect();
    ui.label(RichText::new(facts.join(" · ")).strong());
    let references = case.referencias.join("\n");
    for (message, text) in [
        ("field-hechos", &case.hechos),
        ("field-intervencion", &case.intervencion),
        ("field-resultado", &case.resultado_texto),
        ("field-causa-cierre", &case.causa_cierre),
        ("field-referencias", &references),
        ("field-notas", &case.notas),
    ] {
        if !text.trim().is_empty() {
            ui.add_space(6.0);
            cx.caption(ui, cx.tr(message).to_uppercase());
            ui.label(text);
        }
    }
}

fn suggestions(ui: &mut Ui, cx: &Cx<'_>, form: &mut HistoryForm, height: f32) {
    if form.suggestions.is_empty() {
        cx.note(ui, cx.tr("history-no-suggestions"));
        return;
    }
    let line = |kept: &KeptSuggestion| {
        let made_by = &kept.suggestion.provenance;
        (clock::for_people(&made_by.created_at), cx.model_name(&made_by.model, made_by.demonstration))
    };
    let lines: Vec<(String, String)> = form.suggestions.iter().map(line).collect();
    dates(ui, cx, &lines, &mut form.suggestion, height);
    let Some(kept) = form.suggestions.get(form.suggestion) else { return };
    scrolled(ui, height, |ui| provenance(ui, cx, kept));
}

/// A suggestion: what it said, what became of it, and what made it.
fn provenance(ui: &mut Ui, cx: &Cx<'_>, kept: &KeptSuggestion) {
    let suggestion = &kept.suggestion;
    let review = match suggestion.review {
        Review::Unreviewed => "generated-unreviewed",
        Review::Edited => "generated-edited",
        Review::Accepted => "generated-used",
    };
    ui.label(RichText::new(cx.tr(review)).size(SMALL).color(cx.palette.generated));
    for (message, text) in [("history-kept-text", &kept.kept_text), ("history-raw-text", &suggestion.raw_text)] {
        ui.add_space(6.0);
        cx.caption(ui, cx.tr(message).to_uppercase());
        ui.label(text);
    }
    ui.add_space(6.0);
    cx.caption(ui, cx.tr("history-made-by").to_uppercase());
    let made_by = &suggestion.provenance;
    let sampling = &made_by.sampling;
    let or_none = |value: Option<String>| value.filter(|text| !text.is_empty()).unwrap_or_else(|| "—".to_owned());
    for (message, value) in [
        ("history-model", cx.model_name(&made_by.model, made_by.demonstration)),
        ("details-digest", or_none(Some(made_by.model_digest.clone()))),
        ("history-adapter", or_none(made_by.adapter.clone())),
        ("history-adapter-digest", or_none(made_by.adapter_digest.clone())),
        ("details-quantization", made_by.quantization.clone()),
        ("history-device", made_by.device.clone()),
        ("details-prompt-version", made_by.prompt_version.clone()),
        ("details-temperature", cx.i18n.decimal(sampling.temperature, 2)),
        ("history-top-p", or_none(sampling.top_p.map(|value| cx.i18n.decimal(value, 2)))),
        ("history-top-k", or_none(sampling.top_k.map(|value| cx.i18n.number(value as u64)))),
        ("history-repetition", cx.i18n.decimal(f64::from(sampling.repetition_penalty), 2)),
        ("details-seed", sampling.seed.to_string()),
        ("history-date", clock::for_people(&made_by.created_at)),
        ("history-program", made_by.program_version.clone()),
    ] {
        cx.note(ui, cx.tr_args(message, &[("value", value.into())]));
    }
}
