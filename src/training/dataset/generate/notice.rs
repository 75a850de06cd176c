//! Who and what the facts of a case name.

use super::agree::{About, Form, Person, contracted};
use super::table::{Ambito, Table};
use super::words::{find, find_from};

/// Before a noun that names somebody.
const DETERMINERS: [&str; 34] = [
    "un",
    "una",
    "el",
    "la",
    "al",
    "del",
    "los",
    "las",
    "unos",
    "unas",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "doce",
    "quince",
    "diecisiete",
    "veinte",
    "varios",
    "varias",
    "otro",
    "otra",
    "otros",
    "otras",
    "su",
    "sus",
    "este",
    "esta",
    "algunas",
];
/// Words before `gitano` that name nobody.
const NOBODY: [&str; 80] = [
    "etnia",
    "población",
    "comunidad",
    "origen",
    "pueblo",
    "cultura",
    "barrio",
    "barrios",
    "barriada",
    "barriadas",
    "mayoría",
    "lengua",
    "raza",
    "minoría",
    "apellido",
    "acento",
    "historia",
    "poblado",
    "música",
    "colectivo",
    "mundo",
    "clan",
    "clanes",
    "fiesta",
    "boda",
    "bodas",
    "palabra",
    "casas",
    "casa",
    "puestos",
    "bandera",
    "rótulo",
    "ley",
    "era",
    "eran",
    "viviendas",
    "comuniones",
    "pódcast",
    "lema",
    "juvenil",
    "grada",
    "velatorio",
    "personajes",
    "victoria",
    "etiqueta",
    "revista",
    "campamento",
    "tertulias",
    "problema",
    "semana",
    "carnicería",
    "quinto",
    "bautizo",
    "entorno",
    "entierro",
    "pedida",
    "cestería",
    "hermandad",
    "voces",
    "cuestión",
    "universidad",
    "duchas",
    "patio",
    "privilegios",
    "baño",
    "rito",
    "celebración",
    "invernaderos",
    "viven",
    "para",
    "compraban",
    "visitas",
    "restaurante",
    "hospital",
    "único",
    "única",
    "votos",
    "temas",
    "menos",
    "más",
];

/// Beginnings of words for children.
const CHILDREN: [&str; 3] = ["niñ", "bebé", "menor"];

/// Adjectives that stand before a noun.
const BEFORE_NOUNS: [&str; 12] = [
    "posible", "antigua", "antiguo", "joven", "nueva", "nuevo", "futura", "futuro", "única", "único", "pequeña",
    "pequeño",
];

/// Words as they stand, with where each begins.
fn tokens(text: &str) -> Vec<&str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

/// «una vendedora gitana», «dos alumnos de etnia gitana»: the noun, with the form that its words show.
fn named_roma(text: &str) -> Option<Person> {
    let words = tokens(text);
    for (at, word) in words.iter().enumerate() {
        let Some(form) = word.strip_prefix("gitan").and_then(Form::of_ending) else { continue };
        let by_etnia = at >= 3 && words[at - 1] == "etnia" && words[at - 2] == "de";
        let last = if by_etnia { at - 3 } else { at.wrapping_sub(1) };
        // «una mujer joven gitana», «una antigua alumna gitana»: another word may stand behind the noun or before it.
        for (noun_at, before_at) in [(last, 1), (last, 2), (last.wrapping_sub(1), 1)] {
            let before = words.get(noun_at.wrapping_sub(before_at));
            let (Some(noun), Some(before)) = (words.get(noun_at), before) else { continue };
            if before_at == 2 && !BEFORE_NOUNS.contains(&words[noun_at - 1]) {
                continue;
            }
            let before = before.to_lowercase();
            let plain = noun.len() > 2 && noun.chars().all(char::is_lowercase) && !NOBODY.contains(noun);
            // «en el bar, los gitanos», «una madre y una hija gitanas»
            let agrees = by_etnia || noun.ends_with('s') == matches!(form, Form::Men | Form::Women);
            if !plain || !agrees || !DETERMINERS.contains(&before.as_str()) || DETERMINERS.contains(noun) {
                continue;
            }
            let form = if by_etnia { form_of(&before, noun) } else { form };
            let gitano = ["gitano", "gitana", "gitanos", "gitanas"][form as usize];
            let first = match form {
                Form::Man => "Un",
                Form::Woman => "Una",
                Form::Men => "Unos",
                Form::Women => "Unas",
            };
            let (first, again) = (format!("{first} {noun} {gitano}"), format!("{} {noun}", form.article()));
            // With a child's case the family is spoken to.
            if CHILDREN.iter().any(|child| noun.starts_with(child)) {
                return Some(Person {
                    first,
                    again: format!("la familia {}", contracted("de", &again)),
                    form: Form::Woman,
                    only: Vec::new(),
                });
            }
            return Some(Person { first, again, form, only: Vec::new() });
        }
    }
    None
}

fn form_of(determiner: &str, noun: &str) -> Form {
    match determiner {
        "una" | "la" | "otra" | "esta" => Form::Woman,
        "las" | "unas" | "varias" | "otras" | "algunas" => Form::Women,
        "los" | "unos" | "varios" | "otros" => Form::Men,
        _ if noun.ends_with("as") => Form::Women,
        _ if noun.ends_with('s') => Form::Men,
        _ => Form::Man,
    }
}

/// The person whom the facts name first among those that the table knows; who may have acted as well is not taken.
fn known_person(text: &str, table: &Table) -> Option<Person> {
    let place = |person: &&Person| {
        let noun = person.again.split_once(' ')?.1;
        find(text, noun).map(|at| (at, std::cmp::Reverse(noun.len())))
    };
    let suffered = |person: &&Person| !table.actors.contains(&person.again);
    let found = table.persons.iter().filter(suffered).filter_map(|person| Some((place(&person)?, person)));
    found.min_by_key(|(place, _)| *place).map(|(_, person)| person.clone())
}

/// The noun (with its article) that stands first, its article's gender as in the text.
fn first_noun<'n>(text: &str, nouns: &'n [String], not: &str) -> Option<&'n String> {
    let stands = |noun: &String| {
        let (article, bare) = noun.split_once(' ')?;
        let before: &[&str] = match article {
            "el" => &["el", "un", "al", "del", "este", "otro", "su"],
            "la" => &["la", "una", "esta", "otra", "su"],
            "los" => &["los", "unos", "estos", "otros", "varios", "sus", "dos"],
            _ => &["las", "unas", "estas", "otras", "varias", "sus", "dos"],
        };
        let mut from = 0;
        while let Some(at) = find_from(text, bare, from) {
            let previous = text[..at].trim_end().rsplit(' ').next().unwrap_or_default();
            let of_all = text[at + bare.len()..].trim_start().starts_with("gitan");
            if before.contains(&previous.to_lowercase().as_str()) && bare != not && !of_all {
                return Some((at, std::cmp::Reverse(bare.len())));
            }
            from = at + bare.len();
        }
        None
    };
    let found = nouns.iter().filter_map(|noun| Some((stands(noun)?, noun)));
    found.min_by_key(|(place, _)| *place).map(|(_, noun)| noun)
}

/// Whom and what the facts are about; general words where they name none.
pub(super) fn about(facts: &str, table: &Table, ambito: &Ambito, collective: bool) -> About {
    let person = named_roma(facts).or_else(|| known_person(facts, table)).unwrap_or_else(|| {
        let (first, again, form) = if collective {
            ("Varias personas gitanas", "las personas afectadas", Form::Women)
        } else {
            ("Una persona gitana", "la persona afectada", Form::Woman)
        };
        Person { first: first.to_owned(), again: again.to_owned(), form, only: Vec::new() }
    });
    let noun = person.again.split_once(' ').map_or("", |(_, noun)| noun);
    About {
        place: first_noun(facts, &ambito.places, noun).unwrap_or(&ambito.general).clone(),
        actor: first_noun(facts, &table.actors, noun).cloned(),
        proof: first_noun(facts, &table.evidence, noun).cloned(),
        thing: first_noun(facts, &ambito.things, noun).cloned(),
        person,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noticed(facts: &str, ambito: &str) -> (String, String, Option<String>, Option<String>) {
        let table = Table::own().unwrap();
        let about = about(facts, &table, &table.ambitos[ambito], false);
        (about.person.again, about.place, about.actor, about.proof)
    }

    #[test]
    fn the_facts_tell_whom_where_by_whom_and_with_what_proof() {
        let facts =
            "Al entrar en un hotel, una enfermera gitana oyó al recepcionista decir que no. Conserva el mensaje.";
        let found = noticed(facts, "Acceso a bienes y servicios");
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(found, ("la enfermera".into(), "el hotel".into(), some("el recepcionista"), some("el mensaje")));
        let facts = "La dependienta siguió a dos alumnos de etnia gitana por la tienda.";
        let found = noticed(facts, "Acceso a bienes y servicios");
        assert_eq!(found, ("los alumnos".into(), "la tienda".into(), some("la dependienta"), None));
        let found = noticed("Un niño gitano se quedó sin excursión.", "Educación").0;
        assert_eq!(found, "la familia del niño");
        let facts = "En el conservatorio, los gitanos sobran, dijeron a los diecisiete alumnos gitanos.";
        assert_eq!(noticed(facts, "Educación").0, "los alumnos");
        let facts = "Se dijo que la comunidad gitana no quería vivir allí. Una mujer protestó.";
        assert_eq!(noticed(facts, "Vivienda"), ("la mujer".into(), "la propiedad".into(), None, None));
        assert_eq!(
            noticed("No se abrió.", "Otros"),
            ("la persona afectada".into(), "la institución".into(), None, None)
        );
    }
}
