//! Case files: what is written can be read again to the letter, and whatever else is given gets a clear answer.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // a test stops where something fails

use std::path::Path;

use pag_bert::documents::{DocumentError, MAX_FILE_BYTES, from_json, read_file, to_json, to_markdown, to_text};
use pag_bert::domain::{Ambito, Case, CaseId, CaseStatus, Outcome, Probabilities, Review, Tipo};
use pag_bert::error::UserError;
use pag_bert::i18n::{I18n, Lang};

mod common;

/// A case with something in every field.
fn full_case() -> Case {
    let mut case = Case::new(CaseId("00ff".into()), "2026-031".into(), "2026-11-03T10:00:00.000000001+01:00".into());
    case.hechos =
        "Una joven gitana, con su madre,\nno pudo ver el piso. \"Reservado\", le dijeron. \u{200f}🙂 \u{1} fin".into();
    case.fecha = "2026-11-02".into();
    case.provincia = Some("Sevilla".into());
    case.ambito = Some(Ambito::Vivienda);
    case.tipo = Some(Tipo::Directa);
    case.intervencion = "Se contactó con la inmobiliaria.".into();
    case.intervencion_generada = true;
    case.resultado = Some(Outcome::Neutro);
    case.resultado_texto = "Sin respuesta por ahora.".into();
    case.status = CaseStatus::Closed;
    case.modified_at = "2026-11-03T10:42:00.123456789+01:00".into();
    let mut suggestion = common::suggestion::full();
    suggestion.outcome.forced = true;
    suggestion.review = Review::Edited;
    case.propuesta = Some(suggestion);
    case
}

fn json() -> String {
    String::from_utf8(to_json(&full_case(), None).unwrap()).unwrap()
}

fn read(text: &str) -> Result<Case, DocumentError> {
    from_json(text.as_bytes()).map(|document| document.case)
}

/// The error as people read it, in both languages: every message there is, with all its values.
fn words(error: DocumentError) -> String {
    let error = UserError::from(error).with("file", "caso.json");
    let mut all = String::new();
    for lang in Lang::ALL {
        let text = I18n::new(lang).error(&error);
        for part in [text.title, text.what, text.next] {
            assert!(!part.starts_with(error.id()) && !part.contains('{'), "{part}");
            all.push_str(&part);
            all.push('\n');
        }
    }
    all
}

#[test]
fn a_case_comes_back_to_the_letter() {
    let case = full_case();
    assert_eq!(read(&json()).unwrap(), case);
    let blank = Case::new(CaseId("a".into()), String::new(), String::new());
    assert_eq!(from_json(&to_json(&blank, None).unwrap()).unwrap().case, blank);
    let draft = from_json(&to_json(&case, Some(Path::new("/casos/uno.json"))).unwrap()).unwrap();
    assert_eq!(draft.file.as_deref(), Some(Path::new("/casos/uno.json")));
}

#[test]
fn the_schema_stays_what_it_is() {
    // Files of version 1 are on people's disks: a new name or a lost field needs a new version and a way to read both.
    let value: serde_json::Value = serde_json::from_str(&json()).unwrap();
    assert_eq!(value["schema"], "pag-bert/case");
    assert_eq!(value["version"], 1);
    let keys: Vec<&String> = value["case"].as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "ambito",
            "causa_cierre",
            "created_at",
            "fecha",
            "fecha_denuncia",
            "hechos",
            "id",
            "intervencion",
            "intervencion_generada",
            "modified_at",
            "notas",
            "number",
            "propuesta",
            "provincia",
            "referencias",
            "resultado",
            "resultado_texto",
            "status",
            "tipo"
        ]
    );
    assert_eq!(value["case"]["ambito"], "Vivienda");
    assert_eq!(value["case"]["propuesta"]["finish"], "token_limit");
}

#[test]
fn numbers_that_json_lacks_do_not_make_a_file_that_cannot_be_opened() {
    let mut case = full_case();
    let suggestion = case.propuesta.as_mut().unwrap();
    suggestion.timing.tokens_per_s = f64::INFINITY;
    suggestion.outcome.probabilities = Some(Probabilities { positivo: f64::NAN, neutro: 0.0, negativo: 0.0 });
    let back = from_json(&to_json(&case, None).unwrap()).unwrap().case;
    assert_eq!(back.propuesta.as_ref().unwrap().outcome.probabilities, None);
    assert_eq!(back.hechos, case.hechos);
}

#[test]
fn a_byte_order_mark_and_unknown_fields_are_let_through() {
    let text = format!("\u{feff}{}", json().replacen("\"case\": {", "\"x\": [1], \"case\": { \"y\": 2,", 1));
    assert_eq!(read(&text).unwrap(), full_case());
}

#[test]
fn each_fault_has_its_own_clear_error() {
    use DocumentError as E;
    assert!(matches!(from_json(b"{\"schema\": \"\xff\"}"), Err(E::NotUtf8 { at: 12 })));
    assert!(matches!(read(""), Err(E::NotJson { .. })));
    assert!(matches!(read("Hechos: ninguno"), Err(E::NotJson { line: 1, .. })));
    assert!(matches!(read(&json()[..200]), Err(E::NotJson { .. })));
    assert!(matches!(read("[]"), Err(E::NotACase)));
    assert!(matches!(read("{\"name\": \"otra cosa\"}"), Err(E::NotACase)));
    assert!(matches!(read(&json().replace("pag-bert/case", "pag-bert/vault")), Err(E::NotACase)));
    assert!(matches!(read(&json().replace("\"version\": 1", "\"version\": 2")), Err(E::FutureVersion { version: 2 })));
    assert!(matches!(
        read("{\"schema\":\"pag-bert/case\",\"version\":7,\"sobre\":{}}"),
        Err(E::FutureVersion { version: 7 })
    ));
    assert!(
        matches!(read(&json().replace("\"version\": 1,", "")), Err(E::MissingField { field }) if field == "version")
    );
    for field in ["id", "hechos", "intervencion_generada", "modified_at"] {
        let text = json().replacen(&format!("\"{field}\":"), "\"otro\":", 1);
        assert!(matches!(read(&text), Err(E::MissingField { field: missing }) if missing == field), "{field}");
    }
    assert!(
        matches!(read(&json().replace("\"Vivienda\"", "\"Vivendas\"")), Err(E::WrongValue { line, .. }) if line > 3)
    );
    for id in ["../../../etc/x", "", "a b", "ñ"] {
        assert!(matches!(read(&json().replace("\"00ff\"", &format!("\"{id}\""))), Err(E::WrongId)), "{id}");
    }
    let deep = format!("{{\"schema\":\"pag-bert/case\",\"version\":1,\"x\":{}", "[".repeat(100_000));
    assert!(matches!(read(&deep), Err(E::NotJson { .. })));
}

#[test]
fn errors_are_in_words_and_never_quote_the_file() {
    let secret = "Persona-Secreta";
    let wrong = json().replace("\"Vivienda\"", &format!("\"{secret}\""));
    let error = read(&wrong).unwrap_err();
    assert!(!format!("{error} {error:?}").contains(secret));
    assert!(!words(error).contains(secret));
    let denied = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
    let all = [
        DocumentError::TooLarge { bytes: 500_000_000 },
        DocumentError::NotUtf8 { at: 0 },
        DocumentError::NotJson { line: 3, column: 1 },
        DocumentError::NotACase,
        DocumentError::FutureVersion { version: 9 },
        DocumentError::MissingField { field: "hechos".into() },
        DocumentError::WrongId,
        DocumentError::Folder,
        DocumentError::NotARegularFile,
        DocumentError::Io(denied()),
        DocumentError::Io(std::io::Error::from(std::io::ErrorKind::NotFound)),
    ];
    for error in all {
        assert!(words(error).contains("caso.json"));
    }
    assert!(words(DocumentError::TooLarge { bytes: 500_000_000 }).contains("500 MB"));
}

#[test]
fn a_huge_file_and_a_folder_are_refused_without_reading() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(read_file(dir.path()), Err(DocumentError::Folder)));
    assert!(matches!(read_file(&dir.path().join("no.json")), Err(DocumentError::Io(_))));
    // Sparse: 500 MB that take no room, and would take seconds and half a gigabyte of memory if they were read.
    let huge = dir.path().join("huge.json");
    std::fs::File::create(&huge).unwrap().set_len(500_000_000).unwrap();
    assert!(matches!(read_file(&huge), Err(DocumentError::TooLarge { bytes: 500_000_000 })));
    const { assert!(500_000_000 > MAX_FILE_BYTES) };
}

#[test]
fn generated_text_says_so_until_it_is_reviewed() {
    let es = I18n::new(Lang::Es);
    let mut case = full_case();
    let mark = "Texto generado, sin revisar. Modelo: Modelo de demostración. Adaptador: pag. Fecha: 03/11/2026.";
    for write in [to_markdown, to_text] {
        assert!(write(&case, &es).contains(mark));
    }
    case.intervencion_generada = false;
    for write in [to_markdown, to_text] {
        let text = write(&case, &es);
        assert!(!text.contains("Texto generado"), "the proposal was edited, the intervention confirmed:\n{text}");
    }
    case.propuesta.as_mut().unwrap().review = Review::Unreviewed;
    for write in [to_markdown, to_text] {
        assert!(write(&case, &es).contains(mark));
    }
}

#[test]
fn the_text_has_the_printed_form() {
    let mut case = full_case();
    case.intervencion_generada = false;
    case.propuesta = None;
    case.hechos = "Una joven gitana no pudo ver el piso.\r\nLe dijeron que estaba reservado.".into();
    assert_eq!(
        to_text(&case, &I18n::new(Lang::Es)),
        "2026-031. Sevilla. Vivienda. Discriminación directa.\nFecha de los hechos: 02/11/2026\n\nHECHOS\nUna joven gitana no \
         pudo ver el piso.\nLe dijeron que estaba reservado.\n\nINTERVENCIÓN\nSe contactó con la inmobiliaria.\n\nRESULTADO\n\
         Neutro. Sin respuesta por ahora.\n"
    );
}
