//! Boxes that are built like the entries of a list and are none: "Support our work", a newsletter.
//!
//! They are told by what holds in every language: they have no date where the entries have one, their
//! link stands in the menu as well or leads to another site, they hold a form. Words for donations and
//! newsletters in addresses, classes and titles count besides. What has a date as the entries have is
//! never taken for such a box: a strike asks for support too. How the item's selector leaves a box out
//! is tried on the page; what no selector can tell apart stays.

use std::collections::HashSet;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::block::{FEWEST, Group};
use super::class;
use super::parts::{self, Extras, Item, Titles};
use super::words_for_calls as words;
use crate::clean::urls;

/// Links of menus that are looked at.
const MOST_LINKS: usize = 2_000;

/// With so much against it an item is a call.
const ENOUGH: u8 = 2;

/// Where so many have a date, the one that has none is no entry.
const DATED: usize = 4;

/// An address that is longer is written into no selector.
const LONGEST_ADDRESS: usize = 120;

/// Where the menus of a page lead: to what the whole site has, and seldom to one of its news.
pub(super) struct Menus(HashSet<Url>);

impl Menus {
    pub(super) fn of(html: &Html, base: &Url) -> Self {
        const OF_MENUS: &str = "nav a[href], header a[href], footer a[href], \
             [role=navigation] a[href], [role=contentinfo] a[href]";
        let Ok(links) = Selector::parse(OF_MENUS) else { return Self(HashSet::new()) };
        // An entry has a head and a foot of its own.
        let is_of_entry = |link: ElementRef<'_>| {
            let mut around = link.ancestors().filter_map(ElementRef::wrap);
            around.any(|around| matches!(around.value().name(), "article" | "main" | "section"))
        };
        let links = html.select(&links).take(MOST_LINKS).filter(|link| !is_of_entry(*link));
        Self(links.filter_map(|link| urls::absolute(base, link.value().attr("href")?)).collect())
    }
}

/// An item as far as it bears on whether it is a call.
struct Candidate<'h> {
    element: ElementRef<'h>,
    link: ElementRef<'h>,
    href: &'h str,
    url: Url,
    title: String,
    is_dated: bool,
    is_of_site: bool,
}

/// The group without the calls that are in it, and their titles; `None` where there are none, or none
/// that a selector leaves out.
pub(super) fn without<'h>(
    group: &Group<'h>,
    items: &[Item<'h>],
    titles: &Titles,
    extras: &Extras,
    menus: &Menus,
    base: &Url,
) -> Option<(Group<'h>, Vec<String>)> {
    let candidates = candidates(items, titles, extras, base)?;
    let (calls, entries) = apart(&candidates, items, menus, extras.date.is_some());
    if calls.is_empty() || entries < FEWEST || calls.len().saturating_mul(3) > entries {
        return None;
    }
    let out: HashSet<_> = calls.iter().map(|call| call.element.id()).collect();
    let kept = || group.items.iter().filter(|item| !out.contains(&item.id())).copied();
    let selector = endings(&calls, titles, extras).into_iter().find_map(|ending| {
        let written = format!("{}{ending}", group.selector);
        let selector = Selector::parse(&written).ok()?;
        let is_apart = kept().all(|item| selector.matches(&item))
            && !calls.iter().any(|call| selector.matches(&call.element));
        is_apart.then_some(written)
    })?;
    let group = Group { selector, items: kept().collect(), ..*group };
    Some((group, calls.iter().map(|call| call.title.clone()).collect()))
}

fn candidates<'h>(
    items: &[Item<'h>],
    titles: &Titles,
    extras: &Extras,
    base: &Url,
) -> Option<Vec<Candidate<'h>>> {
    let title = Selector::parse(&titles.title).ok()?;
    let link = Selector::parse(&titles.link).ok()?;
    let date = extras.date.as_deref().and_then(|date| Selector::parse(date).ok());
    let is_for_dates = is_for_dates(extras);
    let candidate = |item: &Item<'h>| {
        let link = item.first(&link)?;
        let href = link.value().attr("href")?;
        let url = urls::absolute(base, href)?;
        let date = date.as_ref().and_then(|date| item.first(date));
        Some(Candidate {
            element: item.element()?,
            link,
            href,
            title: item.first(&title).map(parts::short_words)?,
            is_dated: date.is_some_and(|date| is_for_dates || parts::is_date(date)),
            is_of_site: base.host_str().is_none() || urls::is_same_site(&url, base),
            url,
        })
    };
    Some(items.iter().filter_map(candidate).collect())
}

/// Whether the dates stand in elements that hold nothing else: "Today" and "2 hours ago" are dates there,
/// though none that is read.
fn is_for_dates(extras: &Extras) -> bool {
    extras.date.as_deref().is_some_and(|date| date == "time" || date.starts_with('.'))
}

/// The candidates that are calls, and how many are none.
fn apart<'c, 'h>(
    candidates: &'c [Candidate<'h>],
    items: &[Item<'h>],
    menus: &Menus,
    have_dates: bool,
) -> (Vec<&'c Candidate<'h>>, usize) {
    let count = |is: &dyn Fn(&&Candidate<'_>) -> bool| candidates.iter().filter(is).count();
    let dated = count(&|candidate| candidate.is_dated);
    let undated = candidates.len().saturating_sub(dated);
    let of_site = count(&|candidate| candidate.is_of_site);
    let are_of_site = of_site.saturating_mul(4) >= candidates.len().saturating_mul(3);
    let lacks_date =
        |call: &Candidate<'_>| have_dates && !call.is_dated && undated.saturating_mul(3) <= dated;
    let against = |call: &Candidate<'h>| {
        if have_dates && call.is_dated {
            return 0;
        }
        let mut points = 0_u8;
        let mut add = |more: u8| points = points.saturating_add(more);
        if lacks_date(call) {
            add(if undated == 1 && dated >= DATED { 2 } else { 1 });
        }
        add(words::of_address(&call.url));
        add(u8::from(words::are_in_title(&call.title)));
        add(u8::from(menus.0.contains(&call.url)));
        add(u8::from(are_of_site && !call.is_of_site));
        if words::are_in_class(call.element) || holds_form(call.element, items) {
            add(ENOUGH);
        }
        points
    };
    let calls: Vec<_> =
        candidates.iter().filter(|candidate| against(candidate) >= ENOUGH).collect();
    let entries = candidates.len().saturating_sub(calls.len());
    (calls, entries)
}

/// Whether an item holds a form, as hardly any other does.
fn holds_form(item: ElementRef<'_>, items: &[Item<'_>]) -> bool {
    let Ok(form) = Selector::parse("form, input[type=email]") else { return false };
    item.select(&form).next().is_some()
        && items.iter().filter(|item| item.has(&form)).count().saturating_mul(3) <= items.len()
}

/// What may be written behind the item's selector, what says most to people first.
fn endings(calls: &[&Candidate<'_>], titles: &Titles, extras: &Extras) -> Vec<String> {
    let mut endings = Vec::new();
    let mut common: Vec<&str> =
        calls.first().map(|call| class::stable(call.element)).unwrap_or_default();
    common.retain(|class| calls.iter().all(|call| class::stable(call.element).contains(class)));
    endings.extend(common.into_iter().map(|class| format!(":not(.{class})")));
    let of_date = extras.date.as_ref().map(|date| format!(":has({date})"));
    let of_address = addresses(calls, &titles.link);
    // An address that says what the box is for will stay, as does an element that is made for dates.
    let has_words = calls.iter().all(|call| words::of_address(&call.url) > 0);
    if has_words || !is_for_dates(extras) {
        endings.extend(of_address);
        endings.extend(of_date);
    } else {
        endings.extend(of_date);
        endings.extend(of_address);
    }
    endings.push(":not(:has(form))".to_owned());
    endings
}

/// `:not(:has(h3 a[href='/donate']))`, for each of the calls.
fn addresses(calls: &[&Candidate<'_>], link: &str) -> Option<String> {
    let is_plain = |letter: char| !matches!(letter, '\'' | '"' | '\\') && !letter.is_control();
    let mut written: Vec<String> = Vec::new();
    for Candidate { element, link: found, href, .. } in calls {
        if href.len() > LONGEST_ADDRESS || !href.chars().all(is_plain) {
            return None;
        }
        let one = if found == element {
            format!(":not([href='{href}'])")
        } else {
            format!(":not(:has({link}[href='{href}']))")
        };
        if !written.contains(&one) {
            written.push(one);
        }
    }
    Some(written.concat())
}
