//! Reading the facts while they are typed: in small blocks, when there is nothing else to do, and not on battery.

use std::time::{Duration, Instant};

use starship_battery::{Manager, State};

/// After such a pause the last word is taken for whole.
const PAUSE: Duration = Duration::from_secs(2);
/// Whether the computer runs on battery is asked so often.
const ASK_POWER: Duration = Duration::from_secs(30);

/// The facts that are being typed, and how far they are read.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    typed: Option<Typed>,
    power: Option<(Instant, bool)>,
}

#[derive(Debug)]
struct Typed {
    facts: String,
    since: Instant,
    /// All words but the last are read.
    words_read: bool,
}

impl Ahead {
    /// The facts are these now.
    pub(super) fn typed(&mut self, facts: String) {
        self.typed = Some(Typed { facts, since: Instant::now(), words_read: false });
    }

    /// There is something better to do.
    pub(super) fn forget(&mut self) {
        self.typed = None;
    }

    /// How long until the next block may be read; none when there is nothing to read.
    pub(super) fn due_in(&self) -> Option<Duration> {
        let typed = self.typed.as_ref()?;
        Some(if typed.words_read {
            (typed.since + PAUSE).saturating_duration_since(Instant::now())
        } else {
            Duration::ZERO
        })
    }

    /// What to read now, and whether it is settled to its end.
    pub(super) fn next(&mut self) -> Option<(&str, bool)> {
        if self.on_battery() {
            self.typed = None;
        }
        self.typed.as_ref().map(|typed| (typed.facts.as_str(), typed.words_read))
    }

    /// A block was read; `more` where others follow.
    pub(super) fn read(&mut self, more: bool) {
        match &mut self.typed {
            Some(typed) if !more && !typed.words_read => typed.words_read = true,
            Some(_) if !more => self.typed = None,
            _ => (),
        }
    }

    fn on_battery(&mut self) -> bool {
        if self.power.is_none_or(|(at, _)| at.elapsed() > ASK_POWER) {
            self.power = Some((Instant::now(), discharging()));
        }
        self.power.is_some_and(|(_, on_battery)| on_battery)
    }
}

/// Whether a battery is being emptied; a computer that can't tell has none.
fn discharging() -> bool {
    let Ok(batteries) = Manager::new().and_then(|manager| manager.batteries()) else { return false };
    batteries.flatten().any(|battery| battery.state() == State::Discharging)
}
