//! One round: poll what is due, publish.
