"""Write what torch and peft make of twenty training steps, for tests/training.rs to compare with.

    python make_training_fixtures.py            # torch, transformers, peft, safetensors, tokenizers

The bases are those of make_gptj_fixtures.py. Each folder under tests/fixtures/training holds
    start/                 the adapter before the first step, as peft saves it (LoRA alone)
    expected.safetensors   losses [20], validation [1] (mean loss a token), and every trained tensor after the last step
and data/ the samples, train.jsonl and validation.jsonl, which all share. Dropout is 0, order is that of the file. Twenty steps
with warm-up, clipping and decay; the loss of a step is the mean of its batches' means, as transformers' Trainer had it in 2023.
"""
import json, pathlib, shutil
import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer
from transformers import GPTJForCausalLM, get_cosine_schedule_with_warmup, get_linear_schedule_with_warmup

HERE = pathlib.Path(__file__).parent.parent / "fixtures"
OUT = HERE / "training"
STEPS, WARMUP = 20, 4
SHAPES = {
    "lora": dict(base="seed_like", r=4, targets=["q_proj", "v_proj"], rate=2e-2, batch=2, accumulation=2),
    "lora_all": dict(base="quant", r=3, rate=5e-3, batch=3, accumulation=1, decay=0.1, schedule="cosine", completion=True,
                     targets=["q_proj", "k_proj", "v_proj", "out_proj", "fc_in", "fc_out"]),
    "full": dict(base="seed_like", rate=1e-3, batch=2, accumulation=2, decay=0.1),
    "full_tied": dict(base="tied", rate=1e-3, batch=4, accumulation=1, schedule="cosine"),
}
# About a library, since nobody should be learnt from in a test.
SAMPLES = [
    ("La biblioteca cerró antes.", "Se pidió el horario.", "Neutro."),
    ("No abren la sala los lunes.", "Se escribió una carta.", "Positivo."),
    ("Faltan dos libros.", "Se buscaron en el almacén.", "Positivo."),
    ("El ascensor no funciona desde mayo.", "Se llamó al técnico.", "Negativo."),
    ("Se perdió un carné.", "Se hizo otro.", "Neutro."),
    ("La luz es poca.", "Se cambió la lámpara.", "Positivo."),
]
VALIDATION = [("El reloj atrasa.", "Se avisó.", "Neutro."), ("Hay una silla rota.", "Se arregló.", "Positivo.")]


def write_data():
    (OUT / "data").mkdir(parents=True)
    for name, samples in (("train", SAMPLES), ("validation", VALIDATION)):
        rows = [json.dumps(dict(zip(("hechos", "intervencion", "resultado"), s)), ensure_ascii=False) for s in samples]
        (OUT / "data" / f"{name}.jsonl").write_text("\n".join(rows) + "\n")


def encode(tok, sample, completion):
    """The ids, and how many of the first are no targets."""
    prompt = f"<SH>{sample[0]} Intervención:"
    ids = tok.encode(f"{prompt} {sample[1]} Resultado:{sample[2]}<EH>").ids
    return ids, len(tok.encode(prompt).ids) if completion else 0


def batch_of(samples):
    longest = max(len(ids) for ids, _ in samples)
    ids, labels = torch.zeros(len(samples), longest, dtype=torch.long), torch.full((len(samples), longest), -100)
    mask = torch.zeros(len(samples), longest, dtype=torch.long)
    for row, (tokens, skip) in enumerate(samples):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        labels[row, skip : len(tokens)] = torch.tensor(tokens[skip:])
        mask[row, : len(tokens)] = 1
    return dict(input_ids=ids, labels=labels, attention_mask=mask)


def mean_loss(model, batch):
    """Over the counted tokens of this batch alone."""
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits[:, :-1].float()
    return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), batch["labels"][:, 1:].reshape(-1))


def make(name, shape):
    torch.manual_seed(5)
    folder = OUT / name
    folder.mkdir()
    base = HERE / "gptj" / shape["base"] / "base"
    model = GPTJForCausalLM.from_pretrained(base, dtype=torch.float32, attn_implementation="eager")
    tok = Tokenizer.from_file(str(base / "tokenizer.json"))
    tok.add_tokens([AddedToken("<SH>", normalized=False), AddedToken("<EH>", normalized=False)])
    if "r" in shape:
        model = get_peft_model(model, LoraConfig(
            r=shape["r"], lora_alpha=2 * shape["r"], lora_dropout=0.0, target_modules=shape["targets"], bias="none",
            task_type="CAUSAL_LM"))
        model.save_pretrained(folder / "start")
        (folder / "start" / "README.md").unlink(missing_ok=True)
        config = json.loads((folder / "start" / "adapter_config.json").read_text())
        config["target_modules"], config["base_model_name_or_path"] = sorted(config["target_modules"]), "base"
        (folder / "start" / "adapter_config.json").write_text(json.dumps(config, indent=1))
    decay = shape.get("decay", 0.0)
    parameters = [p for p in model.parameters() if p.requires_grad]
    groups = [dict(params=[p for p in parameters if p.dim() > 1], weight_decay=decay),
              dict(params=[p for p in parameters if p.dim() == 1], weight_decay=0.0)]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=shape["rate"])
    schedule = dict(linear=get_linear_schedule_with_warmup, cosine=get_cosine_schedule_with_warmup)
    scheduler = schedule[shape.get("schedule", "linear")](optimizer, WARMUP, STEPS)
    completion = shape.get("completion", False)
    encoded = [encode(tok, s, completion) for s in SAMPLES]
    losses, at = [], 0
    model.train()
    for _ in range(STEPS):
        total = 0.0
        for _ in range(shape["accumulation"]):
            batch = [encoded[(at + i) % len(encoded)] for i in range(shape["batch"])]
            at += shape["batch"]
            loss = mean_loss(model, batch_of(batch)) / shape["accumulation"]
            loss.backward()
            total += loss.item()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step(); scheduler.step(); optimizer.zero_grad()
        losses.append(total)
    model.eval()
    with torch.no_grad():
        held = [encode(tok, s, completion) for s in VALIDATION]
        counts = [len(ids) - max(skip, 1) for ids, skip in held]
        validation = sum(mean_loss(model, batch_of([s])).item() * n for s, n in zip(held, counts)) / sum(counts)
    state = get_peft_model_state_dict(model) if "r" in shape else model.state_dict()
    if model.config.tie_word_embeddings:
        state.pop("lm_head.weight")
    out = {k: v.contiguous().clone() for k, v in state.items()}
    out["losses"] = torch.tensor(losses, dtype=torch.float64)
    out["validation"] = torch.tensor([validation], dtype=torch.float64)
    save_file({k: v for k, v in out.items()}, folder / "expected.safetensors")
    print(f"{name}: {losses[0]:.4f} → {losses[-1]:.4f}, validation {validation:.4f}")


if __name__ == "__main__":
    torch.set_num_threads(1)
    shutil.rmtree(OUT, ignore_errors=True)
    write_data()
    for name, shape in SHAPES.items():
        make(name, shape)
