//! The FSG's words as offices write them: without accents, in other languages of Spain, abbreviated, misspelt.

use crate::domain::{AMBITOS, Ambito, CaseStatus, Outcome, PROVINCIAS, TIPOS, Tipo};

/// A word without accents, case and punctuation, with single blanks. ñ stays a letter of its own.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        let c = match c {
            'á' | 'à' | 'ä' | 'â' => 'a',
            'é' | 'è' | 'ë' | 'ê' => 'e',
            'í' | 'ì' | 'ï' | 'î' => 'i',
            'ó' | 'ò' | 'ö' | 'ô' => 'o',
            'ú' | 'ù' | 'ü' | 'û' => 'u',
            'ç' => 'c',
            c if c.is_alphanumeric() => c,
            // What combines with a letter goes, whatever is left of it.
            '\u{300}'..='\u{36f}' => continue,
            _ => ' ',
        };
        if c != ' ' || !(folded.is_empty() || folded.ends_with(' ')) {
            folded.push(c);
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// A value that was found, and whether it stood there in the program's own spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found<T> {
    pub(super) value: T,
    pub(super) respelt: bool,
}

fn find<T: Copy>(text: &str, all: &[T], label: impl Fn(T) -> &'static str, other: &[(&str, T)]) -> Option<Found<T>> {
    let text = text.trim().trim_end_matches('.').trim_end();
    let folded = fold(text);
    let value = all.iter().copied().find(|one| fold(label(*one)) == folded);
    let value = value.or_else(|| other.iter().find(|(word, _)| *word == folded).map(|(_, value)| *value))?;
    Some(Found { value, respelt: label(value) != text })
}

/// The province of that name.
pub(super) fn provincia(text: &str) -> Option<Found<&'static str>> {
    let folded = fold(text);
    let bare = ["provincia de ", "comunidad de ", "principado de ", "region de ", "illes ", "islas "]
        .iter()
        .find_map(|prefix| folded.strip_prefix(prefix))
        .unwrap_or(&folded);
    let mut found = find(bare, PROVINCIAS, |name| name, PROVINCIAS_TOO)?;
    found.respelt = found.value != text.trim();
    Some(found)
}

const PROVINCIAS_TOO: &[(&str, &str)] = &[
    ("alacant", "Alicante"),
    ("alava araba", "Álava"),
    ("araba", "Álava"),
    ("araba alava", "Álava"),
    ("balears", "Baleares"),
    ("castello", "Castellón"),
    ("castellon de la plana", "Castellón"),
    ("coruña", "A Coruña"),
    ("espana", "Estatal"),
    ("españa", "Estatal"),
    ("gerona", "Girona"),
    ("gran canaria", "Las Palmas"),
    ("guipuzcoa", "Gipuzkoa"),
    ("la coruña", "A Coruña"),
    ("las palmas de gran canaria", "Las Palmas"),
    ("lerida", "Lleida"),
    ("nacional", "Estatal"),
    ("nafarroa", "Navarra"),
    ("national", "Estatal"),
    ("orense", "Ourense"),
    ("palmas", "Las Palmas"),
    ("rioja", "La Rioja"),
    ("saragossa", "Zaragoza"),
    ("seville", "Sevilla"),
    ("tenerife", "Santa Cruz de Tenerife"),
    ("todo el estado", "Estatal"),
    ("vizcaya", "Bizkaia"),
];

/// The field of that name.
pub(super) fn ambito(text: &str) -> Option<Found<Ambito>> {
    find(text, AMBITOS, Ambito::label, AMBITOS_TOO)
}

const AMBITOS_TOO: &[(&str, Ambito)] = &[
    ("acceso a bienes", Ambito::Bienes),
    ("bienes y servicios", Ambito::Bienes),
    ("education", Ambito::Educacion),
    ("employment", Ambito::Empleo),
    ("enseñanza", Ambito::Educacion),
    ("goods and services", Ambito::Bienes),
    ("health", Ambito::Salud),
    ("housing", Ambito::Vivienda),
    ("internet", Ambito::Redes),
    ("internet y redes sociales", Ambito::Redes),
    ("media", Ambito::Medios),
    ("medios", Ambito::Medios),
    ("medios comunicacion", Ambito::Medios),
    ("other", Ambito::Otros),
    ("otro", Ambito::Otros),
    ("police", Ambito::Policia),
    ("policia", Ambito::Policia),
    ("prensa", Ambito::Medios),
    ("redes", Ambito::Redes),
    ("sanidad", Ambito::Salud),
    ("servicios de policia", Ambito::Policia),
    ("social media", Ambito::Redes),
    ("social networks", Ambito::Redes),
    ("trabajo", Ambito::Empleo),
];

/// The kind of that name.
pub(super) fn tipo(text: &str) -> Option<Found<Tipo>> {
    find(text, TIPOS, Tipo::label, TIPOS_TOO)
}

const TIPOS_TOO: &[(&str, Tipo)] = &[
    ("acoso", Tipo::Acoso),
    ("desconocido", Tipo::SinEspecificar),
    ("direct discrimination", Tipo::Directa),
    ("directa", Tipo::Directa),
    ("discriminacion interseccional o multiple", Tipo::Interseccional),
    ("discurso del odio", Tipo::Odio),
    ("harassment", Tipo::Acoso),
    ("hate speech", Tipo::Odio),
    ("indirect discrimination", Tipo::Indirecta),
    ("indirecta", Tipo::Indirecta),
    ("instruccion de discriminar", Tipo::Orden),
    ("instruction to discriminate", Tipo::Orden),
    ("interseccional", Tipo::Interseccional),
    ("intersectional discrimination", Tipo::Interseccional),
    ("no consta", Tipo::SinEspecificar),
    ("orden", Tipo::Orden),
    ("ordenes de discriminar", Tipo::Orden),
    ("sin determinar", Tipo::SinEspecificar),
    ("unspecified", Tipo::SinEspecificar),
];

/// An outcome that is all of a text.
pub(super) fn outcome(text: &str) -> Option<Found<Outcome>> {
    find(text, &Outcome::ALL, Outcome::word, OUTCOMES_TOO)
}

const OUTCOMES_TOO: &[(&str, Outcome)] = &[
    ("positiva", Outcome::Positivo),
    ("positive", Outcome::Positivo),
    ("resultado positivo", Outcome::Positivo),
    ("neutra", Outcome::Neutro),
    ("neutral", Outcome::Neutro),
    ("resultado neutro", Outcome::Neutro),
    ("negativa", Outcome::Negativo),
    ("negative", Outcome::Negativo),
    ("resultado negativo", Outcome::Negativo),
];

/// The outcome that a text opens with as a sentence or clause of its own, as the FSG's often do: «Negativo. No hubo
/// respuesta». «Negativos» or «Positivo en parte» say something else.
pub(super) fn opening_outcome(text: &str) -> Option<Outcome> {
    let clause = text.split(['.', ',', ';', ':', '\n']).next()?;
    if clause.len() == text.len() {
        return None;
    }
    outcome(clause).map(|found| found.value)
}

/// A status as this program or an office writes it.
pub(super) fn status(text: &str) -> Option<CaseStatus> {
    match fold(text).as_str() {
        "borrador" | "draft" => Some(CaseStatus::Draft),
        "en curso" | "abierto" | "en tramite" | "open" | "accepted" => Some(CaseStatus::Accepted),
        "cerrado" | "closed" => Some(CaseStatus::Closed),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn provinces_are_known_by_all_their_names() {
        for (written, name) in [
            ("Jaén", "Jaén"),
            (" JAEN ", "Jaén"),
            ("Ja\u{65}\u{301}n", "Jaén"),
            ("Guipúzcoa", "Gipuzkoa"),
            ("La Coruña", "A Coruña"),
            ("Illes Balears", "Baleares"),
            ("Islas Baleares", "Baleares"),
            ("Álava/Araba", "Álava"),
            ("Principado de Asturias", "Asturias"),
            ("Tenerife", "Santa Cruz de Tenerife"),
        ] {
            assert_eq!(provincia(written).map(|found| found.value), Some(name), "{written}");
        }
        assert!(!provincia("Jaén").unwrap().respelt && provincia("jaén").unwrap().respelt);
        for written in ["Europa", "", "Ja", "España profunda"] {
            assert_eq!(provincia(written), None, "{written}");
        }
    }

    #[test]
    fn an_outcome_is_read_only_where_it_stands_alone() {
        assert_eq!(opening_outcome("Negativo. No hubo respuesta."), Some(Outcome::Negativo));
        assert_eq!(opening_outcome("Positivo, se rectificó."), Some(Outcome::Positivo));
        for text in ["Positivo en parte. Se rectificó.", "No fue positivo.", "Negativo", "Parcialmente positivo, …", ""]
        {
            assert_eq!(opening_outcome(text), None, "{text}");
        }
        assert_eq!(outcome("NEGATIVO.").map(|found| found.value), Some(Outcome::Negativo));
    }

    #[test]
    fn spellings_of_fields_and_kinds_are_known() {
        assert_eq!(
            ambito("medios de comunicacion").map(|found| (found.value, found.respelt)),
            Some((Ambito::Medios, true))
        );
        assert_eq!(
            ambito("Servicios policiales.").map(|found| (found.value, found.respelt)),
            Some((Ambito::Policia, false))
        );
        assert_eq!(tipo("Directa").map(|found| found.value), Some(Tipo::Directa));
        assert_eq!(tipo("Racismo"), None);
    }
}
