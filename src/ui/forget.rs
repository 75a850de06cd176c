//! Between the open window and the closed one nothing is carried over.

use egui::text_edit::TextEditState;
use egui::{Context, Id, Popup};

/// When the window has just been closed, or opened again: what fields keep for taking a change back goes, and so does the
/// keyboard's place.
pub(super) fn on_change(ctx: &Context, closed: bool) {
    let slot = Id::unique("the window is closed");
    let before: Option<bool> = ctx.data(|data| data.get_temp(slot));
    if before == Some(closed) {
        return;
    }
    ctx.data_mut(|data| {
        data.remove_by_type::<TextEditState>();
        data.insert_temp(slot, closed);
    });
    ctx.memory_mut(|memory| {
        if let Some(id) = memory.focused() {
            memory.surrender_focus(id);
        }
    });
    Popup::close_all(ctx);
    // What was laid out for the last frame is dropped with the one after the next.
    ctx.request_repaint();
}

/// What a field keeps for taking a change back goes at once: for what must not be kept.
pub(super) fn undo_of(ctx: &Context, field: Id) {
    if let Some(mut state) = TextEditState::load(ctx, field) {
        state.clear_undoer();
        state.store(ctx, field);
    }
}
