//! `pag-bert predict` and `pag-bert logits`.

use std::io::{self, Write};
use std::time::Instant;

use serde_json::json;

use super::args::{Logits, ModelArgs, ModelName, Predict};
use super::{Failure, download, read_facts};
use crate::config::{ModelLocation, QuantizationChoice};
use crate::domain::{Fallback, Finish, ModelInfo, Outcome, Suggestion};
use crate::error::UserError;
use crate::hub::Role;
use crate::i18n::I18n;
use crate::inference::{Cancel, Engine, LocalEngine, Progress, Request, Section};
use crate::worker::inference::LoadJob;
use crate::worker::load::open_local;
use crate::worker::protocol::{ModelNames, ModelSource};

pub(super) fn predict(args: &Predict, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let facts = read_facts(&args.facts_file)?;
    let began = Instant::now();
    let mut engine = load(&args.model, None, i18n, cancel)?;
    let load_s = began.elapsed().as_secs_f64();
    let request = Request { facts, sampling: (&args.sampling).into(), continue_from: Vec::new() };
    let mut out = io::stdout().lock();
    let suggestion = if args.json {
        engine.generate(&request, cancel, &mut |_| ())?
    } else {
        stream(&mut engine, &request, cancel, &mut out)?
    };
    if args.json {
        writeln!(out, "{}", as_json(&suggestion, engine.info(), load_s))?;
    } else {
        write_outcome(&suggestion, i18n, &mut out)?;
    }
    out.flush()?;
    if suggestion.finish == Finish::Cancelled { Err(Failure::Interrupted) } else { Ok(()) }
}

pub(super) fn logits(args: &Logits, i18n: &I18n, cancel: &Cancel) -> Result<(), Failure> {
    let facts = read_facts(&args.facts_file)?;
    let mut engine = load(&args.model, Some(QuantizationChoice::None), i18n, cancel)?;
    let (token_ids, logits) = engine.prompt_logits(&facts).map_err(UserError::from)?;
    let mut out = io::stdout().lock();
    writeln!(out, "{}", json!({ "token_ids": token_ids, "logits": logits }))?;
    Ok(out.flush()?)
}

/// Writes the text while it comes. A closed pipe ends the generation.
fn stream(
    engine: &mut LocalEngine,
    request: &Request,
    cancel: &Cancel,
    out: &mut impl Write,
) -> Result<Suggestion, Failure> {
    let mut closed = None;
    let suggestion = engine.generate(request, cancel, &mut |progress| {
        if let Progress::Text { section: Section::Intervention, delta, .. } = progress
            && let Err(error) = out.write_all(delta.as_bytes()).and_then(|()| out.flush())
        {
            closed = Some(error);
            cancel.cancel();
        }
    })?;
    closed.map_or(Ok(suggestion), |error| Err(error.into()))
}

fn write_outcome(suggestion: &Suggestion, i18n: &I18n, out: &mut impl Write) -> Result<(), Failure> {
    let outcome = &suggestion.outcome;
    writeln!(out, "\n")?;
    let said = if outcome.text.is_empty() { i18n.tr("cli-no-outcome") } else { outcome.text.clone() };
    writeln!(out, "{}", i18n.tr_args("cli-outcome", &[("outcome", said.into())]))?;
    if let Some(probabilities) = outcome.probabilities {
        let shares = Outcome::ALL.map(|one| format!("{} {} %", one.word(), (100.0 * probabilities.of(one)).round()));
        writeln!(out, "{}", shares.join(" · "))?;
    }
    if suggestion.finish == Finish::TokenLimit {
        writeln!(io::stderr(), "{}", i18n.tr("cli-token-limit"))?;
    }
    if suggestion.provenance.demonstration {
        writeln!(io::stderr(), "{}", i18n.tr("cli-demonstration"))?;
    }
    writeln!(io::stderr(), "{}", i18n.tr("cli-generated"))?;
    Ok(())
}

fn as_json(suggestion: &Suggestion, info: &ModelInfo, load_s: f64) -> serde_json::Value {
    let probabilities = suggestion
        .outcome
        .probabilities
        .map(|p| json!({ "positivo": p.positivo, "negativo": p.negativo, "neutro": p.neutro }));
    json!({
        "intervention": suggestion.intervention,
        "outcome": {
            "label": suggestion.outcome.label,
            "text": suggestion.outcome.text,
            "probabilities": probabilities,
            "forced": suggestion.outcome.forced,
        },
        "finish": suggestion.finish,
        "raw_text": suggestion.raw_text,
        "token_ids": suggestion.token_ids,
        "prompt_tokens": suggestion.prompt_tokens,
        "timing": {
            "load_s": load_s,
            "first_token_s": suggestion.timing.first_token_s,
            "tokens_per_s": suggestion.timing.tokens_per_s,
        },
        "model": info.name,
        "adapter": info.adapter,
        "quantization": info.quantization,
        "device": info.device,
        "demonstration": info.demonstration,
    })
}

/// Loads the model of the command line, downloading what is not here.
pub(super) fn load(
    args: &ModelArgs,
    default: Option<QuantizationChoice>,
    i18n: &I18n,
    cancel: &Cancel,
) -> Result<LocalEngine, Failure> {
    let source = source(args, i18n, cancel)?;
    let quantization = args.quantization.or(default).unwrap_or_else(|| quantization_for(&source));
    let job = LoadJob { source, quantization, device: args.device };
    let engine = open_local(&job, cancel, &mut |_, _| ())?;
    if let Some(fallback) = &engine.info().fallback {
        writeln!(io::stderr(), "{}", fallback_words(fallback, i18n))?;
    }
    Ok(engine)
}

/// Why the graphics card is not used.
pub(super) fn fallback_words(fallback: &Fallback, i18n: &I18n) -> String {
    let words = [("wanted", fallback.wanted.as_str().into()), ("reason", fallback.reason.as_str().into())];
    i18n.tr_args("cli-fallback", &words)
}

/// Models as large as the seed's are held in 8 bit, as the seed holds its own; small ones as they are, unless asked
/// otherwise. The demonstration model is meant for 8 bit.
fn quantization_for(source: &ModelSource) -> QuantizationChoice {
    const LARGE_BYTES: u64 = 2_000_000_000;
    let ModelSource::Folders { base, .. } = source else { return QuantizationChoice::Q8_0 };
    let files = std::fs::read_dir(base).into_iter().flatten().flatten();
    let sizes = files.filter_map(|file| std::fs::metadata(file.path()).ok()).map(|meta| meta.len());
    if sizes.sum::<u64>() > LARGE_BYTES { QuantizationChoice::Q8_0 } else { QuantizationChoice::None }
}

fn source(args: &ModelArgs, i18n: &I18n, cancel: &Cancel) -> Result<ModelSource, Failure> {
    let adapter = match &args.adapter {
        None => None,
        Some(ModelName::At(location)) => Some(location),
        Some(ModelName::Embedded) => return Err(UserError::new("error-cli-embedded-adapter").into()),
    };
    let ModelName::At(base) = &args.model else {
        return match adapter {
            None => Ok(ModelSource::Embedded),
            Some(_) => Err(UserError::new("error-cli-embedded-adapter").into()),
        };
    };
    let folder = |location: &ModelLocation, role| download::folder(location, role, args.offline, i18n, cancel);
    let name = |location: &ModelLocation| match location {
        ModelLocation::Folder { .. } => None,
        ModelLocation::Repo { repo, .. } => Some(repo.clone()),
    };
    Ok(ModelSource::Folders {
        base: folder(base, Role::Base)?,
        adapter: adapter.map(|adapter| folder(adapter, Role::Adapter)).transpose()?,
        names: ModelNames { base: name(base), adapter: adapter.and_then(name) },
    })
}
