//! What can go wrong while a suggestion is written.

use super::sampling::NoChoice;
use crate::domain::FactsProblem;
use crate::error::UserError;
use crate::model::ModelError;

/// Why there is no suggestion.
#[derive(Debug, thiserror::Error)]
pub enum InferenceError {
    /// Nothing to go on.
    #[error("the facts are empty")]
    Empty,
    /// More text than any report has.
    #[error("{bytes} bytes of facts")]
    TooLarge {
        /// How many.
        bytes: usize,
    },
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
        match problem {
            FactsProblem::Empty => Self::Empty,
            FactsProblem::TooLarge { bytes } => Self::TooLarge { bytes },
        }
    }
}

impl From<InferenceError> for UserError {
    fn from(error: InferenceError) -> Self {
        let said = error.to_string();
        match error {
            InferenceError::Empty => Self::new("error-facts-empty"),
            InferenceError::TooLarge { bytes } => Self::new("error-facts-large").with("kilobytes", bytes / 1000),
            InferenceError::TooLong { tokens, limit, words } => {
                Self::new("error-facts-long").with("tokens", tokens.saturating_sub(limit)).with("words", words)
            }
            InferenceError::Choice(_) => Self::new("error-model-numbers"),
            InferenceError::Model(error) => return error.into(),
        }
        .technical(said)
    }
}
