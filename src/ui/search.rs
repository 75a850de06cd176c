//! Finding: cases in the list, words in a text. Accents and capitals make no difference.

use crate::domain::Case;

/// One letter without its accent, in lower case.
fn plain(letter: char) -> char {
    let lower = letter.to_lowercase().next().unwrap_or(letter);
    match lower {
        'á' | 'à' | 'ä' | 'â' => 'a',
        'é' | 'è' | 'ë' | 'ê' => 'e',
        'í' | 'ì' | 'ï' | 'î' => 'i',
        'ó' | 'ò' | 'ö' | 'ô' => 'o',
        'ú' | 'ù' | 'ü' | 'û' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
}

/// A text for comparing; as many letters as before.
pub(crate) fn folded(text: &str) -> String {
    text.chars().map(plain).collect()
}

/// Whether every word of the (folded) query stands somewhere in the case.
pub(crate) fn matches(case: &Case, folded_query: &str) -> bool {
    let mut text = String::new();
    let labels = [case.ambito.map_or("", |ambito| ambito.label()), case.tipo.map_or("", |tipo| tipo.label())];
    let fields = [case.number.as_str(), &case.hechos, &case.intervencion, &case.resultado_texto, &case.fecha];
    for field in fields.into_iter().chain(labels).chain(case.provincia.as_deref()) {
        text.extend(field.chars().map(plain));
        text.push('\n');
    }
    folded_query.split_whitespace().all(|word| text.contains(word))
}

/// Where the query stands in the text, as byte ranges on letters' edges.
pub(crate) fn ranges(text: &str, query: &str) -> Vec<std::ops::Range<usize>> {
    let query: Vec<char> = query.trim().chars().map(plain).collect();
    if query.is_empty() {
        return Vec::new();
    }
    let letters: Vec<(usize, char)> = text.char_indices().map(|(at, letter)| (at, plain(letter))).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + query.len() <= letters.len() {
        if letters[at..at + query.len()].iter().map(|(_, letter)| letter).eq(&query) {
            let end = letters.get(at + query.len()).map_or(text.len(), |(end, _)| *end);
            found.push(letters[at].0..end);
            at += query.len();
        } else {
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Ambito, CaseId};

    #[test]
    fn accents_and_capitals_make_no_difference() {
        let mut case = Case::new(CaseId("1".into()), "2026-031".into(), String::new());
        case.hechos = "Una niña gitana en Ávila".into();
        case.ambito = Some(Ambito::Educacion);
        for query in ["nina", "NIÑA avila", "2026-031", "educacion gitana", ""] {
            assert!(matches(&case, &folded(query)), "{query}");
        }
        assert!(!matches(&case, &folded("nina sevilla")));
    }

    #[test]
    fn words_are_found_where_they_stand() {
        let text = "Ávila, ávila y avilés";
        let found: Vec<&str> = ranges(text, "AVIL").into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["Ávil", "ávil", "avil"]);
        assert!(ranges(text, " ").is_empty());
    }
}
