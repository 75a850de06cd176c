//! «Registro de actividad»: who did what, the newest first. Only what is shown is read.

use egui::{Align, Label, Layout, RichText, ScrollArea, Ui, vec2};

use super::super::action::Action;
use super::super::cx::Cx;
use super::super::theme::SMALL;
use super::{close_row, heading, vault};
use crate::clock;
use crate::vault::Finding;
use crate::worker::care::CareKind;
use crate::worker::vault_protocol::NumberedLine;

const ROW: f32 = 22.0;

pub(super) fn show(ui: &mut Ui, cx: &mut Cx<'_>) {
    heading(ui, cx, "care-audit-heading");
    cx.note(ui, cx.tr("care-audit-what"));
    ui.add_space(4.0);
    let busy = cx.state.care.job(CareKind::CheckVault).is_some();
    if ui.add_enabled(!busy, egui::Button::new(cx.tr("care-check"))).clicked() {
        cx.act(Action::CheckVault);
    }
    vault::checkup(ui, cx);
    ui.add_space(8.0);
    let Some(count) = cx.state.care.audit.count else {
        cx.note(ui, cx.tr("care-audit-reading"));
        close_row(ui, cx);
        return;
    };
    let height = (ui.ctx().content_rect().height() - 320.0).clamp(160.0, 420.0);
    let rows = usize::try_from(count).unwrap_or(0);
    let gap = std::mem::replace(&mut ui.spacing_mut().item_spacing.y, 0.0);
    let area = ScrollArea::vertical().id_salt("audit").max_height(height).auto_shrink([false, true]);
    area.show_rows(ui, ROW, rows, |ui, shown| {
        // The newest first.
        for seq in (1..=count).rev().skip(shown.start).take(shown.len()) {
            row(ui, cx, seq);
        }
    });
    ui.spacing_mut().item_spacing.y = gap;
    close_row(ui, cx);
}

fn row(ui: &mut Ui, cx: &mut Cx<'_>, seq: i64) {
    let audit = &cx.state.care.audit;
    let Some(found) = audit.lines.get(&seq) else {
        let gone = audit.is_read(seq);
        let words = if gone { "care-audit-missing" } else { "care-audit-reading" };
        let text = RichText::new(cx.tr_args(words, &[("seq", seq.into())])).size(SMALL);
        let color = if gone { cx.palette.negative } else { cx.palette.muted };
        ui.allocate_ui(vec2(ui.available_width(), ROW), |ui| ui.label(text.color(color)));
        if !gone {
            cx.act(Action::ReadAudit(seq));
        }
        return;
    };
    let wrong = cx.state.care.checkup.as_ref().is_some_and(|checkup| names(&checkup.findings, seq));
    let color = if wrong { cx.palette.negative } else { cx.palette.text };
    let cells = cells(cx, found);
    let width = ui.available_width();
    ui.horizontal(|ui| {
        ui.set_height(ROW);
        ui.spacing_mut().item_spacing.x = 8.0;
        for (cell, share) in cells.into_iter().zip([0.08, 0.19, 0.31, 0.12, 0.28]) {
            let size = vec2(width * share - 8.0, ROW);
            ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(size.x);
                ui.add(Label::new(RichText::new(cell).size(SMALL).color(color)).truncate());
            });
        }
    });
}

/// Its number, when, what, which case, and details.
fn cells(cx: &Cx<'_>, found: &NumberedLine) -> [String; 5] {
    let line = &found.line;
    let case = match (&found.number, line.subject.is_empty()) {
        (Some(number), _) if !number.is_empty() => number.clone(),
        (_, true) => String::new(),
        (Some(_), _) => cx.tr("case-unnumbered"),
        (None, _) => cx.tr("care-audit-gone"),
    };
    let detail = match line.kind.as_str() {
        "edit" if line.detail != "attachments" => {
            cx.tr_args("care-audit-revision", &[("revision", line.detail.as_str().into())])
        }
        "edit" => cx.tr("care-audit-attachments"),
        _ => line.detail.clone(),
    };
    let seq = cx.i18n.number(line.seq.unsigned_abs());
    [seq, clock::for_people(&line.at), cx.tr(line.message()), case, detail]
}

/// Whether one of the findings is about this line.
fn names(findings: &[Finding], line: i64) -> bool {
    findings.iter().any(|finding| match finding {
        Finding::Edited { seq, .. } | Finding::Rewritten { seq } => *seq == line,
        Finding::Added { from, to } => (*from..=*to).contains(&line),
        Finding::Removed { .. } | Finding::CutOff { .. } | Finding::NoHead => false,
    })
}
