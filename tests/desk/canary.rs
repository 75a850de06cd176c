//! A sentence that must be nowhere in clear: typed, suggested, taken over, saved, exported, copied into a backup, deleted.
//! Every file of the program's home is looked through; only the export that was asked for may hold it.

use std::path::{Path, PathBuf};

use pag_bert::documents::Format;
use pag_bert::domain::{Case, CaseId};
use pag_bert::i18n::Lang;
use pag_bert::paths::Paths;
use pag_bert::ui::action::Action;
use pag_bert::vault::Query;
use pag_bert::worker::protocol::{SaveFormat, StorageCommand, StorageEvent};
use pag_bert::worker::storage;

use crate::office::{Office, PASSPHRASE};

const CANARY: &str = "xilofon amarillo bajo la lluvia";
const PROPOSED: &str = "acordeon turquesa junto al molino";

/// The files of a folder, and of those below it, that hold the sentence in an encoding that this program writes.
fn holding(dir: &Path, sentence: &str) -> Vec<PathBuf> {
    let utf16: Vec<u8> = sentence.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let word = sentence.split(' ').nth(1).unwrap();
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for path in std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                dirs.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
            if holds(sentence.as_bytes()) || holds(word.as_bytes()) || holds(&utf16) {
                found.push(path);
            }
        }
    }
    found
}

#[track_caller]
fn assert_nowhere(office: &Office) {
    for sentence in [CANARY, PROPOSED] {
        let found = holding(office.home.path(), sentence);
        assert!(found.is_empty(), "in clear: {found:?}");
    }
}

#[test]
fn from_the_first_letter_to_the_bin_it_is_nowhere_in_clear() {
    let mut office = Office::open();
    let temporary = std::env::temp_dir();
    office.bench.type_facts(CANARY);
    office.wait_s(1.0);
    assert_nowhere(&office);
    let job = office.bench.suggest();
    office.bench.finish(job, PROPOSED);
    office.act(Action::Accept { passage: None });
    assert_eq!(office.bench.case().intervencion, PROPOSED);
    office.act(Action::Save);
    office.wait_s(1.0);
    assert_nowhere(&office);
    let case = office.bench.case().clone();
    assert_eq!(office.look().suggestions(&case.id).unwrap().len(), 1);
    office.act(Action::BackUpNow);
    office.act(Action::CheckVault);
    assert_nowhere(&office);
    // Out of the program by somebody's wish, and only there.
    let out = tempfile::tempdir().unwrap();
    for format in [Format::Docx, Format::Json, Format::Csv] {
        let path = out.path().join(format!("caso.{}", format.extension()));
        office.export(vec![case.clone()], None, &path, format);
        assert!(path.is_file());
        std::fs::remove_file(path).unwrap();
    }
    assert!(holding(out.path(), CANARY).is_empty(), "nothing stays beside an export");
    assert_nowhere(&office);
    office.act(Action::Lock);
    assert_nowhere(&office);
    office.unlock(PASSPHRASE);
    office.act(Action::Quit);
    assert!(office.ended);
    let home = office.leave();
    let mut office = Office::again(home);
    office.unlock(PASSPHRASE);
    office.carry_out(Vec::new());
    assert_nowhere(&office);
    let home = office.leave();
    let office = Office::again(home);
    let mut vault = office.open_alone();
    vault.set_binned(&case.id, true).unwrap();
    vault.delete(std::slice::from_ref(&case.id)).unwrap();
    assert_eq!(vault.list(&Query::default()).unwrap().total, 0);
    vault.close().unwrap();
    assert_nowhere(&office);
    // The system's folder for temporary files holds others' too: only what looks like this program's is read.
    let ours = std::fs::read_dir(temporary).unwrap().filter_map(|entry| Some(entry.ok()?.path())).filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        path.is_file() && (name.starts_with(".scratch-") || name.starts_with(".pag-bert-"))
    });
    for path in ours {
        let bytes = std::fs::read(&path).unwrap_or_default();
        assert!(!bytes.windows(8).any(|window| window == b"amarillo"), "{}", path.display());
    }
}

const CRASH: &str = "PAG_CRASH_CHILD";

/// Not a test of its own: a program that meets a fault while it has the sentence in its hands.
#[test]
fn child() {
    let Some(home) = std::env::var_os(CRASH) else { return };
    pag_bert::log::start();
    let writer = Box::new(|_: &Path, bytes: &[u8], _: bool| -> std::io::Result<()> {
        panic!("{}", String::from_utf8_lossy(bytes))
    });
    let storage = storage::spawn_with(Paths::under(home.as_ref()), Lang::Es, writer, || ()).unwrap();
    let mut case = Case::new(CaseId("1".into()), "2026-001".into(), String::new());
    case.hechos = CANARY.into();
    let path = PathBuf::from(home).join("caso.json");
    let save = StorageCommand::Save { case: Box::new(case), path, format: SaveFormat::Json, overwrite: false };
    assert!(storage.try_send(save).is_ok());
    let event = storage.events().recv().unwrap();
    let StorageEvent::Failed { error, .. } = event else { panic!() };
    assert_eq!(error.id(), "error-storage-fault");
    assert!(!format!("{error:?} {error}").contains("amarillo"));
}

#[test]
fn what_is_said_of_a_fault_is_without_the_text() {
    let home = tempfile::tempdir().unwrap();
    let ended = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "canary::child", "--nocapture", "--test-threads=1"])
        .env(CRASH, home.path())
        .env("RUST_BACKTRACE", "full")
        .env("PAG_BERT_LOG", "trace")
        .output()
        .unwrap();
    let said = [ended.stdout, ended.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(ended.status.success() && said.contains("a part of the program failed"), "{said}");
    assert!(!said.contains("amarillo"), "{said}");
    assert!(holding(home.path(), CANARY).is_empty());
}
