//! What a conversion that was stopped has finished: one line for each tensor, beside the partial file. It counts only for
//! the same source, form and program; each tensor that it names is held against its checksum before it is believed.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// A tensor that is in the partial file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) name: String,
    /// ggml's number of the type.
    pub(super) number: u32,
    /// From the beginning of the data.
    pub(super) offset: u64,
    pub(super) bytes: u64,
    pub(super) checksum: u32,
}

#[derive(Serialize, Deserialize)]
struct Head {
    fingerprint: String,
}

/// The journal, held by this conversion alone.
pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Opens the journal at `path` and gives the tensors that it names; none when it is of another conversion.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another conversion holds it.
    pub(super) fn open(path: &Path, fingerprint: &str) -> io::Result<(Self, Vec<Done>)> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
            // Some network folders know no locks; the worst that two conversions do there is work twice.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let (done, whole) = read(&text, fingerprint);
        // A line that was cut off goes, so that the next one begins a line.
        file.set_len(whole)?;
        file.seek(SeekFrom::Start(whole))?;
        let mut journal = Self { file };
        if whole == 0 {
            journal.write(&Head { fingerprint: fingerprint.to_owned() })?;
        }
        Ok((journal, done))
    }

    /// Notes a tensor that is in the file now.
    pub(super) fn add(&mut self, done: &Done) -> io::Result<()> {
        self.write(done)
    }

    fn write(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }
}

/// The tensors that whole lines name, and the bytes of these lines; nothing of another conversion.
fn read(text: &[u8], fingerprint: &str) -> (Vec<Done>, u64) {
    let mut done = Vec::new();
    let mut whole = 0;
    for (i, line) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let good = line.ends_with(b"\n")
            && match i {
                0 => serde_json::from_slice::<Head>(line).is_ok_and(|head| head.fingerprint == fingerprint),
                _ => serde_json::from_slice(line).map(|entry| done.push(entry)).is_ok(),
            };
        if !good {
            break;
        }
        whole += line.len() as u64;
    }
    (done, whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn done(name: &str) -> Done {
        Done { name: name.to_owned(), number: 12, offset: 64, bytes: 144, checksum: 7 }
    }

    #[test]
    fn a_journal_counts_only_for_its_own_conversion_and_up_to_a_cut_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal");
        let (mut journal, before) = Journal::open(&path, "a").unwrap();
        assert!(before.is_empty());
        journal.add(&done("one")).unwrap();
        journal.add(&done("two")).unwrap();
        assert_eq!(Journal::open(&path, "a").err().unwrap().kind(), io::ErrorKind::WouldBlock);
        drop(journal);
        let len = std::fs::metadata(&path).unwrap().len();
        OpenOptions::new().write(true).open(&path).unwrap().set_len(len - 3).unwrap();
        let (mut journal, before) = Journal::open(&path, "a").unwrap();
        assert_eq!(before, [done("one")]);
        journal.add(&done("three")).unwrap();
        drop(journal);
        assert_eq!(Journal::open(&path, "a").unwrap().1, [done("one"), done("three")]);
        assert!(Journal::open(&path, "b").unwrap().1.is_empty());
        assert!(Journal::open(&path, "a").unwrap().1.is_empty());
    }
}
