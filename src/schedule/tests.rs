//! Table tests of due times.

use chrono::TimeZone;
use url::Url;

use super::*;
use crate::model::{Hints, Kind, Republish};

const HOUR: Duration = Duration::from_secs(3600);

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 2, 12, 0, 0).unwrap()
}

fn source() -> Source {
    Source {
        id: "a".into(),
        was: Vec::new(),
        url_as_written: "https://a.example/feed".into(),
        location: Location::Web(Url::parse("https://a.example/feed").unwrap()),
        name: None,
        organisation: None,
        site: None,
        language: None,
        tags: Vec::new(),
        enabled: true,
        note: None,
        interval: None,
        min_interval: None,
        max_interval: None,
        timeout: None,
        max_body: None,
        has_secrets: false,
        missing: Vec::new(),
        secrets: crate::model::Secrets::default(),
        headers: Vec::new(),
        priority: 0,
        limit: None,
        republish: Republish::Full,
        article: false,
        rights: None,
        consent: None,
        timezone: None,
        include: Vec::new(),
        exclude: Vec::new(),
        link_hosts: Vec::new(),
        kind: Kind::Feed,
        select: None,
        order: 0,
    }
}

fn state() -> SourceState {
    SourceState { reading: "https://a.example/feed".into(), ..SourceState::default() }
}

fn due(state: &SourceState, by_hand: bool) -> Result<(), NotDue> {
    is_due(&source(), state, &Settings::default(), noon(), by_hand)
}

fn next(answer: Answer, state: &SourceState, source: &Source) -> TimeDelta {
    next_due(source, state, answer, &Settings::default(), noon(), 0.0) - noon()
}

/// A source that answers conditional requests, or one that does not.
fn answering(validators: bool) -> SourceState {
    SourceState {
        last_success: Some(noon()),
        validators: validators.then(crate::model::Validators::default),
        ..state()
    }
}

#[test]
fn a_source_waits_for_its_due_time_unless_asked_by_hand() {
    let soon = noon() + TimeDelta::minutes(20);
    let waiting = SourceState {
        due: Some(soon),
        last_poll: Some(noon() - TimeDelta::minutes(40)),
        ..state()
    };
    assert_eq!(due(&waiting, false), Err(NotDue::Interval(soon)));
    assert_eq!(due(&waiting, true), Ok(()));
    assert_eq!(due(&state(), false), Ok(()), "never polled");
}

#[test]
fn p30_by_hand_neither_the_floor_nor_the_servers_demand_is_passed_over() {
    let polled = SourceState { last_poll: Some(noon() - TimeDelta::minutes(5)), ..state() };
    let possible = noon() + TimeDelta::minutes(10);
    assert_eq!(due(&polled, true), Err(NotDue::MinInterval(possible)));
    let until = noon() + TimeDelta::days(3);
    let told = SourceState { server_demand: Some(until), ..state() };
    assert_eq!(due(&told, true), Err(NotDue::ServerDemand(until)));
}

#[test]
fn p29_a_clock_that_was_set_back_silences_nobody() {
    let future = SourceState {
        last_poll: Some(noon() + TimeDelta::days(365)),
        due: Some(noon() + TimeDelta::days(365)),
        server_demand: Some(noon() + TimeDelta::days(365)),
        ..state()
    };
    assert_eq!(due(&future, false), Ok(()));
}

#[test]
fn p16_another_url_is_polled_at_once() {
    let waiting = SourceState {
        due: Some(noon() + TimeDelta::hours(1)),
        reading: "https://old/".into(),
        ..state()
    };
    assert_eq!(due(&waiting, false), Ok(()));
}

#[test]
fn p37_a_source_that_is_gone_rests() {
    assert_eq!(due(&SourceState { gone: true, ..state() }, true), Err(NotDue::Gone));
}

#[test]
fn p21_p24_the_longest_of_interval_and_hints_counts_up_to_the_cap() {
    let hours = |hint: Option<u32>| {
        let hints = Hints { interval: hint.map(|hours| HOUR * hours), ..Hints::default() };
        next(Answer::Good, &SourceState { hints, ..answering(true) }, &source()).num_hours()
    };
    assert_eq!([None, Some(12), Some(0), Some(1000)].map(hours), [1, 12, 1, 24]);
}

#[test]
fn p18_without_validators_once_a_day_unless_the_source_says_otherwise() {
    for answer in [Answer::Good, Answer::Failed, Answer::NotFound, Answer::Refused] {
        assert_eq!(next(answer, &answering(false), &source()).num_hours(), 24, "{answer:?}");
    }
    let own = Source { interval: Some(HOUR * 2), ..source() };
    assert_eq!(next(Answer::Good, &answering(false), &own).num_hours(), 2);
    let impatient = Source { max_interval: Some(HOUR), ..source() };
    assert_eq!(next(Answer::Good, &answering(false), &impatient).num_hours(), 24);
    assert_eq!(next(Answer::Failed, &state(), &source()).num_hours(), 1, "never answered");
}

#[test]
fn p32_p34_failures_back_off_to_the_cap_and_no_further() {
    let wait = |answer, failures| {
        next(answer, &SourceState { failures, ..answering(true) }, &source()).num_hours()
    };
    assert_eq!([1, 2, 3, 4, 5, 6, 99].map(|n| wait(Answer::Failed, n)), [1, 2, 4, 8, 16, 24, 24]);
    assert_eq!([1, 2, 3, 4, 99].map(|n| wait(Answer::Refused, n)), [4, 8, 16, 24, 24]);
    assert_eq!(wait(Answer::Gone, 1), 24);
}

#[test]
fn jitter_only_adds() {
    for chance in [0.0, 0.5, 1.0] {
        let settings = Settings::default();
        let next = next_due(&source(), &answering(true), Answer::Good, &settings, noon(), chance);
        let wait = next - noon();
        assert!(wait >= TimeDelta::hours(1) && wait <= TimeDelta::minutes(62), "{wait}");
    }
}

#[test]
fn an_alarm_is_told_once_a_day() {
    let settings = Settings::default();
    let failing = |hours: i64, alerted: Option<i64>| SourceState {
        failing_since: Some(noon() - TimeDelta::hours(hours)),
        alerted: alerted.map(|hours| noon() - TimeDelta::hours(hours)),
        ..state()
    };
    assert!(!is_alarming(&failing(23, None), &settings, noon()));
    assert!(is_alarming(&failing(25, None), &settings, noon()));
    assert!(is_alert_due(&failing(25, None), noon()));
    assert!(!is_alert_due(&failing(25, Some(2)), noon()));
    assert!(is_alert_due(&failing(25, Some(24)), noon()));
}

#[test]
fn p24_skipped_hours_and_days_are_checked_when_the_request_would_be_sent() {
    // Noon on a Monday.
    let skipping = |hours: &[u8], days: &[u8]| {
        let hints =
            Hints { skip_hours: hours.to_vec(), skip_days: days.to_vec(), ..Hints::default() };
        SourceState { hints, ..state() }
    };
    let at = |hours: i64| Err(NotDue::Interval(noon() + TimeDelta::hours(hours)));
    let all: Vec<u8> = (0..24).collect();
    for (state, expected, why) in [
        (skipping(&[11, 13], &[1]), Ok(()), "other hours and days"),
        (skipping(&[12, 13], &[]), at(2), "until two o'clock"),
        (skipping(&[], &[0]), at(12), "until Tuesday"),
        (skipping(&[0, 1], &[0]), at(14), "until Tuesday, two o'clock"),
        (skipping(&all, &[]), Ok(()), "a document that is never to be asked for"),
        (skipping(&[], &[0, 1, 2, 3, 4, 5, 6]), Ok(()), "nor on any day"),
    ] {
        assert_eq!(due(&state, false), expected, "{why}");
        assert_eq!(due(&state, true), Ok(()), "by hand");
    }
}

#[test]
fn p38_who_could_not_be_asked_is_asked_again_soon() {
    let settings = Settings { interval: 12 * HOUR, ..Settings::default() };
    let put_off = |source: &Source, leased: i64| {
        let leased = noon() + TimeDelta::hours(leased);
        let until = put_off_until(source, &settings, Some(leased), noon(), 0.0);
        until.map(|until| (until - noon()).num_minutes())
    };
    assert_eq!(put_off(&source(), 24), Some(60), "one that is asked once a day");
    let seldom = Source { interval: Some(48 * HOUR), ..source() };
    assert_eq!(put_off(&seldom, 48), Some(60));
    let often = Source { interval: Some(HOUR / 2), ..source() };
    assert_eq!(put_off(&often, 24), Some(30));
    assert_eq!(put_off(&source(), 0), Some(0), "no later than it would be without");
    assert_eq!(put_off_until(&source(), &settings, None, noon(), 0.0), None, "a file");
}

#[test]
fn p41_p42_a_move_is_told_after_a_week_in_which_the_same_feed_was_there_every_time() {
    let day = |days: i64| noon() + TimeDelta::days(days);
    let told = |sightings: &[(i64, Option<&str>, bool)]| {
        let mut habits = crate::model::Habits::default();
        for (days, to, is_same) in sightings {
            note_place(&mut habits, *to, *is_same, day(*days));
        }
        moved_in_words(&source(), &habits, day(8)).is_some()
    };
    let there = Some("https://b.example/feed");
    assert!(told(&[(0, there, true), (4, there, true), (8, there, true)]));
    assert!(!told(&[(0, there, true), (4, there, false), (8, there, true)]), "another feed");
    assert!(!told(&[(0, there, false), (4, there, true), (8, there, true)]), "at first");
    assert!(!told(&[(0, there, true), (4, None, true), (8, there, true)]), "not every time");
    let other = Some("https://c.example/feed");
    assert!(!told(&[(0, there, true), (4, other, true), (8, there, true)]), "another place");
}
