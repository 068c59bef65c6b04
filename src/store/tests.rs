//! The store as its callers see it: what was committed comes back, damage is noticed.

use std::fs;
use std::path::Path;

use chrono::{DateTime, TimeZone, Utc};

use super::keys::TreeName;
use super::staging::Staging;
use super::{AliasKind, Changes, FORMAT, Settings, Store, StoreError, View, keys};
use crate::model::{
    Entry, EntryNumber, Member, OutputKey, OutputKind, Story, StoryNumber, StoryState, Tagged, Text,
};
use crate::world::Files;

fn at(minute: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 2, 10, 0, 0).unwrap() + chrono::TimeDelta::minutes(minute)
}

fn settings(directory: &Path) -> Settings {
    Settings { path: directory.join("data"), keep: std::time::Duration::from_secs(1), backups: 0 }
}

fn open(directory: &Path) -> Result<Store, StoreError> {
    Store::open(&settings(directory), &Files::real(), at(0))
}

fn story(minute: i64) -> Story {
    Story {
        published_id: format!("https://partner.example/?p={minute}"),
        members: vec![Member {
            entry: EntryNumber(1),
            source: "partner".into(),
            organisation: "partner".into(),
            joined_by: String::new(),
        }],
        lead: EntryNumber(1),
        first_seen: at(minute),
        published: at(minute),
        updated: at(minute),
        updated_moved: None,
        sort_date: at(minute),
        entered: at(minute),
        sequence: Some(1),
        revision: 1,
        state: StoryState::Public,
        language: "el".into(),
        tags: vec![Tagged { tag: "peace".into(), reasons: Vec::new() }],
        editions: Vec::new(),
    }
}

fn entry() -> Entry {
    Entry {
        source: "partner".into(),
        identity: "https://partner.example/?p=1".into(),
        story: StoryNumber(1),
        first_seen: at(0),
        published: None,
        updated: None,
        url: None,
        canonical_link: None,
        revision: 1,
        fingerprint: 1,
        repairs: Vec::new(),
    }
}

fn members(store: &View, kind: OutputKind, id: &str) -> Vec<u64> {
    let key = OutputKey { kind, id: id.into() };
    store.members(&key).map(|number| number.unwrap().0).collect()
}

#[test]
fn what_is_flushed_is_there_after_opening_again() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let changes = Changes {
        entries: vec![(
            EntryNumber(1),
            entry(),
            Some(Text { title: "Ειρήνη".into(), ..Text::default() }),
        )],
        stories: vec![(StoryNumber(1), None, story(0))],
        aliases: vec![(AliasKind::Link, "partner.example/a".into(), StoryNumber(1))],
        ..Changes::default()
    };
    store.writing().commit(&changes).unwrap();
    store.writing().flush().unwrap();
    drop(store);

    let store = open(directory.path()).unwrap();
    assert_eq!(store.reading().entry(EntryNumber(1)).unwrap(), entry());
    assert_eq!(store.reading().text(EntryNumber(1), 1).unwrap().title, "Ειρήνη");
    assert_eq!(
        store.reading().alias(AliasKind::Link, "partner.example/a").unwrap(),
        Some(StoryNumber(1))
    );
    assert_eq!(store.reading().alias(AliasKind::PublishedId, "partner.example/a").unwrap(), None);
    assert_eq!(store.reading().counters().unwrap().public_stories, 1);
}

#[test]
fn members_follow_a_story_and_come_newest_first() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let stories = [3, 1, 2].map(|minute| (StoryNumber(minute as u64), None, story(minute)));
    store.writing().commit(&Changes { stories: stories.to_vec(), ..Changes::default() }).unwrap();
    assert_eq!(members(&store.reading(), OutputKind::All, ""), [3, 2, 1]);
    assert_eq!(members(&store.reading(), OutputKind::Tag, "peace"), [3, 2, 1]);
    // An output whose id begins like another's is not mixed up with it.
    assert_eq!(members(&store.reading(), OutputKind::Tag, "pea"), [0_u64; 0]);

    let mut untagged = story(2);
    untagged.tags.clear();
    let mut hidden = story(3);
    hidden.state = StoryState::Hidden;
    store
        .writing()
        .commit(&Changes {
            stories: vec![
                (StoryNumber(2), Some(story(2)), untagged),
                (StoryNumber(3), Some(story(3)), hidden),
            ],
            ..Changes::default()
        })
        .unwrap();
    assert_eq!(members(&store.reading(), OutputKind::All, ""), [2, 1]);
    assert_eq!(members(&store.reading(), OutputKind::Tag, "peace"), [1]);
    assert_eq!(members(&store.reading(), OutputKind::Language, "el"), [2, 1]);
    assert_eq!(store.reading().counters().unwrap().public_stories, 2);
}

#[test]
fn r7_a_second_opener_is_told_who_has_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let _store = open(directory.path()).unwrap();
    let Err(StoreError::InUse { holder, .. }) = open(directory.path()) else {
        panic!("the second opener got the store");
    };
    assert_eq!(holder, format!("pid {} since 2026-11-02T10:00:00Z", std::process::id()));
}

#[test]
fn r9_a_store_that_lost_its_newest_commits_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store.writing().commit(&Changes::default()).unwrap();
    store.writing().flush().unwrap();
    drop(store);
    let old = directory.path().join("old");
    copy(&directory.path().join("data/sled"), &old);

    let store = open(directory.path()).unwrap();
    for minute in 1..20 {
        let stories = vec![(StoryNumber(minute as u64), None, story(minute))];
        store.writing().commit(&Changes { stories, ..Changes::default() }).unwrap();
    }
    store.writing().flush().unwrap();
    drop(store);
    fs::remove_dir_all(directory.path().join("data/sled")).unwrap();
    copy(&old, &directory.path().join("data/sled"));

    let Err(StoreError::Damaged { what, .. }) = open(directory.path()) else {
        panic!("an older database was accepted");
    };
    assert!(what.contains("page table") && what.contains("is missing"), "{what}");
}

#[test]
fn r9_a_missing_database_or_sidecar_is_no_new_store() {
    for missing in ["sled", "flushed.json"] {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path()).unwrap();
        store.writing().commit(&Changes::default()).unwrap();
        store.writing().flush().unwrap();
        drop(store);
        let path = directory.path().join("data").join(missing);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
        assert!(
            matches!(open(directory.path()), Err(StoreError::Damaged { .. })),
            "without {missing} the store opened"
        );
    }
}

#[test]
fn p15_a_commit_that_was_not_flushed_is_whole_or_absent() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let stories = (1..300).map(|minute| (StoryNumber(minute as u64), None, story(minute)));
    store.writing().commit(&Changes { stories: stories.collect(), ..Changes::default() }).unwrap();
    // What a process leaves that is killed here: the files as they are, the lock freed.
    let copied = tempfile::tempdir().unwrap();
    copy(&directory.path().join("data"), &copied.path().join("data"));
    drop(store);
    let store = open(copied.path()).unwrap();
    let found = store.reading().stories().count();
    assert!(found == 0 || found == 299, "{found} of 299 stories");
    assert_eq!(found, members(&store.reading(), OutputKind::All, "").len());
}

#[test]
fn r12_a_newer_store_is_refused_and_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let stories = vec![(StoryNumber(1), None, story(1))];
    store.writing().commit(&Changes { stories, ..Changes::default() }).unwrap();
    {
        let view = store.view.read().unwrap();
        let mut staging = Staging::new(&view);
        staging.put(TreeName::Meta, keys::FORMAT, &(FORMAT + 1)).unwrap();
        staging.balance(view.ledger().unwrap()).unwrap();
        view.engine.apply(&staging.into_trees()).unwrap();
    }
    store.writing().flush().unwrap();
    drop(store);
    let sidecar = fs::read(directory.path().join("data/flushed.json")).unwrap();

    for _ in 0..2 {
        let Err(error @ StoreError::Format { .. }) = open(directory.path()) else {
            panic!("a newer store was opened");
        };
        let expected = format!(
            "the store {} has format 3; this version of samizdat reads formats up to 2. Use the version that wrote it, or a newer one",
            directory.path().join("data").display()
        );
        assert_eq!(error.to_string(), expected);
        assert_eq!(fs::read(directory.path().join("data/flushed.json")).unwrap(), sidecar);
        assert!(!directory.path().join("data/backups").exists(), "nothing was migrated");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn a_poll_record_without_requests_is_read_as_one_that_sent_none() {
    #[derive(serde::Serialize)]
    struct Before {
        at: DateTime<Utc>,
        outcome: crate::model::Outcome,
        status: Option<u16>,
        error: Option<String>,
        new: u32,
        updated: u32,
        dropped: u32,
        bytes: u64,
        repairs: Vec<String>,
    }
    let before = Before {
        at: Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap(),
        outcome: crate::model::Outcome::New,
        status: Some(200),
        error: None,
        new: 3,
        updated: 0,
        dropped: 0,
        bytes: 17,
        repairs: vec!["a date".to_owned()],
    };
    let written = postcard::to_allocvec(&before).unwrap();
    let read: crate::model::PollRecord = postcard::from_bytes(&written).unwrap();
    assert_eq!((read.at, read.new, read.bytes), (before.at, 3, 17));
    assert_eq!((read.repairs, read.requests), (before.repairs, Vec::new()));
}
