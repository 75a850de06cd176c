//! How many tokens of a prompt are read at a time: as many as the model reads within a given time, so that a stop is felt
//! at once with a large model and a small one is not held up.

use std::time::Duration;

use super::local::PROMPT_CHUNK;

/// Fewer at a time would read the weights more often than it computes with them.
const LEAST: usize = 8;

/// Follows the speed at which prompts are read.
#[derive(Debug, Default)]
pub(super) struct Pace {
    s_per_token: Option<f64>,
}

impl Pace {
    /// Tokens that are read within `budget`; the least while the speed is not known.
    pub(super) fn tokens(&self, budget: Duration) -> usize {
        let Some(s_per_token) = self.s_per_token else { return LEAST };
        ((budget.as_secs_f64() / s_per_token) as usize).clamp(LEAST, PROMPT_CHUNK)
    }

    /// A block of `tokens` took so long. Blocks below the least say little of larger ones.
    pub(super) fn note(&mut self, tokens: usize, took: Duration) {
        if tokens < LEAST {
            return;
        }
        let s_per_token = took.as_secs_f64().max(1e-9) / tokens as f64;
        // Half of what was: one block that another program held up changes little.
        self.s_per_token = Some(self.s_per_token.map_or(s_per_token, |before| f64::midpoint(before, s_per_token)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_fit_into_the_time_within_bounds() {
        let mut pace = Pace::default();
        let budget = Duration::from_millis(200);
        assert_eq!(pace.tokens(budget), LEAST);
        pace.note(LEAST - 1, Duration::from_secs(9));
        assert_eq!(pace.tokens(budget), LEAST);
        pace.note(10, Duration::from_millis(100));
        assert_eq!(pace.tokens(budget), 20);
        pace.note(10, Duration::from_millis(300));
        assert_eq!(pace.tokens(budget), 10);
        pace.note(10, Duration::from_secs(100));
        assert_eq!(pace.tokens(budget), LEAST);
        let mut quick = Pace::default();
        quick.note(64, Duration::from_millis(1));
        assert_eq!(quick.tokens(budget), PROMPT_CHUNK);
    }
}
