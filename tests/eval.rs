//! `pag-bert eval` against transformers and peft, its measures against scikit-learn, numpy and sacrebleu, and what it says
//! of files that it can't measure.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use pag_bert::domain::AMBITOS;
use pag_bert::training::eval::{AmbitoClassifier, ChrfCounts, LabelledCase, ambito_named, metrics};
use serde_json::{Value, json};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn eval(texts: &Path, more: &[&str]) -> Output {
    eval_of("--texts", texts, more)
}

fn eval_of(what: &str, path: &Path, more: &[&str]) -> Output {
    let (base, adapter) = (fixture("gptj/seed_like/base"), fixture("gptj/seed_like/adapter"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_pag-bert"));
    command.env("PAG_BERT_HOME", env!("CARGO_TARGET_TMPDIR")).arg("eval").arg(what).arg(path);
    command.arg("--model").arg(base).arg("--adapter").arg(adapter).args(more).output().unwrap()
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    String::from_utf8(bytes.to_vec()).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn each_text_has_the_loss_that_transformers_computes() {
    let texts = fixture("eval/texts.jsonl");
    let said = lines(&eval(&texts, &["--per-text", "--json"]).stdout);
    let expected = lines(&std::fs::read(fixture("eval/expected.jsonl")).unwrap());
    assert_eq!((said.len(), expected.len()), (4, 4));
    for (ours, theirs) in said.iter().zip(&expected) {
        assert_eq!(ours["tokens"], theirs["tokens"]);
        let (ours, theirs) = (ours["loss"].as_f64().unwrap(), theirs["loss"].as_f64().unwrap());
        assert!((ours - theirs).abs() < 1e-4 * theirs, "{ours} {theirs}");
    }
    let whole = &lines(&eval(&texts, &["--json"]).stdout)[0];
    assert_eq!(whole["cut"], 1, "one text is longer than the window");
    let all = &whole["losses"];
    let mean = expected.iter().map(|line| line["loss"].as_f64().unwrap()).sum::<f64>() / 4.0;
    assert!((all["loss_by_sample"].as_f64().unwrap() - mean).abs() < 1e-4 * mean);
    assert!((all["perplexity_by_sample"].as_f64().unwrap() - mean.exp()).abs() < 1e-3 * mean.exp());
    let within = |measure: &Value| {
        let [low, value, high] = ["low", "value", "high"].map(|name| measure[name].as_f64().unwrap());
        low < value && value < high
    };
    assert!(within(&all["by_sample"]) && within(&all["by_token"]), "{all}");
    let table = String::from_utf8(eval(&texts, &[]).stdout).unwrap();
    assert!(table.contains("Textos medidos: 4") && table.contains("Pérdida media por texto"), "{table}");
}

#[test]
fn what_can_t_be_measured_is_refused_without_its_words() {
    let dir = tempfile::tempdir().unwrap();
    for (text, wanted) in [("{\"texto\": \"SECRETO\"}\n", "1"), ("SECRETO", "1"), ("\n", "no hay ningún texto")] {
        let path = dir.path().join("textos.jsonl");
        std::fs::write(&path, text).unwrap();
        let output = eval(&path, &["--json"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(wanted) && !said.contains("SECRETO") && output.stdout.is_empty(), "{said}");
    }
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn classes(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|value| usize::try_from(value.as_u64().unwrap()).unwrap()).collect()
}

fn close(ours: f64, theirs: &Value) {
    let theirs = theirs.as_f64().unwrap();
    assert!((ours - theirs).abs() < 1e-9 * theirs.abs().max(1.0), "{ours} {theirs}");
}

fn measured() -> Value {
    serde_json::from_slice(&std::fs::read(fixture("eval/metrics.json")).unwrap()).unwrap()
}

#[test]
fn outcomes_are_measured_as_scikit_learn_measures_them() {
    let sets = measured()["outcomes"].as_array().unwrap().clone();
    assert_eq!(sets.len(), 3);
    for set in &sets {
        let truth = classes(&set["truth"]);
        let pairs: Vec<_> = truth.iter().copied().zip(classes(&set["said"]).into_iter().map(Some)).collect();
        let rows = set["probabilities"].as_array().unwrap().iter().map(|row| floats(row).try_into().unwrap());
        let forecasts: Vec<(usize, [f64; 3])> = truth.iter().copied().zip(rows).collect();
        close(metrics::accuracy(&pairs).unwrap(), &set["accuracy"]);
        close(metrics::macro_f1(&pairs).unwrap(), &set["macro_f1"]);
        close(metrics::brier(&forecasts).unwrap(), &set["brier"]);
        assert_eq!(json!(metrics::confusion(&pairs)), set["confusion"]);
        let bins = metrics::calibration(&forecasts);
        close(metrics::calibration_error(&bins).unwrap(), &set["ece"]);
        let filled: Vec<_> = bins.into_iter().filter(|bin| bin.cases > 0).collect();
        let theirs = &set["calibration"];
        assert_eq!(filled.iter().map(|bin| bin.cases).collect::<Vec<_>>(), classes(&theirs["cases"]));
        for (at, bin) in filled.iter().enumerate() {
            close(bin.right, &theirs["right"][at]);
            close(bin.confidence, &theirs["confidence"][at]);
        }
    }
}

#[test]
fn chrf_is_sacrebleu_s_and_quantiles_are_numpy_s() {
    let fixture = measured();
    let (chrf, mut all) = (&fixture["chrf"], ChrfCounts::default());
    for (at, pair) in chrf["pairs"].as_array().unwrap().iter().enumerate() {
        let counts = ChrfCounts::of(pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        close(counts.score(), &chrf["sentences"][at]);
        all += &counts;
    }
    close(all.score(), &chrf["corpus"]);
    let quantiles = &fixture["quantiles"];
    let mut values = floats(&quantiles["values"]);
    values.sort_by(f64::total_cmp);
    for (at, theirs) in floats(&quantiles["at"]).into_iter().zip(quantiles["are"].as_array().unwrap()) {
        close(metrics::quantile(&values, at).unwrap(), theirs);
    }
}

#[test]
fn ambitos_are_told_as_scikit_learn_tells_them() {
    let fixture: Value = serde_json::from_slice(&std::fs::read(fixture("eval/ambito.json")).unwrap()).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let ambito = |value: &Value| ambito_named(value.as_str().unwrap()).unwrap();
    let learned: Vec<LabelledCase> = fixture["learned"]
        .as_array()
        .unwrap()
        .iter()
        .map(|case| LabelledCase {
            ambito: ambito(&case["ambito"]),
            facts: text(&case["hechos"]),
            intervention: text(&case["intervencion"]),
        })
        .collect();
    let classifier = AmbitoClassifier::learn(&learned).unwrap();
    let classes: Vec<usize> =
        fixture["classes"].as_array().unwrap().iter().map(|class| ambito(class) as usize).collect();
    assert_eq!(classes.len(), AMBITOS.len() - 1, "one has no case");
    let told = fixture["told"].as_array().unwrap();
    assert!(told.len() > 50);
    for one in told {
        let words = text(&one["text"]);
        assert_eq!(classifier.classify(&words), Some(ambito(&one["said"])), "{words}");
        let scores = classifier.scores(&words).unwrap();
        for (class, theirs) in classes.iter().zip(one["scores"].as_array().unwrap()) {
            close(scores[*class], theirs);
        }
    }
}

/// Three cases that can be measured, one of them longer than the window, and one without an intervention.
fn cases(dir: &Path) {
    let long = "La joven fue a la biblioteca y nadie la atendió aunque esperó un buen rato. ".repeat(12);
    let rows = [
        ("No le dan el libro.", "Se habló con la dirección y con la OMIC.", "Positivo."),
        (&long, "Se puso una queja.", "Negativo."),
        ("Le cierran la puerta.", "Se llamó al centro.", "Neutro."),
        ("Nadie contesta.", "", "Neutro."),
    ];
    let line = |(hechos, intervencion, resultado): &(&str, &str, &str)| {
        let row = json!({ "hechos": hechos, "intervencion": intervencion, "resultado": resultado });
        format!("{row}\n")
    };
    std::fs::write(dir.join("test.jsonl"), rows.iter().map(line).collect::<String>()).unwrap();
    std::fs::write(dir.join("train.jsonl"), line(&rows[0])).unwrap();
}

#[test]
fn cases_are_answered_and_held_against_what_people_wrote() {
    let dir = tempfile::tempdir().unwrap();
    cases(dir.path());
    let (plot, training) = (dir.path().join("plot.svg"), dir.path().display().to_string());
    let plotted = plot.display().to_string();
    let corpus = fixture("eval/corpus.jsonl").display().to_string();
    let more = ["--json", "--max-new-tokens", "24", "--training", &training, "--plot", &plotted, "--corpus", &corpus];
    let output = eval_of("--dataset", dir.path(), &more);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = &lines(&output.stdout)[0];
    for (name, count) in [("cases", 3), ("left_out", 1), ("cut", 1), ("facts_cut", 1)] {
        assert_eq!(told[name], count, "{name}");
    }
    // The cut facts fill the window: no outcome is written, none can be asked for, and that is no right answer.
    let outcome = &told["outcome"];
    let table = outcome["confusion"].as_array().unwrap();
    assert_eq!(table.iter().map(|row| floats(row).iter().sum::<f64>()).collect::<Vec<_>>(), [1.0, 1.0, 0.0]);
    assert_eq!(outcome["unanswered"], 1);
    let right: f64 = (0..3).map(|class| floats(&table[class])[class]).sum();
    close(right / 3.0, &outcome["accuracy"]["value"]);
    let bins = outcome["calibration"].as_array().unwrap();
    assert_eq!(bins.iter().map(|bin| bin["cases"].as_u64().unwrap()).sum::<u64>(), 2);
    // One of the three people named a body that the facts don't have.
    close(1.0 / 3.0, &told["intervention"]["invented_by_people"]["organisations"]["value"]);
    assert!(told["intervention"]["invented"]["any"]["value"].as_f64().is_some(), "{told}");
    // No case names its ámbito: it is read in the facts. Two people spoke of the same, the third of another.
    assert_eq!((&told["ambito"]["labelled"], &told["ambito"]["facts"]), (&json!(0), &Value::Null));
    close(2.0 / 3.0, &told["ambito"]["people"]["value"]);
    assert_eq!(told["classifier"]["cases"], 4);
    for path in
        ["/outcome/accuracy", "/outcome/brier", "/intervention/copied", "/ambito/generated", "/classifier/facts"]
    {
        let (name, measure) = (path, told.pointer(path).unwrap());
        let [low, value, high] = ["low", "value", "high"].map(|name| measure[name].as_f64().unwrap());
        assert!(low <= value && value <= high, "{name}: {measure}");
    }
    let svg = std::fs::read_to_string(&plot).unwrap();
    assert_eq!(svg.matches("class=\"bin\"").count(), bins.iter().filter(|bin| bin["cases"] != 0).count());

    // The losses are those of the texts that training reads.
    let texts = dir.path().join("texts.jsonl");
    let text = |row: &Value| {
        let [hechos, intervencion, resultado] =
            ["hechos", "intervencion", "resultado"].map(|name| row[name].as_str().unwrap().trim().to_owned());
        let text = format!("<SH>{hechos} Intervención: {intervencion} Resultado:{resultado}<EH>");
        format!("{}\n", json!({ "text": text }))
    };
    let rows = lines(&std::fs::read(dir.path().join("test.jsonl")).unwrap());
    std::fs::write(&texts, rows[..3].iter().map(text).collect::<String>()).unwrap();
    let of_texts = &lines(&eval(&texts, &["--json"]).stdout)[0];
    for name in ["predicted_tokens", "loss_by_token", "loss_by_sample"] {
        close(told["losses"][name].as_f64().unwrap(), &of_texts["losses"][name]);
    }

    std::fs::remove_file(&texts).unwrap();
    let output = eval_of("--dataset", dir.path(), &["--max-new-tokens", "24", "--limit", "2"]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("Casos medidos: 2") && table.contains("Intervalo del 95 %"), "{table}");
    assert!(!table.contains("Copian"), "nothing was learned as far as is known: {table}");
    assert!(!table.contains("ámbito"), "no case names one: {table}");
    assert!(table.contains("Con leyes que no están en los hechos"), "{table}");

    let output = eval_of("--dataset", Path::new(&corpus), &["--max-new-tokens", "4", "--limit", "2"]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("aprendido de 2 casos") && table.contains("El ámbito se reconoce en los hechos"), "{table}");
}

#[test]
fn cases_that_can_t_be_measured_are_refused_before_a_model_is_loaded() {
    let dir = tempfile::tempdir().unwrap();
    cases(dir.path());
    let nowhere = dir.path().join("no/plot.svg").display().to_string();
    for (more, wanted) in [
        (&["--split", "validation"][..], "Esa parte del conjunto no tiene casos"),
        (&["--plot", &nowhere][..], "No se ha podido escribir"),
        (&["--training", "no-existe"][..], "no-existe"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pag-bert"));
        command.env("PAG_BERT_HOME", env!("CARGO_TARGET_TMPDIR")).args(["eval", "--model", "./no-model", "--dataset"]);
        let output = command.arg(dir.path()).args(more).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(wanted) && output.stdout.is_empty(), "{said}");
    }
}
