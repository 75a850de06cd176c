//! The vault on the command line: output, exit codes, and a passphrase that is never an argument.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use super::{TYPED, case, open};

fn run(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pag-bert"));
    command.args(arguments).current_dir(dir).env("PAG_BERT_HOME", dir.join("home"));
    command.env_remove("PAG_BERT_PASSPHRASE_FILE").stdin(Stdio::null()).output().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_vault_is_made_searched_copied_restored_and_checked() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("p"), format!("\u{feff}{TYPED}\r\nno es de ella\r\n")).unwrap();
    std::fs::write(at("q"), "la segunda frase\n").unwrap();
    let vault = ["--vault", "casos.pagvault", "--passphrase-file"];
    let with = |command: &[&str], file: &str, more: &[&str]| {
        run(dir.path(), &[command, &vault, &[file, "--json"], more].concat())
    };
    let made = json(&with(&["vault", "create"], "p", &[]));
    std::fs::write(at("r"), made["recovery_key"].as_str().unwrap()).unwrap();
    let mut opened = open(&at("casos.pagvault")).unwrap();
    opened.save(&case("1", "Una familia pidió información sobre un alquiler en Ávila."), 0).unwrap();
    let digest = opened.digest().unwrap();
    drop(opened);
    let found = json(&with(&["search"], "p", &["avila informacion"]));
    assert_eq!((&found["total"], &found["cases"][0]["number"]), (&Value::from(1), &Value::from("2026-001")));
    assert_eq!(json(&with(&["search"], "p", &["--provincia", "ávila"]))["total"], 0);
    assert_eq!(with(&["search"], "p", &["--ambito", "casa"]).status.code(), Some(1));
    let backup = json(&with(&["vault", "backup"], "p", &[]))["backup"].as_str().unwrap().to_owned();
    let checked = json(&with(&["vault", "verify"], "p", &[]));
    assert_eq!((&checked["good"], &checked["backups"][0]["cases"]), (&Value::from(true), &Value::from(1)));
    json(&with(&["vault", "change-passphrase"], "p", &["--new-passphrase-file", "q"]));
    assert_eq!(json(&with(&["vault", "info"], "q", &[]))["cases"], 1);
    let recovered = ["vault", "info", "--vault", "casos.pagvault", "--recovery-file", "r", "--json"];
    assert_eq!(json(&run(dir.path(), &recovered))["digest"], digest);
    // The backup's passphrase is the one of its day.
    let restore = ["vault", "restore", &backup, "--vault", "nueva.pagvault", "--json", "--passphrase-file"];
    assert_eq!(run(dir.path(), &[&restore[..], &["q"]].concat()).status.code(), Some(1));
    assert_eq!(json(&run(dir.path(), &[&restore[..], &["p"]].concat()))["digest"], digest);
    assert_eq!(run(dir.path(), &[&restore[..], &["p"]].concat()).status.code(), Some(1), "never over another");
    // Damage is told, with the way out.
    let database = at("nueva.pagvault").join("vault.db");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[9_000] ^= 1;
    std::fs::write(&database, bytes).unwrap();
    let output = run(dir.path(), &["vault", "verify", "--vault", "nueva.pagvault", "--passphrase-file", "p", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(said["good"], false);
}

#[test]
fn without_a_terminal_or_a_file_nobody_gets_in() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("corta"), "corta").unwrap();
    let short = run(dir.path(), &["vault", "create", "--vault", "a.pagvault", "--passphrase-file", "corta"]);
    assert!(short.status.code() == Some(1) && !dir.path().join("a.pagvault").exists());
    let asked = run(dir.path(), &["vault", "create", "--vault", "a.pagvault"]);
    let said = String::from_utf8(asked.stderr).unwrap();
    assert!(asked.status.code() == Some(1) && said.contains("PAG_BERT_PASSPHRASE_FILE"), "{said}");
    let none = run(dir.path(), &["vault", "info", "--vault", "a.pagvault", "--passphrase-file", "corta"]);
    assert_eq!(none.status.code(), Some(1));
    assert_eq!(run(dir.path(), &["vault", "info", "--vault", "a", "--passphrase", "x"]).status.code(), Some(2));
}

#[test]
fn another_recovery_key_takes_the_place_of_the_lost_one() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    std::fs::write(at("p"), TYPED).unwrap();
    std::fs::write(at("q"), "no es la contraseña").unwrap();
    let with = |words: &[&str], file: &str, option: &str| {
        run(dir.path(), &[words, &["--vault", "casos.pagvault", option, file, "--json"]].concat())
    };
    let first = json(&with(&["vault", "create"], "p", "--passphrase-file"));
    std::fs::write(at("first"), first["recovery_key"].as_str().unwrap()).unwrap();
    let backup = json(&with(&["vault", "backup"], "p", "--passphrase-file"))["backup"].as_str().unwrap().to_owned();
    assert_eq!(with(&["vault", "new-recovery-key"], "q", "--passphrase-file").status.code(), Some(1));
    let second = json(&with(&["vault", "new-recovery-key"], "p", "--passphrase-file"));
    std::fs::write(at("second"), second["recovery_key"].as_str().unwrap()).unwrap();
    assert_eq!(with(&["vault", "info"], "first", "--recovery-file").status.code(), Some(1), "the lost paper");
    json(&with(&["vault", "info"], "second", "--recovery-file"));
    json(&with(&["vault", "verify"], "p", "--passphrase-file"));
    let lines = open(&at("casos.pagvault")).unwrap().audit(0, 100).unwrap();
    assert_eq!(lines.iter().filter(|line| line.kind == "recovery").count(), 1);
    // A backup opens with the key of its day.
    let restore = ["vault", "restore", &backup, "--vault", "nueva.pagvault", "--json", "--recovery-file"];
    assert_eq!(run(dir.path(), &[&restore[..], &["second"]].concat()).status.code(), Some(1));
    json(&run(dir.path(), &[&restore[..], &["first"]].concat()));
}

/// The variable names the passphrase that is, never the one that is to be.
#[test]
fn a_new_passphrase_is_not_the_old_one_by_accident_and_a_weak_one_is_told() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("weak"), "12345678\n").unwrap();
    std::fs::write(dir.path().join("strong"), "mula pozo lienzo avispa\n").unwrap();
    let weak_is_told = |output: &Output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stderr).contains("fácil de adivinar")
    };
    assert!(weak_is_told(&run(
        dir.path(),
        &["vault", "create", "--vault", "uno.pagvault", "--passphrase-file", "weak"]
    )));
    let mut change = Command::new(env!("CARGO_BIN_EXE_pag-bert"));
    change.args(["vault", "change-passphrase", "--vault", "uno.pagvault"]).current_dir(dir.path());
    change.env("PAG_BERT_HOME", dir.path().join("home")).env("PAG_BERT_PASSPHRASE_FILE", "weak").stdin(Stdio::null());
    let unasked = change.output().unwrap();
    assert_eq!(unasked.status.code(), Some(1), "there is no terminal to ask for the new one");
    change.args(["--new-passphrase-file", "strong"]);
    assert!(!weak_is_told(&change.output().unwrap()));
    let info = ["vault", "info", "--vault", "uno.pagvault", "--passphrase-file"];
    assert!(!run(dir.path(), &[&info[..], &["weak"]].concat()).status.success());
    assert!(run(dir.path(), &[&info[..], &["strong"]].concat()).status.success());
}
