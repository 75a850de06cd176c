//! DOCX, ODT and PDF: the same words for whoever opens them, accents and all, and a mark on what nobody has reviewed.

use std::path::PathBuf;

use pag_bert::documents::{ExportOptions, Format, PrintOptions, export};
use pag_bert::domain::Case;
use pag_bert::i18n::{I18n, Lang};

use super::cases::{full, long, options, plain, with_picture};
use super::tools::{flat, is_there, run, soffice, xml_text, zip_entry};

const MARK: &str = "Texto generado, sin revisar. Modelo: Modelo de demostración. Adaptador: pag. Fecha: 03/11/2026.";

fn made(cases: &[Case], format: Format, options: &ExportOptions) -> Vec<u8> {
    export(cases, format, options, &I18n::new(Lang::Es)).unwrap().bytes
}

/// A file to hand to another program; it stays in `PAG_EXPORTS`, where that names a folder, to be looked at.
fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    if let Ok(kept) = std::env::var("PAG_EXPORTS") {
        std::fs::create_dir_all(&kept).unwrap();
        std::fs::write(PathBuf::from(kept).join(name), bytes).unwrap();
    }
    (folder, path)
}

/// What every printed form must say of the full case, in this order.
fn expected() -> Vec<&'static str> {
    vec![
        "2026-031. Ávila. Vivienda. Discriminación directa.",
        "Fecha de los hechos: 02/11/2026",
        "Fecha de la denuncia: 11/2026",
        "HECHOS",
        "Una joven gitana llamó para ver un piso en alquiler; al llegar con su madre, la agencia dijo: «Está reservado». ¿Por qué?",
        "Una amiga llamó después — no gitana — y le dieron cita.",
        "La pingüina & el <ñandú> \"cobran\" 1.200 € al mes; 'nadie' lo explicó.",
        "INTERVENCIÓN",
        MARK,
        "Se informó a la joven de sus derechos.",
        "RESULTADO",
        "Neutro. Sin respuesta por ahora.",
        "CAUSA DE CIERRE",
        "REFERENCIA",
        "Expediente 12/2026",
        "https://ejemplo.org/nota?a=1&b=2",
    ]
}

/// Each of them, one after the other; headings in whatever letters.
fn says_all(text: &str, name: &str) {
    let text = flat(text);
    let upper = text.to_uppercase();
    let mut at = 0;
    for words in expected() {
        let heading = words.chars().all(|c| !c.is_lowercase());
        let found = if heading { upper[at..].find(words) } else { text.get(at..).and_then(|rest| rest.find(words)) };
        at += found.unwrap_or_else(|| panic!("{name} lacks, or misplaces: {words}\n{text}"));
    }
    assert!(!text.contains("Llamar el lunes"), "{name}: the office's notes stay in the office");
}

#[test]
fn a_docx_says_it_all_in_well_formed_xml() {
    let bytes = made(&[full()], Format::Docx, &with_picture(options()));
    let document = zip_entry(&bytes, "word/document.xml");
    says_all(&xml_text(&document), "docx");
    let styles = zip_entry(&bytes, "word/styles.xml");
    assert!(styles.contains("w:val=\"heading 1\"") && styles.contains("<w:lang w:val=\"es-ES\""));
    for part in ["word/header1.xml", "word/footer1.xml", "docProps/core.xml", "[Content_Types].xml"] {
        xml_text(&zip_entry(&bytes, part));
    }
    let header = zip_entry(&bytes, "word/header1.xml");
    assert!(header.contains("Asociación de prueba Ñandú") && header.contains("descr=\"Membrete de la entidad\""));
    let core = zip_entry(&bytes, "docProps/core.xml");
    assert!(core.contains("2026-031. Ávila. Vivienda") && core.contains("2026-11-03T09:00:00Z"), "{core}");
}

#[test]
fn an_odt_says_it_all_in_well_formed_xml() {
    let bytes = made(&[full()], Format::Odt, &with_picture(options()));
    assert_eq!(&bytes[30..38], b"mimetype", "it comes first");
    let content = zip_entry(&bytes, "content.xml");
    says_all(&xml_text(&content), "odt");
    assert!(xml_text(&content).starts_with("Membrete de la entidad\nAsociación de prueba Ñandú"));
    for part in ["styles.xml", "meta.xml", "META-INF/manifest.xml"] {
        xml_text(&zip_entry(&bytes, part));
    }
    assert!(zip_entry(&bytes, "META-INF/manifest.xml").contains("Pictures/membrete.png"));
    assert!(zip_entry(&bytes, "styles.xml").contains("fo:language=\"es\" fo:country=\"ES\""));
}

#[test]
fn libreoffice_reads_the_same_words() {
    if !is_there("soffice") {
        return;
    }
    for (name, format) in [("caso.docx", Format::Docx), ("caso.odt", Format::Odt)] {
        let (_folder, path) = file(name, &made(&[full()], format, &with_picture(options())));
        let text = std::fs::read_to_string(soffice(&path, "txt:Text (encoded):UTF8")).unwrap();
        says_all(&text, name);
        let pdf = soffice(&path, "pdf");
        let laid_out = run("pdftotext", &["-layout", pdf.to_str().unwrap(), "-"]);
        for words in ["Asociación de prueba Ñandú", "Página 1 de 1", "HECHOS"] {
            assert!(laid_out.contains(words), "{name}: {words}\n{laid_out}");
        }
        let pictures = run("pdfimages", &["-list", pdf.to_str().unwrap()]);
        assert_eq!(pictures.lines().skip(2).count(), 1, "{name}: the letterhead's picture\n{pictures}");
    }
}

#[test]
fn a_pdf_says_it_all_and_is_sound() {
    let bytes = made(&[full()], Format::Pdf, &with_picture(options()));
    let (_folder, path) = file("caso.pdf", &bytes);
    let path = path.to_str().unwrap();
    if is_there("pdftotext") {
        says_all(&run("pdftotext", &[path, "-"]), "pdf");
        let info = run("pdfinfo", &[path]);
        let value = |name: &str| {
            let line = info.lines().find(|line| line.starts_with(name)).unwrap_or_default();
            line.split_once(':').map_or(String::new(), |(_, value)| value.trim().to_owned())
        };
        assert_eq!(value("Title"), "2026-031. Ávila. Vivienda. Discriminación directa.");
        assert_eq!((value("Tagged").as_str(), value("Encrypted").as_str()), ("yes", "no"));
        let fonts = run("pdffonts", &[path]);
        for line in fonts.lines().skip(2) {
            let columns: Vec<&str> = line.split_whitespace().rev().collect();
            // object ID (two numbers), uni, sub, emb: each font is embedded, in part, and can be turned into text again.
            assert_eq!(columns[2..5], ["yes", "yes", "yes"], "{line}");
        }
        assert_eq!(fonts.lines().count(), 4, "two weights:\n{fonts}");
    }
    if is_there("qpdf") {
        let check = run("qpdf", &["--check", path]);
        assert!(check.contains("No syntax or stream encoding errors"), "{check}");
    }
}

#[test]
fn a_pdf_is_tagged_for_a_screen_reader() {
    if !is_there("qpdf") || !is_there("pdfinfo") {
        return;
    }
    let (_folder, path) = file("etiquetas.pdf", &made(&[full(), plain(2)], Format::Pdf, &with_picture(options())));
    let path = path.to_str().unwrap();
    let json: serde_json::Value = serde_json::from_str(&run("qpdf", &["--json", path])).unwrap();
    let objects = json["qpdf"][1].as_object().unwrap();
    let catalog = objects.values().map(|one| &one["value"]).find(|one| one["/Type"] == "/Catalog").unwrap();
    assert_eq!(catalog["/Lang"], "u:es-ES");
    assert_eq!(catalog["/MarkInfo"]["/Marked"], true);
    assert_eq!(catalog["/ViewerPreferences"]["/DisplayDocTitle"], true);
    assert!(catalog["/Outlines"].is_string() && catalog["/StructTreeRoot"].is_string());
    let structure = run("pdfinfo", &["-struct-text", path]);
    let roles: Vec<&str> = structure
        .lines()
        .filter(|line| !line.trim_start().starts_with('"'))
        .filter_map(|line| line.split_whitespace().next().map(|role| role.trim_end_matches(':')))
        .collect();
    let count = |role: &str| roles.iter().filter(|one| **one == role).count();
    assert_eq!((count("H1"), count("Figure"), count("L"), count("LI")), (2, 1, 1, 2), "{structure}");
    assert_eq!(count("H2"), 5 + 3, "{structure}");
    assert!(flat(&structure).contains("«Está reservado»"), "{structure}");
    assert!(!structure.contains("Página 1"), "the number of a page is no part of the text");
    let xmp = objects.values().filter_map(|one| one["stream"]["dict"]["/Subtype"].as_str()).any(|kind| kind == "/XML");
    assert!(xmp, "PDF/UA says what it is in its metadata");
}

#[test]
fn a_long_case_breaks_over_pages_and_loses_nothing() {
    let case = long();
    let bytes = made(std::slice::from_ref(&case), Format::Pdf, &options());
    let (_folder, path) = file("largo.pdf", &bytes);
    if !is_there("pdftotext") {
        return;
    }
    let text = run("pdftotext", &[path.to_str().unwrap(), "-"]);
    let pages = text.matches('\u{c}').count();
    assert!((4..12).contains(&pages), "{pages} pages");
    let mut without_numbers = text.clone();
    for page in 1..=pages {
        let number = format!("Página {page} de {pages}");
        assert_eq!(text.matches(&number).count(), 1, "{number}");
        without_numbers = without_numbers.replace(&number, "");
    }
    assert!(flat(&without_numbers).contains(&flat(&case.hechos)));
    // No page ends with a heading.
    for page in text.split('\u{c}').filter(|page| !page.trim().is_empty()) {
        let lines: Vec<&str> = page.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines[lines.len() - 2];
        assert!(last.chars().any(char::is_lowercase), "{last}");
    }
}

#[test]
fn many_cases_are_numbered_where_they_have_no_number() {
    let mut cases = vec![full()];
    cases.extend((2..=30).map(plain));
    for format in [Format::Docx, Format::Odt, Format::Pdf, Format::Markdown, Format::Text] {
        let exported = export(&cases, format, &options(), &I18n::new(Lang::Es)).unwrap();
        assert_eq!((exported.cases, exported.unreviewed, exported.boxes), (30, 1, 0));
        let text = match format {
            Format::Docx => xml_text(&zip_entry(&exported.bytes, "word/document.xml")),
            Format::Odt => xml_text(&zip_entry(&exported.bytes, "content.xml")),
            Format::Pdf => {
                let (_folder, path) = file("muchos.pdf", &exported.bytes);
                if !is_there("pdftotext") {
                    continue;
                }
                run("pdftotext", &[path.to_str().unwrap(), "-"])
            }
            _ => String::from_utf8(exported.bytes).unwrap(),
        };
        let lines: Vec<&str> = text.lines().map(|line| line.trim_start_matches("# ").trim()).collect();
        for number in 2..=30 {
            assert_eq!(lines.iter().filter(|line| **line == format!("{number}.")).count(), 1, "{format:?} {number}");
        }
    }
}

/// The foot of a page must not hold a case's title and date, and nothing of the case.
#[test]
fn a_date_stays_with_what_follows() {
    let docx = zip_entry(&made(&[full()], Format::Docx, &options()), "word/document.xml");
    let dates = docx.split("<w:p ").filter(|paragraph| paragraph.contains("Fecha de "));
    assert_eq!(dates.map(|date| assert!(date.contains("<w:keepNext"), "{date}")).count(), 2);
    let bytes = made(&[full()], Format::Odt, &options());
    let odt = zip_entry(&bytes, "content.xml");
    assert_eq!(odt.matches("<text:p text:style-name=\"Fecha\">Fecha de ").count(), 2, "{odt}");
    let styles = zip_entry(&bytes, "styles.xml");
    let style = styles.split("<style:style ").find(|style| style.contains("style:name=\"Fecha\"")).unwrap();
    assert!(style.contains("fo:keep-with-next=\"always\""));
}

#[test]
fn the_mark_goes_only_when_a_person_says_so() {
    let without = ExportOptions { print: PrintOptions { marks: false, ..PrintOptions::default() }, ..options() };
    for format in [Format::Docx, Format::Odt, Format::Markdown, Format::Text] {
        let text = |options: &ExportOptions| {
            let bytes = made(&[full()], format, options);
            match format {
                Format::Docx => xml_text(&zip_entry(&bytes, "word/document.xml")),
                Format::Odt => xml_text(&zip_entry(&bytes, "content.xml")),
                _ => String::from_utf8(bytes).unwrap().replace('\\', ""),
            }
        };
        assert!(text(&options()).contains(MARK), "{format:?}");
        let left_out = text(&without);
        assert!(!left_out.contains("Texto generado") && left_out.contains("sus derechos"), "{format:?}");
    }
    let exported = export(&[full()], Format::Docx, &without, &I18n::new(Lang::Es)).unwrap();
    assert_eq!(exported.unreviewed, 1, "whoever exports is told that there is some, marked or not");
}

#[test]
fn signs_that_the_font_lacks_are_counted_and_can_still_be_copied() {
    let mut case = full();
    case.hechos = "Escribió: 🙂 y «Ромалэ» y \u{202e}x\u{0}\u{feff}\u{ffff}.".into();
    let exported = export(&[case], Format::Pdf, &options(), &I18n::new(Lang::Es)).unwrap();
    assert!(exported.boxes >= 1, "{}", exported.boxes);
    let (_folder, path) = file("cajas.pdf", &exported.bytes);
    if is_there("pdftotext") {
        let text = run("pdftotext", &[path.to_str().unwrap(), "-"]);
        assert!(text.contains("🙂") && text.contains("«Ромалэ»"), "{text}");
    }
}

#[test]
fn a_jpeg_letterhead_is_printed_too() {
    if !is_there("pdfimages") || !is_there("pdftoppm") {
        return;
    }
    // A page of our own, turned into a picture: no library of the tests writes JPEG.
    let (folder, page) = file("pagina.pdf", &made(&[plain(1)], Format::Pdf, &with_picture(options())));
    let stem = folder.path().join("pagina");
    run("pdftoppm", &["-jpeg", "-r", "20", "-singlefile", page.to_str().unwrap(), stem.to_str().unwrap()]);
    let jpeg = std::fs::read(stem.with_extension("jpg")).unwrap();
    let mut options = options();
    options.letterhead.image = Some(pag_bert::documents::LetterImage::of_bytes(jpeg).unwrap());
    let (_folder, path) = file("membrete.pdf", &made(&[full()], Format::Pdf, &options));
    assert!(run("pdfimages", &["-list", path.to_str().unwrap()]).contains("jpeg"));
    let docx = made(&[full()], Format::Docx, &options);
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(docx.as_slice())).unwrap();
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.unwrap().into_owned())
        .filter(|name| name.starts_with("word/media/") && !name.ends_with('/'))
        .collect();
    assert_eq!(names.len(), 1);
    let mut picture = Vec::new();
    std::io::Read::read_to_end(&mut archive.by_name(&names[0]).unwrap(), &mut picture).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
}
