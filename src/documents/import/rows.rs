//! From rows to cases: the plan of an import, with everything that is wrong, before anything is taken in.

use std::collections::BTreeMap;

use super::super::table::{self, COLUMNS};
use super::bytes::{of_windows, unmix};
use super::columns::{Field, Mapping, is_of_machine, of_ours};
use super::dates;
use super::duplicates::{Duplicate, find};
use super::error::ImportError;
use super::limits::MAX_CELL_BYTES;
use super::problems::{Count, Problem, ProblemKind as Kind, Problems};
use super::source::{Origin, Row, Source, Table};
use super::words::{self, Found};
use crate::domain::{Case, CaseId, CaseStatus, Outcome};

/// A column of dates that are all a 1 January is believed to hold years only from so many rows on, and a column that
/// repeats another to be a fault.
const TELLING_ROWS: usize = 3;

/// A case that an import would make.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The row that it comes from, as a spreadsheet counts.
    pub row: u64,
    /// It.
    pub case: Case,
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Where it comes from; none for JSON of this program.
    pub origin: Option<Origin>,
    /// What each column is taken for; empty where the table is one of ours.
    pub mapping: Mapping,
    /// The table has this program's own form, and is read to the letter.
    pub ours: bool,
    /// Rows with something in them.
    pub rows: usize,
    /// The cases, in the file's order.
    pub cases: Vec<Planned>,
    /// Cases that tell the same facts as an earlier one in the file, or nearly.
    pub duplicates: Vec<Duplicate>,
    problems: Problems,
}

impl Plan {
    /// Problems one by one, in the file's order; at most [`super::limits::MAX_PROBLEMS`].
    pub fn problems(&self) -> &[Problem] {
        &self.problems.list
    }

    /// Problems counted by kind and column, the worst first.
    pub fn counts(&self) -> Vec<Count> {
        self.problems.counts()
    }

    /// How many rows can't become cases, and the first of them; none where nothing stands in the way.
    pub fn blocked(&self) -> Option<(usize, u64)> {
        self.problems.blocked.first().map(|first| (self.problems.blocked.len(), *first))
    }

    /// The cases, where nothing stands in their way: an import goes in whole or not at all.
    pub fn cases(&self) -> Result<Vec<Case>, ImportError> {
        match self.blocked() {
            Some((rows, first)) => Err(ImportError::Blocked { rows, first }),
            None if self.cases.is_empty() => Err(ImportError::Empty),
            None => Ok(self.cases.iter().map(|planned| planned.case.clone()).collect()),
        }
    }
}

/// The plan of an import with these columns; none guesses them. `now` is RFC 3339; `new_id` makes identifiers.
pub fn plan(
    source: &Source,
    mapping: Option<&Mapping>,
    now: &str,
    new_id: &mut dyn FnMut() -> CaseId,
) -> Result<Plan, ImportError> {
    let mut plan = match source {
        Source::Cases(cases) => whole(cases),
        Source::Table(table) => {
            if let Some(columns) = of_ours(&table.headings).filter(|_| mapping.is_none()) {
                ours(table, &columns)
            } else {
                let mapping = mapping.cloned().unwrap_or_else(|| Mapping::guess(&table.headings));
                foreign(table, mapping, now, new_id)
            }
        }
    };
    let cases: Vec<&Case> = plan.cases.iter().map(|planned| &planned.case).collect();
    plan.duplicates = find(&cases);
    Ok(plan)
}

fn whole(cases: &[Case]) -> Plan {
    let mut problems = Problems::default();
    let planned = cases.iter().enumerate().map(|(at, case)| Planned { row: at as u64 + 1, case: case.clone() });
    let planned: Vec<Planned> = planned.collect();
    for one in &planned {
        check_lengths(&one.case, one.row, &mut problems);
    }
    Plan {
        origin: None,
        mapping: Mapping { columns: Vec::new() },
        ours: true,
        rows: cases.len(),
        cases: planned,
        duplicates: Vec::new(),
        problems,
    }
}

fn check_lengths(case: &Case, row: u64, problems: &mut Problems) {
    for (name, text) in [("hechos", &case.hechos), ("intervencion", &case.intervencion), ("notas", &case.notas)] {
        if text.len() > MAX_CELL_BYTES {
            problems.add(Kind::TooLong, Some(row), Some(name), "");
        }
    }
    if case.hechos.trim().is_empty() {
        problems.add(Kind::NoFacts, Some(row), None, "");
    }
}

/// A table of ours: every cell as it is.
fn ours(table: &Table, columns: &[Vec<usize>]) -> Plan {
    let mut problems = table.problems.clone();
    let mut cases = Vec::new();
    let guarded = table.origin.form == super::Form::Csv;
    for row in &table.rows {
        let cells: [String; COLUMNS.len()] = std::array::from_fn(|at| {
            let parts = columns[at].iter().filter_map(|column| row.cells.get(*column));
            parts.map(|cell| if guarded { table::unguard(cell) } else { cell.as_str() }).collect()
        });
        match table::case(&cells) {
            Ok(case) => {
                check_lengths(&case, row.number, &mut problems);
                cases.push(Planned { row: row.number, case });
            }
            Err(column) => problems.add(Kind::RowOfOursChanged, Some(row.number), Some(COLUMNS[column]), ""),
        }
    }
    Plan {
        origin: Some(table.origin.clone()),
        mapping: Mapping { columns: Vec::new() },
        ours: true,
        rows: table.rows.len(),
        cases,
        duplicates: Vec::new(),
        problems,
    }
}

/// Anybody else's table.
fn foreign(table: &Table, mut mapping: Mapping, now: &str, new_id: &mut dyn FnMut() -> CaseId) -> Plan {
    let mut problems = table.problems.clone();
    look_at_headings(table, &mapping, &mut problems);
    leave_out_repeats(table, &mut mapping, &mut problems);
    let years_only: Vec<usize> = [Field::Fecha, Field::FechaDenuncia]
        .into_iter()
        .filter_map(|field| mapping.of(field).next())
        .filter(|column| holds_only_years(table, *column))
        .collect();
    for column in &years_only {
        problems.add(Kind::OnlyYears, None, Some(&table.headings[*column]), "");
    }
    if mapping.of(Field::Hechos).next().is_none() {
        problems.add(Kind::NoFactsColumn, Some(1), None, "");
    }
    let mut reader = Reader { table, mapping: &mapping, years_only: &years_only, now, problems: &mut problems };
    let cases = table.rows.iter().map(|row| Planned { row: row.number, case: reader.case(row, new_id()) }).collect();
    Plan {
        origin: Some(table.origin.clone()),
        ours: false,
        rows: table.rows.len(),
        cases,
        duplicates: Vec::new(),
        problems,
        mapping,
    }
}

fn look_at_headings(table: &Table, mapping: &Mapping, problems: &mut Problems) {
    let mut seen = BTreeMap::new();
    for (at, column) in mapping.columns.iter().enumerate() {
        let heading = column.heading.as_str();
        if seen.insert(words::fold(heading), at).is_some() && !heading.is_empty() {
            problems.add(Kind::HeadingTwice, None, Some(heading), "");
        }
        let used = table.rows.iter().any(|row| row.cells.get(at).is_some_and(|cell| !cell.trim().is_empty()));
        if column.field.is_none() && used {
            let kind = if is_of_machine(heading) { Kind::ColumnOfMachine } else { Kind::ColumnUnused };
            problems.add(kind, None, Some(heading), "");
        }
    }
}

/// A date of the complaint that is the date of the facts in every row was not written by anybody.
fn leave_out_repeats(table: &Table, mapping: &mut Mapping, problems: &mut Problems) {
    let (Some(facts), Some(complaint)) = (mapping.of(Field::Fecha).next(), mapping.of(Field::FechaDenuncia).next())
    else {
        return;
    };
    let cells = |row: &'_ Row, at: usize| row.cells.get(at).map(|cell| cell.trim().to_owned()).unwrap_or_default();
    let filled = table.rows.iter().filter(|row| !cells(row, complaint).is_empty()).count();
    if filled >= TELLING_ROWS && table.rows.iter().all(|row| cells(row, facts) == cells(row, complaint)) {
        problems.add(Kind::ColumnRepeats, None, Some(&table.headings[complaint]), &table.headings[facts]);
        mapping.choose(complaint, None);
    }
}

/// Every date of the column is a 1 January: a program has made a date of a year.
fn holds_only_years(table: &Table, column: usize) -> bool {
    let cells = table.rows.iter().filter_map(|row| row.cells.get(column)).map(|cell| cell.trim());
    let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
    let first = |cell: &&str| dates::parse(cell, 9999).is_some_and(|date| date.iso.ends_with("-01-01"));
    cells.len() >= TELLING_ROWS && cells.iter().all(first)
}

/// Reads rows, and says what is wrong with them.
struct Reader<'a> {
    table: &'a Table,
    mapping: &'a Mapping,
    years_only: &'a [usize],
    now: &'a str,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn case(&mut self, row: &Row, id: CaseId) -> Case {
        let mut case = Case::new(id, String::new(), self.now.to_owned());
        let mut notes: Vec<String> = Vec::new();
        for (at, column) in self.mapping.columns.iter().enumerate() {
            let Some(field) = column.field else { continue };
            let Some(raw) = row.cells.get(at).filter(|cell| !cell.trim().is_empty()) else { continue };
            if raw.len() > MAX_CELL_BYTES {
                self.problem(Kind::TooLong, row, at, "");
                continue;
            }
            let text = self.clean(raw, row, at);
            if !text.is_empty() {
                self.take(field, text, row, at, &mut case, &mut notes);
            }
        }
        if case.hechos.is_empty() {
            self.problems.add(Kind::NoFacts, Some(row.number), None, "");
        }
        case.notas = notes.join("\n\n");
        if case.status == CaseStatus::Draft {
            case.status =
                match (case.resultado.is_some() || !case.resultado_texto.is_empty(), case.intervencion.is_empty()) {
                    (true, _) => CaseStatus::Closed,
                    (false, false) => CaseStatus::Accepted,
                    (false, true) => CaseStatus::Draft,
                };
        }
        case
    }

    fn take(&mut self, field: Field, text: String, row: &Row, at: usize, case: &mut Case, notes: &mut Vec<String>) {
        match field {
            Field::Number => case.number = text,
            Field::Hechos => case.hechos = text,
            Field::Intervencion => case.intervencion = text,
            Field::CausaCierre => case.causa_cierre = text,
            Field::Notas => notes.push(text),
            Field::Fecha => case.fecha = self.date(text, row, at),
            Field::FechaDenuncia => case.fecha_denuncia = self.date(text, row, at),
            Field::Provincia => {
                let found = words::provincia(&text);
                let known = self.known(found, Kind::ProvinciaUnknown, &text, row, at);
                case.provincia = Some(known.map_or(text, str::to_owned));
            }
            Field::Ambito => {
                case.ambito = self.known(words::ambito(&text), Kind::AmbitoUnknown, &text, row, at);
                if case.ambito.is_none() {
                    notes.push(format!("{}: {text}", self.table.headings[at]));
                }
            }
            Field::Tipo => {
                case.tipo = self.known(words::tipo(&text), Kind::TipoUnknown, &text, row, at);
                if case.tipo.is_none() {
                    notes.push(format!("{}: {text}", self.table.headings[at]));
                }
            }
            Field::Resultado => self.outcome(text, row, at, case),
            Field::Referencias => self.references(&text, row, at, case),
            Field::Estado => match words::status(&text) {
                Some(status) => case.status = status,
                None => notes.push(format!("{}: {text}", self.table.headings[at])),
            },
        }
    }

    fn problem(&mut self, kind: Kind, row: &Row, at: usize, value: &str) {
        self.problems.add(kind, Some(row.number), self.table.headings.get(at).map(String::as_str), value);
    }

    fn known<T>(&mut self, found: Option<Found<T>>, unknown: Kind, text: &str, row: &Row, at: usize) -> Option<T> {
        match found {
            None => self.problem(unknown, row, at, text),
            Some(ref found) if found.respelt => self.problem(Kind::Respelt, row, at, text),
            Some(_) => {}
        }
        found.map(|found| found.value)
    }

    fn date(&mut self, text: String, row: &Row, at: usize) -> String {
        let this_year = self.now.get(..4).and_then(|year| year.parse().ok()).unwrap_or(2100);
        let Some(date) = dates::parse(&text, this_year) else {
            self.problem(Kind::DateUnknown, row, at, &text);
            return text;
        };
        let iso = if self.years_only.contains(&at) { date.iso[..4].to_owned() } else { date.iso };
        if date.two_digits {
            self.problem(Kind::DateTwoDigits, row, at, &text);
        }
        if dates::is_future(&iso, self.now.get(..10).unwrap_or_default()) {
            self.problem(Kind::DateFuture, row, at, &text);
        }
        iso
    }

    /// A label alone is the label; a text that opens with one is both, and stays whole.
    fn outcome(&mut self, text: String, row: &Row, at: usize, case: &mut Case) {
        if let Some(found) = words::outcome(&text) {
            let word: Option<Outcome> = self.known(Some(found), Kind::Respelt, &text, row, at);
            case.resultado = word;
            return;
        }
        case.resultado = words::opening_outcome(&text);
        if let Some(outcome) = case.resultado {
            self.problem(Kind::OutcomeFromText, row, at, outcome.word());
        }
        case.resultado_texto = text;
    }

    /// One a line; a list as a program prints it (`['a', 'b']`) is taken apart.
    fn references(&mut self, text: &str, row: &Row, at: usize, case: &mut Case) {
        let list = list_as_text(text);
        if list.is_some() {
            self.problem(Kind::ListAsText, row, at, "");
        }
        let entries = list.unwrap_or_else(|| text.split('\n').map(str::to_owned).collect());
        for entry in entries.iter().map(|entry| entry.trim()).filter(|entry| !entry.is_empty()) {
            if !case.referencias.iter().any(|known| known == entry) {
                case.referencias.push(entry.to_owned());
            }
        }
    }

    /// A cell as it was meant: each thing that is mended is told.
    fn clean(&mut self, raw: &str, row: &Row, at: usize) -> String {
        let unguarded = table::unguard(raw);
        if unguarded.len() != raw.len() {
            self.problem(Kind::GuardRemoved, row, at, "");
        }
        let unmixed = unmix(unguarded);
        let mut encoding = unmixed.is_some();
        let text = unmixed.as_deref().unwrap_or(unguarded).replace("\r\n", "\n").replace('\r', "\n");
        let (mut controls, mut blanks, mut broken) = (false, false, false);
        let mut clean = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '\n' | '\t' => clean.push(c),
                c if of_windows(c).is_some() => {
                    encoding = true;
                    clean.extend(of_windows(c));
                }
                c if c.is_control() || c == '\u{feff}' => controls = true,
                '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => {
                    blanks = true;
                    clean.push(' ');
                }
                '\u{fffd}' => {
                    broken = true;
                    clean.push(c);
                }
                c => clean.push(c),
            }
        }
        let trimmed = clean.trim();
        blanks |= trimmed.len() != clean.len();
        for (is, kind) in [
            (encoding, Kind::EncodingMended),
            (broken, Kind::EncodingBroken),
            (controls, Kind::ControlsRemoved),
            (blanks, Kind::BlanksMended),
        ] {
            if is {
                self.problem(kind, row, at, "");
            }
        }
        trimmed.to_owned()
    }
}

/// The entries of a list of texts as Python prints it, or as JSON; none for anything else.
fn list_as_text(text: &str) -> Option<Vec<String>> {
    let inner = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim();
    let mut entries = Vec::new();
    let mut rest = inner;
    while !rest.is_empty() {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
        let mut entry = String::new();
        let mut signs = rest[1..].char_indices();
        let end = loop {
            match signs.next()? {
                (at, c) if c == quote => break at + 2,
                (_, '\\') => match signs.next()?.1 {
                    'n' => entry.push('\n'),
                    't' => entry.push('\t'),
                    c @ ('\\' | '\'' | '"' | '/') => entry.push(c),
                    // Others are rare, and what they mean differs between programs.
                    _ => return None,
                },
                (_, c) => entry.push(c),
            }
        };
        entries.push(entry);
        rest = rest[end..].trim_start();
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_programs_are_taken_apart() {
        let list = |entries: &[&str]| Some(entries.iter().map(|&entry| entry.to_owned()).collect::<Vec<_>>());
        assert_eq!(list_as_text("['a', 'b\\'c']"), list(&["a", "b'c"]));
        assert_eq!(list_as_text("[\"a, b\", 'c]']"), list(&["a, b", "c]"]));
        assert_eq!(list_as_text("[]"), list(&[]));
        for text in ["['a' 'b']", "['a", "[1, 2]", "a", "", "['\\x41']", "[sic] no es una lista"] {
            assert_eq!(list_as_text(text), None, "{text}");
        }
    }
}
