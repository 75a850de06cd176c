//! Fields and problems in words.

use super::columns::Field;
use super::problems::{Count, Problem};
use super::resolve::Tally;
use crate::i18n::I18n;

/// The message that names a field.
pub fn field_message(field: Field) -> &'static str {
    match field {
        Field::Number => "import-field-number",
        Field::Hechos => "field-hechos",
        Field::Fecha => "import-field-date",
        Field::FechaDenuncia => "import-field-complaint-date",
        Field::Provincia => "field-provincia",
        Field::Ambito => "field-ambito",
        Field::Tipo => "field-tipo",
        Field::Intervencion => "field-intervencion",
        Field::Resultado => "field-resultado",
        Field::CausaCierre => "doc-closing",
        Field::Referencias => "doc-references",
        Field::Notas => "doc-notes",
        Field::Estado => "import-field-status",
    }
}

/// One kind of problem in words, with how often, in which column, and its first rows and values.
pub fn problem_line(count: &Count, i18n: &I18n) -> String {
    let values = count.values.iter().map(|value| format!("«{value}»")).collect::<Vec<_>>().join(", ");
    let mut line = i18n.tr_args(count.kind.message(), &[("value", values.into())]);
    if let Some(column) = &count.column {
        line = format!("{column}: {line}");
    }
    if !count.rows.is_empty() {
        let rows = count.rows.iter().map(|row| i18n.number(*row)).collect::<Vec<_>>().join(", ");
        let more = if count.count > count.rows.len() { "…" } else { "" };
        let words = [("count", count.count.into()), ("number", i18n.number(count.count as u64).into())];
        let rows = [("rows", format!("{rows}{more}").into())];
        let words: Vec<_> = words.into_iter().chain(rows).collect();
        line = format!("{line} {}", i18n.tr_args("import-rows", &words));
    }
    line
}

/// One problem in words, with its row and column.
pub fn problem_words(problem: &Problem, i18n: &I18n) -> String {
    let value = if problem.value.is_empty() { String::new() } else { format!("«{}»", problem.value) };
    let words = i18n.tr_args(problem.kind.message(), &[("value", value.into())]);
    let words = match &problem.column {
        Some(column) => format!("{column}: {words}"),
        None => words,
    };
    match problem.row {
        Some(row) => i18n.tr_args("import-problem", &[("row", i18n.number(row).into()), ("words", words.into())]),
        None => words,
    }
}

/// What an import would do, in words.
pub fn tally_line(tally: Tally, i18n: &I18n) -> String {
    let number = |value: usize| i18n.number(value as u64);
    let words = [
        ("added", number(tally.added).into()),
        ("merged", number(tally.merged).into()),
        ("skipped", number(tally.skipped).into()),
    ];
    i18n.tr_args("import-would", &words)
}
