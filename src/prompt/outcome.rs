//! What the text after `Resultado:` says.

use crate::domain::Outcome;

/// The label of an outcome, as a sample ends in it: with the full stop.
pub fn label(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Positivo => "Positivo.",
        Outcome::Neutro => "Neutro.",
        Outcome::Negativo => "Negativo.",
    }
}

/// The outcome that a generated text names, if it is one of the three: «Positivo.», «neutro», «NEGATIVO.» and the like.
pub fn parse_outcome(text: &str) -> Option<Outcome> {
    let word = text.trim().trim_end_matches('.').trim_end();
    Outcome::ALL.into_iter().find(|outcome| outcome.word().eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_labels_are_known_in_any_dress_and_nothing_else_is() {
        assert_eq!(parse_outcome("Positivo."), Some(Outcome::Positivo));
        assert_eq!(parse_outcome(" NEUTRO "), Some(Outcome::Neutro));
        assert_eq!(parse_outcome("negativo. "), Some(Outcome::Negativo));
        for text in ["", ".", "Positivo. La empresa pidió disculpas.", "No consta.", "Positiv"] {
            assert_eq!(parse_outcome(text), None, "{text}");
        }
    }
}
