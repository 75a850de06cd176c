//! The samples of a training: which rows of a dataset are learnt from, and which it is tried on.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::TrainError;
use super::dataset::{Dataset, DatasetError, Form, Generator, Label, Labels, Row, Split, is_usable, label};
use super::sample::Sample;

/// What a training learns from, and what it is tried on.
#[derive(Debug, Clone, Default)]
pub struct Data {
    /// To learn from.
    pub train: Vec<Sample>,
    /// To be tried on; may be empty.
    pub validation: Vec<Sample>,
    /// The files that they came from, with the SHA-256 of each.
    pub files: Vec<(String, String)>,
    /// The labels are a sentiment classifier's, not what came of the cases: the seed's fault, which a card must tell.
    pub sentiment_labels: bool,
    /// Rows of the two that lack facts, an intervention or an outcome.
    pub left_out: usize,
}

/// How the rows of a dataset are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parts {
    /// As the files' names say; where none says so, as [`Parts::Digest`].
    Named,
    /// One case in twenty, by the digest of its facts, is kept for validation. What the corpus holds out for a test is
    /// left alone.
    Digest,
}

impl Data {
    /// Reads a folder or a file of parquet, CSV or JSONL.
    ///
    /// # Errors
    /// As [`Dataset::read_whole`] and [`Data::of`].
    pub fn read(path: &Path, labels: Labels, parts: Parts) -> Result<Self, TrainError> {
        Self::of(&Dataset::read_whole(path)?, path, labels, parts)
    }

    /// The samples of a dataset that was read from `path`, in its order. Rows that can't be learnt from are counted.
    ///
    /// # Errors
    /// [`DatasetError::EmptySplit`] when nothing is left to learn from; a file that can't be read a second time.
    pub fn of(dataset: &Dataset, path: &Path, labels: Labels, parts: Parts) -> Result<Self, TrainError> {
        let mut data = Self::default();
        let told = parts == Parts::Named && dataset.files.iter().any(|file| file.split.is_some());
        for row in &dataset.rows {
            let Some(split) = part(row, told) else { continue };
            let Label::Is(outcome) = label(row, labels) else {
                data.left_out += 1;
                continue;
            };
            if !is_usable(row) {
                data.left_out += 1;
                continue;
            }
            data.sentiment_labels |=
                labels == Labels::Given && (row.form == Form::Original || !row.sentiment.is_empty());
            let samples = if split == Split::Train { &mut data.train } else { &mut data.validation };
            samples.push(row.sample(outcome));
        }
        if data.train.is_empty() {
            return Err(DatasetError::EmptySplit { split: Split::Train.name().to_owned() }.into());
        }
        for file in
            dataset.files.iter().filter(|file| !told || matches!(file.split, Some(Split::Train | Split::Validation)))
        {
            let place = if path.is_dir() { path.join(&file.name) } else { path.to_owned() };
            let bytes = std::fs::read(place);
            let bytes = bytes.map_err(|source| TrainError::Unreadable { name: file.name.clone(), source })?;
            data.files.push((file.name.clone(), data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))));
        }
        Ok(data)
    }

    /// Samples made out of a corpus that was read from `path`: `count` to learn from, of the cases that are neither held
    /// out nor kept for validation, and two of each of the latter to be tried on.
    ///
    /// # Errors
    /// As [`Data::of`].
    pub fn varied(dataset: &Dataset, path: &Path, count: usize, seed: u64) -> Result<Self, TrainError> {
        let mut data = Self::of(dataset, path, Labels::Given, Parts::Digest)?;
        let tried = 2 * data.validation.len();
        // Another seed, so that the sentences that are put together are not the same in the same places.
        data.validation = Self::made(dataset, Split::Validation, tried, !seed)?;
        data.train = Self::made(dataset, Split::Train, count, seed)?;
        Ok(data)
    }

    fn made(dataset: &Dataset, split: Split, count: usize, seed: u64) -> Result<Vec<Sample>, TrainError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let generator = Generator::new(dataset.rows.iter().filter(|row| part(row, false) == Some(split)), seed)?;
        let sample = |row: Row| match label(&row, Labels::Given) {
            Label::Is(outcome) => Some(row.sample(outcome)),
            _ => None,
        };
        Ok(generator.filter_map(sample).take(count).collect())
    }

    /// One digest over all samples, in their order.
    pub(crate) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (part, samples) in [("train", &self.train), ("validation", &self.validation)] {
            hash.update(part);
            for sample in samples {
                for text in [&sample.hechos, &sample.intervencion, &sample.resultado] {
                    hash.update((text.len() as u64).to_le_bytes());
                    hash.update(text);
                }
            }
        }
        data_encoding::HEXLOWER.encode(&hash.finalize())
    }
}

/// What a row is for here; none for what a training may not see.
fn part(row: &Row, told: bool) -> Option<Split> {
    match row.split {
        Some(Split::Test) => None,
        split if told => split,
        _ if Sha256::digest(row.hechos.as_bytes())[0].is_multiple_of(20) => Some(Split::Validation),
        _ => Some(Split::Train),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::dataset::is_held_out;

    fn read(files: &[(&str, &str)], labels: Labels, parts: Parts) -> Result<Data, TrainError> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            crate::files::write_atomic(&dir.path().join(name), text.as_bytes()).unwrap();
        }
        Data::read(dir.path(), labels, parts)
    }

    #[test]
    fn csv_and_jsonl_are_divided_by_name_and_the_test_is_never_seen() {
        let files = [
            (
                "train.csv",
                "text,intervencion,resultado,sintetico,tipo_discriminacion\na,b,Positivo,0,x\nc,,Neutro,0,x\n",
            ),
            ("validation.jsonl", "{\"hechos\":\"d\",\"intervencion\":\"e\",\"resultado\":\"Neutro.\"}\n"),
            ("test.jsonl", "{\"hechos\":\"f\",\"intervencion\":\"g\",\"resultado\":\"Negativo.\"}\n"),
        ];
        let data = read(&files, Labels::Given, Parts::Named).unwrap();
        assert_eq!((data.train.len(), data.validation.len(), data.left_out), (1, 1, 1));
        assert_eq!((data.train[0].resultado.as_str(), data.validation[0].hechos.as_str()), ("Positivo.", "d"));
        assert!(data.sentiment_labels);
        let names: Vec<&str> = data.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["train.csv", "validation.jsonl"]);
        let alone = read(&files[1..], Labels::Given, Parts::Named);
        assert!(matches!(alone, Err(TrainError::Dataset(DatasetError::EmptySplit { .. }))), "{alone:?}");
    }

    #[test]
    fn samples_are_made_of_either_part_by_itself() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus");
        let dataset = Dataset::read_whole(&corpus).unwrap();
        let data = Data::varied(&dataset, &corpus, 300, 1).unwrap();
        let written = Data::read(&corpus, Labels::Given, Parts::Digest).unwrap();
        assert_eq!((data.train.len(), data.validation.len()), (300, 2 * written.validation.len()));
        assert_eq!(data.digest(), Data::varied(&dataset, &corpus, 300, 1).unwrap().digest());
        assert_ne!(data.digest(), Data::varied(&dataset, &corpus, 300, 2).unwrap().digest());
        // Whole sentences of cases that it is tried on are in none that it learns from.
        let long = |sample: &Sample| -> Vec<String> {
            sample.hechos.split(". ").filter(|part| part.len() > 80).map(str::to_owned).collect()
        };
        let learnt = data.train.iter().map(|sample| sample.hechos.as_str()).collect::<Vec<_>>().join("\n");
        let tried: Vec<String> = written.validation.iter().flat_map(long).collect();
        assert!(tried.len() > 50 && tried.iter().all(|part| !learnt.contains(part.as_str())));
    }

    #[test]
    fn the_corpus_keeps_its_test_cases_from_the_training() {
        let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus");
        let data = Data::read(&corpus, Labels::Given, Parts::Digest).unwrap();
        assert!(data.train.len() > 10 * data.validation.len() && !data.validation.is_empty());
        assert!(data.train.iter().chain(&data.validation).all(|sample| !is_held_out(&sample.hechos)));
    }
}
