//! What the export and the import dialog hold while they are open.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use crate::documents::import::{Plan, Policy, Source, Tally, tally};
use crate::documents::{Format, Preview, PrintOptions, unreviewed};
use crate::domain::{Case, CaseId};
use crate::error::UserError;
use crate::vault::Query;
use crate::worker::vault_protocol::{Outgoing, Progress};

/// An export that is being prepared.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportForm {
    /// The shown case.
    pub shown: Vec<Case>,
    /// The cases of the list, as searched and filtered.
    pub listed: Vec<Case>,
    /// What stands in their place where the list is a vault's; `listed` then holds the first.
    pub found: Option<Found>,
    /// The list instead of the shown case.
    pub many: bool,
    /// In which form.
    pub format: Format,
    /// What of each case is printed.
    pub print: PrintOptions,
    /// Over the first page.
    pub letterhead: String,
    /// The file of a picture over that; empty = none.
    pub letterhead_image: String,
    /// The file's name.
    pub name: String,
    /// The names that are offered: for the shown case, and for the list.
    pub names: [String; 2],
    /// The folder, as text that can be edited.
    pub folder: String,
    /// The name is taken: ask before replacing.
    pub exists: bool,
    /// The person has said that the file holds personal data.
    pub understood: bool,
    /// It is being written.
    pub writing: bool,
    /// Why it could not be written.
    pub error: Option<UserError>,
    /// What it will look like, and of what that was made.
    pub preview: Option<(PreviewOf, Preview)>,
}

/// What the list of a vault shows, to be exported.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// It.
    pub query: Query,
    /// How much that is; none until the vault has looked.
    pub outgoing: Option<Outgoing>,
}

/// What a preview depends on.
pub type PreviewOf = (bool, Format, PrintOptions);

impl ExportForm {
    /// How many cases of the list go out; none while the vault has not looked.
    pub fn listed_count(&self) -> Option<usize> {
        match &self.found {
            None => Some(self.listed.len()),
            Some(found) => {
                found.outgoing.as_ref().map(|outgoing| usize::try_from(outgoing.total).unwrap_or(usize::MAX))
            }
        }
    }

    /// How many cases go out.
    pub fn count(&self) -> usize {
        if self.many { self.listed_count().unwrap_or(0) } else { self.shown.len() }
    }

    /// The cases that go out; of a vault's list, the first of them.
    pub fn cases(&self) -> &[Case] {
        if self.many { &self.listed } else { &self.shown }
    }

    /// Generated passages among them that nobody has reviewed.
    pub fn unreviewed(&self) -> usize {
        let outgoing = self.found.as_ref().filter(|_| self.many).and_then(|found| found.outgoing.as_ref());
        if let Some(outgoing) = outgoing {
            return outgoing.unreviewed[usize::from(self.print.proposal || !self.format.is_printed())];
        }
        let all = PrintOptions { proposal: self.print.proposal || !self.format.is_printed(), ..self.print };
        unreviewed(self.cases(), all)
    }

    /// Where to.
    pub fn path(&self) -> PathBuf {
        let name = self.name.trim();
        let known = Format::ALL.iter().find_map(|format| name.strip_suffix(&format!(".{}", format.extension())));
        PathBuf::from(self.folder.trim()).join(format!("{}.{}", known.unwrap_or(name), self.format.extension()))
    }

    /// After another choice of cases: the name that goes with it, unless the person has typed one.
    pub fn offer_name(&mut self) {
        if self.names.contains(&self.name) {
            self.name.clone_from(&self.names[usize::from(self.many)]);
        }
        self.exists = false;
    }

    /// Everything is said that must be.
    pub fn is_ready(&self) -> bool {
        let named = !self.name.trim().is_empty() && !self.folder.trim().is_empty();
        named && self.understood && !self.writing && self.count() > 0
    }
}

/// An import that is being prepared, or was just done.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportForm {
    /// The file, as text that can be edited.
    pub path: String,
    /// It is being read.
    pub reading: bool,
    /// Why it could not be.
    pub error: Option<UserError>,
    /// What it holds, and what importing it would do.
    pub read: Option<(Arc<Source>, Arc<Plan>)>,
    /// What becomes of duplicates.
    pub policy: Policy,
    /// What becomes of single ones, by their place among the cases.
    pub choices: BTreeMap<usize, Policy>,
    /// The office numbers of the vault's cases among the duplicates.
    pub numbers: HashMap<CaseId, String>,
    /// The vault is taking them in.
    pub taking: Option<Taking>,
    /// What was done.
    pub done: Option<Tally>,
}

/// An import that the vault is doing.
#[derive(Debug, Clone, PartialEq)]
pub struct Taking {
    /// What it will have done.
    pub tally: Tally,
    /// How many cases it writes.
    pub cases: usize,
    /// How many are written.
    pub progress: Progress,
}

impl ImportForm {
    /// What becomes of the case at this place, if it is a duplicate.
    pub fn policy_of(&self, index: usize) -> Policy {
        self.choices.get(&index).copied().unwrap_or(self.policy)
    }

    /// What importing would do; none while something stands in the way.
    pub fn tally(&self) -> Option<Tally> {
        let (_, plan) = self.read.as_ref()?;
        let free = plan.blocked().is_none() && !plan.cases.is_empty();
        free.then(|| tally(plan.cases.len(), &plan.duplicates, |index| self.policy_of(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> ExportForm {
        let mut case = Case::new(CaseId("a".into()), String::new(), String::new());
        case.intervencion_generada = true;
        ExportForm {
            shown: vec![case],
            listed: Vec::new(),
            found: None,
            many: false,
            format: Format::Pdf,
            print: PrintOptions::default(),
            letterhead: String::new(),
            letterhead_image: String::new(),
            name: "2026-031".into(),
            names: ["2026-031".into(), "casos".into()],
            folder: "/casos".into(),
            exists: false,
            understood: false,
            writing: false,
            error: None,
            preview: None,
        }
    }

    #[test]
    fn nothing_goes_out_before_the_person_has_understood() {
        let mut form = form();
        assert!(!form.is_ready());
        form.understood = true;
        assert!(form.is_ready());
        form.many = true;
        assert!(!form.is_ready(), "there is no case in the list");
    }

    #[test]
    fn the_name_goes_with_what_is_chosen_until_one_is_typed() {
        let mut form = form();
        form.many = true;
        form.offer_name();
        assert_eq!(form.name, "casos");
        form.name = "memoria".into();
        form.many = false;
        form.offer_name();
        assert_eq!(form.name, "memoria");
    }

    #[test]
    fn the_ending_is_the_forms() {
        let mut form = form();
        assert_eq!(form.path(), PathBuf::from("/casos/2026-031.pdf"));
        form.name = " informe 1.0.docx ".into();
        assert_eq!(form.path(), PathBuf::from("/casos/informe 1.0.pdf"));
    }
}
