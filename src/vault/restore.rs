//! Backups read again: checked, found good, and made into a new vault.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use age_core::format::{FileKey, Stanza};
use rusqlite::Connection;
use secrecy::{ExposeSecret, SecretBox};
use zeroize::Zeroizing;

use super::audit::{self, AuditEvent, AuditKind};
use super::backup::{Manifest, Own, SCHEMA, Scratch, TAG, VERSION, Watch, digest};
use super::kdf::Key;
use super::keys::{Keys, Secret};
use super::open::flags;
use super::place::{self, DATABASE, SCRATCH};
use super::{Part, VaultError, schema};

/// A manifest of more bytes is none.
const MAX_MANIFEST: u64 = 64 << 10;

/// What opens a backup.
#[derive(Debug)]
pub enum BackupSecret {
    /// The vault's passphrase of the day, or its recovery key.
    Vault(Secret),
    /// An age identity, `AGE-SECRET-KEY-1…`.
    Age(secrecy::SecretString),
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

/// Decrypts a backup into `scratch`; the manifest.
fn decrypt(
    file: &Path,
    identity: &dyn age::Identity,
    scratch: &mut File,
    watch: &Watch<'_>,
) -> Result<Manifest, VaultError> {
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
        watch.done(bytes, manifest.bytes)?;
        // Its own fault: a full disk here says nothing of the backup.
        scratch.write_all(&buffer[..read]).map_err(VaultError::io(file))?;
    }
    if bytes == manifest.bytes { Ok(manifest) } else { Err(body()) }
}

/// Opens a backup whole, without keeping anything; `scratch_in` is where its (encrypted) database may lie meanwhile.
pub(super) fn check(file: &Path, own: &Own<'_>, scratch_in: &Path, watch: &Watch<'_>) -> Result<Manifest, VaultError> {
    let mut scratch = Scratch::empty(scratch_in)?;
    let manifest = decrypt(file, own, &mut scratch.file, &watch.part(0.0, 0.6))?;
    let keys = Keys::parse(manifest.keys.as_bytes()).map_err(|_| body())?;
    let db = schema::connect(&scratch.path.0, own.raw, keys.database_salt, flags(false))?;
    compare(&db, &manifest)?;
    watch.done(1, 1)?;
    Ok(manifest)
}

/// The database of a backup holds what its manifest says.
fn compare(db: &Connection, manifest: &Manifest) -> Result<(), VaultError> {
    let ok: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    let same = ok == "ok" && digest(db)? == manifest.digest && audit::head(db)? == manifest.audit;
    if same { Ok(()) } else { Err(body()) }
}

fn body() -> VaultError {
    VaultError::Damaged { part: Part::BackupBody }
}

fn head() -> VaultError {
    VaultError::Damaged { part: Part::BackupHead }
}

/// Makes a new vault, in a folder that isn't there yet, from a backup. Its passphrase and recovery key are the backup's.
pub fn restore(file: &Path, secret: &BackupSecret, folder: &Path) -> Result<Manifest, VaultError> {
    restore_watched(file, secret, folder, &Watch::nobody())
}

/// As [`restore`], with somebody who looks on.
pub fn restore_watched(
    file: &Path,
    secret: &BackupSecret,
    folder: &Path,
    watch: &Watch<'_>,
) -> Result<Manifest, VaultError> {
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
    let decrypting = watch.part(0.0, 0.6);
    let (manifest, raw) = match secret {
        BackupSecret::Vault(secret) => {
            let keys = keys_of(file)?;
            let raw = keys.open(secret)?;
            let text = keys.to_text();
            (decrypt(file, &Own { keys: &text, raw: &raw }, &mut database, &decrypting)?, raw)
        }
        BackupSecret::Age(identity) => {
            let identity: age::x25519::Identity =
                identity.expose_secret().trim().parse().map_err(|_| VaultError::NoKeyForBackup)?;
            let manifest = decrypt(file, &identity, &mut database, &decrypting)?;
            let raw = manifest.key.ok_or(VaultError::NoKeyForBackup)?;
            (manifest, SecretBox::init_with_mut(|key: &mut [u8; 32]| key.copy_from_slice(&raw.0)))
        }
    };
    database.sync_all().map_err(VaultError::io(&path))?;
    drop(database);
    let keys = Keys::parse(manifest.keys.as_bytes()).map_err(|_| body())?;
    let db = schema::connect(&path, &raw, keys.database_salt, flags(true))?;
    compare(&db, &manifest)?;
    watch.done(1, 1)?;
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
    let input = BufReader::new(File::open(file).map_err(VaultError::io(file))?);
    let decryptor = age::Decryptor::new_buffered(input).map_err(|_| head())?;
    let peek = Peek::default();
    // Nothing is opened by looking.
    drop(decryptor.decrypt(std::iter::once(&peek as &dyn age::Identity)));
    let found = peek.0.into_inner().ok_or(VaultError::NoKeyForBackup)?;
    Keys::parse(&found).map_err(|error| if matches!(error, VaultError::Damaged { .. }) { head() } else { error })
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
            check(file, &Own { keys: &text, raw }, &folder, &Watch::nobody()).is_ok()
        })
    })
}

/// The newest backup of this vault that opens whole with its own key.
pub(super) fn newest(folder: &Path, vault: &Path, keys: &Keys, raw: &Key) -> Option<PathBuf> {
    let mut all = super::rotation::backups(folder, Some(&super::name_of(vault)));
    all.reverse();
    let text = keys.to_text();
    let own = Own { keys: &text, raw };
    all.into_iter().map(|found| found.path).find(|file| check(file, &own, vault, &Watch::nobody()).is_ok())
}
