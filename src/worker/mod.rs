//! The threads beside the window, and the messages that pass between them and it.

mod ahead;
pub mod archive;
pub mod care;
pub mod download;
mod drafts;
pub mod export;
mod handle;
mod import;
pub mod inference;
pub mod load;
pub mod prepare;
pub mod protocol;
pub mod session;
pub mod storage;
mod vault;
pub mod vault_protocol;
pub mod wait;
