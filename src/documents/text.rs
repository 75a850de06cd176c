//! A case for people to read: «N. Provincia. Ámbito. Tipo.», then Hechos, Intervención and Resultado, as the FSG prints
//! its cases. Generated text says so, with model and date, until a person has reviewed it.

use super::DocumentError;
use super::export::{Contents, FileMaker, Target};
use super::page::{Block, PrintOptions, blocks, lines, one_line, paragraphs};
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
    joined(cases, Form::Markdown, options, i18n)
}

/// Cases as plain text, one after the other.
pub(super) fn text(cases: &[Case], options: PrintOptions, i18n: &I18n) -> String {
    joined(cases, Form::Text, options, i18n)
}

fn joined(cases: &[Case], form: Form, options: PrintOptions, i18n: &I18n) -> String {
    let one = |(at, case)| form.case(case, (cases.len() > 1).then_some(at + 1), options, i18n);
    cases.iter().enumerate().map(one).collect::<Vec<_>>().join(form.between())
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// CommonMark.
    Markdown,
    /// Plain text.
    Text,
}

impl Form {
    /// What stands between two cases.
    fn between(self) -> &'static str {
        match self {
            Self::Markdown => "\n",
            Self::Text => "\n\n",
        }
    }

    fn case(self, case: &Case, position: Option<usize>, options: PrintOptions, i18n: &I18n) -> String {
        let blocks = blocks(case, position, options, i18n).into_iter();
        match self {
            Self::Markdown => blocks.map(marked_down).collect::<Vec<_>>().join("\n"),
            Self::Text => blocks.map(plain).collect(),
        }
    }
}

fn marked_down(block: Block) -> String {
    match block {
        Block::Title(text) => format!("# {}\n", escape(&text)),
        Block::Line(text) => format!("{}\n", escape(&text)),
        Block::Heading(text) => format!("## {}\n", escape(&text)),
        Block::Notice(text) => format!("> **{}**\n", escape(&text)),
        Block::Body { text, .. } => format!("{}\n", body(&text)),
        Block::List(items) => {
            items.iter().map(|item| format!("- {}", escape(item))).collect::<Vec<_>>().join("\n") + "\n"
        }
    }
}

fn plain(block: Block) -> String {
    let line = match block {
        Block::Title(line) | Block::Line(line) => one_line(&line),
        Block::Heading(line) => format!("\n{}", line.to_uppercase()),
        Block::Notice(line) => format!("[{line}]"),
        Block::Body { text, .. } => lines(&text),
        Block::List(items) => items.join("\n"),
    };
    line + "\n"
}

/// A file in the making.
pub(super) struct TextFile<'a> {
    out: &'a mut dyn Target,
    form: Form,
    options: PrintOptions,
    i18n: &'a I18n,
    /// There are several, and each has a number.
    several: bool,
    written: usize,
}

impl<'a> TextFile<'a> {
    pub(super) fn begin(
        out: &'a mut dyn Target,
        form: Form,
        contents: &Contents,
        options: PrintOptions,
        i18n: &'a I18n,
    ) -> Self {
        Self { out, form, options, i18n, several: contents.cases > 1, written: 0 }
    }
}

impl FileMaker for TextFile<'_> {
    fn add(&mut self, case: &Case) -> Result<(), DocumentError> {
        if self.written > 0 {
            self.out.write_all(self.form.between().as_bytes())?;
        }
        self.written += 1;
        let text = self.form.case(case, self.several.then_some(self.written), self.options, self.i18n);
        Ok(self.out.write_all(text.as_bytes())?)
    }

    fn finish(self: Box<Self>) -> Result<usize, DocumentError> {
        Ok(self.out.flush().map(|()| 0)?)
    }
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
