//! Samples from a folder with `train.jsonl` and, where there is one, `validation.jsonl`: a JSON object a line.

use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::TrainError;
use super::sample::{Origin, Sample};
use crate::domain::Outcome;
use crate::prompt;

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
}

impl Data {
    /// Reads a folder.
    ///
    /// # Errors
    /// [`TrainError::NoSamples`], or the file and row at fault.
    pub fn read(folder: &Path) -> Result<Self, TrainError> {
        let mut data = Self::default();
        for name in ["train.jsonl", "validation.jsonl"] {
            let path = folder.join(name);
            if !path.exists() {
                continue;
            }
            let unreadable = |source| TrainError::Unreadable { name: name.to_owned(), source };
            let text = std::fs::read_to_string(&path).map_err(unreadable)?;
            let digest = Sha256::digest(text.as_bytes());
            data.files.push((name.to_owned(), data_encoding::HEXLOWER.encode(&digest)));
            let rows = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
            let samples = rows.map(|(row, line)| {
                let (sample, seeds) = read_row(line, Origin { file: name.to_owned(), row: row + 1 })?;
                data.sentiment_labels |= seeds;
                Ok(sample)
            });
            let samples = samples.collect::<Result<Vec<_>, TrainError>>()?;
            if name.starts_with("train") { data.train = samples } else { data.validation = samples }
        }
        if data.train.is_empty() {
            return Err(TrainError::NoSamples(folder.to_owned()));
        }
        Ok(data)
    }

    /// Reads every JSONL file of a folder that has no splits, in the order of their names. One case in twenty, chosen by
    /// the digest of its facts, is kept for validation.
    ///
    /// # Errors
    /// [`TrainError::NoSamples`], or the file and row at fault.
    pub fn corpus(folder: &Path) -> Result<Self, TrainError> {
        let unreadable = |name: &str, source| TrainError::Unreadable { name: name.to_owned(), source };
        let entries = std::fs::read_dir(folder).map_err(|source| unreadable(&folder.display().to_string(), source))?;
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
        paths.sort();
        let mut data = Self::default();
        for path in paths {
            let name = crate::files::name_of(&path);
            let text = std::fs::read_to_string(&path).map_err(|source| unreadable(&name, source))?;
            data.files.push((name.clone(), data_encoding::HEXLOWER.encode(&Sha256::digest(text.as_bytes()))));
            for (row, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let (sample, seeds) = read_row(line, Origin { file: name.clone(), row: row + 1 })?;
                data.sentiment_labels |= seeds;
                let held = Sha256::digest(sample.hechos.as_bytes())[0] % 20 == 0;
                if held { data.validation.push(sample) } else { data.train.push(sample) }
            }
        }
        if data.train.is_empty() {
            return Err(TrainError::NoSamples(folder.to_owned()));
        }
        Ok(data)
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

/// A row, and whether it is of the seed's dataset: its columns are called so, and its labels a classifier's.
fn read_row(line: &str, origin: Origin) -> Result<(Sample, bool), TrainError> {
    let fault = |reason: &str| TrainError::Row { origin: origin.clone(), reason: reason.to_owned() };
    let value: Value = serde_json::from_str(line).map_err(|_| fault("no JSON object"))?;
    let text = |names: &[&str]| names.iter().find_map(|name| value[*name].as_str()).map(str::trim);
    let wanted = |names: &[&str]| {
        text(names).filter(|text| !text.is_empty()).ok_or_else(|| fault(&format!("no {}", names.join(" or "))))
    };
    let resultado = wanted(&["resultado"])?;
    // Labels end in a full stop, whatever the file has.
    let Some(outcome) = prompt::parse_outcome(resultado) else {
        let known = Outcome::ALL.map(Outcome::word).join(", ");
        return Err(fault(&format!("resultado is none of {known}")));
    };
    let resultado = prompt::label(outcome).to_owned();
    let seeds = value.get("sintetico").is_some() && value.get("tipo_discriminacion").is_some();
    let (hechos, intervencion) = (wanted(&["hechos", "text"])?, wanted(&["intervencion", "intervención"])?);
    Ok((Sample { hechos: hechos.to_owned(), intervencion: intervencion.to_owned(), resultado, origin }, seeds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(train: &str) -> Result<Data, TrainError> {
        let dir = tempfile::tempdir().unwrap();
        crate::files::write_atomic(&dir.path().join("train.jsonl"), train.as_bytes()).unwrap();
        Data::read(dir.path())
    }

    #[test]
    fn both_forms_of_rows_are_read_and_the_seeds_is_known_by_its_columns() {
        let data = read("{\"hechos\": \"a\", \"intervencion\": \"b\", \"resultado\": \"positivo\"}\n").unwrap();
        assert_eq!(data.train[0].resultado, "Positivo.");
        assert!(!data.sentiment_labels);
        let row = "{\"sintetico\":\"0\",\"text\":\"a\",\"intervencion\":\"b\",\"tipo_discriminacion\":\"x\",\"resultado\":\"Neutro.\"}";
        assert!(read(row).unwrap().sentiment_labels);
    }

    #[test]
    fn faults_are_named_by_file_and_row_without_their_text() {
        for secret in [
            "not json SECRETO",
            "{\"hechos\":\"SECRETO\",\"resultado\":\"Neutro\"}",
            "{\"hechos\":\"a\",\"intervencion\":\"b\",\"resultado\":\"SECRETO\"}",
        ] {
            let good = "{\"hechos\":\"a\",\"intervencion\":\"b\",\"resultado\":\"Neutro.\"}";
            let error = read(&format!("{good}\n{secret}\n")).unwrap_err().to_string();
            assert!(error.starts_with("train.jsonl:2: ") && !error.contains("SECRETO"), "{error}");
        }
        assert!(matches!(read("\n"), Err(TrainError::NoSamples(_))));
    }
}
