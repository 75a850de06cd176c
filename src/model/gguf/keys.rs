//! The keys of the metadata: the specification's where it has one, ours under `pag_bert.` where it has none.

pub(super) const ARCHITECTURE: &str = "general.architecture";
pub(super) const ALIGNMENT: &str = "general.alignment";
pub(super) const NAME: &str = "general.name";
pub(super) const LICENCE: &str = "general.license";
pub(super) const TYPE: &str = "general.type";
pub(super) const FILE_TYPE: &str = "general.file_type";
pub(super) const QUANTIZATION_VERSION: &str = "general.quantization_version";
pub(super) const PARAMETERS: &str = "general.parameter_count";
pub(super) const TOKENIZER_JSON: &str = "tokenizer.huggingface.json";
pub(super) const EOS: &str = "tokenizer.ggml.eos_token_id";
pub(super) const ADAPTER_TYPE: &str = "adapter.type";
pub(super) const LORA_ALPHA: &str = "adapter.lora.alpha";

/// The architecture's name, and the beginning of its keys.
pub(super) const GPTJ: &str = "gptj";

/// The version of what stands under `pag_bert.`.
pub(super) const FORMAT: &str = "pag_bert.format";
pub(super) const FORMAT_VERSION: u64 = 1;
/// The form of the linear layers: `none`, `q8_0`, `q6k` or `q4k`.
pub(super) const QUANTIZATION: &str = "pag_bert.quantization";
/// The digest of the weights that the file was made of.
pub(super) const SOURCE_DIGEST: &str = "pag_bert.source.digest";
pub(super) const ADAPTER_NAME: &str = "pag_bert.adapter.name";
/// In a model: of the adapter that was merged into it. In an adapter: its own.
pub(super) const ADAPTER_DIGEST: &str = "pag_bert.adapter.digest";
/// CRC-32 of each tensor's bytes, in the order of the tensor table.
pub(super) const CHECKSUMS: &str = "pag_bert.checksums.crc32";
/// CRC-32 of everything before the first tensor, this value taken as zero.
pub(super) const HEADER_CHECKSUM: &str = "pag_bert.header.crc32";
/// 1 in a model that was made of the embedded one, which says wherever it is used that it is a demonstration.
pub(super) const DEMONSTRATION: &str = "pag_bert.demonstration";
/// A small file of the original, by its name: `pag_bert.file.config.json`.
pub(super) const FILE: &str = "pag_bert.file.";

/// The key under which a small file of the original is kept.
pub(super) fn of_file(name: &str) -> String {
    if name == "tokenizer.json" { TOKENIZER_JSON.to_owned() } else { format!("{FILE}{name}") }
}
