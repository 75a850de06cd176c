//! A sentence that must be nowhere in clear.

use std::path::Path;

use pag_bert::vault::Query;

use super::{case, create, open};

const CANARY: &str = "xilofon amarillo bajo la lluvia";

/// In no encoding that this program writes.
fn assert_nowhere(dir: &Path) {
    let utf16: Vec<u8> = CANARY.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut files = 0;
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(dir).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                dirs.push(entry.path());
                continue;
            }
            files += 1;
            let bytes = std::fs::read(entry.path()).unwrap();
            for needle in [CANARY.as_bytes(), b"amarillo", &utf16] {
                let found = bytes.windows(needle.len()).any(|window| window == needle);
                assert!(!found, "{} holds it in clear", entry.path().display());
            }
        }
    }
    assert!(files >= 5);
}

#[test]
fn typed_saved_searched_copied_and_deleted_it_is_nowhere_in_clear() {
    let dir = tempfile::tempdir().unwrap();
    let (folder, mut vault) = create(dir.path());
    let it = case("1", CANARY);
    vault.keep_draft(&it, 0).unwrap();
    assert_nowhere(dir.path());
    vault.save(&it, 0).unwrap();
    vault.save(&case("1", &format!("{CANARY}, otra vez")), 1).unwrap();
    assert_eq!(vault.list(&Query { text: "xilófon".into(), ..Query::default() }).unwrap().total, 1);
    assert_nowhere(dir.path());
    vault.back_up_and_rotate().unwrap();
    assert_nowhere(dir.path());
    vault.set_binned(&it.id, true).unwrap();
    vault.delete(std::slice::from_ref(&it.id)).unwrap();
    assert!(vault.drafts().unwrap().is_empty() && vault.list(&Query::default()).unwrap().total == 0);
    vault.close().unwrap();
    assert_nowhere(dir.path());
    // Errors and logs go by these: neither says it.
    let mut vault = open(&folder).unwrap();
    vault.save(&it, 0).unwrap();
    let error = vault.save(&it, 7).unwrap_err();
    assert!(!format!("{error:?} {error}").contains("amarillo"));
    for line in vault.audit(0, 1_000).unwrap() {
        assert!(!format!("{line:?}").contains("amarillo"));
    }
}
