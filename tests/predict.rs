//! The command line as a shell meets it: output, exit codes, signals, and no text of a case where it does not belong.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

mod common;

const FACTS: &str = "Una familia gitana fue a ver un piso y la agencia dijo que ya no estaba libre.";

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pag-bert"));
    // No settings of whoever runs the tests.
    command.args(arguments).env("PAG_BERT_HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs it with `facts` on standard input.
fn run(arguments: &[&str], facts: &str) -> Output {
    let mut command = program(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may refuse before it has read everything.
    child.stdin.take().unwrap().write_all(facts.as_bytes()).ok();
    child.wait_with_output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gptj").join(name)
}

#[test]
fn json_holds_the_whole_suggestion_and_text_holds_the_same() {
    let said = json(&run(&["predict", "--facts-file", "-", "--json"], FACTS));
    assert_eq!(said["finish"], "end_of_text");
    assert_eq!((said["model"].as_str(), said["adapter"].as_str()), (Some("Modelo de demostración"), None));
    assert_eq!(said["device"], "CPU");
    let probabilities = &said["outcome"]["probabilities"];
    let sum: f64 = ["positivo", "negativo", "neutro"].map(|name| probabilities[name].as_f64().unwrap()).iter().sum();
    assert!((sum - 1.0).abs() < 1e-9);
    assert!(said["raw_text"].as_str().unwrap().ends_with("<EH>"));
    assert!(said["prompt_tokens"].as_u64().unwrap() > 10 && !said["token_ids"].as_array().unwrap().is_empty());
    for timing in ["load_s", "first_token_s", "tokens_per_s"] {
        assert!(said["timing"][timing].as_f64().unwrap() > 0.0, "{timing}");
    }
    let text = run(&["predict", "--facts-file", "-"], FACTS);
    let text = String::from_utf8(text.stdout).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), said["intervention"].as_str());
    let outcome = format!("Resultado previsto: {}", said["outcome"]["text"].as_str().unwrap());
    assert!(lines.any(|line| line == outcome), "{text}");
}

#[test]
fn logits_and_greedy_tokens_of_a_folder_are_those_of_transformers() {
    let expected =
        candle_core::safetensors::load(fixture("seed_like/expected.safetensors"), &candle_core::Device::Cpu).unwrap();
    let (base, adapter) = (fixture("seed_like/base"), fixture("seed_like/adapter"));
    let model =
        ["--model", base.to_str().unwrap(), "--adapter", adapter.to_str().unwrap(), "--facts-file", "-", "--json"];
    let facts = "La biblioteca cerró la puerta.";
    let said = json(&run(&[&["logits"], &model[..]].concat(), facts));
    let ids: Vec<u32> = serde_json::from_value(said["token_ids"].clone()).unwrap();
    assert_eq!(ids, expected["ids"].to_dtype(candle_core::DType::U32).unwrap().to_vec1::<u32>().unwrap());
    let logits: Vec<f32> = serde_json::from_value(said["logits"].clone()).unwrap();
    let rows = expected["adapter.logits"].to_vec2::<f32>().unwrap();
    let furthest = logits.iter().zip(rows.last().unwrap()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(logits.len() == rows[0].len() && furthest < 1e-4, "{furthest}");

    let said = json(&run(&[&["predict", "--max-new-tokens", "64"], &model[..]].concat(), facts));
    let tokens: Vec<u32> = serde_json::from_value(said["token_ids"].clone()).unwrap();
    let greedy = expected["adapter.greedy"].to_dtype(candle_core::DType::U32).unwrap().to_vec1::<u32>().unwrap();
    assert!(!tokens.is_empty() && greedy.starts_with(&tokens), "{tokens:?} {greedy:?}");
    assert_eq!((said["model"].as_str(), said["adapter"].as_str()), (Some("base"), Some("adapter")));
}

#[test]
fn what_goes_wrong_has_its_exit_code_and_says_what_to_do() {
    for (arguments, facts, code, words) in [
        (&["predict"][..], "", 2, "--facts-file"),
        (&["predict", "--facts-file", "-", "--quantization", "q5"], "", 2, "q8_0"),
        (&["nonsense", "--json"], "", 2, "pag-bert"),
        (&["predict", "--facts-file", "-"], " \n\t", 1, "Faltan los hechos"),
        (&["predict", "--facts-file", "/no/such/file"], "", 1, "No se puede leer /no/such/file"),
        (&["predict", "--facts-file", "-", "--model", "/no/such/model"], FACTS, 1, "Falta un archivo del modelo"),
        (&["predict", "--facts-file", "-", "--adapter", "/x"], FACTS, 1, "ya trae su adaptador"),
        (&["predict", "--facts-file", "-", "--device", "metal"], FACTS, 1, "Metal"),
    ] {
        if words == "Metal" && cfg!(feature = "metal") {
            continue;
        }
        let output = run(arguments, facts);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words) && output.stdout.is_empty(), "{arguments:?}: {said}");
    }
    let long = run(&["predict", "--facts-file", "-"], &FACTS.repeat(100));
    assert_eq!(long.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&long.stderr).contains("Los hechos no caben en el modelo"));
    let huge = run(&["predict", "--facts-file", "-"], &"a ".repeat(500_000));
    assert!(String::from_utf8_lossy(&huge.stderr).contains("El texto es demasiado largo"));
}

#[test]
fn facts_that_are_no_text_are_refused_and_a_byte_order_mark_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hechos.txt");
    std::fs::write(&path, b"Espa\xf1a").unwrap();
    let output = run(&["predict", "--facts-file", path.to_str().unwrap()], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no es texto UTF-8"));
    std::fs::write(&path, format!("\u{feff}{FACTS}\r\n")).unwrap();
    let marked = json(&run(&["predict", "--facts-file", path.to_str().unwrap(), "--json"], ""));
    let plain = json(&run(&["predict", "--facts-file", "-", "--json"], FACTS));
    assert_eq!(marked["token_ids"], plain["token_ids"]);
}

#[test]
fn the_log_holds_no_text_of_the_case() {
    let mut command = program(&["predict", "--facts-file", "-"]);
    command.env("PAG_BERT_LOG", "trace").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"Una palabra singular: zarzaparrilla.").unwrap();
    let output = child.wait_with_output().unwrap();
    let (log, text) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
    assert!(output.status.success() && !log.contains("zarzaparrilla"), "{log}");
    let first: String = text.split_whitespace().take(4).collect::<Vec<_>>().join(" ");
    assert!(!first.is_empty() && !log.contains(&first));
}

#[test]
fn who_stops_reading_is_no_failure() {
    let mut command = program(&["predict", "--facts-file", "-"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(FACTS.as_bytes()).unwrap();
    let mut byte = [0];
    child.stdout.take().unwrap().read_exact(&mut byte).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_it_at_once_with_what_there_is() {
    let folder = tempfile::tempdir().unwrap();
    common::endless_model(folder.path());
    let model = folder.path().to_str().unwrap().to_owned();
    let mut command = program(&["predict", "--facts-file", "-", "--model", &model, "--max-new-tokens", "1900"]);
    command.args(["--temperature", "1"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(FACTS.as_bytes()).unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut some = [0; 20];
    out.read_exact(&mut some).unwrap();
    // The shell's own: the smallest systems have no other.
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap().success());
    let mut rest = String::new();
    while out.read_line(&mut rest).is_ok_and(|read| read > 0) {}
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest.contains("Resultado previsto: (el modelo no ha escrito ninguno)"), "{rest}");
}

#[test]
fn help_explains_in_the_persons_language() {
    let help = |home: &Path| {
        let output = program(&["predict", "--help"]).env("PAG_BERT_HOME", home).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let home = tempfile::tempdir().unwrap();
    assert!(help(home.path()).contains("Archivo de texto con los hechos"));
    std::fs::create_dir_all(home.path().join("config")).unwrap();
    std::fs::write(home.path().join("config/settings.json"), r#"{"lang":"en"}"#).unwrap();
    assert!(help(home.path()).contains("Text file with the facts"));
}

#[test]
fn the_measurement_of_a_shape_tells_its_size_and_speed() {
    let config = fixture("quant").join("base/config.json");
    let arguments =
        ["bench", "--shape", config.to_str().unwrap(), "--layers", "1", "--quantization", "q8_0", "--rank", "2"];
    let told = json(&run(
        &[&arguments[..], &["--prompt", "9", "--generate", "2", "--repeat", "2", "--threads", "2", "--json"]].concat(),
        "",
    ));
    let size: Value = serde_json::from_slice(&std::fs::read(&config).unwrap()).unwrap();
    let of = |name: &str| size[name].as_u64().unwrap();
    let (width, vocab) = (of("n_embd"), of("vocab_size"));
    let inner = size["n_inner"].as_u64().unwrap_or(4 * width);
    let padded = |rows: u64, columns: u64| rows.next_multiple_of(16) * columns.next_multiple_of(64) * 17 / 16;
    let read = 4 * padded(width, width) + padded(inner, width) + padded(width, inner) + padded(vocab, width);
    assert_eq!(told["bytes_per_token"].as_u64(), Some(read + 2 * 2 * (2 * width) * 4), "{told}");
    assert_eq!((told["layers"].as_u64(), told["threads"].as_u64()), (Some(1), Some(2)));
    assert_eq!((told["random_weights"].as_bool(), told["adapter"].as_bool()), (Some(true), Some(true)));
    for name in
        ["prompt_s", "prompt_tokens_per_s", "decode_tokens_per_s", "decode_gb_per_s", "bandwidth_gb_per_s", "share"]
    {
        let part = |part: &str| told[name][part].as_f64().unwrap();
        assert!(part("min") > 0.0 && part("min") <= part("median") && part("median") <= part("max"), "{name}: {told}");
    }
    assert!(told["made_s"].as_f64().is_some() && told["growth"].as_array().is_some());
    let refused = run(&["bench", "--shape", "no-such-file.json"], "");
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn a_shape_that_is_kept_in_a_folder_is_made_once_and_loaded_like_any_model() {
    let config = fixture("quant").join("base/config.json");
    let folder = tempfile::tempdir().unwrap();
    let measured = |layers: &str| {
        let of_shape = ["bench", "--shape", config.to_str().unwrap(), "--quantization", "q4k", "--layers", layers];
        let briefly = ["--prompt", "3", "--generate", "1", "--repeat", "1", "--no-growth", "--json"];
        let kept = ["--cache", folder.path().to_str().unwrap()];
        json(&run(&[&of_shape[..], &briefly, &kept].concat(), ""))
    };
    for (layers, made) in [("1", true), ("1", false), ("2", true)] {
        let told = measured(layers);
        assert_eq!(told["made_s"].as_f64().is_some(), made, "{told}");
        // From the disk, then again.
        assert_eq!(told["load_s"].as_array().unwrap().len(), 2, "{told}");
        assert_eq!(told["layers"].to_string(), layers);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn what_drafts_gain_is_told_of_peoples_texts_and_of_the_models() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cases.jsonl");
    let facts = "La agencia dijo a la familia que el piso ya estaba alquilado y que no había otro en el barrio.";
    // One intervention repeats the facts, the other has nothing of them.
    let case = |intervention: &str| {
        let case = serde_json::json!({ "hechos": facts, "intervencion": intervention, "resultado": "Neutro", "fecha_hechos": "2021-01-01" });
        format!("{case}\n")
    };
    let told = |interventions: &[&str], write: &str| {
        std::fs::write(&path, interventions.iter().map(|one| case(one)).collect::<String>()).unwrap();
        json(&run(&["bench", "drafts", "--dataset", path.to_str().unwrap(), "--write", write, "--json"], ""))
    };
    let always = |told: &Value| told["people"][1].clone();
    let repeated = always(&told(&[facts], "0"));
    assert_eq!((repeated["how"].as_str(), repeated["earlier_texts"].as_bool()), (Some("always"), Some(false)));
    let of = |name: &str| repeated[name].as_u64().unwrap();
    assert!(of("passes") * 2 < of("tokens") && of("accepted") * 2 > of("drafted"), "{repeated}");

    let both = told(&["Llamamos por teléfono y pedimos explicaciones.", facts], "1");
    assert_eq!((both["people_cases"].as_u64(), both["model_cases"].as_u64()), (Some(2), Some(1)));
    assert!(always(&both)["passes"].as_u64().unwrap() > of("passes"));
    let writes = both["model_writes"].as_array().unwrap();
    assert_eq!(writes.iter().map(|one| one["how"].as_str().unwrap()).collect::<Vec<_>>(), ["never", "pays", "always"]);
    assert_eq!(writes[0]["drafted"].as_u64(), Some(0));
    assert!(writes.iter().all(|one| one["tokens"] == writes[0]["tokens"] && one["tokens_per_s"].as_f64() > Some(0.0)));
    let words = run(&["bench", "drafts", "--dataset", path.to_str().unwrap()], "");
    let words = String::from_utf8(words.stdout).unwrap();
    assert!(words.contains("Escrito por personas: 2 casos") && words.contains("solo de los hechos"), "{words}");
}
