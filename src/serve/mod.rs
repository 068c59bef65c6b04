//! HTTP over the outputs.
//!
//! So far only what the demo needs: files below a directory, with the headers that subscribers
//! rely on. It answers GET and HEAD and nothing else, and looks at no header that could lead it
//! out of its directory.

pub mod control;
pub mod demo;
mod files;

pub use files::{Answer, answer_bytes, answer_file};

/// `[serve]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// Address and port of the public server.
    pub listen: String,
    /// Address and port of the admin server; `None` for none.
    pub admin: Option<String>,
    /// A command with its arguments, or one https URL.
    pub alert: Vec<String>,
}

#[cfg(test)]
mod tests;
