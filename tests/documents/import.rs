//! Import: what offices have, what is wrong with it, and where.

use pag_bert::documents::import::{
    Field, Form, ImportError, Mapping, Plan, Policy, ProblemKind as Kind, Source, plan, read_bytes, resolve, tally,
};
use pag_bert::domain::{Ambito, CaseId, CaseStatus, Outcome, Tipo};
use rust_xlsxwriter::{ExcelDateTime, Format as CellFormat, Formula, Workbook};

const NOW: &str = "2026-11-03T10:00:00+01:00";

fn ids() -> impl FnMut() -> CaseId {
    let mut next = 0;
    move || {
        next += 1;
        CaseId(format!("n{next}"))
    }
}

fn source(bytes: impl Into<Vec<u8>>) -> Source {
    read_bytes(bytes.into(), None).unwrap()
}

fn planned(bytes: impl Into<Vec<u8>>) -> Plan {
    plan(&source(bytes), None, NOW, &mut ids()).unwrap()
}

/// Rows and columns where something is wrong.
fn places(plan: &Plan, kind: Kind) -> Vec<(Option<u64>, Option<&str>)> {
    plan.problems()
        .iter()
        .filter(|problem| problem.kind == kind)
        .map(|problem| (problem.row, problem.column.as_deref()))
        .collect()
}

/// A table as an office might keep it, with one fault after the other. Written for this test, about nobody.
const OFFICE: &str = "N.º;Relato;Fecha;Fecha de la denuncia;Provincia;Ámbito;Tipo;Actuación;Resultado;Enlace;Referencia;Observaciones;Color\n\
1;\"En una tienda siguieron a dos clientas gitanas; a nadie más.\";03/11/2019;2019;JAEN;bienes y servicios;Directa;Se escribió a la tienda.;Positivo. Pidió disculpas.;https://ejemplo.org/1;\"['a', 'b']\";;azul\n\
2;Un hotel anuló la reserva de una familia gitana al verla llegar.;noviembre de 2019;4-11-19;Narnia;Viajes;Rara;;;;;Volver a llamar;\n\
3;Una academia no cogió a un joven gitano y luego anunció plazas libres.;ayer;5 de mayo de 2031;Ávila;Educación;Discriminación directa;;Negativo;;;;\n\
4;;2019;;;;;;;;;;\n";

#[test]
fn an_offices_table_is_understood_and_its_faults_are_named() {
    let plan = planned(OFFICE);
    assert!(!plan.ours);
    let cases = plan.cases().unwrap();
    let (one, two, three) = (&cases[0], &cases[1], &cases[2]);
    assert_eq!(one.hechos, "En una tienda siguieron a dos clientas gitanas; a nadie más.");
    assert_eq!((one.number.as_str(), one.fecha.as_str(), one.fecha_denuncia.as_str()), ("1", "2019-11-03", "2019"));
    assert_eq!(
        (one.provincia.as_deref(), one.ambito, one.tipo),
        (Some("Jaén"), Some(Ambito::Bienes), Some(Tipo::Directa))
    );
    assert_eq!((one.resultado, one.resultado_texto.as_str()), (Some(Outcome::Positivo), "Positivo. Pidió disculpas."));
    assert_eq!(one.referencias, ["https://ejemplo.org/1", "a", "b"]);
    assert_eq!((one.status, one.created_at.as_str(), one.intervencion_generada), (CaseStatus::Closed, NOW, false));
    assert_eq!((two.fecha.as_str(), two.fecha_denuncia.as_str()), ("2019-11", "2019-11-04"));
    // What is not known is kept and told, never dropped.
    assert_eq!((two.provincia.as_deref(), two.ambito, two.tipo), (Some("Narnia"), None, None));
    assert_eq!(two.notas, "Ámbito: Viajes\n\nTipo: Rara\n\nVolver a llamar");
    assert_eq!(two.status, CaseStatus::Draft);
    assert_eq!(
        (three.fecha.as_str(), three.resultado, three.resultado_texto.as_str()),
        ("ayer", Some(Outcome::Negativo), "")
    );
    for (kind, expected) in [
        (Kind::ProvinciaUnknown, vec![(Some(3), Some("Provincia"))]),
        (Kind::AmbitoUnknown, vec![(Some(3), Some("Ámbito"))]),
        (Kind::TipoUnknown, vec![(Some(3), Some("Tipo"))]),
        (Kind::DateUnknown, vec![(Some(4), Some("Fecha"))]),
        (Kind::DateTwoDigits, vec![(Some(3), Some("Fecha de la denuncia"))]),
        (Kind::DateFuture, vec![(Some(4), Some("Fecha de la denuncia"))]),
        (Kind::Respelt, vec![(Some(2), Some("Provincia")), (Some(2), Some("Ámbito")), (Some(2), Some("Tipo"))]),
        (Kind::ListAsText, vec![(Some(2), Some("Referencia"))]),
        (Kind::OutcomeFromText, vec![(Some(2), Some("Resultado"))]),
        (Kind::NoFacts, vec![(Some(5), None)]),
        (Kind::ColumnUnused, vec![(None, Some("Color"))]),
    ] {
        assert_eq!(places(&plan, kind), expected, "{kind:?}");
    }
}

#[test]
fn every_encoding_and_separator_gives_the_same_cases() {
    let expected = planned(OFFICE).cases().unwrap();
    let latin = encoding_rs::WINDOWS_1252.encode(OFFICE).0.into_owned();
    let little: Vec<u8> = std::iter::once(0xfeff).chain(OFFICE.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = OFFICE.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked = [b"\xef\xbb\xbf".as_slice(), OFFICE.as_bytes()].concat();
    for (bytes, encoding) in [(latin, "windows-1252"), (little, "UTF-16LE"), (big, "UTF-16BE"), (marked, "UTF-8")] {
        let plan = planned(bytes);
        assert_eq!(plan.origin.as_ref().unwrap().encoding, Some(encoding));
        assert_eq!(plan.cases().unwrap(), expected, "{encoding}");
    }
    // Tabs, with every cell in quotes.
    let mut writer =
        csv::WriterBuilder::new().delimiter(b'\t').quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').has_headers(false).from_reader(OFFICE.as_bytes());
    reader.records().for_each(|record| writer.write_record(&record.unwrap()).unwrap());
    assert_eq!(planned(writer.into_inner().unwrap()).cases().unwrap(), expected);
}

#[test]
fn letters_that_went_wrong_are_mended_and_told() {
    let text = "hechos,provincia\nLa tienda dijo \u{93}no\u{94} a una mujer gitana\u{85},Ávila\n\
                La tienda dijo que no a un seÃ±or gitano,Ávila\n\u{a0}Con espacios\u{a0}raros\u{7}.\u{a0},Ávila\n";
    let plan = planned(text);
    let cases = plan.cases().unwrap();
    assert_eq!(cases[0].hechos, "La tienda dijo “no” a una mujer gitana…");
    assert_eq!(cases[1].hechos, "La tienda dijo que no a un señor gitano");
    assert_eq!(cases[2].hechos, "Con espacios raros.");
    let at = |row| (Some(row), Some("hechos"));
    assert_eq!(places(&plan, Kind::EncodingMended), [at(2), at(3)]);
    assert_eq!(places(&plan, Kind::ControlsRemoved), [at(4)]);
    assert_eq!(places(&plan, Kind::BlanksMended), [at(4)]);
}

#[test]
fn years_that_a_program_made_into_dates_are_years_again() {
    let row = |year: i32| format!("Hechos {year},{year}-01-01T00:00:00+01:00,{year}-01-01T00:00:00+01:00,NEG\n");
    let text = format!("hechos,fecha_hechos,fecha_denuncia,sentiment\n{}", (2005..2015).map(row).collect::<String>());
    let plan = planned(text.clone());
    let cases = plan.cases().unwrap();
    assert_eq!((cases[0].fecha.as_str(), cases[0].fecha_denuncia.as_str()), ("2005", ""));
    assert_eq!(cases[0].resultado, None, "a program's label is no outcome");
    assert_eq!(places(&plan, Kind::OnlyYears), [(None, Some("fecha_hechos"))]);
    assert_eq!(places(&plan, Kind::ColumnRepeats), [(None, Some("fecha_denuncia"))]);
    assert_eq!(places(&plan, Kind::ColumnOfMachine), [(None, Some("sentiment"))]);
    // One that is another day, and the column is believed.
    let plan = planned(text.replace("2005-01-01", "2005-01-02"));
    assert_eq!(plan.cases().unwrap()[1].fecha, "2006-01-01");
    assert!(places(&plan, Kind::OnlyYears).is_empty());
}

#[test]
fn columns_can_be_mapped_by_hand() {
    let source = source("uno,dos,tres\nLos hechos,Sevilla,Nota\n");
    let guessed = plan(&source, None, NOW, &mut ids()).unwrap();
    assert!(matches!(guessed.cases(), Err(ImportError::Blocked { first: 1, .. })), "no column holds facts");
    let Source::Table(table) = &source else { panic!() };
    let mut mapping = Mapping::guess(&table.headings);
    for assignment in ["uno=hechos", "2=provincia", "TRES=notas"] {
        mapping.set(assignment).unwrap();
    }
    let cases = plan(&source, Some(&mapping), NOW, &mut ids()).unwrap().cases().unwrap();
    assert_eq!((cases[0].hechos.as_str(), cases[0].provincia.as_deref()), ("Los hechos", Some("Sevilla")));
    assert_eq!(mapping.of(Field::Notas).collect::<Vec<_>>(), [2]);
}

#[test]
fn a_workbook_is_read_as_it_is_shown() {
    let mut book = Workbook::new();
    book.add_worksheet().set_name("Vacía").unwrap();
    let sheet = book.add_worksheet().set_name("Casos 2019").unwrap();
    let day = CellFormat::new().set_num_format("dd/mm/yyyy");
    for (at, heading) in ["Hechos", "Fecha", "Número", "Provincia", "Observaciones"].iter().enumerate() {
        sheet.write_string(2, at as u16, *heading).unwrap();
    }
    sheet.write_string(3, 0, "=No es una fórmula").unwrap();
    sheet.write_datetime_with_format(3, 1, ExcelDateTime::from_ymd(2019, 11, 3).unwrap(), &day).unwrap();
    sheet.write_number(3, 2, 31).unwrap();
    sheet.write_string(3, 3, "Jaén").unwrap();
    sheet.write_formula(3, 4, Formula::new("=1+1").set_result("2")).unwrap();
    sheet.write_string(5, 0, "Otros hechos, dos filas más abajo").unwrap();
    let plan = planned(book.save_to_buffer().unwrap());
    let origin = plan.origin.as_ref().unwrap();
    assert_eq!((origin.form, origin.sheet.as_deref(), origin.sheets.len()), (Form::Xlsx, Some("Casos 2019"), 2));
    let cases = plan.cases().unwrap();
    assert_eq!(cases[0].hechos, "=No es una fórmula");
    assert_eq!((cases[0].fecha.as_str(), cases[0].number.as_str(), cases[0].notas.as_str()), ("2019-11-03", "31", "2"));
    assert_eq!(plan.cases.iter().map(|one| one.row).collect::<Vec<_>>(), [4, 6], "rows as the spreadsheet counts");
    assert_eq!(places(&plan, Kind::Formula).len(), 1);
    assert_eq!(places(&plan, Kind::OtherSheets).len(), 1);
}

#[test]
fn a_list_of_objects_is_a_table_too() {
    let plan = planned(
        r#"[{"text": "Los hechos", "intervencion": "Se llamó.", "resultado": "Negativo.", "sintetico": "0"},
                           {"text": "Otros", "provincia": null, "year": 2019}]"#,
    );
    let cases = plan.cases().unwrap();
    assert_eq!((cases[0].hechos.as_str(), cases[0].resultado), ("Los hechos", Some(Outcome::Negativo)));
    assert_eq!((cases[1].fecha.as_str(), cases[1].provincia.as_deref()), ("2019", None));
}

#[test]
fn repeated_cases_are_found_and_dealt_with() {
    let facts = "A una familia gitana le pidieron en el banco tres avales para abrir una cuenta que a otras personas del barrio \
                 les abrieron el mismo día, y cuando preguntaron por qué no recibieron respuesta.";
    let near = facts.replace("el mismo día", "el día siguiente").to_uppercase();
    let text = format!("hechos,provincia\n\"{facts}\",Jaén\n\"{facts}\",Granada\n\"{near}\",\nOtra cosa,\n");
    let plan = planned(text);
    let found: Vec<(usize, bool)> = plan.duplicates.iter().map(|one| (one.index, one.likeness > 0.999)).collect();
    assert_eq!(found, [(1, true), (2, false)]);
    let count = |policy| {
        let tally = tally(plan.cases.len(), &plan.duplicates, |_| policy);
        let steps = resolve(plan.cases().unwrap(), &plan.duplicates, |_| policy);
        assert_eq!(steps.len(), tally.added);
        (tally.added, tally.skipped, tally.merged)
    };
    assert_eq!(count(Policy::Skip), (2, 2, 0));
    assert_eq!(count(Policy::Merge), (2, 0, 2));
    assert_eq!(count(Policy::Keep), (4, 0, 0));
}

#[test]
fn a_text_that_no_case_can_hold_stops_it_all() {
    let long = "a".repeat(pag_bert::domain::MAX_FACTS_BYTES + 1);
    let plan = planned(format!("hechos,notas\nbien,\n{long},\n"));
    assert!(matches!(plan.cases(), Err(ImportError::Blocked { rows: 1, first: 3 })));
}

/// The real file, where it is: it must come in quickly, with its faults shown.
#[test]
fn the_published_table_comes_in_with_its_faults_shown() {
    let Some(path) = std::env::var_os("PAG_FSG_CASES") else {
        super::tools::skipped("PAG_FSG_CASES does not name the FSG's published table");
        return;
    };
    let plan = planned(std::fs::read(path).unwrap());
    assert_eq!((plan.rows, plan.cases().unwrap().len()), (2402, 2402));
    let of = |kind, column: Option<&str>| {
        plan.counts()
            .iter()
            .find(|count| count.kind == kind && count.column.as_deref() == column)
            .map_or(0, |count| count.count)
    };
    assert_eq!(of(Kind::ListAsText, Some("reference")), 455);
    assert_eq!(of(Kind::ColumnRepeats, Some("fecha_denuncia")), 1);
    assert_eq!(of(Kind::OnlyYears, Some("fecha_hechos")), 1);
    assert_eq!(of(Kind::ProvinciaUnknown, Some("provincia")), 4);
    assert!(of(Kind::EncodingMended, Some("hechos")) > 0);
    assert_eq!(of(Kind::ColumnOfMachine, Some("sentiment")) + of(Kind::ColumnOfMachine, Some("prob")), 2);
    let same = plan.duplicates.iter().filter(|one| one.likeness > 0.999).count();
    assert!(same >= 17, "{same} of its rows tell the facts of an earlier one to the letter");
    assert!(plan.cases.iter().all(|one| one.case.fecha.len() == 4), "no day is made up");
}
