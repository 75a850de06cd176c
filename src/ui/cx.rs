//! What a panel gets: the state, the words, the colours, and a place for what the person wants.

use egui::{Button, Color32, FontId, Response, RichText, Role, Ui, WidgetInfo};
use fluent_bundle::FluentValue;

use super::action::Action;
use super::forget;
use super::state::AppState;
use super::theme::{self, Palette, SMALL};
use super::vault_state::Typed;
use crate::error::UserError;
use crate::i18n::I18n;

/// A panel's surroundings for one frame.
pub struct Cx<'a> {
    /// What is shown.
    pub state: &'a mut AppState,
    /// The words.
    pub i18n: &'a I18n,
    /// The colours.
    pub palette: &'static Palette,
    /// What the person wants.
    pub actions: Vec<Action>,
    /// The open dialog is drawn for the first time: its first field takes the keyboard.
    pub modal_opened: bool,
}

impl Cx<'_> {
    /// A message.
    pub fn tr(&self, id: &str) -> String {
        self.i18n.tr(id)
    }

    /// A message with values.
    pub fn tr_args(&self, id: &str, args: &[(&'static str, FluentValue<'_>)]) -> String {
        self.i18n.tr_args(id, args)
    }

    /// A model's name; the demonstration model's is a word of the window's language.
    pub fn model_name(&self, name: &str, demonstration: bool) -> String {
        if demonstration { self.tr("model-demonstration") } else { name.to_owned() }
    }

    /// Asks for something.
    pub fn act(&mut self, action: Action) {
        self.actions.push(action);
    }

    /// A small note.
    pub fn note(&self, ui: &mut Ui, text: impl Into<String>) -> Response {
        ui.label(RichText::new(text).size(SMALL).color(self.palette.muted))
    }

    /// A caption over a field or a panel.
    pub fn caption(&self, ui: &mut Ui, text: impl Into<String>) -> Response {
        ui.label(RichText::new(text).font(FontId::new(SMALL, theme::strong())).color(self.palette.muted))
    }

    /// The one button that is likely to be wanted.
    pub fn main_button(&self, ui: &mut Ui, text: impl Into<String>, enabled: bool) -> Response {
        let text = RichText::new(text).color(self.palette.on_accent).font(FontId::new(theme::BODY, theme::strong()));
        ui.add_enabled(enabled, Button::new(text).fill(self.palette.accent))
    }

    /// An error: title, what happened, what to do.
    pub fn error(&self, ui: &mut Ui, error: &UserError) {
        let text = self.i18n.error(error);
        strong(ui, text.title, self.palette.negative);
        ui.label(text.what);
        ui.label(text.next);
    }
}

/// Text that stands out.
pub fn strong(ui: &mut Ui, text: impl Into<String>, color: Color32) -> Response {
    ui.label(RichText::new(text).font(FontId::new(theme::BODY, theme::strong())).color(color))
}

/// A button with a sign instead of a word; `name` is its tooltip and what a screen reader says.
pub fn sign_button(ui: &mut Ui, sign: &str, name: &str) -> Response {
    let button = ui.add(Button::new(sign).frame_when_inactive(false)).on_hover_text(name);
    let enabled = ui.is_enabled();
    button.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    button
}

/// Tells a screen reader what a field is for, and what stands in it. A hint alone is no name.
pub fn name_field(response: &Response, role: Role, name: &str, value: &str) {
    let (name, value) = (name.to_owned(), value.to_owned());
    let enabled = response.enabled();
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(role, enabled, &name);
        info.current_text_value = Some(value.clone());
        info
    });
}

/// How far something is; a screen reader hears what it is.
pub fn progress(ui: &mut Ui, cx: &Cx<'_>, message: &str, fraction: f32, width: f32) {
    let share = cx.i18n.decimal(f64::from(100.0 * fraction), 0);
    let text = cx.tr_args("percent", &[("number", share.into())]);
    let name = format!("{} {text}", cx.tr(message));
    let bar = ui.add(egui::ProgressBar::new(fraction).desired_width(width).text(text));
    bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &name));
}

/// A passphrase or a key under its caption. What is typed is kept nowhere else, not even for taking it back.
pub fn secret_field(ui: &mut Ui, cx: &Cx<'_>, message: &'static str, typed: &mut Typed, shown: bool) -> Response {
    let (id, name) = (egui::Id::unique(("secret", message)), cx.tr(message));
    cx.note(ui, &name);
    let edit = egui::TextEdit::singleline(&mut typed.0).id(id).password(!shown).desired_width(f32::INFINITY);
    let response = ui.add(edit);
    forget::undo_of(ui.ctx(), id);
    let role = if shown { Role::TextInput } else { Role::PasswordInput };
    name_field(&response, role, &name, "");
    response
}
