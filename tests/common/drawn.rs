//! A drawn window without a GPU, and what was asked of it.

use std::cell::RefCell;
use std::rc::Rc;

use egui::vec2;
use egui_kittest::Harness;
use pag_bert::i18n::{I18n, Lang};
use pag_bert::ui::action::Action;
use pag_bert::ui::state::AppState;
use pag_bert::ui::{theme, window};

/// Every wish of the person since it was last taken.
pub type Asked = Rc<RefCell<Vec<Action>>>;

/// Draws a state in that size, in points.
pub fn drawn(state: AppState, width: f32, height: f32) -> (Harness<'static, AppState>, Asked) {
    let asked = Asked::default();
    let log = asked.clone();
    let i18n = I18n::new(Lang::Es);
    let mut installed = false;
    let harness = Harness::builder().with_size(vec2(width, height)).build_ui_state(
        move |ui, state: &mut AppState| {
            if !installed {
                theme::install(ui.ctx(), Vec::new());
                installed = true;
            }
            log.borrow_mut().extend(window(ui, state, &i18n));
        },
        state,
    );
    (harness, asked)
}
