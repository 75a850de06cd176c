//! Model files that are damaged, foreign or dangerous: each is refused by name, in words for people, and nothing panics.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

use std::path::{Path, PathBuf};

use pag_bert::config::{DeviceSetting, QuantizationChoice};
use pag_bert::domain::Sampling;
use pag_bert::error::UserError;
use pag_bert::i18n::{I18n, Lang};
use pag_bert::inference::{Cancel, Engine, LocalEngine, Request};
use pag_bert::worker::inference::LoadJob;
use pag_bert::worker::load::open_local;
use pag_bert::worker::protocol::{ModelNames, ModelSource};

/// A copy of a fixture that can be damaged.
struct Model {
    folder: tempfile::TempDir,
}

impl Model {
    fn of(fixture: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gptj").join(fixture);
        for file in std::fs::read_dir(source).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) -> &Self {
        let mut bytes = std::fs::read(self.path(name)).unwrap();
        change(&mut bytes);
        std::fs::write(self.path(name), bytes).unwrap();
        self
    }

    fn load(&self) -> Result<LocalEngine, UserError> {
        let source =
            ModelSource::Folders { base: self.folder.path().to_owned(), adapter: None, names: ModelNames::default() };
        let job = LoadJob { source, quantization: QuantizationChoice::None, device: DeviceSetting::Cpu };
        open_local(&job, &Cancel::default(), &mut |_, _| ()).map_err(UserError::from)
    }

    /// The Fluent id of the refusal; its words exist in both languages and name what is at fault.
    fn refusal(&self, names: &str) -> &'static str {
        let Err(error) = self.load() else { panic!("it was loaded") };
        for lang in Lang::ALL {
            let text = I18n::new(lang).error(&error);
            for part in [&text.title, &text.what, &text.next] {
                assert!(!part.starts_with("error-") && !part.contains('{'), "{part}");
            }
            assert!(
                text.what.contains(names) || error.detail().is_some_and(|detail| detail.contains(names)),
                "{error}"
            );
        }
        error.id()
    }
}

const BASE: &str = "seed_like/base";

#[test]
fn a_file_that_is_cut_short_is_damaged() {
    for keep in [0, 4, 8, 40, 5000] {
        let model = Model::of(BASE);
        model.damage("model.safetensors", |bytes| bytes.truncate(keep));
        assert_eq!(model.refusal("model.safetensors"), "error-model-file-damaged", "{keep} bytes");
    }
}

#[test]
fn a_header_of_impossible_length_takes_no_memory() {
    for length in [1u64 << 63, u64::MAX, 1 << 40] {
        let model = Model::of(BASE);
        model.damage("model.safetensors", |bytes| bytes[..8].copy_from_slice(&length.to_le_bytes()));
        assert_eq!(model.refusal("model.safetensors"), "error-model-file-damaged");
    }
}

#[test]
fn offsets_outside_the_file_are_damage() {
    let model = Model::of(BASE);
    model.damage("model.safetensors", |bytes| {
        let header_len = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header = String::from_utf8(bytes[8..8 + header_len].to_vec()).unwrap();
        let at = header.find("data_offsets\":[").unwrap() + 8 + "data_offsets\":[".len();
        bytes[at] = b'9';
    });
    assert_eq!(model.refusal("model.safetensors"), "error-model-file-damaged");
}

#[test]
fn weights_that_are_no_numbers_are_named() {
    let model = Model::of(BASE);
    model.damage("model.safetensors", |bytes| {
        let end = bytes.len();
        bytes[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert_eq!(model.refusal("transformer."), "error-model-not-finite");
}

#[test]
fn a_pickle_with_code_in_it_runs_nothing() {
    let model = Model::of("half_bin/base");
    let bin = "pytorch_model.bin";
    let trace = model.path("trace");
    // PyTorch's file is a zip; the pickle in it is replaced by one that calls os.system.
    let call = format!("touch {}", trace.display());
    let mut pickle = b"\x80\x02cposix\nsystem\nX".to_vec();
    pickle.extend((call.len() as u32).to_le_bytes());
    pickle.extend(call.as_bytes());
    pickle.extend(b"\x85R.");
    model.damage(bin, |bytes| *bytes = zip_with_pickle(&pickle));
    assert_eq!(model.refusal(bin), "error-model-file-unsafe");
    assert!(!trace.exists());
}

/// A zip archive, stored, with one file `archive/data.pkl`.
fn zip_with_pickle(pickle: &[u8]) -> Vec<u8> {
    let name = b"archive/data.pkl";
    let crc = crc32(pickle);
    let sizes = |out: &mut Vec<u8>| {
        out.extend([0; 2]); // stored
        out.extend([0; 4]); // time and date
        out.extend(crc.to_le_bytes());
        out.extend((pickle.len() as u32).to_le_bytes());
        out.extend((pickle.len() as u32).to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
    };
    let mut zip = b"PK\x03\x04\x14\x00\x00\x00".to_vec();
    sizes(&mut zip);
    zip.extend([0; 2]);
    zip.extend(name);
    zip.extend(pickle);
    let directory_at = zip.len() as u32;
    zip.extend(b"PK\x01\x02\x14\x00\x14\x00\x00\x00");
    sizes(&mut zip);
    zip.extend([0; 12]);
    zip.extend(0u32.to_le_bytes());
    zip.extend(name);
    let directory_len = zip.len() as u32 - directory_at;
    zip.extend(b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00");
    zip.extend(directory_len.to_le_bytes());
    zip.extend(directory_at.to_le_bytes());
    zip.extend([0; 2]);
    zip
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}

#[test]
fn a_tokenizer_of_another_model_is_refused() {
    let model = Model::of(BASE);
    let prompt = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prompt");
    std::fs::remove_file(model.path("tokenizer.json")).unwrap();
    for name in ["vocab.json", "merges.txt"] {
        std::fs::copy(prompt.join(name), model.path(name)).unwrap();
    }
    assert_eq!(model.refusal("tokenizer.json"), "error-model-tokenizer");
    std::fs::write(model.path("tokenizer.json"), r#"{"model":{"type":"Unigram","vocab":[["a",0.0]],"unk_id":0}}"#)
        .unwrap();
    assert_eq!(model.refusal("tokenizer.json"), "error-model-tokenizer");
}

#[test]
fn a_config_of_another_architecture_or_of_other_tensors_is_refused_by_field_or_tensor() {
    let change = |from: &str, to: &str| {
        let model = Model::of(BASE);
        model.damage("config.json", |bytes| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            assert!(text.contains(from), "{from}: {text}");
            *bytes = text.replace(from, to).into_bytes();
        });
        model
    };
    assert_eq!(change("\"gptj\"", "\"llama\"").refusal("model_type"), "error-model-config");
    assert_eq!(change("\"n_head\": 3", "\"n_head\": 5").refusal("n_head"), "error-model-config");
    assert_eq!(change("\"n_embd\": 36", "\"n_embd\": 39").refusal("lm_head.weight"), "error-model-tensor");
}

#[test]
fn missing_files_are_named() {
    for (file, id) in [
        ("config.json", "error-model-file-missing"),
        ("model.safetensors", "error-model-file-missing"),
        ("tokenizer.json", "error-model-file-missing"),
    ] {
        let model = Model::of(BASE);
        std::fs::remove_file(model.path(file)).unwrap();
        assert_eq!(model.refusal(""), id, "{file}");
    }
}

#[test]
fn a_model_whose_files_are_deleted_while_in_use_goes_on() {
    let model = Model::of(BASE);
    let mut engine = model.load().unwrap();
    for file in std::fs::read_dir(model.folder.path()).unwrap() {
        std::fs::remove_file(file.unwrap().path()).unwrap();
    }
    let sampling = Sampling { max_new_tokens: 8, ..Sampling::default() };
    let request = Request { facts: "La biblioteca cerró.".into(), sampling, continue_from: Vec::new() };
    assert!(engine.generate(&request, &Cancel::default(), &mut |_| ()).is_ok());
}

#[test]
fn a_file_that_is_cut_while_it_is_read_is_an_error_and_no_crash() {
    let model = Model::of(BASE);
    let file = model.path("model.safetensors");
    let source =
        ModelSource::Folders { base: model.folder.path().to_owned(), adapter: None, names: ModelNames::default() };
    let job = LoadJob { source, quantization: QuantizationChoice::Q8_0, device: DeviceSetting::Cpu };
    let mut cut = false;
    let loaded = open_local(&job, &Cancel::default(), &mut |_, fraction| {
        if fraction > 0.1 && !cut {
            cut = true;
            std::fs::File::options().write(true).open(&file).unwrap().set_len(600).unwrap();
        }
    });
    let Err(error) = loaded else { panic!("it was loaded") };
    assert!(cut && UserError::from(error).id().starts_with("error-model-file"), "not said as a fault of the file");
}
