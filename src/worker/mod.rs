//! The threads beside the window, and the messages that pass between them and it.

pub mod protocol;
