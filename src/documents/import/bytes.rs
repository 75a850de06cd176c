//! Bytes into text, whatever encoding an office's programs wrote them in.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A text and the encoding that it was in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decoded {
    pub(super) text: String,
    /// Its name in the Encoding Standard, such as `windows-1252`.
    pub(super) encoding: &'static str,
    /// Letters that were in another encoding than the rest, and read as Windows-1252.
    pub(super) mended: usize,
}

/// Reads bytes as text. A byte order mark decides; else UTF-16 is known by its zeros, UTF-8 by its form, and the rest is
/// guessed as browsers guess it.
pub(super) fn decode(bytes: &[u8]) -> Decoded {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return whole(&bytes[mark..], encoding);
    }
    if let Some(encoding) = utf16_by_zeros(bytes) {
        return whole(bytes, encoding);
    }
    let (mut valid, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    if broken == 0 || valid > 10 * broken {
        return utf8(bytes, broken);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    whole(bytes, detector.guess(Some(b"es"), Utf8Detection::Deny))
}

fn whole(bytes: &[u8], encoding: &'static Encoding) -> Decoded {
    let (text, _) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: text.into_owned(), encoding: encoding.name(), mended: 0 }
}

/// UTF-8 in which some letters were pasted in from Windows: they are read as what they are.
fn utf8(bytes: &[u8], broken: usize) -> Decoded {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    Decoded { text, encoding: UTF_8.name(), mended: broken }
}

/// UTF-16 without a mark: nearly every second byte of a Spanish text is zero.
fn utf16_by_zeros(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096) & !1];
    if sample.len() < 4 {
        return None;
    }
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    match (even * 10 >= half * 7, odd * 10 >= half * 7) {
        (false, true) => Some(UTF_16LE),
        (true, false) => Some(UTF_16BE),
        _ => None,
    }
}

/// A cell that was read in one encoding and written in another (`ExpresiÃ³n`), as it was meant; none where it is in order.
pub(super) fn unmix(cell: &str) -> Option<String> {
    if !cell.contains(['Ã', 'Â', 'â']) {
        return None;
    }
    let (bytes, _, unmappable) = WINDOWS_1252.encode(cell);
    if unmappable {
        return None;
    }
    let text = std::str::from_utf8(&bytes).ok()?;
    (text.chars().count() < cell.chars().count()).then(|| text.to_owned())
}

/// The letter that Windows-1252 has where Latin-1 has a control character (`\u{93}` is «“»); none elsewhere.
pub(super) fn of_windows(c: char) -> Option<char> {
    let byte = u8::try_from(u32::from(c)).ok().filter(|byte| (0x80..0xa0).contains(byte))?;
    let letter = WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next()?;
    (!letter.is_control()).then_some(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "hechos;provincia\r\nSe negó el acceso a una mujer gitana: «¿por qué?»;Ávila\r\n";

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn every_encoding_of_an_office_is_known() {
        let latin = WINDOWS_1252.encode(TEXT).0.into_owned();
        let marked = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        for (bytes, name) in [
            (TEXT.as_bytes().to_vec(), "UTF-8"),
            (marked(b"\xef\xbb\xbf", TEXT.as_bytes().to_vec()), "UTF-8"),
            (marked(b"\xff\xfe", utf16(TEXT, true)), "UTF-16LE"),
            (marked(b"\xfe\xff", utf16(TEXT, false)), "UTF-16BE"),
            (utf16(TEXT, true), "UTF-16LE"),
            (utf16(TEXT, false), "UTF-16BE"),
            (latin, "windows-1252"),
        ] {
            assert_eq!(decode(&bytes), Decoded { text: TEXT.into(), encoding: name, mended: 0 });
        }
        assert_eq!(decode(b"").text, "");
    }

    #[test]
    fn letters_of_windows_in_utf8_are_read_as_they_were_meant() {
        let mut bytes = TEXT.repeat(20).into_bytes();
        bytes.extend(b"dijo \x93no\x94\n");
        let decoded = decode(&bytes);
        assert!(decoded.text.ends_with("dijo “no”\n"));
        assert_eq!((decoded.encoding, decoded.mended), ("UTF-8", 2));
        assert_eq!(
            (of_windows('\u{93}'), of_windows('\u{85}'), of_windows('ñ'), of_windows('\u{81}')),
            (Some('“'), Some('…'), None, None)
        );
    }

    #[test]
    fn what_was_decoded_twice_is_read_once() {
        assert_eq!(unmix("ExpresiÃ³n de los â€œvecinosâ€\u{9d}").as_deref(), Some("Expresión de los “vecinos”"));
        for text in ["Expresión", "SÃO PAULO", "Ângela", ""] {
            assert_eq!(unmix(text), None, "{text}");
        }
    }
}
