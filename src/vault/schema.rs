//! The database: how it is opened, its tables, and how an older one becomes one of today.
//!
//! `user_version` counts the steps. A new vault takes all of them, so that each is run by every test; an older one is
//! backed up before it takes the missing ones (see `open.rs`); one of a later program is refused.

use std::path::Path;
use std::sync::Once;

use rusqlite::{Connection, OpenFlags, Transaction};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::kdf::Key;
use super::keys::Hex;
use super::open::flags;
use super::place::DATABASE;
use super::{Part, VaultError, duplicates};

/// The version of the tables that this program writes.
pub const VERSION: i64 = 2;
/// «PAGV»: tells `file` and others what the database is, once it is decrypted.
const APPLICATION_ID: i32 = 0x5041_4756;
/// Pages kept in memory, in KiB.
const CACHE_KIB: i32 = 64 << 10;

/// Opens the file with its key. Nothing has been read yet but the first page.
pub(super) fn connect(path: &Path, key: &Key, salt: Hex<16>, flags: OpenFlags) -> Result<Connection, VaultError> {
    start_sqlcipher();
    let db = Connection::open_with_flags(path, flags)?;
    // SQLCipher wipes its keys in any case. Locking and wiping all of SQLite's memory besides makes a search more than ten
    // times slower, and the texts stand in this program's own memory as long as the vault is open.
    // Its own lines on standard error say what the errors say.
    db.execute_batch("PRAGMA cipher_memory_security = OFF; PRAGMA cipher_log_level = NONE;")?;
    let hex = |bytes: &[u8]| Zeroizing::new(data_encoding::HEXLOWER.encode(bytes));
    let (key, salt) = (hex(key.expose_secret()), hex(&salt.0));
    // A raw key and the salt: SQLCipher derives nothing.
    let words = Zeroizing::new(["PRAGMA key = \"x'", key.as_str(), salt.as_str(), "'\""].concat());
    db.execute_batch(&words)?;
    db.busy_timeout(std::time::Duration::from_secs(5))?;
    db.execute_batch(&format!(
        "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;
         PRAGMA foreign_keys = ON; PRAGMA cache_size = -{CACHE_KIB};"
    ))?;
    // The first real reading: a page that is not ours, or damaged, shows here.
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(db)
}

/// SQLite lets other threads in before SQLCipher's own start is through (`SQLITE_EXTRA_INIT` runs outside of the lock), and
/// they would find no cipher: nobody goes on until one connection was there.
fn start_sqlcipher() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        // What is wrong shows with the connection that is asked for.
        Connection::open_in_memory().ok();
    });
}

/// Opens a vault's database for reading only.
pub(super) fn connect_for_reading(folder: &Path, key: &Key, salt: Hex<16>) -> Result<Connection, VaultError> {
    let path = folder.join(DATABASE);
    match connect(&path, key, salt, flags(false)) {
        // In a folder that can't be written to, the log's index can't be made. Where there is no log, none is needed, and
        // nobody can begin one.
        Err(VaultError::Database { code: Some(rusqlite::ffi::SQLITE_CANTOPEN) }) if !has_log(folder) => {
            connect(Path::new(&unchanging(&path)?), key, salt, flags(false) | OpenFlags::SQLITE_OPEN_URI)
        }
        opened => opened,
    }
}

fn has_log(folder: &Path) -> bool {
    std::fs::metadata(folder.join(format!("{DATABASE}-wal"))).is_ok_and(|meta| meta.len() > 0)
}

/// The file's name as SQLite takes one whose file is on a disk that can't be written to.
fn unchanging(path: &Path) -> Result<String, VaultError> {
    use std::fmt::Write;
    let path = std::path::absolute(path).map_err(VaultError::io(path))?;
    let mut uri = "file:".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/._-".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            write!(uri, "%{byte:02x}").ok();
        }
    }
    Ok(uri + "?immutable=1")
}

/// What a connection that writes needs besides.
pub(super) fn prepare_for_writing(db: &Connection) -> Result<(), VaultError> {
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(VaultError::Damaged { part: Part::Pages });
    }
    db.execute_batch("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA journal_size_limit = 67108864;")?;
    Ok(())
}

/// The version of the tables.
pub(super) fn version(db: &Connection) -> Result<i64, VaultError> {
    Ok(db.query_row("PRAGMA user_version", [], |row| row.get(0))?)
}

type Step = fn(&Transaction<'_>) -> Result<(), VaultError>;

/// Takes the steps from `from` to today's version, all or none.
pub(super) fn migrate(db: &mut Connection, from: i64) -> Result<(), VaultError> {
    let tx = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let steps: [Step; VERSION as usize] = [first_tables, sketches];
    for step in steps.iter().skip(usize::try_from(from).unwrap_or(0)) {
        step(&tx)?;
    }
    tx.execute_batch(&format!("PRAGMA user_version = {VERSION}"))?;
    tx.commit()?;
    Ok(())
}

/// Version 1. `cases` holds what a list shows, in light rows; `texts` what is searched and the rest of the case as JSON.
/// `search` indexes `texts` through a view without the cases in the bin.
fn first_tables(tx: &Transaction<'_>) -> Result<(), VaultError> {
    tx.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}"))?;
    tx.execute_batch(
        "
        CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
        CREATE TABLE cases (
            row INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            number TEXT NOT NULL,
            fecha TEXT NOT NULL,
            provincia TEXT,
            ambito TEXT,
            tipo TEXT,
            status TEXT NOT NULL,
            resultado TEXT,
            start TEXT NOT NULL,
            modified_at TEXT NOT NULL,
            modified_ms INTEGER NOT NULL,
            revision INTEGER NOT NULL,
            digest BLOB NOT NULL,
            in_bin INTEGER NOT NULL DEFAULT 0,
            binned_at TEXT
        ) STRICT;
        CREATE INDEX cases_list ON cases
            (in_bin, modified_ms DESC, row DESC, fecha, provincia, ambito, tipo, status, resultado);
        CREATE INDEX cases_number ON cases (number);
        CREATE TABLE texts (
            row INTEGER PRIMARY KEY REFERENCES cases ON DELETE CASCADE,
            hechos TEXT NOT NULL,
            intervencion TEXT NOT NULL,
            resultado TEXT NOT NULL,
            notas TEXT NOT NULL,
            datos TEXT NOT NULL,
            filtros TEXT NOT NULL,
            enes TEXT NOT NULL,
            rest TEXT NOT NULL
        ) STRICT;
        CREATE VIEW live_texts AS
            SELECT texts.row, hechos, intervencion, texts.resultado, notas, datos, filtros, enes
            FROM texts JOIN cases ON cases.row = texts.row WHERE NOT in_bin;
        CREATE VIRTUAL TABLE search USING fts5(
            hechos, intervencion, resultado, notas, datos, filtros, enes,
            content = 'live_texts', content_rowid = 'row',
            tokenize = \"unicode61 remove_diacritics 2\", prefix = '3'
        );
        INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
        INSERT INTO search (search, rank) VALUES ('rank', 'bm25(1.0, 1.0, 1.0, 0.5, 2.0, 0.0, 0.0)');
        CREATE TABLE revisions (
            case_row INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
            revision INTEGER NOT NULL,
            replaced_at TEXT NOT NULL,
            who TEXT,
            json TEXT NOT NULL,
            PRIMARY KEY (case_row, revision)
        ) STRICT;
        CREATE TABLE suggestions (
            id INTEGER PRIMARY KEY,
            case_row INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
            made_at TEXT NOT NULL,
            model TEXT NOT NULL,
            model_digest TEXT NOT NULL,
            adapter TEXT,
            adapter_digest TEXT,
            prompt_version TEXT NOT NULL,
            sampling TEXT NOT NULL,
            seed TEXT NOT NULL,
            raw_text TEXT NOT NULL,
            kept_text TEXT NOT NULL,
            review TEXT NOT NULL,
            suggestion TEXT NOT NULL,
            UNIQUE (case_row, made_at, raw_text)
        ) STRICT;
        CREATE TABLE attachments (
            id INTEGER PRIMARY KEY,
            case_row INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
            name TEXT NOT NULL,
            added_at TEXT NOT NULL,
            UNIQUE (case_row, name)
        ) STRICT;
        CREATE TABLE drafts (
            id TEXT PRIMARY KEY,
            base INTEGER NOT NULL,
            saved_at TEXT NOT NULL,
            json TEXT NOT NULL
        ) STRICT;
        CREATE TABLE imports (
            id INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            source TEXT NOT NULL,
            undone_at TEXT
        ) STRICT;
        CREATE TABLE imported (
            import INTEGER NOT NULL REFERENCES imports,
            case_row INTEGER NOT NULL REFERENCES cases ON DELETE CASCADE,
            before INTEGER NOT NULL,
            after INTEGER NOT NULL,
            PRIMARY KEY (import, case_row)
        ) STRICT;
        CREATE TABLE audit (
            seq INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT NOT NULL,
            hash BLOB NOT NULL
        ) STRICT;
        ",
    )?;
    Ok(())
}

/// Version 2: what duplicates are found by.
fn sketches(tx: &Transaction<'_>) -> Result<(), VaultError> {
    tx.execute_batch(
        "CREATE TABLE sketches (
            row INTEGER PRIMARY KEY REFERENCES cases ON DELETE CASCADE,
            sketch BLOB NOT NULL
        ) STRICT;",
    )?;
    let mut read = tx.prepare("SELECT row, hechos FROM texts")?;
    let mut write = tx.prepare("INSERT INTO sketches (row, sketch) VALUES (?1, ?2)")?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let hechos: String = row.get(1)?;
        write.execute((row.get::<_, i64>(0)?, duplicates::Sketch::of(&hechos).to_bytes().as_slice()))?;
    }
    Ok(())
}
