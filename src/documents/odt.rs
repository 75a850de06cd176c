//! Cases as an OpenDocument text (ODF 1.3): written by hand, since a text of paragraphs needs five small files.

use std::fmt::Write as _;
use std::io::Write;

use quick_xml::escape::escape;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::DocumentError;
use super::export::{Contents, ExportOptions, FileMaker, Target};
use super::letterhead::Letterhead;
use super::page::{Block, blocks, paragraphs};
use crate::domain::Case;
use crate::i18n::{I18n, Lang};

const MIME: &str = "application/vnd.oasis.opendocument.text";
/// Of the letterhead's picture, in centimetres.
const IMAGE_CM: (f32, f32) = (6.0, 2.0);

/// A file in the making.
pub(super) struct Odt<'a> {
    zip: ZipWriter<&'a mut dyn Target>,
    options: &'a ExportOptions,
    i18n: &'a I18n,
    /// There are several cases, and each has a number.
    several: bool,
    written: usize,
}

impl<'a> Odt<'a> {
    /// Writes all but the cases, which come last.
    pub(super) fn begin(
        out: &'a mut dyn Target,
        contents: &Contents,
        options: &'a ExportOptions,
        i18n: &'a I18n,
    ) -> Result<Self, DocumentError> {
        let mut zip = ZipWriter::new(out);
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        let mut add = |name: &str, bytes: &[u8], how: SimpleFileOptions| -> Result<(), DocumentError> {
            zip.start_file(name, how).map_err(zipped)?;
            Ok(zip.write_all(bytes)?)
        };
        let image = options.letterhead.image.as_ref();
        let picture = image.map(|image| format!("Pictures/membrete.{}", image.kind.ending()));
        // The first and unpacked, so that the kind of file can be told from its beginning (ODF 1.3, part 2, 3.3).
        add("mimetype", MIME.as_bytes(), stored)?;
        add("META-INF/manifest.xml", manifest(picture.as_deref()).as_bytes(), packed)?;
        add("meta.xml", meta(&contents.title(i18n), options, i18n).as_bytes(), packed)?;
        add("styles.xml", styles(i18n).as_bytes(), packed)?;
        if let (Some(name), Some(image)) = (&picture, image) {
            add(name, &image.bytes, stored)?;
        }
        let mut begin = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content {NAMESPACES} office:version=\"1.3\">\
             <office:automatic-styles/><office:body><office:text>"
        );
        letterhead(&options.letterhead, picture.as_deref(), i18n, &mut begin);
        add("content.xml", begin.as_bytes(), packed)?;
        Ok(Self { zip, options, i18n, several: contents.cases > 1, written: 0 })
    }
}

impl FileMaker for Odt<'_> {
    fn add(&mut self, case: &Case) -> Result<(), DocumentError> {
        self.written += 1;
        let position = self.several.then_some(self.written);
        let mut body = String::new();
        for block in blocks(case, position, self.options.print, self.i18n) {
            match block {
                Block::Title(text) => heading(1, &text, &mut body),
                Block::Heading(text) => heading(2, &text, &mut body),
                Block::Line(text) => paragraph("Fecha", &text, &mut body),
                Block::Notice(text) => paragraph("Aviso", &text, &mut body),
                Block::Body { text, generated } => {
                    let style = if generated { "Generado" } else { "Cuerpo" };
                    for text in paragraphs(&text) {
                        paragraph(style, &text, &mut body);
                    }
                }
                Block::List(items) => items.iter().for_each(|item| paragraph("Dato", item, &mut body)),
            }
        }
        Ok(self.zip.write_all(body.as_bytes())?)
    }

    fn finish(mut self: Box<Self>) -> Result<usize, DocumentError> {
        self.zip.write_all(b"</office:text></office:body></office:document-content>")?;
        self.zip.finish().map_err(zipped)?.flush()?;
        Ok(0)
    }
}

/// What the disk says, which a person can do something about.
fn zipped(error: ZipError) -> DocumentError {
    match error {
        ZipError::Io(error) => DocumentError::Io(error),
        _ => DocumentError::Encode,
    }
}

fn letterhead(head: &Letterhead, picture: Option<&str>, i18n: &I18n, body: &mut String) {
    if let (Some(image), Some(name)) = (&head.image, picture) {
        let (width, height) = image.fitted(IMAGE_CM);
        let described = escape(i18n.tr("doc-letterhead-image"));
        write!(
            body,
            "<text:p text:style-name=\"Membrete\"><draw:frame draw:name=\"Membrete\" text:anchor-type=\"as-char\" \
             svg:width=\"{width:.3}cm\" svg:height=\"{height:.3}cm\"><draw:image xlink:href=\"{name}\" \
             xlink:type=\"simple\" xlink:show=\"embed\" xlink:actuate=\"onLoad\" draw:mime-type=\"image/{}\"/>\
             <svg:title>{described}</svg:title></draw:frame></text:p>",
            image.kind.ending()
        )
        .ok();
    }
    for (at, line) in head.lines.iter().enumerate() {
        paragraph(if at == 0 { "Membrete_20_nombre" } else { "Membrete" }, line, body);
    }
}

fn heading(level: usize, text: &str, body: &mut String) {
    write!(body, "<text:h text:style-name=\"Heading_20_{level}\" text:outline-level=\"{level}\">").ok();
    inline(text, body);
    body.push_str("</text:h>");
}

fn paragraph(style: &str, text: &str, body: &mut String) {
    write!(body, "<text:p text:style-name=\"{style}\">").ok();
    inline(text, body);
    body.push_str("</text:p>");
}

/// Text in which line ends, tabs and rows of blanks have elements of their own: as letters they would count as one blank
/// (ODF 1.3, part 3, 6.1.2).
fn inline(text: &str, body: &mut String) {
    let mut plain = String::new();
    let mut blanks = 0;
    let flush = |plain: &mut String, body: &mut String| {
        body.push_str(&escape(plain.as_str()));
        plain.clear();
    };
    for c in text.chars() {
        if c == ' ' {
            blanks += 1;
            if blanks == 1 && !plain.is_empty() {
                plain.push(' ');
            } else {
                flush(&mut plain, body);
                body.push_str("<text:s/>");
            }
            continue;
        }
        blanks = 0;
        match c {
            '\n' => {
                flush(&mut plain, body);
                body.push_str("<text:line-break/>");
            }
            '\t' => {
                flush(&mut plain, body);
                body.push_str("<text:tab/>");
            }
            c => plain.push(c),
        }
    }
    flush(&mut plain, body);
}

const NAMESPACES: &str = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
    xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\" \
    xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
    xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\" \
    xmlns:draw=\"urn:oasis:names:tc:opendocument:xmlns:drawing:1.0\" \
    xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\" \
    xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\" \
    xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xlink=\"http://www.w3.org/1999/xlink\"";

fn styles(i18n: &I18n) -> String {
    let country = match i18n.lang() {
        Lang::Es => "fo:language=\"es\" fo:country=\"ES\"",
        Lang::En => "fo:language=\"en\" fo:country=\"GB\"",
    };
    let paragraph = |name: &str, layout: &str, letters: &str| {
        let shown = name.replace("_20_", " ");
        let heading = shown.strip_prefix("Heading ").map_or(String::new(), |level| {
            format!(" style:default-outline-level=\"{level}\" style:next-style-name=\"Cuerpo\"")
        });
        format!(
            "<style:style style:name=\"{name}\" style:display-name=\"{shown}\" style:family=\"paragraph\" \
             style:parent-style-name=\"Standard\"{heading}><style:paragraph-properties {layout}/>\
             <style:text-properties {letters}/></style:style>"
        )
    };
    let bold = "fo:font-weight=\"bold\"";
    let bar = "fo:border-left=\"2pt solid #c77700\" fo:padding-left=\"0.25cm\"";
    let all = [
        paragraph("Cuerpo", "fo:margin-bottom=\"0.21cm\" fo:orphans=\"2\" fo:widows=\"2\"", ""),
        paragraph(
            "Heading_20_1",
            "fo:margin-top=\"0.7cm\" fo:margin-bottom=\"0.14cm\" fo:keep-with-next=\"always\" fo:keep-together=\"always\"",
            &format!("fo:font-size=\"14pt\" {bold}"),
        ),
        paragraph(
            "Heading_20_2",
            "fo:margin-top=\"0.35cm\" fo:margin-bottom=\"0.1cm\" fo:keep-with-next=\"always\"",
            &format!("fo:font-size=\"10.5pt\" fo:color=\"#1f3a4d\" fo:text-transform=\"uppercase\" {bold}"),
        ),
        paragraph("Dato", "fo:margin-bottom=\"0.07cm\"", ""),
        paragraph("Fecha", "fo:margin-bottom=\"0.07cm\" fo:keep-with-next=\"always\"", ""),
        paragraph(
            "Aviso",
            &format!("fo:margin-bottom=\"0cm\" fo:keep-with-next=\"always\" {bar}"),
            &format!("fo:font-size=\"9.5pt\" fo:color=\"#7a3e00\" {bold}"),
        ),
        paragraph(
            "Generado",
            &format!("fo:margin-bottom=\"0.21cm\" fo:orphans=\"2\" fo:widows=\"2\" {bar}"),
            "fo:font-style=\"italic\"",
        ),
        paragraph("Membrete", "fo:margin-bottom=\"0.03cm\"", "fo:font-size=\"10pt\" fo:color=\"#404040\""),
        paragraph("Membrete_20_nombre", "fo:margin-bottom=\"0.03cm\"", &format!("fo:font-size=\"13pt\" fo:color=\"#404040\" {bold}")),
        paragraph("Footer", "fo:text-align=\"center\"", "fo:font-size=\"9pt\" fo:color=\"#595959\""),
    ]
    .concat();
    let number = escape(i18n.tr_args("doc-page", &[("page", "\u{e000}".into()), ("pages", "\u{e001}".into())]))
        .replace('\u{e000}', "<text:page-number text:select-page=\"current\">1</text:page-number>")
        .replace('\u{e001}', "<text:page-count>1</text:page-count>");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-styles {NAMESPACES} office:version=\"1.3\">\
         <office:font-face-decls><style:font-face style:name=\"Calibri\" svg:font-family=\"Calibri, Carlito\" \
         style:font-family-generic=\"swiss\"/></office:font-face-decls>\
         <office:styles><style:default-style style:family=\"paragraph\"><style:paragraph-properties \
         fo:line-height=\"115%\"/><style:text-properties style:font-name=\"Calibri\" fo:font-size=\"11pt\" {country}/>\
         </style:default-style><style:style style:name=\"Standard\" style:family=\"paragraph\"/>{all}</office:styles>\
         <office:automatic-styles><style:page-layout style:name=\"A4\"><style:page-layout-properties \
         fo:page-width=\"21cm\" fo:page-height=\"29.7cm\" fo:margin-top=\"2.2cm\" fo:margin-bottom=\"1.2cm\" \
         fo:margin-left=\"2.3cm\" fo:margin-right=\"2.3cm\"/><style:footer-style><style:header-footer-properties \
         fo:min-height=\"1cm\" fo:margin-top=\"0.4cm\"/></style:footer-style></style:page-layout>\
         </office:automatic-styles><office:master-styles><style:master-page style:name=\"Standard\" \
         style:page-layout-name=\"A4\"><style:footer><text:p text:style-name=\"Footer\">{number}</text:p>\
         </style:footer></style:master-page></office:master-styles></office:document-styles>"
    )
}

fn meta(title: &str, options: &ExportOptions, i18n: &I18n) -> String {
    let lang = match i18n.lang() {
        Lang::Es => "es-ES",
        Lang::En => "en-GB",
    };
    // The local time without the offset, which ODF's dateTime has room for but office programs drop.
    let date = options.made_at.get(..19).map_or_else(String::new, |time| {
        format!("<meta:creation-date>{0}</meta:creation-date><dc:date>{0}</dc:date>", escape(time))
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-meta {NAMESPACES} office:version=\"1.3\">\
         <office:meta><meta:generator>pag-bert/{}</meta:generator><dc:title>{}</dc:title><dc:language>{lang}\
         </dc:language>{date}</office:meta></office:document-meta>",
        env!("CARGO_PKG_VERSION"),
        escape(title)
    )
}

fn manifest(picture: Option<&str>) -> String {
    let entry = |path: &str, kind: &str| {
        format!("<manifest:file-entry manifest:full-path=\"{path}\" manifest:media-type=\"{kind}\"/>")
    };
    let mut entries = entry("/", MIME);
    for name in ["content.xml", "styles.xml", "meta.xml"] {
        entries.push_str(&entry(name, "text/xml"));
    }
    if let Some(path) = picture {
        let ending = path.rsplit('.').next().unwrap_or_default();
        entries.push_str(&entry(path, &format!("image/{ending}")));
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><manifest:manifest \
         xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" manifest:version=\"1.3\">{entries}\
         </manifest:manifest>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_and_marks_survive_xml() {
        let mut body = String::new();
        inline(" a  b\tc<&\"\nd", &mut body);
        assert_eq!(body, "<text:s/>a <text:s/>b<text:tab/>c&lt;&amp;&quot;<text:line-break/>d");
    }
}
