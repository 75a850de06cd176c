//! Files that are made to do harm: each gets an error, or a table within its limits, and never a panic. `PAG_FUZZ_ROUNDS`
//! sets how many random ones are tried (CI: 48 by default; 200,000 for a night).

use std::io::{Cursor, Write};

use pag_bert::documents::import::{ImportError, Source, limits, plan, read_bytes};
use pag_bert::domain::CaseId;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const NOW: &str = "2026-11-03T10:00:00+01:00";

/// Everything that an import does with a file.
fn through(bytes: Vec<u8>) -> Result<usize, ImportError> {
    let source = read_bytes(bytes, None)?;
    let mut id = 0;
    let mut new_id = || {
        id += 1;
        CaseId(id.to_string())
    };
    Ok(plan(&source, None, NOW, &mut new_id)?.cases()?.len())
}

/// A workbook whose parts of these names are replaced; names that it lacks are added.
fn workbook(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write_string(0, 0, "hechos").unwrap();
    sheet.write_string(1, 0, "Los hechos").unwrap();
    let plain = book.save_to_buffer().unwrap();
    let mut archive = zip::ZipArchive::new(Cursor::new(plain)).unwrap();
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).unwrap();
        if parts.iter().all(|(name, _)| *name != file.name().unwrap()) {
            writer.raw_copy_file(file).unwrap();
        }
    }
    for (name, bytes) in parts {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

const SHEET: &str = "xl/worksheets/sheet1.xml";
const TEXTS: &str = "xl/sharedStrings.xml";
const OPEN: &str =
    "<?xml version=\"1.0\"?><worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>";
const CLOSE: &str = "</sheetData></worksheet>";

fn sheet(rows: &str) -> Vec<u8> {
    format!("{OPEN}{rows}{CLOSE}").into_bytes()
}

fn cell(name: &str, text: &str) -> String {
    format!("<c r=\"{name}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[test]
fn a_plain_workbook_goes_through() {
    assert_eq!(through(workbook(&[])).unwrap(), 1);
}

#[test]
fn a_zip_bomb_is_refused_before_it_is_unpacked() {
    let large = vec![b' '; 120_000_000];
    let bomb = workbook(&[(SHEET, &[OPEN.as_bytes(), &large, CLOSE.as_bytes()].concat())]);
    assert!(bomb.len() < 1_000_000);
    assert!(matches!(through(bomb), Err(ImportError::TooLargeUnpacked { .. } | ImportError::BrokenWorkbook)));
    let styles = workbook(&[("xl/styles.xml", &vec![b'<'; 10_000_000])]);
    assert!(matches!(through(styles), Err(ImportError::TooLargeUnpacked { .. })));
    let many: Vec<(String, Vec<u8>)> = (0..3_000).map(|at| (format!("x{at}.bin"), Vec::new())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    assert!(matches!(through(workbook(&many)), Err(ImportError::TooManyParts)));
}

#[test]
fn two_cells_at_the_ends_of_a_sheet_take_no_room_between_them() {
    let rows = format!(
        "<row r=\"1\">{}</row><row r=\"1048576\">{}</row>",
        cell("A1", "hechos"),
        cell("A1048576", "Los hechos")
    );
    let Source::Table(table) = read_bytes(workbook(&[(SHEET, &sheet(&rows))]), None).unwrap() else { panic!() };
    assert_eq!(table.rows[0].number, 1_048_576);
    let wide = format!("<row r=\"1\">{}{}</row>", cell("A1", "hechos"), cell("XFD1", "x"));
    assert!(matches!(through(workbook(&[(SHEET, &sheet(&wide))])), Err(ImportError::TooManyColumns)));
}

#[test]
fn endless_rows_end() {
    let rows: String = (1..=limits::MAX_ROWS + 2)
        .map(|row| format!("<row>{}</row>", cell(&format!("A{row}"), "a")))
        .collect::<Vec<_>>()
        .concat();
    assert!(matches!(through(workbook(&[(SHEET, &sheet(&rows))])), Err(ImportError::TooManyRows)));
    let csv = "hechos\n".to_owned() + &"a\n".repeat(limits::MAX_ROWS + 2);
    assert!(matches!(through(csv.into_bytes()), Err(ImportError::TooManyRows)));
    let wide = format!("{}\n", "a,".repeat(300)) + "a\n";
    assert!(matches!(through(wide.into_bytes()), Err(ImportError::TooManyColumns)));
    let commas = format!("{}\n{}", "a,".repeat(150), "b,".repeat(149) + "\n").into_bytes();
    assert!(through(commas).is_err(), "no column of facts");
}

#[test]
fn promises_of_a_billion_texts_and_formulas_are_not_believed() {
    let texts =
        "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" uniqueCount=\"99999999999\"></sst>";
    assert!(matches!(through(workbook(&[(TEXTS, texts.as_bytes())])), Err(ImportError::TooManyCells)));
    let many = format!("<sst>{}</sst>", "<si/>".repeat(limits::MAX_CELLS + 1));
    assert!(matches!(through(workbook(&[(TEXTS, many.as_bytes())])), Err(ImportError::TooManyCells)));
    let rows = format!(
        "<row r=\"1\">{}</row><row r=\"2\"><c r=\"A2\"><f t=\"shared\" si=\"4294967295\" ref=\"A2:A9\">1</f><v>1</v></c></row>",
        cell("A1", "hechos")
    );
    assert_eq!(through(workbook(&[(SHEET, &sheet(&rows))])).unwrap(), 1);
}

#[test]
fn entities_are_not_expanded() {
    let laughs = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM \
         \"file:///etc/passwd\">]><worksheet><sheetData><row r=\"1\">{}</row><row r=\"2\">{}{}</row></sheetData></worksheet>",
        "ja".repeat(1_000),
        cell("A1", "hechos"),
        cell("A2", "&b;"),
        cell("B2", "&c;")
    );
    match read_bytes(workbook(&[(SHEET, laughs.as_bytes())]), None) {
        Err(ImportError::BrokenWorkbook) => {}
        Ok(Source::Table(table)) => {
            let text = table.rows.iter().flat_map(|row| &row.cells).cloned().collect::<String>();
            assert!(!text.contains("jajaja") && !text.contains("root:"), "{text}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cell_of_millions_of_letters_is_refused() {
    let rows = format!("<row r=\"1\">{}</row>", cell("A1", &"a".repeat(5_000_000)));
    assert!(matches!(through(workbook(&[(SHEET, &sheet(&rows))])), Err(ImportError::BrokenWorkbook)));
    let csv = format!("hechos\n\"{}\"\n", "a\n".repeat(5_000_000));
    assert!(matches!(through(csv.into_bytes()), Err(ImportError::Blocked { rows: 1, first: 2 })));
}

#[test]
fn other_files_are_named_for_what_they_are() {
    for (bytes, old) in [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest".to_vec(), true),
        (b"%PDF-1.7 ...".to_vec(), false),
        (b"\x89PNG\r\n\x1a\n".to_vec(), false),
        (vec![0; 5_000], false),
    ] {
        match through(bytes) {
            Err(ImportError::OldWorkbook) => assert!(old),
            Err(ImportError::UnknownForm) => assert!(!old),
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(through(Vec::new()), Err(ImportError::Empty)));
    assert!(matches!(through(b"hechos\n".to_vec()), Err(ImportError::Empty)));
    assert!(matches!(through(b"PK\x03\x04 and no more".to_vec()), Err(ImportError::BrokenWorkbook)));
    let deep = "[".repeat(200_000);
    assert!(through(deep.into_bytes()).is_err());
    assert!(through(format!("[{{\"a\":{}", "[".repeat(200_000)).into_bytes()).is_err());
}

#[test]
fn macros_are_told_and_left_alone() {
    let book = workbook(&[("xl/vbaProject.bin", b"Sub Auto_Open()")]);
    let Source::Table(table) = read_bytes(book, None).unwrap() else { panic!() };
    let plan = plan(&Source::Table(table), None, NOW, &mut || CaseId("a".into())).unwrap();
    assert!(plan.problems().iter().any(|problem| problem.kind.code() == "macros"));
}

/// Bytes that look like a table here and there.
fn tableish() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"hechos".to_vec()),
        Just(b",".to_vec()),
        Just(b";".to_vec()),
        Just(b"\"".to_vec()),
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"sep=".to_vec()),
        Just(b"\xff\xfe".to_vec()),
        Just(b"\xef\xbb\xbf".to_vec()),
        Just(b"['a".to_vec()),
        Just(b"provincia,fecha".to_vec()),
        Just(b"3 de mayo de 19".to_vec()),
        proptest::collection::vec(any::<u8>(), 0..12),
        "\\PC{0,8}".prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(super::rounds(256)) })]

    #[test]
    fn any_bytes_are_a_table_or_an_error(bytes in tableish()) {
        drop(through(bytes));
    }

    #[test]
    fn any_json_is_cases_or_an_error(
        text in "[\\[{][\\[\\]{}\":, a-z0-9.]{0,60}",
        schema in prop_oneof![Just("pag-bert/case"), Just("pag-bert/cases"), Just("x")],
        version in any::<u8>(),
    ) {
        drop(through(text.clone().into_bytes()));
        drop(through(format!("{{\"schema\":\"{schema}\",\"version\":{version},\"case\":{text},\"cases\":{text}}}").into_bytes()));
    }

    #[test]
    fn a_workbook_with_any_bytes_changed_is_a_table_or_an_error(
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..20),
        cut in proptest::option::of(any::<proptest::sample::Index>()),
    ) {
        let mut book = workbook(&[]);
        for (at, byte) in changes {
            let at = at.index(book.len());
            book[at] = byte;
        }
        if let Some(cut) = cut {
            book.truncate(cut.index(book.len()));
        }
        drop(through(book));
    }

    #[test]
    fn a_sheet_of_any_xml_is_a_table_or_an_error(
        rows in "(<row( r=\"[0-9]{0,10}\")?>|</row>|<c( r=\"[A-Z]{0,4}[0-9]{0,8}\")?( s=\"[0-9]{0,6}\")?( t=\"(s|b|e|n|d|str|inlineStr|x)\")?>|</c>|<v>[0-9a-z.-]{0,12}</v>|<f( t=\"shared\" si=\"[0-9]{0,10}\")?>[A-Z0-9+]{0,6}</f>|<is><t>a</t></is>|&[a-z]{0,3};){0,24}",
    ) {
        drop(through(workbook(&[(SHEET, &sheet(&rows))])));
    }
}
