//! Asking whoever has the store.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use tokio::net::UnixStream;
use tokio::time::timeout;

use super::Errand;
use super::frames::{Frame, PROTOCOL, receive, send};
use crate::commands::fetch::Progress;
use crate::commands::{CommandError, Kind, Places, Report};
use crate::world::Draft;

/// Who has not said hello by then cannot be asked.
const HELLO_WITHIN: Duration = Duration::from_secs(1);

/// Whoever works for us says once a second that it is still there.
const BEAT_WITHIN: Duration = Duration::from_secs(60);

/// What came of asking.
pub(super) enum Asked {
    /// It was done.
    Answered(Box<Report>),
    /// Nobody answers, or not to this.
    Unanswered,
    /// It was begun and not finished, because the other process has ended; it can be begun anew.
    Again,
}

/// Asks the process that listens at `socket`; what it sends of a backup goes into `draft`.
pub(super) async fn ask(
    errand: &Errand<'_>,
    places: &Places,
    socket: &Path,
    draft: Option<&mut Draft>,
) -> Result<Asked, CommandError> {
    let greeted = timeout(HELLO_WITHIN, greet(socket)).await;
    let Ok(Ok(Some(mut stream))) = greeted else { return Ok(Asked::Unanswered) };
    let ask = Frame::Ask { places: places.clone(), request: errand.request.clone() };
    if send(&mut stream, &ask).await.is_err() {
        return Ok(Asked::Unanswered);
    }
    match timeout(BEAT_WITHIN, receive(&mut stream)).await {
        Ok(Ok(Some(Frame::Accepted))) => {}
        _ => return Ok(Asked::Unanswered),
    }
    let mut stop = errand.stop.clone();
    let answer = listen(errand, &mut stream, draft);
    tokio::select! {
        answered = answer => answered,
        // The other process notices that nobody listens any more.
        Ok(()) = stop.changed() => Ok(Asked::Again),
    }
}

/// Connects and waits for the greeting of a process that speaks as we do.
async fn greet(socket: &Path) -> io::Result<Option<UnixStream>> {
    let mut stream = UnixStream::connect(socket).await?;
    Ok(match receive(&mut stream).await? {
        Some(Frame::Hello { protocol, program, .. })
            if protocol == PROTOCOL && program == env!("CARGO_PKG_VERSION") =>
        {
            Some(stream)
        }
        _ => None,
    })
}

async fn listen(
    errand: &Errand<'_>,
    stream: &mut UnixStream,
    mut draft: Option<&mut Draft>,
) -> Result<Asked, CommandError> {
    let mut lines = Vec::new();
    loop {
        let Ok(frame) = timeout(BEAT_WITHIN, receive(stream)).await else {
            return Err(CommandError::Failed(format!(
                "the process that has the store {} stopped answering; what it was asked may be done or not: look with `samizdat status`, and stop that process if it hangs",
                errand.config.store.path.display()
            )));
        };
        match frame {
            Ok(Some(Frame::Progress { done, of })) => (errand.watch)(Progress { done, of }),
            Ok(Some(Frame::Lines(more))) => lines.extend(more),
            Ok(Some(Frame::Bytes(bytes))) => {
                if let Some(draft) = &mut draft {
                    draft.write_all(&bytes).map_err(|error| {
                        CommandError::Failed(format!("the backup cannot be written: {error}; make room, or name another place"))
                    })?;
                }
            }
            Ok(Some(Frame::Done(report))) => {
                return Ok(match *report {
                    Report::List(_) => Asked::Answered(Box::new(Report::List(lines))),
                    // That process was told to end; what it did is stored.
                    Report::Fetch(fetch) if fetch.stopped.is_some() => Asked::Again,
                    Report::Online(online) if online.stopped.is_some() => Asked::Again,
                    report => Asked::Answered(Box::new(report)),
                });
            }
            Ok(Some(Frame::Failed { kind: Kind::InUse, .. })) | Ok(None) | Err(_) => {
                return Ok(Asked::Again);
            }
            Ok(Some(Frame::Failed { kind, message })) => {
                return Err(CommandError::Told { kind, message });
            }
            Ok(Some(_)) => {}
        }
    }
}
