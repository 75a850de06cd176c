//! Why a training can't begin, or had to stop. No variant carries text of a case.

use std::io;
use std::path::PathBuf;

use super::dataset::DatasetError;
use super::sample::Origin;
use crate::error::UserError;
use crate::model::ModelError;

/// What went wrong.
#[allow(missing_docs)]
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(transparent)]
    Model(#[from] ModelError),
    // --- the recipe
    #[error("the recipe {name}: {reason}")]
    Recipe { name: String, reason: String },
    #[error("{field} can't be {value}")]
    Setting { field: &'static str, value: String },
    // --- the data
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error("no samples in {0}")]
    NoSamples(PathBuf),
    #[error("{name} can't be read: {source}")]
    Unreadable {
        name: String,
        #[source]
        source: io::Error,
    },
    #[error("the window of {window} tokens cuts off all that is to be learnt of {origin}")]
    NothingToLearn { origin: Origin, window: usize },
    // --- the model
    #[error("the tokenizer has no {token}")]
    NoEndToken { token: &'static str },
    #[error("no row of the embedding is free for {token}")]
    NoFreeRow { token: &'static str },
    #[error("quantised weights can't be trained themselves")]
    QuantisedFull,
    // --- the run folder
    #[error("{0} is in use by another training")]
    InUse(PathBuf),
    #[error("{0} holds a run already")]
    NotEmpty(PathBuf),
    #[error("there is nothing to resume in {0}")]
    NothingToResume(PathBuf),
    #[error("the run in {folder} was begun with another {what}")]
    OtherRun { folder: PathBuf, what: &'static str },
    #[error("{path} can't be written: {source}")]
    Write {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    // --- while it runs
    #[error("step {step}: the loss of {} is no number", list(batch))]
    NotANumber { step: usize, batch: Vec<Origin> },
    #[error("threads can't be started: {0}")]
    Threads(String),
    #[error("stopped")]
    Stopped,
}

fn list(batch: &[Origin]) -> String {
    batch.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl From<candle_core::Error> for TrainError {
    fn from(error: candle_core::Error) -> Self {
        Self::Model(error.into())
    }
}

impl From<TrainError> for UserError {
    fn from(error: TrainError) -> Self {
        let said = error.to_string();
        let shown = match error {
            // The ways out of it are others than when a model writes.
            TrainError::Model(ModelError::OutOfDeviceMemory(_)) => Self::new("error-train-device-memory"),
            TrainError::Model(error) => return error.into(),
            TrainError::Dataset(error) => return error.into(),
            TrainError::Recipe { name, .. } => Self::new("error-train-recipe").with("name", name),
            TrainError::Setting { field, value } => {
                Self::new("error-train-setting").with("field", field).with("value", value)
            }
            TrainError::NoSamples(path) => Self::new("error-train-no-samples").with("folder", path.display()),
            TrainError::Unreadable { name, .. } => Self::new("error-train-unreadable").with("name", name),
            TrainError::NothingToLearn { origin, window } => {
                Self::new("error-train-nothing-to-learn").with("origin", origin).with("window", window)
            }
            TrainError::NoEndToken { token } => Self::new("error-train-no-end-token").with("token", token),
            TrainError::NoFreeRow { token } => Self::new("error-train-no-free-row").with("token", token),
            TrainError::QuantisedFull => Self::new("error-train-quantised-full"),
            TrainError::InUse(path) => Self::new("error-train-in-use").with("folder", path.display()),
            TrainError::NotEmpty(path) => Self::new("error-train-not-empty").with("folder", path.display()),
            TrainError::NothingToResume(path) => {
                Self::new("error-train-nothing-to-resume").with("folder", path.display())
            }
            TrainError::OtherRun { folder, what } => {
                Self::new("error-train-other-run").with("folder", folder.display()).with("what", what)
            }
            TrainError::Write { path, .. } => Self::new("error-train-write").with("path", path.display()),
            TrainError::NotANumber { step, batch } => {
                Self::new("error-train-not-a-number").with("step", step).with("batch", list(&batch))
            }
            TrainError::Threads(_) => Self::new("error-train-threads"),
            TrainError::Stopped => Self::new("error-train-stopped"),
        };
        shown.technical(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::{I18n, Lang};

    #[test]
    fn a_full_graphics_card_is_told_with_what_can_be_changed_of_a_training() {
        let full = candle_core::Error::Msg("DriverError(CUDA_ERROR_OUT_OF_MEMORY, \"out of memory\")".into());
        let told = UserError::from(TrainError::from(full));
        let next = I18n::new(Lang::Es).error(&told).next;
        assert!(["--batch", "--checkpointing", "--quantization", "--device cpu"].iter().all(|way| next.contains(way)));
    }
}
