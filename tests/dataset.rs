//! Datasets: what is read from which file, what is found in it, and what balancing and splitting leave.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails
#![allow(clippy::format_push_string)] // tables are written line by line

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pag_bert::domain::Outcome;
use pag_bert::model::{Tokenizer, embedded};
use pag_bert::training::dataset::{
    CheckOptions, Dataset, DatasetError, FaultKind, Form, Format, Label, Labels, Report, Row, Shares, Split, balance,
    by_date, by_hash, check, label, write,
};

const ORIGINAL: &str = "sintetico,text,intervencion,tipo_discriminacion,resultado\n";

fn put(dir: &Path, name: &str, text: &str) {
    let path = dir.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

fn read(files: &[(&str, &str)]) -> Dataset {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        put(dir.path(), name, text);
    }
    Dataset::read(dir.path()).unwrap()
}

fn report(files: &[(&str, &str)], labels: Labels) -> Report {
    let tokenizer = Tokenizer::load(&embedded::base(), Some(&embedded::adapter())).unwrap();
    check(&read(files), CheckOptions { labels, near: 0.8, max_tokens: 1024 }, &tokenizer).unwrap()
}

/// Kinds of faults with the place of each.
fn places(report: &Report) -> BTreeSet<(String, String)> {
    let place = |fault: &pag_bert::training::dataset::Fault| {
        let kind = serde_json::to_value(&fault.kind).unwrap()["kind"].as_str().unwrap().to_owned();
        (kind, fault.row.map_or_else(|| fault.file.clone(), |row| format!("{}:{row}", fault.file)))
    };
    report.faults.iter().map(place).collect()
}

/// The original's counts before balancing: rows with an intervention by split and class, and rows without.
fn made(split: &str, counts: [usize; 3], without: usize) -> String {
    let mut text = ORIGINAL.to_owned();
    for (label, count) in ["Positivo.", "Neutro.", "Negativo."].iter().zip(counts) {
        for i in 0..count {
            text += &format!("0,\"Hechos {split} {label} {i}, con coma\",Se informó {i},Sin especificar,{label}\n");
        }
    }
    for i in 0..without {
        text += &format!("1,Hechos sin intervención {split} {i},,Sin especificar,Positivo.\n");
    }
    text
}

#[test]
fn balancing_the_original_s_counts_gives_738_33_33() {
    let (train, test, valid) =
        (made("train", [246, 694, 846], 5), made("test", [11, 39, 47], 3), made("valid", [11, 38, 47], 3));
    let dataset = read(&[("train.csv", &train), ("test.csv", &test), ("validation.csv", &valid)]);
    assert_eq!(dataset.rows.len(), 1791 + 100 + 99);
    let (kept, done) = balance(&dataset.rows, Labels::Given, 7).unwrap();
    let sizes: Vec<usize> =
        Split::ALL.iter().map(|one| kept.iter().filter(|row| row.split == Some(*one)).count()).collect();
    assert_eq!(sizes, [738, 33, 33]);
    assert_eq!((done.without_text, done.per_class["train"], done.per_class["test"]), (11, 246, 11));
    let classes = |rows: &[&Row]| {
        let mut counts = BTreeMap::new();
        for row in rows {
            *counts.entry(row.resultado.clone()).or_insert(0) += 1;
        }
        counts.into_values().collect::<Vec<_>>()
    };
    assert_eq!(classes(&kept), [268, 268, 268]);
    let again = balance(&dataset.rows, Labels::Given, 7).unwrap().0;
    let other = balance(&dataset.rows, Labels::Given, 8).unwrap().0;
    assert!(kept == again && kept != other, "chosen at random from the seed alone");
    let only_test = dataset.rows.iter().filter(|row| row.split == Some(Split::Test)).cloned().collect::<Vec<_>>();
    let alone = balance(&only_test, Labels::Given, 7).unwrap().0;
    let within: Vec<&Row> = kept.into_iter().filter(|row| row.split == Some(Split::Test)).collect();
    assert_eq!(alone, within, "a split is drawn as it would be without the others");
}

#[test]
fn too_few_rows_and_a_missing_class_are_refused_before_any_training() {
    let dataset = read(&[("train.csv", &made("train", [1, 0, 1], 0))]);
    assert!(matches!(balance(&dataset.rows, Labels::Given, 0), Err(DatasetError::FewRows { rows: 2, .. })));
    let dataset = read(&[("train.csv", &made("train", [9, 0, 9], 0))]);
    let missing = balance(&dataset.rows, Labels::Given, 0).unwrap_err();
    assert_eq!(missing, DatasetError::ClassMissing { class: "Neutro".into(), split: "train".into() });
    let found = places(&report(&[("train.csv", &made("train", [9, 0, 9], 0))], Labels::Given));
    assert!(found.contains(&("class_missing".into(), String::new())), "{found:?}");
}

#[test]
fn every_form_comes_back_whole_from_parquet_and_jsonl() {
    let fsg = "hechos;intervencion;resultado;fecha_hechos;provincia;ambito;tipo_desciminacion;sentiment\n\
               \"Primera línea;\nsegunda «línea»\";Se envió carta;\u{a0}Positivo. Contestaron.\u{a0};\
               2021-01-01T00:00:00+01:00;Jaén;Empleo;Discriminación directa;NEU\n";
    let corpus = "{\"hechos\": \"A\", \"intervencion\": \"B\", \"resultado\": \"Neutro.\", \"detalle_resultado\": \"C\", \
                  \"ambito\": \"Salud\", \"tipo\": \"Sin especificar\", \"provincia\": \"Ávila\"}\n\n";
    let dataset = read(&[("casos.csv", fsg), ("salud.jsonl", corpus)]);
    let [first, second] = dataset.rows.as_slice() else { panic!("{dataset:?}") };
    assert_eq!((first.form, second.form), (Form::Fsg, Form::Corpus));
    assert_eq!(first.hechos, "Primera línea;\nsegunda «línea»");
    assert_eq!(first.date().as_deref(), Some("2021-01-01"));
    assert_eq!(label(first, Labels::Given), Label::Is(Outcome::Neutro));
    assert_eq!(label(first, Labels::Verdict), Label::Is(Outcome::Positivo));
    for format in [Format::Parquet, Format::Jsonl] {
        let dir = tempfile::tempdir().unwrap();
        let rows: Vec<&Row> = dataset.rows.iter().collect();
        write(dir.path(), &rows, format, Labels::Verdict).unwrap();
        let again = Dataset::read_whole(dir.path()).unwrap();
        assert!(again.files.iter().all(|file| file.form == Some(Form::Original)));
        for row in &dataset.rows {
            let same = again.rows.iter().find(|one| one.hechos == row.hechos).unwrap();
            let known =
                |row: &Row| (row.intervencion.clone(), row.ambito.clone(), row.provincia.clone(), row.tipo.clone());
            assert_eq!(known(same), known(row));
            assert_eq!(label(same, Labels::Given), label(row, Labels::Verdict), "the verdict became the label");
        }
        assert!(matches!(write(dir.path(), &rows, format, Labels::Given), Err(DatasetError::Taken { .. })));
    }
}

#[test]
fn each_fault_has_its_file_and_row() {
    let long = "palabra ".repeat(2000);
    let train = format!(
        "{ORIGINAL}0,Un caso,Se informó,Sin especificar,Positivo.\n0,,Se informó,Sin especificar,Neutro.\n\
         0,Otro caso,,Sin especificar,Negativo.\n0,Tercer caso,Se informó,Sin especificar,Positive.\n\
         0,Cuarto caso,Se informó,Sin especificar,Quizá\n0,un CASO,Se informó,Sin especificar,Neutro.\n\
         0,Quinto caso Resultado: nada,Se informó,Sin especificar,Neutro.\n0,{long},Se informó,x,Negativo.\n0,de menos\n"
    );
    let same =
        "Una familia gitana pidió mesa en un restaurante y le dijeron que estaba todo reservado, aunque había sitio";
    let test = format!(
        "{ORIGINAL}0,Un caso.,Se informó,x,Positivo.\n0,\"{same}\",Se informó,x,Neutro.\n0,\"{same} libre\",Se \
         informó,x,Negativo.\n"
    );
    let files = [
        ("train.csv", train.as_str()),
        ("test.csv", test.as_str()),
        ("dev.csv", "pregunta,respuesta\na,b\n"),
        ("valid.parquet", "PAR1 no es parquet"),
        (
            "otros.jsonl",
            "{\"hechos\": \"a\", \"intervencion\": \"b\", \"resultado\": \"Neutro.\", \"clave\": 1}\nno es JSON\n",
        ),
    ];
    let report = report(&files, Labels::Given);
    let found = places(&report);
    for (kind, place) in [
        ("empty_text", "train.csv:2"),
        ("empty_intervention", "train.csv:3"),
        ("foreign_label", "train.csv:4"),
        ("unknown_label", "train.csv:5"),
        // Files are read in the order of their names.
        ("leak", "train.csv:1"),
        ("leak", "train.csv:6"),
        ("marker", "train.csv:7"),
        ("too_long", "train.csv:8"),
        ("fields", "train.csv:9"),
        ("near_duplicate", "test.csv:3"),
        ("columns", "dev.csv"),
        ("broken", "valid.parquet"),
        ("other_columns", "otros.jsonl"),
        ("line", "otros.jsonl:2"),
    ] {
        assert!(found.contains(&(kind.to_owned(), place.to_owned())), "{kind} {place} in {found:#?}");
    }
    assert!(report.has_errors());
    assert_eq!(report.tokens.cut, 1);
    let spoken = serde_json::to_string(&report).unwrap();
    assert!(!spoken.contains("restaurante") && !spoken.contains("Quinto"), "no text of a case in a report");
}

#[test]
fn a_good_dataset_has_no_faults() {
    let text = |i: usize| {
        format!(
            "0,caso {} {} {},Se informó,x,{}\n",
            i * 7,
            i * 11,
            i * 13,
            ["Positivo.", "Neutro.", "Negativo."][i % 3]
        )
    };
    let train = format!("{ORIGINAL}{}", (1..10).map(text).collect::<String>());
    assert_eq!(places(&report(&[("train.csv", &train)], Labels::Given)), BTreeSet::new());
}

#[test]
fn files_that_can_t_be_used_are_named() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(Dataset::read(dir.path()), Err(DatasetError::NoFiles { .. })));
    assert!(matches!(Dataset::read(&dir.path().join("nada")), Err(DatasetError::Unreadable { .. })));
    put(dir.path(), "train.csv", ORIGINAL);
    assert!(matches!(Dataset::read_whole(dir.path()), Err(DatasetError::NoRows { .. })));
    std::fs::write(dir.path().join("train.csv"), b"text,intervencion,resultado\nni\xf1a,b,Neutro.\n").unwrap();
    let error = Dataset::read_whole(dir.path()).unwrap_err();
    assert!(matches!(&error, DatasetError::Broken { file, .. } if file == "train.csv"), "{error:?}");
}

#[test]
fn parquet_that_was_cut_short_is_a_fault_at_every_length() {
    let dir = tempfile::tempdir().unwrap();
    let rows = read(&[("train.csv", &made("train", [3, 3, 3], 0))]).rows;
    write(dir.path(), &rows.iter().collect::<Vec<_>>(), Format::Parquet, Labels::Given).unwrap();
    let path = dir.path().join("train.parquet");
    let whole = std::fs::read(&path).unwrap();
    for len in (0..whole.len()).step_by(whole.len() / 40 + 1) {
        std::fs::write(&path, &whole[..len]).unwrap();
        let dataset = Dataset::read(dir.path()).unwrap();
        assert!(dataset.rows.is_empty() && dataset.faults.len() == 1, "{len}");
        assert_eq!(dataset.faults[0].kind, FaultKind::Broken);
    }
    // Bits that were turned: rows or a fault, and no panic.
    for at in (4..whole.len()).step_by(whole.len() / 60 + 1) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        std::fs::write(&path, &bytes).unwrap();
        Dataset::read(dir.path()).unwrap();
    }
}

fn rows_of(texts: impl Iterator<Item = (String, String)>) -> Vec<Row> {
    let mut file = "hechos,intervencion,resultado,fecha_hechos\n".to_owned();
    for (text, date) in texts {
        file += &format!("{text},Se informó,Positivo.,{date}\n");
    }
    read(&[("casos.csv", &file)]).rows
}

#[test]
fn a_row_stays_on_its_side_when_others_come_and_twins_are_together() {
    let shares = Shares { test: 0.2, validation: 0.1 };
    let mut few = rows_of((0..500).map(|i| (format!("caso número {i}"), String::new())));
    let mut many = rows_of((0..900).rev().map(|i| (format!("caso número {i}"), String::new())));
    by_hash(&mut few, shares, 3).unwrap();
    by_hash(&mut many, shares, 3).unwrap();
    let sides: BTreeMap<&str, _> = many.iter().map(|row| (row.hechos.as_str(), row.split)).collect();
    assert!(few.iter().all(|row| sides[row.hechos.as_str()] == row.split));
    let count = |split| many.iter().filter(|row| row.split == Some(split)).count();
    assert!((140..220).contains(&count(Split::Test)) && (60..120).contains(&count(Split::Validation)));
    let mut twins =
        rows_of((0..200).flat_map(|i| [(format!("Caso {i}."), String::new()), (format!("caso  {i}"), String::new())]));
    by_hash(&mut twins, shares, 3).unwrap();
    assert!(twins.chunks(2).all(|pair| pair[0].split == pair[1].split));
    assert_eq!(by_hash(&mut twins, Shares { test: 0.7, validation: 0.3 }, 0), Err(DatasetError::Shares));
}

#[test]
fn by_date_everything_in_the_test_is_later() {
    // As the FSG's file has them: only the year is true.
    let date =
        |i: usize| if i.is_multiple_of(50) { String::new() } else { format!("{}-01-01T00:00:00+01:00", 2012 + i % 10) };
    let mut rows = rows_of((0..1000).map(|i| (format!("caso {i}"), date(i))));
    rows.extend(rows_of([("caso 1".to_owned(), "2021-01-01".to_owned())].into_iter()));
    let done = by_date(&mut rows, Shares { test: 0.1, validation: 0.1 }).unwrap();
    assert_eq!((done.undated, done.repeated), (20, 1), "a text of 2013 that comes again in 2021");
    let side = |split| rows.iter().filter(move |row| row.split == Some(split)).map(|row| row.date().unwrap());
    assert!(side(Split::Train).max() < side(Split::Validation).min());
    assert!(side(Split::Validation).max() < side(Split::Test).min());
    assert_eq!(side(Split::Test).count(), 100);
    let mut one_year = rows_of((0..9).map(|i| (format!("caso {i}"), "2020-01-01".to_owned())));
    assert!(matches!(
        by_date(&mut one_year, Shares { test: 0.1, validation: 0.0 }),
        Err(DatasetError::Dates { distinct: 1 })
    ));
}
