//! What a file's columns mean, by their names.

use super::row::{Form, Origin, Row, Split};
use super::{DatasetError, row};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Hechos,
    Intervencion,
    Resultado,
    Sentiment,
    Detalle,
    Tipo,
    Ambito,
    Provincia,
    Fecha,
    Sintetico,
    /// Known, and of no use here.
    Other,
}

/// The names under which columns are known, as [`plain`] leaves them.
const NAMES: &[(&str, Field)] = &[
    ("text", Field::Hechos),
    ("hechos", Field::Hechos),
    ("intervencion", Field::Intervencion),
    ("resultado", Field::Resultado),
    ("sentiment", Field::Sentiment),
    ("detalle_resultado", Field::Detalle),
    ("tipo_discriminacion", Field::Tipo),
    ("tipo_desciminacion", Field::Tipo),
    ("tipo", Field::Tipo),
    ("ambito", Field::Ambito),
    ("provincia", Field::Provincia),
    ("fecha_hechos", Field::Fecha),
    ("fecha de los hechos", Field::Fecha),
    ("fecha", Field::Fecha),
    ("sintetico", Field::Sintetico),
    ("fecha_denuncia", Field::Other),
    ("fecha de la denuncia", Field::Other),
    ("reference", Field::Other),
    ("referencias", Field::Other),
    ("referencia", Field::Other),
    ("link", Field::Other),
    ("prob", Field::Other),
];

/// The columns of one file.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    fields: Vec<Option<Field>>,
    form: Form,
    /// Columns that mean nothing here.
    pub(super) unknown: Vec<String>,
}

/// A heading without capitals, accents and blanks at its ends.
fn plain(name: &str) -> String {
    let folded = name.trim().trim_start_matches('\u{feff}').to_lowercase();
    folded
        .chars()
        .map(|c| match c {
            'á' => 'a',
            'é' => 'e',
            'í' => 'i',
            'ó' => 'o',
            'ú' | 'ü' => 'u',
            other => other,
        })
        .collect()
}

impl Columns {
    /// Reads the headings of a file.
    pub(super) fn of(file: &str, names: &[String]) -> Result<Self, DatasetError> {
        let plain_names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        let fields: Vec<Option<Field>> = plain_names
            .iter()
            .map(|name| NAMES.iter().find(|(known, _)| known == name).map(|(_, field)| *field))
            .collect();
        let has = |field| fields.contains(&Some(field));
        let wanted =
            [(Field::Hechos, "text / hechos"), (Field::Intervencion, "intervencion"), (Field::Resultado, "resultado")];
        let missing: Vec<&str> = wanted.iter().filter(|(field, _)| !has(*field)).map(|(_, name)| *name).collect();
        if !missing.is_empty() {
            return Err(DatasetError::Columns {
                file: file.to_owned(),
                missing: missing.join(", "),
                found: names.iter().map(|name| shortened(name)).collect::<Vec<_>>().join(", "),
            });
        }
        let form = if plain_names.iter().any(|name| name == "text") {
            Form::Original
        } else if has(Field::Detalle) {
            Form::Corpus
        } else {
            Form::Fsg
        };
        let unknown = names.iter().zip(&fields).filter(|(_, field)| field.is_none());
        let unknown = unknown.map(|(name, _)| shortened(name)).collect();
        Ok(Self { fields, form, unknown })
    }

    pub(super) fn form(&self) -> Form {
        self.form
    }

    /// A row of values in the order of the columns.
    pub(super) fn row(&self, values: &[&str], split: Option<Split>, file: &str, number: usize) -> Row {
        let get = |wanted| {
            let at = self.fields.iter().position(|field| *field == Some(wanted));
            at.and_then(|at| values.get(at)).map_or_else(String::new, |value| value.trim().to_owned())
        };
        let hechos = get(Field::Hechos);
        // A corpus is one file for each ámbito; what is held out is known by the case itself.
        let own_split = match (split, self.form) {
            (None, Form::Corpus) if row::is_held_out(&hechos) => Some(Split::Test),
            (None, Form::Corpus) => Some(Split::Train),
            (split, _) => split,
        };
        Row {
            hechos,
            intervencion: get(Field::Intervencion),
            resultado: get(Field::Resultado),
            sentiment: get(Field::Sentiment),
            detalle: get(Field::Detalle),
            tipo: get(Field::Tipo),
            ambito: get(Field::Ambito),
            provincia: get(Field::Provincia),
            fecha: get(Field::Fecha),
            sintetico: match get(Field::Sintetico).to_lowercase().as_str() {
                "1" | "1.0" | "true" => Some(true),
                "0" | "0.0" | "false" => Some(false),
                _ => None,
            },
            form: self.form,
            split: own_split,
            origin: Origin { file: file.to_owned(), row: number },
        }
    }
}

/// A heading may be a whole text where a file has no headings: its beginning is enough, and not the text of a case.
fn shortened(name: &str) -> String {
    const LETTERS: usize = 30;
    if name.chars().count() <= LETTERS { name.trim().to_owned() } else { "…".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &str) -> Vec<String> {
        names.split(',').map(str::to_owned).collect()
    }

    #[test]
    fn the_three_forms_are_told_apart() {
        let form = |list: &str| Columns::of("f", &names(list)).unwrap().form();
        assert_eq!(form("sintetico,text,intervencion,tipo_discriminacion,resultado"), Form::Original);
        assert_eq!(form("\u{feff}Hechos,Intervención,Resultado,Ámbito"), Form::Fsg);
        assert_eq!(form("hechos,intervencion,resultado,detalle_resultado,ambito,tipo,provincia"), Form::Corpus);
    }

    #[test]
    fn missing_columns_are_named_with_those_that_are_there() {
        let text = "una frase entera de un caso que no es un encabezado de columna".to_owned();
        let error = Columns::of("f.csv", &["prompt".into(), "resultado".into(), text]).unwrap_err();
        let DatasetError::Columns { missing, found, .. } = error else { panic!("{error}") };
        assert_eq!((missing.as_str(), found.as_str()), ("text / hechos, intervencion", "prompt, resultado, …"));
    }
}
