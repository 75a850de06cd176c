//! A row of a dataset, whatever the form of the file that it came from.

use serde::{Deserialize, Serialize};

use crate::domain::Outcome;
use crate::prompt::label;
use crate::training::sample::Sample;

pub use crate::training::sample::Origin;

/// What a part of a dataset is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// To learn from.
    Train,
    /// To measure with.
    Test,
    /// To decide when to stop.
    Validation,
}

impl Split {
    /// In the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Train, Self::Test, Self::Validation];

    /// As files and options name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Test => "test",
            Self::Validation => "validation",
        }
    }

    /// What a file of that name is for: `train*`, `test*`, `valid*` or `dev*`, as Hugging Face reads file names.
    pub fn of_file(name: &str) -> Option<Self> {
        let name = name.rsplit('/').next().unwrap_or(name).to_lowercase();
        let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
        if begins(&["train"]) {
            Some(Self::Train)
        } else if begins(&["test"]) {
            Some(Self::Test)
        } else if begins(&["valid", "dev"]) {
            Some(Self::Validation)
        } else {
            None
        }
    }
}

impl std::str::FromStr for Split {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|split| split.name() == text);
        found.ok_or_else(|| "train, test, validation".to_owned())
    }
}

/// The form of a file, told by its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// The original's five columns: sintetico, text, intervencion, tipo_discriminacion, resultado.
    Original,
    /// As the FSG publishes its cases: hechos, intervencion, resultado as free text, ámbito, dates and more.
    Fsg,
    /// This project's own corpus: hechos, intervencion, resultado, detalle_resultado, ambito, tipo, provincia.
    Corpus,
}

/// A row. Fields that the file does not have are empty. Blanks at both ends are gone; the rest is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The facts (`text`, or `hechos`).
    pub hechos: String,
    /// The intervention.
    pub intervencion: String,
    /// The outcome as the file has it: a label, or free text.
    pub resultado: String,
    /// A sentiment classifier's label, where the file has one beside the outcome.
    pub sentiment: String,
    /// The outcome in a sentence.
    pub detalle: String,
    /// The kind of discrimination.
    pub tipo: String,
    /// Ámbito.
    pub ambito: String,
    /// Provincia.
    pub provincia: String,
    /// Fecha de los hechos, as the file has it.
    pub fecha: String,
    /// Whether it was made up, where the file says so.
    pub sintetico: Option<bool>,
    /// The form of its file.
    pub form: Form,
    /// What it is for, where the file's name says so.
    pub split: Option<Split>,
    /// Where it stands.
    pub origin: Origin,
}

impl Row {
    /// What a model learns of it.
    pub fn sample(&self, outcome: Outcome) -> Sample {
        Sample {
            hechos: self.hechos.clone(),
            intervencion: self.intervencion.clone(),
            resultado: label(outcome).to_owned(),
            origin: self.origin.clone(),
        }
    }

    /// Its file's date in ISO 8601 (`2021-01-01`); none where it is no date.
    pub fn date(&self) -> Option<String> {
        // A time behind the date (`2021-01-01T00:00:00+01:00`) is not looked at.
        let day = self.fecha.split(['T', ' ']).next().unwrap_or_default();
        crate::clock::parse_date(day)
    }

    /// The facts as they are compared: lower case, letters and digits alone.
    pub fn key(&self) -> String {
        let mut key = String::with_capacity(self.hechos.len());
        for word in self.hechos.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            key.extend(word.chars().flat_map(char::to_lowercase));
            key.push(' ');
        }
        key.pop();
        key
    }
}

/// Whether a case of the corpus is kept from training: one in ten, by the digest of its facts, so that it stays where
/// it is when others come.
pub fn is_held_out(hechos: &str) -> bool {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(hechos.as_bytes());
    digest.iter().fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % 10) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_are_told_by_the_file_s_name_alone() {
        for (name, split) in [
            ("data/train-00000-of-00001-abc.parquet", Some(Split::Train)),
            ("TEST.csv", Some(Split::Test)),
            ("valid.jsonl", Some(Split::Validation)),
            ("validation-00000.parquet", Some(Split::Validation)),
            ("dev.csv", Some(Split::Validation)),
            ("casos.csv", None),
            ("train/casos.csv", None),
        ] {
            assert_eq!(Split::of_file(name), split, "{name}");
        }
    }

    #[test]
    fn the_held_out_cases_are_those_of_the_first_model() {
        // int(sha256(text).hexdigest(), 16) % 10 in Python: 0, 0, 9, 5.
        assert!(is_held_out("d") && is_held_out("e") && !is_held_out("a") && !is_held_out("b"));
        let share = (0..2000).filter(|i| is_held_out(&format!("caso {i}"))).count();
        assert!((150..250).contains(&share), "{share}");
    }
}
