//! Speculative decoding (Leviathan et al. 2023) whose drafts are looked up: an intervention repeats words of the facts, and
//! turns of phrase of those written before it. The model reads the chosen token and the draft in one block, which costs
//! little more than one token where the memory is what takes the time; tokens are then chosen from its logits one by one,
//! with the random numbers that they would have had, and the draft counts for as long as it foretold them. So the text is
//! the same with and without.

use std::time::Duration;

/// How drafts are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drafting {
    /// One token after another.
    Never,
    /// As long as the speed and the drafts that came true make them pay.
    #[default]
    WherePays,
    /// As long as they may be: for tests and measurements.
    Always,
}

/// What became of the drafts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DraftCounts {
    /// Blocks that the model read, single tokens among them.
    pub blocks: usize,
    /// Tokens that were drafted.
    pub drafted: usize,
    /// Those of them that the text then had.
    pub accepted: usize,
}

/// Tokens of a draft at most: with the one before them as many as the kernels take at once.
pub(super) const LONGEST: usize = 7;
/// Tokens at the end of the text that are looked for in it, at least and at most: fewer stand there by chance.
const RUNS: std::ops::RangeInclusive<usize> = 2..=4;
/// What one more token says against those before.
const WEIGHT: f64 = 1.0 / 16.0;
/// Tokens of earlier texts that are remembered: some dozens of them.
const REMEMBERED: usize = 8192;
/// Tokens without a draft after which the cost of blocks is measured anew: one that another program held up proves little.
const FORGET: usize = 64;

/// Makes drafts and follows what they cost and gain.
#[derive(Debug)]
pub(super) struct Speculation {
    drafting: Drafting,
    /// What was written before, the latest at the end.
    earlier: Vec<u32>,
    /// The share of drafted tokens that come true, of those whose forerunners did.
    hit_rate: f64,
    /// Seconds for one token.
    one_s: Option<f64>,
    /// Seconds for each further token of a block.
    further_s: Option<f64>,
    /// Tokens since the last block with a draft.
    idle: usize,
    /// What would have been drafted while nothing was, so that it is known when drafts would pay again.
    foretold: Option<u32>,
    counts: DraftCounts,
}

impl Speculation {
    pub(super) fn new(drafting: Drafting) -> Self {
        Self {
            drafting,
            earlier: Vec::new(),
            hit_rate: 0.5,
            one_s: None,
            further_s: None,
            idle: 0,
            foretold: None,
            counts: DraftCounts::default(),
        }
    }

    pub(super) fn counts(&self) -> DraftCounts {
        self.counts
    }

    /// What probably follows `ids`, at most `most` tokens; nothing where that doesn't pay.
    pub(super) fn draft(&mut self, ids: &[u32], most: usize) -> Vec<u32> {
        self.foretold = None;
        if self.drafting == Drafting::Never {
            return Vec::new();
        }
        let found = look_up(ids, &self.earlier);
        let len = if self.drafting == Drafting::Always { LONGEST } else { self.best_length() };
        let draft = &found[..found.len().min(len).min(most)];
        if draft.is_empty() {
            self.foretold = found.first().copied();
            self.idle += 1;
            if self.idle >= FORGET {
                (self.idle, self.further_s) = (0, None);
            }
        }
        draft.to_vec()
    }

    /// A block of one token and `drafted` ones was read in so long.
    pub(super) fn read(&mut self, drafted: usize, took: Duration) {
        self.counts.blocks += 1;
        self.counts.drafted += drafted;
        let took = took.as_secs_f64();
        if drafted == 0 {
            self.one_s = Some(self.one_s.map_or(took, |before| f64::midpoint(before, took)));
        } else if let Some(one_s) = self.one_s {
            self.idle = 0;
            let further = ((took - one_s) / drafted as f64).max(0.0);
            self.further_s = Some(self.further_s.map_or(further, |before| f64::midpoint(before, further)));
        }
    }

    /// A token was chosen where `drafted` had been expected.
    pub(super) fn chosen(&mut self, id: u32, drafted: Option<u32>) {
        let Some(expected) = drafted.or(self.foretold) else { return };
        let hit = id == expected;
        self.hit_rate += WEIGHT * (f64::from(u8::from(hit)) - self.hit_rate);
        self.counts.accepted += usize::from(hit && drafted.is_some());
    }

    /// Takes a text that was written as an example for the next ones.
    pub(super) fn remember(&mut self, generated: &[u32]) {
        self.earlier.extend_from_slice(generated);
        let more = self.earlier.len().saturating_sub(REMEMBERED);
        self.earlier.drain(..more);
    }

    /// The length by which most tokens a second are expected; none before the time of one token is known.
    fn best_length(&self) -> usize {
        let Some(one_s) = self.one_s else { return 0 };
        // The first blocks are short: what they cost is not known.
        let Some(further_s) = self.further_s else { return 2 };
        let (mut best, mut best_rate) = (0, 1.0 / one_s);
        let (mut tokens, mut likely) = (1.0, 1.0);
        for len in 1..=LONGEST {
            likely *= self.hit_rate;
            tokens += likely;
            let rate = tokens / (one_s + further_s * len as f64);
            if rate > best_rate {
                (best, best_rate) = (len, rate);
            }
        }
        best
    }
}

/// What followed the last place where the longest run of tokens at the end of `ids` stood before, there or in `earlier` texts
/// (prompt lookup decoding, Saxena 2023).
fn look_up<'a>(ids: &'a [u32], earlier: &'a [u32]) -> &'a [u32] {
    for run in RUNS.rev().filter(|run| *run < ids.len()) {
        let last = &ids[ids.len() - run..];
        for text in [ids, earlier] {
            let before = &text[..text.len().saturating_sub(1)];
            if let Some(at) = before.windows(run).rposition(|window| window == last) {
                let after = &text[at + run..];
                return &after[..after.len().min(LONGEST)];
            }
        }
    }
    &[]
}

/// Logits of the next token, and of those behind it in case that the drafted tokens before them come true.
pub(super) struct Known {
    /// `[1 + draft, vocab]`
    logits: Vec<f32>,
    draft: Vec<u32>,
    /// Rows that were used.
    at: usize,
}

impl Known {
    pub(super) fn new(logits: Vec<f32>, draft: Vec<u32>) -> Self {
        Self { logits, draft, at: 0 }
    }

    /// The row of the next token.
    pub(super) fn next(&mut self, vocab_size: usize) -> &mut [f32] {
        self.at += 1;
        &mut self.logits[(self.at - 1) * vocab_size..self.at * vocab_size]
    }

    /// The token that has to be chosen from the row given last for the next one to hold.
    pub(super) fn drafted(&self) -> Option<u32> {
        self.draft.get(self.at - 1).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Duration = Duration::from_millis(10);

    /// After single tokens of 10 ms, and blocks of which each further token takes `further_ms`.
    fn measured(further_ms: u64, hits: impl IntoIterator<Item = bool>) -> Speculation {
        let mut speculation = Speculation::new(Drafting::WherePays);
        speculation.read(0, TOKEN);
        for _ in 0..8 {
            speculation.read(3, TOKEN + 3 * Duration::from_millis(further_ms));
        }
        for hit in hits {
            speculation.chosen(u32::from(hit), Some(1));
        }
        speculation
    }

    #[test]
    fn what_followed_the_longest_and_latest_run_is_drafted() {
        assert_eq!(look_up(&[1, 2, 3, 4, 1, 2], &[]), [3, 4, 1, 2]);
        assert_eq!(look_up(&[1, 2, 3, 9, 1, 2, 5, 1, 2], &[]), [5, 1, 2]);
        // Three tokens say more than the two that came later.
        assert_eq!(look_up(&[7, 1, 2, 3, 9, 1, 2, 5, 7, 1, 2], &[]), [3, 9, 1, 2, 5, 7, 1]);
        assert_eq!(look_up(&[4, 4, 4], &[]), [4]);
        for ids in [&[][..], &[1], &[1, 1], &[1, 2, 3], &[1, 2, 1]] {
            assert!(look_up(ids, &[]).is_empty(), "{ids:?}");
        }
    }

    #[test]
    fn earlier_texts_are_looked_up_too() {
        assert_eq!(look_up(&[1, 2, 3], &[9, 2, 3, 4, 5, 2, 3]), [4, 5, 2, 3]);
        // The text itself comes first, a longer run before both.
        assert_eq!(look_up(&[2, 3, 7, 2, 3], &[2, 3, 4]), [7, 2, 3]);
        assert_eq!(look_up(&[2, 3, 7, 1, 2, 3], &[1, 2, 3, 4]), [4]);
        let mut speculation = Speculation::new(Drafting::Always);
        speculation.remember(&(0..9000).collect::<Vec<u32>>());
        assert_eq!(speculation.earlier.len(), REMEMBERED);
        assert_eq!(speculation.draft(&[7, 8997, 8998], 99), [8999]);
    }

    #[test]
    fn drafts_are_as_long_as_they_pay() {
        let repeated = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2];
        assert_eq!(measured(0, [true; 40]).draft(&repeated, 99), [3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(measured(0, [true; 40]).draft(&repeated, 2), [3, 4]);
        // Every further token costs as much as one alone: nothing can be gained.
        assert!(measured(10, [true; 40]).draft(&repeated, 99).is_empty());
        // Nothing comes true.
        assert!(measured(2, [false; 40]).draft(&repeated, 99).is_empty());
        let some = measured(2, [true, true, false].into_iter().cycle().take(60)).draft(&repeated, 99).len();
        assert!((1..LONGEST).contains(&some), "{some}");
    }

    #[test]
    fn drafts_come_back_when_they_would_have_come_true() {
        let repeated = [1, 2, 3, 4, 1, 2];
        let mut speculation = measured(2, [false; 40]);
        let mut tokens = 0;
        while speculation.draft(&repeated, 99).is_empty() {
            speculation.read(0, TOKEN);
            speculation.chosen(3, None);
            tokens += 1;
            assert!(tokens < 40);
        }
        assert!(tokens > 1);
    }

    #[test]
    fn one_slow_block_is_forgotten() {
        let repeated = [1, 2, 3, 4, 1, 2];
        let mut speculation = measured(0, [true; 40]);
        speculation.read(3, Duration::from_secs(5));
        assert!(speculation.draft(&repeated, 99).is_empty());
        let drafts = (0..FORGET).filter(|_| !speculation.draft(&repeated, 99).is_empty()).count();
        assert!(drafts > 0);
    }

    #[test]
    fn who_wants_no_drafts_gets_none() {
        let mut speculation = Speculation::new(Drafting::Never);
        speculation.read(0, TOKEN);
        assert!(speculation.draft(&[1, 2, 3, 1, 2], 99).is_empty());
        let mut always = Speculation::new(Drafting::Always);
        assert_eq!(always.draft(&[1, 2, 3, 1, 2], 99), [3, 1, 2]);
    }
}
