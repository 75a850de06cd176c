//! The folder of a run: one training at a time, and one line of metrics for each step.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{TrainError, checkpoint};
use crate::files;

const METRICS: &str = "metrics.jsonl";
const LOCK: &str = "training.lock";
/// A finished run has it.
pub(crate) const CARD: &str = "run.md";

/// A run folder, kept from all others while this lives: the system lets go of the lock even when the process is killed.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    metrics: File,
    _lock: File,
}

impl Folder {
    /// Takes the folder for a new run, or for one that goes on.
    ///
    /// # Errors
    /// [`TrainError::InUse`], [`TrainError::NotEmpty`], [`TrainError::NothingToResume`], or that it can't be written.
    pub(crate) fn open(path: &Path, resume: bool) -> Result<Self, TrainError> {
        let unwritten = |source| TrainError::Write { path: path.to_owned(), source };
        std::fs::create_dir_all(path).map_err(unwritten)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(path.join(LOCK));
        let lock = lock.map_err(unwritten)?;
        if lock.try_lock().is_err() {
            return Err(TrainError::InUse(path.to_owned()));
        }
        let begun = checkpoint::path(path).exists();
        if resume && !begun {
            return Err(TrainError::NothingToResume(path.to_owned()));
        }
        let taken = [METRICS, CARD, "config.json", "adapter_config.json"];
        if !resume && (begun || taken.iter().any(|name| path.join(name).exists())) {
            return Err(TrainError::NotEmpty(path.to_owned()));
        }
        let metrics = OpenOptions::new().create(true).append(true).open(path.join(METRICS)).map_err(unwritten)?;
        Ok(Self { path: path.to_owned(), metrics, _lock: lock })
    }

    /// Forgets the lines after `step`, and validations after `validated`: that work is done again.
    pub(crate) fn rewind(&mut self, step: usize, validated: Option<usize>) -> Result<(), TrainError> {
        let stands = |line: &Value| {
            let limit = if line["validation_loss"].is_null() { Some(step) } else { validated };
            line["step"].as_u64().zip(limit).is_some_and(|(at, limit)| at <= limit as u64)
        };
        let kept: Vec<String> =
            read(&self.path).into_iter().filter(stands).map(|line| line.to_string() + "\n").collect();
        let path = self.path.join(METRICS);
        let unwritten = |source| TrainError::Write { path: path.clone(), source };
        files::write_atomic(&path, kept.concat().as_bytes()).map_err(unwritten)?;
        self.metrics = OpenOptions::new().append(true).open(&path).map_err(unwritten)?;
        Ok(())
    }

    /// Adds a line.
    pub(crate) fn note(&mut self, line: &Value) -> Result<(), TrainError> {
        let unwritten = |source| TrainError::Write { path: self.path.join(METRICS), source };
        self.metrics.write_all(format!("{line}\n").as_bytes()).map_err(unwritten)
    }

    /// Writes a small file of the run.
    pub(crate) fn put(&self, name: &str, bytes: &[u8]) -> Result<(), TrainError> {
        let path = self.path.join(name);
        files::write_atomic(&path, bytes).map_err(|source| TrainError::Write { path, source })
    }

    /// Takes a file away that is not needed any more; one that is not there is no fault.
    pub(crate) fn drop_file(&self, name: &str) {
        std::fs::remove_file(self.path.join(name)).ok();
    }
}

/// The line of a step.
pub(crate) fn step_line(step: usize, loss: f64, rate: f64, norm: f64, tokens: u64, tokens_per_s: f64) -> Value {
    json!({ "step": step, "loss": loss, "learning_rate": rate, "gradient_norm": norm, "tokens": tokens,
        "tokens_per_s": tokens_per_s })
}

/// The lines of a run's metrics; a last one that was cut off is left out.
pub(crate) fn read(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(METRICS)).unwrap_or_default();
    text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_belongs_to_one_run_at_a_time_and_keeps_what_it_holds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run");
        assert!(matches!(Folder::open(&path, true), Err(TrainError::NothingToResume(_))));
        let mut folder = Folder::open(&path, false).unwrap();
        assert!(matches!(Folder::open(&path, false), Err(TrainError::InUse(_))));
        for step in 1..=4 {
            folder.note(&json!({ "step": step })).unwrap();
        }
        folder.note(&json!({ "step": 2, "validation_loss": 1.5 })).unwrap();
        folder.rewind(2, Some(1)).unwrap();
        folder.note(&json!({ "step": 3, "again": true })).unwrap();
        let lines = read(&path);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[2]["again"], true);
        drop(folder);
        assert!(matches!(Folder::open(&path, false), Err(TrainError::NotEmpty(_))));
    }
}
