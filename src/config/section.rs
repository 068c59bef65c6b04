//! One checked table of the file, asked for its values by name; an absent key gives its default.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::time::Duration;

use toml_edit::Item;

use super::check::{At, Checked, check};
use super::keys::{Absent, Key, Table, table};

/// One table of the file, checked key by key.
pub(super) struct Section {
    pub(super) table: &'static Table,
    /// Its header.
    pub(super) span: Range<usize>,
    pub(super) values: BTreeMap<&'static str, (Option<Checked>, Range<usize>)>,
    /// Keys that are there, but wrong, or that an unknown key was probably meant to be.
    pub(super) broken: BTreeSet<&'static str>,
    pub(super) inner: Vec<Section>,
}

impl Section {
    /// What a key says, or else its default.
    fn value(&self, name: &str) -> Option<Checked> {
        if let Some((value, _)) = self.values.get(name) {
            return value.clone();
        }
        default_of(self.table.key(name)?)
    }

    /// Where a key's value stands, or else the header.
    pub(super) fn place(&self, name: &str) -> Range<usize> {
        self.values.get(name).map_or_else(|| self.span.clone(), |(_, span)| span.clone())
    }

    /// Whether the file says something wrong under this key.
    pub(super) fn is_broken(&self, name: &str) -> bool {
        self.broken.contains(name)
    }

    /// Whether the file says something under this key, right or wrong.
    pub(super) fn says(&self, name: &str) -> bool {
        matches!(self.values.get(name), Some((Some(_), _))) || self.broken.contains(name)
    }

    pub(super) fn inner(&self) -> Option<&Section> {
        self.inner.first()
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.value(name)? {
            Checked::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        self.texts_at(name).into_iter().map(|text| text.value).collect()
    }

    pub(super) fn texts_at(&self, name: &str) -> Vec<At<String>> {
        match self.value(name) {
            Some(Checked::Texts(texts)) => texts,
            _ => Vec::new(),
        }
    }

    pub(super) fn switch(&self, name: &str) -> bool {
        matches!(self.value(name), Some(Checked::Switch(true)))
    }

    pub(super) fn whole(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Checked::Whole(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn count(&self, name: &str) -> Option<usize> {
        self.whole(name).and_then(|number| usize::try_from(number).ok())
    }

    pub(super) fn time(&self, name: &str) -> Option<Duration> {
        match self.value(name)? {
            Checked::Time(duration) => Some(duration),
            _ => None,
        }
    }

    pub(super) fn size(&self, name: &str) -> Option<u64> {
        match self.value(name)? {
            Checked::Size(bytes) => Some(bytes),
            _ => None,
        }
    }

    pub(super) fn address(&self, name: &str) -> Option<url::Url> {
        match self.value(name)? {
            Checked::Address(url) => Some(url),
            _ => None,
        }
    }

    pub(super) fn networks(&self, name: &str) -> Vec<ipnet::IpNet> {
        match self.value(name) {
            Some(Checked::Networks(networks)) => networks,
            _ => Vec::new(),
        }
    }

    pub(super) fn zone(&self, name: &str) -> Option<chrono_tz::Tz> {
        match self.value(name)? {
            Checked::Zone(zone) => Some(zone),
            _ => None,
        }
    }

    pub(super) fn pairs(&self, name: &str) -> Vec<(At<String>, At<String>)> {
        match self.value(name) {
            Some(Checked::Pairs(pairs)) => pairs,
            _ => Vec::new(),
        }
    }

    /// A table of which the file says nothing: every key has its default.
    pub(super) fn absent(name: &'static str) -> Option<Self> {
        let table = table(name)?;
        Some(Self {
            table,
            span: 0..0,
            values: BTreeMap::new(),
            broken: BTreeSet::new(),
            inner: Vec::new(),
        })
    }
}

/// The default of a key, read as if it stood in the file.
pub(super) fn default_of(key: &Key) -> Option<Checked> {
    let Absent::Default(written) = key.absent else { return None };
    let value: toml_edit::Value = written.parse().ok()?;
    check(key.form, &Item::Value(value), &(0..0), written).ok().flatten()
}
