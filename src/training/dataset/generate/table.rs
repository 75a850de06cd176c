//! What cases are varied with: `assets/corpus/variants.toml`, whose head explains its notation.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::agree::Person;
use super::words::stems;
use crate::training::dataset::DatasetError;

const OWN: &str = include_str!("../../../../assets/corpus/variants.toml");

/// The whole table.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) persons: Vec<Person>,
    pub(super) actors: Vec<String>,
    pub(super) evidence: Vec<String>,
    pub(super) wording: Vec<Wording>,
    pub(super) relations: Vec<List>,
    pub(super) openings: Vec<String>,
    pub(super) informs: Vec<String>,
    pub(super) closings: Vec<String>,
    pub(super) topics: Vec<Topic>,
    pub(super) actor: Vec<String>,
    pub(super) proof: Vec<String>,
    pub(super) proofs: Proofs,
    pub(super) tipos: BTreeMap<String, Vec<String>>,
    pub(super) provinces: BTreeMap<String, List>,
    pub(super) ambitos: BTreeMap<String, Ambito>,
}

/// Sentences of plain facts by how well they can be proved.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proofs {
    pub(super) none: Vec<String>,
    pub(super) some: Vec<String>,
    pub(super) strong: Vec<String>,
}

/// The words of one ámbito.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ambito {
    pub(super) general: String,
    /// Which persons its plain facts can be about.
    pub(super) forms: Vec<super::agree::Form>,
    pub(super) places: Vec<String>,
    pub(super) events: Vec<String>,
    pub(super) details: Vec<String>,
    pub(super) informs: Vec<String>,
    pub(super) acts: Vec<String>,
    pub(super) also: Vec<String>,
    pub(super) topics: Vec<Topic>,
}

/// `from; to`: words, and what may be said instead.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Wording {
    pub(super) from: String,
    pub(super) to: String,
}

/// `beginning, beginning; sentence`: what is said where a word of the facts begins so.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Topic {
    pub(super) beginnings: Vec<String>,
    pub(super) sentence: String,
}

/// Words with `;` or `,` between them.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "String")]
pub(super) struct List(pub(super) Vec<String>);

fn two(line: &str) -> Result<(&str, &str), String> {
    line.split_once("; ").ok_or_else(|| format!("no «;» in «{line}»"))
}

impl TryFrom<String> for Wording {
    type Error = String;

    fn try_from(line: String) -> Result<Self, String> {
        let (from, to) = two(&line)?;
        Ok(Self { from: from.to_owned(), to: to.to_owned() })
    }
}

impl TryFrom<String> for Topic {
    type Error = String;

    fn try_from(line: String) -> Result<Self, String> {
        let (beginnings, sentence) = two(&line)?;
        Ok(Self { beginnings: beginnings.split(", ").map(str::to_owned).collect(), sentence: sentence.to_owned() })
    }
}

impl From<String> for List {
    fn from(line: String) -> Self {
        Self(line.split([';', ',']).map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect())
    }
}

impl Table {
    /// The stems of all its words: those that reports usually have.
    pub(super) fn usual() -> HashSet<String> {
        stems(OWN)
    }

    /// The project's own.
    pub(super) fn own() -> Result<Self, DatasetError> {
        toml::from_str(OWN).map_err(|error| DatasetError::Broken {
            file: "variants.toml".to_owned(),
            reason: error.to_string().replace('\n', " "),
        })
    }
}
