//! Into a vault and out of it, by the program itself.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// Runs the program in a folder that holds a passphrase.
fn program(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pag-bert"))
        .args(arguments)
        .current_dir(folder)
        .env("PAG_BERT_PASSPHRASE_FILE", folder.join("palabras"))
        .env("HOME", folder)
        .env("XDG_CONFIG_HOME", folder)
        .output()
        .unwrap()
}

fn json(output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {told}"))
}

fn cases_of(folder: &Path) -> u64 {
    json(&program(folder, &["vault", "info", "--vault", "caja", "--json"]))["cases"].as_u64().unwrap()
}

#[test]
fn cases_go_into_a_vault_whole_and_out_of_it_and_back_again() {
    let folder = TempDir::new().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("palabras"), "una contraseña larga de prueba\n").unwrap();
    assert!(program(folder, &["vault", "create", "--vault", "caja", "--json"]).status.success());
    let table = "hechos;provincia\nPidieron a una familia papeles que a nadie más se le piden.;\nNo la dejaron entrar en \
                 la piscina del pueblo.;Jaén\n";
    std::fs::write(folder.join("a.csv"), table).unwrap();

    // A dry run takes nothing in; nor does a file with one row that can be no case.
    let dry = json(&program(folder, &["import", "a.csv", "--vault", "caja", "--dry-run", "--json"]));
    assert_eq!((&dry["would_import"], &dry["imported"]), (&Value::from(2), &Value::Null));
    let long = "Otra vez lo mismo. ".repeat(20_000);
    std::fs::write(folder.join("mal.csv"), format!("{table}{long};\n")).unwrap();
    assert_eq!(program(folder, &["import", "mal.csv", "--vault", "caja"]).status.code(), Some(1));
    assert_eq!(cases_of(folder), 0);

    let first = json(&program(folder, &["import", "a.csv", "--vault", "caja", "--json"]));
    assert_eq!(cases_of(folder), 2);
    // Again: all is there already, so that nothing is done.
    let again = json(&program(folder, &["import", "a.csv", "--vault", "caja", "--json"]));
    assert_eq!((&again["would_skip"], &again["imported"]), (&Value::from(2), &Value::Null));

    // Merged: what the stored case lacks is filled, and goes again with the import.
    std::fs::write(folder.join("b.csv"), table.replace("piden.;", "piden.;Cádiz")).unwrap();
    let merging = ["import", "b.csv", "--vault", "caja", "--duplicates", "merge", "--json"];
    let merged = json(&program(folder, &merging));
    assert_eq!((&merged["would_merge"], &merged["would_import"]), (&Value::from(2), &Value::from(0)));
    let out = |query: &str| {
        let output = program(folder, &["export", "--vault", "caja", "--query", query, "--out", "sale.json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let value: Value = serde_json::from_slice(&std::fs::read(folder.join("sale.json")).unwrap()).unwrap();
        value["case"]["provincia"].clone()
    };
    assert_eq!(out("papeles"), "Cádiz");
    let undone = json(&program(folder, &["import", "--undo", "--vault", "caja", "--json"]));
    assert_eq!(undone["undone"], merged["imported"]);
    assert_eq!(out("papeles"), Value::Null);
    assert_eq!(out("piscina"), "Jaén");
    let undone = json(&program(folder, &["import", "--undo", "--vault", "caja", "--json"]));
    // The case that was filled meanwhile has a history of its own by now, and stays; it is named.
    assert_eq!((&undone["undone"], &undone["removed"]), (&first["imported"], &Value::from(1)));
    assert_eq!((undone["kept"].as_array().unwrap().len(), cases_of(folder)), (1, 1));
    assert_eq!(
        program(folder, &["import", "--undo", "--vault", "caja"]).status.code(),
        Some(1),
        "nothing is left to undo"
    );
    assert!(program(folder, &["vault", "verify", "--vault", "caja"]).status.success(), "the log tells of all of it");
}
