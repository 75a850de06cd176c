//! A proposal with something in every field, for cases that are written and read again.

use pag_bert::domain::{
    Finish, Outcome, PredictedOutcome, Probabilities, Provenance, Review, Sampling, Suggestion, Timing,
};

/// Not looked at yet.
pub fn full() -> Suggestion {
    Suggestion {
        intervention: "Se informó a la joven de sus derechos.".into(),
        outcome: PredictedOutcome {
            label: Some(Outcome::Positivo),
            text: " Positivo.".into(),
            probabilities: Some(Probabilities::from_log_likelihoods([-1.1, -0.7, -2.3])),
            forced: false,
        },
        finish: Finish::TokenLimit,
        raw_text: "Se informó a la joven de sus derechos. Resultado: Positivo.<EH>".into(),
        token_ids: vec![1, 50_258],
        prompt_tokens: 40,
        timing: Timing { first_token_s: 0.1, tokens_per_s: 12.345_678_901_234_5, total_s: 1.0 / 3.0 },
        provenance: Provenance {
            model: "Modelo de demostración".into(),
            model_digest: "abc".into(),
            adapter: Some("pag".into()),
            adapter_digest: Some("def".into()),
            quantization: "q8_0".into(),
            device: "CPU".into(),
            prompt_version: "seed-1".into(),
            sampling: Sampling { temperature: 0.8, top_k: Some(40), top_p: Some(0.95), ..Sampling::default() },
            created_at: "2026-11-03T10:41:00+01:00".into(),
            demonstration: true,
            program_version: "0.1.0".into(),
        },
        review: Review::Unreviewed,
    }
}
