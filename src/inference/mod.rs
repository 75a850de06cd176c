//! From facts to a suggestion: sampling, stop rules, the streaming decode, and the engine that runs the local model.

mod engine;

pub use crate::prompt::Section;
pub use engine::{Cancel, CountTokens, Engine, FactsBudget, Progress, Request};
