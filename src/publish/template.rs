//! The templates of the pages, and the engine that fills them.
//!
//! Everything is escaped where it enters a page, once; no template marks anything as safe. A name
//! that a template uses and nobody gives is an error, not a blank.

use std::sync::LazyLock;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior};
use serde::Serialize;

use super::RenderError;

/// Every template, by name; the names decide about escaping.
pub(super) const PAGE: &[(&str, &str)] = &[
    ("index.html", include_str!("templates/index.html")),
    ("about.html", include_str!("templates/about.html")),
    ("moved.html", include_str!("templates/moved.html")),
    ("sources.html", include_str!("templates/sources.html")),
    ("head.html", include_str!("templates/head.html")),
    ("foot.html", include_str!("templates/foot.html")),
];

/// The style of every page.
pub(super) const STYLE: &str = include_str!("templates/style.css");

/// The icon of every page.
pub(super) const ICON: &str = include_str!("templates/icon.svg");

/// Fills a template.
pub(super) fn fill(name: &'static str, context: impl Serialize) -> Result<Vec<u8>, RenderError> {
    let failed = |error: Error| RenderError::Template { template: name, reason: chain(&error) };
    static ENVIRONMENT: LazyLock<Result<Environment<'static>, String>> =
        LazyLock::new(|| environment().map_err(|error| chain(&error)));
    let page = ENVIRONMENT
        .as_ref()
        .map_err(|reason| RenderError::Template { template: name, reason: reason.clone() })?
        .get_template(name)
        .and_then(|template| template.render(Serde(context)))
        .map_err(failed)?;
    Ok(page.into_bytes())
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .keep_trailing_newline(true)
            .build()?,
    );
    // The engine's own escaping turns every / into &#x2f;, which no HTML needs.
    environment.set_formatter(|output, _, value| {
        let words = value.to_string();
        output.write_str(&escape(&words)).map_err(Error::from)
    });
    for (name, source) in PAGE {
        environment.add_template(name, source)?;
    }
    Ok(environment)
}

/// Text as HTML text or as the value of a quoted attribute.
fn escape(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for character in words.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// What the engine said, with the causes below it.
fn chain(error: &Error) -> String {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said.push_str("; ");
        said.push_str(&error.to_string());
        cause = error.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h41_text_is_escaped_for_text_and_attributes_alike() {
        assert_eq!(escape("<b> & \"'"), "&lt;b&gt; &amp; &quot;&#39;");
    }

    #[test]
    fn every_template_compiles() {
        environment().unwrap();
    }
}
