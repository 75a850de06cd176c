//! Between a [`Case`] and its rows: the light one for lists, the texts for the search, the rest as JSON.
//!
//! The rest is whatever a case has besides its long texts, as serde writes it, so that a field which the domain gains
//! needs no new table to be kept.

use rusqlite::{Connection, OptionalExtension, Row, Transaction};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::duplicates::Sketch;
use super::{VaultError, words};
use crate::domain::{Case, CaseId, CaseStatus, Outcome, Timing};

/// So many letters of the facts stand in a list.
const START_LETTERS: usize = 160;

/// A case with its place in the vault.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// It.
    pub case: Case,
    /// Which revision this is, from 1.
    pub revision: u64,
    /// When it went to the bin.
    pub binned_at: Option<String>,
}

/// What a list shows of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseRow {
    /// Which case it is.
    pub id: CaseId,
    /// The office's number.
    pub number: String,
    /// Fecha de los hechos.
    pub fecha: String,
    /// Provincia.
    pub provincia: Option<String>,
    /// Ámbito, as the FSG writes it.
    pub ambito: Option<String>,
    /// Tipo de discriminación, as the FSG writes it.
    pub tipo: Option<String>,
    /// How far it has come.
    pub status: CaseStatus,
    /// What came of it.
    pub resultado: Option<Outcome>,
    /// The first letters of the facts.
    pub start: String,
    /// When it was last changed.
    pub modified_at: String,
    /// Which revision this is.
    pub revision: u64,
    /// When it went to the bin.
    pub binned_at: Option<String>,
}

impl CaseRow {
    pub(super) const COLUMNS: &'static str = "cases.id, cases.number, cases.fecha, cases.provincia, cases.ambito, \
        cases.tipo, cases.status, cases.resultado, cases.start, cases.modified_at, cases.revision, cases.binned_at";

    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            id: CaseId(row.get(0)?),
            number: row.get(1)?,
            fecha: row.get(2)?,
            provincia: row.get(3)?,
            ambito: row.get(4)?,
            tipo: row.get(5)?,
            status: status_named(row.get_ref(6)?.as_str()?),
            resultado: row.get_ref(7)?.as_str_or_null()?.and_then(outcome_named),
            start: row.get(8)?,
            modified_at: row.get(9)?,
            revision: row.get::<_, i64>(10)?.unsigned_abs(),
            binned_at: row.get(11)?,
        })
    }
}

pub(super) fn status_word(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Draft => "draft",
        CaseStatus::Accepted => "accepted",
        CaseStatus::Closed => "closed",
    }
}

fn status_named(word: &str) -> CaseStatus {
    match word {
        "accepted" => CaseStatus::Accepted,
        "closed" => CaseStatus::Closed,
        _ => CaseStatus::Draft,
    }
}

fn outcome_named(word: &str) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| outcome.word() == word)
}

/// The case in the form in which it can be read again: JSON has no infinity and no NaN.
fn finite(case: &Case) -> Result<(Case, Value), VaultError> {
    let value = serde_json::to_value(case).map_err(|_| VaultError::Record)?;
    if case.propuesta.is_none() || serde_json::from_value::<Case>(value.clone()).is_ok() {
        return Ok((case.clone(), value));
    }
    let mut case = case.clone();
    if let Some(suggestion) = &mut case.propuesta {
        suggestion.timing = Timing::default();
        suggestion.outcome.probabilities = None;
    }
    let value = serde_json::to_value(&case).map_err(|_| VaultError::Record)?;
    Ok((case, value))
}

/// What tells two texts of a case apart, whenever they were saved.
pub(super) fn digest(case: &Case) -> [u8; 32] {
    let mut case = case.clone();
    case.modified_at.clear();
    Sha256::digest(serde_json::to_vec(&case).unwrap_or_default()).into()
}

/// A case ready to be written.
pub(super) struct Record {
    pub case: Case,
    pub digest: [u8; 32],
    rest: String,
}

impl Record {
    pub fn of(case: &Case) -> Result<Self, VaultError> {
        let (case, mut value) = finite(case)?;
        let Some(fields) = value.as_object_mut() else { return Err(VaultError::Record) };
        for name in ["hechos", "intervencion", "resultado_texto", "notas"] {
            fields.remove(name);
        }
        Ok(Self { digest: digest(&case), rest: value.to_string(), case })
    }

    /// Writes all of its rows; `row` is the old one's, none for a new case. The search knows it when this returns.
    pub fn write(&self, tx: &Transaction<'_>, row: Option<i64>, revision: u64) -> Result<i64, VaultError> {
        let case = &self.case;
        if let Some(row) = row {
            unindex(tx, row)?;
        }
        let modified_ms = crate::clock::unix_ms_of(&case.modified_at).unwrap_or_else(crate::clock::unix_ms);
        let row: i64 = tx
            .prepare(
                "INSERT INTO cases (row, id, number, fecha, provincia, ambito, tipo, status, resultado, start,
                     modified_at, modified_ms, revision, digest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
                 ON CONFLICT (row) DO UPDATE SET number = ?3, fecha = ?4, provincia = ?5, ambito = ?6, tipo = ?7,
                     status = ?8, resultado = ?9, start = ?10, modified_at = ?11, modified_ms = ?12, revision = ?13,
                     digest = ?14
                 RETURNING row",
            )?
            .query_row(
                rusqlite::params![
                    row,
                    case.id.0,
                    case.number,
                    case.fecha,
                    case.provincia,
                    case.ambito.map(crate::domain::Ambito::label),
                    case.tipo.map(crate::domain::Tipo::label),
                    status_word(case.status),
                    case.resultado.map(Outcome::word),
                    start(&case.hechos),
                    case.modified_at,
                    modified_ms,
                    revision.cast_signed(),
                    self.digest.as_slice(),
                ],
                |row| row.get(0),
            )?;
        tx.execute(
            "INSERT OR REPLACE INTO texts (row, hechos, intervencion, resultado, notas, datos, filtros, enes, rest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            rusqlite::params![
                row,
                case.hechos,
                case.intervencion,
                case.resultado_texto,
                case.notas,
                data_words(case),
                filters(case),
                enes(case),
                self.rest,
            ],
        )?;
        tx.execute(
            "INSERT OR REPLACE INTO sketches (row, sketch) VALUES (?1, ?2)",
            (row, Sketch::of(&case.hechos).to_bytes().as_slice()),
        )?;
        index(tx, row)?;
        keep_suggestion(tx, row, case)?;
        Ok(row)
    }

    /// As a revision is kept.
    pub fn json(case: &Case) -> Result<String, VaultError> {
        Ok(finite(case)?.1.to_string())
    }
}

/// Takes a case into the search. Does nothing for one in the bin.
pub(super) fn index(tx: &Transaction<'_>, row: i64) -> Result<(), VaultError> {
    tx.execute(
        "INSERT INTO search (rowid, hechos, intervencion, resultado, notas, datos, filtros, enes)
         SELECT row, hechos, intervencion, resultado, notas, datos, filtros, enes FROM live_texts WHERE row = ?1",
        [row],
    )?;
    Ok(())
}

/// Takes it out again; before its texts change, since the index asks for the old ones.
pub(super) fn unindex(tx: &Transaction<'_>, row: i64) -> Result<(), VaultError> {
    tx.execute(
        "INSERT INTO search (search, rowid, hechos, intervencion, resultado, notas, datos, filtros, enes)
         SELECT 'delete', row, hechos, intervencion, resultado, notas, datos, filtros, enes
         FROM live_texts WHERE row = ?1",
        [row],
    )?;
    Ok(())
}

/// The suggestion with everything that tells where it came from, and what a person has made of it by now.
fn keep_suggestion(tx: &Transaction<'_>, row: i64, case: &Case) -> Result<(), VaultError> {
    let Some(suggestion) = &case.propuesta else { return Ok(()) };
    let made_by = &suggestion.provenance;
    let json = |value: Result<String, serde_json::Error>| value.map_err(|_| VaultError::Record);
    let review = json(serde_json::to_string(&suggestion.review))?;
    tx.execute(
        "INSERT INTO suggestions (case_row, made_at, model, model_digest, adapter, adapter_digest, prompt_version,
             sampling, seed, raw_text, kept_text, review, suggestion)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
         ON CONFLICT (case_row, made_at, raw_text) DO UPDATE SET kept_text = ?11, review = ?12, suggestion = ?13",
        rusqlite::params![
            row,
            made_by.created_at,
            made_by.model,
            made_by.model_digest,
            made_by.adapter,
            made_by.adapter_digest,
            made_by.prompt_version,
            json(serde_json::to_string(&made_by.sampling))?,
            // Text: SQLite's numbers have one bit too few.
            made_by.sampling.seed.to_string(),
            suggestion.raw_text,
            suggestion.intervention,
            review.trim_matches('"'),
            json(serde_json::to_string(suggestion))?,
        ],
    )?;
    Ok(())
}

/// The rows of a case: its number in the tables, its revision and its digest.
pub(super) fn find(db: &Connection, id: &CaseId) -> Result<Option<(i64, u64, Vec<u8>)>, VaultError> {
    let found = db.query_row("SELECT row, revision, digest FROM cases WHERE id = ?1", [&id.0], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs(), row.get(2)?))
    });
    Ok(found.optional()?)
}

/// The columns that [`read_stored`] wants.
pub(super) const STORED: &str = "hechos, intervencion, texts.resultado, notas, rest, revision, binned_at";

/// A whole case from its rows.
pub(super) fn read_stored(row: &Row<'_>) -> Result<Stored, VaultError> {
    let rest: String = row.get(4)?;
    let mut value: Value = serde_json::from_str(&rest).map_err(|_| VaultError::Record)?;
    let Some(fields) = value.as_object_mut() else { return Err(VaultError::Record) };
    for (at, name) in ["hechos", "intervencion", "resultado_texto", "notas"].into_iter().enumerate() {
        fields.insert(name.to_owned(), Value::String(row.get(at)?));
    }
    let case = serde_json::from_value(value).map_err(|_| VaultError::Record)?;
    Ok(Stored { case, revision: row.get::<_, i64>(5)?.unsigned_abs(), binned_at: row.get(6)? })
}

fn start(hechos: &str) -> String {
    let mut start = String::new();
    for word in hechos.split_whitespace() {
        if !start.is_empty() {
            start.push(' ');
        }
        start.push_str(word);
        if let Some((end, _)) = start.char_indices().nth(START_LETTERS) {
            start.truncate(end);
            start.push('…');
            break;
        }
    }
    start
}

/// What is searched besides the long texts.
fn data_words(case: &Case) -> String {
    let fields = [case.number.as_str(), case.provincia.as_deref().unwrap_or_default(), &case.causa_cierre];
    fields.into_iter().chain(case.referencias.iter().map(String::as_str)).collect::<Vec<_>>().join("\n")
}

/// The words by which the index filters.
fn filters(case: &Case) -> String {
    let mut all = vec![filter_word("est", status_word(case.status))];
    all.extend(case.provincia.as_deref().map(|name| filter_word("prov", name)));
    all.extend(case.ambito.map(|ambito| filter_word("amb", ambito.label())));
    all.extend(case.tipo.map(|tipo| filter_word("tipo", tipo.label())));
    all.extend(case.resultado.map(|outcome| filter_word("res", outcome.word())));
    all.extend(year(&case.fecha).map(|year| filter_word("anio", &year.to_string())));
    all.join(" ")
}

/// One word for the index: a prefix and the letters of a label.
pub(super) fn filter_word(prefix: &str, label: &str) -> String {
    words::folded(label).fold(prefix.to_owned(), |all, word| all + &word)
}

/// The year of an ISO 8601 date, or of a beginning of one.
pub(super) fn year(fecha: &str) -> Option<u16> {
    let year = fecha.get(..4)?;
    let ends = fecha.len() == 4 || fecha.as_bytes().get(4) == Some(&b'-');
    year.parse().ok().filter(|_| ends && year.bytes().all(|b| b.is_ascii_digit()))
}

/// The words with ñ, written so that n and ñ are two letters; those with `xx` before them stand in a case that has the
/// word with ñ alone, and not the one with n as well.
fn enes(case: &Case) -> String {
    let texts = [&case.hechos, &case.intervencion, &case.resultado_texto, &case.notas];
    if !texts.iter().any(|text| words::has_ene(text)) {
        return String::new();
    }
    let all: std::collections::HashSet<&str> = texts.iter().flat_map(|text| words::words(text)).collect();
    let plain: std::collections::HashSet<String> = all
        .iter()
        .filter(|word| word.contains(['n', 'N']) && !words::has_ene(word))
        .map(|word| words::fold(word))
        .collect();
    let mut written: Vec<String> = Vec::new();
    for word in all.into_iter().filter(|word| words::has_ene(word)) {
        let with = words::fold_with_ene(word);
        if !plain.contains(&words::fold(word)) {
            written.push(format!("xx{with}"));
        }
        written.push(with);
    }
    written.sort_unstable();
    written.dedup();
    written.join(" ")
}
