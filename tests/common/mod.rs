//! What several tests need.

#![allow(dead_code, clippy::unwrap_used, clippy::disallowed_methods)] // not every test needs all of it

pub mod suggestion;

use std::path::Path;

use pag_bert::domain::ModelInfo;
use pag_bert::vault::{Access, VaultSettings};
use pag_bert::worker::vault_protocol::VaultInfo;

/// A model that writes without end, so that there is time to stop it: random weights, the embedded model's tokenizer.
pub fn endless_model(folder: &Path) {
    let (n_embd, n_layer, vocab) = (256usize, 12usize, 4352usize);
    std::fs::create_dir_all(folder).unwrap();
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/model/base");
    std::fs::copy(assets.join("tokenizer.json"), folder.join("tokenizer.json")).unwrap();
    let config = serde_json::json!({ "model_type": "gptj", "architectures": ["GPTJForCausalLM"], "n_embd": n_embd,
        "n_layer": n_layer, "n_head": 4, "n_positions": 2048, "rotary_dim": 32, "vocab_size": vocab,
        "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5, "tie_word_embeddings": false });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let mut shapes = vec![
        ("transformer.wte.weight".to_owned(), vec![vocab, n_embd]),
        ("lm_head.weight".to_owned(), vec![vocab, n_embd]),
        ("lm_head.bias".to_owned(), vec![vocab]),
        ("transformer.ln_f.weight".to_owned(), vec![n_embd]),
        ("transformer.ln_f.bias".to_owned(), vec![n_embd]),
    ];
    for layer in 0..n_layer {
        let name = |part: &str| format!("transformer.h.{layer}.{part}");
        for part in ["q_proj", "k_proj", "v_proj", "out_proj"] {
            shapes.push((name(&format!("attn.{part}.weight")), vec![n_embd, n_embd]));
        }
        shapes.push((name("mlp.fc_in.weight"), vec![4 * n_embd, n_embd]));
        shapes.push((name("mlp.fc_in.bias"), vec![4 * n_embd]));
        shapes.push((name("mlp.fc_out.weight"), vec![n_embd, 4 * n_embd]));
        shapes.extend(["mlp.fc_out.bias", "ln_1.weight", "ln_1.bias"].map(|part| (name(part), vec![n_embd])));
    }
    let mut state = 1u64;
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let count: usize = shape.iter().product();
            let bytes = (0..count).flat_map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // No letter of the tokenizer is likelier than another, and none of the ends is ever the likeliest.
                (((state >> 40) as f32 / 16_777_216.0 - 0.5) * 0.2).to_le_bytes()
            });
            let bytes = bytes.collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (name.as_str(), safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes).unwrap())
    });
    safetensors::serialize_to_file(views, None, &folder.join("model.safetensors")).unwrap();
}

/// A small model as the window knows it.
pub fn model_info(name: &str) -> ModelInfo {
    ModelInfo {
        name: name.to_owned(),
        digest: String::new(),
        adapter: None,
        adapter_digest: None,
        quantization: "q8_0".to_owned(),
        device: "CPU".to_owned(),
        fallback: None,
        parameters: 1,
        weights_bytes: 4,
        n_positions: 64,
        demonstration: false,
    }
}

/// An open vault as the window knows it.
pub fn vault_info(cases: u64) -> VaultInfo {
    VaultInfo {
        folder: "/casos/casos.pagvault".into(),
        name: "casos".into(),
        access: Access::Write,
        notices: Vec::new(),
        settings: VaultSettings::default(),
        cases,
        last_number: None,
    }
}
