//! A new file while it is written. The partial file and its journal lie beside it until it is whole, so that what was stopped
//! goes on where it was, and nobody meets half a file under the new name.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use super::GgufFile;
use super::convert::ConvertProgress;
use super::error::ConvertError;
use super::format::ALIGNMENT;
use super::journal::{Done, Journal};
use super::pack::Target;
use super::prepare::Planned;
use super::writer::{Item, Row, header};
use crate::files::{folder_of, name_of, put_in_place, read_exact_at, write_all_at};

/// What a file is made of.
pub(super) trait Content {
    /// What stands before the tensors.
    fn metadata(&self) -> &[(String, Item)];

    /// The tensors, in their order.
    fn plan(&self) -> &[Planned];

    /// Names everything that must be the same for a file that was begun to be gone on with; `header` is that of the file, without
    /// types, places and checksums.
    fn fingerprint(&self, header: &[u8]) -> Result<String, ConvertError>;

    /// Puts one tensor into its place. Tells the source's bytes that were read, and stops when `cancelled` says so.
    fn put(
        &self,
        planned: &Planned,
        target: &Target<'_>,
        tell: &mut dyn FnMut(u64),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Put, ConvertError>;
}

/// A tensor that is in the file.
pub(super) struct Put {
    /// Of its type.
    pub(super) number: u32,
    pub(super) bytes: u64,
    pub(super) checksum: u32,
}

/// Writes a file of `content` to `out`. Gives its length, and how many tensors were there from a time that was stopped.
pub(super) fn write(
    content: &dyn Content,
    out: &Path,
    overwrite: bool,
    progress: &mut dyn FnMut(ConvertProgress),
    cancelled: &dyn Fn() -> bool,
) -> Result<(u64, usize), ConvertError> {
    let mut writing = Writing::begin(content, out)?;
    writing.tensors(progress, cancelled)?;
    writing.finish(overwrite)
}

/// The file while it is written.
struct Writing<'a> {
    content: &'a dyn Content,
    out: &'a Path,
    file: File,
    partial: PathBuf,
    journal_path: PathBuf,
    journal: Journal,
    /// Finished tensors.
    table: Vec<Row>,
    resumed: usize,
    data_start: u64,
    /// Where the next tensor begins, from the beginning of the data.
    end: u64,
    needed: u64,
}

impl<'a> Writing<'a> {
    fn begin(content: &'a dyn Content, out: &'a Path) -> Result<Self, ConvertError> {
        let (partial, journal_path) = beside(out);
        let folder = folder_of(out);
        std::fs::create_dir_all(folder).map_err(|error| ConvertError::write(out, 0, error))?;
        let header = header(content.metadata(), &placeholders(content.plan()));
        let data_start = header.len() as u64;
        let needed = data_start + content.plan().iter().map(Planned::bytes).sum::<u64>();
        let write = |error: io::Error| match error.kind() {
            io::ErrorKind::WouldBlock => ConvertError::Busy(out.to_owned()),
            _ => ConvertError::write(out, needed, error),
        };
        let fingerprint = content.fingerprint(&header)?;
        let (journal, done) = Journal::open(&journal_path, &fingerprint).map_err(write)?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&partial);
        let file = file.map_err(write)?;
        let (table, resumed, end) = (Vec::new(), 0, 0);
        let mut writing =
            Self { content, out, file, partial, journal_path, journal, table, resumed, data_start, end, needed };
        writing.check_space(folder)?;
        writing.take_up(&done);
        Ok(writing)
    }

    fn check_space(&self, folder: &Path) -> Result<(), ConvertError> {
        let here = allocated(&self.file);
        let needed = self.needed.saturating_sub(here);
        match fs4::available_space(folder) {
            Ok(available) if available < needed => {
                if here == 0 {
                    std::fs::remove_file(&self.partial).ok();
                    std::fs::remove_file(&self.journal_path).ok();
                }
                Err(ConvertError::NoSpace { folder: folder.to_owned(), needed, available })
            }
            _ => Ok(()),
        }
    }

    /// Believes what the journal says as far as the partial file bears it out.
    fn take_up(&mut self, done: &[Done]) {
        for (done, planned) in done.iter().zip(self.content.plan()) {
            let starts_here = done.name == planned.name && done.offset == self.end;
            if !starts_here || self.checksum(done.offset, done.bytes).ok() != Some(done.checksum) {
                break;
            }
            self.push(planned, done.clone());
            self.resumed += 1;
        }
    }

    fn checksum(&self, offset: u64, bytes: u64) -> io::Result<u32> {
        let mut hash = crc32fast::Hasher::new();
        let mut piece = vec![0; 1 << 20];
        let mut at = 0;
        while at < bytes {
            let len = piece.len().min((bytes - at) as usize);
            read_exact_at(&self.file, &mut piece[..len], self.data_start + offset + at)?;
            hash.update(&piece[..len]);
            at += len as u64;
        }
        Ok(hash.finalize())
    }

    fn push(&mut self, planned: &Planned, done: Done) {
        self.end = (done.offset + done.bytes).next_multiple_of(ALIGNMENT);
        let (name, shape) = (done.name, planned.shape.clone());
        self.table.push(Row { name, shape, number: done.number, offset: done.offset, checksum: done.checksum });
    }

    fn tensors(
        &mut self,
        progress: &mut dyn FnMut(ConvertProgress),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<(), ConvertError> {
        let bytes_of = |plan: &[Planned]| plan.iter().map(|planned| planned.source_bytes).sum();
        let (begun, left) = self.content.plan().split_at(self.table.len());
        let bytes_total = bytes_of(self.content.plan());
        let mut bytes_done: u64 = bytes_of(begun);
        progress(ConvertProgress { bytes_done, bytes_total });
        for planned in left {
            if cancelled() {
                return Err(ConvertError::Cancelled);
            }
            let mut here = 0;
            let mut tell = |bytes| {
                here += bytes;
                let bytes_done = bytes_done + here.min(planned.source_bytes);
                progress(ConvertProgress { bytes_done, bytes_total });
            };
            let done = self.tensor(planned, &mut tell, cancelled)?;
            self.journal.add(&done).map_err(|error| ConvertError::write(&self.journal_path, self.needed, error))?;
            self.push(planned, done);
            bytes_done += planned.source_bytes;
        }
        progress(ConvertProgress { bytes_done, bytes_total });
        Ok(())
    }

    fn tensor(
        &self,
        planned: &Planned,
        tell: &mut dyn FnMut(u64),
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Done, ConvertError> {
        let offset = self.data_start + self.end;
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let target = Target { file: &self.file, path: &self.partial, offset, threads };
        let Put { number, bytes, checksum } = self.content.put(planned, &target, tell, cancelled)?;
        Ok(Done { name: planned.name.clone(), number, offset: self.end, bytes, checksum })
    }

    /// Puts the header before the tensors and gives the file its name.
    fn finish(self, overwrite: bool) -> Result<(u64, usize), ConvertError> {
        let failed = |error| ConvertError::write(self.out, self.needed, error);
        let bytes = self.data_start + self.end;
        self.file.set_len(bytes).map_err(failed)?;
        write_all_at(&self.file, &header(self.content.metadata(), &self.table), 0).map_err(failed)?;
        // What was written is read as a loader will read it, before it takes the name of a file that was good.
        GgufFile::open_own(&self.partial)?;
        put_in_place(&self.partial, self.out, overwrite).map_err(failed)?;
        if let Err(error) = std::fs::remove_file(&self.journal_path) {
            tracing::warn!(%error, "the journal of a finished file can't be removed");
        }
        Ok((bytes, self.resumed))
    }
}

/// The names of the partial file and of its journal.
fn beside(out: &Path) -> (PathBuf, PathBuf) {
    let name = name_of(out);
    (out.with_file_name(format!(".{name}.part")), out.with_file_name(format!(".{name}.part.journal")))
}

/// The tensors before they are made: a header of them is as long as the real one.
fn placeholders(plan: &[Planned]) -> Vec<Row> {
    let row = |planned: &Planned| Row {
        name: planned.name.clone(),
        shape: planned.shape.clone(),
        number: 0,
        offset: 0,
        checksum: 0,
    };
    plan.iter().map(row).collect()
}

/// Bytes that the partial file has on the disk already; its length may promise more.
fn allocated(file: &File) -> u64 {
    let Ok(meta) = file.metadata() else { return 0 };
    #[cfg(unix)]
    let bytes = meta.len().min(std::os::unix::fs::MetadataExt::blocks(&meta) * 512);
    #[cfg(not(unix))]
    let bytes = meta.len();
    bytes
}
