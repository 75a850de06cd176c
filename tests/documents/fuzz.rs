//! Files that this program itself writes, changed at random, through every importer: cases, a table, or an error; never a
//! panic, nor much memory.
//!
//! `PAG_FUZZ_SECONDS=600 cargo test --release --test documents fuzz` is the long form.

use pag_bert::documents::import::{plan, read_bytes};
use pag_bert::documents::{Format, from_json, from_json_many, to_json};
use pag_bert::domain::{Case, CaseId};
use rand::Rng;
use rand::rngs::StdRng;

#[path = "../common/fuzz.rs"]
mod common;

const WORDS: &[&[u8]] = &[
    b",",
    b";",
    b"\t",
    b"\"",
    b"\"\"",
    b"\r\n",
    b"sep=;",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"hechos",
    b"fecha_denuncia",
    b"31/02/2019",
    b"3 de noviembre de 2019",
    b"\"schema\":\"pag-bert/cases\"",
    b"{\"a\":",
    b"[[[[[[[[",
    b"<row r=\"1048576\">",
    b"<c r=\"XFD1\" t=\"s\"><v>99999999</v></c>",
    b"<si/>",
    b"&amp;",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"PK\x05\x06",
    "áéíóúñü".as_bytes(),
    b"\0",
];

fn cases() -> Vec<Case> {
    (0..6)
        .map(|at| {
            let mut case = Case::new(
                CaseId(format!("{at:032x}")),
                format!("2026-{at:03}"),
                "2026-11-03T10:00:00.000000+01:00".into(),
            );
            case.hechos = format!("Unos hechos, «con comillas»; y más, en el caso {at}.\nSegunda línea.");
            case.intervencion = "Se informó de los derechos.".into();
            case.provincia = Some("Ávila".into());
            case.fecha = "2019-11-03".into();
            case
        })
        .collect()
}

/// One file of each form that is read.
fn files() -> Vec<Vec<u8>> {
    let cases = cases();
    let csv = crate::tables::exported(&cases, Format::Csv);
    let text = String::from_utf8_lossy(&csv).into_owned();
    let utf16 = [vec![0xff, 0xfe], text.encode_utf16().flat_map(u16::to_le_bytes).collect()].concat();
    let (ansi, _, _) = encoding_rs::WINDOWS_1252.encode(&text);
    vec![
        ansi.into_owned(),
        utf16,
        crate::tables::exported(&cases, Format::Xlsx),
        crate::tables::exported(&cases, Format::Json),
        to_json(&cases[0], None).unwrap(),
        csv,
    ]
}

#[test]
fn changed_files_go_through_every_importer() {
    let files = files();
    common::alone("fuzz::changed_files_go_through_every_importer", |rng: &mut StdRng| {
        let file = &files[rng.random_range(0..files.len())];
        let bytes = common::changed(rng, file, WORDS);
        drop(from_json(&bytes));
        drop(from_json_many(&bytes));
        let Ok(source) = read_bytes(bytes, None) else { return };
        let mut id = 0;
        let mut new_id = || {
            id += 1;
            CaseId(id.to_string())
        };
        if let Ok(plan) = plan(&source, None, "2026-11-03T10:00:00+01:00", &mut new_id) {
            drop(plan.cases());
        }
    });
}
