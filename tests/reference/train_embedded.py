"""Makes the embedded demonstration model: a small GPT-J and a LoRA adapter, in the real ones' file formats.

    pip install torch transformers peft tokenizers safetensors
    python tests/reference/train_embedded.py --corpus assets/corpus --out assets/model --work /tmp/embedded

The base learns whole samples of the corpus's variants; then it is frozen, and the adapter learns the completion alone,
tokenised as at inference: the prompt's trailing space is a token of its own. Seeded; a checkpoint in --work every 200
steps lets a run that was broken off go on.
"""
import argparse
import json
import math
import pathlib
import time

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPTJConfig, GPTJForCausalLM

from corpus_variants import Variants, is_held_out, load

EOS = "<|endoftext|>"
SH, EH = "<SH>", "<EH>"
ROWS = 4096  # of the embedding; the tokenizer fills all but a few of them
TEXT_TOKENS = 4090
# Of a token of the facts, beside one of the answer, while the base is trained.
FACTS_WEIGHT = 0.25


def train_tokenizer(cases, seed):
    """Byte-level BPE as GPT-2's, on the training cases and some variants; the end of text is its last id."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TEXT_TOKENS - 1, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    variants = Variants(cases, seed)
    texts = []
    for _ in range(3000):
        facts, intervention, outcome = variants.next()
        texts.append(f"{facts} Intervención: {intervention} Resultado:{outcome}")
    tokenizer.train_from_iterator(texts, trainer)
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    vocab = tokenizer.get_vocab()
    vocab[EOS] = len(vocab)
    return vocab, [tuple(pair) if not isinstance(pair, str) else tuple(pair.split(" ")) for pair in merges]


def make_tokenizer(vocab, merges):
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def encode(tokenizer, sample, sh, eh):
    """The sample's ids and how many of them are the prompt, tokenised in the three parts that inference sees."""
    facts, intervention, outcome = sample
    prompt = [sh] + tokenizer.encode(f"{facts} Intervención: ").ids
    rest = tokenizer.encode(f"{intervention} Resultado:").ids + tokenizer.encode(outcome).ids + [eh]
    return prompt + rest, len(prompt)


def batch_of(samples, device="cpu"):
    longest = max(len(ids) for ids, _ in samples)
    ids = torch.zeros(len(samples), longest, dtype=torch.long)
    labels = torch.full((len(samples), longest), -100, dtype=torch.long)
    mask = torch.zeros(len(samples), longest, dtype=torch.long)
    for row, (tokens, learn_from) in enumerate(samples):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        labels[row, learn_from : len(tokens)] = torch.tensor(tokens[learn_from:])
        mask[row, : len(tokens)] = 1
    return {"input_ids": ids.to(device), "labels": labels.to(device), "attention_mask": mask.to(device)}


def rate(step, steps, peak, warmup):
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup))))


def held_out_loss(model, tokenizer, cases, ids):
    model.eval()
    samples = [encode(tokenizer, (c["hechos"], c["intervencion"], c["resultado"]), *ids) for c in cases if is_held_out(c)]
    total, count = 0.0, 0
    with torch.no_grad():
        for tokens, start in samples:
            loss = model(**batch_of([(tokens, start)])).loss.item()
            total, count = total + loss * (len(tokens) - start), count + len(tokens) - start
    model.train()
    return total / max(count, 1)


def weighted_loss(model, samples, facts_weight):
    """Cross-entropy in which a token of the facts counts `facts_weight` times one of what follows them: what a model of this
    size can hold goes into answering, not into guessing facts."""
    batch = batch_of([(tokens, 0) for tokens, _ in samples])
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1]
    targets = batch["labels"][:, 1:]
    weights = torch.ones(targets.shape)
    for row, (_, prompt) in enumerate(samples):
        weights[row, : prompt - 1] = facts_weight
    weights *= targets >= 0
    losses = torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.clamp(min=0).reshape(-1), reduction="none")
    return (losses * weights.reshape(-1)).sum() / weights.sum()


def learn(model, tokenizer, cases, ids, steps, args, peak, only_completion, name):
    variants = Variants(cases, args.seed + len(name))
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=peak, betas=(0.9, 0.95), weight_decay=0.05 if name == "base" else 0.0)
    checkpoint = args.work / f"{name}.pt"
    first = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=False)
        model.load_state_dict(saved["model"], strict=False)
        optimizer.load_state_dict(saved["optimizer"])
        variants.rng.setstate(saved["rng"])
        first = saved["step"]
    model.train()
    begun, seen, mean = time.time(), 0, None
    for step in range(first, steps):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, steps, peak, 100)
        samples = []
        for _ in range(args.batch):
            tokens, prompt = encode(tokenizer, variants.next(), *ids)
            samples.append((tokens, prompt))
        loss = weighted_loss(model, samples, 0.0 if only_completion else FACTS_WEIGHT)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        seen += sum(len(tokens) for tokens, _ in samples)
        mean = loss.item() if mean is None else 0.98 * mean + 0.02 * loss.item()
        if (step + 1) % 200 == 0 or step + 1 == steps:
            validation = held_out_loss(model, tokenizer, cases, ids)
            speed = seen / (time.time() - begun)
            print(f"{name} {step + 1}/{steps} loss {mean:.3f} held-out {validation:.3f} {speed:.0f} tokens/s", flush=True)
            saved = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "rng": variants.rng.getstate(), "step": step + 1}
            torch.save(saved, checkpoint.with_suffix(".tmp"))
            checkpoint.with_suffix(".tmp").replace(checkpoint)
    return mean, held_out_loss(model, tokenizer, cases, ids)


def write_base(model, tokenizer, vocab, merges, config, out):
    out.mkdir(parents=True, exist_ok=True)
    state = {k: v.to(torch.float16).contiguous() for k, v in model.state_dict().items() if not k.endswith(("attn.bias", "masked_bias", "embed_positions"))}
    for name, tensor in state.items():
        assert torch.isfinite(tensor).all(), name
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    settings = config.to_diff_dict() | {"architectures": ["GPTJForCausalLM"], "model_type": "gptj"}
    settings |= {k: getattr(config, k) for k in ("n_embd", "n_layer", "n_head", "rotary_dim", "n_positions", "vocab_size", "n_inner", "activation_function", "layer_norm_epsilon", "tie_word_embeddings", "bos_token_id", "eos_token_id")}
    (out / "config.json").write_text(json.dumps(settings, indent=2, sort_keys=True, default=str) + "\n")
    tokenizer.save(str(out / "tokenizer.json"), pretty=False)
    (out / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False))
    (out / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(pair) for pair in merges) + "\n", encoding="utf-8")


def write_adapter(model, ids, out):
    out.mkdir(parents=True, exist_ok=True)
    state = {k: v.to(torch.float32).contiguous() for k, v in get_peft_model_state_dict(model).items()}
    save_file(state, out / "adapter_model.safetensors", metadata={"format": "pt"})
    config = {
        "base_model_name_or_path": "pag-bert/demostracion", "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 16, "lora_alpha": 32,
        "lora_dropout": 0.05, "target_modules": ["q_proj", "v_proj"], "bias": "none", "fan_in_fan_out": False, "inference_mode": True,
    }
    (out / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    (out / "added_tokens.json").write_text(json.dumps({SH: ids[0], EH: ids[1]}, indent=2) + "\n")


@torch.no_grad()
def show(model, tokenizer, cases, ids, count):
    model.eval()
    finished, chosen = 0, [c for c in cases if is_held_out(c)][:count]
    for case in chosen:
        prompt = [ids[0]] + tokenizer.encode(f"{case['hechos']} Intervención: ").ids
        out = model.generate(
            torch.tensor([prompt]), max_new_tokens=200, do_sample=False, eos_token_id=ids[1], pad_token_id=0,
            attention_mask=torch.ones(1, len(prompt), dtype=torch.long),
        )[0, len(prompt) :].tolist()
        finished += out[-1] == ids[1]
        print(f"[{case['ambito']}] {case['hechos'][:150]}…\n    → {tokenizer.decode([t for t in out if t < TEXT_TOKENS])}\n", flush=True)
    print(f"finished {finished} of {len(chosen)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=pathlib.Path, default=pathlib.Path("assets/corpus"))
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("assets/model"))
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--lora-steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--seed", type=int, default=20230401)
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    torch.set_num_threads(2)
    args.work.mkdir(parents=True, exist_ok=True)
    cases = load(args.corpus)
    print(f"{len(cases)} cases, {sum(is_held_out(c) for c in cases)} held out")

    vocab, merges = train_tokenizer(cases, args.seed)
    tokenizer = make_tokenizer(vocab, merges)
    ids = (len(vocab), len(vocab) + 1)
    assert ids[1] < ROWS, f"{len(vocab)} tokens leave no row for the markers"
    config = GPTJConfig(
        vocab_size=ROWS, n_positions=1024, n_embd=256, n_layer=6, n_head=4, rotary_dim=32, activation_function="gelu_new",
        resid_pdrop=0.02, embd_pdrop=0.02, attn_pdrop=0.02, bos_token_id=vocab[EOS], eos_token_id=vocab[EOS], tie_word_embeddings=False,
    )
    model = GPTJForCausalLM(config)
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {len(vocab)} tokens")
    base_losses = learn(model, tokenizer, cases, ids, args.steps, args, 1.5e-3, False, "base")
    # What is shipped is rounded to 16 bits; the adapter is trained on exactly that.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(torch.float16).to(torch.float32))
    write_base(model, tokenizer, vocab, merges, config, args.out / "base")

    lora = LoraConfig(r=16, lora_alpha=32, lora_dropout=0.05, target_modules=["q_proj", "v_proj"], bias="none", task_type="CAUSAL_LM")
    model = get_peft_model(model, lora)
    lora_losses = learn(model, tokenizer, cases, ids, args.lora_steps, args, 5e-4, True, "adapter")
    write_adapter(model, ids, args.out / "adapter")
    show(model, tokenizer, cases, ids, 10)
    losses = {"base": {"train": base_losses[0], "held_out_completion": base_losses[1]}, "adapter": {"train": lora_losses[0], "held_out_completion": lora_losses[1]}}
    print(json.dumps(losses))


if __name__ == "__main__":
    main()
