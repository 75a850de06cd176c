//! Drafts change how fast a text is written and nothing in it.

#![allow(clippy::unwrap_used)] // a test stops where something fails

use pag_bert::config::{DeviceSetting, QuantizationChoice};
use pag_bert::domain::{Finish, Sampling, Suggestion};
use pag_bert::inference::{Cancel, DraftCounts, Drafting, Engine, LocalEngine, Progress, Request};
use pag_bert::worker::inference::LoadJob;
use pag_bert::worker::load::open_local;
use pag_bert::worker::protocol::{ModelNames, ModelSource};

const FACTS: [&str; 3] = [
    "Una familia gitana fue a ver un piso en alquiler y la agencia le dijo que ya no estaba disponible.",
    "En un supermercado el vigilante siguió a dos chicas gitanas por los pasillos. El vigilante les pidió que abrieran los \
     bolsos delante de la caja. A las demás personas no se les pidió nada. El vigilante dijo que eran órdenes de la tienda.",
    "Un periódico digital publicó una noticia de un suceso en la que mencionaba la etnia gitana de los detenidos.",
];

/// For a model whose tokens are letters.
const LETTERS: [&str; 3] = ["La puerta.", "Sí.", "no no no no no"];

fn engine_of(source: ModelSource, quantization: QuantizationChoice, drafting: Drafting) -> LocalEngine {
    let job = LoadJob { source, quantization, device: DeviceSetting::Cpu };
    let mut engine = open_local(&job, &Cancel::default(), &mut |_, _| ()).unwrap();
    engine.use_drafts(drafting);
    engine
}

fn embedded(drafting: Drafting) -> LocalEngine {
    engine_of(ModelSource::Embedded, QuantizationChoice::Q8_0, drafting)
}

/// A model with random weights and a window of 128 letters: it repeats itself soon, so that drafts come true.
fn tiny(drafting: Drafting) -> LocalEngine {
    let base = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gptj/quant/base");
    let source = ModelSource::Folders { base, adapter: None, names: ModelNames::default() };
    engine_of(source, QuantizationChoice::Q8_0, drafting)
}

fn request(facts: &str, sampling: Sampling) -> Request {
    Request { facts: facts.to_owned(), sampling, continue_from: Vec::new() }
}

fn samplings(max_new_tokens: usize) -> Vec<Sampling> {
    let greedy = Sampling { max_new_tokens, ..Sampling::default() };
    let drawn = Sampling { temperature: 0.8, top_p: Some(0.95), seed: 5, ..greedy.clone() };
    let penalised = Sampling { temperature: 1.1, top_k: Some(40), repetition_penalty: 1.2, seed: 9, ..greedy.clone() };
    vec![greedy, drawn, penalised]
}

fn suggest(engine: &mut LocalEngine, request: &Request) -> Suggestion {
    engine.generate(request, &Cancel::default(), &mut |_| ()).unwrap()
}

/// Everything of a suggestion but what the clock says.
fn told(suggestion: &Suggestion) -> impl PartialEq + std::fmt::Debug + use<> {
    let Suggestion { token_ids, intervention, outcome, finish, raw_text, .. } = suggestion;
    (token_ids.clone(), intervention.clone(), outcome.clone(), *finish, raw_text.clone())
}

fn same_texts(mut plain: LocalEngine, mut drafting: LocalEngine, facts: &[&str], max_new_tokens: usize) -> DraftCounts {
    for facts in facts {
        for sampling in samplings(max_new_tokens) {
            let request = request(facts, sampling);
            let expected = suggest(&mut plain, &request);
            let found = suggest(&mut drafting, &request);
            assert_eq!(told(&found), told(&expected), "{:?}", request.sampling);
        }
    }
    assert_eq!(plain.draft_counts().drafted, 0);
    drafting.draft_counts()
}

#[test]
fn drafts_change_no_text_of_the_demonstration_model() {
    let counts = same_texts(embedded(Drafting::Never), embedded(Drafting::Always), &FACTS, 40);
    assert!(counts.drafted > counts.accepted, "{counts:?}");
    same_texts(embedded(Drafting::Never), embedded(Drafting::WherePays), &FACTS[..1], 40);
}

#[test]
fn a_text_that_was_written_before_is_foretold() {
    let mut drafting = embedded(Drafting::Always);
    let request = request(FACTS[0], Sampling::default());
    let first = suggest(&mut drafting, &request);
    let before = drafting.draft_counts();
    assert_eq!(told(&suggest(&mut drafting, &request)), told(&first));
    let after = drafting.draft_counts();
    let (blocks, tokens) = (after.blocks - before.blocks, first.token_ids.len());
    assert!(3 * blocks < tokens, "{blocks} blocks for {tokens} tokens");
}

#[test]
fn drafts_change_no_text_of_a_model_that_repeats_itself() {
    let counts = same_texts(tiny(Drafting::Never), tiny(Drafting::Always), &LETTERS, 96);
    assert!(counts.accepted > 0 && counts.accepted < counts.drafted, "{counts:?}");
}

#[test]
fn a_limit_inside_a_draft_ends_the_text_there() {
    let (mut plain, mut drafting) = (tiny(Drafting::Never), tiny(Drafting::Always));
    for max_new_tokens in 1..40 {
        let request = request(LETTERS[0], Sampling { max_new_tokens, ..Sampling::default() });
        let found = suggest(&mut drafting, &request);
        assert_eq!(told(&found), told(&suggest(&mut plain, &request)));
        assert!(found.token_ids.len() <= max_new_tokens);
    }
    assert!(drafting.draft_counts().accepted > 0);
}

#[test]
fn a_stop_inside_a_draft_shows_not_one_token_more_and_the_text_goes_on_the_same() {
    let mut drafting = tiny(Drafting::Always);
    for sampling in samplings(96) {
        let request = request(LETTERS[1], sampling);
        let whole = suggest(&mut tiny(Drafting::Never), &request);
        for stop_at in 20..36 {
            let cancel = Cancel::default();
            let mut seen = 0;
            let part = drafting
                .generate(&request, &cancel, &mut |progress| {
                    if let Progress::Text { tokens, .. } = progress {
                        seen = tokens;
                        if tokens >= stop_at {
                            cancel.cancel();
                        }
                    }
                })
                .unwrap();
            assert!(part.finish == Finish::Cancelled || part.token_ids == whole.token_ids);
            assert_eq!(part.token_ids.len(), seen);
            assert!(whole.token_ids.starts_with(&part.token_ids));
            let rest = Request { continue_from: part.token_ids, ..request.clone() };
            // The limit counts from where it goes on.
            assert!(suggest(&mut drafting, &rest).token_ids.starts_with(&whole.token_ids));
        }
    }
    assert!(drafting.draft_counts().accepted > 0);
}

#[test]
fn no_draft_reaches_beyond_the_window() {
    let (mut plain, mut drafting) = (tiny(Drafting::Never), tiny(Drafting::Always));
    let n_positions = plain.info().n_positions;
    let counter = plain.counter();
    let words = (1..n_positions).find(|count| counter.budget(&"casa".repeat(*count), 24).excess() > 0).unwrap() - 1;
    let sampling = Sampling { max_new_tokens: 24, ..Sampling::default() };
    let first = request(&"casa".repeat(words), sampling);
    let begun = suggest(&mut drafting, &first);
    assert_eq!(told(&begun), told(&suggest(&mut plain, &first)));
    // Goes on until the window is full.
    let more = Request { continue_from: begun.token_ids, ..first };
    let full = suggest(&mut drafting, &more);
    assert_eq!(told(&full), told(&suggest(&mut plain, &more)));
    assert!(full.prompt_tokens + full.token_ids.len() <= n_positions);
    assert!(drafting.draft_counts().accepted > 0);
}

/// How much faster a model writes with drafts; run by hand, on cases that it was not trained on:
///
/// `PAG_CASES=cases.jsonl PAG_MODEL=file.gguf cargo test --release --test speculation -- --ignored --nocapture`
#[test]
#[ignore = "needs cases, named by PAG_CASES, one object with `hechos` a line"]
fn what_drafts_gain() {
    let cases = std::fs::read_to_string(std::env::var_os("PAG_CASES").unwrap()).unwrap();
    let facts =
        |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["hechos"].as_str().unwrap().to_owned();
    let source = std::env::var_os("PAG_MODEL").map_or(ModelSource::Embedded, |file| ModelSource::Folders {
        base: file.into(),
        adapter: None,
        names: ModelNames::default(),
    });
    for temperature in [0.0, 0.8] {
        for drafting in [Drafting::Never, Drafting::WherePays, Drafting::Always] {
            let mut engine = engine_of(source.clone(), QuantizationChoice::Q8_0, drafting);
            let (mut tokens, mut seconds) = (0, 0.0);
            for facts in cases.lines().map(facts) {
                let sampling = Sampling { temperature, max_new_tokens: 128, ..Sampling::default() };
                let written = suggest(&mut engine, &request(&facts, sampling));
                tokens += written.token_ids.len() - 1;
                seconds += (written.token_ids.len() - 1) as f64 / written.timing.tokens_per_s;
            }
            let counts = engine.draft_counts();
            println!(
                "{temperature} {drafting:?}: {:.1} tokens/s, {counts:?}, {tokens} tokens",
                tokens as f64 / seconds
            );
        }
    }
}
