//! Killed at any moment: what was said to be kept is kept, and an import is there whole or not at all.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use pag_bert::vault::{AuditKind, Incoming, Query, backups};

use super::{case, create, open};

const FOLDER: &str = "PAG_VAULT_CHILD";
const IMPORTED: usize = 40;

/// Not a test of its own: the program that is killed. It says what is kept once it is.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut vault = open(Path::new(&folder)).unwrap();
    let copies = Path::new(&folder).with_extension("copies");
    let mut revision = vault.case(&case("1", "").id).map_or(0, |stored| stored.revision);
    let from = vault.audit_head().unwrap().count;
    for step in from.. {
        let text = format!("Texto {step}. {}", "Una frase más. ".repeat((step % 50) as usize));
        vault.keep_draft(&case("1", &text), revision).unwrap();
        println!("draft {step}");
        revision = vault.save(&case("1", &text), revision).unwrap();
        println!("saved {revision}");
        let batch: Vec<Incoming> = (0..IMPORTED)
            .map(|i| Incoming::Add(case(&format!("{step}-{i}"), &format!("Lote {step}, caso {i}"))))
            .collect();
        vault.import(&batch, "lote.csv").unwrap();
        println!("imported {step}");
        if step % 3 == 0 {
            vault.back_up(&copies).unwrap();
        }
        if step % 4 == 0 {
            let all = vault.ids(&Query::default()).unwrap();
            vault.set_binned(&all[all.len() - 1], true).unwrap();
            vault.delete(&all[all.len() - 1..]).unwrap();
            // What is deleted is no longer counted.
            println!("deleted {step}");
        }
    }
}

#[test]
fn killed_at_any_moment_it_opens_with_all_that_was_kept() {
    let kills: u64 = std::env::var("PAG_VAULT_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(12);
    let dir = tempfile::tempdir().unwrap();
    let (folder, vault) = create(dir.path());
    vault.close().unwrap();
    let (mut acknowledged, mut imports, mut deleted) = (0_u64, 0_u64, 0_u64);
    for kill in 0..kills {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child", "--nocapture", "--test-threads=1"])
            .env(FOLDER, &folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // No two runs are cut at the same place: a fixed spread of moments, and the machine's own unrest.
        std::thread::sleep(Duration::from_millis(20 + (kill * 37) % 180));
        child.kill().unwrap();
        child.wait().unwrap();
        let (mut revision, mut drafted) = (0, String::new());
        for line in BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok) {
            match line.rsplit_once(' ') {
                Some((word, step)) if word.ends_with("draft") => step.clone_into(&mut drafted),
                Some(("saved", number)) => revision = number.parse().unwrap(),
                Some(("imported", _)) => imports += 1,
                Some(("deleted", _)) => deleted += 1,
                _ => {}
            }
        }
        let vault = open(&folder).unwrap();
        vault.verify_pages().unwrap();
        assert!(vault.verify_audit(&[]).unwrap().is_empty());
        let found = vault.case(&case("1", "").id);
        let stored = found.as_ref().map_or(0, |stored| stored.revision);
        assert!(stored >= revision, "revision {stored} after {revision} was kept");
        let text = found.map(|stored| stored.case.hechos).unwrap_or_default();
        let typed = vault.drafts().unwrap().pop().map(|draft| draft.case.hechos).unwrap_or_default();
        let wanted = format!("Texto {drafted}.");
        let newest = |text: &str| {
            let step = |text: &str| text.split(['.', ' ']).nth(1).and_then(|step| step.parse::<u64>().ok());
            step(text) >= step(&wanted)
        };
        assert!(drafted.is_empty() || newest(&text) || newest(&typed), "{wanted} is in neither");
        // Each import is there whole or not at all; one that was under way may have come to its end.
        let lines = vault.audit(0, usize::MAX).unwrap();
        let count = |kind: AuditKind| lines.iter().filter(|line| line.kind == kind.word()).count() as u64;
        let (whole, gone) = (count(AuditKind::Import), count(AuditKind::Delete));
        assert!(whole >= imports && gone >= deleted);
        (imports, deleted) = (whole, gone);
        let cases = vault.count(false).unwrap() + vault.count(true).unwrap();
        assert_eq!(cases, whole * IMPORTED as u64 + u64::from(stored > 0) - gone);
        for backup in backups(&folder.with_extension("copies"), None) {
            vault.verify_backup(&backup.path).unwrap();
            std::fs::remove_file(&backup.path).unwrap();
        }
        let names = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(!names.into_iter().any(|name| name.to_string_lossy().starts_with('.')), "something was left behind");
        acknowledged += revision;
        vault.close().unwrap();
    }
    assert!(acknowledged > 0 && imports > 0, "nothing was ever kept: nothing was tested");
}
