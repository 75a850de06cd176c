"""What `pag-bert bench train` measures, in PyTorch: the same shape, batch, threads and optimiser.

    python bench_training_torch.py [--steps 5] [--threads 2] [--checkpointing]      # torch, transformers

Prints one JSON object. Attention is SDPA and AdamW is fused; transformers' own GPT-J (eager attention) is slower.
"""
import argparse, json, resource, time
import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint

WIDTH, LAYERS, HEADS, ROTARY, VOCAB = 256, 6, 4, 32, 4096


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1 = torch.nn.LayerNorm(WIDTH)
        self.q, self.k, self.v, self.o = (torch.nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        self.fc_in, self.fc_out = torch.nn.Linear(WIDTH, 4 * WIDTH), torch.nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, x, cos, sin):
        b, t, _ = x.shape
        h = self.ln_1(x)
        heads = lambda y: y.view(b, t, HEADS, WIDTH // HEADS).transpose(1, 2)
        q, k, v = turn(heads(self.q(h)), cos, sin), turn(heads(self.k(h)), cos, sin), heads(self.v(h))
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(b, t, WIDTH)
        return x + self.o(mixed) + self.fc_out(F.gelu(self.fc_in(h), approximate="tanh"))


def turn(x, cos, sin):
    first, rest = x[..., :ROTARY], x[..., ROTARY:]
    a, b = first[..., ::2], first[..., 1::2]
    return torch.cat([torch.stack([a * cos - b * sin, b * cos + a * sin], -1).flatten(-2), rest], -1)


class Model(torch.nn.Module):
    def __init__(self, tokens):
        super().__init__()
        self.wte = torch.nn.Embedding(VOCAB, WIDTH)
        self.h = torch.nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_f = torch.nn.LayerNorm(WIDTH)
        self.head = torch.nn.Linear(WIDTH, VOCAB)
        angles = torch.outer(torch.arange(tokens).float(), 10000 ** (-torch.arange(0, ROTARY, 2).float() / ROTARY))
        self.cos, self.sin = angles.cos(), angles.sin()

    def forward(self, ids, checkpointing):
        x = self.wte(ids)
        for block in self.h:
            x = checkpoint(block, x, self.cos, self.sin, use_reentrant=False) if checkpointing else block(x, self.cos, self.sin)
        logits = self.head(self.ln_f(x))
        return F.cross_entropy(logits[:, :-1].reshape(-1, VOCAB), ids[:, 1:].reshape(-1))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--tokens", type=int, default=512)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpointing", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = Model(args.tokens)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0, fused=True)
    ids = torch.randint(0, VOCAB, (args.batch, args.tokens))
    seconds = []
    for step in range(args.steps + 1):
        begun = time.perf_counter()
        optimizer.zero_grad(set_to_none=True)
        loss = model(ids, args.checkpointing)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step:
            seconds.append(time.perf_counter() - begun)
    print(json.dumps({
        "parameters": sum(p.numel() for p in model.parameters()), "threads": args.threads,
        "checkpointing": args.checkpointing, "tokens_per_s": args.batch * args.tokens * args.steps / sum(seconds),
        "step_s": seconds, "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024, "loss": loss.item(),
        "torch": torch.__version__,
    }))


main()
