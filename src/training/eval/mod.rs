//! Measuring a model: how surprised it is by texts that it has not seen.

mod loss;

pub use loss::{Losses, Text, TextError, TextLoss, read_texts};
