//! What a person types into the search, and what it asks of the index.
//!
//! Words are joined by «and»; "several words" in quotes stand together; a word that ends in `*` is a beginning; a minus
//! before a word excludes it. Every word reaches FTS5 inside a quoted string, so that nothing typed is syntax there.

use crate::domain::{Ambito, CaseStatus, Outcome, Tipo};

use super::record::{filter_word, status_word, year};
use super::words;

/// More words than this are not read.
const MAX_TERMS: usize = 32;
/// A beginning of fewer letters is only searched as one when it is typed with `*`.
const LEAST_BEGINNING: usize = 3;

/// What narrows a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filters {
    /// Facts from this day on: ISO 8601.
    pub from: Option<String>,
    /// Facts up to this day: ISO 8601.
    pub to: Option<String>,
    /// Provincia.
    pub provincia: Option<String>,
    /// Ámbito.
    pub ambito: Option<Ambito>,
    /// Tipo de discriminación.
    pub tipo: Option<Tipo>,
    /// What came of it.
    pub resultado: Option<Outcome>,
    /// How far it has come.
    pub status: Option<CaseStatus>,
    /// The bin instead of the cases.
    pub bin: bool,
}

/// What to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// What was typed.
    pub text: String,
    /// It is still being typed: the last word may be a beginning.
    pub typing: bool,
    /// What narrows the list.
    pub filters: Filters,
    /// So many are passed over.
    pub offset: usize,
    /// At most so many are listed.
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self { text: String::new(), typing: false, filters: Filters::default(), offset: 0, limit: 50 }
    }
}

/// A word, or several that stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    /// The words as typed, without punctuation.
    pub words: Vec<String>,
    /// The last word is a beginning.
    pub prefix: bool,
    /// It must not be there.
    pub excluded: bool,
}

/// What was typed, word by word.
pub(super) fn terms(text: &str, typing: bool) -> Vec<Term> {
    let mut terms = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && terms.len() < MAX_TERMS {
        rest = rest.trim_start();
        let excluded = rest.strip_prefix('-').is_some_and(|after| !after.starts_with(char::is_whitespace));
        let after = if excluded { &rest[1..] } else { rest };
        let (piece, quoted, left) = if let Some(inside) = after.strip_prefix(['"', '«', '“']) {
            let end = inside.find(['"', '»', '”']);
            let left = end.map_or("", |end| &inside[end + inside[end..].chars().next().map_or(0, char::len_utf8)..]);
            (&inside[..end.unwrap_or(inside.len())], end.is_some(), left)
        } else {
            let end = after.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(after.len());
            (&after[..end], false, &after[end..])
        };
        let starred = (!quoted && piece.ends_with('*')) || (quoted && left.starts_with('*'));
        let words: Vec<String> = words::words(piece).take(MAX_TERMS).map(str::to_owned).collect();
        if !words.is_empty() {
            let open = typing && left.is_empty() && !quoted && !excluded;
            let long = words.last().is_some_and(|word| word.chars().count() >= LEAST_BEGINNING);
            terms.push(Term { words, prefix: starred || (open && long), excluded });
        }
        rest = left;
    }
    terms
}

/// The index's expressions for a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Matching {
    /// Everything that fits.
    pub all: String,
    /// Those in which n and ñ stand as typed; none where that makes no difference.
    pub exact: Option<String>,
    /// The words alone, for what is to be marked.
    pub marked: String,
}

const TEXTS: &str = "{hechos intervencion resultado notas datos}";

/// None where no word was typed; the filters alone need no index.
pub(super) fn matching(terms: &[Term], filters: &Filters) -> Option<Matching> {
    let wanted: Vec<&Term> = terms.iter().filter(|term| !term.excluded).collect();
    if wanted.is_empty() {
        return None;
    }
    let words = wanted.iter().map(|term| expression(term)).collect::<Vec<_>>().join(" AND ");
    let marked = format!("{TEXTS} : ({words})");
    let mut all = marked.clone();
    for word in filter_words(filters) {
        all = format!("{all} AND {{filtros}} : ({word})");
    }
    let unwanted: Vec<String> = terms.iter().filter(|term| term.excluded).map(expression).collect();
    if !unwanted.is_empty() {
        all = format!("({all}) NOT {TEXTS} : ({})", unwanted.join(" OR "));
    }
    let exact = exact(&wanted).map(|(with, without)| {
        let mut exact = format!("({all})");
        for word in with {
            exact = format!("{exact} AND {{enes}} : ({word})");
        }
        if without.is_empty() { exact } else { format!("({exact}) NOT {{enes}} : ({})", without.join(" OR ")) }
    });
    Some(Matching { all, exact, marked })
}

fn expression(term: &Term) -> String {
    let star = if term.prefix { " *" } else { "" };
    format!("{}{star}", quoted(&term.words.join(" ")))
}

/// A string of FTS5: whatever is in it, it is text.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\"").replace('\0', " "))
}

/// For words with ñ: those forms must be there. For words with n: the forms with ñ in its place must not be there alone.
fn exact(terms: &[&Term]) -> Option<(Vec<String>, Vec<String>)> {
    let (mut with, mut without) = (Vec::new(), Vec::new());
    for term in terms {
        for (at, word) in term.words.iter().enumerate() {
            let star = if term.prefix && at + 1 == term.words.len() { " *" } else { "" };
            if words::has_ene(word) {
                with.push(format!("{}{star}", quoted(&words::fold_with_ene(word))));
            } else {
                let folded = words::fold(word);
                for (at, _) in folded.match_indices('n').take(4) {
                    let other = format!("xx{}nzz{}", &folded[..at], &folded[at + 1..]);
                    without.push(format!("{}{star}", quoted(&other)));
                }
            }
        }
    }
    (!with.is_empty() || !without.is_empty()).then_some((with, without))
}

/// The filters that the index knows as words.
fn filter_words(filters: &Filters) -> Vec<String> {
    let mut all = Vec::new();
    all.extend(filters.provincia.as_deref().map(|name| quoted(&filter_word("prov", name))));
    all.extend(filters.ambito.map(|ambito| quoted(&filter_word("amb", ambito.label()))));
    all.extend(filters.tipo.map(|tipo| quoted(&filter_word("tipo", tipo.label()))));
    all.extend(filters.resultado.map(|outcome| quoted(&filter_word("res", outcome.word()))));
    all.extend(filters.status.map(|status| quoted(&filter_word("est", status_word(status)))));
    // Only a range of years: its ends are compared with the dates themselves.
    let bound = |date: &Option<String>| date.as_deref().and_then(year);
    if let (Some(from), Some(to)) = (bound(&filters.from), bound(&filters.to))
        && from <= to
        && to - from < 60
    {
        all.push((from..=to).map(|year| quoted(&format!("anio{year}"))).collect::<Vec<_>>().join(" OR "));
    }
    all
}
