//! Words and sentences of a text: finding them whole, replacing them, and what a sentence says that the facts don't.

use std::collections::HashSet;

/// A place in a text where `word` stands whole, from `from` on.
pub(super) fn find_from(text: &str, word: &str, from: usize) -> Option<usize> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut start = from;
    while let Some(found) = text.get(start..)?.find(word) {
        let at = start + found;
        let end = at + word.len();
        if !letter(text[..at].chars().next_back()) && !letter(text[end..].chars().next()) {
            return Some(at);
        }
        start = at + text[at..].chars().next().map_or(1, char::len_utf8);
    }
    None
}

/// Where `word` first stands whole.
pub(super) fn find(text: &str, word: &str) -> Option<usize> {
    find_from(text, word, 0)
}

/// Replaces `word` wherever it stands whole.
pub(super) fn replace(text: &mut String, word: &str, by: &str) {
    let mut from = 0;
    while let Some(at) = find_from(text, word, from) {
        text.replace_range(at..at + word.len(), by);
        from = at + by.len();
    }
}

/// The words of a text, in lower case, without signs.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// The sentences of a text: they end in a full stop, an exclamation or question mark, or such with a closing quote, and
/// the next begins with a capital or an opening sign.
pub(super) fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(' ') {
        let next = text[at + 1..].chars().next();
        let ends = text[..at].ends_with(['.', '!', '?', '»']);
        if ends && next.is_some_and(|c| c.is_uppercase() || matches!(c, '«' | '¿' | '¡')) && at > start {
            found.push(&text[start..at]);
            start = at + 1;
        }
    }
    found.push(&text[start..]);
    found.retain(|sentence| !sentence.is_empty());
    found
}

/// Words of a sentence about laws.
const LAWS: [&str; 12] = [
    "ley",
    "leyes",
    "artículo",
    "artículos",
    "código",
    "directiva",
    "decreto",
    "constitución",
    "estatuto",
    "reglamento",
    "convenio",
    "jurisprudencia",
];

/// Whether a sentence names no number, name, law or quotation that the facts don't.
pub(super) fn is_faithful(sentence: &str, facts: &str) -> bool {
    let known = words(facts);
    let parts = sentence.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    for (number, part) in parts.enumerate() {
        let lower = part.to_lowercase();
        let number_or_name = part.contains(char::is_numeric) || (number > 0 && part.starts_with(char::is_uppercase));
        if (number_or_name || LAWS.contains(&lower.as_str())) && !known.contains(&lower) {
            return false;
        }
    }
    let quotations = sentence.split('«').skip(1).map(|rest| rest.split('»').next().unwrap_or(rest));
    quotations.into_iter().all(|quotation| facts.contains(quotation))
}

/// The beginning that a word shares with its other forms.
fn stem(word: &str) -> String {
    word.chars().take(5).collect()
}

/// The stems of a text's words.
pub(super) fn stems(text: &str) -> HashSet<String> {
    words(text).iter().map(|word| stem(word)).collect()
}

/// Whether a sentence keeps to what the facts and `usual` words tell: one longer word more is borne.
pub(super) fn is_near(sentence: &str, facts: &str, usual: &HashSet<String>) -> bool {
    let told = stems(facts);
    let strange = |word: &&String| {
        let stem = stem(word);
        word.chars().count() > 4 && !told.contains(&stem) && !usual.contains(&stem)
    };
    words(sentence).iter().filter(strange).count() <= 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_words_are_found_and_replaced() {
        let mut text = "la tía y la tíalla, tía".to_owned();
        assert_eq!(find(&text, "tíal"), None);
        replace(&mut text, "tía", "prima");
        assert_eq!(text, "la prima y la tíalla, prima");
        replace(&mut text, "prima", "la prima");
        assert_eq!(text, "la la prima y la tíalla, la prima", "what was put in is not looked at again");
    }

    #[test]
    fn a_sentence_is_near_the_facts_when_it_keeps_to_their_words_and_the_usual_ones() {
        let usual = stems("Se pidió a la dirección que retirara");
        let facts = "Un cartel en la piscina prohibía la entrada.";
        assert!(is_near("Se pidió que se retirase el cartel de la piscina con amabilidad.", facts, &usual));
        assert!(!is_near("El veterinario certificó la edad del galgo.", facts, &usual));
    }

    #[test]
    fn sentences_end_where_the_next_begins() {
        let text = "Le dijo: «No. Fuera.» ¿Por qué? Vale 3.5 euros. fin. Y ya.";
        assert_eq!(sentences(text), ["Le dijo: «No.", "Fuera.»", "¿Por qué?", "Vale 3.5 euros. fin.", "Y ya."]);
    }

    #[test]
    fn a_sentence_may_repeat_what_the_facts_say_and_add_no_number_name_law_or_quotation() {
        let facts = "En Lugo, un bar cobró 20 euros de más. «Es lo que hay», dijo.";
        for good in ["Se reclamó el dinero.", "Se pidieron los 20 euros en Lugo.", "Se recordó aquel «Es lo que hay»."]
        {
            assert!(is_faithful(good, facts), "{good}");
        }
        for bad in [
            "Se pidieron 30 euros.",
            "Se escribió a Vigo.",
            "Se recordó la ley de consumo.",
            "Contestaron que «no hay nada».",
            "Se citó el artículo 510.",
        ] {
            assert!(!is_faithful(bad, facts), "{bad}");
        }
    }
}
