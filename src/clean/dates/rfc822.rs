//! RFC 822 as nearly every RSS feed writes it, with four digits of the year (RFC 1123): read at once. All
//! that differs in anything is left to `words`, which reads these as well.

use chrono::NaiveTime;

use super::{Reading, date, offset};

const MONTHS: [&[u8; 3]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// Reads `Wed, 14 Feb 2024 12:30:00 +0000`, or with `GMT`.
pub(super) fn parse(written: &str) -> Option<Reading> {
    let bytes = written.as_bytes();
    let [w1, w2, w3, b',', b' ', d1, d2, b' ', m1, m2, m3, b' ', rest @ ..] = bytes else {
        return None;
    };
    let [y1, y2, y3, y4, b' ', h1, h2, b':', n1, n2, b':', s1, s2, b' ', zone @ ..] = rest else {
        return None;
    };
    if ![w1, w2, w3].iter().all(|letter| letter.is_ascii_alphabetic()) {
        return None;
    }
    let month = MONTHS.iter().position(|name| **name == [*m1, *m2, *m3])?;
    let month = u32::try_from(month).ok()?.checked_add(1)?;
    let date = date(number(&[*y1, *y2, *y3, *y4])?, month, number(&[*d1, *d2])?)?;
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*n1, *n2])?, number(&[*s1, *s2])?);
    let time = NaiveTime::from_hms_opt(hour, minute, second)?;
    let offset = match zone {
        b"GMT" => 0,
        [sign @ (b'+' | b'-'), h1, h2, m1, m2] => {
            offset(*sign == b'-', number(&[*h1, *h2])?, number(&[*m1, *m2])?)?
        }
        _ => return None,
    };
    Some(Reading { date, time, offset: Some(offset), place: None })
}

fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit <= 9)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}
