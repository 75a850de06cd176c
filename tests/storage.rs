//! The storage thread: nothing is lost, nothing is overwritten unasked, and every failure is said.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)] // a test stops where something fails

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pag_bert::config::Settings;
use pag_bert::documents;
use pag_bert::domain::{Case, CaseId};
use pag_bert::i18n::{I18n, Lang};
use pag_bert::paths::Paths;
use pag_bert::worker::protocol::{SaveFormat, StorageCommand, StorageEvent, StorageOperation};
use pag_bert::worker::storage::{StorageHandle, spawn, spawn_with};

fn case(id: &str, hechos: &str) -> Case {
    let mut case = Case::new(CaseId(id.into()), "2026-001".into(), "2026-11-03T10:00:00Z".into());
    case.hechos = hechos.into();
    case
}

fn start(root: &Path) -> StorageHandle {
    spawn(Paths::under(root), Lang::Es, || {}).unwrap()
}

fn ask(storage: &StorageHandle, command: StorageCommand) -> StorageEvent {
    assert!(storage.try_send(command).is_ok());
    storage.events().recv_timeout(Duration::from_mins(1)).expect("one answer for one command")
}

fn save(case: &Case, path: &Path, format: SaveFormat, overwrite: bool) -> StorageCommand {
    StorageCommand::Save { case: Box::new(case.clone()), path: path.to_owned(), format, overwrite }
}

fn draft(case: &Case) -> StorageCommand {
    StorageCommand::SaveDraft { case: Box::new(case.clone()), file: None }
}

fn drafts(storage: &StorageHandle) -> Vec<Case> {
    match ask(storage, StorageCommand::LoadDrafts) {
        StorageEvent::Drafts { cases, failed } if failed.is_empty() => {
            cases.into_iter().map(|(_, case)| case).collect()
        }
        _ => panic!("drafts could not be read"),
    }
}

#[test]
fn a_case_is_saved_in_each_form_and_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let storage = start(dir.path());
    let case = case("a1", "Una familia gitana no pudo entrar.");
    for format in SaveFormat::ALL {
        let path = dir.path().join(format!("caso.{}", format.extension()));
        let event = ask(&storage, save(&case, &path, format, false));
        assert!(
            matches!(event, StorageEvent::Saved { id, modified_at, .. } if id == case.id && modified_at == case.modified_at)
        );
        assert!(std::fs::read_to_string(&path).unwrap().contains("Una familia gitana no pudo entrar."));
    }
    let paths =
        vec![dir.path().join("caso.json"), dir.path().join("caso.md"), dir.path().join("no.json"), dir.path().into()];
    let StorageEvent::Opened { cases, failed } = ask(&storage, StorageCommand::Open { paths }) else { panic!() };
    assert_eq!(cases.into_iter().map(|(_, case)| case).collect::<Vec<_>>(), [case]);
    let ids: Vec<_> = failed.iter().map(|(_, error)| error.id()).collect();
    assert_eq!(ids, ["error-case-not-json", "error-case-not-found", "error-case-folder"]);
    storage.shutdown([]);
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let storage = start(dir.path());
    let path = dir.path().join("caso.json");
    std::fs::write(&path, "what was there").unwrap();
    let case = case("a1", "x");
    assert!(matches!(ask(&storage, save(&case, &path, SaveFormat::Json, false)), StorageEvent::Exists { .. }));
    assert_eq!(std::fs::read(&path).unwrap(), b"what was there");
    assert!(matches!(ask(&storage, save(&case, &path, SaveFormat::Json, true)), StorageEvent::Saved { .. }));
    assert_eq!(documents::read_file(&path).unwrap().case, case);
    assert!(std::fs::read_dir(dir.path()).unwrap().all(|entry| !entry.unwrap().path().ends_with(".tmp")));
}

#[test]
fn what_cannot_be_saved_says_why_and_leaves_the_draft() {
    let dir = tempfile::tempdir().unwrap();
    let storage = start(dir.path());
    let case = case("a1", "x");
    assert!(matches!(ask(&storage, draft(&case)), StorageEvent::DraftSaved { .. }));
    let failure = |path: PathBuf| match ask(&storage, save(&case, &path, SaveFormat::Json, true)) {
        StorageEvent::Failed { operation: StorageOperation::Save, id: Some(id), error } if id == case.id => error,
        _ => panic!("{} was written", path.display()),
    };
    assert_eq!(failure(dir.path().into()).id(), "error-storage-is-folder");
    assert_eq!(failure(dir.path().join("no/caso.json")).id(), "error-storage-no-folder");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let closed = dir.path().join("closed");
        std::fs::create_dir(&closed).unwrap();
        std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o500)).unwrap();
        // The superuser may write anywhere.
        if std::fs::File::create(closed.join("probe")).is_err() {
            assert_eq!(failure(closed.join("caso.json")).id(), "error-storage-denied");
        }
    }
    storage.shutdown([]);
    assert_eq!(drafts(&start(dir.path())), [case]);
}

#[test]
fn a_folder_or_disk_that_takes_no_writing_is_told_from_a_full_one() {
    for (kind, id) in [
        (io::ErrorKind::PermissionDenied, "error-storage-denied"),
        (io::ErrorKind::ReadOnlyFilesystem, "error-storage-read-only"),
        (io::ErrorKind::QuotaExceeded, "error-storage-full"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let writer = move |_: &Path, _: &[u8], _: bool| Err(io::Error::from(kind));
        let storage = spawn_with(Paths::under(dir.path()), Lang::Es, Box::new(writer), || {}).unwrap();
        let save = save(&case("a1", "x"), &dir.path().join("caso.json"), SaveFormat::Json, true);
        let StorageEvent::Failed { error, .. } = ask(&storage, save) else { panic!("written in spite of {kind}") };
        assert_eq!(error.id(), id);
    }
}

#[test]
fn a_full_disk_is_said_and_nothing_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let full = Arc::new(AtomicBool::new(false));
    let is_full = Arc::clone(&full);
    let writer = move |path: &Path, bytes: &[u8], _: bool| {
        if is_full.load(Ordering::Relaxed) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        pag_bert::files::write_atomic(path, bytes)
    };
    let storage = spawn_with(Paths::under(dir.path()), Lang::Es, Box::new(writer), || {}).unwrap();
    let path = dir.path().join("caso.json");
    let first = case("a1", "primero");
    assert!(matches!(ask(&storage, save(&first, &path, SaveFormat::Json, false)), StorageEvent::Saved { .. }));
    assert!(matches!(ask(&storage, draft(&first)), StorageEvent::DraftSaved { .. }));
    full.store(true, Ordering::Relaxed);
    let second = case("a1", "segundo");
    let commands =
        [save(&second, &path, SaveFormat::Json, true), draft(&second), StorageCommand::SaveSettings(Box::default())];
    let titles =
        ["No se ha podido guardar", "No se ha podido guardar el borrador", "No se han podido guardar los ajustes"];
    for (command, title) in commands.into_iter().zip(titles) {
        let StorageEvent::Failed { error, .. } = ask(&storage, command) else { panic!("written on a full disk") };
        assert_eq!(error.id(), "error-storage-full");
        assert_eq!(I18n::new(Lang::Es).error(&error).title, title);
    }
    assert_eq!(documents::read_file(&path).unwrap().case, first);
    full.store(false, Ordering::Relaxed);
    assert!(matches!(ask(&storage, draft(&second)), StorageEvent::DraftSaved { .. }));
    storage.shutdown([]);
    assert_eq!(drafts(&start(dir.path())), [second]);
}

#[test]
fn a_fault_of_the_program_is_answered_and_the_thread_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let writer = |path: &Path, bytes: &[u8], _: bool| {
        assert!(!path.ends_with("bad.json"), "a fault");
        pag_bert::files::write_atomic(path, bytes)
    };
    let storage = spawn_with(Paths::under(dir.path()), Lang::Es, Box::new(writer), || {}).unwrap();
    let case = case("a1", "x");
    let event = ask(&storage, save(&case, &dir.path().join("bad.json"), SaveFormat::Json, true));
    assert!(matches!(event, StorageEvent::Failed { error, .. } if error.id() == "error-storage-fault"));
    let event = ask(&storage, save(&case, &dir.path().join("good.json"), SaveFormat::Json, true));
    assert!(matches!(event, StorageEvent::Saved { .. }));
}

#[test]
fn drafts_left_behind_are_offered_once_and_until_discarded() {
    let dir = tempfile::tempdir().unwrap();
    let storage = start(dir.path());
    let (a, b) = (case("a1", "uno"), case("b2", "dos"));
    ask(&storage, draft(&a));
    let file = PathBuf::from("/casos/dos.json");
    ask(&storage, StorageCommand::SaveDraft { case: Box::new(b.clone()), file: Some(file.clone()) });

    // While that program runs, its drafts are nobody else's.
    let beside = start(dir.path());
    assert!(drafts(&beside).is_empty());
    storage.shutdown([]);

    let StorageEvent::Drafts { cases, .. } = ask(&beside, StorageCommand::LoadDrafts) else { panic!() };
    assert_eq!(cases, [(None, a.clone()), (Some(file), b.clone())]);
    assert!(drafts(&beside).is_empty(), "taken over once");
    assert!(matches!(ask(&beside, StorageCommand::DiscardDraft { id: a.id }), StorageEvent::DraftDiscarded { .. }));
    beside.shutdown([]);

    let last = start(dir.path());
    assert_eq!(drafts(&last), std::slice::from_ref(&b));
    ask(&last, StorageCommand::DiscardDraft { id: b.id });
    last.shutdown([]);
    assert_eq!(std::fs::read_dir(dir.path().join("drafts")).unwrap().count(), 0, "nothing is left over");
}

#[test]
fn the_same_case_left_behind_twice_keeps_both_texts() {
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (start(dir.path()), start(dir.path()));
    ask(&one, draft(&case("a1", "uno")));
    ask(&two, draft(&case("a1", "dos")));
    one.shutdown([]);
    two.shutdown([]);
    let third = start(dir.path());
    let mut texts: Vec<_> = drafts(&third).into_iter().map(|case| (case.id.0, case.hechos)).collect();
    texts.sort_by(|a, b| a.1.cmp(&b.1));
    assert_eq!(texts.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["dos", "uno"]);
    assert_ne!(texts[0].0, texts[1].0);
    third.shutdown([]);
    assert_eq!(drafts(&start(dir.path())).len(), 2);
}

#[test]
fn a_damaged_draft_is_put_aside_and_said_once() {
    let dir = tempfile::tempdir().unwrap();
    let storage = start(dir.path());
    ask(&storage, draft(&case("a1", "uno")));
    storage.shutdown([]);
    let run = std::fs::read_dir(dir.path().join("drafts")).unwrap().next().unwrap().unwrap().path();
    std::fs::write(run.join("zz.json"), "{\"schema\":").unwrap();
    std::fs::write(run.join(".pag-bert-x.tmp"), "half").unwrap();
    let storage = start(dir.path());
    let StorageEvent::Drafts { cases, failed } = ask(&storage, StorageCommand::LoadDrafts) else { panic!() };
    assert_eq!((cases.len(), failed.len()), (1, 1));
    assert_eq!(std::fs::read_to_string(run.join("zz.json.bad")).unwrap(), "{\"schema\":");
    storage.shutdown([]);
    assert_eq!(drafts(&start(dir.path())).len(), 1);
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_drafts() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let storage = start(dir.path());
    ask(&storage, draft(&case("a1", "uno")));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let root = dir.path().join("drafts");
    assert_eq!(mode(&root), 0o700);
    let run = std::fs::read_dir(&root).unwrap().next().unwrap().unwrap().path();
    assert_eq!(mode(&run), 0o700);
    assert_eq!(mode(&run.join("a1.json")), 0o600);
}

#[test]
fn a_folder_lists_its_case_files_newest_first() {
    let dir = tempfile::tempdir().unwrap();
    for (i, name) in ["old.json", "new.JSON", "text.txt", ".hidden.json"].into_iter().enumerate() {
        let file = std::fs::File::create(dir.path().join(name)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(i as u64)).unwrap();
    }
    std::fs::create_dir(dir.path().join("folder.json")).unwrap();
    let storage = start(dir.path());
    let StorageEvent::Folder { files, .. } = ask(&storage, StorageCommand::ListFolder { path: dir.path().into() })
    else {
        panic!()
    };
    assert_eq!(files, [dir.path().join("new.JSON"), dir.path().join("old.json")]);
    let event = ask(&storage, StorageCommand::ListFolder { path: dir.path().join("no") });
    assert!(
        matches!(event, StorageEvent::Failed { operation: StorageOperation::Open, error, .. } if error.id() == "error-storage-no-folder")
    );
}

#[test]
fn settings_are_kept_and_choose_the_language_of_documents() {
    let dir = tempfile::tempdir().unwrap();
    let storage = start(dir.path());
    let settings = Settings { lang: Lang::En, ..Settings::default() };
    assert!(matches!(
        ask(&storage, StorageCommand::SaveSettings(Box::new(settings.clone()))),
        StorageEvent::SettingsSaved
    ));
    let path = dir.path().join("caso.txt");
    ask(&storage, save(&case("a1", "x"), &path, SaveFormat::Text, false));
    assert!(std::fs::read_to_string(path).unwrap().contains("FACTS"));
    assert_eq!(Settings::load(&Paths::under(dir.path()).config_dir), settings);
}

const CHILD_DIR: &str = "PAG_BERT_TEST_STORAGE_DIR";

/// Not a test of its own: the process that `a_kill_leaves_whole_files` kills. It saves one case again and again, short
/// and long in turns, and says each time that it has done so.
#[test]
fn child_that_saves_without_end() {
    let Some(dir) = std::env::var_os(CHILD_DIR).map(PathBuf::from) else { return };
    let storage = start(&dir);
    for i in 0_u64.. {
        let text = if i % 2 == 0 { "corto".to_owned() } else { "largo ".repeat(200_000) };
        ask(&storage, draft(&case("a1", &text)));
        ask(&storage, save(&case("a1", &text), &dir.join("caso.json"), SaveFormat::Json, true));
        println!("\nsaved {i}");
    }
}

#[test]
fn a_kill_leaves_whole_files() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..6 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_saves_without_end", "--nocapture"])
            .env(CHILD_DIR, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines.by_ref().filter(|line| line.as_ref().unwrap().starts_with("saved")).take(2 + round).count();
        assert_eq!(said, 2 + round);
        child.kill().unwrap();
        child.wait().unwrap();
        let saved = documents::read_file(&dir.path().join("caso.json")).unwrap().case;
        let storage = start(dir.path());
        let kept = drafts(&storage);
        for case in kept.iter().chain([&saved]) {
            assert!(case.hechos == "corto" || case.hechos.len() == 1_200_000);
        }
        assert_eq!(kept.len(), 1);
        ask(&storage, StorageCommand::DiscardDraft { id: CaseId("a1".into()) });
        storage.shutdown([]);
    }
}
