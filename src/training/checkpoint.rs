//! The state of a run, on the disk: after a crash it goes on from there as if nothing had happened.
//!
//! Order and dropout come from the recipe's seed and the step's number alone, so that the step says all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::TrainError;
use super::optimiser::Moments;
use super::params::Params;
use super::tensors_file::{Entry, Own, put, write};

const FILE: &str = "checkpoint.safetensors";
const STATE: &str = "state";

/// How far a run has come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct State {
    /// Updates made.
    pub(crate) step: usize,
    /// Tokens read.
    pub(crate) tokens: u64,
    /// Seconds of work, over all its parts.
    pub(crate) seconds: f64,
    /// Joules measured, where they can be.
    pub(crate) joules: Option<f64>,
    /// What measured them.
    #[serde(default)]
    pub(crate) meters: Vec<String>,
    /// The last update's loss.
    pub(crate) loss: Option<f64>,
    /// The best validation: its step and its loss.
    pub(crate) best: Option<(usize, f64)>,
    /// The step of the last validation.
    pub(crate) validated: Option<usize>,
    /// Validations since the best.
    pub(crate) since_best: usize,
    /// The first validation, of the base as it came.
    pub(crate) base_loss: Option<f64>,
    /// What the run was begun with; another can't go on from it.
    pub(crate) origin: OriginDigests,
}

/// What must be the same for a run to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OriginDigests {
    pub(crate) recipe: String,
    pub(crate) data: String,
    pub(crate) model: String,
}

impl OriginDigests {
    /// What differs between two, as a person is told it.
    pub(crate) fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            ("recipe", &self.recipe, &other.recipe),
            ("data", &self.data, &other.data),
            ("model", &self.model, &other.model),
        ]
        .into_iter()
        .find(|(_, mine, theirs)| mine != theirs)
        .map(|(what, ..)| what)
    }
}

pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Writes all of it; until the last byte is on the disk the old checkpoint stands.
pub(crate) fn save(folder: &Path, state: &State, params: &Params, moments: &Moments) -> Result<(), TrainError> {
    let parts = [("", 0), ("mean.", 1), ("square.", 2)];
    let mut entries = Vec::new();
    let mut values: Vec<&[f32]> = Vec::new();
    for (prefix, part) in parts {
        for (number, param) in params.all.iter().enumerate() {
            entries.push(Entry { name: format!("{prefix}{}", param.name), shape: param.shape.clone(), dtype: "F32" });
            values.push(match part {
                0 => &param.values,
                1 => &moments.mean[number],
                _ => &moments.square[number],
            });
        }
    }
    let state = serde_json::to_string(state).unwrap_or_default();
    let metadata = BTreeMap::from([(STATE.to_owned(), state)]);
    write(&path(folder), &metadata, &entries, &mut |number, to| put(values[number], "F32", to))
}

/// Reads it back into `params` and `moments`, which have the run's shape already.
pub(crate) fn load(folder: &Path, params: &mut Params, moments: &mut Moments) -> Result<State, TrainError> {
    if !path(folder).exists() {
        return Err(TrainError::NothingToResume(folder.to_owned()));
    }
    let file = Own::read(&path(folder))?;
    let state = file.metadata.get(STATE).and_then(|state| serde_json::from_str(state).ok());
    let state = state.ok_or_else(|| TrainError::NothingToResume(folder.to_owned()))?;
    for (number, param) in params.all.iter_mut().enumerate() {
        file.copy(&param.name, &mut param.values)?;
        file.copy(&format!("mean.{}", param.name), &mut moments.mean[number])?;
        file.copy(&format!("square.{}", param.name), &mut moments.square[number])?;
    }
    Ok(state)
}

/// Reads the state alone, to see whether a run can go on before a model is loaded for it.
pub(crate) fn peek(folder: &Path) -> Result<State, TrainError> {
    load(folder, &mut Params::default(), &mut Moments { mean: Vec::new(), square: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_comes_back_bit_for_bit() {
        let dir = tempfile::tempdir().unwrap();
        let mut params = Params::default();
        params.add("a", &[2], vec![0.1, -1e-30]);
        params.add("b", &[1, 1], vec![3.0]);
        let mut moments = Moments::like(&params);
        moments.mean[0][1] = 0.25;
        moments.square[1][0] = 1e-20;
        let state = State {
            meters: vec!["RAPL".into()],
            step: 7,
            loss: Some(0.1 + 0.2),
            best: Some((5, 1.0 / 3.0)),
            ..State::default()
        };
        save(dir.path(), &state, &params, &moments).unwrap();
        let (mut again, mut moments_again) = (params.clone(), Moments::like(&params));
        again.all.iter_mut().for_each(|param| param.values.fill(9.0));
        assert_eq!(load(dir.path(), &mut again, &mut moments_again).unwrap(), state);
        assert_eq!((again, moments_again), (params, moments));
        assert_eq!(peek(dir.path()).unwrap(), state);
    }

    #[test]
    fn another_model_or_recipe_is_named() {
        let one = OriginDigests { recipe: "a".into(), data: "b".into(), model: "c".into() };
        assert_eq!(one.difference(&one), None);
        assert_eq!(one.difference(&OriginDigests { data: "x".into(), ..one.clone() }), Some("data"));
    }
}
