//! A training from beginning to end: what it is given, what it tells on the way, and the loop.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::json;

use super::batch::Batch;
use super::card::{self, Facts};
use super::checkpoint::{self, State};
use super::data::Data;
use super::energy::Meter;
use super::folder::{Folder, step_line};
use super::learner::Learner;
use super::optimiser::{self, Moments};
use super::order::{Order, dropout_key, hiding};
use super::params::{Grads, Params};
use super::prepare::{Prepared, prepare};
use super::recipe::Recipe;
use super::sample::Encoded;
use super::tensors_file::{Own, write_params};
use super::{TrainError, export};
use crate::domain::Fallback;
use crate::i18n::I18n;
use crate::model::{DeviceChoice, FileSource};
use crate::prompt::END;

const BEST: &str = "best.safetensors";

/// What to train, on what, and where to.
#[derive(Debug, Clone)]
pub struct TrainJob {
    /// The model to begin with.
    pub base: FileSource,
    /// Its name, for the card and for `adapter_config.json`.
    pub base_name: String,
    /// An adapter to go on from.
    pub start: Option<FileSource>,
    /// The samples.
    pub data: Data,
    /// All settings.
    pub recipe: Recipe,
    /// Threads.
    pub threads: usize,
    /// The processor that it runs on. A run may go on on another than it was begun on: its losses are the same but for
    /// rounding.
    pub device: DeviceChoice,
    /// Compute on tensors on the CPU too, as on a graphics card: slower, to compare the two.
    pub tensors: bool,
    /// The run folder.
    pub out: PathBuf,
    /// Go on with the run that is there.
    pub resume: bool,
}

/// What a training tells while it runs.
#[derive(Debug, Clone, PartialEq)]
pub enum TrainEvent {
    /// All is read and checked.
    Ready {
        /// Samples to learn from, and to be tried on.
        samples: (usize, usize),
        /// Samples that were cut to the window, and tokens that fell off.
        cut: (usize, usize),
        /// Numbers that are trained.
        parameters: usize,
        /// Where, in words.
        device: String,
        /// Set when a graphics card should have been used and can't be.
        fallback: Option<Fallback>,
    },
    /// It goes on after this step.
    Resumed(usize),
    /// A step is done.
    Step {
        /// Its number, from 1.
        step: usize,
        /// Of so many.
        steps: usize,
        /// Its loss.
        loss: f64,
        /// Tokens a second, of late.
        tokens_per_s: f64,
        /// Seconds to the end at this speed.
        left_s: f64,
    },
    /// The validation after a step.
    Validated {
        /// The step.
        step: usize,
        /// Mean loss of a token.
        loss: f64,
        /// It is the best so far.
        best: bool,
    },
}

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Finished {
    /// Updates made.
    pub steps: usize,
    /// The last update's loss.
    pub loss: Option<f64>,
    /// The best validation: its step and its loss.
    pub best: Option<(usize, f64)>,
    /// It stopped because validations no longer got better.
    pub early: bool,
    /// Somebody stopped it; it can go on from its checkpoint.
    pub interrupted: bool,
}

/// Trains.
///
/// # Errors
/// [`TrainError`]; nothing but the checks has been done when it is about model, data, recipe or folder.
pub fn train(
    job: &TrainJob,
    i18n: &I18n,
    tell: &mut (dyn FnMut(&TrainEvent) + Send),
    cancelled: &(dyn Fn() -> bool + Sync),
) -> Result<Finished, TrainError> {
    let pool = super::pool(job.threads)?;
    let mut folder = Folder::open(&job.out, job.resume)?;
    let before = if folder.begun { Some(checkpoint::peek(&job.out)?) } else { None };
    let prepared = prepare(job, before.as_ref().map(|state| &state.origin), cancelled)?;
    tell(&TrainEvent::Ready {
        samples: (prepared.train.len(), prepared.validation.len()),
        cut: prepared.cut,
        parameters: prepared.params.count(),
        device: prepared.base.device.clone(),
        fallback: prepared.base.fallback.clone(),
    });
    let Prepared { learner, params, train, validation, origin, tokenizer, base, .. } = prepared;
    let moments = Moments::like(&params);
    let order = Order::new(train.len(), job.recipe.seed, job.recipe.shuffle);
    let hidden = tokenizer.token_id(END).unwrap_or_default();
    let mut run = Run {
        job,
        hidden,
        grads: Grads::like(&params),
        moments,
        params,
        learner,
        order,
        train,
        validation,
        state: State { origin, ..State::default() },
        meter: None,
        device: &base.device,
        began: Instant::now(),
        before_s: 0.0,
    };
    let mut measured = true;
    if folder.begun {
        run.state = checkpoint::load(&job.out, &mut run.params, &mut run.moments)?;
        run.before_s = run.state.seconds;
        measured = run.state.joules.is_some();
        folder.rewind(run.state.step, run.state.validated)?;
        tell(&TrainEvent::Resumed(run.state.step));
    } else {
        folder.rewind(0, None)?;
        folder.put("recipe.toml", job.recipe.to_toml().as_bytes())?;
    }
    // Half a measurement would be told as the whole.
    run.meter = if measured { Meter::of(&base.device) } else { None };
    let ended = pool.install(|| run.run(&mut folder, tell, cancelled))?;
    if ended.interrupted {
        return Ok(ended);
    }
    if run.state.best.is_some() {
        let best = Own::read(&job.out.join(BEST))?;
        run.params.all.iter_mut().try_for_each(|param| best.copy(&param.name, &mut param.values))?;
    }
    if job.recipe.full {
        export::model(&folder, &job.base, &run.params, &job.recipe.save_as)?;
    } else {
        export::adapter(&folder, &job.recipe.lora, &job.base_name, &run.params)?;
    }
    let sources: Vec<&FileSource> = [Some(&job.base), job.start.as_ref()].into_iter().flatten().collect();
    export::tokenizer(&mut |name, bytes| folder.put(name, bytes), &sources, tokenizer.added())?;
    let facts = Facts { job, state: &run.state, base: &base, early: ended.early, parameters: run.params.count() };
    card::write(&folder, &facts, i18n)?;
    // The checkpoint first: one that stands without its best parameters could not be gone on from.
    folder.drop_file(&crate::files::name_of(&checkpoint::path(&job.out)));
    folder.drop_file(BEST);
    Ok(ended)
}

/// Everything that changes from step to step.
struct Run<'a> {
    job: &'a TrainJob,
    params: Params,
    grads: Grads,
    moments: Moments,
    learner: Learner,
    order: Order,
    train: Vec<Encoded>,
    validation: Vec<Encoded>,
    /// What stands for a hidden token: the mark of the end, which is never read where a model writes.
    hidden: u32,
    state: State,
    meter: Option<Meter>,
    /// Where it runs, in words.
    device: &'a str,
    began: Instant,
    /// Seconds of the parts before this one.
    before_s: f64,
}

impl Run<'_> {
    fn run(
        &mut self,
        folder: &mut Folder,
        tell: &mut (dyn FnMut(&TrainEvent) + Send),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Finished, TrainError> {
        let recipe = &self.job.recipe;
        loop {
            let step = self.state.step;
            let last = step == recipe.steps;
            let due = step.is_multiple_of(recipe.validate_every) || last;
            if due && self.state.validated != Some(step) && !self.validation.is_empty() {
                let Some(loss) = self.validate(cancelled)? else { return self.interrupt(folder) };
                let best = self.note_validation(folder, loss)?;
                tell(&TrainEvent::Validated { step, loss, best });
            }
            let early = self.exhausted();
            if last || early {
                self.save(folder)?;
                return Ok(self.finished(early, false));
            }
            let (began, tokens) = (Instant::now(), self.state.tokens);
            let Some((loss, rate, norm)) = self.update(cancelled)? else { return self.interrupt(folder) };
            let (step, steps, took) = (self.state.step, recipe.steps, began.elapsed().as_secs_f64());
            let speed = (self.state.tokens - tokens) as f64 / took;
            folder.note(&step_line(step, loss, rate, norm, self.state.tokens, speed, self.device))?;
            let left_s = took * (steps - step) as f64;
            tell(&TrainEvent::Step { step, steps, loss, tokens_per_s: speed, left_s });
            if step.is_multiple_of(recipe.save_every) {
                self.save(folder)?;
            }
        }
    }

    /// One update; none when it was stopped before it was done, and nothing has changed then.
    fn update(&mut self, cancelled: &dyn Fn() -> bool) -> Result<Option<(f64, f64, f64)>, TrainError> {
        let recipe = &self.job.recipe;
        let step = self.state.step + 1;
        self.grads.clear();
        let (mut total, mut tokens) = (0.0, 0);
        for part in 0..recipe.accumulation {
            if cancelled() {
                return Ok(None);
            }
            let number = self.state.step * recipe.accumulation + part;
            let samples = self.order.batch(number, recipe.batch);
            let batch: Vec<&Encoded> = samples.iter().map(|sample| &self.train[*sample]).collect();
            let targets: usize = batch.iter().map(|sample| sample.targets()).sum();
            tokens += batch.iter().map(|sample| sample.ids.len() as u64).sum::<u64>();
            let weight = 1.0 / (targets * recipe.accumulation) as f32;
            let dropout = Some(dropout_key(recipe.seed, number));
            let mut rows = Batch::of(batch.iter().copied());
            if recipe.facts_hidden > 0.0 {
                rows.hide_facts(batch, recipe.facts_hidden, self.hidden, &mut hiding(recipe.seed, number));
            }
            let losses = self.learner.losses(&self.params, Some(&mut self.grads), &rows, weight, dropout)?;
            let mean = losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / targets as f64;
            if !mean.is_finite() {
                return Err(self.not_a_number(step, &samples));
            }
            total += mean / recipe.accumulation as f64;
        }
        let norm = optimiser::norm(&self.grads);
        if !norm.is_finite() {
            let all = (0..recipe.accumulation)
                .flat_map(|part| self.order.batch(self.state.step * recipe.accumulation + part, recipe.batch));
            let all: Vec<usize> = all.collect();
            return Err(self.not_a_number(step, &all));
        }
        let scale = optimiser::clip(norm, (recipe.clip > 0.0).then_some(recipe.clip));
        let rate = recipe.learning_rate * recipe.schedule.share(self.state.step, recipe.warmup, recipe.steps);
        recipe.adamw.step(&mut self.params, &self.grads, &mut self.moments, step, rate, scale);
        self.state.step = step;
        self.state.tokens += tokens;
        self.state.loss = Some(total);
        Ok(Some((total, rate, norm)))
    }

    fn not_a_number(&self, step: usize, samples: &[usize]) -> TrainError {
        let batch = samples.iter().map(|sample| self.job.data.train[*sample].origin.clone()).collect();
        TrainError::NotANumber { step, batch }
    }

    /// The mean loss of a validation token; none when it was stopped.
    fn validate(&mut self, cancelled: &dyn Fn() -> bool) -> Result<Option<f64>, TrainError> {
        let (mut total, mut count) = (0.0, 0);
        for batch in self.validation.chunks(self.job.recipe.batch) {
            if cancelled() {
                return Ok(None);
            }
            let losses = self.learner.losses(&self.params, None, &Batch::of(batch), 1.0, None)?;
            total += losses.iter().map(|loss| f64::from(*loss)).sum::<f64>();
            count += losses.len();
        }
        Ok(Some(total / count as f64))
    }

    /// Keeps the parameters when no validation was better. The one before the first step is the base's own: what is no
    /// better than that has learnt nothing, but is not thrown away either.
    fn note_validation(&mut self, folder: &mut Folder, loss: f64) -> Result<bool, TrainError> {
        let step = self.state.step;
        let best = step > 0 && loss.is_finite() && self.state.best.is_none_or(|(_, least)| loss < least);
        if best {
            write_params(&folder.path.join(BEST), &self.params, "F32")?;
            self.state.best = Some((step, loss));
            self.state.since_best = 0;
        } else if step > 0 {
            self.state.since_best += 1;
        } else {
            self.state.base_loss = Some(loss);
        }
        self.state.validated = Some(step);
        folder.note(&json!({ "step": step, "validation_loss": loss, "perplexity": loss.exp(), "best": best }))?;
        // `best` and the checkpoint must not tell different stories after a crash.
        self.save(folder)?;
        Ok(best)
    }

    fn exhausted(&self) -> bool {
        self.job.recipe.patience > 0 && self.state.since_best >= self.job.recipe.patience
    }

    fn save(&mut self, folder: &Folder) -> Result<(), TrainError> {
        self.state.seconds = self.before_s + self.began.elapsed().as_secs_f64();
        self.measure();
        folder.sync()?;
        checkpoint::save(&folder.path, &self.state, &self.params, &self.moments)
    }

    /// Adds what was used since the last time; a meter that fell silent makes the whole unknown.
    fn measure(&mut self) {
        let used = self.meter.as_mut().and_then(Meter::joules);
        if used.is_none() {
            self.meter = None;
        }
        self.state.joules = used.map(|joules| self.state.joules.unwrap_or(0.0) + joules);
        for name in self.meter.iter().flat_map(Meter::names) {
            if !self.state.meters.iter().any(|known| known == name) {
                self.state.meters.push(name.to_owned());
            }
        }
    }

    fn interrupt(&mut self, folder: &Folder) -> Result<Finished, TrainError> {
        self.save(folder)?;
        Ok(self.finished(false, true))
    }

    fn finished(&self, early: bool, interrupted: bool) -> Finished {
        Finished { steps: self.state.step, loss: self.state.loss, best: self.state.best, early, interrupted }
    }
}
