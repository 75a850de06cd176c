"""Reads assets/corpus/*.jsonl and makes, from a seed, as many training samples as are wanted.

Three kinds of sample, all invented for this project:
1. a written case, varied: places, ages and dates swapped, a sentence left out, near-synonyms exchanged;
2. the facts of a written case with an intervention composed for its ámbito from corpus_phrases.py;
3. facts and intervention both composed from corpus_phrases.py.
No sample is made of a held-out case (one in ten, chosen by a hash of its facts).

Phrases use a small notation: `<a;b>` is a choice at random; `[sing|plur]` and `[masc|fem|masc plur|fem plur]` agree with
the person affected; `{r}` the person (la joven), `{a}` with a (al joven), `{de}` with de, `{s}` and `{u}` as it is first named
(Un joven gitano, un joven gitano), `{le}` the pronoun; `{p}`, `{ap}`, `{dep}`, `{conp}`, `{unp}` the same for the place.
"""
import hashlib
import json
import pathlib
import random
import re

from corpus_phrases import AMBITOS, CLOSINGS, INFORMS, OPENINGS, PERSONS, PLACE_WORDS, PROOFS

MONTHS = ["enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"]
DAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado"]
SWAPS = [
    ("varias personas", "algunas personas"), ("señaló", "indicó"), ("manifestó", "expresó"), ("solicitó", "pidió"),
    ("comunicó", "hizo saber"), ("a continuación", "después"), ("en ese momento", "entonces"), ("además", "asimismo"),
    ("la entidad", "la asociación"), ("se remitió", "se envió"), ("Se remitió", "Se envió"), ("respondió", "contestó"),
]
LABELS = ["Positivo.", "Neutro.", "Negativo."]
# Shares of the outcomes by how much proof the composed facts hold: none, some, strong.
OUTCOME_SHARES = {0: (10, 32, 58), 1: (25, 38, 37), 2: (45, 35, 20)}


def load(folder):
    """The cases of every file, in the order of the files' names."""
    cases = []
    for path in sorted(pathlib.Path(folder).glob("*.jsonl")):
        with path.open(encoding="utf-8") as lines:
            cases += [json.loads(line) for line in lines if line.strip()]
    return cases


def is_held_out(case):
    return int(hashlib.sha256(case["hechos"].encode()).hexdigest(), 16) % 10 == 0


def sentences(text):
    return re.split(r"(?<=[.!?»])\s+(?=[A-ZÁÉÍÓÚÑ«¿])", text.strip())


def contract(preposition, noun):
    """`a` or `de` before a noun phrase, contracted with `el` (al, del)."""
    if noun.startswith("el "):
        return ("al " if preposition == "a" else "del ") + noun[3:]
    return f"{preposition} {noun}"


def upper_first(text):
    return text[:1].upper() + text[1:]


class Person:
    """Who was affected: `form` is m, f, mp or fp."""

    def __init__(self, subject, reference, form):
        self.subject, self.reference, self.form = subject, reference, form


class Place:
    """Where: a noun with its article, as `la tienda`."""

    def __init__(self, noun):
        self.noun = noun
        article, rest = noun.split(" ", 1)
        self.one = {"el": "un ", "la": "una ", "los": "unos ", "las": "unas "}[article] + rest


def fill(phrase, person, place, rng):
    """The phrase with its choices made and its agreements done."""
    phrase = re.sub(r"<([^<>]*)>", lambda m: rng.choice(m.group(1).split(";")), phrase)

    def agree(match):
        options = match.group(1).split("|")
        if len(options) == 2:
            return options[len(person.form) - 1]
        return options[("m", "f", "mp", "fp").index(person.form)]

    phrase = re.sub(r"\[([^\[\]]*)\]", agree, phrase)
    values = {
        "s": person.subject, "u": person.subject[:1].lower() + person.subject[1:], "r": person.reference, "a": contract("a", person.reference), "de": contract("de", person.reference),
        "le": "le" if len(person.form) == 1 else "les",
        "p": place.noun, "ap": contract("a", place.noun), "dep": contract("de", place.noun), "conp": "con " + place.noun,
        "unp": place.one, "n": str(rng.randint(2, 9)), "mes": rng.choice(MONTHS), "dia": rng.choice(DAYS),
    }
    return re.sub(r"\{(\w+)\}", lambda m: values[m.group(1)], phrase)


def person_in(text):
    """The person affected as the facts name them first, or the neutral words where none is recognised."""
    found = []
    for subject, reference, form in PERSONS:
        noun = reference.split(" ", 1)[1]
        match = re.search(rf"\b{noun}\b", text)
        if match:
            found.append((match.start(), -len(noun), subject, reference, form))
    if found:
        return Person(*min(found)[2:])
    return Person("Una persona gitana", "la persona afectada", "f")


def place_in(text, ambito):
    """The place as the facts name it first, or the ámbito's general word."""
    found = [(m.start(), noun) for noun in PLACE_WORDS[ambito] if (m := re.search(rf"\b{noun.split(' ', 1)[1]}\b", text))]
    return Place(min(found)[1] if found else AMBITOS[ambito]["general"])


def compose_intervention(ambito, person, place, rng):
    """Two or three sentences: what was explained, what was asked of whom, and what was added."""
    phrases = AMBITOS[ambito]
    inform = rng.choice(phrases["informs"] if rng.random() < 0.6 else INFORMS)
    act = rng.choice(phrases["acts"])
    parts = [act, inform] if rng.random() < 0.2 else [inform, act]
    if rng.random() < 0.45:
        parts.append(rng.choice(phrases["also"] if rng.random() < 0.6 else CLOSINGS))
    return " ".join(upper_first(fill(part, person, place, rng)) for part in parts)


def compose_facts(ambito, provinces, rng):
    """(facts, person, place, strength of the proof)."""
    phrases = AMBITOS[ambito]
    person = Person(*rng.choice([p for p in PERSONS if p[2] in phrases.get("forms", ("m", "f", "mp", "fp"))]))
    place = Place(rng.choice(PLACE_WORDS[ambito]))
    parts = [rng.choice(phrases["events"])]
    if rng.random() < 0.7:
        parts.append(rng.choice(phrases["details"]))
    strength = rng.choices((0, 1, 2), (45, 30, 25))[0]
    if strength or rng.random() < 0.6:
        parts.append(rng.choice(PROOFS[strength]))
    parts = [upper_first(fill(part, person, place, rng)) for part in parts]
    if rng.random() < 0.4:
        opening = fill(rng.choice(OPENINGS), person, place, rng).replace("PROVINCIA", rng.choice(provinces))
        parts[0] = f"{opening}, {parts[0][:1].lower()}{parts[0][1:]}"
    return " ".join(parts), person, place, strength


def swap_words(text, rng):
    for first, second in SWAPS:
        for old, new in ((first, second), (second, first)):
            if re.search(rf"\b{old}\b", text) and rng.random() < 0.3:
                text = re.sub(rf"\b{old}\b", new, text)
                break
    return text


def vary_facts(text, provinces, rng):
    for name in provinces:
        if re.search(rf"\b{name}\b", text) and rng.random() < 0.7:
            text = re.sub(rf"\b{name}\b", rng.choice(provinces), text)
            break
    parts = sentences(text)
    if len(parts) > 2 and rng.random() < 0.35:
        del parts[rng.randrange(1, len(parts))]
    if len(parts) > 1 and rng.random() < 0.15:
        parts = parts[: max(1, len(parts) // 2)]
    text = " ".join(parts)
    if rng.random() < 0.25 and re.match(r"(Un|Una|El|La|Los|Las|Dos|Tres|Varias|Varios)\b", text):
        opening = rng.choice([f"En {rng.choice(MONTHS)}, ", f"El pasado {rng.choice(DAYS)}, ", "Hace unas semanas, ", "Hace unos días, "])
        text = opening + text[0].lower() + text[1:]
    text = re.sub(r"\b(\d{1,2}) años\b", lambda m: f"{max(int(m.group(1)) + rng.randint(-3, 6), 4)} años", text)
    return swap_words(text, rng)


class Variants:
    """An endless, seeded stream of (facts, intervention, outcome). `shares`: of the three kinds, as the head lists them."""

    def __init__(self, cases, seed, shares=(0.12, 0.40, 0.48)):
        self.cases = [case for case in cases if not is_held_out(case)]
        self.by_ambito = {}
        for case in self.cases:
            self.by_ambito.setdefault(case["ambito"], []).append(case)
        self.rng = random.Random(seed)
        self.shares = shares
        self.provinces = sorted({case["provincia"] for case in cases} - {"Estatal"})

    def next(self):
        rng = self.rng
        kind = rng.choices((1, 2, 3), self.shares)[0]
        ambito = rng.choice(sorted(AMBITOS))
        if kind == 3:
            facts, person, place, strength = compose_facts(ambito, self.provinces, rng)
            if rng.random() < 0.05:
                facts += " " + compose_facts(ambito, self.provinces, rng)[0]
            outcome = rng.choices(LABELS, OUTCOME_SHARES[strength])[0]
            return facts, compose_intervention(ambito, person, place, rng), outcome
        case = rng.choice(self.cases if kind == 1 else self.by_ambito.get(ambito, self.cases))
        facts = vary_facts(case["hechos"], self.provinces, rng)
        if kind == 2:
            person, place = person_in(case["hechos"]), place_in(case["hechos"], case["ambito"])
            return facts, compose_intervention(case["ambito"], person, place, rng), case["resultado"]
        parts = sentences(case["intervencion"])
        if len(parts) > 2 and rng.random() < 0.25:
            del parts[rng.randrange(1, len(parts))]
        return facts, swap_words(" ".join(parts), rng), case["resultado"]
