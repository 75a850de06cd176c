//! Converted models: one file computes what its source computes, is whole or not there, and is never believed when it is
//! damaged.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)] // a test stops where something fails

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use candle_core::Device;
use candle_core::quantized::{GgmlDType, gguf_file};
use pag_bert::config::{ModelLocation, QuantizationChoice};
use pag_bert::error::UserError;
use pag_bert::hub::HubConfig;
use pag_bert::i18n::{I18n, Lang};
use pag_bert::inference::Cancel;
use pag_bert::model::gguf::{
    ConvertError, ConvertProgress, ConvertRequest, Converted, Value, convert, inspect, remove_original,
};
use pag_bert::model::{
    AdapterMode, DeviceChoice, FileSource, LoadRequest, Loaded, ModelError, Quantization, embedded, load,
};
use pag_bert::worker::download::spawn_with;
use pag_bert::worker::prepare::{OfferWhen, PrepareJob};
use pag_bert::worker::protocol::{DownloadCommand, DownloadEvent, JobId};

mod common;

const FORMS: [Quantization; 4] = [Quantization::None, Quantization::Q8_0, Quantization::Q6K, Quantization::Q4K];
/// Fixtures in every layout and type that a source may have.
const LAYOUTS: [&str; 7] = ["seed_like", "full_rotary", "half", "half_bin", "bfloat", "padded", "tied"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/gptj").join(name)
}

fn source(name: &str, part: &str) -> FileSource {
    FileSource::Folder(folder(name).join(part))
}

/// A request for the base of a fixture without its adapter.
fn request(name: &str, quantization: Quantization, out: &Path) -> ConvertRequest {
    ConvertRequest {
        base: source(name, "base"),
        adapter: None,
        adapter_mode: AdapterMode::Merged,
        quantization,
        out: out.to_owned(),
        overwrite: false,
        name: name.to_owned(),
        adapter_name: None,
        licence: Some("Apache-2.0".to_owned()),
    }
}

fn convert_now(request: &ConvertRequest) -> Result<Converted, ConvertError> {
    convert(request, &mut |_| (), &|| false)
}

/// Stopped when the conversion looks for the `looks`-th time whether it is wanted still.
fn stopped_after(looks: usize, request: &ConvertRequest) -> Result<Converted, ConvertError> {
    let looked = Cell::new(0);
    convert(request, &mut |_| (), &|| {
        looked.set(looked.get() + 1);
        looked.get() > looks
    })
}

fn load_from(base: FileSource, adapter: Option<FileSource>, mode: AdapterMode, form: Quantization) -> Loaded {
    try_load(base, adapter, mode, form).unwrap()
}

fn try_load(
    base: FileSource,
    adapter: Option<FileSource>,
    adapter_mode: AdapterMode,
    quantization: Quantization,
) -> Result<Loaded, ModelError> {
    let request = LoadRequest {
        base,
        adapter_name: adapter.is_some().then(|| "adapter".to_owned()),
        adapter,
        adapter_mode,
        quantization,
        device: DeviceChoice::Cpu,
        dtype: None,
        name: "asked".to_owned(),
        demonstration: false,
    };
    load(&request, &mut |_| (), &|| false)
}

fn try_open(path: &Path) -> Result<Loaded, ModelError> {
    try_load(FileSource::at(path)?, None, AdapterMode::Beside, Quantization::None)
}

/// The logits of every position of a short text.
fn logits(loaded: &Loaded) -> Vec<Vec<f32>> {
    let ids: Vec<u32> = (0..24).map(|i| (i * 37 + 11) % 256).collect();
    let mut cache = loaded.model.new_cache().unwrap();
    loaded.model.forward_all(&ids, &mut cache).unwrap().to_vec2().unwrap()
}

fn control_tokens(loaded: &Loaded) -> [Option<u32>; 2] {
    ["<SH>", "<EH>"].map(|name| loaded.tokenizer.token_id(name))
}

/// A refusal in words for people, with nothing left unfilled, in both languages.
fn told(error: impl Into<UserError>) -> &'static str {
    let error = error.into();
    for lang in Lang::ALL {
        let text = I18n::new(lang).error(&error);
        for part in [&text.title, &text.what, &text.next] {
            assert!(!part.starts_with("error-") && !part.contains('{'), "{part}");
        }
    }
    error.id()
}

#[test]
fn a_converted_file_computes_what_its_source_computes_in_every_form_and_layout() {
    let dir = tempfile::tempdir().unwrap();
    for name in LAYOUTS {
        for form in FORMS {
            let out = dir.path().join(format!("{name}-{form}.gguf"));
            convert_now(&request(name, form, &out)).unwrap();
            let expected = load_from(source(name, "base"), None, AdapterMode::Beside, form);
            // The form of the file counts, whatever is asked for.
            let asked = if form == Quantization::None { form } else { Quantization::Q8_0 };
            let found = load_from(FileSource::at(&out).unwrap(), None, AdapterMode::Beside, asked);
            assert_eq!(logits(&found), logits(&expected), "{name} {form}");
            assert_eq!(found.info.digest, expected.info.digest, "{name}");
            assert_eq!(found.info.quantization, form.to_string());
            assert_eq!(found.info.name, name);
            assert_eq!(found.info.parameters, expected.info.parameters);
            assert_eq!(found.info.weights_bytes, expected.info.weights_bytes, "{name} {form}");
        }
    }
}

#[test]
fn packed_weights_are_near_the_ones_they_were_made_of() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model.gguf");
    convert_now(&request("quant", Quantization::Q8_0, &out)).unwrap();
    let exact = logits(&load_from(source("quant", "base"), None, AdapterMode::Beside, Quantization::None));
    let found = logits(&try_open(&out).unwrap());
    let size = exact.iter().flatten().fold(0.0f32, |most, value| most.max(value.abs()));
    let far = exact.iter().flatten().zip(found.iter().flatten()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(far > 0.0 && far < 0.03 * size, "{far} of {size}");
}

#[test]
fn an_adapter_goes_into_the_weights_or_beside_them() {
    let dir = tempfile::tempdir().unwrap();
    for (name, form) in
        [("seed_like", Quantization::None), ("resized", Quantization::None), ("quant", Quantization::Q8_0)]
    {
        let adapter = Some(source(name, "adapter"));
        let merged = dir.path().join(format!("{name}-merged.gguf"));
        let with = |mode, out: &Path| ConvertRequest {
            adapter: adapter.clone(),
            adapter_mode: mode,
            adapter_name: Some("pag".to_owned()),
            ..request(name, form, out)
        };
        convert_now(&with(AdapterMode::Merged, &merged)).unwrap();
        let expected = load_from(source(name, "base"), adapter.clone(), AdapterMode::Merged, form);
        let found = try_open(&merged).unwrap();
        assert_eq!(logits(&found), logits(&expected), "{name} merged");
        assert_eq!(found.info.adapter.as_deref(), Some("pag"));
        assert_eq!(found.info.adapter_digest, expected.info.adapter_digest);
        assert_eq!(control_tokens(&found), control_tokens(&expected));
        // A second adapter on top of it would be a model that nobody trained.
        let again = try_load(FileSource::at(&merged).unwrap(), adapter.clone(), AdapterMode::Beside, form);
        assert_eq!(told(again.err().unwrap()), "error-adapter-other-base");

        let out = dir.path().join(format!("{name}.gguf"));
        let written = convert_now(&with(AdapterMode::Beside, &out)).unwrap();
        let own = written.adapter.unwrap();
        let expected = load_from(source(name, "base"), adapter.clone(), AdapterMode::Beside, form);
        for beside in [FileSource::at(&own).unwrap(), adapter.clone().unwrap()] {
            let found = load_from(FileSource::at(&out).unwrap(), Some(beside), AdapterMode::Beside, form);
            assert_eq!(logits(&found), logits(&expected), "{name} beside");
            assert_eq!(found.info.adapter_digest, expected.info.adapter_digest);
            assert_eq!(control_tokens(&found), control_tokens(&expected));
        }
        // One base serves several adapters: another one is written for the file that is there.
        let second = dir.path().join(format!("{name}-second.gguf"));
        let base = FileSource::at(&out).unwrap();
        convert_now(&ConvertRequest { base, ..with(AdapterMode::Beside, &second) }).unwrap();
        let second = Some(FileSource::at(&second).unwrap());
        let found = load_from(source(name, "base"), second, AdapterMode::Beside, form);
        assert_eq!(logits(&found), logits(&expected), "{name} second");
    }
}

#[test]
fn an_adapter_of_another_base_and_an_adapter_as_a_model_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let made = |name: &str, out: &str| {
        let out = dir.path().join(out);
        let request = request(name, Quantization::None, &out);
        let adapter = Some(source(name, "adapter"));
        convert_now(&ConvertRequest { adapter, adapter_mode: AdapterMode::Beside, ..request }).unwrap().adapter.unwrap()
    };
    let (theirs, ours) = (made("tied", "tied.gguf"), made("seed_like", "seed.gguf"));
    let base = FileSource::at(&dir.path().join("seed.gguf")).unwrap();
    let beside = |path: &Path| {
        let adapter = Some(FileSource::at(path).unwrap());
        try_load(base.clone(), adapter, AdapterMode::Beside, Quantization::None).map(|_| ()).map_err(told)
    };
    assert_eq!(beside(&ours), Ok(()));
    assert_eq!(beside(&theirs), Err("error-adapter-other-base"));
    assert_eq!(beside(&dir.path().join("seed.gguf")), Err("error-model-foreign"));
    assert_eq!(told(try_open(&ours).err().unwrap()), "error-model-foreign");
}

#[test]
fn a_converted_demonstration_still_says_what_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model.gguf");
    let base = embedded::base();
    convert_now(&ConvertRequest { base, ..request("seed_like", Quantization::Q8_0, &out) }).unwrap();
    assert!(try_open(&out).unwrap().info.demonstration);
    let out = dir.path().join("other.gguf");
    convert_now(&request("seed_like", Quantization::Q8_0, &out)).unwrap();
    assert!(!try_open(&out).unwrap().info.demonstration);
}

#[test]
fn other_programs_can_list_and_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model.gguf");
    convert_now(&request("quant", Quantization::Q8_0, &out)).unwrap();
    let mut file = std::fs::File::open(&out).unwrap();
    let content = gguf_file::Content::read(&mut file).unwrap();
    let own = inspect(&out, true).unwrap();
    assert!(own.own && own.tensors.iter().all(|tensor| tensor.whole == Some(true)));
    assert_eq!(content.tensor_infos.len(), own.tensors.len());
    for line in &own.tensors {
        assert_eq!(content.tensor_infos[&line.name].shape.dims(), line.shape, "{}", line.name);
    }
    let query = content.tensor(&mut file, "blk.1.attn_q.weight", &Device::Cpu).unwrap();
    assert_eq!(query.dtype(), GgmlDType::Q8_0);
    let stored = candle_core::safetensors::load(folder("quant/base/model.safetensors"), &Device::Cpu).unwrap();
    let stored = stored["transformer.h.1.attn.q_proj.weight"].to_dtype(candle_core::DType::F32).unwrap();
    let far = (query.dequantize(&Device::Cpu).unwrap() - &stored).unwrap().abs().unwrap().max_all().unwrap();
    let size = stored.abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
    assert!(far.to_scalar::<f32>().unwrap() <= size / 127.0);
    let text = |key: &str| own.metadata.iter().find(|(name, _)| name == key).and_then(|(_, value)| value.text());
    assert_eq!(text("general.architecture"), Some("gptj"));
    assert_eq!(text("general.license"), Some("Apache-2.0"));
    assert_eq!(content.metadata["gptj.block_count"].to_u32().unwrap(), 2);
    assert!(own.metadata.contains(&("gptj.embedding_length".to_owned(), Value::Unsigned(64))));
}

#[test]
fn a_stopped_conversion_goes_on_and_ends_in_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let (straight, out) = (dir.path().join("straight.gguf"), dir.path().join("model.gguf"));
    convert_now(&request("padded", Quantization::Q8_0, &straight)).unwrap();
    let request = request("padded", Quantization::Q8_0, &out);
    for looks in [14, 23] {
        assert!(matches!(stopped_after(looks, &request), Err(ConvertError::Cancelled)));
        assert!(!out.exists(), "half a file under the name of a whole one");
    }
    // The power goes: the journal ends in half a line, the partial file lost what the last whole one says.
    let journal = dir.path().join(".model.gguf.part.journal");
    let mut lines = std::fs::read_to_string(&journal).unwrap();
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    lines.push_str("{\"name\":\"blk.");
    std::fs::write(&journal, &lines).unwrap();
    let noted = lines.lines().count() - 2;
    let partial = dir.path().join(".model.gguf.part");
    let mut bytes = std::fs::read(&partial).unwrap();
    let end = bytes.len() - usize::try_from(last["bytes"].as_u64().unwrap()).unwrap();
    bytes[end..].fill(0);
    std::fs::write(&partial, bytes).unwrap();

    let mut seen: Vec<ConvertProgress> = Vec::new();
    let written = convert(&request, &mut |progress| seen.push(progress), &|| false).unwrap();
    assert_eq!(written.resumed, noted - 1);
    assert!(seen.windows(2).all(|pair| pair[0].bytes_done <= pair[1].bytes_done));
    assert!(seen[0].bytes_done > 0 && seen.last().is_some_and(|last| last.bytes_done == last.bytes_total));
    assert!(std::fs::read(&out).unwrap() == std::fs::read(&straight).unwrap());
    let left: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn what_was_half_done_counts_only_for_the_same_source_and_form() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model.gguf");
    let stopped = stopped_after(12, &request("quant", Quantization::Q8_0, &out));
    assert_eq!(told(stopped.err().unwrap()), "error-convert-cancelled");
    let written = convert_now(&request("quant", Quantization::None, &out)).unwrap();
    assert_eq!(written.resumed, 0);
    let expected = load_from(source("quant", "base"), None, AdapterMode::Beside, Quantization::None);
    assert_eq!(logits(&try_open(&out).unwrap()), logits(&expected));
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_asked() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model.gguf");
    std::fs::write(&out, "mine").unwrap();
    let request = request("seed_like", Quantization::None, &out);
    assert_eq!(told(convert_now(&request).err().unwrap()), "error-convert-exists");
    assert_eq!(std::fs::read(&out).unwrap(), b"mine");
    convert_now(&ConvertRequest { overwrite: true, ..request.clone() }).unwrap();
    let base = FileSource::at(&out).unwrap();
    let again = ConvertRequest { base, out: dir.path().join("again.gguf"), ..request };
    assert_eq!(told(convert_now(&again).err().unwrap()), "error-convert-converted");
}

#[test]
fn every_cut_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model.gguf");
    convert_now(&request("seed_like", Quantization::None, &out)).unwrap();
    let whole = std::fs::read(&out).unwrap();
    for keep in (0..whole.len()).step_by(whole.len() / 97).chain([whole.len() - 1, 3, 23]) {
        std::fs::write(&out, &whole[..keep]).unwrap();
        let id = told(try_open(&out).err().unwrap_or_else(|| panic!("{keep} bytes were loaded")));
        assert!(["error-model-file-damaged", "error-model-tensor-damaged"].contains(&id), "{keep}: {id}");
    }
}

#[test]
fn every_changed_byte_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model.gguf");
    convert_now(&request("seed_like", Quantization::Q8_0, &out)).unwrap();
    let whole = std::fs::read(&out).unwrap();
    let content = gguf_file::Content::read(&mut std::io::Cursor::new(&whole)).unwrap();
    let data = usize::try_from(content.tensor_data_offset).unwrap();
    let (mut head, mut tensors) = (0, 0);
    for at in (0..data).step_by(61).chain((data..whole.len()).step_by(1009)) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&out, &bytes).unwrap();
        match try_open(&out).map_err(told) {
            Err("error-model-tensor-damaged") => tensors += 1,
            Err("error-model-file-damaged" | "error-model-foreign") => head += 1,
            Err(other) => panic!("byte {at}: {other}"),
            // Between two tensors nothing is read.
            Ok(found) => assert!(at >= data && found.info.parameters > 0, "byte {at} of the header went unnoticed"),
        }
    }
    assert!(head > 100 && tensors > 100, "{head} {tensors}");
}

#[test]
fn an_open_file_that_is_cut_is_an_error_and_one_that_is_replaced_stays_itself() {
    let dir = tempfile::tempdir().unwrap();
    let (out, other) = (dir.path().join("model.gguf"), dir.path().join("other.gguf"));
    convert_now(&request("seed_like", Quantization::None, &out)).unwrap();
    convert_now(&request("tied", Quantization::None, &other)).unwrap();
    let expected = logits(&try_open(&out).unwrap());
    let open = FileSource::at(&out).unwrap();
    std::fs::rename(&other, &out).unwrap();
    let found = load_from(open, None, AdapterMode::Beside, Quantization::None);
    assert_eq!(logits(&found), expected);
    let open = FileSource::at(&out).unwrap();
    let file = std::fs::File::options().write(true).open(&out).unwrap();
    file.set_len(file.metadata().unwrap().len() / 2).unwrap();
    let cut = try_load(open, None, AdapterMode::Beside, Quantization::None);
    assert_eq!(told(cut.err().unwrap()), "error-model-tensor-damaged");
    // A model that is in memory needs its file no more.
    std::fs::remove_file(&out).unwrap();
    assert_eq!(logits(&found), expected);
}

#[cfg(unix)]
#[test]
fn a_write_that_fails_leaves_the_source_and_no_file_and_the_next_try_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("model.gguf");
    let program = env!("CARGO_BIN_EXE_pag-bert");
    let arguments = format!(
        "convert --model '{}' --quantization q8_0 --out '{}'",
        folder("seed_like/base").display(),
        out.display()
    );
    // No file may grow beyond 64 blocks of 512 bytes: what a full disk does, without one.
    let limited = format!("trap '' XFSZ; ulimit -f 64; exec '{program}' {arguments}");
    let shell = |script: &str| {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", script]).env("PAG_BERT_HOME", env!("CARGO_TARGET_TMPDIR")).env("LANG", "es_ES.UTF-8");
        command.output().unwrap()
    };
    let failed = shell(&limited);
    let said = String::from_utf8_lossy(&failed.stderr);
    assert_eq!(failed.status.code(), Some(1), "{said}");
    assert!(said.contains("No se ha podido escribir el archivo convertido"), "{said}");
    assert!(!out.exists());
    let ended = shell(&format!("exec '{program}' {arguments}"));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success() && said.contains("Se han aprovechado"), "{said}");
    let expected = load_from(source("seed_like", "base"), None, AdapterMode::Beside, Quantization::Q8_0);
    assert_eq!(logits(&try_open(&out).unwrap()), logits(&expected));
}

#[test]
fn the_thread_offers_prepares_and_removes_the_original_and_another_ones_original_stays() {
    let dir = tempfile::tempdir().unwrap();
    let base = dir.path().join("base");
    common::endless_model(&base);
    let (models, out) = (dir.path().join("modelos"), dir.path().join("modelos/m.gguf"));
    let cache = dir.path().join("cache");
    let handle = spawn_with(Box::new(move || Ok(HubConfig::new("http://127.0.0.1:9", cache.clone()))), || {}).unwrap();
    let next = || handle.events().recv_timeout(Duration::from_mins(2)).unwrap();
    let location = ModelLocation::Folder { path: base.clone() };
    let start = |when| DownloadCommand::Start {
        job: JobId(1),
        base: location.clone(),
        adapter: None,
        offline: true,
        offer: Box::new((models.clone(), when)),
        cancel: Cancel::default(),
    };
    for (when, is_offered) in [(OfferWhen::Never, false), (OfferWhen::Worth, false), (OfferWhen::Asked, true)] {
        handle.try_send(start(when)).unwrap();
        let DownloadEvent::Done { offer, .. } = next() else { panic!() };
        assert_eq!(offer.is_some(), is_offered, "{when:?}");
        let Some(offer) = offer else { continue };
        assert!(offer.forms.is_sorted_by(|a, b| a.file_bytes > b.file_bytes && a.memory_bytes > b.memory_bytes));
        assert!(offer.forms[0].file_bytes < offer.file_bytes / 3 && offer.free_bytes.is_some());
    }
    let job = |remove_original| PrepareJob {
        base: base.clone(),
        name: "m".into(),
        quantization: QuantizationChoice::Q8_0,
        out: out.clone(),
        remove_original,
    };
    let prepare = |what: PrepareJob| {
        let (what, cancel) = (Box::new(what), Cancel::default());
        handle.try_send(DownloadCommand::Prepare { job: JobId(2), what, cancel }).unwrap();
        loop {
            match next() {
                DownloadEvent::Preparing { bytes_done, bytes_total, .. } => assert!(bytes_done <= bytes_total),
                DownloadEvent::Prepared { prepared, .. } => break *prepared,
                other => panic!("{other:?}"),
            }
        }
    };
    let made = prepare(job(false));
    assert_eq!((made.freed_bytes, made.kept_because), (None, None));
    let expected = logits(&load_from(FileSource::at(&out).unwrap(), None, AdapterMode::Beside, Quantization::None));
    // A file that was damaged since is no reason to remove what it was made of, and is made anew.
    let whole = std::fs::read(&out).unwrap();
    let mut damaged = whole.clone();
    let last = damaged.len() - 100;
    damaged[last] ^= 1;
    std::fs::write(&out, &damaged).unwrap();
    assert_eq!(told(remove_original(&base, &out).err().unwrap()), "error-model-file-damaged");
    assert_eq!(prepare(job(false)).freed_bytes, None);
    assert!(std::fs::read(&out).unwrap() == whole);
    let other = dir.path().join("other.gguf");
    convert_now(&request("seed_like", Quantization::Q8_0, &other)).unwrap();
    assert_eq!(told(remove_original(&base, &other).err().unwrap()), "error-model-foreign");
    let stored = std::fs::metadata(base.join("model.safetensors")).unwrap().len();
    let made = prepare(job(true));
    assert_eq!((made.freed_bytes, made.kept_because), (Some(stored), None));
    assert!(!base.join("model.safetensors").exists() && base.join("config.json").exists());
    let found = logits(&load_from(FileSource::at(&out).unwrap(), None, AdapterMode::Beside, Quantization::None));
    assert_eq!(found, expected);
    handle.shutdown();
}
