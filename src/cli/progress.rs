//! How far a round is: a bar for people who look at a terminal, lines for programs that asked for
//! them.

use std::sync::atomic::{AtomicUsize, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::messages::Messages;
use crate::commands::fetch::Progress;

pub(super) enum Bar {
    /// Nobody looks.
    Hidden,
    /// On a terminal.
    Shown(ProgressBar),
    /// As JSON lines, with the last hundredth that was told.
    Told(Messages, AtomicUsize),
}

impl Bar {
    pub(super) fn shown() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("polling {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        Self::Shown(bar)
    }

    pub(super) fn told(messages: Messages) -> Self {
        Self::Told(messages, AtomicUsize::new(usize::MAX))
    }

    pub(super) fn show(&self, progress: Progress) {
        match self {
            Self::Hidden => {}
            Self::Shown(bar) => {
                bar.set_length(progress.of as u64);
                bar.set_position(progress.done as u64);
            }
            // A hundred lines are enough, however many sources there are.
            Self::Told(messages, last) => {
                let hundredths = progress.done.saturating_mul(100) / progress.of.max(1);
                if last.swap(hundredths, Ordering::Relaxed) != hundredths {
                    messages.progress(progress);
                }
            }
        }
    }

    pub(super) fn clear(&self) {
        if let Self::Shown(bar) = self {
            bar.finish_and_clear();
        }
    }
}
