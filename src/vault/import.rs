//! Many cases at once: what is there already, all or nothing, and back again.

use std::collections::HashMap;

use rusqlite::OptionalExtension;

use super::audit::{self, AuditEvent, AuditKind};
use super::duplicates::{Candidates, Sketch, likeness};
use super::record::{self, Record};
use super::store::{put, read_revision, read_row};
use super::{Vault, VaultError, words};
use crate::domain::{Case, CaseId};

/// Where the same case is already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Twin {
    /// In the vault (also in its bin).
    Stored(CaseId),
    /// Earlier among those that are to come in, at this place.
    Incoming(usize),
}

/// A case that tells the same facts as another, or nearly.
#[derive(Debug, Clone, PartialEq)]
pub struct Duplicate {
    /// Its place among those that are to come in.
    pub index: usize,
    /// The other one.
    pub of: Twin,
    /// 1 = word for word, accents, case and punctuation aside.
    pub likeness: f64,
}

/// What to do with a case that is to come in.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// A case of its own.
    Add(Case),
    /// Fill what is empty in a stored one, and put other texts of it behind its notes; its own text stays.
    Merge(Case, CaseId),
}

/// What an import has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// By which it can be undone.
    pub import: i64,
    /// Cases that are new.
    pub added: usize,
    /// Cases that were filled.
    pub merged: usize,
}

/// What undoing has done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Undone {
    /// Cases that are gone again.
    pub removed: usize,
    /// Cases that are as they were before.
    pub restored: usize,
    /// Cases that somebody has changed since: they stay.
    pub kept: Vec<CaseId>,
}

impl Vault {
    /// Which of these cases tell the same facts, or nearly, as a stored one or as an earlier one among them. The best
    /// match of each, in their order.
    pub fn find_duplicates(&self, cases: &[Case]) -> Result<Vec<Duplicate>, VaultError> {
        let mut stored = Candidates::new();
        let mut read = self.db.prepare("SELECT row, sketch FROM sketches")?;
        let mut rows = read.query([])?;
        while let Some(row) = rows.next()? {
            let sketch = Sketch::from_bytes(row.get_ref(1)?.as_blob().map_err(|_| VaultError::Record)?);
            if let Some(sketch) = sketch {
                stored.add(sketch, row.get::<_, i64>(0)?);
            }
        }
        let mut text = self.db.prepare("SELECT id, hechos FROM cases JOIN texts USING (row) WHERE row = ?1")?;
        let mut incoming = Candidates::new();
        let mut duplicates = Vec::new();
        for (index, case) in cases.iter().enumerate() {
            let sketch = Sketch::of(&case.hechos);
            let mut best: Option<(f64, Twin)> = None;
            let mut offer = |likeness: Option<f64>, twin: Twin| {
                if let Some(likeness) = likeness
                    && best.as_ref().is_none_or(|(other, _)| likeness > *other)
                {
                    best = Some((likeness, twin));
                }
            };
            for row in stored.of(sketch) {
                let (id, hechos): (String, String) = text.query_row([row], |row| Ok((row.get(0)?, row.get(1)?)))?;
                offer(likeness(&case.hechos, &hechos), Twin::Stored(CaseId(id)));
            }
            for other in incoming.of(sketch) {
                let earlier: &Case = &cases[other];
                offer(likeness(&case.hechos, &earlier.hechos), Twin::Incoming(other));
            }
            duplicates.extend(best.map(|(likeness, of)| Duplicate { index, of, likeness }));
            incoming.add(sketch, index);
        }
        Ok(duplicates)
    }

    /// Takes cases in: all of them, or none. `source` is a file's name, for the audit log. A case whose id is taken
    /// gets another.
    pub fn import(&mut self, cases: &[Incoming], source: &str) -> Result<Imported, VaultError> {
        self.import_telling(cases, source, &mut |_| ())
    }

    /// As [`Self::import`]; `tell` hears how many are written by now.
    pub fn import_telling(
        &mut self,
        cases: &[Incoming],
        source: &str,
        tell: &mut dyn FnMut(usize),
    ) -> Result<Imported, VaultError> {
        let who = self.who()?;
        self.write(|tx| {
            let import = tx
                .prepare("INSERT INTO imports (at, source) VALUES (?1, ?2) RETURNING id")?
                .query_row((crate::clock::now(), source), |row| row.get(0))?;
            let mut done = Imported { import, ..Imported::default() };
            let mut touched: HashMap<i64, i64> = HashMap::new();
            for (written, incoming) in cases.iter().enumerate() {
                tell(written);
                let (row, before) = match incoming {
                    Incoming::Add(case) => {
                        let case = with_free_id(tx, case)?;
                        done.added += 1;
                        (Record::of(&case)?.write(tx, None, 1)?, 0)
                    }
                    Incoming::Merge(case, into) => {
                        let (row, revision, _) = record::find(tx, into)?.ok_or(VaultError::NoSuchCase)?;
                        let merged = merged(read_row(tx, row)?.case, case);
                        // Its lines in the audit log are its own: a stored case changes.
                        put(tx, &Record::of(&merged)?, revision, who.as_deref())?;
                        done.merged += 1;
                        (row, revision.cast_signed())
                    }
                };
                touched.entry(row).or_insert(before);
            }
            for (row, before) in touched {
                tx.execute(
                    "INSERT INTO imported (import, case_row, before, after)
                     SELECT ?1, ?2, ?3, revision FROM cases WHERE row = ?2",
                    (import, row, before),
                )?;
            }
            let detail = format!("{} + {} ({source})", done.added, done.merged);
            audit::append(tx, &AuditEvent::new(AuditKind::Import, detail))?;
            Ok(done)
        })
    }

    /// The newest import that was not undone: its number, time and source.
    pub fn last_import(&self) -> Result<Option<(i64, String, String)>, VaultError> {
        let found = self.db.query_row(
            "SELECT id, at, source FROM imports WHERE undone_at IS NULL ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        );
        Ok(found.optional()?)
    }

    /// Takes an import back: what it added goes for good, what it merged is as before. What somebody has changed since
    /// then, or is changing (there is a draft), stays and is named.
    pub fn undo_import(&mut self, import: i64) -> Result<Undone, VaultError> {
        let who = self.who()?;
        self.write(|tx| {
            let marked = tx.execute(
                "UPDATE imports SET undone_at = ?2 WHERE id = ?1 AND undone_at IS NULL",
                (import, crate::clock::now()),
            )?;
            if marked == 0 {
                return Err(VaultError::NoUndo { reason: "no such import, or undone before" });
            }
            let mut read = tx.prepare(
                "SELECT case_row, id, before, after, revision,
                     revision <> after OR EXISTS (SELECT 1 FROM drafts WHERE drafts.id = cases.id)
                 FROM imported JOIN cases ON row = case_row WHERE import = ?1 ORDER BY case_row",
            )?;
            let rows = read.query_map([import], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })?;
            let rows: Vec<(i64, String, i64, i64, i64, bool)> = rows.collect::<Result<_, _>>()?;
            let mut done = Undone::default();
            for (row, id, before, after, revision, changed) in rows {
                if changed {
                    done.kept.push(CaseId(id));
                } else if before == 0 {
                    record::unindex(tx, row)?;
                    tx.execute("DELETE FROM cases WHERE row = ?1", [row])?;
                    done.removed += 1;
                } else if before != after {
                    let old = read_revision(tx, row, before)?.ok_or(VaultError::Record)?;
                    put(tx, &Record::of(&old)?, revision.unsigned_abs(), who.as_deref())?;
                    done.restored += 1;
                }
            }
            let detail = format!("{} + {} ({})", done.removed, done.restored, done.kept.len());
            audit::append(tx, &AuditEvent::new(AuditKind::UndoImport, detail))?;
            Ok(done)
        })
    }
}

fn with_free_id(tx: &rusqlite::Transaction<'_>, case: &Case) -> Result<Case, VaultError> {
    let mut case = case.clone();
    while case.id.0.is_empty() || record::find(tx, &case.id)?.is_some() {
        case.id = super::new_id()?;
    }
    Ok(case)
}

/// The stored case with what it lacks.
fn merged(mut stored: Case, other: &Case) -> Case {
    let mut behind = Vec::new();
    let mut text = |mine: &mut String, theirs: &str| {
        if mine.trim().is_empty() {
            theirs.clone_into(mine);
        } else if !theirs.trim().is_empty() && !words::folded(mine).eq(words::folded(theirs)) {
            behind.push(theirs.trim().to_owned());
        }
    };
    let had_intervention = !stored.intervencion.trim().is_empty();
    text(&mut stored.hechos, &other.hechos);
    text(&mut stored.intervencion, &other.intervencion);
    text(&mut stored.resultado_texto, &other.resultado_texto);
    text(&mut stored.causa_cierre, &other.causa_cierre);
    for (mine, theirs) in [
        (&mut stored.number, &other.number),
        (&mut stored.fecha, &other.fecha),
        (&mut stored.fecha_denuncia, &other.fecha_denuncia),
    ] {
        if mine.trim().is_empty() {
            mine.clone_from(theirs);
        }
    }
    if !had_intervention {
        stored.intervencion_generada = other.intervencion_generada;
    }
    stored.provincia = stored.provincia.or_else(|| other.provincia.clone());
    stored.ambito = stored.ambito.or(other.ambito);
    stored.tipo = stored.tipo.or(other.tipo);
    stored.resultado = stored.resultado.or(other.resultado);
    stored.propuesta = stored.propuesta.or_else(|| other.propuesta.clone());
    for reference in &other.referencias {
        if !stored.referencias.contains(reference) {
            stored.referencias.push(reference.clone());
        }
    }
    if !other.notas.trim().is_empty() && !stored.notas.contains(other.notas.trim()) {
        behind.push(other.notas.trim().to_owned());
    }
    behind.retain(|text| !stored.notas.contains(text.as_str()));
    for text in behind {
        if !stored.notas.trim().is_empty() {
            stored.notas.push_str("\n\n");
        }
        stored.notas.push_str(&text);
    }
    stored
}
