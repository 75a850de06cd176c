//! What the model proposed for a case, and everything needed to know where it came from.

use serde::{Deserialize, Serialize};

/// The three outcomes that the seed's data knows. They are a sentiment classifier's reading of FSG's free text, not
/// FSG's verdict; whoever shows one says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// «Positivo.»
    Positivo,
    /// «Neutro.»
    Neutro,
    /// «Negativo.»
    Negativo,
}

impl Outcome {
    /// In the order in which they are shown.
    pub const ALL: [Self; 3] = [Self::Positivo, Self::Neutro, Self::Negativo];

    /// The word itself, in Spanish and without the full stop, as the model's labels have it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Positivo => "Positivo",
            Self::Neutro => "Neutro",
            Self::Negativo => "Negativo",
        }
    }
}

/// Probabilities of the three outcomes; they sum to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Probabilities {
    /// Of [`Outcome::Positivo`].
    pub positivo: f64,
    /// Of [`Outcome::Neutro`].
    pub neutro: f64,
    /// Of [`Outcome::Negativo`].
    pub negativo: f64,
}

impl Probabilities {
    /// Normalises three log-likelihoods, in the order of [`Outcome::ALL`], so that they sum to 1.
    pub fn from_log_likelihoods(log_likelihoods: [f64; 3]) -> Self {
        let max = log_likelihoods.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !max.is_finite() {
            return Self { positivo: 1.0 / 3.0, neutro: 1.0 / 3.0, negativo: 1.0 / 3.0 };
        }
        let weights = log_likelihoods.map(|value| (value - max).exp());
        let sum: f64 = weights.iter().sum();
        Self { positivo: weights[0] / sum, neutro: weights[1] / sum, negativo: weights[2] / sum }
    }

    /// The probability of one outcome, in [0, 1].
    pub fn of(&self, outcome: Outcome) -> f64 {
        match outcome {
            Outcome::Positivo => self.positivo,
            Outcome::Neutro => self.neutro,
            Outcome::Negativo => self.negativo,
        }
    }
}

/// What the model said, or was asked, about the outcome.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PredictedOutcome {
    /// The generated label, when the text after `Resultado:` is one of the three.
    pub label: Option<Outcome>,
    /// The text generated after `Resultado:`, as it is; empty when there was none.
    pub text: String,
    /// From the model's own distribution over the three label strings; none when it could not be computed.
    pub probabilities: Option<Probabilities>,
    /// The model wrote no `Resultado:`; the probabilities were computed by putting it after the intervention.
    pub forced: bool,
}

/// Why generation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model wrote `<EH>` or its end-of-text token.
    EndOfText,
    /// The limit of new tokens, or the end of the window, was reached.
    TokenLimit,
    /// A person stopped it.
    Cancelled,
}

/// How the next token is chosen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 is greedy, as the seed decodes.
    pub temperature: f64,
    /// Only the k most likely tokens; none = all.
    pub top_k: Option<usize>,
    /// The smallest set of tokens whose probability reaches this, in (0, 1]; none = all.
    pub top_p: Option<f64>,
    /// 1 changes nothing; above 1, tokens that were already generated become less likely.
    pub repetition_penalty: f32,
    /// Of the random numbers, when the temperature is above 0.
    pub seed: u64,
    /// At most so many new tokens; the seed's limit is 256.
    pub max_new_tokens: usize,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_k: None, top_p: None, repetition_penalty: 1.0, seed: 0, max_new_tokens: 256 }
    }
}

/// What made a suggestion.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// The model's name as shown to people.
    pub model: String,
    /// A digest that tells one set of weights from another.
    pub model_digest: String,
    /// The adapter's name, when one was used.
    pub adapter: Option<String>,
    /// The adapter's digest.
    pub adapter_digest: Option<String>,
    /// `none`, `q8_0`, `q6k` or `q4k`.
    pub quantization: String,
    /// The device in words, such as `CPU`.
    pub device: String,
    /// Version of the prompt's form (see [`crate::prompt`]).
    pub prompt_version: String,
    /// How tokens were chosen.
    pub sampling: Sampling,
    /// When it was made: RFC 3339, with the offset.
    pub created_at: String,
    /// It is the embedded demonstration model's.
    pub demonstration: bool,
    /// The version of this program.
    pub program_version: String,
}

/// How long it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// From the request to the first generated token, in seconds.
    pub first_token_s: f64,
    /// Generated tokens a second, after the first.
    pub tokens_per_s: f64,
    /// The whole of it, in seconds.
    pub total_s: f64,
}

/// What a person has done with the generated text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Nobody has confirmed it: it is marked as generated wherever it is shown.
    #[default]
    Unreviewed,
    /// A person changed it.
    Edited,
    /// A person took it as it is.
    Accepted,
}

/// A proposed intervention and a predicted outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// The intervention, as generated or as a person edited it.
    pub intervention: String,
    /// The predicted outcome.
    pub outcome: PredictedOutcome,
    /// Why generation ended.
    pub finish: Finish,
    /// Everything that the model wrote, markers included.
    pub raw_text: String,
    /// The generated token ids.
    pub token_ids: Vec<u32>,
    /// How many tokens the prompt had.
    pub prompt_tokens: usize,
    /// How long it took.
    pub timing: Timing,
    /// What made it.
    pub provenance: Provenance,
    /// What a person has done with it.
    #[serde(default)]
    pub review: Review,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_even_when_very_unlikely() {
        let p = Probabilities::from_log_likelihoods([-900.0, -901.0, -1200.0]);
        assert!((p.positivo + p.neutro + p.negativo - 1.0).abs() < 1e-12);
        assert!(p.positivo > p.neutro && p.neutro > p.negativo);
        assert!((p.positivo / p.neutro - std::f64::consts::E).abs() < 1e-9);
    }

    #[test]
    fn probabilities_of_nothing_are_equal() {
        let p = Probabilities::from_log_likelihoods([f64::NEG_INFINITY; 3]);
        assert!((p.of(Outcome::Negativo) - 1.0 / 3.0).abs() < 1e-12);
    }
}
