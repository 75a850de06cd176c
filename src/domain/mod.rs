//! What the program is about: a case, the suggestion for it, and the words the FSG records them with.
//!
//! Pure: no files, no clock, no window and no model. Everything above may use it.

mod case;
mod model_info;
mod suggestion;
mod vocabulary;

pub use case::{Case, CaseId, CaseStatus, FactsProblem, MAX_FACTS_BYTES, clean_facts};
pub use model_info::{Fallback, ModelInfo};
pub use suggestion::{
    Finish, Outcome, PredictedOutcome, Probabilities, Provenance, Review, Sampling, Suggestion, Timing,
};
pub use vocabulary::{AMBITOS, Ambito, PROVINCIAS, TIPOS, Tipo, provincia_named};
