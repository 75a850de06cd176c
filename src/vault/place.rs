//! The vault's folder: what lies in it, who writes to it, and whether it is on this computer.
//!
//! A vault is a folder, `name.pagvault`, and not a file: SQLite's write-ahead log has to stay beside the database, and so
//! do the wrapped keys. People move, copy and delete one thing, and nothing gets separated.
//!
//! ```text
//! vault.db (-wal, -shm)   the SQLCipher database
//! keys, keys.copy         the database's key, wrapped (keys.rs)
//! audit.head              how long the audit log is, and its last hash (audit.rs)
//! attempts                failed unlocks that are not yet in the audit log (attempts.rs)
//! backups                 where backups go, if an office chose that (settings.rs)
//! lock                    held by the program that writes; names it
//! ```
//!
//! A network folder is refused: the log's index is shared memory, which no network file system shares between
//! computers, and many promise locks and syncs that they do not keep (<https://sqlite.org/wal.html>). Backups may go there.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::VaultError;

/// The database's file.
pub(super) const DATABASE: &str = "vault.db";
const LOCK: &str = "lock";
/// The ending of a vault's folder.
pub const EXTENSION: &str = "pagvault";
/// So begin the names of files that a crash may leave behind.
pub(super) const SCRATCH: &str = ".scratch-";

/// File systems that are on another computer, as `/proc/self/mountinfo` names them.
const NETWORK: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.cephfs",
    "fuse.davfs2",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.gvfsd-fuse",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.smbnetfs",
    "fuse.sshfs",
    "gfs2",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "smb3",
    "smbfs",
];

/// Who writes to a vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holder {
    /// Its process number; 0 when it could not be read.
    pub process: u32,
    /// Since when: RFC 3339.
    pub since: String,
}

/// The lock of the one that writes; free again when it is dropped, or its program ends however it ends.
#[derive(Debug)]
pub(super) struct WriteLock(#[expect(dead_code, reason = "held for its lock")] File);

/// The lock, or who has it. The file stays: removing it would let two programs lock two files of one name.
pub(super) fn lock(folder: &Path) -> Result<Result<WriteLock, Holder>, VaultError> {
    let path = folder.join(LOCK);
    let mut file = File::options()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(&path)
        .map_err(VaultError::io(&path))?;
    match file.try_lock() {
        Ok(()) => {
            let words = format!("{} {}\n", std::process::id(), crate::clock::now());
            // Only a word for whoever comes second: without it they are told less.
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(words.as_bytes())).ok();
            Ok(Ok(WriteLock(file)))
        }
        Err(TryLockError::WouldBlock) => {
            let mut words = String::new();
            file.take(200).read_to_string(&mut words).ok();
            let (process, since) = words.trim().split_once(' ').unwrap_or_default();
            Ok(Err(Holder { process: process.parse().unwrap_or(0), since: since.to_owned() }))
        }
        Err(TryLockError::Error(error)) => Err(VaultError::Io { path, error }),
    }
}

/// Refuses a folder on another computer.
pub(super) fn check_local(folder: &Path) -> Result<(), VaultError> {
    network_kind(folder).map_or(Ok(()), |kind| Err(VaultError::Network { kind }))
}

/// The kind of network file system; none where it is on this computer, or the system doesn't tell.
fn network_kind(folder: &Path) -> Option<String> {
    if is_share(folder) {
        return Some("SMB".to_owned());
    }
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    let folder = nearest(folder)?;
    let kind = mount_of(&mounts, &folder)?;
    NETWORK.contains(&kind.as_str()).then_some(kind)
}

/// `\\server\share` on Windows.
#[cfg(windows)]
fn is_share(folder: &Path) -> bool {
    use std::path::{Component, Prefix};
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    matches!(folder.components().next(), Some(Component::Prefix(prefix))
        if matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..)))
}

#[cfg(not(windows))]
fn is_share(_folder: &Path) -> bool {
    false
}

/// The folder itself, or the nearest above it that exists, without links.
fn nearest(folder: &Path) -> Option<PathBuf> {
    let folder = std::path::absolute(folder).ok()?;
    folder.ancestors().find_map(|above| above.canonicalize().ok())
}

/// The file system's name for a path, from the text of `mountinfo`: `36 35 98:0 / /mnt rw,noatime - ext4 /dev/x rw`.
fn mount_of(mounts: &str, path: &Path) -> Option<String> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((left, right)) = line.split_once(" - ") else { continue };
        let (Some(point), Some(kind)) = (left.split(' ').nth(4), right.split(' ').next()) else { continue };
        // Blanks and backslashes stand there in octal.
        let point = point.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\");
        // A later mount on the same point hides the earlier one.
        if path.starts_with(&point) && best.is_none_or(|(length, _)| point.len() >= length) {
            best = Some((point.len(), kind));
        }
    }
    best.map(|(_, kind)| kind.to_owned())
}

/// Removes what a crash left behind. Only whoever holds the lock may.
pub(super) fn sweep(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(SCRATCH) || (name.starts_with(".pag-bert-") && name.ends_with(".tmp")) {
            std::fs::remove_file(entry.path()).ok();
        }
    }
}

/// Makes a folder that only its user may enter; the folders above it as they come.
pub(super) fn private_folder(folder: &Path) -> Result<(), VaultError> {
    std::fs::create_dir_all(folder).map_err(VaultError::io(folder))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder, private).map_err(VaultError::io(folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:35 / /mnt rw - ext4 /dev/sdb1 rw
41 22 0:36 / /mnt/Casos\\040de\\040la\\040oficina rw shared:5 master:1 - nfs4 servidor:/casos rw
42 22 0:37 / /home/ana/red rw - fuse.sshfs ana@servidor: rw
43 22 0:38 / /home/ana/red/local rw - tmpfs tmpfs rw
broken line";

    #[test]
    fn the_innermost_mount_tells_the_file_system() {
        for (path, kind) in [
            ("/home/ana", "ext4"),
            ("/mnt/Casos de la oficina/casos.pagvault", "nfs4"),
            ("/mnt/Casos de la oficina 2", "ext4"),
            ("/home/ana/red/casos", "fuse.sshfs"),
            ("/home/ana/red/local/casos", "tmpfs"),
            ("/home/ana/redes", "ext4"),
        ] {
            assert_eq!(mount_of(MOUNTS, Path::new(path)).as_deref(), Some(kind), "{path}");
        }
    }

    #[test]
    fn a_folder_here_is_no_network() {
        let dir = tempfile::tempdir().unwrap();
        check_local(&dir.path().join("not/yet/there")).unwrap();
    }

    #[test]
    fn one_writes_and_the_second_is_told_who() {
        let dir = tempfile::tempdir().unwrap();
        let first = lock(dir.path()).unwrap().unwrap();
        let holder = lock(dir.path()).unwrap().unwrap_err();
        assert_eq!(holder.process, std::process::id());
        assert!(!holder.since.is_empty());
        drop(first);
        assert!(lock(dir.path()).unwrap().is_ok());
    }
}
