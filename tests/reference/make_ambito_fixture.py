"""Write what scikit-learn's ComplementNB tells of cases of the corpus, for tests/eval.rs: tests/fixtures/eval/ambito.json.

    python make_ambito_fixture.py            # scikit-learn >= 1.7

Learned from every ninth case, each case's facts and intervention a text of their own; told of other cases. Words are runs of
letters and digits in lower case; features are words and pairs of neighbours. For each text: the scores of the ámbitos in the
order of `classes`, and the one that is said. One ámbito has no case to learn from.
"""
import json, pathlib, re
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.naive_bayes import ComplementNB

ROOT = pathlib.Path(__file__).parent.parent
MISSING = "Otros"


def features(text):
    words = re.findall(r"[^\W_]+", text.lower())
    return words + [" ".join(pair) for pair in zip(words, words[1:])]


cases = [json.loads(line) for path in sorted((ROOT.parent / "assets" / "corpus").glob("*.jsonl")) for line in path.open(encoding="utf-8")]
learned = [case for case in cases[::9] if case["ambito"] != MISSING]
told = cases[4::60]
vectorizer, model = CountVectorizer(analyzer=features), ComplementNB(alpha=1.0)
texts = [text for case in learned for text in (case["hechos"], case["intervencion"])]
model.fit(vectorizer.fit_transform(texts), [case["ambito"] for case in learned for _ in range(2)])
read = [text for case in told for text in (case["hechos"], case["intervencion"])]
scores = model.predict_joint_log_proba(vectorizer.transform(read))
out = {
    "classes": model.classes_.tolist(),
    "learned": [{name: case[name] for name in ("hechos", "intervencion", "ambito")} for case in learned],
    "told": [{"text": text, "scores": row.tolist(), "said": model.classes_[row.argmax()]} for text, row in zip(read, scores)],
}
path = ROOT / "fixtures" / "eval" / "ambito.json"
path.write_text(json.dumps(out, ensure_ascii=False) + "\n", encoding="utf-8")
