//! Keeps the shape that ARCHITECTURE.md draws: who may name whom, a word on every file, files that fit in a head.

#![allow(clippy::unwrap_used)] // a test stops where something fails

use std::path::{Path, PathBuf};

const MAX_LINES: usize = 500;

/// Rooms from the ground up: a room may name only those before it (and itself).
const ROOMS: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("clock", &[]),
    ("files", &[]),
    ("log", &[]),
    ("paths", &[]),
    ("domain", &[]),
    ("i18n", &["error"]),
    ("config", &["domain", "files", "i18n"]),
    ("prompt", &["domain", "error"]),
    ("model", &["domain", "error", "files", "prompt", "config"]),
    ("hub", &["config", "error", "files", "inference"]),
    ("inference", &["clock", "config", "domain", "error", "model", "prompt"]),
    ("documents", &["clock", "domain", "error", "files", "i18n", "config"]),
    ("vault", &["clock", "config", "documents", "domain", "error", "files", "i18n"]),
    ("training", &["clock", "config", "domain", "error", "files", "i18n", "inference", "model", "prompt"]),
    (
        "worker",
        &[
            "clock",
            "config",
            "documents",
            "domain",
            "error",
            "files",
            "hub",
            "i18n",
            "inference",
            "model",
            "paths",
            "vault",
        ],
    ),
    ("ui", &["clock", "config", "documents", "domain", "error", "hub", "i18n", "inference", "vault", "worker"]),
    (
        "app",
        &[
            "clock",
            "config",
            "documents",
            "domain",
            "error",
            "files",
            "hub",
            "i18n",
            "inference",
            "model",
            "paths",
            "ui",
            "vault",
            "worker",
        ],
    ),
    (
        "cli",
        &[
            "clock",
            "app",
            "config",
            "documents",
            "domain",
            "error",
            "files",
            "hub",
            "i18n",
            "inference",
            "model",
            "paths",
            "training",
            "vault",
            "worker",
        ],
    ),
];

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in std::fs::read_dir(&dir).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                dirs.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Each file of `src/` with the room that it belongs to and its text.
fn sources() -> Vec<(PathBuf, String, String)> {
    let src = root().join("src");
    rust_files(&src)
        .into_iter()
        .map(|path| {
            let below = path.strip_prefix(&src).unwrap();
            let room = below.components().next().unwrap().as_os_str().to_string_lossy();
            let room = room.trim_end_matches(".rs").to_owned();
            let text = std::fs::read_to_string(&path).unwrap();
            (path, room, text)
        })
        .collect()
}

/// The code without comments, where a name is only mentioned.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(i, line)| (i + 1, line))
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_file_says_what_it_is_for_and_is_short() {
    let mut faults = Vec::new();
    for dir in ["src", "tests"] {
        for path in rust_files(&root().join(dir)) {
            let text = std::fs::read_to_string(&path).unwrap();
            if !text.starts_with("//!") {
                faults.push(format!("{}: does not begin with `//!`", path.display()));
            }
            let lines = text.lines().count();
            if lines > MAX_LINES {
                faults.push(format!("{}: {lines} lines, more than {MAX_LINES}", path.display()));
            }
        }
    }
    report(&faults);
}

#[test]
fn rooms_name_only_those_below_them() {
    let mut faults = Vec::new();
    for (path, room, text) in sources() {
        if matches!(room.as_str(), "main" | "lib") {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            faults.push(format!("{}: the room `{room}` is not in ARCHITECTURE.md's map", path.display()));
            continue;
        };
        for (line, code) in code_lines(&text) {
            for (_, rest) in code.match_indices("crate::").map(|(at, m)| (at, &code[at + m.len()..])) {
                let target: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if ROOMS.iter().any(|(name, _)| *name == target)
                    && target != room
                    && !allowed.contains(&target.as_str())
                {
                    faults.push(format!("{}:{line}: `{room}` names `{target}`", path.display()));
                }
            }
        }
    }
    report(&faults);
}

/// `age::` names a library, `storage::` does not.
fn names_library(code: &str, library: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(&format!("{library}::")).any(|(at, _)| !code[..at].ends_with(word))
}

#[test]
fn libraries_stay_in_their_rooms() {
    let walls: &[(&str, &[&str])] = &[
        ("egui", &["ui", "app", "main"]),
        ("eframe", &["app", "main"]),
        ("candle_core", &["model", "inference", "training"]),
        ("candle_nn", &["model", "inference", "training"]),
        ("rusqlite", &["vault"]),
        ("age", &["vault"]),
        ("parquet", &["training"]),
        ("hf_hub", &["hub"]),
        ("ureq", &["hub"]),
        ("rfd", &["app"]),
    ];
    let mut faults = Vec::new();
    for (path, room, text) in sources() {
        for (line, code) in code_lines(&text) {
            for (library, rooms) in walls {
                if names_library(code, library) && !rooms.contains(&room.as_str()) {
                    faults.push(format!("{}:{line}: `{room}` names {library}", path.display()));
                }
            }
        }
    }
    report(&faults);
}

#[test]
fn the_window_sees_no_channel_and_no_file() {
    let mut faults = Vec::new();
    for (path, room, text) in sources() {
        for (line, code) in code_lines(&text) {
            let forbidden = ["crossbeam_channel", "std::fs", "std::thread", "File::"];
            if room == "ui" && forbidden.iter().any(|word| code.contains(word)) {
                faults.push(format!("{}:{line}: {}", path.display(), code.trim()));
            }
        }
    }
    report(&faults);
}

#[test]
fn the_embedded_model_is_small_and_its_corpus_is_not() {
    let size = |folder: &str| -> u64 {
        let files = std::fs::read_dir(root().join("assets/model").join(folder)).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    };
    let bytes = size("base") + size("adapter");
    assert!(bytes <= 16 << 20, "{bytes} bytes");
    let files = std::fs::read_dir(root().join("assets/corpus")).unwrap().map(|file| file.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    let cases: Vec<String> = files
        .flat_map(|path| std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let distinct: std::collections::BTreeSet<&String> = cases.iter().collect();
    assert!(cases.len() >= 1_500 && distinct.len() == cases.len(), "{} cases", cases.len());
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["TO".to_owned() + "DO", "FIX".to_owned() + "ME", "dbg".to_owned() + "!("];
    let mut faults = Vec::new();
    for (path, _, text) in sources() {
        for (i, line) in text.lines().enumerate() {
            if words.iter().any(|word| line.contains(word)) {
                faults.push(format!("{}:{}: {}", path.display(), i + 1, line.trim()));
            }
        }
    }
    report(&faults);
}
