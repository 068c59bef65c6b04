//! What editors decided about a story, put into force: it wins over rules and over what sources
//! say. Pure.

use crate::model::{Decision, Story, StoryState, TagReason, Tagged, Verb};

/// Brings a story into the state that was decided; says whether anything changed. `tag_id` gives
/// the id that a tag has now, and `None` for one that there is no more.
///
/// The story's tags are those that rules give, with what earlier decisions added; a tag that was
/// refused and is refused no longer is not there yet.
pub fn put_into_force(
    story: &mut Story,
    decision: &Decision,
    tag_id: impl Fn(&str) -> Option<String>,
) -> bool {
    let before = (story.state, story.tags.clone());
    if story.state != StoryState::TakenDown {
        story.state = state(story, decision);
        story.tags = tags(std::mem::take(&mut story.tags), decision, tag_id);
    }
    let has_changed = before != (story.state, story.tags.clone());
    if has_changed {
        story.revision = story.revision.saturating_add(1);
    }
    has_changed
}

fn state(story: &Story, decision: &Decision) -> StoryState {
    match (decision.hides(), story.state) {
        (true, _) => StoryState::Hidden,
        // It comes back to where it was: a story that was never out has no place on the wire.
        (false, StoryState::Hidden) if story.sequence.is_some() => StoryState::Public,
        (false, StoryState::Hidden) => StoryState::Backlog,
        (false, other) => other,
    }
}

fn tags(
    mut tags: Vec<Tagged>,
    decision: &Decision,
    tag_id: impl Fn(&str) -> Option<String>,
) -> Vec<Tagged> {
    for tagged in &mut tags {
        tagged.reasons.retain(|reason| *reason != TagReason::Editor);
    }
    tags.retain(|tagged| !tagged.reasons.is_empty());
    for ruling in decision.in_force() {
        match &ruling.verb {
            Verb::Tag(id) => {
                let Some(id) = tag_id(id) else { continue };
                match tags.iter_mut().find(|tagged| tagged.tag == id) {
                    Some(tagged) => tagged.reasons.push(TagReason::Editor),
                    None => tags.push(Tagged { tag: id, reasons: vec![TagReason::Editor] }),
                }
            }
            Verb::Untag(id) => {
                let id = tag_id(id).unwrap_or_else(|| id.clone());
                tags.retain(|tagged| tagged.tag != id);
            }
            Verb::Hide | Verb::Show | Verb::TakeDown => {}
        }
    }
    tags
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::put_into_force;
    use crate::model::{
        Decision, EntryNumber, Origin, Ruling, Story, StoryState, TagReason, Tagged, Verb,
    };

    fn story(sequence: Option<u64>, tags: &[&str]) -> Story {
        let at = DateTime::UNIX_EPOCH;
        let state = if sequence.is_some() { StoryState::Public } else { StoryState::Backlog };
        let tagged = |tag: &&str| Tagged {
            tag: (*tag).to_owned(),
            reasons: vec![TagReason::Phrase((*tag).to_owned())],
        };
        Story {
            published_id: "tag:a.example,2026:1".to_owned(),
            members: Vec::new(),
            lead: EntryNumber(1),
            first_seen: at,
            published: at,
            updated: at,
            updated_moved: None,
            sort_date: at,
            entered: at,
            sequence,
            revision: 1,
            state,
            language: "en".to_owned(),
            tags: tags.iter().map(tagged).collect(),
            editions: Vec::new(),
        }
    }

    fn decided(verbs: &[Verb]) -> Decision {
        let ruling = |verb: &Verb| Ruling {
            origin: Origin::Command,
            verb: verb.clone(),
            at: DateTime::UNIX_EPOCH,
            note: None,
        };
        Decision { rulings: verbs.iter().map(ruling).collect() }
    }

    fn known(id: &str) -> Option<String> {
        match id {
            "old" => Some("peace".to_owned()),
            "peace" | "housing" => Some(id.to_owned()),
            _ => None,
        }
    }

    fn tags(story: &Story) -> Vec<&str> {
        story.tags.iter().map(|tagged| tagged.tag.as_str()).collect()
    }

    #[test]
    fn a_hidden_story_comes_back_to_where_it_was() {
        for (sequence, state) in [(Some(7), StoryState::Public), (None, StoryState::Backlog)] {
            let mut story = story(sequence, &[]);
            assert!(put_into_force(&mut story, &decided(&[Verb::Hide]), known));
            assert_eq!((story.state, story.revision), (StoryState::Hidden, 2));
            assert!(!put_into_force(&mut story, &decided(&[Verb::Hide]), known), "once");
            assert!(put_into_force(&mut story, &decided(&[]), known));
            assert_eq!((story.state, story.sequence), (state, sequence));
        }
    }

    #[test]
    fn tags_are_given_and_refused_under_their_present_ids() {
        let verbs = [Verb::Tag("old".into()), Verb::Untag("housing".into()), Verb::Tag("x".into())];
        let mut story = story(Some(1), &["housing"]);
        assert!(put_into_force(&mut story, &decided(&verbs), known));
        assert_eq!(tags(&story), ["peace"]);
        assert_eq!(story.tags[0].reasons, [TagReason::Editor]);
        assert!(!put_into_force(&mut story, &decided(&verbs), known), "the same again");
        assert!(put_into_force(&mut story, &decided(&[]), known));
        assert_eq!(tags(&story), Vec::<&str>::new(), "what only an editor gave goes with it");
    }

    #[test]
    fn nothing_is_decided_about_what_was_taken_down() {
        let mut story = story(Some(1), &[]);
        story.state = StoryState::TakenDown;
        let verbs = [Verb::Show, Verb::Tag("peace".into())];
        assert!(!put_into_force(&mut story, &decided(&verbs), known));
        assert_eq!(story.state, StoryState::TakenDown);
    }
}
