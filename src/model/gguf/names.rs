//! The names of tensors: transformers' on the one side, llama.cpp's on the other.

/// The parts of a block that have a weight, and perhaps a bias.
const BLOCK: [(&str, &str); 7] = [
    ("ln_1", "attn_norm"),
    ("attn.q_proj", "attn_q"),
    ("attn.k_proj", "attn_k"),
    ("attn.v_proj", "attn_v"),
    ("attn.out_proj", "attn_output"),
    ("mlp.fc_in", "ffn_up"),
    ("mlp.fc_out", "ffn_down"),
];

const OUTSIDE: [(&str, &str); 3] =
    [("transformer.wte", "token_embd"), ("transformer.ln_f", "output_norm"), ("lm_head", "output")];

/// From `transformer.h.3.attn.q_proj.weight` to `blk.3.attn_q.weight`; none for what GPT-J does not have.
pub(super) fn to_gguf(name: &str) -> Option<String> {
    let (module, part) = name.rsplit_once('.')?;
    Some(format!("{}.{part}", module_to_gguf(module)?))
}

/// The other way.
pub(super) fn from_gguf(name: &str) -> Option<String> {
    let (module, part) = name.rsplit_once('.')?;
    Some(format!("{}.{part}", module_from_gguf(module)?))
}

fn module_to_gguf(module: &str) -> Option<String> {
    if let Some((_, ours)) = OUTSIDE.iter().find(|(theirs, _)| *theirs == module) {
        return Some((*ours).to_owned());
    }
    let (layer, rest) = module.strip_prefix("transformer.h.")?.split_once('.')?;
    let (_, part) = BLOCK.iter().find(|(theirs, _)| *theirs == rest)?;
    Some(format!("blk.{layer}.{part}"))
}

fn module_from_gguf(module: &str) -> Option<String> {
    if let Some((theirs, _)) = OUTSIDE.iter().find(|(_, ours)| *ours == module) {
        return Some((*theirs).to_owned());
    }
    let (layer, rest) = module.strip_prefix("blk.")?.split_once('.')?;
    let (part, _) = BLOCK.iter().find(|(_, ours)| *ours == rest)?;
    Some(format!("transformer.h.{layer}.{part}"))
}

/// From the module of a low-rank pair to `blk.3.attn_q.weight.lora_a`, as llama.cpp's adapters have it.
pub(super) fn low_rank_to_gguf(module: &str, side: char) -> Option<String> {
    Some(format!("{}.weight.lora_{}", module_to_gguf(module)?, side.to_ascii_lowercase()))
}

/// From a tensor of an adapter to the name that PEFT gives it.
pub(super) fn adapter_from_gguf(name: &str) -> Option<String> {
    for (end, side) in [(".weight.lora_a", 'A'), (".weight.lora_b", 'B')] {
        if let Some(module) = name.strip_suffix(end) {
            return Some(format!("base_model.model.{}.lora_{side}.weight", module_from_gguf(module)?));
        }
    }
    Some(format!("base_model.model.{}", from_gguf(name)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for (theirs, ours) in [
            ("transformer.wte.weight", "token_embd.weight"),
            ("transformer.h.27.ln_1.bias", "blk.27.attn_norm.bias"),
            ("transformer.h.0.attn.out_proj.weight", "blk.0.attn_output.weight"),
            ("transformer.h.3.mlp.fc_in.bias", "blk.3.ffn_up.bias"),
            ("lm_head.bias", "output.bias"),
        ] {
            assert_eq!(to_gguf(theirs).as_deref(), Some(ours));
            assert_eq!(from_gguf(ours).as_deref(), Some(theirs));
        }
        assert_eq!(to_gguf("transformer.h.0.attn.c_attn.weight"), None);
        assert_eq!(from_gguf("blk.0.ffn_gate.weight"), None);
        let low = low_rank_to_gguf("transformer.h.1.attn.v_proj", 'B').unwrap();
        assert_eq!(low, "blk.1.attn_v.weight.lora_b");
        let back = "base_model.model.transformer.h.1.attn.v_proj.lora_B.weight";
        assert_eq!(adapter_from_gguf(&low).as_deref(), Some(back));
    }
}
