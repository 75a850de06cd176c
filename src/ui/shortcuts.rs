//! The keys: one table for the keyboard, the menus and the sheet that lists them.

use egui::{Context, Key, KeyboardShortcut, Modifiers};

use super::action::{Action, Focus, Modal};
use super::state::AppState;
use crate::worker::protocol::SaveFormat;

/// Something that a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    New,
    Open,
    Save,
    SaveAs,
    CloseCase,
    Quit,
    Suggest,
    Stop,
    Another,
    Search,
    Find,
    NextPane,
    Lock,
    Settings,
    LargerText,
    SmallerText,
    NormalText,
    Keys,
    Help,
}

use Command as C;

impl Command {
    /// In the order of the sheet.
    pub(crate) const ALL: [Self; 19] = [
        C::New,
        C::Open,
        C::Save,
        C::SaveAs,
        C::CloseCase,
        C::Suggest,
        C::Stop,
        C::Another,
        C::Search,
        C::Find,
        C::NextPane,
        C::Lock,
        C::LargerText,
        C::SmallerText,
        C::NormalText,
        C::Settings,
        C::Keys,
        C::Help,
        C::Quit,
    ];

    /// Its keys.
    pub(crate) fn keys(self) -> KeyboardShortcut {
        let ctrl = Modifiers::COMMAND;
        let (modifiers, key) = match self {
            C::New => (ctrl, Key::N),
            C::Open => (ctrl, Key::O),
            C::Save => (ctrl, Key::S),
            C::SaveAs => (ctrl | Modifiers::SHIFT, Key::S),
            C::CloseCase => (ctrl, Key::W),
            C::Quit => (ctrl, Key::Q),
            C::Suggest => (ctrl, Key::Enter),
            C::Stop => (Modifiers::NONE, Key::Escape),
            C::Another => (ctrl, Key::R),
            C::Search => (ctrl, Key::K),
            C::Find => (ctrl, Key::F),
            C::NextPane => (Modifiers::NONE, Key::F6),
            C::Lock => (ctrl, Key::L),
            C::Settings => (ctrl, Key::Comma),
            C::LargerText => (ctrl, Key::Plus),
            C::SmallerText => (ctrl, Key::Minus),
            C::NormalText => (ctrl, Key::Num0),
            C::Keys => (ctrl, Key::Slash),
            C::Help => (Modifiers::NONE, Key::F1),
        };
        KeyboardShortcut::new(modifiers, key)
    }

    /// Its Fluent message.
    pub(crate) fn message(self) -> &'static str {
        match self {
            C::New => "command-new",
            C::Open => "command-open",
            C::Save => "command-save",
            C::SaveAs => "command-save-as",
            C::CloseCase => "command-close-case",
            C::Quit => "command-quit",
            C::Suggest => "command-suggest",
            C::Stop => "command-stop",
            C::Another => "command-another",
            C::Search => "command-search",
            C::Find => "command-find",
            C::NextPane => "command-next-pane",
            C::Lock => "command-lock",
            C::Settings => "command-settings",
            C::LargerText => "command-larger-text",
            C::SmallerText => "command-smaller-text",
            C::NormalText => "command-normal-text",
            C::Keys => "command-keys",
            C::Help => "command-help",
        }
    }

    /// What it does now; none when it does nothing.
    pub(crate) fn action(self, state: &AppState) -> Option<Action> {
        let scaled = |by: f32| {
            let scale = if by == 0.0 { 1.0 } else { (state.settings.scale + by).clamp(0.75, 2.0) };
            Some(Action::SetSettings(Box::new(crate::config::Settings { scale, ..state.settings.clone() })))
        };
        match self {
            C::New => Some(Action::NewCase),
            C::Open => Some(Action::Open),
            C::Save => Some(Action::Save),
            C::SaveAs => Some(Action::SaveAs(SaveFormat::Json)),
            C::CloseCase => state.selected.clone().map(Action::CloseCase),
            C::Quit => Some(Action::Quit),
            C::Suggest => Some(Action::Suggest),
            C::Stop => escape(state),
            C::Another => {
                let has_one = state.shown().is_some_and(|open| open.case.propuesta.is_some());
                Some(if has_one { Action::Regenerate } else { Action::Suggest })
            }
            C::Search => Some(Action::Focus(Focus::Search)),
            C::Find => Some(Action::Focus(Focus::FindInText)),
            C::NextPane => Some(Action::Focus(Focus::NextPane)),
            C::Lock => state.vault.open().map(|_| Action::Lock),
            C::Settings => Some(Action::ShowModal(Modal::Settings)),
            C::LargerText => scaled(0.1),
            C::SmallerText => scaled(-0.1),
            C::NormalText => scaled(0.0),
            C::Keys => Some(Action::ShowModal(Modal::Keys)),
            C::Help => Some(Action::ShowModal(Modal::About)),
        }
    }
}

/// Esc closes what is open before it stops what runs.
fn escape(state: &AppState) -> Option<Action> {
    if state.modal.is_some() {
        return Some(Action::CloseModal);
    }
    state.job.as_ref().map(|_| Action::Stop)
}

/// What the keys that were pressed mean. They are taken before any field sees them.
pub(crate) fn pressed(ctx: &Context, state: &AppState) -> Vec<Action> {
    // Those with more modifiers first: Ctrl+S would take Ctrl+Shift+S too.
    let order = std::iter::once(C::SaveAs).chain(C::ALL.into_iter().filter(|command| *command != C::SaveAs));
    let mut actions = Vec::new();
    for command in order {
        // A menu or a list that is open takes Esc for itself.
        if command == C::Stop && (escape(state).is_none() || egui::Popup::is_any_open(ctx)) {
            continue;
        }
        if is_free(command, state) && ctx.input_mut(|input| input.consume_shortcut(&command.keys())) {
            actions.extend(command.action(state));
        }
    }
    // On many keyboards «+» is another key's shifted letter.
    if ctx.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Equals)) {
        actions.extend(C::LargerText.action(state));
    }
    actions
}

/// Behind a dialog little is done; while no case may be shown, only what shows none.
fn is_free(command: Command, state: &AppState) -> bool {
    let size = matches!(command, C::LargerText | C::SmallerText | C::NormalText);
    if state.vault.is_closed() {
        return size || command == C::Quit;
    }
    size || state.modal.is_none() || matches!(command, C::Stop | C::Keys | C::Help | C::Lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_their_keys() {
        for (at, one) in C::ALL.iter().enumerate() {
            for other in &C::ALL[at + 1..] {
                assert!(one.keys() != other.keys(), "{one:?} and {other:?}");
                assert_ne!(one.message(), other.message());
            }
        }
    }
}
