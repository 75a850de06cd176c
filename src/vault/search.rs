//! Lists and searches: pages of light rows, with what was found marked.

use rusqlite::OptionalExtension;
use rusqlite::types::ToSql;

use super::query::{self, Filters, Matching, Query, Term};
use super::record::{CaseRow, STORED, Stored, read_stored, status_word};
use super::{Vault, VaultError, words};
use crate::domain::{Ambito, CaseId, Outcome, Tipo};

/// More hits than this are ordered by time: words that stand everywhere tell no case from another, and reckoning a rank
/// for each hit takes longer than anybody waits.
const RANKED: u64 = 1_000;
/// Words around what was found.
const EXCERPT_WORDS: u32 = 16;
/// Marks of what was found, from Unicode's private area.
const OPEN: char = '\u{f0f0}';
const CLOSE: char = '\u{f0f1}';

/// A piece of text with the byte ranges that were searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// The text.
    pub text: String,
    /// Where the words stand, in bytes.
    pub marked: Vec<(usize, usize)>,
}

/// One line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The case.
    pub row: CaseRow,
    /// What was found; none without a search.
    pub excerpt: Option<Excerpt>,
}

/// A page of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// How many there are in all.
    pub total: u64,
    /// Those of this page.
    pub hits: Vec<Hit>,
}

impl Vault {
    /// A page of what a query finds: the best first where few were found, the newest first where many, and without words
    /// those that were changed last.
    pub fn list(&self, query: &Query) -> Result<Page, VaultError> {
        let terms = query::terms(&query.text, query.typing);
        match query::matching(&terms, &query.filters) {
            Some(matching) if !query.filters.bin => self.search(query, &matching),
            // Something was typed, and no word is in it, or only unwanted ones: nothing can be found by that.
            None if !query.text.trim().is_empty() => Ok(Page::default()),
            _ => self.list_filtered(query, &terms),
        }
    }

    fn search(&self, query: &Query, matching: &Matching) -> Result<Page, VaultError> {
        let (from, conditions, dates) = dates(&query.filters);
        let count = |expression: &str| -> Result<u64, VaultError> {
            let words = format!("SELECT count(*) FROM search{from} WHERE search MATCH ?1{conditions}");
            let mut values: Vec<&dyn ToSql> = vec![&expression];
            values.extend(dates.iter().map(|date| date as &dyn ToSql));
            Ok(self.db.query_row(&words, values.as_slice(), |row| row.get::<_, i64>(0))?.unsigned_abs())
        };
        let total = count(&matching.all)?;
        let order = if total <= RANKED { "rank" } else { "search.rowid DESC" };
        let rows = |expression: &str, offset: u64, limit: usize| -> Result<Vec<i64>, VaultError> {
            let words = format!(
                "SELECT search.rowid FROM search{from} WHERE search MATCH ?1{conditions} ORDER BY {order}
                 LIMIT {limit} OFFSET {offset}"
            );
            let mut values: Vec<&dyn ToSql> = vec![&expression];
            values.extend(dates.iter().map(|date| date as &dyn ToSql));
            let mut read = self.db.prepare(&words)?;
            Ok(read.query_map(values.as_slice(), |row| row.get(0))?.collect::<Result<_, _>>()?)
        };
        let offset = query.offset as u64;
        let mut found = match &matching.exact {
            None => rows(&matching.all, offset, query.limit)?,
            Some(exact) => {
                let first = if total == 0 { 0 } else { count(exact)? };
                let mut found = if offset < first { rows(exact, offset, query.limit)? } else { Vec::new() };
                if found.len() < query.limit && first < total {
                    let others = format!("({}) NOT ({exact})", matching.all);
                    found.extend(rows(&others, offset.saturating_sub(first), query.limit - found.len())?);
                }
                found
            }
        };
        found.truncate(query.limit);
        let hits = found.into_iter().map(|row| self.hit(row, &matching.marked));
        Ok(Page { total, hits: hits.collect::<Result<_, _>>()? })
    }

    fn hit(&self, row: i64, marked: &str) -> Result<Hit, VaultError> {
        let words = format!("SELECT {} FROM cases WHERE row = ?1", CaseRow::COLUMNS);
        let light = self.db.query_row(&words, [row], CaseRow::read)?;
        let excerpt: String = self.db.query_row(
            &format!(
                "SELECT snippet(search, -1, '{OPEN}', '{CLOSE}', '…', {EXCERPT_WORDS}) FROM search
                 WHERE search MATCH ?1 AND rowid = ?2"
            ),
            (marked, row),
            |row| row.get(0),
        )?;
        Ok(Hit { row: light, excerpt: Some(unmarked(&excerpt)) })
    }

    fn list_filtered(&self, query: &Query, terms: &[Term]) -> Result<Page, VaultError> {
        let (mut conditions, mut values) = conditions(&query.filters);
        if query.filters.bin {
            // The bin is small and not in the index: its lines are looked through.
            for term in terms.iter().filter(|term| !term.excluded) {
                conditions.push_str(" AND (number LIKE ? ESCAPE '\\' OR start LIKE ? ESCAPE '\\')");
                let like =
                    format!("%{}%", term.words.join(" ").replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_"));
                values.extend([like.clone(), like]);
            }
        }
        let bound: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        let total: i64 =
            self.db.query_row(&format!("SELECT count(*) FROM cases WHERE {conditions}"), bound.as_slice(), |row| {
                row.get(0)
            })?;
        let words = format!(
            "SELECT {} FROM cases JOIN (
                 SELECT row FROM cases WHERE {conditions} ORDER BY modified_ms DESC, row DESC LIMIT {} OFFSET {}
             ) page USING (row) ORDER BY modified_ms DESC, cases.row DESC",
            CaseRow::COLUMNS,
            query.limit,
            query.offset,
        );
        let mut read = self.db.prepare(&words)?;
        let rows = read.query_map(bound.as_slice(), CaseRow::read)?;
        let hits = rows.map(|row| Ok(Hit { row: row?, excerpt: None })).collect::<Result<_, VaultError>>()?;
        Ok(Page { total: total.unsigned_abs(), hits })
    }

    /// Calls `each` with every whole case that a query finds, in the order of its numbers in the vault, without holding
    /// more than one. `offset` and `limit` of the query don't count. For exports.
    pub fn for_each<E: From<VaultError>>(
        &self,
        query: &Query,
        mut each: impl FnMut(Stored) -> Result<(), E>,
    ) -> Result<u64, E> {
        let terms = query::terms(&query.text, query.typing);
        let (conditions, mut values) = conditions(&query.filters);
        let matched = match query::matching(&terms, &query.filters) {
            Some(matching) => {
                values.push(matching.all);
                " AND row IN (SELECT rowid FROM search WHERE search MATCH ?)"
            }
            None if !query.text.trim().is_empty() => return Ok(0),
            None => "",
        };
        let words = format!("SELECT row FROM cases WHERE {conditions}{matched} ORDER BY row");
        // Their numbers first: to bring whole cases into order, SQLite would hold all of them.
        let found = self.rows_of(&words, &values)?;
        let words = format!("SELECT {STORED} FROM cases JOIN texts USING (row) WHERE row = ?1");
        let mut read = self.db.prepare(&words).map_err(VaultError::from)?;
        let mut count = 0;
        for row in found {
            let mut rows = read.query([row]).map_err(VaultError::from)?;
            // Another window may have deleted it meanwhile.
            if let Some(row) = rows.next().map_err(VaultError::from)? {
                each(read_stored(row)?)?;
                count += 1;
            }
        }
        Ok(count)
    }

    fn rows_of(&self, words: &str, values: &[String]) -> Result<Vec<i64>, VaultError> {
        let bound: Vec<&dyn ToSql> = values.iter().map(|value| value as &dyn ToSql).collect();
        let mut read = self.db.prepare(words)?;
        Ok(read.query_map(bound.as_slice(), |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The light row of a case, also from the bin.
    pub fn row(&self, id: &CaseId) -> Result<CaseRow, VaultError> {
        let words = format!("SELECT {} FROM cases WHERE id = ?1", CaseRow::COLUMNS);
        let row = self.db.query_row(&words, [&id.0], CaseRow::read).optional()?;
        row.ok_or(VaultError::NoSuchCase)
    }

    /// The ids of everything that a query finds.
    pub fn ids(&self, query: &Query) -> Result<Vec<CaseId>, VaultError> {
        let mut ids = Vec::new();
        self.for_each(query, |stored| {
            ids.push(stored.case.id);
            Ok::<(), VaultError>(())
        })?;
        Ok(ids)
    }
}

/// Where the words of a search stand in a text, in bytes: for what is open in the window.
pub fn marks(text: &str, query: &str, typing: bool) -> Vec<(usize, usize)> {
    let terms: Vec<(Vec<String>, bool)> = query::terms(query, typing)
        .into_iter()
        .filter(|term| !term.excluded)
        .map(|term| (term.words.iter().map(|word| words::fold(word)).collect(), term.prefix))
        .collect();
    if terms.is_empty() {
        return Vec::new();
    }
    let bounds: Vec<(usize, usize)> = words::bounds(text).collect();
    let folded: Vec<String> = words::folded(text).collect();
    let mut marks = Vec::new();
    for at in 0..folded.len() {
        for (words, prefix) in &terms {
            let Some(here) = folded.get(at..at + words.len()) else { continue };
            let (Some((last, first)), Some((here_last, here_first))) = (words.split_last(), here.split_last()) else {
                continue;
            };
            let ends = if *prefix { here_last.starts_with(last.as_str()) } else { here_last == last };
            if ends && first == here_first {
                marks.push((bounds[at].0, bounds[at + words.len() - 1].1));
            }
        }
    }
    marks.dedup();
    marks
}

/// The range of dates, where there is one: what to join, what to ask, and its ends.
fn dates(filters: &Filters) -> (&'static str, String, Vec<String>) {
    match span(filters) {
        None => ("", String::new(), Vec::new()),
        Some((from, to)) => {
            let conditions = " AND fecha >= ?2 AND fecha < ?3".to_owned();
            (" JOIN cases ON cases.row = search.rowid", conditions, vec![from, to])
        }
    }
}

/// The first date of a range, and the first text behind it. What is no date is in no range.
fn span(filters: &Filters) -> Option<(String, String)> {
    if filters.from.is_none() && filters.to.is_none() {
        return None;
    }
    let from = filters.from.clone().unwrap_or_else(|| "0".to_owned());
    Some((from, after(filters.to.as_deref().unwrap_or("9999"))))
}

/// The first text that is after all of a day: `2026-11-03T10:00` is still of it.
fn after(day: &str) -> String {
    format!("{day}~")
}

/// What a filter asks of the light rows.
fn conditions(filters: &Filters) -> (String, Vec<String>) {
    let mut conditions = format!("in_bin = {}", u8::from(filters.bin));
    let mut values = Vec::new();
    let mut ask = |column: &str, compare: &str, value: Option<String>| {
        if let Some(value) = value {
            conditions = format!("{conditions} AND {column} {compare} ?");
            values.push(value);
        }
    };
    let (from, to) = span(filters).unzip();
    ask("cases.fecha", ">=", from);
    ask("cases.fecha", "<", to);
    ask("cases.provincia", "=", filters.provincia.clone());
    ask("cases.ambito", "=", filters.ambito.map(|ambito: Ambito| ambito.label().to_owned()));
    ask("cases.tipo", "=", filters.tipo.map(|tipo: Tipo| tipo.label().to_owned()));
    ask("cases.resultado", "=", filters.resultado.map(|outcome: Outcome| outcome.word().to_owned()));
    ask("cases.status", "=", filters.status.map(|status| status_word(status).to_owned()));
    (conditions, values)
}

/// The marks out of the text, as ranges.
fn unmarked(marked: &str) -> Excerpt {
    let mut excerpt = Excerpt::default();
    let mut open = None;
    for c in marked.chars() {
        match c {
            OPEN => open = Some(excerpt.text.len()),
            CLOSE => excerpt.marked.extend(open.take().map(|start| (start, excerpt.text.len()))),
            '\n' | '\r' | '\t' => excerpt.text.push(' '),
            c => excerpt.text.push(c),
        }
    }
    excerpt
}
