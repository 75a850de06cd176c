//! From blocks to pages: a heading never stands at the foot of a page without two lines of its text, and a paragraph that
//! goes on overleaf leaves two lines on either side.

use super::super::page::{Block, paragraphs};
use super::shape::{Fonts, Line, Weight};

/// A4, in points.
pub(super) const PAGE: (f32, f32) = (595.28, 841.89);
/// Left and right, top and bottom, in points.
pub(super) const MARGIN: (f32, f32) = (68.0, 60.0);
/// Where text must end, over the number of the page.
const BOTTOM: f32 = PAGE.1 - 66.0;
const INK: [u8; 3] = [0x1a, 0x1a, 0x1a];
const BLUE: [u8; 3] = [0x1f, 0x3a, 0x4d];
const BROWN: [u8; 3] = [0x7a, 0x3e, 0x00];
const GREY: [u8; 3] = [0x40, 0x40, 0x40];

/// What a paragraph is to a screen reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Of a case.
    Title,
    Heading,
    Text,
    /// One of a list.
    Item,
}

/// How a paragraph looks. Lengths in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub(super) weight: Weight,
    pub(super) size: f32,
    pub(super) leading: f32,
    pub(super) color: [u8; 3],
    pub(super) indent: f32,
    /// A bar on its left.
    pub(super) bar: bool,
    before: f32,
    after: f32,
    /// It never ends a page.
    keep_next: bool,
}

const BODY: Style = Style {
    weight: Weight::Regular,
    size: 10.0,
    leading: 14.5,
    color: INK,
    indent: 0.0,
    bar: false,
    before: 0.0,
    after: 6.0,
    keep_next: false,
};
const TITLE: Style =
    Style { weight: Weight::Strong, size: 13.0, leading: 18.0, before: 20.0, after: 4.0, keep_next: true, ..BODY };
const HEADING: Style = Style {
    weight: Weight::Strong,
    size: 9.5,
    leading: 13.0,
    color: BLUE,
    before: 9.0,
    after: 3.0,
    keep_next: true,
    ..BODY
};
const LINE: Style = Style { after: 2.0, keep_next: true, ..BODY };
const ITEM: Style = Style { after: 2.0, ..BODY };
const NOTICE: Style = Style {
    weight: Weight::Strong,
    size: 8.5,
    leading: 12.0,
    color: BROWN,
    indent: 11.0,
    bar: true,
    after: 0.0,
    keep_next: true,
    ..BODY
};
const GENERATED: Style = Style { indent: 11.0, bar: true, ..BODY };
const LETTERHEAD: Style = Style { size: 9.0, leading: 12.5, color: GREY, after: 0.0, ..BODY };
const OFFICE: Style = Style { weight: Weight::Strong, size: 12.0, leading: 17.0, after: 1.0, ..LETTERHEAD };

/// Lines of one style.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Paragraph {
    pub(super) role: Role,
    pub(super) style: Style,
    pub(super) lines: Vec<Line>,
    pub(super) boxes: usize,
}

impl Paragraph {
    /// On one line.
    pub(super) fn text(&self) -> String {
        self.lines.iter().map(|line| line.text.as_str()).collect::<String>().trim().to_owned()
    }
}

/// A line's place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placed {
    pub(super) paragraph: usize,
    pub(super) line: usize,
    /// Of its base line, from the top.
    pub(super) y: f32,
}

/// Paragraphs on their way to pages.
pub(super) struct Flow<'a> {
    fonts: &'a Fonts,
    paragraphs: Vec<Paragraph>,
    /// Kept free over the first page.
    head: f32,
}

impl<'a> Flow<'a> {
    /// `head` points of the first page are taken.
    pub(super) fn new(fonts: &'a Fonts, head: f32) -> Self {
        Self { fonts, paragraphs: Vec::new(), head }
    }

    pub(super) fn letterhead(&mut self, lines: &[String]) {
        for (at, line) in lines.iter().enumerate() {
            self.push(Role::Text, if at == 0 { OFFICE } else { LETTERHEAD }, line);
        }
    }

    pub(super) fn case(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Title(text) => self.push(Role::Title, TITLE, text),
                Block::Line(text) => self.push(Role::Text, LINE, text),
                Block::Heading(text) => self.push(Role::Heading, HEADING, &text.to_uppercase()),
                Block::Notice(text) => self.push(Role::Text, NOTICE, text),
                Block::Body { text, generated } => {
                    let style = if *generated { GENERATED } else { BODY };
                    for text in paragraphs(text) {
                        self.push(Role::Text, style, &text);
                    }
                }
                Block::List(items) => items.iter().for_each(|item| self.push(Role::Item, ITEM, item)),
            }
        }
    }

    fn push(&mut self, role: Role, style: Style, text: &str) {
        let width = PAGE.0 - 2.0 * MARGIN.0 - style.indent;
        let lines = self.fonts.lines(text, style.weight, style.size, width);
        if lines.is_empty() {
            return;
        }
        let boxes = lines.iter().map(|line| line.boxes).sum();
        self.paragraphs.push(Paragraph { role, style, lines, boxes });
    }

    /// The paragraphs, and the lines of each page.
    pub(super) fn into_pages(self) -> (Vec<Paragraph>, Vec<Vec<Placed>>) {
        let mut pages = vec![Vec::new()];
        let mut y = MARGIN.1 + self.head;
        for (index, paragraph) in self.paragraphs.iter().enumerate() {
            let style = paragraph.style;
            let mut fresh = pages.last().is_none_or(Vec::is_empty);
            let gap = if fresh && self.head == 0.0 { 0.0 } else { style.before };
            if !fresh && y + gap + self.least(index) > BOTTOM {
                pages.push(Vec::new());
                (y, fresh) = (MARGIN.1, true);
            }
            y += if fresh && pages.len() > 1 { 0.0 } else { gap };
            let mut line = 0;
            while line < paragraph.lines.len() {
                let room = (((BOTTOM - y) / style.leading).floor().max(0.0)) as usize;
                let left = paragraph.lines.len() - line;
                // Two lines at least go overleaf, where three or more are left to share out.
                let here = if left <= room { left } else { room.min(left.saturating_sub(2)).max(usize::from(fresh)) };
                for _ in 0..here {
                    let base = y + (style.leading - style.size) / 2.0 + style.size * 0.8;
                    if let Some(page) = pages.last_mut() {
                        page.push(Placed { paragraph: index, line, y: base });
                    }
                    y += style.leading;
                    line += 1;
                }
                if line < paragraph.lines.len() {
                    pages.push(Vec::new());
                    (y, fresh) = (MARGIN.1, true);
                }
            }
            y += style.after;
        }
        (self.paragraphs, pages)
    }

    /// The height that must be free for a paragraph to begin on a page: with those that it must not be parted from, and
    /// two lines of the text after them.
    fn least(&self, from: usize) -> f32 {
        let mut height = 0.0;
        for (at, paragraph) in self.paragraphs[from..].iter().enumerate() {
            let style = paragraph.style;
            if at > 0 {
                height += style.before;
            }
            let lines = paragraph.lines.len();
            if !style.keep_next {
                // Of three lines, two can't go overleaf and two stay.
                let lines = if lines <= 3 { lines } else { 2 };
                return height + lines as f32 * style.leading;
            }
            height += lines as f32 * style.leading + style.after;
        }
        height
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(lines: usize) -> Block {
        Block::Body { text: vec!["Texto de una línea."; lines].join("\n"), generated: false }
    }

    fn pages(blocks: &[Block]) -> (Vec<Paragraph>, Vec<Vec<Placed>>) {
        let fonts = Fonts::new().unwrap();
        let mut flow = Flow::new(&fonts, 0.0);
        flow.case(blocks);
        flow.into_pages()
    }

    #[test]
    fn headings_stay_with_their_text_wherever_the_page_ends() {
        for filler in 1..120 {
            let blocks = [
                Block::Title("1.".into()),
                body(filler),
                Block::Heading("Hechos".into()),
                Block::Notice("Generado".into()),
                body(5),
            ];
            let (paragraphs, pages) = pages(&blocks);
            let placed = pages.iter().map(Vec::len).sum::<usize>();
            assert_eq!(placed, 1 + filler + 1 + 1 + 5, "{filler}: every line is on one page");
            for page in &pages {
                let last = page.last().unwrap();
                assert!(!paragraphs[last.paragraph].style.keep_next, "{filler}");
                assert!(page.iter().all(|line| line.y < BOTTOM));
                // No line alone at the head or the foot of a page, unless it is all there is.
                for edge in [page.first().unwrap(), last] {
                    let here = page.iter().filter(|line| line.paragraph == edge.paragraph).count();
                    assert!(here > 1 || paragraphs[edge.paragraph].lines.len() == 1, "{filler}");
                }
            }
        }
    }
}
