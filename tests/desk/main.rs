//! What a person wants and what the threads say, as plain functions over the state: no window, and no thread or disk
//! but where the vault is concerned (`office.rs`).

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

mod archive;
mod bench;
mod canary;
mod care;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod conflict;
mod documents;
mod gate;
mod killed;
mod models;
mod office;
mod prepare;
mod suggest;
mod trouble;
mod vault;
