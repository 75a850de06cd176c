//! A case for people to read: «N. Provincia. Ámbito. Tipo.», then Hechos, Intervención and Resultado, as the FSG prints
//! its cases. Generated text says so, with model and date, until a person has reviewed it.

use crate::domain::{Ambito, Case, Outcome, Provenance, Review, Suggestion, Tipo};
use crate::i18n::I18n;

/// What a case is made of, before it takes a form.
enum Block {
    Title(String),
    Line(String),
    Heading(String),
    Notice(String),
    Body(String),
}

/// A case as Markdown (CommonMark); what was typed shows as it was typed, whatever marks are in it.
pub fn to_markdown(case: &Case, i18n: &I18n) -> String {
    let blocks = blocks(case, i18n).into_iter().map(|block| match block {
        Block::Title(text) => format!("# {}\n", escape(&text)),
        Block::Line(text) => format!("{}\n", escape(&text)),
        Block::Heading(text) => format!("## {}\n", escape(&text)),
        Block::Notice(text) => format!("> **{}**\n", escape(&text)),
        Block::Body(text) => format!("{}\n", body(&text)),
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// A case as plain text.
pub fn to_text(case: &Case, i18n: &I18n) -> String {
    let mut text = String::new();
    for block in blocks(case, i18n) {
        match block {
            Block::Title(line) | Block::Line(line) => text.push_str(&line),
            Block::Heading(line) => {
                text.push('\n');
                text.push_str(&line.to_uppercase());
            }
            Block::Notice(line) => {
                text.push('[');
                text.push_str(&line);
                text.push(']');
            }
            Block::Body(body) => text.push_str(&lines(&body)),
        }
        text.push('\n');
    }
    text
}

fn blocks(case: &Case, i18n: &I18n) -> Vec<Block> {
    let mut blocks = vec![Block::Title(title(case, i18n))];
    if !case.fecha.trim().is_empty() {
        blocks.push(Block::Line(i18n.tr_args("doc-facts-date", &[("date", spanish_date(&case.fecha).into())])));
    }
    let or_empty =
        |text: &str| Block::Body(if text.trim().is_empty() { i18n.tr("doc-empty") } else { text.to_owned() });
    blocks.push(Block::Heading(i18n.tr("doc-facts")));
    blocks.push(or_empty(&case.hechos));
    blocks.push(Block::Heading(i18n.tr("doc-intervention")));
    if case.intervencion_generada {
        blocks.push(Block::Notice(generated(case.propuesta.as_ref().map(|made| &made.provenance), i18n)));
    }
    blocks.push(or_empty(&case.intervencion));
    blocks.push(Block::Heading(i18n.tr("doc-outcome")));
    let label = case.resultado.map(|outcome| format!("{}.", outcome.word()));
    let words = Some(case.resultado_texto.trim()).filter(|text| !text.is_empty()).map(str::to_owned);
    blocks.push(or_empty(&label.into_iter().chain(words).collect::<Vec<_>>().join(" ")));
    if let Some(suggestion) = &case.propuesta {
        proposal(case, suggestion, i18n, &mut blocks);
    }
    blocks
}

fn title(case: &Case, i18n: &I18n) -> String {
    let mut title = i18n.tr_args("doc-case", &[("number", case.number.as_str().into())]).trim().to_owned();
    let words = [case.provincia.as_deref(), case.ambito.map(Ambito::label), case.tipo.map(Tipo::label)];
    for word in words.into_iter().flatten() {
        title.push_str(". ");
        title.push_str(word);
    }
    title.push('.');
    title
}

/// What the model proposed, unless the case's intervention holds it already, and the outcome that it predicted.
fn proposal(case: &Case, suggestion: &Suggestion, i18n: &I18n, blocks: &mut Vec<Block>) {
    let text = suggestion.intervention.trim();
    if !text.is_empty() && !case.intervencion.contains(text) {
        blocks.push(Block::Heading(i18n.tr("doc-proposal")));
        if suggestion.review == Review::Unreviewed {
            blocks.push(Block::Notice(generated(Some(&suggestion.provenance), i18n)));
        }
        blocks.push(Block::Body(text.to_owned()));
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
        blocks.push(Block::Body(words));
    }
}

fn generated(made: Option<&Provenance>, i18n: &I18n) -> String {
    let Some(made) = made else { return i18n.tr("doc-generated-unknown") };
    let model = ("model", made.model.as_str().into());
    let date = ("date", spanish_date(&made.created_at).into());
    match &made.adapter {
        Some(adapter) => i18n.tr_args("doc-generated-adapter", &[model, ("adapter", adapter.as_str().into()), date]),
        None => i18n.tr_args("doc-generated", &[model, date]),
    }
}

/// `03/11/2026` from a text that begins with `2026-11-03`; any other text as it is.
fn spanish_date(text: &str) -> String {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    match (text.get(0..4), text.get(4..5), text.get(5..7), text.get(7..8), text.get(8..10)) {
        (Some(year), Some("-"), Some(month), Some("-"), Some(day)) if digits(year) && digits(month) && digits(day) => {
            format!("{day}/{month}/{year}")
        }
        _ => text.trim().to_owned(),
    }
}

/// One form of line ends, and nothing that a terminal or an editor would obey.
fn lines(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    text.trim().chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// A text of several lines: blank lines part paragraphs, other line ends are kept by the two blanks of Markdown.
fn body(text: &str) -> String {
    let text = lines(text);
    let paragraphs = text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty());
    let paragraph = |text: &str| text.trim_matches('\n').split('\n').map(escape).collect::<Vec<_>>().join("  \n");
    paragraphs.map(paragraph).collect::<Vec<_>>().join("\n\n")
}

/// A line in which nothing is a mark of Markdown.
fn escape(line: &str) -> String {
    let line = line.trim();
    let mut out = String::with_capacity(line.len() + 8);
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    for (at, c) in line.char_indices() {
        let mark = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&')
            || (at == 0 && matches!(c, '#' | '-' | '+' | '='))
            || (digits > 0 && at == digits && matches!(c, '.' | ')') && line[at + 1..].starts_with(' '));
        if mark {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_spain_writes_them() {
        assert_eq!(spanish_date("2026-11-03T10:42:00+01:00"), "03/11/2026");
        assert_eq!(spanish_date("principios de año"), "principios de año");
        assert_eq!(spanish_date("añoñ-ñ-ññ"), "añoñ-ñ-ññ");
    }

    #[test]
    fn typed_marks_do_not_become_markdown() {
        assert_eq!(
            body("# No es un título\n- ni *esto*\r\n\r\n1. tampoco"),
            "\\# No es un título  \n\\- ni \\*esto\\*\n\n1\\. tampoco"
        );
        assert_eq!(escape("2026-001. Sevilla"), "2026-001. Sevilla");
    }
}
