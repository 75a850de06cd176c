//! Which column is which field: guessed from the headings, in Spanish and English, and as a person says otherwise.

use super::super::table::COLUMNS;
use super::error::ImportError;
use super::words::fold;

/// What a column can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The office's own number.
    Number,
    /// What happened.
    Hechos,
    /// When it happened.
    Fecha,
    /// When it was denounced.
    FechaDenuncia,
    /// Where.
    Provincia,
    /// In what field of life.
    Ambito,
    /// What kind of discrimination.
    Tipo,
    /// What was done.
    Intervencion,
    /// What came of it, as a label, in words, or both.
    Resultado,
    /// Why it was closed.
    CausaCierre,
    /// Complaints, files, addresses; several columns may.
    Referencias,
    /// Whatever else; several columns may.
    Notas,
    /// How far it has come.
    Estado,
}

impl Field {
    /// In the order in which they are offered.
    pub const ALL: [Self; 13] = [
        Self::Number,
        Self::Hechos,
        Self::Fecha,
        Self::FechaDenuncia,
        Self::Provincia,
        Self::Ambito,
        Self::Tipo,
        Self::Intervencion,
        Self::Resultado,
        Self::CausaCierre,
        Self::Referencias,
        Self::Notas,
        Self::Estado,
    ];

    /// Its name on the command line and in reports.
    pub fn name(self) -> &'static str {
        self.names()[0]
    }

    /// Several columns can be this field: their texts come one after the other.
    pub fn takes_several(self) -> bool {
        matches!(self, Self::Referencias | Self::Notas)
    }

    /// The field of that name.
    pub fn named(name: &str) -> Option<Self> {
        let folded = fold(name);
        Self::ALL.into_iter().find(|field| fold(field.name()) == folded)
    }

    /// Folded headings; the first is the field's name.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Number => {
                &["numero", "n", "nº", "n º", "no", "num", "numero de caso", "caso", "n caso", "number", "case number"]
            }
            Self::Hechos => &[
                "hechos",
                "hecho",
                "descripcion",
                "descripcion de los hechos",
                "descripcion del caso",
                "relato",
                "text",
                "texto",
                "facts",
                "description",
            ],
            Self::Fecha => &[
                "fecha hechos",
                "fecha",
                "fecha de los hechos",
                "fecha del hecho",
                "fecha del incidente",
                "date",
                "date of facts",
                "incident date",
                "año",
                "year",
            ],
            Self::FechaDenuncia => &[
                "fecha denuncia",
                "fecha de la denuncia",
                "fecha de denuncia",
                "denuncia",
                "complaint date",
                "date of complaint",
            ],
            Self::Provincia => &["provincia", "lugar", "localizacion", "province", "place"],
            Self::Ambito => &["ambito", "ambito de discriminacion", "area", "sector", "field"],
            Self::Tipo => &[
                "tipo discriminacion",
                // As in the FSG's published table.
                "tipo desciminacion",
                "tipo",
                "tipo de discriminacion",
                "discriminacion",
                "type",
                "kind",
                "type of discrimination",
                "discrimination type",
            ],
            Self::Intervencion => {
                &["intervencion", "intervencion fsg", "actuacion", "actuaciones", "intervention", "action"]
            }
            Self::Resultado => &["resultado", "resultados", "resultado texto", "desenlace", "outcome", "result"],
            Self::CausaCierre => &["causa cierre", "causa de cierre", "motivo de cierre", "cierre", "closing reason"],
            Self::Referencias => &[
                "referencias",
                "referencia",
                "reference",
                "references",
                "link",
                "enlace",
                "enlaces",
                "url",
                "web",
                "fuente",
                "source",
                "expediente",
            ],
            Self::Notas => &["notas", "nota", "observaciones", "comentarios", "notes", "comments", "remarks"],
            Self::Estado => &["estado", "situacion", "status", "state"],
        }
    }
}

/// Headings of columns that a program filled: no person's judgement of the outcome.
const OF_MACHINES: [&str; 8] =
    ["sentiment", "sentimiento", "prob", "probability", "probabilidad", "score", "label", "sintetico"];

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub heading: String,
    /// What it is; none is left out.
    pub field: Option<Field>,
}

/// What each column is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// In the file's order.
    pub columns: Vec<Column>,
}

impl Mapping {
    /// As the headings suggest.
    pub fn guess(headings: &[String]) -> Self {
        let mut columns: Vec<Column> =
            headings.iter().map(|heading| Column { heading: heading.clone(), field: None }).collect();
        let folded: Vec<String> = headings.iter().map(|heading| fold(heading)).collect();
        // The better a name, the earlier it chooses: `tipo` is a type only where `tipo_discriminacion` isn't there.
        for field in Field::ALL {
            for name in field.names() {
                let taken = columns.iter().any(|column| column.field == Some(field));
                if taken && !field.takes_several() {
                    break;
                }
                for at in (0..columns.len()).filter(|at| folded[*at] == *name) {
                    let taken = columns.iter().any(|column| column.field == Some(field));
                    if columns[at].field.is_none() && (!taken || field.takes_several()) {
                        columns[at].field = Some(field);
                    }
                }
            }
        }
        Self { columns }
    }

    /// Sets one column, by its heading or, from 1, its place: `Relato=hechos`, `3=provincia`, `Otros=-` for leaving it out.
    pub fn set(&mut self, assignment: &str) -> Result<(), ImportError> {
        let wrong = |name: &str| ImportError::WrongMapping { name: name.trim().chars().take(60).collect() };
        let (column, field) = assignment.rsplit_once('=').ok_or_else(|| wrong(assignment))?;
        let wanted = fold(column);
        let by_heading = self.columns.iter().position(|one| !wanted.is_empty() && fold(&one.heading) == wanted);
        let by_place = || column.trim().parse::<usize>().ok().filter(|at| (1..=self.columns.len()).contains(at));
        let at = by_heading.or_else(|| by_place().map(|at| at - 1)).ok_or_else(|| wrong(column))?;
        let field = match field.trim() {
            "-" | "" => None,
            name => Some(Field::named(name).ok_or_else(|| wrong(name))?),
        };
        self.choose(at, field);
        Ok(())
    }

    /// Makes the column at this place that field; another that was it no longer is, unless the field takes several.
    pub fn choose(&mut self, at: usize, field: Option<Field>) {
        if let Some(field) = field.filter(|field| !field.takes_several()) {
            for column in self.columns.iter_mut().filter(|column| column.field == Some(field)) {
                column.field = None;
            }
        }
        if let Some(column) = self.columns.get_mut(at) {
            column.field = field;
        }
    }

    /// The places of a field's columns.
    pub fn of(&self, field: Field) -> impl Iterator<Item = usize> {
        self.columns.iter().enumerate().filter(move |(_, column)| column.field == Some(field)).map(|(at, _)| at)
    }
}

/// The heading is that of a program's label.
pub(super) fn is_of_machine(heading: &str) -> bool {
    OF_MACHINES.contains(&fold(heading).as_str())
}

/// For each of our own columns, the file's columns that hold it, where the table is one of ours.
pub(super) fn of_ours(headings: &[String]) -> Option<Vec<Vec<usize>>> {
    COLUMNS
        .iter()
        .map(|name| {
            let parts: Vec<usize> = (0..)
                .map_while(|part| {
                    let wanted = super::super::xlsx::continued(name, part);
                    headings.iter().position(|heading| *heading == wanted)
                })
                .collect();
            (!parts.is_empty()).then_some(parts)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    fn guessed(names: &[&str]) -> Vec<Option<Field>> {
        Mapping::guess(&headings(names)).columns.into_iter().map(|column| column.field).collect()
    }

    #[test]
    fn headings_are_understood_in_both_languages_and_misspelt() {
        assert_eq!(
            guessed(&[
                "Descripción de los HECHOS",
                "tipo_desciminacion",
                "Fecha de los hechos",
                "reference",
                "link",
                "prob"
            ]),
            [
                Some(Field::Hechos),
                Some(Field::Tipo),
                Some(Field::Fecha),
                Some(Field::Referencias),
                Some(Field::Referencias),
                None
            ]
        );
        assert_eq!(
            guessed(&["Facts", "Outcome", "Province"]),
            [Some(Field::Hechos), Some(Field::Resultado), Some(Field::Provincia)]
        );
        assert_eq!(guessed(&["tipo", "tipo_discriminacion"]), [None, Some(Field::Tipo)], "the better name wins");
        assert!(is_of_machine("Sentiment") && !is_of_machine("resultado"));
    }

    #[test]
    fn a_person_can_map_otherwise() {
        let mut mapping = Mapping::guess(&headings(&["hechos", "Relato largo", "x"]));
        mapping.set("relato LARGO=hechos").unwrap();
        mapping.set("3=notas").unwrap();
        let fields: Vec<Option<Field>> = mapping.columns.iter().map(|column| column.field).collect();
        assert_eq!(fields, [None, Some(Field::Hechos), Some(Field::Notas)]);
        mapping.set("x=-").unwrap();
        assert_eq!(mapping.columns[2].field, None);
        for wrong in ["hechos", "nada=hechos", "hechos=nada", "9=hechos", "0=hechos", "=hechos"] {
            assert!(matches!(mapping.set(wrong), Err(ImportError::WrongMapping { .. })), "{wrong}");
        }
    }
}
