"""Makes a GPT-J of any size with random half-precision weights in shards, as a published one lies in a folder: to convert,
load and measure what nobody wants to download. Needs numpy alone, and memory for one piece of a tensor.

    python make_random_gptj.py FOLDER                     # 28 layers, 4096 wide: 12 GB
    python make_random_gptj.py FOLDER --layers 4
    python make_random_gptj.py FOLDER --convert "pag-bert convert --model FOLDER --quantization q4k --out FILE.gguf"

With --convert, a shard is written when the conversion comes near it and its room given back when it is past (Linux): disk
for two shards and the new file is enough. The program stands still meanwhile; its own time and its highest memory are told.
"""

import argparse
import ctypes
import json
import pathlib
import resource
import shlex
import shutil
import signal
import struct
import subprocess
import time

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("folder", type=pathlib.Path)
parser.add_argument("--layers", type=int, default=28)
parser.add_argument("--width", type=int, default=4096)
parser.add_argument("--heads", type=int, default=16)
parser.add_argument("--rotary", type=int, default=64)
parser.add_argument("--vocab", type=int, default=50400)
parser.add_argument("--shard-gb", type=float, default=1)
parser.add_argument("--tokenizer", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / "fixtures/prompt")
parser.add_argument("--convert")
args = parser.parse_args()
width, inner = args.width, 4 * args.width

shapes = {"transformer.wte.weight": [args.vocab, width]}
for layer in range(args.layers):
    block = f"transformer.h.{layer}"
    shapes |= {f"{block}.ln_1.{part}": [width] for part in ("weight", "bias")}
    shapes |= {f"{block}.attn.{part}_proj.weight": [width, width] for part in ("q", "k", "v", "out")}
    shapes |= {f"{block}.mlp.fc_in.weight": [inner, width], f"{block}.mlp.fc_in.bias": [inner]}
    shapes |= {f"{block}.mlp.fc_out.weight": [width, inner], f"{block}.mlp.fc_out.bias": [width]}
shapes |= {f"transformer.ln_f.{part}": [width] for part in ("weight", "bias")}
shapes |= {"lm_head.weight": [args.vocab, width], "lm_head.bias": [args.vocab]}


def bytes_of(name):
    return 2 * int(np.prod(shapes[name]))


shards, size = [[]], 0
for name in shapes:
    if size and size + bytes_of(name) > args.shard_gb * 1e9:
        shards.append([])
        size = 0
    shards[-1].append(name)
    size += bytes_of(name)
files = [args.folder / f"model-{i + 1:05}-of-{len(shards):05}.safetensors" for i in range(len(shards))]


def header_of(at):
    header, offset = {}, 0
    for name in shards[at]:
        end = offset + bytes_of(name)
        header[name] = {"dtype": "F16", "shape": shapes[name], "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text, offset


def reserve(at):
    """The file at its full length, with nothing in it but its header."""
    header, data = header_of(at)
    with open(files[at], "wb") as file:
        file.write(header)
        file.truncate(len(header) + data)


def fill(at):
    random = np.random.default_rng(at)
    with open(files[at], "r+b") as file:
        file.seek(len(header_of(at)[0]))
        for name in shards[at]:
            left = int(np.prod(shapes[name]))
            # What training leaves: small numbers, norms near 1.
            around = 1.0 if name.endswith(("ln_1.weight", "ln_f.weight")) else 0.0
            while left:
                count = min(left, 1 << 24)
                values = random.standard_normal(count, dtype=np.float32) * np.float32(0.02) + np.float32(around)
                file.write(values.astype(np.float16).tobytes())
                left -= count


def give_back(at):
    """Leaves length and header, and takes the room of the rest back from the disk."""
    keep_size, punch_hole = 1, 2
    header, data = header_of(at)
    start = (len(header) + 4095) // 4096 * 4096
    with open(files[at], "r+b") as file:
        arguments = (ctypes.c_int(keep_size | punch_hole), ctypes.c_long(start), ctypes.c_long(len(header) + data - start))
        if ctypes.CDLL(None, use_errno=True).fallocate(file.fileno(), *arguments):
            raise OSError(ctypes.get_errno(), "fallocate")


def small_files():
    where = {name: file.name for shard, file in zip(shards, files) for name in shard}
    index = {"metadata": {"total_size": sum(map(bytes_of, shapes))}, "weight_map": where}
    (args.folder / "model.safetensors.index.json").write_text(json.dumps(index))
    config = {
        "model_type": "gptj", "architectures": ["GPTJForCausalLM"], "n_embd": width, "n_layer": args.layers,
        "n_head": args.heads, "n_inner": None, "n_positions": 2048, "rotary_dim": args.rotary,
        "vocab_size": args.vocab, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5,
        "tie_word_embeddings": False, "bos_token_id": 50256, "eos_token_id": 50256, "torch_dtype": "float16",
    }
    (args.folder / "config.json").write_text(json.dumps(config, indent=1))
    for name in ("vocab.json", "merges.txt", "added_tokens.json", "tokenizer.json"):
        if (args.tokenizer / name).is_file():
            shutil.copy(args.tokenizer / name, args.folder / name)


def highest_memory(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1e6
    return 0.0


def convert(command):
    out = pathlib.Path(command[command.index("--out") + 1])
    journal = out.with_name(f".{out.name}.part.journal")
    ends = np.cumsum([len(shard) for shard in shards])
    fill(0)
    fill(min(1, len(shards) - 1))
    program = subprocess.Popen(command)
    ran, since, highest, past = 0.0, time.monotonic(), 0.0, 0
    while program.poll() is None:
        time.sleep(0.05)
        try:
            highest = max(highest, highest_memory(program.pid))
            done = len(journal.read_text().splitlines()) - 1
        except FileNotFoundError:
            continue
        if past < len(shards) and done >= ends[past]:
            assert done < ends[min(past + 1, len(shards) - 1)] or past + 2 >= len(shards), "shards are too small"
            program.send_signal(signal.SIGSTOP)
            ran += time.monotonic() - since
            give_back(past)
            past += 1
            if past + 1 < len(shards):
                fill(past + 1)
            program.send_signal(signal.SIGCONT)
            since = time.monotonic()
    ran += time.monotonic() - since
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"exit {program.returncode}, {ran:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of processor, {highest:.2f} GB at most, {len(shards)} shards, "
          f"{sum(map(bytes_of, shapes)) / 1e9:.2f} GB read, {out.stat().st_size / 1e9:.2f} GB written")


args.folder.mkdir(parents=True, exist_ok=True)
small_files()
for at in range(len(shards)):
    reserve(at)
if args.convert:
    convert(shlex.split(args.convert))
else:
    for at in range(len(shards)):
        fill(at)
