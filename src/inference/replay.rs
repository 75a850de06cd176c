//! What drafts would gain where people wrote: their interventions are gone through token by token as if a model had written
//! them, and drafts are looked up and given up as they are when one does. No model runs; what a block costs is told.

use std::time::Duration;

use serde::Serialize;

use super::error::InferenceError;
use super::speculation::{Drafting, LONGEST, Speculation};
use crate::domain::clean_facts;
use crate::model::Tokenizer;
use crate::prompt::prompt_tokens;

/// Seconds for a block of 1, 2, … tokens: the longest draft and the token before it.
pub type BlockSeconds = [f64; LONGEST + 1];

/// A case: the prompt's tokens, and those of what a person wrote for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Up to the intervention.
    pub prompt: Vec<u32>,
    /// The intervention.
    pub text: Vec<u32>,
}

impl Written {
    /// What a person wrote for some facts, in a model's tokens.
    ///
    /// # Errors
    /// For facts that no suggestion is made for, and when the tokenizer fails.
    pub fn of(facts: &str, intervention: &str, tokenizer: &Tokenizer) -> Result<Self, InferenceError> {
        let prompt = prompt_tokens(&clean_facts(facts)?, tokenizer)?;
        Ok(Self { prompt, text: tokenizer.encode_text(intervention)? })
    }
}

/// What drafts did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DraftGain {
    /// Tokens that were written.
    pub tokens: usize,
    /// Times that the weights were read for them.
    pub passes: usize,
    /// Tokens that were drafted.
    pub drafted: usize,
    /// Those of them that the text then had.
    pub accepted: usize,
    /// The time without drafts by the time with them.
    pub speedup: f64,
}

impl DraftGain {
    /// The share of passes that were saved, each token being one without drafts.
    pub fn passes_saved(&self) -> f64 {
        1.0 - self.passes as f64 / self.tokens.max(1) as f64
    }

    /// The share of drafted tokens that came true.
    pub fn hit_rate(&self) -> f64 {
        self.accepted as f64 / self.drafted.max(1) as f64
    }
}

/// Goes through `cases` in their order. Where `remember` says so, earlier texts are looked up too, as the engine does.
/// The first token of each text is left out: it comes with the prompt.
pub fn replay(cases: &[Written], drafting: Drafting, remember: bool, block_s: &BlockSeconds) -> DraftGain {
    let mut speculation = Speculation::new(drafting);
    let (mut tokens, mut seconds) = (0, 0.0);
    for Written { prompt, text } in cases {
        let mut ids = prompt.clone();
        let mut draft: Vec<u32> = Vec::new();
        let mut place = 0;
        for (at, id) in text.iter().enumerate() {
            let drafted = draft.get(place).copied();
            speculation.chosen(*id, drafted);
            ids.push(*id);
            place += 1;
            let left = text.len() - at - 1;
            if left > 0 && drafted != Some(*id) {
                draft = speculation.draft(&ids, left - 1);
                place = 0;
                let took = block_s[draft.len()];
                speculation.read(draft.len(), Duration::from_secs_f64(took));
                seconds += took;
            }
        }
        tokens += text.len().saturating_sub(1);
        if remember {
            speculation.remember(text);
        }
    }
    let counts = speculation.counts();
    let alone = tokens as f64 * block_s[0];
    DraftGain {
        tokens,
        passes: counts.blocks,
        drafted: counts.drafted,
        accepted: counts.accepted,
        speedup: if seconds > 0.0 { alone / seconds } else { 1.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Further tokens cost nothing, a tenth, and as much as one alone.
    const FREE: BlockSeconds = [0.1; 8];
    const CHEAP: BlockSeconds = [0.1, 0.11, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17];
    const DEAR: BlockSeconds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

    fn case(prompt: impl IntoIterator<Item = u32>, text: impl IntoIterator<Item = u32>) -> Written {
        Written { prompt: prompt.into_iter().collect(), text: text.into_iter().collect() }
    }

    #[test]
    fn a_text_that_repeats_its_prompt_is_read_in_blocks() {
        let copied = [case(0..60, 10..51)];
        let gain = replay(&copied, Drafting::Always, false, &FREE);
        // The first token comes with the prompt and the second has to be there before a run of two is known; then come blocks
        // of eight.
        assert_eq!((gain.tokens, gain.passes), (40, 6));
        assert!((gain.speedup - 40.0 / 6.0).abs() < 1e-9, "{gain:?}");
        assert!((gain.passes_saved() - 34.0 / 40.0).abs() < 1e-9 && gain.hit_rate() > 0.9);
    }

    #[test]
    fn a_text_like_nothing_before_takes_a_pass_for_each_token() {
        let new = [case(0..60, 100..141)];
        for drafting in [Drafting::Never, Drafting::WherePays, Drafting::Always] {
            let gain = replay(&new, drafting, true, &CHEAP);
            assert_eq!((gain.tokens, gain.passes, gain.drafted), (40, 40, 0));
            assert!((gain.speedup - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn earlier_texts_help_where_they_are_remembered() {
        let alike = [case(0..10, 100..141), case(20..30, 100..141)];
        let alone = replay(&alike, Drafting::Always, false, &CHEAP);
        let remembered = replay(&alike, Drafting::Always, true, &CHEAP);
        assert_eq!(alone.passes, alone.tokens);
        assert!(remembered.passes < 50, "{remembered:?}");
    }

    #[test]
    fn drafts_are_given_up_where_they_lose_and_kept_where_they_pay() {
        // What followed a run before never follows it again.
        let misled = |at: u32| [7, 8, 1000 + at];
        let mislead = [case([7, 8, 9], (0..100).flat_map(misled))];
        for (kept, always) in [(&DEAR, 0.9), (&CHEAP, 1.0)].map(|(block_s, most)| {
            let always = replay(&mislead, Drafting::Always, false, block_s);
            assert!(always.speedup < most, "{always:?}");
            (replay(&mislead, Drafting::WherePays, false, block_s), always)
        }) {
            assert!(kept.speedup > always.speedup && kept.drafted < always.drafted / 4, "{kept:?} {always:?}");
        }
        let copied = [case(0..200, 10..151)];
        assert!(replay(&copied, Drafting::WherePays, false, &CHEAP).speedup > 3.0);
        assert!(replay(&copied, Drafting::WherePays, false, &DEAR).speedup > 0.95);
    }
}
