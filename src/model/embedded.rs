//! The demonstration model that comes with the program: a small GPT-J and its adapter, in the real ones' file formats.
//! How it was made is told in `assets/model/README.md`.

use super::FileSource;

macro_rules! files {
    ($folder:literal: $($name:literal),+) => {
        FileSource::Embedded(&[$(($name, include_bytes!(concat!("../../assets/model/", $folder, "/", $name)))),+])
    };
}

/// The base model.
pub fn base() -> FileSource {
    files!("base": "config.json", "model.safetensors", "tokenizer.json")
}

/// Its LoRA adapter.
pub fn adapter() -> FileSource {
    files!("adapter": "adapter_config.json", "adapter_model.safetensors", "added_tokens.json")
}
