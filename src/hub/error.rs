//! What can go wrong between a repository and this computer. No token and no whole address stands in any of these.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::select::Role;
use crate::error::UserError;

/// Why a model is not here. Each variant's message says what it is.
#[allow(missing_docs)]
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("no connection to {host}: {reason}")]
    NoConnection { host: String, reason: String },
    #[error("{host} stopped answering")]
    StoppedAnswering { host: String },
    #[error("the connection to {host} was cut again and again: {reason}")]
    Interrupted { host: String, reason: String },
    #[error("{repo} does not exist or asks for a token (401)")]
    Unauthorized { repo: String },
    #[error("{repo} may not be downloaded by this account (403)")]
    Forbidden { repo: String },
    #[error("there is no repository {repo}")]
    NoRepository { repo: String },
    #[error("{repo} has no revision {revision}")]
    NoRevision { repo: String, revision: String },
    #[error("{repo} has no file {file}")]
    NoFile { repo: String, file: String },
    #[error("{host} asks to wait (429), {retry_after:?}")]
    TooManyRequests { host: String, retry_after: Option<Duration> },
    #[error("{host} failed with status {status}")]
    Server { host: String, status: u16 },
    #[error("{host} does not answer as the hub does: {reason}")]
    Unexpected { host: String, reason: String },
    #[error("{file} is not what {repo} says: {reason}")]
    Damaged { repo: String, file: String, reason: String },
    #[error("{needed} bytes are needed on the disk, {available} are free")]
    DiskFull { needed: u64, available: u64 },
    #[error("{repo} is not whole in the cache, and the network may not be asked; {file} is missing")]
    Offline { repo: String, file: String },
    #[error("no {role:?} model among the files of {repo}")]
    NoModel { repo: String, role: Role },
    #[error("can't write into {}: {source}", folder.display())]
    CannotWrite { folder: PathBuf, source: io::Error },
    #[error("another program is downloading {file} of {repo}")]
    Busy { repo: String, file: String },
    #[error("{repo}: the server gave a name that leads out of the folder")]
    UnsafeName { repo: String },
    #[error("{name:?} names no repository or revision")]
    BadName { name: String },
    #[error("the system names no home folder, and HF_HOME is not set")]
    NoHome,
    #[error("{0:?} is no address of a hub")]
    BadEndpoint(String),
    #[error("stopped")]
    Cancelled,
}

impl HubError {
    /// A failed write, with the folder it went to. A full disk is a matter of its own.
    pub(super) fn write(folder: impl Into<PathBuf>, needed: u64, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull { needed, available: 0 },
            _ => Self::CannotWrite { folder: folder.into(), source },
        }
    }
}

/// Gigabytes (powers of ten), rounded so that what is needed is never shown smaller than it is, nor what is free larger.
fn gigabytes(bytes: u64, up: bool) -> String {
    let tenths = if up { bytes.div_ceil(100_000_000) } else { bytes / 100_000_000 };
    format!("{}.{}", tenths / 10, tenths % 10)
}

impl From<HubError> for UserError {
    fn from(error: HubError) -> Self {
        let detail = error.to_string();
        let user = match error {
            HubError::NoConnection { host, .. } => Self::new("error-hub-no-connection").with("host", host),
            HubError::StoppedAnswering { host } => Self::new("error-hub-stopped-answering").with("host", host),
            HubError::Interrupted { host, .. } => Self::new("error-hub-interrupted").with("host", host),
            HubError::Unauthorized { repo } => Self::new("error-hub-unauthorized").with("repo", repo),
            HubError::Forbidden { repo } => Self::new("error-hub-forbidden").with("repo", repo),
            HubError::NoRepository { repo } => Self::new("error-hub-no-repository").with("repo", repo),
            HubError::NoRevision { repo, revision } => {
                Self::new("error-hub-no-revision").with("repo", repo).with("revision", revision)
            }
            HubError::NoFile { repo, file } => Self::new("error-hub-no-file").with("repo", repo).with("file", file),
            HubError::TooManyRequests { host, .. } => Self::new("error-hub-too-many-requests").with("host", host),
            HubError::Server { host, status } => {
                Self::new("error-hub-server").with("host", host).with("status", status)
            }
            HubError::Unexpected { host, .. } => Self::new("error-hub-unexpected").with("host", host),
            HubError::BadEndpoint(_) => Self::new("error-hub-endpoint"),
            HubError::Damaged { file, .. } => Self::new("error-hub-checksum").with("file", file),
            HubError::DiskFull { needed, available } => Self::new("error-hub-disk-full")
                .with("needed", gigabytes(needed, true))
                .with("available", gigabytes(available, false)),
            HubError::Offline { repo, file } => Self::new("error-hub-offline").with("repo", repo).with("file", file),
            HubError::NoModel { repo, role: Role::Adapter } => Self::new("error-hub-no-adapter").with("repo", repo),
            HubError::NoModel { repo, role: Role::Dataset } => Self::new("error-hub-no-dataset").with("repo", repo),
            HubError::NoModel { repo, .. } => Self::new("error-hub-no-model").with("repo", repo),
            HubError::CannotWrite { folder, .. } => {
                Self::new("error-hub-cannot-write").with("folder", folder.display())
            }
            HubError::Busy { file, .. } => Self::new("error-hub-busy").with("file", file),
            HubError::UnsafeName { repo } => Self::new("error-hub-unsafe-name").with("repo", repo),
            HubError::BadName { name } => Self::new("error-hub-bad-name").with("repo", name),
            HubError::NoHome => Self::new("error-hub-no-home"),
            HubError::Cancelled => Self::new("error-hub-cancelled"),
        };
        user.technical(detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_is_rounded_up_and_what_is_free_down() {
        assert_eq!((gigabytes(12_100_000_001, true), gigabytes(12_199_999_999, false)), ("12.2".into(), "12.1".into()));
        assert_eq!(gigabytes(1, true), "0.1");
    }
}
