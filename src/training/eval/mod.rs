//! Measuring a model: how surprised it is by texts that it has not seen, and what its answers to cases are worth.

mod chrf;
mod loss;
pub mod metrics;
mod plot;
mod report;
mod wording;

pub use chrf::ChrfCounts;
pub use loss::{Losses, Text, TextError, TextLoss, read_texts};
pub use plot::{PlotWords, reliability};
pub use report::{Answer, InterventionReport, LossReport, OutcomeReport, Report};
pub use wording::{LONGEST_RUN, Learned, distinct, new_numbers};
