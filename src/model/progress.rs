//! How far a load has come.

/// What a load is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadStage {
    /// Reading configuration, names and the tokenizer.
    Opening,
    /// Reading weights.
    Weights,
}

/// How far a load has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadProgress {
    /// What it is busy with.
    pub stage: LoadStage,
    /// Bytes of weights read.
    pub bytes_done: u64,
    /// Bytes of weights in all; 0 while not known.
    pub bytes_total: u64,
}
