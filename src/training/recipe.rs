//! All that decides what a training makes of a model and its samples, as a TOML file may have it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::TrainError;
use super::network::Lora;
use super::optimiser::{AdamW, Schedule};
use super::sample::{LossOn, Pieces};
use crate::model::Quantization;
use crate::model::lora::MODULES;

/// A recipe. What a file leaves out is as in [`Recipe::default`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recipe {
    /// Train the model itself, not an adapter.
    pub full: bool,
    /// Begin with random numbers: of the model only `config.json` and the tokenizer are read.
    pub fresh: bool,
    /// How the frozen base is held: `none`, `q8_0`, `q6k`, `q4k`.
    pub quantization: String,
    /// Give `<SH>` and `<EH>` the first free rows of the embedding where the tokenizer has none.
    pub add_tokens: bool,
    /// Which tokens count.
    pub loss: LossOn,
    /// Where the tokens after «Intervención: » count alone, the share of samples whose facts count as well; none of those that
    /// it is tried on. A model that begins with random numbers learns words from them.
    pub facts_share: f64,
    /// Where the facts don't count, the share of their tokens that each batch hides from the model, others each time: what it
    /// writes is then told by all of the facts, not by a word that only one case has.
    pub facts_hidden: f64,
    /// How texts are cut into tokens.
    pub pieces: Pieces,
    /// The most tokens of a text; 0 is the model's window.
    pub window: usize,
    /// Samples that are made out of a corpus, to be learnt from in place of its cases; 0 makes none.
    pub variants: usize,
    /// Updates.
    pub steps: usize,
    /// Samples in a batch.
    pub batch: usize,
    /// Batches in an update.
    pub accumulation: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Updates until it is reached.
    pub warmup: usize,
    /// How it goes down.
    pub schedule: Schedule,
    /// The longest gradient; 0 leaves every length.
    pub clip: f64,
    /// Samples in another order in each epoch.
    pub shuffle: bool,
    /// Of all random numbers.
    pub seed: u64,
    /// Compute activations anew instead of keeping them.
    pub checkpointing: bool,
    /// Updates between two checkpoints.
    pub save_every: usize,
    /// Updates between two validations.
    pub validate_every: usize,
    /// Validations without a better one after which it stops; 0 never stops early.
    pub patience: usize,
    /// The type that a fully trained model is written in: `f32` or `f16`.
    pub save_as: String,
    /// What the computer takes, in watts, where it can't be measured.
    pub watts: f64,
    /// CO2 in kg for each kWh of the grid.
    pub kg_co2_per_kwh: f64,
    /// The adapter.
    pub lora: Lora,
    /// The optimiser.
    pub adamw: AdamW,
}

impl Default for Recipe {
    /// The published one, with an eye on the validation loss.
    fn default() -> Self {
        Self {
            full: false,
            fresh: false,
            quantization: "none".to_owned(),
            add_tokens: false,
            loss: LossOn::Whole,
            facts_share: 0.0,
            facts_hidden: 0.0,
            pieces: Pieces::Whole,
            window: 0,
            variants: 0,
            steps: 1000,
            batch: 4,
            accumulation: 4,
            learning_rate: 2e-4,
            warmup: 100,
            schedule: Schedule::Linear,
            clip: 1.0,
            shuffle: true,
            seed: 0,
            checkpointing: true,
            save_every: 50,
            validate_every: 50,
            patience: 3,
            save_as: "f32".to_owned(),
            watts: 65.0,
            kg_co2_per_kwh: 0.432,
            lora: Lora::default(),
            adamw: AdamW::default(),
        }
    }
}

impl Recipe {
    /// As the seed's team ran it (SomosNLP 2023): 8-bit base, the whole text, all thousand steps.
    pub fn seed() -> Self {
        Self { quantization: "q8_0".to_owned(), add_tokens: true, patience: 0, ..Self::default() }
    }

    /// The demonstration model's base, from nothing: small batches learn more from each token at this size. No sample comes
    /// twice, which keeps it from learning its cases by heart. Facts hardly count: they can't be guessed, and where they do,
    /// what can be learned of the answers drowns in them.
    pub fn embedded() -> Self {
        Self {
            full: true,
            fresh: true,
            add_tokens: true,
            loss: LossOn::Completion,
            facts_share: 0.06,
            facts_hidden: 0.1,
            pieces: Pieces::Parts,
            window: 512,
            variants: 4 * 16_000,
            steps: 16_000,
            batch: 4,
            accumulation: 1,
            learning_rate: 1.5e-3,
            warmup: 200,
            schedule: Schedule::Cosine,
            checkpointing: false,
            save_every: 250,
            validate_every: 500,
            patience: 8,
            save_as: "f16".to_owned(),
            adamw: AdamW { beta2: 0.95, weight_decay: 0.1, ..AdamW::default() },
            ..Self::default()
        }
    }

    /// The demonstration model's adapter, which learns what follows the facts.
    pub fn embedded_adapter() -> Self {
        Self {
            add_tokens: true,
            loss: LossOn::Completion,
            pieces: Pieces::Parts,
            window: 512,
            variants: 4 * 120,
            steps: 120,
            batch: 4,
            accumulation: 1,
            learning_rate: 5e-4,
            warmup: 20,
            schedule: Schedule::Cosine,
            checkpointing: false,
            save_every: 60,
            validate_every: 60,
            // Other samples than the base's.
            seed: 1,
            ..Self::default()
        }
    }

    /// The runs of a recipe in their order, each with the folder that it has below the run folder: `embedded` trains a
    /// base and then its adapter, all others are one run in the folder itself.
    ///
    /// # Errors
    /// As [`Recipe::named`].
    pub fn runs(name: &str) -> Result<Vec<(&'static str, Self)>, TrainError> {
        match name {
            "embedded" => Ok(vec![("base", Self::embedded()), ("adapter", Self::embedded_adapter())]),
            other => Ok(vec![("", Self::named(other)?)]),
        }
    }

    /// One of the two by name, or a TOML file.
    ///
    /// # Errors
    /// When there is no such file, or it holds something that is no setting.
    pub fn named(name: &str) -> Result<Self, TrainError> {
        match name {
            "seed" => Ok(Self::seed()),
            "embedded" => Ok(Self::embedded()),
            path => {
                let unreadable = |source| TrainError::Unreadable { name: path.to_owned(), source };
                let text = std::fs::read_to_string(Path::new(path)).map_err(unreadable)?;
                let fault = |error: toml::de::Error| TrainError::Recipe {
                    name: path.to_owned(),
                    reason: error.to_string().replace('\n', " "),
                };
                toml::from_str(&text).map_err(fault)
            }
        }
    }

    /// How the base is held.
    ///
    /// # Errors
    /// For a name that is none.
    pub fn quantization(&self) -> Result<Quantization, TrainError> {
        self.quantization.parse().map_err(|_| setting("quantization", &self.quantization))
    }

    /// Refuses what can't be trained with, before any time is spent on it.
    ///
    /// # Errors
    /// [`TrainError::Setting`] with the field's name.
    pub fn check(&self) -> Result<(), TrainError> {
        for (field, value) in [
            ("steps", self.steps),
            ("batch", self.batch),
            ("accumulation", self.accumulation),
            ("save_every", self.save_every),
            ("validate_every", self.validate_every),
            ("lora.r", self.lora.r),
        ] {
            if value == 0 {
                return Err(setting(field, 0));
            }
        }
        let within = |field, value: f64, fits: bool| if fits { Ok(()) } else { Err(setting(field, value)) };
        within("learning_rate", self.learning_rate, self.learning_rate > 0.0 && self.learning_rate < 1.0)?;
        within("facts_share", self.facts_share, (0.0..=1.0).contains(&self.facts_share))?;
        within("facts_hidden", self.facts_hidden, (0.0..1.0).contains(&self.facts_hidden))?;
        within("clip", self.clip, self.clip >= 0.0 && self.clip.is_finite())?;
        within("lora.dropout", self.lora.dropout, (0.0..1.0).contains(&self.lora.dropout))?;
        within("lora.alpha", self.lora.alpha, self.lora.alpha > 0.0 && self.lora.alpha.is_finite())?;
        within("adamw.beta1", self.adamw.beta1, (0.0..1.0).contains(&self.adamw.beta1))?;
        within("adamw.beta2", self.adamw.beta2, (0.0..1.0).contains(&self.adamw.beta2))?;
        within("adamw.epsilon", self.adamw.epsilon, self.adamw.epsilon > 0.0)?;
        within("adamw.weight_decay", self.adamw.weight_decay, (0.0..1.0).contains(&self.adamw.weight_decay))?;
        within("watts", self.watts, self.watts >= 0.0 && self.watts.is_finite())?;
        if let Some(name) = self.lora.target_modules.iter().find(|name| !MODULES.iter().any(|(known, _)| known == name))
        {
            return Err(setting("lora.target_modules", name));
        }
        if !self.full && self.lora.target_modules.is_empty() {
            return Err(setting("lora.target_modules", "[]"));
        }
        if !matches!(self.save_as.as_str(), "f32" | "f16") {
            return Err(setting("save_as", &self.save_as));
        }
        if self.fresh && !self.full {
            return Err(setting("fresh", "true (full = false)"));
        }
        if self.full && self.quantization()? != Quantization::None {
            return Err(TrainError::QuantisedFull);
        }
        self.quantization().map(drop)
    }

    /// The recipe as TOML.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}

fn setting(field: &'static str, value: impl std::fmt::Display) -> TrainError {
    TrainError::Setting { field, value: value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_recipe_is_the_published_one() {
        let seed = Recipe::seed();
        assert_eq!((seed.lora.r, seed.lora.alpha, seed.lora.dropout), (16, 32.0, 0.05));
        assert_eq!(seed.lora.target_modules, ["q_proj", "v_proj"]);
        assert_eq!((seed.steps, seed.batch, seed.accumulation, seed.warmup), (1000, 4, 4, 100));
        assert_eq!((seed.learning_rate, seed.schedule, seed.quantization.as_str()), (2e-4, Schedule::Linear, "q8_0"));
        assert_eq!((seed.adamw.beta1, seed.adamw.beta2, seed.adamw.weight_decay), (0.9, 0.999, 0.0));
        for recipe in [seed, Recipe::embedded(), Recipe::embedded_adapter(), Recipe::default()] {
            recipe.check().unwrap();
            assert_eq!(toml::from_str::<Recipe>(&recipe.to_toml()).unwrap(), recipe);
        }
    }

    #[test]
    fn what_a_file_leaves_out_is_the_default_and_what_is_no_setting_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let write = |text: &str| {
            let path = dir.path().join("recipe.toml");
            crate::files::write_atomic(&path, text.as_bytes()).unwrap();
            path.display().to_string()
        };
        let read =
            Recipe::named(&write("steps = 7\n[lora]\nr = 8\nalpha = 16\ndropout = 0\ntarget_modules = [\"fc_in\"]"));
        let read = read.unwrap();
        assert_eq!((read.steps, read.lora.r, read.batch), (7, 8, 4));
        assert!(matches!(Recipe::named(&write("step = 7")), Err(TrainError::Recipe { .. })));
        assert!(matches!(Recipe::named("no-such.toml"), Err(TrainError::Unreadable { .. })));
    }

    #[test]
    fn impossible_settings_are_named() {
        let refused = |change: &dyn Fn(&mut Recipe)| {
            let mut recipe = Recipe::default();
            change(&mut recipe);
            match recipe.check() {
                Err(TrainError::Setting { field, .. }) => field,
                Err(TrainError::QuantisedFull) => "quantised",
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(&|r| r.batch = 0), "batch");
        assert_eq!(refused(&|r| r.learning_rate = f64::NAN), "learning_rate");
        assert_eq!(refused(&|r| r.facts_share = 1.5), "facts_share");
        assert_eq!(refused(&|r| r.lora.dropout = 1.0), "lora.dropout");
        assert_eq!(refused(&|r| r.lora.target_modules = vec!["w".into()]), "lora.target_modules");
        assert_eq!(refused(&|r| r.quantization = "q5".into()), "quantization");
        assert_eq!(refused(&|r| (r.full, r.quantization) = (true, "q8_0".into())), "quantised");
        assert_eq!(refused(&|r| r.fresh = true), "fresh");
    }
}
