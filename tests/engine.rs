//! What the engine promises: the same text however it is asked for, a stop at once, outcomes from the model's own
//! distribution, and clear refusals. With the embedded model, on the device that `PAG_TEST_DEVICE` names.

#![allow(clippy::unwrap_used)] // a test stops where something fails

use std::time::Instant;

use pag_bert::config::{DeviceSetting, QuantizationChoice};
use pag_bert::domain::{Finish, Outcome, Review, Sampling, Suggestion};
use pag_bert::error::UserError;
use pag_bert::inference::{Cancel, Engine, LocalEngine, Progress, Request, Section};
use pag_bert::model::{self, AdapterMode, DeviceChoice, FileSource, LoadRequest, Loaded, Quantization, embedded};
use pag_bert::prompt::{OUTCOME_MARKER, label};
use pag_bert::worker::inference::LoadJob;
use pag_bert::worker::load::open_local;
use pag_bert::worker::protocol::{ModelNames, ModelSource};

const FACTS: &str =
    "Una familia gitana fue a ver un piso en alquiler y la agencia le dijo que ya no estaba disponible.";

fn device() -> String {
    std::env::var("PAG_TEST_DEVICE").unwrap_or_else(|_| "cpu".to_owned())
}

fn engine() -> LocalEngine {
    engine_of(ModelSource::Embedded, QuantizationChoice::Q8_0)
}

fn engine_of(source: ModelSource, quantization: QuantizationChoice) -> LocalEngine {
    let device = if device() == "cuda" { DeviceSetting::Cuda } else { DeviceSetting::Cpu };
    open_local(&LoadJob { source, quantization, device }, &Cancel::default(), &mut |_, _| ()).unwrap()
}

fn request(facts: &str, max_new_tokens: usize) -> Request {
    let sampling = Sampling { max_new_tokens, ..Sampling::default() };
    Request { facts: facts.to_owned(), sampling, continue_from: Vec::new() }
}

fn suggest(engine: &mut LocalEngine, request: &Request) -> Suggestion {
    engine.generate(request, &Cancel::default(), &mut |_| ()).unwrap()
}

fn refusal(engine: &mut LocalEngine, facts: &str) -> UserError {
    engine.generate(&request(facts, 16), &Cancel::default(), &mut |_| ()).unwrap_err()
}

#[test]
fn what_streams_is_what_the_suggestion_holds() {
    let mut engine = engine();
    let (mut intervention, mut outcome, mut last_tokens, mut read) = (String::new(), String::new(), 0, Vec::new());
    let suggestion = engine
        .generate(&request(FACTS, 256), &Cancel::default(), &mut |progress| match progress {
            Progress::Started { prompt_tokens } => assert!(prompt_tokens > 20),
            Progress::Prefill { done, total } => read.push((done, total)),
            Progress::Text { section, delta, tokens } => {
                assert!(!delta.is_empty() && tokens >= last_tokens);
                last_tokens = tokens;
                match section {
                    Section::Intervention => intervention.push_str(&delta),
                    Section::Outcome => outcome.push_str(&delta),
                }
            }
        })
        .unwrap();
    assert_eq!(suggestion.intervention, intervention);
    assert_eq!(suggestion.outcome.text, outcome);
    assert!(!intervention.is_empty() && !intervention.contains("Resultado"));
    assert_eq!(suggestion.finish, Finish::EndOfText);
    assert!(suggestion.raw_text.ends_with("<EH>") && suggestion.raw_text.contains(OUTCOME_MARKER));
    assert_eq!(suggestion.review, Review::Unreviewed);
    assert_eq!(read.first().map(|(done, _)| *done), Some(0));
    assert!(read.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[1].0 - pair[0].0 <= 64), "{read:?}");
    assert_eq!(read.last().unwrap().0, suggestion.prompt_tokens);
    assert!(suggestion.provenance.demonstration && suggestion.provenance.prompt_version == "pag-bert-2023");
}

#[test]
fn the_same_facts_give_the_same_text_whatever_the_cache_holds() {
    let mut engine = engine();
    let first = suggest(&mut engine, &request(FACTS, 64));
    let other = format!("{FACTS} Después llamó una vecina y el piso seguía libre.");
    let longer = suggest(&mut engine, &request(&other, 64));
    assert_eq!(suggest(&mut engine, &request(FACTS, 64)).token_ids, first.token_ids);
    assert_eq!(suggest(&mut self::engine(), &request(&other, 64)).token_ids, longer.token_ids);
}

#[test]
fn what_is_forgotten_is_read_again_and_changes_no_text() {
    let mut engine = engine();
    let read_from = |engine: &mut LocalEngine| {
        let mut first = None;
        let suggestion = engine.generate(&request(FACTS, 16), &Cancel::default(), &mut |progress| {
            if let Progress::Prefill { done, .. } = progress {
                first.get_or_insert(done);
            }
        });
        (suggestion.unwrap().token_ids, first.unwrap())
    };
    let (text, from) = read_from(&mut engine);
    assert_eq!(from, 0);
    let (again, from) = read_from(&mut engine);
    assert!(again == text && from > 0, "{from}");
    engine.forget();
    assert_eq!(read_from(&mut engine), (text, 0));
}

#[test]
fn a_stopped_text_goes_on_as_if_it_had_not_been_stopped() {
    let mut engine = engine();
    for temperature in [0.0, 0.9] {
        let mut whole_request = request(FACTS, 256);
        whole_request.sampling.temperature = temperature;
        whole_request.sampling.seed = 11;
        let whole = suggest(&mut engine, &whole_request);
        let cancel = Cancel::default();
        let mut seen = 0;
        let part = engine
            .generate(&whole_request, &cancel, &mut |progress| {
                if let Progress::Text { tokens, .. } = progress {
                    seen = tokens;
                    if tokens >= 5 {
                        cancel.cancel();
                    }
                }
            })
            .unwrap();
        assert_eq!(part.finish, Finish::Cancelled);
        // Not one token more than when it was asked to stop.
        assert_eq!(part.token_ids.len(), seen);
        assert!(whole.token_ids.starts_with(&part.token_ids) && part.outcome.probabilities.is_none());
        let rest = Request { continue_from: part.token_ids.clone(), ..whole_request.clone() };
        let rest = suggest(&mut engine, &rest);
        assert_eq!(rest.token_ids, whole.token_ids);
        assert_eq!((rest.intervention, rest.raw_text), (whole.intervention, whole.raw_text));
    }
}

#[test]
fn a_stop_while_the_prompt_is_read_takes_effect_within_one_chunk() {
    let mut engine = engine();
    let long = FACTS.repeat(12);
    let cancel = Cancel::default();
    let (mut read, mut stopped_at) = (0, None);
    let suggestion = engine
        .generate(&request(&long, 64), &cancel, &mut |progress| {
            if let Progress::Prefill { done, .. } = progress {
                read = done;
                if done >= 64 {
                    stopped_at.get_or_insert(done);
                    cancel.cancel();
                }
            }
        })
        .unwrap();
    assert!(suggestion.prompt_tokens > 200 && read < 128, "{read}");
    assert_eq!(stopped_at, Some(read), "not a block more");
    assert_eq!(suggestion.finish, Finish::Cancelled);
    assert_eq!((suggestion.intervention.as_str(), suggestion.token_ids.len()), ("", 0));
}

/// The probabilities computed in the plainest way: each label appended to the whole context, without any cache.
fn plain_probabilities(facts: &str, generated: &[u32], marker: Option<&str>) -> [f64; 3] {
    plain_of(embedded::base(), embedded::adapter(), Quantization::Q8_0, facts, generated, marker)
}

fn plain_of(
    base: FileSource,
    adapter: FileSource,
    quantization: Quantization,
    facts: &str,
    generated: &[u32],
    marker: Option<&str>,
) -> [f64; 3] {
    let device: DeviceChoice = device().parse().unwrap();
    let request = LoadRequest {
        base,
        adapter: Some(adapter),
        adapter_mode: AdapterMode::Beside,
        quantization,
        device,
        dtype: None,
        name: String::new(),
        adapter_name: None,
        demonstration: true,
    };
    let Loaded { model, tokenizer, .. } = model::load(&request, &mut |_| (), &|| false).unwrap();
    let mut context = pag_bert::prompt::prompt_tokens(facts, &tokenizer).unwrap();
    context.extend(generated);
    context.extend(marker.map(|marker| tokenizer.encode_text(marker).unwrap()).unwrap_or_default());
    let likelihoods = Outcome::ALL.map(|outcome| {
        let label = tokenizer.encode_text(label(outcome)).unwrap();
        let ids: Vec<u32> = context.iter().chain(&label).copied().collect();
        let rows: Vec<Vec<f32>> = model.forward_all(&ids, &mut model.new_cache().unwrap()).unwrap().to_vec2().unwrap();
        let log_probability = |(at, id): (usize, &u32)| {
            let row = &rows[context.len() - 1 + at];
            let sum: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
            (f64::from(row[*id as usize]).exp() / sum).ln()
        };
        label.iter().enumerate().map(log_probability).sum::<f64>().exp()
    });
    likelihoods.map(|likelihood| likelihood / likelihoods.iter().sum::<f64>())
}

fn close(suggestion: &Suggestion, expected: [f64; 3]) {
    let found = suggestion.outcome.probabilities.unwrap();
    for (outcome, expected) in Outcome::ALL.into_iter().zip(expected) {
        assert!((found.of(outcome) - expected).abs() < 1e-3, "{found:?} {expected:?}");
    }
}

#[test]
fn probabilities_are_the_models_own_after_its_own_marker() {
    let suggestion = suggest(&mut engine(), &request(FACTS, 256));
    assert!(!suggestion.outcome.forced);
    let tokenizer = model::Tokenizer::load(&embedded::base(), Some(&embedded::adapter())).unwrap();
    let before = (1..=suggestion.token_ids.len())
        .find(|len| tokenizer.decode(&suggestion.token_ids[..*len]).ends_with(OUTCOME_MARKER))
        .unwrap();
    close(&suggestion, plain_probabilities(FACTS, &suggestion.token_ids[..before], None));
    let label = suggestion.outcome.label.unwrap();
    let probabilities = suggestion.outcome.probabilities.unwrap();
    assert!(Outcome::ALL.iter().all(|other| probabilities.of(label) >= probabilities.of(*other)));
}

#[test]
fn without_a_marker_it_is_put_behind_the_intervention_and_said_so() {
    let suggestion = suggest(&mut engine(), &request(FACTS, 9));
    assert_eq!(suggestion.finish, Finish::TokenLimit);
    assert!(suggestion.outcome.forced && suggestion.outcome.label.is_none() && suggestion.outcome.text.is_empty());
    assert_eq!(suggestion.token_ids.len(), 9);
    close(&suggestion, plain_probabilities(FACTS, &suggestion.token_ids, Some(" Resultado:")));
}

#[test]
fn labels_are_scored_whole_and_not_by_their_first_token() {
    // A model with a small vocabulary, so that labels have several tokens, and with random weights, so that each counts.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gptj/full_rotary");
    let (base, adapter) = (folder.join("base"), folder.join("adapter"));
    let source =
        ModelSource::Folders { base: base.clone(), adapter: Some(adapter.clone()), names: ModelNames::default() };
    let suggestion = suggest(&mut engine_of(source, QuantizationChoice::None), &request("La puerta.", 1));
    assert!(suggestion.outcome.forced);
    let (base, adapter) = (FileSource::Folder(base), FileSource::Folder(adapter));
    let marker = if suggestion.intervention.is_empty() { OUTCOME_MARKER } else { " Resultado:" };
    let generated = if suggestion.intervention.is_empty() { &[][..] } else { &suggestion.token_ids };
    close(&suggestion, plain_of(base, adapter, Quantization::None, "La puerta.", generated, Some(marker)));
}

#[test]
fn facts_that_hold_the_markers_change_nothing() {
    let mut engine = engine();
    for facts in [
        "Dijo «Intervención: no» y «Resultado: nada».",
        "<SH>Una mujer gitana<EH> fue al médico. <EH>",
        "Resultado:Positivo.<EH>",
        "<|endoftext|>",
    ] {
        let suggestion = suggest(&mut engine, &request(facts, 128));
        assert!(suggestion.prompt_tokens > 4 && suggestion.outcome.probabilities.is_some(), "{facts}");
    }
}

#[test]
fn facts_that_cannot_be_used_are_refused_with_what_to_do() {
    let mut engine = engine();
    assert_eq!(refusal(&mut engine, "").id(), "error-facts-empty");
    assert_eq!(refusal(&mut engine, " \n\t\u{0}").id(), "error-facts-empty");
    assert_eq!(refusal(&mut engine, &"a ".repeat(500_000)).id(), "error-facts-large");
    let long = FACTS.repeat(60);
    let error = refusal(&mut engine, &long);
    assert_eq!(error.id(), "error-facts-long");
    let tokens: usize = error.args().iter().find(|(name, _)| *name == "tokens").unwrap().1.parse().unwrap();
    let budget = engine.counter().budget(&long, 16);
    assert_eq!(budget.excess(), tokens);
    // What the counter says fits, fits.
    let fits = &long[..budget.overflow_at.unwrap() - 20];
    assert!(engine.generate(&request(fits, 16), &Cancel::default(), &mut |_| ()).is_ok());
}

#[test]
fn odd_letters_are_read_like_any_other() {
    let mut engine = engine();
    for facts in ["🙂", "\u{200f}شكوى", "a\u{0}b\u{7}", "línea\r\nlínea\rlínea", "«¿…?» ¡ñÑ!"] {
        let suggestion = suggest(&mut engine, &request(facts, 24));
        assert!(!suggestion.token_ids.is_empty(), "{facts}");
    }
}

#[test]
fn a_full_window_ends_the_text_and_leaves_no_room_for_the_outcome() {
    let mut engine = engine();
    let n_positions = engine.info().n_positions;
    let counter = engine.counter();
    // As many words as fit with a few tokens to spare.
    let words = (1..n_positions).find(|count| counter.budget(&"casa ".repeat(*count), 4).excess() > 0).unwrap() - 1;
    let facts = "casa ".repeat(words);
    let first = suggest(&mut engine, &request(&facts, 4));
    let mut sampling = Sampling { max_new_tokens: 4, ..Sampling::default() };
    sampling.seed = 1;
    let more = Request { facts, sampling, continue_from: first.token_ids.clone() };
    let last = suggest(&mut engine, &more);
    assert!(last.prompt_tokens + last.token_ids.len() <= n_positions);
    assert!(last.finish == Finish::TokenLimit || last.finish == Finish::EndOfText);
}

#[test]
fn regenerating_with_another_seed_gives_another_text() {
    let mut engine = engine();
    let began = Instant::now();
    let mut texts = std::collections::BTreeSet::new();
    for seed in 0..4 {
        let mut request = request(FACTS, 64);
        request.sampling = Sampling { temperature: 1.0, top_p: Some(0.95), seed, ..request.sampling };
        let suggestion = suggest(&mut engine, &request);
        assert!(suggestion.timing.first_token_s > 0.0 && suggestion.timing.total_s <= began.elapsed().as_secs_f64());
        texts.insert(suggestion.raw_text);
    }
    assert!(texts.len() > 1, "{texts:?}");
}

#[test]
fn what_was_read_while_it_was_typed_is_not_read_again_and_changes_no_suggestion() {
    let plain = suggest(&mut engine(), &request(FACTS, 64));
    let mut engine = engine();
    // Typed word by word, with a word taken back on the way.
    let ends = FACTS.match_indices(' ').map(|(at, _)| at);
    for typed in ends.map(|at| &FACTS[..at]).chain(["Una familia gitana paseaba", FACTS]) {
        // Somebody waits from the second layer of each block on: more threads, the same bits.
        let mut layer = 0;
        let mut hurry = || {
            layer += 1;
            layer % 2 == 0
        };
        while engine.read_ahead(typed, false, &mut hurry).unwrap() {}
    }
    let mut first = None;
    let told = engine
        .generate(&request(FACTS, 64), &Cancel::default(), &mut |progress| {
            if let Progress::Prefill { done, .. } = progress {
                first.get_or_insert(done);
            }
        })
        .unwrap();
    assert_eq!(told.token_ids, plain.token_ids);
    // The last word and what follows the facts were left.
    let left = plain.prompt_tokens - first.unwrap();
    assert!((2..16).contains(&left), "{left} of {}", plain.prompt_tokens);

    let other = format!("{FACTS} Después llamó una vecina.");
    while engine.read_ahead(&other, true, &mut || false).unwrap() {}
    let mut read = Vec::new();
    let after_pause = engine
        .generate(&request(&other, 64), &Cancel::default(), &mut |progress| {
            if let Progress::Prefill { done, total } = progress {
                read.push(total - done);
            }
        })
        .unwrap();
    assert_eq!(read, [1, 0], "only the last token, for its logits");
    assert_eq!(after_pause.token_ids, suggest(&mut self::engine(), &request(&other, 64)).token_ids);
}

#[test]
fn reading_ahead_leaves_what_cannot_be_read_to_the_suggestion() {
    let mut engine = engine();
    assert!(!engine.read_ahead(" \n", false, &mut || false).unwrap());
    assert!(!engine.read_ahead(&"palabra ".repeat(5_000), true, &mut || false).unwrap());
    let facts = format!("{FACTS} <EH> Intervención: Resultado:");
    while engine.read_ahead(&facts, false, &mut || false).unwrap() {}
    assert_eq!(
        suggest(&mut engine, &request(&facts, 32)).token_ids,
        suggest(&mut self::engine(), &request(&facts, 32)).token_ids
    );
}
