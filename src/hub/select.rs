//! Which files of a repository are a model, and which names from outside may become file names here.

use std::collections::BTreeMap;

use super::HubError;

/// What a repository is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A base model.
    Base,
    /// A LoRA adapter.
    Adapter,
    /// A dataset, which is a repository of another kind.
    Dataset,
    /// A base model or an adapter, whichever it holds.
    Any,
}

const CONFIG: &str = "config.json";
const ADAPTER_CONFIG: &str = "adapter_config.json";
const TOKENIZER: &str = "tokenizer.json";
/// Taken when there is no [`TOKENIZER`].
const TOKENIZER_PARTS: [&str; 2] = ["vocab.json", "merges.txt"];
const ADDED_TOKENS: &str = "added_tokens.json";

/// Weight files, the preferred first: the order in which the model is read.
const BASE_WEIGHTS: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];
const ADAPTER_WEIGHTS: [&str; 2] = ["adapter_model.safetensors", "adapter_model.bin"];

/// The weights among the files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WeightFiles {
    /// All in one.
    Single(String),
    /// In several, which this file names.
    Sharded {
        /// `….index.json`.
        index: String,
    },
}

/// The files of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// Its settings and its tokenizer, as far as they are there. They come first, so that where weights are,
    /// the rest is too.
    pub(super) small: Vec<&'static str>,
    /// What could be there and is not.
    pub(super) absent: Vec<&'static str>,
    /// Its weights.
    pub(super) weights: WeightFiles,
}

/// Whether a file is a dataset's, by its ending: parquet, CSV or JSONL.
pub(super) fn is_data(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    ending.is_some_and(|ending| matches!(ending.as_str(), "parquet" | "csv" | "jsonl")) && name.split('/').all(is_plain)
}

/// The files that are a model, among those that `has` knows; none when there is none of that role.
pub(super) fn select(role: Role, has: &dyn Fn(&str) -> bool) -> Option<Selection> {
    let (config, weights) = match role {
        Role::Base => (CONFIG, BASE_WEIGHTS),
        Role::Adapter => (ADAPTER_CONFIG, ADAPTER_WEIGHTS),
        Role::Dataset => return None,
        Role::Any => return select(Role::Base, has).or_else(|| select(Role::Adapter, has)),
    };
    if !has(config) {
        return None;
    }
    let weights = weights.iter().find_map(|name| {
        let index = format!("{name}.index.json");
        if has(name) {
            Some(WeightFiles::Single((*name).to_owned()))
        } else {
            has(&index).then_some(WeightFiles::Sharded { index })
        }
    })?;
    let mut wanted = vec![config, TOKENIZER, ADDED_TOKENS];
    if !has(TOKENIZER) {
        wanted.extend(TOKENIZER_PARTS);
    }
    let (small, absent) = wanted.into_iter().partition(|name| has(name));
    Some(Selection { small, absent, weights })
}

/// The shards that an index names, each once.
///
/// # Errors
/// When it is no index, or names something that is no plain file name.
pub(super) fn shards(repo: &str, index: &str, bytes: &[u8]) -> Result<Vec<String>, HubError> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let index: Index = serde_json::from_slice(bytes).map_err(|error| HubError::Damaged {
        repo: repo.to_owned(),
        file: index.to_owned(),
        reason: format!("line {}: {:?}", error.line(), error.classify()),
    })?;
    let mut names: Vec<String> = index.weight_map.into_values().collect();
    names.sort();
    names.dedup();
    if names.iter().all(|name| is_plain(name)) {
        Ok(names)
    } else {
        Err(HubError::UnsafeName { repo: repo.to_owned() })
    }
}

/// Whether a name, given by a server, is one plain word that can stand in a folder and in an address as it is.
pub(super) fn is_plain(name: &str) -> bool {
    (1..=200).contains(&name.len())
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// Whether a path, given by a server, leads out of the folder that it is put into.
pub(super) fn leads_out(path: &str) -> bool {
    path.is_empty() || path.starts_with('/') || path.split(['/', '\\']).any(|part| part == "..") || path.contains('\0')
}

/// `owner/name`, or a name alone as the hub's oldest models have it.
pub(super) fn check_repo(repo: &str) -> Result<(), HubError> {
    let mut parts = repo.split('/');
    let good = (1..=2).contains(&parts.clone().count())
        && repo.len() <= 96 * 2
        && parts.all(|part| is_plain(part) && !part.contains("..") && !part.contains("--") && !part.starts_with('-'));
    if good { Ok(()) } else { Err(HubError::BadName { name: repo.to_owned() }) }
}

/// A branch, tag or commit; it becomes a path in the cache.
pub(super) fn check_revision(revision: &str) -> Result<(), HubError> {
    let good = revision.split('/').all(|part| is_plain(part) && !part.contains(".."));
    if good { Ok(()) } else { Err(HubError::BadName { name: revision.to_owned() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(role: Role, files: &[&str]) -> Option<(Vec<&'static str>, WeightFiles)> {
        select(role, &|name| files.contains(&name)).map(|found| (found.small, found.weights))
    }

    #[test]
    fn safetensors_come_before_pickles_and_whole_files_before_shards() {
        let all = [
            "config.json",
            "tokenizer.json",
            "vocab.json",
            "merges.txt",
            "model.safetensors",
            "model.safetensors.index.json",
            "pytorch_model.bin",
            "flax_model.msgpack",
        ];
        let single = |name: &str| WeightFiles::Single(name.into());
        assert_eq!(pick(Role::Base, &all), Some((vec!["config.json", "tokenizer.json"], single("model.safetensors"))));
        let sharded = ["config.json", "vocab.json", "merges.txt", "pytorch_model.bin.index.json"];
        let index = WeightFiles::Sharded { index: "pytorch_model.bin.index.json".into() };
        assert_eq!(pick(Role::Base, &sharded), Some((vec!["config.json", "vocab.json", "merges.txt"], index)));
        assert_eq!(pick(Role::Base, &["config.json", "README.md"]), None);
        assert_eq!(pick(Role::Base, &["model.safetensors"]), None);
    }

    #[test]
    fn an_adapter_is_told_from_a_base() {
        let adapter = ["adapter_config.json", "adapter_model.bin", "added_tokens.json", "tokenizer.json"];
        let found = (
            vec!["adapter_config.json", "tokenizer.json", "added_tokens.json"],
            WeightFiles::Single("adapter_model.bin".into()),
        );
        assert_eq!(pick(Role::Adapter, &adapter), Some(found.clone()));
        assert_eq!(pick(Role::Any, &adapter), Some(found));
        assert_eq!(pick(Role::Base, &adapter), None);
        assert!(pick(Role::Any, &["config.json", "pytorch_model.bin"]).is_some());
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        for name in ["..", "../x", "/etc/x", "a/../../b", "a\\..\\b", "", "a\0b"] {
            assert!(leads_out(name), "{name:?}");
            assert!(!is_plain(name), "{name:?}");
        }
        assert!(!leads_out("runs/events.out") && !leads_out("a..b"));
        assert!(is_plain("pytorch_model-00001-of-00003.bin") && !is_plain(".hidden") && !is_plain("a/b"));
        for repo in ["", "/", "a/", "a/b/c", "../b", "a/..", "a b/c", "a/b--c", "https://x/y", "-a/b"] {
            assert!(check_repo(repo).is_err(), "{repo:?}");
        }
        assert!(check_repo("somosnlp-hackathon-2023/PAG-BERT").is_ok() && check_repo("gpt2").is_ok());
        for revision in ["", "..", "../main", "/main", "a//b", "main\n", "a\\b"] {
            assert!(check_revision(revision).is_err(), "{revision:?}");
        }
        assert!(check_revision("refs/pr/1").is_ok() && check_revision("v1-half").is_ok());
    }

    #[test]
    fn an_index_names_each_shard_once_and_none_outside() {
        let index = br#"{"metadata": {}, "weight_map": {"a": "m-2.bin", "b": "m-1.bin", "c": "m-2.bin"}}"#;
        assert_eq!(shards("o/n", "i", index).unwrap(), ["m-1.bin", "m-2.bin"]);
        let hostile = br#"{"weight_map": {"a": "../../evil.bin"}}"#;
        assert!(matches!(shards("o/n", "i", hostile), Err(HubError::UnsafeName { .. })));
        assert!(matches!(shards("o/n", "i", b"<html>"), Err(HubError::Damaged { .. })));
    }
}
