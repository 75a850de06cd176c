//! One case to learn from, and the tokens that a model is shown of it.
//!
//! The text of a sample is the seed's: `<SH>{hechos} Intervención: {intervencion} Resultado:{resultado}<EH>`, with no
//! blank after `Resultado:`, labels ending in a full stop. Markers inside typed text stay plain text.

use crate::prompt::{AFTER_FACTS, END, END_OF_TEXT, OUTCOME_MARKER, START, TextTokens};

/// A case as a row of a dataset gives it. Every text is as the row has it; nothing here is ever logged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// What happened.
    pub hechos: String,
    /// What was done about it.
    pub intervencion: String,
    /// The label as the model is to write it, full stop included: «Positivo.»
    pub resultado: String,
    /// Where it stands: file and row, both as people count them.
    pub origin: Origin,
}

/// The place of a sample in its dataset, to name it without its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The file's name, without its folder.
    pub file: String,
    /// The row in it, from 1, a header not counted.
    pub row: usize,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.row)
    }
}

/// Which tokens count in the loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LossOn {
    /// All but the first, as the seed was trained.
    #[default]
    Whole,
    /// Those after «Intervención: » alone.
    Completion,
}

/// How the text of a sample is cut into tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pieces {
    /// All at once, as the seed was trained: the blank after «Intervención:» goes to the next word.
    #[default]
    Whole,
    /// Prompt, intervention and label by themselves, as inference meets them: that blank is a token of its own.
    Parts,
}

/// A sample in tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The ids, at most as many as the window has.
    pub ids: Vec<u32>,
    /// The first id that counts as a target; at least 1, since nothing foretells the first token.
    pub counts_from: usize,
    /// Where its facts stand among the ids, if they don't count; empty if they do.
    pub facts: std::ops::Range<usize>,
    /// How many tokens were cut off at its end.
    pub cut: usize,
}

impl Encoded {
    /// Tokens that are to be foretold.
    pub fn targets(&self) -> usize {
        self.ids.len().saturating_sub(self.counts_from)
    }
}

impl Sample {
    /// The sample's tokens, cut at the end to `window`. Where the tokenizer has no `<EH>`, its end of text stands for
    /// it; who trains refuses such a tokenizer before.
    ///
    /// # Errors
    /// When the tokenizer fails; its error holds no text.
    pub fn encode<T: TextTokens>(
        &self,
        tokenizer: &T,
        pieces: Pieces,
        loss: LossOn,
        window: usize,
    ) -> Result<Encoded, T::Error> {
        let mut ids: Vec<u32> = tokenizer.token_id(START).into_iter().collect();
        let start = ids.len();
        let answer = format!("{} {OUTCOME_MARKER}{}", self.intervencion, self.resultado);
        let counts_from = match pieces {
            // The prompt ends before its blank here: no token reaches over the end of a word.
            Pieces::Whole => {
                let prompt = format!("{}{}", self.hechos, AFTER_FACTS.trim_end());
                let counts_from = ids.len() + tokenizer.encode_text(&prompt)?.len();
                ids.extend(tokenizer.encode_text(&format!("{}{AFTER_FACTS}{answer}", self.hechos))?);
                counts_from
            }
            Pieces::Parts => {
                ids.extend(tokenizer.encode_text(&format!("{}{AFTER_FACTS}", self.hechos))?);
                let counts_from = ids.len();
                ids.extend(tokenizer.encode_text(&format!("{} {OUTCOME_MARKER}", self.intervencion))?);
                ids.extend(tokenizer.encode_text(&self.resultado)?);
                counts_from
            }
        };
        ids.extend(tokenizer.token_id(END).or_else(|| tokenizer.token_id(END_OF_TEXT)));
        let cut = ids.len().saturating_sub(window);
        ids.truncate(window);
        let (counts_from, facts) = if loss == LossOn::Whole {
            (1, 0..0)
        } else {
            let facts = tokenizer.encode_text(&self.hechos)?.len();
            (counts_from.max(1), start..(start + facts).min(ids.len()))
        };
        Ok(Encoded { ids, counts_from, facts, cut })
    }

    /// The sample as one text, as the seed wrote it.
    pub fn text(&self) -> String {
        format!("{START}{}{AFTER_FACTS}{} {OUTCOME_MARKER}{}{END}", self.hechos, self.intervencion, self.resultado)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Tokenizer, embedded};

    fn sample() -> Sample {
        Sample {
            hechos: "No le alquilan el piso. Intervención: <EH>".into(),
            intervencion: "Se llama a la agencia.".into(),
            resultado: "Neutro.".into(),
            origin: Origin { file: "train.jsonl".into(), row: 3 },
        }
    }

    #[test]
    fn both_ways_give_the_seeds_text_and_end_in_one_end_token() {
        let tokenizer = Tokenizer::load(&embedded::base(), Some(&embedded::adapter())).unwrap();
        let text = "<SH>No le alquilan el piso. Intervención: <EH> Intervención: Se llama a la agencia. \
                    Resultado:Neutro.<EH>";
        assert_eq!(sample().text(), text);
        let end = tokenizer.token_id("<EH>").unwrap();
        for (pieces, answer) in [
            (Pieces::Whole, " Se llama a la agencia. Resultado:Neutro.<EH>"),
            (Pieces::Parts, "Se llama a la agencia. Resultado:Neutro.<EH>"),
        ] {
            let all = sample().encode(&tokenizer, pieces, LossOn::Whole, 512).unwrap();
            assert_eq!(tokenizer.decode(&all.ids), text);
            assert_eq!((all.counts_from, all.cut), (1, 0));
            assert_eq!(all.ids.iter().filter(|id| **id == end).count(), 1);
            let part = sample().encode(&tokenizer, pieces, LossOn::Completion, 512).unwrap();
            assert_eq!(tokenizer.decode(&part.ids[part.counts_from..]), answer);
            assert_eq!(tokenizer.decode(&part.ids[part.facts.clone()]), sample().hechos);
            assert!(all.facts.is_empty());
        }
    }

    #[test]
    fn what_is_longer_than_the_window_is_cut_at_the_end_and_counted() {
        let tokenizer = Tokenizer::load(&embedded::base(), Some(&embedded::adapter())).unwrap();
        let whole = sample().encode(&tokenizer, Pieces::Whole, LossOn::Completion, 512).unwrap();
        let cut = sample().encode(&tokenizer, Pieces::Whole, LossOn::Completion, 10).unwrap();
        assert_eq!(cut.ids, whole.ids[..10]);
        assert_eq!(cut.cut, whole.ids.len() - 10);
        assert_eq!(cut.targets(), 0);
    }
}
