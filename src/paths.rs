//! Where the program keeps its own files: settings, drafts, logs.

use std::path::PathBuf;

use directories::ProjectDirs;

/// The folders of this user, made when first written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Settings (`settings.json`).
    pub config_dir: PathBuf,
    /// Drafts of unsaved cases, kept until they are saved or discarded.
    pub drafts_dir: PathBuf,
    /// Models that were prepared for this computer.
    pub models_dir: PathBuf,
    /// Log files, without text of cases.
    pub logs_dir: PathBuf,
}

impl Paths {
    /// The folders that the system gives this user; `PAG_BERT_HOME` puts all of them into one folder, for a portable
    /// installation and for tests. None when the system names no home.
    pub fn of_user() -> Option<Self> {
        if let Some(home) = std::env::var_os("PAG_BERT_HOME").filter(|home| !home.is_empty()) {
            return Some(Self::under(&PathBuf::from(home)));
        }
        let dirs = ProjectDirs::from("", "", "pag-bert")?;
        let data = dirs.data_local_dir();
        Some(Self {
            config_dir: dirs.config_dir().to_owned(),
            drafts_dir: data.join("drafts"),
            models_dir: data.join("models"),
            logs_dir: data.join("logs"),
        })
    }

    /// All folders below one.
    pub fn under(root: &std::path::Path) -> Self {
        Self {
            config_dir: root.join("config"),
            drafts_dir: root.join("drafts"),
            models_dir: root.join("models"),
            logs_dir: root.join("logs"),
        }
    }
}
