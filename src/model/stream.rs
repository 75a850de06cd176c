//! Tokens to text while they come: a token may end in the middle of a letter, and half a letter is never shown.

use super::Tokenizer;

/// Holds the bytes of a letter that is not yet whole.
#[derive(Debug, Default, Clone)]
pub struct StreamDecoder {
    pending: Vec<u8>,
}

impl StreamDecoder {
    /// The text that the next token makes whole; empty while a letter is incomplete.
    pub fn push(&mut self, tokenizer: &Tokenizer, id: u32) -> String {
        self.push_bytes(tokenizer.bytes_of(id))
    }

    fn push_bytes(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let mut text = String::new();
        loop {
            match std::str::from_utf8(&self.pending) {
                Ok(valid) => {
                    text.push_str(valid);
                    self.pending.clear();
                    return text;
                }
                Err(error) => {
                    let valid = error.valid_up_to();
                    text.push_str(&String::from_utf8_lossy(&self.pending[..valid]));
                    let Some(bad) = error.error_len() else {
                        self.pending.drain(..valid);
                        return text;
                    };
                    // Can't become a letter any more: shown as what it is, a fault.
                    text.push(char::REPLACEMENT_CHARACTER);
                    self.pending.drain(..valid + bad);
                }
            }
        }
    }

    /// What remains at the end: a replacement character for half a letter, or nothing.
    pub fn flush(&mut self) -> String {
        let text = String::from_utf8_lossy(&self.pending).into_owned();
        self.pending.clear();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_whole_whatever_the_cuts() {
        let text = "añadió «¿qué?» 🙂 fin";
        for size in 1..6 {
            let mut decoder = StreamDecoder::default();
            let mut streamed = String::new();
            for piece in text.as_bytes().chunks(size) {
                let delta = decoder.push_bytes(piece);
                assert!(!delta.contains(char::REPLACEMENT_CHARACTER));
                streamed.push_str(&delta);
            }
            assert_eq!(streamed + &decoder.flush(), text);
        }
    }

    #[test]
    fn bytes_that_are_no_letter_do_not_stop_the_stream() {
        let mut decoder = StreamDecoder::default();
        assert_eq!(decoder.push_bytes(b"a\xffb\xc3"), "a\u{fffd}b");
        assert_eq!(decoder.push_bytes(b"\xb1"), "ñ");
        assert_eq!(decoder.push_bytes(b"\xc3"), "");
        assert_eq!(decoder.flush(), "\u{fffd}");
        assert_eq!(decoder.flush(), "");
    }
}
