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

/// How far the run of a folder has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing has been trained there.
    Untouched,
    /// It can be gone on with.
    Begun,
    /// It has its card.
    Finished,
}

impl Progress {
    /// Of the folder; one that is not there is untouched.
    pub fn of(folder: &Path) -> Self {
        let noted = std::fs::metadata(folder.join(METRICS)).is_ok_and(|file| file.len() > 0);
        match (checkpoint::path(folder).exists(), folder.join(CARD).exists()) {
            (true, _) => Self::Begun,
            (false, true) => Self::Finished,
            (false, false) if noted => Self::Begun,
            (false, false) => Self::Untouched,
        }
    }
}

/// A run folder, kept from all others while this lives: the system lets go of the lock even when the process is killed.
#[derive(Debug)]
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
    /// There is a checkpoint to go on from.
    pub(crate) begun: bool,
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
        // A start that was refused leaves an empty one.
        let noted = std::fs::metadata(path.join(METRICS)).is_ok_and(|file| file.len() > 0);
        let ended = [CARD, "config.json", "adapter_config.json"].iter().any(|name| path.join(name).exists());
        // A run that was killed before its first checkpoint has lines alone: resuming it is beginning again.
        if resume && !begun && (ended || !noted) {
            return Err(TrainError::NothingToResume(path.to_owned()));
        }
        if !resume && (begun || noted || ended) {
            return Err(TrainError::NotEmpty(path.to_owned()));
        }
        let metrics = OpenOptions::new().create(true).append(true).open(path.join(METRICS)).map_err(unwritten)?;
        Ok(Self { path: path.to_owned(), begun, metrics, _lock: lock })
    }

    /// Forgets the lines after `step`, and validations after `validated`: that work is done again.
    pub(crate) fn rewind(&mut self, step: usize, validated: Option<usize>) -> Result<(), TrainError> {
        let stands = |line: &Value| {
            let limit = if line["validation_loss"].is_null() { Some(step) } else { validated };
            line["step"].as_u64().zip(limit).is_some_and(|(at, limit)| at <= limit as u64)
        };
        let text = std::fs::read_to_string(self.path.join(METRICS)).unwrap_or_default();
        let kept = text.lines().filter(|line| serde_json::from_str(line).is_ok_and(|line| stands(&line)));
        let kept: Vec<String> = kept.map(|line| format!("{line}\n")).collect();
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

    /// Brings the lines to the disk: a checkpoint must not know of steps that they don't tell of after a power cut.
    pub(crate) fn sync(&self) -> Result<(), TrainError> {
        self.metrics.sync_data().map_err(|source| TrainError::Write { path: self.path.join(METRICS), source })
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
pub(crate) fn step_line(
    step: usize,
    loss: f64,
    rate: f64,
    norm: f64,
    tokens: u64,
    tokens_per_s: f64,
    device: &str,
) -> Value {
    json!({ "step": step, "loss": loss, "learning_rate": rate, "gradient_norm": norm, "tokens": tokens,
        "tokens_per_s": tokens_per_s, "device": device })
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
        assert_eq!(Progress::of(&path), Progress::Untouched);
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
        assert_eq!(Progress::of(&path), Progress::Begun);
        // Without a checkpoint there are lines to be forgotten.
        let mut folder = Folder::open(&path, true).unwrap();
        assert!(!folder.begun);
        folder.rewind(0, None).unwrap();
        assert!(read(&path).is_empty());
        drop(folder);
        // What was refused before its first line has not taken the folder, and is nothing to resume.
        assert!(matches!(Folder::open(&path, true), Err(TrainError::NothingToResume(_))));
        Folder::open(&path, false).unwrap();
    }
}
