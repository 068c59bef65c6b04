//! Names of months and zones, in the languages of partners.
//!
//! Names are compared folded: lower case, without accents, so that `Φεβ`, `φεβ.` and `Août` are
//! found however they are typed.

use chrono_tz::Tz;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Shorter words are no abbreviation of a month.
const MIN_MONTH: usize = 3;

/// Names of the twelve months, folded, as they stand alone and as they stand in a date: English,
/// German, Greek, Italian, French, Spanish, Russian, Portuguese, Turkish.
const MONTHS: [&[&str]; 12] = [
    &[
        "january",
        "januar",
        "janner",
        "ιανουαριοσ",
        "ιανουαριου",
        "γεναρησ",
        "γεναρη",
        "gennaio",
        "janvier",
        "enero",
        "январь",
        "января",
        "janeiro",
        "ocak",
    ],
    &[
        "february",
        "februar",
        "feber",
        "φεβρουαριοσ",
        "φεβρουαριου",
        "φλεβαρησ",
        "φλεβαρη",
        "febbraio",
        "fevrier",
        "febrero",
        "февраль",
        "февраля",
        "fevereiro",
        "subat",
    ],
    &[
        "march",
        "marz",
        "maerz",
        "mrz",
        "μαρτιοσ",
        "μαρτιου",
        "μαρτησ",
        "μαρτη",
        "marzo",
        "mars",
        "март",
        "марта",
        "marco",
        "mart",
    ],
    &[
        "april",
        "απριλιοσ",
        "απριλιου",
        "απριλησ",
        "απριλη",
        "aprile",
        "avril",
        "abril",
        "апрель",
        "апреля",
        "nisan",
    ],
    &[
        "may",
        "mai",
        "μαιοσ",
        "μαιου",
        "μαησ",
        "μαη",
        "maggio",
        "mayo",
        "маи",
        "мая",
        "maio",
        "mayis",
    ],
    &[
        "june",
        "juni",
        "ιουνιοσ",
        "ιουνιου",
        "ιουνησ",
        "ιουνη",
        "giugno",
        "juin",
        "junio",
        "июнь",
        "июня",
        "junho",
        "haziran",
    ],
    &[
        "july",
        "juli",
        "ιουλιοσ",
        "ιουλιου",
        "ιουλησ",
        "ιουλη",
        "luglio",
        "juillet",
        "julio",
        "июль",
        "июля",
        "julho",
        "temmuz",
    ],
    &["august", "αυγουστοσ", "αυγουστου", "agosto", "aout", "августа", "agustos"],
    &[
        "september",
        "sept",
        "σεπτεμβριοσ",
        "σεπτεμβριου",
        "σεπτεμβρησ",
        "σεπτεμβρη",
        "settembre",
        "septembre",
        "septiembre",
        "setiembre",
        "сентябрь",
        "сентября",
        "setembro",
        "eylul",
    ],
    &[
        "october",
        "oktober",
        "οκτωβριοσ",
        "οκτωβριου",
        "οκτωβρησ",
        "οκτωβρη",
        "ottobre",
        "octobre",
        "octubre",
        "октябрь",
        "октября",
        "outubro",
        "ekim",
    ],
    &[
        "november",
        "νοεμβριοσ",
        "νοεμβριου",
        "νοεμβρησ",
        "νοεμβρη",
        "novembre",
        "noviembre",
        "ноябрь",
        "ноября",
        "novembro",
        "kasim",
    ],
    &[
        "december",
        "dezember",
        "δεκεμβριοσ",
        "δεκεμβριου",
        "δεκεμβρησ",
        "δεκεμβρη",
        "dicembre",
        "decembre",
        "diciembre",
        "декабрь",
        "декабря",
        "dezembro",
        "aralik",
    ],
];

/// Names of the days of the week, folded, Monday first, in the same languages. Which day it is
/// does not matter: it is often wrong, and never needed.
const WEEKDAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday", //
    "montag",
    "dienstag",
    "mittwoch",
    "donnerstag",
    "freitag",
    "samstag",
    "sonnabend",
    "sonntag",
    "δευτερα",
    "τριτη",
    "τεταρτη",
    "πεμπτη",
    "παρασκευη",
    "σαββατο",
    "κυριακη", //
    "lunedi",
    "martedi",
    "mercoledi",
    "giovedi",
    "venerdi",
    "sabato",
    "domenica", //
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche", //
    "lunes",
    "martes",
    "miercoles",
    "jueves",
    "viernes",
    "sabado",
    "domingo", //
    "понедельник",
    "вторник",
    "среда",
    "среду",
    "четверг",
    "пятница",
    "пятницу",
    "суббота",
    "субботу",
    "воскресенье",
    "вс",
    "вт",
    "пн",
    "пт",
    "сб",
    "ср",
    "чт", //
    "segunda",
    "terca",
    "quarta",
    "quinta",
    "sexta", //
    "pazartesi",
    "sali",
    "carsamba",
    "persembe",
    "cuma",
    "cumartesi",
    "pazar",
];

/// Zone names that feeds use, in minutes east of Greenwich. Where a name has several meanings it
/// is that of the zone with more feeds; names that are only guesses are left out.
const ZONES: &[(&str, i32)] = &[
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("mez", 60),
    ("met", 60),
    ("cest", 120),
    ("mesz", 120),
    ("mest", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("msk", 180),
    ("trt", 180),
    ("msd", 240),
    ("ist", 330),
    ("jst", 540),
    ("kst", 540),
    ("aest", 600),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("brt", -180),
    ("art", -180),
    ("nst", -210),
    ("ndt", -150),
    ("ast", -240),
    ("adt", -180),
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
    ("akdt", -480),
    ("akst", -540),
    ("hst", -600),
];

/// Lower case without accents; Turkish dotless i and Greek final sigma as their plain letters.
pub(super) fn fold(word: &str) -> String {
    word.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .filter(|c| !is_combining_mark(*c))
        .map(|c| match c {
            'ı' => 'i',
            'ς' => 'σ',
            c => c,
        })
        .collect()
}

/// The month that a folded word names, in full or shortened; none where several begin so.
pub(super) fn month(word: &str) -> Option<u32> {
    if word.chars().count() < MIN_MONTH {
        return None;
    }
    let mut found = None;
    for (number, names) in (1_u32..).zip(MONTHS) {
        if names.contains(&word) {
            return Some(number);
        }
        if names.iter().any(|name| name.starts_with(word)) {
            if found.is_some() {
                return None;
            }
            found = Some(number);
        }
    }
    found
}

/// Whether a folded word is a day of the week, in full or shortened to two letters or more.
pub(super) fn is_weekday(word: &str) -> bool {
    word.chars().nth(1).is_some() && WEEKDAYS.iter().any(|name| name.starts_with(word))
}

/// A zone of the IANA database by its name; only those that name a place, since the rest are
/// abbreviations that [`zone`] reads as feeds mean them.
pub(super) fn place(name: &str) -> Option<Tz> {
    name.parse().ok().filter(|_| name.contains('/'))
}

/// Minutes east of Greenwich of a zone's name in any case.
pub(super) fn zone(name: &str) -> Option<i32> {
    ZONES.iter().find(|(own, _)| name.eq_ignore_ascii_case(own)).map(|(_, minutes)| *minutes)
}
