//! Datasets: what is read from which file, what is found in it, and what balancing and splitting leave.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails
#![allow(clippy::format_push_string)] // tables are written line by line

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pag_bert::domain::{AMBITOS, Outcome};
use pag_bert::model::{Tokenizer, embedded};
use pag_bert::training::dataset::{
    CheckOptions, Dataset, DatasetError, FaultKind, Form, Format, Generator, Label, Labels, Report, Row, Shares, Split,
    balance, by_date, by_hash, check, is_held_out, label, write, write_cases,
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

fn corpus() -> Dataset {
    Dataset::read_whole(&Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/corpus")).unwrap()
}

fn generated(count: usize, seed: u64) -> Vec<Row> {
    Generator::new(&corpus().rows, seed).unwrap().take(count).collect()
}

#[test]
fn the_same_seed_generates_the_same_bytes_and_another_seed_others() {
    let dir = tempfile::tempdir().unwrap();
    let bytes = |name: &str, count: usize, seed: u64| {
        let path = dir.path().join(name);
        write_cases(&path, &generated(count, seed)).unwrap();
        std::fs::read(path).unwrap()
    };
    let first = bytes("a.jsonl", 300, 7);
    assert!(first == bytes("b.jsonl", 300, 7) && first != bytes("c.jsonl", 300, 8));
    assert!(first.starts_with(&bytes("d.jsonl", 100, 7)), "more cases begin with the same ones");
    let taken = write_cases(&dir.path().join("a.jsonl"), &generated(1, 1)).unwrap_err();
    assert!(matches!(taken, DatasetError::Taken { .. }), "no file is written over");
    std::fs::remove_file(dir.path().join("b.jsonl")).unwrap();
    let again = Dataset::read(&dir.path().join("a.jsonl")).unwrap();
    assert_eq!((again.rows.len(), again.faults.len()), (300, 0));
    assert!(again.rows.iter().all(|row| row.sintetico == Some(true) && row.split.is_none()));
}

#[test]
fn generated_cases_are_whole_and_keep_to_the_fsg_s_words() {
    let provinces: BTreeSet<String> = corpus().rows.iter().map(|row| row.provincia.clone()).collect();
    let rows = generated(3000, 1);
    for row in &rows {
        assert!(matches!(label(row, Labels::Given), Label::Is(_)), "{row:?}");
        assert!(AMBITOS.iter().any(|one| one.label() == row.ambito) && provinces.contains(&row.provincia), "{row:?}");
        for text in [&row.hechos, &row.intervencion] {
            assert!(text.chars().next().is_some_and(|c| c.is_uppercase() || "«¿\"0123456789".contains(c)), "{text}");
            assert!(text.ends_with(['.', '»', '?', '!', '…']), "{text}");
            assert!(!text.contains(['{', '}', '[', ']', '<', '>', '|']) && !text.contains("  "), "{text}");
            assert!(!text.contains(" ."), "{text}");
        }
        for fault in [" a el ", " de el ", " le les ", " la el "] {
            assert!(!row.hechos.contains(fault) && !row.intervencion.contains(fault), "{row:?}");
        }
    }
    let outcomes: BTreeSet<&str> = rows.iter().map(|row| row.resultado.as_str()).collect();
    let ambitos: BTreeSet<&str> = rows.iter().map(|row| row.ambito.as_str()).collect();
    assert_eq!((outcomes.len(), ambitos.len()), (3, AMBITOS.len()));
}

/// Numbers, names and words of laws in an intervention that its facts don't have.
fn unfounded(row: &Row) -> Vec<String> {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let known: BTreeSet<String> = words(&row.hechos).iter().map(|word| word.to_lowercase()).collect();
    let mut after_stop = true;
    let mut found = Vec::new();
    for piece in row.intervencion.split(' ') {
        for word in words(piece) {
            let name = !after_stop && word.starts_with(char::is_uppercase);
            let law = ["ley", "artículo", "código", "directiva"].contains(&word.as_str());
            if (name || law || word.contains(char::is_numeric)) && !known.contains(&word.to_lowercase()) {
                found.push(word);
            }
            after_stop = false;
        }
        after_stop = piece.ends_with(['.', '?', '!', '»']);
    }
    found
}

#[test]
fn an_intervention_has_no_number_name_or_law_that_its_facts_lack() {
    let written = corpus().rows.iter().filter(|row| !unfounded(row).is_empty()).count();
    assert!(written > 50, "people write them: {written}");
    for row in generated(3000, 2) {
        assert_eq!(unfounded(&row), Vec::<String>::new(), "{row:?}");
    }
}

#[test]
fn nothing_of_a_held_out_case_is_generated() {
    let corpus = corpus();
    let runs = |text: &str| -> BTreeSet<String> {
        let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        words.windows(9).map(|run| run.join(" ").to_lowercase()).collect()
    };
    let (held, others): (Vec<&Row>, Vec<&Row>) = corpus.rows.iter().partition(|row| is_held_out(&row.hechos));
    assert!(!held.is_empty());
    let shared: BTreeSet<String> = others.iter().flat_map(|row| runs(&row.hechos)).collect();
    let own: BTreeSet<String> =
        held.iter().flat_map(|row| runs(&row.hechos)).filter(|run| !shared.contains(run)).collect();
    assert!(own.len() > 500);
    for row in generated(4000, 3) {
        assert!(runs(&row.hechos).is_disjoint(&own), "{row:?}");
    }
    let only_held: Vec<Row> = held.into_iter().cloned().collect();
    assert!(matches!(Generator::new(&only_held, 1), Err(DatasetError::EmptySplit { .. })));
}

#[test]
fn generated_cases_differ_and_an_intervention_speaks_of_its_facts() {
    let rows = generated(4000, 4);
    let share = |of: fn(&Row) -> &str| rows.iter().map(of).collect::<BTreeSet<_>>().len() as f64 / rows.len() as f64;
    assert!(share(|row| &row.hechos) > 0.8 && share(|row| &row.intervencion) > 0.9);
    // Who is spoken of in the facts is spoken of in the intervention: «la joven», not some other person.
    let about: Vec<&Row> = rows.iter().filter(|row| row.intervencion.contains(" la joven ")).collect();
    let named = about.iter().filter(|row| row.hechos.to_lowercase().contains("joven")).count();
    assert!(about.len() > 50 && named * 100 > about.len() * 90, "{named} of {}", about.len());
}
