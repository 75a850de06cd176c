//! Words as the search sees them: letters and digits, without case and accents (`unicode61 remove_diacritics 2`).

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A word's letters without case and accents; ñ becomes n, as for the index.
pub(super) fn fold(word: &str) -> String {
    word.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// As [`fold`], but with ñ written as `nzz`, which no Spanish word has: what tells «año» from «ano».
pub(super) fn fold_with_ene(word: &str) -> String {
    let composed: String = word.nfc().collect();
    composed
        .split_inclusive(['ñ', 'Ñ'])
        .map(|part| match part.strip_suffix(['ñ', 'Ñ']) {
            Some(before) => format!("{}nzz", fold(before)),
            None => fold(part),
        })
        .collect()
}

/// Where words begin and end, in bytes. Combining marks belong to the letter before them.
pub(super) fn bounds(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut chars = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let start = loop {
            let (at, c) = chars.next()?;
            if c.is_alphanumeric() {
                break at;
            }
        };
        while chars.next_if(|(_, c)| c.is_alphanumeric() || is_combining_mark(*c)).is_some() {}
        Some((start, chars.peek().map_or(text.len(), |(at, _)| *at)))
    })
}

/// The words of a text, as they are written.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    bounds(text).map(|(start, end)| &text[start..end])
}

/// The words of a text without case and accents.
pub(super) fn folded(text: &str) -> impl Iterator<Item = String> {
    words(text).map(fold)
}

/// Whether the word has an ñ.
pub(super) fn has_ene(word: &str) -> bool {
    word.nfc().any(|c| matches!(c, 'ñ' | 'Ñ'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_case_and_accents_only() {
        assert_eq!(folded("¿Acción, PINGÜINO? c/ 3º-B").collect::<Vec<_>>(), ["accion", "pinguino", "c", "3º", "b"]);
        let apart = "nin\u{303}o jugo\u{301}";
        assert_eq!(words(apart).collect::<Vec<_>>(), ["nin\u{303}o", "jugo\u{301}"]);
        assert_eq!(folded(apart).collect::<Vec<_>>(), ["nino", "jugo"]);
    }

    #[test]
    fn ene_is_kept_apart() {
        for (word, with) in
            [("año", "anzzo"), ("AÑOS", "anzzos"), ("an\u{303}o", "anzzo"), ("ano", "ano"), ("ñ", "nzz")]
        {
            assert_eq!(fold_with_ene(word), with);
        }
        assert!(has_ene("An\u{303}o") && !has_ene("ano"));
    }
}
