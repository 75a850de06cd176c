//! `pag-bert export`: cases into a file that leaves the program.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::search::FilterArgs;
use super::secret::SecretArgs;
use crate::clock;
use crate::documents::{self, ExportOptions, Format, Letterhead, PrintOptions};
use crate::domain::Case;
use crate::error::UserError;
use crate::files;
use crate::i18n::I18n;
use crate::vault::{Access, AuditEvent, AuditKind, OpenOptions, Query, Vault};

/// `pag-bert export`
#[derive(Debug, Args)]
pub struct Export {
    /// Case files.
    #[arg(value_name = "CASE.json")]
    pub files: Vec<PathBuf>,
    /// A vault's folder, instead of files.
    #[arg(long, value_name = "DIR", conflicts_with = "files")]
    pub vault: Option<PathBuf>,
    /// Which of its cases; all, where nothing is asked for.
    #[arg(long, value_name = "Q", default_value = "", requires = "vault")]
    pub query: String,
    /// What narrows them.
    #[command(flatten)]
    pub filter: FilterArgs,
    /// What opens the vault.
    #[command(flatten)]
    pub secret: SecretArgs,
    /// Where to.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// In which form; else the ending says.
    #[arg(long, value_name = "docx|pdf|odt|md|txt|csv|xlsx|json", value_parser = format)]
    pub format: Option<Format>,
    /// Over the first page.
    #[arg(long, value_name = "FILE.txt")]
    pub letterhead: Option<PathBuf>,
    /// Over that.
    #[arg(long, value_name = "FILE.png|FILE.jpg")]
    pub letterhead_image: Option<PathBuf>,
    /// Leaves the mark on generated text out.
    #[arg(long)]
    pub without_marks: bool,
    /// The model's proposal too.
    #[arg(long)]
    pub with_proposal: bool,
    /// The office's notes too.
    #[arg(long)]
    pub with_notes: bool,
}

fn format(text: &str) -> Result<Format, String> {
    Format::of_extension(text).ok_or_else(|| "docx, pdf, odt, md, txt, csv, xlsx, json".to_owned())
}

/// Reads the cases, writes the file, and says what is in it.
pub(super) fn export(args: &Export, i18n: &I18n) -> Result<(), Failure> {
    let ending = args.out.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
    let format = args.format.or_else(|| Format::of_extension(&ending));
    let format = format.ok_or_else(|| UserError::new("error-export-format").with("file", files::name_of(&args.out)))?;
    let mut vault = args.vault.as_deref().map(|vault| open(vault, args, i18n)).transpose()?;
    let cases = match &vault {
        Some(vault) => stored(vault, args)?,
        None => cases(args)?,
    };
    if cases.is_empty() {
        return Err(UserError::new("error-export-none").into());
    }
    let options = options(args)?;
    let exported = documents::export_to(&args.out, &cases, format, &options, i18n).map_err(|error| {
        UserError::new("error-export-write").with("file", files::name_of(&args.out)).technical(error)
    })?;
    if let Some(mut vault) = vault.take() {
        // That it was done, of how many and in which form: never where to.
        let detail = format!("{} ({})", exported.cases, format.extension());
        vault.record(&AuditEvent::new(AuditKind::Export, detail)).map_err(UserError::from)?;
        vault.close().map_err(UserError::from)?;
    }
    let mut err = io::stderr().lock();
    let number = |value: usize| i18n.number(value as u64);
    let words = [
        ("count", exported.cases.into()),
        ("number", number(exported.cases).into()),
        ("file", files::name_of(&args.out).into()),
    ];
    writeln!(err, "{}", i18n.tr_args("export-done", &words))?;
    if exported.unreviewed > 0 {
        let words = [("count", exported.unreviewed.into()), ("number", number(exported.unreviewed).into())];
        writeln!(err, "{}", i18n.tr_args("export-unreviewed", &words))?;
    }
    if exported.boxes > 0 {
        let words = [("count", exported.boxes.into()), ("number", number(exported.boxes).into())];
        writeln!(err, "{}", i18n.tr_args("export-boxes", &words))?;
    }
    Ok(())
}

/// To write into: an export stands in the audit log, so a vault that can't be written into gives none.
fn open(vault: &Path, args: &Export, i18n: &I18n) -> Result<Vault, Failure> {
    let vault = args.secret.open(vault, OpenOptions::default(), i18n)?;
    match vault.access() {
        Access::Write => Ok(vault),
        Access::Read(_) | Access::ReadOnly => Err(UserError::new("error-export-audit").into()),
    }
}

fn stored(vault: &Vault, args: &Export) -> Result<Vec<Case>, Failure> {
    let query = Query { text: args.query.clone(), filters: args.filter.filters()?, ..Query::default() };
    let mut cases = Vec::new();
    vault
        .for_each(&query, |stored| {
            cases.push(stored.case);
            Ok(())
        })
        .map_err(UserError::from)?;
    Ok(cases)
}

fn cases(args: &Export) -> Result<Vec<Case>, Failure> {
    let read = |path: &PathBuf| {
        documents::read_file(path)
            .map(|document| document.case)
            .map_err(|error| UserError::from(error).with("file", files::name_of(path)))
    };
    Ok(args.files.iter().map(read).collect::<Result<_, _>>()?)
}

fn options(args: &Export) -> Result<ExportOptions, UserError> {
    let letterhead = Letterhead::read(args.letterhead.as_deref(), args.letterhead_image.as_deref());
    Ok(ExportOptions {
        print: PrintOptions { marks: !args.without_marks, proposal: args.with_proposal, notes: args.with_notes },
        letterhead: letterhead.map_err(|error| {
            let file = args.letterhead.iter().chain(&args.letterhead_image).map(|path| files::name_of(path));
            UserError::from(error).with("file", file.collect::<Vec<_>>().join(", "))
        })?,
        made_at: clock::now(),
    })
}
