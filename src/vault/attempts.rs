//! Failed unlocks: the wait that grows with them, and their memory until they can go into the audit log.
//!
//! While the vault is locked nothing can be written into it, so they are kept in a file in clear, `attempts`, that holds
//! times and nothing else. The wait is for whoever sits at this window; against somebody who has copied the files, it is
//! the key derivation that makes each guess dear.

use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::VaultError;
use crate::files::write_atomic;

const FILE: &str = "attempts";
/// More than so many are counted and no longer listed.
const MAX_LISTED: usize = 500;

/// How the wait grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delay {
    /// So many failures cost nothing.
    pub free: u32,
    /// The first wait; each further failure doubles it.
    pub first: Duration,
    /// No wait is longer.
    pub longest: Duration,
}

impl Default for Delay {
    fn default() -> Self {
        Self { free: 2, first: Duration::from_secs(1), longest: Duration::from_mins(1) }
    }
}

impl Delay {
    /// The wait after so many failures in a row.
    pub fn after(self, failures: u32) -> Duration {
        let Some(doublings) = failures.checked_sub(self.free + 1) else { return Duration::ZERO };
        let factor = 1_u32.checked_shl(doublings.min(31)).unwrap_or(u32::MAX);
        self.first.saturating_mul(factor).min(self.longest)
    }
}

/// What is known of failed unlocks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attempts {
    /// In a row, since the last success.
    pub failures: u32,
    /// When the last one was, in milliseconds of the Unix time.
    pub last_ms: i64,
    /// Those that the audit log does not know yet: RFC 3339.
    pub unrecorded: Vec<String>,
    /// How many more there were.
    pub more: u64,
}

impl Attempts {
    /// None where there is no file; a damaged one counts as one failure a moment ago, since somebody may have tried to
    /// get rid of it.
    pub fn load(folder: &Path) -> Self {
        match std::fs::read(folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|_| {
                let mut attempts = Self::default();
                attempts.fail(crate::clock::unix_ms(), crate::clock::now());
                attempts
            }),
            Err(_) => Self::default(),
        }
    }

    pub fn save(&self, folder: &Path) -> Result<(), VaultError> {
        let path = folder.join(FILE);
        if *self == Self::default() {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(VaultError::Io { path, error }),
                _ => Ok(()),
            };
        }
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        write_atomic(&path, &bytes).map_err(VaultError::io(path))
    }

    pub fn fail(&mut self, now_ms: i64, now: String) {
        self.failures = self.failures.saturating_add(1);
        self.last_ms = now_ms;
        if self.unrecorded.len() < MAX_LISTED {
            self.unrecorded.push(now);
        } else {
            self.more += 1;
        }
    }

    /// How long nobody may try. A clock that was set back makes nobody wait longer than from now.
    pub fn wait(&self, delay: Delay, now_ms: i64) -> Duration {
        let wait = delay.after(self.failures);
        let passed = now_ms.saturating_sub(self.last_ms);
        let passed = if passed < 0 { 0 } else { passed.unsigned_abs() };
        wait.saturating_sub(Duration::from_millis(passed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_grows_and_ends() {
        let seconds: Vec<u64> = (0..12).map(|failures| Delay::default().after(failures).as_secs()).collect();
        assert_eq!(seconds, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(Delay::default().after(u32::MAX), Duration::from_mins(1));
    }

    #[test]
    fn the_wait_passes_with_time_and_not_by_turning_the_clock() {
        let mut attempts = Attempts::default();
        for _ in 0..5 {
            attempts.fail(100_000, "2026-11-03T10:00:00+01:00".into());
        }
        let wait = |now| attempts.wait(Delay::default(), now).as_millis();
        assert_eq!((wait(100_000), wait(103_000), wait(104_000), wait(9_000_000)), (4_000, 1_000, 0, 0));
        assert_eq!(wait(0), 4_000);
    }

    #[test]
    fn attempts_outlive_the_program_and_a_damaged_file_counts() {
        let dir = tempfile::tempdir().unwrap();
        let mut attempts = Attempts::load(dir.path());
        assert_eq!(attempts, Attempts::default());
        for _ in 0..600 {
            attempts.fail(5, "t".into());
        }
        attempts.save(dir.path()).unwrap();
        let read = Attempts::load(dir.path());
        assert_eq!((read.failures, read.unrecorded.len(), read.more), (600, 500, 100));
        write_atomic(&dir.path().join(FILE), b"nonsense").unwrap();
        assert_eq!(Attempts::load(dir.path()).failures, 1);
        Attempts::default().save(dir.path()).unwrap();
        assert_eq!(Attempts::load(dir.path()), Attempts::default());
    }
}
