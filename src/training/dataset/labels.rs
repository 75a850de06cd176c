//! The outcome of a row: its label as given, or FSG's own verdict at the start of the result.

use serde::{Deserialize, Serialize};

use super::row::Row;
use crate::domain::Outcome;
use crate::prompt::parse_outcome;

/// Which outcome a row has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Labels {
    /// The label as the file gives it: in the original, a sentiment classifier's. Where the outcome is free text and a
    /// column `sentiment` stands beside it, that one.
    #[default]
    Given,
    /// FSG's own words at the start of the result.
    Verdict,
}

impl std::str::FromStr for Labels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "given" => Ok(Self::Given),
            "verdict" => Ok(Self::Verdict),
            _ => Err("given, verdict".to_owned()),
        }
    }
}

/// What a row's outcome is, or why it has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Label {
    /// One of the three.
    Is(Outcome),
    /// Nothing is written.
    Empty,
    /// A label in another language.
    Foreign(String),
    /// Something else.
    Unknown,
    /// FSG's words say that it is not known yet, or not on record, or say neither the one nor the other.
    NoVerdict(Verdict),
}

/// What FSG's words at the start of a result say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// «Positivo.», «Resultado positivo», «El resultado fue positivo», «Satisfactorio».
    Positive,
    /// «Parcialmente positivo», «Parcial», «Relativamente positivo», «En parte es positivo».
    Partial,
    /// «Neutro.»
    Neutral,
    /// «Negativo.», «No satisfactorio», «No ha dado resultado».
    Negative,
    /// «Pendiente de resolución».
    Pending,
    /// «No consta», «Se desconoce».
    NotRecorded,
    /// Words that tell what happened and not how it is judged.
    Untold,
    /// Nothing is written.
    Empty,
}

impl Verdict {
    /// In the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::Positive,
        Self::Partial,
        Self::Neutral,
        Self::Negative,
        Self::Pending,
        Self::NotRecorded,
        Self::Untold,
        Self::Empty,
    ];

    /// The outcome that it stands for. A partial success is neither the one nor the other: «Neutro». What is pending or
    /// not on record is not known, and no outcome at all.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Self::Positive => Some(Outcome::Positivo),
            Self::Partial | Self::Neutral => Some(Outcome::Neutro),
            Self::Negative => Some(Outcome::Negativo),
            Self::Pending | Self::NotRecorded | Self::Untold | Self::Empty => None,
        }
    }

    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Partial => "partial",
            Self::Neutral => "neutral",
            Self::Negative => "negative",
            Self::Pending => "pending",
            Self::NotRecorded => "not_recorded",
            Self::Untold => "untold",
            Self::Empty => "empty",
        }
    }
}

/// What may stand before the verdict itself.
const BEFORE: &[&[&str]] = &[
    &["el", "resultado", "en", "este", "caso", "ha", "sido"],
    &["el", "resultado", "fue", "considerado", "como"],
    &["el", "resultado", "ha", "sido"],
    &["el", "resultado", "fue"],
    &["el", "resultado", "es"],
    &["resultado"],
    &["valoración"],
];

/// The verdict at the start of a result. What stands further on is not looked at: «La respuesta fue positiva» is the
/// answer's verdict, not the case's.
#[allow(clippy::match_same_arms)] // a line for each way of saying it
pub fn verdict(resultado: &str) -> Verdict {
    let words: Vec<String> = resultado
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(10)
        .map(str::to_lowercase)
        .collect();
    if words.is_empty() {
        return Verdict::Empty;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let rest = BEFORE.iter().find_map(|before| words.strip_prefix(*before)).unwrap_or(&words);
    // A word of judgement is one only at the start of a clause of its own: «Positivamente valorado» is none.
    match rest {
        [word, ..] if matches!(*word, "positivo" | "positiva" | "positivos" | "positivas") => Verdict::Positive,
        [word, ..] if matches!(*word, "negativo" | "negativa" | "negativos" | "negativas") => Verdict::Negative,
        [word, ..] if matches!(*word, "neutro" | "neutra" | "neutral") => Verdict::Neutral,
        ["satisfactorio" | "satisfactoria", ..] => Verdict::Positive,
        ["no" | "poco", "satisfactorio" | "satisfactoria", ..] | ["insatisfactorio" | "insatisfactoria", ..] => {
            Verdict::Negative
        }
        ["no", "es" | "fue", "satisfactorio" | "satisfactoria", ..] => Verdict::Negative,
        ["no", "ha", "dado", "resultado", ..] | ["sin", "resultado", ..] => Verdict::Negative,
        ["parcialmente" | "parciamente" | "relativamente", "positivo" | "positiva" | "satisfactorio", ..] => {
            Verdict::Partial
        }
        ["parcial", ..] | ["en", "parte", "positivo" | "positiva", ..] => Verdict::Partial,
        ["en", "parte", "es" | "fue" | "ha", "positivo" | "positiva" | "sido", ..] => Verdict::Partial,
        ["pendiente", ..] | ["a", "la", "espera", ..] | ["en", "trámite" | "curso" | "proceso", ..] => {
            Verdict::Pending
        }
        ["no", "consta" | "constan", ..] | ["se", "desconoce", ..] | ["desconocido", ..] => Verdict::NotRecorded,
        ["sin", "datos" | "información", ..] => Verdict::NotRecorded,
        _ => Verdict::Untold,
    }
}

/// Labels as other languages and the usual classifiers write them.
const FOREIGN: &[&str] = &[
    "positive", "negative", "neutral", "positif", "positive", "négatif", "negatif", "neutre", "positiv", "negativ",
    "positiu", "negatiu", "positivu", "negativu", "pozitivo", "neutrale",
];

/// The outcome of a row.
pub fn label(row: &Row, labels: Labels) -> Label {
    match labels {
        Labels::Verdict => {
            let said = verdict(&row.resultado);
            said.outcome().map_or(if said == Verdict::Empty { Label::Empty } else { Label::NoVerdict(said) }, Label::Is)
        }
        Labels::Given => given(row),
    }
}

fn given(row: &Row) -> Label {
    if let Some(outcome) = parse_outcome(&row.resultado) {
        return Label::Is(outcome);
    }
    if !row.sentiment.is_empty() {
        return match row.sentiment.to_uppercase().as_str() {
            "POS" => Label::Is(Outcome::Positivo),
            "NEU" => Label::Is(Outcome::Neutro),
            "NEG" => Label::Is(Outcome::Negativo),
            _ => Label::Unknown,
        };
    }
    if row.resultado.is_empty() {
        return Label::Empty;
    }
    let word = row.resultado.trim_end_matches('.').trim().to_lowercase();
    if FOREIGN.contains(&word.as_str()) { Label::Foreign(word) } else { Label::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_is_what_the_result_begins_with() {
        for (text, said) in [
            ("Positivo. La empresa se disculpó.", Verdict::Positive),
            ("positiva, aunque tarde", Verdict::Positive),
            (": Positivo", Verdict::Positive),
            ("Resultado positivo.", Verdict::Positive),
            ("El resultado en este caso ha sido POSITIVO. Desde", Verdict::Positive),
            ("\u{a0}Negativo No contestaron", Verdict::Negative),
            ("Negativos. Nadie contestó.", Verdict::Negative),
            ("No satisfactorio, ya que nadie contestó", Verdict::Negative),
            ("Parcialmente positivo. Contestaron.", Verdict::Partial),
            ("En parte es positivo porque se investiga", Verdict::Partial),
            ("Neutro.", Verdict::Neutral),
            ("No consta.", Verdict::NotRecorded),
            ("Pendiente de resolución.", Verdict::Pending),
            ("La respuesta fue positiva.", Verdict::Untold),
            ("No hubo respuesta.", Verdict::Untold),
            ("Positivamente acogido", Verdict::Untold),
            (" . ", Verdict::Empty),
        ] {
            assert_eq!(verdict(text), said, "{text}");
        }
    }

    #[test]
    fn a_partial_success_is_neutral_and_an_open_case_has_no_outcome() {
        assert_eq!(Verdict::Partial.outcome(), Some(Outcome::Neutro));
        assert_eq!(Verdict::Pending.outcome(), None);
        assert_eq!(Verdict::NotRecorded.outcome(), None);
    }
}
