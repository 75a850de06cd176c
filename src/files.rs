//! Writing a file so that a crash, a full disk or a power cut leaves either the old one or the new one, never half.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// The last part of a path, as people call the file or folder; the whole path where it has none.
pub fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Writes `bytes` to a temporary name in the same folder, syncs it, renames it over `path` and syncs the folder. Only
/// the user may read the file. On an error the old file is whole and the temporary one is gone.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (file, dir) = write_beside(path, bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    sync_dir(dir)
}

/// As [`write_atomic`], for what is too large to be held in one piece: `fill` writes it.
///
/// # Errors
/// `fill`'s, or that the file can't be made.
pub fn write_atomic_with<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut io::BufWriter<&File>) -> Result<(), E>,
) -> Result<(), E> {
    let (file, dir) = fill_beside(path, fill)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(sync_dir(dir)?)
}

/// As [`write_atomic_with`], but never over a file that is there already, as [`write_atomic_new`].
///
/// # Errors
/// `fill`'s, or that the file can't be made.
pub fn write_atomic_new_with<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut io::BufWriter<&File>) -> Result<(), E>,
) -> Result<(), E> {
    let (file, dir) = fill_beside(path, fill)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(sync_dir(dir)?)
}

/// As [`write_atomic`], but never over a file that is there already: [`io::ErrorKind::AlreadyExists`] then, even when it
/// came to be a moment ago.
pub fn write_atomic_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let (file, dir) = write_beside(path, bytes)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    sync_dir(dir)
}

fn write_beside<'a>(path: &'a Path, bytes: &[u8]) -> io::Result<(tempfile::NamedTempFile, &'a Path)> {
    fill_beside(path, |file| file.write_all(bytes))
}

fn fill_beside<E: From<io::Error>>(
    path: &Path,
    fill: impl FnOnce(&mut io::BufWriter<&File>) -> Result<(), E>,
) -> Result<(tempfile::NamedTempFile, &Path), E> {
    let dir = folder_of(path);
    let file = tempfile::Builder::new().prefix(".pag-bert-").suffix(".tmp").tempfile_in(dir)?;
    let mut writer = io::BufWriter::new(file.as_file());
    fill(&mut writer)?;
    writer.flush()?;
    drop(writer);
    file.as_file().sync_all()?;
    Ok((file, dir))
}

/// Gives a finished file, written under a temporary name, the name that people know, and syncs it and its folder. Over a
/// file that is there already only with `overwrite`: [`io::ErrorKind::AlreadyExists`] otherwise, and `temporary` stays.
pub fn put_in_place(temporary: &Path, path: &Path, overwrite: bool) -> io::Result<()> {
    File::open(temporary)?.sync_all()?;
    if overwrite {
        std::fs::rename(temporary, path)?;
    } else {
        let named = tempfile::TempPath::try_from_path(temporary)?;
        if let Err(error) = named.persist_noclobber(path) {
            // Dropping it would remove the file.
            error.path.keep().ok();
            return Err(error.error);
        }
    }
    sync_dir(folder_of(path))
}

/// The folder that a file lies in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."))
}

/// Fills `buffer` from `offset`, whatever other threads read meanwhile.
///
/// # Errors
/// [`io::ErrorKind::UnexpectedEof`] when the file is shorter.
#[cfg(unix)]
pub fn read_exact_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, offset)
}

/// Fills `buffer` from `offset`, whatever other threads read meanwhile.
#[cfg(windows)]
pub fn read_exact_at(file: &File, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, buffer, offset)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => {
                buffer = &mut buffer[read..];
                offset += read as u64;
            }
        }
    }
    Ok(())
}

/// Writes all of `bytes` at `offset`, whatever other threads write meanwhile.
#[cfg(unix)]
pub fn write_all_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

/// Writes all of `bytes` at `offset`, whatever other threads write meanwhile.
#[cfg(windows)]
pub fn write_all_at(file: &File, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, offset)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => {
                bytes = &bytes[written..];
                offset += written as u64;
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(not(unix))]
fn sync_dir(_dir: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_replaces_the_whole_file_and_leaves_nothing_beside_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("caso.json");
        write_atomic(&path, b"first, and longer").unwrap();
        write_atomic(&path, b"second").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"second");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        assert!(write_atomic(&dir.path().join("missing/caso.json"), b"x").is_err());
        let taken = dir.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        assert!(write_atomic(&taken, b"x").is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
