//! The lossless form: `{"schema": "pag-bert/case", "version": 1, "program": …, "case": {…}}`, in UTF-8.
//!
//! Several cases are `{"schema": "pag-bert/cases", …, "cases": […]}`, each with the same fields.
//!
//! A draft is the same with `file`, the file that the case belongs to. Every reader checks the version before anything
//! else, so that a later form is recognised and not half read.

use std::path::{Path, PathBuf};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;

use super::DocumentError;
use super::export::{Contents, FileMaker, Target};
use crate::domain::Case;

/// Names the form.
pub const SCHEMA: &str = "pag-bert/case";
/// Names the form of several cases in one file.
pub const SCHEMA_MANY: &str = "pag-bert/cases";
/// The version written, and the latest that can be read.
pub const VERSION: u64 = 1;
/// Which program wrote it.
const PROGRAM: &str = concat!("pag-bert ", env!("CARGO_PKG_VERSION"));

/// A case read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// It.
    pub case: Case,
    /// In a draft: the file that the case was opened from or saved into.
    pub file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Written<'a> {
    schema: &'static str,
    version: u64,
    program: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    case: &'a Case,
}

/// The first reading: what it is, whatever else is in it.
#[derive(Deserialize)]
struct Header {
    schema: String,
    version: Option<u64>,
}

/// The second: the fields that every file of version 1 has. [`Case`] itself would fill in for a missing one, and a
/// missing `intervencion_generada` would pass a machine's sentence for a person's.
#[derive(Deserialize)]
struct Complete {
    #[serde(rename = "case")]
    _case: CompleteCase,
}

#[derive(Deserialize)]
struct CompleteCase {
    #[serde(rename = "id")]
    _id: IgnoredAny,
    #[serde(rename = "number")]
    _number: IgnoredAny,
    #[serde(rename = "hechos")]
    _hechos: IgnoredAny,
    #[serde(rename = "intervencion")]
    _intervencion: IgnoredAny,
    #[serde(rename = "intervencion_generada")]
    _intervencion_generada: IgnoredAny,
    #[serde(rename = "status")]
    _status: IgnoredAny,
    #[serde(rename = "created_at")]
    _created_at: IgnoredAny,
    #[serde(rename = "modified_at")]
    _modified_at: IgnoredAny,
}

#[derive(Deserialize)]
struct CompleteMany {
    #[serde(rename = "cases")]
    _cases: Vec<CompleteCase>,
}

#[derive(Deserialize)]
struct WholeMany {
    cases: Vec<Case>,
}

/// The third: all of it.
#[derive(Deserialize)]
struct Whole {
    #[serde(default)]
    file: Option<String>,
    case: Case,
}

/// A case as JSON, with the file that it belongs to if it is a draft.
pub fn to_json(case: &Case, file: Option<&Path>) -> Result<Vec<u8>, DocumentError> {
    let finite = finite(case);
    let written = Written {
        schema: SCHEMA,
        version: VERSION,
        program: PROGRAM,
        file: file.and_then(Path::to_str),
        case: finite.as_ref().unwrap_or(case),
    };
    let mut bytes = serde_json::to_vec_pretty(&written).map_err(|_| DocumentError::Encode)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Several cases as one JSON.
pub fn to_json_many(cases: &[Case]) -> Result<Vec<u8>, DocumentError> {
    let mut out = std::io::Cursor::new(Vec::new());
    let mut file = Box::new(JsonFile::of_many(&mut out)?);
    cases.iter().try_for_each(|case| file.add(case))?;
    file.finish()?;
    Ok(out.into_inner())
}

/// A file in the making.
pub(super) struct JsonFile<'a> {
    out: &'a mut dyn Target,
    /// It is of the form of several cases.
    many: bool,
    written: usize,
}

impl<'a> JsonFile<'a> {
    /// One case has a form of its own.
    pub(super) fn begin(out: &'a mut dyn Target, contents: &Contents) -> Result<Self, DocumentError> {
        if contents.cases == 1 { Ok(Self { out, many: false, written: 0 }) } else { Self::of_many(out) }
    }

    fn of_many(out: &'a mut dyn Target) -> Result<Self, DocumentError> {
        write!(out, "{{\n  \"schema\": \"{SCHEMA_MANY}\",\n  \"version\": {VERSION},\n")?;
        write!(out, "  \"program\": \"{PROGRAM}\",\n  \"cases\": [")?;
        Ok(Self { out, many: true, written: 0 })
    }
}

impl FileMaker for JsonFile<'_> {
    fn add(&mut self, case: &Case) -> Result<(), DocumentError> {
        if !self.many {
            return Ok(self.out.write_all(&to_json(case, None)?)?);
        }
        let finite = finite(case);
        let json = serde_json::to_string_pretty(finite.as_ref().unwrap_or(case)).map_err(|_| DocumentError::Encode)?;
        let comma = if self.written > 0 { "," } else { "" };
        self.written += 1;
        // JSON has no line ends within texts: those that there are only part fields.
        Ok(write!(self.out, "{comma}\n    {}", json.replace('\n', "\n    "))?)
    }

    fn finish(self: Box<Self>) -> Result<usize, DocumentError> {
        if self.many {
            let end = if self.written > 0 { "\n  " } else { "" };
            writeln!(self.out, "{end}]\n}}")?;
        }
        Ok(self.out.flush().map(|()| 0)?)
    }
}

/// JSON has no infinity and no NaN: they would be written as `null`, and the file could not be opened again. A copy
/// without them, where there are any.
pub(super) fn finite(case: &Case) -> Option<Case> {
    let suggestion = case.propuesta.as_ref()?;
    let timing = suggestion.timing;
    let timing_ok = [timing.first_token_s, timing.tokens_per_s, timing.total_s].iter().all(|value| value.is_finite());
    let probabilities_ok = suggestion
        .outcome
        .probabilities
        .is_none_or(|p| [p.positivo, p.neutro, p.negativo].iter().all(|value| value.is_finite()));
    if timing_ok && probabilities_ok {
        return None;
    }
    let mut case = case.clone();
    let suggestion = case.propuesta.as_mut()?;
    if !timing_ok {
        suggestion.timing = crate::domain::Timing::default();
    }
    if !probabilities_ok {
        suggestion.outcome.probabilities = None;
    }
    Some(case)
}

/// The case in these bytes.
pub fn from_json(bytes: &[u8]) -> Result<Document, DocumentError> {
    let text = checked_text(bytes)?;
    if header(text)? != Form::One {
        return Err(DocumentError::NotACase);
    }
    parse::<Complete>(text)?;
    let Whole { case, file } = parse(text)?;
    if !is_id(&case.id.0) {
        return Err(DocumentError::WrongId);
    }
    Ok(Document { case, file: file.map(PathBuf::from) })
}

/// The cases in these bytes, whether it is a file of one or of several.
pub fn from_json_many(bytes: &[u8]) -> Result<Vec<Case>, DocumentError> {
    let text = checked_text(bytes)?;
    if header(text)? == Form::One {
        return from_json(bytes).map(|document| vec![document.case]);
    }
    parse::<CompleteMany>(text)?;
    let WholeMany { cases } = parse(text)?;
    if cases.iter().any(|case| !is_id(&case.id.0)) {
        return Err(DocumentError::WrongId);
    }
    Ok(cases)
}

#[derive(PartialEq, Eq)]
enum Form {
    One,
    Many,
}

fn checked_text(bytes: &[u8]) -> Result<&str, DocumentError> {
    if bytes.len() as u64 > super::MAX_FILE_BYTES {
        return Err(DocumentError::TooLarge { bytes: bytes.len() as u64 });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| DocumentError::NotUtf8 { at: error.valid_up_to() })
}

fn header(text: &str) -> Result<Form, DocumentError> {
    let header: Header = match serde_json::from_str(text) {
        Ok(header) => header,
        Err(error) if error.classify() == Category::Data => return Err(DocumentError::NotACase),
        Err(error) => return Err(fault(&error)),
    };
    let form = match header.schema.as_str() {
        SCHEMA => Form::One,
        SCHEMA_MANY => Form::Many,
        _ => return Err(DocumentError::NotACase),
    };
    match header.version {
        None => Err(DocumentError::MissingField { field: "version".into() }),
        Some(version) if version > VERSION => Err(DocumentError::FutureVersion { version }),
        Some(_) => Ok(form),
    }
}

fn parse<T: DeserializeOwned>(text: &str) -> Result<T, DocumentError> {
    serde_json::from_str(text).map_err(|error| fault(&error))
}

/// Only the place and the name of a missing field are taken over: serde's own words quote the value, which is somebody's
/// case.
fn fault(error: &serde_json::Error) -> DocumentError {
    let (line, column) = (error.line(), error.column());
    if error.classify() != Category::Data {
        return DocumentError::NotJson { line, column };
    }
    let words = error.to_string();
    let missing = words.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    match missing {
        Some((field, _)) => DocumentError::MissingField { field: field.to_owned() },
        None => DocumentError::WrongValue { line, column },
    }
}

/// Identifiers become names of draft files, so nothing but these letters may be in one that comes from outside.
pub(super) fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
