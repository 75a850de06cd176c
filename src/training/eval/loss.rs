//! Loss and perplexity of texts, as transformers computes them: the mean negative log-likelihood of every token but the
//! first, in nats.

use serde::Serialize;
use serde_json::Value;

/// A line that is no text, by its number from 1. Its words are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// No `{"text": "…"}`.
    #[error("line {0} is no JSON object with a text")]
    Line(usize),
    /// There is no line at all.
    #[error("no texts")]
    None,
}

/// A text that is to be measured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

/// Reads `{"text": "…"}` lines; empty lines are passed over.
///
/// # Errors
/// [`TextError`] with the line at fault.
pub fn read_texts(jsonl: &str) -> Result<Vec<Text>, TextError> {
    let lines = jsonl.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let text = |(at, line): (usize, &str)| {
        let value: Value = serde_json::from_str(line).map_err(|_| TextError::Line(at + 1))?;
        value["text"].as_str().map(|text| Text(text.to_owned())).ok_or(TextError::Line(at + 1))
    };
    let texts = lines.map(text).collect::<Result<Vec<_>, _>>()?;
    if texts.is_empty() { Err(TextError::None) } else { Ok(texts) }
}

/// What one text gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TextLoss {
    /// Tokens that were read.
    pub tokens: usize,
    /// Mean over the foretold tokens, in nats; none where there is nothing to foretell.
    pub loss: Option<f64>,
}

impl TextLoss {
    /// Of the losses of a text's foretold tokens.
    pub fn of(losses: &[f64], tokens: usize) -> Self {
        let mean = losses.iter().sum::<f64>() / losses.len() as f64;
        Self { tokens, loss: (!losses.is_empty()).then_some(mean) }
    }
}

/// What all texts gave. Perplexity is `exp(loss)`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Losses {
    /// Texts with something to foretell.
    pub texts: usize,
    /// Tokens that were foretold.
    pub predicted_tokens: usize,
    /// Each token counts alike.
    pub loss_by_token: f64,
    /// Each text counts alike, as the seed's trainer computes it.
    pub loss_by_sample: f64,
    /// `exp(loss_by_token)`
    pub perplexity_by_token: f64,
    /// `exp(loss_by_sample)`
    pub perplexity_by_sample: f64,
}

impl Losses {
    /// None where no text has anything to foretell.
    pub fn of(texts: &[TextLoss]) -> Option<Self> {
        let measured: Vec<(f64, usize)> =
            texts.iter().filter_map(|text| Some((text.loss?, text.tokens.saturating_sub(1)))).collect();
        let predicted_tokens: usize = measured.iter().map(|(_, tokens)| tokens).sum();
        if predicted_tokens == 0 {
            return None;
        }
        let sum: f64 = measured.iter().map(|(loss, tokens)| loss * *tokens as f64).sum();
        let loss_by_token = sum / predicted_tokens as f64;
        let loss_by_sample = measured.iter().map(|(loss, _)| loss).sum::<f64>() / measured.len() as f64;
        Some(Self {
            texts: measured.len(),
            predicted_tokens,
            loss_by_token,
            loss_by_sample,
            perplexity_by_token: loss_by_token.exp(),
            perplexity_by_sample: loss_by_sample.exp(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_weigh_more_by_token_and_alike_by_sample() {
        let texts = [TextLoss::of(&[1.0, 3.0], 3), TextLoss::of(&[4.0; 6], 7), TextLoss::of(&[], 1)];
        let all = Losses::of(&texts).unwrap();
        assert_eq!((all.texts, all.predicted_tokens), (2, 8));
        assert!((all.loss_by_token - 3.5).abs() < 1e-12 && (all.loss_by_sample - 3.0).abs() < 1e-12);
        assert!((all.perplexity_by_sample - 3f64.exp()).abs() < 1e-9);
        assert_eq!(Losses::of(&texts[2..]), None);
    }

    #[test]
    fn a_line_that_is_no_text_is_named_by_its_number() {
        assert_eq!(read_texts("{\"text\": \"a\"}\n\n{\"texto\": \"SECRETO\"}\n"), Err(TextError::Line(3)));
        assert_eq!(read_texts("\n"), Err(TextError::None));
        assert_eq!(read_texts("{\"text\": \"\"}").unwrap().len(), 1);
    }
}
