//! Bytes -> raw entries: feeds, pages and articles. Pure.
