use super::*;
use proptest::prelude::*;

fn read(written: &str) -> String {
    parse(written, None).map(|date| date.to_rfc3339()).unwrap_or_default()
}

const NOON: &str = "2024-02-14T12:30:00+00:00";
const MIDNIGHT: &str = "2024-02-14T00:00:00+00:00";

#[test]
fn rfc_822_is_read_with_its_slips() {
    for written in [
        "Wed, 14 Feb 2024 12:30:00 GMT",
        "Wed, 14 Feb 2024 12:30:00 +0000",
        "Wed, 14 Feb 2024 12:30 GMT",       // no seconds
        "14 Feb 2024 12:30:00 Z",           // no weekday
        "Mon, 14 Feb 2024 12:30:00 UT",     // the wrong weekday
        "Wendesday, 14 Feb 2024 12:30 UTC", // no weekday at all
        "Wed, 14 Feb 24 12:30:00 GMT",
        "Wed, 14 February 2024 12:30:00 GMT",
        "Wed,14 Feb 2024 12:30:00 GMT",
        "Wed, 14-Feb-2024 12:30:00 GMT",
        "Wed, 14 Feb 2024 14:30:00 +02:00",
        "Wed, 14 Feb 2024 14:30:00 +0200 (EET)",
        "Wed, 14 Feb 2024 14:30:00 GMT+0200",
        "Wed, 14 Feb 2024 07:30:00 EST",
        "Wed, 14 Feb 2024 08:30:00 EDT",
        "Wed, 14 Feb 2024 13:30:00 CET",
        "Wed, 14 Feb 2024 14:30:00 CEST",
        "Wed, 14 Feb 2024 15:30:00 MSK",
        "Wed, 14 Feb 2024 14:30:00 EET",
        "Wed, 14 Feb 2024 13:30:00 BST",
        "Wed, 14 Feb 2024 04:30:00 PST",
        "Wed, 14 Feb 2024 12:30:00",
        "Wed, 14 Feb 2024 12:30:00 XYZ", // RFC 2822: as if none were given
        "Wed Feb 14 12:30:00 2024",      // ctime
        "Wed Feb 14 12:30:00 UTC 2024",
        "Mi, 14 Feb 2024 13:30:00 +0100",
        "mar, 14 feb 2024 12:30:00 +0000",   // Italian Tuesday
        "Wednesday, 14-Feb-24 12:30:00 GMT", // RFC 850
        "Wed, 14 Feb 2024T12:30:00Z",        // half ISO
        "Wed, 14 Feb 2024 14.30.00 +0200",   // dots
        "Wed, 14 Feb 2024 14:30:00 Europe/Athens",
        "Wed, 14 Feb 2024 09:30 America/Argentina/Buenos_Aires",
        "Wed, 14 Feb 2024 12:30:00 WET",
        "Wed, 14 Feb 2024 15:30:00 TRT",
    ] {
        assert_eq!(read(written), NOON, "{written}");
    }
}

#[test]
fn iso_8601_is_read_with_its_slips() {
    for written in [
        "2024-02-14T12:30:00Z",
        "2024-02-14T12:30:00.123456Z",
        "2024-02-14t12:30:00z",
        "2024-02-14 12:30:00",
        "2024-02-14T12:30Z",
        "2024-02-14T12:30",
        "2024-02-14T14:30:00+0200",
        "2024-02-14T14:30:00+02",
        "2024-02-14T14:30:00 +02:00",
        "2024-02-14T14:30+02:00[Europe/Athens]",
        "20240214T123000Z",
        "20240214123000",
        "2024/02/14 12:30",
        "2024-02-14 12:30:00 UTC",
        "1707913800",
        "1707913800000",
        "1707913800.25",
        "1707913800000000",
        "2024-02-14 12:30:00 +0000 UTC", // Go
        "2024-02-14T14:30 Europe/Athens",
        "2024-02-14T12:30:00,5Z",
        "2024-W07-3T12:30Z", // weeks
        "2024W073T1230Z",
        "2024-045T12:30Z", // days of the year
    ] {
        assert_eq!(read(written), NOON, "{written}");
    }
    assert_eq!(read("2024-02-14"), MIDNIGHT);
    assert_eq!(read("2024-W07-3"), MIDNIGHT);
    assert_eq!(read("2024W073"), MIDNIGHT);
    assert_eq!(read("2024-045"), MIDNIGHT);
    assert_eq!(read("20240214"), MIDNIGHT);
    assert_eq!(read("2024-02"), "2024-02-01T00:00:00+00:00");
}

#[test]
fn dates_in_words_are_read_in_the_languages_of_partners() {
    for written in [
        "14 February 2024",
        "February 14, 2024",
        "Feb. 14th, 2024",
        "14th of February 2024",
        "14.02.2024",
        "14/02/2024",
        "02/14/2024",
        "14.2.24",
        "14. Februar 2024",
        "Mittwoch, 14. Februar 2024",
        "14 Φεβρουαρίου 2024",
        "Τετάρτη 14 Φεβρουαρίου 2024",
        "14 Φεβ 2024",
        "14 ΦΕΒΡΟΥΑΡΊΟΥ 2024",
        "14 febbraio 2024",
        "mercoledì 14 febbraio 2024",
        "14 février 2024",
        "14 févr. 2024",
        "14 fevrier 2024",
        "14 de febrero de 2024",
        "14 февраля 2024 г.",
        "14 фев 2024",
        "14 de fevereiro de 2024",
        "14 Şubat 2024",
        "2024 February 14",
    ] {
        assert_eq!(read(written), MIDNIGHT, "{written}");
    }
    for (written, month) in [
        ("1 März 2024", 3),
        ("1 Mai 2024", 5),
        ("1 мая 2024", 5),
        ("1 май 2024", 5),
        ("1 Μαΐου 2024", 5),
        ("1 Μάιος 2024", 5),
        ("1 Ιουλ 2024", 7),
        ("1 juil. 2024", 7),
        ("1 août 2024", 8),
        ("1 авг 2024", 8),
        ("1 август 2024", 8),
        ("1 Ağustos 2024", 8),
        ("1 set 2024", 9),
        ("1 ottobre 2024", 10),
        ("1 Kasım 2024", 11),
        ("1 ARALIK 2024", 12),
        ("1 dic. 2024", 12),
        ("1 Dezember 2024", 12),
    ] {
        assert_eq!(read(written), format!("2024-{month:02}-01T00:00:00+00:00"), "{written}");
    }
    for written in [
        "Mittwoch, 14. Februar 2024, 12.30 Uhr",
        "mercoledì 14 febbraio 2024 alle ore 12.30",
        "14 Şubat 2024 Çarşamba saat 12:30", // the weekday after the date
        "14 de fevereiro de 2024 às 12h30",
        "quarta-feira, 14 de fevereiro de 2024, 12:30",
        "среда, 14 февраля 2024 года в 12:30",
        "14 de febrero de 2024 a las 12:30 horas",
        "Τετάρτη 14 Φεβρουαρίου 2024, ώρα 12:30 μ.μ.",
        "14 Φεβ 2024 12:30 ΜΜ",
        "Feb 14, 2024 12:30 p.m.",
        "Feb 14, 2024 12:30 P. M.",
        "14.02.2024 12.30",
    ] {
        assert_eq!(read(written), NOON, "{written}");
    }
    assert_eq!(read("14 Φεβ 2024 12:30 π.μ."), "2024-02-14T00:30:00+00:00");
    assert_eq!(read("1 Mrz 2024"), "2024-03-01T00:00:00+00:00");
    assert_eq!(read("14 février 2024 à 12h30"), NOON);
    assert_eq!(read("14. Februar 2024, 12:30 Uhr"), NOON);
    assert_eq!(read("February 14, 2024 12:30 pm"), NOON);
    assert_eq!(read("February 14, 2024 12:30 AM"), "2024-02-14T00:30:00+00:00");
}

#[test]
fn a_date_without_zone_is_read_in_that_of_its_source() {
    let athens = Some(chrono_tz::Europe::Athens);
    let read = |written| parse(written, athens).map(|date| date.to_rfc3339()).unwrap_or_default();
    assert_eq!(read("2024-02-14 14:30:00"), NOON);
    assert_eq!(read("14 Φεβ 2024 14:30"), NOON);
    assert_eq!(read("2024-07-14 15:30"), "2024-07-14T12:30:00+00:00");
    assert_eq!(read("2024-02-14T12:30:00Z"), NOON, "its own zone wins");
    // Clocks go from 03:00 to 04:00 on this day, and back from 04:00 on the other.
    assert_eq!(read("2024-03-31 03:30"), "2024-03-31T01:30:00+00:00");
    assert_eq!(read("2024-10-27 03:30"), "2024-10-27T00:30:00+00:00");
}

#[test]
fn h31_impossible_dates_are_refused_not_bent() {
    for written in [
        "",
        " ",
        "31 Feb 2024",
        "2024-02-30",
        "2024-13-01",
        "2024-00-10",
        "2024-02-14T24:00:00Z",
        "2024-02-14T25:00:00Z",
        "2024-02-14T12:60:00Z",
        "2016-12-31T23:59:60Z",
        "2024-02-14T12:30:00+99:99",
        "Wed, 14 Feb 2024 12:30:00 +9999",
        "0000-00-00T00:00:00Z",
        "0000-01-01",
        "-0001-11-30T00:00:00Z",
        "Wed, 30 Nov -0001 00:00:00 +0000",
        "10000-01-01",
        "275760-09-13",
        "99999999999999999999",
        "9223372036854775807",
        "253402300800000000",
        "14 Smarch 2024",
        "14 iou 2024",
        "14 jui 2024",
        "14 Feb",
        "Feb 2024",
        "12:30",
        "yesterday",
        "3 days ago",
        "14 Feb 2024 13:00 pm",
        "14.13.2024",
        "1 2 3 4 5 6",
        "14 Feb 2024 12:30:00 12:30:00",
        "((((",
        "))",
        "2024-W54-1",
        "2024-W07-8",
        "2024-W07-0",
        "2024-W07",
        "2023-366",
        "2024-000",
        "2024-02-14T12:30:00 0200", // a lost sign may have been either
        "2024-02-14T12:30 Nowhere/Atlantis",
        "14 Feb 2024 24:00:00 GMT",
        "31 Dec 2016 23:59:60 GMT",
        "14 Feb 2024 12.60",
        "Wed, 14 Feb 2024 12:30:00 Nowhere/Atlantis",
        "2024",
        "Feb 14 20244",
    ] {
        assert_eq!(read(written), "", "{written}");
    }
    assert_eq!(parse(&"9".repeat(1_000_000), None), None);
}

#[test]
fn h31_dates_that_no_story_has_are_not_plausible() {
    for (written, plausible) in [
        ("1970-01-01T00:00:00Z", false),
        ("1989-12-31T23:59:59Z", false),
        ("1990-01-01T00:00:00Z", true),
        ("2100-12-31T00:00:00Z", true),
        ("2101-01-01T00:00:00Z", false),
        ("9999-12-31T23:59:59Z", false),
    ] {
        assert_eq!(is_plausible(parse(written, None).unwrap()), plausible, "{written}");
    }
}

proptest! {
    #[test]
    fn h31_nothing_panics(written in "[0-9A-Za-z:+., ()/фΦé-]{0,40}") {
        let _ = parse(&written, None);
        let _ = parse(&written, Some(chrono_tz::Europe::Athens));
    }

    #[test]
    fn h31_what_was_read_is_read_the_same_once_it_is_written_properly(
        written in "(Wed, |Mi\\. |mar )?[0-9]{1,2}[ ./-](Feb|März|Μαΐ|мая|[0-9]{1,2})[ ./-]([0-9]{2}|[0-9]{4})( [0-9]{1,2}[:.][0-9]{2}( ?[ap]\\.?m\\.?| EST| CEST|[+-][0-9]{4}| Europe/Athens)?)?"
    ) {
        if let Some(date) = parse(&written, Some(chrono_tz::Europe::Athens)) {
            prop_assert_eq!(parse(&date.to_rfc3339(), None), Some(date));
            prop_assert_eq!(parse(&date.to_rfc3339(), Some(chrono_tz::Asia::Tokyo)), Some(date));
        }
    }

    #[test]
    fn dates_come_back_as_they_were_written(seconds in 0_i64..4_000_000_000) {
        let date = DateTime::from_timestamp(seconds, 0).unwrap();
        prop_assert_eq!(parse(&date.to_rfc2822(), None), Some(date));
        prop_assert_eq!(parse(&date.to_rfc3339(), None), Some(date));
    }
}

proptest! {
    /// The short way is the long one, where it is taken at all.
    #[test]
    fn what_is_written_as_it_should_be_is_read_as_anything_else(
        day in 0_u32..34,
        month in proptest::sample::select(&["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug",
            "Sep", "Oct", "Nov", "Dec", "Jly"][..]),
        year in 1970_i32..2200, hour in 0_u32..26,
        minute in 0_u32..61, second in 0_u32..62, zone in -1700_i32..1700, is_gmt in any::<bool>(),
    ) {
        let zone = if is_gmt { "GMT".to_owned() } else { format!("{zone:+05}") };
        let written =
            format!("Wed, {day:02} {month} {year} {hour:02}:{minute:02}:{second:02} {zone}");
        if let Some(reading) = rfc822::parse(&written) {
            prop_assert_eq!(Some(reading), words::parse(&written), "{}", written);
        }
    }
}
