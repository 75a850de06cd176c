//! What a person wants and what the threads say, as plain functions over the state: no window, no thread, no disk.

#![allow(clippy::unwrap_used)] // a test stops where something fails

mod bench;
mod cases;
#[path = "../common/mod.rs"]
mod common;
mod documents;
mod models;
mod prepare;
mod suggest;
