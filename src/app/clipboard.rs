//! Text of cases in the clipboard: it leaves it again after a while, when the vault is locked, and with the program.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use super::desk::{Desk, Effect};
use crate::ui::state::{AppState, ToastBody};

/// What was copied, and when. By its hash: no second copy of the text is kept for this.
#[derive(Debug, Clone, PartialEq)]
pub struct Copied {
    hash: u64,
    at_s: f64,
    /// It stays so long; none = until the vault is locked.
    seconds: Option<f64>,
}

impl Copied {
    /// Whether that is this text.
    pub fn is(&self, text: &str) -> bool {
        self.hash == hash(text)
    }
}

fn hash(text: &str) -> u64 {
    // With numbers of this run alone: it says nothing about the text to anybody else.
    static STATE: OnceLock<RandomState> = OnceLock::new();
    STATE.get_or_init(RandomState::new).hash_one(text)
}

/// What is to be done with a text that leaves the window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaving {
    /// It goes into the clipboard, and is remembered.
    Clipboard(String),
    /// It was only selected. Where systems have a second clipboard for that, it does not go there: nobody asked for it.
    Nowhere,
}

/// What becomes of a text that egui hands to the system.
pub fn leaving(state: &AppState, desk: &mut Desk, text: String, selected_only: bool) -> Leaving {
    if selected_only {
        return Leaving::Nowhere;
    }
    if state.vault.open().is_some() && !text.is_empty() {
        desk.copied = Some(Copied { hash: hash(&text), at_s: state.now_s, seconds: seconds(state) });
    }
    Leaving::Clipboard(text)
}

/// How long copied text stays; none = until the vault is locked.
fn seconds(state: &AppState) -> Option<f64> {
    let seconds = state.vault.open()?.info.settings.clear_clipboard_seconds;
    (seconds > 0).then(|| f64::from(seconds))
}

/// What is said when something is copied.
pub(super) fn copied_message(state: &AppState) -> ToastBody {
    match seconds(state) {
        Some(seconds) => ToastBody::InfoWith("toast-copied-leaves", format!("{seconds:.0}")),
        None => ToastBody::Info("toast-copied"),
    }
}

/// Takes it out of the clipboard now.
pub(super) fn clear(desk: &mut Desk) -> Option<Effect> {
    desk.copied.take().map(Effect::ClearClipboard)
}

/// Takes it out when its time has come.
pub(super) fn due(state: &AppState, desk: &mut Desk) -> Option<Effect> {
    if next_s(state, desk)? > 0.0 {
        return None;
    }
    clear(desk)
}

/// Seconds until then; none when nothing is in there.
pub(super) fn next_s(state: &AppState, desk: &Desk) -> Option<f64> {
    let copied = desk.copied.as_ref()?;
    Some((copied.at_s + copied.seconds? - state.now_s).max(0.0))
}
