//! Models from Hugging Face: the catalogue to choose from.

pub mod catalogue;

pub use catalogue::{CATALOGUE, CatalogueEntry, CatalogueRepo};
