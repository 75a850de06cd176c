//! The seed's protocol: `<SH>{facts} Intervención: {intervention} Resultado:{outcome}<EH>`.
//!
//! Pure: what it needs of a tokenizer is the trait [`TextTokens`].

mod outcome;
mod split;

pub use outcome::{label, parse_outcome};
pub use split::{SectionSplitter, Split};

/// The form of the prompt, as the provenance of a suggestion names it.
pub const PROMPT_VERSION: &str = "pag-bert-2023";
/// Opens a sample.
pub const START: &str = "<SH>";
/// Ends a sample.
pub const END: &str = "<EH>";
/// GPT-2's own end of a text.
pub const END_OF_TEXT: &str = "<|endoftext|>";
/// What follows the facts. The blank at its end is a token of its own, as in the published prompt.
pub const AFTER_FACTS: &str = " Intervención: ";
/// What stands between intervention and outcome; no blank follows.
pub const OUTCOME_MARKER: &str = "Resultado:";

/// A part of what the model writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// Before `Resultado:`.
    Intervention,
    /// After it.
    Outcome,
}

/// What the protocol needs of a tokenizer.
pub trait TextTokens {
    /// Why a text has no ids.
    type Error;

    /// The ids of a text, in which no added token is recognised.
    fn encode_text(&self, text: &str) -> Result<Vec<u32>, Self::Error>;

    /// The id of an added token.
    fn token_id(&self, name: &str) -> Option<u32>;
}

/// The ids with which the prompt of facts that are still being typed will begin: all words but the last, which may still
/// grow.
pub fn settled_tokens<T: TextTokens>(facts: &str, tokenizer: &T) -> Result<Vec<u32>, T::Error> {
    let mut ids: Vec<u32> = tokenizer.token_id(START).into_iter().collect();
    let words = facts.trim_end().rfind(char::is_whitespace).map_or("", |end| facts[..end].trim_end());
    if !words.is_empty() {
        ids.extend(tokenizer.encode_text(words)?);
    }
    Ok(ids)
}

/// The prompt's ids: `<SH>` (left out where the tokenizer has none), then facts and [`AFTER_FACTS`] as one text. Markers
/// inside the facts are plain text.
pub fn prompt_tokens<T: TextTokens>(facts: &str, tokenizer: &T) -> Result<Vec<u32>, T::Error> {
    let mut ids: Vec<u32> = tokenizer.token_id(START).into_iter().collect();
    ids.extend(tokenizer.encode_text(&format!("{facts}{AFTER_FACTS}"))?);
    Ok(ids)
}
