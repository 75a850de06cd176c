//! How much memory the control groups of Linux leave to this process: a container, a service or a session may be allowed
//! less than the computer has, and is ended by the system without a word when it takes more.

use std::fs;
use std::path::{Path, PathBuf};

/// What no limit looks like in version 1: the largest number of whole pages.
const UNLIMITED: u64 = 1 << 60;

/// The memory of one group, or the narrowest of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes that the group may take in all.
    pub(crate) total: u64,
    /// Bytes that it could take now: what is not taken, and what the system can take back from read files.
    pub(crate) free: u64,
}

/// The limits that this process runs under; none where there are none, or it is not Linux.
pub(crate) fn of_process() -> Option<Limits> {
    read(Path::new("/proc/self/cgroup"), Path::new("/sys/fs/cgroup"))
}

/// The narrowest limits of the groups that `membership` (as `/proc/self/cgroup`) names below `root`, and of all groups
/// around them.
pub(crate) fn read(membership: &Path, root: &Path) -> Option<Limits> {
    let text = fs::read_to_string(membership).ok()?;
    let mut narrowest: Option<Limits> = None;
    for line in text.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(group)) = (fields.next(), fields.next(), fields.next()) else { continue };
        let (base, read): (PathBuf, fn(&Path) -> Option<Limits>) = if controllers.is_empty() {
            (root.to_owned(), unified)
        } else if controllers.split(',').any(|name| name == "memory") {
            (root.join("memory"), version_1)
        } else {
            continue;
        };
        // Inside a container the name is often that of the host, whose folders are not there: its own root is the limit.
        let own = base.join(group.trim_start_matches('/'));
        for folder in own.ancestors().take_while(|folder| folder.starts_with(&base)) {
            if let Some(limits) = read(folder) {
                narrowest = Some(narrowest.map_or(limits, |before| Limits {
                    total: before.total.min(limits.total),
                    free: before.free.min(limits.free),
                }));
            }
        }
    }
    narrowest
}

fn unified(folder: &Path) -> Option<Limits> {
    let total = number(&folder.join("memory.max"))?;
    let used = number(&folder.join("memory.current"))?;
    Some(limits(total, used, field(&folder.join("memory.stat"), "inactive_file")))
}

fn version_1(folder: &Path) -> Option<Limits> {
    let total = number(&folder.join("memory.limit_in_bytes")).filter(|total| *total < UNLIMITED)?;
    let used = number(&folder.join("memory.usage_in_bytes"))?;
    Some(limits(total, used, field(&folder.join("memory.stat"), "total_inactive_file")))
}

fn limits(total: u64, used: u64, reclaimable: u64) -> Limits {
    Limits { total, free: total.saturating_sub(used.saturating_sub(reclaimable)) }
}

/// The number in a file; none for `max`, which is no limit.
fn number(path: &Path) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

fn field(path: &Path, name: &str) -> u64 {
    let text = fs::read_to_string(path).unwrap_or_default();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_atomic;

    /// Groups as the system shows them.
    struct Groups(tempfile::TempDir);

    impl Groups {
        fn new(membership: &str) -> Self {
            let groups = Self(tempfile::tempdir().unwrap());
            groups.put("proc", membership);
            groups
        }

        fn put(&self, name: &str, text: &str) {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            write_atomic(&path, text.as_bytes()).unwrap();
        }

        fn read(&self) -> Option<Limits> {
            read(&self.0.path().join("proc"), &self.0.path().join("sys"))
        }
    }

    #[test]
    fn the_narrowest_of_the_groups_around_counts() {
        let groups = Groups::new("0::/user.slice/app.scope\n");
        assert_eq!(groups.read(), None);
        groups.put("sys/user.slice/memory.max", "4000\n");
        groups.put("sys/user.slice/memory.current", "1500\n");
        groups.put("sys/user.slice/memory.stat", "anon 900\ninactive_file 500\nactive_file 100\n");
        groups.put("sys/user.slice/app.scope/memory.max", "max\n");
        groups.put("sys/user.slice/app.scope/memory.current", "100\n");
        assert_eq!(groups.read(), Some(Limits { total: 4000, free: 3000 }));
        groups.put("sys/user.slice/app.scope/memory.max", "2000\n");
        assert_eq!(groups.read(), Some(Limits { total: 2000, free: 1900 }));
    }

    #[test]
    fn version_1_has_its_own_names_and_a_number_for_no_limit() {
        let groups = Groups::new("5:cpu,cpuacct:/\n4:memory:/docker/1234\n");
        groups.put("sys/memory/memory.limit_in_bytes", "9223372036854771712\n");
        groups.put("sys/memory/memory.usage_in_bytes", "100\n");
        assert_eq!(groups.read(), None);
        groups.put("sys/memory/memory.limit_in_bytes", "1000\n");
        groups.put("sys/memory/memory.stat", "cache 90\ntotal_inactive_file 60\n");
        assert_eq!(groups.read(), Some(Limits { total: 1000, free: 960 }));
    }
}
