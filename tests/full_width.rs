//! How fast a GPT-J of full width loads and runs on this machine; run by hand, on a model made beforehand:
//!
//! `PAG_FULL_WIDTH=folder PAG_QUANTIZATION=q8_0 cargo test --release --test full_width -- --ignored --nocapture`

#![allow(clippy::unwrap_used)] // a test stops where something fails

use std::path::PathBuf;
use std::time::Instant;

use pag_bert::model::{AdapterMode, DeviceChoice, FileSource, LoadRequest, Quantization, load};

/// Resident and highest resident memory of this process in megabytes, where Linux tells it.
fn memory_mb() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
        line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1000
    };
    (field("VmRSS:"), field("VmHWM:"))
}

#[test]
#[ignore = "needs a full-width model, named by PAG_FULL_WIDTH"]
fn a_full_width_model_loads_and_runs() {
    let folder = PathBuf::from(std::env::var_os("PAG_FULL_WIDTH").unwrap());
    let quantization = std::env::var("PAG_QUANTIZATION").map_or(Quantization::Q8_0, |text| text.parse().unwrap());
    let device = std::env::var("PAG_TEST_DEVICE").map_or(DeviceChoice::Cpu, |text| text.parse().unwrap());
    let request = LoadRequest {
        base: FileSource::Folder(folder),
        adapter: None,
        adapter_mode: AdapterMode::Beside,
        quantization,
        device,
        dtype: None,
        name: "full width".to_owned(),
        adapter_name: None,
        demonstration: false,
    };
    let started = Instant::now();
    let loaded = load(&request, &mut |_| (), &|| false).unwrap();
    let (resident, highest) = memory_mb();
    println!(
        "load {quantization}: {:.1} s, {resident} MB resident, {highest} MB at most",
        started.elapsed().as_secs_f32()
    );
    println!("weights: {} MB", loaded.info.weights_bytes / 1_000_000);

    let model = &loaded.model;
    let mut cache = model.new_cache().unwrap();
    let ids: Vec<u32> = (0..192).map(|id| id * 7 % 256).collect();
    for round in ["first", "second"] {
        cache.truncate(0);
        let started = Instant::now();
        for chunk in ids.chunks(64) {
            model.prefill(chunk, &mut cache).unwrap();
        }
        println!("{round} prefill of 192 tokens in chunks of 64: {:.2} s", started.elapsed().as_secs_f32());
    }
    let started = Instant::now();
    for id in 0..64 {
        let logits = model.forward(&[id], &mut cache).unwrap();
        assert!(logits.iter().all(|value| value.is_finite()));
    }
    println!("decode: {:.1} tokens a second", 64.0 / started.elapsed().as_secs_f32());
    let (resident, highest) = memory_mb();
    println!("after: {resident} MB resident, {highest} MB at most, cache {} MB", cache.bytes() / 1_000_000);
}
