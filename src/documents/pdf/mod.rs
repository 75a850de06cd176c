//! Cases as PDF/UA-1: tagged, with its fonts in it, with a language, a title and bookmarks, so that a screen reader reads
//! it in order and what is copied out of it is what was typed.
//!
//! `shape.rs` turns letters into glyphs and lines, `layout.rs` lines into pages, and this file pages into a PDF.

mod layout;
mod shape;

use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::image::Image;
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::{Page, PageSettings};
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, BBox, ContentTag, Identifier, ListNumbering, Node, Placement, Tag, TagGroup, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document, SerializeSettings};

use self::layout::{Flow, MARGIN, PAGE, Paragraph, Placed, Role};
use self::shape::{Fonts, Line, Weight};
use super::DocumentError;
use super::export::{Contents, ExportOptions};
use super::letterhead::{ImageKind, LetterImage};
use super::page::blocks;
use crate::domain::Case;
use crate::i18n::{I18n, Lang};

/// Of the letterhead's picture, in points.
const IMAGE: (f32, f32) = (170.0, 57.0);
const FOOTER_SIZE: f32 = 8.5;
const GREY: [u8; 3] = [0x59, 0x59, 0x59];
const BAR: [u8; 3] = [0xc7, 0x77, 0x00];

/// The file's bytes, and how many letters the font lacks.
pub(super) fn write(
    cases: &[Case],
    contents: &Contents,
    options: &ExportOptions,
    i18n: &I18n,
) -> Result<(Vec<u8>, usize), DocumentError> {
    let fonts = Fonts::new().ok_or(DocumentError::Encode)?;
    let image = options.letterhead.image.as_ref();
    let image_height = image.map_or(0.0, |image| image.fitted(IMAGE).1 + 8.0);
    let mut flow = Flow::new(&fonts, image_height);
    flow.letterhead(&options.letterhead.lines);
    for (at, case) in cases.iter().enumerate() {
        let position = (cases.len() > 1).then_some(at + 1);
        flow.case(&blocks(case, position, options.print, i18n));
    }
    let (paragraphs, pages) = flow.into_pages();
    let mut paper = Paper::new(&fonts, &paragraphs)?;
    if let Some(image) = image {
        paper.picture = Some((decode(image)?, image.fitted(IMAGE), i18n.tr("doc-letterhead-image")));
    }
    for (at, placed) in pages.iter().enumerate() {
        let words = i18n.tr_args(
            "doc-page",
            &[("page", (at as u64 + 1).to_string().into()), ("pages", pages.len().to_string().into())],
        );
        paper.page(at, placed, &words)?;
    }
    let boxes = paragraphs.iter().map(|paragraph| paragraph.boxes).sum();
    let bytes = paper.finish(metadata(&contents.title(i18n), options, i18n))?;
    Ok((bytes, boxes))
}

fn decode(image: &LetterImage) -> Result<Image, DocumentError> {
    let data = image.bytes.clone().into();
    let decoded = match image.kind {
        ImageKind::Png => Image::from_png(data, true),
        ImageKind::Jpeg => Image::from_jpeg(data, true),
    };
    decoded.map_err(|_| DocumentError::NotAnImage)
}

fn metadata(title: &str, options: &ExportOptions, i18n: &I18n) -> Metadata {
    let lang = match i18n.lang() {
        Lang::Es => "es-ES",
        Lang::En => "en-GB",
    };
    let metadata = Metadata::new().title(title.to_owned()).language(lang.to_owned()).creator("pag-bert".to_owned());
    let local = options.made_at.get(..19).and_then(|text| text.parse::<jiff::civil::DateTime>().ok());
    match local {
        None => metadata,
        Some(time) => {
            let date = DateTime::new(time.year().unsigned_abs()).month(time.month().unsigned_abs());
            let date = date.day(time.day().unsigned_abs()).hour(time.hour().unsigned_abs());
            metadata.creation_date(date.minute(time.minute().unsigned_abs()).second(time.second().unsigned_abs()))
        }
    }
}

/// A PDF in the making.
struct Paper<'a> {
    document: Document,
    fonts: &'a Fonts,
    regular: Font,
    strong: Font,
    paragraphs: &'a [Paragraph],
    /// The pieces of each paragraph, one a page that it stands on.
    marks: Vec<Vec<Identifier>>,
    /// The letterhead's, its size and what it shows.
    picture: Option<(Image, (f32, f32), String)>,
    picture_mark: Option<Identifier>,
    outline: Outline,
}

impl<'a> Paper<'a> {
    fn new(fonts: &'a Fonts, paragraphs: &'a [Paragraph]) -> Result<Self, DocumentError> {
        let configuration = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
        let configuration = configuration.map_err(|_| DocumentError::Encode)?;
        let settings = SerializeSettings { configuration, enable_tagging: true, ..SerializeSettings::default() };
        let font = |weight| Font::new(shape::file(weight).into(), 0).ok_or(DocumentError::Encode);
        Ok(Self {
            document: Document::new_with(settings),
            fonts,
            regular: font(Weight::Regular)?,
            strong: font(Weight::Strong)?,
            paragraphs,
            marks: vec![Vec::new(); paragraphs.len()],
            picture: None,
            picture_mark: None,
            outline: Outline::new(),
        })
    }

    fn font(&self, weight: Weight) -> Font {
        match weight {
            Weight::Regular => self.regular.clone(),
            Weight::Strong => self.strong.clone(),
        }
    }

    /// Draws a page: its lines, each paragraph's piece as one marked content, then the number.
    fn page(&mut self, index: usize, placed: &[Placed], number: &str) -> Result<(), DocumentError> {
        let settings = PageSettings::from_wh(PAGE.0, PAGE.1).ok_or(DocumentError::Encode)?;
        let (regular, strong) = (self.font(Weight::Regular), self.font(Weight::Strong));
        let mut page: Page<'_> = self.document.start_page_with(settings);
        let mut surface = page.surface();
        if index == 0
            && let Some((image, (width, height), _)) = self.picture.clone()
        {
            let mark = surface.start_tagged(ContentTag::Other);
            surface.push_transform(&Transform::from_translate(MARGIN.0, MARGIN.1));
            surface.draw_image(image, Size::from_wh(width, height).ok_or(DocumentError::Encode)?);
            surface.pop();
            surface.end_tagged();
            self.picture_mark = Some(mark);
        }
        for piece in placed.chunk_by(|one, next| one.paragraph == next.paragraph) {
            let Some(first) = piece.first() else { continue };
            let paragraph = &self.paragraphs[first.paragraph];
            if paragraph.style.bar {
                bar(&mut surface, paragraph, piece);
            }
            if paragraph.role == Role::Title && first.line == 0 {
                let top = Point::from_xy(0.0, (first.y - paragraph.style.size * 1.5).max(0.0));
                self.outline.push_child(OutlineNode::new(paragraph.text(), XyzDestination::new(index, top)));
            }
            surface.set_fill(Some(fill(paragraph.style.color)));
            let mark = surface.start_tagged(ContentTag::Other);
            for one in piece {
                let font = if paragraph.style.weight == Weight::Strong { &strong } else { &regular };
                let start = Point::from_xy(MARGIN.0 + paragraph.style.indent, one.y);
                line(&mut surface, &paragraph.lines[one.line], start, font, paragraph.style.size, self.fonts);
            }
            surface.end_tagged();
            self.marks[first.paragraph].push(mark);
        }
        footer(&mut surface, number, &regular, self.fonts);
        surface.finish();
        page.finish();
        Ok(())
    }

    fn finish(mut self, metadata: Metadata) -> Result<Vec<u8>, DocumentError> {
        let tree = self.tree();
        self.document.set_tag_tree(tree);
        self.document.set_outline(self.outline);
        self.document.set_metadata(metadata);
        self.document.finish().map_err(|error| {
            // The kind of fault alone: its details may quote text.
            tracing::error!(kind = error_kind(&error), "the PDF could not be made");
            DocumentError::Encode
        })
    }

    /// The letterhead, then a section a case, in the order of reading.
    fn tree(&self) -> TagTree {
        let mut tree = TagTree::new();
        if let (Some(mark), Some((_, (width, height), described))) = (self.picture_mark, &self.picture) {
            let area = Rect::from_xywh(MARGIN.0, MARGIN.1, *width, *height).map(|area| BBox::new(0, area));
            let tag = Tag::Figure(Some(described.clone())).with_bbox(area).with_placement(Some(Placement::Block));
            tree.push(TagGroup::with_children(tag, vec![Node::Leaf(mark)]));
        }
        let mut section: Option<TagGroup> = None;
        let mut list: Option<TagGroup> = None;
        for (paragraph, marks) in self.paragraphs.iter().zip(&self.marks) {
            let leaves: Vec<Node> = marks.iter().copied().map(Node::Leaf).collect();
            if paragraph.role == Role::Item {
                let body = TagGroup::with_children(Tag::LBody, leaves);
                let item = TagGroup::with_children(Tag::LI, vec![Node::Group(body)]);
                list.get_or_insert_with(|| TagGroup::new(Tag::L(ListNumbering::None))).push(item);
                continue;
            }
            close(&mut tree, &mut section, list.take());
            let title = Some(paragraph.text());
            let group = match paragraph.role {
                Role::Title => {
                    if let Some(section) = section.take() {
                        tree.push(section);
                    }
                    section = Some(TagGroup::new(Tag::Section));
                    TagGroup::with_children(Tag::Hn(std::num::NonZeroU16::MIN, title), leaves)
                }
                Role::Heading => {
                    TagGroup::with_children(Tag::Hn(std::num::NonZeroU16::MIN.saturating_add(1), title), leaves)
                }
                Role::Text | Role::Item => TagGroup::with_children(Tag::P, leaves),
            };
            close(&mut tree, &mut section, Some(group));
        }
        close(&mut tree, &mut section, list.take());
        if let Some(section) = section.take() {
            tree.push(section);
        }
        tree
    }
}

/// Puts a group into the open section, or straight into the tree before the first.
fn close(tree: &mut TagTree, section: &mut Option<TagGroup>, group: Option<TagGroup>) {
    match (group, section.as_mut()) {
        (None, _) => {}
        (Some(group), Some(section)) => section.push(group),
        (Some(group), None) => tree.push(group),
    }
}

fn error_kind(error: &krilla::error::KrillaError) -> &'static str {
    use krilla::error::KrillaError as E;
    match error {
        E::Font(..) => "font",
        E::Validation(_) => "PDF/UA",
        E::Image(..) => "image",
        _ => "other",
    }
}

fn fill(color: [u8; 3]) -> Fill {
    let [red, green, blue] = color;
    Fill {
        paint: krilla::color::rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::default(),
    }
}

/// The bar beside generated text. It says nothing that the words over it do not say.
fn bar(surface: &mut Surface<'_>, paragraph: &Paragraph, piece: &[Placed]) {
    let (Some(first), Some(last)) = (piece.first(), piece.last()) else { return };
    let (size, leading) = (paragraph.style.size, paragraph.style.leading);
    let top = first.y - size * 0.75 - (leading - size) / 2.0;
    let height = last.y - first.y + leading;
    let Some(area) = Rect::from_xywh(MARGIN.0 + paragraph.style.indent - 9.0, top, 2.5, height) else { return };
    let mut path = PathBuilder::new();
    path.push_rect(area);
    let Some(path) = path.finish() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Layout)));
    surface.set_fill(Some(fill(BAR)));
    surface.draw_path(&path);
    surface.end_tagged();
}

fn footer(surface: &mut Surface<'_>, words: &str, font: &Font, fonts: &Fonts) {
    let lines = fonts.lines(words, Weight::Regular, FOOTER_SIZE, PAGE.0);
    let Some(one) = lines.first() else { return };
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
    surface.set_fill(Some(fill(GREY)));
    let start = Point::from_xy((PAGE.0 - one.width) / 2.0, PAGE.1 - 34.0);
    line(surface, one, start, font, FOOTER_SIZE, fonts);
    surface.end_tagged();
}

fn line(surface: &mut Surface<'_>, line: &Line, start: Point, font: &Font, size: f32, fonts: &Fonts) {
    let em = fonts.units_per_em();
    let end = |at: usize| {
        let here = line.glyphs[at].cluster;
        let next = line.glyphs[at..].iter().map(|glyph| glyph.cluster).find(|next| *next > here);
        next.map_or(line.text.len(), |next| next as usize)
    };
    let glyphs: Vec<KrillaGlyph> = (0..line.glyphs.len())
        .map(|at| {
            let glyph = line.glyphs[at];
            KrillaGlyph::new(
                GlyphId::new(u32::from(glyph.id)),
                f32::from(glyph.advance) / em,
                f32::from(glyph.x_offset) / em,
                f32::from(glyph.y_offset) / em,
                0.0,
                glyph.cluster as usize..end(at),
                None,
            )
        })
        .collect();
    surface.draw_glyphs(start, &glyphs, font.clone(), &line.text, size, false);
}
