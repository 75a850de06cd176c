//! What can go wrong while a suggestion is written.

use super::sampling::NoChoice;
use crate::domain::FactsProblem;
use crate::error::UserError;
use crate::model::ModelError;

/// Why there is no suggestion.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// Nothing to go on, or more text than any report has.
    #[error("the facts can't be used: {0:?}")]
    Facts(FactsProblem),
    /// Facts and new tokens do not fit into the model's window.
    #[error("{tokens} tokens of prompt, {limit} fit")]
    TooLong {
        /// Tokens of the prompt.
        tokens: usize,
        /// The most that fits.
        limit: usize,
        /// About so many words too many.
        words: usize,
    },
    /// The logits are no numbers.
    #[error(transparent)]
    Choice(#[from] NoChoice),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl From<FactsProblem> for InferenceError {
    fn from(problem: FactsProblem) -> Self {
        Self::Facts(problem)
    }
}

impl From<FactsProblem> for UserError {
    fn from(problem: FactsProblem) -> Self {
        match problem {
            FactsProblem::Empty => Self::new("error-facts-empty"),
            FactsProblem::TooLarge { bytes } => Self::new("error-facts-large").with("kilobytes", bytes / 1000),
        }
    }
}

/// Says that facts do not fit, by tokens and by about so many words.
pub fn facts_too_long(excess: usize, words: usize) -> UserError {
    UserError::new("error-facts-long").with("tokens", excess).with("words", words)
}

impl From<InferenceError> for UserError {
    fn from(error: InferenceError) -> Self {
        let said = error.to_string();
        match error {
            InferenceError::Facts(problem) => problem.into(),
            InferenceError::TooLong { tokens, limit, words } => facts_too_long(tokens.saturating_sub(limit), words),
            InferenceError::Choice(_) => Self::new("error-model-numbers"),
            InferenceError::Model(error) => return error.into(),
        }
        .technical(said)
    }
}
