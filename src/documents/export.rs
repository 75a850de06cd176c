//! Cases into files that leave the program: for printing (DOCX, PDF, ODT), for reading (Markdown, text), as a table (CSV,
//! XLSX) and without loss (JSON, and both tables). Whatever the form, a file is written whole or not at all.

use std::path::Path;

use super::letterhead::Letterhead;
use super::page::{PrintOptions, unreviewed};
use super::{DocumentError, csv, docx, json, odt, pdf, text, xlsx};
use crate::domain::Case;
use crate::files;
use crate::i18n::I18n;

/// The form of an exported file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Word.
    Docx,
    /// PDF/UA-1: tagged, with its fonts in it.
    Pdf,
    /// OpenDocument text.
    Odt,
    /// CommonMark.
    Markdown,
    /// Plain text.
    Text,
    /// Separated by commas, in UTF-8 with a byte order mark, as spreadsheets like it.
    Csv,
    /// Excel.
    Xlsx,
    /// Lossless.
    Json,
}

impl Format {
    /// In the order in which they are offered.
    pub const ALL: [Self; 8] =
        [Self::Docx, Self::Pdf, Self::Odt, Self::Markdown, Self::Text, Self::Csv, Self::Xlsx, Self::Json];

    /// The ending of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Pdf => "pdf",
            Self::Odt => "odt",
            Self::Markdown => "md",
            Self::Text => "txt",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    /// The form whose files have that ending.
    pub fn of_extension(ending: &str) -> Option<Self> {
        let ending = ending.to_lowercase();
        Self::ALL.into_iter().find(|format| format.extension() == ending)
    }

    /// It is printed, so a letterhead and [`PrintOptions`] mean something.
    pub fn is_printed(self) -> bool {
        !matches!(self, Self::Csv | Self::Xlsx | Self::Json)
    }

    /// There is room for a letterhead.
    pub fn has_letterhead(self) -> bool {
        matches!(self, Self::Docx | Self::Pdf | Self::Odt)
    }
}

/// How a file is made.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ExportOptions {
    /// What of each case is printed. Tables and JSON hold everything.
    pub print: PrintOptions,
    /// Over the first page.
    pub letterhead: Letterhead,
    /// When it is made: RFC 3339.
    pub made_at: String,
}

/// A file, before it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// It.
    pub bytes: Vec<u8>,
    /// How many cases are in it.
    pub cases: usize,
    /// How many generated passages that nobody has reviewed are in it, marked or not.
    pub unreviewed: usize,
    /// How many letters the font of a PDF lacks: they are boxes on paper, and themselves when copied.
    pub boxes: usize,
}

/// Cases in one form, in memory.
pub fn export(cases: &[Case], format: Format, options: &ExportOptions, i18n: &I18n) -> Result<Exported, DocumentError> {
    let mut boxes = 0;
    let bytes = match format {
        Format::Docx => docx::write(cases, options, i18n)?,
        Format::Pdf => {
            let made = pdf::write(cases, options, i18n)?;
            boxes = made.boxes;
            made.bytes
        }
        Format::Odt => odt::write(cases, options, i18n)?,
        Format::Markdown => text::markdown(cases, options.print, i18n).into_bytes(),
        Format::Text => text::text(cases, options.print, i18n).into_bytes(),
        Format::Csv => csv::write(cases)?,
        Format::Xlsx => xlsx::write(cases)?,
        Format::Json => match cases {
            [case] => json::to_json(case, None)?,
            cases => json::to_json_many(cases)?,
        },
    };
    let print = if format.is_printed() { options.print } else { PrintOptions { proposal: true, ..options.print } };
    Ok(Exported { bytes, cases: cases.len(), unreviewed: unreviewed(cases, print), boxes })
}

/// Writes cases into a file; the old one, if there is one, stays whole until the new one is.
pub fn export_to(
    path: &Path,
    cases: &[Case],
    format: Format,
    options: &ExportOptions,
    i18n: &I18n,
) -> Result<Exported, DocumentError> {
    let exported = export(cases, format, options, i18n)?;
    files::write_atomic(path, &exported.bytes)?;
    Ok(exported)
}

/// What the document is called: the case's own title, or that it holds several.
pub(super) fn document_title(cases: &[Case], i18n: &I18n) -> String {
    match cases {
        [case] => super::page::title(case, None, i18n),
        cases => i18n.tr_args("doc-several", &[("number", i18n.number(cases.len() as u64).into())]),
    }
}
