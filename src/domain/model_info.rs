//! What is known of a loaded model: enough to show it and to write it under each suggestion.

/// Why a device other than the one asked for is in use, in the terms of the machine (shown under the details).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// What was tried, such as `CUDA`.
    pub wanted: String,
    /// Why it could not be used.
    pub reason: String,
}

/// A loaded model, as the window and the provenance of a suggestion name it.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelInfo {
    /// The name shown: a folder's or a repository's, or «Modelo de demostración».
    pub name: String,
    /// A digest that tells one set of weights from another.
    pub digest: String,
    /// The adapter's name, when one is loaded.
    pub adapter: Option<String>,
    /// The adapter's digest.
    pub adapter_digest: Option<String>,
    /// `none`, `q8_0`, `q6k` or `q4k`.
    pub quantization: String,
    /// The device in words: `CPU`, `CUDA 0 (…)`, `Metal`.
    pub device: String,
    /// Set when the device asked for could not be used.
    pub fallback: Option<Fallback>,
    /// How many parameters, adapter included.
    pub parameters: u64,
    /// Bytes of weights held in memory.
    pub weights_bytes: u64,
    /// The window, in tokens: prompt and generated text share it.
    pub n_positions: usize,
    /// It is the embedded demonstration model.
    pub demonstration: bool,
}
