//! INI files as Planet and Pluto write them: sections in brackets, `key = value` or `key: value`.

/// A file, section by section in its order.
pub(super) struct Ini {
    /// The first has no name: what stands above all others.
    pub(super) sections: Vec<Section>,
}

/// A section.
pub(super) struct Section {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) settings: Vec<Setting>,
}

/// A line of a section.
pub(super) struct Setting {
    /// In small letters, as both programs compare it.
    pub(super) key: String,
    pub(super) value: String,
    pub(super) line: usize,
}

/// What an indented line below a setting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Indented {
    /// The rest of its value: Planet, as Python's ConfigParser reads it.
    Value,
    /// Another setting: Pluto.
    Setting,
}

impl Ini {
    /// Reads what is there; lines that are neither are passed over, as both programs would not.
    pub(super) fn read(text: &str, indented: Indented) -> Self {
        let mut sections = vec![Section { name: String::new(), line: 1, settings: Vec::new() }];
        for (number, raw) in (1..).zip(text.lines()) {
            let line = raw.trim();
            if line.is_empty() || line.starts_with(['#', ';']) {
                continue;
            }
            let Some(section) = sections.last_mut() else { continue };
            if raw.starts_with([' ', '\t'])
                && indented == Indented::Value
                && let Some(above) = section.settings.last_mut()
            {
                above.value.push(' ');
                above.value.push_str(line);
                continue;
            }
            let name = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
            if let Some((name, _)) = name {
                let name = name.trim().to_owned();
                sections.push(Section { name, line: number, settings: Vec::new() });
                continue;
            }
            let Some((key, value)) = line.split_once(['=', ':']) else { continue };
            section.settings.push(Setting {
                key: key.trim().to_ascii_lowercase(),
                value: without_remark(value.trim()).to_owned(),
                line: number,
            });
        }
        Self { sections }
    }
}

impl Section {
    /// The value of a key, where it says something.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        // The last one counts.
        let found = self.settings.iter().rev().find(|setting| setting.key == key)?;
        Some(found.value.as_str()).filter(|value| !value.is_empty())
    }
}

/// A value without the remark behind it, which begins with a semicolon after a space.
fn without_remark(value: &str) -> &str {
    match value.find(" ;").or_else(|| value.find("\t;")) {
        Some(at) => value.get(..at).unwrap_or(value).trim_end(),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_remarks_and_continued_lines_are_read() {
        let text = "title = Top\n[Planet]\n# no\nName: A planet ; a remark\nfilters = a.py\n  b.py\n\n[https://a.example/feed?x=[1]\nname=A = B\nname = C\n";
        let ini = Ini::read(text, Indented::Value);
        let names: Vec<&str> = ini.sections.iter().map(|section| section.name.as_str()).collect();
        assert_eq!(names, ["", "Planet", "https://a.example/feed?x=[1"]);
        assert_eq!(ini.sections[0].get("title"), Some("Top"));
        assert_eq!(ini.sections[1].get("name"), Some("A planet"));
        assert_eq!(ini.sections[1].get("filters"), Some("a.py b.py"));
        assert_eq!((ini.sections[2].get("name"), ini.sections[2].line), (Some("C"), 8));
        let pluto =
            Ini::read("[a]\n  title = A\n  feed  = https://a.example/\n", Indented::Setting);
        assert_eq!(pluto.sections[1].get("feed"), Some("https://a.example/"));
    }
}
