//! `pag-bert import`: what a table or a JSON holds, what is wrong with it, and, where nothing stands in the way, into the
//! vault with it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Failure;
use super::secret::SecretArgs;
use crate::clock;
use crate::documents::import::{
    Field, Form, ImportError, Mapping, Plan, Policy, Same, Severity, Source, Tally, field_message, new_case_id, plan,
    problem_line, read, resolve, tally, tally_line,
};
use crate::error::UserError;
use crate::files;
use crate::i18n::I18n;
use crate::vault::OpenOptions;
use crate::worker::archive::{duplicates, incoming};

/// `pag-bert import`
#[derive(Debug, Args)]
pub struct Import {
    /// A table or JSON.
    #[arg(value_name = "FILE", required_unless_present = "undo")]
    pub file: Option<PathBuf>,
    /// Which column is which field; may be given several times.
    #[arg(long, value_name = "COLUMN=FIELD")]
    pub map: Vec<String>,
    /// Of a workbook.
    #[arg(long, value_name = "NAME")]
    pub sheet: Option<String>,
    /// What becomes of cases that are there already.
    #[arg(long, value_name = "skip|merge|keep", default_value = "skip", value_parser = policy)]
    pub duplicates: Policy,
    /// The vault's folder.
    #[arg(long, value_name = "DIR")]
    pub vault: Option<PathBuf>,
    /// What opens it.
    #[command(flatten)]
    pub secret: SecretArgs,
    /// Takes the last import into the vault back.
    #[arg(long, requires = "vault", conflicts_with_all = ["file", "dry_run"])]
    pub undo: bool,
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

/// Reads, plans, tells; then takes it in, whole or not at all.
pub(super) fn import(args: &Import, i18n: &I18n) -> Result<(), Failure> {
    let Some(file) = &args.file else { return undo(args, i18n) };
    let mut plan = planned(args, file).map_err(|error| named(error, file))?;
    let cases = plan.cases();
    let mut vault = match (&args.vault, &cases) {
        (Some(vault), Ok(cases)) => {
            let vault = args.secret.open(vault, OpenOptions::default(), i18n)?;
            plan.duplicates = duplicates(&vault, cases).map_err(UserError::from)?;
            Some(vault)
        }
        _ => None,
    };
    let counted = cases.as_ref().map(|cases| tally(cases.len(), &plan.duplicates, |_| args.duplicates)).ok();
    let mut imported = None;
    if let (Some(vault), Ok(cases), false) = (&mut vault, &cases, args.dry_run) {
        let steps = resolve(cases.clone(), &plan.duplicates, |_| args.duplicates);
        let steps = incoming(steps);
        // Where all of it is there already, nothing is done and there is nothing to undo.
        if !steps.is_empty() {
            imported = Some(vault.import(&steps, &files::name_of(file)).map_err(UserError::from)?.import);
        }
    }
    if let Some(vault) = vault {
        vault.close().map_err(UserError::from)?;
    }
    let mut out = io::stdout().lock();
    if args.json {
        writeln!(out, "{}", as_json(&plan, counted, imported))?;
    } else {
        tell(&plan, counted, i18n, &mut out)?;
        if imported.is_some() {
            writeln!(out, "{}", i18n.tr("import-taken"))?;
        }
    }
    out.flush()?;
    cases.map_err(|error| named(error, file))?;
    if args.dry_run || args.vault.is_some() { Ok(()) } else { Err(UserError::new("error-import-where").into()) }
}

/// Takes the vault's last import back.
fn undo(args: &Import, i18n: &I18n) -> Result<(), Failure> {
    let Some(folder) = &args.vault else { return Err(UserError::new("error-import-where").into()) };
    let mut vault = args.secret.open(folder, OpenOptions::default(), i18n)?;
    let (import, ..) =
        vault.last_import().map_err(UserError::from)?.ok_or_else(|| UserError::new("error-import-nothing-to-undo"))?;
    let undone = vault.undo_import(import).map_err(UserError::from)?;
    vault.close().map_err(UserError::from)?;
    let mut out = io::stdout().lock();
    if args.json {
        let kept: Vec<&str> = undone.kept.iter().map(|id| id.0.as_str()).collect();
        let told = json!({
            "undone": import, "removed": undone.removed, "restored": undone.restored, "kept": kept,
        });
        writeln!(out, "{told}")?;
    } else {
        let number = |value: usize| i18n.number(value as u64);
        let words = [
            ("removed", number(undone.removed).into()),
            ("restored", number(undone.restored).into()),
            ("kept", number(undone.kept.len()).into()),
        ];
        writeln!(out, "{}", i18n.tr_args("import-undone", &words))?;
    }
    out.flush()?;
    Ok(())
}

fn planned(args: &Import, file: &Path) -> Result<Plan, ImportError> {
    let source = read(file, args.sheet.as_deref())?;
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
fn as_json(plan: &Plan, counted: Option<Tally>, imported: Option<i64>) -> serde_json::Value {
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
    let duplicates = plan.duplicates.iter().map(|duplicate| {
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
        "imported": imported,
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
fn tell(plan: &Plan, counted: Option<Tally>, i18n: &I18n, out: &mut impl Write) -> io::Result<()> {
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
    if !plan.duplicates.is_empty() {
        let words = [("count", plan.duplicates.len().into()), ("number", number(plan.duplicates.len()).into())];
        writeln!(out, "{}", i18n.tr_args("import-duplicates", &words))?;
    }
    if let Some(tally) = counted {
        writeln!(out, "{}", tally_line(tally, i18n))?;
    }
    Ok(())
}
