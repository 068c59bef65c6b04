//! URLs, dates, text, HTML: normalised and safe. Pure.

pub mod dates;
pub mod html;
pub mod identity;
mod markup;
pub mod text;
pub mod urls;
