//! URLs, dates, text, HTML: normalised and safe. Pure.
