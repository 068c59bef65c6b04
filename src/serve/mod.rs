//! HTTP over the outputs.

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
