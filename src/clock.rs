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

/// A date as typed, `3/11/2026` or `2026-11-03`, in ISO 8601; none where it is no date.
pub fn parse_date(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let date = jiff::civil::Date::strptime("%d/%m/%Y", typed)
        .or_else(|_| jiff::civil::Date::strptime("%d-%m-%Y", typed))
        .or_else(|_| jiff::civil::Date::strptime("%Y-%m-%d", typed));
    date.ok().filter(|date| (1900..=2200).contains(&date.year())).map(|date| date.to_string())
}

/// An ISO 8601 date as Spain writes it, `03/11/2026`; the text itself where it is no date.
pub fn date_for_people(iso: &str) -> String {
    let date = iso.parse::<jiff::civil::Date>();
    date.map_or_else(|_| iso.to_owned(), |date| date.strftime("%d/%m/%Y").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_as_people_type_them() {
        assert_eq!(parse_date(" 3/11/2026").as_deref(), Some("2026-11-03"));
        assert_eq!(parse_date("03-11-2026").as_deref(), Some("2026-11-03"));
        assert_eq!(parse_date("2026-11-03").as_deref(), Some("2026-11-03"));
        for typed in ["", "31/02/2026", "2026", "ayer", "1/1/20"] {
            assert_eq!(parse_date(typed), None, "{typed}");
        }
        assert_eq!(date_for_people("2026-11-03"), "03/11/2026");
        assert_eq!(date_for_people("hacia mayo"), "hacia mayo");
    }

    #[test]
    fn times_are_shown_as_they_were_written_down() {
        assert_eq!(for_people("2026-11-03T10:42:07.123456+01:00"), "03/11/2026 10:42");
        assert_eq!(for_people("¿?"), "¿?");
        assert_eq!(for_people(&now()).len(), 16);
    }
}
