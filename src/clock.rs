//! The local time, in the forms that the program writes.

use jiff::ZonedDateTime;

/// Now, as RFC 3339 with the offset and to the microsecond: `2026-11-03T10:42:07.123456+01:00`.
pub fn now() -> String {
    ZonedDateTime::now().strftime("%Y-%m-%dT%H:%M:%S.%6f%:z").to_string()
}

/// Now, in milliseconds of the Unix time.
pub fn unix_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// An RFC 3339 time in milliseconds of the Unix time; none where it is no time.
pub fn unix_ms_of(rfc3339: &str) -> Option<i64> {
    rfc3339.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// Now, for the name of a file: `20261103-104207`.
pub fn for_file_names() -> String {
    ZonedDateTime::now().strftime("%Y%m%d-%H%M%S").to_string()
}

/// Today: `2026-11-03`.
pub fn today() -> String {
    ZonedDateTime::now().date().to_string()
}

/// The time of day: `10:42`.
pub fn time_of_day() -> String {
    ZonedDateTime::now().strftime("%H:%M").to_string()
}

/// The year: `2026`.
pub fn year() -> i16 {
    ZonedDateTime::now().year()
}

/// An RFC 3339 time as Spain writes it, `03/11/2026 10:42`; the text itself where it is no time.
pub fn for_people(rfc3339: &str) -> String {
    // The date and the time of whoever wrote it, not of whoever reads it.
    let local = rfc3339.get(..19).and_then(|text| text.parse::<jiff::civil::DateTime>().ok());
    local.map_or_else(|| rfc3339.to_owned(), |time| time.strftime("%d/%m/%Y %H:%M").to_string())
}

/// A date as typed, `3/11/2026` or `2026-11-03`, in ISO 8601; none where it is no date. What is known only to the month or
/// the year (`11/2026`, `2026`) stays so: `2026-11`, `2026`.
pub fn parse_date(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let date = jiff::civil::Date::strptime("%d/%m/%Y", typed)
        .or_else(|_| jiff::civil::Date::strptime("%d-%m-%Y", typed))
        .or_else(|_| jiff::civil::Date::strptime("%Y-%m-%d", typed));
    if let Ok(date) = date {
        return YEARS.contains(&date.year()).then(|| date.to_string());
    }
    let (year, month) = match typed.split_once(['/', '-']) {
        None => (typed, None),
        Some((year, month)) if year.len() == 4 => (year, Some(month)),
        Some((month, year)) => (year, Some(month)),
    };
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<i16>().ok()).flatten();
    let year = number(year).filter(|value| year.len() == 4 && YEARS.contains(value))?;
    match month {
        None => Some(year.to_string()),
        Some(month) => {
            let month = number(month).filter(|value| month.len() <= 2 && (1..=12).contains(value))?;
            Some(format!("{year}-{month:02}"))
        }
    }
}

/// Years that a case can be of.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// An ISO 8601 date as Spain writes it, `03/11/2026`, `11/2026` or `2026`; the text itself where it is no date.
pub fn date_for_people(iso: &str) -> String {
    if let Ok(date) = iso.parse::<jiff::civil::Date>() {
        return date.strftime("%d/%m/%Y").to_string();
    }
    match (iso.len(), parse_date(iso), iso.split_once('-')) {
        (7, Some(_), Some((year, month))) if year.len() == 4 => format!("{month}/{year}"),
        _ => iso.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_type_them() {
        assert_eq!(parse_date(" 3/11/2026").as_deref(), Some("2026-11-03"));
        assert_eq!(parse_date("03-11-2026").as_deref(), Some("2026-11-03"));
        assert_eq!(parse_date("2026-11-03").as_deref(), Some("2026-11-03"));
        assert_eq!(parse_date("2026").as_deref(), Some("2026"));
        assert_eq!(parse_date("3/2026").as_deref(), Some("2026-03"));
        assert_eq!(parse_date("2026-03").as_deref(), Some("2026-03"));
        for typed in ["", "31/02/2026", "26", "13/2026", "2026-00", "3026", "ayer", "1/1/20", "+026", "1/1/2026/1"] {
            assert_eq!(parse_date(typed), None, "{typed}");
        }
        assert_eq!(date_for_people("2026-11-03"), "03/11/2026");
        assert_eq!(date_for_people("2026-11"), "11/2026");
        assert_eq!(date_for_people("2026"), "2026");
        assert_eq!(date_for_people("hacia mayo"), "hacia mayo");
    }

    #[test]
    fn times_are_shown_as_they_were_written_down() {
        assert_eq!(for_people("2026-11-03T10:42:07.123456+01:00"), "03/11/2026 10:42");
        assert_eq!(for_people("¿?"), "¿?");
        assert_eq!(for_people(&now()).len(), 16);
    }
}
