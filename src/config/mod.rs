//! feeds.toml -> checked Config, every error with its line.
