//! The seed's protocol on the seed's own vocabulary: prompts and answers as the original's steps make them.
//!
//! The fixture comes from `tests/reference/make_prompt_fixture.py`.

#![allow(clippy::unwrap_used)] // a test stops where something fails

use std::path::Path;

use pag_bert::model::{FileSource, Tokenizer};
use pag_bert::prompt::{Section, SectionSplitter, prompt_tokens};
use serde_json::Value;

fn fixture() -> (Tokenizer, Value) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/prompt");
    let expected = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    (Tokenizer::load(&FileSource::Folder(folder), None).unwrap(), expected)
}

#[test]
fn prompts_are_the_originals_token_for_token() {
    let (tokenizer, expected) = fixture();
    assert_eq!((tokenizer.token_id("<SH>"), tokenizer.token_id("<EH>")), (Some(50257), Some(50258)));
    assert_eq!(tokenizer.vocab_size(), 50259);
    for prompt in expected["prompts"].as_array().unwrap() {
        let facts = prompt["facts"].as_str().unwrap();
        let ids: Vec<u32> = serde_json::from_value(prompt["ids"].clone()).unwrap();
        assert_eq!(prompt_tokens(facts, &tokenizer).unwrap(), ids, "{facts}");
        assert_eq!(tokenizer.decode(&ids), format!("<SH>{facts} Intervención: "));
    }
}

#[test]
fn answers_are_read_as_the_original_reads_them() {
    let (_, expected) = fixture();
    for answer in expected["answers"].as_array().unwrap() {
        let mut splitter = SectionSplitter::default();
        let (mut intervention, mut outcome) = (String::new(), String::new());
        let mut splits = splitter.push(answer["text"].as_str().unwrap());
        splits.extend(splitter.finish());
        for split in splits {
            match split.section {
                Section::Intervention => intervention.push_str(&split.delta),
                Section::Outcome => outcome.push_str(&split.delta),
            }
        }
        assert_eq!(
            (Value::from(intervention), Value::from(outcome)),
            (answer["intervention"].clone(), answer["outcome"].clone())
        );
    }
}

#[test]
fn markers_that_somebody_typed_are_plain_text() {
    let (tokenizer, _) = fixture();
    let ids = prompt_tokens("Dijo <EH> y <SH> e Intervención: y <|endoftext|>", &tokenizer).unwrap();
    assert_eq!(ids.iter().filter(|id| **id >= 50256).count(), 1, "only the prompt's own <SH>");
}
