//! Drafts: when they are written, and what comes of those that were left behind.

use std::path::PathBuf;

use super::desk::{self, Desk, Effect};
use super::{cases, conflict};
use crate::domain::{Case, CaseId};
use crate::error::UserError;
use crate::ui::state::{AppState, OpenCase, ToastBody};

/// A draft is written so long after the first change that is in none.
const DRAFT_AFTER_S: f64 = 0.7;
/// After a failure it is tried again so much later.
const DRAFT_RETRY_S: f64 = 5.0;

/// Drafts that are due.
pub(super) fn due(state: &mut AppState) -> Vec<Effect> {
    let now_s = state.now_s;
    let mut effects = Vec::new();
    for open in &mut state.cases {
        let due = open.unsaved_since_s.is_some_and(|since| now_s - since >= DRAFT_AFTER_S);
        if due && open.draft_sent.is_none() && !open.case.is_blank() {
            open.draft_sent = Some(open.case.modified_at.clone());
            effects.push(cases::draft(&state.vault, open));
        }
    }
    effects
}

/// Seconds until a draft is due; none when no case waits for one.
pub(super) fn next_s(state: &AppState) -> Option<f64> {
    let waits = state.cases.iter().filter(|open| open.draft_sent.is_none() && !open.case.is_blank());
    let due = waits.filter_map(|open| open.unsaved_since_s).map(|since| since + DRAFT_AFTER_S - state.now_s);
    due.reduce(f64::min).map(|due| due.max(0.0))
}

/// A draft, or the settings, could not be kept.
pub(super) fn failed(state: &mut AppState, id: Option<&CaseId>, error: UserError) {
    let now_s = state.now_s;
    if let Some(open) = id.and_then(|id| state.case_mut(id)) {
        open.draft_sent = None;
        open.unsaved_since_s = Some(now_s + DRAFT_RETRY_S - DRAFT_AFTER_S);
    }
    // Said once and shown until it works again, not at every try.
    state.storage_trouble = Some(error);
}

/// Drafts that were left behind, in clear, come into the window; with an open vault they are on their way into it.
pub(super) fn recovered(
    state: &mut AppState,
    desk: &mut Desk,
    found: Vec<(Option<PathBuf>, Case)>,
    failed: Vec<(PathBuf, UserError)>,
) -> Vec<Effect> {
    let count = found.len();
    // A draft in clear is none of the vault's yet.
    let in_vault = state.vault.open().is_some();
    let now_s = state.now_s;
    for (path, mut case) in found {
        let in_clear = in_vault.then(|| case.id.clone());
        if let Some(open) = state.case_mut(&case.id)
            && open.would_lose()
        {
            if !in_vault {
                continue;
            }
            if conflict::is_same_text(&open.case, &case) {
                open.in_clear = in_clear;
                open.unsaved_since_s = Some(now_s);
                continue;
            }
            // Both texts were typed, and both stay.
            let own = desk::numbered_case(state);
            (case.id, case.number) = (own.id, own.number);
        }
        let id = case.id.clone();
        state.cases.retain(|open| open.case.id != id);
        cases::take_number(state, &case.number);
        let draft_kept = (!in_vault).then(|| case.modified_at.clone());
        let unsaved_since_s = in_vault.then_some(now_s);
        let open = OpenCase {
            path,
            dirty: true,
            draft_kept,
            unsaved_since_s,
            recovered: true,
            in_clear,
            ..OpenCase::new(case)
        };
        cases::put_first(state, open);
    }
    // The blank case that the window began with may have taken a number that a draft has.
    cases::renumber_blank(state);
    if count > 0 {
        desk.toast(state, ToastBody::InfoWith("toast-drafts-recovered", count.to_string()));
    }
    cases::tell_failed(state, desk, failed);
    Vec::new()
}
