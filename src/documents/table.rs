//! A case as a row: every field in a column of its own, so that nothing is lost on the way to a spreadsheet and back.

use super::DocumentError;
use crate::domain::{AMBITOS, Ambito, Case, CaseId, CaseStatus, Outcome, Suggestion, TIPOS, Tipo};

/// The headings, in order. A table that has all of them is one of ours, and is read to the letter.
pub(super) const COLUMNS: [&str; 20] = [
    "numero",
    "provincia",
    "ambito",
    "tipo_discriminacion",
    "fecha_hechos",
    "fecha_denuncia",
    "hechos",
    "intervencion",
    "intervencion_generada",
    "resultado",
    "resultado_texto",
    "causa_cierre",
    "referencias",
    "notas",
    "estado",
    "creado",
    "modificado",
    "version",
    "id",
    "propuesta",
];

/// Of the table's form, in its own column so that a later one is known for what it is.
pub(super) const VERSION: &str = "1";

const YES: &str = "sí";
const NO: &str = "no";

/// The cells of a case.
pub(super) fn row(case: &Case) -> Result<[String; 20], DocumentError> {
    let proposal = if case.propuesta.is_some() {
        let finite = super::json::finite(case);
        let suggestion = finite.as_ref().unwrap_or(case).propuesta.as_ref();
        serde_json::to_string(&suggestion).map_err(|_| DocumentError::Encode)?
    } else {
        String::new()
    };
    Ok([
        case.number.clone(),
        case.provincia.clone().unwrap_or_default(),
        case.ambito.map(Ambito::label).unwrap_or_default().to_owned(),
        case.tipo.map(Tipo::label).unwrap_or_default().to_owned(),
        case.fecha.clone(),
        case.fecha_denuncia.clone(),
        case.hechos.clone(),
        case.intervencion.clone(),
        if case.intervencion_generada { YES } else { NO }.to_owned(),
        case.resultado.map(Outcome::word).unwrap_or_default().to_owned(),
        case.resultado_texto.clone(),
        case.causa_cierre.clone(),
        join(&case.referencias)?,
        case.notas.clone(),
        status_word(case.status).to_owned(),
        case.created_at.clone(),
        case.modified_at.clone(),
        VERSION.to_owned(),
        case.id.0.clone(),
        proposal,
    ])
}

/// The case of a row of ours; the column of the first cell that can't be read otherwise.
pub(super) fn case(cells: &[String; 20]) -> Result<Case, usize> {
    let at = |name: &str| COLUMNS.iter().position(|column| *column == name).unwrap_or_default();
    let cell = |name: &str| cells[at(name)].as_str();
    let optional = |name: &str| Some(cell(name)).filter(|text| !text.is_empty());
    let known = |name: &str, found: bool| if found { Ok(()) } else { Err(at(name)) };
    known("version", cell("version") == VERSION)?;
    known("id", super::json::is_id(cell("id")))?;
    let mut case = Case::new(CaseId(cell("id").to_owned()), cell("numero").to_owned(), cell("creado").to_owned());
    cell("modificado").clone_into(&mut case.modified_at);
    case.provincia = optional("provincia").map(str::to_owned);
    case.ambito = optional("ambito").and_then(|word| AMBITOS.iter().copied().find(|one| one.label() == word));
    known("ambito", case.ambito.is_some() || optional("ambito").is_none())?;
    let tipo = optional("tipo_discriminacion");
    case.tipo = tipo.and_then(|word| TIPOS.iter().copied().find(|one| one.label() == word));
    known("tipo_discriminacion", case.tipo.is_some() || tipo.is_none())?;
    cell("fecha_hechos").clone_into(&mut case.fecha);
    cell("fecha_denuncia").clone_into(&mut case.fecha_denuncia);
    cell("hechos").clone_into(&mut case.hechos);
    cell("intervencion").clone_into(&mut case.intervencion);
    case.intervencion_generada = match cell("intervencion_generada") {
        YES => true,
        NO => false,
        // A machine's sentence must not pass for a person's because a cell was changed.
        _ => return Err(at("intervencion_generada")),
    };
    case.resultado = optional("resultado").and_then(|word| Outcome::ALL.into_iter().find(|one| one.word() == word));
    known("resultado", case.resultado.is_some() || optional("resultado").is_none())?;
    cell("resultado_texto").clone_into(&mut case.resultado_texto);
    cell("causa_cierre").clone_into(&mut case.causa_cierre);
    case.referencias = split(cell("referencias"));
    cell("notas").clone_into(&mut case.notas);
    case.status = status_of(cell("estado")).ok_or(at("estado"))?;
    case.propuesta = match optional("propuesta") {
        None => None,
        Some(json) => Some(serde_json::from_str::<Suggestion>(json).map_err(|_| at("propuesta"))?),
    };
    Ok(case)
}

/// A status as the window writes it in Spanish.
pub(super) fn status_word(status: CaseStatus) -> &'static str {
    match status {
        CaseStatus::Draft => "borrador",
        CaseStatus::Accepted => "en curso",
        CaseStatus::Closed => "cerrado",
    }
}

pub(super) fn status_of(word: &str) -> Option<CaseStatus> {
    [CaseStatus::Draft, CaseStatus::Accepted, CaseStatus::Closed].into_iter().find(|one| status_word(*one) == word)
}

/// References one under the other; as a JSON list where that would not give the same ones back.
fn join(references: &[String]) -> Result<String, DocumentError> {
    let plain = references.join("\n");
    if split(&plain) == references {
        Ok(plain)
    } else {
        serde_json::to_string(references).map_err(|_| DocumentError::Encode)
    }
}

fn split(cell: &str) -> Vec<String> {
    if cell.is_empty() {
        return Vec::new();
    }
    if cell.starts_with('[')
        && let Ok(list) = serde_json::from_str(cell)
    {
        return list;
    }
    cell.split('\n').map(str::to_owned).collect()
}

/// What a spreadsheet would take for a formula, and what already begins with the sign that keeps it from doing so.
pub(super) fn is_risky(cell: &str) -> bool {
    cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\''])
}

/// A cell that no spreadsheet takes for a formula: an apostrophe in front says «text» (OWASP, CSV injection).
pub(super) fn guard(cell: &str) -> String {
    if is_risky(cell) { format!("'{cell}") } else { cell.to_owned() }
}

/// The cell without that apostrophe.
pub(super) fn unguard(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_risky(rest) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_back_as_they_were() {
        let lists: [&[&str]; 7] = [&[], &["a"], &["a", "b"], &[""], &["a\nb", "c"], &["[\"x\"]"], &["", "a"]];
        for list in lists {
            let list: Vec<String> = list.iter().map(|&one| one.to_owned()).collect();
            assert_eq!(split(&join(&list).unwrap()), list, "{list:?}");
        }
    }

    #[test]
    fn formulas_are_guarded_and_come_back() {
        for cell in ["=1+1", "+34 600", "-", "@SUM(A1)", "\tx", "\rx", "'=1", "''", "'", "", "plain", "a=b"] {
            let guarded = guard(cell);
            assert!(!guarded.starts_with(['=', '+', '-', '@', '\t', '\r']), "{guarded}");
            assert_eq!(unguard(&guarded), cell);
        }
        assert_eq!(unguard("'tis"), "'tis", "an apostrophe of the text's own stays");
    }
}
