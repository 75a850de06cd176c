//! Splits the generated text into intervention and outcome while it streams, so that no part of a marker is ever shown.

use super::{END, OUTCOME_MARKER, Section};

/// What became certain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Where it belongs.
    pub section: Section,
    /// The text to add to that section.
    pub delta: String,
}

/// Fed with generated text, in pieces of any size; the result does not depend on the pieces. Sections lose the blanks at
/// both ends, as the seed's own parse does.
#[derive(Debug, Clone)]
pub struct SectionSplitter {
    section: Section,
    /// Text that may yet turn out to be a marker, or a blank at a section's end.
    held: String,
    /// The section has shown something.
    begun: bool,
    ended: bool,
    outcome_seen: bool,
}

impl Default for SectionSplitter {
    fn default() -> Self {
        Self { section: Section::Intervention, held: String::new(), begun: false, ended: false, outcome_seen: false }
    }
}

impl SectionSplitter {
    /// Adds generated text; gives what can be shown by now.
    pub fn push(&mut self, text: &str) -> Vec<Split> {
        let mut splits = Vec::new();
        if self.ended {
            return splits;
        }
        self.held.push_str(text);
        while let Some((at, marker)) = self.first_marker() {
            let rest = self.held.split_off(at + marker.len());
            self.held.truncate(at);
            self.emit(self.held.trim_end().len(), &mut splits);
            self.held = rest;
            if marker == END {
                self.ended = true;
                self.held.clear();
                return splits;
            }
            self.section = Section::Outcome;
            self.outcome_seen = true;
            self.begun = false;
        }
        self.emit(self.certain_len(), &mut splits);
        splits
    }

    /// The text is over: gives what was held back. It was no marker after all.
    pub fn finish(&mut self) -> Vec<Split> {
        let mut splits = Vec::new();
        if !self.ended {
            self.emit(self.held.trim_end().len(), &mut splits);
            self.held.clear();
            self.ended = true;
        }
        splits
    }

    /// `<EH>` has come; everything after it is left out.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// `Resultado:` has come.
    pub fn outcome_seen(&self) -> bool {
        self.outcome_seen
    }

    fn markers(&self) -> &'static [&'static str] {
        match self.section {
            Section::Intervention => &[OUTCOME_MARKER, END],
            Section::Outcome => &[END],
        }
    }

    fn first_marker(&self) -> Option<(usize, &'static str)> {
        self.markers().iter().filter_map(|marker| Some((self.held.find(marker)?, *marker))).min()
    }

    /// How much of what is held can't become a marker or a trailing blank.
    fn certain_len(&self) -> usize {
        let held = &self.held;
        let begins_marker = |at: &usize| self.markers().iter().any(|marker| marker.starts_with(&held[*at..]));
        let start = held.char_indices().map(|(at, _)| at).find(begins_marker).unwrap_or(held.len());
        held[..start].trim_end().len()
    }

    /// Gives out the first `len` bytes of what is held.
    fn emit(&mut self, len: usize, splits: &mut Vec<Split>) {
        let rest = self.held.split_off(len);
        let text = std::mem::replace(&mut self.held, rest);
        let delta = if self.begun { text } else { text.trim_start().to_owned() };
        if !delta.is_empty() {
            self.begun = true;
            splits.push(Split { section: self.section, delta });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Intervention, outcome and whether the end came, for a text cut into pieces of `size` letters.
    fn split(text: &str, size: usize) -> (String, String, bool) {
        let mut splitter = SectionSplitter::default();
        let (mut intervention, mut outcome) = (String::new(), String::new());
        let letters: Vec<char> = text.chars().collect();
        let mut splits = Vec::new();
        for piece in letters.chunks(size) {
            splits.extend(splitter.push(&piece.iter().collect::<String>()));
        }
        let ended = splitter.has_ended();
        splits.extend(splitter.finish());
        for split in splits {
            match split.section {
                Section::Intervention => intervention.push_str(&split.delta),
                Section::Outcome => outcome.push_str(&split.delta),
            }
        }
        (intervention, outcome, ended)
    }

    fn check(text: &str, intervention: &str, outcome: &str, ended: bool) {
        for size in 1..=text.chars().count().max(1) {
            assert_eq!(split(text, size), (intervention.to_owned(), outcome.to_owned(), ended), "in pieces of {size}");
        }
    }

    #[test]
    fn a_whole_suggestion_is_split_whatever_the_pieces() {
        check("Se habló con la dirección. Resultado:Positivo.<EH>", "Se habló con la dirección.", "Positivo.", true);
    }

    #[test]
    fn what_is_missing_or_doubled_never_confuses_it() {
        check("Se habló con la dirección.", "Se habló con la dirección.", "", false);
        check("Se habló. <EH> y más", "Se habló.", "", true);
        check("Resultado:Neutro.<EH>", "", "Neutro.", true);
        check("<EH>", "", "", true);
        check("", "", "", false);
        check("  Resultado: ", "", "", false);
        check("a Intervención: b Resultado:c Resultado:d", "a Intervención: b", "c Resultado:d", false);
        check("El Resultado fue <E bueno", "El Resultado fue <E bueno", "", false);
        check("Se envió. Resultad", "Se envió. Resultad", "", false);
        check("uno  dos\n\nResultado:x", "uno  dos", "x", false);
    }

    #[test]
    fn no_part_of_a_marker_is_shown_before_it_is_certain() {
        let mut splitter = SectionSplitter::default();
        assert_eq!(splitter.push("Se habló. Resul").last().map(|split| split.delta.as_str()), Some("Se habló."));
        assert_eq!(splitter.push("tado"), []);
        let shown = splitter.push("s buenos");
        assert_eq!(shown[0].delta, " Resultados buenos");
    }
}
