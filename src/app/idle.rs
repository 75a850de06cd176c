//! The vault locks itself when nobody is at the desk.

use egui::{Context, Event};

use super::desk::{Desk, Effect};
use super::vault;
use crate::ui::state::AppState;

/// Notes that somebody is at the desk: a key, a click, a turn of the wheel. A pointer that only moves may be a cat.
pub fn note_input(state: &mut AppState, ctx: &Context) {
    let somebody = ctx.input(|input| {
        input.events.iter().any(|event| {
            matches!(
                event,
                Event::Key { .. }
                    | Event::Text(_)
                    | Event::Paste(_)
                    | Event::Copy
                    | Event::Cut
                    | Event::Ime(_)
                    | Event::PointerButton { .. }
                    | Event::MouseWheel { .. }
                    | Event::Touch { .. }
            )
        })
    });
    if somebody {
        state.input_at_s = state.now_s;
    }
}

/// Locks the vault when its time has come. While a suggestion is written, somebody waits for it.
pub(super) fn lock_if_idle(state: &mut AppState, desk: &mut Desk) -> Vec<Effect> {
    if state.job.is_some() {
        state.input_at_s = state.now_s;
    }
    if due_in_s(state).is_some_and(|seconds| seconds <= 0.0) {
        return vault::lock(state, desk);
    }
    Vec::new()
}

/// Seconds until the vault locks itself; none when it doesn't.
pub(super) fn due_in_s(state: &AppState) -> Option<f64> {
    let minutes = state.vault.open()?.info.settings.lock_after_minutes;
    if minutes == 0 || state.job.is_some() {
        return None;
    }
    Some((state.input_at_s + 60.0 * f64::from(minutes) - state.now_s).max(0.0))
}
