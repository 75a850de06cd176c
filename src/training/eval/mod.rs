//! Measuring a model: how surprised it is by texts that it has not seen, and what its answers to cases are worth.

mod ambito;
mod chrf;
mod invented;
mod loss;
pub mod metrics;
mod plot;
mod report;
mod wording;

pub use ambito::{AmbitoClassifier, HeldOut, LabelledCase, ambito_named, cross_validate};
pub use chrf::ChrfCounts;
pub use invented::{Invention, inventions};
pub use loss::{Losses, Text, TextError, TextLoss, read_texts};
pub use plot::{PlotWords, reliability};
pub use report::{
    Against, AmbitoAgreement, AmbitoReport, Answer, ClassifierReport, EvalCase, InterventionReport, InventionReport,
    LossReport, OutcomeReport, Report,
};
pub use wording::{LONGEST_RUN, Learned, distinct};
