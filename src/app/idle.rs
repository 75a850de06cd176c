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

/// So much more may the clock on the wall go forward than the program's own, in milliseconds, before it has slept.
const SLEPT_MS: i64 = 60_000;

/// Finds that the computer has slept where the system doesn't say so before: the program's own clock stood still.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    ahead_ms: Option<i64>,
}

impl Clocks {
    /// Whether it has slept since the last time. `now_s`: seconds since the program began; `wall_ms`: the Unix time.
    pub(super) fn have_slept(&mut self, now_s: f64, wall_ms: i64) -> bool {
        let ahead_ms = wall_ms - (now_s * 1000.0) as i64;
        self.ahead_ms.replace(ahead_ms).is_some_and(|before| ahead_ms - before > SLEPT_MS)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_stood_still_tells_of_sleep() {
        let mut clocks = Clocks::default();
        assert!(!clocks.have_slept(10.0, 1_000_000_000));
        // Nothing was drawn for an hour: both went on.
        assert!(!clocks.have_slept(3_610.0, 1_003_600_000));
        assert!(clocks.have_slept(3_611.0, 1_007_200_000));
        assert!(!clocks.have_slept(3_612.0, 1_007_201_000), "told once");
        assert!(!clocks.have_slept(3_613.0, 1_000_000_000), "set back");
    }
}
