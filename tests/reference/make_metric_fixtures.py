"""Write what scikit-learn, numpy and sacrebleu compute, for tests/eval.rs: tests/fixtures/eval/metrics.json.

    python make_metric_fixtures.py            # scikit-learn >= 1.7, sacrebleu

Outcomes: rows of three probabilities, the class that was true and the class that was said; accuracy, confusion, macro F1,
Brier score over the three classes, and the expected calibration error of the likeliest class over ten bins. One set lacks
a class, one has confidences right on the edges of the bins. Texts: chrF with sacrebleu's defaults, of each pair and of all.
"""
import json, pathlib
import numpy as np
from sacrebleu.metrics import CHRF
from sklearn.calibration import calibration_curve
from sklearn.metrics import accuracy_score, brier_score_loss, confusion_matrix, f1_score

BINS = 10


def outcomes(truth, said, probabilities):
    probabilities = np.array(probabilities)
    confidence = probabilities.max(axis=1)
    right = (probabilities.argmax(axis=1) == truth).astype(int)
    share, mean = calibration_curve(right, confidence, n_bins=BINS, strategy="uniform")
    ids = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], confidence)
    counts = np.bincount(ids, minlength=BINS)
    counts = counts[counts > 0]
    return {
        "truth": [int(t) for t in truth],
        "said": [int(s) for s in said],
        "probabilities": probabilities.tolist(),
        "accuracy": accuracy_score(truth, said),
        "confusion": confusion_matrix(truth, said, labels=[0, 1, 2]).tolist(),
        "macro_f1": f1_score(truth, said, average="macro", zero_division=0),
        "brier": brier_score_loss(truth, probabilities, labels=[0, 1, 2], scale_by_half=False),
        "calibration": {"right": share.tolist(), "confidence": mean.tolist(), "cases": counts.tolist()},
        "ece": float(np.sum(counts / counts.sum() * np.abs(share - mean))),
    }


rng = np.random.default_rng(20)
drawn = rng.dirichlet([1.2, 0.9, 0.6], 240)
truth = np.array([rng.choice(3, p=0.6 * row + 0.4 / 3) for row in drawn])
said = np.where(rng.random(240) < 0.9, drawn.argmax(axis=1), rng.integers(0, 3, 240))
two = drawn[:60]
edges = [[0.4, 0.3, 0.3], [0.2, 0.5, 0.3], [0.25, 0.25, 0.5], [1.0, 0.0, 0.0], [0.1, 0.3, 0.6], [0.7, 0.2, 0.1]]
sets = [
    outcomes(truth, said, drawn),
    outcomes(np.minimum(truth[:60], 1), np.minimum(said[:60], 1), two),
    outcomes(np.array([0, 1, 0, 0, 2, 1]), np.array([0, 1, 2, 0, 2, 0]), edges),
]
pairs = [
    ("Se acompañó a la familia a poner una queja.", "Se acompañó a la familia a presentar una queja en el centro."),
    ("Se habló con la dirección.", "Se habló con la dirección."),
    ("", "Se llamó a la agencia y se pidió una explicación."),
    ("Sí", "No"),
    ("abc", "ab"),
    ("Se envió\u00a0un escrito\n al Ayuntamiento, con copia.", "Se envió un escrito al   Ayuntamiento con una copia"),
    ("El equipo informó a la joven de sus derechos: «reclamación» y hoja.", "Informamos a la joven de sus derechos y de la vía de la reclamación."),
]
hypotheses, references = zip(*pairs)
chrf = CHRF()
values = rng.normal(size=41).tolist()
out = {
    "outcomes": sets,
    "chrf": {
        "pairs": pairs,
        "sentences": [chrf.sentence_score(ours, [theirs]).score for ours, theirs in pairs],
        "corpus": chrf.corpus_score(list(hypotheses), [list(references)]).score,
    },
    "quantiles": {"values": values, "at": [0, 0.025, 0.5, 0.975, 1], "are": np.quantile(values, [0, 0.025, 0.5, 0.975, 1]).tolist()},
}
path = pathlib.Path(__file__).parent.parent / "fixtures" / "eval" / "metrics.json"
path.write_text(json.dumps(out, ensure_ascii=False) + "\n", encoding="utf-8")
