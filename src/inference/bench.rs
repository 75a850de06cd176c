//! How fast a model reads a prompt and writes on this computer, held against how fast the memory is read in the same run
//! with the same threads.

use std::time::Instant;

use serde::Serialize;

use super::engine::Cancel;
use super::error::InferenceError;
use super::replay::BlockSeconds;
use super::sampling::Sampler;
use crate::domain::Sampling;
use crate::model::kernels::{Bandwidth, Isa, Pool};
use crate::model::{GptJ, KvCache, ModelError, peak_bytes};

/// Bytes that are read to measure the memory: far more than any cache holds.
pub const BUFFER: usize = 1 << 30;
/// Prompts by which the growth is seen.
const LENGTHS: [usize; 4] = [64, 200, 512, 1500];
/// Where decoding early in the window and late in it are held against each other.
const EARLY: usize = 50;
const LATE: usize = 1500;
/// Tokens that are written in one turn of that, and turns.
const TURN: usize = 8;
const TURNS: usize = 4;
/// Tokens in a block, and how often each is read.
const BLOCKS: [usize; 8] = [1, 2, 3, 4, 5, 6, 7, 8];
const BLOCK_TURNS: usize = 5;

/// What is measured.
#[derive(Debug, Clone, Copy)]
pub struct BenchJob {
    /// Tokens of the prompt.
    pub prompt: usize,
    /// Tokens that are written after it.
    pub generate: usize,
    /// How often both are done.
    pub repeat: usize,
    /// Prompts of several lengths, and decoding late in the window.
    pub growth: bool,
    /// Bytes that are read to measure the memory; [`BUFFER`] but in tests.
    pub buffer: usize,
}

/// Of several measurements.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// The least.
    pub min: f64,
    /// The middle one; of an even number, the mean of both.
    pub median: f64,
    /// The most.
    pub max: f64,
}

impl Spread {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |place: usize| values.get(place).copied().unwrap_or(f64::NAN);
        let (count, last) = (values.len(), values.len().saturating_sub(1));
        Self { min: at(0), median: f64::midpoint(at(last / 2), at(count / 2)), max: at(last) }
    }
}

/// One prompt of the growth.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Growth {
    /// Its tokens.
    pub prompt: usize,
    /// Seconds to read it.
    pub seconds: f64,
    /// Tokens a second.
    pub tokens_per_s: f64,
    /// Tokens a second when writing after it.
    pub decode_tokens_per_s: f64,
    /// Bytes of keys and values after it.
    pub cache_bytes: u64,
    /// The most memory that the process had held until then; none where the system does not tell.
    pub peak_bytes: Option<u64>,
}

/// Decoding at two places of the window.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Late {
    /// The position of the first.
    pub early_position: usize,
    /// Its tokens a second.
    pub early_tokens_per_s: f64,
    /// The position of the second.
    pub late_position: usize,
    /// Its tokens a second.
    pub late_tokens_per_s: f64,
    /// The second by the first.
    pub ratio: f64,
}

/// Some tokens read in one block, as a draft is.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Block {
    /// Its tokens.
    pub tokens: usize,
    /// The least of several measurements.
    pub seconds: f64,
    /// That by the time for one token.
    pub by_one: f64,
}

/// What came of it. GB are 10^9 bytes.
#[derive(Debug, Clone, Serialize)]
pub struct BenchResult {
    /// Threads that computed and read.
    pub threads: usize,
    /// The instructions of the kernels.
    pub kernels: String,
    /// Tokens of the prompt.
    pub prompt: usize,
    /// Tokens that were written.
    pub generate: usize,
    /// Seconds until the logits after the prompt.
    pub prompt_s: Spread,
    /// Tokens a second of the prompt.
    pub prompt_tokens_per_s: Spread,
    /// Tokens a second when writing, all of a token counted: choice, embedding, layers, attention, head.
    pub decode_tokens_per_s: Spread,
    /// Bytes of weights that one token reads; none for weights that are not in the form of the kernels.
    pub bytes_per_token: Option<u64>,
    /// GB of weights read in a second of decoding.
    pub decode_gb_per_s: Option<Spread>,
    /// GB a second that the memory gives: of each repetition the better of before and after it.
    pub bandwidth_gb_per_s: Spread,
    /// Decoding's share of the bandwidth of the same repetition.
    pub share: Option<Spread>,
    /// GB a second that the memory gave for longer, before and after each repetition.
    pub sustained_gb_per_s: Spread,
    /// Decoding's share of that.
    pub share_of_sustained: Option<Spread>,
    /// The most memory that the process held before the memory was measured; none where the system does not tell.
    pub peak_bytes: Option<u64>,
    /// Prompts of several lengths.
    pub growth: Vec<Growth>,
    /// Decoding late in the window.
    pub late: Option<Late>,
    /// Several tokens in one block, with the logits of all.
    pub blocks: Vec<Block>,
}

/// One model under measurement.
struct Bench<'a> {
    model: &'a GptJ,
    cancel: &'a Cancel,
    sampler: Sampler,
}

/// Measures `model`. The first prompt and tokens are not counted.
///
/// # Errors
/// [`ModelError::Cancelled`] when `cancel` is set, [`ModelError::ContextFull`] for more tokens than the window holds.
pub fn bench(model: &GptJ, job: BenchJob, cancel: &Cancel) -> Result<BenchResult, InferenceError> {
    let limit = model.config().n_positions;
    let asked = job.prompt + job.generate;
    if asked > limit {
        return Err(ModelError::ContextFull { asked, limit }.into());
    }
    let mut bench = Bench { model, cancel, sampler: Sampler::new(&Sampling::default()) };
    bench.once(job)?;
    let (growth, late, blocks) = if job.growth {
        (bench.growth(job.generate)?, bench.late()?, bench.blocks()?)
    } else {
        (Vec::new(), None, Vec::new())
    };
    // What is read to measure the memory is not the model's.
    let peak_bytes = peak_bytes();

    let pool = Pool::shared();
    let memory = Bandwidth::new(job.buffer, &pool);
    let (mut prompts, mut decodes) = (Vec::new(), Vec::new());
    let (mut bandwidths, mut sustained) = (Vec::new(), Vec::new());
    let mut before = memory.measure(&pool);
    for _ in 0..job.repeat {
        let (prompt_s, decode_s) = bench.once(job)?;
        let after = memory.measure(&pool);
        prompts.push(prompt_s);
        decodes.push(job.generate as f64 / decode_s);
        bandwidths.push(before.best.max(after.best) / 1e9);
        sustained.push(f64::midpoint(before.sustained, after.sustained) / 1e9);
        before = after;
    }
    let bytes_per_token = model.bytes_per_token();
    let gb: Option<Vec<f64>> =
        bytes_per_token.map(|bytes| decodes.iter().map(|rate| rate * bytes as f64 / 1e9).collect());
    let share_of = |speeds: &[f64]| {
        gb.as_ref().map(|gb| Spread::of(gb.iter().zip(speeds).map(|(gb, speed)| gb / speed).collect()))
    };
    let (share, share_of_sustained) = (share_of(&bandwidths), share_of(&sustained));
    Ok(BenchResult {
        threads: pool.threads(),
        kernels: Isa::detect().to_string(),
        prompt: job.prompt,
        generate: job.generate,
        prompt_tokens_per_s: Spread::of(prompts.iter().map(|seconds| job.prompt as f64 / seconds).collect()),
        prompt_s: Spread::of(prompts),
        decode_tokens_per_s: Spread::of(decodes),
        bytes_per_token,
        decode_gb_per_s: gb.map(Spread::of),
        bandwidth_gb_per_s: Spread::of(bandwidths),
        share,
        sustained_gb_per_s: Spread::of(sustained),
        share_of_sustained,
        peak_bytes,
        growth,
        late,
        blocks,
    })
}

/// Seconds for a block of 1, 2, … tokens with the logits of all, early in the window: of each the least of several
/// measurements, made in turns.
///
/// # Errors
/// As [`bench`]; the window holds some dozens of tokens at least.
pub fn block_seconds(model: &GptJ, cancel: &Cancel) -> Result<BlockSeconds, InferenceError> {
    let bench = Bench { model, cancel, sampler: Sampler::new(&Sampling::default()) };
    let mut cache = model.new_cache()?;
    bench.prompt(EARLY, &mut cache)?;
    let mut least = [f64::INFINITY; BLOCKS.len()];
    for _ in 0..BLOCK_TURNS {
        for (tokens, least) in BLOCKS.into_iter().zip(&mut least) {
            if cancel.is_cancelled() {
                return Err(ModelError::Cancelled.into());
            }
            let began = Instant::now();
            model.forward_all(&bench.ids(tokens), &mut cache)?;
            *least = least.min(began.elapsed().as_secs_f64());
            cache.truncate(EARLY);
        }
    }
    Ok(least)
}

impl Bench<'_> {
    /// Tokens as unlike each other as those of a text.
    fn ids(&self, count: usize) -> Vec<u32> {
        let vocab = self.model.config().vocab_size;
        (0..count).map(|at| (at * 7919 % vocab) as u32).collect()
    }

    /// Seconds for the logits after a prompt, and the logits.
    fn prompt(&self, count: usize, cache: &mut KvCache) -> Result<(f64, Vec<f32>), InferenceError> {
        if self.cancel.is_cancelled() {
            return Err(ModelError::Cancelled.into());
        }
        let ids = self.ids(count);
        let began = Instant::now();
        let logits = self.model.forward(&ids, cache)?;
        Ok((began.elapsed().as_secs_f64(), logits))
    }

    /// Seconds for `count` tokens.
    fn decode(&mut self, count: usize, mut logits: Vec<f32>, cache: &mut KvCache) -> Result<f64, InferenceError> {
        let began = Instant::now();
        for _ in 0..count {
            if self.cancel.is_cancelled() {
                return Err(ModelError::Cancelled.into());
            }
            let id = self.sampler.next(&mut logits, &[])?;
            logits = self.model.forward(&[id], cache)?;
        }
        Ok(began.elapsed().as_secs_f64())
    }

    /// Seconds for the prompt and for what is written after it.
    fn once(&mut self, job: BenchJob) -> Result<(f64, f64), InferenceError> {
        let mut cache = self.model.new_cache()?;
        let (seconds, logits) = self.prompt(job.prompt, &mut cache)?;
        Ok((seconds, self.decode(job.generate, logits, &mut cache)?))
    }

    /// Prompts of several lengths, each with `generate` tokens written after it.
    fn growth(&mut self, generate: usize) -> Result<Vec<Growth>, InferenceError> {
        let limit = self.model.config().n_positions;
        let fitting = LENGTHS.into_iter().filter(|length| length + generate <= limit);
        let measured = fitting.map(|prompt| {
            let mut cache = self.model.new_cache()?;
            let (seconds, logits) = self.prompt(prompt, &mut cache)?;
            let cache_bytes = cache.bytes();
            let decode_s = self.decode(generate, logits, &mut cache)?;
            Ok(Growth {
                prompt,
                seconds,
                tokens_per_s: prompt as f64 / seconds,
                decode_tokens_per_s: generate as f64 / decode_s,
                cache_bytes,
                peak_bytes: peak_bytes(),
            })
        });
        measured.collect()
    }

    /// Of several tokens each, where the window holds them.
    fn blocks(&self) -> Result<Vec<Block>, InferenceError> {
        if EARLY + BLOCKS[BLOCKS.len() - 1] > self.model.config().n_positions {
            return Ok(Vec::new());
        }
        let least = block_seconds(self.model, self.cancel)?;
        let block = |(tokens, seconds)| Block { tokens, seconds, by_one: seconds / least[0] };
        Ok(BLOCKS.into_iter().zip(least).map(block).collect())
    }

    /// In turns, so that whatever else the computer does meets both alike.
    fn late(&mut self) -> Result<Option<Late>, InferenceError> {
        if LATE + TURN > self.model.config().n_positions {
            return Ok(None);
        }
        let mut places = Vec::new();
        for position in [EARLY, LATE] {
            let mut cache = self.model.new_cache()?;
            let (_, logits) = self.prompt(position, &mut cache)?;
            places.push((position, cache, logits, 0.0));
        }
        for _ in 0..TURNS {
            for (position, cache, logits, seconds) in &mut places {
                *seconds += self.decode(TURN, logits.clone(), cache)?;
                cache.truncate(*position);
            }
        }
        let rates: Vec<f64> = places.iter().map(|(.., seconds)| (TURNS * TURN) as f64 / seconds).collect();
        Ok(Some(Late {
            early_position: EARLY,
            early_tokens_per_s: rates[0],
            late_position: LATE,
            late_tokens_per_s: rates[1],
            ratio: rates[1] / rates[0],
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Quantization, RandomModel};

    fn tiny(quantization: Quantization, rank: usize) -> GptJ {
        let json = br#"{"model_type": "gptj", "n_embd": 256, "n_layer": 2, "n_head": 4, "n_positions": 300,
            "vocab_size": 320, "rotary_dim": 32}"#;
        RandomModel::new("tiny", json, None, quantization, 1).unwrap().make(rank, &|| false).unwrap().0
    }

    const JOB: BenchJob = BenchJob { prompt: 20, generate: 3, repeat: 2, growth: true, buffer: 8 << 20 };

    #[test]
    fn the_bytes_of_a_token_are_those_of_layers_head_and_adapter() {
        // Per layer 4 · 256² and 2 · 256 · 1024 weights, in the head 320 · 256; 8.5 bits each. Pairs in f32.
        let weights = 2 * (4 * 256 * 256 + 2 * 256 * 1024) + 320 * 256;
        for rank in [0, 16] {
            let expected = weights * 17 / 16 + 2 * 2 * (2 * rank * 256) * 4;
            let found = tiny(Quantization::Q8_0, rank as usize).bytes_per_token();
            assert_eq!(found, Some(expected), "{rank}");
        }
    }

    #[test]
    fn rates_bytes_and_shares_agree_with_each_other() {
        let found = bench(&tiny(Quantization::Q8_0, 16), JOB, &Cancel::default()).unwrap();
        let gb = found.decode_gb_per_s.unwrap();
        let bytes = found.bytes_per_token.unwrap() as f64;
        assert!((gb.max - found.decode_tokens_per_s.max * bytes / 1e9).abs() < 1e-9 * gb.max.max(1.0));
        assert!((found.prompt_tokens_per_s.max - 20.0 / found.prompt_s.min).abs() < 1e-6);
        let share = found.share.unwrap();
        assert!(share.min > 0.0 && share.min <= share.median && share.median <= share.max);
        assert!(share.max <= gb.max / found.bandwidth_gb_per_s.min + 1e-12);
        assert!(found.share_of_sustained.unwrap().median >= share.median);
        // The window holds 300 positions: longer prompts are left out.
        assert_eq!(found.growth.iter().map(|one| one.prompt).collect::<Vec<_>>(), [64, 200]);
        // Two layers of four heads; 256 positions, each with 64 bytes and a scale of 4 bytes for key and value.
        assert!(found.growth.iter().all(|one| one.cache_bytes == 2 * 4 * 256 * 2 * 68 && one.seconds > 0.0));
        assert!(found.growth.iter().all(|one| one.decode_tokens_per_s > 0.0));
        assert_eq!(found.blocks.iter().map(|block| block.tokens).collect::<Vec<_>>(), BLOCKS);
        assert!(found.blocks.iter().all(|block| block.seconds > 0.0 && block.by_one > 0.0));
        assert!(found.late.is_none());
    }

    #[test]
    fn the_spread_is_of_the_sorted_values() {
        assert_eq!(Spread::of(vec![3.0, 1.0, 2.0]), Spread { min: 1.0, median: 2.0, max: 3.0 });
        assert_eq!(Spread::of(vec![4.0, 1.0]), Spread { min: 1.0, median: 2.5, max: 4.0 });
    }

    #[test]
    fn too_many_tokens_and_a_stop_are_told() {
        let model = tiny(Quantization::Q4K, 0);
        let long = bench(&model, BenchJob { prompt: 299, ..JOB }, &Cancel::default());
        assert!(matches!(long, Err(InferenceError::Model(ModelError::ContextFull { asked: 302, limit: 300 }))));
        let cancel = Cancel::default();
        cancel.cancel();
        assert!(matches!(bench(&model, JOB, &cancel), Err(InferenceError::Model(ModelError::Cancelled))));
    }
}
