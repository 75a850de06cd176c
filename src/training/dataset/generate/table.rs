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
    pub(super) proofs: Proofs,
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
    /// What its cases are about: el alquiler, la beca.
    pub(super) things: Vec<String>,
    pub(super) events: Vec<String>,
    pub(super) details: Vec<String>,
    /// How an intervention begins and ends where its course doesn't say.
    pub(super) contact: Vec<String>,
    pub(super) follow: Vec<String>,
    /// How well its plain facts can be proved, where it isn't as everywhere.
    pub(super) proofs: Option<Proofs>,
    pub(super) courses: Vec<Course>,
}

/// What is done about one kind of event, in the order in which it is done. Of each list one sentence is said.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Course {
    /// Beginnings of words that tell the event; empty for what no other course tells.
    #[serde(default)]
    pub(super) when: List,
    /// What is done with those who were affected.
    #[serde(default)]
    pub(super) contact: Vec<String>,
    /// What is asked of whom.
    pub(super) steps: Vec<String>,
    /// What may be done besides.
    #[serde(default)]
    pub(super) further: Vec<String>,
    /// How it goes on.
    #[serde(default)]
    pub(super) follow: Vec<String>,
}

/// `from; to`: words, and what may be said instead.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Wording {
    pub(super) from: String,
    pub(super) to: String,
}

/// Words with `;` or `,` between them.
#[derive(Debug, Clone, Default, Deserialize)]
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
