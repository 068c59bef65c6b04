//! Table tests of the judgement.

use chrono::{DateTime, TimeDelta, TimeZone, Utc};

use super::*;
use crate::model::{
    CleanEntry, Entry, EntryNumber, Story, StoryNumber, StoryState, TagReason, Tagged, Text,
};

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap()
}

fn hours(hours: i64) -> DateTime<Utc> {
    noon() + TimeDelta::hours(hours)
}

fn authority() -> TagAuthority {
    TagAuthority::new("wire.example.org", noon())
}

fn arrival(guid: &str, link: &str, title: &str, published: Option<DateTime<Utc>>) -> Arrival {
    let text = Text {
        title: title.into(),
        content_html: format!("<p>{title}, in full</p>"),
        language: "en".into(),
        ..Text::default()
    };
    Arrival {
        fingerprint: fingerprint(Some(link), &text),
        item: CleanEntry {
            identity: guid.into(),
            guid: Some(guid.into()),
            url: Some(format!("https://{link}")),
            canonical_link: Some(link.into()),
            title: title.into(),
            published,
            ..CleanEntry::default()
        },
        text,
        tags: Vec::new(),
        place: Place::Home,
        part: None,
        is_excluded: false,
        known: None,
        position: 0,
        fate: None,
    }
}

fn polled(source: &str, mut arrivals: Vec<Arrival>) -> Polled {
    for (position, arrival) in arrivals.iter_mut().enumerate() {
        arrival.position = position;
    }
    Polled {
        source: source.into(),
        organisation: format!("org-{source}"),
        priority: 0,
        order: 0,
        at: noon(),
        is_first: false,
        document_date: None,
        horizon: None,
        arrivals,
    }
}

fn judge(polls: &[Polled]) -> Judgement {
    decide(polls, Known::default(), &authority(), 10)
}

fn only_story(judgement: &Judgement) -> &Story {
    assert_eq!(judgement.stories.len(), 1, "{judgement:#?}");
    &judgement.stories.values().next().unwrap().1
}

/// What the store would give back for a second batch.
fn known_after(judgement: &Judgement) -> Known {
    Known {
        members: std::collections::HashMap::new(),
        newest_entered: None,
        stories: judgement.stories.iter().map(|(n, (_, story))| (*n, story.clone())).collect(),
        links: judgement.links.iter().cloned().collect(),
        ids: judgement.ids.iter().cloned().collect(),
        editions: judgement.editions.iter().cloned().collect(),
        priorities: std::collections::HashMap::new(),
        copies: std::collections::HashSet::new(),
        last_entry: judgement.last_entry,
        last_story: judgement.last_story,
        last_sequence: judgement.last_sequence,
    }
}

#[test]
fn an_entry_with_the_link_of_another_sources_story_joins_it() {
    let original = polled("a", vec![arrival("https://a.example/?p=1", "a.example/x", "X", None)]);
    let copy = polled("b", vec![arrival("https://b.example/?p=9", "a.example/x", "X again", None)]);
    let judgement = judge(&[original, copy]);
    let story = only_story(&judgement);
    assert_eq!(story.published_id, "https://a.example/?p=1");
    assert_eq!(story.members.len(), 2);
    assert_eq!(story.lead, EntryNumber(1));
    assert_eq!(judgement.tallies[1], Tally { new: 1, joined: 1, updated: 0, dropped: 0 });
    assert_eq!(judgement.wire.len(), 1);
}

#[test]
fn the_original_leads_whichever_answer_came_first() {
    let copy = polled("copy", vec![arrival("c1", "a.example/x", "X", Some(hours(-1)))]);
    let original = polled("original", vec![arrival("o1", "a.example/x", "X", Some(hours(-5)))]);
    for polls in [[copy.clone(), original.clone()], [original, copy]] {
        let judgement = judge(&polls);
        assert_eq!(only_story(&judgement).members[0].source, "original");
    }
}

#[test]
fn h57_a_copy_with_an_older_date_takes_nothing_over() {
    let original = polled(
        "original",
        vec![arrival("https://a.example/1", "a.example/x", "X", Some(hours(-5)))],
    );
    let mut copy = arrival("https://a.example/1", "a.example/x", "Stolen", Some(hours(-9999)));
    copy.place = Place::Elsewhere;
    let judgement = judge(&[polled("copy", vec![copy]), original]);
    let story = only_story(&judgement);
    assert_eq!((story.members[0].source.as_str(), story.sort_date), ("original", hours(-5)));
}

#[test]
fn h55_no_source_makes_ids_in_our_own_space() {
    let ours = authority().output("");
    let judgement = judge(&[polled("a", vec![arrival(&ours, "a.example/x", "X", None)])]);
    assert_eq!(only_story(&judgement).published_id, authority().story("a", &ours));
}

#[test]
fn priority_decides_who_leads_but_never_the_id() {
    let first =
        polled("a", vec![arrival("https://a.example/1", "a.example/x", "X", Some(hours(-5)))]);
    let mut preferred = polled("b", vec![arrival("b1", "a.example/x", "X", Some(hours(-1)))]);
    preferred.priority = 10;
    let judgement = judge(&[first, preferred]);
    let story = only_story(&judgement);
    assert_eq!(story.published_id, "https://a.example/1");
    assert_eq!(story.lead, story.members[1].entry);
}

#[test]
fn the_original_takes_the_lead_from_a_copy_that_was_seen_before() {
    let words = |place: Place| {
        let mut copy = arrival("c1", "a.example/x", "Cancelled", Some(hours(-5)));
        copy.place = Place::Elsewhere;
        let before = judge(&[polled("copy", vec![copy])]);
        let known = Known { copies: [EntryNumber(1)].into(), ..known_after(&before) };
        let mut original = arrival("a1", "a.example/x", "Called", Some(hours(-1)));
        original.place = place;
        let after = decide(&[polled("a", vec![original])], known, &authority(), 10);
        let story = only_story(&after);
        assert_eq!(story.published_id, only_story(&before).published_id);
        story.lead
    };
    assert_eq!(words(Place::Home), EntryNumber(2));
    assert_eq!(words(Place::Claimed), EntryNumber(1), "a claim takes nobody's place");
    assert_eq!(words(Place::Elsewhere), EntryNumber(1));
}

#[test]
fn two_items_of_one_source_with_one_link_are_two_stories() {
    let first = judge(&[polled("a", vec![arrival("1", "a.example/live", "Monday", None)])]);
    let second = decide(
        &[polled("a", vec![arrival("2", "a.example/live", "Tuesday", None)])],
        known_after(&first),
        &authority(),
        10,
    );
    assert_eq!(only_story(&second).published_id, authority().story("a", "2"));
}

#[test]
fn h55_a_guid_that_is_another_storys_id_is_not_taken_over() {
    let guid = "https://a.example/?p=1";
    let judgement = judge(&[
        polled("a", vec![arrival(guid, "a.example/x", "X", Some(hours(-9)))]),
        polled("b", vec![arrival(guid, "b.example/y", "Y", Some(hours(-1)))]),
    ]);
    let ids: Vec<&str> =
        judgement.stories.values().map(|(_, story)| story.published_id.as_str()).collect();
    assert_eq!(ids, [guid, &authority().story("b", guid)]);
}

#[test]
fn o3_guids_become_ids_only_where_they_are_absolute_iris() {
    for (guid, is_iri) in [
        ("https://diem25.org/?p=4101", true),
        ("tag:example.org,2024:post/1", true),
        ("urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a", true),
        // Not absolute, not an IRI, or not one that identifies by itself.
        ("12345 at https://www.tni.org", false),
        ("4101", false),
        ("/node/1", false),
        ("https:", false),
        ("javascript:alert(1)", false),
        ("data:text/html,x", false),
        ("https://a.example/a b", false),
        ("https://a.example/<script>", false),
    ] {
        assert_eq!(is_absolute_iri(guid), is_iri, "{guid}");
    }
}

#[test]
fn r31_a_new_source_publishes_its_backlog_and_no_more() {
    let items = (0..30)
        .map(|hour| {
            let name = format!("a.example/{hour}");
            arrival(&name, &name, &format!("Story {hour}"), Some(hours(-hour - 1)))
        })
        .collect();
    let mut poll = polled("a", items);
    poll.is_first = true;
    let judgement = judge(&[poll]);
    let public: Vec<&Story> = judgement
        .stories
        .values()
        .map(|(_, story)| story)
        .filter(|story| story.is_public())
        .collect();
    assert_eq!(public.len(), 10);
    assert_eq!(judgement.stories.len(), 30);
    assert!(public.iter().all(|story| story.sort_date >= hours(-10)), "the newest are out");
    assert!(public.iter().all(|story| story.entered == story.sort_date));
}

#[test]
fn r30_at_most_300_new_entries_are_taken_from_a_poll_the_newest() {
    let items = (0..1000)
        .map(|minute| {
            let name = format!("a.example/{minute}");
            arrival(&name, &name, "Spam", Some(noon() - TimeDelta::minutes(minute)))
        })
        .collect();
    let judgement = judge(&[polled("a", items)]);
    assert_eq!(judgement.tallies[0], Tally { new: 300, joined: 0, updated: 0, dropped: 700 });
    let oldest = judgement.stories.values().map(|(_, story)| story.sort_date).min().unwrap();
    assert_eq!(oldest, noon() - TimeDelta::minutes(299));
}

#[test]
fn r27_undated_items_of_a_new_source_lie_in_the_past_in_document_order() {
    let items = vec![
        arrival("1", "a.example/1", "Newest", None),
        arrival("2", "a.example/2", "Older", None),
    ];
    let mut poll = polled("a", items);
    poll.is_first = true;
    poll.document_date = Some(hours(-48));
    let judgement = judge(&[poll]);
    let by_title = |id: &str| {
        let id = authority().story("a", id);
        judgement.stories.values().find(|(_, story)| story.published_id == id).unwrap().1.clone()
    };
    assert!(by_title("1").sort_date > by_title("2").sort_date);
    assert!(by_title("1").sort_date < hours(-48));
}

#[test]
fn r28_a_date_in_the_future_is_no_date() {
    let judgement =
        judge(&[polled("a", vec![arrival("1", "a.example/1", "Soon", Some(hours(24 * 400)))])]);
    let story = only_story(&judgement);
    assert_eq!((story.published, story.updated, story.sort_date), (noon(), noon(), noon()));
}

#[test]
fn r28_a_future_date_hides_no_good_one() {
    let mut item = arrival("1", "a.example/1", "Soon", Some(hours(24 * 400)));
    item.item.updated = Some(hours(-3));
    let judgement = judge(&[polled("a", vec![item])]);
    assert_eq!(only_story(&judgement).published, hours(-3));
}

#[test]
fn o7_a_late_and_backdated_post_enters_now_and_sorts_by_its_date() {
    let judgement =
        judge(&[polled("a", vec![arrival("1", "a.example/1", "Late", Some(hours(-72)))])]);
    let story = only_story(&judgement);
    assert_eq!((story.entered, story.sort_date), (noon(), hours(-72)));
}

fn revised(first: &Judgement, at: DateTime<Utc>, title: &str, content: &str) -> Judgement {
    let (number, entry, text) = first.entries.last().unwrap().clone();
    let mut item = arrival("https://a.example/1", "a.example/1", title, Some(at));
    item.text.content_html = content.into();
    item.known = Some((number, entry, text));
    let mut poll = polled("a", vec![item]);
    poll.at = at;
    let mut known = known_after(first);
    known.stories = first.stories.iter().map(|(n, (_, story))| (*n, story.clone())).collect();
    decide(&[poll], known, &authority(), 10)
}

#[test]
fn r33_an_edit_keeps_id_first_sight_and_place_and_moves_updated_once_a_day() {
    let first = judge(&[polled(
        "a",
        vec![arrival("https://a.example/1", "a.example/1", "Statement", Some(hours(-1)))],
    )]);
    let before = only_story(&first).clone();
    let edited = revised(&first, hours(2), "Statement, corrected", "<p>Other words</p>");
    let after = only_story(&edited).clone();
    assert_eq!(after.published_id, before.published_id);
    assert_eq!(after.first_seen, before.first_seen);
    assert_eq!((after.sort_date, after.entered), (before.sort_date, before.entered));
    assert_eq!(after.published, before.published);
    assert_eq!(after.updated, hours(2));
    assert_eq!(edited.tallies[0].updated, 1);
    assert!(edited.wire.is_empty(), "an edit is no new story");

    // H59: a counter in the body does not bring the story up again and again.
    let again = revised(&edited, hours(4), "Statement, corrected", "<p>Seen 17 times</p>");
    assert_eq!(only_story(&again).updated, hours(2));
    let next_day = revised(&again, hours(27), "Statement, corrected", "<p>Seen 18 times</p>");
    assert_eq!(only_story(&next_day).updated, hours(27));
}

#[test]
fn o5_changed_markup_alone_does_not_move_updated() {
    let first = judge(&[polled(
        "a",
        vec![arrival("https://a.example/1", "a.example/1", "Statement", Some(hours(-1)))],
    )]);
    let edited = revised(&first, hours(2), "Statement", "<div><p>Statement,  in full</p></div>");
    assert_eq!(only_story(&edited).updated, hours(-1));
    assert!(only_story(&edited).revision > only_story(&first).revision);
}

#[test]
fn a_copy_makes_an_unpublished_story_of_the_backlog_public() {
    let items = (0..11)
        .map(|hour| {
            let name = format!("a.example/{hour}");
            arrival(&name, &name, &format!("Story {hour}"), Some(hours(-hour - 1)))
        })
        .collect();
    let mut poll = polled("a", items);
    poll.is_first = true;
    let first = judge(&[poll]);
    let copy = polled("b", vec![arrival("b1", "a.example/10", "Story 10", None)]);
    let second = decide(&[copy], known_after(&first), &authority(), 10);
    let story = only_story(&second);
    assert_eq!(story.state, StoryState::Public);
    assert_eq!(story.entered, noon());
    assert_eq!(story.sequence, Some(11));
    assert_eq!(story.members[0].source, "a");
}

#[test]
fn tags_of_all_members_are_the_storys_with_every_reason_once() {
    let tagged = |source: &str| {
        vec![Tagged { tag: "peace".into(), reasons: vec![TagReason::Source(source.into())] }]
    };
    let mut a = arrival("1", "a.example/x", "X", Some(hours(-2)));
    a.tags = tagged("a");
    let mut b = arrival("2", "a.example/x", "X", Some(hours(-1)));
    b.tags = [tagged("a"), tagged("b")].concat();
    let judgement = judge(&[polled("a", vec![a]), polled("b", vec![b])]);
    let story = only_story(&judgement);
    assert_eq!(story.tags.len(), 1);
    assert_eq!(
        story.tags[0].reasons,
        [TagReason::Source("a".into()), TagReason::Source("b".into())]
    );
}

fn found(link: &str, title: &str, published: Option<DateTime<Utc>>, by: FoundBy) -> Found {
    Found {
        number: EntryNumber(1),
        entry: Entry {
            source: "a".into(),
            identity: "guid".into(),
            story: StoryNumber(1),
            first_seen: noon(),
            published,
            updated: None,
            url: Some(format!("https://{link}")),
            canonical_link: Some(link.into()),
            revision: 1,
            fingerprint: 0,
            repairs: Vec::new(),
        },
        title: title.into(),
        by,
    }
}

#[test]
fn r25_a_guid_that_is_used_again_for_another_article_names_two() {
    let item = |link: &str, title: &str, date| arrival("guid", link, title, date).item;
    let known = [found("a.example/1", "First", Some(hours(-9)), FoundBy::Identity)];
    for (item, is_known, why) in [
        (item("a.example/1", "First", Some(hours(-9))), true, "unchanged"),
        (item("a.example/1", "First, edited", Some(hours(-1))), true, "same link"),
        (item("a.example/2", "First", Some(hours(-1))), true, "same title"),
        (item("a.example/2", "Other", Some(hours(-9))), true, "same date"),
        (item("a.example/2", "Other", None), true, "too little to tell"),
        (item("a.example/2", "First, corrected", Some(hours(-1))), true, "an edited title"),
        (item("a.example/2", "Other", Some(hours(-1))), false, "another article"),
        (item("a.example/2", "First 2", Some(hours(-1))), false, "another number of a series"),
    ] {
        assert_eq!(choose(&item, &known).is_some(), is_known, "{why}");
    }
}

#[test]
fn r24_a_new_guid_with_link_and_title_of_a_known_item_is_that_item() {
    let known = [found("a.example/1", "First", Some(hours(-9)), FoundBy::Link)];
    let item = |title: &str, date| arrival("new-guid", "a.example/1", title, date).item;
    assert!(choose(&item("First", None), &known).is_some());
    assert!(choose(&item("Other", Some(hours(-9))), &known).is_some());
    // "news" is the link of every item: the next one is no edit of the last.
    assert!(choose(&item("Other", Some(hours(-1))), &known).is_none());
    assert!(choose(&item("First", Some(hours(-1))), &known).is_none());
}

#[test]
fn equal_words_alone_make_no_two_statements_one() {
    let known = [found("a.example/1", "Newsletter", Some(hours(-200)), FoundBy::Words)];
    let item = |link: &str, date| arrival("new-guid", link, "Newsletter", date).item;
    assert!(choose(&item("a.example/2", Some(hours(-1))), &known).is_none(), "next week's");
    assert!(choose(&item("a.example/2", None), &known).is_none());
    assert!(choose(&item("a.example/2", Some(hours(-200))), &known).is_some(), "it moved");
}

#[test]
fn translations_are_linked_within_a_batch_and_only_once() {
    let named = |guid: &str, link: &str, language: &str, edition: &str| {
        let mut arrival = arrival(guid, link, guid, None);
        arrival.text.language = language.into();
        arrival.item.editions = vec![edition.into()];
        arrival
    };
    let both = vec![
        named("1", "a.example/en", "en", "a.example/de"),
        named("2", "a.example/de", "de", "a.example/en"),
    ];
    let judgement = judge(&[polled("a", both)]);
    let (one, two) = (StoryNumber(1), StoryNumber(2));
    assert_eq!(judgement.stories[&one].1.editions, [two]);
    assert_eq!(judgement.stories[&two].1.editions, [one]);
    // A third that says the same of a known one; its own language is no translation.
    let third = polled("b", vec![named("3", "b.example/fr", "fr", "a.example/en")]);
    let same = polled("a", vec![named("4", "a.example/en2", "en", "a.example/en")]);
    let later = decide(&[third, same], known_after(&judgement), &authority(), 10);
    assert!(later.stories.values().all(|(_, story)| story.editions.is_empty()), "{later:#?}");
}
