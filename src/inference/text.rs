//! A text while it is written: its ids and letters, and when they came.

use std::time::Instant;

use super::engine::Progress;
use crate::domain::Timing;
use crate::model::{StreamDecoder, Tokenizer};
use crate::prompt::{Section, SectionSplitter, Split};

/// The text as it grows: ids, letters, sections.
pub(super) struct Text {
    /// Prompt and generated ids.
    pub(super) ids: Vec<u32>,
    pub(super) prompt_len: usize,
    decoder: StreamDecoder,
    pub(super) splitter: SectionSplitter,
    pub(super) intervention: String,
    pub(super) outcome: String,
    /// The model has written its end.
    pub(super) ended: bool,
}

impl Text {
    pub(super) fn new(prompt: &[u32]) -> Self {
        Self {
            ids: prompt.to_vec(),
            prompt_len: prompt.len(),
            decoder: StreamDecoder::default(),
            splitter: SectionSplitter::default(),
            intervention: String::new(),
            outcome: String::new(),
            ended: false,
        }
    }

    pub(super) fn generated(&self) -> &[u32] {
        &self.ids[self.prompt_len..]
    }

    /// Adds a token; one that stops ends the text and is not shown.
    pub(super) fn push(&mut self, id: u32, stops: bool, tokenizer: &Tokenizer, on_progress: &mut dyn FnMut(Progress)) {
        self.ids.push(id);
        if stops {
            self.finish(on_progress);
            self.ended = true;
            return;
        }
        let text = self.decoder.push(tokenizer, id);
        let splits = self.splitter.push(&text);
        self.ended |= self.splitter.has_ended();
        self.show(splits, on_progress);
    }

    /// Shows what was held back.
    pub(super) fn finish(&mut self, on_progress: &mut dyn FnMut(Progress)) {
        let rest = self.decoder.flush();
        let mut splits = self.splitter.push(&rest);
        splits.extend(self.splitter.finish());
        self.show(splits, on_progress);
    }

    fn show(&mut self, splits: Vec<Split>, on_progress: &mut dyn FnMut(Progress)) {
        for Split { section, delta } in splits {
            match section {
                Section::Intervention => self.intervention.push_str(&delta),
                Section::Outcome => self.outcome.push_str(&delta),
            }
            on_progress(Progress::Text { section, delta, tokens: self.generated().len() });
        }
    }
}

/// When tokens came.
pub(super) struct Clock {
    began: Instant,
    first: Option<Instant>,
    tokens: usize,
    last: Instant,
}

impl Clock {
    pub(super) fn new(began: Instant) -> Self {
        Self { began, first: None, tokens: 0, last: began }
    }

    pub(super) fn token(&mut self) {
        self.last = Instant::now();
        self.first.get_or_insert(self.last);
        self.tokens += 1;
    }

    pub(super) fn timing(&self) -> Timing {
        let Some(first) = self.first else { return Timing::default() };
        let rest_s = (self.last - first).as_secs_f64();
        let tokens_per_s = if rest_s > 0.0 { (self.tokens - 1) as f64 / rest_s } else { 0.0 };
        let first_token_s = (first - self.began).as_secs_f64();
        Timing { first_token_s, tokens_per_s, total_s: self.began.elapsed().as_secs_f64() }
    }
}
