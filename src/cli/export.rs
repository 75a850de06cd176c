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
use crate::vault::{OpenOptions, Query, Vault};
use crate::worker::export::{Destination, Going, Written, write_out};

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
    let options = options(args)?;
    let to = Destination { path: &args.out, overwrite: true, format, options: &options };
    let written = match &args.vault {
        Some(vault) => out_of_vault(vault, args, to, i18n)?,
        None => write(Going::These(&cases(args)?), None, to, i18n)?,
    };
    tell(written, args, i18n)
}

fn out_of_vault(vault: &Path, args: &Export, to: Destination<'_>, i18n: &I18n) -> Result<Written, Failure> {
    let query = Query { text: args.query.clone(), filters: args.filter.filters()?, ..Query::default() };
    let mut vault = args.secret.open(vault, OpenOptions::default(), i18n)?;
    let found = vault.list(&Query { limit: 0, ..query.clone() }).map_err(UserError::from)?.total;
    if let Some(bytes) = to.format.much_memory(found) {
        let words = [("number", i18n.number(found).into()), ("bytes", i18n.bytes(bytes).into())];
        writeln!(io::stderr(), "{}", i18n.tr_args("export-held-whole", &words))?;
    }
    let written = write(Going::Found(&query), Some(&mut vault), to, i18n)?;
    vault.close().map_err(UserError::from)?;
    Ok(written)
}

fn write(going: Going<'_>, vault: Option<&mut Vault>, to: Destination<'_>, i18n: &I18n) -> Result<Written, UserError> {
    write_out(going, vault, to, i18n).map_err(|error| error.of_file(to.path))
}

fn tell(written: Written, args: &Export, i18n: &I18n) -> Result<(), Failure> {
    let counted = |message: &str, count: usize| {
        let words = [
            ("count", count.into()),
            ("number", i18n.number(count as u64).into()),
            ("file", files::name_of(&args.out).into()),
        ];
        i18n.tr_args(message, &words)
    };
    let mut err = io::stderr().lock();
    writeln!(err, "{}", counted("export-done", written.cases))?;
    for (message, count) in [("export-unreviewed", written.unreviewed), ("export-boxes", written.boxes)] {
        if count > 0 {
            writeln!(err, "{}", counted(message, count))?;
        }
    }
    if written.too_large {
        let most = [("value", (documents::MAX_FILE_BYTES / 1_000_000).into())];
        writeln!(err, "{}", i18n.tr_args("toast-export-too-large", &most))?;
    }
    Ok(())
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
        scratch: Some(files::folder_of(&args.out).to_owned()),
    })
}
