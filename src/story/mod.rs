//! Identity, duplicates, editions: decides New, Updated, Same, Joins. Pure.
