//! Dates as Spaniards write them, in ISO 8601. What is not written is not made up: a year stays a year (`2019`), a month a
//! month (`2019-11`), and what can't be read stays as it is.

use super::words::fold;
use crate::clock;

/// A date that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Date {
    /// `2019-11-03`, `2019-11` or `2019`.
    pub(super) iso: String,
    /// Its century was not written.
    pub(super) two_digits: bool,
}

/// The date in a text; none where there is none, or more than one.
pub(super) fn parse(text: &str, this_year: i16) -> Option<Date> {
    let text = text.trim();
    let whole = |iso: String| Some(Date { iso, two_digits: false });
    // A point in time: its date, as whoever wrote it has it.
    if let Some((date, time)) = text.split_once(['T', ' '])
        && date.len() == 10
        && time.starts_with(|c: char| c.is_ascii_digit())
        && time.contains(':')
    {
        return clock::parse_date(date).and_then(whole);
    }
    let plain = text.replace('.', "/");
    if let Some(iso) = clock::parse_date(text).or_else(|| clock::parse_date(plain.trim_end_matches('/'))) {
        return whole(iso);
    }
    if let Some(iso) = year_first(text) {
        return whole(iso);
    }
    two_digits(&plain, this_year).or_else(|| in_words(text, this_year))
}

/// `2019/11/03`.
fn year_first(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => clock::parse_date(&format!("{day}/{month}/{year}")),
        _ => None,
    }
}

/// `3-11-19`: of this century unless that is still to come.
fn two_digits(text: &str, this_year: i16) -> Option<Date> {
    let parts: Vec<&str> = text.split(['/', '-']).map(str::trim).collect();
    let [day, month, year] = parts.as_slice() else { return None };
    let year = century(year, this_year)?;
    let iso = clock::parse_date(&format!("{day}/{month}/{year}"))?;
    Some(Date { iso, two_digits: true })
}

fn century(year: &str, this_year: i16) -> Option<i16> {
    let year = year.strip_prefix(['\'', '’']).unwrap_or(year);
    if year.len() != 2 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let year: i16 = year.parse().ok()?;
    Some(if year <= this_year % 100 { 2000 + year } else { 1900 + year })
}

const MONTHS: [&[&str]; 12] = [
    &["enero", "ene", "january", "jan"],
    &["febrero", "feb", "february"],
    &["marzo", "mar", "march"],
    &["abril", "abr", "april", "apr"],
    &["mayo", "may"],
    &["junio", "jun", "june"],
    &["julio", "jul", "july"],
    &["agosto", "ago", "august", "aug"],
    &["septiembre", "setiembre", "sept", "sep", "set", "september"],
    &["octubre", "oct", "october"],
    &["noviembre", "nov", "november"],
    &["diciembre", "dic", "december", "dec"],
];
const WEEKDAYS: [&str; 7] = ["lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo"];

/// «3 de noviembre de 2019», «martes, 3 noviembre 2019», «noviembre de 2019», «nov-19», «1.º de mayo de 2020».
fn in_words(text: &str, this_year: i16) -> Option<Date> {
    let folded = fold(text);
    let mut words: Vec<&str> = folded
        .split(' ')
        .filter(|word| !matches!(*word, "de" | "del" | "el" | "dia" | "año" | "º" | "ª" | "o"))
        .collect();
    if words.first().is_some_and(|word| WEEKDAYS.contains(word)) {
        words.remove(0);
    }
    let month_of = |word: &str| MONTHS.iter().position(|names| names.contains(&word)).map(|at| at + 1);
    let (day, month, year) = match words.as_slice() {
        [month, year] => (None, month_of(month)?, *year),
        [day, month, year] => (Some(*day), month_of(month)?, *year),
        _ => return None,
    };
    let short = century(year, this_year);
    let year = short.map_or_else(|| year.to_owned(), |year| year.to_string());
    let typed = match day {
        None => format!("{month}/{year}"),
        Some(day) => {
            let day = day.trim_end_matches(['º', 'o', 'ª']);
            let day = if matches!(day, "primer" | "primero") { "1" } else { day };
            format!("{day}/{month}/{year}")
        }
    };
    Some(Date { iso: clock::parse_date(&typed)?, two_digits: short.is_some() })
}

/// A date is yet to come. `today` is ISO 8601.
pub(super) fn is_future(iso: &str, today: &str) -> bool {
    iso > today.get(..iso.len()).unwrap_or(today)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text, 2026).map(|date| date.iso)
    }

    #[test]
    fn dates_are_read_as_spaniards_write_them() {
        for text in [
            "03/11/2019",
            "3/11/2019",
            "3-11-2019",
            "03.11.2019",
            "3-11-19",
            "3/11/19",
            "2019-11-03",
            "2019/11/03",
            "2019-11-03T00:00:00+01:00",
            "2019-11-03 12:30:00",
            "3 de noviembre de 2019",
            "3 de Noviembre del 2019",
            "3 noviembre 2019",
            "3 nov. 2019",
            "3-nov-19",
            "domingo, 3 de noviembre de 2019",
            "el día 3 de noviembre de 2019",
        ] {
            assert_eq!(read(text).as_deref(), Some("2019-11-03"), "{text}");
        }
        for text in ["noviembre 2019", "noviembre de 2019", "nov-19", "11/2019", "2019-11", "Noviembre, 2019"] {
            assert_eq!(read(text).as_deref(), Some("2019-11"), "{text}");
        }
        assert_eq!(read(" 2019 ").as_deref(), Some("2019"));
        assert_eq!(read("año 2019"), None, "nothing is taken out of words");
        assert_eq!(read("1º de mayo de 2020").as_deref(), Some("2020-05-01"));
        assert_eq!(read("1.º de setiembre de 2020").as_deref(), Some("2020-09-01"));
    }

    #[test]
    fn a_century_that_is_not_written_is_told() {
        assert!(parse("3-11-19", 2026).unwrap().two_digits);
        assert_eq!(read("3-11-98").as_deref(), Some("1998-11-03"));
        assert!(!parse("3-11-2019", 2026).unwrap().two_digits);
    }

    #[test]
    fn what_is_no_date_stays_none() {
        for text in [
            "",
            "11/25/2019",
            "31/02/2019",
            "0/1/2019",
            "2018-2019",
            "entre mayo y junio de 2019",
            "ayer",
            "43772",
            "3 de nada de 2019",
            "3/11",
            "T",
            "2019-13",
            "٣/١١/٢٠١٩",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn the_future_is_known_at_any_precision() {
        for (iso, future) in [
            ("2026-11-03", false),
            ("2026-11-04", true),
            ("2026-11", false),
            ("2026-12", true),
            ("2026", false),
            ("2027", true),
        ] {
            assert_eq!(is_future(iso, "2026-11-03"), future, "{iso}");
        }
    }
}
