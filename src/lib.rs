//! pag-bert: private, offline suggestions for NGO staff who defend Roma people against discrimination.
//!
//! `ARCHITECTURE.md` is the map. Direction: `main → {app, cli} → {ui, worker} → {inference, hub} → {model, prompt} →
//! domain`, over the common ground of `error`, `i18n`, `files`, `paths` and `config`.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod documents;
pub mod domain;
pub mod error;
pub mod files;
pub mod hub;
pub mod i18n;
pub mod inference;
pub mod log;
pub mod model;
pub mod paths;
pub mod prompt;
pub mod training;
pub mod ui;
pub mod vault;
pub mod worker;
