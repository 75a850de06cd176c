//! Panels and widgets: they read state and return actions, and know no channel, no file and no model.

pub mod action;
pub mod state;
