//! Tables and JSON: what goes out comes back the same, and no cell becomes a formula on the way.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use pag_bert::documents::import::{Plan, plan, read_bytes};
use pag_bert::documents::{ExportOptions, Format, export};
use pag_bert::domain::{AMBITOS, Case, CaseId, CaseStatus, Outcome, TIPOS};
use pag_bert::i18n::{I18n, Lang};
use proptest::prelude::*;

use super::cases::{full, long, plain};
use super::tools::{run, skipped, zip_entry};

pub(crate) fn exported(cases: &[Case], format: Format) -> Vec<u8> {
    export(cases, format, &ExportOptions::default(), &I18n::new(Lang::Es)).unwrap().bytes
}

fn planned(bytes: Vec<u8>) -> Plan {
    let mut new_id = || panic!("a table of ours has its own identifiers");
    plan(&read_bytes(bytes, None).unwrap(), None, "2026-11-03T10:00:00+01:00", &mut new_id).unwrap()
}

fn comes_back(cases: &[Case], format: Format) {
    let plan = planned(exported(cases, format));
    assert!(plan.ours, "{format:?}");
    let back = plan.cases().unwrap();
    assert_eq!(back.len(), cases.len());
    for (back, case) in back.iter().zip(cases) {
        assert_eq!(back, case, "{format:?}");
    }
}

#[test]
fn cases_come_back_to_the_letter() {
    let mut hard = full();
    hard.id = CaseId("ff01".into());
    hard.hechos = "=HYPERLINK(\"http://x\")\r\ncon retorno\rsolo y fin \n".into();
    hard.intervencion = "'=ya con apóstrofo".into();
    hard.notas = "-\t+\u{a0}@ _x0041_ _x000D_ \u{1}\u{b} 🙂 ]]> <a> & \"\"".into();
    hard.referencias = vec!["+34 600 000 000".into(), String::new(), "[\"x\"]".into(), "dos\nlíneas".into()];
    hard.number = "007".into();
    hard.fecha = "hacia mayo".into();
    let mut huge = plain(3);
    huge.hechos = "El caso sigue, y 🙂 sigue. ".repeat(4_000);
    let cases = [full(), hard, plain(2), huge, long()].map(|case| case);
    let cases: Vec<Case> = cases
        .into_iter()
        .enumerate()
        .map(|(at, mut case)| {
            case.id = CaseId(format!("id-{at}"));
            case
        })
        .collect();
    for format in [Format::Json, Format::Csv, Format::Xlsx] {
        comes_back(&cases, format);
        comes_back(&cases[..1], format);
    }
    // A workbook whose rows wait in a file without a name, and not in memory.
    let scratch = tempfile::tempdir().unwrap();
    let options = ExportOptions { scratch: Some(scratch.path().to_owned()), ..ExportOptions::default() };
    let made = export(&cases, Format::Xlsx, &options, &I18n::new(Lang::Es)).unwrap();
    assert_eq!(planned(made.bytes).cases().unwrap(), cases);
    assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[=+@'\t\r\n a-zñ-]{0,6}",
        "\\PC{0,40}",
        "[\\x00-\\x1f\u{7f}-\u{9f}\u{a0}\u{2028}\u{feff}\u{fffe}a]{0,8}",
        "(_x[0-9A-F]{4}_| |a){0,4}",
    ]
}

prop_compose! {
    fn any_case()(
        texts in proptest::collection::vec(text(), 8),
        references in proptest::collection::vec(text(), 0..3),
        ambito in proptest::option::of(0..AMBITOS.len()),
        tipo in proptest::option::of(0..TIPOS.len()),
        outcome in proptest::option::of(0..3_usize),
        status in 0..3_usize,
        generated in any::<bool>(),
    ) -> Case {
        let mut case = Case::new(CaseId("a0".into()), texts[0].clone(), "2026-01-02T03:04:05+01:00".into());
        case.hechos = format!("x{}", texts[1]);
        case.intervencion.clone_from(&texts[2]);
        case.resultado_texto.clone_from(&texts[3]);
        case.notas.clone_from(&texts[4]);
        case.causa_cierre.clone_from(&texts[5]);
        case.fecha.clone_from(&texts[6]);
        case.provincia = Some(texts[7].clone()).filter(|name| !name.is_empty());
        case.referencias = references;
        case.ambito = ambito.map(|at| AMBITOS[at]);
        case.tipo = tipo.map(|at| TIPOS[at]);
        case.resultado = outcome.map(|at| Outcome::ALL[at]);
        case.status = [CaseStatus::Draft, CaseStatus::Accepted, CaseStatus::Closed][status];
        case.intervencion_generada = generated;
        case
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(super::rounds(48)) })]

    #[test]
    fn any_case_comes_back_to_the_letter(case in any_case()) {
        for format in [Format::Json, Format::Csv, Format::Xlsx] {
            comes_back(std::slice::from_ref(&case), format);
        }
    }

    #[test]
    fn any_case_can_be_printed(case in any_case()) {
        for format in [Format::Docx, Format::Pdf, Format::Odt, Format::Markdown, Format::Text] {
            let bytes = exported(std::slice::from_ref(&case), format);
            match format {
                Format::Docx => drop(super::tools::xml_text(&zip_entry(&bytes, "word/document.xml"))),
                Format::Odt => drop(super::tools::xml_text(&zip_entry(&bytes, "content.xml"))),
                _ => {}
            }
        }
    }
}

/// Cells that a spreadsheet would reckon with.
fn risky() -> Case {
    let mut case = full();
    case.hechos = "=1+1".into();
    case.intervencion = "+1".into();
    case.notas = "-1".into();
    case.causa_cierre = "@SUM(A1)".into();
    case.resultado_texto = "\t=1".into();
    case.number = "\r=1".into();
    case
}

#[test]
fn no_cell_of_a_csv_is_a_formula() {
    let bytes = exported(&[risky()], Format::Csv);
    assert!(bytes.starts_with(b"\xef\xbb\xbf"), "Excel needs the mark");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[3..]);
    let mut cells = 0;
    for record in reader.records() {
        for cell in &record.unwrap() {
            cells += 1;
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell:?}");
        }
    }
    assert_eq!(cells, 40);
}

#[test]
fn no_cell_of_an_xlsx_is_a_formula() {
    let bytes = exported(&[risky()], Format::Xlsx);
    let sheet = zip_entry(&bytes, "xl/worksheets/sheet1.xml");
    assert!(!sheet.contains("<f>") && !sheet.contains("<f "), "{sheet}");
    // Excel's own mark for a text that begins like a formula.
    assert!(zip_entry(&bytes, "xl/styles.xml").contains("quotePrefix=\"1\""));
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range("Casos").unwrap();
    let heading = |name: &str| range.rows().next().unwrap().iter().position(|cell| *cell == Data::String(name.into()));
    let cell = |name: &str| range.get((1, heading(name).unwrap())).unwrap().clone();
    assert_eq!(cell("hechos"), Data::String("=1+1".into()));
    assert_eq!(cell("causa_cierre"), Data::String("@SUM(A1)".into()));
    assert_eq!(book.worksheet_formula("Casos").unwrap().used_cells().count(), 0);
}

/// What an office's own scripts read.
const OPENPYXL: &str = "\
import json, sys, warnings
warnings.simplefilter('error')
import openpyxl
sheet = openpyxl.load_workbook(sys.argv[1])['Casos']
rows = [[cell.value or '' for cell in row] for row in sheet.iter_rows()]
kinds = {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value}
print(json.dumps([rows, sorted(kinds)]))";

#[test]
fn openpyxl_reads_the_same_cells() {
    let python = ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        std::process::Command::new(python)
            .args(["-c", "import openpyxl"])
            .output()
            .is_ok_and(|out| out.status.success())
    });
    let Some(python) = python else {
        return skipped("openpyxl is not installed, so what it reads of our workbooks was not checked");
    };
    let scratch = tempfile::tempdir().unwrap();
    for scratched in [None, Some(scratch.path().to_owned())] {
        let options = ExportOptions { scratch: scratched, ..ExportOptions::default() };
        let cases = [full(), plain(2), risky()];
        let made = export(&cases, Format::Xlsx, &options, &I18n::new(Lang::Es)).unwrap();
        let path = scratch.path().join("casos.xlsx");
        std::fs::write(&path, made.bytes).unwrap();
        let said = run(python, &["-c", OPENPYXL, path.to_str().unwrap()]);
        let (rows, kinds): (Vec<Vec<String>>, Vec<String>) = serde_json::from_str(&said).unwrap();
        assert_eq!(kinds, ["s"], "texts alone, and no formula");
        let at = |name: &str| rows[0].iter().position(|heading| heading == name).unwrap();
        for (row, case) in rows[1..].iter().zip(&cases) {
            assert_eq!((&row[at("hechos")], &row[at("notas")]), (&case.hechos, &case.notas));
            assert_eq!(row[at("provincia")], case.provincia.clone().unwrap_or_default());
        }
        assert_eq!(rows.len(), 4);
    }
}

#[test]
fn a_row_that_somebody_broke_stops_the_import() {
    let text = String::from_utf8(exported(&[full(), plain(2)], Format::Csv)).unwrap();
    for (old, new) in [(",sí,", ",quizás,"), ("Vivienda,", "Vivendas,"), (",1,00ff,", ",2,00ff,"), ("00ff", "../x")] {
        let plan = planned(text.replacen(old, new, 1).into_bytes());
        let error = plan.cases().unwrap_err();
        assert!(error.to_string().contains("1 rows"), "{old}: {error}");
        assert_eq!(plan.problems()[0].row, Some(2));
    }
}
