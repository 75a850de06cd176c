//! What the window holds of the vault's cases: the pages of the list that are in view, and what narrows it. Never more
//! than a few pages, however many cases there are.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use crate::clock;
use crate::domain::CaseId;
use crate::vault::{Filters, Hit, KeptSuggestion, Page, Query, Revision};
use crate::worker::vault_protocol::KeptImport;

/// Rows that are read at once.
pub const PAGE_ROWS: usize = 50;
/// So many rows beyond those in view are read too.
const AHEAD_ROWS: usize = 25;
/// So many pages are held.
const MAX_PAGES: usize = 16;
/// So many questions are under way at most: while somebody types or scrolls, answers that nobody waits for any more
/// would only hold up the ones that are looked at.
const MAX_ASKED: usize = 2;

/// The list of an open vault.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ArchiveState {
    /// What narrows the list.
    pub filters: Filters,
    /// The first day, as typed.
    pub from: String,
    /// The last day, as typed.
    pub to: String,
    /// The filters are folded out.
    pub filters_open: bool,
    /// The import that can be taken back.
    pub last_import: Option<KeptImport>,
    /// The row, open cases counted, that gets the keyboard in the next frame.
    pub focus_row: Option<usize>,
    /// Begin at the top in the next frame: it is another list.
    pub to_top: bool,
    /// The list could not be read: nothing is asked until somebody tries again.
    pub stuck: bool,
    /// Rows in view.
    view: Range<usize>,
    /// How many the vault has of what is asked; none before the first answer.
    total: Option<usize>,
    pages: BTreeMap<usize, HeldPage>,
    asked: VecDeque<Question>,
    last_ask: u64,
    /// Counts what was typed and chosen.
    search: u64,
    /// Counts changes of the vault.
    change: u64,
    /// The search whose pages are held.
    held_search: u64,
}

/// A page, and how the vault was when it was read.
#[derive(Debug, Clone, PartialEq)]
struct HeldPage {
    hits: Vec<Hit>,
    change: u64,
}

/// A question that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Question {
    ask: u64,
    page: usize,
    search: u64,
    change: u64,
}

impl ArchiveState {
    /// How many rows the list has; none while that is not known.
    pub fn total(&self) -> Option<usize> {
        self.total
    }

    /// The row at that place, where its page is held.
    pub fn hit(&self, row: usize) -> Option<&Hit> {
        self.pages.get(&(row / PAGE_ROWS))?.hits.get(row % PAGE_ROWS)
    }

    /// One of the rows that are held is this case's.
    pub fn holds(&self, id: &CaseId) -> bool {
        self.pages.values().flat_map(|page| &page.hits).any(|hit| hit.row.id == *id)
    }

    /// What is asked has been answered.
    pub fn is_settled(&self) -> bool {
        self.asked.is_empty() && self.total.is_some() && self.held_search == self.search
    }

    /// How many filters are on, the bin included.
    pub fn filters_on(&self) -> usize {
        let Filters { from, to, provincia, ambito, tipo, resultado, status, bin } = &self.filters;
        [
            from.is_some(),
            to.is_some(),
            provincia.is_some(),
            ambito.is_some(),
            tipo.is_some(),
            resultado.is_some(),
            status.is_some(),
            *bin,
        ]
        .into_iter()
        .filter(|on| *on)
        .count()
    }

    /// Takes all filters off.
    pub fn clear_filters(&mut self) {
        self.filters = Filters::default();
        self.from.clear();
        self.to.clear();
    }

    /// Understands the typed days; what is no date narrows nothing.
    pub fn read_dates(&mut self) {
        self.filters.from = clock::parse_date(&self.from);
        self.filters.to = clock::parse_date(&self.to);
    }

    /// Something else was typed or chosen: what is held belongs to another list from the next answer on.
    pub fn begin_search(&mut self) {
        self.search += 1;
        self.stuck = false;
        self.to_top = true;
        self.view = 0..0;
    }

    /// The vault has changed: what is held is shown until it is read anew.
    pub fn begin_change(&mut self) {
        self.change += 1;
        self.stuck = false;
    }

    /// Whether drawing these rows should ask for something.
    pub fn wants(&self, rows: &Range<usize>) -> bool {
        let missing = self.pages_of(rows).any(|page| !self.is_held(page) && !self.is_asked(page));
        missing && !self.stuck && (self.view != *rows || self.asked.len() < MAX_ASKED)
    }

    /// These rows are in view.
    pub fn set_view(&mut self, rows: Range<usize>) {
        self.view = rows;
    }

    /// The next question that is worth asking, noted as asked.
    pub fn next_question(&mut self, text: &str) -> Option<(u64, Query)> {
        if self.stuck || self.asked.len() >= MAX_ASKED {
            return None;
        }
        let page = self.pages_of(&self.view).find(|page| !self.is_held(*page) && !self.is_asked(*page))?;
        self.last_ask += 1;
        self.asked.push_back(Question { ask: self.last_ask, page, search: self.search, change: self.change });
        let query = Query {
            text: text.to_owned(),
            typing: true,
            filters: self.filters.clone(),
            offset: page * PAGE_ROWS,
            limit: PAGE_ROWS,
        };
        Some((self.last_ask, query))
    }

    /// An answer. One to what nobody asks any more is dropped.
    pub fn answered(&mut self, ask: u64, page: Page) {
        let Some(at) = self.asked.iter().position(|question| question.ask == ask) else { return };
        let Some(question) = self.asked.remove(at) else { return };
        if question.search != self.search {
            return;
        }
        if self.held_search != self.search {
            self.pages.clear();
            self.held_search = self.search;
        }
        let total = usize::try_from(page.total).unwrap_or(usize::MAX);
        self.total = Some(total);
        self.pages.retain(|page, _| page * PAGE_ROWS < total);
        self.pages.insert(question.page, HeldPage { hits: page.hits, change: question.change });
        self.drop_far_pages();
    }

    /// A question could not be answered.
    pub fn failed(&mut self) {
        self.asked.pop_front();
        self.stuck = true;
    }

    fn drop_far_pages(&mut self) {
        let middle = usize::midpoint(self.view.start, self.view.end) / PAGE_ROWS;
        while self.pages.len() > MAX_PAGES {
            let far = self.pages.keys().copied().max_by_key(|page| page.abs_diff(middle));
            far.and_then(|page| self.pages.remove(&page));
        }
    }

    /// The pages of these rows: those in view first, then those around them.
    fn pages_of(&self, rows: &Range<usize>) -> impl Iterator<Item = usize> + use<> {
        let last_row = match self.total {
            Some(total) if self.held_search == self.search => total.saturating_sub(1),
            _ => 0,
        };
        let page = |row: usize| row.min(last_row) / PAGE_ROWS;
        let (first, last) = (page(rows.start), page(rows.end.saturating_sub(1)));
        let (before, after) = (page(rows.start.saturating_sub(AHEAD_ROWS)), page(rows.end + AHEAD_ROWS));
        (first..=last).chain(before..first).chain(last + 1..=after)
    }

    fn is_held(&self, page: usize) -> bool {
        let fresh = self.pages.get(&page).is_some_and(|held| held.change == self.change);
        fresh && self.held_search == self.search && self.total.is_some()
    }

    fn is_asked(&self, page: usize) -> bool {
        let same = |question: &Question| {
            question.page == page && question.search == self.search && question.change == self.change
        };
        self.asked.iter().any(same)
    }
}

/// «Versiones anteriores» and «Propuestas» of a case, while they are looked at.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HistoryForm {
    /// Of which case.
    pub id: Option<CaseId>,
    /// The suggestions instead of the texts.
    pub suggestions_shown: bool,
    /// Earlier texts, the newest first; none until they are read.
    pub revisions: Option<Vec<Revision>>,
    /// The one that is looked at.
    pub revision: usize,
    /// Suggestions, the newest first.
    pub suggestions: Vec<KeptSuggestion>,
    /// The one that is looked at.
    pub suggestion: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(total: u64) -> Page {
        Page { total, hits: Vec::new() }
    }

    fn asked(archive: &mut ArchiveState) -> Option<usize> {
        archive.next_question("").map(|(_, query)| query.offset)
    }

    #[test]
    fn pages_are_asked_for_once_as_they_come_into_view_and_only_a_few_at_a_time() {
        let mut archive = ArchiveState::default();
        assert!(archive.wants(&(0..10)));
        assert_eq!((asked(&mut archive), asked(&mut archive)), (Some(0), None), "nobody knows yet how many there are");
        archive.answered(1, page(100_000));
        archive.set_view(40_000..40_010);
        assert_eq!(asked(&mut archive), Some(40_000));
        archive.set_view(70_049..70_059);
        assert_eq!((asked(&mut archive), asked(&mut archive)), (Some(70_000), None), "two are under way");
        archive.answered(2, page(100_000));
        assert_eq!(asked(&mut archive), Some(70_050));
        archive.answered(3, page(100_000));
        archive.answered(4, page(100_000));
        assert!(!archive.wants(&(70_049..70_059)) && archive.wants(&(200..210)));
    }

    #[test]
    fn an_answer_to_what_nobody_asks_any_more_is_dropped() {
        let mut archive = ArchiveState::default();
        archive.next_question("");
        archive.begin_search();
        assert_eq!(archive.next_question("piso").map(|(ask, _)| ask), Some(2));
        archive.answered(1, page(100_000));
        assert_eq!(archive.total(), None);
        archive.answered(2, page(3));
        assert_eq!((archive.total(), archive.is_settled()), (Some(3), true));
    }

    #[test]
    fn a_change_of_the_vault_is_read_anew_and_a_list_that_got_shorter_asks_for_nothing_behind_its_end() {
        let mut archive = ArchiveState::default();
        archive.next_question("");
        archive.answered(1, page(1_000));
        archive.set_view(990..1_000);
        while archive.next_question("").is_some() {}
        archive.begin_change();
        archive.answered(2, page(1_000));
        assert!(archive.wants(&(990..1_000)), "what was asked before the change is old");
        let (ask, query) = archive.next_question("").unwrap();
        assert_eq!(query.offset, 950);
        archive.answered(ask, page(120));
        let (_, query) = archive.next_question("").unwrap();
        assert_eq!(query.offset, 100);
    }

    #[test]
    fn only_the_pages_around_the_view_are_held() {
        let mut archive = ArchiveState::default();
        archive.next_question("");
        archive.answered(1, page(100_000));
        for row in (0..20_000).step_by(PAGE_ROWS) {
            archive.set_view(row..row + 10);
            while let Some((ask, _)) = archive.next_question("") {
                archive.answered(ask, page(100_000));
            }
        }
        assert!(archive.pages.len() <= MAX_PAGES);
        assert!(archive.pages.contains_key(&(19_950 / PAGE_ROWS)));
    }

    #[test]
    fn a_list_that_cannot_be_read_is_not_asked_for_at_every_frame() {
        let mut archive = ArchiveState::default();
        archive.next_question("");
        archive.failed();
        assert!(!archive.wants(&(0..10)) && archive.next_question("").is_none());
        archive.begin_change();
        assert!(archive.next_question("").is_some());
    }
}
