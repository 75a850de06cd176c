"""Reads assets/corpus/*.jsonl and varies the cases, from a seed, into as many as training needs.

A variant keeps the case's mechanism and register: it swaps places, ages and dates, leaves a sentence out, shortens the
facts as a hurried caseworker would, or takes an intervention from a case of the same ámbito, tipo and outcome. Most
interventions are put together from whole sentences (frases.json: openings, steps by ámbito, closings), which a small
model can learn to write without a fault; the rest are the cases' own. No
variant is made of a held-out case (one in ten, chosen by a hash of its facts).
"""
import hashlib
import json
import pathlib
import random
import re

PLACES = [
    "un municipio de la provincia", "la capital de la provincia", "un pueblo de la comarca", "un barrio de la periferia",
    "el centro de la ciudad", "una localidad costera", "una localidad del interior", "un polígono de las afueras",
]
MONTHS = ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"]
DAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado"]
SWAPS = [
    ("establecimiento", "comercio"), ("trabajadora social", "técnica de intervención"), ("varias personas", "algunas personas"),
    ("señaló", "indicó"), ("manifestó", "expresó"), ("solicitó", "pidió"), ("explicó", "contó"), ("comunicó", "hizo saber"),
    ("a continuación", "después"), ("en ese momento", "entonces"), ("ese mismo día", "el mismo día"), ("además", "asimismo"),
    ("la entidad", "la asociación"), ("se remitió", "se envió"), ("se contactó con", "se habló con"), ("respondió", "contestó"),
]


def load(folder):
    """The cases of every file, in the order of the files' names."""
    cases = []
    for path in sorted(pathlib.Path(folder).glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            cases += [json.loads(line) for line in lines if line.strip()]
    return cases


def load_phrases(folder):
    """Sentences by their place in an intervention, and by ámbito."""
    return json.loads((pathlib.Path(folder) / "frases.json").read_text(encoding="utf-8"))


def is_held_out(case):
    return int(hashlib.sha256(case["hechos"].encode()).hexdigest(), 16) % 10 == 0


def sentences(text):
    return re.split(r"(?<=[.!?»])\s+(?=[A-ZÁÉÍÓÚÑ«¿])", text.strip())


def swap_words(text, rng):
    for first, second in SWAPS:
        for old, new in ((first, second), (second, first)):
            if re.search(rf"\b{old}\b", text) and rng.random() < 0.3:
                text = re.sub(rf"\b{old}\b", new, text)
                break
    return text


def vary_numbers(text, rng):
    def age(match):
        value = int(match.group(1)) + rng.randint(-3, 6)
        return f"{max(value, 4)} años"

    return re.sub(r"\b(\d{1,2}) años\b", age, text)


def vary_facts(text, provinces, rng):
    for name in provinces:
        if name in text and rng.random() < 0.7:
            text = text.replace(name, rng.choice(provinces))
            break
    parts = sentences(text)
    while len(parts) > 1 and rng.random() < 0.35:
        del parts[rng.randrange(len(parts))]
    text = " ".join(parts)
    if rng.random() < 0.25 and text[0].isupper() and re.match(r"(Un|Una|El|La|Los|Las|Dos|Tres|Varias|Varios)\b", text):
        opening = rng.choice([
            f"En {rng.choice(MONTHS)}, ", f"El pasado {rng.choice(DAYS)}, ", f"En {rng.choice(PLACES)}, ",
            f"A mediados de {rng.choice(MONTHS)}, ", "Hace unas semanas, ", "Hace unos días, ",
        ])
        text = opening + text[0].lower() + text[1:]
    return vary_numbers(swap_words(text, rng), rng)


def compose(case, phrases, rng):
    """An intervention of two to four whole sentences that fit the ámbito."""
    parts = [rng.choice(phrases["inicio"])] if rng.random() < 0.8 else []
    parts += rng.sample(phrases[case["ambito"]], rng.choice([1, 2, 2]))
    if rng.random() < 0.5:
        parts.append(rng.choice(phrases["cierre"]))
    return " ".join(parts)


def vary(case, peers, provinces, phrases, rng):
    """(facts, intervention, outcome) of one variant. `peers`: cases of the same ámbito, tipo and outcome."""
    facts = vary_facts(case["hechos"], provinces, rng)
    if rng.random() < 0.75:
        return facts, compose(case, phrases, rng), case["resultado"]
    source = rng.choice(peers) if rng.random() < 0.12 else case
    parts = sentences(source["intervencion"])
    if len(parts) > 2 and rng.random() < 0.25:
        del parts[rng.randrange(1, len(parts))]
    return facts, swap_words(" ".join(parts), rng), case["resultado"]


class Variants:
    """An endless, seeded stream of variants of the training cases."""

    def __init__(self, cases, phrases, seed):
        self.phrases = phrases
        self.cases = [case for case in cases if not is_held_out(case)]
        self.rng = random.Random(seed)
        self.provinces = sorted({case["provincia"] for case in cases} - {"Estatal"})
        self.peers = {}
        for case in self.cases:
            self.peers.setdefault((case["ambito"], case["tipo"], case["resultado"]), []).append(case)

    def next(self):
        case = self.rng.choice(self.cases)
        key = (case["ambito"], case["tipo"], case["resultado"])
        return vary(case, self.peers[key], self.provinces, self.phrases, self.rng)
