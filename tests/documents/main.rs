//! Documents: what goes out of the program, and what comes into it.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // a test stops where something fails

mod cases;
#[path = "../common/mod.rs"]
mod common;
mod fuzz;
mod hostile;
mod import;
mod printed;
mod tables;
mod tools;
mod vault;

/// How many random inputs a property is tried on: `usual`, or `PAG_FUZZ_ROUNDS`.
fn rounds(usual: u32) -> u32 {
    std::env::var("PAG_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(usual)
}
