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
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use age_core::format::{FileKey, Stanza};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use rusqlite::Connection;
use secrecy::{ExposeSecret, SecretBox};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::audit::{self, AuditEvent, AuditKind, Head};
use super::kdf::{Key, random};
use super::keys::{Hex, Keys, Secret, derived};
use super::open::flags;
use super::place::{self, DATABASE, SCRATCH};
use super::{Part, Vault, VaultError, schema};

/// The ending of a backup's file.
pub const EXTENSION: &str = "pagcopia";
const SCHEMA: &str = "pag-bert/vault-backup";
const VERSION: i64 = 1;
const TAG: &str = "pag-bert-vault";
/// A manifest of more bytes is none.
const MAX_MANIFEST: u64 = 64 << 10;

/// What a backup says of itself, once it is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    schema: String,
    version: i64,
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
    keys: String,
    /// The database's key, where somebody besides the vault may open the backup.
    key: Option<Hex<32>>,
}

/// The vault as a recipient and as an identity of age.
struct Own<'a> {
    keys: &'a str,
    raw: &'a Key,
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

/// Looks at the header only: the wrapped keys in the vault's own stanza.
#[derive(Default)]
struct Peek(std::cell::RefCell<Option<Vec<u8>>>);

impl age::Identity for Peek {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        if stanza.tag == TAG {
            *self.0.borrow_mut() = Some(stanza.body.clone());
        }
        None
    }
}

/// What opens a backup.
#[derive(Debug)]
pub enum BackupSecret {
    /// The vault's passphrase of the day, or its recovery key.
    Vault(Secret),
    /// An age identity, `AGE-SECRET-KEY-1…`.
    Age(secrecy::SecretString),
}

/// An age recipient, as an office names one.
pub(super) fn recipient(text: &str) -> Result<age::x25519::Recipient, VaultError> {
    text.trim().parse().map_err(|_| VaultError::Recipient)
}

impl Vault {
    /// Makes a backup in `folder` and opens it again; returns its file. The audit log tells of it.
    pub fn back_up(&mut self, folder: &Path) -> Result<PathBuf, VaultError> {
        let recipients = self.settings()?.recipients;
        let stem = super::name_of(&self.folder);
        let made = write(&self.folder, &self.db, &self.keys, &self.raw, folder, &stem, &recipients)?;
        if self.writable().is_ok() {
            self.record(&AuditEvent::new(AuditKind::Backup, crate::files::name_of(&made)))?;
        }
        Ok(made)
    }

    /// Makes one where the settings say, and lets old ones go.
    pub fn back_up_and_rotate(&mut self) -> Result<PathBuf, VaultError> {
        let settings = self.settings()?;
        let folder = settings.backup_folder(&self.folder);
        let made = self.back_up(&folder)?;
        super::rotation::rotate(&folder, &super::name_of(&self.folder), settings.rotation);
        Ok(made)
    }

    /// Opens a backup of this vault with its own key; every byte of it is checked.
    pub fn verify_backup(&self, file: &Path) -> Result<Manifest, VaultError> {
        let keys = self.keys.to_text();
        let own = Own { keys: &keys, raw: &self.raw };
        check(file, &own, &self.folder, Some(&self.raw))
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
    write(folder, db, keys, raw, &beside, &stem, &[])
}

fn write(
    vault: &Path,
    db: &Connection,
    keys: &Keys,
    raw: &Key,
    folder: &Path,
    stem: &str,
    recipients: &[String],
) -> Result<PathBuf, VaultError> {
    std::fs::create_dir_all(folder).map_err(VaultError::io(folder))?;
    let scratch = Scratch::copy(vault, db, keys, raw)?;
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
    encrypt(&own, &others, &manifest, &scratch.0, file.as_file_mut()).map_err(VaultError::io(&path))?;
    file.as_file().sync_all().map_err(VaultError::io(&path))?;
    drop(scratch);
    // It counts once it has been opened as somebody would who has only the file.
    let read = check(file.path(), &own, vault, Some(raw))?;
    if read != manifest {
        return Err(VaultError::BackupUnverified);
    }
    file.persist_noclobber(&path).map_err(|error| VaultError::Io { path: path.clone(), error: error.error })?;
    #[cfg(unix)]
    File::open(folder).and_then(|dir| dir.sync_all()).map_err(VaultError::io(folder))?;
    Ok(path)
}

fn encrypt(
    own: &Own<'_>,
    others: &[age::x25519::Recipient],
    manifest: &Manifest,
    database: &Path,
    out: &mut File,
) -> io::Result<()> {
    let recipients = std::iter::once(own as &dyn age::Recipient).chain(others.iter().map(|other| other as _));
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
    let mut stream = encryptor.wrap_output(BufWriter::new(out))?;
    let mut line = Zeroizing::new(serde_json::to_vec(manifest)?);
    line.push(b'\n');
    stream.write_all(&line)?;
    io::copy(&mut File::open(database)?, &mut stream)?;
    stream.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(())
}

/// Decrypts a backup into `scratch`; the manifest.
fn decrypt(file: &Path, identity: &dyn age::Identity, scratch: &mut File) -> Result<Manifest, VaultError> {
    let head = || VaultError::Damaged { part: Part::BackupHead };
    let body = || VaultError::Damaged { part: Part::BackupBody };
    let input = BufReader::new(File::open(file).map_err(VaultError::io(file))?);
    let decryptor = age::Decryptor::new_buffered(input).map_err(|_| head())?;
    let stream = decryptor.decrypt(std::iter::once(identity)).map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => VaultError::NoKeyForBackup,
        _ => head(),
    })?;
    let mut stream = BufReader::new(stream);
    let mut line = Zeroizing::new(Vec::new());
    (&mut stream).take(MAX_MANIFEST).read_until(b'\n', &mut line).map_err(|_| body())?;
    let manifest: Manifest = serde_json::from_slice(&line).map_err(|_| body())?;
    if manifest.schema != SCHEMA {
        return Err(body());
    }
    if manifest.version > VERSION {
        return Err(VaultError::Newer { version: manifest.version });
    }
    let mut buffer = vec![0; 64 << 10];
    let mut bytes = 0;
    loop {
        let read = stream.read(&mut buffer).map_err(|_| body())?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        // Its own fault: a full disk here says nothing of the backup.
        scratch.write_all(&buffer[..read]).map_err(VaultError::io(file))?;
    }
    if bytes == manifest.bytes { Ok(manifest) } else { Err(body()) }
}

/// Opens a backup whole, without keeping anything; `scratch_in` is where its (encrypted) database may lie meanwhile.
fn check(file: &Path, own: &Own<'_>, scratch_in: &Path, raw: Option<&Key>) -> Result<Manifest, VaultError> {
    let mut scratch = Scratch::empty(scratch_in)?;
    let manifest = decrypt(file, own, &mut scratch.file)?;
    let keys = Keys::parse(manifest.keys.as_bytes()).map_err(|_| VaultError::Damaged { part: Part::BackupBody })?;
    let db = schema::connect(&scratch.path.0, raw.unwrap_or(own.raw), keys.database_salt, flags(false))?;
    let ok: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if ok != "ok" || digest(&db)? != manifest.digest || audit::head(&db)? != manifest.audit {
        return Err(VaultError::Damaged { part: Part::BackupBody });
    }
    Ok(manifest)
}

/// Makes a new vault, in a folder that isn't there yet, from a backup. Its passphrase and recovery key are the backup's.
pub fn restore(file: &Path, secret: &BackupSecret, folder: &Path) -> Result<Manifest, VaultError> {
    place::check_local(folder)?;
    if folder.symlink_metadata().is_ok() {
        return Err(VaultError::Exists);
    }
    let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(VaultError::io(parent))?;
    // Beside it, and renamed when it is whole.
    let half = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(parent).map_err(VaultError::io(parent))?;
    let path = half.path().join(DATABASE);
    let mut database = File::create_new(&path).map_err(VaultError::io(&path))?;
    let (manifest, raw) = match secret {
        BackupSecret::Vault(secret) => {
            let keys = keys_of(file)?;
            let raw = keys.open(secret)?;
            let text = keys.to_text();
            (decrypt(file, &Own { keys: &text, raw: &raw }, &mut database)?, raw)
        }
        BackupSecret::Age(identity) => {
            let identity: age::x25519::Identity =
                identity.expose_secret().trim().parse().map_err(|_| VaultError::NoKeyForBackup)?;
            let manifest = decrypt(file, &identity, &mut database)?;
            let raw = manifest.key.ok_or(VaultError::NoKeyForBackup)?;
            (manifest, SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(&raw.0)))
        }
    };
    database.sync_all().map_err(VaultError::io(&path))?;
    drop(database);
    let body = || VaultError::Damaged { part: Part::BackupBody };
    let keys = Keys::parse(manifest.keys.as_bytes()).map_err(|_| body())?;
    let db = schema::connect(&path, &raw, keys.database_salt, flags(true))?;
    let ok: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    if ok != "ok" || digest(&db)? != manifest.digest || audit::head(&db)? != manifest.audit {
        return Err(body());
    }
    schema::prepare_for_writing(&db)?;
    audit::append(&db, &AuditEvent::new(AuditKind::Restore, crate::files::name_of(file)))?;
    audit::keep_head(half.path(), &audit::head(&db)?)?;
    db.close().map_err(|(_, error)| VaultError::from(error))?;
    keys.save(half.path())?;
    std::fs::rename(half.path(), folder).map_err(VaultError::io(folder))?;
    #[cfg(unix)]
    File::open(parent).and_then(|dir| dir.sync_all()).map_err(VaultError::io(parent))?;
    // Renamed: there is nothing left to remove.
    let _ = half.keep();
    Ok(manifest)
}

/// The wrapped keys in a backup's header.
fn keys_of(file: &Path) -> Result<Keys, VaultError> {
    let head = || VaultError::Damaged { part: Part::BackupHead };
    let input = BufReader::new(File::open(file).map_err(VaultError::io(file))?);
    let decryptor = age::Decryptor::new_buffered(input).map_err(|_| head())?;
    let peek = Peek::default();
    // Nothing is opened by looking.
    drop(decryptor.decrypt(std::iter::once(&peek as &dyn age::Identity)));
    let found = peek.0.into_inner().ok_or(VaultError::NoKeyForBackup)?;
    Keys::parse(&found).map_err(|error| if matches!(error, VaultError::Damaged { .. }) { head() } else { error })
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

/// The newest backup of a vault that opens whole, with a secret of its day: what can be offered when the vault itself
/// can't be opened.
pub fn newest_good_backup(vault: &Path, secret: &Secret) -> Option<PathBuf> {
    let folder = super::backup_folder_of(vault);
    let mut all = super::rotation::backups(&folder, Some(&super::name_of(vault)));
    all.reverse();
    let mut opened: Option<(Keys, Key)> = None;
    all.into_iter().map(|found| found.path).find(|file| {
        let Ok(keys) = keys_of(file) else { return false };
        if opened.as_ref().is_none_or(|(known, _)| *known != keys) {
            opened = keys.open(secret).ok().map(|raw| (keys, raw));
        }
        opened.as_ref().is_some_and(|(keys, raw)| {
            let text = keys.to_text();
            check(file, &Own { keys: &text, raw }, &folder, None).is_ok()
        })
    })
}

/// The newest backup of this vault that opens whole with its own key.
pub(super) fn newest(folder: &Path, vault: &Path, keys: &Keys, raw: &Key) -> Option<PathBuf> {
    let mut all = super::rotation::backups(folder, Some(&super::name_of(vault)));
    all.reverse();
    let text = keys.to_text();
    let own = Own { keys: &text, raw };
    all.into_iter().map(|found| found.path).find(|file| check(file, &own, vault, None).is_ok())
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

/// A file that is removed when this is dropped.
struct Scratch(PathBuf);

struct OpenScratch {
    path: Scratch,
    file: File,
}

impl Scratch {
    fn name(folder: &Path) -> Result<PathBuf, VaultError> {
        Ok(folder.join(format!("{SCRATCH}{}", HEXLOWER.encode(&random::<8>()?))))
    }

    fn empty(folder: &Path) -> Result<OpenScratch, VaultError> {
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
    fn copy(vault: &Path, db: &Connection, keys: &Keys, raw: &Key) -> Result<Self, VaultError> {
        let OpenScratch { path, file } = Self::empty(vault)?;
        drop(file);
        let mut copy = schema::connect(&path.0, raw, keys.database_salt, flags(true))?;
        let backup = rusqlite::backup::Backup::new(db, &mut copy)?;
        backup.run_to_completion(1_024, std::time::Duration::ZERO, None)?;
        drop(backup);
        // One file, without a log beside it.
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
        copy.close().map_err(|(_, error)| VaultError::from(error))?;
        Ok(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}
