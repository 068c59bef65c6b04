//! What editors decided about a story, and what is left of one that is not shown any more.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Everything that editors decided about one story: kept under the identity of each of its entries,
/// so that it holds again when an entry is read anew.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decision {
    /// At most one for each origin and subject.
    pub rulings: Vec<Ruling>,
}

/// One thing that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// By whom.
    pub origin: Origin,
    /// What.
    pub verb: Verb,
    /// When it was made, or first found in feeds.toml.
    pub at: DateTime<Utc>,
    /// Why.
    pub note: Option<String>,
}

/// Where a ruling comes from. A command wins over the file: it is the later word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// An editor's command.
    Command,
    /// A `[[decision]]` of feeds.toml; taken back when it is not there any more.
    File,
}

/// What an editor decides about a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// It is not shown.
    Hide,
    /// It is shown, whatever feeds.toml says.
    Show,
    /// It has this tag.
    Tag(String),
    /// It does not have this tag.
    Untag(String),
    /// Its words are gone for good.
    TakeDown,
}

impl Verb {
    /// Whether two rulings speak of the same thing, so that the later one replaces the other.
    fn has_subject_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Hide | Self::Show, Self::Hide | Self::Show) => true,
            (Self::Tag(one) | Self::Untag(one), Self::Tag(other) | Self::Untag(other)) => {
                one == other
            }
            (Self::TakeDown, Self::TakeDown) => true,
            _ => false,
        }
    }
}

impl Decision {
    /// Whether nothing is decided.
    pub fn is_empty(&self) -> bool {
        self.rulings.is_empty()
    }

    /// Adds a ruling in the place of what its origin said of the same subject.
    pub fn add(&mut self, ruling: Ruling) {
        self.take_back(ruling.origin, &ruling.verb);
        self.rulings.push(ruling);
    }

    /// Removes what an origin said of the subject of a verb.
    pub fn take_back(&mut self, origin: Origin, verb: &Verb) {
        self.rulings.retain(|ruling| ruling.origin != origin || !ruling.verb.has_subject_of(verb));
    }

    /// The rulings that count: of two about one subject that of the command.
    pub fn in_force(&self) -> impl Iterator<Item = &Ruling> {
        self.rulings.iter().filter(|ruling| {
            ruling.origin == Origin::Command
                || !self.rulings.iter().any(|other| {
                    other.origin == Origin::Command && other.verb.has_subject_of(&ruling.verb)
                })
        })
    }

    /// Whether the story is not to be shown.
    pub fn hides(&self) -> bool {
        self.in_force().any(|ruling| matches!(ruling.verb, Verb::Hide))
    }

    /// Whether the story was taken down.
    pub fn takes_down(&self) -> bool {
        self.rulings.iter().any(|ruling| ruling.verb == Verb::TakeDown)
    }

    /// Whether feeds.toml says anything of it.
    pub fn is_of_file(&self) -> bool {
        self.rulings.iter().any(|ruling| ruling.origin == Origin::File)
    }
}

/// A story that was out and is not any more, as feeds tell it (RFC 6721).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// Its published id.
    pub id: String,
    /// When it was removed.
    pub at: DateTime<Utc>,
    /// Directories of the outputs that carried it.
    pub outputs: Vec<String>,
}

/// A source that was taken down: not polled any more, until that is lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// Since when.
    pub at: DateTime<Utc>,
    /// Why.
    pub note: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{Decision, Origin, Ruling, Verb};

    fn ruling(origin: Origin, verb: Verb) -> Ruling {
        Ruling { origin, verb, at: chrono::DateTime::UNIX_EPOCH, note: None }
    }

    #[test]
    fn a_command_wins_over_the_file_and_the_later_of_two_commands_over_the_first() {
        let mut decision = Decision::default();
        assert!(!decision.hides());
        decision.add(ruling(Origin::File, Verb::Hide));
        assert!(decision.hides());
        decision.add(ruling(Origin::Command, Verb::Show));
        assert!(!decision.hides());
        decision.add(ruling(Origin::Command, Verb::Hide));
        assert_eq!(decision.rulings.len(), 2);
        assert!(decision.hides());
        decision.take_back(Origin::Command, &Verb::Show);
        decision.take_back(Origin::File, &Verb::Show);
        assert!(decision.is_empty());
    }

    #[test]
    fn rulings_about_tags_have_their_tag_for_a_subject() {
        let mut decision = Decision::default();
        let tag = |id: &str| Verb::Tag(id.to_owned());
        decision.add(ruling(Origin::File, tag("peace")));
        decision.add(ruling(Origin::Command, Verb::Untag("peace".to_owned())));
        decision.add(ruling(Origin::Command, tag("housing")));
        let verbs: Vec<&Verb> = decision.in_force().map(|ruling| &ruling.verb).collect();
        assert_eq!(verbs, [&Verb::Untag("peace".to_owned()), &tag("housing")]);
    }
}
