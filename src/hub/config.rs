//! Where the hub and its cache are, and how long to wait: as other programs for Hugging Face take it from the
//! environment, or given by whoever asks.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hf_hub::Cache;

use super::HubError;
use crate::inference::Cancel;

/// The hub, unless `HF_ENDPOINT` names another.
pub const ENDPOINT: &str = "https://huggingface.co";

/// A token of the hub; it is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// None for what can't be a token: nothing at all, or signs that no header can carry.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| Self(text.to_owned()))
    }

    /// The value of the `Authorization` header.
    pub(super) fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// What a download asks of the computer; tests put something else in its place.
pub trait System: Send + Sync {
    /// Bytes that can still be written below a folder, which may not be there yet.
    fn available_space(&self, folder: &Path) -> io::Result<u64>;

    /// Waits before the next attempt, or until cancelled.
    fn wait(&self, pause: Duration, cancel: &Cancel);
}

/// The computer as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealSystem;

impl System for RealSystem {
    fn available_space(&self, folder: &Path) -> io::Result<u64> {
        let there = folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder);
        fs4::available_space(there)
    }

    fn wait(&self, pause: Duration, cancel: &Cancel) {
        const SLICE: Duration = Duration::from_millis(50);
        let mut left = pause;
        while !left.is_zero() && !cancel.is_cancelled() {
            let slice = left.min(SLICE);
            std::thread::sleep(slice);
            left -= slice;
        }
    }
}

/// How to reach the hub, and where its files are kept.
#[derive(Clone)]
pub struct HubConfig {
    /// The hub's address, without a slash at its end.
    pub endpoint: String,
    /// The folder of the repositories (`…/huggingface/hub`).
    pub cache_dir: PathBuf,
    /// Sent to the endpoint's own host and to no other.
    pub token: Option<Token>,
    /// Use only what is in the cache.
    pub offline: bool,
    /// Go through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`, …).
    pub proxy_from_env: bool,
    /// For finding a host and connecting to it.
    pub connect_timeout: Duration,
    /// The longest silence of a server.
    pub idle_timeout: Duration,
    /// Attempts in a row that bring nothing new, after the first.
    pub retries: u32,
    /// The pause before the second attempt; it doubles from one to the next.
    pub backoff: Duration,
    /// The longest pause, a server's `Retry-After` aside.
    pub max_backoff: Duration,
    /// A server that asks for a longer pause is not waited for.
    pub max_retry_after: Duration,
    /// How long to wait for another program that is writing the same file.
    pub lock_wait: Duration,
    /// Free space and pauses.
    pub system: Arc<dyn System>,
}

impl fmt::Debug for HubConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubConfig")
            .field("endpoint", &self.endpoint)
            .field("cache_dir", &self.cache_dir)
            .field("token", &self.token)
            .field("offline", &self.offline)
            .finish_non_exhaustive()
    }
}

impl HubConfig {
    /// A hub and a cache, without a token or a proxy, with the usual patience.
    pub fn new(endpoint: &str, cache_dir: impl Into<PathBuf>) -> Self {
        Self {
            endpoint: endpoint.trim_end_matches('/').to_owned(),
            cache_dir: cache_dir.into(),
            token: None,
            offline: false,
            proxy_from_env: false,
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            retries: 5,
            backoff: Duration::from_secs(1),
            max_backoff: Duration::from_secs(30),
            max_retry_after: Duration::from_mins(2),
            lock_wait: Duration::from_secs(5),
            system: Arc::new(RealSystem),
        }
    }

    /// As the environment has it: `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`, `HF_TOKEN`, `HF_TOKEN_PATH`,
    /// `HF_HUB_OFFLINE`, the token file that `hf auth login` writes, and the proxy's variables.
    ///
    /// # Errors
    /// [`HubError::NoHome`] when nothing says where the cache is.
    pub fn from_env() -> Result<Self, HubError> {
        let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
        let config = Self::from_variables(&|name| std::env::var_os(name), home.as_deref())?;
        Ok(Self { proxy_from_env: true, ..config })
    }

    /// As [`HubConfig::from_env`], from variables and a home that are given.
    ///
    /// # Errors
    /// [`HubError::NoHome`] when nothing says where the cache is.
    pub fn from_variables(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<&Path>) -> Result<Self, HubError> {
        let text = |name| variable(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
        let folder = |name| {
            let path = PathBuf::from(variable(name).filter(|value| !value.is_empty())?);
            // Python's library takes `~` for the home; no shell has replaced it in a desktop's own settings.
            Some(match (path.strip_prefix("~"), home) {
                (Ok(below), Some(home)) => home.join(below),
                _ => path,
            })
        };
        let hf_home = folder("HF_HOME")
            .or_else(|| Some(folder("XDG_CACHE_HOME")?.join("huggingface")))
            .or_else(|| Some(home?.join(".cache").join("huggingface")));
        let cache_dir = folder("HF_HUB_CACHE")
            .or_else(|| folder("HUGGINGFACE_HUB_CACHE"))
            .or_else(|| Some(hf_home.as_ref()?.join("hub")))
            .ok_or(HubError::NoHome)?;
        let token_file = || match folder("HF_TOKEN_PATH") {
            Some(path) => std::fs::read_to_string(path).ok(),
            None => Cache::new(hf_home.as_ref()?.join("hub")).token(),
        };
        let token = text("HF_TOKEN").or_else(|| text("HUGGING_FACE_HUB_TOKEN")).or_else(token_file);
        let offline = text("HF_HUB_OFFLINE")
            .is_some_and(|value| ["1", "on", "yes", "true"].iter().any(|yes| value.eq_ignore_ascii_case(yes)));
        let endpoint = text("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned());
        Ok(Self { token: token.as_deref().and_then(Token::new), offline, ..Self::new(&endpoint, cache_dir) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)], home: Option<&str>) -> Result<HubConfig, HubError> {
        let find = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into());
        HubConfig::from_variables(&find, home.map(Path::new))
    }

    #[test]
    fn the_cache_is_where_other_programs_have_it() {
        let dir = |variables: &[_]| config(variables, Some("/h")).unwrap().cache_dir;
        assert_eq!(dir(&[]), Path::new("/h/.cache/huggingface/hub"));
        assert_eq!(dir(&[("XDG_CACHE_HOME", "/c")]), Path::new("/c/huggingface/hub"));
        assert_eq!(dir(&[("XDG_CACHE_HOME", "/c"), ("HF_HOME", "/hf")]), Path::new("/hf/hub"));
        assert_eq!(dir(&[("HF_HOME", "~/hf")]), Path::new("/h/hf/hub"));
        assert_eq!(dir(&[("HF_HOME", "/hf"), ("HF_HUB_CACHE", "/big")]), Path::new("/big"));
        assert!(matches!(config(&[], None), Err(HubError::NoHome)));
        assert!(config(&[("HF_HOME", "/hf")], None).is_ok());
    }

    #[test]
    fn endpoint_and_offline_are_honoured() {
        let plain = config(&[("HF_HUB_OFFLINE", "0")], Some("/h")).unwrap();
        assert_eq!((plain.endpoint.as_str(), plain.offline), (ENDPOINT, false));
        let own = config(&[("HF_ENDPOINT", "https://mirror.example/"), ("HF_HUB_OFFLINE", "1")], Some("/h")).unwrap();
        assert_eq!((own.endpoint.as_str(), own.offline), ("https://mirror.example", true));
    }

    #[test]
    fn the_token_comes_from_the_variable_or_the_file_and_is_never_printed() {
        let dir = tempfile::tempdir().unwrap();
        crate::files::write_atomic(&dir.path().join("token"), b"hf_file\n").unwrap();
        let home = dir.path().to_str().unwrap();
        let token = |variables: &[_]| config(variables, None).unwrap().token;
        assert_eq!(token(&[("HF_HOME", home)]), Token::new("hf_file"));
        assert_eq!(token(&[("HF_HOME", home), ("HF_TOKEN", "hf_own")]), Token::new("hf_own"));
        assert_eq!(token(&[("HF_HOME", "/nowhere")]), None);
        assert_eq!(Token::new("hf\nX-Other: 1"), None);
        let printed = format!("{:?}", config(&[("HF_HOME", home), ("HF_TOKEN", "hf_own")], None));
        assert!(!printed.contains("hf_own"), "{printed}");
    }
}
