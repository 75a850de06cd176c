//! Drafts on the disk: one folder for each running program, locked while it runs (see [`super::storage`]).

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use crate::documents::{self, Document, DocumentError};
use crate::domain::{Case, CaseId};

const LOCK: &str = "lock";

/// Those that were left behind, with their cases' files, and the names of those that could not be read.
pub(super) type LeftBehind = (Vec<(Option<PathBuf>, Case)>, Vec<(PathBuf, DocumentError)>);

/// The drafts of this program.
pub(super) struct Drafts {
    root: PathBuf,
    session: Option<Session>,
    /// Where a draft is that lies elsewhere than in the session's folder: one that could not be moved there.
    elsewhere: HashMap<CaseId, PathBuf>,
}

/// The folder of this run.
struct Session {
    dir: PathBuf,
    // Unlocked by the system when the program ends, however it ends.
    _lock: File,
}

impl Drafts {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root, session: None, elsewhere: HashMap::new() }
    }

    /// Writes a draft, whole or not at all.
    pub(super) fn keep(
        &mut self,
        case: &Case,
        file: Option<&Path>,
        write: &mut dyn FnMut(&Path, &[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let bytes = documents::to_json(case, file).map_err(io::Error::other)?;
        let path = self.dir()?.join(file_name(&case.id));
        write(&path, &bytes)?;
        if let Some(old) = self.elsewhere.remove(&case.id) {
            remove(&old)?;
        }
        Ok(())
    }

    /// Removes a draft; none is well too.
    pub(super) fn discard(&mut self, id: &CaseId) -> io::Result<()> {
        if let Some(path) = self.elsewhere.remove(id) {
            remove(&path)?;
        }
        self.session.as_ref().map_or(Ok(()), |session| remove(&session.dir.join(file_name(id))))
    }

    /// Takes over the drafts of programs that no longer run. One that can't be read is put aside as `….json.bad`.
    pub(super) fn take_over(&mut self) -> io::Result<LeftBehind> {
        let (mut cases, mut failed) = (Vec::new(), Vec::new());
        let entries = match std::fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((cases, failed)),
            Err(error) => return Err(error),
        };
        let own = self.session.as_ref().map(|session| session.dir.clone());
        let mut dirs: Vec<PathBuf> =
            entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect();
        dirs.sort();
        for dir in dirs {
            if Some(&dir) == own.as_ref() {
                continue;
            }
            // A folder that can't be locked belongs to a program that still runs (or to another user).
            let Ok(Some(lock)) = lock(&dir) else { continue };
            self.take_over_folder(&dir, &mut cases, &mut failed);
            drop(lock);
            remove(&dir.join(LOCK)).ok();
            // Stays when anything is left in it.
            std::fs::remove_dir(&dir).ok();
        }
        Ok((cases, failed))
    }

    fn take_over_folder(
        &mut self,
        dir: &Path,
        cases: &mut Vec<(Option<PathBuf>, Case)>,
        failed: &mut Vec<(PathBuf, DocumentError)>,
    ) {
        let Ok(entries) = std::fs::read_dir(dir) else { return };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths {
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".pag-bert-")) {
                // A write that the crash cut short; the whole draft before it is beside.
                remove(&path).ok();
                continue;
            }
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            match documents::read_file(&path) {
                Ok(Document { mut case, file }) => {
                    // The same case can have been open in two programs: both texts are kept.
                    while cases.iter().any(|(_, other)| other.id == case.id) {
                        case.id.0.truncate(60);
                        case.id.0.push_str("-2");
                    }
                    self.adopt(&path, &case, file.as_deref());
                    cases.push((file, case));
                }
                Err(error) => {
                    let aside = path.with_extension("json.bad");
                    let path = if std::fs::rename(&path, &aside).is_ok() { aside } else { path };
                    failed.push((path, error));
                }
            }
        }
    }

    /// Moves a draft into this run's folder by writing it there and only then removing the old file, so that the next
    /// crash finds it once more. Where that fails, it stays where it is.
    fn adopt(&mut self, path: &Path, case: &Case, file: Option<&Path>) {
        let kept = self.keep(case, file, &mut |path, bytes| crate::files::write_atomic(path, bytes));
        if kept.is_ok() {
            remove(path).ok();
        } else {
            self.elsewhere.insert(case.id.clone(), path.to_owned());
        }
    }

    /// This run's folder, made when first needed (or when somebody removed it).
    fn dir(&mut self) -> io::Result<PathBuf> {
        if let Some(session) = &self.session
            && session.dir.is_dir()
        {
            return Ok(session.dir.clone());
        }
        private_folder(&self.root)?;
        // `tempfile` gives a name that is not taken.
        let dir = tempfile::Builder::new().prefix("run-").tempdir_in(&self.root)?.keep();
        private_folder(&dir)?;
        let lock = lock(&dir)?.ok_or(io::ErrorKind::WouldBlock)?;
        self.session = Some(Session { dir: dir.clone(), _lock: lock });
        Ok(dir)
    }

    /// Removes the run's folder if no draft is in it. The program ends.
    pub(super) fn leave(&mut self) {
        let Some(session) = self.session.take() else { return };
        let drafts = std::fs::read_dir(&session.dir)
            .is_ok_and(|entries| entries.filter_map(Result::ok).any(|entry| entry.file_name() != LOCK));
        if !drafts {
            remove(&session.dir.join(LOCK)).ok();
            std::fs::remove_dir(&session.dir).ok();
        }
    }
}

/// The lock of a run's folder; none when another program holds it.
fn lock(dir: &Path) -> io::Result<Option<File>> {
    let file = File::options().create(true).truncate(false).write(true).open(dir.join(LOCK))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// `documents` lets no other identifier through, and those made here are hexadecimal; a name stays in its folder all the
/// same.
fn file_name(id: &CaseId) -> String {
    let name: String = id.0.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    format!("{name}.json")
}

fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes the folder if it is not there; nobody but its user may enter it.
fn private_folder(dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
