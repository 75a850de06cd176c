//! A disk of a few megabytes, made for one test and gone with it: where the system lets a program make name spaces of its
//! own (Linux, `unshare -rm`). Elsewhere the test says on standard error that it was skipped.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const DISK: &str = "PAG_SMALL_DISK";

/// The disk, in the process that has it; none in the one that makes it.
pub fn disk() -> Option<PathBuf> {
    std::env::var_os(DISK).map(PathBuf::from)
}

/// Runs a test of this program (by its full name) once more, alone, with a disk of that size (`3m`) before it.
pub fn run(test: &str, size: &str) {
    let dir = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=$0 tmpfs \"$1\" && exec \"$2\" --exact \"$3\" --nocapture --test-threads=1";
    let probe =
        Command::new("unshare").args(["-rm", "sh", "-c", "mount -t tmpfs tmpfs \"$0\""]).arg(dir.path()).output();
    #[allow(clippy::explicit_write)]
    if !probe.is_ok_and(|probe| probe.status.success()) {
        // Past the test harness, which keeps what is printed by tests that pass to itself.
        writeln!(std::io::stderr(), "SKIPPED {test}: no disk of its own can be made here").unwrap();
        return;
    }
    let ended = Command::new("unshare")
        .args(["-rm", "sh", "-c", mount, size])
        .arg(dir.path())
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(DISK, dir.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ended.stdout);
    assert!(ended.status.success(), "{said}\n{}", String::from_utf8_lossy(&ended.stderr));
    assert!(said.contains("1 passed"), "{test} was not run: {said}");
}

/// Fills the disk but for so many bytes. What is in the way goes when the file that is returned is removed.
pub fn leave(disk: &Path, bytes: u64) -> PathBuf {
    let path = disk.join("lo que ocupa el disco");
    let mut file = File::create(&path).unwrap();
    let piece = vec![0; 4096];
    while file.write_all(&piece).is_ok() {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(bytes)).unwrap();
    path
}

/// Nothing can be written to the disk any more, or again.
pub fn set_read_only(disk: &Path, read_only: bool) {
    let how = if read_only { "remount,ro" } else { "remount,rw" };
    assert!(Command::new("mount").args(["-o", how]).arg(disk).status().unwrap().success());
}
