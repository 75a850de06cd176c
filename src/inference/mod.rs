//! From facts to a suggestion: sampling, stop rules, streaming decode, and the engine that runs the local model.

pub mod bench;
mod budget;
mod engine;
mod error;
mod local;
mod outcome;
mod pace;
mod replay;
mod sampling;
mod speculation;
mod text;

pub use crate::prompt::Section;
pub use budget::TokenCounter;
pub use engine::{Cancel, CountTokens, Engine, FactsBudget, Progress, Request};
pub use error::{InferenceError, facts_too_long};
pub use local::{LocalEngine, PROMPT_CHUNK};
pub use replay::{BlockSeconds, DraftGain, Written, replay};
pub use sampling::{NoChoice, Sampler};
pub use speculation::{DraftCounts, Drafting};
