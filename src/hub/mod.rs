//! Models from Hugging Face: the catalogue to choose from, and downloads that resume, are checked, and stop when asked.
//!
//! hf-hub gives the cache's layout (`models--owner--name/{blobs,refs,snapshots}`), its paths and the token file, so that
//! what other programs have downloaded is found, and theirs finds ours. Its own downloads check no checksum and no free
//! space, have no idle timeout, honour no `Retry-After` and can't be stopped; those parts stand here, on ureq.
//!
//! What is whole in the cache is used without asking the network, even when the branch has moved on: the model that made
//! yesterday's suggestions makes today's.

mod cache;
pub mod catalogue;
mod config;
mod download;
mod error;
mod fetch;
mod remote;
mod retry;
mod select;
mod speed;

pub use catalogue::{CATALOGUE, CatalogueEntry, CatalogueRepo};
pub use config::{HubConfig, RealSystem, System, Token};
pub use error::HubError;
pub use fetch::{Progress, Wanted, fetch, fetch_all, fetch_locations};
pub use select::Role;
pub use speed::Speed;
