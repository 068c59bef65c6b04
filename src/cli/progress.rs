//! The progress bar; only people who look at a terminal see it.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::commands::fetch::Progress;

pub(super) struct Bar(Option<ProgressBar>);

impl Bar {
    pub(super) fn new(is_watched: bool) -> Self {
        if !is_watched {
            return Self(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("polling {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    pub(super) fn show(&self, progress: Progress) {
        if let Some(bar) = &self.0 {
            bar.set_length(progress.of as u64);
            bar.set_position(progress.done as u64);
        }
    }

    pub(super) fn clear(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
