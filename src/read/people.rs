//! Names of people, without their e-mail addresses.

/// The name in `jane@example.org (Jane Doe)`, `Jane Doe <jane@example.org>` or `Jane Doe`;
/// `None` where there is only an address.
pub(super) fn name(written: &str) -> Option<String> {
    let words = written.split_whitespace().collect::<Vec<_>>().join(" ");
    if !words.contains('@') {
        return (!words.is_empty()).then_some(words);
    }
    if let Some((before, rest)) = words.split_once('(')
        && before.contains('@')
        && let Some((inside, _)) = rest.rsplit_once(')')
    {
        return tidy(inside);
    }
    let rest: Vec<&str> = words.split(' ').filter(|word| !is_address(word)).collect();
    tidy(&rest.join(" "))
}

fn is_address(word: &str) -> bool {
    let word = word.trim_matches(['<', '>', '(', ')', '[', ']', ',', ';', '"']);
    word.strip_prefix("mailto:")
        .unwrap_or(word)
        .split_once('@')
        .is_some_and(|(user, host)| !user.is_empty() && host.contains('.') && !host.contains('@'))
}

fn tidy(name: &str) -> Option<String> {
    let name = name.trim_matches([' ', '<', '>', '(', ')', '[', ']', ',', ';', '"', '-']);
    (!name.is_empty() && !is_address(name)).then(|| name.to_owned())
}

/// Adds a name unless it is there.
pub(super) fn add(names: &mut Vec<String>, written: &str) {
    if let Some(name) = name(written)
        && !names.contains(&name)
        && names.len() < MOST_NAMES
    {
        names.push(name);
    }
}

/// More authors of one item are left out.
const MOST_NAMES: usize = 100;
