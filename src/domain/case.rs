//! A case: what happened, what was decided, what came of it, and the suggestions made on the way.

use serde::{Deserialize, Serialize};

use super::{Ambito, Outcome, Suggestion, Tipo};

/// More than this is no report of an incident but a file pasted by mistake.
pub const MAX_FACTS_BYTES: usize = 200_000;

/// Tells one case from another, for ever: 16 random bytes in hexadecimal, made by whoever creates the case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub String);

/// How far a case has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// Being written.
    #[default]
    Draft,
    /// Somebody decided on the intervention.
    Accepted,
    /// Its actual outcome is recorded.
    Closed,
}

/// One case, as the person at the desk wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Which case it is.
    pub id: CaseId,
    /// The office's own number, such as `2026-031`.
    #[serde(default)]
    pub number: String,
    /// Hechos: what happened.
    #[serde(default)]
    pub hechos: String,
    /// Fecha de los hechos: ISO 8601 (`2026-11-03`), or what was typed while it is not yet a date.
    #[serde(default)]
    pub fecha: String,
    /// Provincia, or «Estatal».
    #[serde(default)]
    pub provincia: Option<String>,
    /// Ámbito.
    #[serde(default)]
    pub ambito: Option<Ambito>,
    /// Tipo de discriminación.
    #[serde(default)]
    pub tipo: Option<Tipo>,
    /// Intervención: what the person decided.
    #[serde(default)]
    pub intervencion: String,
    /// Whether the intervention holds generated text that nobody has confirmed or edited.
    #[serde(default)]
    pub intervencion_generada: bool,
    /// Resultado: what really came of it, when known.
    #[serde(default)]
    pub resultado: Option<Outcome>,
    /// Resultado in words.
    #[serde(default)]
    pub resultado_texto: String,
    /// Notas: what the office keeps beside the case; no model reads it.
    #[serde(default)]
    pub notas: String,
    /// Causa de cierre: why the case was closed, in the office's words.
    #[serde(default)]
    pub causa_cierre: String,
    /// Fecha de la denuncia: as [`Case::fecha`].
    #[serde(default)]
    pub fecha_denuncia: String,
    /// Referencias: numbers of complaints and files, addresses of publications; one an entry.
    #[serde(default)]
    pub referencias: Vec<String>,
    /// The suggestion that stands beside the case.
    #[serde(default)]
    pub propuesta: Option<Suggestion>,
    /// How far it has come.
    #[serde(default)]
    pub status: CaseStatus,
    /// When it was begun: RFC 3339.
    #[serde(default)]
    pub created_at: String,
    /// When it was last changed: RFC 3339.
    #[serde(default)]
    pub modified_at: String,
}

impl Case {
    /// An empty case.
    pub fn new(id: CaseId, number: String, created_at: String) -> Self {
        Self {
            id,
            number,
            hechos: String::new(),
            fecha: String::new(),
            provincia: None,
            ambito: None,
            tipo: None,
            intervencion: String::new(),
            intervencion_generada: false,
            resultado: None,
            resultado_texto: String::new(),
            notas: String::new(),
            causa_cierre: String::new(),
            fecha_denuncia: String::new(),
            referencias: Vec::new(),
            propuesta: None,
            status: CaseStatus::Draft,
            modified_at: created_at.clone(),
            created_at,
        }
    }

    /// Nothing has been written into it yet.
    pub fn is_blank(&self) -> bool {
        self.hechos.trim().is_empty()
            && self.intervencion.trim().is_empty()
            && self.resultado_texto.trim().is_empty()
            && self.notas.trim().is_empty()
            && self.causa_cierre.trim().is_empty()
            && self.fecha.trim().is_empty()
            && self.fecha_denuncia.trim().is_empty()
            && self.referencias.iter().all(|reference| reference.trim().is_empty())
            && self.provincia.is_none()
            && self.ambito.is_none()
            && self.tipo.is_none()
            && self.resultado.is_none()
            && self.propuesta.is_none()
    }
}

/// Why facts can't be given to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactsProblem {
    /// Nothing but blanks.
    Empty,
    /// More than [`MAX_FACTS_BYTES`].
    TooLarge {
        /// How many bytes were given.
        bytes: usize,
    },
}

/// Facts as the model gets them: line ends become `\n`, control characters but line ends and tabs are left out, blanks
/// at both ends go. The text in the window stays as the person typed it.
pub fn clean_facts(text: &str) -> Result<String, FactsProblem> {
    if text.len() > MAX_FACTS_BYTES {
        return Err(FactsProblem::TooLarge { bytes: text.len() });
    }
    let text: String = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = text.trim();
    if text.is_empty() { Err(FactsProblem::Empty) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_lose_controls_and_keep_the_rest() {
        let facts = " \u{0}Una mujer\u{7} gitana\r\nfue 🙂 \u{200f}a comprar.\t ";
        assert_eq!(clean_facts(facts).unwrap(), "Una mujer gitana\nfue 🙂 \u{200f}a comprar.");
    }

    #[test]
    fn blank_and_huge_facts_are_refused() {
        assert_eq!(clean_facts(" \n\u{0}\t "), Err(FactsProblem::Empty));
        let huge = "a".repeat(1_000_000);
        assert_eq!(clean_facts(&huge), Err(FactsProblem::TooLarge { bytes: 1_000_000 }));
    }

    #[test]
    fn a_new_case_is_blank_until_something_is_written() {
        let mut case = Case::new(CaseId("1".into()), String::new(), "2026-11-03T10:00:00Z".into());
        assert!(case.is_blank());
        case.provincia = Some("Sevilla".into());
        assert!(!case.is_blank());
    }
}
