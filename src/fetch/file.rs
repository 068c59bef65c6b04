//! Files as sources.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

use url::Url;

use super::{CHECK_URL, Demand, FetchError, Fetched};

/// Reads a source that is a file inside `directory`, the directory of feeds.toml.
///
/// # Errors
/// Where it cannot be read, is too large, or a symbolic link leads out of the directory.
pub fn read_file(directory: &Path, path: &Path, max_body: u64) -> Result<Fetched, FetchError> {
    let shown = path.strip_prefix(directory).unwrap_or(path).display().to_string();
    let failed = |error: std::io::Error| {
        FetchError::new(match error.kind() {
            ErrorKind::NotFound => format!("there is no file {shown}; {CHECK_URL}"),
            _ => format!("the file {shown} cannot be read: {error}"),
        })
    };
    let real = path.canonicalize().map_err(failed)?;
    let real_directory = directory.canonicalize().map_err(failed)?;
    if !real.starts_with(&real_directory) {
        return Err(FetchError::new(format!(
            "the file {shown} lies outside the directory of feeds.toml; move it inside"
        )));
    }
    if !real.is_file() {
        return Err(FetchError::new(format!("{shown} is not a file")));
    }
    let mut bytes = Vec::new();
    File::open(&real)
        .and_then(|file| file.take(max_body.saturating_add(1)).read_to_end(&mut bytes))
        .map_err(failed)?;
    if bytes.len() as u64 > max_body {
        return Err(FetchError::new(format!(
            "the file {shown} is larger than max_body ({max_body} bytes)"
        )));
    }
    // Relative links of a file have no address to be resolved against but its own.
    let final_url = Url::from_file_path(&real)
        .map_err(|()| FetchError::new(format!("the path of {shown} cannot be written as a url")))?;
    Ok(Fetched::Body {
        status: 0,
        bytes,
        content_type: None,
        final_url,
        content_location: None,
        validators: None,
        demand: Demand::default(),
        is_moved: false,
        is_withheld: false,
    })
}
