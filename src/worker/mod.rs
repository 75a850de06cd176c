//! The threads beside the window, and the messages that pass between them and it.

mod drafts;
pub mod protocol;
pub mod storage;
