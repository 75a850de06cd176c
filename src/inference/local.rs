//! The engine that runs a GPT-J on this computer: prompt in chunks, tokens one by one, text as soon as it is certain.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::budget::TokenCounter;
use super::engine::{Cancel, CountTokens, Engine, Progress, Request};
use super::error::InferenceError;
use super::outcome;
use super::pace::Pace;
use super::sampling::Sampler;
use super::speculation::{DraftCounts, Drafting, Known, Speculation};
use super::text::{Clock, Text};
use crate::domain::{Finish, ModelInfo, PredictedOutcome, Provenance, Review, Sampling, Suggestion, clean_facts};
use crate::error::UserError;
use crate::model::{GptJ, KvCache, Loaded, ModelError, StreamDecoder, Tokenizer};
use crate::prompt::{END, END_OF_TEXT, OUTCOME_MARKER, PROMPT_VERSION, parse_outcome, prompt_tokens, settled_tokens};

/// The most tokens of the prompt that are read between two looks at the cancel flag.
pub const PROMPT_CHUNK: usize = 64;
/// A stop may wait so long for the block of the prompt that is being read.
const BLOCK: Duration = Duration::from_millis(250);
/// A block that is read ahead may hold up whatever else is asked for by so long.
const BLOCK_AHEAD: Duration = Duration::from_millis(120);

/// A loaded model with what it remembers of the last case.
pub struct LocalEngine {
    model: GptJ,
    tokenizer: Arc<Tokenizer>,
    info: ModelInfo,
    cache: KvCache,
    /// The ids that the cache holds, so that a second suggestion for the same facts reads only what is new.
    cached: Vec<u32>,
    /// Tokens that end a text.
    stops: Vec<u32>,
    pace: Pace,
    /// Of blocks that are read ahead, on fewer threads.
    pace_ahead: Pace,
    speculation: Speculation,
}

impl LocalEngine {
    /// Takes a loaded model into use.
    ///
    /// # Errors
    /// When the device has no memory for the cache.
    pub fn new(loaded: Loaded) -> Result<Self, ModelError> {
        let Loaded { model, tokenizer, info } = loaded;
        let cache = model.new_cache()?;
        let stops = [END, END_OF_TEXT].iter().filter_map(|name| tokenizer.token_id(name)).collect();
        Ok(Self {
            model,
            tokenizer: Arc::new(tokenizer),
            info,
            cache,
            cached: Vec::new(),
            stops,
            pace: Pace::default(),
            pace_ahead: Pace::default(),
            speculation: Speculation::new(Drafting::default()),
        })
    }

    /// From now on, drafts are used so. No text depends on it.
    pub fn use_drafts(&mut self, drafting: Drafting) {
        self.speculation = Speculation::new(drafting);
    }

    /// What became of the drafts since [`Self::use_drafts`].
    pub fn draft_counts(&self) -> DraftCounts {
        self.speculation.counts()
    }

    /// The model.
    pub fn model(&self) -> &GptJ {
        &self.model
    }

    /// The model, without what is remembered of a case.
    #[must_use]
    pub fn into_model(self) -> GptJ {
        self.model
    }

    /// The prompt's ids, and the logits at its last position over the whole vocabulary; what parity is checked by.
    ///
    /// # Errors
    /// For facts that are empty or do not fit, and when the model fails.
    pub fn prompt_logits(&mut self, facts: &str) -> Result<(Vec<u32>, Vec<f32>), InferenceError> {
        let ids = self.prompt(facts, 0)?;
        self.forget_beyond(0);
        let logits = self.read(&ids, &Cancel::default(), &mut |_| {})?;
        Ok((ids, logits.unwrap_or_default()))
    }

    /// How many tokens a text has, markers read as tokens, and the negative log-likelihood of each token but the first in
    /// nats, of as many as the window holds. Stops between chunks when `cancel` is set: fewer losses then.
    ///
    /// # Errors
    /// When the model fails.
    pub fn token_losses(&mut self, text: &str, cancel: &Cancel) -> Result<(usize, Vec<f64>), InferenceError> {
        let ids = self.tokenizer.encode_marked(text)?;
        Ok((ids.len(), self.losses_of(&ids, cancel)?))
    }

    /// As [`Self::token_losses`], of a text that is tokenised already.
    ///
    /// # Errors
    /// When the model fails.
    pub fn losses_of(&mut self, ids: &[u32], cancel: &Cancel) -> Result<Vec<f64>, InferenceError> {
        let read = &ids[..ids.len().min(self.info.n_positions)];
        self.forget_beyond(0);
        let mut losses = Vec::with_capacity(read.len());
        for (at, chunk) in read.chunks(PROMPT_CHUNK).enumerate() {
            if cancel.is_cancelled() {
                break;
            }
            let logits = self.model.forward_all(chunk, &mut self.cache)?;
            let rows: Vec<Vec<f32>> = logits.to_vec2().map_err(ModelError::from)?;
            let next = &read[at * PROMPT_CHUNK + 1..];
            losses.extend(rows.iter().zip(next).map(|(row, id)| -outcome::log_probability(row, *id)));
        }
        self.forget_beyond(0);
        Ok(losses)
    }

    /// The model's own tokenizer.
    pub fn tokenizer(&self) -> &Tokenizer {
        self.tokenizer.as_ref()
    }

    /// The ids of the prompt, if it leaves room for `max_new_tokens`.
    fn prompt(&self, facts: &str, max_new_tokens: usize) -> Result<Vec<u32>, InferenceError> {
        let cleaned = clean_facts(facts)?;
        let ids = prompt_tokens(&cleaned, self.tokenizer.as_ref())?;
        let counter = self.token_counter();
        let limit = counter.limit(max_new_tokens);
        if ids.len() > limit {
            let budget = counter.budget(&cleaned, max_new_tokens);
            let words = budget.excess_words(&cleaned);
            return Err(InferenceError::TooLong { tokens: ids.len(), limit, words });
        }
        Ok(ids)
    }

    fn token_counter(&self) -> TokenCounter {
        TokenCounter::new(self.tokenizer.clone(), self.info.n_positions)
    }

    /// Reads `ids`, of which the cache may hold a beginning, and gives the logits of the last; none when cancelled.
    fn read(
        &mut self,
        ids: &[u32],
        cancel: &Cancel,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<Vec<f32>>, InferenceError> {
        let known = self.known(ids);
        // The last one is always read: its logits are wanted.
        self.forget_beyond(known.min(ids.len().saturating_sub(1)));
        let total = ids.len();
        loop {
            let done = self.cache.len();
            on_progress(Progress::Prefill { done, total });
            if cancel.is_cancelled() {
                return Ok(None);
            }
            let end = total.min(done + self.pace.tokens(BLOCK));
            let chunk = &ids[done..end];
            if end == total {
                let logits = self.model.forward(chunk, &mut self.cache)?;
                self.cached.extend_from_slice(chunk);
                on_progress(Progress::Prefill { done: total, total });
                return Ok(Some(logits));
            }
            self.read_block(chunk)?;
        }
    }

    /// Reads ids after what the cache holds, and how long that takes.
    fn read_block(&mut self, ids: &[u32]) -> Result<(), ModelError> {
        let began = Instant::now();
        self.model.prefill(ids, &mut self.cache)?;
        self.pace.note(ids.len(), began.elapsed());
        self.cached.extend_from_slice(ids);
        Ok(())
    }

    /// How many of `ids` the cache holds from its beginning.
    fn known(&self, ids: &[u32]) -> usize {
        self.cached.iter().zip(ids).take_while(|(a, b)| a == b).count()
    }

    fn read_some_ahead(
        &mut self,
        facts: &str,
        settled: bool,
        hurry: &mut dyn FnMut() -> bool,
    ) -> Result<bool, InferenceError> {
        let Ok(cleaned) = clean_facts(facts) else { return Ok(false) };
        let tokenizer = self.tokenizer.as_ref();
        let ids = if settled { prompt_tokens(&cleaned, tokenizer)? } else { settled_tokens(&cleaned, tokenizer)? };
        let known = self.known(&ids);
        if known == ids.len() || ids.len() > self.info.n_positions {
            return Ok(false);
        }
        self.forget_beyond(known);
        let end = ids.len().min(known + self.pace_ahead.tokens(BLOCK_AHEAD));
        let block = &ids[known..end];
        let began = Instant::now();
        self.model.prefill_in_background(block, &mut self.cache, hurry)?;
        self.pace_ahead.note(block.len(), began.elapsed());
        self.cached.extend_from_slice(block);
        Ok(end < ids.len())
    }

    fn forget_beyond(&mut self, len: usize) {
        self.cache.truncate(len);
        self.cached.truncate(self.cache.len());
    }

    fn write(
        &mut self,
        request: &Request,
        cancel: &Cancel,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Suggestion, InferenceError> {
        let began = Instant::now();
        let created_at = crate::clock::now();
        let prompt = self.prompt(&request.facts, request.sampling.max_new_tokens)?;
        on_progress(Progress::Started { prompt_tokens: prompt.len() });
        let mut text = Text::new(&prompt);
        for id in &request.continue_from {
            text.push(*id, self.stops.contains(id), &self.tokenizer, on_progress);
        }
        let mut clock = Clock::new(began);
        let finish = self.continue_text(&mut text, &request.sampling, cancel, &mut clock, on_progress)?;
        text.finish(on_progress);
        self.speculation.remember(text.generated());
        let outcome = self.outcome(&text, finish, cancel)?;
        let timing = clock.timing();
        let token_ids = text.ids[prompt.len()..].to_vec();
        Ok(Suggestion {
            intervention: text.intervention,
            outcome,
            finish,
            raw_text: self.tokenizer.decode(&token_ids),
            token_ids,
            prompt_tokens: prompt.len(),
            timing,
            provenance: self.provenance(&request.sampling, created_at),
            review: Review::Unreviewed,
        })
    }

    /// Adds tokens to `text` until something ends it.
    fn continue_text(
        &mut self,
        text: &mut Text,
        sampling: &Sampling,
        cancel: &Cancel,
        clock: &mut Clock,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Finish, InferenceError> {
        if text.ended {
            return Ok(Finish::EndOfText);
        }
        let mut sampler = Sampler::new(sampling);
        // A text that goes on draws the numbers that it would have drawn without the stop.
        sampler.skip(text.generated().len());
        let room = self.info.n_positions.saturating_sub(text.ids.len());
        let left = sampling.max_new_tokens.min(room);
        if left == 0 {
            return Ok(Finish::TokenLimit);
        }
        let Some(logits) = self.read(&text.ids, cancel, on_progress)? else { return Ok(Finish::Cancelled) };
        let mut known = Known::new(logits, Vec::new());
        for step in 1..=left {
            if cancel.is_cancelled() {
                return Ok(Finish::Cancelled);
            }
            let id = sampler.next(known.next(self.model.config().vocab_size), &text.ids)?;
            let drafted = known.drafted();
            self.speculation.chosen(id, drafted);
            clock.token();
            text.push(id, self.stops.contains(&id), &self.tokenizer, on_progress);
            if text.ended {
                return Ok(Finish::EndOfText);
            }
            if step < left && drafted != Some(id) {
                known = self.decode(&text.ids, left - step - 1)?;
            }
        }
        Ok(Finish::TokenLimit)
    }

    /// Reads the last of `ids`, before which the cache may hold a draft that did not come true, with a draft of at most
    /// `most` tokens behind it.
    fn decode(&mut self, ids: &[u32], most: usize) -> Result<Known, InferenceError> {
        self.forget_beyond(ids.len() - 1);
        // Only where a block gives the same bits as its tokens one by one.
        let most = if self.model.same_bits_in_blocks() { most } else { 0 };
        let draft = self.speculation.draft(ids, most);
        let block: Vec<u32> = ids[ids.len() - 1..].iter().chain(&draft).copied().collect();
        let began = Instant::now();
        let logits = if draft.is_empty() {
            self.model.forward(&block, &mut self.cache)?
        } else {
            let logits = self.model.forward_all(&block, &mut self.cache)?;
            logits.flatten_all().and_then(|logits| logits.to_vec1()).map_err(ModelError::from)?
        };
        self.cached.extend(&block);
        self.speculation.read(draft.len(), began.elapsed());
        Ok(Known::new(logits, draft))
    }

    /// What the text says of the outcome, and how likely the model finds each. A stopped text is not asked: whoever
    /// stopped it waits.
    fn outcome(&mut self, text: &Text, finish: Finish, cancel: &Cancel) -> Result<PredictedOutcome, InferenceError> {
        let forced = !text.splitter.outcome_seen();
        let mut outcome = PredictedOutcome {
            label: parse_outcome(&text.outcome),
            text: text.outcome.clone(),
            probabilities: None,
            forced,
        };
        if finish == Finish::Cancelled {
            return Ok(outcome);
        }
        let context = self.outcome_context(text)?;
        let labels = outcome::labels(&self.tokenizer)?;
        let room = self.info.n_positions.saturating_sub(context.len());
        if labels.iter().all(|label| label.len() <= room)
            && let Some(first) = self.read(&context, cancel, &mut |_| {})?
        {
            outcome.probabilities = outcome::score(&self.model, &mut self.cache, &first, &labels, cancel)?;
        }
        Ok(outcome)
    }

    /// The ids up to and with `Resultado:`: the model's own where it wrote that and ended a token there, else its text
    /// with `Resultado:` put behind the intervention.
    fn outcome_context(&self, text: &Text) -> Result<Vec<u32>, ModelError> {
        let mut written = String::new();
        let mut decoder = StreamDecoder::default();
        for (at, id) in text.generated().iter().enumerate().filter(|(_, id)| !self.stops.contains(id)) {
            written.push_str(&decoder.push(&self.tokenizer, *id));
            let Some(marker) = written.find(OUTCOME_MARKER) else { continue };
            if marker + OUTCOME_MARKER.len() == written.len() {
                return Ok(text.ids[..=text.prompt_len + at].to_vec());
            }
            written.truncate(marker);
            break;
        }
        let written = written.split(END).next().unwrap_or_default().trim_end();
        // The prompt ends in a blank of its own.
        let blank = if written.is_empty() { "" } else { " " };
        let mut ids = text.ids[..text.prompt_len].to_vec();
        ids.extend(self.tokenizer.encode_text(&format!("{written}{blank}{OUTCOME_MARKER}"))?);
        Ok(ids)
    }

    fn provenance(&self, sampling: &Sampling, created_at: String) -> Provenance {
        Provenance {
            model: self.info.name.clone(),
            model_digest: self.info.digest.clone(),
            adapter: self.info.adapter.clone(),
            adapter_digest: self.info.adapter_digest.clone(),
            quantization: self.info.quantization.clone(),
            device: self.info.device.clone(),
            prompt_version: PROMPT_VERSION.to_owned(),
            sampling: sampling.clone(),
            created_at,
            demonstration: self.info.demonstration,
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl Engine for LocalEngine {
    fn info(&self) -> &ModelInfo {
        &self.info
    }

    fn counter(&self) -> Arc<dyn CountTokens> {
        Arc::new(self.token_counter())
    }

    fn read_ahead(&mut self, facts: &str, settled: bool, hurry: &mut dyn FnMut() -> bool) -> Result<bool, UserError> {
        let read = self.read_some_ahead(facts, settled, hurry);
        if read.is_err() {
            self.forget_beyond(0);
        }
        Ok(read?)
    }

    fn forget(&mut self) {
        self.cached.fill(0);
        self.forget_beyond(0);
        self.tokenizer.forget();
    }

    fn generate(
        &mut self,
        request: &Request,
        cancel: &Cancel,
        on_progress: &mut dyn FnMut(Progress),
    ) -> Result<Suggestion, UserError> {
        let written = self.write(request, cancel, on_progress);
        if written.is_err() {
            // What the cache holds after a failure is not known to be whole.
            self.forget_beyond(0);
        }
        Ok(written?)
    }
}
