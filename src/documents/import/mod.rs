//! Cases from whatever an office has: CSV of any separator and encoding, XLSX, and JSON. A file is read into a [`Source`],
//! its columns are mapped onto fields, and a [`Plan`] says, before anything is taken in, which cases there would be and
//! everything that is wrong, by row and column. Nothing is mended in silence, and nothing is invented.
//!
//! What a hostile file can do is bounded in [`limits`]: sizes before and after unpacking, rows, columns and cells.

mod bytes;
mod columns;
mod dates;
mod delimited;
mod duplicates;
mod error;
pub mod limits;
mod problems;
mod resolve;
mod rows;
mod sheet;
mod source;
mod tell;
mod words;

use rand::RngCore;

pub use columns::{Column, Field, Mapping};
pub use duplicates::{Duplicate, Same, find as find_duplicates, find_beside};
pub use error::ImportError;
pub use problems::{Count, Problem, ProblemKind, Severity};
pub use resolve::{Policy, Step, Tally, merge, resolve, tally};
pub use rows::{Plan, Planned, plan};
pub use source::{Form, Origin, Row, Source, Table, read, read_bytes};
pub use tell::{field_message, problem_line, problem_words, tally_line};

use crate::domain::CaseId;

/// An id for a new case: 16 random bytes in hexadecimal.
pub fn new_case_id() -> CaseId {
    let mut bytes = [0; 16];
    rand::rng().fill_bytes(&mut bytes);
    CaseId(format!("{:032x}", u128::from_be_bytes(bytes)))
}
