//! What the system keeps of files in memory: let go of, so that a load can be measured as it is after a start.

use std::fs::File;
use std::path::Path;

/// Lets the system forget what it holds of a file, or of the files of a folder. A refusal changes nothing.
pub fn forget_cached(path: &Path) {
    let files = std::fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    for path in files.chain([path.to_owned()]).filter(|path| path.is_file()) {
        if let Ok(file) = File::open(path) {
            forget(&file);
        }
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn forget(file: &File) {
    use std::os::fd::AsRawFd;
    const POSIX_FADV_DONTNEED: i32 = 4;
    unsafe extern "C" {
        fn posix_fadvise(fd: i32, offset: i64, length: i64, advice: i32) -> i32;
    }
    // SAFETY: the file is open, and the advice changes no content; a length of 0 is all of it.
    unsafe {
        posix_fadvise(file.as_raw_fd(), 0, 0, POSIX_FADV_DONTNEED);
    }
}

#[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
fn forget(_: &File) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_forgotten_keeps_its_bytes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("weights");
        crate::files::write_atomic(&path, b"as they were").unwrap();
        for place in [dir.path(), &path, Path::new("no such file")] {
            forget_cached(place);
        }
        assert_eq!(std::fs::read(&path).unwrap(), b"as they were");
    }
}
