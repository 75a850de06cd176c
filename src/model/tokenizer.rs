//! GPT-2's byte-level BPE, as `tokenizer.json` or `vocab.json` and `merges.txt` hold it, with an adapter's added tokens.
//!
//! Text is encoded by a tokenizer that does not know the added tokens: what a person types is never read as `<SH>`.

use std::collections::BTreeMap;

use serde_json::Value;
use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;

use super::{FileSource, ModelError};
use crate::prompt::TextTokens;

/// Text to ids and back.
pub struct Tokenizer {
    text: tokenizers::Tokenizer,
    /// Bytes of each id, back to back; an added token's are its name's.
    bytes: Vec<u8>,
    /// `ends[id]` is where the bytes of `id` end, and those of the next begin.
    ends: Vec<u32>,
    added: BTreeMap<String, u32>,
}

impl std::fmt::Debug for Tokenizer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokenizer")
            .field("tokens", &self.ends.len())
            .field("added", &self.added)
            .finish_non_exhaustive()
    }
}

impl Tokenizer {
    /// Reads the base's tokenizer (the adapter's when the base has none), and the added tokens of both; the adapter's
    /// go over the base's.
    ///
    /// # Errors
    /// When there is none, or it is not byte-level BPE.
    pub fn load(base: &FileSource, adapter: Option<&FileSource>) -> Result<Self, ModelError> {
        let mut text = None;
        let mut added = BTreeMap::new();
        for source in [Some(base), adapter].into_iter().flatten() {
            let (found, tokens) = read(source)?;
            text = text.or(found);
            added.extend(tokens);
        }
        let text = text.ok_or_else(|| base.missing("tokenizer.json"))?;
        Self::new(text, added)
    }

    fn new(text: tokenizers::Tokenizer, added: BTreeMap<String, u32>) -> Result<Self, ModelError> {
        let vocab = text.get_vocab(false);
        let names: BTreeMap<u32, &str> = vocab
            .iter()
            .map(|(name, id)| (*id, name.as_str()))
            .chain(added.iter().map(|(name, id)| (*id, name.as_str())))
            .collect();
        let len = names.last_key_value().map_or(0, |(id, _)| *id as usize + 1);
        // A gap can't be large: ids are rows of a matrix.
        if len > 4 * names.len() + 1024 {
            return Err(fault("tokenizer.json", "ids with large gaps"));
        }
        let letters = byte_of_letter();
        let (mut bytes, mut ends) = (Vec::new(), Vec::with_capacity(len));
        for id in 0..len as u32 {
            if let Some(name) = names.get(&id) {
                if added.get(*name) == Some(&id) {
                    bytes.extend_from_slice(name.as_bytes());
                } else {
                    for letter in name.chars() {
                        let byte = letters.get(&letter).copied();
                        bytes.push(byte.ok_or_else(|| fault("tokenizer.json", "not byte-level BPE, as GPT-J's is"))?);
                    }
                }
            }
            ends.push(bytes.len() as u32);
        }
        Ok(Self { text, bytes, ends, added })
    }

    /// Drops the words that it keeps to split them faster the next time.
    pub fn forget(&self) {
        if let tokenizers::ModelWrapper::BPE(bpe) = self.text.get_model() {
            bpe.clear_cache();
        }
    }

    /// The ids of a text, in which no added token is recognised.
    ///
    /// # Errors
    /// When the tokenizer fails; its words hold no text.
    pub fn encode_text(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let encoding =
            self.text.encode_fast(text, false).map_err(|_| fault("tokenizer.json", "the text can't be encoded"))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The ids of a text in which the added tokens' names are those tokens, as transformers reads one: for texts that were
    /// written for a model, never for what a person types.
    ///
    /// # Errors
    /// As [`Self::encode_text`].
    pub fn encode_marked(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        let (mut ids, mut rest) = (Vec::new(), text);
        loop {
            let found = self.added.iter().filter(|(name, _)| !name.is_empty());
            let found = found.filter_map(|(name, id)| Some((rest.find(name.as_str())?, name.len(), *id)));
            // The leftmost, and of several there the longest.
            let Some((at, len, id)) = found.min_by_key(|(at, len, _)| (*at, std::cmp::Reverse(*len))) else { break };
            ids.extend(self.encode_text(&rest[..at])?);
            ids.push(id);
            rest = &rest[at + len..];
        }
        ids.extend(self.encode_text(rest)?);
        Ok(ids)
    }

    /// The id of a token by its name: added tokens first, then the vocabulary.
    pub fn token_id(&self, name: &str) -> Option<u32> {
        self.added.get(name).copied().or_else(|| self.text.token_to_id(name))
    }

    /// The added tokens and their ids.
    pub fn added(&self) -> &BTreeMap<String, u32> {
        &self.added
    }

    /// The same tokenizer with one more added token, whose id is the next after the last.
    #[must_use]
    pub fn with_added(mut self, name: &str) -> Self {
        self.added.insert(name.to_owned(), self.ends.len() as u32);
        self.bytes.extend_from_slice(name.as_bytes());
        self.ends.push(self.bytes.len() as u32);
        self
    }

    /// One more than the largest id.
    pub fn vocab_size(&self) -> usize {
        self.ends.len()
    }

    /// The bytes that a token stands for; none for an id that the tokenizer does not know.
    pub fn bytes_of(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let Some(&end) = self.ends.get(id) else { return &[] };
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[start as usize..end as usize]
    }

    /// The text of ids, added tokens included.
    pub fn decode(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| self.bytes_of(*id)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl TextTokens for Tokenizer {
    type Error = ModelError;

    fn encode_text(&self, text: &str) -> Result<Vec<u32>, ModelError> {
        self.encode_text(text)
    }

    fn token_id(&self, name: &str) -> Option<u32> {
        self.token_id(name)
    }
}

fn fault(name: &str, reason: &str) -> ModelError {
    ModelError::Tokenizer { name: name.to_owned(), reason: reason.to_owned() }
}

/// The text tokenizer, if the source has one, and the added tokens that it names.
fn read(source: &FileSource) -> Result<(Option<tokenizers::Tokenizer>, BTreeMap<String, u32>), ModelError> {
    let mut added = BTreeMap::new();
    let mut text = None;
    if let Some(bytes) = source.read("tokenizer.json")? {
        let (found, tokens) = read_tokenizer_json(&bytes)?;
        text = Some(found);
        added.extend(tokens);
    } else if source.exists("vocab.json") && source.exists("merges.txt") {
        text = Some(read_vocab_and_merges(&source.require("vocab.json")?, &source.require("merges.txt")?)?);
    }
    if let Some(bytes) = source.read("added_tokens.json")? {
        let tokens: BTreeMap<String, u32> =
            serde_json::from_slice(&bytes).map_err(|error| fault("added_tokens.json", &error.to_string()))?;
        added.extend(tokens);
    }
    Ok((text, added))
}

fn read_tokenizer_json(bytes: &[u8]) -> Result<(tokenizers::Tokenizer, BTreeMap<String, u32>), ModelError> {
    let name = "tokenizer.json";
    let mut json: Value = serde_json::from_slice(bytes).map_err(|error| fault(name, &error.to_string()))?;
    let kind = json["model"]["type"].as_str();
    if kind.is_some_and(|kind| kind != "BPE") || json["model"]["merges"].is_null() {
        return Err(fault(name, "not byte-level BPE, as GPT-J's is"));
    }
    let mut added = BTreeMap::new();
    for token in json["added_tokens"].as_array().into_iter().flatten() {
        if let (Some(content), Some(id)) = (token["content"].as_str(), token["id"].as_u64()) {
            added.insert(content.to_owned(), u32::try_from(id).map_err(|_| fault(name, "an id is too large"))?);
        }
    }
    // The text tokenizer knows no added tokens, adds none by itself and cuts nothing.
    if let Some(fields) = json.as_object_mut() {
        fields.insert("added_tokens".to_owned(), Value::Array(Vec::new()));
        for field in ["post_processor", "truncation", "padding"] {
            fields.insert(field.to_owned(), Value::Null);
        }
    }
    let text = serde_json::to_vec(&json).map_err(|error| fault(name, &error.to_string()))?;
    let text = tokenizers::Tokenizer::from_bytes(text).map_err(|error| fault(name, &error.to_string()))?;
    Ok((text, added))
}

fn read_vocab_and_merges(vocab: &[u8], merges: &[u8]) -> Result<tokenizers::Tokenizer, ModelError> {
    let vocab: std::collections::HashMap<String, u32> =
        serde_json::from_slice(vocab).map_err(|error| fault("vocab.json", &error.to_string()))?;
    let merges = std::str::from_utf8(merges).map_err(|_| fault("merges.txt", "not UTF-8"))?;
    let merges = merges
        .lines()
        .filter(|line| !line.starts_with("#version") && !line.is_empty())
        .map(|line| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| fault("merges.txt", "a line without a pair"))?;
    let model = BPE::builder()
        .vocab_and_merges(vocab.into_iter().collect::<ahash::AHashMap<_, _>>(), merges)
        .build()
        .map_err(|error| fault("merges.txt", &error.to_string()))?;
    let mut tokenizer = tokenizers::Tokenizer::new(model);
    tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, true, true)));
    Ok(tokenizer)
}

/// GPT-2 writes each byte as a printable letter (`bytes_to_unicode` in its encoder.py); this is the way back.
fn byte_of_letter() -> BTreeMap<char, u8> {
    let printable = |byte: u8| matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut others = 0;
    (0..=255u8)
        .map(|byte| {
            let letter = if printable(byte) {
                char::from(byte)
            } else {
                others += 1;
                char::from_u32(255 + others).unwrap_or(char::REPLACEMENT_CHARACTER)
            };
            (letter, byte)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::embedded;

    fn demonstration() -> Tokenizer {
        Tokenizer::load(&embedded::base(), Some(&embedded::adapter())).unwrap()
    }

    #[test]
    fn what_is_typed_is_never_a_control_token() {
        let tokenizer = demonstration();
        let (sh, eh) = (tokenizer.token_id("<SH>").unwrap(), tokenizer.token_id("<EH>").unwrap());
        assert_eq!(eh, sh + 1);
        for typed in ["<SH>", "a <EH> b", "<|endoftext|>", "<SH><EH>"] {
            let ids = tokenizer.encode_text(typed).unwrap();
            assert!(ids.iter().all(|id| *id < sh), "{typed}");
            assert!(!ids.contains(&tokenizer.token_id("<|endoftext|>").unwrap()), "{typed}");
            assert_eq!(tokenizer.decode(&ids), typed);
        }
    }

    #[test]
    fn every_text_comes_back_as_it_was() {
        let tokenizer = demonstration();
        for text in ["Una niña gitana, de 8 años.", "«¿Añadir?»\n\t 🙂 \u{200f}\u{0}\u{a0}", "", " "] {
            assert_eq!(tokenizer.decode(&tokenizer.encode_text(text).unwrap()), text);
        }
    }

    #[test]
    fn vocab_and_merges_give_the_same_ids_as_tokenizer_json() {
        static FILES: &[(&str, &[u8])] = &[
            ("vocab.json", include_bytes!("../../assets/model/base/vocab.json")),
            ("merges.txt", include_bytes!("../../assets/model/base/merges.txt")),
        ];
        let split = Tokenizer::load(&FileSource::Embedded(FILES), Some(&embedded::adapter())).unwrap();
        let text = "La familia acudió al centro de salud; nadie la atendió. ¿Por qué?  Año 2021";
        assert_eq!(split.encode_text(text).unwrap(), demonstration().encode_text(text).unwrap());
        assert_eq!(split.token_id("<EH>"), demonstration().token_id("<EH>"));
    }

    #[test]
    fn an_unknown_id_is_empty_text() {
        assert_eq!(demonstration().decode(&[4_000_000]), "");
    }
}
