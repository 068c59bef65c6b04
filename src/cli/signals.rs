//! SIGINT and SIGTERM: the first asks the run to stop, the second ends it at once. SIGXFSZ, which
//! a limit of file lengths sends, is an error of the write that went too far, not our end.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::commands::fetch::Stop;

/// No signal asks to stop: commands that are short, or may be killed at any moment, end at once.
pub(super) fn ignored() -> Stop {
    watch::channel(None).1
}

/// From now on a write beyond the limit of file lengths fails, and can be told.
pub(super) fn survive_long_files() {
    // Where no signal can be listened for, the worst is what happens anyway.
    let _ = signal(SignalKind::from_raw(libc::SIGXFSZ));
}

/// Listens for both signals from now on.
pub(super) fn listen() -> Stop {
    let (asking, asked) = watch::channel(None);
    tokio::spawn(async move {
        let (Ok(mut interrupt), Ok(mut terminate)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        let mut is_first = true;
        loop {
            let number = tokio::select! {
                _ = interrupt.recv() => libc::SIGINT,
                _ = terminate.recv() => libc::SIGTERM,
                () = asking.closed() => return,
            };
            if is_first {
                is_first = false;
                asking.send_replace(Some(number));
            } else {
                std::process::exit(128 + number);
            }
        }
    });
    asked
}
