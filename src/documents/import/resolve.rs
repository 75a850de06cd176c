//! What becomes of duplicates: they are left out, put into the case that they repeat, or kept as cases of their own.

use super::duplicates::{Duplicate, Same};
use super::words::fold;
use crate::domain::{Case, CaseId};

/// What to do with a duplicate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Leave it out.
    #[default]
    Skip,
    /// Fill what the other lacks; texts that differ go into its notes.
    Merge,
    /// A case of its own.
    Keep,
}

impl Policy {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Skip, Self::Merge, Self::Keep];
}

/// One thing that an import does.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// A new case.
    Add(Case),
    /// Into the stored case of that name.
    Merge(Case, CaseId),
}

/// All that an import does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Resolved {
    /// In the file's order.
    pub steps: Vec<Step>,
    /// Duplicates that were left out.
    pub skipped: usize,
    /// Duplicates that were put into another case of the file.
    pub merged: usize,
}

/// Turns cases and what is known of their duplicates into steps; `policy` decides by the case's place.
pub fn resolve(cases: Vec<Case>, duplicates: &[Duplicate], policy: impl Fn(usize) -> Policy) -> Resolved {
    let mut of: Vec<Option<&Same>> = vec![None; cases.len()];
    for duplicate in duplicates.iter().filter(|duplicate| duplicate.index < cases.len()) {
        of[duplicate.index] = Some(&duplicate.of);
    }
    let mut resolved = Resolved::default();
    // Where the case at each place has gone: its step, or that of the case that it was put into or left out for.
    let mut gone: Vec<Option<usize>> = Vec::with_capacity(cases.len());
    for (index, case) in cases.into_iter().enumerate() {
        let policy = if of[index].is_some() { policy(index) } else { Policy::Keep };
        let earlier = match of[index] {
            Some(Same::Earlier(earlier)) => gone.get(*earlier).copied().flatten(),
            _ => None,
        };
        let step = match (policy, of[index], earlier) {
            (Policy::Skip, Some(_), earlier) => {
                resolved.skipped += 1;
                earlier
            }
            (Policy::Merge, Some(Same::Earlier(_)), Some(step)) => {
                let (Step::Add(into) | Step::Merge(into, _)) = &mut resolved.steps[step];
                merge(into, case);
                resolved.merged += 1;
                Some(step)
            }
            (Policy::Merge, Some(Same::Stored(id)), _) => {
                resolved.steps.push(Step::Merge(case, id.clone()));
                Some(resolved.steps.len() - 1)
            }
            // The earlier one was left out for a stored one: this is left out with it.
            (Policy::Merge, Some(Same::Earlier(_)), None) => {
                resolved.skipped += 1;
                None
            }
            _ => {
                resolved.steps.push(Step::Add(case));
                Some(resolved.steps.len() - 1)
            }
        };
        gone.push(step);
    }
    resolved
}

/// Fills what a case lacks from another. A text that differs is lost nowhere: it goes behind the notes.
fn merge(into: &mut Case, from: Case) {
    let mut behind = Vec::new();
    let was_written = !into.intervencion.trim().is_empty();
    let mut text = |mine: &mut String, theirs: String| {
        if mine.trim().is_empty() {
            *mine = theirs;
        } else if !theirs.trim().is_empty() && fold(mine) != fold(&theirs) {
            behind.push(theirs.trim().to_owned());
        }
    };
    text(&mut into.hechos, from.hechos);
    text(&mut into.intervencion, from.intervencion);
    text(&mut into.resultado_texto, from.resultado_texto);
    text(&mut into.causa_cierre, from.causa_cierre);
    text(&mut into.number, from.number);
    text(&mut into.fecha, from.fecha);
    text(&mut into.fecha_denuncia, from.fecha_denuncia);
    let mut provincia = into.provincia.take().unwrap_or_default();
    text(&mut provincia, from.provincia.unwrap_or_default());
    into.provincia = Some(provincia).filter(|name| !name.is_empty());
    if !was_written {
        into.intervencion_generada = from.intervencion_generada;
    }
    into.ambito = into.ambito.or(from.ambito);
    into.tipo = into.tipo.or(from.tipo);
    into.resultado = into.resultado.or(from.resultado);
    into.propuesta = into.propuesta.take().or(from.propuesta);
    for reference in from.referencias {
        if !into.referencias.contains(&reference) {
            into.referencias.push(reference);
        }
    }
    behind.push(from.notas.trim().to_owned());
    for text in behind.into_iter().filter(|text| !text.is_empty()) {
        if !into.notas.contains(&text) {
            into.notas = format!("{}\n\n{text}", into.notas.trim_end()).trim_start().to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, facts: &str) -> Case {
        let mut case = Case::new(CaseId(id.into()), String::new(), String::new());
        case.hechos = facts.into();
        case
    }

    fn duplicate(index: usize, of: Same) -> Duplicate {
        Duplicate { index, of, likeness: 1.0 }
    }

    fn ids(resolved: &Resolved) -> Vec<String> {
        resolved
            .steps
            .iter()
            .map(|step| match step {
                Step::Add(case) => format!("+{}", case.id.0),
                Step::Merge(case, id) => format!("{}>{}", case.id.0, id.0),
            })
            .collect()
    }

    #[test]
    fn each_policy_does_what_it_says() {
        let cases = || vec![case("a", "x"), case("b", "x"), case("c", "y"), case("d", "x")];
        let stored = Same::Stored(CaseId("s".into()));
        let same = [duplicate(1, Same::Earlier(0)), duplicate(2, stored), duplicate(3, Same::Earlier(1))];
        let skipped = resolve(cases(), &same, |_| Policy::Skip);
        assert_eq!((ids(&skipped), skipped.skipped), (vec!["+a".into()], 3));
        let merged = resolve(cases(), &same, |_| Policy::Merge);
        assert_eq!((ids(&merged), merged.merged, merged.skipped), (vec!["+a".into(), "c>s".into()], 2, 0));
        let kept = resolve(cases(), &same, |_| Policy::Keep);
        assert_eq!(ids(&kept), ["+a", "+b", "+c", "+d"]);
    }

    #[test]
    fn merging_fills_and_loses_nothing() {
        let mut one = case("a", "Lo mismo.");
        one.provincia = Some("Jaén".into());
        one.referencias = vec!["r1".into()];
        let mut two = case("b", "lo mismo");
        two.provincia = Some("Granada".into());
        two.intervencion = "Se llamó.".into();
        two.intervencion_generada = true;
        two.referencias = vec!["r1".into(), "r2".into()];
        two.notas = "Nota.".into();
        let resolved = resolve(vec![one, two], &[duplicate(1, Same::Earlier(0))], |_| Policy::Merge);
        let Step::Add(case) = &resolved.steps[0] else { panic!() };
        assert_eq!((case.hechos.as_str(), case.provincia.as_deref()), ("Lo mismo.", Some("Jaén")));
        assert_eq!((case.intervencion.as_str(), case.intervencion_generada), ("Se llamó.", true));
        assert_eq!(case.referencias, ["r1", "r2"]);
        assert_eq!(case.notas, "Granada\n\nNota.");
    }
}
