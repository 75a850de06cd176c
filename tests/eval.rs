//! `pag-bert eval` against transformers and peft, and what it says of files that it can't measure.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn eval(texts: &Path, more: &[&str]) -> Output {
    let (base, adapter) = (fixture("gptj/seed_like/base"), fixture("gptj/seed_like/adapter"));
    let mut command = Command::new(env!("CARGO_BIN_EXE_pag-bert"));
    command.env("PAG_BERT_HOME", env!("CARGO_TARGET_TMPDIR")).arg("eval").arg("--texts").arg(texts);
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
