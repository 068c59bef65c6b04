//! Date formats of the `time` crate, in which rsspls has them, as strftime.

/// `%d.%m.%Y` for `[day].[month].[year]`; `None` where strftime cannot say it.
pub(super) fn strftime(format: &str) -> Option<String> {
    let mut written = String::new();
    let mut rest = format;
    while let Some(sign) = rest.chars().next() {
        match sign {
            '[' if rest.starts_with("[[") => {
                written.push('[');
                rest = rest.get(2..)?;
            }
            '[' => {
                let (component, behind) = rest.get(1..)?.split_once(']')?;
                written.push_str(of_component(component)?);
                rest = behind;
            }
            '%' => {
                written.push_str("%%");
                rest = rest.get(1..)?;
            }
            other => {
                written.push(other);
                rest = rest.get(other.len_utf8()..)?;
            }
        }
    }
    written.contains('%').then_some(written)
}

fn of_component(component: &str) -> Option<&'static str> {
    let mut words = component.split_whitespace();
    let name = words.next()?;
    let mut representation = "";
    for word in words {
        match word.split_once(':')? {
            ("repr", wanted) => representation = wanted,
            // How many digits, and whether case counts, makes no difference to what is read.
            ("padding" | "case_sensitive" | "case", _) => {}
            _ => return None,
        }
    }
    Some(match (name, representation) {
        ("day", _) => "%d",
        ("month", "long") => "%B",
        ("month", "short") => "%b",
        ("month", _) => "%m",
        ("year", "last_two") => "%y",
        ("year", "" | "full") => "%Y",
        ("weekday", "" | "long") => "%A",
        ("weekday", "short") => "%a",
        ("hour", "12") => "%I",
        ("hour", _) => "%H",
        ("minute", _) => "%M",
        ("second", _) => "%S",
        ("period", _) => "%p",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::strftime;

    #[test]
    fn components_become_signs() {
        for (format, expected) in [
            ("[day padding:none]/[month padding:none]/[year]", Some("%d/%m/%Y")),
            ("[weekday], [month repr:long] [day], [year]", Some("%A, %B %d, %Y")),
            ("[hour repr:12]:[minute] [period case:lower] [[x]", Some("%I:%M %p [x]")),
            ("[day][first [st][nd]]", None),
            ("[offset_hour]", None),
            ("[day", None),
            ("no component", None),
            ("100% [year]", Some("100%% %Y")),
        ] {
            assert_eq!(strftime(format).as_deref(), expected, "{format}");
        }
    }
}
