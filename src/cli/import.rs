//! `pag-bert import`: what a table or a JSON holds, what is wrong with it, and, where nothing stands in the way, into the
//! vault with it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Failure;
use crate::clock;
use crate::documents::import::{
    Duplicate, Field, Form, ImportError, Mapping, Plan, Policy, Same, Severity, Source, Tally, field_message,
    new_case_id, plan, problem_line, read, tally, tally_line,
};
use crate::error::UserError;
use crate::files;
use crate::i18n::I18n;

/// `pag-bert import`
#[derive(Debug, Args)]
pub struct Import {
    /// A table or JSON.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which column is which field; may be given several times.
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub map: Vec<String>,
    /// Of a workbook.
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// What becomes of cases that are there already.
    #[arg(long, value_name = "skip|merge|keep", default_value = "skip", value_parser = policy)]
    pub duplicates: Policy,
    /// Only say what would be done.
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}

fn policy(text: &str) -> Result<Policy, String> {
    match text {
        "skip" => Ok(Policy::Skip),
        "merge" => Ok(Policy::Merge),
        "keep" => Ok(Policy::Keep),
        _ => Err("skip, merge, keep".to_owned()),
    }
}

/// Reads, plans, tells.
pub(super) fn import(args: &Import, i18n: &I18n) -> Result<(), Failure> {
    let plan = planned(args).map_err(|error| named(error, &args.file))?;
    let duplicates = plan.duplicates.clone();
    let cases = plan.cases();
    let counted = cases.as_ref().map(|cases| tally(cases.len(), &duplicates, |_| args.duplicates)).ok();
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", as_json(&plan, &duplicates, counted))?;
    } else {
        tell(&plan, &duplicates, counted, i18n, &mut out)?;
    }
    out.flush()?;
    cases.map_err(|error| named(error, &args.file))?;
    if args.dry_run { Ok(()) } else { Err(UserError::new("error-import-where").into()) }
}

fn planned(args: &Import) -> Result<Plan, ImportError> {
    let source = read(&args.file, args.sheet.as_deref())?;
    let mapping = match &source {
        Source::Table(table) if !args.map.is_empty() => {
            let mut mapping = Mapping::guess(&table.headings);
            args.map.iter().try_for_each(|assignment| mapping.set(assignment))?;
            Some(mapping)
        }
        _ => None,
    };
    plan(&source, mapping.as_ref(), &clock::now(), &mut new_case_id)
}

fn named(error: ImportError, file: &Path) -> UserError {
    UserError::from(error).with("file", files::name_of(file))
}

/// What a script wants to know. Texts of cases are not in it.
fn as_json(plan: &Plan, duplicates: &[Duplicate], counted: Option<Tally>) -> serde_json::Value {
    let columns = plan.mapping.columns.iter();
    let columns: Vec<_> =
        columns.map(|column| json!({ "heading": column.heading, "field": column.field.map(Field::name) })).collect();
    let problems = plan.problems().iter().map(|problem| {
        json!({
            "row": problem.row,
            "column": problem.column,
            "kind": problem.kind.code(),
            "severity": severity(problem.kind.severity()),
            "value": problem.value,
        })
    });
    let counts = plan.counts().into_iter().map(|count| {
        json!({
            "kind": count.kind.code(),
            "column": count.column,
            "severity": severity(count.kind.severity()),
            "count": count.count,
        })
    });
    let duplicates = duplicates.iter().map(|duplicate| {
        let (row, case) = match &duplicate.of {
            Same::Earlier(at) => (plan.cases.get(*at).map(|earlier| earlier.row), None),
            Same::Stored(id) => (None, Some(id.0.clone())),
        };
        json!({
            "row": plan.cases.get(duplicate.index).map(|case| case.row),
            "of_row": row,
            "of_case": case,
            "likeness": duplicate.likeness,
        })
    });
    json!({
        "form": plan.origin.as_ref().map_or("json", |origin| match origin.form {
            Form::Csv => "csv",
            Form::Xlsx => "xlsx",
            Form::Json => "json",
        }),
        "encoding": plan.origin.as_ref().and_then(|origin| origin.encoding),
        "separator": plan.origin.as_ref().and_then(|origin| origin.separator),
        "sheet": plan.origin.as_ref().and_then(|origin| origin.sheet.clone()),
        "own_form": plan.ours,
        "rows": plan.rows,
        "cases": plan.cases.len(),
        "columns": columns,
        "problems": problems.collect::<Vec<_>>(),
        "counts": counts.collect::<Vec<_>>(),
        "duplicates": duplicates.collect::<Vec<_>>(),
        "would_import": counted.map(|tally| tally.added),
        "would_skip": counted.map(|tally| tally.skipped),
        "would_merge": counted.map(|tally| tally.merged),
    })
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Blocking => "blocking",
    }
}

/// The same for people: each kind of problem on a line, with its first rows.
fn tell(
    plan: &Plan,
    duplicates: &[Duplicate],
    counted: Option<Tally>,
    i18n: &I18n,
    out: &mut impl Write,
) -> io::Result<()> {
    let number = |value: usize| i18n.number(value as u64);
    let words = [("rows", number(plan.rows).into()), ("cases", number(plan.cases.len()).into())];
    writeln!(out, "{}", i18n.tr_args("import-read", &words))?;
    if let Some(origin) = &plan.origin {
        let sheet = origin.sheet.as_deref().unwrap_or_default();
        let separator = match origin.separator {
            Some('\t') => "TAB".to_owned(),
            Some(separator) => separator.to_string(),
            None => String::new(),
        };
        if let Some(encoding) = origin.encoding {
            let words = [("encoding", encoding.into()), ("separator", separator.into())];
            writeln!(out, "{}", i18n.tr_args("import-encoding", &words))?;
        }
        if !sheet.is_empty() {
            writeln!(out, "{}", i18n.tr_args("import-sheet", &[("sheet", sheet.into())]))?;
        }
    }
    for column in &plan.mapping.columns {
        let field = column.field.map_or_else(|| i18n.tr("import-left-out"), |field| i18n.tr(field_message(field)));
        writeln!(out, "  {} → {field}", column.heading)?;
    }
    for count in plan.counts() {
        writeln!(out, "- {}", problem_line(&count, i18n))?;
    }
    if !duplicates.is_empty() {
        let words = [("count", duplicates.len().into()), ("number", number(duplicates.len()).into())];
        writeln!(out, "{}", i18n.tr_args("import-duplicates", &words))?;
    }
    if let Some(tally) = counted {
        writeln!(out, "{}", tally_line(tally, i18n))?;
    }
    Ok(())
}
