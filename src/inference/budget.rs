//! How much of the model's window the facts take, counted beside the model while somebody types.

use std::sync::Arc;

use super::engine::{CountTokens, FactsBudget};
use crate::domain::{FactsProblem, MAX_FACTS_BYTES, clean_facts};
use crate::model::{ModelError, Tokenizer};
use crate::prompt::prompt_tokens;

/// Counts with a model's own tokenizer.
#[derive(Debug, Clone)]
pub struct TokenCounter {
    tokenizer: Arc<Tokenizer>,
    n_positions: usize,
}

impl TokenCounter {
    /// A counter for a model whose window has `n_positions`.
    pub fn new(tokenizer: Arc<Tokenizer>, n_positions: usize) -> Self {
        Self { tokenizer, n_positions }
    }

    /// The most tokens a prompt may have, so that the new ones fit behind it.
    pub fn limit(&self, max_new_tokens: usize) -> usize {
        self.n_positions.saturating_sub(max_new_tokens)
    }

    /// Where in `facts`, a byte on a letter's edge, the tokens beyond the limit begin. `ids` is the prompt.
    fn overflow_at(&self, facts: &str, cleaned: &str, ids: &[u32], excess: usize) -> usize {
        // What follows the facts must fit too, so that the excess is cut from their end.
        let whole: usize = ids.iter().map(|id| self.tokenizer.bytes_of(*id).len()).sum();
        let tail = ids.iter().rev().scan(0, |sum, id| {
            *sum += self.tokenizer.bytes_of(*id).len();
            Some(*sum)
        });
        let after_facts = crate::prompt::AFTER_FACTS.len();
        let tail: Vec<usize> = tail.collect();
        let tokens_after = tail.iter().take_while(|bytes| **bytes <= after_facts).count();
        let cut = tail.get((tokens_after + excess).min(tail.len()).saturating_sub(1)).copied().unwrap_or(whole);
        let kept = cleaned.len().saturating_sub(cut.saturating_sub(after_facts));
        original_offset(facts, kept)
    }
}

impl CountTokens for TokenCounter {
    fn budget(&self, facts: &str, max_new_tokens: usize) -> FactsBudget {
        let limit = self.limit(max_new_tokens);
        let cleaned = match clean_facts(facts) {
            Ok(cleaned) => cleaned,
            Err(FactsProblem::Empty) => return FactsBudget { tokens: 0, limit, overflow_at: None },
            // No window holds so much: the tokens are not worth counting, the first of them would be too many.
            Err(FactsProblem::TooLarge { bytes }) => {
                let at = facts.floor_char_boundary(MAX_FACTS_BYTES);
                return FactsBudget { tokens: bytes, limit, overflow_at: Some(at) };
            }
        };
        let counted: Result<Vec<u32>, ModelError> = prompt_tokens(&cleaned, self.tokenizer.as_ref());
        let Ok(ids) = counted else { return FactsBudget { tokens: 0, limit, overflow_at: None } };
        let excess = ids.len().saturating_sub(limit);
        let overflow_at = (excess > 0).then(|| self.overflow_at(facts, &cleaned, &ids, excess));
        FactsBudget { tokens: ids.len(), limit, overflow_at }
    }
}

/// Where byte `offset` of the cleaned text stands in the text as typed; on a letter's edge.
fn original_offset(typed: &str, offset: usize) -> usize {
    let mut cleaned = 0;
    let start = typed.len() - typed.trim_start_matches(|c: char| c.is_whitespace() || c.is_control()).len();
    for (at, letter) in typed[start..].char_indices() {
        let kept = if letter == '\r' {
            // Half of a line end; the other half counts.
            usize::from(!typed[start + at + 1..].starts_with('\n'))
        } else if letter.is_control() && !matches!(letter, '\n' | '\t') {
            0
        } else {
            letter.len_utf8()
        };
        if cleaned + kept > offset {
            return start + at;
        }
        cleaned += kept;
    }
    typed.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::embedded;

    fn counter(n_positions: usize) -> TokenCounter {
        let tokenizer = Tokenizer::load(&embedded::base(), Some(&embedded::adapter())).unwrap();
        TokenCounter::new(Arc::new(tokenizer), n_positions)
    }

    const FACTS: &str =
        "  \u{0}Una mujer gitana pidió cita\r\nen el centro de salud y nadie la atendió. 🙂 Ocurrió en Jaén.";

    #[test]
    fn facts_that_fit_have_no_overflow() {
        let budget = counter(1024).budget(FACTS, 256);
        assert_eq!(budget.limit, 768);
        assert!(budget.tokens > 10 && budget.overflow_at.is_none());
        assert_eq!(budget.excess(), 0);
        assert_eq!(counter(1024).budget(" \n", 256), FactsBudget { tokens: 0, limit: 768, overflow_at: None });
    }

    #[test]
    fn what_stands_before_the_overflow_fits_and_not_much_more() {
        let whole = counter(1024).budget(FACTS, 0).tokens;
        for limit in 8..whole {
            let counter = counter(limit);
            let budget = counter.budget(FACTS, 0);
            let at = budget.overflow_at.unwrap();
            assert_eq!(budget.excess(), whole - limit);
            // A cut in the middle of a word may cost a token or two more than the word did.
            let kept = counter.budget(&FACTS[..at], 0);
            assert!(kept.tokens <= limit + 2 && kept.tokens + 8 > limit, "{limit}: {kept:?}");
        }
    }

    #[test]
    fn a_pasted_book_is_over_the_limit_and_not_counted_token_by_token() {
        let budget = counter(1024).budget(&"añ".repeat(500_000), 256);
        assert!(budget.excess() > 100_000);
        assert!(budget.overflow_at.is_some());
    }

    #[test]
    fn offsets_lead_back_to_what_was_typed() {
        let typed = " \r\na\u{7}b\r\nc";
        assert_eq!(clean_facts(typed).unwrap(), "ab\nc");
        let at: Vec<usize> = (0..=4).map(|offset| original_offset(typed, offset)).collect();
        assert_eq!(at.iter().map(|at| &typed[*at..]).collect::<Vec<_>>(), ["a\u{7}b\r\nc", "b\r\nc", "\nc", "c", ""]);
    }
}
