//! Languages and tags, with reasons. Pure.
