//! Which backups stay: the last of each of the last days, weeks and months that have one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, DateTime};

use super::backup::EXTENSION;
use super::settings::Rotation;

/// A backup's file, as its name tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupFile {
    /// Where it is.
    pub path: PathBuf,
    /// When it was made, by the local time of then.
    pub made_at: DateTime,
}

/// The backups in a folder, the oldest first; those of one vault only where its name is given.
pub fn backups(folder: &Path, name: Option<&str>) -> Vec<BackupFile> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut all: Vec<BackupFile> = entries
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let stem = path.file_stem()?.to_str()?;
            if path.extension()? != EXTENSION {
                return None;
            }
            let (of, made_at) = parse(stem)?;
            name.is_none_or(|name| name == of).then_some(BackupFile { path, made_at })
        })
        .collect();
    // Of two within a second the later one has the longer name.
    let length = |backup: &BackupFile| backup.path.as_os_str().len();
    all.sort_by(|a, b| {
        a.made_at.cmp(&b.made_at).then_with(|| length(a).cmp(&length(b))).then_with(|| a.path.cmp(&b.path))
    });
    all
}

/// `casos-20261103-104207`, and `…-2` for a second one within a second.
fn parse(stem: &str) -> Option<(&str, DateTime)> {
    let at = stem.match_indices('-').map(|(at, _)| at).find(|at| {
        let rest = &stem.as_bytes()[at + 1..];
        rest.len() >= 15 && rest[8] == b'-' && rest[..8].iter().chain(&rest[9..15]).all(u8::is_ascii_digit)
    })?;
    let made_at = DateTime::strptime("%Y%m%d-%H%M%S", stem.get(at + 1..at + 16)?).ok()?;
    Some((&stem[..at], made_at))
}

/// Those of one vault that stay, by their places among `backups` (the oldest first). The newest always does.
fn kept(backups: &[DateTime], rotation: Rotation) -> BTreeSet<usize> {
    let mut kept = BTreeSet::new();
    kept.extend(backups.len().checked_sub(1));
    let mut keep = |count: u32, period: &dyn Fn(Date) -> (i16, i16)| {
        let mut seen = BTreeSet::new();
        for (at, made_at) in backups.iter().enumerate().rev() {
            if seen.len() as u32 == count {
                break;
            }
            if seen.insert(period(made_at.date())) {
                kept.insert(at);
            }
        }
    };
    keep(rotation.days, &|date| (date.year(), date.day_of_year()));
    keep(rotation.weeks, &|date| {
        let week = date.iso_week_date();
        (week.year(), i16::from(week.week()))
    });
    keep(rotation.months, &|date| (date.year(), i16::from(date.month())));
    kept
}

/// Removes the backups of one vault that need not stay; returns those that are gone.
pub fn rotate(folder: &Path, name: &str, rotation: Rotation) -> Vec<PathBuf> {
    let all = backups(folder, Some(name));
    let times: Vec<DateTime> = all.iter().map(|backup| backup.made_at).collect();
    let kept = kept(&times, rotation);
    let old = all.into_iter().enumerate().filter(|(at, _)| !kept.contains(at)).map(|(_, backup)| backup.path);
    old.filter(|path| std::fs::remove_file(path).is_ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> DateTime {
        text.parse().unwrap()
    }

    #[test]
    fn names_tell_the_vault_and_the_time() {
        let made_at = time("2026-11-03T10:42:07");
        assert_eq!(parse("casos-20261103-104207"), Some(("casos", made_at)));
        assert_eq!(parse("casos-de-la-oficina-20261103-104207-2"), Some(("casos-de-la-oficina", made_at)));
        for name in ["casos", "casos-20261303-104207", "casos-2026110-104207", "-", ""] {
            assert_eq!(parse(name), None, "{name}");
        }
    }

    /// Two a day over four hundred days: the last of each of 7 days, 4 weeks and 12 months.
    #[test]
    fn days_weeks_and_months_stay() {
        let first = time("2025-01-01T09:00:00");
        let all: Vec<DateTime> = (0..800).map(|i| first + jiff::Span::new().hours(12 * i)).collect();
        let kept: Vec<String> =
            kept(&all, Rotation::default()).into_iter().map(|at| all[at].strftime("%Y-%m-%d %H").to_string()).collect();
        let wanted = [
            "2025-03-31 21",
            "2025-04-30 21",
            "2025-05-31 21",
            "2025-06-30 21",
            "2025-07-31 21",
            "2025-08-31 21",
            "2025-09-30 21",
            "2025-10-31 21",
            "2025-11-30 21",
            "2025-12-31 21",
            "2026-01-18 21",
            "2026-01-25 21",
            "2026-01-29 21",
            "2026-01-30 21",
            "2026-01-31 21",
            "2026-02-01 21",
            "2026-02-02 21",
            "2026-02-03 21",
            "2026-02-04 21",
        ];
        assert_eq!(kept, wanted);
    }

    #[test]
    fn of_two_within_a_second_the_later_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let names = ["", "-2", "-10"].map(|more| dir.path().join(format!("casos-20261103-104207{more}.{EXTENSION}")));
        for path in &names {
            std::fs::File::create(path).unwrap();
        }
        assert_eq!(rotate(dir.path(), "casos", Rotation::default()), names[..2]);
    }

    #[test]
    fn the_newest_stays_whatever_is_set() {
        let all = [time("2026-11-03T10:00:00"), time("2026-11-03T11:00:00")];
        let none = Rotation { days: 0, weeks: 0, months: 0 };
        assert_eq!(kept(&all, none).into_iter().collect::<Vec<_>>(), [1]);
        assert!(kept(&[], Rotation::default()).is_empty());
    }
}
