//! What a model must be able to do for the program: count, generate with progress, and stop at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::domain::{ModelInfo, Sampling, Suggestion};
use crate::error::UserError;
use crate::prompt::Section;

/// Set by whoever wants a job to end; looked at before each token and each prompt chunk. A fresh one for each job.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks the job to end.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the job shall end.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What to generate.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// The facts, as [`crate::domain::clean_facts`] leaves them.
    pub facts: String,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Tokens generated before, to go on from (a suggestion that was stopped or met its limit); empty = from the start.
    pub continue_from: Vec<u32>,
}

/// What happens while a suggestion is generated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// The prompt is tokenised.
    Started {
        /// Tokens of the prompt.
        prompt_tokens: usize,
    },
    /// The prompt is being read.
    Prefill {
        /// Tokens read.
        done: usize,
        /// Tokens to read.
        total: usize,
    },
    /// New text. Never half a letter, never a part of a marker.
    Text {
        /// Where it belongs.
        section: Section,
        /// The text to add.
        delta: String,
    },
}

/// How much of the window the facts take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FactsBudget {
    /// Tokens of the whole prompt.
    pub tokens: usize,
    /// The most that a prompt may have, so that the new tokens fit behind it.
    pub limit: usize,
    /// Where in the text (a byte, on a letter's edge) what no longer fits begins.
    pub overflow_at: Option<usize>,
}

impl FactsBudget {
    /// How many tokens too many; 0 when it fits.
    pub fn excess(&self) -> usize {
        self.tokens.saturating_sub(self.limit)
    }
}

/// Counts tokens without the model, so that the window can do it while the model works.
pub trait CountTokens: Send + Sync {
    /// How much of the window these facts take, with room left for `max_new_tokens`.
    fn budget(&self, facts: &str, max_new_tokens: usize) -> FactsBudget;
}

/// A loaded model that can write suggestions.
pub trait Engine: Send {
    /// What is loaded.
    fn info(&self) -> &ModelInfo;

    /// The counter that goes with this model.
    fn counter(&self) -> Arc<dyn CountTokens>;

    /// Writes a suggestion, telling `on_progress` about it; returns within one token, or one prompt chunk of at most
    /// 64 tokens, after `cancel` is set, with [`crate::domain::Finish::Cancelled`] and what there is by then.
    fn generate(
        &mut self,
        request: &Request,
        cancel: &Cancel,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Suggestion, UserError>;
}
