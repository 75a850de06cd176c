//! Backups: one file each, encrypted with `age`, opened again before it counts as one.
//!
//! The file is an ordinary age file (<https://age-encryption.org/v1>). One of its recipients is the vault itself: a stanza
//! of our own, `pag-bert-vault`, holds the wrapped keys as they were and the file's key sealed by the vault's key, so that
//! the passphrase and the recovery key of the day open it, on a computer where nothing else is left. Others are the
//! office's own age recipients, if it names any: those who hold their identities can restore a vault without the
//! passphrase, or decrypt it with `age` and read the database with SQLCipher.
//!
//! Inside are a line of JSON (what it is, the cases' digest, the audit log's head) and the SQLCipher database as it is:
//! nothing of a case is ever in clear, not even on the way.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use age_core::format::{FileKey, Stanza};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use rusqlite::Connection;
use rusqlite::backup::StepResult;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::audit::{self, AuditEvent, AuditKind, Head};
use super::kdf::{Key, random};
use super::keys::{Hex, Keys, derived};
use super::open::flags;
use super::place::SCRATCH;
use super::restore::check;
use super::{Vault, VaultError, schema};

/// The ending of a backup's file.
pub const EXTENSION: &str = "pagcopia";
pub(super) const SCHEMA: &str = "pag-bert/vault-backup";
pub(super) const VERSION: i64 = 1;
pub(super) const TAG: &str = "pag-bert-vault";

/// What a backup says of itself, once it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub(super) schema: String,
    pub(super) version: i64,
    /// When it was made: RFC 3339.
    pub made_at: String,
    /// Version of the tables.
    pub tables: i64,
    /// Cases, those of the bin too.
    pub cases: u64,
    /// The digest of all of them.
    pub digest: String,
    /// The audit log's length and last hash.
    pub audit: Head,
    /// Bytes of the database.
    pub bytes: u64,
    /// The wrapped keys.
    pub(super) keys: String,
    /// The database's key, where somebody besides the vault may open the backup.
    pub(super) key: Option<Hex<32>>,
}

/// The vault as a recipient and as an identity of age.
pub(super) struct Own<'a> {
    pub keys: &'a str,
    pub raw: &'a Key,
}

impl Own<'_> {
    fn cipher(&self) -> XChaCha20Poly1305 {
        let key = derived(self.raw, "pag-bert backup 1");
        XChaCha20Poly1305::new(chacha20poly1305::Key::from_slice(key.expose_secret()))
    }
}

impl age::Recipient for Own<'_> {
    fn wrap_file_key(&self, file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), age::EncryptError> {
        let failed = || age::EncryptError::Io(io::Error::other("sealing failed"));
        let nonce = random::<24>().map_err(|_| failed())?;
        let payload = Payload { msg: file_key.expose_secret(), aad: self.keys.as_bytes() };
        let sealed = self.cipher().encrypt(XNonce::from_slice(&nonce), payload).map_err(|_| failed())?;
        let args = vec![HEXLOWER.encode(&nonce), HEXLOWER.encode(&sealed)];
        let stanza = Stanza { tag: TAG.to_owned(), args, body: self.keys.as_bytes().to_vec() };
        Ok((vec![stanza], HashSet::new()))
    }
}

impl age::Identity for Own<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        if stanza.tag != TAG {
            return None;
        }
        let failed = || age::DecryptError::DecryptionFailed;
        let part = |at: usize| stanza.args.get(at).and_then(|hex| HEXLOWER.decode(hex.as_bytes()).ok());
        let (Some(nonce), Some(sealed)) = (part(0), part(1)) else { return Some(Err(failed())) };
        if nonce.len() != 24 {
            return Some(Err(failed()));
        }
        let payload = Payload { msg: &sealed, aad: &stanza.body };
        let opened = self.cipher().decrypt(XNonce::from_slice(&nonce), payload).map(Zeroizing::new);
        let opened = opened.ok().and_then(|key| <[u8; 16]>::try_from(key.as_slice()).ok());
        Some(opened.map(|key| FileKey::new(Box::new(key))).ok_or_else(failed))
    }
}

/// An age recipient, as an office names one.
pub(super) fn recipient(text: &str) -> Result<age::x25519::Recipient, VaultError> {
    text.trim().parse().map_err(|_| VaultError::Recipient)
}

/// Whether the text can be named as one of those that backups are encrypted for.
pub fn is_recipient(text: &str) -> bool {
    recipient(text).is_ok()
}

/// What a person sees of work that takes long, and how they end it.
pub struct Watch<'a> {
    told: &'a dyn Fn(f32) -> bool,
    from: f32,
    to: f32,
}

impl<'a> Watch<'a> {
    /// `told` hears how far the work is, in [0, 1], and says whether it shall go on.
    pub fn new(told: &'a dyn Fn(f32) -> bool) -> Self {
        Self { told, from: 0.0, to: 1.0 }
    }

    /// Nobody looks, and nobody ends it.
    pub fn nobody() -> Watch<'static> {
        Watch::new(&|_| true)
    }

    /// A part of the work, which begins and ends at these shares of the whole.
    pub(super) fn part(&self, from: f32, to: f32) -> Self {
        let at = |share: f32| self.from + (self.to - self.from) * share;
        Self { told: self.told, from: at(from), to: at(to) }
    }

    /// So much of this part is done. [`VaultError::Stopped`] when it shall end.
    pub(super) fn done(&self, done: u64, total: u64) -> Result<(), VaultError> {
        let share = if total == 0 { 1.0 } else { (done as f64 / total as f64).min(1.0) as f32 };
        if (self.told)(self.from + (self.to - self.from) * share) { Ok(()) } else { Err(VaultError::Stopped) }
    }
}

/// An open vault, as far as a copy of it needs one.
pub(super) struct Source<'a> {
    pub folder: &'a Path,
    pub db: &'a Connection,
    pub keys: &'a Keys,
    pub raw: &'a Key,
}

/// A backup that was made and opened again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Its file.
    pub path: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

impl Vault {
    /// Makes a backup in `folder` and opens it again; returns its file. The audit log tells of it.
    pub fn back_up(&mut self, folder: &Path) -> Result<PathBuf, VaultError> {
        let recipients = self.settings()?.recipients;
        let stem = super::name_of(&self.folder);
        let source = Source { folder: &self.folder, db: &self.db, keys: &self.keys, raw: &self.raw };
        let made = write(&source, folder, &stem, &recipients, &Watch::nobody())?;
        if self.writable().is_ok() {
            self.record_backup(&made)?;
        }
        Ok(made.path)
    }

    /// Makes one where the settings say, and lets old ones go.
    pub fn back_up_and_rotate(&mut self) -> Result<PathBuf, VaultError> {
        let settings = self.settings()?;
        let folder = settings.backup_folder(&self.folder);
        let made = self.back_up(&folder)?;
        super::rotation::rotate(&folder, &super::name_of(&self.folder), settings.rotation);
        Ok(made)
    }

    /// Tells the audit log of a backup, and up to which of its own lines that reaches.
    pub fn record_backup(&mut self, made: &Made) -> Result<(), VaultError> {
        let detail = format!("{} ({})", crate::files::name_of(&made.path), made.manifest.audit.count);
        self.record(&AuditEvent::new(AuditKind::Backup, detail))
    }

    /// Opens a backup of this vault with its own key; every byte of it is checked.
    pub fn verify_backup(&self, file: &Path) -> Result<Manifest, VaultError> {
        let keys = self.keys.to_text();
        let own = Own { keys: &keys, raw: &self.raw };
        check(file, &own, &self.folder, &Watch::nobody())
    }
}

/// The backup before tables are changed, where the settings send backups.
pub(super) fn before_migration(
    folder: &Path,
    db: &Connection,
    keys: &Keys,
    raw: &Key,
    from: i64,
) -> Result<PathBuf, VaultError> {
    let beside = super::backup_folder_of(folder);
    let stem = format!("{}-v{from}", super::name_of(folder));
    let source = Source { folder, db, keys, raw };
    write(&source, &beside, &stem, &[], &Watch::nobody()).map(|made| made.path)
}

/// Writes a backup, and opens it again.
pub(super) fn write(
    source: &Source<'_>,
    folder: &Path,
    stem: &str,
    recipients: &[String],
    watch: &Watch<'_>,
) -> Result<Made, VaultError> {
    let Source { keys, raw, .. } = *source;
    std::fs::create_dir_all(folder).map_err(VaultError::io(folder))?;
    let scratch = Scratch::copy(source, &watch.part(0.0, 0.3))?;
    let copy = schema::connect(&scratch.0, raw, keys.database_salt, flags(false))?;
    let text = keys.to_text();
    let manifest = Manifest {
        schema: SCHEMA.to_owned(),
        version: VERSION,
        made_at: crate::clock::now(),
        tables: schema::version(&copy)?,
        cases: copy.query_row("SELECT count(*) FROM cases", [], |row| row.get::<_, i64>(0))?.unsigned_abs(),
        digest: digest(&copy)?,
        audit: audit::head(&copy)?,
        bytes: std::fs::metadata(&scratch.0).map_err(VaultError::io(&scratch.0))?.len(),
        keys: text.clone(),
        key: (!recipients.is_empty()).then(|| Hex(*raw.expose_secret())),
    };
    drop(copy);
    let path = free_name(folder, stem);
    let own = Own { keys: &text, raw };
    let others = recipients.iter().map(|text| recipient(text)).collect::<Result<Vec<_>, _>>()?;
    let mut file = tempfile::Builder::new()
        .prefix(".pag-bert-")
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(VaultError::io(folder))?;
    let database = File::open(&scratch.0).map_err(VaultError::io(&scratch.0))?;
    let mut reads = Watched { database, bytes: manifest.bytes, read: 0, watch: watch.part(0.3, 0.6), stopped: false };
    let encrypted = encrypt(&own, &others, &manifest, &mut reads, file.as_file_mut());
    if reads.stopped {
        return Err(VaultError::Stopped);
    }
    encrypted.map_err(VaultError::io(&path))?;
    file.as_file().sync_all().map_err(VaultError::io(&path))?;
    drop((reads, scratch));
    // It counts once it has been opened as somebody would who has only the file.
    let read = check(file.path(), &own, source.folder, &watch.part(0.6, 1.0))?;
    if read != manifest {
        return Err(VaultError::BackupUnverified);
    }
    file.persist_noclobber(&path).map_err(|error| VaultError::Io { path: path.clone(), error: error.error })?;
    #[cfg(unix)]
    File::open(folder).and_then(|dir| dir.sync_all()).map_err(VaultError::io(folder))?;
    Ok(Made { path, manifest })
}

/// The database's bytes on their way into a backup.
struct Watched<'a> {
    database: File,
    bytes: u64,
    read: u64,
    watch: Watch<'a>,
    stopped: bool,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.watch.done(self.read, self.bytes).is_err() {
            self.stopped = true;
            return Err(io::Error::other("stopped"));
        }
        let read = self.database.read(buffer)?;
        self.read += read as u64;
        Ok(read)
    }
}

fn encrypt(
    own: &Own<'_>,
    others: &[age::x25519::Recipient],
    manifest: &Manifest,
    database: &mut impl Read,
    out: &mut File,
) -> io::Result<()> {
    let recipients = std::iter::once(own as &dyn age::Recipient).chain(others.iter().map(|other| other as _));
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
    let mut stream = encryptor.wrap_output(BufWriter::new(out))?;
    let mut line = Zeroizing::new(serde_json::to_vec(manifest)?);
    line.push(b'\n');
    stream.write_all(&line)?;
    io::copy(database, &mut stream)?;
    stream.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(())
}

/// One digest of all cases and their revisions.
pub(super) fn digest(db: &Connection) -> Result<String, VaultError> {
    let mut hash = Sha256::new();
    let mut read = db.prepare("SELECT id, revision, in_bin, digest FROM cases ORDER BY id")?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        hash.update((id.len() as u64).to_le_bytes());
        hash.update(id.as_bytes());
        hash.update(row.get::<_, i64>(1)?.to_le_bytes());
        hash.update(row.get::<_, i64>(2)?.to_le_bytes());
        hash.update(row.get::<_, Vec<u8>>(3)?);
    }
    Ok(HEXLOWER.encode(&hash.finalize()))
}

fn free_name(folder: &Path, stem: &str) -> PathBuf {
    let time = crate::clock::for_file_names();
    let name = |more: &str| folder.join(format!("{stem}-{time}{more}.{EXTENSION}"));
    let mut path = name("");
    let mut count = 2;
    while path.exists() {
        path = name(&format!("-{count}"));
        count += 1;
    }
    path
}

/// A database that is removed when this is dropped.
pub(super) struct Scratch(pub PathBuf);

pub(super) struct OpenScratch {
    pub path: Scratch,
    pub file: File,
}

impl Scratch {
    fn name(folder: &Path) -> Result<PathBuf, VaultError> {
        Ok(folder.join(format!("{SCRATCH}{}", HEXLOWER.encode(&random::<8>()?))))
    }

    pub fn empty(folder: &Path) -> Result<OpenScratch, VaultError> {
        // A vault that is only looked at can lie where nothing can be written.
        let path = Self::name(folder)?;
        let made = File::create_new(&path).map(|file| (path, file));
        let (path, file) = if let Ok(made) = made {
            made
        } else {
            let path = Self::name(&std::env::temp_dir())?;
            let file = File::create_new(&path).map_err(VaultError::io(&path))?;
            (path, file)
        };
        Ok(OpenScratch { path: Self(path), file })
    }

    /// A copy of the database as it is at one moment, under the same key.
    fn copy(source: &Source<'_>, watch: &Watch<'_>) -> Result<Self, VaultError> {
        const PAGES: i32 = 1_024;
        let OpenScratch { path, file } = Self::empty(source.folder)?;
        drop(file);
        let mut copy = schema::connect(&path.0, source.raw, source.keys.database_salt, flags(true))?;
        // Within one reading transaction: without it, whatever is written meanwhile would begin the copy anew.
        let moment = source.db.unchecked_transaction()?;
        schema::version(&moment)?;
        let backup = rusqlite::backup::Backup::new(source.db, &mut copy)?;
        loop {
            let step = backup.step(PAGES)?;
            let progress = backup.progress();
            let (left, all) = (progress.remaining.unsigned_abs(), progress.pagecount.unsigned_abs());
            watch.done(u64::from(all - left), u64::from(all))?;
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                _ => std::thread::sleep(std::time::Duration::from_millis(20)),
            }
        }
        drop(backup);
        drop(moment);
        // One file, without a log beside it.
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        copy.close().map_err(|(_, error)| VaultError::from(error))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
        // What SQLite leaves beside a database that it could not finish.
        for ending in ["-wal", "-shm", "-journal"] {
            let mut name = self.0.clone().into_os_string();
            name.push(ending);
            std::fs::remove_file(name).ok();
        }
    }
}
