//! What a text tells that the facts don't: numbers, laws, organisations and names. A caseworker who signs a suggestion
//! answers for each of them.
//!
//! Found by rules, not understood: a law by the words that announce one («art. 510», «Ley 15/2022», «Código Penal»), an
//! organisation or a name by its capital letters inside a sentence. A name that is the first word of a sentence is seen
//! only where it is a province or an abbreviation.

use std::collections::HashSet;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::wording::new_numbers;
use crate::domain::PROVINCIAS;

/// The kinds of what can be invented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invention {
    /// A number in digits.
    Number,
    /// A law, an article, a directive.
    Law,
    /// A body, a company, an abbreviation.
    Organisation,
    /// Any other proper name.
    Name,
}

/// Words that begin the name of an organisation.
const BODIES: &str = "administracion agencia ararteko area asociacion audiencia autoridad ayuntamiento banco boletin camara \
    centro colegio comisaria comision comite concejalia congreso consejeria consejo consorcio defensor \
    defensora defensoria delegacion departamento diario diputacion diputado direccion entidad equipo escuela \
    federacion fiscal fiscalia fundacion generalitat gobierno grupo guardia hospital inspeccion instituto \
    jefatura junta juzgado mesa ministerio observatorio oficina organizacion parlamento policia procurador \
    red registro secretaria secretariado seguridad senado servicio servicios sindic sindicato subdelegacion \
    tesoreria tribunal unidad union universidad valedor xunta";
/// Words that stand between the capitals of one name.
const JOINTS: &[&str] = &["de", "del", "la", "las", "los", "el", "y", "e", "o", "a", "por", "para", "contra"];
/// Words that may stand between a law's name and its number.
const BEFORE_NUMBER: &[&str] = &["organica", "foral", "ue", "ce", "del", "consejo", "nº", "num"];
/// Titles and abbreviations before a name or a number: they are no name, and their full stop ends no sentence.
const TITLES: &str = "art arts avda c d da dna don dona dr dra num nº pag sr sra srta";
/// Laws that are known by one word.
const SHORT_LAWS: &str = "lau lecrim lisos lopd lopdgdd lopivi loreg rgpd";

/// Whether a word stands in a list of them.
fn listed(list: &str, word: &str) -> bool {
    list.split(' ').any(|one| one == word)
}

/// A word, or a number with its signs (`2000/43/CE`), and where it stands.
struct Word<'a> {
    text: &'a str,
    range: Range<usize>,
    /// What stands between it and the word before it.
    before: &'a str,
    /// As it is compared: lower case, without accents.
    plain: String,
    /// It begins a sentence, or what stands in quotation marks or brackets: a capital says nothing there.
    opens: bool,
}

/// Lower case without accents.
fn plain(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

impl Word<'_> {
    /// Roman numerals have none.
    fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase) && !self.text.chars().all(|c| "IVXLCDM".contains(c))
    }

    /// All capitals.
    fn is_abbreviation(&self) -> bool {
        self.is_capital() && self.text.chars().count() > 1 && self.text.chars().all(char::is_uppercase)
    }

    /// Nothing but blanks stands before it.
    fn follows(&self) -> bool {
        self.before.trim().is_empty() && !self.before.contains('\n')
    }

    fn has_digit(&self) -> bool {
        self.text.chars().any(char::is_numeric)
    }
}

/// The words of a text: letters and digits, with hyphens and slashes between them.
fn split(text: &str) -> Vec<Word<'_>> {
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '/' | '-');
    let mut words: Vec<Word> = Vec::new();
    let mut rest = 0;
    while let Some(start) = text[rest..].find(|c: char| c.is_alphanumeric()).map(|at| rest + at) {
        let end = text[start..].find(|c| !inside(c)).map_or(text.len(), |at| start + at);
        let word = text[start..end].trim_end_matches(['/', '-']);
        let before = &text[words.last().map_or(0, |word| word.range.end)..start];
        let after_title = words.last().is_some_and(|word| listed(TITLES, &word.plain));
        let goes_on = |c: char| c.is_alphanumeric() || c.is_whitespace() || c == ',' || (after_title && c == '.');
        let ends = |c: char| !goes_on(c);
        words.push(Word {
            text: word,
            range: start..start + word.len(),
            before,
            plain: plain(word),
            opens: words.is_empty() || before.contains(ends) || before.contains('\n'),
        });
        rest = end;
    }
    words
}

/// A law at a place of the words: how many of them it takes, and what it is compared by.
fn law_at(words: &[Word], at: usize) -> Option<(usize, String)> {
    let plain = |at: usize| words.get(at).map(|word| word.plain.as_str());
    let numbered = |place: usize| words.get(place).is_some_and(Word::has_digit).then(|| place + 1 - at);
    let first = &words[at];
    let key = |taken: usize, name: &str| {
        let number = &words[at + taken - 1].plain;
        Some((taken, format!("{name} {number}")))
    };
    match first.plain.as_str() {
        "art" | "arts" | "articulo" | "articulos" => key(numbered(at + 1)?, "articulo"),
        "codigo" => {
            let name = plain(at + 1).filter(|name| matches!(*name, "penal" | "civil"))?;
            Some((2, format!("codigo {name}")))
        }
        "constitucion" if first.is_capital() => Some((1, "constitucion".to_owned())),
        "estatuto" if plain(at + 3) == Some("trabajadores") => Some((4, "estatuto de los trabajadores".to_owned())),
        name if listed(SHORT_LAWS, name) && first.is_abbreviation() => Some((1, name.to_owned())),
        name @ ("ley" | "decreto" | "decreto-ley" | "directiva" | "reglamento") => {
            // «Ley Orgánica 4/2000», «Reglamento (UE) 2016/679», «Directiva del Consejo 2000/43/CE»
            let between =
                words[at + 1..].iter().take_while(|word| BEFORE_NUMBER.contains(&word.plain.as_str())).count();
            let number = at + 1 + between;
            if let Some(taken) = numbered(number).filter(|_| !words[number].before.contains(',')) {
                return key(taken, name);
            }
            let taken = chain(words, at);
            let names = words[at..at + taken].iter().map(|word| word.plain.as_str()).collect::<Vec<_>>().join(" ");
            // «la ley» and «Ley» alone name none.
            (first.is_capital() && taken > 1).then_some((taken, names))
        }
        _ => None,
    }
}

/// How many words belong to a name that begins at a place: capitals, and small words between them.
fn chain(words: &[Word], at: usize) -> usize {
    let mut end = at + 1;
    let mut next = end;
    while let Some(word) = words.get(next).filter(|word| word.follows()) {
        next += 1;
        if word.is_capital() {
            end = next;
        } else if !JOINTS.contains(&word.plain.as_str()) {
            break;
        }
    }
    end - at
}

/// The laws of a text with their places among its words.
fn laws(words: &[Word]) -> Vec<(Range<usize>, String)> {
    let mut laws = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if let Some((taken, key)) = law_at(words, at) {
            laws.push((at..at + taken, key));
            at += taken;
        } else {
            at += 1;
        }
    }
    laws
}

/// The organisation or name that begins at a place, as the places of its words.
fn name_at(words: &[Word], at: usize) -> Option<(Invention, Range<usize>)> {
    let first = &words[at];
    if !first.is_capital() || listed(TITLES, &first.plain) {
        return None;
    }
    let body = |word: &Word| word.is_abbreviation() || listed(BODIES, &word.plain);
    let taken = chain(words, at);
    if first.opens && !first.is_abbreviation() {
        let is_province = PROVINCIAS.iter().any(|name| plain(name) == first.plain);
        // «Fundación Secretariado Gitano» at the beginning; «Ayuntamiento» alone may be any word there.
        let is_body = taken > 1 && body(first);
        if !is_province && !is_body {
            return None;
        }
    }
    let name = at..at + taken;
    let kind = if words[name.clone()].iter().any(body) { Invention::Organisation } else { Invention::Name };
    Some((kind, name))
}

/// All that a text tells and the facts don't, with the words that tell it.
pub fn inventions<'a>(text: &'a str, facts: &str) -> Vec<(Invention, &'a str)> {
    let facts_words = split(facts);
    let known: HashSet<&str> = facts_words.iter().map(|word| word.plain.as_str()).collect();
    let known_laws: HashSet<String> = laws(&facts_words).into_iter().map(|(_, key)| key).collect();
    let mut found: Vec<_> = new_numbers(text, facts).into_iter().map(|number| (Invention::Number, number)).collect();
    let words = split(text);
    let told = |places: &Range<usize>| &text[words[places.start].range.start..words[places.end - 1].range.end];
    let laws = laws(&words);
    let new_laws = laws.iter().filter(|(_, key)| !known_laws.contains(key));
    found.extend(new_laws.map(|(places, _)| (Invention::Law, told(places))));
    let mut at = 0;
    while at < words.len() {
        if let Some((places, _)) = laws.iter().find(|(places, _)| places.contains(&at)) {
            at = places.end;
            continue;
        }
        let Some((kind, places)) = name_at(&words, at) else {
            at += 1;
            continue;
        };
        let new = |word: &Word| word.is_capital() && !known.contains(word.plain.as_str());
        if words[places.clone()].iter().any(new) {
            found.push((kind, told(&places)));
        }
        at = places.end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use Invention::{Law, Name, Number, Organisation};

    #[test]
    fn laws_are_known_in_their_different_spellings() {
        let facts = "Se invocó el artículo 510 del Código Penal y la Ley 15/2022.";
        let text =
            "Conforme al art. 510 del código penal, al artículo 22.4 y a la Ley Orgánica 4/2000, y a la ley 15/2022.";
        assert_eq!(
            inventions(text, facts),
            [
                (Number, "22"),
                (Number, "4"),
                (Number, "4"),
                (Number, "2000"),
                (Law, "artículo 22"),
                (Law, "Ley Orgánica 4/2000")
            ]
        );
        for (text, law) in [
            ("según la Directiva 2000/43/CE", "Directiva 2000/43/CE"),
            ("el Reglamento (UE) 2016/679", "Reglamento (UE) 2016/679"),
            ("el real decreto 5/2001", "decreto 5/2001"),
            ("la Ley de Igualdad de Trato que rige", "Ley de Igualdad de Trato"),
            ("contra la Constitución", "Constitución"),
            ("el Estatuto de los Trabajadores", "Estatuto de los Trabajadores"),
            ("lo que dice el RGPD", "RGPD"),
        ] {
            let found = inventions(text, "");
            let laws: Vec<_> = found.iter().filter(|(kind, _)| *kind != Number).collect();
            assert_eq!(laws, [&(Law, law)], "{text}");
            assert!(inventions(text, text).is_empty(), "{text}");
        }
        assert!(inventions("Lo prohíbe la ley. Ley y reglamento: un código de acceso.", "").is_empty());
    }

    #[test]
    fn names_are_told_by_capitals_inside_a_sentence() {
        let found = |text| inventions(text, "Fueron a la oficina de la OMIC de Ávila con Carmen.");
        assert!(found("Se acompañó a Carmen. El equipo escribió a la Oficina; Después se llamó a la OMIC.").is_empty());
        assert_eq!(found("Se llamó a Antonio Heredia, de Jaén."), [(Name, "Antonio Heredia"), (Name, "Jaén")]);
        assert_eq!(found("Se escribió al Defensor del Pueblo."), [(Organisation, "Defensor del Pueblo")]);
        assert_eq!(found("Desde la FSG se pidió cita con la Sra. Cortés"), [(Organisation, "FSG"), (Name, "Cortés")]);
        assert_eq!(found("Fundación Secretariado Gitano y otras."), [(Organisation, "Fundación Secretariado Gitano")]);
        assert_eq!(found("Jaén no contestó. Nadie llamó. «Así» (Queja) siglo XXI"), [(Name, "Jaén")]);
        assert_eq!(found("con el Ayuntamiento de Avila"), [(Organisation, "Ayuntamiento de Avila")]);
    }

    #[test]
    fn nothing_is_invented_in_nothing() {
        assert!(inventions("", "").is_empty() && inventions(" .-/ ¿?", "x").is_empty());
    }
}
