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

/// How many cases go which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Cases of their own.
    pub added: usize,
    /// Put into another case, of the file or stored.
    pub merged: usize,
    /// Left out.
    pub skipped: usize,
}

/// Where a case goes; cases are named by their places.
enum Fate {
    Add,
    /// Into that case of the file.
    Into(usize),
    /// Into the stored case that it repeats.
    Stored(CaseId),
    Skip,
}

fn fates(count: usize, duplicates: &[Duplicate], policy: impl Fn(usize) -> Policy) -> Vec<Fate> {
    let mut of: Vec<Option<&Same>> = vec![None; count];
    for duplicate in duplicates.iter().filter(|duplicate| duplicate.index < count) {
        of[duplicate.index] = Some(&duplicate.of);
    }
    // The case that stands for the one at each place: itself, or the one that it was put into or left out for.
    let mut stands: Vec<Option<usize>> = Vec::with_capacity(count);
    let mut fates = Vec::with_capacity(count);
    for (index, of) in of.into_iter().enumerate() {
        let policy = if of.is_some() { policy(index) } else { Policy::Keep };
        let earlier = match of {
            Some(Same::Earlier(earlier)) => stands.get(*earlier).copied().flatten(),
            _ => None,
        };
        let (fate, stand) = match (policy, of, earlier) {
            (Policy::Skip, Some(_), earlier) => (Fate::Skip, earlier),
            (Policy::Merge, Some(Same::Earlier(_)), Some(earlier)) => (Fate::Into(earlier), Some(earlier)),
            // The earlier one was left out for a stored one: this is left out with it.
            (Policy::Merge, Some(Same::Earlier(_)), None) => (Fate::Skip, None),
            (Policy::Merge, Some(Same::Stored(id)), _) => (Fate::Stored(id.clone()), Some(index)),
            _ => (Fate::Add, Some(index)),
        };
        fates.push(fate);
        stands.push(stand);
    }
    fates
}

/// What [`resolve`] would do with so many cases.
pub fn tally(count: usize, duplicates: &[Duplicate], policy: impl Fn(usize) -> Policy) -> Tally {
    let mut tally = Tally::default();
    for fate in fates(count, duplicates, policy) {
        match fate {
            Fate::Add => tally.added += 1,
            Fate::Into(_) | Fate::Stored(_) => tally.merged += 1,
            Fate::Skip => tally.skipped += 1,
        }
    }
    tally
}

/// Turns cases and what is known of their duplicates into steps; `policy` decides by the case's place.
pub fn resolve(cases: Vec<Case>, duplicates: &[Duplicate], policy: impl Fn(usize) -> Policy) -> Vec<Step> {
    let fates = fates(cases.len(), duplicates, policy);
    let mut steps: Vec<Step> = Vec::with_capacity(cases.len());
    // The step of the case at each place.
    let mut step_of: Vec<usize> = Vec::with_capacity(cases.len());
    for (case, fate) in cases.into_iter().zip(fates) {
        step_of.push(steps.len());
        match fate {
            Fate::Add => steps.push(Step::Add(case)),
            Fate::Stored(id) => steps.push(Step::Merge(case, id)),
            Fate::Into(earlier) => {
                let (Step::Add(into) | Step::Merge(into, _)) = &mut steps[step_of[earlier]];
                merge(into, case);
            }
            Fate::Skip => {}
        }
    }
    steps
}

/// Fills what a case lacks from another. A text that differs is lost nowhere: it goes behind the notes.
pub fn merge(into: &mut Case, from: Case) {
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
            let both = format!("{}\n\n{text}", into.notas.trim_end());
            both.trim_start().clone_into(&mut into.notas);
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

    fn ids(steps: &[Step]) -> Vec<String> {
        steps
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
        let done = |policy: Policy| (ids(&resolve(cases(), &same, |_| policy)), tally(4, &same, |_| policy));
        let tally_of = |added, merged, skipped| Tally { added, merged, skipped };
        assert_eq!(done(Policy::Skip), (vec!["+a".into()], tally_of(1, 0, 3)));
        assert_eq!(done(Policy::Merge), (vec!["+a".into(), "c>s".into()], tally_of(1, 3, 0)));
        let all: Vec<String> = ["+a", "+b", "+c", "+d"].map(String::from).into();
        assert_eq!(done(Policy::Keep), (all, tally_of(4, 0, 0)));
        // b is kept, so what repeats it is put into b; what repeats a case that was left out goes where that went.
        let mixed = |at| if at == 1 { Policy::Keep } else { Policy::Merge };
        assert_eq!(ids(&resolve(cases(), &same, mixed)), ["+a", "+b", "c>s"]);
        let gone = [duplicate(0, Same::Stored(CaseId("s".into()))), duplicate(1, Same::Earlier(0))];
        let first = |at| if at == 0 { Policy::Skip } else { Policy::Merge };
        assert_eq!(ids(&resolve(cases(), &gone, first)), ["+c", "+d"]);
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
        let steps = resolve(vec![one, two], &[duplicate(1, Same::Earlier(0))], |_| Policy::Merge);
        let Step::Add(case) = &steps[0] else { panic!() };
        assert_eq!((case.hechos.as_str(), case.provincia.as_deref()), ("Lo mismo.", Some("Jaén")));
        assert_eq!((case.intervencion.as_str(), case.intervencion_generada), ("Se llamó.", true));
        assert_eq!(case.referencias, ["r1", "r2"]);
        assert_eq!(case.notas, "Granada\n\nNota.");
    }
}
