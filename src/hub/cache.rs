//! The cache as Hugging Face's own programs lay it out:
//! `models--owner--name/{blobs/ETAG, refs/REVISION, snapshots/COMMIT/FILE → blobs/ETAG, .no_exist/COMMIT/FILE}`, and
//! `.locks/models--owner--name/ETAG.lock`.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use hf_hub::{Cache, CacheRepo, Repo, RepoType};

use super::select::{Role, Selection, WeightFiles, is_data, select, shards};
use super::{HubConfig, HubError};
use crate::inference::Cancel;

/// How often a lock that is taken is looked at.
const LOCK_PAUSE: Duration = Duration::from_millis(100);
/// No index is larger.
const MAX_INDEX_BYTES: u64 = 64 << 20;
/// What a file is called until it is whole.
const INCOMPLETE: &str = "incomplete";

/// What the cache holds of a model.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Local {
    /// All that the repository has of it.
    Whole(PathBuf),
    /// Settings and weights; whether the repository has more of it (a tokenizer, added tokens) is not known.
    Usable(PathBuf),
    /// Not enough; the first file that is missing.
    Missing(String),
}

/// The place of one repository at one revision.
#[derive(Debug)]
pub(super) struct RepoCache {
    repo: Repo,
    /// hf-hub's own view of it.
    entry: CacheRepo,
    /// The cache's folder.
    cache_dir: PathBuf,
}

impl RepoCache {
    pub(super) fn new(cache_dir: &Path, name: &str, revision: &str, role: Role) -> Self {
        let kind = if role == Role::Dataset { RepoType::Dataset } else { RepoType::Model };
        let repo = Repo::with_revision(name.to_owned(), kind, revision.to_owned());
        let entry = Cache::new(cache_dir.to_owned()).repo(repo.clone());
        Self { repo, entry, cache_dir: cache_dir.to_owned() }
    }

    /// hf-hub's name for it, for addresses.
    pub(super) fn repo(&self) -> &Repo {
        &self.repo
    }

    /// The folder of everything of this repository.
    fn root(&self) -> PathBuf {
        self.cache_dir.join(self.repo.folder_name())
    }

    pub(super) fn snapshot(&self, commit: &str) -> PathBuf {
        self.entry.pointer_path(commit)
    }

    pub(super) fn blob(&self, etag: &str) -> PathBuf {
        self.entry.blob_path(etag)
    }

    /// The name of a blob until it is whole.
    pub(super) fn partial(&self, etag: &str) -> PathBuf {
        self.entry.blob_path(&format!("{etag}.{INCOMPLETE}"))
    }

    /// Whether a blob is here, and as long as it should be.
    pub(super) fn has_blob(&self, etag: &str, size: u64) -> bool {
        fs::metadata(self.blob(etag)).is_ok_and(|meta| meta.is_file() && meta.len() == size)
    }

    /// Bytes of a blob that are here: all, or those that came before a download stopped.
    pub(super) fn bytes_here(&self, etag: &str, size: u64) -> u64 {
        if self.has_blob(etag, size) {
            return size;
        }
        fs::metadata(self.partial(etag)).map_or(0, |meta| if meta.len() > size { 0 } else { meta.len() })
    }

    /// What is here of a model.
    pub(super) fn local(&self, role: Role) -> Local {
        let role = match role {
            Role::Dataset => return self.local_dataset(),
            Role::Any => match self.local(Role::Base) {
                Local::Missing(_) => Role::Adapter,
                found => return found,
            },
            role => role,
        };
        let config = if role == Role::Adapter { "adapter_config.json" } else { "config.json" };
        // A revision that is a commit has no file below `refs/` where Python made the cache.
        let by_commit = self.snapshot(self.repo.revision());
        let folder = match self.entry.get(config) {
            Some(path) => path.parent().map(Path::to_owned),
            None => by_commit.join(config).is_file().then_some(by_commit),
        };
        let Some(folder) = folder else { return Local::Missing(config.to_owned()) };
        let has = |name: &str| folder.join(name).is_file();
        let Some(Selection { absent, weights, .. }) = select(role, &has) else {
            let name = if role == Role::Adapter { "adapter_model.safetensors" } else { "model.safetensors" };
            return Local::Missing(name.to_owned());
        };
        match weight_names(&folder, &weights) {
            Err(index) => return Local::Missing(index),
            Ok(names) => {
                if let Some(missing) = names.into_iter().find(|name| !has(name)) {
                    return Local::Missing(missing);
                }
            }
        }
        let commit = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let known_absent = |name: &&str| self.absent_mark(&commit, name).is_file();
        if absent.iter().all(known_absent) { Local::Whole(folder) } else { Local::Usable(folder) }
    }

    /// What is here of a dataset. The commit is noted when its last file has come, so its snapshot is whole; whether the
    /// repository has changed since is not known.
    fn local_dataset(&self) -> Local {
        let noted = fs::read_to_string(self.root().join("refs").join(self.repo.revision()));
        let commit = noted.map_or_else(|_| self.repo.revision().to_owned(), |commit| commit.trim().to_owned());
        let folder = self.snapshot(&commit);
        if data_bytes(&folder) > 0 { Local::Usable(folder) } else { Local::Missing("*.parquet".to_owned()) }
    }

    /// The mark with which Python's library notes that a repository has no file of that name.
    fn absent_mark(&self, commit: &str, name: &str) -> PathBuf {
        self.root().join(".no_exist").join(commit).join(name)
    }

    /// Notes that there is no such file, so that it is not asked for again.
    pub(super) fn mark_absent(&self, commit: &str, name: &str) -> Result<(), HubError> {
        let mark = self.absent_mark(commit, name);
        let made = mark.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| File::create(&mark));
        made.map(drop).map_err(|error| HubError::write(self.root(), 0, error))
    }

    /// Keeps other programs, and other copies of this one, from writing the same blob; Python's library takes the same
    /// lock. Gone when dropped.
    pub(super) fn lock(&self, etag: &str, file: &str, config: &HubConfig, cancel: &Cancel) -> Result<File, HubError> {
        let folder = self.cache_dir.join(".locks").join(self.repo.folder_name());
        let failed = |error| HubError::write(&folder, 0, error);
        fs::create_dir_all(&folder).map_err(failed)?;
        let path = folder.join(format!("{etag}.lock"));
        let lock = File::options().create(true).truncate(false).write(true).open(path).map_err(failed)?;
        let begun = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::WouldBlock) if cancel.is_cancelled() => return Err(HubError::Cancelled),
                Err(TryLockError::WouldBlock) if begun.elapsed() < config.lock_wait => {
                    config.system.wait(LOCK_PAUSE, cancel);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(HubError::Busy { repo: self.name(), file: file.to_owned() });
                }
                Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                    tracing::warn!("this disk has no locks; two programs could write one file");
                    return Ok(lock);
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }

    /// `owner/name`.
    pub(super) fn name(&self) -> String {
        self.repo.url()
    }

    /// Makes a whole blob the file `name` of a snapshot: by a link, or by a copy where the disk has none.
    pub(super) fn link(&self, commit: &str, name: &str, etag: &str) -> Result<(), HubError> {
        let (blob, pointer) = (self.blob(etag), self.snapshot(commit).join(name));
        let failed = |error| HubError::write(self.root(), fs::metadata(&blob).map_or(0, |meta| meta.len()), error);
        fs::create_dir_all(pointer.parent().unwrap_or(&pointer)).map_err(failed)?;
        if same_file(&blob, &pointer) {
            return Ok(());
        }
        if fs::symlink_metadata(&pointer).is_ok() {
            fs::remove_file(&pointer).map_err(failed)?;
        }
        // Out of the file's own folders, the snapshot's and `snapshots`.
        let up = "../".repeat(name.matches('/').count() + 2);
        let inside = Path::new(&up).join("blobs").join(etag);
        symlink(&inside, &pointer).or_else(|_| link_or_copy(&blob, &pointer)).map_err(failed)
    }

    /// Makes the revision stand for the commit.
    pub(super) fn set_ref(&self, commit: &str) -> Result<(), HubError> {
        if self.repo.revision() == commit {
            return Ok(());
        }
        self.entry.create_ref(commit).map_err(|error| HubError::write(self.root(), 0, error))
    }
}

/// The weight files of a snapshot; the index's name where it can't be read.
fn weight_names(folder: &Path, weights: &WeightFiles) -> Result<Vec<String>, String> {
    match weights {
        WeightFiles::Single(name) => Ok(vec![name.clone()]),
        WeightFiles::Sharded { index } => read_small(&folder.join(index))
            .and_then(|bytes| shards("", index, &bytes).ok())
            .ok_or_else(|| index.clone()),
    }
}

/// The bytes of an index; none when it can't be read or is larger than any is.
pub(super) fn read_small(path: &Path) -> Option<Vec<u8>> {
    if fs::metadata(path).ok()?.len() > MAX_INDEX_BYTES {
        return None;
    }
    fs::read(path).ok()
}

/// Bytes of the data files of a snapshot and of its folders.
fn data_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |path: PathBuf| {
        if path.is_dir() {
            return data_bytes(&path);
        }
        let data = path.file_name().is_some_and(|name| is_data(&name.to_string_lossy()));
        if data { fs::metadata(&path).map_or(0, |meta| meta.len()) } else { 0 }
    };
    entries.map(|entry| bytes(entry.path())).sum()
}

/// Bytes of the files of a model or a dataset that is here.
pub(super) fn bytes_of_model(folder: &Path, role: Role) -> u64 {
    if role == Role::Dataset {
        return data_bytes(folder);
    }
    let has = |name: &str| folder.join(name).is_file();
    let Some(Selection { small, weights, .. }) = select(role, &has) else { return 0 };
    let names = weight_names(folder, &weights).unwrap_or_default();
    let size = |name: &str| fs::metadata(folder.join(name)).map_or(0, |meta| meta.len());
    small.into_iter().map(size).sum::<u64>() + names.iter().map(|name| size(name)).sum::<u64>()
}

/// Whether a snapshot's file already is the blob, by a link or by its size.
fn same_file(blob: &Path, pointer: &Path) -> bool {
    let linked = fs::canonicalize(pointer).ok().zip(fs::canonicalize(blob).ok()).is_some_and(|(a, b)| a == b);
    let same_size = || fs::metadata(pointer).ok().zip(fs::metadata(blob).ok()).is_some_and(|(a, b)| a.len() == b.len());
    let own_file = || fs::symlink_metadata(pointer).is_ok_and(|meta| meta.is_file());
    linked || (own_file() && same_size())
}

#[cfg(unix)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(target, link)
}

#[cfg(windows)]
fn symlink(target: &Path, link: &Path) -> io::Result<()> {
    std::os::windows::fs::symlink_file(target, link)
}

#[cfg(not(any(unix, windows)))]
fn symlink(_target: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// For disks without symbolic links: a second name for the same bytes, else the bytes once more.
fn link_or_copy(blob: &Path, pointer: &Path) -> io::Result<()> {
    fs::hard_link(blob, pointer).or_else(|_| {
        let copy = pointer.with_extension(INCOMPLETE);
        let copied = fs::copy(blob, &copy).and_then(|_| fs::rename(&copy, pointer));
        if copied.is_err() {
            fs::remove_file(&copy).ok();
        }
        copied
    })
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // a test may write a file as it likes
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789012345678901234567890123456789";

    fn put(cache: &RepoCache, name: &str, bytes: &[u8]) {
        fs::create_dir_all(cache.root().join("blobs")).unwrap();
        fs::write(cache.blob(&format!("e-{name}")), bytes).unwrap();
        cache.link(COMMIT, name, &format!("e-{name}")).unwrap();
    }

    #[test]
    fn the_cache_tells_a_whole_model_from_a_half_one() {
        let dir = tempfile::tempdir().unwrap();
        let cache = RepoCache::new(dir.path(), "o/n", "main", Role::Base);
        assert_eq!(cache.local(Role::Base), Local::Missing("config.json".into()));
        put(&cache, "config.json", b"{}");
        assert_eq!(cache.local(Role::Base), Local::Missing("config.json".into()), "without a ref it is not found");
        cache.set_ref(COMMIT).unwrap();
        assert_eq!(cache.local(Role::Base), Local::Missing("model.safetensors".into()));
        put(&cache, "model.safetensors.index.json", br#"{"weight_map": {"a": "m-1", "b": "m-2"}}"#);
        put(&cache, "m-1", b"1");
        assert_eq!(cache.local(Role::Base), Local::Missing("m-2".into()));
        put(&cache, "m-2", b"22");
        assert_eq!(cache.local(Role::Base), Local::Usable(cache.snapshot(COMMIT)), "has it a tokenizer?");
        put(&cache, "tokenizer.json", b"{}");
        cache.mark_absent(COMMIT, "added_tokens.json").unwrap();
        assert_eq!(cache.local(Role::Base), Local::Whole(cache.snapshot(COMMIT)));
        assert_eq!(cache.local(Role::Any), Local::Whole(cache.snapshot(COMMIT)));
        assert!(matches!(cache.local(Role::Adapter), Local::Missing(_)));
        let by_commit = RepoCache::new(dir.path(), "o/n", COMMIT, Role::Base);
        assert_eq!(by_commit.local(Role::Base), Local::Whole(cache.snapshot(COMMIT)));
        assert_eq!(bytes_of_model(&cache.snapshot(COMMIT), Role::Base), 2 + 2 + 1 + 2);
    }

    #[test]
    fn a_link_that_leads_nowhere_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let cache = RepoCache::new(dir.path(), "o/n", "main", Role::Base);
        put(&cache, "config.json", b"{}");
        fs::rename(cache.blob("e-config.json"), cache.blob("other")).unwrap();
        cache.link(COMMIT, "config.json", "other").unwrap();
        assert_eq!(fs::read(cache.snapshot(COMMIT).join("config.json")).unwrap(), b"{}");
        cache.link(COMMIT, "config.json", "other").unwrap();
    }

    #[test]
    fn where_links_do_not_work_a_second_name_or_a_copy_does() {
        let dir = tempfile::tempdir().unwrap();
        let (blob, pointer) = (dir.path().join("blob"), dir.path().join("file.json"));
        fs::write(&blob, b"text").unwrap();
        link_or_copy(&blob, &pointer).unwrap();
        assert_eq!(fs::read(&pointer).unwrap(), b"text");
        assert!(same_file(&blob, &pointer));
        assert!(link_or_copy(&dir.path().join("missing"), &dir.path().join("x")).is_err());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_second_writer_of_one_blob_is_kept_out() {
        let dir = tempfile::tempdir().unwrap();
        let cache = RepoCache::new(dir.path(), "o/n", "main", Role::Base);
        let config = HubConfig { lock_wait: Duration::ZERO, ..HubConfig::new("http://localhost", dir.path()) };
        let cancel = Cancel::default();
        let held = cache.lock("e", "m.bin", &config, &cancel).unwrap();
        assert!(matches!(cache.lock("e", "m.bin", &config, &cancel), Err(HubError::Busy { .. })));
        assert!(cache.lock("other", "m.bin", &config, &cancel).is_ok());
        drop(held);
        assert!(cache.lock("e", "m.bin", &config, &cancel).is_ok());
    }
}
