//! The same case in other words: places, ages, relations, wording, the order of clauses. What is changed in the facts is
//! changed in the intervention.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::agree::{lower_first, upper_first};
use super::table::{Table, Wording};
use super::words::{find, replace, sentences, words};

/// A case while it is varied.
#[derive(Debug, Clone)]
pub(super) struct Texts {
    pub(super) facts: String,
    pub(super) intervention: String,
    pub(super) province: String,
}

impl Texts {
    fn replace(&mut self, word: &str, by: &str) {
        replace(&mut self.facts, word, by);
        replace(&mut self.intervention, word, by);
    }

    fn has(&self, word: &str) -> bool {
        find(&self.facts, word).is_some() || find(&self.intervention, word).is_some()
    }
}

/// Beginnings of words that belong to a region: its cases stay there.
const REGIONAL: [&str; 18] = [
    "catal",
    "valencian",
    "galleg",
    "vasc",
    "eusk",
    "andalu",
    "aragon",
    "canari",
    "mallorq",
    "asturian",
    "cántabr",
    "ertzain",
    "mosso",
    "foral",
    "generalitat",
    "xunta",
    "insular",
    "síndic",
];

/// Ages of about the same time of life.
const AGES: [&[&str]; 5] = [
    &["cinco", "seis", "siete", "ocho", "nueve", "diez", "once"],
    &["doce", "trece", "catorce", "quince", "dieciséis", "diecisiete"],
    &["dieciocho", "diecinueve", "veinte", "veintiún", "veintidós", "veintitrés", "veinticuatro", "veinticinco"],
    &["treinta", "cuarenta", "cincuenta"],
    &["setenta", "ochenta"],
];

/// How many of the words that can be said otherwise are.
const REWORDED: f64 = 0.35;

/// Beginnings of a sentence that may stand at its end as well.
const ADJUNCTS: [&str; 5] = ["En ", "Durante ", "Mientras ", "Tras ", "Desde "];

/// Varies a case. Not every way is taken each time. Facts whose own intervention stays are kept whole: it may speak of any of
/// them.
pub(super) fn vary(texts: &mut Texts, table: &Table, rng: &mut ChaCha8Rng) {
    move_elsewhere(texts, table, rng);
    if texts.intervention.is_empty() {
        leave_out(texts, rng);
    }
    change_ages(texts, rng);
    change_relations(texts, table, rng);
    reorder(texts, rng);
    reword(&mut texts.facts, &table.wording, REWORDED, rng);
    reword(&mut texts.intervention, &table.wording, REWORDED, rng);
}

/// A province, and a place in it: itself or one of its towns.
pub(super) fn any_place<'t>(table: &'t Table, rng: &mut ChaCha8Rng) -> Option<(&'t str, &'t str)> {
    let provinces: Vec<_> = table.provinces.iter().collect();
    let (province, towns) = provinces.choose(rng)?;
    let town = if rng.random_bool(0.5) { towns.0.choose(rng) } else { None };
    Some((town.unwrap_or(province), province))
}

/// Another province, where the case names one or one of its towns and nothing else ties it there; where it names none, a
/// place may be told.
fn move_elsewhere(texts: &mut Texts, table: &Table, rng: &mut ChaCha8Rng) {
    let both = format!("{} {}", texts.facts, texts.intervention);
    let tied = words(&both).iter().any(|word| REGIONAL.iter().any(|beginning| word.starts_with(beginning)));
    if tied || texts.province == "Estatal" || !table.provinces.contains_key(&texts.province) {
        return;
    }
    let named = |name: &str| find(&both, name).is_some();
    let elsewhere = |(name, towns): (&String, &super::table::List)| {
        *name != texts.province && (named(name) || towns.0.iter().any(|town| named(town)))
    };
    if table.provinces.iter().any(elsewhere) || rng.random_bool(0.3) {
        return;
    }
    let provinces: Vec<_> = table.provinces.iter().collect();
    let Some((province, towns)) = provinces.choose(rng) else { return };
    let own_towns = table.provinces.get(&texts.province).map(|towns| towns.0.clone()).unwrap_or_default();
    for town in own_towns.iter().filter(|town| named(town)) {
        texts.replace(town, towns.0.choose(rng).unwrap_or(province));
    }
    let old = std::mem::replace(&mut texts.province, (*province).clone());
    texts.replace(&old, province);
    let told = texts.has(province) || towns.0.iter().any(|town| texts.has(town));
    if !told && rng.random_bool(0.25) {
        let place = if rng.random_bool(0.5) { towns.0.choose(rng) } else { None };
        open_with(&mut texts.facts, &format!("En {}", place.unwrap_or(province)));
    }
}

/// Puts time or place before facts that begin with who acts or is acted upon.
fn open_with(facts: &mut String, opening: &str) {
    let begins = facts.split(' ').next().unwrap_or_default();
    if ["Un", "Una", "El", "La", "Los", "Las", "Dos", "Tres", "Varias", "Varios", "Unos", "Unas"].contains(&begins) {
        *facts = format!("{opening}, {}", lower_first(facts));
    }
}

/// The facts without some of the sentences after the first: reports tell much or little.
fn leave_out(texts: &mut Texts, rng: &mut ChaCha8Rng) {
    let mut parts = sentences(&texts.facts);
    if parts.len() > 2 && rng.random_bool(0.45) {
        parts.remove(rng.random_range(1..parts.len() - 1));
    }
    if parts.len() > 2 && rng.random_bool(0.2) {
        parts.truncate(rng.random_range(2..parts.len()));
    }
    let kept = parts.join(" ");
    // A quotation is left out whole or not at all.
    if kept.matches('«').count() == kept.matches('»').count() {
        texts.facts = kept;
    }
}

fn change_ages(texts: &mut Texts, rng: &mut ChaCha8Rng) {
    for ages in AGES {
        let told: Vec<&&str> = ages.iter().filter(|age| texts.has(&format!("de {age} años"))).collect();
        if let ([age], Some(other)) = (told.as_slice(), ages.choose(rng)) {
            texts.replace(&format!("de {age} años"), &format!("de {other} años"));
        }
    }
    let before_years = |facts: &str| {
        let (before, _) = facts.split_once(" años")?;
        let digits = before.rsplit(' ').next()?.to_owned();
        digits.parse::<u32>().ok().filter(|age| (5..90).contains(age)).map(|age| (digits, age))
    };
    if let Some((digits, age)) = before_years(&texts.facts) {
        let other = (age + rng.random_range(0..5)).saturating_sub(2);
        texts.replace(&format!("{digits} años"), &format!("{other} años"));
    }
}

/// Another relation, where the case names only one of those that may stand for each other.
fn change_relations(texts: &mut Texts, table: &Table, rng: &mut ChaCha8Rng) {
    for relations in &table.relations {
        let told: Vec<String> = relations.0.iter().filter(|word| texts.has(word)).cloned().collect();
        if let ([word], Some(other)) = (told.as_slice(), relations.0.choose(rng)) {
            texts.replace(word, other);
        }
    }
}

/// «En el bar, una mujer pidió mesa.» → «Una mujer pidió mesa en el bar.»
fn reorder(texts: &mut Texts, rng: &mut ChaCha8Rng) {
    let parts: Vec<String> = sentences(&texts.facts)
        .into_iter()
        .map(|sentence| {
            let moved = moved(sentence).filter(|_| rng.random_bool(0.35));
            moved.unwrap_or_else(|| sentence.to_owned())
        })
        .collect();
    texts.facts = parts.join(" ");
}

fn moved(sentence: &str) -> Option<String> {
    let plain = sentence.strip_suffix('.')?;
    if plain.contains(['«', '»', ':', ';', '(', '.']) || !ADJUNCTS.iter().any(|begin| plain.starts_with(begin)) {
        return None;
    }
    let (adjunct, rest) = plain.split_once(", ")?;
    let short = rest.split(' ').count() <= 18 && !rest.contains(',');
    short.then(|| format!("{} {}.", upper_first(rest), lower_first(adjunct)))
}

/// Other words of the table, at the beginning of a sentence too; `share` of those that there are.
pub(super) fn reword(text: &mut String, wording: &[Wording], share: f64, rng: &mut ChaCha8Rng) {
    for Wording { from, to } in wording {
        if rng.random_bool(share) {
            replace(text, from, to);
            replace(text, &upper_first(from), &upper_first(to));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    /// What `change` makes of a case with each of many seeds.
    fn all(facts: &str, intervention: &str, change: fn(&mut Texts, &mut ChaCha8Rng)) -> Vec<Texts> {
        let of = |seed| {
            let mut texts = Texts { facts: facts.into(), intervention: intervention.into(), province: "Lugo".into() };
            change(&mut texts, &mut ChaCha8Rng::seed_from_u64(seed));
            texts
        };
        (0..200).map(of).collect()
    }

    #[test]
    fn a_case_moves_with_its_towns_its_intervention_and_its_province() {
        let change = |texts: &mut Texts, rng: &mut ChaCha8Rng| move_elsewhere(texts, &Table::own().unwrap(), rng);
        let table = Table::own().unwrap();
        let mut moved = 0;
        for texts in all("En Sarria, cerca de Lugo, no abrieron.", "Se escribió a Lugo.", change) {
            moved += usize::from(texts.province != "Lugo");
            let towns = &table.provinces[&texts.province].0;
            assert!(texts.facts.contains(&texts.province) && texts.intervention.contains(&texts.province), "{texts:?}");
            assert!(towns.is_empty() || towns.iter().any(|town| texts.facts.contains(town.as_str())), "{texts:?}");
        }
        assert!(moved > 50);
        for tied in ["En Lugo no atendieron en gallego.", "De Lugo a Vigo no hubo sitio."] {
            assert!(all(tied, "Se llamó.", change).iter().all(|texts| texts.facts == tied && texts.province == "Lugo"));
        }
    }

    #[test]
    fn ages_and_relations_change_in_both_texts_alike() {
        let change = |texts: &mut Texts, rng: &mut ChaCha8Rng| {
            change_ages(texts, rng);
            change_relations(texts, &Table::own().unwrap(), rng);
        };
        let facts = "Insultaron a su prima de quince años y a un señor de 70 años.";
        let all = all(facts, "Se apoyó a la prima.", change);
        assert!(all.iter().any(|texts| texts.facts != facts));
        for texts in all {
            let relation = ["hermana", "prima", "cuñada"].into_iter().find(|word| texts.facts.contains(word)).unwrap();
            assert_eq!(texts.intervention, format!("Se apoyó a la {relation}."));
            assert!(AGES[1].iter().any(|age| texts.facts.contains(&format!("de {age} años"))), "{texts:?}");
        }
    }

    #[test]
    fn only_an_adjunct_of_a_simple_sentence_moves() {
        assert_eq!(moved("En el bar, una mujer pidió mesa.").unwrap(), "Una mujer pidió mesa en el bar.");
        for stays in
            ["Una mujer, en el bar, pidió mesa.", "En el bar, dijo: «No, aquí no».", "En el bar, ella, sola, pidió."]
        {
            assert_eq!(moved(stays), None, "{stays}");
        }
    }
}
