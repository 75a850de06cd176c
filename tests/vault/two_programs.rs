//! Two programs and one vault: one writes, the other is told so, and no update is lost when they take turns.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use pag_bert::vault::{Access, VaultError};

use super::{case, create, open};

const FOLDER: &str = "PAG_TURNS_CHILD";
const TURNS: u64 = 15;

/// Not a test of its own: adds one to the number in the case, so many times, each time as a program of its own would.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let (mut turns, id) = (0, case("1", "").id);
    while turns < TURNS {
        let mut vault = open(Path::new(&folder)).unwrap();
        let stored = vault.case(&id).unwrap();
        let number: u64 = stored.case.hechos.parse().unwrap();
        match vault.save(&case("1", &(number + 1).to_string()), stored.revision) {
            Ok(_) => turns += 1,
            // The other one writes: nothing of this is kept, and nothing of that is lost.
            Err(VaultError::ReadOnly) => assert!(matches!(vault.access(), Access::Read(_))),
            Err(error) => panic!("{error}"),
        }
        vault.close().unwrap();
    }
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "two_programs::child", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
fn no_update_is_lost_when_programs_take_turns() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut vault) = create(dir.path());
    vault.save(&case("1", "0"), 0).unwrap();
    vault.close().unwrap();
    let children = [start(&folder), start(&folder), start(&folder)];
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let vault = open(&folder).unwrap();
    let stored = vault.case(&case("1", "").id).unwrap();
    assert_eq!((stored.case.hechos.as_str(), stored.revision), ("45", 46));
    let numbers: Vec<String> =
        vault.revisions(&stored.case.id).unwrap().into_iter().rev().map(|old| old.case.hechos).collect();
    assert_eq!(numbers, (0..45).map(|number| number.to_string()).collect::<Vec<_>>(), "each one is there");
    vault.verify_pages().unwrap();
    assert!(vault.verify_audit(&[]).unwrap().is_empty());
}

#[test]
fn while_one_writes_the_other_only_reads_until_that_one_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, vault) = create(dir.path());
    vault.close().unwrap();
    let program = env!("CARGO_BIN_EXE_pag-bert");
    let passphrase = dir.path().join("frase");
    std::fs::write(&passphrase, super::TYPED).unwrap();
    let import = dir.path().join("casos.csv");
    std::fs::write(&import, "hechos\nUnos hechos que se cuentan aquí.\n").unwrap();
    let run = || {
        Command::new(program)
            .arg("import")
            .arg(&import)
            .args(["--vault".as_ref(), folder.as_os_str()])
            .args(["--passphrase-file".as_ref(), passphrase.as_os_str()])
            .env("PAG_BERT_HOME", dir.path().join("home"))
            .output()
            .unwrap()
    };
    let vault = open(&folder).unwrap();
    assert_eq!(vault.access(), &Access::Write);
    assert!(!run().status.success(), "another program writes");
    assert_eq!(vault.count(false).unwrap(), 0);
    vault.close().unwrap();
    let second = run();
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    assert_eq!(open(&folder).unwrap().count(false).unwrap(), 1);
}
