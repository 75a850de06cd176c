//! Datasets: reading them from parquet, CSV and JSONL, checking, balancing, splitting, varying and writing them.

mod balance;
mod check;
mod columns;
mod error;
mod fault;
mod generate;
mod labels;
mod near;
mod parquet_file;
mod read;
mod row;
mod split;
mod write;

pub use balance::{Balanced, balance, check_classes, class_of, is_usable};
pub use check::{CheckOptions, FileReport, Report, SplitReport, Tokens, check};
pub use error::DatasetError;
pub use fault::{Fault, FaultKind, Severity};
pub use generate::Generator;
pub use labels::{Label, Labels, Verdict, label, verdict};
pub use near::{Near, near_duplicates};
pub use read::{Dataset, FileInfo};
pub use row::{Form, Origin, Row, Split, is_held_out};
pub use split::{DateSplit, Shares, by_date, by_hash};
pub use write::{Format, write, write_cases};
