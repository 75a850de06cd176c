"""Write what transformers and peft compute of tests/fixtures/eval/texts.jsonl, for tests/eval.rs.

    python make_eval_fixture.py            # torch, transformers, peft

A line of expected.jsonl for each text: tokens, and the mean loss over the predicted tokens, with the adapter on the base.
The last text is longer than the window and cut at its end.
"""
import json, pathlib
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

ROOT = pathlib.Path(__file__).parent.parent / "fixtures"
model_dir = ROOT / "gptj" / "seed_like"
tokenizer = AutoTokenizer.from_pretrained(model_dir / "base")
tokenizer.add_tokens([t for t, _ in sorted(json.loads((model_dir / "adapter" / "added_tokens.json").read_text()).items(), key=lambda x: x[1])]
                     if (model_dir / "adapter" / "added_tokens.json").exists() else [])
model = AutoModelForCausalLM.from_pretrained(model_dir / "base", dtype=torch.float32)
model = PeftModel.from_pretrained(model, model_dir / "adapter").eval()
with (ROOT / "eval" / "expected.jsonl").open("w") as out:
    for line in (ROOT / "eval" / "texts.jsonl").open(encoding="utf-8"):
        ids = tokenizer(json.loads(line)["text"], return_tensors="pt").input_ids[:, : model.config.n_positions]
        with torch.inference_mode():
            loss = model(ids, labels=ids).loss.item()
        out.write(json.dumps({"tokens": ids.shape[1], "loss": loss}) + "\n")
