//! Sentences of the table with their choices made, and their words agreeing with who and what they are about.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

/// Gender and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Form {
    #[serde(rename = "m")]
    Man,
    #[serde(rename = "f")]
    Woman,
    #[serde(rename = "mp")]
    Men,
    #[serde(rename = "fp")]
    Women,
}

impl Form {
    /// By the ending of `gitano`.
    pub(super) fn of_ending(ending: &str) -> Option<Self> {
        match ending {
            "o" => Some(Self::Man),
            "a" => Some(Self::Woman),
            "os" => Some(Self::Men),
            "as" => Some(Self::Women),
            _ => None,
        }
    }

    pub(super) fn article(self) -> &'static str {
        match self {
            Self::Man => "el",
            Self::Woman => "la",
            Self::Men => "los",
            Self::Women => "las",
        }
    }

    fn is_plural(self) -> bool {
        matches!(self, Self::Men | Self::Women)
    }

    /// The option for this form of two (singular, plural) or four.
    fn choose<'o>(self, options: &[&'o str]) -> &'o str {
        let at = if options.len() == 2 { usize::from(self.is_plural()) } else { self as usize };
        options.get(at).copied().unwrap_or_default()
    }
}

/// Who was affected.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Person {
    /// As it is first named: «Un joven gitano».
    pub(super) first: String,
    /// As it is named again: «el joven».
    pub(super) again: String,
    pub(super) form: Form,
    /// The only ámbitos whose plain facts can be about it; empty: all.
    pub(super) only: Vec<String>,
}

impl TryFrom<String> for Person {
    type Error = String;

    fn try_from(line: String) -> Result<Self, String> {
        let fields: Vec<&str> = line.split("; ").collect();
        let (first, again, form, only) = match fields.as_slice() {
            [first, again, form] => (first, again, form, ""),
            [first, again, form, only] => (first, again, form, *only),
            _ => return Err(format!("no person: «{line}»")),
        };
        let form = match *form {
            "m" => Form::Man,
            "f" => Form::Woman,
            "mp" => Form::Men,
            "fp" => Form::Women,
            other => return Err(format!("no form: «{other}»")),
        };
        let only = only.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Ok(Self { first: (*first).to_owned(), again: (*again).to_owned(), form, only })
    }
}

/// What a sentence may be about.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) person: Person,
    /// With its article.
    pub(super) place: String,
    /// Who acted, where the facts say so.
    pub(super) actor: Option<String>,
    /// What proves it, where the facts name it.
    pub(super) proof: Option<String>,
    /// What it was about (el alquiler, la beca), where the facts name it.
    pub(super) thing: Option<String>,
}

impl About {
    /// Who acted, what proves it and what it was about, with the words that stand for each.
    fn named(&self) -> [(&Option<String>, [&'static str; 3]); 3] {
        [
            (&self.actor, ["{o}", "{ao}", "{deo}"]),
            (&self.proof, ["{e}", "{ae}", "{dee}"]),
            (&self.thing, ["{c}", "{ac}", "{dec}"]),
        ]
    }

    /// Whether the facts name all that the sentence takes from them.
    pub(super) fn can_fill(&self, sentence: &str) -> bool {
        self.named().iter().all(|(noun, words)| noun.is_some() || !words.iter().any(|word| sentence.contains(word)))
    }

    /// Whether the sentence takes up who acted, what proves it or what it was about.
    pub(super) fn takes_up(&self, sentence: &str) -> bool {
        self.named().iter().any(|(noun, words)| noun.is_some() && words.iter().any(|word| sentence.contains(word)))
    }
}

/// `a` or `de` before a noun with its article.
pub(super) fn contracted(preposition: &str, noun: &str) -> String {
    match (preposition, noun.strip_prefix("el ")) {
        ("a", Some(rest)) => format!("al {rest}"),
        ("de", Some(rest)) => format!("del {rest}"),
        _ => format!("{preposition} {noun}"),
    }
}

/// `la tienda` → `una tienda`.
fn indefinite(noun: &str) -> String {
    let (article, rest) = noun.split_once(' ').unwrap_or(("", noun));
    let article = match article {
        "el" => "un",
        "la" => "una",
        "los" => "unos",
        _ => "unas",
    };
    format!("{article} {rest}")
}

pub(super) fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Replaces each `open…close` by what `by` makes of what is between them.
fn replaced(text: &str, open: char, close: char, by: &mut dyn FnMut(&str) -> String) -> String {
    let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
    while let Some((before, after)) = rest.split_once(open) {
        let Some((within, behind)) = after.split_once(close) else { break };
        filled.push_str(before);
        filled.push_str(&by(within));
        rest = behind;
    }
    filled + rest
}

const MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const DAYS: [&str; 6] = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado"];

/// The sentence, beginning with a capital; none where it needs what [`About`] doesn't have.
pub(super) fn fill(sentence: &str, about: &About, rng: &mut ChaCha8Rng) -> Option<String> {
    let chosen = replaced(sentence, '<', '>', &mut |options| {
        options.split(';').collect::<Vec<_>>().choose(rng).copied().unwrap_or_default().to_owned()
    });
    let form = about.person.form;
    let agreed =
        replaced(&chosen, '[', ']', &mut |options| form.choose(&options.split('|').collect::<Vec<_>>()).to_owned());
    let mut missing = false;
    let filled = replaced(&agreed, '{', '}', &mut |name| {
        let again = about.person.again.as_str();
        let mut known = |noun: &Option<String>| {
            missing |= noun.is_none();
            noun.clone().unwrap_or_default()
        };
        match name {
            "s" => about.person.first.clone(),
            "u" => lower_first(&about.person.first),
            "r" => again.to_owned(),
            "a" => contracted("a", again),
            "de" => contracted("de", again),
            "le" => if form.is_plural() { "les" } else { "le" }.to_owned(),
            "p" => about.place.clone(),
            "ap" => contracted("a", &about.place),
            "dep" => contracted("de", &about.place),
            "conp" => format!("con {}", about.place),
            "unp" => indefinite(&about.place),
            "o" => known(&about.actor),
            "ao" => contracted("a", &known(&about.actor)),
            "deo" => contracted("de", &known(&about.actor)),
            "e" => known(&about.proof),
            "ae" => contracted("a", &known(&about.proof)),
            "dee" => contracted("de", &known(&about.proof)),
            "c" => known(&about.thing),
            "ac" => contracted("a", &known(&about.thing)),
            "dec" => contracted("de", &known(&about.thing)),
            "n" => rng.random_range(2..10).to_string(),
            "mes" => MONTHS.choose(rng).copied().unwrap_or_default().to_owned(),
            "dia" => DAYS.choose(rng).copied().unwrap_or_default().to_owned(),
            other => format!("{{{other}}}"),
        }
    });
    (!missing).then(|| upper_first(&filled))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    fn about(person: &str) -> About {
        let person = Person::try_from(person.to_owned()).unwrap();
        About { person, place: "el bar".into(), actor: None, proof: Some("los mensajes".into()), thing: None }
    }

    #[test]
    fn words_agree_with_who_and_what_they_are_about() {
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let sentence = "[fue avisado|fue avisada|fueron avisados|fueron avisadas] {r}; se {le} ayudó {ap}, {dep}, {unp}, {dee}; podía[|n]";
        for (person, told) in [
            ("Un joven gitano; el joven; m", "Fue avisado el joven; se le ayudó"),
            ("Una joven gitana; la joven; f", "Fue avisada la joven; se le ayudó"),
            ("Dos hombres gitanos; los hombres; mp", "Fueron avisados los hombres; se les ayudó"),
            ("Dos mujeres gitanas; las mujeres; fp", "Fueron avisadas las mujeres; se les ayudó"),
        ] {
            let end = if person.contains("Dos") { "podían" } else { "podía" };
            let filled = fill(sentence, &about(person), rng).unwrap();
            assert_eq!(filled, format!("{told} al bar, del bar, un bar, de los mensajes; {end}"));
        }
        let about = about("Un joven gitano; el joven; m");
        assert_eq!(fill("Se habló con {o}.", &about, rng), None, "the facts name nobody who acted");
        assert_eq!(fill("se escuchó {a}.", &about, rng).unwrap(), "Se escuchó al joven.");
        assert!(about.can_fill("{r} {e}") && !about.can_fill("{r} {deo}"));
        assert!(about.takes_up("{dee}") && !about.takes_up("{r}"));
        let chosen = fill("por <la mañana;la tarde>", &about, rng).unwrap();
        assert!(["Por la mañana", "Por la tarde"].contains(&chosen.as_str()));
    }
}
