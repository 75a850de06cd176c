//! Cases into files that leave the program: for printing (DOCX, PDF, ODT), for reading (Markdown, text), as a table (CSV,
//! XLSX) and without loss (JSON, and both tables).
//!
//! The cases of a vault don't fit into memory all at once: they are asked for twice, first for what the beginning of the
//! file says of all of them, then to be written one by one. Word and PDF are the exceptions, whose crates build a document
//! whole ([`Format::much_memory`]).

use std::io::{Cursor, Seek, Write};
use std::path::PathBuf;

use super::csv::Csv;
use super::json::JsonFile;
use super::letterhead::Letterhead;
use super::odt::Odt;
use super::page::{self, PrintOptions, unreviewed};
use super::table::COLUMNS;
use super::text::{Form, TextFile};
use super::xlsx::{self, Xlsx};
use super::{DocumentError, docx, pdf};
use crate::domain::{Case, CaseId};
use crate::i18n::I18n;

/// Of memory for each case, in bytes: its text is about 1,800 bytes long, as the FSG's are.
const DOCX_BYTES: u64 = 50_000;
/// The same, of a PDF.
const PDF_BYTES: u64 = 250_000;
/// More memory than this, in bytes, is told of before.
const MUCH_MEMORY: u64 = 400_000_000;

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

    /// How many bytes of memory a document of so many cases takes, where that is so much that a person should know before:
    /// Word and PDF are made whole.
    pub fn much_memory(self, cases: u64) -> Option<u64> {
        let each = match self {
            Self::Docx => DOCX_BYTES,
            Self::Pdf => PDF_BYTES,
            _ => return None,
        };
        Some(cases * each).filter(|bytes| *bytes > MUCH_MEMORY)
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
    /// A folder for what a workbook can't hold in memory; none = all of it in memory.
    pub scratch: Option<PathBuf>,
}

/// Cases that are asked for one after the other, as often as somebody asks and the same each time.
pub trait Cases {
    /// Why they can't be read, or can't be written.
    type Error: From<DocumentError>;

    /// Calls `each` with every one.
    fn for_each(&self, each: &mut dyn FnMut(&Case) -> Result<(), DocumentError>) -> Result<(), Self::Error>;
}

impl Cases for [Case] {
    type Error = DocumentError;

    fn for_each(&self, each: &mut dyn FnMut(&Case) -> Result<(), DocumentError>) -> Result<(), DocumentError> {
        self.iter().try_for_each(each)
    }
}

/// What a file says of all its cases before the first of them, and what whoever asked for it has to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// How many cases there are.
    pub cases: usize,
    /// How many generated passages that nobody has reviewed are among them, marked or not.
    pub unreviewed: usize,
    /// The first case, and what it is called.
    first: Option<(CaseId, String)>,
    /// How many columns of a workbook each field takes.
    pub(super) columns: [usize; COLUMNS.len()],
}

impl Contents {
    /// Looks at all cases.
    pub fn of<C: Cases + ?Sized>(
        cases: &C,
        format: Format,
        options: &ExportOptions,
        i18n: &I18n,
    ) -> Result<Self, C::Error> {
        let print = if format.is_printed() { options.print } else { PrintOptions { proposal: true, ..options.print } };
        let mut contents = Self { cases: 0, unreviewed: 0, first: None, columns: [1; COLUMNS.len()] };
        cases.for_each(&mut |case| {
            contents.cases += 1;
            contents.unreviewed += unreviewed(std::slice::from_ref(case), print);
            contents.first.get_or_insert_with(|| (case.id.clone(), page::title(case, None, i18n)));
            if format == Format::Xlsx {
                for (most, columns) in contents.columns.iter_mut().zip(xlsx::columns_of(case)?) {
                    *most = columns.max(*most);
                }
            }
            Ok(())
        })?;
        Ok(contents)
    }

    /// The case, where there is one alone.
    pub fn only(&self) -> Option<&CaseId> {
        self.first.as_ref().filter(|_| self.cases == 1).map(|(id, _)| id)
    }

    /// What the document is called: the case's own title, or that it holds several.
    pub(super) fn title(&self, i18n: &I18n) -> String {
        match &self.first {
            Some((_, title)) if self.cases == 1 => title.clone(),
            _ => i18n.tr_args("doc-several", &[("number", i18n.number(self.cases as u64).into())]),
        }
    }
}

/// Where a file is written to.
pub trait Target: Write + Seek + Send {}

impl<T: Write + Seek + Send> Target for T {}

/// A file in the making: cases go into it one by one.
pub(super) trait FileMaker {
    /// The next case.
    fn add(&mut self, case: &Case) -> Result<(), DocumentError>;

    /// Nothing comes any more. Returns how many letters the font of a PDF lacks: they are boxes on paper, and themselves
    /// when copied.
    fn finish(self: Box<Self>) -> Result<usize, DocumentError>;
}

/// A document that its crate builds whole.
struct Whole<'a> {
    out: &'a mut dyn Target,
    /// Else it is DOCX.
    is_pdf: bool,
    contents: &'a Contents,
    options: &'a ExportOptions,
    i18n: &'a I18n,
    cases: Vec<Case>,
}

impl FileMaker for Whole<'_> {
    fn add(&mut self, case: &Case) -> Result<(), DocumentError> {
        self.cases.push(case.clone());
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<usize, DocumentError> {
        let Self { out, is_pdf, contents, options, i18n, cases } = *self;
        let (bytes, boxes) = if is_pdf {
            pdf::write(&cases, contents, options, i18n)?
        } else {
            (docx::write(&cases, contents, options, i18n)?, 0)
        };
        out.write_all(&bytes)?;
        Ok(boxes)
    }
}

fn begin<'a>(
    out: &'a mut dyn Target,
    contents: &'a Contents,
    format: Format,
    options: &'a ExportOptions,
    i18n: &'a I18n,
) -> Result<Box<dyn FileMaker + 'a>, DocumentError> {
    Ok(match format {
        Format::Docx | Format::Pdf => {
            Box::new(Whole { out, is_pdf: format == Format::Pdf, contents, options, i18n, cases: Vec::new() })
        }
        Format::Odt => Box::new(Odt::begin(out, contents, options, i18n)?),
        Format::Markdown => Box::new(TextFile::begin(out, Form::Markdown, contents, options.print, i18n)),
        Format::Text => Box::new(TextFile::begin(out, Form::Text, contents, options.print, i18n)),
        Format::Csv => Box::new(Csv::begin(out)?),
        Format::Xlsx => Box::new(Xlsx::begin(out, contents, options.scratch.as_deref())?),
        Format::Json => Box::new(JsonFile::begin(out, contents)?),
    })
}

/// Writes cases, of which `contents` was made, in one form. Returns how many letters the font of a PDF lacks: they are
/// boxes on paper, and themselves when copied.
pub fn write<C: Cases + ?Sized>(
    out: &mut dyn Target,
    cases: &C,
    contents: &Contents,
    format: Format,
    options: &ExportOptions,
    i18n: &I18n,
) -> Result<usize, C::Error> {
    let mut file = begin(out, contents, format, options, i18n)?;
    cases.for_each(&mut |case| file.add(case))?;
    Ok(file.finish()?)
}

/// A file in memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// It.
    pub bytes: Vec<u8>,
    /// How many cases are in it.
    pub cases: usize,
    /// How many generated passages that nobody has reviewed are in it, marked or not.
    pub unreviewed: usize,
    /// How many letters the font of a PDF lacks.
    pub boxes: usize,
}

/// Cases in one form, in memory.
pub fn export(cases: &[Case], format: Format, options: &ExportOptions, i18n: &I18n) -> Result<Exported, DocumentError> {
    let contents = Contents::of(cases, format, options, i18n)?;
    let mut out = Cursor::new(Vec::new());
    let boxes = write(&mut out, cases, &contents, format, options, i18n)?;
    Ok(Exported { bytes: out.into_inner(), cases: contents.cases, unreviewed: contents.unreviewed, boxes })
}
