//! Settings of this user: language, theme, scale, model. Kept as JSON, written whole, never lost to a half write.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::Sampling;
use crate::files::write_atomic;
use crate::i18n::Lang;

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How the weights are held.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuantizationChoice {
    /// As they are in the file.
    None,
    /// 8 bit, as the seed loads its base.
    #[default]
    #[serde(rename = "q8_0")]
    Q8_0,
    /// 6 bit.
    Q6k,
    /// 4 bit.
    Q4k,
}

/// Where to run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceSetting {
    /// The GPU that was compiled in and works, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// An NVIDIA GPU.
    Cuda,
    /// An Apple GPU.
    Metal,
}

/// Where a model or an adapter is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ModelLocation {
    /// In a folder on this computer.
    Folder {
        /// Which one.
        path: PathBuf,
    },
    /// In a Hugging Face repository; downloaded when it is not in the cache.
    Repo {
        /// `owner/name`.
        repo: String,
        /// Branch, tag or commit; none = `main`.
        revision: Option<String>,
    },
}

/// Which model to load.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ModelChoice {
    /// The demonstration model that comes with the program.
    #[default]
    Embedded,
    /// Any other.
    Custom {
        /// The base model.
        base: ModelLocation,
        /// Its LoRA adapter.
        adapter: Option<ModelLocation>,
    },
}

/// What a person can set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Language of the window.
    pub lang: Lang,
    /// Light or dark.
    pub theme: ThemeChoice,
    /// 1 = 100 %.
    pub scale: f32,
    /// The model loaded at the start.
    pub model: ModelChoice,
    /// How its weights are held.
    pub quantization: QuantizationChoice,
    /// Where it runs.
    pub device: DeviceSetting,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Facts are read by the model while they are typed; never on battery.
    pub read_while_typing: bool,
    /// Never ask the network, even for a model that is not here.
    pub offline: bool,
    /// The highest case number given so far (`2026-031`), so that none is given twice; empty = none.
    pub last_case_number: String,
    /// The vault that is asked for at the start.
    pub vault: Option<PathBuf>,
    /// The office goes on without a vault: cases are files.
    pub without_vault: bool,
    /// The folder in which a case was last saved or opened.
    pub last_folder: Option<PathBuf>,
    /// The office's name and address, over the first page of documents.
    pub letterhead: String,
    /// A picture over that.
    pub letterhead_image: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lang: Lang::Es,
            theme: ThemeChoice::System,
            scale: 1.0,
            model: ModelChoice::Embedded,
            quantization: QuantizationChoice::default(),
            device: DeviceSetting::Auto,
            sampling: Sampling::default(),
            read_while_typing: true,
            offline: false,
            last_case_number: String::new(),
            vault: None,
            without_vault: false,
            last_folder: None,
            letterhead: String::new(),
            letterhead_image: None,
        }
    }
}

impl Settings {
    /// The file's name in the configuration folder.
    pub const FILE: &'static str = "settings.json";

    /// Reads the settings; the defaults when there are none. A file that can't be read is kept beside as
    /// `settings.json.bad`, and the defaults are used.
    pub fn load(config_dir: &Path) -> Self {
        let path = config_dir.join(Self::FILE);
        let Ok(text) = std::fs::read_to_string(&path) else { return Self::default() };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "settings can't be read; the defaults are used");
            if let Err(error) = std::fs::rename(&path, path.with_extension("json.bad")) {
                tracing::warn!(%error, "and the file can't be put aside");
            }
            Self::default()
        })
    }

    /// Writes the settings.
    pub fn save(&self, config_dir: &Path) -> std::io::Result<()> {
        std::fs::create_dir_all(config_dir)?;
        write_atomic(&config_dir.join(Self::FILE), &serde_json::to_vec_pretty(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_a_restart_and_unknown_keys() {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings { lang: Lang::En, scale: 1.25, ..Settings::default() };
        settings.save(dir.path()).unwrap();
        assert_eq!(Settings::load(dir.path()), settings);
        write_atomic(&dir.path().join(Settings::FILE), br#"{"lang":"en","from_the_future":1}"#).unwrap();
        assert_eq!(Settings::load(dir.path()).lang, Lang::En);
    }

    #[test]
    fn faulty_settings_are_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        write_atomic(&dir.path().join(Settings::FILE), b"{").unwrap();
        assert_eq!(Settings::load(dir.path()), Settings::default());
        assert!(dir.path().join("settings.json.bad").exists());
    }
}
