//! Cases as a Word document: real styles (so that a table of contents and a screen reader find the headings), headings
//! that stay with their text, page numbers, and the letterhead in the first page's header.

use std::io::Cursor;

use docx_rs::{
    AlignmentType, BorderType, BreakType, Docx, FieldCharType, Footer, Header, InstrNUMPAGES, InstrPAGE, InstrText,
    LineSpacing, LineSpacingType, PageMargin, Paragraph, ParagraphBorder, ParagraphBorderPosition, ParagraphBorders,
    Pic, Run, RunFonts, Style, StyleType,
};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use quick_xml::escape::escape;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;

use super::DocumentError;
use super::export::{Contents, ExportOptions};
use super::letterhead::{ImageKind, Letterhead};
use super::page::{Block, blocks, paragraphs};
use crate::domain::Case;
use crate::i18n::{I18n, Lang};

/// A twentieth of a point, which is what Word counts in.
const POINT: u32 = 20;
/// Of the letterhead's picture, in English Metric Units (914,400 to the inch): 6 × 2 cm at most.
const IMAGE_EMU: (f32, f32) = (2_160_000.0, 720_000.0);

/// Word and screen readers know headings by these names.
const TITLE: &str = "Heading1";
const HEADING: &str = "Heading2";
const BODY: &str = "Cuerpo";
const LINE: &str = "Dato";
const MARK: &str = "Aviso";
const GENERATED: &str = "Generado";
const LETTERHEAD: &str = "Membrete";

/// The file's bytes.
pub(super) fn write(
    cases: &[Case],
    contents: &Contents,
    options: &ExportOptions,
    i18n: &I18n,
) -> Result<Vec<u8>, DocumentError> {
    let mut docx = styled(Docx::new())
        .page_size(11_906, 16_838)
        .page_margin(PageMargin::new().top(1_247).bottom(1_247).left(1_304).right(1_304).header(907).footer(567))
        .footer(footer(i18n));
    if !options.letterhead.is_empty() {
        docx = docx.title_pg().first_header(letterhead(&options.letterhead)?).first_footer(footer(i18n));
    }
    for (at, case) in cases.iter().enumerate() {
        let position = (cases.len() > 1).then_some(at + 1);
        for paragraph in blocks(case, position, options.print, i18n).iter().flat_map(paragraphs_of) {
            docx = docx.add_paragraph(paragraph);
        }
    }
    let mut package = docx.build();
    let lang = match i18n.lang() {
        Lang::Es => "es-ES",
        Lang::En => "en-GB",
    };
    // The crate knows no language and no properties of the document.
    package.styles = replace(&package.styles, "</w:rPr></w:rPrDefault>", |end| {
        format!("<w:lang w:val=\"{lang}\" w:eastAsia=\"{lang}\" w:bidi=\"{lang}\"/>{end}")
    })?;
    package.doc_props.core = core(&contents.title(i18n), lang, &options.made_at).into_bytes();
    if !options.letterhead.is_empty() {
        let described = escape(i18n.tr("doc-letterhead-image")).into_owned();
        for header in package.headers.iter_mut().filter(|header| contains(header, "name=\"Figure\"")) {
            *header = replace(header, "name=\"Figure\"", |name| format!("{name} descr=\"{described}\""))?;
        }
        // The crate numbers the headers that there are, but keeps a place among their pictures for those that there are not.
        package.header_rels.sort_by_key(|relations| !contains(relations, "relationships/image"));
    }
    let mut bytes = Cursor::new(Vec::new());
    package.pack(&mut bytes).map_err(|_| DocumentError::Encode)?;
    Ok(bytes.into_inner())
}

fn paragraphs_of(block: &Block) -> Vec<Paragraph> {
    let one = |style: &str, text: &str| vec![Paragraph::new().style(style).add_run(run(text))];
    match block {
        Block::Title(text) => one(TITLE, text),
        // A date at the foot of a page, with nothing of its case, says nothing.
        Block::Line(text) => one(LINE, text).into_iter().map(|line| line.keep_next(true)).collect(),
        Block::Heading(text) => one(HEADING, text),
        Block::Notice(text) => one(MARK, text),
        Block::Body { text, generated } => {
            let style = if *generated { GENERATED } else { BODY };
            paragraphs(text).iter().flat_map(|text| one(style, text)).collect()
        }
        Block::List(items) => items.iter().flat_map(|item| one(LINE, item)).collect(),
    }
}

/// A run in which line ends are breaks and tabs are tabs.
fn run(text: &str) -> Run {
    let mut run = Run::new();
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            run = run.add_break(BreakType::TextWrapping);
        }
        for (at, piece) in line.split('\t').enumerate() {
            if at > 0 {
                run = run.add_tab();
            }
            run = run.add_text(piece);
        }
    }
    run
}

fn styled(docx: Docx) -> Docx {
    // Word and LibreOffice put in something near where Calibri is missing (Carlito has its very widths).
    let font = RunFonts::new().ascii("Calibri").hi_ansi("Calibri").cs("Calibri").east_asia("Calibri");
    let spacing = |before: u32, after: u32| {
        LineSpacing::new().before(before * POINT).after(after * POINT).line_rule(LineSpacingType::Auto).line(276)
    };
    let paragraph = |id: &str, before: u32, after: u32| {
        let name = match id {
            TITLE => "heading 1",
            HEADING => "heading 2",
            id => id,
        };
        Style::new(id, StyleType::Paragraph).name(name).based_on("Normal").line_spacing(spacing(before, after))
    };
    let bar = |color: &str| {
        ParagraphBorders::with_empty().set(
            ParagraphBorder::new(ParagraphBorderPosition::Left).val(BorderType::Single).size(18).space(8).color(color),
        )
    };
    let mut title = paragraph(TITLE, 20, 4).bold().size(28).outline_lvl(0).next(BODY);
    title.paragraph_property = title.paragraph_property.keep_next(true).keep_lines(true);
    let mut heading = paragraph(HEADING, 10, 3).bold().size(21).color("1F3A4D").outline_lvl(1).next(BODY);
    heading.run_property = heading.run_property.caps().character_spacing(10);
    heading.paragraph_property = heading.paragraph_property.keep_next(true);
    let mut mark = paragraph(MARK, 2, 2).bold().size(19).color("7A3E00").next(GENERATED);
    mark.paragraph_property = mark.paragraph_property.keep_next(true).set_borders(bar("C77700"));
    let mut generated = paragraph(GENERATED, 0, 6).italic();
    generated.paragraph_property = generated.paragraph_property.widow_control(true).set_borders(bar("C77700"));
    let mut body = paragraph(BODY, 0, 6);
    body.paragraph_property = body.paragraph_property.widow_control(true);
    docx.default_fonts(font)
        .default_size(22)
        .add_style(body)
        .add_style(title)
        .add_style(heading)
        .add_style(paragraph(LINE, 0, 2))
        .add_style(mark)
        .add_style(generated)
        .add_style(paragraph(LETTERHEAD, 0, 0).size(20).color("404040"))
}

/// «Página 2 de 7», counted by whoever opens the file.
fn footer(i18n: &I18n) -> Footer {
    let words = i18n.tr_args("doc-page", &[("page", "\u{1}".into()), ("pages", "\u{2}".into())]);
    let mut paragraph = Paragraph::new().align(AlignmentType::Center);
    for piece in words.split_inclusive(['\u{1}', '\u{2}']) {
        let field = piece.chars().last().filter(|c| matches!(c, '\u{1}' | '\u{2}'));
        let words = piece.trim_end_matches(['\u{1}', '\u{2}']);
        paragraph = paragraph.add_run(small(Run::new().add_text(words)));
        let Some(field) = field else { continue };
        let instruction = if field == '\u{1}' {
            InstrText::PAGE(InstrPAGE::new())
        } else {
            InstrText::NUMPAGES(InstrNUMPAGES::new())
        };
        // A run for each part: in one run, LibreOffice shows the number in the document's own size.
        for run in [
            Run::new().add_field_char(FieldCharType::Begin, false),
            Run::new().add_instr_text(instruction),
            Run::new().add_field_char(FieldCharType::Separate, false),
            Run::new().add_text("1"),
            Run::new().add_field_char(FieldCharType::End, false),
        ] {
            paragraph = paragraph.add_run(small(run));
        }
    }
    Footer::new().add_paragraph(paragraph)
}

fn small(run: Run) -> Run {
    run.size(18).color("595959")
}

fn letterhead(head: &Letterhead) -> Result<Header, DocumentError> {
    let mut header = Header::new();
    if let Some(image) = &head.image {
        let (width, height) = image.fitted(IMAGE_EMU);
        // The crate writes every picture as a PNG, so a JPEG is turned into one.
        let png = match image.kind {
            ImageKind::Png => image.bytes.clone(),
            ImageKind::Jpeg => jpeg_as_png(&image.bytes)?,
        };
        let pic = Pic::new_with_dimensions(png, image.width, image.height).size(width as u32, height as u32);
        header = header.add_paragraph(Paragraph::new().style(LETTERHEAD).add_run(Run::new().add_image(pic)));
    }
    for (at, line) in head.lines.iter().enumerate() {
        let run = if at == 0 { Run::new().add_text(line).bold().size(26) } else { Run::new().add_text(line) };
        header = header.add_paragraph(Paragraph::new().style(LETTERHEAD).add_run(run));
    }
    // The header grows with its lines; this keeps the text off it.
    Ok(header.add_paragraph(Paragraph::new().style(LETTERHEAD)))
}

fn jpeg_as_png(bytes: &[u8]) -> Result<Vec<u8>, DocumentError> {
    let mut decoder = JpegDecoder::new(ZCursor::new(bytes));
    let pixels = decoder.decode().map_err(|_| DocumentError::NotAnImage)?;
    let color = match decoder.output_colorspace() {
        Some(ColorSpace::RGB) => ExtendedColorType::Rgb8,
        Some(ColorSpace::Luma) => ExtendedColorType::L8,
        _ => return Err(DocumentError::NotAnImage),
    };
    let info = decoder.info().ok_or(DocumentError::NotAnImage)?;
    let mut png = Vec::new();
    PngEncoder::new(&mut png)
        .write_image(&pixels, u32::from(info.width), u32::from(info.height), color)
        .map_err(|_| DocumentError::NotAnImage)?;
    Ok(png)
}

/// `docProps/core.xml`, which gives the document its title and language (ECMA-376, part 2, 11).
fn core(title: &str, lang: &str, made_at: &str) -> String {
    let date = utc(made_at);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?><cp:coreProperties \
         xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:creator>pag-bert\
         </dc:creator><dc:language>{lang}</dc:language>{date}</cp:coreProperties>",
        escape(title)
    )
}

fn utc(made_at: &str) -> String {
    let Ok(time) = made_at.parse::<jiff::Timestamp>() else { return String::new() };
    let time = time.strftime("%Y-%m-%dT%H:%M:%SZ");
    ["created", "modified"]
        .map(|name| format!("<dcterms:{name} xsi:type=\"dcterms:W3CDTF\">{time}</dcterms:{name}>"))
        .concat()
}

fn contains(bytes: &[u8], text: &str) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|xml| xml.contains(text))
}

/// XML with one more thing in it; an error where the crate writes something else than it did.
fn replace(bytes: &[u8], old: &str, new: impl Fn(&str) -> String) -> Result<Vec<u8>, DocumentError> {
    let xml = std::str::from_utf8(bytes).map_err(|_| DocumentError::Encode)?;
    if !xml.contains(old) {
        return Err(DocumentError::Encode);
    }
    Ok(xml.replacen(old, &new(old), 1).into_bytes())
}
