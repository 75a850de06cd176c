//! One file into the cache: from where an earlier attempt stopped, checked, and in its place only when it is whole.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use ureq::Body;
use ureq::http::{Response, StatusCode};

use super::HubError;
use super::cache::RepoCache;
use super::remote::{FileFacts, Remote, header};
use super::retry::{Attempts, Fault};

/// So much is read, hashed and written at a time; a cancel is looked at in between.
const CHUNK: usize = 128 << 10;

/// A file that is to be here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WantedFile {
    pub(super) name: String,
    pub(super) size: u64,
    /// Its name among the blobs.
    pub(super) etag: String,
    /// In hexadecimal, where the hub gives one: for weights it does.
    pub(super) sha256: Option<String>,
}

impl WantedFile {
    /// None when the hub did not say all of it.
    pub(super) fn new(name: &str, facts: &FileFacts) -> Option<Self> {
        let sha256 = facts.sha256().map(str::to_owned);
        Some(Self { name: name.to_owned(), size: facts.size?, etag: facts.etag.clone()?, sha256 })
    }
}

/// Brings a file among the blobs. `progress` is told how many of its bytes are here.
///
/// # Errors
/// What has arrived stays, to go on from; but for [`HubError::Damaged`], after which nothing of the file is left.
pub(super) fn download(
    remote: &Remote<'_>,
    cache: &RepoCache,
    commit: &str,
    file: &WantedFile,
    progress: &mut dyn FnMut(u64),
) -> Result<(), HubError> {
    let _lock = cache.lock(&file.etag, &file.name, remote.config(), remote.cancel())?;
    if cache.has_blob(&file.etag, file.size) {
        progress(file.size);
        return Ok(());
    }
    let job = Job { remote, cache, commit, file };
    let mut part = Part::open(cache.partial(&file.etag), file)?;
    part.read_again(remote, progress)?;
    // Bytes of another day may be faulty without today's server being at fault: then once more from the beginning.
    let mut second_chance = part.len > 0;
    loop {
        job.fill(&mut part, progress)?;
        match part.check(&cache.name()) {
            Ok(()) => return part.into_blob(&cache.blob(&file.etag)),
            Err(_) if second_chance => {
                tracing::info!(file = file.name, "what was left of an earlier download is faulty; beginning anew");
                second_chance = false;
                part.restart()?;
            }
            Err(error) => {
                part.remove();
                return Err(error);
            }
        }
    }
}

struct Job<'a> {
    remote: &'a Remote<'a>,
    cache: &'a RepoCache,
    commit: &'a str,
    file: &'a WantedFile,
}

impl Job<'_> {
    /// Fetches until the part is as long as the file.
    fn fill(&self, part: &mut Part<'_>, progress: &mut dyn FnMut(u64)) -> Result<(), HubError> {
        let mut attempts = Attempts::new(self.remote.config(), self.remote.cancel(), false);
        let mut most = part.len;
        while part.len < self.file.size {
            let fault = match self.attempt(part, progress) {
                Ok(()) => continue,
                Err(fault) => fault,
            };
            // Only what was never here before is progress: a server that always cuts at the same place and knows no
            // parts would else be asked for ever.
            if part.len > most {
                most = part.len;
                attempts.progress();
            }
            if matches!(fault.error, HubError::Damaged { .. }) {
                part.remove();
            }
            attempts.after(fault)?;
        }
        Ok(())
    }

    fn attempt(&self, part: &mut Part<'_>, progress: &mut dyn FnMut(u64)) -> Result<(), Fault> {
        let (repo, size) = (self.cache.repo(), self.file.size);
        let start = part.len;
        let mut response = self.remote.bytes(repo, self.commit, &self.file.name, start)?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if first_byte(&response) == Some(start) => {}
            StatusCode::OK => part.restart().map_err(Fault::fatal)?,
            // The server knows no such part: the next attempt asks for all.
            _ => {
                part.restart().map_err(Fault::fatal)?;
                let reason = format!("another part than asked for, status {}", response.status().as_u16());
                return Err(Fault::passing(HubError::Unexpected { host: self.remote.host(), reason }));
            }
        }
        let left = size - part.len;
        let stated: Option<u64> = header(&response, "content-length").and_then(|length| length.parse().ok());
        if let Some(stated) = stated.filter(|stated| *stated != left) {
            return Err(Fault::fatal(self.damaged(format!("{stated} bytes are offered instead of {left}"))));
        }
        self.receive(part, &mut response, progress)
    }

    fn receive(
        &self,
        part: &mut Part<'_>,
        response: &mut Response<Body>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), Fault> {
        let mut reader = response.body_mut().as_reader();
        let mut chunk = vec![0; CHUNK];
        loop {
            if self.remote.cancel().is_cancelled() {
                return Err(Fault::fatal(HubError::Cancelled));
            }
            let read = match reader.read(&mut chunk) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Remote::broken(error.into(), self.remote.host())),
            };
            if part.len + read as u64 > self.file.size {
                return Err(Fault::fatal(self.damaged("longer than the listing says".to_owned())));
            }
            part.write(&chunk[..read]).map_err(Fault::fatal)?;
            progress(part.len);
        }
        if part.len < self.file.size {
            let reason = format!("{} of {} bytes", part.len, self.file.size);
            return Err(Fault::passing(HubError::Interrupted { host: self.remote.host(), reason }));
        }
        Ok(())
    }

    fn damaged(&self, reason: String) -> HubError {
        HubError::Damaged { repo: self.cache.name(), file: self.file.name.clone(), reason }
    }
}

/// Where the bytes of a partial answer begin: `bytes 100-199/200`.
fn first_byte(response: &Response<Body>) -> Option<u64> {
    let range = header(response, "content-range")?.trim().strip_prefix("bytes ")?;
    range.split_once('-')?.0.trim().parse().ok()
}

/// A file that is not whole yet, and the hash of what is in it.
struct Part<'a> {
    wanted: &'a WantedFile,
    path: PathBuf,
    file: File,
    len: u64,
    hash: Sha256,
}

impl<'a> Part<'a> {
    fn open(path: PathBuf, wanted: &'a WantedFile) -> Result<Self, HubError> {
        let opened = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
            let file = File::options().create(true).truncate(false).read(true).write(true).open(&path)?;
            let mut len = file.metadata()?.len();
            if len > wanted.size {
                file.set_len(0)?;
                len = 0;
            }
            Ok((file, len))
        });
        let (file, len) = opened.map_err(|error| HubError::write(folder(&path), wanted.size, error))?;
        Ok(Self { wanted, path, file, len, hash: Sha256::new() })
    }

    /// Hashes what is here already, and goes to its end.
    fn read_again(&mut self, remote: &Remote<'_>, progress: &mut dyn FnMut(u64)) -> Result<(), HubError> {
        let mut chunk = vec![0; CHUNK];
        let mut done = 0;
        while self.wanted.sha256.is_some() && done < self.len {
            if remote.cancel().is_cancelled() {
                return Err(HubError::Cancelled);
            }
            let read = self.file.read(&mut chunk).map_err(|error| self.failed(error))?;
            if read == 0 {
                break;
            }
            self.hash.update(&chunk[..read]);
            done += read as u64;
            progress(self.len);
        }
        self.file.seek(SeekFrom::Start(self.len)).map_err(|error| self.failed(error))?;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), HubError> {
        self.file.write_all(bytes).map_err(|error| self.failed(error))?;
        if self.wanted.sha256.is_some() {
            self.hash.update(bytes);
        }
        self.len += bytes.len() as u64;
        Ok(())
    }

    fn restart(&mut self) -> Result<(), HubError> {
        self.file.set_len(0).and_then(|()| self.file.rewind()).map_err(|error| self.failed(error))?;
        self.len = 0;
        self.hash = Sha256::new();
        Ok(())
    }

    fn check(&self, repo: &str) -> Result<(), HubError> {
        let Some(expected) = &self.wanted.sha256 else { return Ok(()) };
        let digest = self.hash.clone().finalize();
        let found = digest.iter().fold(String::new(), |found, byte| format!("{found}{byte:02x}"));
        if found == *expected {
            return Ok(());
        }
        let reason = format!("its SHA-256 is {found} instead of {expected}");
        Err(HubError::Damaged { repo: repo.to_owned(), file: self.wanted.name.clone(), reason })
    }

    /// On the disk first, in its place then: after a power cut a blob is whole or not there.
    fn into_blob(self, blob: &Path) -> Result<(), HubError> {
        self.file.sync_all().map_err(|error| self.failed(error))?;
        fs::rename(&self.path, blob).map_err(|error| self.failed(error))
    }

    fn remove(&self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::warn!(%error, "a faulty file can't be removed");
        }
    }

    fn failed(&self, error: io::Error) -> HubError {
        HubError::write(folder(&self.path), self.wanted.size.saturating_sub(self.len), error)
    }
}

fn folder(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}
