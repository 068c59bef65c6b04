//! URLs, dates, text, HTML: normalised and safe. Pure.

pub mod dates;
pub mod html;
mod markup;
pub mod text;
pub mod urls;
