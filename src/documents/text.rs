//! A case for people to read: «N. Provincia. Ámbito. Tipo.», then Hechos, Intervención and Resultado, as the FSG prints
//! its cases. Generated text says so, with model and date, until a person has reviewed it.

use super::page::{Block, PrintOptions, blocks, one_line, paragraphs};
use crate::domain::Case;
use crate::i18n::I18n;

/// A case as Markdown (CommonMark), with the model's proposal; what was typed shows as it was typed, whatever marks are
/// in it.
pub fn to_markdown(case: &Case, i18n: &I18n) -> String {
    markdown(std::slice::from_ref(case), WITH_PROPOSAL, i18n)
}

/// A case as plain text, with the model's proposal.
pub fn to_text(case: &Case, i18n: &I18n) -> String {
    text(std::slice::from_ref(case), WITH_PROPOSAL, i18n)
}

const WITH_PROPOSAL: PrintOptions = PrintOptions { marks: true, proposal: true, notes: false };

/// Cases as Markdown, one after the other.
pub(super) fn markdown(cases: &[Case], options: PrintOptions, i18n: &I18n) -> String {
    let mut out = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let position = (cases.len() > 1).then_some(at + 1);
        out.extend(blocks(case, position, options, i18n).into_iter().map(|block| match block {
            Block::Title(text) => format!("# {}\n", escape(&text)),
            Block::Line(text) => format!("{}\n", escape(&text)),
            Block::Heading(text) => format!("## {}\n", escape(&text)),
            Block::Notice(text) => format!("> **{}**\n", escape(&text)),
            Block::Body { text, .. } => format!("{}\n", body(&text)),
            Block::List(items) => {
                items.iter().map(|item| format!("- {}", escape(item))).collect::<Vec<_>>().join("\n") + "\n"
            }
        }));
    }
    out.join("\n")
}

/// Cases as plain text, one after the other.
pub(super) fn text(cases: &[Case], options: PrintOptions, i18n: &I18n) -> String {
    let mut text = String::new();
    for (at, case) in cases.iter().enumerate() {
        if at > 0 {
            text.push_str("\n\n");
        }
        for block in blocks(case, (cases.len() > 1).then_some(at + 1), options, i18n) {
            match block {
                Block::Title(line) | Block::Line(line) => text.push_str(&one_line(&line)),
                Block::Heading(line) => {
                    text.push('\n');
                    text.push_str(&line.to_uppercase());
                }
                Block::Notice(line) => {
                    text.push('[');
                    text.push_str(&line);
                    text.push(']');
                }
                Block::Body { text: body, .. } => text.push_str(&super::page::lines(&body)),
                Block::List(items) => text.push_str(&items.join("\n")),
            }
            text.push('\n');
        }
    }
    text
}

/// A text of several lines: blank lines part paragraphs, other line ends are kept by the two blanks of Markdown.
fn body(text: &str) -> String {
    let paragraph = |text: &String| text.split('\n').map(escape).collect::<Vec<_>>().join("  \n");
    paragraphs(text).iter().map(paragraph).collect::<Vec<_>>().join("\n\n")
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
    fn typed_marks_do_not_become_markdown() {
        assert_eq!(
            body("# No es un título\n- ni *esto*\r\n\r\n1. tampoco"),
            "\\# No es un título  \n\\- ni \\*esto\\*\n\n1\\. tampoco"
        );
        assert_eq!(escape("2026-001. Sevilla"), "2026-001. Sevilla");
    }
}
