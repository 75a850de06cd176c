//! The FSG's printed form of a case, before it takes a file's form: «N. Provincia. Ámbito. Tipo.», then Hechos,
//! Intervención, Resultado and Referencia. Generated text that nobody has reviewed carries a mark.

use crate::clock;
use crate::domain::{Ambito, Case, Outcome, Provenance, Review, Suggestion, Tipo};
use crate::i18n::I18n;

/// What of a case goes onto paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintOptions {
    /// Mark each generated passage that nobody has reviewed. Only a person may turn this off.
    pub marks: bool,
    /// The model's proposal and predicted outcome, where the case keeps them.
    pub proposal: bool,
    /// The office's own notes.
    pub notes: bool,
}

impl Default for PrintOptions {
    fn default() -> Self {
        Self { marks: true, proposal: false, notes: false }
    }
}

/// A piece of a printed case, in the order of reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// The line that names the case; there is one, and it comes first.
    Title(String),
    /// A line of its own, such as a date.
    Line(String),
    /// HECHOS and the like.
    Heading(String),
    /// The mark over a passage that is generated and unreviewed.
    Notice(String),
    /// A text of one or more paragraphs.
    Body {
        /// It, with the line ends that were typed.
        text: String,
        /// Under a [`Block::Notice`].
        generated: bool,
    },
    /// Things one under the other.
    List(Vec<String>),
}

/// A case in blocks. `position` stands for its number where it has none, from 1, in a document of several.
pub(super) fn blocks(case: &Case, position: Option<usize>, options: PrintOptions, i18n: &I18n) -> Vec<Block> {
    let mut blocks = vec![Block::Title(title(case, position, i18n))];
    for (id, date) in [("doc-facts-date", &case.fecha), ("doc-complaint-date", &case.fecha_denuncia)] {
        if !date.trim().is_empty() {
            blocks.push(Block::Line(i18n.tr_args(id, &[("date", clock::date_for_people(&one_line(date)).into())])));
        }
    }
    let or_empty = |text: &str, generated| Block::Body {
        text: if text.trim().is_empty() { i18n.tr("doc-empty") } else { text.to_owned() },
        generated,
    };
    blocks.push(Block::Heading(i18n.tr("doc-facts")));
    blocks.push(or_empty(&case.hechos, false));
    blocks.push(Block::Heading(i18n.tr("doc-intervention")));
    let marked = case.intervencion_generada && options.marks;
    if marked {
        blocks.push(Block::Notice(generated(case.propuesta.as_ref().map(|made| &made.provenance), i18n)));
    }
    blocks.push(or_empty(&case.intervencion, marked));
    blocks.push(Block::Heading(i18n.tr("doc-outcome")));
    blocks.push(or_empty(&outcome(case), false));
    if !case.causa_cierre.trim().is_empty() {
        blocks.push(Block::Heading(i18n.tr("doc-closing")));
        blocks.push(Block::Body { text: case.causa_cierre.clone(), generated: false });
    }
    if options.proposal
        && let Some(suggestion) = &case.propuesta
    {
        proposal(case, suggestion, options, i18n, &mut blocks);
    }
    let references: Vec<String> =
        case.referencias.iter().map(|one| one_line(one)).filter(|one| !one.is_empty()).collect();
    if !references.is_empty() {
        blocks.push(Block::Heading(i18n.tr("doc-references")));
        blocks.push(Block::List(references));
    }
    if options.notes && !case.notas.trim().is_empty() {
        blocks.push(Block::Heading(i18n.tr("doc-notes")));
        blocks.push(Block::Body { text: case.notas.clone(), generated: false });
    }
    blocks
}

/// The label and the words, but the label once where the words begin with it.
fn outcome(case: &Case) -> String {
    let words = case.resultado_texto.trim();
    let Some(label) = case.resultado.map(Outcome::word) else { return words.to_owned() };
    let begins = words.get(..label.len()).is_some_and(|start| start.eq_ignore_ascii_case(label))
        && !words[label.len()..].starts_with(char::is_alphanumeric);
    if begins { words.to_owned() } else { format!("{label}. {words}").trim_end().to_owned() }
}

pub(super) fn title(case: &Case, position: Option<usize>, i18n: &I18n) -> String {
    let number = one_line(&case.number);
    let number = match (number.is_empty(), position) {
        (false, _) => number,
        (true, Some(position)) => position.to_string(),
        (true, None) => i18n.tr("doc-case-unnumbered"),
    };
    let provincia = case.provincia.as_deref().map(one_line).filter(|name| !name.is_empty());
    let words = [provincia.as_deref(), case.ambito.map(Ambito::label), case.tipo.map(Tipo::label)];
    let words = std::iter::once(number.as_str()).chain(words.into_iter().flatten());
    words.map(|word| format!("{}.", word.trim_end_matches('.'))).collect::<Vec<_>>().join(" ")
}

/// What the model proposed, unless the case's intervention holds it already, and the outcome that it predicted.
fn proposal(case: &Case, suggestion: &Suggestion, options: PrintOptions, i18n: &I18n, blocks: &mut Vec<Block>) {
    let text = suggestion.intervention.trim();
    if !text.is_empty() && !case.intervencion.contains(text) {
        blocks.push(Block::Heading(i18n.tr("doc-proposal")));
        let marked = suggestion.review == Review::Unreviewed && options.marks;
        if marked {
            blocks.push(Block::Notice(generated(Some(&suggestion.provenance), i18n)));
        }
        blocks.push(Block::Body { text: text.to_owned(), generated: marked });
    }
    let predicted = &suggestion.outcome;
    let words = match (predicted.probabilities, predicted.label) {
        (Some(probabilities), _) => Outcome::ALL
            .map(|outcome| format!("{} {} %", outcome.word(), i18n.decimal(100.0 * probabilities.of(outcome), 0)))
            .join(" · "),
        (None, Some(label)) => format!("{}.", label.word()),
        (None, None) => predicted.text.trim().to_owned(),
    };
    if !words.is_empty() {
        blocks.push(Block::Heading(i18n.tr("doc-predicted")));
        blocks.push(Block::Notice(i18n.tr("doc-predicted-notice")));
        blocks.push(Block::Body { text: words, generated: true });
    }
}

fn generated(made: Option<&Provenance>, i18n: &I18n) -> String {
    let Some(made) = made else { return i18n.tr("doc-generated-unknown") };
    let model = ("model", one_line(&made.model).into());
    let date = made.created_at.get(..10).unwrap_or(&made.created_at);
    let date = ("date", clock::date_for_people(&one_line(date)).into());
    match &made.adapter {
        Some(adapter) => i18n.tr_args("doc-generated-adapter", &[model, ("adapter", one_line(adapter).into()), date]),
        None => i18n.tr_args("doc-generated", &[model, date]),
    }
}

/// Passages of these cases that are generated and that nobody has reviewed.
pub fn unreviewed(cases: &[Case], options: PrintOptions) -> usize {
    let proposed = |case: &Case| {
        options.proposal
            && case.propuesta.as_ref().is_some_and(|made| {
                let text = made.intervention.trim();
                made.review == Review::Unreviewed && !text.is_empty() && !case.intervencion.contains(text)
            })
    };
    cases.iter().map(|case| usize::from(case.intervencion_generada) + usize::from(proposed(case))).sum()
}

/// One form of line ends, and nothing that a terminal, an editor or XML would choke on.
pub(super) fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace(['\r', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let kept =
        |c: &char| (!c.is_control() || matches!(c, '\n' | '\t')) && !matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{feff}');
    text.trim().chars().filter(kept).collect()
}

/// The paragraphs of a text: blank lines part them; a paragraph keeps its other line ends.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    let text = lines(text);
    let mut all: Vec<String> = Vec::new();
    let mut open = false;
    for line in text.split('\n') {
        let line = line.trim();
        match (line.is_empty(), open, all.last_mut()) {
            (true, _, _) => open = false,
            (false, true, Some(last)) => {
                last.push('\n');
                last.push_str(line);
            }
            (false, ..) => {
                all.push(line.to_owned());
                open = true;
            }
        }
    }
    all
}

/// All of it on one line, with single blanks.
pub(super) fn one_line(text: &str) -> String {
    lines(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CaseId;
    use crate::i18n::Lang;

    fn case() -> Case {
        Case::new(CaseId("a".into()), String::new(), String::new())
    }

    #[test]
    fn the_title_is_the_fsgs() {
        let es = I18n::new(Lang::Es);
        let mut one = case();
        assert_eq!(title(&one, Some(7), &es), "7.");
        assert_eq!(title(&one, None, &es), "Caso sin número.");
        one.number = " 2026-031\n".into();
        one.provincia = Some("Sevilla".into());
        one.tipo = Some(Tipo::Directa);
        assert_eq!(title(&one, Some(7), &es), "2026-031. Sevilla. Discriminación directa.");
    }

    #[test]
    fn the_outcome_is_said_once() {
        let mut one = case();
        one.resultado = Some(Outcome::Positivo);
        assert_eq!(outcome(&one), "Positivo.");
        one.resultado_texto = "Se rectificó la noticia.".into();
        assert_eq!(outcome(&one), "Positivo. Se rectificó la noticia.");
        one.resultado_texto = "positivo, se rectificó.".into();
        assert_eq!(outcome(&one), "positivo, se rectificó.");
        one.resultado_texto = "Positivos los dos.".into();
        assert_eq!(outcome(&one), "Positivo. Positivos los dos.");
    }

    #[test]
    fn paragraphs_are_parted_by_blank_lines() {
        assert_eq!(paragraphs("a\r\nb \r\n\r\n \n\u{1}c\u{85}d"), ["a\nb", "c\nd"]);
        assert!(paragraphs(" \n ").is_empty());
    }
}
